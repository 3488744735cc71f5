# IMPORT FOREIGN SCHEMA service_layer: everything that a company declares becomes
# tables that plan, under names that do not clash; and whatever a remote sends
# instead of $metadata ends in one clear error.

use strict;
use warnings;

use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
use POSIX ();
use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

# --- A company in a nutshell, in both versions ------------------------------

# What both versions say alike; %s are the types that they spell differently.
my $types = <<'END';
 <EnumType Name="BoYesNoEnum"><Member Name="tNO" Value="0"/><Member Name="tYES" Value="1"/></EnumType>
 <ComplexType Name="Address"><Property Name="Street" Type="Edm.String"/><Property Name="Geo" Type="SAPB1.Geo"/></ComplexType>
 <ComplexType Name="Geo"><Property Name="Lat" Type="Edm.Double"/></ComplexType>
 <ComplexType Name="Line">
  <Property Name="LineNum" Type="Edm.Int32"/><Property Name="DocEntry" Type="Edm.Int32"/>
  <Property Name="Quantity" Type="Edm.Double"/><Property Name="Batches" Type="Collection(SAPB1.Batch)"/>
 </ComplexType>
 <ComplexType Name="Batch"><Property Name="Quantity" Type="Edm.Double"/></ComplexType>
 <ComplexType Name="PaymentInvoice"><Property Name="LineNum" Type="Edm.Int32"/><Property Name="DocEntry" Type="Edm.Int32"/></ComplexType>
 <EntityType Name="Document" OpenType="true">
  <Key><PropertyRef Name="DocEntry"/></Key>
  <Property Name="DocEntry" Type="Edm.Int32" Nullable="false"/>
  <Property Name="DocDate" Type="%1$s"/><Property Name="DocTime" Type="%2$s"/>
  <Property Name="Printed" Type="SAPB1.BoYesNoEnum"/>
  <Property Name="ShipTo" Type="SAPB1.Address"/>
  <Property Name="Order" Type="Edm.String"/>
  <Property Name="xmin" Type="Edm.String"/>
  <Property Name="U_Colour" Type="Edm.String"/><Property Name="U_COLOUR" Type="Edm.String"/>
  <Property Name="UoMEntry" Type="Edm.Int32"/>
  <Property Name="AVeryLongNameOfAPropertyThatHasMoreThanSixtyThreeCharactersInAll1" Type="Edm.String"/>
  <Property Name="AVeryLongNameOfAPropertyThatHasMoreThanSixtyThreeCharactersInAll2" Type="Edm.String"/>
  <Property Name="DocumentLines" Type="Collection(SAPB1.Line)"/>
  <Property Name="PaymentInvoices" Type="Collection(SAPB1.PaymentInvoice)"/>
 </EntityType>
 <EntityType Name="Pair"><Key><PropertyRef Name="Left"/><PropertyRef Name="Right"/></Key>
  <Property Name="Left" Type="Edm.String"/><Property Name="Right" Type="Edm.String"/>
  <Property Name="Unknown" Type="SAPB1.NotDeclared"/>
  <Property Name="Members" Type="Collection(SAPB1.Batch)"/></EntityType>
 <ComplexType Name="CAR_LINES"><Property Name="LineId" Type="Edm.Int32"/><Property Name="U_Part" Type="Edm.String"/></ComplexType>
 <EntityType Name="CAR"><Key><PropertyRef Name="Code"/></Key>
  <Property Name="Code" Type="Edm.String"/><Property Name="CreateDate" Type="%1$s"/>
  <Property Name="CAR_LINESCollection" Type="Collection(SAPB1.CAR_LINES)"/></EntityType>
 <EntityType Name="U_TABLE"><Key><PropertyRef Name="Code"/></Key>
  <Property Name="Code" Type="Edm.String"/><Property Name="Name" Type="Edm.String"/><Property Name="U_User" Type="Edm.String"/></EntityType>
 <EntityContainer Name="ServiceLayer">
  <EntitySet Name="Orders" EntityType="SAPB1.Document"/><EntitySet Name="My Pairs" EntityType="SAPB1.Pair"/>
  <EntitySet Name="CAR" EntityType="SAPB1.CAR"/><EntitySet Name="U_TABLE" EntityType="SAPB1.U_TABLE"/><EntitySet Name="Table" EntityType="SAPB1.U_TABLE"/>
 </EntityContainer>
