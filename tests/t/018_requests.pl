# Requests are the cost: what is counted, sampled, batched or remembered instead
# of being asked for again.  Every promise is checked by the company's own count
# of requests.

use strict;
use warnings;

use PostgreSQL::Test::Utils ();
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 1500, '--warehouses' => 3);
my $node = new_cluster('main');
create_servers($node, $sim);

sub query { return $node->safe_psql('postgres', $_[0]); }

sub shown { return query("EXPLAIN (COSTS off) $_[0]"); }

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
my ($count, $result) = requests_of(q(SELECT string_agg(item_code, ',' ORDER BY item_code)
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

$node->stop;
sim_stop($sim);
done_testing();
