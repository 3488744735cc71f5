# Foreign tables of Business One are written like any other table: prepared
# statements, roles, PL/pgSQL, COPY, views, rules, triggers, partitions. And what
# a server answers that is no Service Layer, or in no mood, is told as it is.

use strict;
use warnings;

use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 20, '--warehouses' => 2, '--orders' => 4);
my $node = new_cluster('main');
create_servers($node, $sim);
$node->safe_psql('postgres', <<'END');
CREATE FUNCTION names(pattern text) RETURNS text LANGUAGE sql AS
  $$ SELECT coalesce(string_agg(item_code || '=' || item_name, ' ' ORDER BY item_code), '') FROM b1.items WHERE item_code LIKE pattern $$;
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

# --- Forms of statements -----------------------------------------------------------

is(query(<<'END'), "6\nPR1=b PR2=b PR3=b PR4=b PR5=b PR6=b", 'prepared statements, custom and generic plans');
SET client_min_messages = error;
PREPARE ins (text, text) AS INSERT INTO b1.items (item_code, item_name) VALUES ($1, $2);
PREPARE upd (text, text) AS UPDATE b1.items SET item_name = $2 WHERE item_code = $1 RETURNING 1;
DO $$ BEGIN FOR i IN 1 .. 6 LOOP EXECUTE format('EXECUTE ins (%L, %L)', 'PR' || i, 'a'); EXECUTE format('EXECUTE upd (%L, %L)', 'PR' || i, 'b'); END LOOP; END $$;
SELECT count(*) FROM b1.items WHERE item_code LIKE 'PR%';
SELECT names('PR%');
END
is(query(q(SET plan_cache_mode = force_generic_plan; PREPARE d (text) AS DELETE FROM b1.items WHERE item_code = $1 RETURNING item_code; EXECUTE d ('PR6'))), 'PR6', '… and forced');

is(query(<<'END'), 'PL1=two PL3=late', 'PL/pgSQL: a failed block, a handler, a cursor');
SET client_min_messages = error;
DO $$
DECLARE r record; code text;
BEGIN
  INSERT INTO b1.items (item_code, item_name) VALUES ('PL1', 'one') RETURNING item_code INTO code;
  BEGIN
    INSERT INTO b1.items (item_code, item_name) VALUES (code, 'again');
  EXCEPTION WHEN unique_violation THEN
    INSERT INTO b1.items (item_code, item_name) VALUES ('PL3', 'late');
  END;
  FOR r IN SELECT item_code FROM b1.items WHERE item_code = 'PL1' LOOP
    UPDATE b1.items SET item_name = 'two' WHERE item_code = r.item_code;
  END LOOP;
END $$;
SELECT names('PL%');
END

query(q(COPY (SELECT 'CP' || i, 'copied ' || i FROM generate_series(1, 3) i) TO '/dev/null'));
$node->safe_psql('postgres', "COPY b1.items (item_code, item_name) FROM stdin WITH (FORMAT csv, HEADER);\ncode,name\nCP1,\"one, \"\"1\"\"\"\nCP2,two\n\\.\n");
is(query(q(COPY (SELECT item_code, item_name FROM b1.items WHERE item_code LIKE 'CP%' ORDER BY 1) TO stdout WITH (FORMAT csv))), qq(CP1,"one, ""1"""\nCP2,two), 'COPY from and to');

query(<<'END');
CREATE VIEW plain AS SELECT item_code AS code, item_name AS name FROM b1.items WHERE item_code LIKE 'V%';
CREATE VIEW checked AS SELECT item_code, item_name FROM b1.items WHERE item_name LIKE 'ok%' WITH CHECK OPTION;
CREATE VIEW ruled AS SELECT item_code FROM b1.items;
CREATE RULE ruled_insert AS ON INSERT TO ruled DO INSTEAD INSERT INTO b1.items (item_code, item_name) VALUES (NEW.item_code, 'by rule');
INSERT INTO plain VALUES ('V1', 'seen'); UPDATE plain SET name = 'through a view' WHERE code = 'V1'; INSERT INTO ruled VALUES ('V2');
INSERT INTO checked VALUES ('V3', 'ok');
END
is(query(q(SELECT names('V%'))), 'V1=through a view V2=by rule V3=ok', 'views, simple and with rules');
like(failure(q(INSERT INTO checked VALUES ('V4', 'not'))), qr/44000/, 'a row outside of its view');
like(failure(q(UPDATE checked SET item_name = 'not' WHERE item_code = 'V3')), qr/44000/, '… by UPDATE');
is(query(q(SELECT names('V3') || names('V4'))), 'V3=ok', '… is not sent');

