-- Where the two sides differ, and why: difference = in flight + held + drift.
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
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-A', '01'), ('main', 'WH-B', '02');
INSERT INTO stockbridge.item_map VALUES ('main', 'SKU-6', 'A6');
INSERT INTO stockbridge.b1_item (link, item_code, item_name, valid, frozen, inventory_item, manage_batch_numbers, manage_serial_numbers, average_price, read_from)
SELECT 'main', 'A' || n, 'Item ' || n, true, n = 4, true, false, false, 10 * n, now() FROM generate_series(1, 7) n;
INSERT INTO stockbridge.b1_warehouse VALUES ('main', '01', 'Main', false, false, now()), ('main', '02', 'Shop', false, false, now());
INSERT INTO stockbridge.snapshot VALUES ('main', 'b1_item', now(), now(), now(), 7), ('main', 'b1_warehouse', now(), now(), now(), 2);

-- IMS read at 12:00; B1 read from 12:10 to 12:11.  The IMS reads no stock of A7.
INSERT INTO stockbridge.ims_stock (link, sku, location, on_hand, read_from, as_of)
SELECT 'main', sku, location, on_hand, '2026-03-02 12:00+00', '2026-03-02 12:00+00' FROM (VALUES
  ('A1', 'WH-A', 15), ('A2', 'WH-A', 20), ('A3', 'WH-A', 8), ('A3', 'WH-B', 2), ('A4', 'WH-A', 1),
  ('A5', 'WH-A', 5.5), ('SKU-6', 'WH-A', 6), ('NOSUCH', 'WH-A', 3), ('A1', 'WH-Z', 4)) v (sku, location, on_hand);
-- Before B1 was read there is no difference to speak of.
SELECT item_code, location, ims_quantity, b1_quantity, difference, status FROM stockbridge.stock_diff WHERE item_code = 'A1' ORDER BY 2;
INSERT INTO stockbridge.snapshot VALUES ('main', 'ims_stock', '2026-03-02 12:00+00', '2026-03-02 12:00+00', '2026-03-02 12:00+00', 9),
                                        ('main', 'b1_stock', '2026-03-02 12:10+00', '2026-03-02 12:11+00', '2026-03-02 12:11+00', 8);
INSERT INTO stockbridge.b1_stock (link, item_code, warehouse_code, in_stock, average_price, read_from, as_of)
SELECT 'main', item, warehouse, in_stock, price, '2026-03-02 12:10+00', '2026-03-02 12:11+00' FROM (VALUES
  ('A1', '01', 10, 10), ('A2', '01', 20, 20), ('A3', '01', 10, 30), ('A3', '02', 0, 30), ('A4', '01', 0, 40),
  ('A5', '01', 4, 0), ('A6', '01', 5, 60), ('A7', '01', 2, 70), ('A7', '03', 99, 70)) v (item, warehouse, in_stock, price);
CREATE VIEW pg_temp.diff AS
  SELECT item_code, warehouse_code, location, ims_quantity, b1_quantity, difference, in_flight, held, drift, drift_value, status
    FROM stockbridge.stock_diff ORDER BY item_code, location;
-- Nothing is known of any movement yet: every difference is drift.  Warehouse 03
-- is not mapped, so it is not compared.
SELECT * FROM pg_temp.diff;

-- The movements that explain some of it.
SELECT count(stockbridge.enqueue('main', kind, sku, quantity, location, to_location => dest, happened_at => at::timestamptz, movement_ref => ref)) FROM (VALUES
  ('receipt',    'A1',     5,   'WH-A', NULL,   '2026-03-02 11:00+00', 'waiting'),
  ('transfer',   'A3',     2,   'WH-A', 'WH-B', '2026-03-02 11:30+00', 'moved'),
  ('receipt',    'A4',     1,   'WH-A', NULL,   '2026-03-02 11:00+00', 'inactive'),
  ('adjustment', 'A5',     0.5, 'WH-A', NULL,   '2026-03-02 11:00+00', 'partly'),
  ('receipt',    'SKU-6',  1,   'WH-A', NULL,   '2026-03-02 11:00+00', 'mapped'),
  ('dispatch',   'A2',     4,   'WH-A', NULL,   '2026-03-02 12:05+00', 'later'),
  ('receipt',    'NOSUCH', 3,   'WH-A', NULL,   '2026-03-02 11:00+00', 'unknown')) v (kind, sku, quantity, location, dest, at, ref);
SELECT * FROM pg_temp.diff;
SELECT movement_ref, part, d.location, d.quantity, uncertain FROM stockbridge.difference_movements d
  JOIN stockbridge.movement m USING (link, movement) ORDER BY movement_ref, d.location;

-- Posting moves a movement from one sum to the other.  Posted before B1 was read,
-- it explains nothing any more; what happened after the IMS was read and is in
-- B1 already counts the other way.
CREATE FUNCTION pg_temp.post(ref text, sent timestamptz, posted timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  number bigint := (SELECT movement FROM stockbridge.movement WHERE movement_ref = ref);
  tried bigint;
  made bigint;
BEGIN
  UPDATE stockbridge.movement_state SET alone = true WHERE movement = number;
  UPDATE stockbridge.movement_state SET released = (movement = number);
  UPDATE stockbridge.link SET posting = 'manual';
  tried := stockbridge.claim('main');
  SELECT a.document INTO made FROM stockbridge.attempt a WHERE a.attempt = tried;
  PERFORM stockbridge.attempt_posted('main', made, made::integer, made::integer, '{}');
  UPDATE stockbridge.document SET sent_at = sent, posted_at = posted WHERE document = made;
END $$;
SELECT pg_temp.post('waiting', '2026-03-02 12:08+00', '2026-03-02 12:09+00'),
       pg_temp.post('later',   '2026-03-02 12:08+00', '2026-03-02 12:09+00'),
       pg_temp.post('mapped',  '2026-03-02 12:15+00', '2026-03-02 12:16+00'),
       pg_temp.post('partly',  '2026-03-02 12:09+00', '2026-03-02 12:10:30+00');
UPDATE stockbridge.b1_stock SET in_stock = 15 WHERE item_code = 'A1';
UPDATE stockbridge.b1_stock SET in_stock = 16 WHERE item_code = 'A2';
SELECT * FROM pg_temp.diff;
-- A5 was posted while B1's stock was read: it must be read again.
SELECT movement_ref, part, d.location, d.quantity, uncertain FROM stockbridge.difference_movements d
  JOIN stockbridge.movement m USING (link, movement) ORDER BY movement_ref, d.location;

-- The IMS drops a row when its stock is gone; the movement that emptied it still
-- explains why B1 has some, also if other rows of the IMS were true long before.
UPDATE stockbridge.snapshot SET oldest = '2026-03-01 00:00+00' WHERE resource = 'ims_stock';
SELECT stockbridge.enqueue('main', 'dispatch', 'A7', 2, 'WH-A', happened_at => '2026-03-02 11:59+00', movement_ref => 'emptied') > 0 AS queued;
SELECT * FROM pg_temp.diff WHERE item_code = 'A7';

-- What a person gives up explains nothing any more.
SELECT stockbridge.cancel(movement, 'booked by hand') FROM stockbridge.movement WHERE movement_ref = 'inactive';
SELECT * FROM pg_temp.diff WHERE item_code = 'A4';
-- The parts always add up.
SELECT count(*) AS broken FROM stockbridge.stock_diff WHERE difference <> in_flight + held + drift;
DROP EXTENSION stockbridge CASCADE;
