# Joins of tables of one company: one $crossjoin instead of two reads, with the
# rows that PostgreSQL's own join has; and joined here where that is not certain.

use strict;
use warnings;

use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $node = new_cluster('main');

sub query { return $node->safe_psql('postgres', $_[0]); }
sub show { return query("EXPLAIN (VERBOSE, COSTS off) $_[0]"); }

# --- A company, in both versions, and copies of its tables -------------------

my @tables = qw(items item_warehouses warehouses orders order_lines purchase_orders purchase_order_lines business_partners);
my $sim = sim_start('--items' => 30, '--warehouses' => 3, '--orders' => 40, '--edge-items' => undef);
create_servers($node, $sim, b1 => { page_size => 40 });
(my $v1 = $sim->{url}) =~ s/v2$/v1/;
query(<<"END");
CREATE SERVER b1v1 FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '$v1', company 'SBODEMOGB', ca_file '$sim->{ca}');
CREATE USER MAPPING FOR CURRENT_USER SERVER b1v1 OPTIONS (user 'manager', password 'sim-secret');
CREATE SCHEMA b1v1;
IMPORT FOREIGN SCHEMA stock FROM SERVER b1v1 INTO b1v1;
CREATE SCHEMA twin;
END
query("CREATE TABLE twin.$_ AS SELECT * FROM b1.$_") foreach @tables;

# Rows of a query over the company that are not those over the copies.
sub difference
{
	my ($sql, $schema) = @_;
	(my $pushed = $sql) =~ s/\bIN\./$schema./g;
	(my $local = $sql) =~ s/\bIN\./twin./g;
	return query(<<"END");
WITH pushed AS MATERIALIZED ($pushed), twin AS MATERIALIZED ($local)
SELECT 'only ' || side || ': ' || x FROM (
  SELECT 'pushed' AS side, p::text AS x FROM (TABLE pushed EXCEPT ALL TABLE twin) p
  UNION ALL SELECT 'twin', t::text FROM (TABLE twin EXCEPT ALL TABLE pushed) t) d
END
}
sub own { my ($sql) = @_; $sql =~ s/\bIN\./b1./g; return $sql; }

# --- Joined by the company ----------------------------------------------------

