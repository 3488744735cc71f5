# Flavour "odata" of sap_b1_fdw: a service that it has never seen is imported from
# its $metadata, conditions are sent as it spells them and mean what they mean in
# SQL, and every row comes exactly once, however the service pages.

use strict;
use warnings;
use utf8;

use Encode qw(decode encode);
use Stockbridge::Answers;
use Stockbridge::OData;
use Stockbridge::Test;
use Test::More;

# --- A shop, with every type there is ------------------------------------------

my $metadata = <<'END';
<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
 <edmx:Reference Uri="https://example.org/Core.xml"><edmx:Include Namespace="Org.OData.Core.V1" Alias="Core"/></edmx:Reference>
 <edmx:DataServices>
  <Schema Namespace="Shop" Alias="Self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
   <EnumType Name="Kind"><Member Name="Tool" Value="0"/><Member Name="Food" Value="1"/></EnumType>
   <EnumType Name="Rights" IsFlags="true"><Member Name="Read" Value="1"/><Member Name="Write" Value="2"/></EnumType>
   <EnumType Name="Twins"><Member Name="Old" Value="1"/><Member Name="New" Value="1"/></EnumType>
   <TypeDefinition Name="Money" UnderlyingType="Edm.Decimal" Scale="variable"/>
   <ComplexType Name="Address"><Property Name="City" Type="Edm.String"/><Property Name="Spot" Type="Self.Spot"/>
    <Property Name="Phones" Type="Collection(Edm.String)"/></ComplexType>
   <ComplexType Name="Spot"><Property Name="Lat" Type="Edm.Double"/></ComplexType>
   <ComplexType Name="Unused"><Property Name="request-id" Type="Edm.String"/></ComplexType>
   <ComplexType Name="Review"><Property Name="Stars" Type="Edm.Int32"/><Property Name="Words" Type="Collection(Edm.String)"/></ComplexType>
   <EntityType Name="Thing" Abstract="true"><Key><PropertyRef Name="ID"/></Key>
    <Property Name="ID" Type="Edm.Int32" Nullable="false"><Annotation Term="Core.Computed" Bool="false"/></Property></EntityType>
   <EntityType Name="Product" BaseType="Self.Thing" OpenType="true">
    <Property Name="Name" Type="Edm.String" MaxLength="40"/>
    <Property Name="Price" Type="Shop.Money"/>
    <Property Name="Rating" Type="Edm.Int16"/>
    <Property Name="Big" Type="Edm.Int64"/>
    <Property Name="Weight" Type="Edm.Double"/>
    <Property Name="Half" Type="Edm.Single"/>
    <Property Name="Sold" Type="Edm.DateTimeOffset"/>
    <Property Name="Made" Type="Edm.Date"/>
    <Property Name="Opens" Type="Edm.TimeOfDay" Precision="3"/>
    <Property Name="Warranty" Type="Edm.Duration"/>
    <Property Name="Code" Type="Edm.Guid"/>
    <Property Name="Blob" Type="Edm.Binary"/>
    <Property Name="Photo" Type="Edm.Stream"/>
    <Property Name="Gone" Type="Edm.Boolean" Nullable="false"/>
    <Property Name="Kind" Type="Shop.Kind"/>
    <Property Name="Rights" Type="Self.Rights"/>
    <Property Name="Twin" Type="Shop.Twins"/>
    <Property Name="Place" Type="Edm.GeographyPoint" SRID="4326"/>
    <Property Name="Any" Type="Edm.Untyped"/>
    <Property Name="Other" Type="Elsewhere.Unknown"/>
    <Property Name="Address" Type="Self.Address"/>
    <Property Name="Tags" Type="Collection(Edm.String)"/>
    <Property Name="Reviews" Type="Collection(Self.Review)"/>
    <NavigationProperty Name="Lines" Type="Collection(Shop.Line)" ContainsTarget="true"/>
    <NavigationProperty Name="Twins" Type="Collection(Shop.Product)"/>
   </EntityType>
   <EntityType Name="Perishable" BaseType="Shop.Product"><Property Name="BestBefore" Type="Edm.Date"/></EntityType>
   <EntityType Name="Line"><Key><PropertyRef Name="No"/></Key>
    <Property Name="No" Type="Edm.Int32" Nullable="false"/><Property Name="Text" Type="Edm.String"/></EntityType>
   <EntityType Name="Price"><Key><PropertyRef Name="Item"/><PropertyRef Name="List"/></Key>
    <Property Name="Item" Type="Edm.String" Nullable="false"/><Property Name="List" Type="Edm.Int32" Nullable="false"/>
    <Property Name="Amount" Type="Edm.Decimal" Precision="19" Scale="4"/></EntityType>
   <EntityContainer Name="Container">
    <EntitySet Name="Products" EntityType="Shop.Product"/>
    <EntitySet Name="Products_Tags" EntityType="Shop.Price"/>
    <EntitySet Name="Prices" EntityType="Self.Price"/>
    <EntitySet Name="Lost" EntityType="Elsewhere.Unknown"/>
    <Singleton Name="Me" Type="Shop.Line"/>
   </EntityContainer>
   <Annotations Target="Shop.Price/Amount"><Annotation Term="Core.Computed"/></Annotations>
   <Annotations Target="Shop.Container/Products_Tags">
    <Annotation Term="Org.OData.Capabilities.V1.TopSupported" Bool="false"/>
    <Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions"><Record>
     <PropertyValue Property="NonFilterableProperties"><Collection><PropertyPath>Amount</PropertyPath></Collection></PropertyValue>
    </Record></Annotation></Annotations>
  </Schema>
 </edmx:DataServices>
