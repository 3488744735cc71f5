# The ways through which a remote is reached: HTTP and SOCKS proxies with their
# own logins, client certificates, headers that a gateway asks for; all changed by
# ALTER at once. And what a trace of requests shows and hides.

use strict;
use warnings;

use IPC::Run ();
use PostgreSQL::Test::Utils ();
use Stockbridge::Answers;
use Stockbridge::Proxy;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 3);
my $node = new_cluster('main', conf => "log_min_messages = debug2\nlog_statement = none\n");
create_servers($node, $sim);
my $target = "127.0.0.1:$sim->{port}";

sub alter { $node->safe_psql('postgres', "ALTER SERVER b1 OPTIONS ($_[0])"); }
sub alter_mapping { $node->safe_psql('postgres', "ALTER USER MAPPING FOR CURRENT_USER SERVER b1 OPTIONS ($_[0])"); }
sub count { return $node->safe_psql('postgres', 'SELECT count(*) FROM b1.items'); }

sub failure
{
	my ($sql) = @_;
	my (undef, undef, $stderr) = $node->psql('postgres', $sql // 'SELECT count(*) FROM b1.items');
	return $stderr;
}

# ---- HTTP proxy ----

my $open = Stockbridge::Proxy->start;
my $locked = Stockbridge::Proxy->start(user => 'paul', password => 'pro:xy secret');

my $session = $node->background_psql('postgres', on_error_stop => 0);
is($session->query_safe('SELECT count(*) FROM b1.items'), 3, 'without a proxy');
alter(qq(ADD proxy 'http://127.0.0.1:@{[ $open->port ]}'));
is($session->query_safe('SELECT count(*) FROM b1.items'), 3, 'through an HTTP proxy, as soon as the option is set');
is_deeply([ sort { $a cmp $b } keys %{ { map { $_ => 1 } $open->requests } } ], ["connect $target"], '… by a tunnel to the company');

alter(qq(SET proxy 'http://127.0.0.1:@{[ $locked->port ]}'));
my $refused = failure();
like($refused, qr/could not get through the proxy to server "b1"/, 'a proxy that wants a login');
like($refused, qr/proxy_user/, '… and the way out');
alter_mapping(q(ADD proxy_user 'paul', proxy_password 'pro:xy secret'));
is(count(), 3, '… gets it from the user mapping');
is((grep { $_ eq 'refused' } $locked->requests), 1, '… at the first request');

# A tunnel that is refused has sent nothing: a write knows that it did not happen.
is($session->query_safe('SELECT count(*) FROM b1.items'), 3, 'a backend that has a session');
$locked->refuse(1);
$session->query("\\set VERBOSITY verbose\nINSERT INTO b1.items (item_code, item_name) VALUES ('NEVER', 'x')");
like($session->{stderr}, qr/HV00N.*through the proxy/, '… and writes through a proxy that refuses: certainly not sent');
$session->{stderr} = '';
$locked->refuse(0);

# ---- SOCKS ----

alter(qq(SET proxy 'socks5://127.0.0.1:@{[ $locked->port ]}'));
is(count(), 3, 'through a SOCKS proxy, with a login');
is(($locked->requests)[-1], "socks $target", '… to the address');
alter_mapping(q(SET proxy_password 'wrong'));
like(failure(), qr/could not get through the proxy to server "b1"/, '… which it may refuse');
alter_mapping(q(DROP proxy_user, DROP proxy_password));
alter(qq(SET proxy 'socks5h://127.0.0.1:@{[ $open->port ]}', SET url 'https://localhost:$sim->{port}/b1s/v2'));
is(count(), 3, 'through a SOCKS proxy that resolves names');
is(($open->requests)[-1], "socks-name localhost:$sim->{port}", '… which gets the name');
alter(qq(DROP proxy, SET url '$sim->{url}'));
is($session->query_safe('SELECT count(*) FROM b1.items'), 3, 'and without again');
$session->quit;

# ---- headers ----

my $gateway = Stockbridge::Answers->start(
	sub {
		my ($request) = @_;
		return { json => { SessionId => 'x', SessionTimeout => 30 }, headers => { 'Set-Cookie' => 'B1SESSION=cookie-secret; HttpOnly' } } if $request->{path} =~ /Login$/;
		return { status => 204 } if $request->{path} =~ /Logout$/;
		return { json => { value => [ { WarehouseCode => 'w' } ] } };
	});
$node->safe_psql('postgres', <<"END");
CREATE SERVER behind FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $gateway->url ]}/b1s/v2', company 'X', headers E'X-Tenant: t1\\nX-Site: s; y=z');
CREATE USER MAPPING FOR CURRENT_USER SERVER behind OPTIONS (user 'u', password 'login-secret', headers 'X-Api-Key: header-secret');
CREATE FOREIGN TABLE behind (code text OPTIONS (property 'WarehouseCode', key 'true')) SERVER behind OPTIONS (entity 'Warehouses');
END
is($node->safe_psql('postgres', 'SELECT code FROM behind'), 'w', 'a gateway that asks for headers');
poll_until(sub { scalar(my @seen = $gateway->requests) == 3 }, 'the logout of a backend that has ended');
is_deeply(
	[ map { [ (split m{/}, $_->{path})[-1], @{ $_->{headers} }{ 'x-tenant', 'x-site', 'x-api-key' } ] } $gateway->requests ],
	[ map { [ $_, 't1', 's; y=z', 'header-secret' ] } 'Login', 'Warehouses', 'Logout' ],
	'… gets them with every request, from login to logout');