my @pushed = (
	# header and lines: the lines are a join with their header already
	[ 2, 'SELECT o.doc_num, o.card_code, l.* FROM IN.orders o JOIN IN.order_lines l USING (doc_entry)' ],
	[ 2, 'SELECT l.line_num, o.doc_date FROM IN.order_lines l JOIN IN.orders o ON o.doc_entry = l.doc_entry WHERE l.quantity > 3 AND o.doc_num > 5' ],
	[ 2, 'SELECT i.item_name, s.warehouse_code, s.in_stock FROM IN.items i JOIN IN.item_warehouses s USING (item_code)' ],
	[ 2, 'SELECT i.item_name, s.in_stock FROM IN.items i, IN.item_warehouses s WHERE i.item_code = s.item_code AND NOT i.frozen AND s.warehouse_code = \'02\' AND s.in_stock > 10' ],
	# entity sets
	[ 2, 'SELECT o.doc_entry, p.card_name, p.valid FROM IN.orders o JOIN IN.business_partners p USING (card_code)' ],
	[ 2, 'SELECT o.doc_entry, p.card_name FROM IN.orders o JOIN IN.business_partners p ON p.card_code = o.card_code AND (p.card_name <> \'x\' OR o.doc_num > 3)' ],
	[ 3, 'SELECT s.item_code, w.warehouse_name, s.in_stock FROM IN.item_warehouses s JOIN IN.warehouses w ON w.warehouse_code = s.warehouse_code' ],
	[ 3, 'SELECT l.doc_entry, l.line_num, i.item_name FROM IN.order_lines l JOIN IN.items i USING (item_code) WHERE i.item_name LIKE \'%a%\'' ],
	[ 4, 'SELECT o.doc_num, l.line_num, i.item_name, p.card_name FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) JOIN IN.items i USING (item_code) JOIN IN.business_partners p USING (card_code)' ],
	[ 3, 'SELECT i.item_name, w.warehouse_name, s.in_stock FROM IN.items i JOIN IN.item_warehouses s USING (item_code) JOIN IN.warehouses w USING (warehouse_code) WHERE length(w.warehouse_name) > 1' ],
	[ 4, 'SELECT l.line_num, s.in_stock FROM IN.order_lines l JOIN IN.item_warehouses s ON s.item_code = l.item_code AND s.warehouse_code = l.warehouse_code' ],
	[ 2, 'SELECT o.doc_entry, p.doc_entry FROM IN.orders o JOIN IN.purchase_orders p ON p.doc_entry = o.doc_entry AND p.doc_date = o.doc_date' ],
	# semi-joins that find one partner at most
	[ 2, 'SELECT l.* FROM IN.order_lines l WHERE EXISTS (SELECT FROM IN.orders o WHERE o.doc_entry = l.doc_entry AND o.doc_num > 3)' ],
	[ 2, 'SELECT s.item_code, s.in_stock FROM IN.item_warehouses s WHERE s.item_code IN (SELECT item_code FROM IN.items WHERE frozen)' ],
	[ 2, 'SELECT o.doc_entry FROM IN.orders o WHERE o.card_code IN (SELECT card_code FROM IN.business_partners WHERE card_name LIKE \'%3%\')' ],
	# below and above
	[ 2, 'SELECT o.doc_entry, l.line_num FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) ORDER BY l.quantity DESC, 1, 2 LIMIT 5' ],
	[ 2, 'SELECT g, x.n FROM generate_series(1, 3) g, LATERAL (SELECT sum(l.quantity * o.doc_num) AS n FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) WHERE l.quantity > g) x' ],
	[ 2, 'SELECT o.doc_entry, t.doc_entry FROM (IN.orders o JOIN IN.order_lines l USING (doc_entry)) LEFT JOIN twin.purchase_orders t ON t.doc_num = o.doc_num AND l.line_num = 0' ],
	[ 2, 'WITH j AS (SELECT o.doc_entry, l.line_num, o FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) WHERE false) SELECT o.doc_entry, l.line_num FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) UNION ALL SELECT doc_entry, line_num FROM j' ],
	# groups of joined rows
	[ 2, 'SELECT o.doc_date, count(*), sum(l.quantity), max(o.doc_total), avg(l.quantity) FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) GROUP BY 1' ],
	[ 2, 'SELECT i.item_code, i.frozen, sum(s.in_stock), count(*) FROM IN.items i JOIN IN.item_warehouses s USING (item_code) GROUP BY 1, 2' ],
	[ 2, 'SELECT count(*), sum(s.in_stock) FROM IN.items i JOIN IN.item_warehouses s USING (item_code)' ],
	[ 2, 'SELECT i.frozen, count(DISTINCT s.warehouse_code), sum(s.in_stock) FROM IN.items i JOIN IN.item_warehouses s USING (item_code) WHERE s.in_stock > 20 AND i.avg_std_price > 1 GROUP BY 1' ],
	[ 2, 'SELECT DISTINCT o.doc_date, l.line_status FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) WHERE o.doc_num > 4' ],
	[ 3, 'SELECT s.warehouse_code, w.warehouse_code, sum(s.in_stock) FROM IN.item_warehouses s JOIN IN.warehouses w USING (warehouse_code) GROUP BY s.warehouse_code, w.warehouse_code' ],
);
foreach my $case (@pushed)
{
	my ($operands, $sql) = @$case;
	foreach my $schema (qw(b1 b1v1))
	{
		is(difference($sql, $schema), '', "$schema: $sql");
	}
	my ($request) = show(own($sql)) =~ /GET \$crossjoin\(([^)]*)\)/;
	is(scalar split(/,/, $request // ''), $operands, "… joined by the company, of $operands operands");
}
like(show(q(SELECT o.doc_entry FROM b1.orders o JOIN b1.business_partners p USING (card_code) WHERE length(p.card_name) > 3)),
	qr/Recheck Cond: \(\(length\(p\.card_name\) > 3\) AND \(o\.card_code = p\.card_code\)\)/, 'EXPLAIN shows what is checked on the joined rows');
my $analyze = query('EXPLAIN (ANALYZE, VERBOSE, TIMING off) SELECT o.card_code, l.quantity FROM b1v1.orders o JOIN b1v1.order_lines l USING (doc_entry)');
like($analyze, qr/Requests: 1\b/, 'header and lines take one request');
unlike($analyze, qr/Hash|Nested|Merge|Computed Locally/, '… and nothing is joined here');
like(show(own('SELECT l.item_code, sum(l.quantity) FROM b1.order_lines l JOIN b1.items i USING (item_code) GROUP BY 1')),
	qr/Aggregate.*\$crossjoin/s, 'a join along text that may be wider is not grouped by the company');

# --- Joined here, for a reason ------------------------------------------------

query(<<"END");
CREATE SERVER same FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '$sim->{url}', company 'SBODEMOGB', ca_file '$sim->{ca}');
CREATE USER MAPPING FOR CURRENT_USER SERVER same OPTIONS (user 'manager', password 'sim-secret');
CREATE SCHEMA same;
IMPORT FOREIGN SCHEMA stock LIMIT TO (orders) FROM SERVER same INTO same;
CREATE TABLE twin.local AS SELECT doc_entry, 0 AS n FROM twin.orders;
END
my @local = (
	[ 'outer joins', 'SELECT o.doc_entry, l.line_num FROM IN.orders o LEFT JOIN IN.order_lines l ON l.doc_entry = o.doc_entry AND l.quantity > 5' ],
	[ 'no equality', 'SELECT count(*), o.doc_num FROM IN.orders o JOIN IN.business_partners p ON p.card_code > o.card_code GROUP BY 2' ],
	[ 'all combinations', 'SELECT o.doc_num, w.warehouse_code FROM IN.orders o, IN.warehouses w' ],
	[ 'one entity set twice', 'SELECT a.doc_entry, b.doc_num FROM IN.orders a JOIN IN.orders b ON a.doc_entry = b.doc_entry' ],
	[ 'lines and another header of their kind', 'SELECT o.doc_entry, l.line_num FROM IN.orders o JOIN IN.order_lines l ON o.doc_num = l.doc_entry' ],
	[ 'lines twice', 'SELECT a.line_num, b.line_num FROM IN.order_lines a JOIN IN.order_lines b USING (doc_entry)' ],
	[ 'equality of an expression', 'SELECT o.doc_entry, p.doc_entry FROM IN.orders o JOIN IN.purchase_orders p ON p.doc_entry = o.doc_entry + 1' ],
	[ 'rows as a whole', 'SELECT o::text, l.line_num FROM IN.orders o JOIN IN.order_lines l USING (doc_entry)' ],
	[ 'system columns', 'SELECT o.tableoid::regclass::text = \'x\', l.line_num FROM IN.orders o JOIN IN.order_lines l USING (doc_entry)' ],
	[ 'a volatile condition', 'SELECT o.doc_entry, l.line_num FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) WHERE random() >= 0' ],
	[ 'a subquery in a condition', 'SELECT o.doc_entry, l.line_num FROM IN.orders o JOIN IN.order_lines l USING (doc_entry) WHERE l.quantity > (SELECT count(*) FROM IN.warehouses w WHERE w.warehouse_code > l.warehouse_code)' ],
	[ 'a semi-join that may find several partners', 'SELECT o.doc_entry FROM IN.orders o WHERE EXISTS (SELECT FROM IN.order_lines l WHERE l.doc_entry = o.doc_entry)' ],
	[ 'an anti-join', 'SELECT i.item_code FROM IN.items i WHERE NOT EXISTS (SELECT FROM IN.order_lines l WHERE l.item_code = i.item_code)' ],
);
foreach my $case (@local)
{
	my ($why, $sql) = @$case;
	is(difference($sql, 'b1'), '', "not joined there: $why");
	unlike(show(own($sql)), qr/Remote Table/, '… really not');
}
unlike(show('SELECT o.doc_entry, l.line_num FROM same.orders o JOIN b1.order_lines l USING (doc_entry)'), qr/Remote Table/,
	'not joined there: tables of two servers');
