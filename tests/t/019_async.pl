# Several companies below one Append: their first pages are on their way at the
# same time, rows are the same as one after the other, and cancel acts.

use strict;
use warnings;

use PostgreSQL::Test::Utils ();
use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

# --- Two companies that answer only when both have been asked -------------------

my $meeting = PostgreSQL::Test::Utils::tempdir('meeting');

sub has_come { return -e "$meeting/$_[0]"; }

sub note_coming
{
	my ($who) = @_;
	open(my $file, '>', "$meeting/$who") or die "$meeting/$who: $!";
	close $file;
	return;
}

# A company whose items wait for another company's to be asked for.
sub start_company
{
	my ($own, $other, $patience) = @_;
	return Stockbridge::Answers->start(
		sub {
			my ($request) = @_;
			if ($request->{path} =~ m{/Login$})
			{
				return { headers => { 'Set-Cookie' => "B1SESSION=$own; HttpOnly" }, json => { SessionId => $own, SessionTimeout => 30 } };
			}
			return { status => 204, body => '' } if $request->{path} =~ m{/Logout$};
			note_coming($own);
			my $met = eval { poll_until(sub { has_come($other) }, "the request for $other", $patience); 1 };
			return { status => 400, json => { error => { code => '-1', message => "$other was not asked" } } } if !$met;
			return { json => { value => [ map { { ItemCode => "$own$_" } } 1 .. 3 ] } };
		});
}

my %company = (
	north => start_company('north', 'south', 30), south => start_company('south', 'north', 30),
	late => start_company('late', 'never', 2), broken => start_company('broken', 'never', 0));
my $node = new_cluster('main');
$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge; CREATE TABLE here (item_code text); INSERT INTO here VALUES (\'here\');'
	. 'CREATE TABLE everywhere (company text, item_code text) PARTITION BY LIST (company)');
foreach my $name (sort keys %company)
{
	my $url = $company{$name}->url . '/b1s/v2';
	$node->safe_psql('postgres', qq(
CREATE SERVER $name FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '$url', company 'X');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user 'u', password 'p');
CREATE FOREIGN TABLE part_$name (company text, item_code text OPTIONS (property 'ItemCode', key 'true', type 'Edm.String')) SERVER $name OPTIONS (entity 'Items');
CREATE FOREIGN TABLE items_$name (item_code text OPTIONS (property 'ItemCode', key 'true', type 'Edm.String')) SERVER $name OPTIONS (entity 'Items');));
}
sub query { return $node->safe_psql('postgres', $_[0]); }

my $union = 'SELECT item_code FROM items_north UNION ALL SELECT item_code FROM items_south UNION ALL SELECT item_code FROM here';
like(query("EXPLAIN (COSTS off) $union"), qr/Append.*Async Foreign Scan on items_north.*Async Foreign Scan on items_south.*Seq Scan on here/s,
	'UNION ALL of two companies is asynchronous');
is(query("SELECT string_agg(item_code, ',' ORDER BY item_code) FROM ($union) x"), 'here,north1,north2,north3,south1,south2,south3',
	'… and each is asked before the other has answered');

unlink glob "$meeting/*";
my $two = 'SELECT item_code FROM items_south UNION ALL SELECT item_code FROM items_north';
like(query("EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) $two"),
	qr/Append \(actual rows=6.*rows=3 loops=1\).*Requests: 1\n.*rows=3 loops=1\).*Requests: 1\n/s, '… one request each, and rows are counted once');

query('ALTER TABLE everywhere ATTACH PARTITION part_north FOR VALUES IN (\'north\'); ALTER TABLE everywhere ATTACH PARTITION part_south FOR VALUES IN (\'south\')');
unlink glob "$meeting/*";
is(query('SELECT count(item_code) FROM everywhere'), 6, 'partitions, too');

# --- Waiting can be ended ----------------------------------------------------------

my ($status, undef, $stderr) = $node->psql('postgres', "SET statement_timeout = '300ms'; SELECT item_code FROM items_late UNION ALL SELECT item_code FROM items_north");
like($stderr, qr/statement timeout/, 'statement_timeout ends the wait for several');
($status, undef, $stderr) = $node->psql('postgres', 'SELECT item_code FROM items_north UNION ALL SELECT item_code FROM items_broken UNION ALL SELECT item_code FROM items_south');
like($stderr, qr/server "broken" refused reading entity set Items: never was not asked/, 'an error of one is the error of all');

# --- Long tables -------------------------------------------------------------------

my $sim = sim_start('--items' => 300, '--warehouses' => 3);
create_servers($node, $sim);
query(qq(
CREATE SERVER second FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '$sim->{url}', company 'SBODEMOGB', ca_file '$sim->{ca}', page_size '40');
CREATE USER MAPPING FOR CURRENT_USER SERVER second OPTIONS (user 'manager', password 'sim-secret');
CREATE SCHEMA second;
IMPORT FOREIGN SCHEMA stock FROM SERVER second INTO second;
ALTER SERVER b1 OPTIONS (ADD page_size '70');
));
my $stock = q(SELECT company, count(*), count(DISTINCT (item_code, warehouse_code)), sum(in_stock) FROM (
	SELECT 1 AS company, * FROM b1.item_warehouses UNION ALL SELECT 2, * FROM second.item_warehouses UNION ALL SELECT 3, * FROM b1.item_warehouses WHERE in_stock > 100 AND item_code LIKE '%7'
	UNION ALL SELECT 4, * FROM second.item_warehouses WHERE locked AND in_stock::text LIKE '%9%') x GROUP BY company ORDER BY company);
is(query($stock), query("SET enable_async_append = off; $stock"), 'many pages of several scans, also of one company, are the same rows');
is(query("SELECT count(*) FROM generate_series(1, 3) g, LATERAL (SELECT item_code FROM b1.items WHERE item_code > 'A00290' UNION ALL SELECT item_code FROM second.items WHERE g > 0 OFFSET 0) x"),
	3 * (10 + 300), 'run again and again');
is(query("BEGIN; DECLARE c CURSOR FOR SELECT item_code FROM b1.items UNION ALL SELECT item_code FROM second.items; FETCH 1 FROM c; SELECT count(*) FROM b1.items; MOVE ALL c; COMMIT; SELECT 1") =~ /300/ ? 1 : 0, 1,
	'other statements run while a cursor waits for pages');

$node->stop;
sim_stop($sim);
$_->stop foreach values %company;
done_testing();
