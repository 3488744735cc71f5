# What a network and a hostile server can do to a read: compression, bombs,
# silence, redirects, pages without end, garbage. Each is read rightly or ends in
# one clear error, in bounded memory and time.

use strict;
use warnings;

use IO::Compress::Gzip qw(gzip);
use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;
use Time::HiRes qw(sleep time);

sub gzipped { my ($text) = @_; gzip(\$text => \my $small) or die 'gzip'; return $small; }

# A release that knows no $orderby on $crossjoin (SL §4): pages by offset.
sub join_without_order
{
	my ($request) = @_;
	return { status => 400, json => { error => { code => '201', message => 'Query string error' } } } if $request->{query} =~ /orderby/;
	my $skip = $request->{query} =~ /skip=(\d+)/ ? $1 : 0;
	my @rows = map { { Items => { ItemCode => "I$_" }, 'Items/ItemWarehouseInfoCollection' => { WarehouseCode => 'w' } } } 3, 1, 5, 2, 4;
	my @page = grep { defined } @rows[ $skip, $skip + 1 ];
	return { json => { value => \@page, $skip + 2 < @rows ? ('@odata.nextLink' => 'next?$skip=' . ($skip + 2)) : () } };
}

# A company for each misbehaviour: the first part of the path names it.
my @letters = map { { WarehouseCode => $_, WarehouseName => "warehouse $_" } } 'a' .. 'f';
my %company = (
	plain => sub { { json => { value => \@letters } } },
	gzip => sub { { body => gzipped(JSON::PP::encode_json({ value => \@letters })), headers => { 'Content-Encoding' => 'gzip' } } },
	bomb => sub { { body => gzipped('[' . ' ' x 50_000_000 . ']'), headers => { 'Content-Encoding' => 'gzip' } } },
	redirect => sub { { status => 302, headers => { Location => 'http://127.0.0.1:1/elsewhere' } } },
	endless => sub { { json => { value => [ @letters[0, 1] ], '@odata.nextLink' => 'Warehouses?$skip=2' } } },
	emptyend => sub { { json => { value => [], '@odata.nextLink' => 'Warehouses?$skip=20' } } },
	elsewhere => sub { $_[0]{query} =~ /gt%20'b'/ ? { json => { value => [ @letters[2, 3] ] } }
		  : { json => { value => [ @letters[0, 1] ], '@odata.nextLink' => 'http://127.0.0.1:1/evil?$skip=2' } } },
	silent => sub { sleep 3; { close => 1 } },
	html => sub { { body => '<html>Proxy Error</html>', headers => { 'Content-Type' => 'text/html' } } },
	novalue => sub { { json => { values => [] } } },
	utf8 => sub { { body => "{\"value\":[{\"WarehouseCode\":\"\xff\xfe\"}]}" } },
	nul => sub { { body => '{"value":[{"WarehouseCode":"a\u0000b"}]}' } },
	deep => sub { { body => '{"value":' . '[' x 100_000 } },
	cut => sub { { body => '{"value":[{"WarehouseCode":"a"},{"Wareh' } },
	nokey => sub { { json => { value => [ { WarehouseName => 'x' } ], '@odata.nextLink' => 'Warehouses?$skip=1' } } },
	number => sub { { body => '{"value":[{"WarehouseCode":12345678901234567890.120}]}' } },
	noorder => \&join_without_order,
	kinds => sub { { body => '{"value":[{"WarehouseCode":{"a":[1, 2]},"WarehouseName":true},{"WarehouseCode":"x","WarehouseName":null}]}' } },
);
my $remote = Stockbridge::Answers->start(
	sub {
		my ($request) = @_;
		my ($name, $what) = $request->{path} =~ m{^/(\w+)/(.+)$};

		return { json => { SessionId => 'x', SessionTimeout => 30 }, headers => { 'Set-Cookie' => "B1SESSION=of-$name; HttpOnly" } } if $what eq 'Login';
		return { status => 204 } if $what eq 'Logout';
		return $company{$name}->($request);
	});
