-- Entering movements: what is taken, what is refused, what is kept and why.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://127.0.0.1:1/b1s/v2', company 'SBODEMOGB');
CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw
  OPTIONS (profile 'rest', url 'http://127.0.0.1:1/ims');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms');
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-A', '01'), ('main', 'WH-B', '02'), ('main', 'WH-OLD', '09');

-- Before the items of the company were read, a movement is only received.
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 5, 'WH-A', happened_at => '2026-03-02 09:00+00') AS first \gset
SELECT state, reason FROM stockbridge.posting_queue WHERE movement = :first;

-- What pull('main', 'items') reads from a company, entered by hand here.
INSERT INTO stockbridge.b1_item (link, item_code, item_name, valid, frozen, inventory_item,
         manage_batch_numbers, manage_serial_numbers, inventory_uom, average_price, read_from)
VALUES ('main', 'A00001', 'Shirt',   true,  false, true,  false, false, 'pc', 10, now()),
       ('main', 'A00002', 'Trouser', true,  false, true,  false, false, 'pc', 25, now()),
       ('main', 'A00003', 'Old hat', false, true,  true,  false, false, 'pc',  5, now()),
       ('main', 'A00004', 'Advice',  true,  false, false, false, false, 'h',  90, now()),
       ('main', 'A00005', 'Paint',   true,  false, true,  true,  false, 'l',   7, now());
INSERT INTO stockbridge.b1_warehouse (link, warehouse_code, warehouse_name, inactive, enable_bin_locations, read_from)
VALUES ('main', '01', 'Main', false, false, now()), ('main', '02', 'Shop', false, false, now()),
       ('main', '09', 'Closed', true, false, now());
INSERT INTO stockbridge.snapshot (link, resource, read_from, read_until, oldest, row_count)
VALUES ('main', 'b1_item', now(), now(), now(), 5), ('main', 'b1_warehouse', now(), now(), now(), 3);
SELECT stockbridge.validate('main');
SELECT state, reason FROM stockbridge.posting_queue WHERE movement = :first;

-- Bad input is refused, with the value and a remedy.
SELECT stockbridge.enqueue('mian', 'receipt', 'A00001', 1, 'WH-A');
SELECT stockbridge.enqueue('main', 'sale', 'A00001', 1, 'WH-A');
SELECT stockbridge.enqueue('main', 'receipt', NULL, 1, 'WH-A');
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, '');
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 0, 'WH-A');
SELECT stockbridge.enqueue('main', 'dispatch', 'A00001', -1, 'WH-A');
SELECT stockbridge.enqueue('main', 'dispatch', 'A00001', 'NaN', 'WH-A');
SELECT stockbridge.enqueue('main', 'dispatch', 'A00001', 'Infinity', 'WH-A');
SELECT stockbridge.enqueue('main', 'dispatch', 'A00001', NULL, 'WH-A');
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1000000001, 'WH-A');
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 0.1234567, 'WH-A');
SELECT stockbridge.enqueue('main', 'transfer', 'A00001', 1, 'WH-A');
SELECT stockbridge.enqueue('main', 'transfer', 'A00001', 1, 'WH-A', to_location => 'WH-A');
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, 'WH-A', to_location => 'WH-B');
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, 'WH-A', happened_at => '2999-01-01 00:00+00');
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, 'WH-A', base_entry => 7);
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, 'WH-A', base_type => 17, base_entry => 7, base_line => 0);
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 1, 'WH-A', unit_cost => -1);

