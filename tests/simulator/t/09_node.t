# Nodes behind the balancer: who gets a request, what is lost when one dies, and
# what survives on another.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Sim;
use Test::More;
use Time::HiRes qw(time);

my $sim = Sim->new('--nodes' => 2, '--failover-ms' => 300, '--items' => 10);

sub nodes { return map { $_->{up} ? $_->{served} : 'down' } @{ $sim->sim('node')->{nodes} } }
sub set_node { return $sim->sim('node', { node => $_[0], up => $_[1] ? \1 : \0 }) }
sub route { return (map { /ROUTEID=(\.node\d)/ } @{ $_[0]{headers}{'set-cookie'} // [] })[0] // '' }
sub get { my ($session, $route) = @_; return $sim->request('GET', '/b1s/v2/Items?$top=1', anonymous => 1, headers => [ "Cookie: B1SESSION=$session" . ($route ? "; ROUTEID=$route" : '') ]) }
sub issue { my ($session, $route, $key) = @_; return $sim->request('POST', '/b1s/v2/InventoryGenEntries', anonymous => 1, headers => [ "Cookie: B1SESSION=$session; ROUTEID=$route" ],
	body => qq({"U_SB_KEY":"$key","DocumentLines":[{"ItemCode":"A00001","Quantity":1,"WarehouseCode":"01"}]})) }
sub held { my ($key) = @_; return scalar grep { ($_->{key} // '') eq $key } @{ $sim->sim('ledger')->{documents} } }

my @logins = map { $sim->login } 1 .. 2;
is_deeply([ sort map { route($_) } @logins ], [ '.node1', '.node2' ], 'logins are spread over the nodes');
my ($session, $home) = ($logins[0]{json}{SessionId}, route($logins[0]));
my ($own) = $home =~ /(\d)/;
my $other = 3 - $own;

my @before = nodes();
get($session, $home) for 1 .. 3;
my @after = nodes();
is($after[ $own - 1 ] - $before[ $own - 1 ], 3, 'a session stays on its node');
is(route(get($session, $home)), '', '… without a new cookie');
is(get($session)->{status}, 200, 'without ROUTEID any node serves it');
get($session, $home);

$sim->sim('fault', { match => { method => 'POST' }, action => 'kill_node', commit => \0 });
my $lost = issue($session, $home, 'before');
is("$lost->{status} " . held('before'), '502 0', 'a node that dies before the commit answers 502 and leaves nothing');
like($lost->{text}, qr/<title>502 Proxy Error/, '… in Apache\'s HTML');
is((nodes())[ $own - 1 ], 'down', '… and is down');

my $start = time;
my $moved = get($session, $home);
is($moved->{status}, 200, 'its session survives on the other node');
cmp_ok(time - $start, '>=', 0.3, '… which takes a moment');
is(route($moved), ".node$other", '… and names itself');

set_node($own, 1);
get($session, $home);
$sim->sim('fault', { match => { method => 'POST' }, action => 'kill_node', commit => \1 });
$lost = issue($session, $home, 'after');
is("$lost->{status} " . held('after'), '502 1', 'a node that dies after the commit answers 502 and leaves the document');

set_node($other, 0);
is(get($session, $home)->{status}, 503, 'without a node Apache says so');
set_node($own, 1);
is(get($session, $home)->{status}, 200, 'a node that comes back serves again');

done_testing();
