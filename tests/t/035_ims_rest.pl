# Inventory systems by declaration: a plain REST one is read as it is, and what
# a remote may do wrong ends in the right rows or in one clear error.

use strict;
use warnings;

use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Utils ();
use Stockbridge::Answers;
use Stockbridge::Declared;
use Stockbridge::Test;
use Test::More;
use Time::HiRes qw(time);

my $node = declared_cluster('ims');
my $json = JSON::PP->new->utf8->canonical;

# ---- the simulator's REST interface ----

my $sim = sim_start('--items' => 130, '--warehouses' => 3);
create_servers($node, $sim, wms => { page_size => 50 });

foreach my $table (qw(products locations stock movements orders order_lines shipments))
{
	my $told = ims_get($sim, "/ims/$table?limit=10000")->{data};
	my $seen = $json->decode(query("SELECT coalesce(json_agg(t), '[]') FROM wms.$table t"));
	my $plain = sub {
		my %row = %{ $_[0] };
		foreach (grep { defined $row{$_} } keys %row)
		{
			$row{$_} =~ s/(T\d\d:\d\d:\d\d)(?:\.0+)?(?:Z|\+00:00)$/$1/;
			$row{$_} = $row{$_} ? 'true' : 'false' if JSON::PP::is_bool($row{$_});
			$row{$_} += 0 if $row{$_} =~ /^-?\d+(\.\d+)?$/;
		}
		return \%row;
	};
	cmp_ok(scalar @$told, '>', 0, "the inventory system has $table");
	is_deeply([ map { $plain->($_) } @$seen ], [ map { $plain->($_) } @$told ], "wms.$table is what it tells, row for row");
}
like(query('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM wms.products'),
	qr/Requests: 3\b/, '128 products or so come in three pages of 50');

my $middle = query('SELECT max(happened_at) FROM wms.movements');
like(query("EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM wms.movements WHERE happened_at >= '$middle'"),
	qr{since=2\d{3}-\d\d-\d\dT}, 'movements since a time are asked for');
is(query("SELECT count(*) FROM wms.movements WHERE happened_at >= '$middle'"), 1, 'and the last one comes');
is(query("SELECT count(*) FROM wms.movements WHERE happened_at > '$middle'"), 0, 'what is asked for is checked again');

ims_post($sim, '/ims/movements',
	{ kind => 'receipt', sku => 'A00001', quantity => 0.125, to_location => 'WH-A', movement_ref => 'T-1' });
is(query("SELECT sku, quantity FROM wms.movements WHERE movement_ref = 'T-1'"), 'A00001|0.125', 'a new movement is seen, its quantity exact');

query(q{ALTER USER MAPPING FOR CURRENT_USER SERVER wms OPTIONS (SET password 'top-secret-wrong')});
failure_is('SELECT * FROM wms.stock', qr/server "wms" answered HTTP status 401 while reading wms.stock/, 'a wrong password');
query(q{DROP USER MAPPING FOR CURRENT_USER SERVER wms});
failure_is('SELECT * FROM wms.stock', qr/needs option "user" of a user mapping.*CREATE USER MAPPING/s, 'no user mapping');
query(q{ALTER SERVER wms OPTIONS (SET url 'https://127.0.0.1:1/ims')});
query(q{CREATE USER MAPPING FOR CURRENT_USER SERVER wms OPTIONS (user 'ims', password 'top-secret')});
failure_is('SELECT * FROM wms.stock', qr/could not connect to server "wms"/, 'nobody there');

# ---- remotes that do as they are told ----

# Throttling
my $remote = remote(sub { return $_[1] == 1 ? { status => 429, headers => { 'Retry-After' => 1 } } : answer('a') });
my $started = time();
is(seen(), 'a', 'throttled, waited, answered');
cmp_ok(time() - $started, '>=', 1, 'as long as Retry-After said');
is(scalar $remote->requests, 2, 'with one repetition');

