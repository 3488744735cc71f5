package Stockbridge::FakeIMS::Odoo;

# Odoo's JSON-2: a bearer's key, arguments by name and no others, domains, the
# bare value as the answer, errors with their status.

use strict;
use warnings;

use JSON::PP ();
use Stockbridge::FakeIMS qw(%DATA json_of makes);

my $key = 'odoo-top-secret';
my %arguments = map { $_ => 1 } qw(domain fields offset limit order context ids);

sub at { return defined $_[0] ? $_[0] =~ s/T/ /r : JSON::PP::false(); }
sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }
sub fault { my ($status, $name, $message) = @_; return { status => $status, json => { name => $name, message => $message, arguments => [$message], context => {}, debug => 'Traceback' } }; }

# Whether a record meets a term; members with dots are kept as such, and a
# many2one is compared by its id.
sub meets
{
	my ($row, $term) = @_;
	my ($name, $operator, $wanted) = @$term;
	die "no field $name\n" unless exists $row->{$name};
	my $value = ref $row->{$name} eq 'ARRAY' ? $row->{$name}[0] : $row->{$name};

	$_ = JSON::PP::is_bool($_) ? ($_ ? 'true' : 'false') : $_ foreach $value, ref $wanted eq 'ARRAY' ? () : $wanted;
	return $value eq $wanted if $operator eq '=';
	return $value ge $wanted if $operator eq '>=';
	return scalar grep { $value eq $_ } @$wanted if $operator eq 'in';
	die "no operator $operator\n";
}

# A domain in prefix notation; terms without an operator are joined by "and".
sub in_domain
{
	my ($row, @domain) = @_;
	my $result = 1;

	while (@domain)
	{
		my $term = shift @domain;
		if (ref $term) { $result &&= meets($row, $term); next; }
		die "no operator $term\n" unless $term eq '|';
		my ($a, $b) = splice @domain, 0, 2;
		$result &&= meets($row, $a) || meets($row, $b);
	}
	return $result;
}

