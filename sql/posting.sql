-- The posting protocol, played without a network: this script answers for B1.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://127.0.0.1:1/b1s/v2', company 'SBODEMOGB');
CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw
  OPTIONS (profile 'rest', url 'http://127.0.0.1:1/ims');
CREATE USER MAPPING FOR CURRENT_USER SERVER b1 OPTIONS (user 'manager', password 'secret');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms', time_zone => 'Europe/Berlin');
UPDATE stockbridge.link SET settle_time = '0', retry_first = '1 microsecond', retry_longest = '1 microsecond', max_attempts = 3;
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-A', '01'), ('main', 'WH-B', '02');
INSERT INTO stockbridge.b1_item (link, item_code, valid, frozen, inventory_item, manage_batch_numbers, manage_serial_numbers, read_from)
SELECT 'main', 'A' || n, true, false, true, false, false, now() FROM generate_series(1, 9) n;
INSERT INTO stockbridge.b1_warehouse VALUES ('main', '01', 'Main', false, false, now()), ('main', '02', 'Shop', false, false, now());
INSERT INTO stockbridge.snapshot VALUES ('main', 'b1_item', now(), now(), now(), 9), ('main', 'b1_warehouse', now(), now(), now(), 2);

-- ask() takes the next request as CALL post() would, but always from the first
-- lane on; answer() is B1's answer; both show the request that comes next.
CREATE TEMP TABLE wire AS SELECT r.* FROM stockbridge.next_requests('main', 1, '{}', false) r;
CREATE FUNCTION pg_temp.show() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce((SELECT concat_ws(' ', w.purpose || ':', w.method, replace(w.path, d.key::text, 'KEY'),
                                    replace(w.body, d.key::text, 'KEY'))
                     FROM wire w JOIN stockbridge.document d USING (document)), 'nothing') $$;
CREATE FUNCTION pg_temp.ask() RETURNS text LANGUAGE sql AS $$
  DELETE FROM stockbridge.lane_turn;
  DELETE FROM wire;
  INSERT INTO wire SELECT r.* FROM stockbridge.next_requests('main', 1, '{}', false) r;
  SELECT pg_temp.show() $$;
CREATE FUNCTION pg_temp.answer(status integer, body text DEFAULT NULL, code text DEFAULT NULL, message text DEFAULT NULL,
                               location text DEFAULT NULL, outcome text DEFAULT 'answered',
                               sent_at timestamptz DEFAULT clock_timestamp())
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  asked record;
BEGIN
  SELECT w.*, d.key INTO asked FROM wire w JOIN stockbridge.document d USING (document);
  DELETE FROM wire;
  INSERT INTO wire
  SELECT r.* FROM stockbridge.record_answers('main', ARRAY[asked.document], ARRAY[asked.attempt], ARRAY[asked.purpose], ARRAY[outcome],
                    ARRAY[false], ARRAY[status], ARRAY[code], ARRAY[message], ARRAY[replace(body, '@key', asked.key::text)],
                    ARRAY[location], ARRAY[sent_at], ARRAY[clock_timestamp()]) r;
  RETURN pg_temp.show();
