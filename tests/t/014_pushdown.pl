# What Business One is asked for is what PostgreSQL would select, sort and leave
# out itself: every query runs on the foreign tables and on a copy of them, over
# data chosen to break it, in both versions of the protocol, for a company that
# compares text by bytes and for one that does not.

use strict;
use warnings;

use Stockbridge::Test;
use Test::More;

my $hana = sim_start('--items' => 40, '--warehouses' => 3, '--orders' => 25, '--edge-items' => undef);
my $mssql = sim_start('--items' => 25, '--warehouses' => 2, '--orders' => 10, '--edge-items' => undef, '--mssql' => undef);
my $node = new_cluster('main', conf => "log_statement = 'none'\njit = off\n");
create_servers($node, $hana);

sub query { return $node->safe_psql('postgres', $_[0]); }

# The foreign tables of a company in schema NAME, their copy in NAME_copy.
my @tables = qw(items item_warehouses warehouses orders order_lines);
sub add_company
{
	my ($name, $sim, $version, $options) = @_;
	(my $url = $sim->{url}) =~ s/v2$/$version/;
	query(<<"END");
CREATE SERVER $name FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url '$url', company 'SBODEMOGB', ca_file '$sim->{ca}', page_size '30' $options);
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user 'manager', password 'sim-secret');
CREATE SCHEMA $name;
IMPORT FOREIGN SCHEMA stock FROM SERVER $name INTO $name;
END
	return;
}
sub copy_company
{
	my ($name) = @_;
	query("CREATE SCHEMA ${name}_copy;" . join('', map { "CREATE TABLE ${name}_copy.$_ AS TABLE $name.$_;" } @tables));
	return;
}

my @companies = (
	[ 'hana', $hana, 'v2', '' ], [ 'bytes', $hana, 'v1', ", text_comparison 'binary'" ],
	[ 'mssql', $mssql, 'v2', '' ]);
add_company(@$_) foreach @companies;

# --- Data that break careless clients ----------------------------------------

query(<<"END") foreach 'hana', 'mssql';
INSERT INTO $_.items (item_code, item_name, foreign_name, min_inventory, max_inventory, default_warehouse) VALUES
  ('case-1', 'Bolt', 'a', 0, 1, '01'), ('CASE-2', 'BOLT', 'A', 0.000001, 2, '02'), ('case-3', 'bolt', 'a ', -0.000001, -3, NULL),
  ('%_', 'it''s', '', 123456789.123456, 4, '01'), ('space ', 'trailing ', ' lead', -999999.5, 5, '01'),
  ('ümlaut', 'Größe', 'GRÖSSE', 1e9, -1e9, '02'), ('zz\\z', '100% [x]^y', 'back\\slash', 2147483648, 0.1, '01'),
  ('digits', '12-34', '0012', 1.5, 0.3, '02'), ('plus+&#', 'a+b&c#d%41', '"quoted"', 15, 15, '01'), ('汉字', '漢字 😀', 'z', 7, 7, NULL);
END
copy_company($_->[0]) foreach @companies;

# --- Conditions ----------------------------------------------------------------

my @texts = ("'Bolt'", "'BOLT'", "'bolt'", "'bolt '", "''", "'it''s'", "'Größe'", "'GRÖSSE'", "'trailing'", "'trailing '", "'a+b&c#d%41'", "'漢字 😀'", "'nothing'");
my @patterns = ("'Bo%'", "'%LT'", "'%ol%'", "'%'", "''", "'b_lt'", "'bolt'", "'%\\_%'", "'100\\% [x]%'", "'%[x]^%'", "'\\\\%'", "'%\\\\%'", "'%ö%'",
	"'% '", "' %'", "'%a+b&c#%'", "'%😀'", "'1%3%'", "'%12-34%'", "'%t%s%'", "'_o%'", "'%字%'", 'NULL');
my @numbers = ('0', '-0', '0.1', '0.000001', '-0.000001', '1.5', '15', '1e9', '123456789.123456', '123456789.1234561', '12345678901234567890.5',
	'-1e30', "'NaN'", "'Infinity'", "'-Infinity'", '2147483648', '1e-20', 'NULL');
