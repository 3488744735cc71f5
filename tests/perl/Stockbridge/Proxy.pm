package Stockbridge::Proxy;

=head1 NAME

Stockbridge::Proxy - a small HTTP and SOCKS proxy for tests

=head1 SYNOPSIS

	my $proxy = Stockbridge::Proxy->start(user => 'paul', password => 'secret');
	... "http://127.0.0.1:@{[ $proxy->port ]}", "socks5h://127.0.0.1:@{[ $proxy->port ]}" ...
	is_deeply([ $proxy->requests ], [ 'connect 127.0.0.1:50000' ], 'went through the proxy');

=head1 DESCRIPTION

Speaks both on one port: SOCKS 5 (RFC 1928, 1929) if the first byte says so, else
HTTP with CONNECT and absolute URLs.  With C<user>, it asks for Basic or for
SOCKS user and password, and refuses anybody else.  Every target is recorded
before it is connected to, with what kind of request it was; refusals as
C<refused>.  Loopback only.

=cut

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use Socket ();
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Utils ();
use POSIX ();

my @proxies;

=head1 METHODS

=over

=item Stockbridge::Proxy->start(user => undef, password => undef)

=cut

sub start
{
	my ($class, %login) = @_;
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64, ReuseAddr => 1)
	  or die "cannot listen: $!";
	my $self = bless {
		%login, port => $socket->sockport,
		log => PostgreSQL::Test::Utils::tempdir('proxy') . '/requests',
	}, $class;

	$self->{pid} = fork() // die "cannot fork: $!";
	if ($self->{pid} == 0)
	{
		eval { $self->serve($socket); 1 } or print STDERR $@;
		POSIX::_exit(1);
	}
	push @proxies, $self;
	return $self;
}

=item $proxy->port, $proxy->requests, $proxy->stop

=item $proxy->refuse($whether)

Refuses everybody from now on, or as before.

=back

=cut

sub port { return $_[0]->{port}; }

sub requests
{
	my ($self) = @_;
	return -e $self->{log} ? split(/\n/, PostgreSQL::Test::Utils::slurp_file($self->{log})) : ();
}

sub refuse
{
	my ($self, $whether) = @_;

	unlink "$self->{log}.refuse";
	PostgreSQL::Test::Utils::append_to_file("$self->{log}.refuse", '') if $whether;
	return;
}

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
	$_->stop foreach @proxies;
}

# In the child: a process of its own for every connection.
sub serve
{
	my ($self, $socket) = @_;

	$SIG{CHLD} = 'IGNORE';
	$SIG{PIPE} = 'IGNORE';
	$SIG{TERM} = 'DEFAULT';
	while (my $client = $socket->accept)
	{
		next if fork();
		close $socket;
		my $first = '';
		recv($client, $first, 1, Socket::MSG_PEEK());
		eval { $first eq "\x05" ? $self->socks($client) : $self->http($client); 1 } or print STDERR $@;
		POSIX::_exit(0);
	}
	return;
}

sub record
{
	my ($self, $line) = @_;
	open(my $log, '>>', $self->{log}) or die "$self->{log}: $!";
	syswrite($log, "$line\n");
	close $log;
	return;
}

sub take
{
	my ($client, $length) = @_;
	my $bytes = '';

	while (length $bytes < $length)
	{
		sysread($client, $bytes, $length - length $bytes, length $bytes) or die "client is gone\n";
	}
	return $bytes;
}

sub socks
{
	my ($self, $client) = @_;
	my $methods = take($client, unpack('xC', take($client, 2)));
	my $want = defined $self->{user} ? "\x02" : "\x00";

	if (index($methods, $want) < 0)
	{
		$self->record('refused');
		return syswrite($client, "\x05\xff");
	}
	syswrite($client, "\x05$want");
	if (defined $self->{user})
	{
		my $user = take($client, unpack('xC', take($client, 2)));
		my $password = take($client, unpack('C', take($client, 1)));
		my $ok = $user eq $self->{user} && $password eq $self->{password} && !-e "$self->{log}.refuse";

		syswrite($client, $ok ? "\x01\x00" : "\x01\x01");
		return $self->record('refused') unless $ok;
	}
	my (undef, undef, undef, $type) = unpack('C4', take($client, 4));
	my $host = $type == 1 ? join('.', unpack('C4', take($client, 4))) : take($client, unpack('C', take($client, 1)));
	my $port = unpack('n', take($client, 2));

	$self->record(($type == 1 ? 'socks' : 'socks-name') . " $host:$port");
	my $server = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port)
	  or return syswrite($client, "\x05\x05\x00\x01" . "\0" x 6);
	syswrite($client, "\x05\x00\x00\x01" . "\0" x 6);
	return relay($client, $server);
}

# The head of a request, byte by byte: what follows belongs to the tunnel.
sub http
{
	my ($self, $client) = @_;
	my $head = '';

	$head .= take($client, 1) until $head =~ /\r\n\r\n\z/;
	my ($method, $target) = $head =~ /^(\S+) (\S+)/;
	if (defined $self->{user})
	{
		my $expected = encode_base64("$self->{user}:$self->{password}", '');

		if (-e "$self->{log}.refuse" || $head !~ /^Proxy-Authorization: Basic \Q$expected\E\r$/mi)
		{
			$self->record('refused');
			return syswrite($client,
				"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n");
		}
	}
	my ($host, $port) = $method eq 'CONNECT' ? split(/:/, $target) : $target =~ m{^http://([^:/]+):(\d+)};
	my $headers = join ',', sort grep { /^x-/ } map { lc } $head =~ /^([\w-]+):/mg;

	$self->record(lc($method eq 'CONNECT' ? 'connect' : 'forward') . " $host:$port" . ($headers ? " $headers" : ''));
	my $server = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port)
	  or return syswrite($client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
	if ($method eq 'CONNECT')
	{
		syswrite($client, "HTTP/1.1 200 Connected\r\n\r\n");
	}
	else
	{
		$head =~ s{ http://[^/]+}{ };
		$head =~ s/^Proxy-Authorization:[^\r]*\r\n//mi;
		syswrite($server, $head);
	}
	return relay($client, $server);
}

sub relay
{
	my ($client, $server) = @_;
	my $select = IO::Select->new($client, $server);

	while (1)
	{
		foreach my $from ($select->can_read)
		{
			sysread($from, my $bytes, 65536) or return;
			my $to = $from == $client ? $server : $client;
			while (length $bytes)
			{
				my $written = syswrite($to, $bytes) // return;
				substr($bytes, 0, $written) = '';
			}
		}
	}
	return;
}

1;