END $$;
-- The whole way of a document that B1 accepts, and what is next.
CREATE FUNCTION pg_temp.accept(entry integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_temp.answer(201, format('{"DocEntry": %s}', entry));
  PERFORM pg_temp.answer(200, format('{"DocEntry": %s, "DocNum": 1, "U_SB_KEY": "@key"}', entry));
  RETURN pg_temp.ask();
END $$;
CREATE VIEW pg_temp.queue AS
  SELECT movement_ref, state, reason FROM stockbridge.posting_queue ORDER BY happened_at, movement;

-- 1. Nothing to do.
SELECT pg_temp.ask();

-- 2. A receipt: posted, read back, done.  It happened on the 3rd in Berlin.
SELECT stockbridge.enqueue('main', 'receipt', 'A1', 12.500, 'WH-A', happened_at => '2026-03-02 23:30+00',
                           movement_ref => 'grn-1', document_ref => 'GRN 1', unit_cost => 4.20) AS receipt \gset
SELECT pg_temp.ask();
-- The attempt is on record before anything is sent.
SELECT d.state, a.outcome, a.digest = sha256(convert_to(w.body, 'UTF8')) AS digest_fits, a.lease_until > now() AS leased
  FROM wire w JOIN stockbridge.attempt a USING (attempt) JOIN stockbridge.document d ON d.document = a.document;
SELECT pg_temp.answer(201, '{"DocEntry": 71, "DocNum": 1001, "U_SB_KEY": "@key"}');
SELECT * FROM pg_temp.queue;
SELECT pg_temp.answer(200, '{"DocEntry": 71, "DocNum": 1001, "U_SB_KEY": "@key"}');
SELECT from_state, state, entity, doc_entry, doc_num, line_num, item_code, warehouse_code, quantity
  FROM stockbridge.movement_history WHERE movement = :receipt;

-- 3. Order: one lane goes step by step, another lane does not wait.
SELECT count(stockbridge.enqueue('main', kind, sku, quantity, 'WH-A', happened_at => at::timestamptz, movement_ref => ref)) FROM (VALUES
  ('dispatch',   'A1',  5, '2026-03-04 10:00+00', 'lane1-late'),
  ('adjustment', 'A1', -1, '2026-03-04 09:00+00', 'lane1-early'),
  ('dispatch',   'A2',  3, '2026-03-04 11:00+00', 'lane2')) v (kind, sku, quantity, at, ref);
SELECT * FROM pg_temp.queue;
SELECT pg_temp.ask();
SELECT * FROM pg_temp.queue;
SELECT pg_temp.answer(201, NULL, location => 'https://b1/b1s/v2/InventoryGenExits(81)');
SELECT pg_temp.answer(200, '{"DocEntry": 81, "DocNum": 2001, "U_SB_KEY": "@key"}');
-- What follows was grouped: same type, day, partner and reference.
SELECT pg_temp.ask();
SELECT pg_temp.answer(201, '{"DocEntry": 82}');
SELECT pg_temp.answer(200, '{"DocEntry": 82, "DocNum": 2002, "U_SB_KEY": "@key"}');
SELECT pg_temp.ask();

-- 4. Every kind of document.  Base documents as pull_bases() reads them.
INSERT INTO stockbridge.b1_base_line (link, base_type, base_entry, base_line, card_code, item_code, open_quantity, is_open, read_from)
VALUES ('main', 22, 5, 0, 'V1', 'A3', 10, true, now()), ('main', 17, 6, 2, 'C1', 'A4', 10, true, now()),
       ('main', 15, 9, 1, 'C1', 'A7', 10, true, now());
SELECT count(m) FROM (VALUES
  (stockbridge.enqueue('main', 'receipt',    'A3', 1, 'WH-A', happened_at => '2026-03-05 08:00+00', card_code => 'V1', base_entry => 5, base_line => 0)),
  (stockbridge.enqueue('main', 'dispatch',   'A4', 2, 'WH-A', happened_at => '2026-03-05 08:01+00', card_code => 'C1', base_type => 17, base_entry => 6, base_line => 2)),
  (stockbridge.enqueue('main', 'adjustment', 'A5', 3, 'WH-B', happened_at => '2026-03-05 08:02+00', reason => 'found')),
  (stockbridge.enqueue('main', 'transfer',   'A6', 4, 'WH-A', happened_at => '2026-03-05 08:03+00', to_location => 'WH-B')),
  (stockbridge.enqueue('main', 'return',     'A7', 5, 'WH-B', happened_at => '2026-03-05 08:04+00', base_entry => 9, base_line => 1))) v (m);
SELECT pg_temp.ask();
SELECT pg_temp.accept(91);
SELECT pg_temp.accept(92);
SELECT pg_temp.accept(93);
SELECT pg_temp.accept(94);
SELECT pg_temp.accept(95);
SELECT * FROM stockbridge.check_invariants();

-- 5. The answer is lost.  Nobody resends: first the drafts, then the target set.
SELECT stockbridge.enqueue('main', 'receipt', 'A1', 1, 'WH-A', movement_ref => 'lost-1', happened_at => '2026-03-05 09:00+00') AS lost \gset
SELECT pg_temp.ask();
SELECT pg_temp.answer(NULL, outcome => 'unanswered', message => 'connection reset');
SELECT * FROM pg_temp.queue;
SELECT pg_temp.answer(200, '{"value": []}');
-- B1 had committed it.
SELECT pg_temp.answer(200, '{"value": [{"DocEntry": 101, "DocNum": 3001, "U_SB_KEY": "@key"}]}');
SELECT from_state, state, doc_entry, evidence - '{sent_at,answered_at,asked_at,key,found}'::text[] AS evidence
  FROM stockbridge.movement_history WHERE movement = :lost AND from_state IN ('posting', 'in_doubt');

-- 6. Lost, and not found: that proves nothing before the settle time is over.
UPDATE stockbridge.link SET settle_time = '1 hour';
SELECT stockbridge.enqueue('main', 'receipt', 'A1', 1, 'WH-A', movement_ref => 'lost-2') AS lost \gset
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(502, '<html>', message => 'Proxy Error') LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}');
SELECT * FROM pg_temp.queue;
SELECT pg_temp.ask();
UPDATE stockbridge.link SET settle_time = '0';
-- An hour later, a look-up that fails still proves nothing …
SELECT stockbridge.retry(:lost);
SELECT pg_temp.ask() LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(500, message => 'broken session');
SELECT * FROM pg_temp.queue;
-- … nor does one that was on its way since before this doubt, however new the other …
SELECT stockbridge.retry(:lost);
SELECT pg_temp.ask() LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}', sent_at => clock_timestamp() - interval '1 minute');
SELECT state, reason FROM pg_temp.queue;
-- … and one that succeeds lets it be sent again, with the same key.
SELECT stockbridge.retry(:lost);
SELECT pg_temp.ask() LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}');
SELECT pg_temp.accept(102) FROM (SELECT pg_temp.ask()) a;
SELECT count(*) AS documents, sum(attempts) AS attempts FROM stockbridge.document d
  JOIN stockbridge.document_line l USING (link, document) WHERE l.movement = :lost;

