# What is told about the distribution (META.json, by the PGXN Meta Spec 1.0.0)
# is true of the files in it.

use strict;
use warnings;

use JSON::PP;
use PostgreSQL::Test::Utils;
use Stockbridge::Test;
use Test::More;

my $top = test_root();
my $semantic_version = qr/^\d+\.\d+\.\d+(?:-?[A-Za-z][0-9A-Za-z-]*)?$/;

my $meta = JSON::PP->new->decode(slurp_file("$top/META.json"));
foreach my $key (qw(name version abstract maintainer license provides meta-spec))
{
	ok($meta->{$key}, "META.json has the required key $key");
}
is($meta->{'meta-spec'}{version}, '1.0.0', '… of the version it follows');
is($meta->{license}, 'postgresql', '… the licence');
like($meta->{version}, $semantic_version, 'the version is a semantic one');

my ($default_version) = slurp_file("$top/extension/stockbridge.control") =~ /^default_version = '(.*)'$/m;
is($meta->{version}, "$default_version.0", 'the distribution has the version of the extension');
while (my ($extension, $provided) = each %{ $meta->{provides} })
{
	ok(-e "$top/$provided->{file}", "the file of extension $extension is there");
	is($provided->{version}, $meta->{version}, '… in the version of the distribution');
}

my $script = slurp_file("$top/extension/stockbridge--$default_version.sql");
like($script, qr/\A\\echo Use "CREATE EXTENSION stockbridge" to load this file\. \\quit\n/,
	'the extension script does not run by itself in psql');
my @fragments = sort glob "$top/extension/[0-9][0-9]_*.sql";
my $position = 0;
foreach my $fragment (@fragments)
{
	my $found = index($script, slurp_file($fragment), $position);
	cmp_ok($found, '>=', $position, "the script holds $fragment in its place");
	$position = $found;
}

done_testing();
