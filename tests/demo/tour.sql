-- ---------------------------------------------------------------------------
-- 1. Two servers as foreign servers. Passwords live in user mappings only; here they come from the environment.
-- ---------------------------------------------------------------------------

\getenv b1_url DEMO_B1_URL
\getenv ims_url DEMO_IMS_URL
\getenv ca DEMO_CA
\getenv b1_password DEMO_B1_PASSWORD
\getenv ims_password DEMO_IMS_PASSWORD

CREATE EXTENSION stockbridge;

CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url :'b1_url', company 'SBODEMOGB', ca_file :'ca');
CREATE USER MAPPING FOR CURRENT_USER SERVER b1
  OPTIONS (user 'manager', password :'b1_password');

CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw
  OPTIONS (profile 'rest', url :'ims_url', ca_file :'ca');
CREATE USER MAPPING FOR CURRENT_USER SERVER wms
  OPTIONS (user 'ims', password :'ims_password');

-- ---------------------------------------------------------------------------
-- 2. Both sides as tables, read live.
-- ---------------------------------------------------------------------------

CREATE SCHEMA b1;
CREATE SCHEMA wms;
IMPORT FOREIGN SCHEMA stock FROM SERVER b1 INTO b1;
IMPORT FOREIGN SCHEMA stock FROM SERVER wms INTO wms;

SELECT item_code, item_name, inventory_uom, quantity_on_stock, avg_std_price, valid, frozen
  FROM b1.items ORDER BY item_code LIMIT 5;

SELECT item_code, warehouse_code, in_stock, committed, standard_average_price
  FROM b1.item_warehouses WHERE in_stock > 0 ORDER BY item_code, warehouse_code LIMIT 5;

SELECT sku, location, on_hand, reserved, as_of
  FROM wms.stock ORDER BY sku, location LIMIT 5;

-- ---------------------------------------------------------------------------
-- 3. A link joins a company and an inventory system; the map says which location is which warehouse.
-- ---------------------------------------------------------------------------

SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms');

INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code)
SELECT 'main', l.location, w.warehouse_code
  FROM wms.locations l
  JOIN b1.warehouses w ON l.location = 'WH-' || chr(64 + w.warehouse_code::integer)
 WHERE w.warehouse_code ~ '^[0-9]{2}$'
RETURNING location, warehouse_code;

-- One to one: a second location for a warehouse is refused, and the clash is named.
\set ON_ERROR_STOP off
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code) VALUES ('main', 'WH-Z', '01');
\set ON_ERROR_STOP on

-- ---------------------------------------------------------------------------
-- 4. Where do the two sides differ?
-- ---------------------------------------------------------------------------

CALL stockbridge.pull('main', 'stock');

SELECT item_code, warehouse_code, location, ims_quantity, b1_quantity, difference, in_flight, drift, status
  FROM stockbridge.stock_diff WHERE difference <> 0 ORDER BY item_code, warehouse_code;

-- ---------------------------------------------------------------------------
-- 5. The inventory system's movements explain it: they come into the queue.
-- ---------------------------------------------------------------------------

CALL stockbridge.pull('main', 'movements');

SELECT movement, state, kind, sku, quantity, location, document_type
  FROM stockbridge.posting_queue ORDER BY movement;

SELECT item_code, warehouse_code, difference, in_flight, drift, status
  FROM stockbridge.stock_diff WHERE difference <> 0 ORDER BY item_code, warehouse_code;

-- ---------------------------------------------------------------------------
-- 6. Post them into B1. Each attempt is committed before its request is sent; the key travels in the document.
-- ---------------------------------------------------------------------------

CALL stockbridge.post('main');

SELECT movement, state, entity, doc_entry, line_num, item_code, warehouse_code, quantity, key
  FROM stockbridge.movement_history WHERE state = 'posted' ORDER BY movement;

SELECT count(*) AS still_waiting FROM stockbridge.posting_queue;

-- ---------------------------------------------------------------------------
-- 7. Read both sides again: the difference is closed.
-- ---------------------------------------------------------------------------

CALL stockbridge.pull('main', 'stock');

SELECT item_code, warehouse_code, location, ims_quantity, b1_quantity, difference, in_flight, drift, status
  FROM stockbridge.stock_diff WHERE difference <> 0 ORDER BY item_code, warehouse_code;

SELECT * FROM stockbridge.check_invariants();