my $node = new_cluster('main');
$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge');
foreach my $name (sort keys %company)
{
	$node->safe_psql('postgres', <<"END");
CREATE SERVER $name FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $remote->url ]}/$name', company 'X', page_size '2');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user 'u', password 'p');
CREATE FOREIGN TABLE $name (code text OPTIONS (property 'WarehouseCode', type 'Edm.String', key 'true'),
	name text OPTIONS (property 'WarehouseName', type 'Edm.String')) SERVER $name OPTIONS (entity 'Warehouses');
END
}

$node->safe_psql('postgres', q(CREATE FOREIGN TABLE noorder_lines (code text OPTIONS (property 'ItemCode', of 'entity', key 'true'),
	warehouse text OPTIONS (property 'WarehouseCode', key 'true'))
	SERVER noorder OPTIONS (entity 'Items', collection 'ItemWarehouseInfoCollection', parent_key 'ItemCode')));

sub codes { return $node->safe_psql('postgres', "SELECT string_agg(code, ' ') FROM $_[0]"); }

sub failure
{
	my ($name, $what, $settings) = @_;
	my ($status, undef, $stderr) = $node->psql('postgres', ($settings // '') . "SELECT * FROM $name");
	isnt($status, 0, "$name: refused");
	like($stderr, $what, '… for its own reason');
	like($stderr, qr/server "$name"/, '… with the server') if $what !~ /timeout/;
	is($node->safe_psql('postgres', 'SELECT 1'), 1, '… and the server lives');
	return $stderr;
}

is(codes('plain'), 'a b c d e f', 'an answer as it should be');
is(codes('gzip'), 'a b c d e f', 'a compressed answer');
like((grep { $_->{path} eq '/gzip/Warehouses' } $remote->requests)[0]{headers}{'accept-encoding'}, qr/gzip/, '… which was offered');
is(codes('number'), '12345678901234567890.120', 'a number keeps its spelling');
is($node->safe_psql('postgres', 'SELECT code, name FROM kinds'), qq({"a":[1, 2]}|true\nx|), 'structures as text, booleans, nulls');
is(codes('elsewhere'), 'a b c d', 'of a next link to another host only the fact that there is more is taken');

is(codes('noorder_lines'), 'I3 I1 I5 I2 I4', 'a join that may not be ordered is read by offset');
is($node->safe_psql('postgres', 'SELECT count(*) FROM noorder_lines; SELECT count(*) FROM noorder_lines'), "5\n5", '… again and again');
is(scalar(grep { $_->{query} =~ /orderby/ } grep { $_->{path} =~ m{^/noorder/\$crossjoin} } $remote->requests), 2, '… and a connection asks for the order only once');

failure('bomb', qr/accept the answer.*max_response_size/s) if $node->safe_psql('postgres', q(ALTER SERVER bomb OPTIONS (ADD max_response_size '1MB'); SELECT 1));
failure('redirect', qr/HTTP status 302.*Redirects are not followed/s);
failure('endless', qr/same page again/);
failure('emptyend', qr/same page again/);
failure('html', qr/malformed JSON in answer from server "html", entity set Warehouses at offset 0/);
failure('novalue', qr/no member "value"/);
failure('utf8', qr/invalid UTF-8 in answer.*at offset 28/);
failure('nul', qr/malformed JSON.*\\u0000/s);
failure('cut', qr/malformed JSON.*at offset \d+/);
failure('nokey', qr/no value for key column "code"/);
my (undef, undef, $stderr) = $node->psql('postgres', 'SELECT * FROM deep');
like($stderr, qr/stack depth limit exceeded|malformed JSON/, 'nesting without end is an error');
is($node->safe_psql('postgres', 'SELECT 1'), 1, '… and the server lives');

$node->safe_psql('postgres', q(ALTER SERVER silent OPTIONS (ADD request_timeout '400ms')));
my $start = time();
failure('silent', qr/get an answer in time.*HINT:.*request_timeout/s);
cmp_ok(time() - $start, '<', 2.5, 'request_timeout bounds a silent server');

# Cookies go to the server that set them and to no other.
my %cookies = map { ($_->{headers}{cookie} // '') => 1 } grep { $_->{path} eq '/gzip/Warehouses' } $remote->requests;
is_deeply([ sort keys %cookies ], ['B1SESSION=of-gzip'], 'a session cookie is that of its own server');

$node->stop;
done_testing();