END

sub v1
{
	return '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>'
	  . '<Schema Namespace="SAPB1" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">' . $_[0]
	  . '</Schema></edmx:DataServices></edmx:Edmx>';
}

sub v2
{
	return '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
	  . '<Schema Namespace="SAPB1" xmlns="http://docs.oasis-open.org/odata/ns/edm">' . $_[0]
	  . '</Schema></edmx:DataServices></edmx:Edmx>';
}

# --- What no company would send ---------------------------------------------

my $set = '<EntityContainer Name="c"><EntitySet Name="S" EntityType="SAPB1.T"/></EntityContainer>';
my $wide = join '', map { "<Property Name=\"P$_\" Type=\"SAPB1.C\"/>" } 1 .. 40;
my $long = 'x' x 200;
my %hostile = (
	empty => ['', qr/the document is empty/],
	html => ['<html><body>Proxy Error</body></html>', qr/the document is no EDMX/],
	answer => ['{"value":[]}', qr/cannot be read/],
	cut => [substr(v2($types), 0, 900), qr/cannot be read: .* at line \d+/],
	octets => [join('', map { chr } 0 .. 255), qr/cannot be read/],
	laughs => ['<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>' . v2('<EnumType Name="&c;"/>'),
		qr/document types and entities are refused/],
	entity => ['<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]>' . v2('<EnumType Name="E">&f;</EnumType>'),
		qr/document types and entities are refused/],
	twice => [v2('<ComplexType Name="T"/><ComplexType Name="T"/>'), qr/type T is declared twice/],
	quote => [v2(q{<EntityType Name="T"><Property Name="a') SERVER x; DROP" Type="Edm.String"/></EntityType>} . $set), qr/attribute Name is missing or no name/],
	long => [v2("<EntityType Name=\"$long\"/>"), qr/attribute Name is missing or no name/],
	deep => ['<edmx:Edmx xmlns:edmx="e">' . '<a>' x 5000, qr/cannot be read/],
	bomb => [v2("<ComplexType Name=\"C\"><Property Name=\"P\" Type=\"Edm.String\"/></ComplexType><EntityType Name=\"T\">"
		  . join('', map { "<Property Name=\"Q$_\" Type=\"Edm.String\"/>" } 1 .. 1600) . '</EntityType><EntityContainer Name="c">'
		  . join('', map { "<EntitySet Name=\"S$_\" EntityType=\"SAPB1.T\"/>" } 1 .. 700) . '</EntityContainer>'),
		qr/declares more than 1000000 columns/],
);
my %documents = (
	%{ { map { $_ => $hostile{$_}[0] } keys %hostile } },
	v1 => v1(sprintf $types, 'Edm.DateTime', 'Edm.Time'),
	v2 => v2(sprintf $types, 'Edm.DateTimeOffset', 'Edm.TimeOfDay'),
	untyped => v2($set),
	# A type that holds itself, and one with more columns than a table may have.
	cycle => v2('<ComplexType Name="C"><Property Name="A" Type="Edm.String"/><Property Name="Again" Type="SAPB1.C"/></ComplexType>'
		  . '<EntityType Name="T"><Property Name="C" Type="SAPB1.C"/></EntityType>' . $set),
	wide => v2('<ComplexType Name="C">' . join('', map { "<Property Name=\"P$_\" Type=\"Edm.String\"/>" } 1 .. 50) . '</ComplexType>'
		  . "<EntityType Name=\"T\">$wide</EntityType>$set"),
);

# --- Whole companies ---------------------------------------------------------