-- 7. Refused: a person decides.  Retrying makes a new document with a new key.
SELECT stockbridge.enqueue('main', 'dispatch', 'A2', 999, 'WH-A', movement_ref => 'short') AS short \gset
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(400, '{}', '-10', 'Quantity falls into negative inventory [IGE1.ItemCode][line: 1]');
SELECT * FROM pg_temp.queue;
SELECT type, regexp_replace(subject, '\d+', 'N') AS subject, message, next_step FROM stockbridge.open_exceptions;
SELECT stockbridge.retry(:short);
SELECT pg_temp.accept(103) FROM (SELECT pg_temp.ask()) a;
SELECT count(*) AS documents, count(DISTINCT key) AS keys FROM stockbridge.document d
  JOIN stockbridge.document_line l USING (link, document) WHERE l.movement = :short;
SELECT count(*) AS open FROM stockbridge.open_exceptions;

-- 8. One bad line refuses a whole document: its movements then go singly, and
-- only the culprit stays.
SELECT count(stockbridge.enqueue('main', 'receipt', sku, 1, 'WH-A', happened_at => '2026-03-06 08:00+00', movement_ref => 'mixed-' || sku))
  FROM unnest(ARRAY['A1', 'A2', 'A3']) sku;
SELECT pg_temp.ask() LIKE '%"A1"%"A2"%"A3"%' AS together;
SELECT pg_temp.answer(400, '{}', '-5002', 'Enter valid code [IGN1.ItemCode][line: 2]');
SELECT * FROM pg_temp.queue;
SELECT pg_temp.accept(104) LIKE '%"A2"%' AS second FROM (SELECT pg_temp.ask()) a;
SELECT pg_temp.answer(400, '{}', '-5002', 'Enter valid code [IGN1.ItemCode][line: 1]');
SELECT pg_temp.accept(105) FROM (SELECT pg_temp.ask()) a;
SELECT * FROM pg_temp.queue;
SELECT movement AS culprit FROM stockbridge.posting_queue \gset
SELECT stockbridge.cancel(:culprit, '');
SELECT stockbridge.cancel(:culprit, 'booked by hand');
SELECT stockbridge.cancel(:culprit, 'again');
SELECT stockbridge.retry(:culprit);
SELECT count(*) AS open FROM stockbridge.open_exceptions;

