# Reading entity sets: what a query may say, and what it is answered, in both versions.

use strict;
use warnings;
use utf8;

use FindBin;
use lib $FindBin::Bin;
use Sim;
use Test::More;

binmode $_, ':utf8' foreach map { Test::More->builder->$_ } qw(output failure_output todo_output);

my $sim = Sim->new('--items' => 50, '--edge-items' => undef, '--orders' => 3);
$sim->login;

# shape
my $v2 = $sim->get(2, "Items?\$filter=ItemCode eq 'A00001'&\$count=true");
my $v1 = $sim->get(1, "Items?\$filter=ItemCode eq 'A00001'&\$inlinecount=allpages");
is($v2->{header}{'content-type'}, 'application/json;odata.metadata=minimal;charset=utf-8', 'content type of version 2');
is($v1->{header}{'content-type'}, 'application/json;odata=minimalmetadata;charset=utf-8', 'content type of version 1');
like($v2->{text}, qr/"\@odata\.count" : 1,/, 'version 2 counts with a number');
like($v1->{text}, qr/"odata\.count" : "1"/, 'version 1 counts with a string');
is($v2->{json}{value}[0]{UpdateDate}, '2024-06-01T00:00:00Z', 'dates carry a time in version 2');
is($v1->{json}{value}[0]{UpdateDate}, '2024-06-01', '… and none in version 1');
is($v2->{json}{value}[0]{UpdateTime}, '01:01:07', 'times have seconds');
is($v2->{json}{value}[0]{Valid}, 'tYES', 'enumerations show their member');
like($v2->{json}{value}[0]{'@odata.etag'}, qr/^W\/"[0-9A-F]{40}"$/, 'rows carry their ETag');
like($v1->{text}, qr/"odata\.metadata" : "[^"]+\$metadata#Items"/, 'version 1 names its metadata');
is(scalar @{ $v2->{json}{value}[0]{ItemWarehouseInfoCollection} }, 3, 'collections come embedded');

sub codes { my ($filter, @headers) = @_; return join ' ', sort(Sim::values_of($sim->get(2, "Items?\$select=ItemCode&\$filter=$filter", 'Prefer: odata.maxpagesize=0', @headers), 'ItemCode')) }
sub refused { my ($query, $text, $name) = @_; foreach my $v (1, 2) { my $a = $sim->get($v, $query); is("$a->{status} " . Sim::error($a), "400 $text", "$name, version $v") } }

# filters
is(codes("ItemCode ge 'A00002' and ItemCode lt 'A00004'"), 'A00002 A00003', 'comparison and "and"');
is(codes("ItemCode eq 'A00002' or ItemCode eq 'A00009'"), 'A00002 A00009', '"or"');
is(codes("startswith(ItemCode,'A0000') and not (ItemCode gt 'A00002')"), 'A00001 A00002', '"not" and startswith');
is(codes("endswith(ItemCode,'0010')"), 'A00010', 'endswith');
is(codes("contains(ItemName,'%25')"), 'E-100%', 'a percent sign in contains is a percent sign');
is(codes("substringof('Under_',ItemName)"), 'E_UNDER', 'substringof has its arguments the other way round');
is(codes("ItemCode eq 'E-QUOTE''1'"), "E-QUOTE'1", 'a doubled quote is one quote');
is(codes("ItemName eq null"), 'E-NULL', 'null is not the empty text');
is(codes("ItemName eq ''"), 'E-EMPTY', '… nor the other way round');
unlike(codes("not (ItemName eq 'x')"), qr/E-NULL/, 'not of an unknown comparison is unknown');
unlike(codes("ItemName ne 'x'"), qr/E-NULL/, 'null is not different from anything');
is(codes("ItemCode eq 'e-case'"), 'e-case', 'text compares with its case');
is(codes("ItemCode eq 'e-case'", 'B1S-CaseInsensitive: true'), 'E-CASE e-case', '… unless the header says otherwise');
is(codes("ItemName eq 'ÄRGER äRGER ß'", 'B1S-CaseInsensitive: true'), 'E-UMLÄ', '… beyond ASCII too');
is(codes("ItemName eq 'Trailing blank'"), '', 'a trailing blank counts');
is(codes("InventoryItem eq 'tNO'"), codes("InventoryItem eq 'N'"), 'enumerations by member or database value');
is(codes("CreateDate eq '2024-02-29' and ItemCode eq 'E-NULL'"), 'E-NULL', 'a date');
is(codes("CreateDate eq datetime'20240229' and ItemCode eq 'E-NULL'"), 'E-NULL', '… in its other form');
is(codes("CreateDate eq '2024-02-29T12:21:21' and ItemCode eq 'E-NULL'"), 'E-NULL', '… by the day, whatever the time');
is(codes("UpdateTime eq '23:59' and ItemCode eq 'E-NULL'"), 'E-NULL', 'a time compares by the minute');
is(codes("UpdateTime gt '235900' and ItemCode eq 'E-NULL'"), '', '… so that seconds never make it later');
is(codes("DesiredInventory eq 0.3 and ItemCode eq 'E-NULL'"), 'E-NULL', 'decimals compare exactly');
is(codes("DesiredInventory eq 0.3000001"), '', '… however many digits the literal has');
is(codes("DesiredInventory gt 0.2999999 and ItemCode eq 'E-NULL'"), 'E-NULL', '… on the right side of it');
is(codes("MinInventory eq 9007199254.740993"), 'E-PRICE', 'beyond what a binary double can tell apart');
is(codes("MinInventory eq 9007199254.740992"), '', '… it is told apart');
is(codes("QuantityOnStock lt QuantityOrderedByCustomers"), '', 'two properties compare');
is(codes(join ' or ', map { sprintf "ItemCode eq 'A%05d'", $_ } 1 .. 60), codes("startswith(ItemCode,'A')"), 'a long list of keys');
is(codes("(" x 50 . "ItemCode eq 'A00001'" . ")" x 50), 'A00001', 'parentheses within reason');

