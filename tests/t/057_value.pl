# Orders and accounts of the company are feeds; what the views make of them is
# what the company says.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 20, '--warehouses' => 3, '--orders' => 12);
my $node = new_cluster('main');
create_link_demo($node, $sim);
sub query { return $node->safe_psql('postgres', $_[0]); }

query(qq(CALL stockbridge.pull('main', '$_'))) foreach qw(stock orders accounts movements);
cmp_ok(query('SELECT count(*) FROM stockbridge.b1_order_line'), '>', 0, 'there are open lines of orders');
is(query('SELECT count(*), sum(open_quantity) FROM stockbridge.b1_order_line'),
	query(q(SELECT count(*), sum(remaining_open_inventory_quantity) FROM b1.order_lines WHERE line_status = 'bost_Open')), 'all of them');
is(query('SELECT string_agg(account_code || \' \' || trim_scale(balance), \',\' ORDER BY account_code) FROM stockbridge.b1_account'),
	query('SELECT string_agg(code || \' \' || trim_scale(balance), \',\' ORDER BY code) FROM b1.chart_of_accounts'), 'and all accounts');
is(query('SELECT sum(stock_value) FROM stockbridge.valuation'),
	query('SELECT sum(s.in_stock * coalesce(nullif(s.standard_average_price, 0), i.avg_std_price)) FROM b1.item_warehouses s JOIN b1.items i USING (item_code)'),
	'stock is valued at the average price of B1');

# The IMS loses everything: every order is at risk, and the drift says so.
is(query(<<'END'), 't|t', 'without stock no line can be filled');
UPDATE stockbridge.ims_stock SET on_hand = 0;
SELECT count(*) > 0, bool_and(short_quantity = open_quantity) FROM stockbridge.orders_at_risk r
  JOIN stockbridge.warehouse_map w ON w.link = r.link AND w.warehouse_code = r.warehouse_code
END
cmp_ok(query('SELECT sum(orders_at_risk) FROM stockbridge.drift'), '>', 0, 'and drift tells whom it hurts');

# A company without open orders is nothing unusual.
query(<<'END');
UPDATE stockbridge.snapshot_source SET condition = 'false' WHERE resource IN ('b1_order', 'b1_order_line');
CALL stockbridge.pull('main', 'orders');
END
is(query('SELECT count(*) FROM stockbridge.orders_at_risk'), 0, 'without open orders none is at risk');

$node->stop;
done_testing();
