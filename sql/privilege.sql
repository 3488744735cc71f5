-- Who may do what, and that everything says what it is.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;

-- Nothing is granted to PUBLIC.
SELECT c.oid::regclass AS public_may FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
 WHERE c.relnamespace = 'stockbridge'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.grantee = 0;
SELECT p.oid::regprocedure AS public_may FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
 WHERE p.pronamespace = 'stockbridge'::regnamespace AND a.grantee = 0;
SELECT n.nspname AS public_may FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
 WHERE n.nspname = 'stockbridge' AND a.grantee = 0;

-- Functions that run with their owner's rights look names up nowhere but where
-- they should.
SELECT p.oid::regprocedure AS unpinned FROM pg_proc p
 WHERE p.pronamespace = 'stockbridge'::regnamespace AND p.prosecdef
   AND NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=pg_catalog, pg_temp', 'search_path="pg_catalog, pg_temp"'];

-- Everything carries a comment: schema, relations, columns, routines, types.
SELECT 'schema' AS uncommented WHERE obj_description('stockbridge'::regnamespace, 'pg_namespace') IS NULL;
SELECT c.oid::regclass AS uncommented FROM pg_class c
 WHERE c.relnamespace = 'stockbridge'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
   AND obj_description(c.oid, 'pg_class') IS NULL
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i');
SELECT a.attrelid::regclass AS relation, a.attname AS uncommented FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'stockbridge'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
   AND col_description(a.attrelid, a.attnum) IS NULL;
SELECT p.oid::regprocedure AS uncommented FROM pg_proc p
 WHERE p.pronamespace = 'stockbridge'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL;
SELECT t.oid::regtype AS uncommented FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
 WHERE t.typnamespace = 'stockbridge'::regnamespace AND t.typcategory <> 'A' AND (t.typrelid = 0 OR c.relkind = 'c')
   AND obj_description(t.oid, 'pg_type') IS NULL;

-- Every key begins with the link, and no foreign key leaves it out.
SELECT c.conrelid::regclass AS relation, c.conname FROM pg_constraint c
 WHERE c.connamespace = 'stockbridge'::regnamespace AND c.contype IN ('p', 'u')
   AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attname = 'link')
   AND (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]) <> 'link';
SELECT c.conrelid::regclass AS relation, c.conname FROM pg_constraint c
 WHERE c.connamespace = 'stockbridge'::regnamespace AND c.contype = 'f'
   AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attname = 'link')
   AND (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1]) <> 'link';

-- The roles.
CREATE ROLE stockbridge_regress_nobody;
CREATE ROLE stockbridge_regress_reader IN ROLE stockbridge_reader;
CREATE ROLE stockbridge_regress_operator IN ROLE stockbridge_operator;
CREATE ROLE stockbridge_regress_admin IN ROLE stockbridge_admin, stockbridge_worker;
CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://127.0.0.1:1/b1s/v2', company 'SBODEMOGB');
CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw
  OPTIONS (profile 'rest', url 'http://127.0.0.1:1/ims');

SET ROLE stockbridge_regress_nobody;
SELECT * FROM stockbridge.stock_diff;

-- An admin makes links and maps, and owns what it makes.
SET ROLE stockbridge_regress_admin;
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms');
SELECT stockbridge.create_link('other', company => 'b1', ims => 'wms', owner => 'stockbridge_regress_operator');
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-A', '01');
SELECT link, owner FROM stockbridge.link;
CALL stockbridge.run_due();
SELECT feed, failures, last_error FROM stockbridge.feed_health ORDER BY feed;
INSERT INTO stockbridge.movement_state (link, movement, happened_at, state) VALUES ('main', 1, now(), 'ready');

-- An operator enters and decides, but does not touch the tables.
SET ROLE stockbridge_regress_operator;
SELECT stockbridge.enqueue('main', 'receipt', 'A1', 1, 'WH-A') AS movement \gset
SELECT stockbridge.cancel(:movement, 'a test');
SELECT from_state, state, actor FROM stockbridge.movement_history ORDER BY at;
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'WH-B', '02');
UPDATE stockbridge.link SET posting = 'manual';
DELETE FROM stockbridge.attempt;
SELECT stockbridge.attempt_posted('main', 1, 1, 1, '{}');
CALL stockbridge.pull('main');

-- A reader reads, and nothing else.
SET ROLE stockbridge_regress_reader;
SELECT count(*) FROM stockbridge.stock_diff;
SELECT count(*) FROM stockbridge.posting_queue;
SELECT count(*) FROM stockbridge.check_invariants();
SELECT stockbridge.enqueue('main', 'receipt', 'A1', 1, 'WH-A');
CALL stockbridge.post('main');

RESET ROLE;
DROP EXTENSION stockbridge CASCADE;
DROP ROLE stockbridge_regress_nobody, stockbridge_regress_reader, stockbridge_regress_operator, stockbridge_regress_admin;
