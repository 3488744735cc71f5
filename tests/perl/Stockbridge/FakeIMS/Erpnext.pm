package Stockbridge::FakeIMS::Erpnext;

# ERPNext by Frappe's REST interface: a key and a secret, fields and filters as
# JSON in the query, names alone if no fields are given, no total; a ledger whose
# entries are renamed and cancelled.

use strict;
use warnings;

use JSON::PP ();
use Stockbridge::FakeIMS qw(%DATA sent makes);

my ($key, $secret) = ('erp-top-secret-key', 'erp-top-secret-2');
my $json = JSON::PP->new;

sub at { return "$_[0].000000" =~ s/T/ /r; }
sub sql { return defined $_[0] ? $_[0] =~ s/T/ /r : undef; }
sub day { return substr $_[0], 0, 10; }
sub place { return defined $_[0] ? "$DATA{locations}[ $_[0] ]{name} - X" : undef; }
sub fault { my ($status, $type, $message) = @_; return { status => $status, json => { exc_type => $type, exception => "frappe.exceptions.$type: $message", _server_messages => '[]' } }; }

sub meets
{
	my ($row, $name, $operator, $wanted) = @_;
	die "Unknown column '$name'\n" unless exists $row->{$name};
	my $value = $row->{$name} // '';

	return $value eq $wanted if $operator eq '=';
	return $value ge $wanted if $operator eq '>=';
	return scalar grep { $value eq $_ } @$wanted if $operator eq 'in';
	die "no operator $operator\n";
}

sub mandatory { return fault(417, 'MandatoryError', "missing or unknown: $_[0]"); }

