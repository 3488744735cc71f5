package Stockbridge::Tryton;

=head1 NAME

Stockbridge::Tryton - a real Tryton for the TAP tests

=head1 SYNOPSIS

	use Stockbridge::Tryton;

	my $tryton = tryton_start();
	my $figures = tryton_figures($tryton);
	tryton_act($tryton, 'receive', sku => 'A00001', quantity => 3, location => 'WH-A');

=head1 DESCRIPTION

Drives F<tests/peers/tryton>.  A Tryton that a test starts is its own and ends
with it.

=cut

use strict;
use warnings;

use Exporter 'import';
use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Utils ();
use Stockbridge::Test;

our @EXPORT = qw(tryton_start tryton_stop tryton_figures tryton_act tryton_expire tryton_server);

my @running;

sub program
{
	return test_root() . '/tests/peers/tryton';
}

=head1 FUNCTIONS

=over

=item tryton_start(option => value, ...)

Starts Tryton on a free port, with a filled database in a directory of its own
unless C<--dir> is given, and returns when it answers.  Making the database
takes about half a minute.  Returns a hash: C<url>, C<database>, C<user>,
C<password>, C<dir>.

=cut

sub tryton_start
{
	my %options = @_;
	$options{'--dir'} //= PostgreSQL::Test::Utils::tempdir('tryton');
	$options{'--password'} //= 'peer-secret';

	my $tryton = { dir => $options{'--dir'}, password => $options{'--password'}, out => '', err => '' };
	# Cold, on a busy machine and over PostgreSQL, it takes minutes.
	my $timeout = IPC::Run::timer(2 * $PostgreSQL::Test::Utils::timeout_default);
	$tryton->{handle} = IPC::Run::start([ program(), 'start', %options ],
		'<', \undef, '>', \$tryton->{out}, '2>', \$tryton->{err}, $timeout);
	push @running, $tryton;
	until ($tryton->{out} =~ /^ready .*\n/m)
	{
		die "tryton did not start: $tryton->{err}"
		  if $timeout->is_expired || !$tryton->{handle}->pumpable;
		$tryton->{handle}->pump;
	}
	@{$tryton}{qw(url database user)} = $tryton->{out} =~ /^ready (\S+) database=(\S+) user=(\S+)$/m
	  or die "tryton said: $tryton->{out}";
	$timeout->reset;
	return $tryton;
}

=item tryton_stop($tryton)

=cut

sub tryton_stop
{
	my ($tryton) = @_;
	my $handle = delete $tryton->{handle} // return;

	$handle->signal('TERM');
	return $handle->finish;
}

END
{
	local $?;
	foreach my $tryton (@running)
	{
		eval { tryton_stop($tryton); 1 } or warn $@;
	}
}

# Runs a command of tests/peers/tryton and returns what it prints.
sub command
{
	my ($tryton, $name, @arguments) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run([ program(), $name, '--dir' => $tryton->{dir}, @arguments ],
		'<', \undef, '>', \$out, '2>', \$err)
	  or die "tryton $name failed: $err";
	return $out;
}

=item tryton_figures($tryton)

What Tryton's own client library says of products, locations, stock, movements,
orders and shipments.

=cut

sub tryton_figures
{
	my ($tryton) = @_;
	return JSON::PP->new->utf8->decode(command($tryton, 'figures'));
}

=item tryton_act($tryton, $verb, name => value, ...)

Does something in Tryton; returns the record: C<model>, C<id>, C<rec_name>.

=item tryton_expire($tryton)

Ends all sessions, as if they had been idle for too long.

=cut

sub tryton_act
{
	my ($tryton, $verb, %values) = @_;
	return JSON::PP->new->utf8->decode(
		command($tryton, 'act', $verb, map { "$_=$values{$_}" } sort keys %values));
}

sub tryton_expire
{
	my ($tryton) = @_;
	command($tryton, 'expire');
	return;
}

=item tryton_server($node, $tryton, $server, name => value, ...)

Creates a foreign server for it with a user mapping, and imports the tables
into a schema of the server's name.  The options go to the user mapping.

=back

=cut

sub tryton_server
{
	my ($node, $tryton, $server, %user) = @_;
	my %login = (user => $tryton->{user}, password => $tryton->{password}, %user);
	my $options = join ', ', map { "$_ " . sql_literal($login{$_}) } sort keys %login;

	$node->safe_psql('postgres', "
		CREATE SERVER $server FOREIGN DATA WRAPPER ims_fdw
		  OPTIONS (profile 'tryton', url '$tryton->{url}', database '$tryton->{database}');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS ($options);
		CREATE SCHEMA $server;
		IMPORT FOREIGN SCHEMA stock FROM SERVER $server INTO $server;");
	return;
}

1;
