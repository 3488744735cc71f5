# Posting: what we claim to have posted is what B1 holds, line by line and once,
# whatever happens to the answer, the worker or the server in between.

use strict;
use warnings;

use IPC::Run ();
use JSON::PP ();
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 60, '--warehouses' => 3);
my $node = new_cluster('main', conf => "restart_after_crash = on\n");
create_link_demo($node, $sim);
# The waits of the protocol, short enough for a test.
query(q(UPDATE stockbridge.link SET settle_time = '500ms', retry_first = '10ms', retry_longest = '100ms'));

sub query { return $node->safe_psql('postgres', $_[0]); }

# Posts until nothing is left that time alone will bring on.
sub post_all
{
	poll_until(
		sub {
			query(q(CALL stockbridge.post('main')));
			return query(q(SELECT count(*) = 0 FROM stockbridge.posting_queue
				WHERE state IN ('ready', 'posting', 'retry', 'in_doubt'))) eq 't';
		},
		'everything to be posted or to wait for a person');
	return;
}

# Our claim, in the words of sim_ledger_lines().
sub claimed_lines
{
	return split /\n/, query(<<'END');
SELECT concat_ws(' ', entity, doc_entry, key, item_code, warehouse_code, trim_scale(quantity))
  FROM stockbridge.movement_history WHERE state = 'posted'
END
}

