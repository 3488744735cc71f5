# Writing to inventory systems by declaration: rows, acts of several steps, and
# what is done about remotes that answer wrongly, late, or not at all.

use strict;
use warnings;

use JSON::PP ();
use PostgreSQL::Test::Utils ();
use Stockbridge::Answers;
use Stockbridge::Declared;
use Stockbridge::Test;
use Test::More;

my $node = declared_cluster('writes');
my $json = JSON::PP->new->utf8->canonical;
my $remote;

sub body_of { return $json->decode($_[0]{body}); }
sub writes { return grep { $_->{method} ne 'GET' } $_[0]->requests; }

# ---- rows ----

my %rest = (
	table => {
		insert => 'POST /t', insert_body => '{"item":{set},"by":{user}}', update => 'PUT /t/{col:id}', update_body => '{set}', delete => 'DELETE /t/{col:id}',
		write_headers => "Idempotency-Key: {col:reference}", result => '/item', rows => '/rows/*',
	},
	columns => q{id bigint OPTIONS (key 'true', write '@none'), sku text OPTIONS (path '/code'), price numeric OPTIONS (format 'string'), since date,
		active boolean OPTIONS (path '/on'), town text OPTIONS (path '/address/town', write 'address/town'), street text OPTIONS (path '/address/street', write 'address/street'),
		reference text OPTIONS (path '@none')});
