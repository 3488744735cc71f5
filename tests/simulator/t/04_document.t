# Documents: what they do to stock, to their bases and to the ledger, and what is refused.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use POSIX qw(strftime);
use Sim;
use Test::More;

my $sim = Sim->new('--items' => 400, '--warehouses' => 6);
$sim->login;
my $today = strftime('%Y-%m-%d', gmtime);

sub figures { my $s = $sim->stock(@_); return "$s->{in_stock} $s->{committed} $s->{ordered}" }
sub first_item { my ($filter) = @_; return (Sim::values_of($sim->get(2, "Items?\$select=ItemCode&\$orderby=ItemCode&\$filter=$filter"), 'ItemCode'))[0] }
sub line { return { DocumentLines => [ { WarehouseCode => '01', @_ } ] } }
sub refused { my ($answer, $want, $name) = @_; like("$answer->{status} " . Sim::error($answer), $want, $name) }

# goods receipt
my $before = $sim->stock('A00001', '01');
my $receipt = $sim->post(2, 'InventoryGenEntries', { U_SB_KEY => 'key-1', Comments => 'first', DocEntry => 99,
	DocumentLines => [ { ItemCode => 'A00001', Quantity => 10.5, WarehouseCode => '01', UnitPrice => 2.2 } ] });
is($receipt->{status}, 201, 'a goods receipt is created');
is($receipt->{json}{DocEntry}, 1, 'B1 gives the number; the one sent is ignored without a word');
is($receipt->{json}{U_SB_KEY}, 'key-1', 'the user field comes back');
is($receipt->{header}{location}, "$sim->{base}/b1s/v2/InventoryGenEntries(1)", 'its place is told');
is($receipt->{json}{DocDate}, "${today}T00:00:00Z", 'the date defaults to today');
is($receipt->{json}{DocTotal}, 23.1, 'the total is computed');
is($receipt->{json}{DocumentLines}[0]{LineNum}, 0, 'lines are numbered from 0');
like($receipt->{text}, qr/"LineTotal" : 23\.10,/, 'amounts are exact decimals');
my $after = $sim->stock('A00001', '01');
is($after->{in_stock}, $before->{in_stock} + 10.5, 'stock rises');
my $expected = ($before->{in_stock} * $before->{average_price} + 23.1) / ($before->{in_stock} + 10.5);
cmp_ok(abs($after->{average_price} - $expected), '<', 0.000002, 'the average price moves with it');

# goods issue, and one too many
my $issue = $sim->post(1, 'InventoryGenExits', line(ItemCode => 'A00001', Quantity => 3), 'Prefer: return-no-content');
is("$issue->{status}$issue->{text}", '204', 'without content if asked');
is($issue->{header}{location}, '/b1s/v1/InventoryGenExits(1)', '… the place still told');
is($issue->{header}{'preference-applied'}, 'return-no-content', '… and that it was asked');
is($sim->stock('A00001', '01')->{in_stock}, $after->{in_stock} - 3, 'stock falls');
refused($sim->post(2, 'InventoryGenExits', { DocumentLines => [ { ItemCode => 'A00001', Quantity => 1, WarehouseCode => '01' },
	{ ItemCode => 'A00001', Quantity => 100000, WarehouseCode => '01' } ] }),
	qr/^400 -10: Quantity falls into negative inventory \[IGE1\.ItemCode\]\[line: 2\]$/, 'stock never falls below zero');
is($sim->stock('A00001', '01')->{in_stock}, $after->{in_stock} - 3, '… and the first line is undone with the second');

# a duplicate is a second document
my $body = { U_SB_KEY => 'same', %{ line(ItemCode => 'A00002', Quantity => 1) } };
my @twice = map { $sim->post(2, 'InventoryGenEntries', $body)->{json} } 1, 2;
is($twice[1]{DocNum}, $twice[0]{DocNum} + 1, 'the same request twice makes two documents');
is(scalar(Sim::values_of($sim->get(2, "InventoryGenEntries?\$filter=U_SB_KEY eq 'same'&\$select=DocEntry"), 'DocEntry')), 2, '… both found by the key');

