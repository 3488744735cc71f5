# $metadata: what it declares is what is served, in both versions.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib $FindBin::Bin;
use Sim;
use Test::More;
use Time::HiRes qw(time);

my $sim = Sim->new('--items' => 5, '--orders' => 1);
$sim->login;
is($sim->request('GET', '/b1s/v2/$metadata', anonymous => 1)->{status}, 401, 'even this needs a session');

foreach my $v (1, 2)
{
	my $answer = $sim->get($v, '$metadata');
	my $xml = $answer->{text};
	like($answer->{header}{'content-type'}, qr{^application/xml}, "version $v is XML");
	like($xml, $v == 1 ? qr{<Schema Namespace="SAPB1" xmlns="http://schemas\.microsoft\.com/ado/2009/11/edm">} : qr{<Schema Namespace="SAPB1" xmlns="http://docs\.oasis-open\.org/odata/ns/edm">}, '… of its protocol');
	like($xml, $v == 1 ? qr{<FunctionImport Name="Login"} : qr{<ActionImport Action="SAPB1\.Login"}, '… with its operations');
	unlike($xml, $v == 1 ? qr{DateTimeOffset|<Action} : qr{Edm\.DateTime"|m:HttpMethod}, '… and none of the other\'s');

	# every tag closes, every name resolves
	my @open;
	while ($xml =~ m{<(/?)([\w:]+)([^<>]*?)(/?)>}g)
	{
		next if $3 =~ /\?$/;
		if ($1) { is(pop @open, $2, 'tags nest') if !@open || $open[-1] ne $2; pop @open }
		elsif (!$4) { push @open, $2 }
	}
	is(scalar @open, 0, 'every tag closes');
	my %defined = map { $_ => 1 } $xml =~ /<(?:EntityType|ComplexType|EnumType)[^>]* ?Name="(\w+)"/g;
	my %used = map { $_ => 1 } $xml =~ /(?:Type|EntityType)="(?:Collection\()?SAPB1\.(\w+)/g;
	is(join(' ', grep { !$defined{$_} } sort keys %used), '', 'every type used is defined');

	# every declared set answers, with every declared property in every row
	my %properties;
	while ($xml =~ m{<EntityType Name="(\w+)"[^>]*>(.*?)</EntityType>}gs) { my ($type, $body) = ($1, $2); $properties{$type} = [ $body =~ /<Property[^>]* ?Name="(\w+)"/g ] }
	my %set = $xml =~ /<EntitySet EntityType="SAPB1\.(\w+)" Name="(\w+)"/g ? () : ();
	while ($xml =~ /<EntitySet EntityType="SAPB1\.(\w+)" Name="(\w+)"/g) { $set{$2} = $1 unless $2 eq 'B1Sessions' }
	cmp_ok(scalar keys %set, '>', 30, 'sets are declared');
	my @wrong;
	foreach my $name (sort keys %set)
	{
		my $list = $sim->get($v, "$name?\$top=2");
		push @wrong, "$name answers $list->{status}" if $list->{status} != 200;
		foreach my $row (@{ $list->{json}{value} // [] })
		{
			my @missing = grep { !exists $row->{$_} } @{ $properties{ $set{$name} } };
			push @wrong, "$name lacks @missing" if @missing;
			my %known = map { $_ => 1 } @{ $properties{ $set{$name} } };
			my @extra = grep { !$known{$_} && !/odata/ } keys %$row;
			push @wrong, "$name has @extra" if @extra;
		}
	}
	is(join('; ', @wrong), '', 'rows are what is declared');
}
like($sim->get(2, '$metadata')->{text}, qr{<Property Name="BatchNumberProperty"}, 'the batch number has one name in version 2');
like($sim->get(1, '$metadata')->{text}, qr{<Property Name="BatchNumber"}, '… and another in version 1');
like($sim->get(2, '$metadata')->{text}, qr{<Property Name="U_SB_KEY" Type="Edm.String"}, 'the user field is declared');

# a real document, served as it is
my $dir = tempdir(CLEANUP => 1);
open(my $file, '>', "$dir/v2.xml") or die $!;
print $file '<edmx:Edmx Version="4.0">' . ('x' x 2_000_000) . '</edmx:Edmx>';
close $file;
system('gzip', '-k', "$dir/v2.xml") == 0 or die;
my $real = Sim->new('--items' => 1, '--metadata-v2' => "$dir/v2.xml.gz", '--metadata-v1' => "$dir/v2.xml", '--metadata-delay-ms' => 300);
$real->login;
my $start = time;
is(length $real->get(2, '$metadata')->{text}, -s "$dir/v2.xml", 'a gzipped file is served whole');
cmp_ok(time - $start, '>=', 0.3, '… slowly if asked');
is(length $real->get(1, '$metadata')->{text}, -s "$dir/v2.xml", 'so is a plain one');
ok(!eval { Sim->new('--metadata-v1' => "$dir/nowhere"); 1 }, 'a file that is not there is an error at once');

# services
is($sim->get(2, 'CompanyService_GetAdminInfo')->{json}{BlockStockNegativeQuantity}, 'tYES', 'company settings by GET in version 2');
is($sim->post(1, 'CompanyService_GetAdminInfo')->{json}{BlockStockNegativeQuantity}, 'tYES', '… by POST in version 1');
is($sim->post(2, 'CompanyService_GetAdminInfo')->{status}, 405, '… and not the other way round');

done_testing();
