# Writing into Business One by SQL: each row is one request, sent once; what the
# company refuses, or does not answer, is an error that says what is there.

use strict;
use warnings;

use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 20, '--warehouses' => 2, '--orders' => 9);
my $node = new_cluster('main');
create_servers($node, $sim);
(my $v1 = $sim->{url}) =~ s/v2$/v1/;
$node->safe_psql('postgres', <<"END");
CREATE SERVER b1v1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url '$v1', company 'SBODEMOGB', ca_file '$sim->{ca}');
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

foreach my $b1 (qw(b1 b1v1))
{
	my $code = "NEW'$b1";
	(my $literal = $code) =~ s/'/''/g;
	is(query(qq(INSERT INTO $b1.items (item_code, item_name, inventory_item, valid, valid_to, avg_std_price)
		VALUES ('$literal', 'Größe "L"', true, true, '2031-12-31', 1.25)
		RETURNING item_code, item_name, valid, frozen, valid_to, avg_std_price, quantity_on_stock)),
		qq($code|Größe "L"|t|f|2031-12-31|1.25|0.0), "$b1: INSERT … RETURNING gives the row as the company keeps it");
	is(query(qq(UPDATE $b1.items SET item_name = item_name || '!', frozen = true, valid_to = NULL
		WHERE item_code = '$literal' RETURNING item_name, frozen, valid_to)),
		qq(Größe "L"!|t|), "$b1: UPDATE … RETURNING, null included");
	is(query(qq(SET datestyle = 'German'; UPDATE $b1.items SET valid_from = '2030-02-01' WHERE item_code = '$literal' RETURNING to_char(valid_from, 'YYYY-MM-DD'))),
		'2030-02-01', "$b1: a date is written as B1 reads it, whatever the client's style");
	is(query(qq(DELETE FROM $b1.items WHERE item_code = '$literal' RETURNING item_name)), q(Größe "L"!), "$b1: DELETE … RETURNING gives the row as it was");
	is(query(qq(SELECT count(*) FROM $b1.items WHERE item_code = '$literal')), 0, '… which is gone');
}

is(query(q(WITH n AS (INSERT INTO b1.items (item_code, item_name) SELECT 'S' || i, 'set ' || i FROM generate_series(1, 5) i RETURNING 1) SELECT count(*) FROM n)), 5,
	'INSERT … SELECT');
$node->safe_psql('postgres', "COPY b1.items (item_code, item_name) FROM stdin;\nC1\tone\nC2\ttwo\n\\.\n");
is(query(q(SELECT string_agg(item_name, ',' ORDER BY item_code) FROM b1.items WHERE item_code IN ('C1', 'C2'))), 'one,two', 'COPY FROM');
is(query(q(UPDATE b1.items SET item_name = 'x' WHERE item_code = 'no such item' RETURNING 1)), '', 'no row, no request');
like(query(q(EXPLAIN (VERBOSE, COSTS off) UPDATE b1.items SET item_name = 'z' WHERE item_code = 'S1')), qr/PATCH Items\(key\)/, 'EXPLAIN shows the write');

# --- Lines of a document ------------------------------------------------------

my $order = query('SELECT doc_entry FROM b1.order_lines WHERE line_num = 1 ORDER BY 1 LIMIT 1');
my $lines = "SELECT string_agg(line_num || ':' || trim_scale(quantity), ' ' ORDER BY line_num) FROM b1.order_lines WHERE doc_entry = $order";
my $before = query($lines);
like($before, qr/^0:\d+ 1:\d+/, 'an order with lines');
is(query("UPDATE b1.order_lines SET quantity = quantity + 100, free_text = 'more' WHERE doc_entry = $order AND line_num = 1 RETURNING doc_entry, line_num, free_text"), "$order|1|more", 'UPDATE of a line');
is(query($lines), $before =~ s/ 1:(\d+)/' 1:' . ($1 + 100)/er, '… the others are as they were');
is(query(q(UPDATE b1.order_lines SET free_text = 'x' WHERE doc_entry < 3 AND line_num = 77 RETURNING 1)), '', 'no line of that number');
is(query(q(UPDATE b1.item_warehouses SET minimal_stock = 7 WHERE item_code = 'A00001' AND warehouse_code = '01' RETURNING trim_scale(minimal_stock))), 7, 'a row of an item');
like(failure(q(UPDATE b1.item_warehouses SET in_stock = 7 WHERE item_code = 'A00001')), qr/428C9.*in_stock/s, '… but not what B1 computes');
like(failure(q(DELETE FROM b1.order_lines WHERE doc_entry = 1 AND line_num = 0)), qr/0A000.*deleted on their own.*HINT.*patch_collections/s, 'DELETE of a line');
like(failure(q(UPDATE b1.journal_entry_lines SET line_memo = 'x')), qr/0A000.*updated on their own/s, 'lines that cannot be told apart');