# refusals
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'NOPE', Quantity => 1)), qr/^400 -2028/, 'an unknown item');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'A00001', Quantity => 1, WarehouseCode => '77')), qr/^400 -5002: Enter valid code \[IGN1\.WhsCode\]\[line: 1\]/, 'an unknown warehouse');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'A00001', Quantity => 1, WarehouseCode => '05')), qr/^400 -10: Warehouse '05' is inactive/, 'an inactive warehouse');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => first_item("Frozen eq 'tYES'"), Quantity => 1)), qr/^400 -10: Item '\w+' is inactive/, 'an inactive item');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => first_item("InventoryItem eq 'tNO' and Frozen eq 'tNO'"), Quantity => 1)), qr/^400 -10: .*\[OITM\.InvntItem\]/, 'an item that has no stock');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'A00001', Quantity => 1, AccountCode => '000')), qr/^400 -2028/, 'an unknown account');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'A00001', Quantity => 1, AccountCode => '100000')), qr/^400 -10: .*AcctCode/, 'an inactive account');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'A00001', Quantity => 0)), qr/^400 -5002/, 'no quantity');
refused($sim->post(2, 'InventoryGenEntries', {}), qr/^400 -5002/, 'no line');
refused($sim->post(2, 'InventoryGenEntries', { %{ line(ItemCode => 'A00001', Quantity => 1) }, U_NOPE => 1 }), qr/^400 -1000: Property 'U_NOPE' of 'Document' is invalid/, 'an unknown property');
refused($sim->post(2, 'InventoryGenEntries', '{"DocumentLines":[{'), qr/^400 -1000/, 'broken JSON');
refused($sim->post(2, 'InventoryGenEntries', { %{ line(ItemCode => 'A00001', Quantity => 1) }, U_SB_KEY => 'x' x 37 }), qr/^400 -1000: CServiceData::SetPropertyValueString failed; Value too long/, 'a key too long for its column');
refused($sim->post(2, 'Orders', line(ItemCode => 'A00001', Quantity => 1)), qr/^400 -5002: Customer or vendor code is missing \[ORDR\.CardCode\]/, 'an order without a customer');
refused($sim->post(2, 'Orders', { CardCode => 'V00001', %{ line(ItemCode => 'A00001', Quantity => 1) } }), qr/^400 -5002/, 'an order of a supplier');
refused($sim->post(2, 'InventoryGenEntries', { DocDate => '1999-01-01', %{ line(ItemCode => 'A00001', Quantity => 1) } }), qr/^400 -5002: Date deviates from permissible range \[OIGN\.DocDate\]/, 'a date in no period');
$sim->sim('period', { from => $today, to => $today, locked => \1 });
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'A00001', Quantity => 1)), qr/^400 -4013: Posting period locked; specify an alternative date/, 'a closed period');
$sim->sim('period', { from => $today, to => $today, locked => \0 });
refused($sim->delete(2, 'InventoryGenEntries(1)'), qr/^400 -5006: The requested action is not supported for this object\./, 'a document is never deleted');
refused($sim->post(2, 'InventoryGenEntries(1)/Cancel'), qr/^400 -5006/, 'a goods receipt is not cancelled, by default');

# order to delivery
my $start = figures('A00003', '01');
my $order = $sim->post(2, 'Orders', { CardCode => 'C00001', DocumentLines => [ { ItemCode => 'A00003', Quantity => 8, WarehouseCode => '01' } ] })->{json};
my ($s, $c, $o) = split / /, $start;
is(figures('A00003', '01'), join(' ', $s, $c + 8, $o), 'an order commits');
my $part = $sim->post(2, 'DeliveryNotes', { CardCode => 'C00001', DocumentLines => [ { BaseType => 17, BaseEntry => $order->{DocEntry}, BaseLine => 0, Quantity => 3 } ] });
is($part->{status}, 201, 'a delivery draws on it');
is($part->{json}{DocumentLines}[0]{ItemCode}, 'A00003', '… taking what it leaves out from the order');
is(figures('A00003', '01'), join(' ', $s - 3, $c + 5, $o), '… moves stock and releases what it took');
my $open = $sim->get(2, "Orders($order->{DocEntry})")->{json};
is("$open->{DocumentLines}[0]{RemainingOpenQuantity} $open->{DocumentLines}[0]{LineStatus} $open->{DocumentStatus}", '5 bost_Open bost_Open', 'the order stays open for the rest');
$sim->post(2, 'DeliveryNotes', { CardCode => 'C00001', DocumentLines => [ { BaseType => 17, BaseEntry => $order->{DocEntry}, BaseLine => 0 } ] });
$open = $sim->get(2, "Orders($order->{DocEntry})")->{json};
is("$open->{DocumentLines}[0]{RemainingOpenQuantity} $open->{DocumentLines}[0]{LineStatus} $open->{DocumentStatus}", '0 bost_Close bost_Close', '… and closes when all is delivered');
is(figures('A00003', '01'), join(' ', $s - 8, $c, $o), '… with nothing committed');
refused($sim->post(2, 'DeliveryNotes', { CardCode => 'C00001', DocumentLines => [ { BaseType => 17, BaseEntry => $order->{DocEntry}, BaseLine => 0, Quantity => 1 } ] }),
	qr/^400 -5002: One of the base documents has already been closed/, 'a closed order gives nothing more');