my @integers = ('100', '-1', '0', '100.5', '-100.5', '2147483647', '2147483648', '99999999999999999999', "'NaN'::numeric", '100.0', '100::bigint', '100::smallint', 'NULL');
my @dates = ("current_date", "'2020-02-29'", "'0001-01-01'", "'1753-01-01'", "'9999-12-31'", "'infinity'", "'-infinity'", "'4000-01-01 BC'", "'99999-01-01'",
	"current_date + time '12:00'", "current_date::timestamp", "now()", "'infinity'::timestamp", 'NULL');

my @items = (
	(map { my $text = $_; map { ("item_name $_ $text", "foreign_name $_ $text") } '=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM' } @texts),
	(map { my $pattern = $_; map { ("item_name $_ $pattern", "foreign_name $_ $pattern") } 'LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE' } @patterns),
	(map { my $number = $_; map { ("min_inventory $_ $number", "max_inventory $_ $number") } '=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM' } @numbers),
	(map { my $number = $_; map { "items_group_code $_ $number" } '=', '<>', '<', '<=', '>', '>=' } @integers),
	(map { my $date = $_; map { "update_date $_ $date" } '=', '<>', '<', '<=', '>', '>=' } @dates),
	(map { my $column = $_; map { "$column $_" } 'IS NULL', 'IS NOT NULL' } qw(item_name foreign_name min_inventory items_group_code update_date update_time default_warehouse tree_type valid)),
	(map { my $column = $_; map { "$column $_" } '', 'IS TRUE', 'IS NOT TRUE', 'IS FALSE', 'IS NOT FALSE', 'IS UNKNOWN', 'IS NOT UNKNOWN', '= true', '<> false', '< true', 'IS DISTINCT FROM true' } qw(valid frozen)),
	(map { my $member = $_; map { "tree_type $_ $member" } '=', '<>' } "'iNotATree'", "'N'", "'iSalesTree'", 'NULL'),
	"tree_type IN ('iNotATree', 'N')", "tree_type NOT IN ('iNotATree', 'N')",
	"item_code IN ('case-1', 'CASE-1', 'case-2')", "item_code NOT IN ('case-1', 'CASE-1')", "item_code NOT IN ('case-1', NULL)", "item_code = ANY ('{}')", "item_code <> ALL ('{}')",
	"foreign_name <> ALL ('{}')", "foreign_name <> ALL (NULL::text[])", "foreign_name = ANY (NULL::text[])",
	"min_inventory IN (0, 1.5, 1.50, 'NaN')", "min_inventory NOT IN (0, 1.5, 12345678901234567890)", "items_group_code IN (100, 100.5, 3e9)", "items_group_code NOT IN (99, 100.5, 3e9)",
	"min_inventory BETWEEN -1 AND 2", "min_inventory NOT BETWEEN SYMMETRIC 2 AND -1", "item_name BETWEEN 'A' AND 'b' COLLATE \"C\"",
	"item_name = 'Bolt' OR item_name = 'it''s' OR item_name = 'nothing'", "item_name = 'Bolt' OR min_inventory = 0 OR item_name = 'bolt'", "NOT (item_name = 'Bolt' AND min_inventory = 0)",
	"NOT (item_name = 'Bolt' OR NOT (min_inventory > 0))", "(valid OR frozen) AND NOT (valid AND frozen)", "(item_name, min_inventory) = ('Bolt', 0)", "(item_code, item_name) < ('b', 'c')",
	"item_name || 'x' = 'Boltx'", "lower(item_name) = 'bolt'", "length(item_name) > 4 AND item_name <> 'Bolt'", "item_name = foreign_name", "min_inventory < max_inventory",
	"item_name IS NULL OR foreign_name IS NULL", "1 = 2", "item_name = NULL OR valid", "min_inventory::bigint = 2", "items_group_code + 0 = 100", "items_group_code::numeric = 100.0",
	"update_date::timestamp > '2020-01-01 12:00'", "item_name LIKE foreign_name", "item_name LIKE ANY ('{Bo%,%s}')", "min_inventory > ANY ('{1,5}')", "min_inventory < ALL ('{1,5}')",
	"update_date < update_date + 1", "coalesce(foreign_name, 'x') = 'x'", "item_code::varchar(3) = 'cas'");