# what is refused, and how
refused("Items?\$filter=NoSuch eq 1", "201: Property 'NoSuch' is invalid", 'an unknown property');
refused("Items?\$select=NoSuch", "201: Property 'NoSuch' is invalid", 'an unknown property to show');
refused("Items?\$orderby=NoSuch", "201: Property 'NoSuch' is invalid", 'an unknown property to sort by');
my $condition = '201: Query string error - Invalid filter condition';
my $symbol = '201: Query string error - Invalid symbol in the filter condition';
refused("Items?\$filter=ItemCode eq", $condition, 'half a comparison');
refused("Items?\$filter=ItemCode in ('A','B')", $condition, '"in"');
refused("Items?\$filter=QuantityOnStock add 1 gt 2", $condition, 'arithmetic');
refused("Items?\$filter=tolower(ItemCode) eq 'a'", $condition, 'another function');
refused("Items?\$filter=length(ItemCode) gt 2", $condition, 'a length');
refused("Items?\$filter=QuantityOnStock eq 'five'", $condition, 'text against a number');
refused("Items?\$filter=ItemCode eq 5", $condition, 'a number against text');
refused("Items?\$filter=CreateDate eq '2024-02-30'", $condition, 'a day that does not exist');
refused("Items?\$filter=Valid eq 'tMAYBE'", $condition, 'a member that does not exist');
refused("Items?\$filter=not ItemCode eq 'A'", $condition, '"not" without parentheses');
refused("Items?\$filter=5 lt QuantityOnStock", $condition, 'a literal on the left');
refused("Items?\$filter=ItemWarehouseInfoCollection/InStock gt 1", $condition, 'a line collection');
refused("Orders?\$filter=DocumentLines/any(d:d/ItemCode eq 'A')", $symbol, 'a lambda');
refused("Items?\$filter=ItemCode eq 'A' ; drop", $symbol, 'a stray symbol');
refused("Items?\$filter=ItemCode eq 'A", $symbol, 'an open quote');
refused("Nowhere", "-1002: Invalid entityset 'Nowhere'", 'an unknown set');
is($sim->get(2, 'Items?$filter=' . '(' x 300 . "ItemCode eq 'A'" . ')' x 300)->{status}, 400, 'endless parentheses');
is($sim->get(2, "Items?\$filter=ItemCode eq 'x') or (1 eq 1")->{status}, 400, 'what would be an injection');

