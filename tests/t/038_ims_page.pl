# The page that says how to connect a system nobody has seen: its SQL is run as it
# stands against a program that behaves as the page says.

use strict;
use warnings;

use JSON::PP ();
use PostgreSQL::Test::Utils ();
use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $json = JSON::PP->new->utf8->canonical;

# ---- Krates ----

my %columns = (
	item => [qw(nr code label live)],
	site => [qw(nr short label)],
	lot => [qw(lot item site qty held)],
	event => [qw(nr what item site qty at doc)],);
my %rows = (
	item => [ map { [ $_, "SKU-$_", "Item $_", $_ == 3 ? JSON::PP::false : JSON::PP::true ] } 1 .. 230 ],
	site => [ [ 1, 'MAIN', 'Main hall' ], [ 2, 'YARD', 'Yard' ] ],
	lot => [ map { my $item = $_; map { [ "L$item-$_", $item, 1 + $_ % 2, '1.25', '0' ] } 1 .. 4 } 1 .. 60 ],
	event => [
		[ 1, 'GR', 1, 1, '10', 1767225600000, 'PO-1' ], [ 2, 'SH', 1, 1, '-2.5', 1767312000000, 'SO-1' ], [ 3, 'RT', 2, 2, '1', 1767398400000, 'SO-1' ],
		[ 4, 'CT', 2, 2, '-3', 1767484800000, undef ] ],);
my $session = 0;

sub refused { return { json => { status => 'FAIL', why => $_[0] } }; }

sub holds
{
	my ($row, $condition) = @_;
	my ($value, $op, $wanted) = ($row->{ $condition->[0] }, $condition->[1], $condition->[2]);

	return $op eq '=' ? $value eq $wanted : $op eq 'in' ? scalar grep { $_ eq $value } @$wanted : $value >= $wanted;
}

