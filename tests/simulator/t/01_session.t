# Logging in, staying logged in, and being told that one is not.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Sim;
use Test::More;
use Time::HiRes qw(sleep time);

my $sim = Sim->new('--session-timeout' => 2, '--items' => 5);

is($sim->get(2, 'Items')->{status}, 401, 'without a session nothing is read');
my $login = $sim->login;
is($login->{status}, 200, 'a login succeeds');
is($login->{header}{'odata-version'}, '4.0', 'version 2 names its protocol');
like($login->{json}{'@odata.context'}, qr{/\$metadata#B1Sessions}, '… and its context');
is_deeply([ map { s/=[^;]*//r } @{ $login->{headers}{'set-cookie'} } ], [ 'B1SESSION;HttpOnly;', 'ROUTEID; path=/b1s' ], 'two cookies are set');
like($login->{headers}{'set-cookie'}[0], qr/B1SESSION=\Q$login->{json}{SessionId}\E;/, 'the session id is the cookie');
is($sim->login(version => 1)->{header}{dataserviceversion}, '3.0', 'version 1 names its protocol');
like($sim->login(version => 1)->{json}{'odata.metadata'}, qr{#B1Sessions/\@Element$}, '… and its metadata');

my $wrong = $sim->login(Password => 'no');
is($wrong->{status} . ' ' . Sim::error($wrong), '401 -304: Fail to get DB Credentials from SLD', 'a wrong password is refused');
like(Sim::error($sim->login(CompanyDB => 'NOPE')), qr/^-5027: Switch company error/, 'a wrong company is refused in other words');
is($sim->request('POST', '/b1s/v2/Login', body => '{"Comp')->{status}, 400, 'a broken login is the client\'s fault');

my $kept = $sim->get(2, 'Items?$top=1');
is($kept->{status}, 200, 'the session serves');
like($kept->{header}{'keep-alive'}, qr/^timeout=5, max=99$/, 'keep-alive is announced as Apache does');

# sliding: three uses, each within the timeout, last longer than the timeout
for (1 .. 3) { sleep 1.2; is($sim->get(2, 'Items?$top=1')->{status}, 200, 'use keeps a session alive') }
sleep 2.6;
my $late = $sim->get(1, 'Items?$top=1');
is($late->{status}, 401, 'idle too long, it is gone');
is_deeply($late->{json}, { error => { code => 301, message => { lang => 'en-us', value => 'Invalid session or session already timeout.' } } },
	'version 1 answers with a number and a message object');
is_deeply($sim->get(2, 'Items')->{json}, { error => { code => '301', details => [], message => 'Invalid session or session already timeout.' } },
	'version 2 with a string, details and a plain message');
like($sim->get(2, 'Items')->{text}, qr/"code" : "301"/, '… the code being a JSON string');

$sim->login;
my $logout = $sim->post(2, 'Logout');
is($logout->{status} . '/' . $logout->{text}, '204/', 'a logout answers nothing');
is($sim->get(2, 'Items')->{status}, 401, '… and ends the session');

# one session, one request at a time: two at once take twice as long
my $slow = Sim->new('--page-delay-ms' => 400, '--items' => 5);
$slow->login;
my @url = map { ('--next', '-s', '-o', '/dev/null', '--cacert', "$slow->{dir}/ca.pem", '-H', "Cookie: B1SESSION=$slow->{session}", "$slow->{base}/b1s/v2/Items?\$top=$_") } 1 .. 3;
shift @url;
my $start = time;
system('curl', '-s', '--no-progress-meter', '--parallel', '--parallel-immediate', @url);
cmp_ok(time - $start, '>=', 1.2, 'requests of one session wait for each other');
my @sessions = map { $slow->login; $slow->{session} } 1 .. 3;
@url = map { ('--next', '-s', '-o', '/dev/null', '--cacert', "$slow->{dir}/ca.pem", '-H', "Cookie: B1SESSION=$_", "$slow->{base}/b1s/v2/Items?\$top=1") } @sessions;
shift @url;
$start = time;
system('curl', '-s', '--no-progress-meter', '--parallel', '--parallel-immediate', @url);
cmp_ok(time - $start, '<', 1.1, 'those of three sessions do not');

my $counts = $slow->sim('requests');
is($counts->{logins}, 4, 'logins are counted');
is($counts->{counts}{'GET /b1s/v2/Items'}, 6, 'so are requests by path');

my $limited = Sim->new('--session-limit' => 1, '--items' => 1);
is($limited->login->{status}, 200, 'one session is allowed');
is($limited->login->{status}, 401, 'a second is not, where the limit is one');

is($sim->stop, 0, 'it ends cleanly when told to');
done_testing();
