-- check_invariants() finds each kind of damage.  Triggers are switched off to do
-- what the extension itself refuses.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;
SET timezone = 'UTC';
CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://127.0.0.1:1/b1s/v2', company 'SBODEMOGB');
CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw
  OPTIONS (profile 'rest', url 'http://127.0.0.1:1/ims');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms');
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-A', '01');
INSERT INTO stockbridge.b1_item (link, item_code, valid, frozen, inventory_item, manage_batch_numbers, manage_serial_numbers, read_from)
SELECT 'main', 'A' || n, true, false, true, false, false, now() FROM generate_series(1, 3) n;
INSERT INTO stockbridge.b1_warehouse VALUES ('main', '01', 'Main', false, false, now());
INSERT INTO stockbridge.snapshot VALUES ('main', 'b1_item', now(), now(), now(), 3), ('main', 'b1_warehouse', now(), now(), now(), 1);
SELECT count(stockbridge.enqueue('main', 'receipt', 'A' || n, n, 'WH-A', document_ref => 'GRN ' || n, happened_at => '2026-03-02 09:00+00'))
  FROM generate_series(1, 3) n;
-- The first two are posted, the third waits.
DO $$
DECLARE
  tried bigint;
BEGIN
  FOR n IN 1 .. 2 LOOP
    tried := stockbridge.claim('main');
    PERFORM stockbridge.attempt_posted('main', a.document, 100 + n, n, '{}') FROM stockbridge.attempt a WHERE a.attempt = tried;
  END LOOP;
END $$;
SELECT movement - min(movement) OVER () AS movement, state FROM stockbridge.movement_state ORDER BY movement;
SELECT * FROM stockbridge.check_invariants();

CREATE FUNCTION pg_temp.broken() RETURNS TABLE (invariant integer, fault text) LANGUAGE sql AS $$
  SELECT invariant, regexp_replace(fault, '\d+ is (\w+)$', 'N is \1') FROM stockbridge.check_invariants() ORDER BY 1, 2 $$;
SET session_replication_role = replica;
-- 1. A movement without a state; a state that its history does not know; a gap in
-- the history; a movement that disagrees with its document.
BEGIN; DELETE FROM stockbridge.movement_state WHERE item_code = 'A3'; SELECT * FROM pg_temp.broken(); ROLLBACK;
BEGIN; UPDATE stockbridge.movement_state SET state = 'cancelled', waits = false WHERE item_code = 'A3'; SELECT * FROM pg_temp.broken(); ROLLBACK;
BEGIN; DELETE FROM stockbridge.transition WHERE state = 'posting'; SELECT * FROM pg_temp.broken(); ROLLBACK;
BEGIN; UPDATE stockbridge.document SET state = 'withdrawn', posted_at = NULL WHERE doc_entry = 101; SELECT * FROM pg_temp.broken(); ROLLBACK;
-- 2. A quantity that went missing on the way; a movement posted twice.
BEGIN; UPDATE stockbridge.document_line SET quantity = 0.5 WHERE item_code = 'A1'; SELECT * FROM pg_temp.broken(); ROLLBACK;
BEGIN; UPDATE stockbridge.document_line SET movement = (SELECT min(movement) FROM stockbridge.movement); SELECT * FROM pg_temp.broken(); ROLLBACK;
-- 3. Two keys, one B1 document; content changed behind the key's back.
BEGIN; UPDATE stockbridge.document SET doc_entry = 101; SELECT invariant, fault FROM pg_temp.broken(); ROLLBACK;
BEGIN; UPDATE stockbridge.document SET digest = '\x00' WHERE doc_entry = 101; UPDATE stockbridge.attempt SET digest = '\x00'; SELECT * FROM pg_temp.broken() WHERE invariant = 3; ROLLBACK;
-- 4. An attempt that is gone; a request that left before it.
BEGIN; DELETE FROM stockbridge.attempt; UPDATE stockbridge.document SET state = 'rejected', doc_entry = NULL, posted_at = NULL; SELECT * FROM pg_temp.broken() WHERE invariant = 4; ROLLBACK;
BEGIN; UPDATE stockbridge.attempt SET sent_at = claimed_at - interval '1 second'; SELECT DISTINCT * FROM pg_temp.broken(); ROLLBACK;
-- 5. Ready although the location is not mapped, or the item inactive; a line
-- without its warehouse.
BEGIN; DELETE FROM stockbridge.warehouse_map; SELECT * FROM pg_temp.broken(); ROLLBACK;
BEGIN; UPDATE stockbridge.b1_item SET frozen = true; SELECT * FROM pg_temp.broken(); ROLLBACK;
BEGIN;
UPDATE stockbridge.document SET body = replace(body::text, ',"WarehouseCode":"01"', '')::json WHERE doc_entry = 101;
SELECT * FROM pg_temp.broken() WHERE invariant = 5;
ROLLBACK;
RESET session_replication_role;
SELECT * FROM stockbridge.check_invariants();
-- An attempt is not deleted while the outcome of its document is open.
SELECT stockbridge.claim('main') IS NOT NULL AS claimed;
DELETE FROM stockbridge.attempt WHERE outcome IS NULL AND document = (SELECT max(document) FROM stockbridge.document);
DROP EXTENSION stockbridge CASCADE;