# --- Lines together with their header ------------------------------------------

sub posts { my $counts = sim_get($sim, '/sim/requests')->{counts}; return $counts->{'POST /b1s/v2/Orders'} // 0; }
my $posts = posts();
my $card = query('SELECT min(card_code) FROM b1.orders');
my $made = query(qq(INSERT INTO b1.orders (card_code, doc_date, doc_due_date, num_at_card, document_lines) VALUES ('$card', '2026-11-02', '2026-11-03', 'PO 7',
	'[{"ItemCode":"A00001","Quantity":2,"WarehouseCode":"01","UnitPrice":1.5},{"ItemCode":"A00002","Quantity":0.125,"WarehouseCode":"02","FreeText":"Größe \\"L\\""}]')
	RETURNING doc_entry, document_status, jsonb_array_length(document_lines), document_lines -> 1 ->> 'FreeText'));
like($made, qr/^\d+\|bost_Open\|2\|Größe "L"$/, 'a document and its lines');
is(posts() - $posts, 1, '… in one request');
my ($entry) = $made =~ /^(\d+)/;
is(query("SELECT string_agg(line_num || ' ' || item_code || ' ' || trim_scale(quantity) || ' ' || warehouse_code, ', ' ORDER BY line_num) FROM b1.order_lines WHERE doc_entry = $entry"),
	'0 A00001 2 01, 1 A00002 0.125 02', '… which are there');
unlike(query('EXPLAIN (VERBOSE, COSTS off) SELECT doc_entry, card_code FROM b1.orders'), qr/DocumentLines/, 'lines are asked for only when they are wanted');
is(query(qq(UPDATE b1.orders SET document_lines = '[{"LineNum":1,"Quantity":5},{"ItemCode":"A00003","Quantity":1,"WarehouseCode":"01"}]' WHERE doc_entry = $entry
	RETURNING (SELECT string_agg(concat_ws(' ', l ->> 'LineNum', l ->> 'ItemCode', trim_scale((l ->> 'Quantity')::numeric)), ', ') FROM jsonb_array_elements(document_lines) l))),
	'0 A00001 2, 1 A00002 5, 2 A00003 1', 'UPDATE changes lines with their number, adds others, keeps the rest');
query(q(ALTER FOREIGN TABLE b1.orders OPTIONS (ADD patch_collections 'replace')));
is(query(qq(UPDATE b1.orders SET document_lines = '[{"LineNum":2,"Quantity":4}]' WHERE doc_entry = $entry
	RETURNING (SELECT string_agg(concat_ws(' ', l ->> 'LineNum', l ->> 'ItemCode', trim_scale((l ->> 'Quantity')::numeric)), ', ') FROM jsonb_array_elements(document_lines) l))),
	'2 A00003 4', '… and deletes the rest where it is to replace');
like(failure(q(ALTER SERVER b1 OPTIONS (ADD etag 'off'); UPDATE b1.orders SET document_lines = '[{"LineNum":2}]' WHERE doc_entry = ) . $entry), qr/55000.*cannot be replaced without its version/s, '… never blindly');
query(q(ALTER FOREIGN TABLE b1.orders OPTIONS (DROP patch_collections); ALTER SERVER b1 OPTIONS (DROP etag)));
my $others = query("SELECT count(*) FROM b1.order_lines WHERE doc_entry = $order");
query(q(ALTER SERVER b1 OPTIONS (ADD patch_collections 'replace')));
query("UPDATE b1.order_lines SET free_text = 'alone' WHERE doc_entry = $order AND line_num = 1; UPDATE b1.orders SET comments = 'x' WHERE doc_entry = $order");
is(query("SELECT count(*) FROM b1.order_lines WHERE doc_entry = $order"), $others, 'one line is not the whole, nor is a header');
query(q(ALTER SERVER b1 OPTIONS (DROP patch_collections)));
is(query(q(INSERT INTO b1v1.stock_transfers (doc_date, from_warehouse, to_warehouse, stock_transfer_lines) VALUES ('2026-11-02', '01', '02',
	'[{"ItemCode":"A00001","Quantity":1,"FromWarehouseCode":"01","WarehouseCode":"02"}]') RETURNING stock_transfer_lines -> 0 ->> 'ItemCode')), 'A00001', 'a stock transfer, version 1');
my $lines_insert = "INSERT INTO %s (card_code, doc_due_date, document_lines) VALUES ('$card', '2026-11-03', '%s')";
like(failure(sprintf $lines_insert, 'b1.orders', '[{"ItemCode":"A00001","RemainingOpenQuantity":2}]'), qr/428C9.*"RemainingOpenQuantity" of column "document_lines" is computed/s, 'a member that B1 computes');
like(failure(sprintf $lines_insert, 'b1.orders', $_), qr/22032.*must be a JSON array of objects/s, "no lines: $_") for '{"ItemCode":"A00001"}', '[1]', '[[]]', '"x"';
like(failure("UPDATE b1.orders SET document_lines = NULL WHERE doc_entry = $entry"), qr/22032/, '… nor null');
query(q(CREATE SCHEMA raw; IMPORT FOREIGN SCHEMA service_layer LIMIT TO ("Orders", "Items") FROM SERVER b1 INTO raw OPTIONS (collection_columns 'true', collections 'false')));
like(failure(sprintf $lines_insert, 'raw.orders', '[{"ItemCode":"A00001","Quantty":2}]'), qr/42703.*no member "Quantty".*HINT.*"Quantity"/s, 'a member that the company has not');
like(query(sprintf(q(WITH n AS (%s RETURNING document_lines) SELECT document_lines -> 0 ->> 'ItemCode' FROM n), sprintf $lines_insert, 'raw.orders', '[{"ItemCode":"A00001","Quantity":2,"WarehouseCode":"01"}]')), qr/^A00001$/,
	'… and an imported table with its lines');
is(query(q(SELECT count(*) FROM pg_attribute WHERE attrelid = 'raw.items'::regclass AND attname = 'item_warehouse_info_collection' AND atttypid = 'jsonb'::regtype)), 1, '… all collections');

# --- Versions: only what was read is written -----------------------------------

# Somebody else changes the row between its reading and its writing.
query(<<'END');
CREATE FUNCTION meddle(server text, code text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %I.items SET foreign_name = foreign_name || ''!'' WHERE item_code = %L', server, code);
  RETURN 'overwritten';
END $$;
END
query(<<'END');
CREATE FUNCTION meddle_line(server text, entry integer, line integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %I.order_lines SET quantity = quantity * 2 WHERE doc_entry = %s AND line_num = %s', server, entry, line);
  RETURN 1;
END $$;
END
foreach my $b1 (qw(b1 b1v1))
{
	query("INSERT INTO $b1.items (item_code, item_name, foreign_name) VALUES ('E1', 'mine', 'f')");
	query("UPDATE $b1.items SET item_name = 'version $_' WHERE item_code = 'E1'") for 2 .. 4;
	is(query("SELECT item_name FROM $b1.items WHERE item_code = 'E1'"), 'version 4', "$b1: a row that nobody else changes is written, whatever its version");
	like(failure("UPDATE $b1.items SET item_name = meddle('$b1', item_code) WHERE item_code = 'E1'"),
		qr/40001.*refused updating Items\('E1'\): it has been changed since it was read.*ODBC -2039.*HINT.*again/s, '… one that somebody else changed is not');
	is(query("SELECT item_name, foreign_name FROM $b1.items WHERE item_code = 'E1'"), 'version 4|f!', '… and keeps what the other has written');
	like(failure("DELETE FROM $b1.items WHERE item_code = 'E1' AND meddle('$b1', item_code) <> ''"), qr/40001.*refused deleting Items\('E1'\)/s, '… nor is it deleted');
	query("ALTER SERVER $b1 OPTIONS (ADD etag 'off')");
	query("UPDATE $b1.items SET item_name = meddle('$b1', item_code) WHERE item_code = 'E1'");
	is(query("SELECT item_name, foreign_name FROM $b1.items WHERE item_code = 'E1'"), 'overwritten|f!!!', '… but with etag off it is');
	like(query("EXPLAIN (VERBOSE, COSTS off) UPDATE $b1.items SET item_name = 'x' WHERE item_code = 'E1'"), qr/GET Items\?\$select=/, '… and read by columns');
	query("ALTER SERVER $b1 OPTIONS (SET etag 'require')");
	like(query("EXPLAIN (VERBOSE, COSTS off) UPDATE $b1.items SET item_name = 'x' WHERE item_code = 'E1'"), qr/GET Items\?\$filter=/, '… with it, whole, because $select tells a wrong version');
	is(query("DELETE FROM $b1.items WHERE item_code = 'E1' RETURNING item_code"), 'E1', '… required and given');
	like(failure("UPDATE $b1.order_lines SET quantity = quantity + meddle_line('$b1', doc_entry, line_num) WHERE doc_entry = $order AND line_num = 1"),
		qr/40001.*column "quantity" of foreign table $b1.order_lines has been changed since it was read/s, 'a line that somebody else changed');
	like(failure("UPDATE $b1.warehouses SET city = 'x' WHERE warehouse_code = '01'"), qr/55000.*gave no version of Warehouses\('01'\)/s, '… required of a set that has none');
	query("ALTER SERVER $b1 OPTIONS (DROP etag)");
	is(query("UPDATE $b1.warehouses SET city = 'x' WHERE warehouse_code = '01' RETURNING city"), 'x', '… which else is written without');
}

# --- A rollback does not reach the remote --------------------------------------

sub warnings { my (undef, undef, $stderr) = $node->psql('postgres', $_[0]); return $stderr; }
my $told = qr/WARNING:  the transaction was rolled back, but what it wrote to server "b1" stands there\nDETAIL:  Written: 2, Items\('W1'\), Items\('W2'\)\.\nHINT/;
like(warnings(q(BEGIN; INSERT INTO b1.items (item_code, item_name) VALUES ('W1', 'x'), ('W2', 'x'); ROLLBACK)), $told, 'ROLLBACK tells what stands');
is(query(q(DELETE FROM b1.items WHERE item_code IN ('W1', 'W2') RETURNING item_code)), "W1\nW2", '… which is so');
my $partly = warnings(q(BEGIN; INSERT INTO b1.items (item_code, item_name) VALUES ('X1', 'x'); SAVEPOINT s; INSERT INTO b1.items (item_code, item_name) VALUES ('X2', 'x');
	SAVEPOINT t; INSERT INTO b1.items (item_code, item_name) VALUES ('X3', 'x'); RELEASE t; ROLLBACK TO s; COMMIT));
like($partly, qr/WARNING:  a subtransaction was.*Written: 2, Items\('X2'\), Items\('X3'\)\./s, 'ROLLBACK TO SAVEPOINT, too');
unlike($partly, qr/X1/, '… only of what came after it');
like(warnings(q(DO $$ BEGIN INSERT INTO b1.items (item_code, item_name) VALUES ('Y1', 'x'); PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN NULL; END $$)),
	qr/WARNING:  a subtransaction was.*Items\('Y1'\)/s, 'so does an exception that PL/pgSQL catches');
is(warnings(q(BEGIN; INSERT INTO b1.items (item_code, item_name) VALUES ('Y2', 'x'); COMMIT; BEGIN; SELECT count(*) FROM b1.items; ROLLBACK)), '', 'nothing to tell after COMMIT, nor of reads');
like(warnings(q(BEGIN; INSERT INTO b1.items (item_code, item_name) VALUES ('Y3', 'x'); PREPARE TRANSACTION 'p')), qr/(?=.*ERROR:  cannot PREPARE).*WARNING:.*Items\('Y3'\)/s, 'PREPARE TRANSACTION');
my $log = -s $node->logfile;
warnings(q(BEGIN; INSERT INTO b1.items (item_code, item_name) VALUES ('Y5', 'x'); SELECT pg_terminate_backend(pg_backend_pid())));
ok($node->log_contains(qr/WARNING:  the transaction was rolled back.*\n.*DETAIL:  Written: 1, Items\('Y5'\)\./, $log), 'a session that is ended leaves it in the log');
fault(match => { method => 'POST', path_contains => 'Items' }, action => 'delay', delay_ms => 3000);
like(warnings(q(SET statement_timeout = 500; INSERT INTO b1.items (item_code, item_name) VALUES ('Y4', 'x'))), qr/(?=.*statement timeout).*WARNING:.*Outcome unknown: 1, Items\('Y4'\)/s, 'a write that is cancelled on its way');

# --- What is refused before anything is sent ---------------------------------

like(failure(q(UPDATE b1.items SET item_code = 'S9' WHERE item_code = 'S1')), qr/0A000.*item_code.*part of the key/s, 'a key cannot be changed');
like(failure(q(UPDATE b1.items SET quantity_on_stock = 5 WHERE item_code = 'S1')), qr/428C9.*quantity_on_stock.*computed by the remote/s, 'what B1 computes');
like(failure(q(INSERT INTO b1.items (item_code, quantity_on_stock) VALUES ('RO', 5))), qr/428C9/, '… in an INSERT, too');
like(failure(q(INSERT INTO b1.order_lines (doc_entry, item_code) VALUES (1, 'S1'))), qr/0A000.*inserted on their own.*HINT.*column of the DocumentLines/s, 'lines belong to their document');
like(failure(q(INSERT INTO b1.items (item_code) VALUES ('S1') ON CONFLICT DO NOTHING)), qr/ON CONFLICT/, 'ON CONFLICT');
like(failure(q(INSERT INTO b1.items (item_code, avg_std_price) VALUES ('NAN', 'NaN'))), qr/22003.*NaN.*avg_std_price/s, 'a number that JSON has not');
like(failure("INSERT INTO b1.items (item_code, valid_from) VALUES ('DAY', '$_')"), qr/22008.*$_.*valid_from/s, "… a day that it has not: $_") foreach '0044-03-15 BC', 'infinity', '-infinity', '12026-01-01';
is(query(q(SELECT count(*) FROM b1.items WHERE item_code = 'NAN')), 0, '… is not written');

# --- What the company refuses -------------------------------------------------

my $error = failure(q(INSERT INTO b1.items (item_code, item_name) VALUES ('S6', 'new'), ('S1', 'again'), ('S7', 'never')));
like($error, qr/server "b1" refused inserting Items\('S1'\):.*already exists/, 'a duplicate is refused, with server and entity');
like($error, qr/CONTEXT:.*row 2 .*the 1 before it have gone through and stay so/s, '… and it says what has gone through');
is(query(q(SELECT string_agg(item_code, ',' ORDER BY item_code) FROM b1.items WHERE item_code IN ('S6', 'S7'))), 'S6', '… which is so');
fault(match => { method => 'PATCH', path_contains => 'Items' }, skip => 1, action => 'status', status => 400, code => '-5002', message => 'no');
like(failure(q(UPDATE b1.items SET foreign_name = 'z' WHERE item_code IN ('S1', 'S2', 'S3'))), qr/refused updating Items.*CONTEXT:.*row 2 .*the 1 before it have gone through and stay so: Items\('S\d'\)/s, '… by an UPDATE, too');
like(failure(q(DELETE FROM b1.orders)), qr/refused deleting Orders\(\d+\): The requested action is not supported.*-5006/s, 'documents cannot be deleted');

# --- An answer that does not come ---------------------------------------------

fault(match => { method => 'POST', path_contains => 'Items' }, action => 'drop_after_commit');
like(failure(q(INSERT INTO b1.items (item_code, item_name) VALUES ('LOST1', 'x'))), qr/08007.*outcome of inserting Items\('LOST1'\) at server "b1" is not known.*HINT/s,
	'an answer lost after the company has committed');
is(query(q(SELECT count(*) FROM b1.items WHERE item_code = 'LOST1')), 1, '… the row is there');
fault(match => { method => 'POST', path_contains => 'Items' }, action => 'drop_before_commit');
like(failure(q(INSERT INTO b1.items (item_code, item_name) VALUES ('LOST2', 'x'))), qr/08007/, 'one lost before');
is(query(q(SELECT count(*) FROM b1.items WHERE item_code = 'LOST2')), 0, '… it was not sent again behind our back');
fault(match => { method => 'PATCH', path_contains => 'Items' }, action => 'html_502');
like(failure(q(UPDATE b1.items SET item_name = 'y' WHERE item_code = 'S1')), qr/08007.*HTTP status 502/s, 'a proxy that gives up');

# A lost session (301) is replaced and the write sent again; any other 401 is an answer.
sub within_session
{
	my ($code, $item) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('SELECT count(*) FROM b1.warehouses');
	fault(match => { method => 'POST', path_contains => 'Items' }, action => 'status', status => 401, code => $code, message => 'no');
	$session->query("INSERT INTO b1.items (item_code, item_name) VALUES ('$item', 'x')");
	$session->quit;
	return query("SELECT count(*) FROM b1.items WHERE item_code = '$item'");
}
is(within_session('301', 'S301'), 1, 'a write on a session that the company forgot');
is(within_session('-6006', 'S6006'), 0, 'a write that is not permitted is not sent again');

# A connection that the company closes while idle is never written to twice.
my $session = $node->background_psql('postgres');
$session->query_safe('SELECT count(*) FROM b1.items');
fault(match => { path_contains => 'Items' }, action => 'close_idle');
$session->query_safe('SELECT count(*) FROM b1.items');
$session->query_safe(q(INSERT INTO b1.items (item_code, item_name) VALUES ('IDLE', 'x')));
$session->quit;
is(query(q(SELECT count(*) FROM b1.items WHERE item_code = 'IDLE')), 1, 'a write after the connection was closed');

$node->stop;
sim_stop($sim);
done_testing();