# Bounds just around a time that the company holds, to the second.
my $time = query('SELECT max(update_time) FROM hana_copy.items');
push @items, map { my $bound = $_; map { "update_time $_ $bound" } '=', '<>', '<', '<=', '>', '>=' }
  map({ "time '$time' + interval '$_'" } '0', '-1 second', '1 second', '-1 minute', '1 minute', '0.5 seconds'), "'00:00'", "'23:59:59'", "'24:00'", 'NULL';

my %conditions = (
	items => \@items,
	item_warehouses => [
		"warehouse_code = '01'", "warehouse_code = '01' AND in_stock > 0", "item_code = 'case-1' OR in_stock >= 10", "in_stock = 0 AND committed = 0", "locked", "NOT locked",
		"item_code LIKE 'A0000%' AND warehouse_code <> '01'", "item_code IN ('A00001', 'plus+&#', '汉字')", "in_stock <> 0", "default_bin IS NULL", "cost_account IS NULL" ],
	orders => [
		"doc_entry = 3", "doc_entry IN (1, 2, 2, 5000000000)", "doc_entry NOT IN (1, 2)", "doc_entry > 3.5", "doc_entry <= -1", "doc_date >= current_date - 3", "document_status = 'bost_Open'",
		"document_status <> 'bost_Close'", "document_status = 'O'", "document_status IN ('bost_Open', 'no member')", "cancelled", "doc_total BETWEEN 10 AND 1000", "card_code = 'C20000' AND doc_entry < 9", "comments IS NULL", "update_time < '12:00:30'" ],
	order_lines => [
		"doc_entry = 3", "line_num = 0", "quantity > 2 AND line_num < 2", "item_code = 'A00001'", "line_status = 'bost_Open' AND remaining_open_quantity > 0", "base_type IS NULL", "ship_date > current_date" ],
);

# All conditions of a table in one statement each way; returns those that differ.
sub differing
{
	my ($name, $table, $conditions) = @_;
	my $result = query(join '', "SET extra_float_digits = 1;", map {
		my $condition = $_;
		my ($far, $near) = map { "(SELECT array_agg(t::text ORDER BY t::text COLLATE \"C\") FROM $_.$table t WHERE $condition)" } $name, "${name}_copy";
		'SELECT ' . sql_literal($condition) . " WHERE $far IS DISTINCT FROM $near;\n" } @$conditions);
	return $result;
}
foreach my $company (@companies)
{
	my ($name) = @$company;
	is(differing($name, $_, $conditions{$_}), '', "$name.$_: " . @{ $conditions{$_} } . ' conditions select the same here and there') foreach sort keys %conditions;
}

# --- Order, OFFSET and LIMIT ------------------------------------------------------