# A document of the size that companies have (SL §9): 412 entity sets, 382 entity
# types, 835 complex types, 454 enumerations, some 1.6 MB.
sub company
{
	my ($date, $time) = @_;
	my @scalars = ('Edm.String', 'Edm.Int32', 'Edm.Double', $date, $time);
	my $properties = sub {
		my ($prefix, $count) = @_;
		return join '', map {
			my $type = $_ % 7 ? $scalars[ $_ % 5 ] : 'SAPB1.Enum' . ($_ * 13 % 454);
			"<Property Name=\"$prefix$_\" Type=\"$type\"/>"
		} 1 .. $count;
	};
	return join '',
	  (map { my $e = $_; "<EnumType Name=\"Enum$e\">" . join('', map { "<Member Name=\"e${e}_Member$_\" Value=\"$_\"/>" } 0 .. 4) . '</EnumType>' } 0 .. 453),
	  (map { "<ComplexType Name=\"Line$_\"><Property Name=\"LineNum\" Type=\"Edm.Int32\"/>" . $properties->('LineMember', 9) . '</ComplexType>' } 0 .. 834),
	  (map {
			"<EntityType Name=\"Type$_\" OpenType=\"true\"><Key><PropertyRef Name=\"DocEntry\"/></Key><Property Name=\"DocEntry\" Type=\"Edm.Int32\" Nullable=\"false\"/>"
			  . $properties->("HeaderMember", 40) . $properties->('U_Field', 3)
			  . "<Property Name=\"Address\" Type=\"SAPB1.Line$_\"/>"
			  . join('', map { "<Property Name=\"Lines$_\" Type=\"Collection(SAPB1.Line$_)\"/>" } $_ * 2, $_ * 2 + 1)
			  . '</EntityType>'
		} 0 .. 381),
	  '<EntityContainer Name="ServiceLayer">',
	  (map { "<EntitySet Name=\"Set$_\" EntityType=\"SAPB1.Type" . ($_ % 382) . '"/>' } 0 .. 411), '</EntityContainer>';
}

my %entity_sets = (whole_v1 => 412, whole_v2 => 412);
$documents{whole_v1} = v1(company('Edm.DateTime', 'Edm.Time'));
$documents{whole_v2} = v2(company('Edm.DateTimeOffset', 'Edm.TimeOfDay'));

