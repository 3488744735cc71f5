package Stockbridge::FakeIMS::ZohoInventory;

# Zoho Inventory: tokens from a refresh token, a word of its own before them, an
# organization in every request, a code in every answer, stock of places in the
# details of items alone.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA page_by_number form_of sent makes);

my %client = (grant_type => 'refresh_token', client_id => 'cl-1', client_secret => 'zoho-top-secret', refresh_token => 'refresh-top-secret');
my $organization = '10234695';

sub sql { return defined $_[0] ? substr($_[0], 0, 10) . ' 00:00:00' : undef; }
sub day { return defined $_[0] ? substr $_[0], 0, 10 : ''; }
sub invalid { return { status => 400, json => { code => 4, message => "Invalid value passed for $_[0]" } }; }
sub success { return { json => { code => 0, message => 'success', @_ } }; }

sub list
{
	my ($name, $rows, %filters) = @_;
	return {
		rows => $rows,
		filters => \%filters,
		page => page_by_number(page => 'page', limit => 'per_page', default => 200, max => 200),
		envelope => sub {
			my ($page, $total, $request) = @_;
			my ($number, $size) = (sent($request, 'page') // 1, sent($request, 'per_page') // 200);
			return success($name => $page, page_context => { page => $number, per_page => $size, has_more_page => $number * $size < $total ? JSON::PP::true() : JSON::PP::false() });
		},
	};
}

sub token
{
	my ($request, $state) = @_;
	my $given = form_of($request->{body});

	return { status => 400, json => { error => 'invalid_client' } } if grep { ($given->{$_}[0] // '') ne $client{$_} } keys %client;
	my $token = '1000.' . ++$state->{logins};
	$state->{sessions}{$token} = 1;
	return { json => { access_token => $token, expires_in => 3600, token_type => 'Bearer' } };
}

sub details
{
	my ($request) = @_;
	my %asked = map { $_ => 1 } split /,/, sent($request, 'item_ids') // '';
	my @items = map {
		my $n = $_;
		{ item_id => "$DATA{products}[$n]{id}", sku => $DATA{products}[$n]{sku},
			locations => [ map { { location_id => "$DATA{locations}[ $_->{location} ]{id}", location_stock_on_hand => $_->{on_hand}, location_available_stock => $_->{on_hand} - $_->{reserved}, location_actual_available_stock => 0 } } grep { $_->{product} == $n } @{ $DATA{stock} } ] }
	} grep { $asked{ $DATA{products}[$_]{id} } } 0 .. $#{ $DATA{products} };
	return success(items => \@items);
}

sub order
{
	my ($request, $state, $id) = @_;
	my $o = $DATA{orders};
	my ($n) = grep { $o->[$_]{id} == $id } 0 .. $#$o;

	return success(salesorder => { salesorder_id => "$id", salesorder_number => $o->[$n]{number},
			line_items => [ map { { line_item_id => "$_->{id}", item_id => "$DATA{products}[ $_->{product} ]{id}", quantity => $_->{quantity}, quantity_shipped => $_->{shipped} } } grep { $_->{order} == $n } @{ $DATA{lines} } ],
			packages => [ map { { package_number => $_->{number}, status => defined $_->{at} ? 'shipped' : 'not_shipped', shipment_date => day($_->{at}) } } grep { $_->{order} == $n } @{ $DATA{shipments} } ] });
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	return {
		login => 1,
		server => sub { return { token_url => "$_[0]/oauth/v2/token", database => $organization } },
		user => { map { $_ => $client{$_} } grep { $_ ne 'grant_type' } keys %client },
		secret => 'client_secret',
		path => '/inventory/v1',
		authenticate => sub {
			my ($r, $state) = @_;
			return if $r->{path} eq '/oauth/v2/token';
			my ($token) = ($r->{headers}{authorization} // '') =~ /^Zoho-oauthtoken (\S+)$/;
			return { status => 401, json => { code => 57, message => 'You are not authorized to perform this operation' } } unless defined $token && $state->{sessions}{$token};
			return { status => 400, json => { code => 6041, message => 'This user is not associated with the organization' } } if (sent($r, 'organization_id') // '') ne $organization;
			return;
		},
		refusal => qr/invalid_client/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { code => 44, message => 'Requests exceeded' } },
		failed => { json => { code => 1002, message => 'Something is wrong with it' } },
		failure => qr/Something is wrong with it/,
		routes => [
			'POST /oauth/v2/token' => { answer => \&token },
			'GET /inventory/v1/items' => list('items', [ map { { item_id => "$_->{id}", sku => $_->{sku}, name => $_->{name}, status => $_->{active} ? 'active' : 'inactive', item_type => 'inventory' } } @$p ], sku => sub { return $_[0]{sku} eq $_[1] }),
			'POST /inventory/v1/items' => makes([qw(name sku)], [qw(item_type product_type rate)], \&invalid, sub { return success(item => { item_id => '190', status => 'active', %{ $_[0] } }) }),
			'PUT /inventory/v1/items/(\d+)' => makes([], [qw(name sku item_type product_type rate)], \&invalid, sub { return success(item => { item_id => $_[3], sku => 'G/001', status => 'active', %{ $_[0] } }) }),
			'GET /inventory/v1/locations' => { answer => sub { return success(locations => [ map { { location_id => "$_->{id}", location_name => $_->{name} } } @$l ]) } },
			'GET /inventory/v1/itemdetails' => { answer => \&details },
			'GET /inventory/v1/salesorders' => list('salesorders', [ map { { salesorder_id => "$_->{id}", salesorder_number => $_->{number}, status => $_->{status}, date => day($_->{at}), customer_id => $_->{customer}, reference_number => '' } } @$o ]),
			'GET /inventory/v1/salesorders/(\d+)' => { answer => \&order },
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ $_->{id}, $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, $l->[ $_->{location} ]{id}, $_->{on_hand}, undef, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ $_->{number}, $_->{status}, sql($_->{at}), $_->{customer}, undef ] } @$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{number}, $_->{id}, $p->[ $_->{product} ]{sku}, $_->{quantity}, $_->{shipped} ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $_->{number}, $o->[ $_->{order} ]{number}, defined $_->{at} ? 'shipped' : 'not_shipped', sql($_->{at}), undef ] } @{ $DATA{shipments} } ],
		},
	};
}

1;
