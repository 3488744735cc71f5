# Faults on order: what happens to the request, and what B1 holds afterwards.

use strict;
use warnings;

use FindBin;
use IO::Handle;
use IPC::Open2 qw(open2);
use lib $FindBin::Bin;
use Sim;
use Test::More;
use Time::HiRes qw(sleep time);

my $sim = Sim->new('--items' => 10);
$sim->login;

my $number = 0;
sub fault { return $sim->sim('fault', { match => { method => 'POST', path_contains => 'InventoryGenEntries' }, @_ }) }
sub issue { my ($key) = @_; return $sim->post(2, 'InventoryGenEntries', { U_SB_KEY => $key, DocumentLines => [ { ItemCode => 'A00001', Quantity => 1, WarehouseCode => '01' } ] }) }
sub held { my ($key) = @_; return scalar grep { ($_->{key} // '') eq $key } @{ $sim->sim('ledger')->{documents} } }

# curl's words for a connection that ends without an answer: 52 (nothing came),
# 56 (reading failed: a reset, or with newer TLS libraries an end without notice).
sub unanswered { my ($key) = @_; return issue($key)->{exit} =~ /^(52|56)$/ ? 'unanswered' : 'answered' }

fault(action => 'drop_before_commit');
is(unanswered('before') . ' ' . held('before'), 'unanswered 0', 'dropped before the commit: no answer, no document');
fault(action => 'drop_after_commit');
is(unanswered('after') . ' ' . held('after'), 'unanswered 1', 'dropped after the commit: no answer, one document');
fault(action => 'drop_after_commit', reset => \1);
is(unanswered('reset') . ' ' . held('reset'), 'unanswered 1', 'the same by a reset');
is(issue('fine')->{status}, 201, 'a fault is used up');

fault(action => 'status', status => 500, message => 'boom');
my $status = issue('status');
is("$status->{status} " . Sim::error($status) . ' ' . held('status'), '500 -1: boom 0', 'a status instead of the work');
fault(action => 'status', status => 503, commit => \1);
$status = issue('busy');
is("$status->{status} " . held('busy'), '503 1', 'a status after the work');
like($status->{text}, qr/<title>503 Service Unavailable/, '… in HTML, as Apache does');
fault(action => 'html_502', commit => \1);
$status = issue('proxy');
is("$status->{status} " . held('proxy'), '502 1', 'a proxy error after the work');
like($status->{header}{'content-type'}, qr{^text/html}, '… is not JSON');

fault(action => 'malformed_json');
my $torn = issue('torn');
is("$torn->{status} " . (defined $torn->{json} ? 'parsed' : 'torn') . ' ' . held('torn'), '201 torn 1', 'a body that is not JSON after all');
like($torn->{header}{location}, qr/InventoryGenEntries\(\d+\)$/, '… though the place is told');
fault(action => 'truncate');
my $cut = issue('cut');
is((($cut->{exit} == 18 || $cut->{exit} == 56) ? 'cut' : "exit $cut->{exit}") . ' ' . held('cut'), 'cut 1', 'a body cut off in transit');
fault(action => 'pretty');
my $pretty = issue('pretty');
is("$pretty->{status} $pretty->{json}{U_SB_KEY}", '201 pretty', 'odd spacing is still JSON');
like($pretty->{text}, qr/\n\t :/, '… and odd');

fault(action => 'delay', delay_ms => 700);
my $start = time;
is(issue('slow')->{status}, 201, 'a delay');
cmp_ok(time - $start, '>=', 0.7, '… takes its time');
fault(action => 'delay', delay_ms => 2500);
my $client = $sim->request('POST', '/b1s/v2/InventoryGenEntries', headers => [], body => '{}', anonymous => 1);
is($client->{status}, 401, 'a fault acts before the session is looked at');

# the client gives up, B1 does not
fault(action => 'delay', delay_ms => 1500);
system('curl', '-s', '-o', '/dev/null', '--max-time', '0.5', '--cacert', "$sim->{dir}/ca.pem", '-H', "Cookie: B1SESSION=$sim->{session}",
	'-d', '{"U_SB_KEY":"patience","DocumentLines":[{"ItemCode":"A00001","Quantity":1,"WarehouseCode":"01"}]}', "$sim->{base}/b1s/v2/InventoryGenEntries");
is($? >> 8, 28, 'the client gives up');
is(held('patience'), 0, '… B1 holds nothing yet');
for (1 .. 100) { last if held('patience'); sleep 0.05 }
is(held('patience'), 1, '… and then does');

# rules: order, number, place
fault(action => 'status', status => 500, times => 2, skip => 1);
is(join(' ', map { issue("n$_")->{status} } 1 .. 4), '201 500 500 201', 'let one pass, then twice');
$sim->sim('fault', { match => { body_contains => 'needle' }, action => 'status', status => 400, code => '-5002', message => 'no' });
is(issue('hay')->{status}, 201, 'a rule may look into the body');
is(Sim::error(issue('needle')), '-5002: no', '… and finds it');
is($sim->request('POST', '/sim/fault', body => { action => 'explode' })->{status}, 400, 'an unknown fault is refused');
fault(action => 'status');
is(scalar(grep { $_->{times} } @{ $sim->sim('fault')->{faults} }), 1, 'open rules are listed');
$sim->request('DELETE', '/sim/fault');
is(issue('clear')->{status}, 201, '… and cleared');

# connections
$sim->sim('fault', { match => { path_contains => 'Warehouses' }, action => 'close_idle' });
my @reuse = ('curl', '-s', '-o', '/dev/null', '-w', '%{http_code} %{num_connects} ', '--cacert', "$sim->{dir}/ca.pem", '-H', "Cookie: B1SESSION=$sim->{session}");
my @target = ("$sim->{base}/b1s/v2/Warehouses", '--next', @reuse[ 1 .. $#reuse ], "$sim->{base}/b1s/v2/Warehouses");
is(qx(@{[ join ' ', map { "'$_'" } @reuse, @target ]}), '200 1 200 1 ', 'an answered connection is gone despite keep-alive');
is(qx(@{[ join ' ', map { "'$_'" } @reuse, @target ]}), '200 1 200 0 ', '… and otherwise kept');

# sessions
$sim->sim('fault', { match => { path_contains => 'Warehouses' }, action => 'broken_session' });
is(join(' ', map { $sim->get(2, $_)->{status} } 'Warehouses', 'Warehouses', 'Items'), '500 500 500', 'a broken session answers 500 to everything');
$sim->login;
is($sim->get(2, 'Warehouses')->{status}, 200, '… until a new login');
$sim->sim('fault', { action => 'slow_login', delay_ms => 600 });
is($sim->get(2, 'Warehouses')->{status}, 200, 'a slow login slows nothing else');
$start = time;
$sim->login;
cmp_ok(time - $start, '>=', 0.6, '… than logins');

# idle connections close after five seconds, whatever the client hopes
my ($address) = $sim->{base} =~ m{//(.*)};
my $tls = open2(my $from, my $to, 'openssl', 's_client', '-quiet', '-CAfile', "$sim->{dir}/ca.pem", '-connect', $address);
print $to "GET /b1s/v2/Items HTTP/1.1\r\nHost: x\r\n\r\n";
$to->flush;
$start = time;
like(do { local $/; <$from> }, qr{^HTTP/1\.1 401}, 'a connection serves');
my $idle = time - $start;
ok($idle > 4.5 && $idle < 8.5, sprintf('an idle connection closes after five seconds (%.1f)', $idle));
waitpid $tls, 0;

# the customer's own rules
$sim->sim('policy', { kind => 'reject', code => 13000316, text => 'Credit Limit Exceeded!', times => 1 });
my $rule = issue('rule');
is("$rule->{status} " . Sim::error($rule) . ' ' . held('rule'), '400 -1116: (13000316) Credit Limit Exceeded! 0', 'a customer\'s rule refuses what B1 accepts');
my $on_hand = $sim->stock('A00001', '01')->{in_stock};
$sim->sim('policy', { kind => 'approval', entity => 'InventoryGenEntries', times => 1 });
my $parked = issue('parked');
is("$parked->{status} " . Sim::error($parked) . ' ' . held('parked'), '400 -2028: No matching records found (ODBC -2028) 0', 'an approval procedure answers as if nothing were there');
my $drafts = $sim->get(2, "Drafts?\$filter=U_SB_KEY eq 'parked'")->{json}{value};
is(join(' ', map { "$_->{DocObjectCode} $_->{AuthorizationStatus}" } @$drafts), 'oInventoryGenEntry dasPending', '… while a draft is there, with the key');
is($sim->stock('A00001', '01')->{in_stock}, $on_hand, '… that moves no stock');
$sim->sim('policy', { kind => 'approval_created', entity => 'InventoryGenEntries', times => 1 });
my $liar = issue('liar');
is("$liar->{status} " . held('liar'), '201 0', 'another release answers 201 for the draft');
isnt(($sim->get(2, "InventoryGenEntries($liar->{json}{DocEntry})")->{json}{U_SB_KEY} // ''), 'liar', '… whose number is of no such document');
$sim->sim('policy', { kind => 'reject' });
$sim->request('DELETE', '/sim/policy');
is(issue('free')->{status}, 201, 'rules are cleared');

# out of band
$sim->sim('stock', { item_code => 'A00002', warehouse_code => '01', in_stock => -3 });
my $drifted = $sim->stock('A00002', '01')->{in_stock};
$sim->sim('reset', {});
is($sim->stock('A00002', '01')->{in_stock}, $drifted + 3, 'stock drifts behind everybody\'s back, and a reset undoes it');
is(scalar @{ $sim->sim('ledger')->{documents} }, 0, 'a reset empties the ledger');
is($sim->get(2, 'Items')->{status}, 401, '… and ends the sessions');

# a restart keeps the books
$sim->login;
issue('kept');
my $dir = $sim->{dir};
is($sim->stop, 0, 'it ends cleanly');
$sim = Sim->new(dir => $dir, '--items' => 10);
is(held('kept'), 1, 'the books outlive the program');
$sim->stop;
$sim = Sim->new(dir => $dir, '--items' => 10, '--fresh' => undef);
is(held('kept'), 0, '… unless told otherwise');

done_testing();
