# A real inventory system: what Tryton's own client library says and what our
# foreign tables say must be the same, line by line, whatever is asked for.

use strict;
use warnings;

use PostgreSQL::Test::Utils;
use Stockbridge::Test;
use Stockbridge::Tryton;
use Test::More;

my $tryton = tryton_start();
# Statements hold the passwords of user mappings; the log is searched for them.
my $node = new_cluster('tryton', conf => "log_statement = 'none'\n");
$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge');
tryton_server($node, $tryton, 'wms');
my $figures = tryton_figures($tryton);

sub lines_of
{
	my ($query) = @_;
	my @lines = split /\n/, $node->safe_psql('postgres', $query);
	utf8::decode($_) foreach @lines;
	return [ sort @lines ];
}

tryton_agrees($node, $figures, $_) foreach qw(products locations stock movements orders);

# The fixture must hold what a careless reader would get wrong.
my @expected_more = grep { $_->{forecast} > $_->{on_hand} } @{ $figures->{stock} };
cmp_ok(scalar @expected_more, '>', 0, 'goods that are only expected are there, and were not counted');
my %kinds = map { tryton_kind($_) => 1 } @{ $figures->{movements} };
is_deeply([ sort keys %kinds ], [qw(adjustment dispatch receipt return transfer)], 'movements of every kind are there');

# ---- filters: the same rows as PostgreSQL finds in a copy ----

$node->safe_psql('postgres', 'CREATE SCHEMA kept');
$node->safe_psql('postgres', "CREATE TABLE kept.$_ AS SELECT * FROM wms.$_")
  foreach qw(products locations stock movements orders);
my $middle = $node->safe_psql('postgres',
	q(SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY happened_at) FROM kept.movements));

