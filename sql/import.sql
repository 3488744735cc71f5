-- The curated tables of a company: imported before the company can be reached.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;
RESET client_min_messages;

CREATE SERVER import_b1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://127.0.0.1:1/b1s/v2', company 'SBODEMOGB');
CREATE SCHEMA import_b1;
IMPORT FOREIGN SCHEMA stock FROM SERVER import_b1 INTO import_b1;

-- What they are called, and of what they are made.
SELECT c.relname, t.ftoptions FROM pg_class c JOIN pg_foreign_table t ON t.ftrelid = c.oid
 WHERE c.relnamespace = 'import_b1'::regnamespace ORDER BY c.relname COLLATE "C";
\d import_b1.items
\d import_b1.item_warehouses
\d import_b1.orders
\d import_b1.order_lines

-- Every document is known by doc_entry, whatever B1 calls its key, and every
-- line by the key of its document.
SELECT c.relname, a.attname, a.attfdwoptions FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'import_b1'::regnamespace AND 'key=true' = ANY (a.attfdwoptions)
 ORDER BY c.relname COLLATE "C", a.attnum;

-- A line table without the parent's key, or a resource twice, would be useless.
SELECT c.relname AS keyless FROM pg_class c JOIN pg_foreign_table t ON t.ftrelid = c.oid
 WHERE c.relnamespace = 'import_b1'::regnamespace AND t.ftoptions::text ~ 'collection='
   AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attfdwoptions @> '{of=entity,key=true}');

-- Comments are a second step; one's own are kept.
COMMENT ON COLUMN import_b1.items.item_code IS 'ours';
SELECT stockbridge.comment_foreign_tables('import_b1') > 700 AS commented;
SELECT stockbridge.comment_foreign_tables('import_b1') AS commented_again;
SELECT obj_description('import_b1.order_lines'::regclass) AS order_lines,
       col_description('import_b1.order_lines'::regclass, 1) AS doc_entry,
       col_description('import_b1.items'::regclass, 1) AS item_code;
SELECT stockbridge.comment_foreign_tables('no such schema');

-- B1's own names, quoted; the tables are the same ones.
CREATE SCHEMA import_exact;
IMPORT FOREIGN SCHEMA stock FROM SERVER import_b1 INTO import_exact OPTIONS (names 'exact');
\d import_exact."Items_ItemWarehouseInfoCollection"
SELECT count(*) AS same FROM pg_foreign_table a JOIN pg_foreign_table b ON a.ftoptions = b.ftoptions
 WHERE a.ftrelid::regclass::text LIKE 'import_b1.%' AND b.ftrelid::regclass::text LIKE 'import_exact.%';

-- A few of them, by either name; all but a few.
CREATE SCHEMA import_few;
IMPORT FOREIGN SCHEMA stock LIMIT TO (items, "Orders_DocumentLines") FROM SERVER import_b1 INTO import_few;
SELECT relname FROM pg_class WHERE relnamespace = 'import_few'::regnamespace ORDER BY relname COLLATE "C";
IMPORT FOREIGN SCHEMA stock EXCEPT (items, order_lines) FROM SERVER import_b1 INTO import_few;
SELECT count(*), count(DISTINCT relname) FROM pg_class WHERE relnamespace = 'import_few'::regnamespace;

-- What does not exist is said, with the near miss.
IMPORT FOREIGN SCHEMA stock LIMIT TO (item) FROM SERVER import_b1 INTO import_few;
IMPORT FOREIGN SCHEMA stok FROM SERVER import_b1 INTO import_few;
IMPORT FOREIGN SCHEMA public FROM SERVER import_b1 INTO import_few;
IMPORT FOREIGN SCHEMA stock FROM SERVER import_b1 INTO import_few OPTIONS (name 'exact');
IMPORT FOREIGN SCHEMA stock FROM SERVER import_b1 INTO import_few OPTIONS (names 'camel');
IMPORT FOREIGN SCHEMA stock FROM SERVER import_b1 INTO import_few OPTIONS (entity 'Items');

-- What is read of the company's own declarations needs a login.
IMPORT FOREIGN SCHEMA service_layer FROM SERVER import_b1 INTO import_few;

-- Within a function the statement is planned once and run often.
CREATE FUNCTION import_again() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  DROP SCHEMA import_few CASCADE;
  CREATE SCHEMA import_few;
  IMPORT FOREIGN SCHEMA stock LIMIT TO ("Items") FROM SERVER import_b1 INTO import_few;
  RETURN (SELECT count(*) FROM pg_class WHERE relnamespace = 'import_few'::regnamespace);
END
$$;
SET client_min_messages = warning;
SELECT import_again(), import_again();

DROP FUNCTION import_again();
DROP SCHEMA import_b1, import_exact, import_few CASCADE;
DROP SERVER import_b1 CASCADE;