my $invoice = $sim->post(2, 'Invoices', { CardCode => 'C00001', DocumentLines => [ { BaseType => 15, BaseEntry => $part->{json}{DocEntry}, BaseLine => 0 } ] });
is($invoice->{status}, 201, 'an invoice of the delivery');
is(figures('A00003', '01'), join(' ', $s - 8, $c, $o), '… moves no stock again');
my $delivery = $sim->post(2, 'DeliveryNotes', { CardCode => 'C00001', DocumentLines => [ { ItemCode => 'A00003', Quantity => 2, WarehouseCode => '01' } ] })->{json};
is($sim->post(2, 'Returns', { CardCode => 'C00001', DocumentLines => [ { BaseType => 15, BaseEntry => $delivery->{DocEntry}, BaseLine => 0 } ] })->{status}, 201, 'a return of a delivery');
is(figures('A00003', '01'), join(' ', $s - 8, $c, $o), '… brings it back');

# purchase order to goods receipt
$start = figures('A00004', '02');
($s, $c, $o) = split / /, $start;
my $purchase = $sim->post(2, 'PurchaseOrders', { CardCode => 'V00001', DocumentLines => [ { ItemCode => 'A00004', Quantity => 20, WarehouseCode => '02', UnitPrice => 5 } ] })->{json};
is(figures('A00004', '02'), join(' ', $s, $c, $o + 20), 'a purchase order is on order');
$sim->post(2, 'PurchaseDeliveryNotes', { CardCode => 'V00001', DocumentLines => [ { BaseType => 22, BaseEntry => $purchase->{DocEntry}, BaseLine => 0, Quantity => 12 } ] });
is(figures('A00004', '02'), join(' ', $s + 12, $c, $o + 8), '… until it arrives');
is($sim->post(2, "PurchaseOrders($purchase->{DocEntry})/Close")->{status}, 204, 'the rest is given up');
is(figures('A00004', '02'), join(' ', $s + 12, $c, $o), '… and no longer on order');
like(Sim::error($sim->post(2, "PurchaseOrders($purchase->{DocEntry})/Close")), qr/already closed/, '… once');