$node->safe_psql('postgres', qq(ALTER SERVER behind OPTIONS (ADD proxy 'http://127.0.0.1:@{[ $open->port ]}')));
is($node->safe_psql('postgres', 'SELECT code FROM behind'), 'w', 'plain HTTP through a proxy');
like(($open->requests)[-1], qr/^forward /, '… is forwarded');

# ---- client certificates ----

my $dir = PostgreSQL::Test::Utils::tempdir();
sub openssl { my ($out, $err); IPC::Run::run([ 'openssl', @_ ], '>', \$out, '2>', \$err) or die "openssl @_: $err"; }

openssl(qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1),
	'-keyout', "$dir/server.key", '-out', "$dir/server.pem");
openssl(qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2 -subj /CN=us -passout pass:key-secret),
	'-keyout', "$dir/client.key", '-out', "$dir/client.pem");
PostgreSQL::Test::Utils::append_to_file("$dir/rows", qq(HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[{"a":"seen"}]));
my $said = '';
my $tls = IPC::Run::start(
	[ 'openssl', 's_server', '-accept', '127.0.0.1:0', '-HTTP', '-Verify', 1, '-verify_return_error', '-CAfile', "$dir/client.pem",
		'-cert', "$dir/server.pem", '-key', "$dir/server.key" ],
	'<', \undef, '>', \$said, '2>', "$dir/s_server.err", init => sub { chdir $dir });
poll_until(sub { $tls->pump_nb; $said =~ /ACCEPT.*:(\d+)/ }, 'openssl s_server');
my ($tls_port) = $said =~ /ACCEPT.*:(\d+)/;
$node->safe_psql('postgres', <<"END");
CREATE SERVER certified FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'rest', auth 'none', url 'https://127.0.0.1:$tls_port', ca_file '$dir/server.pem');
CREATE FOREIGN TABLE certified (a text OPTIONS (path '/a')) SERVER certified OPTIONS (request 'GET /rows', rows '/*');
END
like(failure('SELECT a FROM certified'), qr/could not .*server "certified"/, 'a remote that asks for a certificate');
$node->safe_psql('postgres', qq(ALTER SERVER certified OPTIONS (ADD client_cert '$dir/client.pem', ADD client_key '$dir/client.key')));
like(failure('SELECT a FROM certified'), qr/set up a trusted TLS connection.*client_key/s, '… whose key has a passphrase');
$node->safe_psql('postgres', q(CREATE USER MAPPING FOR CURRENT_USER SERVER certified OPTIONS (client_key_password 'key-secret')));
is($node->safe_psql('postgres', 'SELECT a FROM certified'), 'seen', '… is shown it');
$tls->kill_kill;

# ---- trace ----

my (undef, $out, $err) = $node->psql('postgres', q(SET stockbridge.trace = on; SELECT code FROM behind WHERE code = 'w&token=x'));
my @lines = grep { /NOTICE/ } split /\n/, $err;
is(scalar @lines, 2, 'a trace has a line for every request');
like($lines[0], qr{NOTICE:  server "behind": POST \Q@{[ $gateway->url ]}\E/b1s/v2/Login: HTTP status 200, \d+ bytes, [\d.]+ ms$}, '… with method, URL, status, bytes, time');
like($lines[1], qr{GET .*/Warehouses\?.*w%26token=x'}, '… and what was asked for');

my $keyed = Stockbridge::Answers->start(sub { return { json => [ { a => 1 } ] } });
$node->safe_psql('postgres', <<"END");
CREATE SERVER keyed FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'rest', auth 'none', url '@{[ $keyed->url ]}');
CREATE USER MAPPING FOR CURRENT_USER SERVER keyed OPTIONS (key 'url secret/1');
CREATE FOREIGN TABLE keyed (a text OPTIONS (path '/a')) SERVER keyed OPTIONS (request 'GET /rows/{secret:key}?k={secret:key}&apikey=static&plain=yes', rows '/*');
END
(undef, undef, $err) = $node->psql('postgres', 'SET stockbridge.trace = on; SELECT a FROM keyed');
like($err, qr{GET \Q@{[ $keyed->url ]}\E/rows/\*\*\*\?k=\*\*\*&apikey=\*\*\*&plain=yes: HTTP status 200}, 'secrets in a URL are left out');
like(($keyed->requests)[0]{query}, qr{^k=url%20secret%2F1&apikey=static}, '… of the trace, not of the request');

$keyed->stop;
(undef, undef, $err) = $node->psql('postgres', 'SET stockbridge.trace = on; SELECT a FROM keyed');
like($err, qr/no answer after [\d.]+ ms: .*onnect/, 'a request without an answer says so');

my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
like($log, qr{DEBUG:  server "behind": POST .*/Login: HTTP status 200}, 'at debug level 1 the log has the same');
like($log, qr{DEBUG:  sending to server "behind": POST .*/Login}, '… and at level 2 also what is being sent');
# Statements that failed are logged as they are; ours do not hold any of these.
foreach my $secret (qw(sim-secret login-secret header-secret cookie-secret key-secret B1SESSION ROUTEID), 'pro:xy secret', 'url secret')
{
	my @leaks = grep { /\Q$secret\E/ && !/ (?:statement|STATEMENT):/ } split /\n/, $log;
	is_deeply(\@leaks, [], "no \"$secret\" in the log");
}

$node->stop;
done_testing();
