# Shipped profiles against systems that insist on their documentation: every
# canonical table shows exactly what the system has, over several pages; filters
# reduce what is asked for; and what goes wrong is dealt with, or told.

use strict;
use warnings;

use PostgreSQL::Test::Utils ();
use Stockbridge::FakeIMS;
use Stockbridge::Test;
use Test::More;

my $node = new_cluster('profiles', conf => "log_statement = 'none'\nlog_min_error_statement = panic\n");
$node->safe_psql('postgres', 'CREATE EXTENSION IF NOT EXISTS stockbridge');

sub query { return $node->safe_psql('postgres', $_[0]); }

sub failure_is
{
	my ($sql, $pattern, $name) = @_;
	my ($status, undef, $stderr) = $node->psql('postgres', $sql);

	isnt($status, 0, "$name: is refused");
	like($stderr, $pattern, $name);
	unlike($stderr, qr/top-secret/, "$name: without a secret");
	return;
}

# What holds for every system; returns the fake, still running.
sub common
{
	my ($name) = @_;
	my $fake = Stockbridge::FakeIMS->start($name);
	my $system = $fake->system_of;

	$fake->declare($node, page_size => 2);
	$fake->agrees($node, $_) foreach sort keys %{ $system->{truth} };
	if ($system->{watermark})
	{
		my ($table, $column, $bound, $asked) = @{ $system->{watermark} };
		like(join("\n", asked($fake, "SELECT count(*) FROM r.$table WHERE $column >= '$bound'")), $asked, "$name: $table since a time are asked for so");
	}

	my $busy = Stockbridge::FakeIMS->start($name, throttle_at => $system->{login} ? 3 : 2);
	$busy->declare($node, page_size => 2);
	$busy->agrees($node, 'products');
	if ($system->{login})
	{
		my $short = Stockbridge::FakeIMS->start($name, expire_at => 3);
		$short->declare($node, page_size => 2);
		$short->agrees($node, 'products');
		$short->stop;
	}
	my $broken = Stockbridge::FakeIMS->start($name, fail_at => $system->{login} ? 2 : 1);
	$broken->declare($node);
	failure_is('SELECT * FROM r.products', $system->{failure}, "$name: a failure");
	$fake->declare($node, user => { $system->{secret} // 'key' => 'wrong-top-secret' });
	failure_is('SELECT * FROM r.products', $system->{refusal}, "$name: a wrong secret");
	$_->stop foreach $busy, $broken;
	$fake->declare($node, page_size => 2);
	return $fake;
}

# Of the requests that a query makes, the paths.
sub asked
{
	my ($fake, $sql) = @_;
	my $before = () = $fake->requests;

	query($sql);
	my @requests = $fake->requests;
	return map { "$_->{path}?$_->{query} $_->{body}" } @requests[ $before .. $#requests ];
}

# ---- Medusa ----

my $fake = common('medusa');
is(join(' ', map { /sku=(.*?) / } asked($fake, q{SELECT * FROM r.stock WHERE sku = 'G/003'})), 'G%2F003', 'medusa: a product is asked for by its code');
is(query(q{SELECT stockbridge.derive_movements('r.movements')}), 0, 'medusa: movements are derived from its stock');
$fake->stop;

# ---- InvenTree ----

$fake = common('inventree');
like((asked($fake, q{SELECT * FROM r.stock WHERE sku = 'G/003'}))[0], qr/&IPN=G%2F003/, 'inventree: the stock of a product is asked for by its code');
$fake->agrees($node, 'stock', where => q{sku = 'g/003'}, truth => []);
is(query(q{DELETE FROM stockbridge.derived_source; SELECT stockbridge.derive_movements('r.movements')}), 0, 'inventree: movements are derived from its stock');
$fake->stop;

# ---- Odoo ----

$fake = common('odoo');
like((asked($fake, q{SELECT * FROM r.products WHERE sku IN ('G/003', 'W-002') AND active}))[0], qr/"domain":\[\["default_code","in",\["G\/003","W-002"\]\],\["active","=",true\]\]/, 'odoo: filters are terms of the domain');
$fake->agrees($node, 'movements', where => q{happened_at >= '2026-03-07 00:00+00'}, truth => [ @{ $fake->system_of->{truth}{movements} }[ 5, 6 ] ]);
$fake->stop;

# ---- ERPNext ----

$fake = common('erpnext');
$fake->agrees($node, 'order_lines', where => q{order_ref = 'SO-2'}, truth => [ $fake->system_of->{truth}{order_lines}[2] ]);
is(scalar asked($fake, q{SELECT * FROM r.order_lines WHERE order_ref = 'SO-2'}), 2, 'erpnext: lines of one order take two requests');
$fake->stop;

# ---- Cin7 Core ----

$fake = common('cin7_core');
like((asked($fake, q{SELECT * FROM r.stock WHERE sku = 'W-001' AND location = 'East'}))[0], qr/&Sku=W-001&Location=East/, 'cin7_core: stock is asked for by product and place');
is(scalar asked($fake, q{SELECT * FROM r.order_lines WHERE order_ref = 'SO-2'}), 2, 'cin7_core: lines of one order take two requests');
is(query(q{DELETE FROM stockbridge.derived_source; SELECT stockbridge.derive_movements('r.movements')}), 0, 'cin7_core: movements are derived from its stock');
$fake->stop;

# ---- OpenBoxes ----

$fake = common('openboxes');
is(scalar(grep { m{/login} } asked($fake, 'SELECT * FROM r.products; SELECT * FROM r.stock')), 1, 'openboxes: one session serves all requests');
is(query(q{DELETE FROM stockbridge.derived_source; SELECT stockbridge.derive_movements('r.movements')}), 0, 'openboxes: movements are derived from its stock');
$fake->stop;

unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/top-secret/, 'no secret is in the server log');

done_testing();