# cancel
my $cancelled = $sim->post(2, 'Orders', { CardCode => 'C00002', DocumentLines => [ { ItemCode => 'A00005', Quantity => 4, WarehouseCode => '01' } ] })->{json};
$start = figures('A00005', '01');
is($sim->post(2, "Orders($cancelled->{DocEntry})/Cancel")->{status}, 204, 'an order is cancelled');
is($sim->get(2, "Orders($cancelled->{DocEntry})")->{json}{Cancelled}, 'tYES', '… and says so');
isnt(figures('A00005', '01'), $start, '… and commits nothing');
like(Sim::error($sim->post(2, "Orders($cancelled->{DocEntry})/Cancel")), qr/^-5002: Document is already cancelled/, '… once');
$start = figures('A00005', '01');
my $undo = $sim->post(2, 'DeliveryNotes', { CardCode => 'C00002', U_SB_KEY => 'undo', DocumentLines => [ { ItemCode => 'A00005', Quantity => 4, WarehouseCode => '01' } ] })->{json};
is($sim->post(2, "DeliveryNotes($undo->{DocEntry})/Cancel")->{status}, 204, 'a delivery is cancelled by a second document');
is(figures('A00005', '01'), $start, '… that brings the stock back');
my @both = grep { $_->{entity} eq 'DeliveryNotes' && $_->{doc_entry} >= $undo->{DocEntry} } @{ $sim->sim('ledger')->{documents} };
is(join(' ', map { ($_->{key} // '-') . ($_->{cancelled} ? ' cancelled' : '') . ($_->{cancellation} ? ' cancels' : '') } @both), 'undo cancelled - cancels', '… the ledger shows both, the key on one');

# transfer
my ($from, $to) = (figures('A00006', '01'), figures('A00006', '02'));
my $transfer = $sim->post(2, 'StockTransfers', { FromWarehouse => '01', ToWarehouse => '02', U_SB_KEY => 'move', StockTransferLines => [ { ItemCode => 'A00006', Quantity => 6 } ] });
is($transfer->{status}, 201, 'a stock transfer');
ok(!exists $transfer->{header}{etag}, '… has no ETag');
is($transfer->{json}{StockTransferLines}[0]{FromWarehouseCode}, '01', '… its lines know where from');
is((split / /, figures('A00006', '01'))[0], (split / /, $from)[0] - 6, '… takes');
is((split / /, figures('A00006', '02'))[0], (split / /, $to)[0] + 6, '… and gives');
my $request = $sim->post(2, 'InventoryTransferRequests', { FromWarehouse => '01', ToWarehouse => '02', StockTransferLines => [ { ItemCode => 'A00006', Quantity => 2 } ] })->{json};
like(figures('A00006', '01'), qr/ 2 /, 'a request commits at one end');
$sim->post(2, 'StockTransfers', { FromWarehouse => '01', ToWarehouse => '02', StockTransferLines => [ { BaseType => 'InventoryTransferRequest', BaseEntry => $request->{DocEntry}, BaseLine => 0 } ] });
is($sim->get(2, "InventoryTransferRequests($request->{DocEntry})")->{json}{DocumentStatus}, 'bost_Close', '… and closes when it is carried out');
unlike(figures('A00006', '01'), qr/ 2 /, '… committing nothing more');

# counting and posting
my $count = $sim->post(2, 'InventoryCountings', { InventoryCountingLines => [ { ItemCode => 'A00007', WarehouseCode => '01', CountedQuantity => 7, Counted => 'tYES' } ] });
is($count->{status}, 201, 'a counting');
isnt($sim->stock('A00007', '01')->{in_stock}, 7, '… moves nothing');
my $posting = $sim->post(2, 'InventoryPostings', { InventoryPostingLines => [ { ItemCode => 'A00007', WarehouseCode => '01', CountedQuantity => 7, BaseEntry => $count->{json}{DocumentEntry}, BaseLine => 0, BaseType => 1470000065 } ] });
is($posting->{status}, 201, 'its posting');
is($sim->stock('A00007', '01')->{in_stock}, 7, '… makes stock what was counted');
is($sim->get(2, "InventoryCountings($count->{json}{DocumentEntry})")->{json}{DocumentStatus}, 'cdsClosed', '… and closes the counting');
cmp_ok($posting->{json}{InventoryPostingLines}[0]{Variance}, '<', 0, '… naming the variance');

# batches and serial numbers
my $batch = first_item("ManageBatchNumbers eq 'tYES' and Frozen eq 'tNO' and QuantityOnStock gt 0");
my $incomplete = '-4014: Cannot add row without complete selection of batch/serial numbers';
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => $batch, Quantity => 5)), qr/^400 \Q$incomplete\E/, 'a batch item without batches');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => $batch, Quantity => 5, BatchNumbers => [ { BatchNumberProperty => 'L1', Quantity => 4 } ])), qr/^400 \Q$incomplete\E/, '… with too few');
is($sim->post(2, 'InventoryGenEntries', line(ItemCode => $batch, Quantity => 5, BatchNumbers => [ { BatchNumberProperty => 'L1', Quantity => 4 }, { BatchNumberProperty => 'L2', Quantity => 1 } ]))->{status}, 201, '… with all');
is($sim->post(1, 'InventoryGenExits', line(ItemCode => $batch, Quantity => 2, BatchNumbers => [ { BatchNumber => 'L1', Quantity => 2 } ]))->{status}, 201, 'version 1 calls the number otherwise');
refused($sim->post(2, 'InventoryGenExits', line(ItemCode => $batch, Quantity => 3, BatchNumbers => [ { BatchNumberProperty => 'L1', Quantity => 3 } ])), qr/^400 -10: Batch\/serial number 'L1' does not exist/, 'a batch gives what it has');
is(scalar(Sim::values_of($sim->get(2, "BatchNumberDetails?\$filter=ItemCode eq '$batch' and startswith(Batch,'L')"), 'Batch')), 2, 'a receipt makes batches');
my $serial = first_item("ManageSerialNumbers eq 'tYES' and Frozen eq 'tNO'");
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => $serial, Quantity => 2, SerialNumbers => [ { InternalSerialNumber => 'N1' } ])), qr/^400 \Q$incomplete\E/, 'a serial item with too few numbers');
is($sim->post(2, 'InventoryGenEntries', line(ItemCode => $serial, Quantity => 2, SerialNumbers => [ map { { InternalSerialNumber => $_ } } 'N1', 'N2' ]))->{status}, 201, '… with all');
refused($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'A00001', Quantity => 2, WarehouseCode => '06')), qr/^400 \Q$incomplete\E/, 'a warehouse with bins wants to know which');
is($sim->post(2, 'InventoryGenEntries', line(ItemCode => 'A00001', Quantity => 2, WarehouseCode => '06', DocumentLinesBinAllocations => [ { BinAbsEntry => 2, Quantity => 2 } ]))->{status}, 201, '… and then takes it');

