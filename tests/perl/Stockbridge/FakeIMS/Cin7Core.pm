package Stockbridge::FakeIMS::Cin7Core;

# Cin7 Core: two headers, pages of at most 1000 with a total, an envelope of its
# own for each list, 503 for one request too many, times with any number of digits.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA page_by_number sent makes);

my ($account, $key) = ('acc-1', 'cin7-top-secret');

sub at { my ($at, $n) = @_; return $at . ('', '.9', '.28', '.913')[ $n % 4 ] . 'Z'; }
sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }
sub begins { my ($name) = @_; return sub { return index(lc $_[0]{$name}, lc $_[1]) == 0 }; }

sub list
{
	my ($name, $rows, %filters) = @_;
	return {
		rows => $rows,
		filters => \%filters,
		page => page_by_number(page => 'Page', limit => 'Limit', default => 100, max => 1000),
		envelope => sub { my ($page, $total, $request) = @_; return { json => { $name => $page, Total => $total, Page => sent($request, 'Page') // 1 } } },
	};
}

sub sale
{
	my ($request) = @_;
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my ($n) = grep { "guid-$o->[$_]{id}" eq (sent($request, 'ID') // '') } 0 .. $#$o;
	return { status => 400, json => [ { ErrorCode => 400, Exception => 'Sale is not found' } ] } unless defined $n;
	my @lines = map { { ProductID => "p$_->{product}", SKU => $p->[ $_->{product} ]{sku}, Quantity => $_->{quantity} } } grep { $_->{order} == $n } @{ $DATA{lines} };
	my @fulfilments = map {
		{ TaskID => "task-$_->{id}", FulfillmentNumber => 1, Pick => { Status => 'AUTHORISED', Lines => [ { Location => $l->[ $_->{location} ]{name} } ] },
			Ship => { Status => defined $_->{at} ? 'AUTHORISED' : 'NOT AVAILABLE', Lines => defined $_->{at} ? [ { ShipmentDate => at($_->{at}, 1) } ] : [] } }
	} grep { $_->{order} == $n } @{ $DATA{shipments} };
	return { json => { ID => "guid-$o->[$n]{id}", Order => { SaleOrderNumber => $o->[$n]{number}, Lines => \@lines }, Fulfilments => \@fulfilments } };
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my @stock = map {
		my $s = $_;
		map { { SKU => $p->[ $s->{product} ]{sku}, Location => $l->[ $s->{location} ]{name}, Bin => "B$_", OnHand => $s->{on_hand} * $_ / 4, Allocated => $s->{reserved} * $_ / 4, Available => 1, OnOrder => 50 } } 1, 3
	} @{ $DATA{stock} };
	my (%number, @lines);
	push @lines, [ $o->[ $_->{order} ]{number}, $number{ $_->{order} }++ // 0, $p->[ $_->{product} ]{sku}, $_->{quantity}, undef ] foreach @{ $DATA{lines} };
	return {
		path => '/ExternalApi/v2',
		user => { user => $account, key => $key },
		authenticate => sub {
			my %h = %{ $_[0]{headers} };
			$_[0]{path} =~ s{^/ExternalApi/v2}{} or return { status => 404, json => [ { ErrorCode => 404, Exception => 'Endpoint is not found' } ] };
			return if ($h{'api-auth-accountid'} // '') eq $account && ($h{'api-auth-applicationkey'} // '') eq $key;
			return { status => 403, json => [ { ErrorCode => 403, Exception => 'Incorrect credentials!' } ] };
		},
		refusal => qr/Incorrect credentials/,
		throttled => { status => 503, body => 'You have reached 60 calls per 60 seconds API limit.' },
		failed => { status => 400, json => [ { ErrorCode => 400, Exception => 'Page must be a number' } ] },
		failure => qr/Page must be a number/,
		routes => [
			'GET /product' => list('Products', sub { return [ map { { ID => "p$_->{id}", SKU => $_->{sku}, Name => $_->{name}, Status => $_->{active} ? 'Active' : 'Deprecated' } } grep { $_->{active} || (sent($_[0], 'IncludeDeprecated') // '') eq 'true' } @$p ] }, Sku => begins('SKU')),
			'GET /ref/location' => list('LocationList', [ map { { ID => "l$_->{id}", Name => $_->{name} } } @$l ]),
			'GET /ref/productavailability' => list('ProductAvailabilityList', \@stock, Sku => begins('SKU'), Location => begins('Location')),
			'GET /saleList' => list('SaleList', [ map { { SaleID => "guid-$_->{id}", OrderNumber => $_->{number}, Status => $_->{status}, OrderDate => at($_->{at}, $_->{id}), Updated => at($_->{at}, $_->{id} + 1), Customer => $_->{customer}, OrderLocationID => "l$l->[ $_->{location} ]{id}" } } @$o ],
				UpdatedSince => sub { return $_[0]{Updated} ge $_[1] }, Search => sub { return $_[0]{OrderNumber} =~ /\Q$_[1]\E/i }, Status => sub { return $_[0]{Status} eq $_[1] }),
			'POST /product' => makes([qw(SKU Name Category Type CostingMethod UOM Status)], [], sub { return { status => 400, json => [ { ErrorCode => 400, Exception => "missing or unknown: $_[0]" } ] } }, sub { return { json => { Products => [ $_[0] ], Total => 1, Page => 1 } } }),
			'GET /sale' => { answer => \&sale },
		],
		watermark => [ orders => 'updated_at', '2026-03-04 00:00+00', qr/UpdatedSince=2026-03-03T23%3A59/ ],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ $_->{name}, $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, $l->[ $_->{location} ]{name}, $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ $_->{number}, $_->{status}, sql($_->{at}), $_->{customer}, $l->[ $_->{location} ]{name} ] } @$o ],
			order_lines => \@lines,
			shipments => [ map { [ "task-$_->{id}", $o->[ $_->{order} ]{number}, defined $_->{at} ? 'AUTHORISED' : 'NOT AVAILABLE', sql($_->{at}), $l->[ $_->{location} ]{name} ] } @{ $DATA{shipments} } ],
		},
	};
}

1;
