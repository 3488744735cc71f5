package Stockbridge::FakeIMS::Openboxes;

# OpenBoxes: a cookie for a user and a warehouse, lists of any kind of record by
# max and offset without a total, stock by bin and lot of all places.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA json_of page_by_offset sent makes);

my ($user, $password, $warehouse) = ('clerk', 'open-top-secret', 'ob11');

sub fault { my ($status, $message) = @_; return { status => $status, json => { errorCode => $status, errorMessage => $message } }; }
sub id { return "ob$DATA{locations}[ $_[0] ]{id}"; }

sub login
{
	my ($request, $state) = @_;
	my $given = json_of($request);
	return fault(401, 'Authentication failed') unless $given->{username} eq $user && $given->{password} eq $password && $given->{location} eq $warehouse;
	my $session = 'session' . ++$state->{count};

	$state->{sessions}{$session} = 1;
	return { body => '[status:200, text:Authentication was successful]', headers => { 'Content-Type' => 'text/html', 'Set-Cookie' => "JSESSIONID=$session; Path=/; HttpOnly" } };
}

sub list
{
	my ($rows) = @_;
	return { rows => $rows, page => page_by_offset(offset => 'offset', limit => 'max', default => 10), envelope => sub { return { json => { data => $_[0] } } } };
}

# The outbound movements of the warehouse that is asked for.
sub outbound
{
	my ($request) = @_;
	my $o = $DATA{orders};
	my %shipment = map { $_->{order} => $_ } @{ $DATA{shipments} };

	return [] unless sent($request, 'direction') eq 'OUTBOUND' && sent($request, 'origin') eq $warehouse;
	return [
		map {
			{ id => "sm$_", identifier => $o->[$_]{number}, name => 'x', statusCode => $o->[$_]{status}, currentStatus => defined(($shipment{$_} // {})->{at}) ? 'SHIPPED' : 'PENDING',
				origin => { id => id(0) }, destination => { name => $o->[$_]{customer} }, dateRequested => '03/01/2026', dateShipped => undef }
		} grep { $o->[$_]{location} == 0 } 0 .. $#$o
	];
}

sub items
{
	my ($request, $state, $n) = @_;
	return { json => { data => [ map { { id => "ri$_->{id}", productCode => $DATA{products}[ $_->{product} ]{sku}, quantityRequested => 99, quantityRequired => $_->{quantity}, quantityPicked => 0 } } grep { $_->{order} == $n } @{ $DATA{lines} } ] } };
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my @here = grep { $o->[$_]{location} == 0 } 0 .. $#$o;
	my @bins = map {
		my $s = $_;
		map { { id => "pa$s->{product}$s->{location}$_", productCode => $p->[ $s->{product} ]{sku}, location => { id => id($s->{location}) }, binLocationName => "B$_", quantityOnHand => $s->{on_hand} * $_ / 4, quantityAllocated => $s->{reserved} * $_ / 4 } } 1, 3
	} @{ $DATA{stock} };
	return {
		path => '/openboxes',
		login => 1,
		server => { database => $warehouse },
		user => { user => $user, password => $password },
		secret => 'password',
		authenticate => sub {
			my ($request, $state) = @_;
			$request->{path} =~ s{^/openboxes}{} or return fault(404, 'no such application');
			return if $request->{path} eq '/api/login' || $state->{sessions}{ ($request->{headers}{cookie} // '') =~ /^JSESSIONID=(\w+)/ ? $1 : '' };
			return fault(401, 'Authentication required');
		},
		refusal => qr/Authentication failed/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, body => 'busy' },
		failed => fault(500, 'Unable to locate domain Product'),
		failure => qr/Unable to locate domain Product/,
		routes => [
			'POST /api/login' => { answer => \&login },
			'GET /api/generic/product/' => list([ map { { id => "p$_->{id}", productCode => $_->{sku}, name => $_->{name}, active => $_->{active} ? JSON::PP::true() : JSON::PP::false() } } @$p ]),
			'PUT /api/generic/product/(\w+)' => makes([], [qw(name productCode active category)], sub { return fault(400, "unknown: $_[0]") }, sub { return { json => { data => { id => $_[3], productCode => 'W-001', active => JSON::PP::true(), %{ $_[0] } } } } }),
			'POST /api/generic/product/' => makes([qw(name category)], [qw(productCode active)], sub { return fault(400, "missing or unknown: $_[0]") }, sub { return { status => 201, json => { data => { id => 'pnew', %{ $_[0] }, category => 'Things' } } } }),
			'GET /api/generic/location/' => list([ map { { id => id($_), name => $l->[$_]{name}, locationNumber => $l->[$_]{code}, locationType => { locationTypeCode => 'DEPOT' } } } 0 .. $#$l ]),
			'GET /api/generic/productAvailability/' => list(\@bins),
			'GET /api/stockMovements' => list(\&outbound),
			'GET /api/stockMovements/sm(\d+)/stockMovementItems' => { answer => \&items },
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ id($_), $l->[$_]{name} ] } 0 .. $#$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, id($_->{location}), $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ $o->[$_]{number}, $o->[$_]{status}, undef, $o->[$_]{customer}, id(0) ] } @here ],
			order_lines => [ map { [ $o->[ $_->{order} ]{number}, "ri$_->{id}", $p->[ $_->{product} ]{sku}, $_->{quantity}, undef ] } grep { $o->[ $_->{order} ]{location} == 0 } @{ $DATA{lines} } ],
			shipments => [ map { my $n = $_; [ "sm$n", $o->[$n]{number}, (grep { $_->{order} == $n && defined $_->{at} } @{ $DATA{shipments} }) ? 'SHIPPED' : 'PENDING', undef, id(0) ] } @here ],
		},
	};
}

1;