-- 9. Approval: the document was accepted, but what exists is a draft.
SELECT stockbridge.enqueue('main', 'receipt', 'A8', 1, 'WH-A', movement_ref => 'approval') AS parked \gset
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(404, '{}', '-2028', 'No matching records found (ODBC -2028)') LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": [{"DocEntry": 7, "DocNum": 7, "U_SB_KEY": "@key"}]}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}');
SELECT * FROM pg_temp.queue;
SELECT stockbridge.cancel(:parked, 'no');
-- It does not hold up what comes after it, and is found once it is approved.
SELECT stockbridge.enqueue('main', 'dispatch', 'A8', 1, 'WH-A') > 0 AS queued;
SELECT pg_temp.accept(106) FROM (SELECT pg_temp.ask()) a;
UPDATE stockbridge.document SET due_at = now() WHERE state = 'parked';
SELECT pg_temp.ask() LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": [{"DocEntry": 107, "DocNum": 1, "U_SB_KEY": "@key"}]}');
SELECT count(*) AS open FROM stockbridge.open_exceptions;
-- The other face of -2028: a code does not exist, nothing was written.
SELECT stockbridge.enqueue('main', 'receipt', 'A8', 1, 'WH-A', movement_ref => 'no-code') AS nocode \gset
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(400, '{}', '-2028', 'No matching records found (ODBC -2028)') LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}');
SELECT * FROM pg_temp.queue;
SELECT stockbridge.cancel(:nocode, 'wrong code');
-- And the third: 201 with the number of the draft.
SELECT stockbridge.enqueue('main', 'receipt', 'A8', 1, 'WH-A', movement_ref => 'draft-201') AS draft201 \gset
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(201, '{"DocEntry": 8, "U_SB_KEY": "@key"}') LIKE 'read_back:%' AS reads;
SELECT pg_temp.answer(404, '{}', '-2028', 'No matching records found (ODBC -2028)') LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": [{"DocEntry": 8, "DocNum": 8, "U_SB_KEY": "@key"}]}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}');
SELECT * FROM pg_temp.queue;
-- The draft is deleted in B1, and a person says so: posted again, once.
SELECT stockbridge.retry(:draft201);
SELECT pg_temp.ask() LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}');
SELECT pg_temp.accept(108) FROM (SELECT pg_temp.ask()) a;

-- 10. -2035 has two meanings.
SELECT stockbridge.enqueue('main', 'receipt', 'A9', 1, 'WH-A', movement_ref => 'locked') AS locked \gset
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(400, '{}', '-2035', 'Object is locked by another user');
SELECT * FROM pg_temp.queue;
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(400, '{}', '-2035', 'This entry already exists in the following tables (ODBC -2035)') LIKE 'look_up_draft:%' AS looks;
SELECT pg_temp.answer(200, '{"value": []}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": [{"DocEntry": 109, "DocNum": 1, "U_SB_KEY": "@key"}]}');
SELECT * FROM pg_temp.queue;

-- 11. Out of reach: nothing was sent.  The link pauses, and a probe ends it.
SELECT stockbridge.enqueue('main', 'receipt', 'A9', 1, 'WH-A', movement_ref => 'outage') AS outage \gset
UPDATE stockbridge.link SET retry_first = '1 hour', retry_longest = '1 hour';
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(NULL, outcome => 'not_sent', message => 'could not connect to server "b1": connection refused');
SELECT type, subject, message, next_step FROM stockbridge.open_exceptions;
SELECT stockbridge.retry(:outage);
SELECT pg_temp.ask();
SELECT (stockbridge.next_requests('main', 1, '{}', true)).purpose AS probe;
INSERT INTO wire (document, attempt, purpose) SELECT d.document, d.attempt, 'post' FROM stockbridge.document d WHERE d.state = 'posting';
SELECT pg_temp.accept(110);
SELECT count(*) AS open FROM stockbridge.open_exceptions;
UPDATE stockbridge.link SET retry_first = '1 microsecond', retry_longest = '1 microsecond';

-- 12. Failing for ever ends on a person's desk.
SELECT stockbridge.enqueue('main', 'receipt', 'A9', 1, 'WH-A', movement_ref => 'conflict') AS conflict \gset
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(400, '{}', '-2039', 'Another user or another operation modified data');
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(400, '{}', '-2039', 'Another user or another operation modified data');
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
SELECT pg_temp.answer(400, '{}', '-2039', 'Another user or another operation modified data');
SELECT * FROM pg_temp.queue;
SELECT type, next_step FROM stockbridge.open_exceptions;
SELECT stockbridge.cancel(:conflict, 'enough');

-- 13. A worker that goes away, or gives up, leaves a document in doubt.
SELECT stockbridge.enqueue('main', 'receipt', 'A9', 1, 'WH-A', movement_ref => 'crash') AS crash \gset
SELECT pg_temp.ask() LIKE 'post:%' AS posts;
UPDATE stockbridge.attempt SET worker_start = '-infinity' WHERE outcome IS NULL;
SELECT pg_temp.ask() LIKE 'look_up_draft:%' AS looks;
SELECT * FROM pg_temp.queue;
SELECT outcome, failure FROM stockbridge.attempt WHERE outcome = 'abandoned';
-- Its answer comes late: kept as evidence, decides nothing.
SELECT count(r) AS nothing
  FROM stockbridge.attempt a, stockbridge.record_answers('main', ARRAY[a.document], ARRAY[a.attempt], ARRAY['post'], ARRAY['answered'], ARRAY[false],
         ARRAY[201], ARRAY[NULL], ARRAY[NULL], ARRAY['{"DocEntry": 111}'], ARRAY[NULL], ARRAY[now()], ARRAY[now()]) r
 WHERE a.outcome = 'abandoned';