is(query(<<'END'), 'U1=from a join', 'UPDATE and DELETE with joins');
CREATE TABLE wanted (code text, name text); INSERT INTO wanted VALUES ('U1', 'from a join'), ('U2', 'goes');
INSERT INTO b1.items (item_code, item_name) SELECT code, 'x' FROM wanted;
UPDATE b1.items SET item_name = w.name FROM wanted w WHERE item_code = w.code;
DELETE FROM b1.items USING wanted w WHERE item_code = w.code AND w.name = 'goes';
SELECT names('U%');
END
is(query(<<'END'), "TR1 new\nTR1 new->changed\nTR1", 'row triggers see what the company keeps');
CREATE TABLE seen (note text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO seen VALUES (CASE TG_OP WHEN 'INSERT' THEN NEW.item_code || ' ' || NEW.item_name WHEN 'UPDATE' THEN concat(OLD.item_code, ' ', OLD.item_name, '->', NEW.item_name) ELSE OLD.item_code END);
  RETURN NULL; END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON b1.items FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO b1.items (item_code, item_name) VALUES ('TR1', 'new'); UPDATE b1.items SET item_name = 'changed' WHERE item_code = 'TR1'; DELETE FROM b1.items WHERE item_code = 'TR1';
DROP TRIGGER note ON b1.items; SELECT * FROM seen;
END

is(query(q(SELECT count(ctid) || ' ' || count(DISTINCT ctid) FROM b1.items WHERE item_code IN ('A00001', 'A00002') AND ctid IS NOT NULL)), '2 1', 'ctid is where versions travel');
is(query(q(BEGIN; SELECT item_code FROM b1.items WHERE item_code = 'A00001' FOR UPDATE; UPDATE b1.items SET foreign_name = 'locked' WHERE item_code = 'A00001' RETURNING foreign_name; COMMIT)), "A00001\nlocked", 'FOR UPDATE locks nothing there, and does no harm');

# --- Partitions: local, and two companies, the other by the other version ----------

my $old = sim_start('--items' => 3, '--warehouses' => 1);
(my $v1 = $old->{url}) =~ s/v2$/v1/;
my $columns = q(item_code text OPTIONS (property 'ItemCode', type 'Edm.String', key 'true'), foreign_name text OPTIONS (property 'ForeignName', type 'Edm.String'));
my $name = q(item_name text OPTIONS (property 'ItemName', type 'Edm.String'));
query(<<"END");
CREATE SERVER old FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '$v1', company 'SBODEMOGB', ca_file '$old->{ca}', batch_size '2');
CREATE USER MAPPING FOR CURRENT_USER SERVER old OPTIONS (user 'manager', password 'sim-secret');
CREATE TABLE item (item_code text, item_name text, foreign_name text) PARTITION BY LIST (item_name);
CREATE TABLE item_local PARTITION OF item FOR VALUES IN ('local');
CREATE FOREIGN TABLE item_gb ($columns, $name) SERVER b1 OPTIONS (entity 'Items');
CREATE FOREIGN TABLE item_old ($name, $columns) SERVER old OPTIONS (entity 'Items');
ALTER TABLE item ATTACH PARTITION item_gb FOR VALUES IN ('gb');
ALTER TABLE item ATTACH PARTITION item_old FOR VALUES IN ('old');
INSERT INTO item SELECT 'PA' || i, p, 'x' FROM unnest('{local,gb,old}'::text[]) p, generate_series(1, 3) i;
END
sub sorted { return join "\n", sort split /\n/, query($_[0]); }
is(sorted(q(UPDATE item SET foreign_name = 'y' WHERE item_code = 'PA1' RETURNING tableoid::regclass, item_code, foreign_name)),
	"item_gb|PA1|y\nitem_local|PA1|y\nitem_old|PA1|y", 'UPDATE of all partitions');
