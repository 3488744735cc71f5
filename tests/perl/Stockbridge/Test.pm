package Stockbridge::Test;

=head1 NAME

Stockbridge::Test - simulator, servers and links for the TAP tests

=head1 SYNOPSIS

	use Stockbridge::Test;
	use Test::More;

	my $sim = sim_start('--items' => 200);
	my $node = new_cluster('main', conf => "work_mem = '8MB'");
	create_link_demo($node, $sim);
	$node->safe_psql('postgres', q(CALL stockbridge.pull('main', 'stock')));
	is(scalar @{ sim_get($sim, '/sim/ledger')->{documents} }, 0, 'nothing is posted by reading');
	done_testing();

=head1 DESCRIPTION

Every test starts what it needs and shares nothing with another test.  What is
started here is ended when the test ends, however it ends.  Nothing here waits
by sleeping for a time: each wait is for a condition, and dies telling what it
waited for.

=cut

use strict;
use warnings;

use Cwd qw(abs_path);
use Encode ();
use Exporter 'import';
use File::Basename qw(basename dirname);
use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::SimpleTee ();
use PostgreSQL::Test::Utils ();
use POSIX ();
use Time::HiRes qw(sleep time);

our @EXPORT = qw(
  sim_start sim_stop sim_signal sim_get sim_post sim_ledger_lines
  ims_get ims_post
  new_cluster create_servers create_link_demo sql_literal
  poll_until test_root
);

# Credentials that the simulator has unless told otherwise.
my %B1_LOGIN = (company => 'SBODEMOGB', user => 'manager', password => 'sim-secret');
my %IMS_LOGIN = (user => 'ims', password => 'ims-secret');

my @simulators;

# The server's test modules write bytes, and newer ones die of any other character;
# names of tests and what they found have them.
{
	no warnings 'redefine';
	my $print = \&PostgreSQL::Test::SimpleTee::PRINT;
	*PostgreSQL::Test::SimpleTee::PRINT = sub {
		my ($self, @texts) = @_;
		return $print->($self, map { utf8::is_utf8($_) ? Encode::encode('UTF-8', $_) : $_ } @texts);
	};
}

=head1 FUNCTIONS

=over

=item test_root()

The directory that holds F<tests>: of the checkout, or of the copy that
C<make check> tests.

=cut

sub test_root
{
	return dirname(dirname(dirname(dirname(abs_path(__FILE__)))));
}

=item sim_start(option => value, ...)

Starts F<tests/simulator/b1sim> on a free port with a directory of its own, and
returns when it is ready.  The arguments are passed on; an undefined value
makes an option without value: C<< sim_start('--no-udf' => undef) >>.

