# What inventory systems differ in, each declared by options and answered by a
# remote that insists on it: logins, signatures, envelopes, pages, time.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_base64);
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Utils ();
use Stockbridge::Answers;
use Stockbridge::Declared;
use Stockbridge::Test;
use Test::More;
use Time::HiRes ();

my $node = declared_cluster('engine');
my $json = JSON::PP->new->utf8->canonical;
my $remote;

# ---- who we are ----

# OAuth 2: the token comes from elsewhere, is used until it expires, renewed once.
my $issuer = Stockbridge::Answers->start(sub {
		my ($r, $n) = @_;
		return { status => 400, json => { error => 'unsupported_grant_type' } } unless $r->{body} =~ /grant_type=(client_credentials|refresh_token)/;
		return { json => { access_token => "token-$n", token_type => 'Bearer', expires_in => 3600 } };
	});
my %oauth = (token_url => $issuer->url . '/oauth/token', headers => 'X-Own: {secret:key}');
my %client = (client_id => 'id', client_secret => 'top-secret-client', key => 'top-secret-key', refresh_token => 'top-secret-refresh');
my $bearer = sub {
	my ($expected) = @_;
	return sub { return ($_[0]{headers}{authorization} // '') =~ $expected ? answer('a') : { status => 401, json => { message => 'token' } } };
};

$remote = remote($bearer->(qr/^Bearer token-1$/), server => { auth => 'oauth2_client', scope => 'stock read', %oauth }, user => \%client);
is(query('SELECT sku FROM t; SELECT sku FROM t'), "a\na", 'OAuth 2, client credentials');
my @tokens = $issuer->requests;
is(scalar @tokens, 1, 'one token serves all requests');
is($tokens[0]{body}, 'grant_type=client_credentials&client_id=id&client_secret=top-secret-client&scope=stock%20read', 'asked for as RFC 6749 says');
is($tokens[0]{headers}{'x-own'}, undef, 'and the headers for the server do not go to the issuer of tokens');
is(($remote->requests)[0]{headers}{'x-own'}, 'top-secret-key', 'but to the server');

$remote = remote($bearer->(qr/^Zoho-oauthtoken token-3$/), user => \%client,
	server => { auth => 'oauth2_refresh', client_auth => 'basic', login_header => 'Authorization: Zoho-oauthtoken {token}', %oauth });
is(seen(), 'a', 'OAuth 2, refresh token: a token that is refused is replaced');
@tokens = ($issuer->requests)[ 1, 2 ];
is($tokens[0]{body}, 'grant_type=refresh_token&refresh_token=top-secret-refresh', 'the refresh token goes in the body');
is($tokens[0]{headers}{authorization}, 'Basic ' . encode_base64('id:top-secret-client', ''), 'the client by HTTP Basic, if so told');
is(scalar $remote->requests, 2, 'once');

$remote = remote(sub { return answer('a') }, user => { client_id => 'id', client_secret => 'top-secret-x' },
	server => { auth => 'oauth2_client', token_url => $issuer->url . '/', login_body => 'grant_type=password' });
failure_is('SELECT * FROM t', qr/refused the login \(HTTP status 400\).*unsupported_grant_type/s, 'a refused client');

my $rotating = Stockbridge::Answers->start(sub { return { json => { access_token => 'token', refresh_token => 'top-secret-new', expires_in => 60 } } });
$remote = remote(sub { return answer('a') }, user => \%client, server => { auth => 'oauth2_refresh', token_url => $rotating->url . '/' });
my (undef, $rows, $warning) = $node->psql('postgres', 'SELECT sku FROM t');
is($rows, 'a', 'an issuer that replaces the refresh token');
like($warning, qr/WARNING: .*server "r" has replaced the refresh token/, 'is warned of');
unlike($warning, qr/top-secret/, 'without telling it');

# A signature of the query, byte for byte as it is sent.
my $signed = sub {
	my ($r) = @_;
	my $expected = hmac_sha256_base64($r->{query}, 'top-secret-key');
	$expected .= '=' while length($expected) % 4;
	return $r->{headers}{'api-auth-signature'} eq $expected && $r->{headers}{'api-auth-id'} eq 'me' ? answer('a') : { status => 403 };
};
my %sign = (headers => "api-auth-id: {user}\napi-auth-signature: {signature}", sign => 'hmac-sha256 query base64 key');
$remote = remote($signed, server => \%sign, user => { key => 'top-secret-key' }, table => { request => 'GET /t/{page}?pageSize={limit}{filters}', page => 'page' },
	columns => q{sku text OPTIONS (filter_eq 'code={value}')});
is(query(q{SELECT count(*) FROM t WHERE sku = 'x y&z=é'}), 0, 'a signature over the query, values and all');
is(query('SELECT sku FROM t'), 'a', 'and without values');
$remote = remote($signed, server => \%sign, user => { key => 'top-secret-key' });
is(seen(), 'a', 'an empty query signs the empty text');

# A login that says where to go on.
my $there = Stockbridge::Answers->start(sub { return $_[0]{headers}{authorization} eq 'session-1' ? answer('there') : { status => 401 } });
my %handed = (auth => 'login', login_request => 'POST /auth', login_token => '/Token', login_header => 'Authorization: {token}', login_ttl => '/TTL', base_url => '{login:/Server}');
$remote = remote(sub { return { json => { Token => 'session-1', Server => $there->url . '/', TTL => 1800 } } }, server => \%handed);
is(seen(), 'there', 'a login that hands out the address');
is(scalar $there->requests, 1, 'which requests then go to');
foreach my $bad ('ftp://127.0.0.1', '//127.0.0.1', 'http://a@b/', "http://127.0.0.1/?x=1", '')
{
	$remote = remote(sub { return { json => { Token => 'session-1', Server => $bad, TTL => 1 } } }, server => \%handed);
	failure_is('SELECT * FROM t', qr/names no address that requests can go to|did not return a value/, "an address like \"$bad\"");
	is(scalar $remote->requests, 1, 'leads nowhere');
}
$remote = remote(sub { return { json => { Token => 'x', TTL => 1 } } }, server => \%handed);
failure_is('SELECT * FROM t', qr{did not return a value at "/Server"}, 'a login that hands out none');

# ---- envelopes ----

$remote = remote(sub {
		my @columns = $_[0]{query} =~ /firstResult=1$/ ? qw(id code qty) : qw(qty code id);
		my %row = map { $_ => { id => $_, code => "p$_", qty => 1.50 } } 1 .. 4;
		my @ids = $_[0]{query} =~ /firstResult=1$/ ? (1, 2) : (3, 4);
		return { json => { meta => { total => 4, columns => [ map { { name => $_ } } @columns ] }, rows => [ map { [ @{ $row{$_} }{@columns} ] } @ids ] } };
	}, table => { request => 'GET /t?firstResult={offset}', page => 'offset', page_start => 1, page_size => 2, page_end => 'total:/meta/total', columns_ptr => '/meta/columns/*/name' },
	columns => q{sku text OPTIONS (path '/code'), qty numeric, missing text});
is(query('SELECT * FROM t ORDER BY sku'), "p1|1.5|\np2|1.5|\np3|1.5|\np4|1.5|", 'rows that are arrays, by the names in each answer');
is(scalar $remote->requests, 2, 'from the first row, which is number 1');

$remote = remote(sub { return { json => { data => { stock => { edges => [ { node => { sku => 'a' }, cursor => 1 }, { node => { sku => 'b' }, cursor => 2 } ] } } } } },
	table => { rows => '/data/stock/edges/*/node' }, columns => q{sku text, n integer OPTIONS (path '../cursor')});
is(query('SELECT * FROM t'), "a|1\nb|2", 'rows that are a member of what repeats');

$remote = remote(sub { return { json => { response => { 1007 => { warehouses => { 2 => { on => 3 }, 5 => { on => 4 } } }, 1008 => { warehouses => {} } } } } },
	table => { rows => '/response/*/warehouses/*' }, columns => q{product text OPTIONS (path '#1'), warehouse text OPTIONS (path '#2'), qty numeric OPTIONS (path '/on')});
is(query('SELECT * FROM t ORDER BY 2'), "1007|2|3\n1007|5|4", 'objects keyed by what they are about');

my @pages = (['a', 'b'], ['c']);
$remote = remote(sub { my $p = parameter($_[0], 'page'); return { json => { rows => rows(@{ $pages[ $p - 1 ] }) }, headers => { 'X-Pagination' => qq({"page":$p,"total_pages":2}) } } },
	table => { request => 'GET /t?page={page}', page => 'page', page_end => 'pages:header:X-Pagination#/total_pages' });
is(seen(), 'a,b,c', 'pages counted in a header that holds JSON');
$remote = remote(sub { my $p = parameter($_[0], 'c'); return { json => { rows => rows(@{ $pages[ $p eq '' ? 0 : 1 ] }) }, headers => $p eq '' ? { 'X-Next' => 'n&x' } : {} } },
	table => { request => 'GET /t?c={cursor}', page => 'cursor', page_next => 'header:X-Next' });
is(seen(), 'a,b,c', 'a cursor in a header');
$remote = remote(sub { return answer('a') }, table => { request => 'GET /t?page={page}', page => 'page', page_end => 'pages:header:X-Pagination#/total_pages' });
failure_is('SELECT * FROM t', qr{has no count at "header:X-Pagination#/total_pages"}, 'a header that is missing');

# Values under names with blanks, by sign, and always the same.
$remote = remote(sub { return { json => { rows => [ map { { type => $_->[0], n => $_->[1] } } ['Purchase Receipt', 3], ['Stock Entry', -2], ['Stock Entry', 2], ['Delivery Note', -1], ['Stock Reconciliation', 5] ] } } },
	columns => q{kind text OPTIONS (by '/type /n', map '"Purchase Receipt" * = receipt; "Stock Entry" -* = "move out"; Stock* * = adjustment; *Note * = null'),
		n numeric OPTIONS (by '/n', map '-* = -/n; * = /n'), source text OPTIONS (path '@value:ledger')});
is(query('SELECT * FROM t'), "receipt|3|ledger\nmove out|2|ledger\nadjustment|2|ledger\n|1|ledger\nadjustment|5|ledger", 'cases by words with blanks, beginnings, ends and signs');

# Times that name no zone are in the server's, whatever the reader's.
my @times = ('2026-07-01T12:00:00', '2026-07-01 12:00:00.5', '2026-07-01', '2026-07-01T12:00:00Z', '2026-07-01T12:00:00.13+02:00', undef);
$remote = remote(sub { return { json => { rows => [ map { { at => $_ } } @times ] } } }, server => { time_zone => 'Europe/London' },
	table => { request => 'GET /t?{filters}' }, columns => q{at timestamptz OPTIONS (format 'sql', filter_ge 'from={value}'), day date OPTIONS (path '/at')});
my $read = "SET timezone = 'Asia/Tokyo'; SELECT at AT TIME ZONE 'UTC' FROM t";
is(query($read), "2026-07-01 11:00:00\n2026-07-01 11:00:00.5\n2026-06-30 23:00:00\n2026-07-01 12:00:00\n2026-07-01 10:00:00.13\n", 'times without a zone');
query(q{SET timezone = 'Asia/Tokyo'; SELECT * FROM t WHERE at >= '2026-07-01 12:00:00+00'});
is(unescaped(parameter(($remote->requests)[1], 'from')), '2026-07-01 13:00:00', 'also on the way out');

# ---- one table from several requests ----

# Keys that another table knows: asked for as they come, or read once.
my %product = map { $_ => { id => $_, code => "SKU-$_" } } 1 .. 120;
my $known = sub {
	my ($r) = @_;
	return { json => { rows => [ map { { product => $_, qty => 1 } } parameter($r, 'o') / 62 * 60 + 1 .. parameter($r, 'o') / 62 * 60 + 60, 999, undef ], total => 124 } } if $r->{path} eq '/t';
	my @ids = map { split /,/ } unescaped(parameter($r, 'id') // join ',', 1 .. 120);
	return { json => { rows => [ map { $product{$_} // () } @ids ] } };
};
my %looked = (table => { request => 'GET /t?o={offset}', page => 'offset', page_size => 62, page_end => 'total:/total' },
	columns => q{sku text OPTIONS (path '/product', lookup 'products id sku'), qty numeric});
$remote = remote($known, %looked);
table('p', { resource => 'products', request => 'GET /p?{filters}' }, q{id bigint OPTIONS (filter_in 'id={values}'), sku text OPTIONS (path '/code')});
is(query(q{SELECT count(*), count(DISTINCT sku), min(sku), count(*) FILTER (WHERE sku IS NULL) FROM t}), '124|120|SKU-1|4', 'keys are replaced by what they stand for');
is(scalar(grep { $_->{path} eq '/p' } $remote->requests), 4, 'asked for by the page, 50 at once, each once');
$remote = remote($known, %looked);
table('p', { resource => 'products' }, q{id bigint, sku text OPTIONS (path '/code')});
is(query('SELECT count(DISTINCT sku) FROM t'), 120, 'where no filter is known');
is(scalar(grep { $_->{path} eq '/p' } $remote->requests), 1, 'the other table is read once');
failure_is(q{ALTER FOREIGN TABLE p OPTIONS (DROP resource); SELECT * FROM t}, qr/looks values up in "products", which does not exist/, 'a table that is not there');

$remote = remote(sub {
		my ($r) = @_;
		my @all = map { { id => $_, code => 'C' . ($_ % 5) } } 1 .. 20;
		my @asked = map { split /,/ } unescaped(parameter($r, 'id') // '');
		return { json => { rows => [ grep { !defined parameter($r, 'code') || $_->{code} eq parameter($r, 'code') } @all ] } } if $r->{path} eq '/p' && !@asked;
		return { json => { rows => [ map { $all[ $_ - 1 ] } @asked ] } } if $r->{path} eq '/p';
		return { json => { rows => [ map { { product => $_, qty => 1 } } @asked ? @asked : 1 .. 20 ] } };
	}, table => { request => 'GET /t?{filters}' }, columns => q{sku text OPTIONS (path '/product', lookup 'products id sku', filter_in 'id={keys}'), qty numeric});
table('p', { resource => 'products', request => 'GET /p?{filters}' }, q{id bigint OPTIONS (filter_in 'id={values}'), sku text OPTIONS (path '/code', filter_in 'code={value}')});
is(query(q{SELECT count(*), min(sku), max(sku) FROM t WHERE sku = 'C3'}), '4|C3|C3', 'a condition on what is looked up');
is(unescaped(paths($remote)), '/p?code=C3 /t?id=3,8,13,18 /p?id=3,8,13,18', 'goes out as one on the keys');
is(query(q{SELECT count(*) FROM t WHERE sku = 'none'}), 0, 'what no row can meet');
is(unescaped((split / /, paths($remote))[-1]), '/p?code=none', 'is not asked for');

# Many rows in one request.
$remote = remote(sub {
		my ($r) = @_;
		return { json => { rows => [ map { { id => $_ } } 1 .. 5 ] } } if $r->{path} eq '/ids';
		my ($ids) = $r->{path} =~ m{^/detail/(.*)$};
		return { json => { rows => { map { $_ => { qty => $_ * 2 } } split /,/, unescaped($ids) } } };
	}, table => { request => 'GET /detail/{from[]:id}', from => 'ids', batch => 2 }, columns => q{sku text OPTIONS (path '#1'), qty numeric});
table('ids', { resource => 'ids' }, 'id integer');
is(query('SELECT string_agg(sku || qty, \' \' ORDER BY sku) FROM t'), '12 24 36 48 510', 'details of several rows at once');
is(paths($remote), '/ids /detail/1,2 /detail/3,4 /detail/5', 'as many as a batch has');
failure_is(q{ALTER FOREIGN TABLE t ADD COLUMN parent integer OPTIONS (path '@from:id'); SELECT * FROM t}, qr/cannot come from the row it is asked for/, 'of which row, nobody knows');

# Several tables as one.
$remote = remote(sub { my ($r) = @_; return { json => { rows => $r->{path} eq '/in' ? [ { sku => 'a', n => 1, at => '2026-01-02' } ] : [ { sku => 'b', n => 2 }, { sku => 'c', n => 3 } ] } } },
	table => { request => undef, rows => undef, union => 'arrivals, departures' }, columns => 'sku text, n numeric, kind text, at date');
table('arrivals', { resource => 'arrivals', request => 'GET /in?{filters}' }, q{sku text OPTIONS (filter_eq 'sku={value}'), kind text OPTIONS (path '@value:in'), n numeric, at date});
table('departures', { resource => 'departures', request => 'GET /out' }, q{n numeric, kind text OPTIONS (path '@value:out'), sku text});
is(query('SELECT * FROM t'), "a|1|in|2026-01-02\nb|2|out|\nc|3|out|", 'a union, by the names of columns');
is(query(q{SELECT kind FROM t WHERE sku = 'a'}), 'in', 'filtered');
is(paths($remote), '/in /out /in?sku=a /out', 'each member gets what it understands');
is(query('SELECT count(*) FROM (SELECT * FROM t LIMIT 1) x'), 1, 'a LIMIT');
is(paths($remote), '/in /out /in?sku=a /out /in', 'does not ask the second for what the first gives');

# Rows that belong together.
my @batches = map { { sku => 'p' . ($_ % 700), at => 'W' . ($_ % 2), n => '0.1', seen => "2026-01-0" . (1 + $_ % 3) . 'T00:00:00Z' } } 1 .. 4200;
$remote = remote(sub { my $o = parameter($_[0], 'o'); return { json => { rows => [ @batches[ $o .. $o + 599 ] ], total => 4200 } } },
	table => { request => 'GET /t?o={offset}&{filters}', page => 'offset', page_size => 600, page_end => 'total:/total', group_by => 'sku, place' },
	columns => q{place text OPTIONS (path '/at', filter_eq 'at={value}'), n numeric OPTIONS (filter_ge 'min={value}'), sku text, seen timestamptz});
is(query(q{SET timezone = 'UTC'; SET work_mem = '64kB'; SELECT count(*), sum(n), min(n), max(n), max(seen) FROM t}), '700|420.0|0.6|0.6|2026-01-01 00:00:00+00', 'batches are added up, exactly');
is(query('SELECT n FROM t LIMIT 1'), '0.6', 'whatever is asked for');
is(query(q{SELECT count(*) FROM t WHERE n >= 0.5 AND place = 'W1'}), 350, 'a condition on the sum');
unlike(($remote->requests)[-1]{query}, qr/min=/, 'is not sent, for it would drop parts');
like(($remote->requests)[-1]{query}, qr/at=W1/, 'one on what belongs together is');

# ---- time ----

my @log = map { { sku => "m$_", at => sprintf '2026-03-%02dT00:00:00Z', $_ } } reverse 1 .. 25;
my %newest = (table => { request => 'GET /t?o={offset}&n={limit}', page => 'offset', page_size => 5, since => 'at', since_mode => 'newest_first', since_overlap => '1h' }, columns => 'sku text, at timestamptz');
$remote = remote(sub { my $o = parameter($_[0], 'o'); my $end = $o + 4 > $#log ? $#log : $o + 4; return { json => { rows => [ @log[ $o .. $end ] ] } } }, %newest);
is(query(q{SELECT string_agg(sku, ' ') FROM t WHERE at >= '2026-03-19 00:00+00'}), 'm25 m24 m23 m22 m21 m20 m19', 'the newest first');
is(scalar $remote->requests, 3, 'until a page is older than what is asked for');
is(query('SELECT count(*) FROM t'), 25, 'all of them');
$remote = remote(sub { return { json => { rows => [ @log[ 20, 5, 6 ] ] } } }, %newest);
failure_is(q{SELECT * FROM t WHERE at >= '2026-03-01'}, qr/do not come newest first/, 'a remote with another order');

$remote = remote(sub { return answer('a') }, columns => q{sku text, at timestamptz OPTIONS (path '@value:2026-03-02 06:00+00', format 'iso')},
	table => { request => 'GET /t?from={since}&to={until}', since => 'at', since_mode => 'window', since_window => '1d', since_overlap => '1h' });
is(query(q{SELECT count(*) FROM t WHERE at >= '2026-03-01 12:00+00' AND at < '2026-03-04 00:00+00'}), 3, 'window by window');
is(unescaped(paths($remote)) =~ s/:00\.000000Z//gr, '/t?from=2026-03-01T11:00&to=2026-03-02T11:00 /t?from=2026-03-02T11:00&to=2026-03-03T11:00 /t?from=2026-03-03T11:00&to=2026-03-04T00:00', 'without a gap, and with an overlap');
failure_is('SELECT * FROM t', qr/can only be read from a given time on/, 'windows need a beginning');

$remote = remote(sub { return { json => { rows => [] } } }, columns => q{sku text, at timestamptz OPTIONS (format 'date', filter_ge 'modifiedSince={value}')},
	table => { request => 'GET /t?{filters}', since => 'at', since_overlap => '1d' });
query(q{SELECT * FROM t WHERE at >= '2026-03-02 00:00:01+00'});
is(paths($remote), '/t?modifiedSince=2026-03-01', 'a bound that is moved back by the overlap');

$remote = remote(sub { return answer('a') }, table => { request => 'GET /t?{filters}', require => 'place' }, columns => q{sku text, place text OPTIONS (path '@value:A', filter_eq 'place={value}', filter_in 'place={value}')});
failure_is('SELECT * FROM t', qr/can only be read for given values of column "place".*place IN/s, 'what a system would answer with a silent sum');
is(query(q{SELECT sku FROM t WHERE place = 'A'}), 'a', 'with it, it is asked');

$remote = remote(sub { return answer(parameter($_[0], 'sku')) }, table => { request => 'GET /t?sku={col:sku}' });
query('CREATE TABLE IF NOT EXISTS wanted AS SELECT sku FROM unnest(ARRAY[\'a\', \'b\']) sku; ANALYZE wanted');
is(query('SELECT string_agg(t.sku, \',\' ORDER BY t.sku) FROM wanted JOIN t USING (sku)'), 'a,b', 'a join gives the values that a request cannot do without');
is(($node->psql('postgres', 'ANALYZE'))[0], 0, 'and ANALYZE passes such a table over');

# ---- movements where there are none ----

my $told = PostgreSQL::Test::Utils::tempdir() . '/stock';
my $stock = sub { PostgreSQL::Test::Utils::append_to_file("$told.new", join '', @_); rename "$told.new", $told or die; return; };
$stock->('a|W1|10 a|W2|5 b|W1|2.5');
$remote = remote(sub {
		my @rows = map { [ split /\|/ ] } split ' ', PostgreSQL::Test::Utils::slurp_file($told);
		return { json => { rows => [ map { { sku => $_->[0], location => $_->[1], on_hand => $_->[2] } } @rows ] } };
	}, table => { resource => 'stock' }, columns => q{sku text, location text, on_hand numeric, as_of timestamptz OPTIONS (path '@sent_at')});
table('m', { resource => 'movements', request => undef, rows => undef, derived => 'true' },
	'movement_ref text, kind text, sku text, quantity numeric, from_location text, to_location text, happened_at timestamptz, document_ref text, derived boolean');
is(query(q{SELECT stockbridge.derive_movements('m')}), 0, 'the first reading of the stock is the base');
$stock->('a|W1|7.25 a|W2|5 c|W2|1');
is(query(q{SELECT stockbridge.derive_movements('m')}), 3, 'the next one tells what has changed');
is(query('SELECT kind, sku, to_location, quantity, derived, from_location IS NULL FROM m ORDER BY sku'),
	"adjustment|a|W1|-2.75|t|t\nadjustment|b|W1|-2.5|t|t\nadjustment|c|W2|1|t|t", 'as adjustments that are marked as derived');
is(query(q{SELECT count(DISTINCT movement_ref), bool_and(happened_at > now() - interval '1 h') FROM m}), '3|t', 'with a key and a time each');
is(query(q{SELECT stockbridge.derive_movements('m')}), 0, 'and once only');
$stock->(' ');
failure_is(q{SELECT stockbridge.derive_movements('m')}, qr/tells of no stock at all/, 'a system that seems empty');
$stock->('a|W1|7.25 a|W2|6 c|W2|1');
is(query(q{SELECT stockbridge.derive_movements('m'); SELECT sum(quantity) FROM m WHERE happened_at >= now() - interval '1 d'}), "1\n-3.25", 'changes nothing');

query(q{INSERT INTO stockbridge.derived_movement (server, sku, quantity, to_location, happened_at) SELECT 'r', 'x', 1, 'W9', timestamptz '2020-01-01 00:00+00' + n * interval '1 min' FROM generate_series(1, 1200) n;
	INSERT INTO stockbridge.derived_movement (server, sku, quantity, to_location, happened_at) SELECT 'other', 'x', 1, 'W9', now() FROM generate_series(1, 100) n});
is(query(q{SELECT count(*) FROM m WHERE to_location = 'W9'}), 1200, 'many of them, of this server only');
is(query(q{SELECT count(*) FROM m WHERE happened_at >= '2020-01-01 19:00+00' AND to_location = 'W9'}), 61, 'or those since a time');
is(query(q{SELECT count(*) FROM (SELECT FROM m LIMIT 3) x}), 3, 'or a few');
unlike(query(q{EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM m WHERE happened_at >= '2020-01-01 19:00+00' AND to_location = 'W9'}), qr/Removed by Filter: \d{3}/, 'read from that time on');

# ---- reading ahead ----

my $many = sub { my $o = parameter($_[0], 'o'); return { json => { rows => rows(map { "s$_" } $o + 1 .. $o + 10), total => 60 } } };
my %many = (table => { request => 'GET /t?o={offset}', page => 'offset', page_size => 10, page_end => 'total:/total' }, server => { concurrency => 4 });
$remote = remote($many, %many);
is(query('SELECT count(DISTINCT sku) FROM t'), 60, 'pages over several connections');
is(scalar $remote->requests, 6, 'each once');
is(query('SELECT count(*) FROM (SELECT * FROM t LIMIT 3) x'), 3, 'a LIMIT');
is(scalar $remote->requests, 7, 'reads none ahead');
$remote = remote($many, %many);
query('BEGIN; DECLARE c CURSOR FOR SELECT * FROM t; FETCH 21 FROM c');
my $patience = 10 * $PostgreSQL::Test::Utils::timeout_default;
Time::HiRes::sleep(0.1) while scalar $remote->requests < 5 && $patience-- > 0;
cmp_ok(scalar $remote->requests, '>=', 5, 'while the third page is read, those after it are on their way');
$remote = remote(sub { my $o = parameter($_[0], 'o'); my @rest = grep { $_ <= 47 } $o + 1 .. $o + ($o == 20 ? 7 : 10); return { json => { rows => rows(map { sprintf 's%02d', $_ } @rest), total => 47 } } }, %many);
is(query('SELECT count(*), count(DISTINCT sku) FROM t'), '47|47', 'a page that is shorter than the others loses and repeats no row');
$remote = remote(sub { my ($r, $n) = @_; return $n == 3 ? { status => 503 } : $many->($r) }, %many);
is(query('SELECT count(DISTINCT sku) FROM t'), 60, 'a page ahead that fails is asked for again');
$remote = remote(sub { return $_[0]{path} eq '/ids' ? { json => { rows => [ map { { id => $_ } } 1 .. 9 ] } } : answer(substr $_[0]{path}, 8) },
	server => { concurrency => 3 }, table => { request => 'GET /detail/{from:id}', from => 'ids' });
table('ids', { resource => 'ids' }, 'id integer');
is(query('SELECT string_agg(sku, \'\') FROM t'), '123456789', 'one request for each row, several at once, in order');

# ---- how often ----

$remote = remote(sub { my ($r, $n) = @_; return { %{ answer("n$n") }, headers => { 'X-Left' => $n == 1 ? 2 : 5, 'X-Wait' => 90000 } } },
	server => { throttle_left => 'header X-Left keep 2', throttle_wait => 'header X-Wait ms', throttle_max_wait => '1min' });
failure_is('SELECT sku FROM t; SELECT sku FROM t', qr/allows no request for another \d+ s.*throttle_max_wait/s, 'a remote with few requests left');
is(scalar $remote->requests, 1, 'is left alone for as long as it says');
$remote = remote(sub { return answer('a') }, server => { rate => '2/h', throttle_max_wait => '1min' });
failure_is('SELECT 1 FROM t; SELECT 1 FROM t; SELECT 1 FROM t', qr/allows no request for another \d+ s/, 'a rate that is used up');
is(scalar $remote->requests, 2, 'is not passed');
failure_is(q{ALTER SERVER r OPTIONS (SET rate '2'); SELECT 1 FROM t}, qr/invalid value "2" for option "rate".*60\/min/s, 'a rate that is none');

unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/top-secret/, 'no secret is in the server log');

done_testing();