sub search_read
{
	my ($request, $state, $model) = @_;
	my $given = json_of($request);
	my $rows = records()->{$model} // return fault(404, 'werkzeug.exceptions.NotFound', "the model '$model' does not exist");
	my ($strange) = grep { !$arguments{$_} } sort keys %$given;

	return fault(422, 'werkzeug.exceptions.UnprocessableEntity', "unexpected keyword argument '$strange'") if defined $strange;
	my @rows = eval { grep { in_domain($_, @{ $given->{domain} }) } @$rows };
	return fault(422, 'builtins.ValueError', "Invalid domain: $@") if $@;
	@rows = grep { !exists $_->{active} || $_->{active} } @rows unless exists $given->{context}{active_test} && !$given->{context}{active_test};
	my ($first, $limit) = ($given->{offset} // 0, $given->{limit} // 1e9);
	@rows = @rows[ $first .. ($first + $limit > @rows ? $#rows : $first + $limit - 1) ] if @rows;
	foreach my $field (@{ $given->{fields} })
	{
		return fault(422, 'builtins.ValueError', "Invalid field '$field' on '$model'") if @rows && !exists $rows[0]{$field};
	}
	return { json => [ map { my $r = $_; +{ map { $_ => $r->{$_} } 'id', @{ $given->{fields} } } } @rows ] };
}

sub invalid { return fault(422, 'werkzeug.exceptions.UnprocessableEntity', "missing or unexpected argument '$_[0]'"); }

# create() of a model: the ids of what was made, which can be found from then on.
sub created
{
	my ($given, $request, $state, $model) = @_;
	my $rows = records()->{$model};
	my @made = map { { %{ $rows->[0] }, active => JSON::PP::true(), %$_, id => ++$state->{last} + 8000 } } @{ $given->{vals_list} };

	push @$rows, @made;
	return { json => [ map { $_->{id} } @made ] };
}

sub written
{
	my ($given, $request, $state, $model) = @_;
	foreach my $row (@{ records()->{$model} })
	{
		@{$row}{ keys %{ $given->{vals} } } = values %{ $given->{vals} } if grep { $_ == $row->{id} } @{ $given->{ids} };
	}
	return { json => JSON::PP::true() };
}

sub confirmed
{
	my ($given) = @_;
	my ($order) = grep { $_->{id} == $given->{ids}[0] } @{ records()->{'sale.order'} };
	return fault(422, 'odoo.exceptions.UserError', 'Some orders are not in a state requiring confirmation') if !$order || $order->{state} eq 'sale';
	$order->{state} = 'sale';
	return { json => JSON::PP::true() };
}

my $records;

sub records { return $records //= made_records(); }

sub made_records
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my $place = sub { my $location = $l->[ $_[0] ]; return [ $location->{id}, "$location->{code}/Stock" ] };
	my $product = sub { my $x = $p->[ $_[0] ]; return [ $x->{id}, "[$x->{sku}] $x->{name}" ] };
	my %outside = (receipt => [ 90, 'supplier' ], dispatch => [ 91, 'customer' ], return => [ 91, 'customer' ], adjustment => [ 92, 'inventory' ]);
	my (@quants, @moves);

	# Two lots of everything, and what customers have.
	foreach my $s (@{ $DATA{stock} })
	{
		push @quants, map { { id => 1 + @quants + $_, 'location_id.usage' => 'internal', product_id => $product->($s->{product}), location_id => $place->($s->{location}), quantity => $s->{on_hand} / 2, reserved_quantity => $s->{reserved} / 2 } } 0, 1;
		push @quants, { id => 1 + @quants, 'location_id.usage' => 'customer', product_id => $product->($s->{product}), location_id => [ 91, 'Customers' ], quantity => 5, reserved_quantity => 0 };
	}
	foreach my $m (@{ $DATA{movements} })
	{
		my ($in, $out) = map { defined $_ ? [ $place->($_), 'internal' ] : undef } $m->{to}, $m->{from};
		my $else = $outside{ $m->{kind} } && [ [ $outside{ $m->{kind} }[0], 'Outside' ], $outside{ $m->{kind} }[1] ];
		($out, $in) = $m->{quantity} < 0 ? ($in, $else) : ($out // $else, $in // $else);
		push @moves, { id => $m->{id}, state => 'done', product_id => $product->($m->{product}), quantity_product_uom => abs $m->{quantity}, location_id => $out->[0], location_usage => $out->[1], 'location_id.usage' => $out->[1],
			location_dest_id => $in->[0], location_dest_usage => $in->[1], 'location_dest_id.usage' => $in->[1], reference => $m->{document}, picking_id => JSON::PP::false(), date => at($m->{at}), write_date => at($m->{at}) };
	}
	push @moves, { %{ $moves[0] }, id => 9999, state => 'assigned' };
	return {
		'product.product' => [ map { { id => $_->{id}, default_code => $_->{sku}, name => $_->{name}, display_name => "[$_->{sku}] $_->{name}", active => $_->{active} ? JSON::PP::true() : JSON::PP::false(), type => 'consu', uom_id => [ 1, 'Units' ] } } @$p ],
		'stock.location' => [ { id => 91, complete_name => 'Customers', name => 'Customers', usage => 'customer', active => JSON::PP::true() }, map { { id => $_->{id}, complete_name => "$_->{code}/Stock", name => $_->{name}, usage => 'internal', active => JSON::PP::true() } } @$l ],
		'stock.quant' => \@quants,
		'stock.move.line' => \@moves,
		'stock.warehouse' => [ map { { id => 40 + $_, code => $l->[$_]{code}, name => $l->[$_]{name}, lot_stock_id => $place->($_) } } 0 .. $#$l ],
		'res.partner' => [ { id => 7, name => 'Customer 1', ref => 'C1' } ],
		'sale.order' => [ map { { id => $_->{id}, name => $_->{number}, state => $_->{status}, date_order => at($_->{at}), write_date => at($_->{at}), partner_id => [ 7, $_->{customer} ], warehouse_id => [ 40 + $_->{location}, 'x' ], client_order_ref => JSON::PP::false() } } @$o ],
		'sale.order.line' => [
			{ id => 899, display_type => 'line_note', order_id => [ $o->[0]{id}, 'x' ], product_id => JSON::PP::false(), product_uom_qty => 0, qty_delivered => 0 },
			map { { id => $_->{id}, display_type => JSON::PP::false(), order_id => [ $o->[ $_->{order} ]{id}, $o->[ $_->{order} ]{number} ], product_id => $product->($_->{product}), product_uom_qty => $_->{quantity}, qty_delivered => $_->{shipped} } } @{ $DATA{lines} }
		],
		'stock.picking' => [
			{ id => 699, name => 'IN-1', origin => 'PO-1', state => 'done', date_done => at('2026-03-01T00:00:00'), 'picking_type_id.code' => 'incoming', location_id => [ 90, 'Vendors' ] },
			map { { id => $_->{id}, name => $_->{number}, origin => $o->[ $_->{order} ]{number}, state => defined $_->{at} ? 'done' : 'assigned', date_done => at($_->{at}), 'picking_type_id.code' => 'outgoing', location_id => $place->($_->{location}) } } @{ $DATA{shipments} }
		],
	};
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	my $place = sub { return defined $_[0] ? "$l->[ $_[0] ]{code}/Stock" : undef };
	return {
		server => { database => 'shop' },
		user => { key => $key },
		authenticate => sub {
			my ($request) = @_;
			return fault(401, 'werkzeug.exceptions.Unauthorized', 'Invalid apikey') if ($request->{headers}{authorization} // '') ne "bearer $key";
			return fault(404, 'werkzeug.exceptions.NotFound', 'no such database') if ($request->{headers}{'x-odoo-database'} // '') ne 'shop';
			return fault(415, 'werkzeug.exceptions.UnsupportedMediaType', 'JSON only') if ($request->{headers}{'content-type'} // '') !~ m{^application/json};
			return;
		},
		refusal => qr/Invalid apikey/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, body => 'Too Many Requests' },
		failed => fault(403, 'odoo.exceptions.AccessError', 'You are not allowed to access this'),
		failure => qr/You are not allowed to access this/,
		routes => [
			'POST /json/2/([\w.]+)/search_read' => { answer => \&search_read },
			'POST /json/2/([\w.]+)/create' => makes(['vals_list'], ['context'], \&invalid, \&created),
			'POST /json/2/([\w.]+)/write' => makes([ 'ids', 'vals' ], ['context'], \&invalid, \&written),
			'POST /json/2/sale.order/action_confirm' => makes(['ids'], ['context'], \&invalid, \&confirmed),
		],
		watermark => [ movements => 'happened_at', '2026-03-05 00:00+00', qr/\["write_date",">=","2026-03-04 23:50:00"\]/ ],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ "$_->{code}/Stock", $_->{name} ] } @$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, $place->($_->{location}), $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			movements => [ map { [ $_->{id}, $_->{kind}, $p->[ $_->{product} ]{sku}, $_->{quantity}, $place->($_->{from}), $place->($_->{to}), sql($_->{at}), $_->{document} ] } @{ $DATA{movements} } ],
			orders => [ map { [ $_->{number}, $_->{status}, sql($_->{at}), $_->{customer}, $place->($_->{location}) ] } @$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{number}, $_->{id}, $p->[ $_->{product} ]{sku}, $_->{quantity}, $_->{shipped} ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $_->{number}, $o->[ $_->{order} ]{number}, defined $_->{at} ? 'done' : 'assigned', sql($_->{at}), $place->($_->{location}) ] } @{ $DATA{shipments} } ],
		},
	};
}

1;