Returns a hash: C<url> (of the Service Layer's v2), C<base> (C<https://host:port>),
C<port>, C<ca> (file of the certificate), C<dir>, C<pid>, C<log> (its stderr).

To restart a simulator on its own books and port, pass the old one's C<dir> and
C<port>: C<< sim_start('--dir' => $sim->{dir}, '--port' => $sim->{port}) >>.

=cut

sub sim_start
{
	my %options = @_;
	$options{'--port'} //= 0;
	$options{'--dir'} //= PostgreSQL::Test::Utils::tempdir('b1sim');

	my $program = test_root() . '/tests/simulator/b1sim';
	my @command = ($program, map { defined $options{$_} ? ($_, $options{$_}) : ($_) } sort keys %options);
	my $sim = {
		dir => $options{'--dir'},
		out => "$options{'--dir'}/b1sim.out",
		log => "$PostgreSQL::Test::Utils::log_path/"
		  . basename($0, '.pl', '.t') . '_b1sim_' . scalar(@simulators) . '.log',
	};

	# What an earlier simulator of this directory said must not be taken for the
	# word of the one that is started.
	unlink $sim->{out};
	$sim->{pid} = fork() // die "cannot fork: $!";
	exec_simulator($sim, @command) if $sim->{pid} == 0;
	push @simulators, $sim;

	poll_until(sub { sim_read_ready($sim) }, "the ready line of $program");
	return $sim;
}

# In the child: never returns, and never runs the test's END blocks.
sub exec_simulator
{
	my ($sim, @command) = @_;

	open(STDIN, '<', '/dev/null') or POSIX::_exit(126);
	open(STDOUT, '>', $sim->{out}) or POSIX::_exit(126);
	open(STDERR, '>>', $sim->{log}) or POSIX::_exit(126);
	{
		no warnings 'exec';
		exec { $command[0] } @command;
	}
	print STDERR "cannot run $command[0]: $!\n";
	POSIX::_exit(127);
}

# True once the simulator has said where it is.
sub sim_read_ready
{
	my ($sim) = @_;

	if (waitpid($sim->{pid}, POSIX::WNOHANG()) == $sim->{pid})
	{
		my $status = $?;
		delete $sim->{pid};
		die 'the simulator ended with status ' . ($status >> 8) . ', signal ' . ($status & 127) . ': '
		  . PostgreSQL::Test::Utils::slurp_file($sim->{log});
	}
	return 0 unless -s $sim->{out};
	return 0
	  unless PostgreSQL::Test::Utils::slurp_file($sim->{out}) =~
	  m{^ready ((https://[^:/]+:(\d+))\S*) ca=(.+)$}m;
	@{$sim}{qw(url base port ca)} = ($1, $2, $3, $4);
	return 1;
}

=item sim_stop($sim), sim_signal($sim, $signal)

C<sim_stop> ends a simulator and waits until it is gone; C<sim_signal> sends it
a signal, for tests that let it die (C<KILL>) or hang (C<STOP>, C<CONT>).

=cut

sub sim_stop
{
	my ($sim) = @_;
	my $pid = delete $sim->{pid} // return;

	kill 'CONT', $pid;
	kill 'TERM', $pid;
	my $deadline = time() + $PostgreSQL::Test::Utils::timeout_default;
	while (waitpid($pid, POSIX::WNOHANG()) == 0)
	{
		if (time() > $deadline)
		{
			kill 'KILL', $pid;
			waitpid($pid, 0);
			die "the simulator did not end when told to";
		}
		sleep 0.01;
	}
	return $? == 0;
}

sub sim_signal
{
	my ($sim, $signal) = @_;

	kill $signal, $sim->{pid} or die "cannot signal the simulator: $!";
	if ($signal eq 'KILL')
	{
		waitpid(delete $sim->{pid}, 0);
	}
	return;
}

END
{
	# The exit status is that of the test, not of the programs ended here.
	local $?;
	foreach my $sim (@simulators)
	{
		eval { sim_stop($sim); 1 } or warn $@;
	}
}

=item sim_get($sim, $path), sim_post($sim, $path, $data)

Ask the simulator (C</sim/ledger>, C</sim/stock>, C</sim/requests>, …) or tell it
something (C</sim/fault>, C</sim/reset>), past the extension.  Both return the
decoded answer, undef if it is empty, and die on any status but 2xx.

=item ims_get($sim, $path), ims_post($sim, $path, $data)

The same for the inventory system that the simulator plays under C</ims>, with
its password: C<ims_post($sim, '/ims/movements', { kind =E<gt> 'receipt', ... })>.

=cut

sub sim_get { return request(@_[ 0, 1 ]); }
sub sim_post { return request(@_[ 0, 1 ], [ '--data-binary', '@-' ], $_[2] // {}); }

sub ims_get { return request(@_[ 0, 1 ], ims_login()); }
sub ims_post { return request(@_[ 0, 1 ], [ @{ ims_login() }, '--data-binary', '@-' ], $_[2]); }

sub ims_login { return [ '--user', "$IMS_LOGIN{user}:$IMS_LOGIN{password}" ]; }

sub request
{
	my ($sim, $path, $options, $data) = @_;
	my $body = defined $data ? JSON::PP->new->utf8->encode($data) : '';
	my ($answer, $errors);

	IPC::Run::run(
		[
			'curl', '--silent', '--show-error', '--fail-with-body',
			'--noproxy', '*', '--max-time', $PostgreSQL::Test::Utils::timeout_default,
			'--cacert', $sim->{ca}, '--header', 'Content-Type: application/json',
			@{ $options // [] }, "$sim->{base}$path"
		],
		'<', \$body, '>', \$answer, '2>', \$errors)
	  or die "$path: $errors$answer";
	return $answer eq '' ? undef : JSON::PP->new->utf8->decode($answer);
}

=item sim_ledger_lines($sim)

The documents that B1 holds, one string a line, in the order in which they were
made: C<entity doc_entry key item_code warehouse_code quantity>.  What we claim
to have posted, written the same way, must be equal.

=cut

sub sim_ledger_lines
{
	my ($sim) = @_;
	my @lines;

	foreach my $document (@{ sim_get($sim, '/sim/ledger')->{documents} })
	{
		foreach my $line (@{ $document->{lines} })
		{
			push @lines, join ' ', map { $_ // '-' } @{$document}{qw(entity doc_entry key)},
			  @{$line}{qw(item_code warehouse_code quantity)};
		}
	}
	return @lines;
}

=item new_cluster($name, preload => 0, databases => 'postgres', test_points => 0, conf => '')

A running cluster.  With C<preload>, the library is in shared_preload_libraries
and the workers serve C<databases>.  With C<test_points>, it loads the library
whose processes can be stopped or killed at named places
(F<extension/test_point.h>).  C<conf> is added to postgresql.conf.

=cut

sub new_cluster
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', <<"END") if $options{preload};
shared_preload_libraries = 'stockbridge'
stockbridge.databases = '@{[ $options{databases} // 'postgres' ]}'
END
	$node->append_conf('postgresql.conf',
		"dynamic_library_path = '" . test_root() . "/tests/test_points:\$libdir'\n") if $options{test_points};
	$node->append_conf('postgresql.conf', $options{conf}) if defined $options{conf};
	$node->start;
	return $node;
}

=item create_servers($node, $sim, dbname => 'postgres', b1 => {}, wms => {})

Creates the extension, the servers C<b1> and C<wms> with user mappings of the
current user, and imports the curated set of each into the schema of its name.
C<b1> and C<wms> add server options or replace those given here.

=cut

sub create_servers
{
	my ($node, $sim, %arguments) = @_;
	my $b1 = server_options(
		{ url => $sim->{url}, company => $B1_LOGIN{company}, ca_file => $sim->{ca} }, $arguments{b1});
	my $wms = server_options(
		{ profile => 'rest', url => "$sim->{base}/ims", ca_file => $sim->{ca} }, $arguments{wms});
	my ($b1_login, $wms_login) =
	  map { server_options({ user => $_->{user}, password => $_->{password} }) } \%B1_LOGIN, \%IMS_LOGIN;

	$node->safe_psql($arguments{dbname} // 'postgres', <<"END");
CREATE EXTENSION IF NOT EXISTS stockbridge;
CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS ($b1);
CREATE USER MAPPING FOR CURRENT_USER SERVER b1 OPTIONS ($b1_login);
CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw OPTIONS ($wms);
CREATE USER MAPPING FOR CURRENT_USER SERVER wms OPTIONS ($wms_login);
CREATE SCHEMA b1;
CREATE SCHEMA wms;
IMPORT FOREIGN SCHEMA stock FROM SERVER b1 INTO b1;
IMPORT FOREIGN SCHEMA stock FROM SERVER wms INTO wms;
END
	return;
}

# The options with those that replace or follow them; undef removes one.
sub server_options
{
	my ($defaults, $changes) = @_;
	my %options = (%$defaults, %{ $changes // {} });

	return join ', ', map { qq("$_" ) . sql_literal($options{$_}) }
	  grep { defined $options{$_} } sort keys %options;
}

=item create_link_demo($node, $sim, link => 'main', posting => undef, ...)

What C<create_servers> does, then the link and its warehouse map: IMS location
C<WH-A> is B1 warehouse C<01>, C<WH-B> is C<02>, and so on.  C<posting> is the
link's policy, its own default if undefined.

=cut

sub create_link_demo
{
	my ($node, $sim, %arguments) = @_;
	my $link = sql_literal($arguments{link} // 'main');
	my $policy =
	  defined $arguments{posting} ? ', posting => ' . sql_literal($arguments{posting}) : '';

	create_servers($node, $sim, %arguments);
	$node->safe_psql($arguments{dbname} // 'postgres', <<"END");
SELECT stockbridge.create_link($link, company => 'b1', ims => 'wms'$policy);
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code)
SELECT $link, l.location, w.warehouse_code
  FROM wms.locations l
  JOIN b1.warehouses w ON l.location = 'WH-' || chr(64 + w.warehouse_code::integer)
 WHERE w.warehouse_code ~ '^[0-9]{2}\$';
END
	return;
}

=item sql_literal($text)

The text as an SQL string constant.

=cut

sub sql_literal
{
	my ($text) = @_;

	my $escape = $text =~ /\\/ ? 'E' : '';
	$text =~ s/(['\\])/$1$1/g;
	return "$escape'$text'";
}

=item poll_until($condition, $what, $seconds = timeout of the tests)

Calls C<$condition> until it returns something true, and returns that; dies with
C<$what> if the time is up.  For a condition in SQL use C<< $node->poll_query_until >>.

=cut

sub poll_until
{
	my ($condition, $what, $seconds) = @_;
	my $deadline = time() + ($seconds // $PostgreSQL::Test::Utils::timeout_default);

	while (1)
	{
		my $result = $condition->();
		return $result if $result;
		die "timed out waiting for $what" if time() > $deadline;
		sleep 0.02;
	}
}

=back

=cut

1;
