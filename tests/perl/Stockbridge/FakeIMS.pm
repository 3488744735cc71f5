package Stockbridge::FakeIMS;

=head1 NAME

Stockbridge::FakeIMS - inventory systems that insist on their documentation

=head1 SYNOPSIS

	use Stockbridge::FakeIMS;

	my $fake = Stockbridge::FakeIMS->start('medusa');
	$fake->declare($node, page_size => 3);
	$fake->agrees($node, 'stock');
	... $fake->requests ...

	my $busy = Stockbridge::FakeIMS->start('medusa', throttle_at => 2);

=head1 DESCRIPTION

One program, L<Stockbridge::Answers>, that behaves as the table of a system
says.  Tables are in F<FakeIMS/*.pm>, a file for each system, named as its
profile is; each has one function C<system> that returns a hash:

=over

=item server, user

Options of the foreign server and the user mapping, besides C<profile> and
C<url>; C<server> may be a function of the fake's URL.  C<path> is what the
option C<url> has after it.

=item authenticate => sub { my ($request, $state) = @_; ... }

Returns nothing if the request is allowed, else the answer that refuses it.
C<$state> is a hash that lives as long as the fake; C<< $state->{fault} >> are
the options of C<start>.  C<login> is true where the system has sessions that
can expire: C<< $state->{sessions} >> is then a hash of those that are alive.

=item throttled => { status => 429, headers => {…}, json => {…} }

The answer to a request too many.

=item refused => { status => 403, … }, refusal => qr/…/

What C<authenticate> gives for a wrong secret is up to it; C<refusal> is what a
user must be told then.

=item failed => { status => 500, json => {…} }, failure => qr/…/

The answer of a system that fails, in its own form, which may well be HTTP 200;
and what a user must be told of it.

=item routes => [ 'GET /path/(\d+)' => {…}, ... ]

The first whose method and path match answers; none is 404.  A route has:

C<parameters>, the names of the query's parameters that the system knows, and
C<unknown>, the answer to any other (without it they are ignored, as by most);
C<rows>, the rows as this system shows them, or a function of the request;
C<filters>, for each parameter a function of row and value that says whether the
row is in; C<page>, a function of the request and the rows left, that returns
the rows of this page, and C<envelope>, which makes them an answer:
C<< sub { my ($rows, $total, $request) = @_; ... } >>.  Or C<answer>, a function
of request, state and what the path's groups matched, that does it all.

=item truth => { stock => [ [ … ], … ], … }

What each canonical table must show, columns in canonical order, as PostgreSQL
prints them (numbers without trailing zeros, times in UTC); undef is null.
C<as_of> and other columns without a value of their own are C<'?'>.

=item watermark => [ movements => 'happened_at', '2026-03-05T00:00:00Z', qr/…/ ]

A bound, and what must then be in a request's path, query or body.

=back

Data that all systems tell in their own ways are in C<%DATA>.

=cut

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();
use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More ();

our @EXPORT_OK = qw(%DATA page_by_offset page_by_number form_of json_of sent makes);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my %columns;

# What the merchant has.  Quantities with a fraction, names with all that could
# be taken for syntax, a product that is not used any more, an order that is
# partly shipped, stock of nothing.
our %DATA = (
	products => [
		map { { id => 100 + $_->[0], sku => $_->[1], name => $_->[2], active => $_->[3] } }
		  [1, 'W-001', 'Widget', 1], [2, 'W-002', 'Widget "large", 10\\12', 1], [3, 'G/003', "Gauge \x{e9}talon & co", 1],
		[4, 'B 004', 'Bolt {m6}', 1], [5, 'X-005', 'Old one', 0], [6, 'P-006', 'Paint', 1], [7, 'P-007', 'Paint, 5 l', 1],
	],
	locations => [ map { { id => 10 + $_->[0], code => $_->[1], name => $_->[2] } } [1, 'MAIN', 'Main store'], [2, 'EAST', 'East'], [3, 'SHOP', "Shop's floor"] ],
	stock => [
		map { { product => $_->[0], location => $_->[1], on_hand => $_->[2], reserved => $_->[3] } }
		  [0, 0, 12, 2], [0, 1, 3, 0], [1, 0, 7, 7], [2, 2, 1, 0], [3, 0, 1000, 250], [5, 1, 12.5, 0.25], [6, 0, 0, 0], [6, 2, 4, 1],
	],
	orders => [
		map { { id => 500 + $_->[0], number => "SO-$_->[0]", status => $_->[1], at => $_->[2], customer => $_->[3], location => $_->[4] } }
		  [1, 'open', '2026-03-01T08:00:00', 'C1', 0], [2, 'done', '2026-03-02T09:30:00', 'C2', 0], [3, 'open', '2026-03-04T10:00:00', 'C1', 1], [4, 'cancelled', '2026-03-06T23:59:59', 'C3', 0],
	],
	lines => [
		map { { id => 900 + $_->[0], order => $_->[1], product => $_->[2], quantity => $_->[3], shipped => $_->[4] } }
		  [1, 0, 0, 2, 1], [2, 0, 1, 1, 0], [3, 1, 0, 5, 5], [4, 2, 5, 1.5, 0], [5, 2, 2, 1, 1], [6, 3, 3, 10, 0],
	],
	shipments => [
		map { { id => 700 + $_->[0], number => "SH-$_->[0]", order => $_->[1], at => $_->[2], location => $_->[3] } }
		  [1, 0, '2026-03-03T12:00:00', 0], [2, 1, '2026-03-04T15:00:00', 0], [3, 2, undef, 1],
	],
	movements => [
		map { { id => 3000 + $_->[0], kind => $_->[1], product => $_->[2], quantity => $_->[3], from => $_->[4], to => $_->[5], at => $_->[6], document => $_->[7] } }
		  [1, 'receipt', 0, 20, undef, 0, '2026-03-01T07:00:00', 'PO-1'], [2, 'receipt', 5, 12.5, undef, 1, '2026-03-02T07:00:00', 'PO-2'],
		[3, 'dispatch', 0, 5, 0, undef, '2026-03-04T15:00:00', 'SH-2'], [4, 'transfer', 0, 3, 0, 1, '2026-03-05T11:00:00', 'TR-1'],
		[5, 'adjustment', 3, -2, undef, 0, '2026-03-06T12:00:00', 'AD-1'], [6, 'return', 2, 1, undef, 2, '2026-03-07T13:00:00', 'RE-1'],
		[7, 'adjustment', 6, 4, undef, 2, '2026-03-08T14:00:00', 'AD-2'],
	],);

=head1 METHODS

=over

=item Stockbridge::FakeIMS->start($system, fault => value, ...)

Faults: C<throttle_at> (the number of the request that is one too many),
C<expire_at> (before this request all sessions end), C<fail_at> (this request
fails), C<lose_at> (this one is carried out, but the answer is lost).

=cut

sub start
{
	my ($class, $name, %fault) = @_;
	my $module = ucfirst $name =~ s/_(\w)/uc $1/ger;

	require "Stockbridge/FakeIMS/$module.pm";
	my $system = "Stockbridge::FakeIMS::$module"->can('system')->();
	my %state = (fault => \%fault, sessions => {}, system => $system);
	my $self = bless { name => $name, system => $system }, $class;

	$self->{server} = Stockbridge::Answers->start(sub {
			my $answer = answer_as($system, \%state, @_);
			return $_[1] == ($fault{lose_at} // 0) ? { close => 1 } : $answer;
		});
	return $self;
}

sub url { return $_[0]->{server}->url; }
sub requests { return $_[0]->{server}->requests; }
sub stop { return $_[0]->{server}->stop; }
sub system_of { return $_[0]->{system}; }

sub answer_as
{
	my ($system, $state, $request, $count) = @_;
	my $fault = $state->{fault};

	%{ $state->{sessions} } = () if $count == ($fault->{expire_at} // 0);
	return $system->{throttled} if $count == ($fault->{throttle_at} // 0);
	$request->{parameters} = form_of($request->{query});
	my $refused = $system->{authenticate}->($request, $state);
	return $refused if $refused;
	return $system->{failed} if $count == ($fault->{fail_at} // 0);
	my @routes = @{ $system->{routes} };
	while (my ($pattern, $route) = splice @routes, 0, 2)
	{
		my @groups = map { unescaped($_) } "$request->{method} $request->{path}" =~ /^$pattern$/ or next;
		return $route->{answer}->($request, $state, @groups) if $route->{answer};
		return answer_rows($route, $request);
	}
	return $system->{not_found} // { status => 404, json => { message => "there is no $request->{path}" } };
}

sub answer_rows
{
	my ($route, $request) = @_;
	my $given = $request->{parameters};
	my %known = map { $_ => 1 } @{ $route->{parameters} // [] };

	foreach my $name (sort keys %$given)
	{
		return $route->{unknown}->($name) if $route->{unknown} && !$known{$name};
	}
	my @rows = @{ ref $route->{rows} eq 'CODE' ? $route->{rows}->($request) : $route->{rows} };
	foreach my $name (grep { $route->{filters}{$_} } sort keys %$given)
	{
		my $fits = $route->{filters}{$name};
		@rows = grep { my $row = $_; grep { $fits->($row, $_) } @{ $given->{$name} } } @rows;
	}
	my $page = $route->{page} ? $route->{page}->($request, \@rows) : \@rows;
	return $page if ref $page eq 'HASH';
	return $route->{envelope}->($page, scalar @rows, $request);
}

=item $fake->declare($node, name => value, ...)

Declares it as foreign server C<r> with the options given besides its own, and
imports its tables into schema C<r>, both in place of any that are there.
C<user> is a hash that replaces options of the user mapping.

=cut

sub declare
{
	my ($self, $node, %options) = @_;
	my %user = (%{ $self->{system}{user} }, %{ delete $options{user} // {} });
	my %server = (profile => $self->{name}, %{ $self->own_options }, %options);
	my ($server, $user) = map { my $o = $_; join ', ', map { qq("$_" ) . sql_literal($o->{$_}) } grep { defined $o->{$_} } sort keys %$o } \%server, \%user;

	$node->safe_psql('postgres', <<"END");
SET client_min_messages = warning;
DROP SERVER IF EXISTS r CASCADE;
DROP SCHEMA IF EXISTS r CASCADE;
CREATE SERVER r FOREIGN DATA WRAPPER ims_fdw OPTIONS ($server);
CREATE USER MAPPING FOR CURRENT_USER SERVER r OPTIONS ($user);
CREATE SCHEMA r;
IMPORT FOREIGN SCHEMA stock FROM SERVER r INTO r;
END
	return;
}

=item $fake->stands_in($node, name => value, ...)

Answers for server C<r> from now on; options of the user mapping may change too.

=cut

# Options of the server that are known once the fake runs.
sub own_options
{
	my ($self) = @_;
	my $own = $self->{system}{server} // {};
	return { url => $self->url . ($self->{system}{path} // ''), %{ ref $own eq 'CODE' ? $own->($self->url) : $own } };
}

sub stands_in
{
	my ($self, $node, %user) = @_;
	my ($server, $changes) = map { my $o = $_; join ', ', map { qq(SET "$_" ) . sql_literal($o->{$_}) } sort keys %$o } $self->own_options, \%user;

	$node->safe_psql('postgres', "ALTER SERVER r OPTIONS ($server);" . (length $changes ? "ALTER USER MAPPING FOR CURRENT_USER SERVER r OPTIONS ($changes)" : ''));
	return;
}

=item $fake->agrees($node, $table, where => '…', truth => [ … ])

Tests that a canonical table shows exactly the truth, column by column; or,
under a condition, those rows of it that are given.

=back

=cut

sub agrees
{
	my ($self, $node, $table, %with) = @_;
	$columns{$table} //= [ split /\n/, $node->safe_psql('postgres', "SELECT name || ' ' || type FROM stockbridge.canonical_column WHERE table_name = '$table' ORDER BY position") ];
	my @columns = @{ $columns{$table} };
	my $truth = $with{truth} // $self->{system}{truth}{$table} // die "no truth of $table";
	my $asked = [ grep { my $n = $_; grep { ($_->[$n] // '') ne '?' } @$truth } 0 .. $#columns ];
	my $select = join ', ', map { shown($columns[$_]) } @$asked;
	my $seen = $node->safe_psql('postgres', "SET timezone = 'UTC'; SELECT coalesce(json_agg(json_build_array($select)), '[]') FROM r.$table" . (defined $with{where} ? " WHERE $with{where}" : ''));
	my @seen = map { row_text(@$_) } @{ JSON::PP->new->decode(decoded($seen)) };
	my @told = map { my $row = $_; row_text(@{$row}[@$asked]) } @$truth;

	return Test::More::is_deeply([ sort @seen ], [ sort @told ], "$self->{name}: $table" . (defined $with{where} ? " WHERE $with{where}" : ''));
}

sub decoded { my ($text) = @_; utf8::decode($text); return $text; }
sub row_text { return join '|', map { $_ // 'null' } @_; }

sub shown
{
	my ($name, $type) = split / /, $_[0], 2;
	return "trim_scale($name)::text" if $type eq 'numeric';
	return "to_char($name, 'YYYY-MM-DD HH24:MI:SS')" if $type =~ /timestamp/;
	return "$name\::text";
}

=head1 FUNCTIONS

=over

=item page_by_offset(offset => 'offset', limit => 'limit', default => 20, max => 100)

=item page_by_number(page => 'page', limit => 'limit', default => 100, max => 1000)

Functions for C<page>: parameters' names, the size of a page if none is asked
for, and the largest, to which more is cut.

=cut

sub page_by_offset
{
	my (%p) = @_;
	return sub {
		my ($request, $rows) = @_;
		return slice($rows, sent($request, $p{offset}) // 0, size(\%p, $request));
	};
}

sub page_by_number
{
	my (%p) = @_;
	return sub {
		my ($request, $rows) = @_;
		my $size = size(\%p, $request);
		return slice($rows, ((sent($request, $p{page}) // 1) - 1) * $size, $size);
	};
}

sub size
{
	my ($p, $request) = @_;
	my $size = sent($request, $p->{limit}) // $p->{default};
	return defined $p->{max} && $size > $p->{max} ? $p->{max} : $size;
}

sub slice
{
	my ($rows, $first, $size) = @_;
	my $last = $first + $size - 1;
	return [] if $first > $#$rows;
	return [ @{$rows}[ $first .. ($last > $#$rows ? $#$rows : $last) ] ];
}

=item makes([required members], [other members], $refusal, $answer)

A route that makes a record of the members in the body: C<$refusal> of a member's
name is the answer if a required one is missing or one is not known, else
C<$answer> of the body, request and state.

=cut

sub makes
{
	my ($required, $optional, $refusal, $answer) = @_;
	my %known = map { $_ => 1 } @$required, @$optional;

	return {
		answer => sub {
			my ($request, $state, @groups) = @_;
			my $given = json_of($request);

			foreach my $name ((grep { !exists $given->{$_} } @$required), grep { !$known{$_} } sort keys %$given)
			{
				return $refusal->($name);
			}
			return $answer->($given, $request, $state, @groups);
		}
	};
}

=item sent($request, $name), form_of($text), json_of($request)

The value of a parameter of the query; all of a query or a form, as arrays by
name; the body as JSON.

=back

=cut

sub sent { my ($request, $name) = @_; my $values = $request->{parameters}{$name}; return $values ? $values->[0] : undef; }

sub form_of
{
	my ($text) = @_;
	my %form;

	foreach my $pair (split /&/, $text)
	{
		my ($name, $value) = map { unescaped(tr/+/ /r) } split /=/, $pair, 2;
		push @{ $form{$name} }, $value // '';
	}
	return \%form;
}

sub unescaped { my ($text) = @_; return decoded($text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger); }

sub json_of { return $json->decode($_[0]{body}); }

1;