</edmx:Edmx>
END

my @names = ("O'Neil & Söhne", '100% +1', '', 'a_b', 'Ä#?/=', undef, 'plain', 'Plain', 'plain ', '$x;y,(z)', '"quoted\\"', 'zz');
my @rows = map {
	my $n = $_;
	{
		ID => $n, Name => $names[ $n - 1 ], Price => $n % 5 ? $n * 1.25 : undef, Rating => $n - 6,
		Big => "900719925474099$n", Weight => $n == 4 ? 'NaN' : $n == 5 ? undef : $n / 8, Half => $n / 4,
		Sold => $n % 4 ? sprintf('2026-01-%02dT10:00:00.%sZ', $n, (qw(123456789 5 9999999))[ $n % 3 ]) : undef,
		Made => $n % 6 ? sprintf('2025-12-%02d', $n) : undef, Opens => sprintf('0%d:30:00%s', $n % 9, $n % 2 ? '.125' : ''),
		Warranty => $n % 2 ? 'P1DT2H3M4.5S' : '-P2DT1H', Code => sprintf('01234567-89ab-cdef-0123-4567890000%02d', $n),
		Blob => '-_8A', Photo => undef, Gone => $n % 3 ? JSON::PP::true : JSON::PP::false,
		Kind => $n % 2 ? 'Tool' : $n == 12 ? undef : 'Food', Rights => 'Read, Write', Twin => 'Old',
		Place => { type => 'Point', coordinates => [ $n, 2 ] }, Any => 'text', Other => [ 1, { a => undef } ],
		Address => $n == 3 ? undef : { City => "City $n", Spot => { Lat => $n + 0.5 }, Phones => [ map { "0$n$_" } 1 .. $n % 3 ] },
		Tags => [ map { "tag $_" } 1 .. $n % 4 ],
		Reviews => [ map { { Stars => $_, Words => [ 'so', 'so' ] } } 1 .. $n % 2 ],
		Lines => [ map { { No => $_, Text => "line $n.$_" } } 1 .. $n % 7 ], Twins => [],
	}
} 1 .. 12;
my %types = (
	ID => 'Int32', Name => 'String', Price => 'Decimal', Rating => 'Int16', Big => 'Int64', Weight => 'Double', Sold => 'DateTimeOffset',
	Made => 'Date', Opens => 'TimeOfDay', Code => 'Guid', Gone => 'Boolean', Kind => 'Shop.Kind', 'Address/City' => 'String', 'Address/Spot/Lat' => 'Double',
	map { $_ => $_ } qw(Half Warranty Blob Rights Twin Place Any Other));
my $prices = {
	key => [ 'Item', 'List' ], types => { Item => 'String', List => 'Int32', Amount => 'Decimal' },
	rows => [ map { my $item = $_; map { { Item => $item, List => $_, Amount => "$_.5000" } } 1 .. 3 } "a'b", 'ü' ] };
my %sets = (
	Products => { key => ['ID'], types => \%types, rows => \@rows, navigation => 'Lines', collections => [ 'Tags', 'Reviews' ] },
	Prices => $prices,
	Products_Tags => { %$prices, rows => [] },
	Me => { single => { No => 1, Text => 'I' }, types => { No => 'Int32', Text => 'String' } });

