# New rows written together: a change set of $batch is there whole or not at all,
# and whatever its answer leaves open is an error that names what to look for.

use strict;
use warnings;

use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 20, '--warehouses' => 2, '--orders' => 2);
my $node = new_cluster('main');
create_servers($node, $sim, b1 => { batch_size => 3 });
(my $v1 = $sim->{url}) =~ s/v2$/v1/;
$node->safe_psql('postgres', <<"END");
CREATE SERVER b1v1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url '$v1', company 'SBODEMOGB', ca_file '$sim->{ca}', batch_size '3');
CREATE USER MAPPING FOR CURRENT_USER SERVER b1v1 OPTIONS (user 'manager', password 'sim-secret');
CREATE SCHEMA b1v1;
IMPORT FOREIGN SCHEMA stock FROM SERVER b1v1 INTO b1v1;
END

sub query { return $node->safe_psql('postgres', $_[0]); }

# SQLSTATE and text of the error that a query ends in.
sub failure
{
	my ($sql) = @_;
	my ($status, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	isnt($status, 0, "refused: $sql");
	return $stderr;
}

sub fault { sim_post($sim, '/sim/fault', { times => 1, @_ }); }

# Runs a query and returns how many POSTs of what it took.
sub posts
{
	my ($sql) = @_;
	my %before = %{ sim_get($sim, '/sim/requests')->{counts} };
	query($sql);
	my %after = %{ sim_get($sim, '/sim/requests')->{counts} };
	my @changed = grep { $after{$_} != ($before{$_} // 0) } sort keys %after;
	return join ' ', map { m{^POST .*/(.*)} && $1 !~ /^Log/ ? "$1:" . ($after{$_} - ($before{$_} // 0)) : () } @changed;
}

foreach my $b1 (qw(b1 b1v1))
{
	is(posts("INSERT INTO $b1.items (item_code, item_name) SELECT '$b1' || i, 'it''s ü ' || i FROM generate_series(1, 7) i"),
		'$batch:2 Items:1', "$b1: seven rows in two change sets of three and one alone");
	is(query("SELECT string_agg(item_code, ' ' ORDER BY item_code), min(item_name) FROM $b1.items WHERE item_code LIKE '$b1%' AND item_name LIKE 'it''s ü%' AND item_code <> 'b1v1'"),
		join(' ', map { "$b1$_" } 1 .. 7) . "|it's ü 1", '… all as they were given');
	my $error = failure("INSERT INTO $b1.items (item_code, item_name) VALUES ('P1', 'x'), ('P2', 'x'), ('P3', 'x'), ('P4', 'x'), ('${b1}1', 'again'), ('P5', 'x'), ('P6', 'x')");
	like($error, qr/23505.*refused inserting Items\('${b1}1'\):.*already exists/s, "$b1: the row that is refused is named");
	like($error, qr/CONTEXT:.*rows 4 to 6 .*all or none: Items\('P4'\), Items\('${b1}1'\), Items\('P5'\); the 3 before them have gone through and stay so: Items\('P1'\), Items\('P2'\), Items\('P3'\)/s,
		'… its batch, and what went through before');
	like($error, qr/WARNING:.*transaction was rolled back, but what it wrote to server "$b1" stands.*Written: 3, Items\('P1'\), Items\('P2'\), Items\('P3'\)\./s, '… also at the rollback');
	is(query("SELECT string_agg(item_code, ' ' ORDER BY item_code) FROM $b1.items WHERE item_code LIKE 'P%'"), 'P1 P2 P3', '… which is so');
	query("DELETE FROM $b1.items WHERE item_code LIKE 'P_'");
}

# COPY and SELECT batch, RETURNING cannot: the executor wants each row at once.
is(query(q(INSERT INTO b1.items (item_code, item_name) SELECT 'R' || i, 'r' FROM generate_series(1, 4) i RETURNING item_code)), "R1\nR2\nR3\nR4", 'RETURNING');
like(query(q(EXPLAIN (VERBOSE, COSTS off) INSERT INTO b1.items (item_code) SELECT 'x' || i FROM generate_series(1, 4) i)), qr/Batch Size: 3/, 'EXPLAIN shows the size');
like(query(q(EXPLAIN (ANALYZE, COSTS off) INSERT INTO b1.items (item_code, item_name) SELECT 'EX' || i, 'x' FROM generate_series(1, 7) i)), qr/Insert on items.*Requests: 4\b.*Bytes Received: \d+.*Remote Wait Time: .*Function Scan/s, '… and EXPLAIN ANALYZE the requests: a login, two change sets, one row');
unlike(query(q(EXPLAIN (VERBOSE, COSTS off) INSERT INTO b1.items (item_code) SELECT 'x' || i FROM generate_series(1, 4) i RETURNING 1)), qr/Batch Size/, '… and none with RETURNING');
query(q(ALTER FOREIGN TABLE b1.items OPTIONS (ADD batch_size '100')));
is(posts(q(INSERT INTO b1.items (item_code, item_name) SELECT 'T' || i, 't' FROM generate_series(1, 90) i)), '$batch:1', 'the table has the last word on the size');
query(q(ALTER FOREIGN TABLE b1.items OPTIONS (SET batch_size '2')));
is(posts("COPY b1.items (item_code, item_name) FROM stdin;\n" . join('', map { "C$_\t@{[ qw(one two three four five)[$_ - 1] ]}\n" } 1 .. 5) . "\\.\n"), '$batch:2 Items:1', 'COPY FROM, the last row alone');
like(failure("COPY b1.items (item_code, item_name) FROM stdin;\nD1\tx\nD2\tx\nD3\tx\nC5\tagain\n\\.\n"), qr/23505.*rows 3 to 4 .*the 2 before them have gone through and stay so: Items\('D1'\), Items\('D2'\)/s, '… tells what it has written');
is(query(q(SELECT count(*) FROM b1.items WHERE item_code LIKE 'D_')), 2, '… and has not');
is(query(q(SELECT string_agg(item_name, ',' ORDER BY item_code) FROM b1.items WHERE item_code LIKE 'C_')), 'one,two,three,four,five', '… of COPY before');
like(failure(q(INSERT INTO b1.items (item_code, avg_std_price) VALUES ('N1', 1), ('N2', 'NaN'))), qr/22003/, 'a number that JSON has not');
is(query(q(SELECT count(*) FROM b1.items WHERE item_code LIKE 'N_')), 0, '… is found before anything is sent');
is(query(q(CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'new %', NEW.inventory_item; RETURN NULL; END $$;
	CREATE TRIGGER note AFTER INSERT ON b1.items FOR EACH ROW EXECUTE FUNCTION pg_temp.note();
	INSERT INTO b1.items (item_code, item_name) VALUES ('TR1', 'x'), ('TR2', 'x'); SELECT count(*) FROM b1.items WHERE item_code LIKE 'TR_'; DROP TRIGGER note ON b1.items)), 2,
	'rows for which a trigger waits are written one by one');

# --- Answers that leave open what has happened ----------------------------------

my @open = (
	[ 'drop_after_commit', 2, 'lost after the company has committed' ],
	[ 'drop_before_commit', 0, 'lost before' ],
	[ 'truncate', 2, 'cut off in transit' ],
	[ 'malformed_json', 2, 'half of it, although complete for HTTP' ],
	[ 'html_502', 0, 'a proxy that gives up' ]);
foreach my $case (@open)
{
	my ($action, $rows, $what) = @$case;
	fault(match => { path_contains => 'batch' }, action => $action);
	my $error = failure("INSERT INTO b1.items (item_code, item_name) VALUES ('${action}1', 'x'), ('${action}2', 'x')");
	like($error, qr/08007.*outcome of inserting 2 rows into entity set Items at server "b1" is not known.*HINT:.*Look for Items\('${action}1'\), Items\('${action}2'\) \(all of them are there, or none\)/s, $what);
	like($error, qr/WARNING:.*Outcome unknown: 2, Items\('${action}1'\), Items\('${action}2'\)\./s, '… also at the rollback');
	is(query("SELECT count(*) FROM b1.items WHERE item_code LIKE '$action%'"), $rows, '… all are there, or none');
}

# --- Answers of other servers ----------------------------------------------------

my ($created, $error_part) = map { join "\r\n", @$_ }
  [ 'HTTP/1.1 201 Created', 'Location: https://x/b1s/v2/Items(\'%s\')', 'Content-Type: application/json', '', '{"ItemCode":"x"}', "\n" ],
  [ 'HTTP/1.1 400 Bad Request', 'Content-Type: application/json', '', '{"error":{"code":"-5002","message":"no"}}', '' ];

sub part { return "--$_[0]\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n" . ($_[2] ? "Content-ID: $_[2]\r\n" : '') . "\r\n$_[1]\r\n"; }
sub nested { return "--out\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n" . join('', @_) . "--in--\r\n"; }
my %answer = (
	good => nested(part('in', sprintf($created, 'A'), 1), part('in', sprintf($created, 'B'), 2)) . '--out--',
	nestederror => nested(part('in', $error_part, 2)) . "--out--\r\n",
	flaterror => part('out', $error_part) . "--out--\r\n",
	fewer => nested(part('in', sprintf($created, 'A'), 1)) . "--out--\r\n",
	mixed => nested(part('in', sprintf($created, 'A'), 1), part('in', $error_part, 2)) . "--out--\r\n",
	noinnerend => "--out\r\nContent-Type: multipart/mixed;boundary=in\r\n\r\n" . part('in', sprintf($created, 'A'), 1) . "--out--\r\n",
	noend => nested(part('in', sprintf($created, 'A'), 1), part('in', sprintf($created, 'B'), 2)),
	none => "--out--\r\n",
	empty => '',
	garbage => "--out\r\n\0\xff" x 1000,
	draft => part('out', $error_part =~ s/-5002/-2028/r) . "--out--\r\n",
);
my $remote = Stockbridge::Answers->start(
	sub {
		my ($request) = @_;
		my ($name, $what) = $request->{path} =~ m{^/(\w+)/b1s/v2/(.+)$};

		return { json => { SessionId => 'x', SessionTimeout => 30 }, headers => { 'Set-Cookie' => 'B1SESSION=x' } } if $what eq 'Login';
		return { status => 204 } if $what eq 'Logout';
		return { status => 200, body => '<html>welcome</html>', headers => { 'Content-Type' => 'text/html' } } if $name eq 'html';
		return { status => 405, json => { error => { code => '-1', message => 'not here' } } } if $name eq 'refuses';
		return { status => $name eq 'none' ? 202 : 200, body => $answer{$name}, headers => { 'Content-Type' => 'multipart/mixed; boundary="out"' } };
	});
foreach my $name (sort(keys %answer), 'html', 'refuses')
{
	query("CREATE SERVER $name FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $remote->url ]}/$name/b1s/v2', company 'c', batch_size '2');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user 'u', password 'p');
		CREATE SCHEMA $name; IMPORT FOREIGN SCHEMA stock LIMIT TO (items, orders) FROM SERVER $name INTO $name");
}
sub insert { return "INSERT INTO $_[0].items (item_code) VALUES ('A'), ('B')"; }

query(insert('good'));
my ($sent) = grep { $_->{path} =~ /batch/ } $remote->requests;
like($sent->{headers}{'Content-Type'} // $sent->{headers}{'content-type'}, qr{^multipart/mixed;boundary=\w+$}, 'the boundary is unquoted');
like($sent->{body}, qr{Content-ID: 1\r\n\r\nPOST /b1s/v2/Items\r\nContent-Type: application/json\r\nPrefer: return-no-content\r\n\r\n\{"ItemCode":"A"\}\r\n--\w+\r\n}, 'lines end in CRLF, parts have Content-IDs');
like(failure(insert('nestederror')), qr/refused inserting Items\('B'\): no.*-5002/s, 'an error within the change set');
like(failure(insert('flaterror')), qr/refused inserting 2 rows into entity set Items: no.*all or none: Items\('A'\), Items\('B'\)/s, 'an error without a row');
like(failure(insert('refuses')), qr/refused inserting 2 rows.*not here.*405/s, 'a server without $batch');
like(failure(insert($_)), qr/08007.*Look for Items\('A'\), Items\('B'\)/s, "unknown: $_") for qw(fewer mixed noinnerend noend none empty garbage html);
query(q(ALTER SERVER good OPTIONS (SET batch_size '3')));
like(failure(q(INSERT INTO good.items (item_code) VALUES ('A'), ('B'), ('C'))), qr/08007.*Look for Items\('A'\), Items\('B'\), Items\('C'\)/s, 'unknown: two answers to three');
like(failure("INSERT INTO draft.orders (card_code) VALUES ('A'), ('B')"), qr/08007.*approval procedure has made it a draft/s, 'an approval procedure may have caught it');

$node->stop;
sim_stop($sim);
done_testing();