# drafts
my $draft = $sim->post(2, 'Drafts', { DocObjectCode => 'oInventoryGenExit', U_SB_KEY => 'draft', %{ line(ItemCode => 'A00008', Quantity => 2) } });
is($draft->{status}, 201, 'a draft');
$start = figures('A00008', '01');
is($sim->post(2, 'DraftsService_SaveDraftToDocument', { Document => { DocEntry => $draft->{json}{DocEntry} } })->{status}, 204, '… becomes a document');
isnt(figures('A00008', '01'), $start, '… and only then moves stock');
is((Sim::values_of($sim->get(2, "InventoryGenExits?\$filter=U_SB_KEY eq 'draft'"), 'U_SB_KEY'))[0], 'draft', '… with the key it was given');

# the ledger of accounts balances, and stock value is what the stock accounts say
my $total = 0;
my %balance = map { $_->{Code} => $_->{Balance} } @{ $sim->get(2, 'ChartOfAccounts', 'Prefer: odata.maxpagesize=0')->{json}{value} };
$total += $_ foreach values %balance;
cmp_ok(abs($total), '<', 0.001, 'debits and credits balance');
my $entry = $sim->get(2, 'JournalEntries(' . $receipt->{json}{TransNum} . ')')->{json};
is("$entry->{OriginalJournal} $entry->{Original}", 'ttGeneralReceiptToStock 1', 'a journal entry names its document');
is_deeply([ map { "$_->{AccountCode} " . ($_->{Debit} - $_->{Credit}) } @{ $entry->{JournalEntryLines} } ], [ '131101 23.1', '522000 -23.1' ], '… with both sides');

# without the user field there is no user field
my $bare = Sim->new('--items' => 3, '--no-udf' => undef, '--no-udt' => undef);
$bare->login;
like(Sim::error($bare->post(2, 'InventoryGenEntries', $body)), qr/^-1000: Property 'U_SB_KEY' of 'Document' is invalid/, 'a field that is not installed');
like(Sim::error($bare->get(2, "InventoryGenEntries?\$filter=U_SB_KEY eq 'x'")), qr/^201: Property 'U_SB_KEY' is invalid/, '… cannot be asked for');
is($bare->get(2, 'U_SB_POSTED')->{status}, 400, 'nor is the user table there');
is($sim->post(2, 'U_SB_POSTED', { Code => 'k', Name => 'InventoryGenEntries' })->{status}, 201, 'where it is, it takes a row');
like(Sim::error($sim->post(2, 'U_SB_POSTED', { Code => 'k', Name => 'x' })), qr/^-2035: This entry already exists/, '… once');

done_testing();
