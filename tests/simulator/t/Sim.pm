package Sim;

# Starts b1sim for one test, speaks to it with curl, and stops it at the end.
#
#	my $sim = Sim->new('--items' => 20);
#	my $answer = $sim->get(2, "Items('A00001')");	# version, path
#	$answer->{status}, $answer->{json}, $answer->{header}{etag}
#
# Paths are written plainly; what a URL cannot hold is encoded here.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->utf8->allow_bignum;

sub new
{
	my ($class, %option) = @_;
	my $dir = delete $option{dir} // tempdir(CLEANUP => 1);
	my @option = map { defined $option{$_} ? ($_, $option{$_}) : ($_) } sort keys %option;
	my $self = bless { dir => $dir, owner => $$ }, $class;
	my $program = dirname(dirname(File::Spec->rel2abs(__FILE__))) . '/b1sim';

	unlink "$dir/out";
	$self->{pid} = fork() // die "cannot fork: $!";
	if ($self->{pid} == 0)
	{
		open(STDOUT, '>', "$dir/out") or POSIX::_exit(126);
		exec {$program} $program, '--dir', $dir, @option or POSIX::_exit(127);
	}
	for (1 .. 600)
	{
		last if -s "$dir/out";
		die "b1sim ended\n" if waitpid($self->{pid}, POSIX::WNOHANG()) > 0;
		sleep 0.05;
	}
	open(my $out, '<', "$dir/out") or die $!;
	$self->{ready} = <$out> // '';
	($self->{base}) = $self->{ready} =~ m{^ready (https://127\.0\.0\.1:\d+)/b1s/v2 ca=\Q$dir\E/ca\.pem$}
	  or die "b1sim did not become ready: $self->{ready}\n";
	return $self;
}

sub encode
{
	my ($path) = @_;
	utf8::encode($path) if utf8::is_utf8($path);
	$path =~ s/([^A-Za-z0-9\-._~\$(),'\/=&?*:%])/sprintf '%%%02X', ord $1/ge;
	return $path;
}

# The whole of one exchange: { status, header, text, json, exit }
sub request
{
	my ($self, $method, $url, %how) = @_;
	my @command = ('curl', '-s', '-i', '--cacert', "$self->{dir}/ca.pem", '--max-time', 30, '-X', $method);

	push @command, '-H', 'Expect:', map { ('-H', $_) } @{ $how{headers} // [] };
	push @command, '-H', "Cookie: B1SESSION=$self->{session}" if $self->{session} && !$how{anonymous};
	push @command, '-u', $how{auth} if $how{auth};
	if (defined $how{body})
	{
		my $body = ref $how{body} ? $json->encode($how{body}) : $how{body};
		open(my $file, '>:raw', "$self->{dir}/body") or die $!;
		print $file $body;
		close $file;
		push @command, '--data-binary', "\@$self->{dir}/body";
	}
	open(my $pipe, '-|', @command, encode($self->{base} . $url)) or die "curl: $!";
	binmode $pipe;
	my $text = do { local $/; <$pipe> } // '';
	close $pipe;
	my $answer = { exit => $? >> 8, header => {}, status => 0, text => '' };
	if ($text =~ s{\AHTTP/[\d.]+ (\d+)[^\r\n]*\r\n(.*?)\r\n\r\n}{}s || $text =~ s{\AHTTP/[\d.]+ (\d+)[^\r\n]*\r\n()\r\n}{}s)
	{
		$answer->{status} = $1;
		foreach my $line (split /\r\n/, $2)
		{
			my ($name, $value) = split /: */, $line, 2;
			push @{ $answer->{headers}{ lc $name } }, $value;
			$answer->{header}{ lc $name } = $value;
		}
	}
	$answer->{text} = $text;
	$answer->{json} = eval { $json->decode($text) };
	return $answer;
}

sub login
{
	my ($self, %change) = @_;
	my $version = delete $change{version} // 2;
	my $answer = $self->request('POST', "/b1s/v$version/Login", anonymous => 1,
		body => { CompanyDB => 'SBODEMOGB', UserName => 'manager', Password => 'sim-secret', %change });
	$self->{session} = $answer->{json}{SessionId} if $answer->{status} == 200;
	return $answer;
}

sub get { my ($self, $v, $path, @headers) = @_; return $self->request('GET', "/b1s/v$v/$path", headers => \@headers) }
sub post { my ($self, $v, $path, $body, @headers) = @_; return $self->request('POST', "/b1s/v$v/$path", body => $body // '', headers => \@headers) }
sub patch { my ($self, $v, $path, $body, @headers) = @_; return $self->request('PATCH', "/b1s/v$v/$path", body => $body, headers => \@headers) }
sub delete { my ($self, $v, $path) = @_; return $self->request('DELETE', "/b1s/v$v/$path") }
sub sim { my ($self, $path, $body) = @_; return defined $body ? $self->request('POST', "/sim/$path", body => $body)->{json} : $self->request('GET', "/sim/$path")->{json} }
sub ims { my ($self, $method, $path, $body) = @_; return $self->request($method, "/ims/$path", anonymous => 1, auth => 'ims:ims-secret', defined $body ? (body => $body) : ()) }

# Code and text of an error, whatever the version: "201: Property 'X' is invalid"
sub error
{
	my ($answer) = @_;
	my $error = $answer->{json}{error} // return $answer->{text};
	return "$error->{code}: " . (ref $error->{message} ? $error->{message}{value} : $error->{message});
}

# Values of one property of a list, in order.
sub values_of { my ($answer, $name) = @_; return map { $_->{$name} } @{ $answer->{json}{value} } }

# Stock row of an item in a warehouse, as text figures
sub stock
{
	my ($self, $item, $warehouse) = @_;
	my ($row) = grep { $_->{item_code} eq $item && $_->{warehouse_code} eq $warehouse } @{ $self->sim('stock')->{stock} };
	return $row;
}

sub stop
{
	my ($self) = @_;
	return unless $self->{pid} && $self->{owner} == $$;
	kill TERM => $self->{pid};
	waitpid(delete $self->{pid}, 0);
	return $?;
}

sub DESTROY { my ($self) = @_; local $?; $self->stop }

use File::Spec;
1;