my %orders = (
	items => [
		'ORDER BY item_code COLLATE "C"', 'ORDER BY item_code COLLATE "C" DESC LIMIT 7', 'ORDER BY item_code COLLATE "C" OFFSET 5', 'ORDER BY item_code COLLATE "C" LIMIT 5 OFFSET 37',
		'WHERE min_inventory IS NOT NULL ORDER BY min_inventory, item_code COLLATE "C"', 'WHERE min_inventory > 0 ORDER BY min_inventory DESC, item_code COLLATE "C" DESC LIMIT 6 OFFSET 2',
		'ORDER BY min_inventory NULLS FIRST, item_code COLLATE "C" LIMIT 50', 'ORDER BY min_inventory DESC, item_code COLLATE "C"', 'ORDER BY max_inventory, item_code COLLATE "C"',
		'WHERE foreign_name IS NOT NULL ORDER BY foreign_name COLLATE "C", item_code COLLATE "C" DESC', 'WHERE item_name LIKE \'%o%\' ORDER BY item_name COLLATE "C" DESC, item_code COLLATE "C" LIMIT 4',
		'WHERE item_code <> \'A00003\' ORDER BY items_group_code, update_date DESC, item_code COLLATE "C" OFFSET 3 LIMIT 4', 'WHERE length(item_name) > 4 ORDER BY item_code COLLATE "C" LIMIT 3 OFFSET 2',
		'WHERE min_inventory < 12345678901234567890.5 ORDER BY item_code COLLATE "C" LIMIT 3 OFFSET 4', 'WHERE tree_type = \'N\' OR valid ORDER BY item_code COLLATE "C" LIMIT 3 OFFSET 4',
		'ORDER BY tree_type, valid, item_code COLLATE "C" LIMIT 9', 'ORDER BY item_code COLLATE "C" LIMIT 0', 'ORDER BY item_code COLLATE "C" LIMIT NULL OFFSET 55', 'ORDER BY item_code COLLATE "C" LIMIT 2 OFFSET 1000',
		'WHERE item_code = \'case-1\' ORDER BY item_code COLLATE "C" LIMIT 3', 'ORDER BY item_code LIMIT 6', 'ORDER BY item_name DESC, item_code LIMIT 6', 'ORDER BY update_date, update_time, item_code COLLATE "C" LIMIT 8',
		'ORDER BY min_inventory + 1 NULLS FIRST, item_code COLLATE "C" LIMIT 5', 'WHERE NOT frozen ORDER BY item_code COLLATE "C" FETCH FIRST 3 ROWS WITH TIES' ],
	item_warehouses => [
		'WHERE in_stock > 0 ORDER BY in_stock DESC, item_code COLLATE "C", warehouse_code COLLATE "C" LIMIT 11', 'WHERE in_stock IS NOT NULL ORDER BY in_stock, item_code COLLATE "C", warehouse_code COLLATE "C" OFFSET 40',
		'ORDER BY item_code COLLATE "C" DESC, warehouse_code COLLATE "C" LIMIT 70', 'WHERE warehouse_code = \'01\' ORDER BY item_code COLLATE "C" LIMIT 4 OFFSET 4' ],
	orders => [
		'ORDER BY doc_entry', 'ORDER BY doc_entry DESC', 'ORDER BY doc_entry DESC LIMIT 4', 'ORDER BY doc_entry OFFSET 20', 'WHERE doc_entry > 3 ORDER BY doc_entry LIMIT 2 OFFSET 2',
		'WHERE doc_date IS NOT NULL ORDER BY doc_date DESC, doc_entry LIMIT 5', 'ORDER BY doc_date DESC, doc_entry LIMIT 5', 'WHERE doc_total > 0 ORDER BY doc_total, doc_entry DESC LIMIT 5 OFFSET 1',
		'WHERE doc_entry <> 3.5 ORDER BY doc_entry LIMIT 3 OFFSET 3', 'WHERE doc_entry < \'NaN\'::numeric ORDER BY doc_entry LIMIT 3 OFFSET 3', 'WHERE doc_date < \'1700-01-01\' OR doc_entry > 2 ORDER BY doc_entry LIMIT 3 OFFSET 3' ],
	order_lines => [ 'ORDER BY doc_entry, line_num', 'ORDER BY doc_entry DESC, line_num DESC LIMIT 5', 'ORDER BY line_num, doc_entry OFFSET 7 LIMIT 7', 'WHERE quantity > 1 ORDER BY quantity DESC, doc_entry, line_num OFFSET 3' ],
);
foreach my $company (@companies)
{
	my ($name) = @$company;
	foreach my $table (sort keys %orders)
	{
		is(query(join '', map {
			my $rest = $_;
			my ($far, $near) = map { "(ARRAY(SELECT t::text FROM $_.$table t $rest))" } $name, "${name}_copy";
			'SELECT ' . sql_literal($rest) . " WHERE $far IS DISTINCT FROM $near;\n" } @{ $orders{$table} }),
			'', "$name.$table: " . @{ $orders{$table} } . ' orders and bounds give the same here and there');
	}
}

# --- What is asked for, and how often ----------------------------------------------

sub explained { return query("EXPLAIN (VERBOSE, COSTS off) $_[0]"); }

# Requests that a statement sends, without logins.
sub requests
{
	my ($sql) = @_;
	my $plan = query("EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) $sql");
	my $count = 0;
	$count += $1 while $plan =~ /Requests: (\d+)/g;
	return $count;
}
sub asks
{
	my ($sql, $pattern, $what) = @_;
	(my $plan = explained($sql)) =~ s/%20/ /g;
	like($plan, $pattern, $what);
	return;
}

