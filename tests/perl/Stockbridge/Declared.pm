package Stockbridge::Declared;

=head1 NAME

Stockbridge::Declared - foreign tables of a remote that answers by a callback

=head1 SYNOPSIS

	use Stockbridge::Declared;

	my $node = declared_cluster('ims');
	my $remote = remote(sub { return answer('a', 'b') }, table => { page_size => 10 });
	is(seen(), 'a,b', 'what it tells');
	failure_is('SELECT * FROM t', qr/HTTP status 500/, 'a fault');

=head1 DESCRIPTION

A server C<r> of C<ims_fdw> for each remote, with nothing from a profile, and a
foreign table C<t> of it; the user mapping's secrets are C<top-secret> and
C<failure_is> checks that no message holds them.

=cut

use strict;
use warnings;

use Exporter 'import';
use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

our @EXPORT = qw(declared_cluster query failure_is options remote table rows answer parameter unescaped seen paths);

my $node;

=head1 FUNCTIONS

=over

=item declared_cluster($name)

A new cluster with the extension.  Statements hold
the passwords of user mappings, so they are not logged.

=cut

sub declared_cluster
{
	my ($name) = @_;

	$node = new_cluster($name, conf => "log_statement = 'none'\nlog_min_error_statement = panic\n");
	$node->safe_psql('postgres', 'CREATE EXTENSION IF NOT EXISTS stockbridge');
	return $node;
}

sub query { return $node->safe_psql('postgres', $_[0]); }

=item failure_is($sql, $pattern, $name)

=cut

sub failure_is
{
	my ($sql, $pattern, $name) = @_;
	my ($status, undef, $stderr) = $node->psql('postgres', $sql);

	isnt($status, 0, "$name: is refused");
	like($stderr, $pattern, $name);
	unlike($stderr, qr/top-secret/, "$name: without a secret");
	return;
}

# A hash as the text of OPTIONS (…).
sub options { my ($o) = @_; return join ', ', map { qq("$_" ) . sql_literal($o->{$_}) } sort keys %$o; }

=item remote($callback, server => {…}, user => {…}, table => {…}, columns => '…')

Starts a remote and declares it as server C<r> with a table C<t>.

=item table($name, $options, $columns)

One more foreign table of server C<r>.

=cut

sub remote
{
	my ($callback, %with) = @_;
	my $server = Stockbridge::Answers->start($callback);
	my $server_options = options({ profile => 'none', url => $server->url, %{ $with{server} // {} } });
	my $user_options = options({ user => 'me', password => 'top-secret', %{ $with{user} // {} } });

	query(<<"END");
SET client_min_messages = warning;
DROP SERVER IF EXISTS r CASCADE;
CREATE SERVER r FOREIGN DATA WRAPPER ims_fdw OPTIONS ($server_options);
CREATE USER MAPPING FOR CURRENT_USER SERVER r OPTIONS ($user_options);
END
	table('t', $with{table}, $with{columns});
	return $server;
}

sub table
{
	my ($name, $options, $columns) = @_;
	my %all = (request => "GET /$name", rows => '/rows/*', %{ $options // {} });

	delete $all{$_} foreach grep { !defined $all{$_} } keys %all;
	query(sprintf 'CREATE FOREIGN TABLE %s (%s) SERVER r OPTIONS (%s)', $name, $columns // 'sku text, qty numeric', options(\%all));
	return;
}

=item rows(@sku), answer(@sku), parameter($request, $name), unescaped($text)

Rows of quantity 1, an answer of them, a parameter of a request's query as it
was sent, and what a percent-encoded text stands for.

=item seen()

The products in C<t>, separated by commas.

=item paths($remote)

Paths and queries of the requests so far.

=back

=cut

sub rows { return [ map { { sku => $_, qty => 1 } } @_ ]; }
sub answer { return { json => { rows => rows(@_) } }; }
sub parameter { my ($request, $name) = @_; return $request->{query} =~ /(?:^|&)\Q$name\E=([^&]*)/ ? $1 : undef; }
sub unescaped { my ($text) = @_; $text =~ s/%([0-9A-F]{2})/chr hex $1/ge; return $text; }
sub seen { return query('SELECT string_agg(sku, \',\' ORDER BY sku) FROM t'); }
sub paths { my ($remote) = @_; return join ' ', map { $_->{path} . (length $_->{query} ? "?$_->{query}" : '') } $remote->requests; }

1;