unlike(show('SELECT o.doc_entry, l.line_num FROM b1.orders o JOIN b1.order_lines l USING (doc_entry) FOR UPDATE OF o'), qr/Remote Table/,
	'not joined there: rows to be locked');
unlike(show('UPDATE twin.local t SET n = l.line_num FROM b1.orders o JOIN b1.order_lines l USING (doc_entry) WHERE o.doc_entry = t.doc_entry'), qr/Remote Table/,
	'not joined there: rows for an update');
query(<<'END');
CREATE ROLE reader;
CREATE USER MAPPING FOR reader SERVER b1 OPTIONS (user 'manager', password 'sim-secret');
GRANT USAGE ON SCHEMA b1, twin TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA b1 TO reader;
CREATE VIEW twin.owned AS SELECT doc_entry, doc_num FROM b1.orders;
GRANT SELECT ON twin.owned TO reader;
CREATE VIEW twin.barrier WITH (security_barrier) AS SELECT o.doc_entry, l.line_num, l.item_code FROM b1.orders o JOIN b1.order_lines l USING (doc_entry) WHERE o.doc_num > 3;
END
unlike(query('SET ROLE reader; EXPLAIN (VERBOSE) SELECT o.doc_num, l.line_num FROM twin.owned o JOIN b1.order_lines l USING (doc_entry)'), qr/Remote Table/,
	'not joined there: what two users may see');
like(query('SET ROLE reader; EXPLAIN (VERBOSE) SELECT o.doc_num, l.line_num FROM b1.orders o JOIN b1.order_lines l USING (doc_entry)'), qr/Remote Table/,
	'… what one user may see is');
is(query(q(CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$;
	SELECT count(*) FROM twin.barrier WHERE spy(item_code))), query('SELECT count(*) FROM twin.orders JOIN twin.order_lines USING (doc_entry) WHERE doc_num > 3'),
	'a security barrier holds');

# --- Prepared, scrolled, repeated ---------------------------------------------

