package Stockbridge::FakeIMS::Inventree;

# InvenTree: a token, limit and offset with a count, lists without an envelope if
# no limit is given, unknown parameters ignored, stock by batch.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA page_by_offset sent makes);

my $token = 'inv-top-secret';

sub day { return defined $_[0] ? substr $_[0], 0, 10 : undef; }

sub missing { return { status => 400, json => { $_[0] => ['This field is required.'] } }; }

sub list
{
	my ($rows, %filters) = @_;
	return {
		rows => $rows,
		filters => \%filters,
		page => page_by_offset(offset => 'offset', limit => 'limit', default => 1e9),
		envelope => sub {
			my ($page, $total, $request) = @_;
			return { json => defined sent($request, 'limit') ? { count => $total, next => undef, previous => undef, results => $page } : $page };
		},
	};
}

# As a filter of Django's that does not care for case.
sub same { my (@path) = @_; return sub { my ($v, $wanted) = @_; $v = $v->{$_} foreach @path; return lc($v // '') eq lc $wanted; }; }

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my @path = map { "Site/$_->{name}" } @$l;
	# Every stock in two batches, one of them of a tenth; what was sold is not in stock.
	my @stock = map {
		my $s = $_;
		my $item = { part => $p->[ $s->{product} ]{id}, location => $l->[ $s->{location} ]{id}, in_stock => JSON::PP::true(),
			part_detail => { IPN => $p->[ $s->{product} ]{sku} }, location_detail => { pathstring => $path[ $s->{location} ] } };
		map { { %$item, pk => $s->{product} * 10 + $_, quantity => ($_ == 1 ? 0.25 : 0.75) * $s->{on_hand}, allocated => ($_ == 1 ? 0 : 1) * $s->{reserved} } } 1, 2
	} @{ $DATA{stock} };
	push @stock, { %{ $stock[0] }, in_stock => JSON::PP::false(), quantity => 99 };
	return {
		user => { token => $token },
		secret => 'token',
		authenticate => sub {
			return if ($_[0]{headers}{authorization} // '') eq "Token $token";
			return { status => 401, json => { detail => 'Invalid token.' } };
		},
		refusal => qr/Invalid token/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { detail => 'Request was throttled.' } },
		failed => { status => 403, json => { detail => 'You do not have permission to perform this action.' } },
		failure => qr/do not have permission/,
		routes => [
			'GET /api/part/' => list([ map { { pk => $_->{id}, IPN => $_->{sku}, name => $_->{name}, active => $_->{active} ? JSON::PP::true() : JSON::PP::false() } } @$p ],
				IPN => same('IPN'), active => sub { return !$_[0]{active} == ($_[1] ne 'true') }),
			'GET /api/stock/location/' => list([ map { { pk => $l->[$_]{id}, name => $l->[$_]{name}, pathstring => $path[$_] } } 0 .. $#$l ]),
			'GET /api/stock/' => list(\@stock, IPN => same('part_detail', 'IPN'), in_stock => sub { return !$_[0]{in_stock} == ($_[1] ne 'true') }),
			'GET /api/order/so/' => list([ map { { pk => $_->{id}, reference => $_->{number}, status => 20, status_text => $_->{status}, creation_date => day($_->{at}), customer => 1, customer_detail => { name => $_->{customer} } } } @$o ],
				reference => same('reference')),
			'GET /api/order/so-line/' => list([ map { { pk => $_->{id}, order => $o->[ $_->{order} ]{id}, part => 1, quantity => $_->{quantity}, shipped => $_->{shipped}, part_detail => { IPN => $p->[ $_->{product} ]{sku} } } } @{ $DATA{lines} } ]),
			'POST /api/part/' => makes([ 'name', 'category' ], [qw(IPN active description)], \&missing, sub { return { status => 201, json => { pk => 190, %{ $_[0] } } } }),
			'PATCH /api/part/(\d+)/' => makes([], [qw(name IPN active description category)], \&missing, sub { return { json => { pk => $_[3], IPN => 'W-001', active => JSON::PP::true(), %{ $_[0] } } } }),
			'POST /api/order/so/' => makes(['customer'], [qw(reference customer_reference)], \&missing, sub { return { status => 201, json => { pk => 590, reference => 'SO-NEW', status_text => 'Pending', %{ $_[0] } } } }),
			'POST /api/order/so-line/' => makes([qw(order part quantity)], [], \&missing, sub { return { status => 201, json => { pk => 990, %{ $_[0] } } } }),
			'GET /api/order/so/shipment/' => list([ map { { pk => $_->{id}, reference => '1', order => $o->[ $_->{order} ]{id}, shipment_date => day($_->{at}), delivery_date => undef } } @{ $DATA{shipments} } ]),
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ $path[$_], $l->[$_]{name} ] } 0 .. $#$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, $path[ $_->{location} ], $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ $_->{number}, $_->{status}, day($_->{at}) . ' 00:00:00', $_->{customer}, undef ] } @$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{number}, $_->{id}, $p->[ $_->{product} ]{sku}, $_->{quantity}, $_->{shipped} ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $_->{id}, $o->[ $_->{order} ]{number}, defined $_->{at} ? 'shipped' : 'pending', defined $_->{at} ? day($_->{at}) . ' 00:00:00' : undef, undef ] } @{ $DATA{shipments} } ],
		},
	};
}

1;