-- What B1 cannot take is kept, with the reason; nothing is dropped.
SELECT count(*) FROM (VALUES
  (stockbridge.enqueue('main', 'receipt',    'NOSUCH', 1, 'WH-A', movement_ref => 'bad-1')),
  (stockbridge.enqueue('main', 'receipt',    'NOSUCH', 2, 'WH-A', movement_ref => 'bad-2')),
  (stockbridge.enqueue('main', 'receipt',    'A00003', 1, 'WH-A', movement_ref => 'bad-3')),
  (stockbridge.enqueue('main', 'receipt',    'A00004', 1, 'WH-A', movement_ref => 'bad-4')),
  (stockbridge.enqueue('main', 'receipt',    'A00005', 1, 'WH-A', movement_ref => 'bad-5')),
  (stockbridge.enqueue('main', 'receipt',    'A00001', 1, 'WH-Z', movement_ref => 'bad-6')),
  (stockbridge.enqueue('main', 'transfer',   'A00001', 1, 'WH-A', to_location => 'WH-Z', movement_ref => 'bad-7')),
  (stockbridge.enqueue('main', 'receipt',    'A00001', 1, 'WH-OLD', movement_ref => 'bad-8')),
  (stockbridge.enqueue('main', 'return',     'A00001', 1, 'WH-A', movement_ref => 'bad-9')),
  (stockbridge.enqueue('main', 'count',      'A00001', 0, 'WH-A', movement_ref => 'bad-10'))) v;
SELECT movement_ref, state, reason FROM stockbridge.posting_queue WHERE movement_ref LIKE 'bad-%' ORDER BY movement;
SELECT type, regexp_replace(subject, '\d{2,}', 'N') AS subject, message, next_step, seen_count
  FROM stockbridge.open_exceptions ORDER BY type, subject;

-- When the cause is gone the movements go on and their exceptions close.
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-Z', '03');
SELECT movement_ref, state, reason FROM stockbridge.posting_queue WHERE movement_ref IN ('bad-6', 'bad-7') ORDER BY movement;
UPDATE stockbridge.warehouse_map SET warehouse_code = '02' WHERE location = 'WH-Z';
DELETE FROM stockbridge.warehouse_map WHERE location = 'WH-B';
UPDATE stockbridge.warehouse_map SET warehouse_code = '02' WHERE location = 'WH-Z';
INSERT INTO stockbridge.item_map VALUES ('main', 'NOSUCH', 'A00002');
SELECT movement_ref, state, item_code, warehouse_code, to_warehouse_code, document_type
  FROM stockbridge.posting_queue WHERE movement_ref IN ('bad-1', 'bad-2', 'bad-6', 'bad-7') ORDER BY movement;
SELECT type, subject, closed_by FROM stockbridge.exception WHERE closed_at IS NOT NULL ORDER BY type, subject;
-- A SKU whose item is mapped to another SKU is nobody's item.
SELECT stockbridge.enqueue('main', 'receipt', 'A00002', 1, 'WH-A', movement_ref => 'bad-11') > 0 AS kept;
SELECT state, reason FROM stockbridge.posting_queue WHERE movement_ref = 'bad-11';
-- A map taken away again holds back what has not been posted.
DELETE FROM stockbridge.item_map;
SELECT movement_ref, state, reason FROM stockbridge.posting_queue WHERE sku IN ('NOSUCH', 'A00002') ORDER BY movement;

-- A reference is one movement, however often it is told.
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 2, 'WH-A', movement_ref => 'grn-1', happened_at => '2026-03-02 10:00+00') AS once \gset
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 2.0, 'WH-A', movement_ref => 'grn-1', happened_at => '2026-03-02 10:00+00') = :once AS same;
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 3, 'WH-A', movement_ref => 'grn-1');

