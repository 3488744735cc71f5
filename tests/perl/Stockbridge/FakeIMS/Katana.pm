package Stockbridge::FakeIMS::Katana;

# Katana: a Bearer key, pages counted by JSON in a header, a page that is silently
# cut, numbers as text, unknown parameters refused.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA page_by_number sent makes);

my $key = 'kat-top-secret';
my $largest = 250;

sub at { return defined $_[0] ? "$_[0].000Z" : undef; }
sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }
sub same { my ($name) = @_; return sub { return $_[0]{$name} eq $_[1] }; }
sub least { my ($name) = @_; return sub { return $_[0]{$name} ge substr $_[1], 0, 19 }; }

sub unprocessable { return { status => 422, json => { statusCode => 422, name => 'UnprocessableEntityError', message => "$_[0] is missing or unknown" } }; }

sub list
{
	my ($rows, %filters) = @_;
	return {
		parameters => [ qw(limit page extend include_archived), keys %filters ],
		unknown => sub { return { status => 422, json => { statusCode => 422, name => 'UnprocessableEntityError', message => "unknown parameter $_[0]" } } },
		rows => $rows,
		filters => \%filters,
		page => page_by_number(page => 'page', limit => 'limit', default => 50, max => $largest),
		envelope => sub {
			my ($page, $total, $request) = @_;
			my $size = sent($request, 'limit') // 50;
			$size = $largest if $size > $largest;
			my %count = (total_records => "$total", total_pages => '' . int(($total + $size - 1) / $size), page => sent($request, 'page') // '1');
			return { json => { data => $page }, headers => { 'X-Pagination' => JSON::PP->new->canonical->encode(\%count) } };
		},
	};
}

my %resource = (receipt => 'PurchaseOrderRow', dispatch => 'SalesOrderRow', return => 'SalesOrderRow', adjustment => 'StockAdjustmentRow', transfer => 'StockTransferRow');

# A transfer is two movements.
sub movements
{
	my $movement = sub {
		my ($m, $id, $place, $quantity) = @_;
		return { id => $id, variant_id => $DATA{products}[ $m->{product} ]{id}, location_id => $DATA{locations}[$place]{id}, resource_type => $resource{ $m->{kind} }, caused_by_order_no => $m->{document},
			movement_date => at('2025-01-01T00:00:00'), quantity_change => "$quantity", created_at => at($m->{at}) };
	};
	return [ map {
			my $m = $_;
			( defined $m->{from} ? $movement->($m, $m->{id}, $m->{from}, -$m->{quantity}) : (), defined $m->{to} ? $movement->($m, $m->{id} + 500, $m->{to}, $m->{quantity}) : () )
	} @{ $DATA{movements} } ];
}

sub told_movements
{
	my ($p, $l) = @DATA{qw(products locations)};
	return [ map {
			my $m = $_;
			my ($sku, $from, $to) = ($p->[ $m->{product} ]{sku}, map { defined $_ ? $l->[$_]{id} : undef } @{$m}{qw(from to)});
			my @rest = (sql($m->{at}), $m->{document});
			$m->{kind} eq 'transfer' ? ([ $m->{id}, 'adjustment', $sku, -$m->{quantity}, undef, $from, @rest ], [ $m->{id} + 500, 'adjustment', $sku, $m->{quantity}, undef, $to, @rest ])
			  : [ $m->{id} + (defined $to ? 500 : 0), $m->{kind}, $sku, $m->{quantity}, $from, $to, @rest ]
	} @{ $DATA{movements} } ];
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	return {
		user => { key => $key },
		authenticate => sub {
			return if ($_[0]{headers}{authorization} // '') eq "Bearer $key";
			return { status => 401, json => { statusCode => 401, name => 'UnauthorizedError', message => 'Unauthorized' } };
		},
		refusal => qr/Unauthorized/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { statusCode => 429, name => 'TooManyRequests', message => 'Too Many Requests' } },
		failed => { status => 422, json => { statusCode => 422, name => 'UnprocessableEntityError', message => 'Something is wrong with it' } },
		failure => qr/Something is wrong with it/,
		routes => [
			'GET /variants' => list([ map { { id => $_->{id}, sku => $_->{sku}, type => 'product', product_or_material => { name => $_->{name}, archived_at => $_->{active} ? undef : at('2026-01-01T00:00:00') } } } @$p ], sku => same('sku'), ids => same('id')),
			'GET /locations' => list([ map { { id => $_->{id}, name => $_->{name} } } @$l ]),
			'GET /inventory' => list([ map { { variant_id => $p->[ $_->{product} ]{id}, location_id => $l->[ $_->{location} ]{id}, quantity_in_stock => "$_->{on_hand}", quantity_committed => "$_->{reserved}", average_cost => '1.0' } } @{ $DATA{stock} } ],
				variant_id => same('variant_id'), location_id => same('location_id')),
			'GET /inventory_movements' => list(movements(), variant_ids => same('variant_id'), created_at_min => least('created_at'), created_at_max => sub { return $_[0]{created_at} le $_[1] }),
			'GET /sales_orders' => list([ map { { id => $_->{id}, order_no => $_->{number}, status => $_->{status}, order_created_date => at($_->{at}), updated_at => at($_->{at}), customer_id => $_->{customer}, location_id => $l->[ $_->{location} ]{id} } } @$o ],
				ids => same('id'), order_no => same('order_no'), status => same('status'), updated_at_min => least('updated_at')),
			'POST /sales_orders' => makes([qw(order_no customer_id sales_order_rows)], [qw(location_id status order_created_date)], \&unprocessable, sub { return { json => { id => 590, status => 'NOT_SHIPPED', %{ $_[0] } } } }),
			'PATCH /sales_orders/(\d+)' => makes([], [qw(order_no customer_id location_id status)], \&unprocessable, sub { return { json => { id => $_[3], order_no => 'SO-1', %{ $_[0] } } } }),
			'GET /sales_order_rows' => list([ map { { id => $_->{id}, sales_order_id => $o->[ $_->{order} ]{id}, variant_id => $p->[ $_->{product} ]{id}, quantity => "$_->{quantity}" } } @{ $DATA{lines} } ], sales_order_ids => same('sales_order_id'), variant_id => same('variant_id')),
			'GET /sales_order_fulfillments' => list([ map { { id => $_->{id}, sales_order_id => $o->[ $_->{order} ]{id}, status => defined $_->{at} ? 'DELIVERED' : 'PACKED', picked_date => at($_->{at}) } } @{ $DATA{shipments} } ], sales_order_id => same('sales_order_id')),
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ $_->{id}, $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, $l->[ $_->{location} ]{id}, $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			movements => told_movements(),
			orders => [ map { [ $_->{number}, $_->{status}, sql($_->{at}), $_->{customer}, $l->[ $_->{location} ]{id} ] } @$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{number}, $_->{id}, $p->[ $_->{product} ]{sku}, $_->{quantity}, undef ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $_->{id}, $o->[ $_->{order} ]{number}, defined $_->{at} ? 'DELIVERED' : 'PACKED', sql($_->{at}), undef ] } @{ $DATA{shipments} } ],
		},
		watermark => [ movements => 'happened_at', '2026-03-05T00:00:00Z', qr/created_at_min=2026-03-05T00/ ],
	};
}

1;
