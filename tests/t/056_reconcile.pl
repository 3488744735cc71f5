# A row that moved while it was read is not judged, but read again: alone, from
# both sides, also where it is absent.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 20, '--warehouses' => 3);
my $node = new_cluster('main');
create_link_demo($node, $sim);
sub query { return $node->safe_psql('postgres', $_[0]); }

query(q(CALL stockbridge.pull('main', 'items')));
my $item = query(q(SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 3, 'WH-A'); CALL stockbridge.post('main');
	SELECT item_code FROM stockbridge.movement_state WHERE state = 'posted'));
$item =~ s/.*\n//s;
is($item, 'A00001', 'a receipt is posted');
query(q(CALL stockbridge.reconcile('main')));
sub row { return query("SELECT status, difference, drift FROM stockbridge.stock_diff WHERE item_code = '$item' AND location = 'WH-A'"); }
my $settled = row();
unlike($settled, qr/uncertain/, 'read after it was posted, its row is certain');
my $rows = query('SELECT count(*) FROM stockbridge.b1_stock');

# As if the pull had begun before the posting.
query("UPDATE stockbridge.b1_stock SET in_stock = 777, read_from = '-infinity' WHERE item_code = '$item' AND warehouse_code = '01'");
like(row(), qr/^uncertain/, 'posted while it was read: uncertain');
is(query(q(SELECT stockbridge.read_again('main'))), 1, 'it is read again');
is(row(), $settled, 'and is what it is');
is(query(q(SELECT stockbridge.read_again('main'))), 0, 'then nothing is left to read again');
is(query("SELECT count(DISTINCT read_from) || ' ' || count(*) FROM stockbridge.b1_stock"), "2 $rows", 'the other rows are left as they were');

# Absent on both sides while it moved: listed with nothing, in place of a guess.
query(<<'END');
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-NOWHERE', '99');
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, 'WH-NOWHERE', happened_at => read_from + (read_until - read_from) / 2)
  FROM stockbridge.snapshot WHERE resource = 'ims_stock';
END
cmp_ok(query(q(SELECT stockbridge.read_again('main'))), '>=', 1, 'a place that no side lists is read again as well');
is(query("SELECT in_stock FROM stockbridge.b1_stock WHERE warehouse_code = '99'"), '0', 'B1 has none there');
is(query("SELECT on_hand FROM stockbridge.ims_stock WHERE location = 'WH-NOWHERE'"), '0', 'nor has the IMS');
query(q(CALL stockbridge.pull('main', 'stock')));
is(query("SELECT count(*) FROM stockbridge.b1_stock WHERE warehouse_code = '99'"), '0', 'a whole pull lists what is there');

# The clock of the IMS, where it tells no times of its own.
like(query("SELECT abs(extract(epoch FROM clock_offset)) < 5, clock_error > '0' FROM stockbridge.snapshot WHERE resource = 'ims_stock'"),
	query('SELECT count(*) FROM stockbridge.ims_stock WHERE told_at IS NULL') > 0 ? qr/^t\|t$/ : qr/^t\|f$/, 'its clock is measured if it is needed');

$node->stop;
done_testing();
