# What a service of OData, or what stands before it, may answer instead of rows:
# one clear error each, the passing kind asked again, and no write sent twice.

use strict;
use warnings;

use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $link = '"@odata.nextLink"';
my %answers = (
	html => { status => 502, body => '<html>Bad Gateway</html>', headers => { 'Content-Type' => 'text/html' } },
	page => { body => '<html>Sign in</html>', headers => { 'Content-Type' => 'text/html' } },
	rows => { json => { d => { results => [] } } },
	late => { body => '{"value":[{"ID":1}],"error":{"code":"7","message":"the database went away"}}' },
	cut => { body => '{"value":[{"ID":1},{"ID":' },
	moved => { status => 302, headers => { Location => 'http://elsewhere.example/' } },
	plain => { status => 403, body => 'Forbidden' },
	older => { status => 400, json => { error => { code => '', message => { lang => 'en', value => 'in the older form' } } } },
	scheme => { body => "{\"value\":[],$link:\"file:///etc/passwd\"}" },
	authority => { body => "{\"value\":[],$link:\"http://127.0.0.1\@elsewhere.example/\"}" },
	deaf => { body => '{"value":[{"ID":1}]}' },
	marked => { body => "\xEF\xBB\xBF{\"\@odata.count\":1,\"value\":[{\"ID\":1}]}" },
	short => { body => '{"@odata.count":5,"value":[{"ID":1}]}' },
	nothing => { body => '{"value":[],"@odata.count":5}' },
);
my %refusals = (
	html => qr/^psql.*HV000.*HTTP status 502 with a body that is no OData error/s,
	page => qr/HV00A.*malformed JSON in answer from server "page", entity set Things/s,
	rows => qr/HV00L?.*answer from server "rows", entity set Things has no member "value".*root of a service of OData V4/s,
	late => qr/entity set Things failed while it was answering: the database went away/,
	cut => qr/malformed JSON in answer from server "cut"/,
	moved => qr/HTTP status 302.*Redirects are not followed/s,
	plain => qr/42501.*HTTP status 403.*does not allow/s,
	older => qr/refused reading entity set Things: in the older form/,
	deaf => qr/HV00K.*answers with the same page again.*set the option "unsupported"/s,
	scheme => qr/names a next page that is not its own.*file:/s,
	authority => qr/names a next page that is not its own/,
);

# Under /busy the first two requests are turned away, under /once the first fails;
# under /lost a write's answer does.
my $failed;
my $remote = Stockbridge::Answers->start(
	sub {
		my ($request, $count) = @_;
		my ($what) = $request->{path} =~ m{^/(\w+)};

		return { status => $count == 1 ? 429 : 503, headers => { 'Retry-After' => 0 } } if $what eq 'busy' && $count < 3;
		return { json => { '@odata.count' => 1, value => [ { ID => 1 } ] } } if $what eq 'busy';
		return { json => { ID => 8 } } if $request->{method} eq 'GET' && $request->{path} =~ /\(8\)$/;
		return { json => { '@odata.count' => 1, value => [ { ID => 7 } ] } } if $request->{method} eq 'GET' && $what =~ /^(?:lost|broken|away|absent|shy)$/;
		return { status => 500, json => {} } if $what eq 'once' && !$failed++;
		return { json => { '@odata.count' => 1, value => [ { ID => 2 } ] } } if $what eq 'once';
		return { close => 1 } if $what eq 'lost';
		return { status => 500, json => { error => { code => '1', message => 'half way through' } } } if $what eq 'broken';
		return { status => 404, json => { error => { code => '1', message => 'gone' } } } if $what eq 'absent';
		return { status => 404, body => 'no such page' } if $what eq 'away';
		return { status => 204, headers => { 'OData-EntityId' => "http://$request->{headers}{host}/shy/Things(8)" } } if $what eq 'shy';
		return $answers{$what};
	});
my $node = new_cluster('main');

sub query
{
	my ($status, $stdout, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\n$_[0]");
	return $status == 0 ? $stdout : $stderr;
}

query('CREATE EXTENSION stockbridge');
query(<<"END") foreach 'busy', 'once', 'lost', 'broken', 'absent', 'away', 'shy', sort keys %answers;
CREATE SERVER $_ FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $remote->url ]}/$_', flavour 'odata');
CREATE FOREIGN TABLE $_ (id integer OPTIONS (property 'ID', type 'Edm.Int32', key 'true'), name text OPTIONS (property 'Name', type 'Edm.String'))
  SERVER $_ OPTIONS (entity 'Things');
END

# --- Reading -----------------------------------------------------------------------

is(query('SELECT id FROM busy'), '1', 'a service that is busy is asked again');
is(scalar $remote->requests, 3, '… as often as it is');
is(query(q(SELECT id FROM once WHERE name LIKE 'x%' OR id = 2)), '2', 'one failure costs no condition');
is(scalar(grep { $_->{path} =~ /once/ && $_->{query} !~ /filter/ } $remote->requests), 0, '… it is sent again');
foreach my $name (sort keys %refusals)
{
	like(query("SELECT id FROM $name"), $refusals{$name}, "$name: one clear error");
}
query(q(ALTER SERVER short OPTIONS (ADD unsupported 'filter, skip')));
like(query('SELECT id FROM short'), qr/server "short", entity set Things gave 1 of 5 entities and no next link/, 'no result is cut without a word');
query(q(ALTER SERVER deaf OPTIONS (ADD unsupported 'filter, skip, count')));
is(query('SELECT id FROM deaf WHERE id = 1'), '1', 'a service that hears nothing is read, if that is said');
is(query('SELECT id FROM marked'), '1', 'a byte order mark is no part of an answer');
is(query('SELECT count(*) FROM nothing'), '0', 'a count that is not kept ends with an empty page');

# --- Writing -----------------------------------------------------------------------

sub writes { return scalar grep { $_->{path} =~ /$_[0]/ && $_->{method} ne 'GET' } $remote->requests; }

foreach my $name (qw(lost broken))
{
	foreach my $write ("INSERT INTO $name VALUES (7, 'x')", "UPDATE $name SET name = 'x' WHERE id = 7", "DELETE FROM $name WHERE id = 7")
	{
		like(query($write), qr/ERROR:  08007: the outcome of \w+ .* at server "$name" is not known.*before you try again/s, "$write: nobody knows");
	}
	is(writes($name), 3, '… and each was sent once');
}
is(query(q(UPDATE absent SET name = 'x' WHERE id = 7 RETURNING id)), '', 'a row that is not there any more is not updated');
like(query(q(UPDATE away SET name = 'x' WHERE id = 7)), qr/refused updating Things\(7\): HTTP status 404/, '… but a page that is not there is an error');
is(query(q(INSERT INTO shy (name) VALUES ('x') RETURNING id)), '8', 'a new row that is not returned is read where the service says it is');
is(query(q(INSERT INTO shy (name) VALUES ('y'))), '', '… if it is wanted');

done_testing();
