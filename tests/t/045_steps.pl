# A worker is stopped, failed or killed at each named step of the protocol
# (extension/test_point.h): B1 has the document once, and we know it.

use strict;
use warnings;

use IPC::Run ();
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 20, '--warehouses' => 2);
my $node = new_cluster('main', test_points => 1, conf => "restart_after_crash = on\n");
create_link_demo($node, $sim);
query(q(UPDATE stockbridge.link SET settle_time = '500ms', retry_first = '10ms', retry_longest = '100ms'));
query(q(CALL stockbridge.pull('main', 'items')));

sub query { return $node->safe_psql('postgres', $_[0]); }

sub post_all
{
	poll_until(
		sub {
			query(q(CALL stockbridge.post('main')));
			return query(q(SELECT count(*) = 0 FROM stockbridge.posting_queue WHERE state <> 'rejected')) eq 't';
		},
		'everything to be posted');
	return;
}

sub state_of { return query("SELECT state FROM stockbridge.movement_state WHERE movement = $_[0]"); }

# What the first and the second transaction of the protocol leave behind.
my %left = (
	'attempt claimed' => 'ready',
	'attempt committed' => 'posting',
	'request sent' => 'posting',
	'answer received' => 'posting',
	'answer stored' => 'posting',
	'answer settled' => 'posted');

foreach my $point ('attempt claimed', 'attempt committed', 'request sent', 'answer received', 'answer stored', 'answer settled')
{
	foreach my $action ('error', 'terminate', 'crash')
	{
		my $movement = query(q(SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, 'WH-A')));
		my ($status, undef, $stderr) =
		  $node->psql('postgres', "SET stockbridge.test_points = '\"$point=$action\"'; CALL stockbridge.post('main')");

		isnt($status, 0, "$action at \"$point\" ends the call");
		poll_until(sub { $node->psql('postgres', 'SELECT 1') == 0 }, 'the server to recover') if $action eq 'crash';
		is(state_of($movement), $left{$point}, "$action at \"$point\": what was committed stands");
		post_all();
		is(state_of($movement), 'posted', "$action at \"$point\": posted in the end");
	}
}

# --- Standing still ------------------------------------------------------------

$node->append_conf('postgresql.conf', q(stockbridge.test_points = '"request sent=pause"'));
$node->reload;
my $movement = query(q(SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, 'WH-A')));
my $paused = IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', q(CALL stockbridge.post('main')) ],
	'>', '/dev/null', '2>&1');
ok($node->poll_query_until('postgres', <<'END'), 'a process stands still where it is told to');
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query = 'stockbridge test point: request sent'
                  AND backend_xid IS NULL AND backend_xmin IS NULL)
END
my $key = query("SELECT d.key FROM stockbridge.document d JOIN stockbridge.document_line l USING (link, document) WHERE l.movement = $movement");
ok((grep { ($_->{key} // '') eq $key } @{ sim_get($sim, '/sim/ledger')->{documents} }), 'B1 has it already');
is(state_of($movement), 'posting', 'and here its attempt is committed');
$node->adjust_conf('postgresql.conf', 'stockbridge.test_points', undef);
$node->reload;
$paused->finish;
is(state_of($movement), 'posted', 'it goes on when told to');

my %held;
$held{ $_->{key} }++ foreach grep { defined $_->{key} } @{ sim_get($sim, '/sim/ledger')->{documents} };
is_deeply([ grep { $held{$_} > 1 } sort keys %held ], [], 'B1 holds no key twice');
is(join("\n", sort keys %held), query(q(SELECT key FROM stockbridge.document WHERE state = 'posted' ORDER BY key::text COLLATE "C")),
	'and those that we claim');
is(query('SELECT count(*) FROM stockbridge.check_invariants()'), 0, 'the invariants hold');

done_testing();
