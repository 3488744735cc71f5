-- Joining a company and an inventory system, and mapping their warehouses.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;
SET timezone = 'Europe/London';
\set VERBOSITY default

CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://127.0.0.1:1/b1s/v2', company 'SBODEMOGB');
CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw
  OPTIONS (profile 'rest', url 'http://127.0.0.1:1/ims');

-- A link names one server of each wrapper.
SELECT stockbridge.create_link('main', company => 'nosuch', ims => 'wms');
SELECT stockbridge.create_link('main', company => 'wms', ims => 'b1');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms', time_zone => 'Mars/Olympus');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms', key_field => 'Comments');

-- Its owner is the role that background work runs as.
CREATE ROLE stockbridge_regress_clerk;
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms', owner => 'nobody');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms', owner => 'stockbridge_regress_clerk');

SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms');
SELECT link, company, ims, owner = current_user AS owner_is_me, key_field, time_zone, posting FROM stockbridge.link;
SELECT link, feed, last_success, late FROM stockbridge.feed_health ORDER BY feed;

-- The warehouse map is one to one, and a clash is named.
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code) VALUES ('main', 'WH-A', '01');
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code) VALUES ('main', 'WH-A', '02');
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code) VALUES ('main', 'WH-B', '01');
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code) VALUES ('main', 'WH-B', '02');
UPDATE stockbridge.warehouse_map SET warehouse_code = '01' WHERE location = 'WH-B';
UPDATE stockbridge.warehouse_map SET warehouse_code = '03' WHERE location = 'WH-B';
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code) VALUES ('nosuch', 'WH-A', '01');
-- The constraints hold without the trigger too.
BEGIN;
ALTER TABLE stockbridge.warehouse_map DISABLE TRIGGER check_warehouse_map;
SAVEPOINT s;
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code) VALUES ('main', 'WH-A', '09');
ROLLBACK TO s;
INSERT INTO stockbridge.warehouse_map (link, location, warehouse_code) VALUES ('main', 'WH-C', '01');
ROLLBACK;
SELECT * FROM stockbridge.warehouse_map ORDER BY location;

-- So is the item map.
INSERT INTO stockbridge.item_map (link, sku, item_code) VALUES ('main', 'TSHIRT-M', 'A00001');
INSERT INTO stockbridge.item_map (link, sku, item_code) VALUES ('main', 'TSHIRT-M', 'A00002');
INSERT INTO stockbridge.item_map (link, sku, item_code) VALUES ('main', 'TSHIRT-L', 'A00001');

-- The foreign tables of a link are found by server and resource.
SELECT stockbridge.link_relation('main', 'company', 'items');
SELECT stockbridge.link_relation('main', 'left', 'items');
SELECT stockbridge.link_relation('mian', 'company', 'items');
CALL stockbridge.pull('main', 'shipments');
CALL stockbridge.pull('mian');
CALL stockbridge.pull('main', 'movements');

-- Posting commits: it cannot be part of a transaction.
BEGIN;
CALL stockbridge.post('main');
ROLLBACK;
CALL stockbridge.post('mian');
-- Without a user mapping of the owner nothing is sent, and somebody is told.
CALL stockbridge.post('main');
SELECT type, subject, replace(message, current_user, 'ME') AS message, replace(next_step, current_user, 'ME') AS next_step
  FROM stockbridge.open_exceptions;

DROP EXTENSION stockbridge CASCADE;
DROP ROLE stockbridge_regress_clerk;