$remote = remote(sub { return { status => 429, headers => { 'Retry-After' => 60 } } });
$started = time();
failure_is("SET statement_timeout = '300ms'; SELECT * FROM t", qr/canceling statement due to statement timeout/, 'the statement timeout ends a wait');
cmp_ok(time() - $started, '<', 10, 'at once');

$remote = remote(sub { return { status => 429, headers => { 'Retry-After' => 3600 } } });
failure_is('SELECT * FROM t', qr/refuses requests as too many.*asks to wait 3600 s; .*throttle_max_wait allows 120 s/s, 'a wait without measure');
is(scalar $remote->requests, 1, 'is not begun');

$remote = remote(sub { return { status => 503, headers => { 'X-Wait' => 5 } } },
	server => { throttle_status => '503', throttle_wait => 'header X-Wait ms' });
failure_is('SELECT * FROM t', qr/refuses requests as too many \(HTTP status 503\).*sent 5 times/s, 'throttling without end');

# Transient failures
$remote = remote(sub { return $_[1] < 3 ? { status => 502 } : answer('a') });
is(seen(), 'a', 'a read is repeated after 502');
$remote = remote(sub { return $_[1] == 1 ? { close => 1 } : answer('a') });
is(seen(), 'a', 'and after a connection that breaks');
$remote = remote(sub { return { status => 502 } }, server => { retry_safe => 'none' });
failure_is('SELECT * FROM t', qr/HTTP status 502/, 'not where reads may change something');
is(scalar $remote->requests, 1, 'then it is sent once');

# Logins
my %login = (
	auth => 'login', login_request => 'POST /login', login_body => '{"u":"{user}","p":{secret:password}}',
	login_token => '/session/1', login_header => 'Authorization: Session {b64:{user}:{login:/session/0}:{token}}',);
my $accept = { json => { session => [ 7, 'tok"en' ] } };
$remote = remote(sub { return $_[0]->{path} eq '/login' ? $accept : answer('a') }, server => \%login);
is(query('SELECT count(*) FROM t; SELECT count(*) FROM t'), "1\n1", 'log in, read twice');
my @requests = $remote->requests;
is_deeply([ map { $_->{path} } @requests ], [qw(/login /t /t)], 'with one login');
is_deeply($json->decode($requests[0]{body}), { u => 'me', p => 'top-secret' }, 'that holds user and password');
is($requests[1]{headers}{authorization}, 'Session ' . encode_base64('me:7:tok"en', ''), 'and gives the header');

$remote = remote(sub { my ($r, $n) = @_; return $r->{path} eq '/login' ? $accept : $n == 2 ? { status => 401 } : answer('a') }, server => \%login);
is(seen(), 'a', 'a session that has died is replaced');
is_deeply([ map { $_->{path} } $remote->requests ], [qw(/login /t /login /t)], 'by one login and one resend');

$remote = remote(sub { return $_[0]->{path} eq '/login' ? $accept : { status => 401 } }, server => \%login);
failure_is('SELECT * FROM t', qr/HTTP status 401/, 'a session that is never accepted');
is(scalar $remote->requests, 4, 'makes no loop');

$remote = remote(sub { return { status => 403, json => { message => 'no top-secret for you' } } }, server => \%login);
failure_is('SELECT * FROM t', qr/server "r" refused the login.*no ‹password› for you/s, 'a refused login');
is(scalar $remote->requests, 1, 'is tried once');
$remote = remote(sub { return { json => { session => undef } } }, server => \%login);
failure_is('SELECT * FROM t', qr/refused the login/, 'a login that gives no token');
$remote = remote(
	sub { return $_[0]->{path} eq '/login' ? { headers => { 'Set-Cookie' => 'sid=abc; Path=/' }, body => 'ok' } : answer('a') },
	server => { auth => 'login', login_request => 'POST /login', login_body => 'u={user}', login_body_type => 'form', login_token => 'cookie' });
is(seen(), 'a', 'a login by cookie');
is(($remote->requests)[1]{headers}{cookie}, 'sid=abc', 'sends it back');

