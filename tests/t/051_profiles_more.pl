# More shipped profiles against systems that insist on their documentation: those
# with logins, signatures, envelopes and pages of their own kind.

use strict;
use warnings;

use Stockbridge::ProfileTest;
use Test::More;

my $node = profile_cluster('profiles_more');

# ---- Unleashed ----

my $fake = common('unleashed');
is(join(' ', map { /warehouseCode=(\w+)/ } asked($fake, q{SELECT * FROM r.stock WHERE location = 'EAST'})), 'EAST', 'unleashed: the stock of one place is asked for alone');
$fake->agrees($node, 'orders', where => q{updated_at >= '2026-03-02 09:30:00+00' AND updated_at < '2026-03-03 00:00:00+00'}, truth => [ [ 'SO-2', 'done', '2026-03-02 09:30:00', 'C2', 'MAIN' ] ]);
is(query(q{SELECT stockbridge.derive_movements('r.movements')}), 0, 'unleashed: movements are derived from its stock');
$fake->stop;

# ---- Linnworks ----

$fake = common('linnworks');
$fake->declare($node, page_size => 7);
$fake->agrees($node, 'products');
is(($fake->requests)[-1]{body} =~ /pageNumber=(\d)/ && $1, 2, 'linnworks: a full last page ends with status 400 for the next');
is(query(q{DELETE FROM stockbridge.derived_source; SELECT stockbridge.derive_movements('r.movements')}), 0, 'linnworks: movements are derived from its stock');
$fake->stop;

# ---- Katana ----

$fake = common('katana');
like(join(' ', asked($fake, q{SELECT * FROM r.stock WHERE sku = 'G/003'})), qr/variants\?\S*&sku=G%2F003.*inventory\?\S*&variant_id=103/, 'katana: the stock of a product is asked for by its variant');
$fake->declare($node, page_size => 1000);
$fake->agrees($node, 'movements');
is(query(q{INSERT INTO r.orders (order_ref, customer_ref, lines) VALUES ('SO-NEW', '4', '[{"variant_id": 101, "quantity": 2.5}]') RETURNING id, order_ref, status}),
	'590|SO-NEW|NOT_SHIPPED', 'katana: a new order with its lines');
is(query(q{UPDATE r.orders SET status = 'DELIVERED' WHERE order_ref = 'SO-1' RETURNING status}), 'DELIVERED', 'katana: the status of an order');
failure_is(q{INSERT INTO r.orders (order_ref) VALUES ('SO-NEW')}, qr/customer_id is missing/, 'katana: an order without customer');
$fake->stop;

# ---- Zoho Inventory ----

$fake = common('zoho_inventory');
$fake->declare($node, page_size => 200);
is(scalar(grep { /itemdetails/ } asked($fake, 'SELECT * FROM r.stock')), 1, 'zoho_inventory: details of many items in one request');
is(query(q{INSERT INTO r.products (sku, name, rate) VALUES ('NEW', 'New', 12.50) RETURNING id, sku, active}), '190|NEW|t', 'zoho_inventory: a new item');
is(query(q{UPDATE r.products SET name = 'Renamed' WHERE sku = 'G/003' RETURNING name}), 'Renamed', 'zoho_inventory: another name for an item');
failure_is(q{INSERT INTO r.products (sku) VALUES ('NEW')}, qr/Invalid value passed for name/, 'zoho_inventory: an item without name');
is(scalar(grep { m{salesorders/\d} } asked($fake, q{SELECT * FROM r.order_lines WHERE order_ref = 'SO-2'})), 1, 'zoho_inventory: one order is asked for alone');
$fake->declare($node, database => '1');
failure_is('SELECT * FROM r.products', qr/not associated with the organization/, 'zoho_inventory: another organization');
$fake->stop;

# ---- Mintsoft ----

$fake = common('mintsoft');
unlike(join(' ', asked($fake, 'SELECT * FROM r.stock')), qr/WarehouseId/, 'mintsoft: no sum of all warehouses is asked for');
is(query(q{INSERT INTO r.products (sku, name, weight) VALUES ('NEW', 'New', 0.25) RETURNING id, sku}), '190|NEW', 'mintsoft: a new product');
failure_is(q{INSERT INTO r.products (sku) VALUES ('NEW')}, qr/cannot take Name/, 'mintsoft: a product refused under HTTP 200');
is(query('SELECT id, flow, quantity FROM r.stock_flow WHERE product_id = 101 AND happened_at >= \'2026-03-04\' ORDER BY id'), "3003|OUT|5\n3004|IN|3", 'mintsoft: the flow of one product');
failure_is('SELECT * FROM r.stock_flow', qr/product_id/, 'mintsoft: the flow of all');
$fake->stop;

# ---- Brightpearl ----

$fake = common('brightpearl');
$fake->declare($node, page_size => 200);
is(scalar(grep { /product-availability/ } asked($fake, 'SELECT * FROM r.stock')), 1, 'brightpearl: stock of a set of products in one request');
$fake->agrees($node, 'order_lines', where => q{order_ref = '999'}, truth => []);
is(query(q{SELECT note_type, to_location, quantity FROM r.movements WHERE document_ref = 'TR-1' ORDER BY quantity}), "GO|11|-3\nIT|12|3", 'brightpearl: goods that go out for no order are no dispatch');
$fake->stop;

# ---- Shopify ----

$fake = common('shopify');
is(scalar(asked($fake, q{SELECT * FROM r.stock WHERE location = 'gid://shopify/Location/12'})), 3, 'shopify: the stock of one place is asked for alone');
is(query(q{DELETE FROM stockbridge.derived_source; SELECT stockbridge.derive_movements('r.movements')}), 0, 'shopify: movements are derived from its stock');
$fake->stop;

no_secret_is_logged();

done_testing();