is(sorted(q(DELETE FROM item WHERE item_code = 'PA2' RETURNING tableoid::regclass, item_code)), "item_gb|PA2\nitem_local|PA2\nitem_old|PA2", 'DELETE, too');
query(q(UPDATE item SET item_name = 'gb', item_code = 'PA9' WHERE item_name = 'local' AND item_code = 'PA3'));
is(query(q(SELECT tableoid::regclass, string_agg(item_code, ' ' ORDER BY item_code) FROM item WHERE item_code LIKE 'PA%' GROUP BY 1 ORDER BY 1)),
	"item_local|PA1\nitem_gb|PA1 PA3 PA9\nitem_old|PA1 PA3", 'rows are where they belong, and one has moved into a company');
like(failure(q(UPDATE item SET item_name = 'gb' WHERE item_code = 'PA1')), qr/cannot move rows into foreign table "item_gb", which the same statement updates/, '… but not into one that is updated');

# --- Roles --------------------------------------------------------------------------

query(<<'END');
CREATE ROLE clerk; CREATE ROLE boss; GRANT USAGE ON SCHEMA b1 TO clerk, boss; GRANT SELECT, INSERT, UPDATE ON b1.items TO clerk, boss;
CREATE USER MAPPING FOR clerk SERVER b1 OPTIONS (user 'manager', password 'wrong');
CREATE USER MAPPING FOR boss SERVER b1 OPTIONS (user 'manager', password 'sim-secret');
CREATE VIEW owned AS SELECT item_code, item_name FROM b1.items; GRANT ALL ON owned TO clerk;
END
query(q(SET ROLE boss; INSERT INTO b1.items (item_code, item_name) VALUES ('RO1', 'x')));
like(failure(q(SET ROLE clerk; INSERT INTO b1.items (item_code, item_name) VALUES ('RO2', 'x'))), qr/HV00N.*could not log in to server "b1"/s, 'each role has a login of its own');
like(failure(q(SET ROLE boss; DELETE FROM b1.items WHERE item_code = 'RO1')), qr/42501.*permission denied for foreign table items/s, 'privileges are the table\'s');
query(q(SET ROLE clerk; INSERT INTO owned VALUES ('RO3', 'x'); UPDATE owned SET item_name = 'y' WHERE item_code = 'RO3'));
is(query(q(SELECT names('RO%'))), 'RO1=x RO3=y', 'a view writes as its owner');

# --- A database in another encoding ------------------------------------------------------

query(q(CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0));
create_servers($node, $sim, dbname => 'latin', b1 => { batch_size => 2 });
is($node->safe_psql('latin', <<'END'), qq(L\x{c3}\x{a9}1|Gr\x{c3}\x{b6}\x{c3}\x{9f}e\nL\x{c3}\x{a9}2|x), 'LATIN1: rows, batches, keys, lines');
SET client_encoding = 'UTF8';
INSERT INTO b1.items (item_code, item_name) VALUES ('Lé1', 'x'), ('Lé2', 'x');
UPDATE b1.items SET item_name = 'Größe' WHERE item_code = 'Lé1';
INSERT INTO b1.orders (card_code, doc_due_date, document_lines) SELECT min(card_code), '2026-12-01', '[{"ItemCode":"Lé1","Quantity":1,"FreeText":"ü"}]' FROM b1.orders;
SELECT item_code, item_name FROM b1.items WHERE item_code LIKE 'L%' ORDER BY item_code;
END
is(query(q(SELECT document_lines -> 0 ->> 'FreeText' FROM b1.orders ORDER BY doc_entry DESC LIMIT 1)), "\x{c3}\x{bc}", '… as a database in UTF8 sees it');

# --- Answers to writes -----------------------------------------------------------------

