# The only join there is: $crossjoin, by GET and through QueryService_PostQuery.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Sim;
use Test::More;

my $sim = Sim->new('--items' => 30, '--orders' => 4);
$sim->login;

my $path = '$crossjoin(Items,Items/ItemWarehouseInfoCollection)';
my $expand = '$expand=Items($select=ItemCode,ItemName),Items/ItemWarehouseInfoCollection($select=WarehouseCode,InStock)';
my $join = 'Items/ItemCode eq Items/ItemWarehouseInfoCollection/ItemCode';
my $stock = 'Items/ItemWarehouseInfoCollection';

my $all = $sim->get(2, "$path?$expand&\$filter=$join", 'Prefer: odata.maxpagesize=0');
is(scalar @{ $all->{json}{value} }, 90, 'one row for each item and warehouse');
like($all->{json}{'@odata.context'}, qr/#Collection\(Edm\.ComplexType\)$/, 'the context says what rows are');
is_deeply([ map { sort keys %$_ } $all->{json}{value}[0] ], [ 'Items', 'Items/ItemWarehouseInfoCollection' ], 'a row has an object for each operand');
is_deeply([ sort keys %{ $all->{json}{value}[0]{$stock} } ], [ 'InStock', 'WarehouseCode' ], '… with the chosen properties');
is(scalar @{ $sim->get(1, "$path?$expand")->{json}{value} }, 20, 'pages are pages here too');
is($sim->get(2, "$path?$expand&\$count=true")->{json}{'@odata.count'}, 30 * 90, 'nothing is joined that the filter does not join');

my $some = $sim->get(2, "$path?$expand&\$filter=$join and $stock/WarehouseCode eq '01' and $stock/InStock gt 0 and startswith(Items/ItemCode,'A0000')&\$orderby=Items/ItemCode desc");
is_deeply([ map { $_->{Items}{ItemCode} } @{ $some->{json}{value} } ], [ map { "A0000$_" } reverse 1 .. 9 ], 'filtered by the line, sorted by the header');
my $next = $sim->get(2, "$path?$expand&\$filter=$join&\$orderby=Items/ItemCode,$stock/WarehouseCode", 'Prefer: odata.maxpagesize=50');
is(scalar @{ $sim->get(2, $next->{json}{'@odata.nextLink'}, 'Prefer: odata.maxpagesize=50')->{json}{value} }, 40, 'the next link leads on');

# the sum of what a cross join shows is what the books have
my %sum;
$sum{ $_->{Items}{ItemCode} } += $_->{$stock}{InStock} foreach @{ $all->{json}{value} };
my %total = map { $_->{ItemCode} => $_->{QuantityOnStock} } @{ $sim->get(2, 'Items', 'Prefer: odata.maxpagesize=0')->{json}{value} };
is_deeply([ map { "$_ " . $sum{$_} } sort keys %sum ], [ map { "$_ " . ($total{$_} + 0) } sort keys %total ], 'lines add up to the header');

# documents and their lines
my $lines = $sim->get(2, '$crossjoin(Orders,Orders/DocumentLines)?$expand=Orders($select=DocEntry,DocNum),Orders/DocumentLines($select=LineNum,ItemCode,Quantity)'
	. '&$filter=Orders/DocEntry eq Orders/DocumentLines/DocEntry and Orders/DocumentStatus eq \'bost_Open\'&$orderby=Orders/DocEntry,Orders/DocumentLines/LineNum');
is(scalar(map { @{ $_->{lines} } } grep { $_->{entity} eq 'Orders' } @{ $sim->sim('ledger')->{documents} }), scalar @{ $lines->{json}{value} }, 'headers join their lines');
my $three = $sim->get(2, '$crossjoin(Orders,Orders/DocumentLines,Items)?$expand=Orders($select=DocNum),Items($select=ItemName),Orders/DocumentLines($select=Quantity)'
	. '&$filter=Orders/DocEntry eq Orders/DocumentLines/DocEntry and Items/ItemCode eq Orders/DocumentLines/ItemCode');
is(scalar @{ $three->{json}{value} }, scalar @{ $lines->{json}{value} }, 'three operands join');

# arithmetic, allowed here alone
my $sums = $sim->get(2, "$path?\$expand=Items(\$select=ItemCode),$stock(\$select=InStock,InStock add 1.5 as More,InStock mul StandardAveragePrice as Value)&\$filter=$join and $stock/InStock add 1 gt $stock/Committed mul 2 and Items/ItemCode eq 'A00001'");
is($sums->{json}{value}[0]{$stock}{More}, $sums->{json}{value}[0]{$stock}{InStock} + 1.5, 'computed values');
is(scalar @{ $sums->{json}{value} }, 3, 'and arithmetic in the filter');

# aggregation
my $groups = $sim->get(2, "$path?\$apply=filter($join)/groupby(($stock/WarehouseCode),aggregate($stock(InStock with sum as Total),Items/\$count as N))&\$orderby=$stock/WarehouseCode");
is_deeply([ map { $_->{$stock}{WarehouseCode} } @{ $groups->{json}{value} } ], [ '01', '02', '03' ], 'grouped by a line property');
is($groups->{json}{value}[0]{Items}{N}, 30, 'counted');
my %warehouse;
$warehouse{ $_->{$stock}{WarehouseCode} } += $_->{$stock}{InStock} foreach @{ $all->{json}{value} };
is($groups->{json}{value}[0]{$stock}{Total}, $warehouse{'01'}, 'summed');
unlike($groups->{text}, qr/odata\.id/, 'rows of a join have no id');
is($sim->get(2, "$path?\$apply=filter($join)/$_->[0]")->{status}, 400, "refused: $_->[1]") foreach
  [ "groupby((WarehouseCode),aggregate(Items/\$count as N))", 'a key without its operand' ],
  [ "groupby(($stock/WarehouseCode),aggregate(\$count as N))", 'a count of no operand' ],
  [ "groupby(($stock/WarehouseCode),aggregate(InStock with sum as S))", 'a sum of no operand' ];

# what is refused
is(Sim::error($sim->get(2, $path)), '-1000: invalid $crossjoin query', 'bare, it is invalid');
is(Sim::error($sim->get(1, '$crossjoin(Items)?$expand=Items')), '-1000: invalid $crossjoin query', 'one operand is no join');
like(Sim::error($sim->get(2, '$crossjoin(Items,Nowhere)?$expand=Items')), qr/^-1002/, 'an unknown operand');
is(Sim::error($sim->get(2, "$path?$expand&\$filter=ItemCode eq 'A'")), "201: Property 'ItemCode' is invalid", 'a property without its operand');
is(Sim::error($sim->get(2, "$path?$expand&\$filter=Items/NoSuch eq 'A'")), "201: Property 'Items/NoSuch' is invalid", 'an unknown property');
is($sim->get(2, "$path?\$expand=Orders")->{status}, 400, 'an operand that is not there');

# the same by POST
my $posted = $sim->post(2, 'QueryService_PostQuery', { QueryPath => $path, QueryOption => "$expand&\$filter=$join" }, 'Prefer: odata.maxpagesize=0');
is($posted->{status}, 200, 'QueryService_PostQuery answers');
like($posted->{header}{'content-type'}, qr{^text/plain}, '… as plain text');
is_deeply($posted->{json}{value}, $all->{json}{value}, '… what the GET answers');
my $long = join ' or ', map { "Items/ItemCode eq 'A0000$_'" } (1 .. 9) x 300;
is(scalar @{ $sim->post(2, 'QueryService_PostQuery', { QueryPath => $path, QueryOption => "$expand&\$filter=$join and ($long)" }, 'Prefer: odata.maxpagesize=0')->{json}{value} },
	27, '… for a filter too long for any URL');
is(Sim::error($sim->post(2, 'QueryService_PostQuery', { QueryPath => $path })), '-1000: invalid $crossjoin query', 'bare, it is as invalid');

done_testing();