# Ledger against claim: the same lines, each once.  The company's own documents,
# which carry no key, are nobody's claim.
sub agrees
{
	my ($what) = @_;
	my @held = sort map { s/(\.\d*?)0+$/$1/r =~ s/\.$//r } grep { !/^\S+ \S+ - / } sim_ledger_lines($sim);
	my @claimed = sort(claimed_lines());

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply(\@held, \@claimed, "$what: B1 holds what we claim, line by line");
	is(query('SELECT count(*) FROM stockbridge.check_invariants()'), 0, "$what: the invariants hold");
	return;
}

# Documents that B1 holds with the key of a movement's documents.
sub copies
{
	my ($movement) = @_;
	my %keys = map { $_ => 1 } split /\n/, query(<<"END");
SELECT d.key FROM stockbridge.document d JOIN stockbridge.document_line l USING (link, document) WHERE l.movement = $movement
END
	return scalar grep { $keys{ $_->{key} // '' } } @{ sim_get($sim, '/sim/ledger')->{documents} };
}

sub state_of
{
	my ($movement) = @_;
	return query("SELECT state FROM stockbridge.movement_state WHERE movement = $movement");
}

# The figures of the sides whose rows differ.
sub differences
{
	return query(<<'END');
SELECT string_agg(concat_ws(' ', item_code, warehouse_code, difference, in_flight, drift, status), ', ' ORDER BY item_code, warehouse_code)
  FROM stockbridge.stock_diff WHERE difference <> 0
END
}

# Plain items with stock, one for each story, so that no lane holds up another.
query(q(CALL stockbridge.pull('main', 'items')));
my @items = split /\n/, query(<<'END');
SELECT i.item_code FROM stockbridge.b1_item i
 WHERE i.valid AND NOT i.frozen AND i.inventory_item AND NOT i.manage_batch_numbers AND NOT i.manage_serial_numbers
 ORDER BY i.item_code DESC LIMIT 25
END
cmp_ok(scalar @items, '>=', 20, 'there are plain items to tell stories about');

sub receive
{
	my ($item, $quantity) = @_;
	return query("SELECT stockbridge.enqueue('main', 'receipt', '$item', @{[ $quantity // 1 ]}, 'WH-A')");
}

sub faults { sim_post($sim, '/sim/fault', $_) foreach @_; return; }

my %posting = (method => 'POST', path_contains => 'InventoryGenEntries');

# --- From the diff to the document and back ---------------------------------

query(q(CALL stockbridge.pull('main')));
like(differences(), qr/ in_flight/, 'what the IMS moved and B1 has not shows as in flight');
unlike(differences(), qr/ drift/, 'and nothing is left unexplained');
cmp_ok(query('SELECT count(*) FROM stockbridge.posting_queue'), '>=', 2, 'its movements are queued');
agrees('before posting');

post_all();
agrees('the movements of the IMS');
query(q(CALL stockbridge.reconcile('main')));
is(differences(), '', 'after posting nothing differs');
is(query(q(CALL stockbridge.pull('main', 'movements'); SELECT count(*) FROM stockbridge.posting_queue)),
	0, 'pulling the same movements again takes none twice');

# --- Every kind ----------------------------------------------------------------

my $kind = shift @items;
query(<<"END");
SELECT stockbridge.enqueue('main', 'receipt', '$kind', 12.345678, 'WH-A', unit_cost => 3.10),
       stockbridge.enqueue('main', 'adjustment', '$kind', 2, 'WH-A', reason => 'found'),
       stockbridge.enqueue('main', 'adjustment', '$kind', -1.5, 'WH-A', reason => 'broken'),
       stockbridge.enqueue('main', 'transfer', '$kind', 4, 'WH-A', to_location => 'WH-B'),
       stockbridge.enqueue('main', 'dispatch', '$kind', 3, 'WH-B')
END
post_all();
agrees('receipt, adjustments, transfer, dispatch');
is(query("SELECT string_agg(h.entity, ' ' ORDER BY h.at) FROM stockbridge.movement_history h WHERE state = 'posted' AND item_code = '$kind'"),
	'InventoryGenEntries InventoryGenEntries InventoryGenExits StockTransfers InventoryGenExits',
	'one lane posts in the order in which it happened');
query(q(CALL stockbridge.reconcile('main')));
is(query("SELECT sum(difference - in_flight) FROM stockbridge.stock_diff WHERE item_code = '$kind'"),
	'0.000000', 'what was posted but not told by the IMS is in flight the other way, to the last decimal');

# --- What B1 cannot take is kept ------------------------------------------------

my $unknown = query(q(SELECT stockbridge.enqueue('main', 'receipt', 'NO-SUCH-SKU', 1, 'WH-A')));
my $nowhere = query("SELECT stockbridge.enqueue('main', 'receipt', '$items[0]', 1, 'WH-NOWHERE')");
post_all();
is(state_of($_), 'rejected', 'kept as rejected') foreach $unknown, $nowhere;
is(query(q(SELECT string_agg(type || ' ' || subject, ', ' ORDER BY type) FROM stockbridge.open_exceptions)),
	'unknown_item NO-SUCH-SKU, unmapped_location WH-NOWHERE', 'and somebody is told');
is(copies($_), 0, 'and nothing was sent') foreach $unknown, $nowhere;
query("INSERT INTO stockbridge.item_map VALUES ('main', 'NO-SUCH-SKU', '$items[0]')");
query(q(UPDATE stockbridge.warehouse_map SET location = 'WH-NOWHERE' WHERE location = 'WH-C'));
post_all();
is(state_of($unknown), 'posted', 'once mapped, the SKU posts');
is(state_of($nowhere), 'rejected', 'a SKU whose item is mapped to another is no item');
query(q(DELETE FROM stockbridge.item_map));
post_all();
is(state_of($nowhere), 'posted', 'once mapped, the location posts');
is(query('SELECT count(*) FROM stockbridge.open_exceptions'), 0, 'and the exceptions are closed');
query(q(UPDATE stockbridge.warehouse_map SET location = 'WH-C' WHERE location = 'WH-NOWHERE'));
shift @items;

# --- Refused by B1 ----------------------------------------------------------------

my $short = query("SELECT stockbridge.enqueue('main', 'dispatch', '$items[0]', 900000000, 'WH-A')");
my $beside = receive($items[1]);
post_all();
is(state_of($short), 'rejected', 'B1 refuses to go below zero');
is(state_of($beside), 'posted', 'and nobody else waits for that');
like(query("SELECT message FROM stockbridge.open_exceptions WHERE subject = 'movement $short'"),
	qr/negative inventory/, 'the exception has the words of B1');
receive($items[0], 900000000);
post_all();
is(query("SELECT stockbridge.retry($short)"), 'ready', 'a person retries');
post_all();
is(state_of($short), 'posted', 'and it posts');
is(copies($short), 1, 'once');
splice @items, 0, 2;
agrees('refused and retried');

# --- Nothing is held while the answer is awaited ------------------------------------

faults({ match => \%posting, action => 'delay', delay_ms => 3000 });
my $slow = receive($items[0]);
my $waiting = IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', q(CALL stockbridge.post('main')) ],
	'>', '/dev/null', '2>&1');
ok($node->poll_query_until('postgres', <<'END'), 'while B1 works there is no snapshot, no transaction id, no lock');
SELECT EXISTS (SELECT FROM pg_stat_activity a
                WHERE a.query LIKE 'CALL%' AND a.wait_event_type = 'Extension'
                  AND a.backend_xid IS NULL AND a.backend_xmin IS NULL
                  AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype <> 'virtualxid'))
END
is(state_of($slow), 'posting', 'and others see the attempt, committed');
$waiting->finish;
is(state_of($slow), 'posted', 'the answer arrives');
shift @items;

# --- Lost answers ---------------------------------------------------------------------

foreach my $fault (
	{ action => 'drop_after_commit' },
	{ action => 'drop_after_commit', reset => JSON::PP::true() },
	{ action => 'drop_before_commit' },
	{ action => 'truncate' },
	{ action => 'malformed_json' },
	{ action => 'html_502', commit => JSON::PP::true() },
	{ action => 'html_502' },
	{ action => 'status', status => 500, commit => JSON::PP::true() },
	{ action => 'status', status => 503 })
{
	my $what = join ' ', map { "$_=$fault->{$_}" } sort keys %$fault;
	my $movement = receive($items[0]);

	faults({ match => \%posting, %$fault });
	post_all();
	is(state_of($movement), 'posted', "$what: posted in the end");
	is(copies($movement), 1, "$what: B1 has it once");
	shift @items if @items > 8;
}
agrees('lost answers');

# --- A cancelled call --------------------------------------------------------------------

faults({ match => \%posting, action => 'delay', delay_ms => 2000 });
my $cancelled = receive($items[0]);
my ($status, undef, $stderr) =
  $node->psql('postgres', q(SET statement_timeout = '300ms'; CALL stockbridge.post('main')));
like($stderr, qr/canceling statement due to statement timeout/, 'a call can be cancelled while B1 works');
is(state_of($cancelled), 'posting', 'its attempt stands');
# Longer than B1 needs to finish what it was sent: the settle time's own rule.
query(q(UPDATE stockbridge.link SET settle_time = '3s'));
post_all();
is(state_of($cancelled), 'posted', 'and is found by its key');
is(copies($cancelled), 1, 'once');
query(q(UPDATE stockbridge.link SET settle_time = '500ms'));
shift @items;

# --- A worker that dies between the attempt and the answer ---------------------------------

foreach my $fate ('B1 does it', 'B1 dies too')
{
	my $movement = receive($items[0]);

	# Either B1 is slow, or it stands still and is killed before it goes on.
	if ($fate eq 'B1 does it') { faults({ match => \%posting, action => 'delay', delay_ms => 1500 }); }
	else { sim_signal($sim, 'STOP'); }

	my $dying = IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', q(CALL stockbridge.post('main')) ],
		'>', '/dev/null', '2>&1');
	$node->poll_query_until('postgres', "SELECT state = 'posting' FROM stockbridge.movement_state WHERE movement = $movement")
	  or die 'the attempt was not made';
	kill 'KILL', query(q(SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL%' AND backend_type = 'client backend'));
	$dying->finish;
	poll_until(sub { $node->psql('postgres', 'SELECT 1') == 0 }, 'the server to recover');
	is(state_of($movement), 'posting', "$fate: the attempt survives the crash");

	if ($fate eq 'B1 dies too')
	{
		sim_signal($sim, 'KILL');
		$sim = sim_start('--dir' => $sim->{dir}, '--port' => $sim->{port});
	}
	query(q(UPDATE stockbridge.link SET settle_time = '3s'));
	post_all();
	query(q(UPDATE stockbridge.link SET settle_time = '500ms'));
	is(state_of($movement), 'posted', "$fate: posted in the end");
	is(copies($movement), 1, "$fate: B1 has it once");
}
is(query(q(SELECT count(*) FROM stockbridge.attempt WHERE outcome = 'abandoned' AND failure = 'its worker is gone')),
	3, 'the attempts of the two killed, and of the session that was cancelled and left, say so');
shift @items;
agrees('dead workers');

# --- Several at once -------------------------------------------------------------------------

my $lanes = join ', ', map { "'$_'" } @items[ 0 .. 7 ];
query(<<"END");
SELECT count(*) FROM stockbridge.enqueue('main', ARRAY(
  SELECT jsonb_populate_record(NULL::stockbridge.movement_input, jsonb_build_object(
           'kind', CASE WHEN n % 3 = 0 THEN 'dispatch' ELSE 'receipt' END, 'sku', item, 'quantity', n, 'location', 'WH-A',
           'happened_at', clock_timestamp() - interval '1 hour' + n * interval '1 second',
           'movement_ref', 'many-' || item || '-' || n))
    FROM unnest(ARRAY[$lanes]) item, generate_series(1, 12) n))
END
faults({ match => { method => 'POST', path_contains => 'InventoryGen' }, action => 'delay', delay_ms => 20, times => 40 });
my @many = map {
	IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', q(CALL stockbridge.post('main')) ], '>', '/dev/null', '2>&1')
} 1 .. 4;
$_->finish foreach @many;
post_all();
is(query(q(SELECT count(*) FROM stockbridge.movement_history WHERE state = 'posted' AND (evidence ? 'doc_entry')
	AND movement IN (SELECT movement FROM stockbridge.movement WHERE movement_ref LIKE 'many-%'))),
	96, 'four at once post everything');
is(query(<<'END'), 0, 'and each lane in its order');
SELECT count(*) FROM (
  SELECT d.posted_at < lag(d.posted_at) OVER (PARTITION BY m.sku ORDER BY m.happened_at) AS early
    FROM stockbridge.movement m JOIN stockbridge.movement_state s USING (link, movement)
    JOIN stockbridge.document d USING (link, document) WHERE m.movement_ref LIKE 'many-%') x WHERE early
END
agrees('four at once');

# --- Out of reach -----------------------------------------------------------------------------

sim_stop($sim);
my $outage = receive($items[0]);
query(q(CALL stockbridge.post('main')));
is(state_of($outage), 'retry', 'without B1 a movement waits');
is(query(q(SELECT type FROM stockbridge.open_exceptions)), 'company_unreachable', 'and somebody is told');
$sim = sim_start('--dir' => $sim->{dir}, '--port' => $sim->{port});
post_all();
is(state_of($outage), 'posted', 'when B1 is back it posts');
is(query('SELECT count(*) FROM stockbridge.open_exceptions'), 0, 'and the exception is closed');

query(q(ALTER USER MAPPING FOR CURRENT_USER SERVER b1 OPTIONS (SET password 'not-the-one')));
my $refused = receive($items[0]);
query(q(CALL stockbridge.post('main')));
is(state_of($refused), 'retry', 'with a wrong password nothing is sent');
is(query(q(SELECT type FROM stockbridge.open_exceptions)), 'login_refused', 'and somebody is told what it is');
unlike(query(q(SELECT message FROM stockbridge.open_exceptions)), qr/not-the-one/, 'without the password');
query(q(ALTER USER MAPPING FOR CURRENT_USER SERVER b1 OPTIONS (SET password 'sim-secret')));
post_all();
is(state_of($refused), 'posted', 'with the right one it posts');
agrees('in the end');

done_testing();