my $remote = Stockbridge::Answers->start(Stockbridge::OData::service(\%sets, $metadata));
my $node = new_cluster('main');
my @manners = qw(whole paged absolute v401 silent poor away circle narrow guarded);

# Programs speak UTF-8, the test in characters.
sub octets { return encode('UTF-8', $_[0]); }

# The answer, or the error in its place.
sub query
{
	my ($status, $stdout, $stderr) = $node->psql('postgres', octets($_[0]));
	return decode('UTF-8', $status == 0 ? $stdout : $stderr);
}

sub failure
{
	my ($status, $stdout, $stderr) = $node->psql('postgres', octets($_[0]));
	return decode('UTF-8', $stderr);
}

# Requests that a statement has caused, as "GET Products?$top=1", decoded.
sub requests_of
{
	my ($sql) = @_;
	my $before = () = $remote->requests;

	query($sql);
	my @requests = $remote->requests;
	return map { my $line = "$_->{method} $_->{path}?$_->{query}"; $line =~ s/%([0-9A-F]{2})/chr hex $1/ge; $line =~ s{/\w+/}{}r } @requests[ $before .. $#requests ];
}

query('CREATE EXTENSION stockbridge');
query(<<"END") foreach @manners;
CREATE SERVER $_ FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $remote->url ]}/$_', flavour 'odata');
CREATE SCHEMA $_;
END

# --- Import -----------------------------------------------------------------------

sub columns
{
	return query(<<"END");
SELECT attname || ' ' || format_type(atttypid, atttypmod) || ' ' || array_to_string(attfdwoptions, ' ')
  FROM pg_attribute WHERE attrelid = '$_[0]'::regclass AND attnum > 0 ORDER BY attnum
END
}

