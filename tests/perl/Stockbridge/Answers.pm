package Stockbridge::Answers;

=head1 NAME

Stockbridge::Answers - an HTTP server that answers what a test tells it to

=head1 SYNOPSIS

	use Stockbridge::Answers;

	my $server = Stockbridge::Answers->start(
		sub {
			my ($request, $count) = @_;
			return { status => 429, headers => { 'Retry-After' => 1 } } if $count == 1;
			return { json => { data => [] } };
		});
	... $server->url ...
	is(scalar $server->requests, 2, 'throttled once, then answered');

=head1 DESCRIPTION

For what no well-behaved peer does: throttling, wrong counts, pages without
end, redirects, garbage.  The callback runs in a process of its own; it gets the
request (C<method>, C<path>, C<query>, C<headers>, C<body>) and its number from
1, and returns C<status> (200), C<headers>, and C<json> or C<body>; or C<close>
to end the connection without an answer.  Every request is recorded before it
is answered.  Plain HTTP, loopback, one request at a time.

=cut

use strict;
use warnings;

use IO::Handle;
use IO::Socket::INET;
use JSON::PP ();
use PostgreSQL::Test::Utils ();
use POSIX ();

my @servers;
my $json = JSON::PP->new->utf8->canonical->allow_nonref;

=head1 METHODS

=over

=item Stockbridge::Answers->start($callback)

=cut

sub start
{
	my ($class, $callback) = @_;
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64, ReuseAddr => 1)
	  or die "cannot listen: $!";
	my $self = bless {
		url => 'http://127.0.0.1:' . $socket->sockport,
		log => PostgreSQL::Test::Utils::tempdir('answers') . '/requests',
	}, $class;

	$self->{pid} = fork() // die "cannot fork: $!";
	if ($self->{pid} == 0)
	{
		eval { serve($socket, $self->{log}, $callback); 1 } or print STDERR $@;
		POSIX::_exit(1);
	}
	push @servers, $self;
	return $self;
}

=item $server->url, $server->requests

Root URL, and the requests so far, each a hash as the callback gets it.

=cut

sub url { return $_[0]->{url}; }

sub requests
{
	my ($self) = @_;

	return unless -e $self->{log};
	return map { $json->decode($_) } split /\n/, PostgreSQL::Test::Utils::slurp_file($self->{log});
}

=item $server->stop

=back

=cut

sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{pid} // return;

	kill 'TERM', $pid;
	waitpid($pid, 0);
	return;
}

END
{
	local $?;
	$_->stop foreach @servers;
}

# In the child: one connection after the other, until killed.
sub serve
{
	my ($socket, $log, $callback) = @_;
	my $count = 0;

	$SIG{PIPE} = 'IGNORE';
	$SIG{TERM} = 'DEFAULT';
	open(my $record, '>>', $log) or die "$log: $!";
	$record->autoflush(1);
	while (my $connection = $socket->accept)
	{
		my $request = read_request($connection) // next;
		print {$record} $json->encode($request), "\n";
		send_answer($connection, $callback->($request, ++$count));
		close $connection;
	}
	die "accept: $!";
}

sub read_request
{
	my ($connection) = @_;
	my $line = <$connection> // return;
	my %request = (headers => {}, body => '');

	@request{qw(method path)} = $line =~ m{^(\S+) (\S+)} or return;
	$request{query} = $request{path} =~ s/\?(.*)// ? $1 : '';
	while (defined($line = <$connection>) && $line =~ /^([^:]+):\s*(.*?)\r?\n$/)
	{
		$request{headers}{ lc $1 } = $2;
	}
	read($connection, $request{body}, $request{headers}{'content-length'} // 0);
	return \%request;
}

sub send_answer
{
	my ($connection, $answer) = @_;
	my %headers = ('Content-Type' => 'application/json', %{ $answer->{headers} // {} });
	my $body = exists $answer->{json} ? $json->encode($answer->{json}) : $answer->{body} // '';

	return if $answer->{close};
	print {$connection} join "\r\n", 'HTTP/1.1 ' . ($answer->{status} // 200) . ' Told',
	  (map { "$_: $headers{$_}" } sort keys %headers),
	  'Content-Length: ' . length $body, 'Connection: close', '', $body;
	return;
}

1;