asks(q(SELECT 1 FROM hana.orders ORDER BY doc_entry DESC LIMIT 10), qr/orderby=DocEntry desc&\$top=10$/m, 'the order and the number of rows');
unlike(explained(q(SELECT 1 FROM hana.orders ORDER BY doc_entry DESC LIMIT 10)), qr/Sort|Limit/, '… with nothing left to do here');
asks(q(SELECT 1 FROM hana.orders WHERE doc_entry > 5 ORDER BY doc_entry LIMIT 10 OFFSET 3), qr/filter=DocEntry gt 5&\$orderby=DocEntry&\$top=10&\$skip=3\b/, 'the rows that are left out');
asks(q(SELECT 1 FROM hana.items WHERE item_name = 'x' LIMIT 10 OFFSET 3), qr/Limit(?!.*skip)/s, 'no rows are left out by a condition that the company may widen');
asks(q(SELECT 1 FROM bytes.items WHERE item_name = 'x' LIMIT 10 OFFSET 3), qr/skip=3/, '… unless its server is known to compare text as PostgreSQL does');
asks(q(SELECT 1 FROM hana.orders ORDER BY doc_date), qr/Sort/, 'a column that may be null is sorted here');
asks(q(SELECT 1 FROM hana.orders WHERE doc_date > '2020-01-01' ORDER BY doc_date), qr/orderby=DocDate,DocEntry$/m, '… unless a condition keeps nulls out');
asks(q(SELECT 1 FROM hana.items ORDER BY item_code COLLATE "C"), qr/Sort/, 'text whose comparison is unknown is sorted here');
asks(q(SELECT 1 FROM bytes.items ORDER BY item_code COLLATE "C"), qr/orderby=ItemCode$/m, '… and there if it is compared by bytes');
asks(q(SELECT 1 FROM bytes.items ORDER BY item_code COLLATE "en-x-icu"), qr/Sort/, '… but not in the order of a language');
asks(q(SELECT 1 FROM hana.items WHERE update_time > '10:20:30'), qr/UpdateTime ge '10:20'/, 'a time by the minute, rounded to where nothing is lost');
asks(q(SELECT 1 FROM hana.items WHERE update_time = '10:20:30'), qr/UpdateTime ge '10:20' and UpdateTime lt '10:21'/, '… on both sides');
asks(q(SELECT 1 FROM hana.items WHERE item_name ILIKE '%bolt 12%'), qr/contains\(ItemName,' 12'\)/, 'of ILIKE what has no case');
asks(q(SELECT 1 FROM hana.items WHERE update_date < timestamp '2024-05-06 07:08'), qr/UpdateDate le '2024-05-06'/, 'a moment as the day it is on');
asks(q(SELECT 1 FROM hana.items WHERE items_group_code::numeric > 99.5), qr/ItemsGroupCode gt 99&/, 'a fraction as the whole number below');
asks(q(SELECT 1 FROM hana.items WHERE item_code = 'a' OR item_code = 'b'), qr/\(ItemCode eq 'a' or ItemCode eq 'b'\)/, 'a list spelled with OR');
asks(q(SELECT 1 FROM hana.items WHERE item_name IS NULL), qr/\(ItemName eq null or ItemName eq ''\)/, 'missing text may be empty text');
asks(q(SELECT 1 FROM hana.items WHERE NOT valid AND valid IS NOT FALSE), qr/Valid eq 'tNO'/, 'a boolean as the member of its enumeration');

query('CREATE VIEW guarded WITH (security_barrier) AS SELECT * FROM hana.orders WHERE doc_entry > 1');
asks(q(SELECT 1 FROM guarded WHERE doc_entry < 9 LIMIT 10 OFFSET 3), qr/Limit/, 'a guarded view checks its own conditions first');

is(requests(q(SELECT * FROM hana.orders ORDER BY doc_entry DESC LIMIT 10)), 1, 'ten rows are one request');
is(requests(q(SELECT * FROM hana.items LIMIT 10)), 1, '… in any order');
is(requests(q(SELECT * FROM hana.items WHERE item_code = NULL)), 0, 'what no row can meet is not asked for');
is(requests(q(SELECT * FROM hana.orders WHERE doc_entry = 5.5)), 0, '… nor a number that none can have');

