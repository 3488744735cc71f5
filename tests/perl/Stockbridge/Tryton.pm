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
use Test::More ();

our @EXPORT = qw(tryton_start tryton_stop tryton_figures tryton_act tryton_expire tryton_server tryton_agrees tryton_kind);

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

=item tryton_agrees($node, $figures, $what, $when)

Tests that products, locations, stock, movements or orders in schema C<wms> are
those of Tryton's own library, line by line.

=item tryton_kind($move)

What a move of the figures is: receipt, dispatch, …

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

# A record by a name that people can map: its code, else its name.
sub code_or_name
{
	my ($record) = @_;
	return length($record->{code} // '') ? $record->{code} : $record->{name};
}

sub line
{
	return join '|', map { $_ // '' } @_;
}

sub true_or_false
{
	return $_[0] ? 't' : 'f';
}

# What a move between places of two types is, and the sign of its quantity.
my %kind = (
	'supplier>storage' => 'receipt',
	'storage>customer' => 'dispatch',
	'storage>supplier' => 'dispatch',
	'customer>storage' => 'return',
	'storage>storage' => 'transfer',
	'lost_found>storage' => 'adjustment',
	'storage>lost_found' => 'adjustment',);

sub tryton_kind
{
	my ($move) = @_;
	my $ends = "$move->{from_type}>$move->{to_type}";
	return $kind{$ends} // die "no kind for $ends";
}

sub movement_line
{
	my ($move, $location) = @_;
	my ($from, $to) = map { $location->{ $move->{$_} } ? code_or_name($location->{ $move->{$_} }) : undef } qw(from_id to_id);
	my $quantity = $move->{quantity};

	if ("$move->{from_type}>$move->{to_type}" eq 'storage>lost_found')
	{
		$quantity = "-$quantity";
		($from, $to) = (undef, $from);
	}
	return line($move->{id}, tryton_kind($move), $move->{code}, $quantity, $from, $to, $move->{effective_date});
}

# What the library says, as lines; a product that is not in a location has no
# row there, and an order without a number is not one yet.
my %told = (
	products => [
		[ 'SELECT sku, name, active FROM wms.products', sub { map { line($_->{code}, $_->{name}, true_or_false($_->{active})) } @{ $_[0]{products} } } ]
	],
	locations => [
		[ 'SELECT location, name, active FROM wms.locations', sub { map { line(code_or_name($_), $_->{name}, true_or_false($_->{active})) } @{ $_[0]{locations} } } ]
	],
	stock => [
		[
			'SELECT sku, location, trim_scale(on_hand) FROM wms.stock',
			sub {
				map { line($_->{code}, code_or_name($_[1]{ $_->{location} }), $_->{on_hand}) } grep { $_->{on_hand} ne '0' } @{ $_[0]{stock} };
			}
		]
	],
	movements => [
		[
			'SELECT movement_ref, kind, sku, trim_scale(quantity), from_location, to_location, effective_date FROM wms.movements',
			sub { map { movement_line($_, $_[1]) } @{ $_[0]{movements} } }
		]
	],
	orders => [
		[ 'SELECT order_ref, status, reference FROM wms.orders', sub { map { line(@{$_}{qw(number state reference)}) } grep { defined $_->{number} } @{ $_[0]{orders} } } ],
		[
			'SELECT order_ref, line, sku, trim_scale(quantity) FROM wms.order_lines',
			sub {
				map { my $order = $_; map { line($order->{number}, @{$_}{qw(id code quantity)}) } @{ $_->{lines} } }
				  grep { defined $_->{number} } @{ $_[0]{orders} };
			}
		],
		[
			q{SELECT shipment_ref, status, (shipped_at AT TIME ZONE 'UTC')::date FROM wms.shipments},
			sub { map { line(@{$_}{qw(number state effective_date)}) } @{ $_[0]{shipments} } }
		]
	],);

sub tryton_agrees
{
	my ($node, $figures, $what, $when) = @_;
	my %location = map { $_->{id} => $_ } @{ $figures->{locations} };
	my $name = $what . (defined $when ? " $when" : '');

	foreach (@{ $told{$what} })
	{
		my ($query, $lines) = @$_;
		my @seen = split /\n/, $node->safe_psql('postgres', $query);
		my @expected = $lines->($figures, \%location);

		utf8::decode($_) foreach @seen;
		Test::More::cmp_ok(scalar @expected, '>', 0, "$name: there is something to compare");
		Test::More::is_deeply([ sort @seen ], [ sort @expected ], $name);
	}
	return;
}

1;
