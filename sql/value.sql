-- What differences are worth, since when they are, and whom they hurt.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://127.0.0.1:1/b1s/v2', company 'SBODEMOGB');
CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'rest', url 'http://127.0.0.1:1/ims');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms');
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-A', '01'), ('main', 'WH-B', '02');
INSERT INTO stockbridge.b1_item (link, item_code, item_name, inventory_item, average_price, read_from)
SELECT 'main', 'A' || n, 'Item ' || n, n <> 4, 10 * n, now() FROM generate_series(1, 4) n;
INSERT INTO stockbridge.b1_warehouse (link, warehouse_code, warehouse_name, stock_account, read_from) VALUES
  ('main', '01', 'Main', '1400', now()), ('main', '02', 'Shop', '1400', now()), ('main', '03', 'Transit', NULL, now()), ('main', '04', 'Old', NULL, now());
INSERT INTO stockbridge.stock_account VALUES ('main', '03', '1410');
INSERT INTO stockbridge.b1_account (link, account_code, name, balance, read_from, as_of) VALUES
  ('main', '1400', 'Stock', 500, '2026-03-02 13:00+00', '2026-03-02 13:01+00'), ('main', '1410', 'Transit', 70, '2026-03-02 13:00+00', '2026-03-02 13:01+00');
INSERT INTO stockbridge.snapshot (link, resource, read_from, read_until, oldest, row_count)
SELECT 'main', r, '2026-03-02 12:00+00', '2026-03-02 12:01+00', '2026-03-02 12:00+00', 9 FROM unnest('{b1_item,b1_warehouse,b1_stock,ims_stock}'::text[]) r;
INSERT INTO stockbridge.ims_stock (link, sku, location, on_hand, told_at, read_from, as_of)
SELECT 'main', sku, location, on_hand, '2026-03-02 12:00+00', '2026-03-02 12:00+00', '2026-03-02 12:01+00' FROM (VALUES
  ('A1', 'WH-A', 10), ('A2', 'WH-A', 5), ('A3', 'WH-A', 8)) v (sku, location, on_hand);
INSERT INTO stockbridge.b1_stock (link, item_code, warehouse_code, in_stock, average_price, read_from, as_of)
SELECT 'main', item, warehouse, in_stock, price, '2026-03-02 12:00+00', '2026-03-02 12:01+00' FROM (VALUES
  ('A1', '01', 10, 10), ('A2', '01', 9, 0), ('A3', '01', 6, 30), ('A1', '02', 2, 10), ('A1', '03', 7, 10)) v (item, warehouse, in_stock, price);

-- Orders are filled as they are due: of 5 A2, two are for the line that ships
-- first, three for the next, which lacks one.  Of A1 in the shop there is nothing, whatever B1 says; warehouse 03 is
-- not mapped, there B1 is believed.  A4 is no stock.
INSERT INTO stockbridge.b1_order (link, doc_entry, doc_num, card_code, card_name, doc_due_date, read_from)
SELECT 'main', n, 100 + n, 'C1', 'Customer', '2026-03-10'::date + n, now() FROM generate_series(1, 4) n;
INSERT INTO stockbridge.b1_order_line (link, doc_entry, line_num, item_code, warehouse_code, open_quantity, price, ship_date, read_from) VALUES
  ('main', 1, 0, 'A2', '01', 4, 25, NULL, now()), ('main', 2, 0, 'A2', '01', 3, 25, NULL, now()),
  ('main', 3, 0, 'A1', '02', 1, 15, NULL, now()), ('main', 3, 1, 'A1', '03', 7, 15, NULL, now()), ('main', 3, 2, 'A4', '01', 1, 1, NULL, now()),
  ('main', 4, 0, 'A2', '01', 2, 25, '2026-03-05', now());
CREATE VIEW pg_temp.risk AS
  SELECT doc_num, line_num, due_date, item_code, warehouse_code, open_quantity, real_stock, b1_quantity, short_quantity, short_value
    FROM stockbridge.orders_at_risk ORDER BY due_date, doc_entry, line_num;
SELECT * FROM pg_temp.risk;
-- What has left the IMS for an order is not wanted once more.
SELECT stockbridge.enqueue('main', 'dispatch', 'A2', 4, 'WH-A', base_entry => 1, base_line => 0, happened_at => '2026-03-02 11:00+00', movement_ref => 'gone') > 0 AS queued;
SELECT * FROM pg_temp.risk;
SELECT stockbridge.cancel(movement, 'it came back') FROM stockbridge.movement WHERE movement_ref = 'gone';