sub list
{
	my ($request, $state, $doctype) = @_;
	my $rows = records()->{ $doctype =~ s/%20/ /gr } // return fault(404, 'DoesNotExistError', "DocType $doctype not found");
	my @fields = @{ $json->decode(sent($request, 'fields') // '["name"]') };
	my @filters = @{ $json->decode(sent($request, 'filters') // '[]') };
	my ($first, $size) = (sent($request, 'limit_start') // 0, sent($request, 'limit_page_length') // 20);
	my @rows = eval { grep { my $r = $_; !grep { !meets($r, @$_) } @filters } @$rows };

	return fault(417, 'DataError', $@) if $@;
	foreach my $order (reverse split /,/, sent($request, 'order_by') // 'modified desc')
	{
		my ($name) = $order =~ /^(\w+) asc$/ or return fault(417, 'DataError', "Invalid order $order");
		@rows = sort { $a->{$name} cmp $b->{$name} } @rows;
	}
	@rows = @rows[ $first .. ($first + $size > @rows ? $#rows : $first + $size - 1) ] if @rows;
	foreach my $field (@fields)
	{
		return fault(417, 'DataError', "Field not permitted in query: $field") if @rows && !exists $rows[0]{$field};
	}
	return { json => { data => [ map { my $r = $_; +{ map { $_ => $r->{$_} } @fields } } @rows ] } };
}

sub document
{
	my ($request, $state, $doctype, $name) = @_;
	my ($row) = grep { $_->{name} eq $name } @{ records()->{ $doctype =~ s/%20/ /gr } };
	return defined $row ? { json => { data => $row } } : fault(404, 'DoesNotExistError', "$doctype $name not found");
}

my $records;

sub records { return $records //= made_records(); }

sub made_records
{
	my ($p, $o) = @DATA{qw(products orders)};
	my %voucher = (receipt => 'Purchase Receipt', dispatch => 'Delivery Note', return => 'Delivery Note', adjustment => 'Stock Entry', transfer => 'Stock Entry');
	my @ledger;

	foreach my $m (@{ $DATA{movements} })
	{
		my %entry = (voucher_type => $voucher{ $m->{kind} }, voucher_no => $m->{document}, item_code => $p->[ $m->{product} ]{sku}, creation => at($m->{at}), modified => at($m->{at}), posting_date => day($m->{at}), is_cancelled => 0, to_rename => 0, qty_after_transaction => 77);
		push @ledger, { %entry, name => "SLE-$m->{id}-1", warehouse => place($m->{from}), actual_qty => -$m->{quantity} } if defined $m->{from};
		push @ledger, { %entry, name => "SLE-$m->{id}-2", warehouse => place($m->{to}), actual_qty => $m->{quantity} } if defined $m->{to};
	}
	push @ledger, { %{ $ledger[0] }, name => 'SLE-4000-1', voucher_type => 'Stock Reconciliation', voucher_no => 'RECO-1', actual_qty => 0, qty_after_transaction => 12, creation => at('2026-03-09T08:00:00') };
	push @ledger, { %{ $ledger[0] }, name => 'c0ffee', to_rename => 1, creation => at('2026-03-10T08:00:00') };
	return {
		Item => [ map { { name => $_->{sku}, item_code => $_->{sku}, item_name => $_->{name}, disabled => $_->{active} ? 0 : 1, item_group => 'Products', stock_uom => 'Nos', is_stock_item => 1 } } @$p ],
		Warehouse => [ { name => 'All Warehouses - X', warehouse_name => 'All Warehouses', is_group => 1, disabled => 0, company => 'X' }, map { { name => place($_), warehouse_name => $DATA{locations}[$_]{name}, is_group => 0, disabled => 0, company => 'X' } } 0 .. 2 ],
		Bin => [ map { { name => "BIN-$_->{product}-$_->{location}", item_code => $p->[ $_->{product} ]{sku}, warehouse => place($_->{location}), actual_qty => $_->{on_hand}, reserved_qty => $_->{reserved} } } @{ $DATA{stock} } ],
		'Stock Ledger Entry' => \@ledger,
		'Sales Order' => [
			map {
				my $n = $_;
				{ name => $o->[$n]{number}, status => $o->[$n]{status}, transaction_date => day($o->[$n]{at}), customer => $o->[$n]{customer}, set_warehouse => place($o->[$n]{location}), po_no => '', modified => at($o->[$n]{at}),
					items => [ map { { name => "row$_->{id}", item_code => $p->[ $_->{product} ]{sku}, qty => $_->{quantity}, delivered_qty => $_->{shipped}, warehouse => 'x' } } grep { $_->{order} == $n } @{ $DATA{lines} } ] }
			} 0 .. $#$o
		],
		'Delivery Note' => [
			{ name => 'RET-1', is_return => 1 },
			map { { name => $_->{number}, is_return => 0, status => defined $_->{at} ? 'Completed' : 'Draft', docstatus => defined $_->{at} ? 1 : 0, posting_date => day($_->{at} // '2026-03-09'), set_warehouse => $_->{id} == 701 ? '' : place($_->{location}), modified => at('2026-03-09T00:00:00'),
				items => [ { against_sales_order => $o->[ $_->{order} ]{number}, warehouse => place($_->{location}) } ] } } @{ $DATA{shipments} }
		],
	};
}

# What the ledger tells of a movement: a transfer twice.
sub told
{
	my ($m) = @_;
	my @end = ($DATA{products}[ $m->{product} ]{sku}, $m->{quantity});
	my @both = (sql($m->{at}), $m->{document});
	return [ "SLE-$m->{id}-1", 'adjustment', $end[0], -$end[1], undef, place($m->{from}), @both ], [ "SLE-$m->{id}-2", 'adjustment', @end, undef, place($m->{to}), @both ] if $m->{kind} eq 'transfer';
	return [ "SLE-$m->{id}-" . (defined $m->{from} ? 1 : 2), $m->{kind}, @end, place($m->{from}), place($m->{to}), @both ];
}

sub system
{
	my ($p, $l, $o) = @DATA{qw(products locations orders)};
	return {
		server => { time_zone => 'UTC' },
		user => { key => $key, secret => $secret },
		secret => 'secret',
		authenticate => sub {
			return if ($_[0]{headers}{authorization} // '') eq "token $key:$secret";
			return fault(401, 'AuthenticationError', 'not logged in');
		},
		refusal => qr/AuthenticationError/,
		throttled => { status => 429, headers => { 'Retry-After' => 1 }, json => { exc_type => 'TooManyRequestsError' } },
		failed => fault(403, 'PermissionError', 'no permission for Item'),
		failure => qr/no permission for Item/,
		routes => [
			'POST /api/resource/Item' => makes([qw(item_code item_group stock_uom)], [qw(item_name is_stock_item)], \&mandatory, sub { return { json => { data => { name => $_[0]{item_code}, disabled => 0, %{ $_[0] } } } } }),
			'PUT /api/resource/Item/(.+)' => makes([], [qw(item_name item_group stock_uom)], \&mandatory, sub { return { json => { data => { name => $_[3], item_code => $_[3], disabled => 0, %{ $_[0] } } } } }),
			'POST /api/resource/Sales%20Order' => makes([qw(customer items)], [qw(company delivery_date set_warehouse po_no)], \&mandatory, sub { return { json => { data => { name => 'SO-1', docstatus => 0 } } } }),
			'PUT /api/resource/Sales%20Order/(.+)' => makes(['docstatus'], [], \&mandatory, sub { return { json => { data => { name => $_[3], docstatus => $_[0]{docstatus} } } } }),
			'GET /api/resource/([\w%]+)' => { answer => \&list }, 'GET /api/resource/([\w%]+)/(.+)' => { answer => \&document },
		],
		watermark => [ movements => 'happened_at', '2026-03-05 00:00+00', qr/%5B%22creation%22%2C%22%3E%3D%22%2C%222026-03-04%2023%3A00%3A00%22%5D/ ],
		truth => {
			products => [ map { [ $_->{sku}, $_->{name}, $_->{active} ? 'true' : 'false' ] } @$p ],
			locations => [ map { [ place($_), $l->[$_]{name} ] } 0 .. $#$l ],
			stock => [ map { [ $p->[ $_->{product} ]{sku}, place($_->{location}), $_->{on_hand}, $_->{reserved}, '?' ] } @{ $DATA{stock} } ],
			movements => [ (map { told($_) } @{ $DATA{movements} }), [ 'SLE-4000-1', 'count', 'W-001', 12, undef, place(0), '2026-03-09 08:00:00', 'RECO-1' ] ],
			orders => [ map { [ $_->{number}, $_->{status}, day($_->{at}) . ' 00:00:00', $_->{customer}, place($_->{location}) ] } @$o ],
			order_lines => [ map { [ $o->[ $_->{order} ]{number}, "row$_->{id}", $p->[ $_->{product} ]{sku}, $_->{quantity}, $_->{shipped} ] } @{ $DATA{lines} } ],
			shipments => [ map { [ $_->{number}, $o->[ $_->{order} ]{number}, defined $_->{at} ? 'Completed' : 'Draft', defined $_->{at} ? day($_->{at}) . ' 00:00:00' : undef, place($_->{location}) ] } @{ $DATA{shipments} } ],
		},
	};
}

1;
