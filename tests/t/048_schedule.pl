# Whoever runs what is due: pg_cron by CALL, two schedulers at once, a standby
# that is promoted.  Nothing is posted twice, and a server stops at once.

use strict;
use warnings;

use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Utils ();
use Stockbridge::Test;
use Test::More;
use Time::HiRes qw(time);

my $sim = sim_start('--items' => 30, '--warehouses' => 2, '--service-ms' => 20);

sub held_twice
{
	my %seen;
	$seen{ $_->{key} }++ foreach grep { defined $_->{key} } @{ sim_get($sim, '/sim/ledger')->{documents} };
	return join ' ', grep { $seen{$_} > 1 } sort keys %seen;
}

sub fill
{
	my ($node, $name, $number) = @_;
	$node->safe_psql('postgres', <<"END");
INSERT INTO stockbridge.movement_intake (link, kind, sku, quantity, location, movement_ref, document_ref)
SELECT 'main', 'receipt', i.item_code, 1, 'WH-A', '$name-' || g, '$name-' || g
  FROM generate_series(1, $number) g
  JOIN (SELECT item_code, row_number() OVER (ORDER BY item_code) - 1 AS n FROM stockbridge.b1_item
         WHERE NOT frozen AND inventory_item AND NOT manage_batch_numbers AND NOT manage_serial_numbers LIMIT 8) i ON i.n = g % 8
END
	return;
}

my $all_posted = q(SELECT count(*) > 0 AND bool_and(state = 'posted') FROM stockbridge.movement_state);

# pg_cron wakes up once a minute: it is given its job first, and looked at last.
my $cron = start_cron();

sub start_cron
{
	my $share = `@{[ $ENV{PG_CONFIG} // 'pg_config' ]} --sharedir`;
	chomp $share;
	return unless -e "$share/extension/pg_cron.control";

	my $node = new_cluster('cron', conf => <<'END');
shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on
max_worker_processes = 20
END
	create_link_demo($node, $sim);
	$node->safe_psql('postgres', q(CREATE EXTENSION pg_cron; UPDATE stockbridge.link SET settle_time = '500ms'));
	$node->safe_psql('postgres', q(CALL stockbridge.pull('main', 'items')));
	fill($node, 'cron', 40);
	$node->safe_psql('postgres', q(SELECT cron.schedule('stockbridge', '* * * * *', 'CALL stockbridge.run_due()')));
	return $node;
}

# --- Two schedulers, and the server stops while both are at it --------------------

my $node = new_cluster('primary', preload => 1, conf => <<'END');
stockbridge.max_workers = 2
stockbridge.naptime = '50ms'
wal_level = replica
max_wal_senders = 4
hot_standby = on
END
create_link_demo($node, $sim);
$node->safe_psql('postgres', q(UPDATE stockbridge.link SET settle_time = '500ms', retry_first = '10ms', retry_longest = '100ms', sessions = 2));
$node->poll_query_until('postgres', $all_posted) or die 'the workers do not work';
is($node->safe_psql('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockbridge worker')), 2, 'two workers serve one database');
fill($node, 'two', 100);
my $person = IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', q(CALL stockbridge.post('main')) ], '>', '/dev/null', '2>&1');
ok($node->poll_query_until('postgres', $all_posted), 'two workers and a person post everything');
$person->finish;
is(held_twice(), '', 'once');
fill($node, 'stop', 200);
$node->poll_query_until('postgres', q(SELECT count(*) > 0 FROM stockbridge.movement_state WHERE state = 'posting')) or die 'nothing is under way';
my $since = time();
$node->stop('fast');
cmp_ok(time() - $since, '<', 5, 'the server stops within five seconds in the middle of that');
$node->start;
ok($node->poll_query_until('postgres', $all_posted), 'what was under way is found, the rest is posted');
is(held_twice(), '', 'once');

# --- Not for ever -------------------------------------------------------------------

my $alone = new_cluster('alone');
create_link_demo($alone, $sim);
$alone->safe_psql('postgres', q(UPDATE stockbridge.link SET sessions = 2));
$alone->safe_psql('postgres', q(CALL stockbridge.pull('main', 'items')));
fill($alone, 'alone', 100);
$alone->safe_psql('postgres', q(CALL stockbridge.post('main', '200 milliseconds')));
is($alone->safe_psql('postgres', q(SELECT string_agg(DISTINCT state, ' ' ORDER BY state) FROM stockbridge.movement_state)), 'posted ready',
	'a call with a longest time ends what is under way, and leaves the rest');
$alone->stop;

# --- A standby does nothing, and takes over ------------------------------------------

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockbridge worker')), 0, 'on a standby no worker runs');
my ($status, undef, $stderr) = $standby->psql('postgres', q(CALL stockbridge.post('main')));
like($stderr, qr/read-only transaction|recovery/, 'nor can anybody post there');

# The primary is lost in the middle of a request.
sim_post($sim, '/sim/fault', { match => { method => 'POST', path_contains => 'InventoryGenEntries' }, action => 'delay', delay_ms => 1500 });
fill($node, 'lost', 20);
$node->poll_query_until('postgres', q(SELECT count(*) > 0 FROM stockbridge.movement_state WHERE state = 'posting')) or die 'nothing is under way';
$node->wait_for_catchup($standby);
$node->stop('immediate');
$standby->promote;
# Longer than B1 goes on working on what the primary had sent.
$standby->safe_psql('postgres', q(UPDATE stockbridge.link SET settle_time = '3s'));
ok($standby->poll_query_until('postgres', $all_posted), 'promoted, it resumes');
is(held_twice(), '', 'and posts nothing twice');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM stockbridge.check_invariants()'), 0, 'the invariants hold');
$standby->stop;

# --- pg_cron -----------------------------------------------------------------------------

SKIP:
{
	skip 'pg_cron is not installed for this version of PostgreSQL', 4 unless $cron;
	ok($cron->poll_query_until('postgres', $all_posted), 'pg_cron runs what is due');
	is($cron->safe_psql('postgres', q(SELECT count(*) FROM cron.job_run_details WHERE status = 'failed')), 0, 'no run fails');
	is(held_twice(), '', 'nothing is posted twice');
	is($cron->safe_psql('postgres', 'SELECT count(*) FROM stockbridge.check_invariants()'), 0, 'the invariants hold');
	$cron->stop;
}

done_testing();