# order and pages
is(join(' ', Sim::values_of($sim->get(2, "Items?\$select=ItemCode&\$orderby=ItemCode desc&\$top=2&\$filter=startswith(ItemCode,'A')"), 'ItemCode')), 'A00050 A00049', 'sorted and cut');
is(join(' ', Sim::values_of($sim->get(2, "Items?\$select=ItemCode&\$orderby=ItemCode&\$top=2&\$skip=3"), 'ItemCode')), 'A00004 A00005', 'skip comes before top');
my $page = $sim->get(2, 'Items?$select=ItemCode');
is(scalar @{ $page->{json}{value} }, 20, 'a page has twenty rows');
isnt(join(' ', Sim::values_of($page, 'ItemCode')), join(' ', sort(Sim::values_of($page, 'ItemCode'))), 'unsorted rows come in no useful order');
is($page->{json}{'@odata.nextLink'}, 'Items?$select=ItemCode&$skip=20', 'the next link is relative and repeats the query in version 2');
is($sim->get(1, 'Items?$select=ItemCode')->{json}{'odata.nextLink'}, 'Items?$skip=20', '… and is bare in version 1');
my $sized = $sim->get(2, 'Items?$select=ItemCode', 'Prefer: odata.maxpagesize=7');
is(scalar @{ $sized->{json}{value} }, 7, 'the client may choose the page size');
is($sized->{header}{'preference-applied'}, 'odata.maxpagesize=7', '… and is told so');
unlike($sized->{json}{'@odata.nextLink'}, qr/page/, '… but the link does not carry it');
my $whole = $sim->get(2, 'Items?$select=ItemCode', 'Prefer: odata.maxpagesize=0');
is(scalar @{ $whole->{json}{value} }, 70, 'page size 0 means all');
ok(!exists $whole->{json}{'@odata.nextLink'}, '… in one page');
ok(!exists $sim->get(2, 'Items?$top=5')->{json}{'@odata.nextLink'}, 'a top within the page has no next link');
my %seen;
for (my $link = 'Items?$select=ItemCode'; $link; )
{
	my $answer = $sim->get(2, $link);
	$seen{$_}++ foreach Sim::values_of($answer, 'ItemCode');
	$link = $answer->{json}{'@odata.nextLink'};
}
is(scalar(keys %seen) . '/' . scalar(grep { $_ > 1 } values %seen), '70/0', 'the pages of an unchanged set are complete');
is($sim->get(2, "Items/\$count?\$filter=startswith(ItemCode,'A')")->{text}, '50', 'a plain count');

# single entities and their properties
my $item = $sim->get(2, "Items('A00001')");
is($item->{json}{ItemCode}, 'A00001', 'an entity by its key');
is($item->{header}{etag}, 'W/"356A192B7913B04C54574D18C28D46E6395428AB"', 'with the ETag of version 1');
is($sim->get(2, "Items('E-QUOTE''1')")->{json}{ItemCode}, "E-QUOTE'1", 'a key with a quote');
is($sim->get(2, "Items('E%2FSLASH')")->{json}{ItemCode}, 'E/SLASH', 'a key with a slash');
is($sim->get(2, "Items('E-PLUS%2B1')")->{json}{ItemCode}, 'E-PLUS+1', 'a key with a plus');
is($sim->get(1, "Items(ItemCode='A00001')")->{json}{ItemCode}, 'A00001', 'a named key');
my $missing = $sim->get(2, "Items('NOPE')");
is("$missing->{status} " . Sim::error($missing), '404 -2028: No matching records found (ODBC -2028)', 'a missing entity');
is($sim->get(2, "Items('A00001')/ItemName")->{json}{value}, $item->{json}{ItemName}, 'a property');
is($sim->get(2, "Items('A00001')/ItemName/\$value")->{text}, $item->{json}{ItemName}, 'its bare value');
is($sim->get(1, "Items('NOPE')/ItemName")->{text}, "{ \"odata.null\" : true }\n", 'a property of nothing is null, not missing');
is(Sim::error($sim->get(2, "Items('NOPE')/ItemName/\$value")), '-2028: Resource not found for the property: ItemName', '… but it has no value');
is(scalar @{ $sim->get(2, "Items('A00001')/ItemWarehouseInfoCollection")->{json}{ItemWarehouseInfoCollection} }, 3, 'a collection alone');
is_deeply([ sort keys %{ $sim->get(2, "Items('A00001')?\$select=ItemCode,ItemName")->{json} } ], [ '@odata.context', '@odata.etag', 'ItemCode', 'ItemName' ], 'chosen properties only');