SELECT outcome, doc_entry FROM stockbridge.attempt ORDER BY attempt DESC LIMIT 1;
SELECT * FROM pg_temp.queue;
SELECT pg_temp.answer(200, '{"value": []}') LIKE 'look_up:%' AS looks;
SELECT pg_temp.answer(200, '{"value": [{"DocEntry": 111, "DocNum": 1, "U_SB_KEY": "@key"}, {"DocEntry": 112, "DocNum": 2, "U_SB_KEY": "@key"}]}');
-- Two documents with one key: posted, and a person must cancel the surplus.
SELECT * FROM pg_temp.queue;
SELECT type, regexp_replace(message, '[0-9a-f-]{36}', 'KEY') AS message FROM stockbridge.open_exceptions;

-- 14. Held until a person releases it.
UPDATE stockbridge.link SET posting = 'manual';
SELECT stockbridge.enqueue('main', 'receipt', 'A1', 1, 'WH-A', movement_ref => 'manual', happened_at => '2026-03-07 00:00+00') AS manual \gset
SELECT * FROM pg_temp.queue;
SELECT pg_temp.ask();
SELECT stockbridge.release(:manual);
SELECT pg_temp.accept(113) FROM (SELECT pg_temp.ask()) a;
SELECT stockbridge.release(:manual);
SELECT stockbridge.release(0);

-- 15. Seeing before doing: what would be sent, and what it would change.
UPDATE stockbridge.link SET posting = 'immediate';
UPDATE stockbridge.b1_item SET average_price = 10;
INSERT INTO stockbridge.b1_stock (link, item_code, warehouse_code, in_stock, average_price, read_from, as_of) VALUES ('main', 'A3', '01', 5, 12, now(), now());
SELECT count(stockbridge.enqueue('main', kind, sku, quantity, 'WH-A', to_location => arrives, movement_ref => 'dry-' || sku,
                                 happened_at => '2026-03-08 00:00+00', unit_cost => cost)) FROM (VALUES
  ('receipt', 'A1', 2, NULL, 4.5), ('transfer', 'A2', 3, 'WH-B', NULL), ('count', 'A3', 7, NULL, NULL), ('dispatch', 'A4', 1, NULL, NULL)) v (kind, sku, quantity, arrives, cost);
CREATE TEMP TABLE dry AS SELECT * FROM stockbridge.dry_run('main');
SELECT document, document_type, request, replace(body::text, key::text, 'KEY') AS body FROM dry WHERE body IS NOT NULL;
SELECT document, item_code, warehouse_code, stock_change, unit_value, value_change, waits FROM dry;
SELECT DISTINCT state FROM stockbridge.posting_queue WHERE movement_ref LIKE 'dry-%';
-- Nothing has changed by looking; what is posted then is what was shown.
CREATE TEMP TABLE sent AS SELECT r.* FROM stockbridge.next_requests('main', 10, '{}', false) r;
SELECT count(*) AS sent, count(*) FILTER (WHERE s.body = d.body::text) AS as_shown, count(*) FILTER (WHERE x.key = d.key) AS keys_as_shown
  FROM sent s JOIN stockbridge.document x USING (document) JOIN dry d ON d.key = x.key AND d.body IS NOT NULL;

-- 16. What was counted meanwhile.
SELECT document_type, attempts, accepted, refused, unanswered, not_sent, mean_ms IS NOT NULL AS timed FROM stockbridge.stat_posting ORDER BY document_type;

-- Each transition states what it starts from.
SELECT stockbridge.attempt_posted('main', d.document, 1, 1, '{}') FROM stockbridge.document d WHERE state = 'posted' ORDER BY document LIMIT 1;
SELECT stockbridge.attempt_retry('main', 0, '', '{}');
-- A document is what its key stands for; an attempt is not forgotten.
UPDATE stockbridge.document SET body = '{}' WHERE document = 1;
UPDATE stockbridge.document_line SET quantity = 1 WHERE document = 1;
SELECT * FROM stockbridge.check_invariants();
DROP EXTENSION stockbridge CASCADE;
