package Stockbridge::FakeIMS::Linnworks;

# Linnworks: a login that hands out the address, a token without a word before it,
# forms whose fields hold JSON, bare lists that end with status 400.

use strict;
use warnings;

use Stockbridge::FakeIMS qw(%DATA form_of json_of);

my %application = (ApplicationId => 'app-1', ApplicationSecret => 'lin-top-secret', Token => 'install-top-secret');

sub guid { return sprintf '%08x-0000-4000-8000-00000000%04x', @_; }
sub truth_value { return $_[0] ? JSON::PP::true() : JSON::PP::false(); }
sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }

sub page
{
	my ($rows, $number, $size) = @_;
	my $first = ($number - 1) * $size;
	my $last = $first + $size - 1;
	return $first > $#$rows ? [] : [ @{$rows}[ $first .. ($last > $#$rows ? $#$rows : $last) ] ];
}

sub paged
{
	my ($rows, $number, $size) = @_;
	return { PageNumber => $number, EntriesPerPage => $size, TotalEntries => scalar @$rows, TotalPages => int((@$rows + $size - 1) / $size), Data => page($rows, $number, $size) };
}

sub items
{
	my ($request) = @_;
	my %f = map { $_->[0] => $_->[1][0] } map { [ $_, form_of($request->{body})->{$_} ] } keys %{ form_of($request->{body}) };
	my $needs = JSON::PP->new->decode($f{dataRequirements});

	return { status => 400, json => { Message => 'searchTypes is empty' } } unless @{ JSON::PP->new->decode($f{searchTypes}) };
	my @items = map { { ItemNumber => $_->{sku}, ItemTitle => $_->{name}, StockItemId => guid(1, $_->{id}), StockLevels => [] } } @{ $DATA{products} };
	if (grep { $_ eq 'StockLevels' } @$needs)
	{
		push @{ $items[ $_->{product} ]{StockLevels} },
		  { Location => { StockLocationId => guid(2, $_->{location}), LocationName => $DATA{locations}[ $_->{location} ]{name} }, StockLevel => int $_->{on_hand}, InOrders => int $_->{reserved}, Available => int($_->{on_hand}) - int $_->{reserved}, UnitCost => 1 }
		  foreach @{ $DATA{stock} };
	}
	my $rows = page(\@items, $f{pageNumber}, $f{entriesPerPage} > 200 ? 200 : $f{entriesPerPage});
	return @$rows ? { json => $rows } : { status => 400, json => { Message => 'No items found with given filter.' } };
}

sub open_orders
{
	my ($request) = @_;
	my $form = form_of($request->{body});
	my @orders = map { my $n = $_; my $order = $DATA{orders}[$n];
		{ NumOrderId => $order->{id}, OrderId => guid(3, $n), GeneralInfo => { Status => 1, ReceivedDate => $order->{at} . 'Z', ReferenceNum => $order->{number} }, CustomerInfo => { ChannelBuyerName => $order->{customer} }, location => $order->{location},
			Items => [ map { { RowId => guid(4, $_->{id}), SKU => $DATA{products}[ $_->{product} ]{sku}, Quantity => int $_->{quantity}, PartShippedQty => int $_->{shipped} } } grep { $_->{order} == $n } @{ $DATA{lines} } ] }
	} 0 .. $#{ $DATA{orders} };
	@orders = grep { guid(2, $_->{location}) eq $form->{fulfilmentCenter}[0] } @orders;
	return { json => paged(\@orders, $form->{pageNumber}[0], $form->{entriesPerPage}[0]) };
}

sub processed_orders
{
	my ($request) = @_;
	my $asked = JSON::PP->new->decode(form_of($request->{body})->{request}[0]);
	my ($from, $to) = map { substr($_, 0, 19) =~ s/ /T/r } @{$asked}{qw(FromDate ToDate)};
	my @orders = map {
		{ nOrderId => $_->{id}, dProcessedOn => $_->{at} . 'Z', HoldOrCancel => truth_value(0), FulfilmentLocationName => $DATA{locations}[ $_->{location} ]{name} }
	} grep { defined $_->{at} && $_->{at} ge $from && $_->{at} le $to } @{ $DATA{shipments} };
	return { json => { ProcessedOrders => paged(\@orders, @{$asked}{qw(PageNumber ResultsPerPage)}) } };
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	return {
		login => 1,
		user => { client_id => $application{ApplicationId}, client_secret => $application{ApplicationSecret}, token => $application{Token} },
		secret => 'client_secret',
		authenticate => sub {
			my ($r, $state) = @_;
			return if $r->{path} eq '/api/Auth/AuthorizeByApplication' || $state->{sessions}{ $r->{headers}{authorization} // '' };
			return { status => 401, json => { Message => 'Session is not valid.' } };
		},
		refusal => qr/Application credentials are wrong/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { Message => 'API calls quota exceeded' } },
		failed => { status => 400, json => { Message => 'Something is wrong with it' } },
		failure => qr/Something is wrong with it/,
		routes => [
			'POST /api/Auth/AuthorizeByApplication' => {
				answer => sub {
					my ($r, $state) = @_;
					my $given = json_of($r);
					return { status => 400, json => { Message => 'Application credentials are wrong' } } if grep { ($given->{$_} // '') ne $application{$_} } keys %application;
					my $token = 'session-' . ++$state->{logins};
					$state->{sessions}{$token} = 1;
					return { json => { Token => $token, Server => "http://$r->{headers}{host}", TTL => 1800, Locality => 'EU' } };
				}
			},
			'POST /api/Stock/GetStockItemsFull' => { answer => \&items },
			'POST /api/Inventory/GetStockLocations' => { answer => sub { return { json => [ map { { StockLocationId => guid(2, $_), LocationName => $l->[$_]{name} } } 0 .. $#$l ] } } },
			'POST /api/Orders/GetOpenOrders' => { answer => \&open_orders },
			'POST /api/ProcessedOrders/SearchProcessedOrders' => { answer => \&processed_orders },
		],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, 'true' ] } @$p ],
			locations => [ map { [ guid(2, $_), $l->[$_]{name} ] } 0 .. $#$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, guid(2, $_->{location}), int $_->{on_hand}, int $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			orders => [ map { [ $_->{id}, 'paid', sql($_->{at}), $_->{customer}, guid(2, $_->{location}) ] } @$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{id}, guid(4, $_->{id}), $p->[ $_->{product} ]{sku}, int $_->{quantity}, int $_->{shipped} ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $_->{id}, $_->{id}, 'processed', sql($_->{at}), guid(2, $_->{location}) ] } grep { defined $_->{at} } @{ $DATA{shipments} } ],
		},
		watermark => [ shipments => 'shipped_at', '2026-03-04T00:00:00Z', qr/FromDate%22%3A%222026-03-04T00/ ],
	};
}

1;