# ETags freeze under $select
$sim->patch(2, "Items('A00002')", { ForeignName => 'x' });
is($sim->get(2, "Items('A00002')")->{header}{etag}, 'W/"DA4B9237BACCCDF19C0760CAB7AEC4A8359010B0"', 'a change moves the ETag');
my $frozen = $sim->get(2, "Items('A00002')?\$select=ItemCode");
is($frozen->{json}{'@odata.etag'}, 'W/"356A192B7913B04C54574D18C28D46E6395428AB"', 'under $select it is that of version 1');
ok(!exists $frozen->{header}{etag}, '… and not in the headers');
my $stale = $sim->patch(2, "Items('A00002')", { ForeignName => 'y' }, 'If-Match: W/"356A192B7913B04C54574D18C28D46E6395428AB"');
like("$stale->{status} " . Sim::error($stale), qr/^412 -2039: Another user or another operation modified data/, 'a stale ETag is refused');
is($sim->patch(2, "Items('A00002')", { ForeignName => 'y' }, 'If-Match: W/"DA4B9237BACCCDF19C0760CAB7AEC4A8359010B0"')->{status}, 204, 'the true one is not');

# numbers keep their digits
is(($sim->get(2, "Items('E-PRICE')")->{text} =~ /"MaxInventory" : ([^,]+),/)[0], '9223372036854.775807', 'the largest number B1 can hold');
is(($sim->get(2, "Items('E-PRICE')")->{text} =~ /"DesiredInventory" : ([^,]+),/)[0], '-0.000001', 'the smallest step');
is(($sim->get(2, "Items('E-NULL')")->{text} =~ /"MinInventory" : ([^,]+),/)[0], '0.10', 'a trailing zero, as B1 prints it');

# $apply
my $apply = $sim->get(2, "Items?\$apply=filter(startswith(ItemCode,'A'))/aggregate(\$count as N,ItemCode with countdistinct as D,AvgStdPrice with max as M)");
is($apply->{json}{value}[0]{N}, 50, 'a count by $apply');
like($apply->{text}, qr/"D" : "50"/, 'countdistinct is a string');
like($apply->{text}, qr/"\@odata\.id" : null/, 'the row has an id of null');
my $grouped = $sim->get(1, 'Items?$apply=groupby((Valid),aggregate($count as N))&$orderby=N desc');
is(scalar @{ $grouped->{json}{value} }, 2, 'a grouping');
cmp_ok($grouped->{json}{value}[0]{N}, '>', $grouped->{json}{value}[1]{N}, '… sorted by its aggregate');
is($sim->get(2, "Items?\$apply=$_->[0]")->{status}, 400, "refused: $_->[1]") foreach
  [ 'aggregate(ItemCode with sum as S)', 'a sum of text' ],
  [ 'aggregate(AvgStdPrice with sum)', 'a result without name' ],
  [ 'aggregate(AvgStdPrice with sum as S,AvgStdPrice with max as S)', 'a name for two results' ],
  [ 'aggregate(AvgStdPrice with count as S)', 'a method that there is not' ],
  [ 'groupby(Valid,aggregate($count as N))', 'keys without parentheses' ],
  [ 'groupby((ItemWarehouseInfoCollection/WarehouseCode),aggregate($count as N))', 'a key in a collection' ],
  [ 'groupby((Valid),aggregate($count as N))&$select=Valid', '$select beside $apply' ],
  [ 'groupby((Valid))/filter(Valid eq \'tYES\')', 'a filter of groups' ];
like(Sim::error($sim->get(1, 'Items?$apply=groupby((NoSuch))')), qr/^201: Property 'NoSuch' is invalid/, 'refused: an unknown key');

# MSSQL's collation
my $mssql = Sim->new('--items' => 5, '--mssql' => undef, '--edge-items' => undef);
$mssql->login;
is(join(' ', Sim::values_of($mssql->get(2, "Items?\$select=ItemCode&\$filter=ItemCode eq 'a00001'"), 'ItemCode')), 'A00001', 'MSSQL does not mind case');
is(join(' ', Sim::values_of($mssql->get(2, "Items?\$select=ItemCode&\$filter=ItemName eq 'trailing BLANK'"), 'ItemCode')), 'E-TRAIL', '… nor trailing blanks');
is($mssql->get(2, "Items('a00001')")->{json}{ItemCode}, 'A00001', '… nor in a key');

done_testing();
