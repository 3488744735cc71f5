package Stockbridge::FakeIMS::Mintsoft;

# Mintsoft: a login that answers a bare text, bare lists that end with a short
# page, one sum of all warehouses for number 0.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA page_by_number json_of sent makes);

my ($user, $password) = ('ann', 'mint-top-secret');

sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }
sub least { my ($name) = @_; return sub { return ($_[0]{$name} // '') ge $_[1] =~ s/ /T/r }; }

sub list
{
	my ($rows, %filters) = @_;
	return {
		rows => $rows,
		filters => \%filters,
		page => page_by_number(page => 'PageNo', limit => 'Limit', default => 100, max => 100),
		envelope => sub { return { json => $_[0] } },
	};
}

sub orders
{
	my ($request) = @_;
	my %at = map { $_->{order} => $_->{at} } @{ $DATA{shipments} };
	my @orders = map {
		my $n = $_;
		my $order = $DATA{orders}[$n];
		{ ID => $order->{id}, OrderNumber => $order->{number}, OrderStatusId => 1 + $n % 2, OrderDate => $order->{at}, LastUpdated => $order->{at}, Email => lc "$order->{customer}\@example.com", WarehouseId => $DATA{locations}[ $order->{location} ]{id}, DespatchDate => $at{$n},
			(sent($request, 'IncludeOrderItems') // '') eq 'true' ? (OrderItems => [ map { { ID => $_->{id}, SKU => $DATA{products}[ $_->{product} ]{sku}, Quantity => int $_->{quantity}, Allocated => 0 } } grep { $_->{order} == $n } @{ $DATA{lines} } ]) : () }
	} 0 .. $#{ $DATA{orders} };
	return \@orders;
}

sub levels
{
	my ($request) = @_;
	my %warehouse = map { $_ => 1 } @{ $request->{parameters}{WarehouseId} // [] };
	my (@rows, %sum);

	foreach my $s (@{ $DATA{stock} })
	{
		my $row = { SKU => $DATA{products}[ $s->{product} ]{sku}, WarehouseId => $DATA{locations}[ $s->{location} ]{id}, TotalStockLevel => int $s->{on_hand}, Level => int($s->{on_hand}) - int $s->{reserved} };
		my $total = $sum{ $row->{SKU} } //= { %$row, WarehouseId => 0, TotalStockLevel => 0, Level => 0 };
		$total->{$_} += $row->{$_} foreach qw(TotalStockLevel Level);
		push @rows, $row if !%warehouse || $warehouse{ $row->{WarehouseId} };
	}
	return $warehouse{0} ? [ values %sum ] : \@rows;
}

my @statuses = ('NEW', 'DESPATCHED');

sub flow
{
	my ($request, $state, $id) = @_;
	my ($from, $to) = map { sent($request, $_) =~ s/ /T/r } qw(FromDate ToDate);
	my @rows = map {
		{ ID => $_->{id}, ProductId => $id + 0, SKU => $DATA{products}[ $_->{product} ]{sku}, WarehouseId => $DATA{locations}[ $_->{to} // $_->{from} ]{id}, Flow => $_->{kind} eq 'dispatch' ? 'OUT' : 'IN', Quantity => $_->{quantity}, LastUpdated => $_->{at} }
	} grep { $DATA{products}[ $_->{product} ]{id} == $id && $_->{at} ge $from && $_->{at} le $to } @{ $DATA{movements} };
	return { json => \@rows };
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my %sent = map { $_->{order} => $_->{at} } @{ $DATA{shipments} };
	return {
		login => 1,
		path => '/api',
		user => { user => $user, password => $password },
		secret => 'password',
		authenticate => sub {
			my ($r, $state) = @_;
			return if $r->{path} eq '/api/Auth' || $state->{sessions}{ $r->{headers}{'ms-apikey'} // '' };
			return { status => 401, json => { Message => 'Authorization has been denied for this request.' } };
		},
		refusal => qr/HTTP status 401/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { Message => 'Too many requests' } },
		failed => { status => 500, json => { Message => 'Something is wrong with it' } },
		failure => qr/HTTP status 500/,
		routes => [
			'POST /api/Auth' => {
				answer => sub {
					my ($r, $state) = @_;
					my $given = json_of($r);
					return { status => 401, json => { Message => 'Username or Password incorrect' } } if $given->{Username} ne $user || $given->{Password} ne $password;
					my $key = 'key-' . ++$state->{logins};
					$state->{sessions}{$key} = 1;
					return { json => $key };
				}
			},
			'GET /api/Product/List' => list([ map { { ID => $_->{id}, SKU => $_->{sku}, Name => $_->{name}, DisCont => $_->{active} ? JSON::PP::false() : JSON::PP::true(), LastUpdated => '2026-03-01T00:00:00' } } @$p ], SinceLastUpdated => least('LastUpdated')),
			'PUT /api/Product' => makes([qw(SKU Name)], [qw(Weight)], sub { return { json => { ID => 0, Success => JSON::PP::false(), Message => "cannot take $_[0]" } } }, sub { return { json => { ID => 190, Success => JSON::PP::true(), Message => undef, WarningMessage => undef } } }),
			'GET /api/Warehouse' => { answer => sub { return { json => [ map { { ID => $_->{id}, Name => $_->{name}, Code => $_->{code} } } @$l ] } } },
			'GET /api/Product/StockLevels' => { rows => \&levels, filters => { SKU => sub { return $_[0]{SKU} eq $_[1] } }, envelope => sub { return { json => $_[0] } } },
			'GET /api/Product/(\d+)/StockFlow/Filtered' => { answer => \&flow },
			'GET /api/Order/List' => list(\&orders, SinceLastUpdated => least('LastUpdated'), SinceDespatchDate => least('DespatchDate')),
			'GET /api/Order/Statuses' => { answer => sub { return { json => [ map { { ID => $_ + 1, Name => $statuses[$_] } } 0 .. $#statuses ] } } },
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ $_->{id}, $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, $l->[ $_->{location} ]{id}, int $_->{on_hand}, undef, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ $o->[$_]{number}, $statuses[ $_ % 2 ], sql($o->[$_]{at}), lc "$o->[$_]{customer}\@example.com", $l->[ $o->[$_]{location} ]{id} ] } 0 .. $#$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{number}, $_->{id}, $p->[ $_->{product} ]{sku}, int $_->{quantity}, undef ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $o->[$_]{number}, $o->[$_]{number}, $statuses[ $_ % 2 ], sql($sent{$_}), $l->[ $o->[$_]{location} ]{id} ] } grep { defined $sent{$_} } sort keys %sent ],
		},
		watermark => [ orders => 'updated_at', '2026-03-04T00:00:00Z', qr/SinceLastUpdated=2026-03-04(?:%20|\+)00/ ],
	};
}

1;