# Failure under HTTP 200, and answers that are none
$remote = remote(sub { return { json => { error => { message => 'bad top-secret' }, rows => [] } } }, server => { error => '/error/message' });
failure_is('SELECT * FROM t', qr/server "r" reports a failure while reading public.t.*bad ‹password›/s, 'an error under HTTP 200');
$remote = remote(sub { return { json => { code => 7, message => 'quota', rows => [] } } }, server => { ok => '/code=0' });
failure_is('SELECT * FROM t', qr/reports a failure.*quota/s, 'a code that is not the one of success');
$remote = remote(sub { return { body => '{"rows":[{"sku":"a","qty":1},{"sku":' } });
failure_is('SELECT * FROM t', qr/malformed JSON in answer from server "r" while reading public.t at offset \d+/, 'half an answer');
$remote = remote(sub { return { json => { data => [] } } });
failure_is('SELECT * FROM t', qr{has no rows at "/rows/\*"}, 'rows that are not where they were said to be');
$remote = remote(sub { return { status => 302, headers => { Location => 'http://127.0.0.1:1/t' } } });
failure_is('SELECT * FROM t', qr/HTTP status 302.*Redirects are not followed/s, 'a redirect');
is(scalar $remote->requests, 1, 'is not followed');

# Pages
my @all = map { sprintf 's%02d', $_ } 1 .. 25;
my %by_offset = (request => 'GET /t?n={limit}&o={offset}', page => 'offset', page_size => 10);
my $slice = sub {
	my ($offset, $limit) = @_;
	my $end = $offset + $limit - 1;
	$end = $#all if $end > $#all;
	return @all[ $offset .. $end ];
};
my $offset_pages = sub { return answer($slice->(parameter($_[0], 'o'), parameter($_[0], 'n'))) };
$remote = remote($offset_pages, table => \%by_offset);
is(seen(), join(',', @all), 'pages by offset');
is(scalar $remote->requests, 3, 'until a short one');
is(query('SELECT count(*) FROM (SELECT * FROM t LIMIT 3) x'), 3, 'a LIMIT');
is(scalar $remote->requests, 4, 'reads no more pages than it needs');

$remote = remote(sub { return answer($slice->(parameter($_[0], 'o'), 10)) }, table => { %by_offset, page_size => 1000 });
is(seen(), join(',', @all), 'a remote that cuts the limit to its own loses no rows');
$remote = remote(sub { return answer(@all) }, table => { %by_offset, page_size => 25 });
failure_is('SELECT * FROM t', qr/does not come to an end.*same content/s, 'the same page for ever');
$remote = remote(sub { return answer(@all) }, table => \%by_offset);
failure_is('SELECT * FROM t', qr/sent 25 rows where at most 10 were asked for/, 'more rows than asked for');
$remote = remote(sub { return { json => { rows => rows($slice->(parameter($_[0], 'o'), 10)), total => 99 } } },
	table => { %by_offset, page_end => 'total:/total' });
failure_is('SELECT * FROM t', qr/counts 99 rows, but after 25 it sends none/, 'a total that is not kept');

$remote = remote(sub { return { json => { rows => rows($slice->((parameter($_[0], 'p') - 1) * 10, 10)), of => { pages => 3 } } } },
	table => { request => 'GET /t?p={page}', page => 'page', page_size => 10, page_end => 'pages:/of/pages' });
is(seen(), join(',', @all), 'pages by number');
$remote = remote(sub { my $p = parameter($_[0], 'p'); return $p < 3 ? answer($slice->($p * 10, 10)) : { status => 400 } },
	table => { request => 'GET /t?p={page}&n={limit}', page => 'page', page_start => 0, page_size => 10, page_end => 'status:400' });
is(seen(), join(',', @all), 'pages until a status');
$remote = remote(sub { return { status => 404 } }, table => { empty_status => '404' });
is(query('SELECT count(*) FROM t'), 0, 'a status that means no rows');