is(query(q(SET plan_cache_mode = force_generic_plan;
	PREPARE j (integer, text) AS SELECT count(*) FROM (SELECT o.card_code, l.quantity FROM b1.orders o JOIN b1.order_lines l USING (doc_entry) WHERE l.quantity > $1 AND o.card_code = $2 OFFSET 0) x;
	EXECUTE j (2, 'C00002'); EXECUTE j (5, 'C00003'); EXECUTE j (NULL, 'C00003'))),
	query(q(SELECT count(*) FROM twin.orders JOIN twin.order_lines USING (doc_entry) WHERE quantity > 2 AND card_code = 'C00002'
	UNION ALL SELECT count(*) FROM twin.orders JOIN twin.order_lines USING (doc_entry) WHERE quantity > 5 AND card_code = 'C00003'
	UNION ALL SELECT 0)), 'a prepared join has its parameters');
is(query(q(BEGIN; DECLARE c CURSOR FOR SELECT o.doc_entry, l.line_num FROM b1.orders o JOIN b1.order_lines l USING (doc_entry) ORDER BY 1, 2;
	FETCH 3 FROM c; MOVE 20 IN c; FETCH 2 FROM c)),
	query(q(SELECT doc_entry, line_num FROM (SELECT *, row_number() OVER (ORDER BY doc_entry, line_num) AS n FROM twin.order_lines) x WHERE n IN (1, 2, 3, 24, 25) ORDER BY n)),
	'a cursor reads a join in parts');

# --- Servers that cannot --------------------------------------------------------

my @orders = map { { DocEntry => $_, CardCode => 'C' . $_ % 2 } } 1 .. 3;
my @partners = map { { CardCode => "C$_", CardName => "partner $_" } } 0, 1;
my @joined = map { { Orders => $_, BusinessPartners => $partners[ $_->{DocEntry} % 2 ] } } @orders;
my $error = { status => 400, json => { error => { code => '-1000', message => 'invalid $crossjoin query' } } };
my %joins = (
	wide => sub { { json => { value => [ @joined, { Orders => $orders[0], BusinessPartners => { CardCode => 'c1', CardName => 'lower case' } } ] } } },
	refuses => sub { $error },
	fails => sub { { status => 500 } },
	noorder => sub { $_[0]{query} =~ /orderby/ ? $error : { json => { value => \@joined } } },
);
my $odd = Stockbridge::Answers->start(
	sub {
		my ($request) = @_;
		my ($name, $what) = $request->{path} =~ m{^/(\w+)/(.+)$};

		return { json => { SessionId => 'x', SessionTimeout => 30 }, headers => { 'Set-Cookie' => 'B1SESSION=x' } } if $what eq 'Login';
		return { status => 204 } if $what eq 'Logout';
		return $joins{$name}->($request) if $what =~ /crossjoin/;
		return { json => { value => $request->{query} =~ /%20gt%20/ ? [] : $what =~ /^Orders/ ? \@orders : \@partners } };
	});
foreach my $name (sort keys %joins)
{
	query(<<"END");
CREATE SERVER $name FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $odd->url ]}/$name', company 'X');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user 'u', password 'p');
CREATE SCHEMA $name;
CREATE FOREIGN TABLE $name.orders (doc_entry integer OPTIONS (property 'DocEntry', type 'Edm.Int32', key 'true'),
  card_code text OPTIONS (property 'CardCode', type 'Edm.String')) SERVER $name OPTIONS (entity 'Orders');
CREATE FOREIGN TABLE $name.partners (card_code text OPTIONS (property 'CardCode', type 'Edm.String', key 'true'),
  card_name text OPTIONS (property 'CardName', type 'Edm.String')) SERVER $name OPTIONS (entity 'BusinessPartners');
END
	my $sql = "SELECT o.doc_entry, p.card_name FROM $name.orders o JOIN $name.partners p USING (card_code)";
	my ($rows, $analyze, $again) = split /^---\n/m, query("$sql ORDER BY 1;\n\\echo ---\nEXPLAIN (ANALYZE, TIMING off) $sql;\n\\echo ---\nEXPLAIN (VERBOSE) $sql");
	is($rows, "1|partner 1\n2|partner 0\n3|partner 1\n", "server \"$name\": the right rows");
	if ($name eq 'wide' || $name eq 'fails')
	{
		like($again, qr/\$crossjoin/, $name eq 'wide' ? '… of an answer that holds more' : '… and asked again, for the fault may pass');
	}
	else
	{
		unlike($again, qr/\$crossjoin/, '… and not asked to join again');
	}
}
like(query('EXPLAIN (ANALYZE, TIMING off) SELECT o.doc_entry, p.card_name FROM refuses.orders o JOIN refuses.partners p USING (card_code)'),
	qr/Computed Locally: the server refuses the \$crossjoin.*Join.*actual/s, 'EXPLAIN says what was joined here, and why');

done_testing();