my ($status, $stdout, $stderr) = $node->psql('postgres', 'IMPORT FOREIGN SCHEMA odata FROM SERVER whole INTO whole');
like($stderr, qr/WARNING:  entity set Lost .* is left out/, 'a set of a type from elsewhere costs only itself');
is(query(q(SELECT string_agg(c.relname || ' ' || array_to_string(t.ftoptions, ' '), E'\n' ORDER BY c.relname COLLATE "C")
             FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid WHERE c.relnamespace = 'whole'::regnamespace)),
	<<'END' =~ s/\n\z//r, 'sets, singletons and collections are tables; a set keeps its name before a collection');
me entity=Me singleton=true
prices entity=Prices
products entity=Products
products_address_phones entity=Products collection=Address/Phones via=values
products_lines entity=Products collection=Lines via=expand
products_reviews entity=Products collection=Reviews via=nested
products_tags entity=Products_Tags unsupported=top
products_tags_2 entity=Products collection=Tags via=values
END
is(columns('whole.products'), <<'END' =~ s/\n\z//r, 'every type of OData has its type here');
id integer property=ID type=Edm.Int32 key=true
name text property=Name type=Edm.String
price numeric property=Price type=Edm.Decimal
rating smallint property=Rating type=Edm.Int16
big bigint property=Big type=Edm.Int64
weight double precision property=Weight type=Edm.Double
half real property=Half type=Edm.Single
sold timestamp with time zone property=Sold type=Edm.DateTimeOffset
made date property=Made type=Edm.Date
opens time without time zone property=Opens type=Edm.TimeOfDay
warranty interval property=Warranty type=Edm.Duration
code uuid property=Code type=Edm.Guid
blob bytea property=Blob type=Edm.Binary
gone boolean property=Gone type=Edm.Boolean
kind text property=Kind type=Shop.Kind values=Tool, Food
rights text property=Rights type=Shop.Rights filterable=false values=Read, Write
twin text property=Twin type=Shop.Twins filterable=false values=Old, New
place jsonb property=Place type=Edm.GeographyPoint
any jsonb property=Any type=Edm.Untyped
other jsonb property=Other type=Edm.Untyped
address_city text property=Address/City type=Edm.String
address_spot_lat double precision property=Address/Spot/Lat type=Edm.Double
END
is(columns('whole.products_reviews'), <<'END' =~ s/\n\z//r, 'a collection has its entity\'s key; one within it is JSON');
id integer property=ID type=Edm.Int32 of=entity key=true
stars integer property=Stars type=Edm.Int32
words jsonb property=Words type=Edm.Untyped
END
is(columns('whole.products_tags'), <<'END' =~ s/\n\z//r, 'what the service says of itself becomes options');
item text property=Item type=Edm.String key=true
list integer property=List type=Edm.Int32 key=true
amount numeric property=Amount type=Edm.Decimal read_only=true filterable=false
END
query(q(CREATE SCHEMA more; IMPORT FOREIGN SCHEMA odata LIMIT TO ("Products", "Products_Twins") FROM SERVER whole INTO more OPTIONS (navigations 'true', derived 'true', names 'exact')));
like(columns('more."Products"'), qr{^BestBefore date property=Shop\.Perishable/BestBefore type=Edm\.Date$}m, 'properties of derived types on demand');
like(columns('more."Products_Twins"'), qr/^ID integer property=ID type=Edm.Int32 of=entity key=true\nID_2 integer/, '… and what navigation leads to');
like(failure('IMPORT FOREIGN SCHEMA service_layer FROM SERVER whole INTO more'), qr/has no schema "service_layer".*There is "odata"/s, 'another schema is refused with the right one');

# --- Values --------------------------------------------------------------------

is(query(q(SELECT half, sold, made, opens, warranty, code, blob, gone, kind, place, "any", other, address_spot_lat, big FROM whole.products WHERE id = 2)),
	q(0.5|2026-01-02 10:00:01+00|2025-12-02|02:30:00|-2 days -01:00:00|01234567-89ab-cdef-0123-456789000002|\\xfbff00|t|Food|{"type": "Point", "coordinates": [2, 2]}|"text"|[1, {"a": null}]|2.5|9007199254740992),
	'values of every type arrive');
is(query(q(SELECT no, text FROM whole.me)), '1|I', 'a singleton is a table of one row');
is(query(q(SELECT string_agg(value, ',') FROM whole.products_tags_2 WHERE id = 3)), 'tag 1,tag 2,tag 3', 'bare values are rows');
is(query(q(SELECT string_agg(id || ':' || value, ',') FROM whole.products_address_phones WHERE id < 4)), '1:011,2:021,2:022', '… also those of a complex value');
is(query(q(SELECT id, stars, words FROM whole.products_reviews WHERE id = 7)), '7|1|["so", "so"]', 'complex members are rows');

# --- Conditions: pushed down, and the same as here -----------------------------

my @conditions = (
	(map { "id $_ 5" } qw(= <> < <= > >=)), 'id IN (1, 3, 99)', 'NOT id = 5', 'id BETWEEN 3 AND 6 AND rating > 0',
	(map { my $c = $_; map { "$c $_" } 'IS NULL', 'IS NOT NULL' } qw(name price sold weight kind gone code opens warranty)),
	(map { "name = " . sql_literal($_) } grep { defined } @names), q(name IN ('plain', '100% +1')),
	q(name LIKE 'pla%'), q(name LIKE '%b'), q(name LIKE '%Söhne%'), q(name LIKE '100\%%'),
	(map { "price $_ 3.75" } qw(= <> < <= > >=)), (map { "price $_ 10" } qw(= < >)), (map { "weight $_ 0.75" } qw(= <> < <= > >=)),
	'NOT (weight > 0.75)', 'NOT (weight > 0.75 OR id = 2)', 'NOT (price <> 5 AND id = 3)',
	(map { my $o = $_; map { "sold $o '2026-01-$_+00'" } '01 10:00:00.123457', '02 10:00:01', '03 10:00:00.5' } qw(= < <= > >=)),
	(map { "made $_ DATE '2025-12-04'" } qw(= <> < <= > >=)), (map { "opens $_ '03:30:00.125'" } qw(= < <= > >=)),
	q(code = '01234567-89AB-cdef-0123-456789000003'), q(code <> '01234567-89ab-cdef-0123-456789000003'), 'gone', 'NOT gone', 'gone = false', 'gone IS TRUE',
	q(kind = 'Food'), q(kind <> 'Food'), q(NOT (kind = 'Food')), q(kind = 'Nothing'), q(kind IN ('Food', 'Nothing')),
	q(address_city = 'City 4'), 'address_city IS NULL', 'address_spot_lat > 9', q(rights = 'Read, Write'),
	q(name = 'plain' OR price > 12), q((id = 1 OR id = 2) AND NOT (price = 2.5)), 'big = 9007199254740993', 'rating = -5', 'half = 0.5');
# In one go: what is asked of the service, and what is computed here from all rows.
my %compared = map { my ($n, $pushed, $local) = split /\|/; ($n => [ $pushed, $local ]) } split /\n/, query(join '', map { <<"END" } 0 .. $#conditions);
SELECT $_, (SELECT array_agg(id ORDER BY id) FROM whole.products WHERE $conditions[$_]),
       (SELECT array_agg(id ORDER BY id) FROM (SELECT * FROM whole.products OFFSET 0) x WHERE $conditions[$_]);
END
foreach my $n (0 .. $#conditions)
{
	my ($pushed, $local) = @{ $compared{$n} // [ 'no answer', 'an answer' ] };
	is($pushed, $local, octets("$conditions[$n]: the same rows"));
}

sub filters_of
{
	my $plans = query(join '', map { "EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM whole.products WHERE $_;\n" } @_);

	$plans =~ s/%([0-9A-F]{2})/chr hex $1/ge;
	return map { /\$filter=(.*?)(?:&\$|$)/ ? $1 : 'none' } $plans =~ /Remote Request: (.*)$/mg;
}

my %spelled = (
	q(id = 5) => 'ID eq 5', q(code = '01234567-89ab-cdef-0123-456789000003') => 'Code eq 01234567-89ab-cdef-0123-456789000003',
	q(kind = 'Food') => q(Kind eq Shop.Kind'Food'), q(kind <> 'Food') => q((Kind ne Shop.Kind'Food' and Kind ne null)), q(kind = 'Nothing') => 'none',
	q(made > '2025-12-04') => 'Made gt 2025-12-04', 'price < 2.5' => 'Price lt 2.5', 'weight > 1' => 'not (Weight le 1)', 'gone' => 'Gone eq true',
	q(sold > '2026-01-02 10:00:00.5+02') => 'Sold ge 2026-01-02T07:59:59Z', q(sold = '2026-01-02 10:00:00+00') => '(Sold ge 2026-01-02T09:59:59Z and Sold le 2026-01-02T10:00:01Z)', q(opens <= '23:59:59.5') => 'none', q(opens >= '00:00:00.5') => 'none',
	q(name = 'O''N') => q(Name eq 'O''N'), q(name LIKE 'a%') => q(startswith(Name,'a')),
	q(name <> 'a') => 'none', q(name > 'a') => 'none', q(rights = 'Read') => 'none', 'price IS NULL' => 'Price eq null', 'half = 0.5' => 'none',
	q(address_city = 'x') => q(Address/City eq 'x'));
my @spelled = sort keys %spelled;
my @filters = filters_of(@spelled);
is($filters[$_], $spelled{ $spelled[$_] }, "$spelled[$_]: sent as $spelled{ $spelled[$_] }") foreach 0 .. $#spelled;
is(scalar requests_of('SELECT * FROM whole.products WHERE id = ANY (ARRAY[]::int[])'), 0, 'what selects nothing asks nothing');
my $list = join ', ', map { sprintf "'01234567-89ab-cdef-0123-4567890%05d'", $_ } 1 .. 90;
is((filters_of("code IN ($list) AND rating > 2"))[0], 'Rating gt 2', 'of a condition that is too long for a URL the parts are sent that fit');

# --- Pages ------------------------------------------------------------------------

my $all = query('SELECT array_agg(id ORDER BY id) FROM whole.products');
my $lines = query('SELECT array_agg(id || text ORDER BY text) FROM whole.products_lines');
my %pages = (paged => 3, absolute => 3, v401 => 3, silent => 3, poor => 7);
foreach my $manner (sort keys %pages)
{
	$node->psql('postgres', "IMPORT FOREIGN SCHEMA odata FROM SERVER $manner INTO $manner");
	my @requests = requests_of("SELECT id FROM $manner.products");
	is(query("SELECT array_agg(id ORDER BY id) FROM $manner.products"), $all, "$manner: every row once");
	is(scalar @requests, $pages{$manner}, "… in $pages{$manner} requests");
	is(query("SELECT array_agg(id || text ORDER BY text) FROM $manner.products_lines"), $lines, '… and every member of every collection once');
	is(query("SELECT count(*), count(DISTINCT (item, list)) FROM $manner.prices"), '6|6', '… also by a key of text');
}
is(query('SELECT count(*) FROM (SELECT id FROM poor.products LIMIT 5) x'), '5', 'a poor service is not asked for a LIMIT either');
is((requests_of('SELECT id FROM paged.products'))[0], 'GET Products?$select=ID&$orderby=ID&$count=true', 'the first request counts');
like((requests_of('SELECT id FROM silent.products'))[1], qr/\$filter=\(ID gt 4\)&\$orderby=ID$/, 'a silent service is asked for what follows the last key');
like((requests_of('SELECT amount FROM silent.prices'))[1], qr/\$orderby=Item,List&\$skip=4$/, '… or by $skip where the key has no order that is sure');
is_deeply([ requests_of('SELECT id FROM paged.products LIMIT 2') ], ['GET Products?$select=ID&$orderby=ID&$count=true&$top=2'], 'a LIMIT is asked for');
is(query('SELECT array_agg(id) FROM (SELECT id FROM paged.products WHERE id % 5 = 0 LIMIT 2) x'), '{5,10}', '… and goes on if a condition checked here keeps too few');
is_deeply([ requests_of('SELECT id FROM paged.products WHERE price > 0 ORDER BY price DESC LIMIT 3') ], ['GET Products?$select=ID,Price&$filter=Price gt 0&$orderby=Price desc,ID&$count=true&$top=3'],
	'an order that all services have is asked for, with the LIMIT');
is(query('SELECT array_agg(id) FROM (SELECT id FROM silent.products WHERE price > 0 ORDER BY price DESC) x'), '{12,11,9,8,7,6,4,3,2,1}', '… and kept over pages');
unlike(join("\n", requests_of(q(SELECT id FROM paged.products WHERE name > '' ORDER BY name LIMIT 3))), qr/orderby=Name|top=3/, '… not that of text');
query(q(ALTER SERVER paged OPTIONS (ADD paging 'client')));
is(query('SELECT array_agg(id ORDER BY id) FROM paged.products'), $all, 'we can page ourselves');
is(scalar(grep { /skiptoken/ } requests_of('SELECT id FROM paged.products')), 0, '… and then follow no link');
query(q(ALTER SERVER paged OPTIONS (ADD unsupported 'filter, orderby, top, count')));
is(query('SELECT array_agg(id ORDER BY id) FROM paged.products WHERE id > 4'), '{5,6,7,8,9,10,11,12}', 'what the service cannot do is not asked of it');
unlike(join("\n", requests_of('SELECT id FROM paged.products WHERE id > 4')), qr/\$(?:filter|orderby|top|count)/, '… indeed');
like(failure(q(ALTER SERVER paged OPTIONS (SET unsupported 'sort'); SELECT id FROM paged.products)), qr/invalid value for option "unsupported"/, 'an ability that there is not is named');
foreach my $manner (qw(away circle))
{
	$node->psql('postgres', "IMPORT FOREIGN SCHEMA odata FROM SERVER $manner INTO $manner");
}
like(failure('SELECT id FROM away.products'), qr/server "away" names a next page that is not its own.*elsewhere\.example.*paging/s, 'no link leads to another host');
like(failure('SELECT id FROM circle.products'), qr/names a page as the next one of itself/, 'a circle is not followed');

# --- A service that refuses what it should know ---------------------------------

query(q(IMPORT FOREIGN SCHEMA odata LIMIT TO (products) FROM SERVER narrow INTO narrow));
is(query('SELECT array_agg(id ORDER BY id) FROM narrow.products WHERE gone AND id < 5'), '{1,2,4}', 'a condition that the service refuses is checked here');
like(failure('SELECT array_agg(id) FROM narrow.products WHERE gone AND id < 5'), qr/WARNING:  server "narrow" refused the condition.*Gone cannot be filtered by.*filterable/s, '… with a warning that says what to do');
query(q(ALTER FOREIGN TABLE narrow.products ALTER gone OPTIONS (ADD filterable 'false')));
is(failure('SELECT array_agg(id) FROM narrow.products WHERE gone AND id < 5'), '', '… and which then is gone');

# --- Who we are, and what goes wrong -------------------------------------------

like(failure('IMPORT FOREIGN SCHEMA odata FROM SERVER guarded INTO guarded'), qr/server "guarded" refused reading \$metadata: who are you\?.*HTTP status 401, error code E401.*user mapping/s, 'a refusal is in the service\'s own words');
foreach my $mapping (q(user 'clerk', password 'secret'), q(token 'hunter2'), q(headers E'X-Other: 1\nX-Api-Key: hunter2'))
{
	query("CREATE USER MAPPING FOR CURRENT_USER SERVER guarded OPTIONS ($mapping)");
	query(q(DROP SCHEMA guarded CASCADE; CREATE SCHEMA guarded; IMPORT FOREIGN SCHEMA odata LIMIT TO (products) FROM SERVER guarded INTO guarded));
	is(query('SELECT count(*) FROM guarded.products'), '12', "known by $mapping");
	query('DROP USER MAPPING FOR CURRENT_USER SERVER guarded');
}
query(q(CREATE FOREIGN TABLE missing (id int OPTIONS (property 'ID', type 'Edm.Int32')) SERVER whole OPTIONS (entity 'Nothing')));
like(failure('SELECT * FROM missing'), qr/refused reading entity set Nothing: Resource not found for the segment 'Nothing'.*option "entity"/s, 'a set that is not there');

# --- Writing --------------------------------------------------------------------

is(query(<<'END'), '50|{"type": "Point"}|-3 days|4.5', 'INSERT returns the row');
INSERT INTO whole.products (id, name, price, sold, warranty, blob, gone, kind, place, address_city, address_spot_lat)
VALUES (50, 'it''s "new" ü', 12345678901234567.25, '2026-05-05 12:00:00.25+02', '-3 days', '\xfbff00', true, 'Tool', '{"type": "Point"}', 'Bonn', 4.5)
RETURNING id, place, warranty, address_spot_lat
END
my ($posted) = grep { $_->{method} eq 'POST' } $remote->requests;
is_deeply(JSON::PP->new->utf8->decode($posted->{body}),
	{ ID => 50, Name => "it's \"new\" ü", Price => '12345678901234567.25', Sold => '2026-05-05T10:00:00.25Z', Warranty => '-P3DT0S', Blob => '-_8A',
		Gone => JSON::PP::true, Kind => 'Tool', Place => { type => 'Point' }, Address => { City => 'Bonn', Spot => { Lat => 4.5 } } },
	'… spelled as OData has it: complex values whole, long numbers as strings');
is($posted->{headers}{'content-type'}, 'application/json;IEEE754Compatible=true', '… which the request says');
is(query(q(UPDATE whole.products SET name = 'newer', address_city = 'Ulm' WHERE id = 50 RETURNING name, address_city, address_spot_lat)), 'newer|Ulm|4.5', 'UPDATE sets what it names, in the version that is there');
sub versions_sent { return [ map { $_->{headers}{'if-match'} // '' } grep { $_->{method} eq 'PATCH' } $remote->requests ]; }
is_deeply(versions_sent(), ['W/"1"'], '… that it has read');
query(q(UPDATE silent.products SET name = 'newest' WHERE id = 50));
is_deeply([ @{ versions_sent() }[ 1, 2 ] ], [ '', 'W/"2"' ], 'a service that gives no version and asks for one gets that which is there');
query(<<'END');
CREATE FUNCTION meanwhile(integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE silent.products SET name = 'theirs' WHERE id = $1;
  RETURN true;
END $$;
END
like(failure(q(UPDATE whole.products SET name = 'mine' WHERE id = 50 AND meanwhile(id))), qr/it has been changed.*Somebody has changed/s,
	'a row that was changed after it was read is not overwritten');
query(q(ALTER SERVER silent OPTIONS (ADD etag 'require')));
like(failure(q(UPDATE silent.products SET name = 'x' WHERE id = 50)), qr/gave no version of Products\(50\)/, '… and without a version nothing is, if that is wanted');
is(query('DELETE FROM whole.products WHERE id = 50 RETURNING name'), 'theirs', 'DELETE returns what was there');
is(query('DELETE FROM whole.products WHERE id = 50 RETURNING name'), '', '… once');
like(failure(q(INSERT INTO whole.products (id, name) VALUES (1, 'again'))), qr/refused inserting into entity set Products: there is an entity 1/, 'a key that is there');
like(failure(q(UPDATE whole.prices SET amount = 1 WHERE item = 'ü')), qr/column "amount".*computed by the remote/, 'what the service computes is not written');
like(failure(q(INSERT INTO whole.products_lines (id, no) VALUES (1, 9))), qr/cannot insert|not.*insert/i, 'members are not rows of their own to write');

done_testing();
