# The background worker: runs what is due on its own, as the link's owner, and
# is stopped, killed and left without its extension without harm.

use strict;
use warnings;

use PostgreSQL::Test::Utils ();
use Stockbridge::Test;
use Test::More;
use Time::HiRes qw(time);

my $sim = sim_start('--items' => 30, '--warehouses' => 2);
my $node = new_cluster('main', preload => 1, conf => <<'END');
stockbridge.naptime = '50ms'
log_statement = 'none'
END

sub query { return $node->safe_psql('postgres', $_[0]); }

sub waits_for
{
	my ($sql, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('postgres', $sql), $what);
	return;
}

sub worker_pid
{
	my $pid;
	poll_until(sub { $pid = query(q(SELECT pid FROM pg_stat_activity WHERE backend_type = 'stockbridge worker')) }, 'a worker');
	return $pid;
}

sub states
{
	return query(q(SELECT string_agg(DISTINCT state, ' ') FROM stockbridge.movement_state));
}

# --- Without the extension it idles ------------------------------------------

my $first = worker_pid();
ok($first, 'a worker runs in the database');
is(query(q(SELECT state FROM pg_stat_activity WHERE backend_type = 'stockbridge worker')), 'idle', 'and idles without the extension');

# --- On its own, as the owner --------------------------------------------------

create_servers($node, $sim);
query(<<'END');
CREATE ROLE clerk;
GRANT stockbridge_worker TO clerk;
GRANT USAGE ON SCHEMA b1, wms TO clerk;
GRANT SELECT ON ALL TABLES IN SCHEMA b1, wms TO clerk;
CREATE USER MAPPING FOR clerk SERVER b1 OPTIONS (user 'manager', password 'sim-secret');
CREATE USER MAPPING FOR clerk SERVER wms OPTIONS (user 'ims', password 'ims-secret');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms', owner => 'clerk');
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-A', '01'), ('main', 'WH-B', '02');
UPDATE stockbridge.feed SET cadence = '200ms' WHERE feed IN ('items', 'stock', 'movements');
UPDATE stockbridge.link SET settle_time = '500ms', retry_first = '10ms', retry_longest = '100ms';
END
waits_for(q(SELECT count(*) >= 2 AND bool_and(state = 'posted') FROM stockbridge.movement_state),
	'the worker pulls and posts on its own');
is(query(q(SELECT string_agg(DISTINCT actor, ' ') FROM stockbridge.movement_history)), 'clerk', 'as the owner of the link');
is(query(q(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockbridge worker' AND xact_start IS NOT NULL AND state = 'idle')),
	0, 'and has no transaction open while it rests');
waits_for(q(SELECT count(*) = 0 FROM stockbridge.stock_diff WHERE difference <> 0), 'the difference closes');
waits_for(q(SELECT count(*) = 0 FROM stockbridge.feed_health WHERE late), 'no feed is late');

my $item = query(q(SELECT item_code FROM stockbridge.b1_item WHERE valid AND NOT frozen AND inventory_item
	AND NOT manage_batch_numbers AND NOT manage_serial_numbers ORDER BY 1 DESC LIMIT 1));
ims_post($sim, '/ims/movements', { movement_ref => 'told-1', kind => 'receipt', sku => $item, quantity => 5, to_location => 'WH-A' });
waits_for(q(SELECT EXISTS (SELECT FROM stockbridge.movement JOIN stockbridge.movement_state USING (link, movement)
	WHERE movement_ref = 'told-1' AND state = 'posted')), 'what the IMS tells next follows');

# --- A failing feed is told, and does not stop the others ------------------------

query(q(ALTER TABLE wms.movements RENAME COLUMN happened_at TO gone));
waits_for(q(SELECT EXISTS (SELECT FROM stockbridge.open_exceptions WHERE type = 'feed_failed' AND subject = 'feed movements')),
	'a feed that fails is an exception');
query("SELECT stockbridge.enqueue('main', 'receipt', '$item', 1, 'WH-A', movement_ref => 'meanwhile')");
waits_for(q(SELECT EXISTS (SELECT FROM stockbridge.movement JOIN stockbridge.movement_state USING (link, movement)
	WHERE movement_ref = 'meanwhile' AND state = 'posted')), 'posting goes on meanwhile');
query(q(ALTER TABLE wms.movements RENAME COLUMN gone TO happened_at));
waits_for(q(SELECT count(*) = 0 FROM stockbridge.open_exceptions), 'and the exception closes when it works again');

# --- Stopped in the middle of a request ------------------------------------------

my %slow = (match => { method => 'POST', path_contains => 'InventoryGenEntries' }, action => 'delay', delay_ms => 3000);

sim_post($sim, '/sim/fault', \%slow);
query("SELECT stockbridge.enqueue('main', 'receipt', '$item', 1, 'WH-A', movement_ref => 'stopped')");
waits_for(q(SELECT EXISTS (SELECT FROM stockbridge.movement_state WHERE state = 'posting')), 'a request is under way');
my $since = time();
$node->stop('fast');
cmp_ok(time() - $since, '<', 3, 'the server stops at once, not when B1 answers');
$node->start;
query(q(UPDATE stockbridge.link SET settle_time = '4s'));
waits_for(q(SELECT bool_and(state = 'posted') FROM stockbridge.movement_state), 'what was under way is found after the restart');

# --- Killed -----------------------------------------------------------------------

sim_post($sim, '/sim/fault', \%slow);
query("SELECT stockbridge.enqueue('main', 'receipt', '$item', 1, 'WH-A', movement_ref => 'terminated')");
waits_for(q(SELECT EXISTS (SELECT FROM stockbridge.movement_state WHERE state = 'posting')), 'a request is under way');
my $old = worker_pid();
query("SELECT pg_terminate_backend($old)");
waits_for("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'stockbridge worker' AND pid <> $old)",
	'a worker that is terminated comes back');
waits_for(q(SELECT bool_and(state = 'posted') FROM stockbridge.movement_state), 'and ends what its predecessor began');
is(query(q(SELECT string_agg(DISTINCT failure, ' ') FROM stockbridge.attempt WHERE outcome = 'abandoned')),
	'its worker is gone', 'through in_doubt');

my %seen;
$seen{ $_->{key} }++ foreach grep { defined $_->{key} } @{ sim_get($sim, '/sim/ledger')->{documents} };
is_deeply([ grep { $seen{$_} > 1 } sort keys %seen ], [], 'B1 holds each key once');
is(scalar keys %seen, query(q(SELECT count(*) FROM stockbridge.document WHERE state = 'posted')), 'and each that we claim');
is(query('SELECT count(*) FROM stockbridge.check_invariants()'), 0, 'the invariants hold');

# --- Without the extension again ---------------------------------------------------

my $survivor = worker_pid();
query('DROP EXTENSION stockbridge CASCADE; DROP SCHEMA b1, wms CASCADE');
create_link_demo($node, $sim);
waits_for(q(SELECT count(*) > 0 AND bool_and(state = 'posted') FROM stockbridge.movement_state),
	'created again, the extension is served again');
is(worker_pid(), $survivor, 'the same one all the time');

my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
unlike($log, qr/sim-secret|ims-secret/, 'no secret is in the log');
unlike($log, qr/PANIC|TRAP|crash/, 'and nothing broke');

done_testing();
