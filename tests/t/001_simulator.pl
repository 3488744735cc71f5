# The simulator as the tests use it: it starts, answers, keeps its books over a
# restart, and ends when told to.

use strict;
use warnings;

use Stockbridge::Test;
use Test::More;

my $sim = sim_start();
like($sim->{url}, qr{^https://127\.0\.0\.1:\d+/b1s/v2$}, 'it says where its Service Layer is');
is(ref sim_get($sim, '/sim/ledger')->{documents}, 'ARRAY', 'its ledger is read past the extension');
cmp_ok(ims_get($sim, '/ims/locations?limit=1')->{total}, '>', 1, 'its inventory system has locations');
ok(!eval { sim_get($sim, '/sim/nothing-here'); 1 }, 'an answer that is not 2xx is an error');

my $movement = ims_post($sim, '/ims/movements',
	{ kind => 'receipt', sku => 'A00001', quantity => 3, to_location => 'WH-A' });
ok($movement->{movement_ref}, 'a movement is recorded in the inventory system');

my ($dir, $port) = @{$sim}{qw(dir port)};
my $stock = sim_get($sim, '/sim/stock');
ok(sim_stop($sim), 'it ends cleanly');
$sim = sim_start('--dir' => $dir, '--port' => $port);
is($sim->{port}, $port, 'it comes back on its port');
is_deeply(sim_get($sim, '/sim/stock'), $stock, '… with its books');

sim_signal($sim, 'KILL');
ok(!eval { sim_get($sim, '/sim/ledger'); 1 }, 'killed, it answers no more');

ok(!eval { sim_start('--no-such-option' => undef); 1 }, 'a simulator that does not start is an error');
like($@, qr/^the simulator ended with status/, '… that tells why');

done_testing();