# Documents of real companies, where there are some: *.gz in this directory.
foreach my $file (glob(($ENV{STOCKBRIDGE_METADATA} // '/nonexistent') . '/*.gz'))
{
	my $name = 'published_' . (keys(%entity_sets) - 1);
	gunzip($file => \$documents{$name}) or die "$file: $GunzipError";
	$entity_sets{$name} = () = $documents{$name} =~ /<EntitySet /g;
	note("$name is $file, with $entity_sets{$name} entity sets");
}

my $remote = Stockbridge::Answers->start(
	sub {
		my ($request) = @_;
		my ($document, $what) = $request->{path} =~ m{^/(\w+)/(.+)$};

		return { json => { SessionId => 'x', SessionTimeout => 30 }, headers => { 'Set-Cookie' => 'B1SESSION=x' } } if $what eq 'Login';
		return { status => 204 } if $what eq 'Logout';
		return { status => 404, json => { error => { code => '-1000', message => 'gone' } } }
		  unless $what eq '$metadata' && defined $documents{$document};
		return { body => $documents{$document}, headers => { 'Content-Type' => 'application/xml' } };
	});
my $node = new_cluster('main');
$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge');
foreach my $document (sort keys %documents, 'missing')
{
	$node->safe_psql('postgres', <<"END");
CREATE SERVER $document FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $remote->url ]}/$document', company 'C');
CREATE USER MAPPING FOR PUBLIC SERVER $document OPTIONS (user 'u', password 'p');
CREATE SCHEMA $document;
END
}

sub query { return $node->safe_psql('postgres', $_[0]); }

sub columns
{
	my ($table) = @_;
	return query(<<"END");
SELECT attname || ' ' || format_type(atttypid, atttypmod) || coalesce(' ' || array_to_string(attfdwoptions, ' '), '')
  FROM pg_attribute WHERE attrelid = '$table'::regclass AND attnum > 0 ORDER BY attnum
END
}

# --- Both versions give the same tables -------------------------------------

query("IMPORT FOREIGN SCHEMA service_layer FROM SERVER $_ INTO $_") foreach qw(v1 v2);
is(query(q(SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'v2'::regnamespace)),
	'car car_car_lines_collection my_pairs my_pairs_members orders orders_document_lines orders_payment_invoices table u_table',
	'an entity set and each of its collections is a table; a collection in a collection is not');
is(columns('v2.orders'), <<'END' =~ s/\n\z//r, 'types, enumerations, flattened values, UDFs and difficult names');
doc_entry integer property=DocEntry type=Edm.Int32 key=true
doc_date date property=DocDate type=Edm.Date
doc_time time without time zone property=DocTime type=Edm.Time
printed text property=Printed type=BoYesNoEnum values=tNO, tYES
ship_to_street text property=ShipTo/Street type=Edm.String
ship_to_geo_lat numeric property=ShipTo/Geo/Lat type=Edm.Double
order text property=Order type=Edm.String
xmin_2 text property=xmin type=Edm.String
u_colour text property=U_Colour type=Edm.String
u_colour_2 text property=U_COLOUR type=Edm.String
uom_entry integer property=UoMEntry type=Edm.Int32
a_very_long_name_of_a_property_that_has_more_than_sixty_three_c text property=AVeryLongNameOfAPropertyThatHasMoreThanSixtyThreeCharactersInAll1 type=Edm.String
a_very_long_name_of_a_property_that_has_more_than_sixty_three_2 text property=AVeryLongNameOfAPropertyThatHasMoreThanSixtyThreeCharactersInAll2 type=Edm.String
END
is(columns('v2.orders_document_lines'), <<'END' =~ s/\n\z//r, 'lines have the key of their document and can be joined with it');
doc_entry integer property=DocEntry type=Edm.Int32 of=entity key=true
line_num integer property=LineNum type=Edm.Int32 key=true
quantity numeric property=Quantity type=Edm.Double
END
is(columns('v2.orders_payment_invoices'), <<'END' =~ s/\n\z//r, '… unless their DocEntry may be of another document');
doc_entry integer property=DocEntry type=Edm.Int32 of=entity key=true
line_num integer property=LineNum type=Edm.Int32
doc_entry_2 integer property=DocEntry type=Edm.Int32
END
is(columns('v2.my_pairs_members'), <<'END' =~ s/\n\z//r, 'a key of several properties comes whole');
left text property=Left type=Edm.String of=entity key=true
right text property=Right type=Edm.String of=entity key=true
quantity numeric property=Quantity type=Edm.Double
END
is(query(q(SELECT string_agg(c.relname || ' ' || array_to_string(t.ftoptions, ' '), E'\n' ORDER BY c.relname)
             FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid WHERE c.relnamespace = 'v2'::regnamespace)),
	<<'END' =~ s/\n\z//r, 'tables say what they are made of');
car entity=CAR
car_car_lines_collection entity=CAR collection=CAR_LINESCollection via=nested
my_pairs entity=My Pairs
my_pairs_members entity=My Pairs collection=Members via=nested
orders entity=Orders
orders_document_lines entity=Orders collection=DocumentLines parent_key=DocEntry
orders_payment_invoices entity=Orders collection=PaymentInvoices via=nested
table entity=Table
u_table entity=U_TABLE
END
is(columns('v2.car_car_lines_collection'), <<'END' =~ s/\n\z//r, 'a user-defined object is a table, and its child tables are');
code text property=Code type=Edm.String of=entity key=true
line_id integer property=LineId type=Edm.Int32
u_part text property=U_Part type=Edm.String
END
is(columns('v2."table"'), <<'END' =~ s/\n\z//r, 'a user-defined table is one, and may be called like a word of SQL');
code text property=Code type=Edm.String key=true
name text property=Name type=Edm.String
u_user text property=U_User type=Edm.String
END
foreach my $table (split / /, 'car car_car_lines_collection my_pairs my_pairs_members orders orders_document_lines orders_payment_invoices')
{
	is(columns("v1.$table"), columns("v2.$table"), "$table is the same in both versions");
}
query(q(SELECT stockbridge.comment_foreign_tables('v2')));
is(query(q(SELECT col_description('v2.orders'::regclass, 4))), 'Printed, BoYesNoEnum: tNO, tYES', 'a comment tells the allowed values');

# --- A choice of tables -----------------------------------------------------

query(<<'END');
CREATE SCHEMA chosen;
IMPORT FOREIGN SCHEMA service_layer LIMIT TO ("Orders", my_pairs) FROM SERVER v2 INTO chosen;
CREATE SCHEMA others;
IMPORT FOREIGN SCHEMA service_layer EXCEPT ("Orders", my_pairs) FROM SERVER v2 INTO others;
CREATE SCHEMA headers;
IMPORT FOREIGN SCHEMA service_layer FROM SERVER v2 INTO headers OPTIONS (collections 'false', names 'exact');
END
is(query(q(SELECT string_agg(relnamespace::regnamespace || '.' || quote_ident(relname), ' ' ORDER BY relnamespace::regnamespace::text, relname COLLATE "C")
             FROM pg_class WHERE relnamespace::regnamespace::text IN ('chosen', 'others', 'headers'))),
	'chosen.my_pairs chosen.orders headers."CAR" headers."My Pairs" headers."Orders" headers."Table" headers."U_TABLE" '
	  . 'others.car others.car_car_lines_collection others.my_pairs_members others.orders_document_lines others.orders_payment_invoices others."table" others.u_table',
	'LIMIT TO and EXCEPT take local and remote names; collections can be left out');
my ($status, $stdout, $stderr) =
  $node->psql('postgres', 'IMPORT FOREIGN SCHEMA service_layer LIMIT TO ("Order") FROM SERVER v2 INTO chosen');
like($stderr, qr/has no table "Order".*Did you mean "Orders"\?/s, 'a table that is not there is named, with the near miss');

# --- They are imported, quickly, and all tables plan ---------------------------

# The backend's own time: what else runs on this machine must not fail the test.
sub import_seconds
{
	my ($name) = @_;
	my $ticks = query(<<"END");
IMPORT FOREIGN SCHEMA service_layer FROM SERVER $name INTO $name;
SELECT v[14]::int + v[15]::int FROM (SELECT string_to_array(regexp_replace(pg_read_file('/proc/self/stat'), '[(].*[)]', 'name'), ' ') AS v) x
END
	return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

foreach my $name (sort keys %entity_sets)
{
	my $seconds = import_seconds($name);
	cmp_ok($seconds, '<', 10, sprintf('%s is imported in under 10 seconds: %.1f', $name, $seconds));
	is(query(qq(SELECT count(*) FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid
	             WHERE c.relnamespace = '$name'::regnamespace AND NOT t.ftoptions::text ~ 'collection=')),
		$entity_sets{$name}, '… with every entity set');
	is(query(qq(SELECT count(*) FROM pg_class c JOIN pg_foreign_table t ON t.ftrelid = c.oid
	             WHERE c.relnamespace = '$name'::regnamespace AND t.ftoptions::text ~ 'collection='
	               AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attfdwoptions \@> '{of=entity,key=true}'))),
		0, '… and a parent key in every line table');
	($status, $stdout, $stderr) = $node->psql('postgres', <<"END");
DO \$\$
DECLARE
  name regclass;
BEGIN
  FOR name IN SELECT oid FROM pg_class WHERE relnamespace = '$name'::regnamespace AND relkind = 'f' LOOP
    EXECUTE format('EXPLAIN (VERBOSE) SELECT * FROM %s', name);
  END LOOP;
END;
\$\$
END
	is($stderr, '', '… and every table plans');
}

# --- What the simulator declares is also there to be read -------------------

my $sim = sim_start('--items' => 20, '--warehouses' => 2);
foreach my $version (qw(1 2))
{
	(my $url = $sim->{url}) =~ s/v2$/v$version/;
	query(<<"END");
CREATE SERVER sim$version FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '$url', company 'SBODEMOGB', ca_file '$sim->{ca}');
CREATE USER MAPPING FOR CURRENT_USER SERVER sim$version OPTIONS (user 'manager', password 'sim-secret');
CREATE SCHEMA sim$version;
IMPORT FOREIGN SCHEMA service_layer EXCEPT ("B1Sessions") FROM SERVER sim$version INTO sim$version;
END
	my @tables = split /\n/, query("SELECT oid::regclass FROM pg_class WHERE relnamespace = 'sim$version'::regnamespace AND relkind = 'f'");
	($status, $stdout, $stderr) = $node->psql('postgres', join('', map { "SELECT * FROM $_;\n" } @tables));
	cmp_ok(scalar @tables, '>', 50, "version $version declares many tables");
	is($stderr, '', '… and each can be read');
	is(query("SELECT string_agg(DISTINCT valid, ' ') FROM sim$version.items WHERE valid = 'tYES'"), 'tYES', '… enumerations as text');
}

# A field that a consultant adds is there after the Service Layer has been started
# again, and here after the next import (SL §9).
sub user_fields { return query(q(SELECT count(*) FROM pg_attribute WHERE attrelid = 'sim2.orders'::regclass AND attname = 'u_sb_key')); }
is(user_fields(), 1, 'user-defined fields are columns');
sim_stop($sim);
$sim = sim_start('--dir' => $sim->{dir}, '--port' => $sim->{port}, '--no-udf' => undef, '--fresh' => undef, '--items' => 20, '--warehouses' => 2);
($status, $stdout, $stderr) = $node->psql('postgres', 'SELECT u_sb_key FROM sim2.orders');
like($stderr, qr/server "sim2" refused reading entity set Orders.*import the foreign schema again/s, '… and a column that the company has no more says what to do');
query('DROP SCHEMA sim2 CASCADE; CREATE SCHEMA sim2; IMPORT FOREIGN SCHEMA service_layer EXCEPT ("B1Sessions") FROM SERVER sim2 INTO sim2');
is(user_fields(), 0, '… which it does');
$node->psql('postgres', 'SELECT * FROM v2.my_pairs');
is(scalar(grep { $_->{path} eq '/v2/My%20Pairs' } $remote->requests), 1, 'a name with a space is encoded in the request');

# --- Whatever comes instead -------------------------------------------------

foreach my $name (sort keys %hostile)
{
	($status, $stdout, $stderr) = $node->psql('postgres', "IMPORT FOREIGN SCHEMA service_layer FROM SERVER $name INTO $name");
	is($status, 3, "$name: refused");
	like($stderr, $hostile{$name}[1], '… for its own reason');
	like($stderr, qr/server "$name"/, '… with the server');
	unlike($stderr, qr/root:/, '… and no file was read');
}
query('IMPORT FOREIGN SCHEMA service_layer FROM SERVER cycle INTO cycle');
is(columns('cycle.s'), 'c_a text property=C/A type=Edm.String', 'a type within itself is entered once');
($status, $stdout, $stderr) = $node->psql('postgres', 'IMPORT FOREIGN SCHEMA service_layer FROM SERVER untyped INTO untyped');
like($stderr, qr/WARNING:  entity set S of server "untyped" is left out.*SAPB1\.T is not declared/s, 'one set of a type that is not declared does not cost the others');
($status, $stdout, $stderr) = $node->psql('postgres', 'IMPORT FOREIGN SCHEMA service_layer FROM SERVER wide INTO wide');
like($stderr, qr/WARNING:.*S of server "wide" has more properties.*after the first 1600 are left out/s, 'a table too wide says that it leaves out some');
is(query(q(SELECT relnatts FROM pg_class WHERE oid = 'wide.s'::regclass)), 1600, '… and has the rest');
($status, $stdout, $stderr) = $node->psql('postgres', 'IMPORT FOREIGN SCHEMA service_layer FROM SERVER missing INTO missing');
like($stderr, qr/server "missing".*\$metadata|\$metadata.*server "missing"/s, 'an error of the remote names what was read');

# A public mapping served all of this; without any, nothing is even asked.
sub asked { return scalar grep { $_->{path} eq '/v2/Login' || $_->{path} eq '/v2/$metadata' } $remote->requests; }
my $asked = asked();
query('DROP USER MAPPING FOR PUBLIC SERVER v2');
($status, $stdout, $stderr) = $node->psql('postgres', 'IMPORT FOREIGN SCHEMA service_layer FROM SERVER v2 INTO chosen');
like($stderr, qr/server "v2".*CREATE USER MAPPING/s, 'a missing user mapping is asked for');
is(asked(), $asked, '… before anything is sent');

done_testing();
