# Sessions shared by the backends of a preloaded library: how many logins there
# are, who gets which session, and what becomes of one when its user, its options
# or its server go away.

use strict;
use warnings;

use PostgreSQL::Test::Utils ();
use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 40);
my $node = new_cluster('main', preload => 1, databases => '', conf => "restart_after_crash = on\nstockbridge.max_sessions = 8\n");
create_servers($node, $sim);
my ($own) = ($node->safe_psql('postgres', 'SELECT current_user'));

sub requests { return sim_get($sim, '/sim/requests'); }
sub forget_requests { IPC::Run::run([ 'curl', '-sS', '--noproxy', '*', '--cacert', $sim->{ca}, '-X', 'DELETE', "$sim->{base}/sim/requests" ]) or die; }
sub sessions { return requests()->{sessions}; }
sub options { $node->safe_psql('postgres', "ALTER SERVER b1 OPTIONS ($_[0])"); }
sub item { return $node->safe_psql('postgres', q(SELECT item_code FROM b1.items WHERE item_code = 'A00001'), @_); }
sub fault { sim_post($sim, '/sim/fault', { match => { method => 'GET', path_contains => 'Items' }, times => 1, @_ }); }

# A file of one statement for pgbench, and so many connections of one transaction each.
my $script = PostgreSQL::Test::Utils::tempdir() . '/read.sql';
PostgreSQL::Test::Utils::append_to_file($script, "SELECT item_code FROM b1.items WHERE item_code = 'A00001';\n");

sub connections
{
	my ($clients, $each) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run([ 'pgbench', '-n', '-C', '-c', $clients, '-j', 1, '-t', $each, '-f', $script, $node->connstr('postgres') ],
		'>', \$out, '2>', \$err) or diag $err;
	return $out =~ m{number of transactions actually processed: (\d+)/} ? $1 : 0;
}

# A statement that runs on in a connection of its own; finish waits for its end.
sub start_psql
{
	my ($sql, $database) = @_;
	my %run = (out => '', err => '');

	$run{handle} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($database // 'postgres'), '-c', $sql ],
		'<', \undef, '>', \$run{out}, '2>', \$run{err});
	return \%run;
}
sub finish_psql { my ($run) = @_; $run->{handle}->finish; return $run->{out} . $run->{err}; }

sub wait_for_activity
{
	my ($what, $count) = @_;
	$node->poll_query_until('postgres', "SELECT count(*) = $count FROM pg_stat_activity WHERE query LIKE '%$what%' AND state = 'active' AND pid <> pg_backend_pid()") or die $what;
}

# ---- 200 connections ----

forget_requests();
is(connections(8, 25), 200, 'connections that each read one item');
my $seen = requests();
cmp_ok($seen->{logins}, '<=', 4, '… log in no more often than there may be sessions');
is($seen->{logouts}, 0, '… and leave the sessions to each other');
is($seen->{sessions}, $seen->{logins}, '… which are all there');
is($node->safe_psql('postgres', q(SELECT count(*) > 0 FROM pg_shmem_allocations WHERE name = 'stockbridge sessions')), 't', '… in shared memory');

# ---- one session: who waits, and for how long ----

options("ADD sessions '1'");
item();
forget_requests();
is(connections(6, 5), 30, 'one session serves one connection after the other');
is(requests()->{logins}, 0, '… without a login');
cmp_ok($node->safe_psql('postgres', q(SELECT session_waits FROM stockbridge.stat_remote WHERE server = 'b1')), '>', 0, '… and those who wait are counted');

fault(action => 'delay', delay_ms => 1500);
my $slow = start_psql(q(SELECT 'slow', count(*) FROM b1.items));
wait_for_activity('slow', 1);
my (undef, undef, $stderr) = $node->psql('postgres', q(SET statement_timeout = '200ms'; SELECT 'waits' FROM b1.items));
like($stderr, qr/statement timeout/, 'waiting for a session can be timed out');
is(item(), 'A00001', '… and ends when the session is free');
is(finish_psql($slow), "slow|40\n", '… whose user was not disturbed');
is(requests()->{logins}, 0, '… without a login');

# ---- a backend that ends in the middle of a request ----