my $html = { body => '<html><title>Sign in</title></html>', headers => { 'Content-Type' => 'text/html' } };
my %answer = (
	a200html => { %$html, status => 200 }, a201html => { %$html, status => 201 }, a201cut => { status => 201, body => '{"ItemCode":"A' },
	a302 => { status => 302, headers => { Location => 'http://127.0.0.1:1/' } },
	a400html => { %$html, status => 400 }, a401html => { %$html, status => 401 }, a403 => { status => 403, json => { error => { code => '-1', message => 'forbidden' } } },
	a404html => { %$html, status => 404 }, a404 => { status => 404, json => { error => { code => '-2028', message => 'No matching records found (ODBC -2028)' } } },
	a408html => { %$html, status => 408 }, a412 => { status => 412, json => { error => { code => '-2039', message => 'Another user' } } },
	a400lock => { status => 400, json => { error => { code => '-2039', message => 'Another user' } } },
	a429 => { %$html, status => 429 }, a500 => { status => 500, json => { error => { code => '-1', message => 'broken' } } },
	a503 => { %$html, status => 503 }, a504 => { %$html, status => 504 }, close => { close => 1 },
);
my $etag = 'W/"1B6453892473A467D07372D45EB05ABC2031647A"';
my %item = (ItemCode => 'A', ItemName => 'n', '@odata.etag' => $etag);
my $remote = Stockbridge::Answers->start(
	sub {
		my ($request) = @_;
		my ($name, $what) = $request->{path} =~ m{^/(\w+)/b1s/v2/(.+)$};

		return { json => { SessionId => 'x', SessionTimeout => 30 }, headers => { 'Set-Cookie' => 'B1SESSION=x' } } if $what eq 'Login';
		return { status => 204 } if $what eq 'Logout';
		return $answer{$name} // { status => 204 } unless $request->{method} eq 'GET';
		return { json => { value => [ { Orders => { DocEntry => 7 }, 'Orders/DocumentLines' => { LineNum => 1 } } ] } } if $what =~ /crossjoin/;
		my @lines = map { { LineNum => $_ } } $name eq 'gone' ? 0 : (0, 1);
		return { json => { DocEntry => 7, '@odata.etag' => 'W/"frozen"', DocumentLines => \@lines }, headers => { ETag => $etag } } if $what =~ /^Orders/;
		return { json => { value => [ \%item ] } };
	});
sub company
{
	my ($name) = @_;
	query("CREATE SERVER $name FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $remote->url ]}/$name/b1s/v2', company 'c');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user 'u', password 'p');
		CREATE SCHEMA $name; IMPORT FOREIGN SCHEMA stock LIMIT TO (items, orders, order_lines) FROM SERVER $name INTO $name");
}
company($_) for sort(keys %answer), 'good', 'gone';
sub insert { return failure("INSERT INTO $_[0].items (item_code) VALUES ('A') RETURNING item_name"); }
sub update { return failure("UPDATE $_[0].items SET item_name = 'x'"); }

like(insert($_), qr/08007.*HINT:.*Look whether Items\('A'\) is there/s, "INSERT, unknown: $_") for qw(a200html a201html a201cut a408html a500 a503 a504 close);
like(update($_), qr/08007.*HINT:.*Look at Items\('A'\)/s, "UPDATE, unknown: $_") for qw(a200html a408html a500 a503 a504 close);
my %refused = (a302 => 'HV000.*Redirects are not followed', a400html => 'HV000.*no Service Layer error', a401html => '28000', a403 => '42501.*forbidden', a404html => 'HV00R.*option "url"',
	a429 => 'HV000.*status 429', a412 => '40001.*Run the statement again', a400lock => '40001.*Run the statement again');
like(update($_), qr/$refused{$_}/s, "UPDATE, refused: $_") for sort keys %refused;
like(insert('a404'), qr/P0002.*No matching records/s, 'INSERT into what is not there');
is(query(q(UPDATE a404.items SET item_name = 'x' RETURNING 1)), '', 'UPDATE of what is not there (any more)');

query(q(UPDATE good.items SET item_name = 'x'; UPDATE good.order_lines SET free_text = 'x' WHERE doc_entry = 7));
my @patches = map { my %h = map { lc } %{ $_->{headers} }; [ @{$_}{qw(path body)}, $h{'if-match'} ] } grep { $_->{method} eq 'PATCH' && $_->{path} =~ /good/ } $remote->requests;
is_deeply(\@patches, [ [ '/good/b1s/v2/Items(%27A%27)', '{"ItemName":"x"}', lc $etag ], [ '/good/b1s/v2/Orders(7)', '{"DocumentLines":[{"LineNum":1,"FreeText":"x"}]}', lc $etag ] ],
	'the version of the whole read goes along, for a line that of its document') or diag explain(\@patches);

is(query(q(UPDATE gone.order_lines SET free_text = 'x' WHERE doc_entry = 7 RETURNING 1)), '', 'a line that has gone meanwhile');
is(scalar(grep { $_->{method} eq 'PATCH' && $_->{path} =~ /gone/ } $remote->requests), 0, '… is not made again');

$node->stop;
sim_stop($_) for $sim, $old;
done_testing();