-- In bulk: all or none, numbers in the order given.
SELECT count(*), count(DISTINCT movement) FROM stockbridge.enqueue('main', ARRAY(
  SELECT jsonb_populate_recordset(NULL::stockbridge.movement_input, '[
    {"kind": "receipt",  "sku": "A00001", "quantity": 1.5, "location": "WH-A", "movement_ref": "bulk-1"},
    {"kind": "receipt",  "sku": "A00001", "quantity": 1.5, "location": "WH-A", "movement_ref": "bulk-1"},
    {"kind": "dispatch", "sku": "A00001", "quantity": 0.5, "location": "WH-A"}]'))) AS movement;
SELECT stockbridge.enqueue('main', ARRAY[ROW('receipt', 'A00001', 1, 'WH-A', NULL, NULL, 'bulk-2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
                                         ROW('receipt', 'A00001', 0, 'WH-A', NULL, NULL, 'bulk-3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)]::stockbridge.movement_input[]);
SELECT count(*) AS none FROM stockbridge.movement WHERE movement_ref IN ('bulk-2', 'bulk-3');
SELECT count(*) AS empty FROM stockbridge.enqueue('main', '{}');

-- From a feed, a faulty row does not hold up the others: it becomes an exception.
SELECT stockbridge.take_movements('main', ARRAY[
  ROW('receipt', 'A00001', 0, 'WH-A', NULL, NULL, 'feed-1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  ROW('receipt', 'A00001', 4, 'WH-A', NULL, NULL, 'feed-2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  ROW('receipt', 'A00001', 9, 'WH-A', NULL, '2026-03-02 10:00+00', 'grn-1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
  ]::stockbridge.movement_input[], false) AS numbers \gset
SELECT (:'numbers'::bigint[])[1] IS NULL AS refused, (:'numbers'::bigint[])[2] > 0 AS taken, (:'numbers'::bigint[])[3] = :once AS known;
SELECT type, subject, message FROM stockbridge.open_exceptions WHERE type IN ('unreadable_row', 'changed_movement') ORDER BY type;
-- A person closes it, with a word for the next reader.
SELECT exception FROM stockbridge.open_exceptions WHERE type = 'unreadable_row' \gset
SELECT stockbridge.resolve(:exception, '');
SELECT stockbridge.resolve(:exception, 'entered by hand as feed-1b');
SELECT stockbridge.resolve(:exception, 'again');
SELECT subject, note FROM stockbridge.exception WHERE exception = :exception;

-- A later time for the same movement is no change: Tryton writes a move again when it is priced.
SELECT stockbridge.take_movements('main', ARRAY[
  ROW('receipt', 'A00001', 4, 'WH-A', NULL, '2026-03-05 10:00+00', 'feed-2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
  ]::stockbridge.movement_input[], false) = ARRAY[(SELECT movement FROM stockbridge.movement WHERE movement_ref = 'feed-2')] AS the_same;
SELECT count(*) AS reported FROM stockbridge.open_exceptions WHERE subject = 'movement feed-2';

-- An inventory system that keeps books has dates of its own: the document bears them.
SELECT stockbridge.enqueue('main', 'receipt', 'A00001', 2, 'WH-A', happened_at => '2026-03-05 10:00+00',
                           movement_ref => 'dated', effective_date => '2026-02-27') AS dated \gset
SELECT document_group FROM stockbridge.movement_verdict WHERE movement = :dated;

-- A correction names what it corrects.
SELECT stockbridge.enqueue('main', 'adjustment', 'A00001', -1, 'WH-A', movement_ref => 'corrected', corrects => :dated) > 0 AS taken;
SELECT stockbridge.enqueue('main', 'adjustment', 'A00001', -1, 'WH-A', corrects => 999999);

-- The same by INSERT: numbers come back, a known reference is left alone if asked to.
INSERT INTO stockbridge.movement_intake (link, kind, sku, quantity, location, movement_ref)
VALUES ('main', 'receipt', 'A00001', 1, 'WH-A', 'view-1'), ('main', 'receipt', 'NOBODY', 1, 'WH-A', 'view-2') RETURNING movement > 0 AS numbered;
INSERT INTO stockbridge.movement_intake (link, kind, sku, quantity, location, movement_ref)
VALUES ('main', 'receipt', 'A00001', 1, 'WH-A', 'view-1'), ('main', 'receipt', 'A00001', 2, 'WH-A', 'view-3') ON CONFLICT DO NOTHING;
SELECT movement_ref, state, reason FROM stockbridge.posting_queue WHERE movement_ref LIKE 'view-%' ORDER BY movement;
INSERT INTO stockbridge.movement_intake (link, kind, sku, quantity, location) VALUES ('main', 'sale', 'A00001', 1, 'WH-A');
INSERT INTO stockbridge.movement_intake (link, kind, sku, quantity, location) VALUES ('mian', 'receipt', 'A00001', 1, 'WH-A');

-- Units, numbers, bins, dates of activity, accounts, base documents, periods: each
-- fault in its own words; all are on the 6th, a day that stays open.
INSERT INTO stockbridge.b1_item (link, item_code, valid, frozen, inventory_item, manage_batch_numbers, manage_serial_numbers,
         inventory_uom, valid_from, valid_to, frozen_from, read_from)
VALUES ('main', 'BATCHED', true, false, true, true,  false, 'pc', NULL, NULL, NULL, now()),
       ('main', 'SERIAL',  true, false, true, false, true,  'pc', NULL, NULL, NULL, now()),
       ('main', 'SUMMER',  true, false, true, false, false, 'pc', '2026-06-01', '2026-08-31', NULL, now()),
       ('main', 'LEAVING', false, true, true, false, false, 'pc', NULL, NULL, '2026-03-06', now()),
       ('main', 'ALWAYS',  false, false, true, false, false, 'pc', NULL, NULL, NULL, now());
INSERT INTO stockbridge.b1_warehouse VALUES ('main', '06', 'Bins', false, true, now());
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-BIN', '06');
INSERT INTO stockbridge.unit_map VALUES ('main', '', 'dozen', 12), ('main', 'A00001', 'dozen', 10), ('main', '', 'third', 0.3333333);
INSERT INTO stockbridge.b1_base_line (link, base_type, base_entry, base_line, card_code, item_code, open_quantity, is_open, read_from)
VALUES ('main', 22, 5, 0, 'V1', 'ALWAYS', 10, true, now()), ('main', 22, 5, 1, 'V1', 'ALWAYS', 0, false, now());
INSERT INTO stockbridge.b1_base_line (link, base_type, base_entry, base_line, missing, read_from) VALUES ('main', 22, 5, 2, true, now());
CREATE TEMP VIEW judged AS
  SELECT q.movement_ref, q.state, trim_scale(s.quantity) AS quantity, s.problem, s.reason
    FROM stockbridge.posting_queue q JOIN stockbridge.movement_state s USING (link, movement) ORDER BY q.movement;
SELECT count(*) FROM stockbridge.enqueue('main', ARRAY(
  SELECT jsonb_populate_record(NULL::stockbridge.movement_input,
           '{"kind": "receipt", "quantity": 2, "location": "WH-A", "happened_at": "2026-03-06 09:00+00"}'::jsonb || m)
    FROM (VALUES
      ('{"movement_ref": "v-01", "sku": "ALWAYS", "unit": "dozen"}'::jsonb),
      ('{"movement_ref": "v-02", "sku": "A00001", "unit": "dozen"}'),
      ('{"movement_ref": "v-03", "sku": "ALWAYS", "unit": "pc"}'),
      ('{"movement_ref": "v-04", "sku": "ALWAYS", "unit": "pallet"}'),
      ('{"movement_ref": "v-05", "sku": "ALWAYS", "unit": "third"}'),
      ('{"movement_ref": "v-06", "sku": "BATCHED"}'),
      ('{"movement_ref": "v-07", "sku": "BATCHED", "batches": [{"batch": "L1", "quantity": 1.5}, {"batch": "L2", "quantity": 0.5}]}'),
      ('{"movement_ref": "v-08", "sku": "BATCHED", "batches": [{"batch": "L1", "quantity": 1}]}'),
      ('{"movement_ref": "v-09", "sku": "BATCHED", "batches": [{"batch": "L1", "quantity": "2"}]}'),
      ('{"movement_ref": "v-10", "sku": "SERIAL"}'),
      ('{"movement_ref": "v-11", "sku": "SERIAL", "serials": ["S1", "S2"]}'),
      ('{"movement_ref": "v-12", "sku": "SERIAL", "serials": ["S1", "S1"]}'),
      ('{"movement_ref": "v-13", "sku": "ALWAYS", "serials": ["S1", "S2"]}'),
      ('{"movement_ref": "v-14", "sku": "ALWAYS", "location": "WH-BIN"}'),
      ('{"movement_ref": "v-15", "sku": "ALWAYS", "location": "WH-BIN", "bins": [{"bin": 2, "quantity": 2}]}'),
      ('{"movement_ref": "v-16", "sku": "ALWAYS", "location": "WH-BIN", "bins": [{"bin": 2, "quantity": 3}]}'),
      ('{"movement_ref": "v-17", "sku": "ALWAYS", "bins": [{"bin": 2, "quantity": 2}]}'),
      ('{"movement_ref": "v-18", "sku": "ALWAYS", "kind": "transfer", "to_location": "WH-BIN", "bins": [{"bin": 2, "quantity": 2, "to": true}]}'),
      ('{"movement_ref": "v-19", "sku": "SUMMER"}'),
      ('{"movement_ref": "v-20", "sku": "LEAVING"}'),
      ('{"movement_ref": "v-21", "sku": "LEAVING", "effective_date": "2026-03-05"}'),
      ('{"movement_ref": "v-22", "sku": "ALWAYS", "base_entry": 5, "base_line": 0, "quantity": 7}'),
      ('{"movement_ref": "v-23", "sku": "ALWAYS", "base_entry": 5, "base_line": 0, "quantity": 4}'),
      ('{"movement_ref": "v-24", "sku": "ALWAYS", "base_entry": 5, "base_line": 1}'),
      ('{"movement_ref": "v-25", "sku": "ALWAYS", "base_entry": 5, "base_line": 2}'),
      ('{"movement_ref": "v-26", "sku": "A00001", "base_entry": 5, "base_line": 0}'),
      ('{"movement_ref": "v-27", "sku": "ALWAYS", "base_entry": 6, "base_line": 0}'),
      ('{"movement_ref": "v-28", "sku": "BATCHED", "kind": "count"}')) v (m)));
SELECT * FROM judged WHERE movement_ref LIKE 'v-%';
SELECT stockbridge.enqueue('main', 'receipt', 'ALWAYS', 1, 'WH-A', batches => '{"batch": "L1"}');

-- Accounts: where any reason is mapped, all must be.
INSERT INTO stockbridge.account_map VALUES ('main', 'damaged', '', '5010'), ('main', 'damaged', '01', '5011');
SELECT count(stockbridge.enqueue('main', 'adjustment', 'ALWAYS', 1, 'WH-A', movement_ref => 'a-' || coalesce(reason, 'none'), reason => reason))
  FROM unnest(ARRAY['damaged', 'stolen', NULL]) reason;
SELECT * FROM judged WHERE movement_ref LIKE 'a-%';
INSERT INTO stockbridge.account_map VALUES ('main', '', '', '5000');
SELECT movement_ref, state, stockbridge.account_for('main', m.reason, '01') FROM stockbridge.movement m JOIN stockbridge.movement_state USING (link, movement)
 WHERE movement_ref LIKE 'a-%' ORDER BY movement;
DELETE FROM stockbridge.account_map;

-- A closed period holds a movement, and never dates it anew.
INSERT INTO stockbridge.closed_period VALUES ('main', '2026-01-01', '2026-01-31');
SELECT stockbridge.enqueue('main', 'receipt', 'ALWAYS', 1, 'WH-A', movement_ref => 'january', happened_at => '2026-01-31 12:00+00') > 0 AS kept;
SELECT * FROM judged WHERE movement_ref = 'january';
DELETE FROM stockbridge.closed_period;
SELECT * FROM judged WHERE movement_ref = 'january';
SELECT count(*) AS open FROM stockbridge.open_exceptions WHERE type IN ('closed_period', 'no_account');

-- Movements, and what happened to them, are never changed.
UPDATE stockbridge.movement SET quantity = 6 WHERE movement = :first;
DELETE FROM stockbridge.movement WHERE movement = :first;
DELETE FROM stockbridge.transition WHERE movement = :first;
SELECT actor = current_user AS by_me, from_state, state, evidence FROM stockbridge.movement_history WHERE movement = :first;

SELECT * FROM stockbridge.check_invariants();
DROP EXTENSION stockbridge CASCADE;
