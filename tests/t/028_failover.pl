# A Service Layer of several nodes, of which one dies with a request: reads go on,
# sessions survive, a write is in doubt and never sent blindly again.

use strict;
use warnings;

use JSON::PP ();
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 60, '--warehouses' => 3, '--nodes' => 2, '--failover-ms' => 50);
my $node = new_cluster('main', preload => 1, databases => '');
create_link_demo($node, $sim);

sub query { return $node->safe_psql('postgres', $_[0]); }
sub kill_node { sim_post($sim, '/sim/fault', { action => 'kill_node', times => 1, @_ }); }
sub revive { sim_post($sim, '/sim/node', { node => $_, up => JSON::PP::true() }) foreach 1, 2; }
sub down { return scalar grep { !$_->{up} } @{ sim_get($sim, '/sim/node')->{nodes} }; }

# ---- reading ----

my $all = query('SELECT count(*), trim_scale(sum(in_stock)) FROM b1.item_warehouses');
my $logins = sim_get($sim, '/sim/requests')->{logins};
kill_node(match => { method => 'GET' });
is(query('SELECT count(*), trim_scale(sum(in_stock)) FROM (SELECT * FROM b1.item_warehouses OFFSET 0) AS w'), $all, 'a node dies with a page on its way: the scan goes on');
is(down(), 1, '… on the other node');
is(sim_get($sim, '/sim/requests')->{logins}, $logins, '… with the same session');
revive();

query(q(ALTER SERVER b1 OPTIONS (ADD page_size '7')));
kill_node(match => { method => 'GET', path_contains => 'crossjoin' }, skip => 5);
is(query('SELECT count(*), trim_scale(sum(in_stock)) FROM (SELECT * FROM b1.item_warehouses OFFSET 0) AS w'), $all, '… also with pages asked for ahead');
is(down(), 1, '… one of which was lost');
revive();
query(q(ALTER SERVER b1 OPTIONS (DROP page_size)));

sim_post($sim, '/sim/node', { node => $_, up => JSON::PP::false() }) foreach 1, 2;
my (undef, undef, $stderr) = $node->psql('postgres', 'SELECT count(item_name) FROM b1.items');
like($stderr, qr/503|not available/, 'without any node there is an error');
revive();
is(query('SELECT count(*) FROM b1.items'), 60, '… and afterwards the session still serves');

# ---- writing ----

foreach my $commit (JSON::PP::false(), JSON::PP::true())
{
	my $code = $commit ? 'AFTER' : 'BEFORE';

	kill_node(match => { method => 'POST', path_contains => 'Items' }, commit => $commit);
	(undef, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nINSERT INTO b1.items (item_code, item_name) VALUES ('$code', 'x')");
	like($stderr, qr/ERROR:  08007/, lc $code . ' its commit, a write whose node dies has an unknown outcome');
	is(query("SELECT count(*) FROM b1.items WHERE item_code = '$code'"), $commit ? 1 : 0, '… and was sent once');
	revive();
}

# ---- posting ----

query(q(UPDATE stockbridge.link SET settle_time = '500ms', retry_first = '10ms', retry_longest = '100ms'));
query(q(CALL stockbridge.pull('main', 'items')));
my @items = split /\n/, query(q(SELECT i.item_code FROM stockbridge.b1_item AS i
	WHERE i.valid AND NOT i.frozen AND i.inventory_item AND NOT i.manage_batch_numbers AND NOT i.manage_serial_numbers
	ORDER BY i.item_code LIMIT 2));
foreach my $commit (JSON::PP::false(), JSON::PP::true())
{
	my $movement = query("SELECT stockbridge.enqueue('main', 'receipt', '" . shift(@items) . "', 1, 'WH-A')");
	my $what = 'the node of a posting dies ' . ($commit ? 'after' : 'before') . ' the commit';

	kill_node(match => { method => 'POST', path_contains => 'InventoryGenEntries' }, commit => $commit);
	poll_until(
		sub {
			query(q(CALL stockbridge.post('main')));
			return query("SELECT state FROM stockbridge.movement_state WHERE movement = $movement") eq 'posted';
		},
		$what);
	is(down(), 1, $what);
	my $key = query("SELECT d.key FROM stockbridge.document AS d JOIN stockbridge.document_line AS l USING (link, document) WHERE l.movement = $movement");
	is(scalar(grep { ($_->{key} // '') eq $key } @{ sim_get($sim, '/sim/ledger')->{documents} }), 1, '… and B1 has its document once');
	revive();
}
is(query('SELECT count(*) FROM stockbridge.check_invariants()'), 0, 'the invariants hold');

$node->stop;
done_testing();
