package Stockbridge::FakeIMS::Brightpearl;

# Brightpearl: searches whose rows are arrays, from result number 1; resources by
# sets of ids, as objects; 404 for none of them; too many requests as 503.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA sent);

my ($app, $token) = ('app-1', 'bright-top-secret');
my $account = '/public-api/acme';

sub at { return defined $_[0] ? "$_[0].000+00:00" : undef; }
sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }
sub truth_value { return $_[0] ? JSON::PP::true() : JSON::PP::false(); }
sub among { my ($name) = @_; return sub { my ($row, $set) = @_; return scalar grep { $row->{$name} eq $_ } split /,/, $set }; }

sub period
{
	my ($name) = @_;
	return sub {
		my ($row, $period) = @_;
		my ($from, $to) = map { substr $_, 0, 19 } split m{/}, $period;
		return $row->{$name} ge ($from // '') && (!length($to // '') || $row->{$name} le $to);
	};
}

# A search: names of columns, rows as objects, filters.
sub search
{
	my ($columns, $rows, %filters) = @_;
	return {
		rows => $rows,
		parameters => [ qw(pageSize firstResult), keys %filters ],
		unknown => sub { return { status => 400, json => { errors => [ { code => 'CMNC-019', message => "no column $_[0]" } ] } } },
		filters => \%filters,
		page => sub {
			my ($request, $rows) = @_;
			my ($first, $size) = (sent($request, 'firstResult') // 1, sent($request, 'pageSize') // 500);
			return { status => 400, json => { errors => [ { code => 'CMNC-020', message => 'firstResult and pageSize' } ] } } if $first < 1 || $size > 500;
			my $last = $first + $size - 1;
			return $first > @$rows ? [] : [ @{$rows}[ $first - 1 .. ($last > @$rows ? @$rows : $last) - 1 ] ];
		},
		envelope => sub {
			my ($page, $total, $request) = @_;
			return { json => { response => { metaData => { resultsAvailable => $total, resultsReturned => scalar @$page, firstResult => sent($request, 'firstResult') // 1, columns => [ map { { name => $_ } } @$columns ] },
						results => [ map { my $row = $_; [ map { $row->{$_} } @$columns ] } @$page ] } } };
		},
	};
}

# Of a set of ids those there are, as an object.
sub by_id
{
	my ($of) = @_;
	return {
		answer => sub {
			my ($request, $state, $set) = @_;
			my %found = map { my $row = $of->($_); defined $row ? ($_ => $row) : () } split /,|%2C/i, $set;
			return { status => 404, json => { errors => [ { code => 'CMNC-404', message => 'none of them' } ] } } unless %found;
			return { status => 400, json => { errors => [ { message => 'more than 200' } ] } } if keys %found > 200;
			return { json => { response => \%found } };
		}
	};
}

sub place_in { my ($rows, $id) = @_; my ($n) = grep { $rows->[$_]{id} == $id } 0 .. $#$rows; return $n; }

sub availability
{
	my ($id) = @_;
	my $n = place_in($DATA{products}, $id);
	my %warehouses = map { $DATA{locations}[ $_->{location} ]{id} => { inStock => $_->{on_hand}, onHand => $_->{on_hand} - $_->{reserved}, allocated => $_->{reserved}, inTransit => 0 } } grep { $_->{product} == $n } @{ $DATA{stock} };
	return %warehouses ? { total => { inStock => 0 }, warehouses => \%warehouses } : undef;
}

sub order
{
	my ($id) = @_;
	my $n = place_in($DATA{orders}, $id);
	my %rows = map { $_->{id} => { productSku => $DATA{products}[ $_->{product} ]{sku}, quantity => { magnitude => "$_->{quantity}" } } } grep { $_->{order} == $n } @{ $DATA{lines} };
	return { id => $id + 0, orderRows => \%rows };
}

my @movement_columns = qw(goodsMovementId productId salesOrderRowId purchaseOrderRowId quantity warehouseId goodsNoteId orderId goodsNoteTypeCode updatedOn);
my %code = (receipt => 'PG', dispatch => 'GO', return => 'SG', adjustment => 'SC', transfer => 'GO');

# A transfer is goods going out that belong to no order, and coming in.
sub movements
{
	my $movement = sub {
		my ($m, $id, $place, $quantity, $type) = @_;
		return { goodsMovementId => $id, productId => $DATA{products}[ $m->{product} ]{id}, quantity => $quantity, warehouseId => $DATA{locations}[$place]{id}, goodsNoteId => $m->{document}, goodsNoteTypeCode => $type, updatedOn => at($m->{at}),
			salesOrderRowId => $m->{kind} eq 'dispatch' ? 77 : undef, purchaseOrderRowId => $m->{kind} =~ /receipt|return/ ? 88 : undef };
	};
	return [ map {
			my $m = $_;
			( defined $m->{from} ? $movement->($m, $m->{id}, $m->{from}, -$m->{quantity}, 'GO') : (), defined $m->{to} ? $movement->($m, $m->{id} + 500, $m->{to}, $m->{quantity}, $m->{kind} eq 'transfer' ? 'IT' : $code{ $m->{kind} }) : () )
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
	my %throttle = (status => 503, headers => { 'brightpearl-requests-remaining' => 0, 'brightpearl-next-throttle-period' => 300 }, json => { errors => [ { message => 'You have sent too many requests' } ] });
	return {
		path => $account,
		user => { user => $app, token => $token },
		secret => 'token',
		authenticate => sub {
			my ($r) = @_;
			return if ($r->{headers}{'brightpearl-app-ref'} // '') eq $app && ($r->{headers}{'brightpearl-account-token'} // '') eq $token;
			return { status => 401, json => { errors => [ { code => 'CMNC-401', message => 'Not authenticated' } ] } };
		},
		refusal => qr/Not authenticated/,
		throttled => \%throttle,
		failed => { status => 400, json => { errors => [ { code => 'X', message => 'Something is wrong with it' } ] } },
		failure => qr/Something is wrong with it/,
		routes => [
			"GET $account/product-service/product-search" => search([qw(productId productName SKU stockTracked productStatus)],
				[ map { { productId => $_->{id}, productName => $_->{name}, SKU => $_->{sku}, stockTracked => truth_value(1), productStatus => $_->{active} ? 'LIVE' : 'DISCONTINUED' } } @$p ], productId => among('productId')),
			"GET $account/warehouse-service/warehouse" => { answer => sub { return { json => { response => [ map { { id => $_->{id}, name => $_->{name} } } @$l ] } } } },
			"GET $account/warehouse-service/product-availability/([^/]+)" => by_id(\&availability),
			"GET $account/warehouse-service/goods-movement-search" => search(\@movement_columns, movements(), updatedOn => period('updatedOn')),
			"GET $account/order-service/order-search" => search([qw(orderId orderTypeId contactId orderStatusId placedOn updatedOn warehouseId externalRef)],
				[ map { { orderId => $_->{id}, orderTypeId => 1, contactId => $_->{customer}, orderStatusId => $_->{status}, placedOn => at($_->{at}), updatedOn => at($_->{at}), warehouseId => $l->[ $_->{location} ]{id} } } @$o ],
				orderTypeId => among('orderTypeId'), orderId => among('orderId'), updatedOn => period('updatedOn')),
			"GET $account/order-service/order/([^/]+)" => by_id(\&order),
			"GET $account/warehouse-service/goods-note/goods-out-search" => search([qw(goodsOutNoteId printed picked packed shipped shippedOn orderId warehouseId)],
				[ map { my $s = $_; { goodsOutNoteId => $s->{id}, (map { $_ => truth_value(defined $s->{at} || $_ ne 'shipped') } qw(printed picked packed shipped)), shippedOn => at($s->{at}), orderId => $o->[ $s->{order} ]{id}, warehouseId => $l->[ $s->{location} ]{id} } } @{ $DATA{shipments} } ], orderId => among('orderId')),
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ $_->{id}, $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, $l->[ $_->{location} ]{id}, $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			movements => told_movements(),
			orders => [ map { [ $_->{id}, $_->{status}, sql($_->{at}), $_->{customer}, $l->[ $_->{location} ]{id} ] } @$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{id}, $_->{id}, $p->[ $_->{product} ]{sku}, $_->{quantity}, undef ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $_->{id}, $o->[ $_->{order} ]{id}, defined $_->{at} ? 'shipped' : 'packed', sql($_->{at}), $l->[ $_->{location} ]{id} ] } @{ $DATA{shipments} } ],
		},
		watermark => [ movements => 'happened_at', '2026-03-05T00:00:00Z', qr{updatedOn=2026-03-05T00[^&]*Z/20} ],
	};
}

1;