sub krates_query
{
	my ($asked) = @_;
	my $names = $columns{ $asked->{from} } // return refused('no such thing');
	my @found = @{ $rows{ $asked->{from} } };

	foreach my $condition (@{ $asked->{where} // [] })
	{
		@found = grep { my %row; @row{@$names} = @$_; holds(\%row, $condition) } @found;
	}
	my $start = $asked->{after} // 0;
	my $take = $asked->{take} > 100 ? 100 : $asked->{take};
	my $end = $start + $take;
	my @page = @found[ grep { $_ < @found } $start .. $end - 1 ];
	# The order of columns is Krates' own and changes from page to page.
	my @order = $start ? reverse 0 .. $#$names : 0 .. $#$names;
	return { json => { status => 'OK', columns => [ @{$names}[@order] ], rows => [ map { [ @{$_}[@order] ] } @page ], next => $end < @found ? "$end" : undef } };
}

sub krates
{
	my ($r, $count) = @_;

	if ($r->{path} eq '/v3/session')
	{
		return refused('who are you?') unless $r->{body} eq 'user=ann&password=krates-secret' && $r->{headers}{'content-type'} eq 'application/x-www-form-urlencoded';
		return { json => { status => 'OK', session => { key => 'key-' . ++$session, lives => 900 } } };
	}
	return { headers => { Date => 'x' }, json => { status => 'OK' } } if $r->{path} eq '/v3/';
	return { status => 401 } unless ($r->{headers}{'x-krates-session'} // '') =~ /^key-\d+$/;
	return { status => 420, headers => { 'X-Krates-Wait' => 20 } } if $count % 9 == 0;
	return krates_query($json->decode($r->{body})) if "$r->{method} $r->{path}" eq 'POST /v3/query';
	if ($r->{path} eq '/v3/orders')
	{
		my ($page, $size) = $r->{query} =~ /^page=(\d+)&size=(\d+)$/ or return refused('page?');
		my @orders = map { { nr => "O$_", state => 'open', at => 1767225600000, buyer => { code => "C$_" }, lines => [ map { { pos => $_, code => "SKU-$_", wanted => $_, gone => '0.5' } } 1, 2 ] } } 1 .. 3;
		return { json => { status => 'OK', orders => [ $page == 1 ? @orders[ 0, 1 ] : $orders[2] ], more => $page == 1 ? JSON::PP::true : JSON::PP::false } };
	}
	return { json => { status => 'OK', nr => 9001 } } if $r->{path} eq '/v3/put' && $json->decode($r->{body})->{row}{code};
	return refused('no such address');
}

my $server = Stockbridge::Answers->start(\&krates);

# ---- the page ----

my $page = PostgreSQL::Test::Utils::slurp_file(test_root() . '/doc/ims.md');
my ($section) = $page =~ /^## A system nobody has seen.*?\n(.*?)^## /ms;
my @steps = $section =~ /^```sql\n(.*?)^```$/msg;
cmp_ok(scalar @steps, '>=', 7, 'the page has its SQL');
my $url = $server->url . '/v3';
s{https://krates\.example/v3}{$url}g foreach @steps;

my $node = new_cluster('page', conf => "log_statement = 'none'\nlog_min_error_statement = panic\n");
$node->safe_psql('postgres', 'CREATE EXTENSION IF NOT EXISTS stockbridge');
my $out = '';
foreach my $step (@steps)
{
	my ($status, $stdout, $stderr) = $node->psql('postgres', $step, on_error_stop => 1);
	is($status, 0, 'it works: ' . ($step =~ /^(.*)$/m)[0]) or diag($stderr);
	$out .= "$stdout\n";
}

sub query { return $node->safe_psql('postgres', $_[0]); }

like($out, qr/"status": "OK"/, 'the first answer can be looked at');
like($out, qr/^SKU-1\|Item 1\nSKU-7\|Item 7$/m, 'and the first rows');
is(query('SELECT count(*), count(DISTINCT sku), count(*) FILTER (WHERE NOT active) FROM krates.products'), '230|230|1', 'all products, in pages of 100, columns in changing order');
is(query('SELECT count(*), sum(on_hand), min(on_hand), max(on_hand) FROM krates.stock'), '120|300.00|2.50|2.50', 'stock, lots added up');
is(query(q{SELECT on_hand FROM krates.stock WHERE sku = 'SKU-7' AND location = 'YARD'}), '2.50', 'by the codes of products and places');
is(query(q{SET timezone = 'UTC'; SELECT movement_ref, kind, sku, quantity, from_location, to_location, happened_at::date, document_ref FROM krates.movements ORDER BY 1}),
	"1|receipt|SKU-1|10||MAIN|2026-01-01|PO-1\n2|dispatch|SKU-1|2.5|MAIN||2026-01-02|SO-1\n3|return|SKU-2|1||YARD|2026-01-03|SO-1\n4|adjustment|SKU-2|-3||YARD|2026-01-04|",
	'movements of every kind');
is(query(q{SELECT count(*) FROM krates.movements WHERE happened_at >= '2026-01-03 00:00+00'}), 2, 'since a time');
is((grep { $_->{body} =~ /"event".*"at",">=",1767398400000/ } $server->requests) > 0, 1, 'as Krates is told');
is(query('SELECT count(*), sum(quantity), sum(shipped) FROM krates.order_lines'), '6|9|3.0', 'lines of orders');
is(query('SELECT string_agg(order_ref || customer_ref, \' \') FROM krates.orders'), 'O1C1 O2C2 O3C3', 'orders');
my ($report) = $out =~ /^(reachable\|.*?)^$/ms;
unlike($report, qr/\|failed/, 'the test of the profile finds no fault') or diag($report);
like($report, qr/^products: pages\|ok: 230 rows in 3 pages/m, 'it turned pages');
like($report, qr/^movements: watermark\|ok/m, 'and asked for new movements');
like($out, qr/^9001$/m, 'a new product was written');
is(query(q{SELECT count(*) FROM krates2.stock}), 120, 'and the profile serves a second server');
is(query(q{SELECT tables FROM stockbridge.profiles WHERE name = 'krates'}) =~ /order_lines/, 1, 'with all its tables');

done_testing();
