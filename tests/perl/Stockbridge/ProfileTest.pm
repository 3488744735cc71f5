package Stockbridge::ProfileTest;

=head1 NAME

Stockbridge::ProfileTest - what every shipped profile has to stand

=head1 SYNOPSIS

	use Stockbridge::ProfileTest;

	my $node = profile_cluster('profiles');
	my $fake = common('medusa');
	like((asked($fake, 'SELECT …'))[0], qr/…/, 'what is asked for');

=cut

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Utils ();
use Stockbridge::Declared qw(declared_cluster query failure_is);
use Stockbridge::FakeIMS;
use Stockbridge::Test;
use Test::More;

our @EXPORT = qw(profile_cluster query failure_is common asked no_secret_is_logged);

my $node;

=head1 FUNCTIONS

=over

=item profile_cluster($name)

C<declared_cluster> of L<Stockbridge::Declared>, as are C<query> and C<failure_is>.

=cut

sub profile_cluster
{
	my ($name) = @_;

	return $node = declared_cluster($name);
}

=item common($name)

Tests what holds for every system; returns the fake, still running.

=cut

sub common
{
	my ($name) = @_;
	my $fake = Stockbridge::FakeIMS->start($name);
	my $system = $fake->system_of;

	# Nothing is repeated but what was refused for its time.
	$fake->declare($node, page_size => 2, retry_safe => 'none');
	$fake->agrees($node, $_) foreach sort keys %{ $system->{truth} };
	if ($system->{watermark})
	{
		my ($table, $column, $bound, $asked) = @{ $system->{watermark} };
		like(join("\n", asked($fake, "SELECT count(*) FROM r.$table WHERE $column >= '$bound'")), $asked, "$name: $table since a time are asked for so");
	}

	my $busy = Stockbridge::FakeIMS->start($name, throttle_at => $system->{login} ? 3 : 2);
	$busy->stands_in($node);
	$busy->agrees($node, 'products');
	if ($system->{login})
	{
		my $short = Stockbridge::FakeIMS->start($name, expire_at => 3);
		$short->stands_in($node);
		$short->agrees($node, 'products');
		$short->stop;
	}
	my $broken = Stockbridge::FakeIMS->start($name, fail_at => $system->{login} ? 2 : 1);
	$broken->stands_in($node);
	failure_is('SELECT * FROM r.products', $system->{failure}, "$name: a failure");
	my $secret = $system->{secret} // 'key';
	$fake->stands_in($node, $secret => 'wrong-top-secret');
	failure_is('SELECT * FROM r.products', $system->{refusal}, "$name: a wrong secret");
	$_->stop foreach $busy, $broken;
	$fake->stands_in($node, $secret => $system->{user}{$secret});
	return $fake;
}

=item asked($fake, $sql)

Of the requests that a query makes, path, query and body.

=item no_secret_is_logged()

=back

=cut

sub asked
{
	my ($fake, $sql) = @_;
	my $before = () = $fake->requests;

	query($sql);
	my @requests = $fake->requests;
	return map { "$_->{path}?$_->{query} $_->{body}" } @requests[ $before .. $#requests ];
}

sub no_secret_is_logged
{
	return unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/top-secret/, 'no secret is in the server log');
}

1;
