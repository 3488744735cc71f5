# doc/options.md lists every option there is, in the words of stockbridge.options.
# Set UPDATE_OPTIONS_PAGE to a file name to have the page written there.

use strict;
use warnings;

use PostgreSQL::Test::Utils ();
use Stockbridge::Test;
use Test::More;

my $node = new_cluster('options');
$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge');

my %wrappers = (sap_b1_fdw => 'SAP Business One, and other services of OData', ims_fdw => 'Inventory systems');
my %contexts = (server => 'Server', 'user mapping' => 'User mapping', table => 'Foreign table', column => 'Column', import => 'IMPORT FOREIGN SCHEMA');

sub options_of
{
	my ($wrapper) = @_;
	my $rows = $node->safe_psql('postgres', <<"END");
SELECT context, name, type, coalesce(default_value, ''), coalesce(allowed, ''), secret, description
  FROM stockbridge.options WHERE wrapper = '$wrapper' ORDER BY array_position(ARRAY['server', 'user mapping', 'table', 'column', 'import'], context), name
END
	return map { [ split /\|/, $_, 7 ] } split /\n/, $rows;
}

# The cell of a table: bars would end it.
sub cell { return $_[0] =~ s/\|/\\|/gr; }

sub render
{
	my $page = <<'END';
# Options

All options of both wrappers, as `stockbridge.options` has them in the database at
hand. What they are for is in [reading.md](reading.md), [writing.md](writing.md),
[sessions.md](sessions.md), [odata.md](odata.md) and [ims.md](ims.md). Options take
effect with the next statement after `ALTER SERVER`, `ALTER USER MAPPING` or `ALTER
FOREIGN TABLE`. Secret ones are shown to nobody but who may read the user mapping.
END
	foreach my $wrapper ('sap_b1_fdw', 'ims_fdw')
	{
		my $last = '';

		$page .= "\n## $wrapper: $wrappers{$wrapper}\n";
		foreach my $option (options_of($wrapper))
		{
			my ($context, $name, $type, $default, $allowed, $secret, $description) = @$option;

			$page .= "\n### " . ($contexts{$context} // $context) . "\n\n| Option | Type | Default | Meaning |\n|---|---|---|---|\n"
			  if $context ne $last;
			$last = $context;
			$type = 'secret ' . $type if $secret eq 't';
			$type .= ": $allowed" if $allowed ne '';
			$page .= sprintf "| `%s` | %s | %s | %s |\n", $name, cell($type), $default eq '' ? '' : '`' . cell($default) . '`', cell($description);
		}
	}
	return $page;
}

my $page = render();
if (defined $ENV{UPDATE_OPTIONS_PAGE})
{
	open(my $file, '>', $ENV{UPDATE_OPTIONS_PAGE}) or die "$ENV{UPDATE_OPTIONS_PAGE}: $!";
	print $file $page;
	close($file);
}
is(PostgreSQL::Test::Utils::slurp_file(test_root() . '/doc/options.md'), $page, 'the page is what the extension says');
done_testing();
