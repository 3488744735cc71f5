package Stockbridge::FakeIMS::Shopify;

# Shopify's GraphQL Admin API: one address, cursors, every failure but a wrong token
# under HTTP status 200, quantities as pairs of name and number.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA json_of);

my $token = 'shpat_top-secret';
my $path = '/admin/api/2026-04';

sub id { my ($kind, $id) = @_; return "gid://shopify/$kind/$id"; }
sub at { return defined $_[0] ? "$_[0]Z" : undef; }
sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }
sub failure { return { json => { errors => [ { message => $_[0] } ] } }; }

# A connection: rows after the cursor, which says nothing to others.
sub connection
{
	my ($rows, $variables) = @_;
	my $first = defined $variables->{after} ? ($variables->{after} =~ /^after:(\d+)$/)[0] : 0;
	my $last = $first + $variables->{n} - 1;
	my $more = $last < $#$rows;
	my @page = $first > $#$rows ? () : @{$rows}[ $first .. ($more ? $last : $#$rows) ];
	return { nodes => \@page, pageInfo => { hasNextPage => $more ? JSON::PP::true() : JSON::PP::false(), endCursor => @page ? 'after:' . ($first + @page) : undef } };
}

sub levels
{
	my ($location) = @_;
	return [ map {
			my %quantity = (on_hand => $_->{on_hand}, committed => $_->{reserved}, available => $_->{on_hand} - $_->{reserved});
			{ item => { id => id('InventoryItem', $DATA{products}[ $_->{product} ]{id}), sku => $DATA{products}[ $_->{product} ]{sku} }, quantities => [ map { { name => $_, quantity => $quantity{$_} } } sort keys %quantity ] }
	} grep { id('Location', $DATA{locations}[ $_->{location} ]{id}) eq $location } @{ $DATA{stock} } ];
}

sub orders
{
	my ($since) = $_[0] =~ /^updated_at:>='(\S+)'$/ or die "not a search: $_[0]";
	my $o = $DATA{orders};
	return [ map {
			my $n = $_;
			{ id => id('Order', $o->[$n]{id}), name => "#$o->[$n]{number}", displayFulfillmentStatus => uc $o->[$n]{status}, createdAt => at($o->[$n]{at}), updatedAt => at($o->[$n]{at}), cancelledAt => $o->[$n]{status} eq 'cancelled' ? at($o->[$n]{at}) : undef, customer => { id => $o->[$n]{customer} },
				fulfillments => [ map { { id => id('Fulfillment', $_->{id}), status => 'SUCCESS', createdAt => at($_->{at}), location => { id => id('Location', $DATA{locations}[ $_->{location} ]{id}) } } } grep { $_->{order} == $n && defined $_->{at} } @{ $DATA{shipments} } ] }
	} grep { $o->[$_]{at} ge substr $since, 0, 19 } 0 .. $#$o ];
}

sub lines
{
	my ($order) = @_;
	return [ map { { id => id('LineItem', $_->{id}), sku => $DATA{products}[ $_->{product} ]{sku}, currentQuantity => $_->{quantity}, unfulfilledQuantity => $_->{quantity} - $_->{shipped} } } grep { id('Order', $DATA{orders}[ $_->{order} ]{id}) eq $order } @{ $DATA{lines} } ];
}

sub answer
{
	my ($request) = @_;
	my ($query, $v) = @{ json_of($request) }{qw(query variables)};
	my $items = [ map { { id => id('InventoryItem', $_->{id}), sku => $_->{sku}, tracked => JSON::PP::true(), variant => { displayName => $_->{name}, product => { status => $_->{active} ? 'ACTIVE' : 'ARCHIVED' } } } } @{ $DATA{products} } ];

	return failure('braces do not match') if ($query =~ tr/{//) != ($query =~ tr/}//);
	return failure('first is too large') if $v->{n} > 250;
	return { json => { data => { inventoryItems => connection($items, $v) } } } if $query =~ /\binventoryItems\(first:\$n,after:\$after\)/;
	return { json => { data => { locations => connection([ map { { id => id('Location', $_->{id}), name => $_->{name}, isActive => JSON::PP::true() } } @{ $DATA{locations} } ], $v) } } } if $query =~ /\blocations\(/;
	return { json => { data => { location => { inventoryLevels => connection(levels($v->{id}), $v) } } } } if $query =~ /\blocation\(id:\$id\)\{ inventoryLevels\(.*quantities\(names:\["on_hand","committed","available"\]\)/;
	return { json => { data => { order => { lineItems => connection(lines($v->{id}), $v) } } } } if $query =~ /\border\(id:\$id\)\{ lineItems\(/;
	return { json => { data => { orders => connection(orders($v->{q}), $v) } } } if $query =~ /\borders\(/;
	return failure("Field doesn't exist: $query");
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	return {
		path => $path,
		user => { token => $token },
		secret => 'token',
		authenticate => sub {
			return if ($_[0]{headers}{'x-shopify-access-token'} // '') eq $token;
			return { status => 401, json => { errors => '[API] Invalid API key or access token (unrecognized login or wrong password)' } };
		},
		refusal => qr/Invalid API key or access token/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { errors => 'Exceeded the limit' } },
		failed => failure('Something is wrong with it'),
		failure => qr/Something is wrong with it/,
		routes => [ "POST $path/graphql.json" => { answer => \&answer } ],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ id('Location', $_->{id}), $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, id('Location', $l->[ $_->{location} ]{id}), $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ id('Order', $_->{id}), uc $_->{status}, sql($_->{at}), $_->{customer}, undef ] } @$o ],
			order_lines => [ map { [ id('Order', $o->[ $_->{order} ]{id}), id('LineItem', $_->{id}), $p->[ $_->{product} ]{sku}, $_->{quantity}, undef ] } @{ $DATA{lines} } ],
			shipments => [ map { [ id('Fulfillment', $_->{id}), id('Order', $o->[ $_->{order} ]{id}), 'SUCCESS', sql($_->{at}), id('Location', $l->[ $_->{location} ]{id}) ] } grep { defined $_->{at} } @{ $DATA{shipments} } ],
		},
		watermark => [ orders => 'updated_at', '2026-03-04T00:00:00Z', qr/updated_at:>='2026-03-04T00/ ],
	};
}

1;