my %by_cursor = (request => 'POST /t', body => '{"after":{cursor}}', page => 'cursor', page_next => '/next', page_size => 10);
$remote = remote(sub {
		my $after = $json->decode($_[0]->{body})->{after} // 0;
		return { json => { rows => rows($slice->($after, 10)), next => $after < 20 ? $after + 10 . '' : undef } };
	}, table => \%by_cursor);
is(seen(), join(',', @all), 'pages by cursor');
$remote = remote(sub { my ($r, $n) = @_; return { json => { rows => rows("s$n"), next => $n % 3 } } }, table => \%by_cursor);
failure_is('SELECT * FROM t', qr/does not come to an end.*leads back/s, 'cursors that go round');

$remote = remote(sub {
		my $o = parameter($_[0], 'o') // 0;
		return { json => { rows => rows($slice->($o, 10)) },
			headers => $o < 20 ? { Link => '</t?o=0>; rel="prev", </t?o=' . ($o + 10) . '>; rel="next"' } : {} };
	}, table => { page => 'link' });
is(seen(), join(',', @all), 'pages by Link header');

my $elsewhere = Stockbridge::Answers->start(sub { return answer('stolen') });
(my $disguised = $elsewhere->url) =~ s{http://}{};
foreach my $link ($elsewhere->url . '/t', "//$disguised/t", 'https://127.0.0.1/t', 'file:///etc/passwd')
{
	$remote = remote(sub { return { json => { rows => rows('a'), next => $link } } }, table => { page => 'next_url', page_next => '/next' });
	failure_is('SELECT * FROM t', qr/names a next page that is not its own/, "a link to $link");
}
$remote = remote(sub {
		my $own = $_[0]->{headers}{host};
		return { json => { rows => rows('a'), next => "http://$own\@$disguised/t" } };
	}, table => { page => 'next_url', page_next => '/next' });
failure_is('SELECT * FROM t', qr/names a next page that is not its own/, 'a link that hides its host behind ours');
is(scalar $elsewhere->requests, 0, 'and nothing was sent there');

# Rows within rows, rows for each row
$remote = remote(sub {
		my $o = parameter($_[0], 'o');
		my @items = map { { code => $_, levels => [ map { { at => $_, n => 1 } } 'A', 'B' ] } } $slice->($o, 10);
		push @items, { code => 'none', levels => [] } if $o == 20;
		return { json => { items => \@items, count => 26 } };
	},
	columns => q{sku text OPTIONS (path '../code'), location text OPTIONS (path '/at'), qty numeric OPTIONS (path '/n')},
	table => { %by_offset, rows => '/items/*', explode => '/levels', page_end => 'total:/count' });
is(query('SELECT count(*), count(DISTINCT sku), count(DISTINCT location) FROM t'), '50|25|2', 'rows within rows, paged by what is outside');

my %place = (1 => 'WH-A', 2 => 'WH "B"', 3 => 'WH-C');
$remote = remote(sub {
		my ($r) = @_;
		return { json => { rows => [ map { { id => $_, code => $place{$_} } } sort keys %place ] } } if $r->{path} eq '/places';
		return answer("at$1") if $r->{path} =~ m{^/stock/(\d)$};
		return { status => 404 };
	},
	columns => q{sku text, qty numeric, location text OPTIONS (path '@from:location')},
	table => { request => 'GET /stock/{from:id}', from => 'locations' });
query(q{CREATE FOREIGN TABLE places (location text OPTIONS (path '/code'), id integer) SERVER r OPTIONS (resource 'locations', request 'GET /places', rows '/rows/*')});
is(query('SELECT location, sku FROM t ORDER BY 1'), "WH \"B\"|at2\nWH-A|at1\nWH-C|at3", 'one request for each row of another table');
is(scalar $remote->requests, 4, 'and one for those rows');
is(query(q{SELECT location, sku FROM t WHERE location IN ('WH "B"', 'elsewhere')}), 'WH "B"|at2', 'one of them');
is(scalar $remote->requests, 6, 'asks for that one only');

$remote = remote(sub { return { json => { rows => [ { sku => parameter($_[0], 'sku'), qty => 2 } ] } } },
	table => { request => 'GET /t?sku={col:sku}' });
is(query(q{SELECT sum(qty) FROM t WHERE sku IN ('a', 'b', 'c')}), 6, 'a value that the request needs: one request for each');
is(scalar $remote->requests, 3, 'and no more');
failure_is('SELECT * FROM t', qr/can only be read for given values of column "sku"/, 'without it');

# Values
my $hostile = qq~a"}],'\\ {limit} {secret:password} &x=1#?/../\x0d\x0aX-Evil: 1 \xc3\xa9\xe2\x82\xac~;
$remote = remote(sub { return answer() }, columns => q{sku text OPTIONS (filter_eq 'sku={value}'), qty numeric},
	table => { request => 'GET /t?{filters}' });
query('SELECT * FROM t WHERE sku = ' . sql_literal($hostile));
(my $arrived = parameter(($remote->requests)[0], 'sku')) =~ s/%([0-9A-F]{2})/chr hex $1/ge;
is($arrived, $hostile, 'a hostile value is one query value');
is_deeply([ grep { /evil/i } keys %{ ($remote->requests)[0]{headers} } ], [], 'and no header');

$remote = remote(sub { return answer() }, columns => q{sku text OPTIONS (filter_eq '["sku",{value}]'), qty numeric OPTIONS (filter_ge '["qty",{value}]')},
	table => { request => 'POST /t', body => '{"f":[{filters}],"note":"{database}"}' }, server => { database => 'q"\\' });
query('SELECT * FROM t WHERE qty >= 12345678901234567890.10 AND sku = ' . sql_literal($hostile));
my $body = ($remote->requests)[0]{body};
my $decoded = $json->decode($body);
my ($value) = map { $_->[1] } grep { $_->[0] eq 'sku' } @{ $decoded->{f} };
utf8::encode($value);
is($value, $hostile, 'in JSON, one string');
is($decoded->{note}, 'q"\\', 'also within a string of the template');
like($body, qr/\["qty",12345678901234567890\.10\]/, 'and a number keeps its digits');

$remote = remote(sub { return answer() }, server => { headers => 'X-Tenant: {database}', database => "a\r\nX-Evil: 1" });
failure_is('SELECT * FROM t', qr/control character and cannot be sent in a header/, 'a header that would become two');
is(scalar $remote->requests, 0, 'is not sent');

$remote = remote(sub { return { body => '{"rows":[{"sku":"x","qty":12345678901234567890.123456789012345,"on":1,"ref":"stock.move,7","from":"SUP","to":"STO","n":3.50,"lines":[{"q":0.1,"s":"done"},{"q":0.2,"s":"done"},{"q":9,"s":"draft"}]},'
			. '{"sku":"","qty":false,"on":false,"ref":null,"from":"STO","to":"LOST","n":3.50,"lines":[]}]}' } },
	columns => q{sku text, qty numeric, "on" boolean OPTIONS (decode 'bool01'), ref text OPTIONS (decode 'ref_id'),
		kind text OPTIONS (by '/from /to', map 'SUP STO = receipt; STO * = loss'),
		moved numeric OPTIONS (by '/from', map 'STO = -/n', path '/n'), shipped numeric OPTIONS (sum '/lines /q /s=done')},
	server => { null_values => 'false,""' });
is(query('SELECT * FROM t'), "x|12345678901234567890.123456789012345|t|7|receipt|3.50|0.3\n|||||-3.50|0" =~ s/\n\|\|\|\|\|/\n||f||loss|/r,
	'numbers to the last digit, nulls as the remote spells them, cases and sums');

# ---- nothing secret is left behind ----

unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/top-secret/, 'no secret is in the server log');

done_testing();
