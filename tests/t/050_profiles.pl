# Shipped profiles against systems that insist on their documentation: every
# canonical table shows exactly what the system has, over several pages; filters
# reduce what is asked for; and what goes wrong is dealt with, or told.

use strict;
use warnings;

use JSON::PP ();
use Stockbridge::ProfileTest;
use Test::More;

my $node = profile_cluster('profiles');

# An act of the fake's profile, carried out; a lost answer is not waited for.
sub act_is
{
	my ($name, $arguments, $expected) = @_;
	my $act = query(sprintf q{SELECT stockbridge.begin_act('r', '%s', 'REF-1', '%s')}, $name, $arguments);

	query(q{CALL stockbridge.run_acts(); UPDATE stockbridge.act SET retry_at = now() WHERE state = 'open'; CALL stockbridge.run_acts()});
	is(query("SELECT concat_ws(' ', state, reason) FROM stockbridge.act WHERE act = $act"), $expected, "$name: $expected");
	query("DELETE FROM stockbridge.act WHERE act = $act");
	return;
}

# ---- Medusa ----

my $fake = common('medusa');
is(join(' ', map { /sku=(.*?) / } asked($fake, q{SELECT * FROM r.stock WHERE sku = 'G/003'})), 'G%2F003', 'medusa: a product is asked for by its code');
is(query(q{SELECT stockbridge.derive_movements('r.movements')}), 0, 'medusa: movements are derived from its stock');
is(query(q{INSERT INTO r.products (sku, name) VALUES ('NEW', 'New') RETURNING id, sku, name}), 'iitem_new|NEW|New', 'medusa: a new item');
is(query(q{UPDATE r.products SET name = 'Renamed' WHERE sku = 'W-001' RETURNING name}), 'Renamed', 'medusa: another name for an item');
like((asked($fake, q{DELETE FROM r.products WHERE sku = 'W-001'}))[-1], qr{^/admin/inventory-items/iitem_101}, 'medusa: an item is deleted');
like((asked($fake, q{INSERT INTO r.stock (item_id, location, on_hand) VALUES ('iitem_101', 'sloc_12', 4)}))[-1],
	qr{^/admin/inventory-items/iitem_101/location-levels\? \{.*"stocked_quantity":4}, 'medusa: stock at a place where there was none');
like((asked($fake, q{UPDATE r.stock SET on_hand = 2.5 WHERE sku = 'W-001' AND location = 'sloc_11'}))[-1], qr{^/admin/inventory-items/iitem_101/location-levels/sloc_11\? \{"stocked_quantity":2.5\}$}, 'medusa: a level is set');
act_is('order', '{"email": "a@b.example", "region_id": "reg_1", "sales_channel_id": "sc_1", "lines": [{"sku": "W-001", "quantity": 2}, {"sku": "G/003", "quantity": 1}]}', 'done');
is_deeply((map { JSON::PP->new->decode($_->{body}) } grep { $_->{path} eq '/admin/draft-orders' } $fake->requests)[0],
	{ email => 'a@b.example', region_id => 'reg_1', sales_channel_id => 'sc_1', metadata => { reference => 'REF-1' }, items => [ { variant_id => 'variant_101', quantity => 2 }, { variant_id => 'variant_103', quantity => 1 } ] }, 'medusa: an order with our reference');
$fake->stop;

# ---- InvenTree ----

$fake = common('inventree');
like((asked($fake, q{SELECT * FROM r.stock WHERE sku = 'G/003'}))[0], qr/&IPN=G%2F003/, 'inventree: the stock of a product is asked for by its code');
$fake->agrees($node, 'stock', where => q{sku = 'g/003'}, truth => []);
is(query(q{DELETE FROM stockbridge.derived_source; SELECT stockbridge.derive_movements('r.movements')}), 0, 'inventree: movements are derived from its stock');
is(query(q{INSERT INTO r.products (sku, name, active, category) VALUES ('NEW', 'New', true, 3) RETURNING id, sku}), '190|NEW', 'inventree: a new part');
is(query(q{UPDATE r.products SET name = 'Renamed' WHERE sku = 'W-001' RETURNING name}), 'Renamed', 'inventree: another name for a part');
is(query(q{INSERT INTO r.orders (customer, customer_reference) VALUES (4, 'REF-1') RETURNING id, order_ref}), '590|SO-NEW', 'inventree: a new order');
is(query(q{INSERT INTO r.order_lines ("order", part, quantity) VALUES (590, 190, 1.5) RETURNING line}), '990', 'inventree: and its line');
$fake->stop;

# ---- Odoo ----

$fake = common('odoo');
like((asked($fake, q{SELECT * FROM r.products WHERE sku IN ('G/003', 'W-002') AND active}))[0], qr/"domain":\[\["default_code","in",\["G\/003","W-002"\]\],\["active","=",true\]\]/, 'odoo: filters are terms of the domain');
$fake->agrees($node, 'movements', where => q{happened_at >= '2026-03-07 00:00+00'}, truth => [ @{ $fake->system_of->{truth}{movements} }[ 5, 6 ] ]);
is(query(q{INSERT INTO r.products (sku, name) VALUES ('NEW', 'New') RETURNING sku}), 'NEW', 'odoo: a new product');
query(q{UPDATE r.products SET active = false WHERE sku = 'NEW'});
is(query(q{SELECT name, active FROM r.products WHERE sku = 'NEW'}), 'New|f', 'odoo: which is archived');
$fake->stop;
# The answer to create, the third request of the act, is lost.
$fake = Stockbridge::FakeIMS->start('odoo', lose_at => 3);
$fake->stands_in($node);
act_is('order', '{"customer": "C1", "lines": [{"sku": "W-001", "quantity": 2, "price": 9.5}]}', 'done');
is(scalar(grep { $_->{path} =~ m{sale.order/create$} } $fake->requests), 1, 'odoo: an order whose answer was lost is not made again');
is(query(q{SELECT status FROM r.orders WHERE reference = 'REF-1'}), 'sale', 'odoo: and confirmed');
$fake->stop;

# ---- ERPNext ----

$fake = common('erpnext');
$fake->agrees($node, 'order_lines', where => q{order_ref = 'SO-2'}, truth => [ $fake->system_of->{truth}{order_lines}[2] ]);
is(scalar asked($fake, q{SELECT * FROM r.order_lines WHERE order_ref = 'SO-2'}), 2, 'erpnext: lines of one order take two requests');
is(query(q{INSERT INTO r.products (sku, name, item_group, stock_uom, is_stock_item) VALUES ('NEW', 'New', 'Products', 'Nos', true) RETURNING sku, active}), 'NEW|t', 'erpnext: a new item');
is(query(q{UPDATE r.products SET name = 'Other' WHERE sku = 'G/003' RETURNING sku, name}), 'G/003|Other', 'erpnext: an item is renamed');
act_is('order', '{"customer": "C1", "company": "X", "date": "2026-04-01", "warehouse": "Main store - X", "lines": [{"sku": "W-001", "quantity": 2, "price": 9.5}]}', 'done');
$fake->stop;

# ---- Cin7 Core ----

$fake = common('cin7_core');
like((asked($fake, q{SELECT * FROM r.stock WHERE sku = 'W-001' AND location = 'East'}))[0], qr/&Sku=W-001&Location=East/, 'cin7_core: stock is asked for by product and place');
is(scalar asked($fake, q{SELECT * FROM r.order_lines WHERE order_ref = 'SO-2'}), 2, 'cin7_core: lines of one order take two requests');
is(query(q{DELETE FROM stockbridge.derived_source; SELECT stockbridge.derive_movements('r.movements')}), 0, 'cin7_core: movements are derived from its stock');
is(query(q{INSERT INTO r.products (sku, name, category, type, costing_method, uom, status) VALUES ('NEW', 'New', 'Other', 'Stock', 'FIFO', 'Item', 'Active') RETURNING sku}), 'NEW', 'cin7_core: a new product');
$fake->stop;

# ---- OpenBoxes ----

$fake = common('openboxes');
is(scalar(grep { m{/login} } asked($fake, 'SELECT * FROM r.products; SELECT * FROM r.stock')), 1, 'openboxes: one session serves all requests');
is(query(q{DELETE FROM stockbridge.derived_source; SELECT stockbridge.derive_movements('r.movements')}), 0, 'openboxes: movements are derived from its stock');
is(query(q{INSERT INTO r.products (sku, name, category_id) VALUES ('NEW', 'New', 'cat1') RETURNING id, sku}), 'pnew|NEW', 'openboxes: a new product');
is(query(q{UPDATE r.products SET name = 'Renamed' WHERE sku = 'W-001' RETURNING sku}), 'W-001', 'openboxes: another name for a product');
$fake->stop;

no_secret_is_logged();

done_testing();
