package Stockbridge::FakeIMS::Unleashed;

# Unleashed: a signature of the query that is computed, the page in the path, dates
# as .NET writes them, stock of all warehouses in one sum unless one is named, and
# a modifiedSince that knows days only.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_base64);
use Stockbridge::FakeIMS qw(%DATA page_by_number sent);
use Time::Local qw(timegm);

my ($id, $key) = ('id-1', 'unl-top-secret');

sub net
{
	my ($at) = @_;
	my ($year, $month, $day, $hour, $minute, $second) = ($at // '') =~ /\d+/g;
	return defined $at ? '/Date(' . timegm($second, $minute, $hour, $day, $month - 1, $year) . '000)/' : undef;
}

sub list
{
	my ($rows, %filters) = @_;
	return {
		rows => $rows,
		filters => \%filters,
		page => sub {
			my ($request, $rows) = @_;
			my ($page) = $request->{path} =~ m{/(\d+)$};
			$request->{parameters}{page} = [ $page // 1 ];
			return page_by_number(page => 'page', limit => 'pageSize', default => 200, max => 1000)->($request, $rows);
		},
		envelope => sub {
			my ($page, $total, $request) = @_;
			my $size = sent($request, 'pageSize') // 200;
			return { json => { Pagination => { NumberOfItems => $total, PageSize => $size, PageNumber => sent($request, 'page'), NumberOfPages => int(($total + $size - 1) / $size) }, Items => $page } };
		},
	};
}

sub same { my ($name) = @_; return sub { return $_[0]{$name} eq $_[1] }; }
sub day_since { return sub { my ($row, $day) = @_; return $day =~ /^\d{4}-\d\d-\d\d$/ && substr($row->{at}, 0, 10) ge $day }; }

sub stock
{
	my ($request) = @_;
	my ($p, $l) = @DATA{qw(products locations)};
	my $code = sent($request, 'warehouseCode');
	my %sum;

	foreach my $s (@{ $DATA{stock} })
	{
		next if defined $code && $l->[ $s->{location} ]{code} ne $code;
		my $row = $sum{ $s->{product} } //= { ProductCode => $p->[ $s->{product} ]{sku}, QtyOnHand => 0, AllocatedQty => 0, AvgCost => 1 };
		$row->{QtyOnHand} += $s->{on_hand};
		$row->{AllocatedQty} += $s->{reserved};
	}
	return [ map { $sum{$_} } sort keys %sum ];
}

sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my $refused = { status => 403, json => { Description => 'Invalid API credentials.' } };
	my @lines = map { [] } @$o;
	push @{ $lines[ $_->{order} ] }, { LineNumber => $_->{id}, Product => { ProductCode => $p->[ $_->{product} ]{sku} }, OrderQuantity => $_->{quantity} } foreach @{ $DATA{lines} };
	my @orders = map {
		{ OrderNumber => $o->[$_]{number}, OrderStatus => $o->[$_]{status}, OrderDate => net($o->[$_]{at}), LastModifiedOn => net($o->[$_]{at}), at => $o->[$_]{at},
			Customer => { CustomerCode => $o->[$_]{customer} }, Warehouse => { WarehouseCode => $l->[ $o->[$_]{location} ]{code} }, SalesOrderLines => $lines[$_] }
	} 0 .. $#$o;
	my @shipments = map {
		{ ShipmentNumber => $_->{number}, OrderNumber => $o->[ $_->{order} ]{number}, ShipmentStatus => defined $_->{at} ? 'Dispatched' : 'Parked', DispatchDate => net($_->{at}),
			LastModifiedOn => net('2026-03-05T00:00:00'), at => '2026-03-05', WarehouseCode => $l->[ $_->{location} ]{code} }
	} @{ $DATA{shipments} };
	return {
		user => { user => $id, key => $key },
		authenticate => sub {
			my ($r) = @_;
			my $expected = hmac_sha256_base64($r->{query}, $key);
			$expected .= '=' while length($expected) % 4;
			return if ($r->{headers}{'api-auth-id'} // '') eq $id && ($r->{headers}{'api-auth-signature'} // '') eq $expected && $r->{headers}{'client-type'};
			return $refused;
		},
		refusal => qr/Invalid API credentials/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { Description => 'Too many requests' } },
		failed => { status => 400, json => { Description => 'Something is wrong with it' } },
		failure => qr/Something is wrong with it/,
		routes => [
			'GET /Products(?:/\d+)?' => list([ map { { ProductCode => $_->{sku}, ProductDescription => $_->{name}, Obsolete => $_->{active} ? JSON::PP::false() : JSON::PP::true() } } @$p ], productCode => same('ProductCode'),
				includeObsolete => sub { return $_[1] eq 'true' || !$_[0]{Obsolete} }),
			'GET /Warehouses(?:/\d+)?' => list([ map { { WarehouseCode => $_->{code}, WarehouseName => $_->{name} } } @$l ]),
			'GET /StockOnHand(?:/\d+)?' => list(\&stock),
			'GET /SalesOrders(?:/\d+)?' => list(\@orders, orderNumber => same('OrderNumber'), modifiedSince => day_since()),
			'GET /SalesShipments(?:/\d+)?' => list(\@shipments, orderNumber => same('OrderNumber'), modifiedSince => day_since()),
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ $_->{code}, $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, $l->[ $_->{location} ]{code}, $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ $_->{number}, $_->{status}, sql($_->{at}), $_->{customer}, $l->[ $_->{location} ]{code} ] } @$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{number}, $_->{id}, $p->[ $_->{product} ]{sku}, $_->{quantity}, undef ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $_->{number}, $o->[ $_->{order} ]{number}, defined $_->{at} ? 'Dispatched' : 'Parked', sql($_->{at}), $l->[ $_->{location} ]{code} ] } @{ $DATA{shipments} } ],
		},
		watermark => [ orders => 'updated_at', '2026-03-04T10:00:00Z', qr/modifiedSince=2026-03-03/ ],
	};
}

1;
