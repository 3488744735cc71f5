# The inventory system: its lists, its movements, and how far it agrees with B1.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Sim;
use Test::More;

my $sim = Sim->new('--items' => 60, '--warehouses' => 4);

is($sim->request('GET', '/ims/products')->{status}, 401, 'a user is needed');
like($sim->request('GET', '/ims/products')->{header}{'www-authenticate'}, qr/^Basic/, '… by HTTP Basic');
is_deeply([ map { $_->{location} } @{ $sim->ims('GET', 'locations')->{json}{data} } ], [ map { "WH-$_" } qw(A B C D) ], 'its own names for the warehouses');
my $page = $sim->ims('GET', 'products?limit=10&offset=5')->{json};
is(scalar @{ $page->{data} }, 10, 'pages by limit and offset');
cmp_ok($page->{total}, '>', 40, '… telling the total');
is(ref $sim->ims('GET', 'products')->{json}{data}[0]{active}, 'JSON::PP::Boolean', 'booleans are booleans');

sub ims_stock { return map { ("$_->{sku} $_->{location}" => $_->{on_hand}) } @{ $sim->ims('GET', 'stock?limit=10000')->{json}{data} } }
sub differences
{
	my %ims = ims_stock();
	my %location = ('01' => 'WH-A', '02' => 'WH-B', '03' => 'WH-C', '04' => 'WH-D');
	my %b1 = map { ("$_->{item_code} $location{$_->{warehouse_code}}" => $_->{in_stock}) } @{ $sim->sim('stock')->{stock} };
	return map { "$_ " . (($ims{$_} // 0) - ($b1{$_} // 0)) } grep { ($ims{$_} // 0) != ($b1{$_} // 0) } sort keys %{ { %ims, %b1 } };
}
is(join(', ', differences()), 'A00001 WH-A 25, A00002 WH-B -7', 'at first it differs from B1 by one receipt and one dispatch');
my @movements = @{ $sim->ims('GET', 'movements')->{json}{data} };
is(join(' ', map { "$_->{kind} $_->{sku} $_->{quantity} " . ($_->{from_location} // '-') . ' ' . ($_->{to_location} // '-') } @movements),
	'receipt A00001 25 - WH-A dispatch A00002 7 WH-B -', '… which are its movements');
is(scalar @{ $sim->ims('GET', "movements?since=$movements[1]{happened_at}")->{json}{data} }, 1, 'movements since a time');

$sim->login;
$sim->post(2, 'InventoryGenEntries', { DocumentLines => [ { ItemCode => 'A00001', Quantity => 25, WarehouseCode => '01' } ] });
$sim->post(2, 'InventoryGenExits', { DocumentLines => [ { ItemCode => 'A00002', Quantity => 7, WarehouseCode => '02' } ] });
is(join(', ', differences()), '', 'posted in B1, the two agree');

sub move { return $sim->ims('POST', 'movements', { happened_at => '2026-01-01T00:00:00Z', @_ }) }
my %before = ims_stock();
my $moved = move(kind => 'transfer', sku => 'A00003', quantity => 2.5, from_location => 'WH-A', to_location => 'WH-B', document_ref => 'T1');
is($moved->{status}, 201, 'a movement is recorded');
like($moved->{text}, qr/"quantity":2\.50,/, '… with its exact quantity');
is(move(kind => 'adjustment', sku => 'A00003', quantity => -1, to_location => 'WH-A')->{status}, 201, 'an adjustment may be negative');
is(move(kind => 'count', sku => 'A00004', quantity => 3, to_location => 'WH-A')->{status}, 201, 'a count');
my %after = ims_stock();
is($after{'A00003 WH-A'} - $before{'A00003 WH-A'}, -3.5, 'both took from one place');
is($after{'A00003 WH-B'} - $before{'A00003 WH-B'}, 2.5, '… one gave to another');
is($after{'A00004 WH-A'}, 3, 'the count made stock what was counted');

is(move(kind => 'theft', sku => 'A00003', quantity => 1, to_location => 'WH-A')->{status}, 422, 'an unknown kind');
is(move(kind => 'receipt', sku => 'NOPE', quantity => 1, to_location => 'WH-A')->{status}, 422, 'an unknown product');
is(move(kind => 'receipt', sku => 'A00003', quantity => 1, to_location => 'WH-Z')->{status}, 422, 'an unknown location');
is(move(kind => 'receipt', sku => 'A00003', quantity => 1, from_location => 'WH-A')->{status}, 422, 'a receipt from somewhere');
is(move(movement_ref => 'MV-0001', kind => 'receipt', sku => 'A00003', quantity => 1, to_location => 'WH-A')->{status}, 422, 'a movement that exists');
is($sim->ims('POST', 'movements', '{')->{status}, 400, 'broken JSON');
is_deeply({ ims_stock() }, \%after, '… and none of them moved anything');

my $again = Sim->new('--items' => 60, '--warehouses' => 4);
is_deeply([ @{ $again->sim('stock')->{stock} } ], [ @{ Sim->new('--items' => 60, '--warehouses' => 4)->sim('stock')->{stock} } ], 'the same seed makes the same stock');
isnt($again->sim('stock')->{stock}[0]{average_price}, Sim->new('--items' => 60, '--warehouses' => 4, '--seed' => 2)->sim('stock')->{stock}[0]{average_price}, '… and another seed another');

done_testing();