my @conditions = (
	[ products => q(sku = 'RICE') ],
	[ products => q(sku = 'rice') ],
	[ products => q(sku IN ('RICE', 'TSHIRT-M', 'no such')) ],
	[ products => q(sku = 'CRATE "XL" \ {limit}') ],
	[ products => q(sku = ''';') ],
	[ products => q(sku IS NULL) ],
	[ products => q(NOT active) ],
	[ products => q(active AND sku LIKE 'T%') ],
	[ locations => q(location = 'WH-A') ],
	[ locations => q(location = 'Transit') ],
	[ locations => q(location = 'Warehouse A, storage') ],
	[ stock => q(location = 'WH-B') ],
	[ stock => q(location IN ('WH-B', 'WH-B-01') AND sku = 'MILK') ],
	[ stock => q(sku = 'TSHIRT-S') ],
	[ stock => q(on_hand < 0) ],
	[ movements => q(sku = 'OLD') ],
	[ movements => q(kind = 'transfer' AND to_location = 'WH-A') ],
	[ movements => "happened_at >= '$middle'" ],
	[ movements => "happened_at > '$middle'" ],
	[ movements => "happened_at < '$middle' AND sku IN ('RICE', 'MILK')" ],
	[ movements => "happened_at BETWEEN '$middle' AND timestamptz '$middle' + interval '1 s'" ],
	[ orders => q(status = 'processing') ],
	[ orders => q(reference = 'WEB-shipped') ],);

foreach (@conditions)
{
	my ($table, $condition) = @$_;
	my $columns = $table eq 'stock' ? 'sku, location, on_hand' : '*';
	is_deeply(
		lines_of("SELECT $columns FROM wms.$table WHERE $condition"),
		lines_of("SELECT $columns FROM kept.$table WHERE $condition"),
		"$table where $condition");
}

# What is sent says the condition, so that Tryton and not we sort the rows out.
foreach ([ products => q(sku = 'RICE'), qr/\["code","=","RICE"\]/ ],
	[ movements => "happened_at >= '$middle'", qr/\["write_date",">=","\d{4}-/ ],
	[ stock => q(location = 'WH-B'), qr/\["code","=","WH-B"\]/ ])
{
	my ($table, $condition, $sent) = @$_;
	like($node->safe_psql('postgres', "EXPLAIN (VERBOSE) SELECT * FROM wms.$table WHERE $condition"),
		$sent, "the request for $table where $condition holds the condition");
}

# Pages that are much smaller than the table must not lose or repeat a row.
$node->safe_psql('postgres', "ALTER FOREIGN TABLE wms.$_ OPTIONS (ADD page_size '7')") foreach qw(products stock movements);
tryton_agrees($node, $figures, $_, 'in small pages') foreach qw(products stock movements);

# ---- something happens in Tryton ----

my $watermark = $node->safe_psql('postgres', 'SELECT max(happened_at) FROM kept.movements');
my @new = map { $_->{id} } (
	tryton_act($tryton, 'receive', sku => 'A00001', quantity => 4, location => 'WH-A', date => '2020-02-29'),
	tryton_act($tryton, 'dispatch', sku => 'RICE', quantity => '0.3', location => 'WH-A'));
tryton_act($tryton, 'count', location => 'WH-B', A00002 => 1);
tryton_act($tryton, 'draft', sku => 'A00001', quantity => 1000, location => 'WH-A');
$figures = tryton_figures($tryton);
tryton_agrees($node, $figures, $_, 'after a receipt, a dispatch and a count') foreach qw(stock movements);
is( $node->safe_psql('postgres', "SELECT string_agg(kind, ' ' ORDER BY happened_at) FROM wms.movements WHERE happened_at > '$watermark'"),
	'receipt dispatch adjustment',
	'the watermark finds what was recorded since, a back-dated receipt included');
is( $node->safe_psql('postgres', "SELECT effective_date FROM wms.movements WHERE movement_ref = '$new[0]'"),
	'2020-02-29', 'the back-dated receipt tells its date');

# ---- sessions and secrets ----

# How often Tryton's own log tells of something.
sub logged
{
	my ($pattern) = @_;
	return scalar(() = slurp_file("$tryton->{dir}/trytond.log") =~ /$pattern/g);
}

my $session = $node->background_psql('postgres');
my $count = $session->query_safe('SELECT count(*) FROM wms.locations');
my $logins = logged('login succeeded');
$session->query_safe('SELECT count(*) FROM wms.products');
is(logged('login succeeded'), $logins, 'a login serves all queries of a backend');
tryton_expire($tryton);
is($session->query_safe('SELECT count(*) FROM wms.locations'), $count, 'a session that Tryton forgot is renewed within the query');
tryton_expire($tryton);
is($session->query_safe('SELECT count(*) FROM wms.stock') > 0, 1, 'also where one row set is asked for each row of another');
is(logged('login succeeded'), $logins + 2, 'each time with one login');
$session->quit;

my $secret = 'Not-The-Password-7';
tryton_server($node, $tryton, 'stranger', password => $secret);
my ($status, $out, $err) = $node->psql('postgres', 'SELECT * FROM stranger.locations');
isnt($status, 0, 'a wrong password is refused');
is(scalar(() = $err =~ /ERROR: /g), 1, 'with one error');
like($err, qr/server "stranger" refused the login/, 'that says who refused what');
is(logged('login failed'), 1, 'after one try: more of them would lock the account');
unlike(slurp_file($node->logfile) . $err, qr/\Q$secret\E/, 'and does not tell the password');

$node->safe_psql('postgres', q(ALTER SERVER stranger OPTIONS (SET database 'nowhere')));
($status, $out, $err) = $node->psql('postgres', 'SELECT * FROM stranger.locations');
isnt($status, 0, 'a database that is not there is refused');
like($err, qr/server "stranger"/, 'by an error that names the server');

tryton_stop($tryton);
($status, $out, $err) = $node->psql('postgres', 'SELECT * FROM wms.locations');
isnt($status, 0, 'a Tryton that is not there is an error');
like($err, qr/server "wms"/, 'that names the server');

done_testing();
