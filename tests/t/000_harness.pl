# The ground that every other test stands on: a server of the version built for
# loads the extension, waits are honest, and quoting is right.

use strict;
use warnings;

use Stockbridge::Test;
use Test::More;

is(sql_literal(q(it's)), q('it''s'), 'a quote is doubled');
is(sql_literal('a\\b'), q(E'a\\\\b'), 'a backslash is escaped');

my $calls = 0;
is(poll_until(sub { ++$calls == 3 && 'third' }, 'the third call'), 'third', 'a wait returns what it waited for');
is($calls, 3, '… as soon as it is there');
ok(!eval { poll_until(sub { 0 }, 'what never comes', 0); 1 }, 'a wait without end ends');
like($@, qr/^timed out waiting for what never comes/, '… telling what it waited for');

my $node = new_cluster('plain');
is($node->safe_psql('postgres', q(SELECT E'a\\\\b' = ) . sql_literal('a\\b')), 't', 'the server reads a literal as it was meant');
$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge');
is( $node->safe_psql(
		'postgres', q(SELECT string_agg(fdwname, ' ' ORDER BY fdwname) FROM pg_foreign_data_wrapper)),
	'ims_fdw sap_b1_fdw',
	'the extension brings both wrappers');
is( $node->safe_psql(
		'postgres', q(SELECT extversion = (SELECT default_version FROM pg_available_extensions WHERE name = 'stockbridge')
		FROM pg_extension WHERE extname = 'stockbridge')),
	't',
	'… in its default version');

done_testing();