-- Drift: oldest first, then dearest; an end is an end.
SELECT stockbridge.record_drift('main');
UPDATE stockbridge.drift_seen SET first_seen = '2026-01-01 00:00+00' WHERE sku = 'A3';
SELECT item_code, warehouse_code, drift, drift_value, orders_at_risk, first_seen < '2026-02-01' AS since_january FROM stockbridge.drift;
-- That of A2 is just what was cancelled above.
SELECT sku, cause, regexp_replace(evidence, 'movement \d+', 'movement N') AS evidence FROM stockbridge.drift_cause WHERE sku = 'A2';
UPDATE stockbridge.b1_stock SET in_stock = 8 WHERE item_code = 'A3';
SELECT stockbridge.record_drift('main');
SELECT sku, location, first_seen < '2026-02-01' AS since_january FROM stockbridge.drift_seen ORDER BY sku, location;
UPDATE stockbridge.b1_stock SET in_stock = 6 WHERE item_code = 'A3';

-- Stock against the ledger: an account may hold several warehouses.
CREATE VIEW pg_temp.ledger AS
  SELECT warehouse_code, stock_value, account_code, gl_balance, difference, explained, unpriced_items, warehouses_of_account
    FROM stockbridge.valuation ORDER BY warehouse_code;
SELECT * FROM pg_temp.ledger;
-- What was posted after the stock was read and before the balance explains itself.
SELECT stockbridge.enqueue('main', 'receipt', 'A3', 1, 'WH-A', happened_at => '2026-03-02 11:00+00') > 0 AS queued;
UPDATE stockbridge.snapshot SET read_from = now() WHERE resource = 'b1_item';
DO $$
DECLARE
  tried bigint := (SELECT * FROM stockbridge.claim('main'));
  made bigint;
BEGIN
  SELECT a.document INTO made FROM stockbridge.attempt a WHERE a.attempt = tried;
  PERFORM stockbridge.attempt_posted('main', made, 7, 7, '{}');
  UPDATE stockbridge.document SET sent_at = '2026-03-02 12:30+00', posted_at = '2026-03-02 12:30:01+00' WHERE document = made;
END $$;
SELECT * FROM pg_temp.ledger WHERE account_code = '1400';
UPDATE stockbridge.document SET sent_at = '2026-03-02 13:30+00', posted_at = '2026-03-02 13:30:01+00';
SELECT warehouse_code, explained FROM pg_temp.ledger WHERE account_code = '1400';

-- What points to a cause.  Of A3, 2 too many here and 2 too few in the shop; A1
-- and A4 mistaken for one another.
UPDATE stockbridge.document SET sent_at = '2026-03-02 11:30+00', posted_at = '2026-03-02 11:31+00';
UPDATE stockbridge.b1_stock SET in_stock = 7 WHERE item_code = 'A3';
UPDATE stockbridge.ims_stock SET on_hand = 9 WHERE sku = 'A3';
UPDATE stockbridge.b1_stock SET in_stock = 5 WHERE item_code = 'A2' OR (item_code = 'A1' AND warehouse_code = '02');
INSERT INTO stockbridge.ims_stock (link, sku, location, on_hand, told_at, read_from, as_of)
SELECT 'main', sku, location, on_hand, '2026-03-02 12:00+00', '2026-03-02 12:00+00', '2026-03-02 12:01+00' FROM (VALUES
  ('A3', 'WH-B', 1), ('A1', 'WH-B', 0), ('A4', 'WH-B', 5)) v (sku, location, on_hand);
INSERT INTO stockbridge.b1_stock (link, item_code, warehouse_code, in_stock, read_from, as_of)
VALUES ('main', 'A3', '02', 3, '2026-03-02 12:00+00', '2026-03-02 12:01+00');
CREATE VIEW pg_temp.cause AS
  SELECT sku, location, drift, cause, regexp_replace(evidence, 'movement \d+', 'movement N') AS evidence FROM stockbridge.drift_cause ORDER BY 1, 2, 4;
SELECT * FROM pg_temp.cause;
-- Received 1 of A3: B1 may hold it twice, or it may have been a box of 3.
UPDATE stockbridge.ims_stock SET on_hand = 3 WHERE sku = 'A3' AND location = 'WH-B';
UPDATE stockbridge.ims_stock SET on_hand = 6 WHERE sku = 'A3' AND location = 'WH-A';
SELECT * FROM pg_temp.cause WHERE sku = 'A3';
UPDATE stockbridge.ims_stock SET on_hand = 9 WHERE sku = 'A3' AND location = 'WH-A';
UPDATE stockbridge.b1_item SET purchase_items_per_unit = 3 WHERE item_code = 'A3';
SELECT * FROM pg_temp.cause WHERE sku = 'A3';
DROP EXTENSION stockbridge CASCADE;
