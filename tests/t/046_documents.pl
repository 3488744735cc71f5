# Every kind of movement as the document that it becomes in B1: with base
# documents, accounts, batches, serial numbers, bins, units; held while its
# period is closed.

use strict;
use warnings;

use JSON::PP ();
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 120, '--warehouses' => 6, '--orders' => 20);
my $node = new_cluster('main');
create_link_demo($node, $sim);
query(q(UPDATE stockbridge.link SET settle_time = '500ms', retry_first = '10ms', retry_longest = '100ms', sessions = 3));
query(q(CALL stockbridge.pull('main', 'items')));

sub query { return $node->safe_psql('postgres', $_[0]); }
sub post { query(q(CALL stockbridge.post('main'))); return; }

sub state_of { return query("SELECT state || coalesce(': ' || reason, '') FROM stockbridge.movement_state WHERE movement = $_[0]"); }

# Enqueues one movement and posts; returns its number.
sub posted
{
	my ($what, $arguments) = @_;
	my $movement = query("SELECT stockbridge.enqueue('main', $arguments)");

	post();
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(state_of($movement), 'posted', $what);
	return $movement;
}

# What B1 holds of a movement: its set, and the members named of its line.
sub held
{
	my ($movement, @members) = @_;
	my ($entity, $entry, $line) = split /\|/,
	  query("SELECT entity, doc_entry, line_num FROM stockbridge.movement_history WHERE movement = $movement AND state = 'posted'");
	my ($document) = grep { $_->{entity} eq $entity && $_->{doc_entry} == $entry } @{ sim_get($sim, '/sim/ledger')->{documents} };
	return join ' ', $entity, map { $_ // '-' } @{ $document->{lines}[$line] }{@members};
}

sub stock
{
	my ($item, $warehouse) = @_;
	return query("SELECT trim_scale(in_stock) FROM b1.item_warehouses WHERE item_code = '$item' AND warehouse_code = '$warehouse'");
}

# --- On base documents --------------------------------------------------------

sub open_line
{
	my ($lines, $heads) = @_;
	return split /\|/, query(<<"END");
SELECT l.doc_entry, l.line_num, l.item_code, trim_scale(l.remaining_open_quantity), h.card_code
  FROM b1.$lines l JOIN b1.$heads h USING (doc_entry) JOIN stockbridge.b1_item i ON i.item_code = l.item_code
 WHERE l.line_status = 'bost_Open' AND h.document_status = 'bost_Open' AND l.remaining_open_quantity >= 2 AND l.warehouse_code = '01'
   AND i.valid AND NOT i.frozen AND NOT i.manage_batch_numbers AND NOT i.manage_serial_numbers
 ORDER BY l.doc_entry, l.line_num LIMIT 1
END
}

my ($order, $line, $item, $open, $partner) = open_line('purchase_order_lines', 'purchase_orders');
my $before = stock($item, '01');
my $movement = posted('a receipt on a purchase order', "'receipt', '$item', 1, 'WH-A', base_entry => $order, base_line => $line");
is(held($movement, qw(item_code warehouse_code quantity)), "PurchaseDeliveryNotes $item 01 1", '… is a goods receipt PO');
is(stock($item, '01'), $before + 1, '… and stock');
is(query("SELECT trim_scale(remaining_open_quantity) FROM b1.purchase_order_lines WHERE doc_entry = $order AND line_num = $line"),
	$open - 1, '… and less is open');
my $surplus = query("SELECT stockbridge.enqueue('main', 'receipt', '$item', $open, 'WH-A', base_entry => $order, base_line => $line)");
post();
like(state_of($surplus), qr/^rejected: line \d+ of base document \d+ has .* left/, 'more than is open is held');
query("SELECT stockbridge.cancel($surplus, 'entered by hand')");

($order, $line, $item, $open, $partner) = open_line('order_lines', 'orders');
posted('stock to deliver', "'receipt', '$item', 10, 'WH-A'");
my $delivery = posted('a dispatch on a sales order', "'dispatch', '$item', 2, 'WH-A', base_entry => $order, base_line => $line");
is(held($delivery, qw(item_code warehouse_code quantity)), "DeliveryNotes $item 01 2", '… is a delivery');
my ($delivered, $delivered_line) = split /\|/,
  query("SELECT doc_entry, line_num FROM stockbridge.movement_history WHERE movement = $delivery AND state = 'posted'");
$movement = posted('a return of that delivery', "'return', '$item', 1, 'WH-A', base_entry => $delivered, base_line => $delivered_line");
is(held($movement, qw(item_code warehouse_code quantity)), "Returns $item 01 1", '… is a return');
my $nowhere = query("SELECT stockbridge.enqueue('main', 'dispatch', '$item', 1, 'WH-A', base_entry => 999999, base_line => 0)");
post();
like(state_of($nowhere), qr/^rejected: B1 has no line/, 'a base document that is not there is told');
query("SELECT stockbridge.cancel($nowhere, 'wrong number')");

# --- Transfer, count, account --------------------------------------------------

$before = stock($item, '02');
$movement = posted('a transfer', "'transfer', '$item', 2, 'WH-A', to_location => 'WH-B'");
is(held($movement, qw(item_code warehouse_code quantity)), "StockTransfers $item 02 2", '… names where it arrives');
is(stock($item, '02'), $before + 2, '… and arrives there');

$movement = posted('a count', "'count', '$item', 77, 'WH-B'");
like(held($movement), qr/^InventoryPostings/, '… is an inventory posting');
is(stock($item, '02'), 77, '… and stock is what was counted');

query(q(INSERT INTO stockbridge.account_map VALUES ('main', 'damaged', '', (SELECT min(code) FROM b1.chart_of_accounts WHERE active_account)),
	('main', '', '', (SELECT max(code) FROM b1.chart_of_accounts WHERE active_account))));
$movement = posted('an adjustment for a reason', "'adjustment', '$item', -1, 'WH-B', reason => 'damaged'");
is(query("SELECT l.account_code = a.account_code FROM b1.inventory_gen_exit_lines l JOIN stockbridge.document d ON d.doc_entry = l.doc_entry
	JOIN stockbridge.document_line n USING (link, document) JOIN stockbridge.account_map a ON a.reason = 'damaged' WHERE n.movement = $movement"),
	't', '… is entered against the account of the reason');

# --- Numbers, bins, units ---------------------------------------------------------

my ($batched) = query(q(SELECT item_code FROM stockbridge.b1_item WHERE manage_batch_numbers AND NOT frozen AND inventory_item ORDER BY 1 LIMIT 1));
my ($serial) = query(q(SELECT item_code FROM stockbridge.b1_item WHERE manage_serial_numbers AND NOT frozen AND inventory_item ORDER BY 1 LIMIT 1));
my $batches = q(batches => '[{"batch": "T-1", "quantity": 3, "expires": "2027-12-31"}, {"batch": "T-2", "quantity": 2}]');
$before = stock($batched, '01');
posted('a receipt of batches', "'receipt', '$batched', 5, 'WH-A', $batches");
posted('a dispatch of a batch', "'dispatch', '$batched', 2, 'WH-A', batches => '[{\"batch\": \"T-1\", \"quantity\": 2}]'");
is(stock($batched, '01'), $before + 3, '… and stock');
my $missing = query("SELECT stockbridge.enqueue('main', 'dispatch', '$batched', 1, 'WH-A', batches => '[{\"batch\": \"NO-SUCH\", \"quantity\": 1}]')");
post();
like(state_of($missing), qr/^rejected/, 'a batch that B1 does not have is refused');
query("SELECT stockbridge.cancel($missing, 'mistyped')");
posted('a receipt of serial numbers', "'receipt', '$serial', 2, 'WH-A', serials => '[\"T-S1\", \"T-S2\"]'");
posted('a dispatch of a serial number', "'dispatch', '$serial', 1, 'WH-A', serials => '[\"T-S2\"]'");

my $plain = query(q(SELECT min(item_code) FROM stockbridge.b1_item));
posted('a receipt into a bin', "'receipt', '$plain', 4, 'WH-F', bins => '[{\"bin\": 2, \"quantity\": 4}]'");
posted('a transfer out of a bin', "'transfer', '$plain', 1, 'WH-F', to_location => 'WH-A', bins => '[{\"bin\": 2, \"quantity\": 1}]'");
posted('batches in a bin', "'receipt', '$batched', 5, 'WH-F', $batches, bins => '[{\"bin\": 2, \"quantity\": 3, \"batch\": \"T-1\"}, {\"bin\": 3, \"quantity\": 2, \"batch\": \"T-2\"}]'");
query(q(INSERT INTO stockbridge.unit_map VALUES ('main', '', 'dozen', 12)));
$before = stock($plain, '01');
posted('a dozen', "'receipt', '$plain', 1.5, 'WH-A', unit => 'dozen', unit_cost => 24");
is(stock($plain, '01'), $before + 18, '… in inventory units');

# --- A closed period ----------------------------------------------------------------

sim_post($sim, '/sim/period', { from => '2026-01-01', to => '2026-01-31', locked => JSON::PP::true() });
my $january = query("SELECT stockbridge.enqueue('main', 'receipt', '$plain', 1, 'WH-A', happened_at => '2026-01-15 12:00+00')");
post();
like(state_of($january), qr/^rejected: the posting period is locked/, 'a movement of a locked period is held');
my $second = query("SELECT stockbridge.enqueue('main', 'receipt', '$plain', 1, 'WH-A', happened_at => '2026-01-15 13:00+00')");
is(state_of($second), 'rejected: the company takes no postings of 2026-01-15', 'another of that day is not even sent');
sim_post($sim, '/sim/period', { from => '2026-01-01', to => '2026-01-31', locked => JSON::PP::false() });
query(q(UPDATE stockbridge.link SET recheck = '1 microsecond'));
post();
post();
is(state_of($_), 'posted', 'once the period is open they go on by themselves') foreach $january, $second;
is(query("SELECT DISTINCT e.doc_date FROM b1.inventory_gen_entries e JOIN stockbridge.document d USING (doc_entry)
	JOIN stockbridge.document_line l USING (link, document) WHERE l.movement IN ($january, $second)"), '2026-01-15', 'with their own date');

# --- Policies --------------------------------------------------------------------------

query(q(UPDATE stockbridge.link SET posting = 'windows'));
my $later = query("SELECT stockbridge.enqueue('main', 'receipt', '$plain', 1, 'WH-A')");
post();
is(query("SELECT state || ': ' || reason FROM stockbridge.posting_queue WHERE movement = $later"), 'ready: waits for the next posting window', 'outside of its windows a link waits');
query(q(INSERT INTO stockbridge.posting_window SELECT 'main', d, '00:00', '24:00' FROM generate_series(1, 7) d));
post();
is(state_of($later), 'posted', 'inside it posts');
query(q(UPDATE stockbridge.link SET posting = 'reconciled'));
# Not one that the inventory system tells of meanwhile: that goes before it.
my $unsure = query("SELECT stockbridge.enqueue('main', 'receipt', 'A00009', 1, 'WH-A')");
post();
is(query("SELECT state || ': ' || reason FROM stockbridge.posting_queue WHERE movement = $unsure"), 'ready: waits for the next reconciliation', 'a link may wait to be reconciled');
query(q(CALL stockbridge.reconcile('main')));
post();
is(state_of($unsure), 'posted', 'and goes on after that');
query(q(UPDATE stockbridge.link SET posting = 'immediate', freshness = '1 microsecond'));
query(q(UPDATE stockbridge.feed SET last_started = now()));
my $stale = query("SELECT stockbridge.enqueue('main', 'receipt', '$plain', 1, 'WH-A')");
post();
like(query("SELECT reason FROM stockbridge.posting_queue WHERE movement = $stale"), qr/^waits for the items/, 'what is known of the items is too old');
query(q(UPDATE stockbridge.link SET freshness = '1 hour'));
query(q(UPDATE stockbridge.feed SET last_started = NULL));
post();
is(state_of($stale), 'posted', 'they are read again, and it posts');

is(query('SELECT count(*) FROM stockbridge.check_invariants()'), 0, 'the invariants hold');
is(query(q(SELECT string_agg(type || ' ' || subject, ', ') FROM stockbridge.open_exceptions)), '', 'and nothing is left to do');
done_testing();