fault(action => 'delay', delay_ms => 3000);
my $doomed = start_psql(q(SELECT 'doomed' FROM b1.items));
wait_for_activity('doomed', 1);
poll_until(sub { !grep { $_->{times} > 0 } @{ sim_get($sim, '/sim/fault')->{faults} } }, 'the request to be sent');
$node->safe_psql('postgres', q(SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%doomed%' AND pid <> pg_backend_pid()));
like(finish_psql($doomed), qr/terminating connection/, 'a backend ends in the middle of a request');
is(item(), 'A00001', '… and its session goes on');
is(requests()->{logins}, 0, '… without a login');

sim_post($sim, '/sim/sessions', {});
sim_post($sim, '/sim/fault', { action => 'slow_login', delay_ms => 1500, times => 1 });
$doomed = start_psql(q(SELECT 'doomed' FROM b1.items));
poll_until(sub { !grep { $_->{times} > 0 } @{ sim_get($sim, '/sim/fault')->{faults} } }, 'the login to be sent');
my $next = start_psql(q(SELECT 'next', count(*) FROM b1.items));
wait_for_activity('next', 1);
$node->safe_psql('postgres', q(SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%doomed%' AND pid <> pg_backend_pid()));
is(finish_psql($next), "next|40\n", 'a backend that ends while it logs in lets the next one log in');
finish_psql($doomed);
forget_requests();

# ---- read-ahead of a client that does not go on ----

$node->safe_psql('postgres', q(ALTER FOREIGN TABLE b1.items OPTIONS (ADD page_size '5')));
my $idle = $node->background_psql('postgres');
$idle->query_safe('BEGIN');
$idle->query_safe('DECLARE slow_reader CURSOR FOR SELECT item_code FROM b1.items ORDER BY item_code');
$idle->query_safe('FETCH 1 FROM slow_reader');
is(item(), 'A00001', 'a session that an idle client holds for its next pages is lent out');
is(requests()->{logins}, 0, '… without a login');
is(scalar(split /\n/, $idle->query_safe('FETCH ALL FROM slow_reader')), 39, '… and the client reads on');
$idle->query_safe('COMMIT');
$idle->quit;
$node->safe_psql('postgres', q(ALTER FOREIGN TABLE b1.items OPTIONS (DROP page_size)));

# ---- sessions that the company does not know any more ----

options("SET sessions '4'");
connections(4, 5);
sim_post($sim, '/sim/sessions', {});
forget_requests();
is(item(), 'A00001', 'a company that has forgotten all sessions');
is(requests()->{logins}, 1, '… is logged in to once');

forget_requests();
fault(action => 'broken_session');
is(item(), 'A00001', 'a session that answers nothing but 500 is replaced');
is(requests()->{logins}, 1, '… by one login');
is(requests()->{logouts}, 1, '… and ended, as far as it can be');

# ---- options change ----

sim_post($sim, '/sim/sessions', {});
item();
forget_requests();
$node->safe_psql('postgres', q(ALTER USER MAPPING FOR CURRENT_USER SERVER b1 OPTIONS (SET password 'wrong')));
(undef, undef, $stderr) = $node->psql('postgres', 'SELECT count(*) FROM b1.items');
like($stderr, qr/could not log in/, 'a session does not outlive the password');
is(sessions(), 0, '… and is logged out');
$node->safe_psql('postgres', q(ALTER USER MAPPING FOR CURRENT_USER SERVER b1 OPTIONS (SET password 'sim-secret')));
is(item(), 'A00001', '… the right one logs in again');

my $before = requests()->{logouts};
$node->safe_psql('postgres', q(BEGIN; ALTER USER MAPPING FOR CURRENT_USER SERVER b1 OPTIONS (SET password 'wrong'); ROLLBACK));
is(item(), 'A00001', 'a change that is rolled back is none');

# ---- two roles ----

$node->safe_psql('postgres', <<'END');
CREATE ROLE alice LOGIN;
CREATE ROLE bob LOGIN;
GRANT USAGE ON FOREIGN SERVER b1 TO alice, bob;
GRANT USAGE ON SCHEMA b1 TO alice, bob;
GRANT SELECT ON ALL TABLES IN SCHEMA b1 TO alice, bob;
CREATE USER MAPPING FOR alice SERVER b1 OPTIONS (user 'manager', password 'sim-secret');
END
item();
forget_requests();
is(item(extra_params => [ '-U', 'alice' ]), 'A00001', 'another role with its own mapping');
is(requests()->{logins}, 1, '… has its own session');
(undef, undef, $stderr) = $node->psql('postgres', 'SELECT count(*) FROM b1.items', extra_params => [ '-U', 'bob' ]);
like($stderr, qr/no user and password for server "b1"/, 'a role without a mapping gets nobody else\'s');
$node->safe_psql('postgres', q(CREATE USER MAPPING FOR bob SERVER b1 OPTIONS (user 'manager', password 'guess')));
(undef, undef, $stderr) = $node->psql('postgres', 'SELECT count(*) FROM b1.items', extra_params => [ '-U', 'bob' ]);
like($stderr, qr/could not log in/, '… nor one that knows only the name');
is($node->safe_psql('postgres', q(SET ROLE alice; SELECT count(*) FROM b1.items)), 40, 'SET ROLE takes the role\'s session');
is(requests()->{logins}, 2, '… without a login (the other one was refused)');
$before = sessions();
$node->safe_psql('postgres', q(DROP USER MAPPING FOR alice SERVER b1; SELECT count(*) FROM b1.items));
is(sessions(), $before - 1, 'a mapping that is dropped takes its session along');

# ---- fewer sessions than we may have ----

sim_stop($sim);
$sim = sim_start('--dir' => $sim->{dir}, '--port' => $sim->{port}, '--session-limit' => 2, '--page-delay-ms' => 10);
is(connections(8, 4), 32, 'a company that allows fewer sessions than the server\'s option');
cmp_ok(sessions(), '<=', 2, '… serves all with those');

# ---- logins of an inventory system: one for all ----

my $ims = Stockbridge::Answers->start(
	sub {
		my ($request, $count) = @_;
		my $long = $request->{path} =~ m{^/long/};
		return { json => { token => "t$count", profile => $long ? 'x' x 20_000 : 'short' } } if $request->{path} =~ m{/login$};
		return { status => 204 } if $request->{path} =~ m{/logout$};
		return { status => 401, json => {} } if $request->{path} =~ m{^/forgets/rows} && $request->{headers}{'x-token'} eq 't1';
		return { json => [ { a => $request->{headers}{'x-token'} } ] };
	});
my $served = 0;
my @names = (qw(forgets long), map { "many$_" } 1 .. 10);
foreach my $name (@names)
{
	$node->safe_psql('postgres', <<"END");
CREATE SERVER $name FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'rest', url '@{[ $ims->url ]}/$name', auth 'login',
	login_request 'POST /login', login_token '/token', login_header 'X-Token: {token}', logout_request 'POST /logout');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user 'u', password 'p');
CREATE FOREIGN TABLE $name (a text OPTIONS (path '/a')) SERVER $name OPTIONS (request 'GET /rows', rows '/*');
END
}
# The requests that a server has got since last asked: its logins, logouts, reads.
sub seen_by
{
	my ($name) = @_;
	my %seen = (login => 0, logout => 0, rows => 0);
	my @all = $ims->requests;
	$seen{$_}++ foreach map { $_->{path} =~ m{^/\Q$name\E/(\w+)$} } @all[ $served .. $#all ];
	$served = @all;
	return "$seen{login} $seen{logout} $seen{rows}";
}

is(join(' ', map { $node->safe_psql('postgres', 'SELECT a FROM forgets') } 1 .. 3), 't3 t3 t3', 'backends share the token of an inventory system');
is(seen_by('forgets'), '2 0 4', '… and log in once more when it is forgotten');
like($node->safe_psql('postgres', 'SELECT a FROM long; SELECT a FROM long'), qr/^(t\d+)\n\1$/, 'a login too long to be shared is kept by its backend');
poll_until(sub { $ims->requests == $served + 4 }, 'the logout of that backend');
is(seen_by('long'), '1 1 2', '… and ended with it');

# More logins than there is room for: those not used for longest make room.
foreach my $round (1, 2)
{
	is($node->safe_psql('postgres', join ';', map { "SELECT count(a) FROM $_" } grep { /many/ } @names), join("\n", (1) x 10), "more logins than slots, round $round");
}
my @all = $ims->requests;
cmp_ok(scalar(grep { $_->{path} =~ m{^/many\d+/logout} } @all), '>=', 12, '… which are logged out to make room');
is(item(), 'A00001', '… also for the company');

# ---- the end ----

my $pid = $node->safe_psql('postgres', q(SELECT pg_backend_pid()));
$slow = start_psql(q(SELECT 'victim', pg_sleep(60)));
wait_for_activity('victim', 1);
$pid = $node->safe_psql('postgres', q(SELECT pid FROM pg_stat_activity WHERE query LIKE '%victim%' AND pid <> pg_backend_pid()));
kill 'KILL', $pid;
finish_psql($slow);
$node->poll_query_until('postgres', 'SELECT true');
sim_post($sim, '/sim/sessions', {});
forget_requests();
is(connections(4, 5), 20, 'after a crash of the server');
cmp_ok(requests()->{logins}, '<=', 8, '… sessions are logged in anew');
cmp_ok(sessions(), '>', 0, '… and kept');
$node->stop;
is(sessions(), 0, 'a server that stops logs out');

$node->start;
item();
sim_post($sim, '/sim/fault', { match => { path_contains => 'Logout' }, action => 'delay', delay_ms => 600_000, times => -1 });
$node->stop;
ok(!-e $node->data_dir . '/postmaster.pid', '… for no longer than that may take');
sim_signal($sim, 'KILL');

done_testing();
