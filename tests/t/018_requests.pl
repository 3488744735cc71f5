# Requests are the cost: what is counted, sampled, batched or remembered instead
# of being asked for again.  Every promise is checked by the company's own count
# of requests.

use strict;
use warnings;

use PostgreSQL::Test::Utils ();
use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 1500, '--warehouses' => 3);
my $node = new_cluster('main');
create_servers($node, $sim);

sub query { return $node->safe_psql('postgres', $_[0]); }

sub shown { return query($_[0] =~ /EXPLAIN/ ? $_[0] : "EXPLAIN (COSTS off) $_[0]"); }

# Requests for data that a statement sends, and its result; logins are not counted.
sub counts { return sim_get($sim, '/sim/requests')->{counts}; }

sub requests_of
{
	my ($sql, $path) = @_;
	my $before = counts();
	my $result = query($sql);
	my $after = counts();
	my $count = 0;

	foreach my $name (grep { !m{/(Login|Logout)$} && (!defined $path || index($_, $path) >= 0) } keys %$after)
	{
		$count += $after->{$name} - ($before->{$name} // 0);
	}
	return wantarray ? ($count, $result) : $count;
}

# Rows that the planner expects of a query.
sub expected_rows
{
	my ($sql) = @_;
	return query("EXPLAIN $sql") =~ /rows=(\d+)/ ? $1 : undef;
}

# --- ANALYZE samples -----------------------------------------------------------

query(q(
ALTER FOREIGN TABLE b1.items OPTIONS (ADD page_size '50');
ALTER FOREIGN TABLE b1.item_warehouses OPTIONS (ADD page_size '50');
ALTER FOREIGN TABLE wms.stock OPTIONS (ADD page_size '50');
));
my $few = 'SET default_statistics_target = 1;';	# 300 rows
foreach my $case ([ 'b1.items', 1500, 30 ], [ 'b1.item_warehouses', 4500, 90 ])
{
	my ($table, $rows, $pages) = @$case;
	my $count = requests_of("$few ANALYZE $table");
	cmp_ok($count, '<=', 7, "ANALYZE of $table asks for 300 of its rows, not for its $pages pages");
	is(query("SELECT reltuples, relpages FROM pg_class WHERE oid = '$table'::regclass"), "$rows|$pages",
		"… and knows how many there are");
	is(query("SELECT count(*) FROM pg_stats WHERE (schemaname || '.' || tablename) = '$table' AND attname = 'item_code'"), 1,
		'… with statistics of the columns');
}
is(expected_rows('SELECT * FROM b1.items'), 1500, 'the planner expects them');
is(expected_rows("SELECT * FROM b1.items WHERE item_code = 'A00001'"), 1, 'one row has a given key');
cmp_ok(expected_rows("SELECT * FROM b1.item_warehouses WHERE warehouse_code = '01'"), '>', 1000, 'a third is in one warehouse');
cmp_ok(requests_of("$few ANALYZE wms.stock", '/ims/'), '<=', 8, 'an inventory system that counts its rows is sampled, too');
is(requests_of('ANALYZE b1.warehouses'), 2, 'a small table is counted and read whole');
is(query("SELECT reltuples FROM pg_class WHERE oid = 'b1.warehouses'::regclass"), 3, '… with its true size');

# Lines of a server that does not aggregate: entities times lines of each.
sim_post($sim, '/sim/fault', { match => { path_contains => '$apply' }, action => 'status', status => 400, code => '-1000', message => 'invalid $crossjoin query', times => -1 });
query("$few ANALYZE b1.item_warehouses");
cmp_ok(query("SELECT reltuples FROM pg_class WHERE oid = 'b1.item_warehouses'::regclass"), '==', 4500,
	'lines are estimated where the server does not count them');
query("$few ANALYZE b1.journal_entry_lines");
PostgreSQL::Test::Utils::run_log([ 'curl', '-sS', '-X', 'DELETE', '--cacert', $sim->{ca}, "$sim->{base}/sim/fault" ]);

# --- The remote's own counts, when asked -----------------------------------------

my $condition = "warehouse_code = '01' AND in_stock > 100";
my $true = query("SELECT count(*) FROM b1.item_warehouses WHERE $condition");
query(q(ALTER FOREIGN TABLE b1.item_warehouses OPTIONS (ADD use_remote_estimate 'true')));
is(expected_rows("SELECT * FROM b1.item_warehouses WHERE $condition"), $true, 'use_remote_estimate: rows as the company counts them');
is(requests_of(join ';', ("EXPLAIN SELECT * FROM b1.item_warehouses WHERE $condition") x 3), 2,
	'… asked once for the table and once for the condition, and then remembered');
query(q(ALTER FOREIGN TABLE b1.item_warehouses OPTIONS (DROP use_remote_estimate)));
is(requests_of("EXPLAIN SELECT * FROM b1.item_warehouses WHERE $condition"), 0, 'without the option planning asks nothing');

# --- Given keys, and rows that were read before --------------------------------

query(q(
CREATE TABLE local AS SELECT 'A' || lpad(g::text, 5, '0') AS code, g FROM generate_series(1, 1000) g;
ANALYZE local;
));
my $items = 'GET /b1s/v2/Items';
my ($count, $result) = requests_of(q(SET stockbridge.enable_key_batch_join = off; SELECT string_agg(item_code, ',' ORDER BY item_code)
  FROM (SELECT code FROM local ORDER BY g LIMIT 3) l JOIN b1.items ON item_code = code), $items);
is("$count $result", '3 A00001,A00002,A00003', 'three keys are three look-ups, not a download');
($count, $result) = requests_of(q(SELECT count(*) FROM (SELECT 'A0000' || g % 3 AS code FROM generate_series(1, 30) g) l,
  LATERAL (SELECT item_name FROM b1.items WHERE item_code = code LIMIT 1) i), $items);
is("$count $result", '3 20', 'LATERAL with LIMIT: each key is asked for once');
($count, $result) = requests_of(q(SELECT count((SELECT item_name FROM b1.items WHERE item_code = 'A0000' || g % 3)) FROM local WHERE g <= 30), $items);
is("$count $result", '3 20', 'a correlated subquery: each key is asked for once');
($count, $result) = requests_of(q(SELECT count(*) FROM local WHERE g <= 9 AND EXISTS (SELECT FROM b1.items WHERE item_code > code OR g = 1)), $items);
is("$count $result", '1 9', 'a scan that was stopped early goes on where it stopped');
($count, $result) = requests_of(q(SET work_mem = '64kB';
SELECT count(n) FROM (SELECT (SELECT count(item_name) FROM b1.items WHERE items_group_code = 100 + 0 * (g % 2)) AS n FROM local WHERE g <= 4) x), $items);
cmp_ok($count, '>=', 60, 'what does not fit into work_mem is not remembered');
is($result, 4, '… and the result is right');
like(query(q(EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT (SELECT item_name FROM b1.items WHERE item_code = 'A0000' || g % 2) FROM local WHERE g <= 8)),
	qr/Requests: 2\n.*Memo Hits: 6/s, 'EXPLAIN ANALYZE shows the runs that asked for nothing');

# --- Many keys in one request ------------------------------------------------------

# Never analyzed, as on the first day: the table may be large.
query('CREATE SCHEMA fresh; IMPORT FOREIGN SCHEMA stock FROM SERVER b1 INTO fresh;');
($count, $result) = requests_of(q(SELECT count(*), count(i.item_name), sum(g) FROM local l JOIN fresh.items i ON i.item_code = l.code));
is($result, '1000|1000|500500', '1,000 local keys are joined');
cmp_ok($count, '<=', 25, "… by at most 25 requests ($count)");
cmp_ok($count, '>=', 10, '… of at most 100 keys');
$result = query(q(EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT * FROM (SELECT * FROM local UNION ALL SELECT * FROM local) l JOIN fresh.items i ON i.item_code = l.code));
like($result, qr/Key Batch Join.*Join Cond: .*item_code.*Keys per Request: 100\n.*Keys: 1000\n.*Batches: 10\n.*Rows of Known Keys: 1000\n.*Requests: 1[0-9]\n/s,
	'EXPLAIN ANALYZE counts keys and batches; a key is asked for once');
like(query(q(EXPLAIN (VERBOSE, COSTS off) SELECT item_name FROM local l JOIN fresh.items i ON i.item_code = l.code WHERE NOT frozen)),
	qr/Frozen%20eq%20'tNO'%20and%20ItemCode%20eq%20\$\d/, '… and VERBOSE shows what each asks for');
($count, $result) = requests_of(q(SELECT count(*), sum(in_stock) IS NOT NULL FROM local l JOIN fresh.item_warehouses w ON w.item_code = l.code WHERE g <= 500));
is($result, '1500|t', 'lines of 500 keys');
cmp_ok($count, '<=', 15, "… in requests that are short enough ($count)");
is(requests_of(q(SELECT * FROM local l JOIN fresh.items i ON i.item_code = l.code WHERE g < 0)), 0, 'nothing is asked for nothing');
cmp_ok(requests_of(q(SELECT * FROM local l JOIN fresh.items i ON i.item_code = l.code LIMIT 10)), '<=', 2, 'LIMIT 10 asks for one batch');
is(requests_of(q(PREPARE p(int) AS SELECT count(*) FROM local l JOIN fresh.items i ON i.item_code = l.code WHERE g <= $1;
SET plan_cache_mode = force_generic_plan; EXECUTE p(50); EXECUTE p(150);)), 3, 'prepared: one request for 50 keys, two for 150');

# The planner weighs: few keys, and many against a table that is known to be small.
query(q(ALTER FOREIGN TABLE b1.items OPTIONS (DROP page_size); ANALYZE b1.items));
like(shown('SELECT * FROM local l JOIN b1.items i ON i.item_code = l.code WHERE g <= 90'), qr/Key Batch Join/, 'few keys: a batch');
query(q(CREATE TABLE large AS SELECT 'A' || lpad(g::text, 6, '0') AS code, g FROM generate_series(1, 20000) g; ANALYZE large;));
like(shown('SELECT * FROM large l JOIN b1.items i ON i.item_code = l.code'), qr/Hash Join/, 'many keys and a known small table: one scan of it');
unlike(shown('SET stockbridge.enable_key_batch_join = off; EXPLAIN (COSTS off) SELECT * FROM local l JOIN b1.items i ON i.item_code = l.code WHERE g <= 90'), qr/Key Batch Join/,
	'stockbridge.enable_key_batch_join turns it off');

# Every kind of join gives the rows that it gives without.
query(q(
CREATE TABLE odd (id int, code text, kind int, short varchar(20), day date);
INSERT INTO odd SELECT g, CASE WHEN g % 7 = 0 THEN NULL WHEN g % 5 = 0 THEN 'none' || g WHEN g % 11 = 0 THEN 'a0000' || g % 10 ELSE 'A' || lpad((g % 90)::text, 5, '0') END,
  CASE WHEN g % 3 = 0 THEN NULL ELSE 100 + g % 4 END, 'A' || lpad((g % 30)::text, 5, '0'), current_date - g % 5 FROM generate_series(1, 400) g;
ANALYZE odd;
));
my @joins = (
	q(SELECT o.id, i.item_code FROM odd o JOIN fresh.items i ON i.item_code = o.code),
	q(SELECT o.id, i.item_code FROM odd o JOIN fresh.items i ON o.code = i.item_code AND o.kind = i.items_group_code),
	q(SELECT o.id, i.item_code, i.item_name FROM odd o LEFT JOIN fresh.items i ON i.item_code = o.code),
	q(SELECT o.id, i.item_code FROM odd o LEFT JOIN fresh.items i ON i.item_code = o.code AND o.kind > 101),
	q(SELECT o.id, i.item_code FROM odd o LEFT JOIN fresh.items i ON i.item_code = o.code WHERE i.item_name IS NULL OR o.kind = 102),
	q(SELECT o.id, i.item_code FROM fresh.items i RIGHT JOIN odd o ON i.item_code = o.code AND i.quantity_on_stock > 100),
	q(SELECT o.id FROM odd o WHERE EXISTS (SELECT FROM fresh.items i WHERE i.item_code = o.code AND i.quantity_on_stock > o.id)),
	q(SELECT o.id FROM odd o WHERE NOT EXISTS (SELECT FROM fresh.items i WHERE i.item_code = o.code AND i.quantity_on_stock > o.id)),
	q(SELECT o.id FROM odd o WHERE o.code IN (SELECT item_code FROM fresh.item_warehouses WHERE in_stock > 100)),
	q(SELECT i.item_code FROM fresh.items i WHERE i.item_code IN (SELECT code FROM odd)),
	q(SELECT i.item_code FROM fresh.items i WHERE i.item_code IN (SELECT short FROM odd WHERE kind > 100)),
	q(SELECT o.id, w.item_code, w.warehouse_code, w.in_stock FROM odd o JOIN fresh.item_warehouses w ON w.item_code = o.code),
	q(SELECT o.id, w.warehouse_code FROM odd o LEFT JOIN fresh.item_warehouses w ON w.item_code = o.short AND w.warehouse_code = '0' || o.id % 5),
	q(SELECT o.id, w.item_code FROM odd o JOIN fresh.item_warehouses w ON w.warehouse_code = '0' || o.kind % 10 WHERE w.in_stock > 300),
	q(SELECT o.kind, i.item_code FROM (SELECT kind, min(code) AS code FROM odd GROUP BY kind) o JOIN fresh.items i ON i.item_code = o.code),
	q(SELECT o.id, x.item_name FROM odd o, LATERAL (SELECT * FROM fresh.items i WHERE i.item_code = o.code) x),
	q(SELECT o.id, d.jdt_num FROM odd o JOIN fresh.journal_entries d ON d.jdt_num = o.kind - 100),
	q(SELECT o.id, i FROM odd o JOIN fresh.items i ON i.item_code = o.code WHERE o.id < 50),
	q(SELECT o.id, coalesce(x.n, 'nothing') FROM odd o LEFT JOIN (SELECT item_code, 'x' || item_name AS n FROM fresh.items) x ON x.item_code = o.code),
	q(SELECT a.id, b.id, i.item_code FROM odd a JOIN odd b ON a.id = b.id + 1 LEFT JOIN fresh.items i ON i.item_code = b.code AND i.items_group_code = a.kind),
	q(SELECT o.id, i.item_code FROM odd o JOIN fresh.items i ON i.create_date = o.day AND i.item_code = o.code),
);
my $others = 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_nestloop = off;';
foreach my $join (@joins)
{
	my $digest = "SELECT count(*), md5(coalesce(string_agg(x::text, ',' ORDER BY x::text), '')) FROM ($join) x";
	my $with = query("$others $digest");
	my $without = query("SET stockbridge.enable_key_batch_join = off; $digest");
	like(query("$others EXPLAIN $digest"), qr/Key Batch Join/, "batched: $join");
	is($with, $without, '… with the same result');
	# What little memory keeps is asked for again, and nothing is lost.
	is(query("$others SET work_mem = '64kB'; SET hash_mem_multiplier = 1; $digest"), $without, '… in little memory, too');
}

# Run again for every row of a third table, and stopped half-way.
my $rescans = q(SELECT string_agg(n::text, ',') FROM (SELECT (SELECT count(*) FROM odd o JOIN fresh.items i ON i.item_code = o.code WHERE o.id <= g) AS n FROM generate_series(1, 60, 10) g) x);
is(query("$others $rescans"), query("SET stockbridge.enable_key_batch_join = off; $rescans"), 'run again with other parameters');
is(query("$others SELECT count(x) FROM generate_series(1, 3) g, LATERAL (SELECT o.id FROM odd o JOIN fresh.items i ON i.item_code = o.code WHERE o.id > g LIMIT 20) x"), 60,
	'… after being stopped');

# A statement that changes local rows joins in the same way, and sees changes of others.
query('CREATE TABLE target AS SELECT code, NULL::text AS name FROM local WHERE g <= 200; ANALYZE target;');
($count) = requests_of('UPDATE target t SET name = i.item_name FROM fresh.items i WHERE i.item_code = t.code');
cmp_ok($count, '<=', 3, "UPDATE … FROM asks in batches ($count)");
is(query('SELECT count(name) FROM target'), 200, '… for all of them');
my $other = $node->background_psql('postgres');
my $waiting = $node->background_psql('postgres');
$other->query_safe(q(BEGIN; UPDATE target SET name = 'changed', code = 'A00777' WHERE code = 'A00001'; UPDATE target SET name = 'changed' WHERE code = 'A00003'));
$waiting->query_safe($others);
$waiting->query_until(qr/sent/, "\\echo sent\nUPDATE target t SET name = t.name || ' ' || i.item_code FROM fresh.items i WHERE i.item_code = t.code AND t.code IN ('A00001', 'A00003', 'A00777');\n");
$node->poll_query_until('postgres', q(SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock')) or die 'nobody waits for the row';
$other->query_safe('COMMIT');
$other->quit;
$waiting->query_safe('SELECT 1');
$waiting->quit;
is(query(q(SELECT string_agg(code || ':' || name, ',' ORDER BY code) FROM target WHERE name LIKE 'changed%')), 'A00003:changed A00003,A00777:changed',
	'rows that another transaction changed meanwhile are checked again with the foreign rows that were read');

# Keys whose text is long, or odd in a URL.
query(q(INSERT INTO fresh.items (item_code, item_name) SELECT repeat('é', 10) || '&+#%''' || g, 'odd' FROM generate_series(1, 60) g));
($count, $result) = requests_of(q(SELECT count(*) FROM (SELECT repeat('é', 10) || '&+#%''' || g AS code FROM generate_series(1, 100) g) l JOIN fresh.items i ON i.item_code = l.code));
is($result, 60, 'keys of odd characters are found');
cmp_ok($count, '<=', 8, "… in requests that are short enough ($count)");
cmp_ok($count, '>=', 2, '… which one would not be');

is(requests_of('SELECT * FROM fresh.items LIMIT 10'), 1, 'LIMIT 10 is one request');

# --- Inventory systems -------------------------------------------------------------

# What a remote is asked for by list, and what it must be given values for.
my $remote = Stockbridge::Answers->start(
	sub {
		my ($request) = @_;
		my ($skus) = $request->{query} =~ /sku=([^&]*)/;
		return { status => 400, json => { message => 'sku is missing' } } if $request->{path} eq '/one' && !defined $skus;
		return { json => { rows => [ map { { sku => $_, qty => length } } grep { !/^none/ } split /%2C|,/, $skus // 'S1,S2' ] } };
	});
my $remote_url = $remote->url;
query(qq(
CREATE SERVER declared FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'none', url '$remote_url');
CREATE USER MAPPING FOR CURRENT_USER SERVER declared;
CREATE FOREIGN TABLE listed (sku text OPTIONS (filter_in 'sku={values}'), qty int) SERVER declared OPTIONS (request 'GET /listed?{filters}', rows '/rows/*');
CREATE FOREIGN TABLE one (sku text, qty int) SERVER declared OPTIONS (request 'GET /one?sku={col:sku}', rows '/rows/*');
CREATE TABLE skus AS SELECT CASE WHEN g % 4 = 0 THEN 'none' ELSE 'S' END || g AS sku FROM generate_series(1, 250) g;
ANALYZE skus;
));
is(query('SELECT count(*), sum(qty) FROM skus JOIN listed USING (sku)'), query(q(SELECT count(*), sum(length(sku)) FROM skus WHERE sku NOT LIKE 'none%')),
	'keys of an inventory system with a filter for lists');
is(scalar(grep { $_->{path} eq '/listed' } $remote->requests), 3, '… 250 of them in three requests');
is(query(q(SELECT count(qty) FROM (SELECT * FROM skus LIMIT 3) s LEFT JOIN one USING (sku))), 3,
	'a table that must be given values is joined by looking each up');
$remote->stop;

$node->stop;
sim_stop($sim);
done_testing();