my $shop = sub {
	my ($r) = @_;
	return { json => { rows => [ { id => 7, code => 'a', on => JSON::PP::true } ] } } if $r->{method} eq 'GET';
	return { status => 204 } if $r->{method} eq 'DELETE';
	my $sent = $json->decode($r->{body});
	return { status => 201, json => { item => { %{ $sent->{item} // $sent }, id => 8 } } };
};
my $hostile = qq~a"}],'\\ {limit} {secret:password} &x=1#?/../\x0d\x0aX: 1 \xc3\xa9~;

$remote = remote($shop, %rest);
is(query('INSERT INTO t (sku, price, since, active, town, street, reference) VALUES (' . sql_literal($hostile) . q{, 12345678901234567890.10, '2026-11-25', false, 'Bonn', 'Hauptstr. 1', 'R-1') RETURNING id, price, town}),
	'8|12345678901234567890.10|Bonn', 'INSERT, with what the remote makes of it');
my ($sent) = writes($remote);
my $written = body_of($sent);
my $value = delete $written->{item}{code};
utf8::encode($value);
is($value, $hostile, 'a hostile value is one value');
is_deeply($written, { by => 'me', item => { price => '12345678901234567890.10', since => '2026-11-25', on => JSON::PP::false, address => { town => 'Bonn', street => 'Hauptstr. 1' } } },
	'all values that were given, each as declared');
is($sent->{headers}{'idempotency-key'}, 'R-1', 'and the key by which the remote knows a repetition');

is(query(q{UPDATE t SET price = NULL, sku = 'b' WHERE sku = 'a' RETURNING id, sku}), '8|b', 'UPDATE');
$sent = (writes($remote))[-1];
is_deeply([ $sent->{method}, $sent->{path}, body_of($sent) ], [ 'PUT', '/t/7', { price => undef, code => 'b' } ], 'sends what changes, for the row by its key');
query(q{DELETE FROM t WHERE sku = 'a'});
is((writes($remote))[-1]{path}, '/t/7', 'DELETE');
failure_is(q{UPDATE t SET id = 3}, qr/part of the key and cannot be updated/, 'a key does not change');
failure_is(q{DELETE FROM t RETURNING id}, qr/DELETE … RETURNING is not possible/, 'what was deleted is not known');
failure_is(q{INSERT INTO t (sku, reference) VALUES ('a', E'x\nEvil: 1')}, qr/control character and cannot be sent in a header/, 'a header that would become two');
is(scalar(writes($remote)), 3, 'is not sent');
like(query(q{EXPLAIN (VERBOSE) INSERT INTO t (sku) VALUES ('a')}), qr{POST http://\S+/t \{"item":‹set›,"by":‹user›\}}, 'EXPLAIN shows the request');

# A form, a success that the body tells, a key that is all of the answer.
$remote = remote(sub { my ($r) = @_; return { json => $r->{body} =~ /bad/ ? { Success => JSON::PP::false, Message => 'no top-secret room' } : { Success => JSON::PP::true, ID => 42 } } },
	table => { insert => 'PUT /t?v=1', insert_body => 'kind=x&{set}', body_type => 'form', write_ok => '/Success=true', result_key => '/ID' },
	columns => q{id bigint OPTIONS (key 'true', write '@none'), sku text OPTIONS (write 'Sku Code'), qty numeric});
is(query(q{INSERT INTO t (sku, qty) VALUES ('a&b=c', 2) RETURNING *}), '42|a&b=c|2', 'a form');
is(($remote->requests)[0]{body}, 'kind=x&Sku%20Code=a%26b%3Dc&qty=2', 'with values that stay values');
failure_is(q{INSERT INTO t (sku) VALUES ('bad')}, qr/refused inserting into public.t \(HTTP status 200\).*no ‹password› room/s, 'a failure under HTTP 200');
failure_is(q{UPDATE t SET sku = 'x'}, qr/does not allow updates/, 'what is not declared is not possible');

# Outcomes
my %one = (table => { insert => 'POST /t', insert_body => '{set}', update => 'POST /t/{col:sku}', update_body => '{"q":{col:qty},"set":{set}}' }, columns => q{sku text OPTIONS (key 'true'), qty numeric, note text});
foreach my $fault ([ { close => 1 }, 'a broken connection' ], [ { status => 502 }, 'a gateway' ], [ { status => 500 }, 'a fault' ])
{
	$remote = remote(sub { return $fault->[0] }, %one);
	my ($status, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nINSERT INTO t VALUES ('a', 1)");
	like($stderr, qr/08007.*no answer that can be relied on while inserting into public\.t/s, "$fault->[1]: the outcome is unknown");
	like($stderr, qr/WARNING:.*rolled back.*Outcome unknown: 1, public\.t sku a\./s, 'and told again at the rollback');
	is(scalar $remote->requests, 1, 'and nothing is sent again');
}
foreach my $case ([ 409, '23505' ], [ 403, '42501' ], [ 422, 'HV000' ])
{
	$remote = remote(sub { return { status => $case->[0], json => { message => 'such is life' } } }, %one);
	my (undef, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nINSERT INTO t VALUES ('a', 1)");
	like($stderr, qr/$case->[1].*such is life/s, "status $case->[0]");
	unlike($stderr, qr/WARNING/, 'and nothing stands');
}
$remote = remote(sub { return { status => 201 } }, %one);
like(($node->psql('postgres', q{BEGIN; INSERT INTO t VALUES ('a', 1), ('b', 1); ROLLBACK}))[2], qr/WARNING:.*rolled back.*Written: 2, public\.t sku a, public\.t sku b\./s, 'a rollback does not reach the remote, and tells');
$remote = remote(sub { my ($r, $n) = @_; return $n == 1 ? { status => 429, headers => { 'Retry-After' => 0 } } : { status => 201 } }, %one);
query(q{INSERT INTO t VALUES ('a', 1)});
is(scalar $remote->requests, 2, 'a write that was refused as too many is sent again');
$remote = remote(sub { my ($r) = @_; return $r->{method} eq 'GET' ? answer('a') : { status => 404 } }, %one);
is(query(q{UPDATE t SET qty = 3 WHERE sku = 'a' RETURNING 1}), '', 'a row that is gone is no row');
failure_is(q{UPDATE t SET note = 'x' WHERE sku = 'a'}, qr/needs a value of column "qty".*SET qty/s, 'what the request cannot do without');

# ---- acts ----

# An order desk: orders are made once per reference, shipped once, and the desk
# does what a test says: forget to answer, be away, have no goods.
my $state = PostgreSQL::Test::Utils::tempdir();
my $say = sub { PostgreSQL::Test::Utils::append_to_file("$state/new", $_[0]); rename "$state/new", "$state/behaviour" or die; return; };
my $desk = sub {
	my ($r) = @_;
	my $mood = -e "$state/behaviour" ? PostgreSQL::Test::Utils::slurp_file("$state/behaviour") : '';
	my $made = -e "$state/made" ? PostgreSQL::Test::Utils::slurp_file("$state/made") : '';
	my $note = sub { PostgreSQL::Test::Utils::append_to_file("$state/made", "$_[0]\n"); return; };
	return { json => { id => "p-$1" } } if $r->{path} =~ m{^/product/(.+)$};
	if ($r->{method} eq 'GET')
	{
		my ($reference) = $r->{path} =~ m{^/find/(.+)$};
		return { json => { found => [ $made =~ /^order \Q$reference\E /m ? { id => "o-$reference" } : () ] } };
	}
	if ($r->{path} eq '/orders')
	{
		return { status => 429 } if $mood eq 'busy';
		return { close => 1 } if $mood eq 'lost before';
		my $order = $json->decode($r->{body});
		$note->("order $order->{ref} " . join ',', map { "$_->{id}*$_->{n}" } @{ $order->{lines} });
		kill 'KILL', PostgreSQL::Test::Utils::slurp_file("$state/pid") =~ /(\d+)/ if $mood eq 'crash';
		return $mood =~ /lost after|crash/ ? { close => 1 } : { json => { id => "o-$order->{ref}" } };
	}
	return { status => 422, json => { message => 'out of stock' } } if $mood eq 'empty' && $r->{path} =~ /ship/;
	return { status => 400, json => { warning => 'sure?', token => 't"1' } } if $mood eq 'ask' && $r->{path} =~ /ship$/ && $made !~ /confirmed/;
	if ($r->{path} eq '/confirm') { $note->('confirmed ' . $r->{body}); return { json => { ok => 1 } }; }
	$note->("ship $r->{path}");
	return { json => { shipped => JSON::PP::true } };
};
my $definition = $json->encode({
	tables => { products => { request => 'GET /p', columns => { sku => '/sku' } } },
	acts => { ship => { title => 'order and ship', steps => [
		{ name => 'find', each => 'lines', reads => JSON::PP::true, request => 'GET /product/{arg:sku}', take => { id => '/id' }, expect => '/id' },
		{ name => 'order', request => 'POST /orders', body => '{"ref":{arg:reference},"lines":[{each:lines:{"id":{item:id},"n":{item:quantity},"for":"{arg:reference}"}}]}',
			take => { order => '/id' }, expect => '/id', look_request => 'GET /find/{arg:reference}', found => '/found/0/id', look_take => { order => '/found/0/id' }, settle => '0' },
		{ name => 'ship', request => 'POST /orders/{arg:order}/ship', body => '{}', expect => '/shipped=true',
			warning => '/warning=sure?', confirm_request => 'POST /confirm', confirm_body => '{"t":{arg:/answer/token}}' } ] } } });
query("SELECT stockbridge.add_profile('desk', " . sql_literal($definition) . ')');
my $number = 0;

sub act
{
	my ($mood, $lines) = @_;
	unlink "$state/made", "$state/behaviour";
	$say->($mood) if $mood;
	$remote = remote($desk, server => { profile => 'desk' });
	$number++;
	my $act = query("SELECT stockbridge.begin_act('r', 'ship', 'R$number', " . sql_literal($json->encode({ lines => $lines // [ { sku => 'a', quantity => 2 }, { sku => 'b', quantity => 0.5 } ] })) . ')');
	query('CALL stockbridge.run_acts()');
	return $act;
}
sub made { return -e "$state/made" ? join '; ', split /\n/, PostgreSQL::Test::Utils::slurp_file("$state/made") : ''; }
sub now_state { return query("SELECT state FROM stockbridge.act WHERE act = $_[0]"); }
sub run_again { query("UPDATE stockbridge.act SET retry_at = now() WHERE act = $_[0]; CALL stockbridge.run_acts()"); return; }

my $act = act('');
is(now_state($act), 'done', 'an act in three steps');
is(made(), 'order R1 p-a*2,p-b*0.5; ship /orders/o-R1/ship', 'each done, with what was found before');
query('CALL stockbridge.run_acts()');
is(made(), 'order R1 p-a*2,p-b*0.5; ship /orders/o-R1/ship', 'and not again');

$act = act('lost after');
is(query("SELECT state, step, step_state FROM stockbridge.open_acts WHERE act = $act"), 'open|order|unknown', 'an answer that was lost');
$say->('');
run_again($act);
is(now_state($act) . ' ' . made(), "done order R$number p-a*2,p-b*0.5; ship /orders/o-R$number/ship", 'a look-up finds the order: it is not made again');
is(query("SELECT looked_up FROM stockbridge.act_step WHERE act = $act AND name = 'order'"), 't', 'and that is how it is known');

# The server dies between the request and its answer.
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->reload;
unlink "$state/made";
$say->('crash');
$number++;
$act = query("SELECT stockbridge.begin_act('r', 'ship', 'R$number', '{\"lines\": [{\"sku\": \"a\", \"quantity\": 3}]}')");
isnt(($node->psql('postgres', "\\o $state/pid\nSELECT pg_backend_pid();\n\\o\nCALL stockbridge.run_acts()"))[0], 0, 'a crash in the middle of an act');
ok($node->poll_query_until('postgres', 'SELECT 1', '1'), 'the server comes back');
is(query("SELECT step, step_state FROM stockbridge.open_acts WHERE act = $act"), 'order|sending', 'and knows what it was about to do');
$say->('');
run_again($act);
is(now_state($act) . ' ' . made(), "done order R$number p-a*3; ship /orders/o-R$number/ship", 'the act is completed, each step once');

$act = act('lost before');
$say->('');
run_again($act);
is(now_state($act) . ' ' . made(), "done order R$number p-a*2,p-b*0.5; ship /orders/o-R$number/ship", 'one that never arrived is made after the look-up');

$act = act('lost before');
query("UPDATE stockbridge.profile_step SET settle = '1 h' WHERE profile = 'desk' AND name = 'order'");
$say->('');
run_again($act);
is(now_state($act) . ' ' . made(), 'open ', '"not found" soon after proves nothing');
query("UPDATE stockbridge.profile_step SET settle = '0' WHERE profile = 'desk' AND name = 'order'");

$act = act('busy');
is(query("SELECT state, step_state FROM stockbridge.open_acts WHERE act = $act"), 'open|waiting', 'a desk that is busy has done nothing');
$act = act('empty');
like(query("SELECT state || ' ' || reason FROM stockbridge.act WHERE act = $act"), qr/^failed step "ship": out of stock/, 'a refusal is told');
$say->('');
query("SELECT stockbridge.retry_act($act); CALL stockbridge.run_acts()");
is(now_state($act) . ' ' . made(), "done order R$number p-a*2,p-b*0.5; ship /orders/o-R$number/ship", 'and retried from there');

$act = act('ask');
is(now_state($act), 'done', 'a warning is confirmed');
like(made(), qr/confirmed \{"t":"t\\"1"\}; ship/, 'with what the remote said');

# Killed while the answer is on its way: the step stands as sending.
query("SELECT stockbridge.begin_act('r', 'ship', 'K1', '{\"lines\": [{\"sku\": \"a\", \"quantity\": 1}]}')");
query("UPDATE stockbridge.act_step SET state = 'sending', tries = 1, sent_at = now() WHERE act = (SELECT max(act) FROM stockbridge.act) AND name = 'ship'");
query('CALL stockbridge.run_acts()');
is(query("SELECT state, step_state FROM stockbridge.open_acts WHERE reference = 'K1'"), 'open|sending', 'a step that somebody may be about to send is left alone');
query("UPDATE stockbridge.act_step SET sent_at = now() - interval '2 min' WHERE state = 'sending'; UPDATE stockbridge.act SET retry_at = now() WHERE reference = 'K1'");
is(query("CALL stockbridge.run_acts(); SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), 0, 'no lock is left behind');
is(query("SELECT state, step FROM stockbridge.open_acts WHERE reference = 'K1'"), 'doubt|ship', 'a step that may have happened, and nothing that would show it: a person decides');
query("SELECT stockbridge.resolve_act((SELECT act FROM stockbridge.act WHERE reference = 'K1'), true)");
query('CALL stockbridge.run_acts()');
is(query("SELECT state FROM stockbridge.act WHERE reference = 'K1'"), 'done', 'and it goes on');
unlike(made(), qr/o-K1/, 'without sending it');

utf8::decode(my $characters = $hostile);
$act = act('', [ { sku => $characters, quantity => 1 } ]);
is(now_state($act), 'done', 'hostile arguments');
is(unescaped(($remote->requests)[0]{path}), "/product/$hostile", 'stay values');
failure_is(q{SELECT stockbridge.begin_act('r', 'ship', 'X1', '{"lines": 1}')}, qr/needs an array "lines"/, 'arguments of the wrong kind');
failure_is(q{SELECT stockbridge.begin_act('r', 'fly', 'X1')}, qr/knows no act "fly".*ship/s, 'an act that nobody knows');
failure_is(q{SELECT stockbridge.add_profile('x', '{"tables": {}, "acts": {"a": {"steps": [{"request": "POST /{arg}"}]}}}')}, qr/placeholder "\{arg\}" in option "request" needs an argument/, 'a step that cannot be');

# ---- is it right? ----

sub findings { return query(q{SELECT "check", outcome, advice FROM stockbridge.test_profile('r')}); }
$remote = remote(sub { return { json => { rows => [ map { { movement_ref => "$_", kind => 'receipt', sku => 'a', quantity => 1, to_location => 'W', happened_at => "2026-01-0${_}T00:00:00Z" } } 1 .. 9 ] } } },
	table => { resource => 'movements' },
	columns => 'movement_ref text, kind text, sku text, quantity numeric, from_location text, to_location text, happened_at timestamptz, document_ref text');
my $found = findings();
like($found, qr/^reachable\|ok: /m, 'test_profile: the server answers');
like($found, qr/^tls\|warning: the connection is not encrypted/m, 'in the clear');
like($found, qr/^clock\|skipped: answers have no date/m, 'without a clock');
like($found, qr/^movements: read\|ok: 9 rows seen/m, 'rows come');
like($found, qr/^movements: columns\|warning: never filled: document_ref, from_location/m, 'some columns are never filled');
like($found, qr/^movements: watermark\|warning: the server sends older rows as well \(4\)/m, 'a watermark that is not sent');

$remote = remote(sub { my ($r) = @_; my $from = unescaped(parameter($r, 'from') // ''); return { headers => { Date => 'Tue, 01 Jan 2019 00:00:00 GMT' }, json => { rows => [ map { { movement_ref => "$_", happened_at => "2026-01-0${_}T00:00:00Z" } } grep { !$from || $_ > 7 } 1 .. 9 ] } } },
	table => { resource => 'movements', request => 'GET /m?{filters}' }, columns => q{movement_ref text, happened_at timestamptz OPTIONS (filter_ge 'from={value}')});
$found = findings();
like($found, qr/^clock\|warning: \d+ seconds behind.*since_overlap/m, 'a clock that is far off');
like($found, qr/^movements: columns\|failed: missing kind, sku/m, 'columns that are missing');
like($found, qr/^movements: watermark\|failed: 5 movements since .* were seen before, 2 come when asked for\|.*loses rows/m, 'a filter that loses rows');

$remote = remote(sub { return $_[0]{path} eq '/' ? { status => 404 } : { status => 401, json => { message => 'who?' } } }, table => { resource => 'stock' });
like(findings(), qr/^stock: read\|failed: .*HTTP status 401.*who\?.*\|Check the user mapping/m, 'a login that is refused');
$remote->stop;
like(findings(), qr/^reachable\|failed: .*\|Nobody listens there/m, 'nobody there');
query(q{ALTER SERVER r OPTIONS (SET url 'http://no-such-host.invalid')});
like(findings(), qr/^reachable\|failed: .*\|The name of the host/m, 'no such host');

# ---- hostile answers ----

$remote = remote(sub { return { body => '{"rows":[' . join(',', ('{"sku":"' . 'x' x 1000 . '","qty":1}') x 3000) . ']}' } }, server => { max_response_size => '1MB' });
failure_is('SELECT count(*) FROM t', qr/1MB|max_response_size|larger|too large/i, 'an answer without measure');
$remote = remote(sub { my ($r, $n) = @_; return answer("endless$n") }, table => { request => 'GET /t?o={offset}&n={limit}', page => 'offset', page_size => 1 });
failure_is("SET statement_timeout = '2s'; SELECT count(*) FROM t", qr/statement timeout/, 'pages without end can be left');
$remote = remote(sub { return { body => '{"rows":[{"sku":' . '[' x 20000 } });
failure_is('SELECT * FROM t', qr/malformed JSON|nest|stack depth/i, 'brackets without end');
$remote = remote(sub { return { body => qq({"rows":[{"sku":"a\\u0000b","qty":1}]}) } });
failure_is('SELECT * FROM t', qr/server "r"/, 'a character that no text has');
$remote = remote(sub { return { body => qq({"rows":[{"sku":"\xff\xfe","qty":1}]}) } });
failure_is('SELECT * FROM t', qr/server "r"|invalid byte sequence/, 'bytes that are no text');
$remote = remote(sub { return { json => { rows => [ { sku => 'a', qty => 'many' } ] } } });
failure_is('SELECT * FROM t', qr/invalid input syntax for type numeric: "many".*column "qty" of foreign table public.t/s, 'a number that is none, and where');
$remote = remote(sub { return { json => { rows => [ { sku => 'a', qty => 1 } ] } } }, columns => q{sku text OPTIONS (path '/no/such/place'), qty numeric});
is(query('SELECT * FROM t'), '|1', 'a pointer that misses gives null');

unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/top-secret/, 'no secret is in the server log');

done_testing();
