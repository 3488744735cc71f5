# The short fault run: see Stockbridge::FaultRun.  Set FAULT_SEED to run one again.

use strict;
use warnings;

use Stockbridge::FaultRun;
use Test::More;

my $run = Stockbridge::FaultRun->new(seed => $ENV{FAULT_SEED});
$run->go(movements => 1500, kills => 25);
$run->prove;
cmp_ok($run->{kills}, '>=', 25, 'and it was killed often enough');
done_testing();