# --- Long lists -----------------------------------------------------------------------

my $codes = "ARRAY(SELECT 'A' || lpad(n::text, 5, '0') FROM generate_series(1, 1000) n)";
is(query("SELECT count(*) FROM hana.items WHERE item_code = ANY ($codes)"), 40, 'a list of 1,000 codes finds those that exist');
cmp_ok(requests("SELECT * FROM hana.items WHERE item_code = ANY ($codes)"), '<=', 25, '… in few requests');
cmp_ok(requests("SELECT * FROM hana.items WHERE item_code = ANY ($codes)"), '>', 1, '… of parts of it');
cmp_ok(requests("SELECT * FROM hana.item_warehouses WHERE item_code = ANY ($codes)"), '<=', 25, '… and so for lines');
is(query("SELECT count(*) FROM hana.item_warehouses WHERE item_code = ANY ($codes)"), 120, '… of which none is lost or doubled');
is(query("SELECT count(*) FROM hana.orders WHERE doc_entry IN (SELECT n FROM generate_series(-3000, 3000) n)"), query('SELECT count(*) FROM hana_copy.orders'), 'numbers');
my $list = join ',', map { "'A$_'" } 10000 .. 10150;
is(query("SELECT count(*), min(item_code) FROM hana.items WHERE item_code IN ($list, 'case-1', 'CASE-1', 'case-1')"), '1|case-1', 'constants');
is(query("SELECT string_agg(item_code, ' ' ORDER BY item_code COLLATE \"C\") FROM mssql.items WHERE item_name = ANY (ARRAY(SELECT 'x' || n FROM generate_series(1, 500) n) || '{bolt,Bolt,BOLT,\"bolt \"}')"),
	query("SELECT string_agg(item_code, ' ' ORDER BY item_code COLLATE \"C\") FROM mssql_copy.items WHERE item_name IN ('bolt', 'Bolt', 'BOLT', 'bolt ')"),
	'one row for each text, though the company takes several for equal');
is(query("SELECT count(*) FROM mssql.items WHERE item_name = ANY (ARRAY(SELECT 'Bolt' || n FROM generate_series(1, 100) n) || ARRAY['bolt', 'zz'] || ARRAY(SELECT 'aa' || n FROM generate_series(1, 100) n) || ARRAY['BOLT', 'Bolt'])"),
	3, '… also from parts that are far apart');
is(query("SELECT string_agg(doc_entry::text, ' ') FROM (SELECT doc_entry FROM hana.orders WHERE doc_entry = ANY (ARRAY(SELECT n FROM generate_series(300, 1, -1) n)) ORDER BY doc_entry DESC LIMIT 3) x"),
	query("SELECT string_agg(doc_entry::text, ' ') FROM (SELECT doc_entry FROM hana_copy.orders ORDER BY doc_entry DESC LIMIT 3) x"), 'an order over all parts');
query('ANALYZE hana.items');
cmp_ok(requests("SELECT * FROM hana.items WHERE item_code = ANY ($codes)"), '<=', 3, 'a table known to be small is read rather than asked for in parts');

# --- A server that does not sort ---------------------------------------------------------

# The same rows in the same order, sorted here; each session asks once.
sub refused
{
	my ($table, $rest) = @_;
	sim_post($hana, '/sim/fault', { match => { path_contains => 'orderby' }, action => 'status', status => 400, code => '201', message => 'no order', times => -1 });
	my @far = split /\n/, query("SELECT t::text FROM hana.$table t $rest; SELECT t::text FROM hana.$table t $rest");
	my $plan = $table eq 'order_lines' ? query("EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT * FROM hana.$table t $rest") : '';
	IPC::Run::run([ 'curl', '--silent', '--cacert', $hana->{ca}, '-X', 'DELETE', "$hana->{base}/sim/fault" ]);
	my @near = split /\n/, query("SELECT t::text FROM hana_copy.$table t $rest");
	is_deeply(\@far, [ @near, @near ], "$table $rest: sorted here");
	return $plan;
}
like(refused('order_lines', 'ORDER BY doc_entry DESC, line_num LIMIT 7 OFFSET 3'), qr/Sorted Locally: the server refuses to sort/, 'EXPLAIN ANALYZE says so');
refused('order_lines', 'WHERE quantity > 1 ORDER BY quantity, doc_entry, line_num');

