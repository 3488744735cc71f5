# The long fault run: see Stockbridge::FaultRun.

use strict;
use warnings;

use Stockbridge::FaultRun;
use Test::More;

my $run = Stockbridge::FaultRun->new(seed => $ENV{FAULT_SEED}, items => 300, lines => 40);
$run->go(movements => $ENV{SOAK_MOVEMENTS} || 100_000, kills => $ENV{SOAK_KILLS} || 1000);
$run->prove;
done_testing();
