package Stockbridge::FakeIMS::Medusa;

# Medusa 2's Admin API: Basic with the key as user, limit and offset with a count,
# unknown parameters refused, items that cannot be asked for by time.

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);
use Stockbridge::FakeIMS qw(%DATA page_by_offset makes);

my $key = 'sk_top-secret';

sub raw { return { value => "$_[0]", precision => 20 }; }
sub at { return defined $_[0] ? "$_[0].000Z" : undef; }

sub unknown { return { status => 400, json => { type => 'invalid_data', message => "Invalid request: Unrecognized fields: '$_[0]'" } }; }

sub list
{
	my ($name, $default, $rows, %filters) = @_;
	return {
		parameters => [ qw(fields order limit offset), keys %filters ],
		unknown => \&unknown,
		rows => $rows,
		filters => \%filters,
		page => page_by_offset(offset => 'offset', limit => 'limit', default => $default),
		envelope => sub {
			my ($page, $total, $request) = @_;
			my %p = %{ $request->{parameters} };
			return { json => { $name => $page, count => $total, offset => $p{offset}[0] // 0, limit => $p{limit}[0] // $default } };
		},
	};
}

sub same { my ($name) = @_; return sub { return $_[0]{$name} eq $_[1] }; }
sub since { my ($name) = @_; return sub { return $_[0]{$name} ge substr $_[1], 0, 19 }; }

sub items
{
	my ($request) = @_;
	my @products = @{ $DATA{products} };
	my @levels = map { [] } @products;

	foreach my $s (@{ $DATA{stock} })
	{
		push @{ $levels[ $s->{product} ] },
		  { id => "ilev_$s->{product}_$s->{location}", location_id => "sloc_$DATA{locations}[ $s->{location} ]{id}", stocked_quantity => $s->{on_hand}, reserved_quantity => $s->{reserved},
			raw_stocked_quantity => raw($s->{on_hand}), raw_reserved_quantity => raw($s->{reserved}) };
	}
	my @items = map { { id => "iitem_$products[$_]{id}", sku => $products[$_]{sku}, title => $products[$_]{name}, updated_at => '2026-03-01T00:00:00.000Z' } } 0 .. $#products;
	if ($request->{parameters}{fields}[0] =~ /\*location_levels/)
	{
		$items[$_]{location_levels} = $levels[$_] foreach 0 .. $#items;
	}
	return \@items;
}

sub orders
{
	my ($request) = @_;
	my $fields = $request->{parameters}{fields}[0];
	my @orders = map {
		{ id => "order_$_->{id}", display_id => $_->{id}, status => $_->{status}, created_at => at($_->{at}), updated_at => at($_->{at}), customer_id => $_->{customer}, email => lc "$_->{customer}\@example.com" }
	} @{ $DATA{orders} };

	if ($fields =~ /\*items,\*items\.detail/)
	{
		$_->{items} = [] foreach @orders;
		push @{ $orders[ $_->{order} ]{items} },
		  { id => "ordli_$_->{id}", variant_sku => $DATA{products}[ $_->{product} ]{sku}, quantity => $_->{quantity},
			detail => { quantity => $_->{quantity}, raw_quantity => raw($_->{quantity}), shipped_quantity => $_->{shipped}, raw_shipped_quantity => raw($_->{shipped}) } }
		  foreach @{ $DATA{lines} };
	}
	if ($fields =~ /\*fulfillments/)
	{
		$_->{fulfillments} = [] foreach @orders;
		push @{ $orders[ $_->{order} ]{fulfillments} },
		  { id => "ful_$_->{id}", location_id => "sloc_$DATA{locations}[ $_->{location} ]{id}", packed_at => at('2026-03-03T00:00:00'), shipped_at => at($_->{at}), delivered_at => undef, canceled_at => undef }
		  foreach @{ $DATA{shipments} };
	}
	return \@orders;
}

sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my %orders = (id => same('id'), 'created_at[$gte]' => since('created_at'), 'updated_at[$gte]' => since('updated_at'));
	return {
		user => { key => $key },
		authenticate => sub {
			return if ($_[0]{headers}{authorization} // '') eq 'Basic ' . encode_base64("$key:", '');
			return { status => 401, json => { message => 'Unauthorized' } };
		},
		refusal => qr/Unauthorized/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { message => 'Too many requests' } },
		failed => { status => 400, json => { type => 'invalid_data', message => 'Something is wrong with it' } },
		failure => qr/Something is wrong with it/,
		routes => [
			'GET /admin/inventory-items' => list('inventory_items', 20, \&items, id => same('id'), sku => same('sku'),
				'location_levels[location_id]' => sub { my ($i, $v) = @_; return grep { $_->{location_id} eq $v } @{ $i->{location_levels} } }),
			'GET /admin/stock-locations' => list('stock_locations', 20, [ map { { id => "sloc_$_->{id}", name => $_->{name} } } @$l ], id => same('id'), name => same('name')),
			'POST /admin/inventory-items' => makes([], [qw(sku title)], \&unknown, sub { my ($given) = @_; return { json => { inventory_item => { id => 'iitem_new', %$given } } } }),
			'POST /admin/inventory-items/(\w+)' => makes([], [qw(sku title)], \&unknown, sub { return { json => { inventory_item => { id => $_[3], sku => 'W-001', %{ $_[0] } } } } }),
			'DELETE /admin/inventory-items/(\w+)' => { answer => sub { return { json => { id => $_[2], object => 'inventory-item', deleted => JSON::PP::true() } } } },
			'POST /admin/inventory-items/(\w+)/location-levels' => makes(['location_id'], ['stocked_quantity'], \&unknown, sub { return { json => { inventory_item => { id => $_[3], location_levels => [ $_[0] ] } } } }),
			'POST /admin/inventory-items/(\w+)/location-levels/(\w+)' => makes([], ['stocked_quantity'], \&unknown, sub { my ($given, $r, $s, $item, $level) = @_; return { json => { inventory_item => { id => $item, location_levels => [ { location_id => $level, %$given } ] } } } }),
			'GET /admin/product-variants' => list('variants', 20, [ map { { id => "variant_$_->{id}", sku => $_->{sku} } } @$p ], sku => same('sku')),
			'POST /admin/draft-orders' => makes([qw(region_id sales_channel_id)], [qw(email items metadata)], \&unknown, sub { return { json => { draft_order => { id => 'order_502' } } } }),
			'POST /admin/draft-orders/(\w+)/convert-to-order' => { answer => sub { return { json => { order => { id => $_[2] } } } } },
			'GET /admin/orders' => list('orders', 20, \&orders, %orders),
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, 'true' ] } @$p ],
			locations => [ map { [ "sloc_$_->{id}", $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, "sloc_$l->[ $_->{location} ]{id}", $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ "order_$_->{id}", $_->{status}, sql($_->{at}), $_->{customer}, undef ] } @$o ],
			order_lines => [ map { [ "order_$o->[ $_->{order} ]{id}", "ordli_$_->{id}", $p->[ $_->{product} ]{sku}, $_->{quantity}, $_->{shipped} ] } @{ $DATA{lines} } ],
			shipments => [ map { [ "ful_$_->{id}", "order_$o->[ $_->{order} ]{id}", defined $_->{at} ? 'shipped' : 'packed', sql($_->{at}), "sloc_$l->[ $_->{location} ]{id}" ] } @{ $DATA{shipments} } ],
		},
		watermark => [ orders => 'ordered_at', '2026-03-04', qr/created_at%5B%24gte%5D=2026-03-04T00/ ],
	};
}

1;