# --- Rows that come and go between pages --------------------------------------------------

# Reads a table by pages of five through a cursor while others write; returns what came.
sub read_among_writers
{
	my ($table, $select, $writes) = @_;
	query("ALTER FOREIGN TABLE $table OPTIONS (ADD page_size '5')");
	my $reader = $node->background_psql('postgres');
	$reader->query_safe("BEGIN; DECLARE c CURSOR FOR $select");
	my @rows = split /\n/, $reader->query_safe('FETCH 6 FROM c');
	foreach my $write (@$writes)
	{
		query($write);
		push @rows, split /\n/, $reader->query_safe('FETCH 5 FROM c');
	}
	push @rows, split /\n/, $reader->query_safe('FETCH ALL FROM c');
	$reader->quit;
	query("ALTER FOREIGN TABLE $table OPTIONS (DROP page_size)");
	return @rows;
}
my @writes = map { ("INSERT INTO hana.items (item_code, item_name) VALUES ('00new$_', 'n'), ('zznew$_', 'n'), ('A00012x$_', 'n')", $_ % 2 ? "DELETE FROM hana.items WHERE item_code IN ('00new$_', 'A00012x$_')" : 'SELECT 1') } 1 .. 5;
my @stood = split /\n/, query('SELECT item_code FROM bytes_copy.items ORDER BY item_code COLLATE "C" DESC');
my @read = read_among_writers('bytes.items', 'SELECT item_code FROM bytes.items ORDER BY item_code COLLATE "C" DESC', \@writes);
is_deeply([ grep { !/new|x/ } @read ], \@stood, 'rows that stay come once and in the order asked for while others come and go');
query("DELETE FROM hana.items WHERE item_name = 'n'");
@stood = split /\n/, query('SELECT items_group_code || item_code FROM bytes_copy.items WHERE items_group_code > 0 ORDER BY items_group_code DESC, item_code COLLATE "C"');
@read = read_among_writers('bytes.items', 'SELECT items_group_code || item_code FROM bytes.items WHERE items_group_code > 0 ORDER BY items_group_code DESC, item_code COLLATE "C"', \@writes);
is_deeply([ grep { !/new|x/ } @read ], \@stood, '… also by a column that many rows share');

# --- Enumerations: what is no member -------------------------------------------

# Business One refuses a member that it does not know, and it may know more than an import did.
my $open = query("SELECT count(*) FROM hana_copy.orders WHERE document_status = 'bost_Open'");
my @status = ("= 'no member'", "IN ('bost_Open', 'no member')", "= ANY (ARRAY(SELECT 'no member ' || g FROM generate_series(1, 150) g) || '{bost_Open}')");
foreach my $members (undef, 'bost_Paid', 'bost_Open, bost_Close')
{
	query("ALTER FOREIGN TABLE hana.orders ALTER document_status OPTIONS (ADD values '$members')") if defined $members;
	is(join(' ', map { query("SELECT count(*) FROM hana.orders WHERE document_status $_") } @status), "0 $open $open",
		'a text that is no member has no rows, members ' . ($members // 'unknown'));
	is(query("SELECT count(*) FROM (SELECT FROM hana.orders WHERE document_status IN ('bost_Open', 'no member') ORDER BY doc_entry OFFSET 1) o"), $open - 1, '… nor are rows left out for it');
	unlike(query("EXPLAIN (VERBOSE) SELECT doc_entry FROM hana.orders WHERE document_status = 'no member' ORDER BY doc_entry OFFSET 1"), qr/\$skip/, '… which EXPLAIN does not show either');
	is(query("SELECT count(*) FROM hana.orders o JOIN hana.order_lines l USING (doc_entry) WHERE document_status = 'no member'"), 0, '… nor joined');
	query('ALTER FOREIGN TABLE hana.orders ALTER document_status OPTIONS (DROP values)') if defined $members;
}

$node->stop;
sim_stop($hana);
sim_stop($mssql);
done_testing();
