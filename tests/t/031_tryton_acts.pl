# Acts in a real Tryton that keeps its books in PostgreSQL: what takes several
# calls is done once, whatever happens between them.

use strict;
use warnings;

use PostgreSQL::Test::Utils ();
use Stockbridge::Test;
use Stockbridge::Tryton;
use Test::More;

my $node = new_cluster('tryton_acts', conf => "log_statement = 'none'\n");
my $tryton = tryton_start('--database' => 'postgresql://' . getpwuid($<) . '@/books?host=' . $node->host . '&port=' . $node->port, '--products' => 10);
$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge');
tryton_server($node, $tryton, 'wms');

sub query { return $node->safe_psql('postgres', $_[0]); }

tryton_agrees($node, tryton_figures($tryton), $_, 'over PostgreSQL') foreach qw(products locations stock movements orders);

unlike(query(q{SELECT string_agg(outcome, ' ') FROM stockbridge.test_profile('wms')}), qr/failed/, 'the test of the profile finds no fault');

sub on_hand { return query("SELECT trim_scale(coalesce(sum(on_hand), 0)) FROM wms.stock WHERE sku = '$_[0]' AND location = '$_[1]'"); }
sub begin { return query(sprintf q{SELECT stockbridge.begin_act('wms', %s, %s, %s)}, map { sql_literal($_) } @_); }
sub state_of { return query("SELECT state, reason FROM stockbridge.act WHERE act = $_[0]"); }

# ---- an internal shipment ----

my $today = query('SELECT current_date');
my %before = map { $_ => on_hand('A00001', $_) } qw(WH-A WH-B);
my $transfer = begin('transfer', 'T-1', qq({"from":"WH-A","to":"WH-B","date":"$today","lines":[{"sku":"A00001","quantity":2}]}));
is(begin('transfer', 'T-1', qq({"from":"WH-A","to":"WH-B","date":"$today","lines":[{"sku":"A00001","quantity":2}]})), $transfer, 'the same reference is the same act');
isnt(($node->psql('postgres', q{SELECT stockbridge.begin_act('wms', 'transfer', 'T-1', '{"lines":[]}')}))[0], 0, 'with other arguments it is refused');
query('CALL stockbridge.run_acts()');
is(state_of($transfer), 'done|', 'an internal shipment is created and completed');
is(on_hand('A00001', 'WH-A') + 2, $before{'WH-A'}, 'the goods are gone from one place');
is(on_hand('A00001', 'WH-B') - 2, $before{'WH-B'}, 'and are in the other');

# ---- a customer shipment, the session dying at every step ----

my @points = split /\n/, query(q{SELECT position FROM stockbridge.profile_step WHERE profile = 'tryton' AND act = 'ship' AND NOT reads ORDER BY position});
my $stock = on_hand('A00002', 'WH-A');
my $movements = query(q{SELECT count(*) FROM wms.movements});
my $ship = begin('ship', 'S-1', qq({"customer":"Customer Ltd","warehouse":"A","date":"$today","lines":[{"sku":"A00002","quantity":1,"price":"12.50"},{"sku":"RICE","quantity":0.25,"price":3}]}));

# A crash after the step was sent and before its answer was recorded: its effect
# is there, and what we know is that it was about to be sent.
sub crash_after
{
	my ($position) = @_;
	return query(<<"END");
DO \$\$
DECLARE
  a stockbridge.act; s stockbridge.act_step; d stockbridge.profile_step;
BEGIN
  SELECT * INTO a FROM stockbridge.act WHERE act = $ship;
  LOOP
    s := stockbridge.next_step($ship);
    EXIT WHEN s.position IS NULL OR s.position > $position;
    SELECT * INTO d FROM stockbridge.profile_step p WHERE (p.profile, p.act, p.position) = ('tryton', 'ship', s.position);
    SELECT * INTO a FROM stockbridge.act WHERE act = $ship;
    EXIT WHEN NOT stockbridge.do_step(a, s, d);
    IF s.position = $position THEN
      UPDATE stockbridge.act t SET arguments = a.arguments WHERE t.act = $ship;
      UPDATE stockbridge.act_step t SET state = 'sending', sent_at = clock_timestamp(), answer = NULL WHERE (t.act, t.position) = ($ship, $position);
      EXIT;
    END IF;
  END LOOP;
END \$\$;
END
}

foreach my $point (@points)
{
	crash_after($point);
	is(query("SELECT state FROM stockbridge.act_step WHERE act = $ship AND position = $point"), 'sending', "a crash within step $point");
	next if $point == $points[-1];
	# Look, and go one step further, as the next one to run it would.
	query("UPDATE stockbridge.act SET retry_at = now() WHERE act = $ship");
	query(<<"END");
DO \$\$
DECLARE
  a stockbridge.act; s stockbridge.act_step; d stockbridge.profile_step;
BEGIN
  SELECT * INTO a FROM stockbridge.act WHERE act = $ship;
  s := stockbridge.next_step($ship);
  SELECT * INTO d FROM stockbridge.profile_step p WHERE (p.profile, p.act, p.position) = ('tryton', 'ship', s.position);
  IF d.look_request IS NOT NULL THEN
    PERFORM stockbridge.look_up_step(a, s, d);
  END IF;
END \$\$;
END
}
query('CALL stockbridge.run_acts()');
is(state_of($ship), 'done|', 'a customer shipment that crashed in every step is completed');
is(query(q{SELECT count(*) FROM wms.movements}) - $movements, 4, 'with one move into and one out of the output zone for each line, no more');
is(on_hand('A00002', 'WH-A') + 1, $stock, 'the goods are gone, once');
cmp_ok(query("SELECT count(*) FROM stockbridge.act_step WHERE act = $ship AND looked_up"), '>=', 4, 'as look-ups have shown');

# ---- goods that are not there ----

my $short = begin('transfer', 'T-2', qq({"from":"WH-B","to":"WH-A","date":"$today","lines":[{"sku":"A00003","quantity":100000}]}));
query('CALL stockbridge.run_acts()');
like(state_of($short), qr/^failed\|step "see that all goods are assigned"/, 'goods that are not there: the act fails and says where');
is(query("SELECT step FROM stockbridge.open_acts WHERE act = $short"), 'see that all goods are assigned', 'and is in the list of those that somebody must decide on');

# ---- an inventory ----

my $count = begin('set_stock', 'I-1', qq({"location":"WH-B","date":"$today","lines":[{"sku":"A00003","quantity":100000},{"sku":"MILK","quantity":"3"}]}));
query('CALL stockbridge.run_acts()');
is(state_of($count), 'done|', 'an inventory is made and confirmed');
is(on_hand('A00003', 'WH-B'), 100000, 'the stock is what it says');
query("SELECT stockbridge.retry_act($short)");
query('CALL stockbridge.run_acts()');
is(state_of($short), 'done|', 'with the goods there, the transfer goes on');
is(on_hand('A00003', 'WH-B'), 0, 'and takes them');

# ---- a Tryton that is gone in between ----

my $later = begin('transfer', 'T-3', qq({"from":"WH-A","to":"WH-B","date":"$today","lines":[{"sku":"A00001","quantity":1}]}));
tryton_stop($tryton);
query('CALL stockbridge.run_acts()');
like(state_of($later), qr/^open\|step "find who we are"/, 'without Tryton an act stays open');
query("SELECT stockbridge.cancel_act($later, 'not wanted any more')");
is(state_of($later), 'cancelled|not wanted any more', 'or is given up');

$node->stop('fast');
done_testing();
