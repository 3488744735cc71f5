-- Profiles: how an inventory system is described, what is checked when one is
-- added, and what a query would ask for.  Nothing here is sent anywhere.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;
RESET client_min_messages;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- What comes with the extension, and whether it is sound.
\pset format unaligned
\pset footer off
SELECT name, tables, auth FROM stockbridge.profiles WHERE shipped ORDER BY name COLLATE "C";
\pset format aligned
\pset footer on
SELECT bool_and(stockbridge.check_profile_options(name) IS NOT NULL) AS sound FROM stockbridge.profile WHERE shipped;

-- Every table of a shipped profile gives every canonical column in its canonical
-- type; which tables and columns have nothing in them is said in "lacks".
SELECT t.profile, c.table_name, c.name AS missing
  FROM stockbridge.profile p
  JOIN stockbridge.profile_table t ON t.profile = p.name
  JOIN stockbridge.canonical_column c ON c.table_name = t.name
  LEFT JOIN stockbridge.profile_column o
    ON (o.profile, o.table_name, o.name, o.type) = (t.profile, c.table_name, c.name, c.type)
 WHERE p.shipped AND o.name IS NULL;
SELECT DISTINCT profile, table_name FROM stockbridge.profile_column JOIN stockbridge.profile ON profile.name = profile
 WHERE shipped AND '@none' = ANY (SELECT substr(o, 6) FROM unnest(profile_column.options) o WHERE o LIKE 'path=%') AND coalesce(lacks, '') = '';

-- A profile of one's own.  Columns that everybody knows need no type.
SELECT stockbridge.add_profile('acme', $${
  "title": "Acme Warehouse 4",
  "lacks": "movements",
  "server": {"auth": "headers", "headers": ["X-Api-Key: {secret:key}", "X-Tenant: {database}"], "page_size": 3},
  "tables": {
    "locations": {"request": "GET /places", "rows": "/places/*",
                  "columns": {"location": "/code", "name": "/name", "id": {"type": "integer"}}},
    "stock": {"request": "GET /stock/{from:id}?n={limit}&p={page}{filters}", "rows": "/rows/*", "page": "page", "from": "locations",
              "columns": {"sku": {"path": "/item", "filter_eq": "item={value}", "filter_in": "item={value}"},
                          "location": "@from:location", "on_hand": "/qty", "as_of": "@sent_at"}},
    "products": {"request": "POST /search", "body": "{\"where\":[{filters}],\"skip\":{offset},\"take\":{limit},\"note\":\"for {user} of {database}\"}",
                 "rows": "/hits/*", "page": "offset",
                 "columns": {"sku": {"path": "/code", "filter_eq": "{\"code\":{value}}", "filter_in": "{\"code\":{\"in\":{values}}}"},
                             "name": "/name",
                             "changed": {"type": "timestamptz", "filter_ge": "{\"from\":{value}}", "filter_lt": "{\"to\":{value}}", "format": "sql"},
                             "weight": {"type": "numeric", "filter_ge": "{\"min\":{value}}"},
                             "active": {"path": "/on", "decode": "bool01", "filter_eq": "{\"on\":{value}}", "format": "bool01"}}},
    "prices": {"request": "GET /items/{col:sku}/price;{col:day}?list={col:list}", "rows": "",
               "columns": {"sku": {"type": "text"}, "list": {"type": "text"}, "day": {"type": "date"}, "price": {"type": "numeric"}}}
  }}$$);
SELECT name, title, lacks, tables, auth, shipped FROM stockbridge.profiles WHERE name = 'acme';
SELECT table_name, name, type, options FROM stockbridge.profile_column WHERE profile = 'acme' ORDER BY table_name, position;

CREATE SERVER acme FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'acme', url 'https://acme.example:8443/api/', database 'd&b "1"');
CREATE USER MAPPING FOR CURRENT_USER SERVER acme OPTIONS (user 'u"ser', key 'top-secret-key');
CREATE SCHEMA acme;
IMPORT FOREIGN SCHEMA stock FROM SERVER acme INTO acme;
\d acme.stock
SELECT unnest(ftoptions) FROM pg_foreign_table WHERE ftrelid = 'acme.stock'::regclass;

-- What would be asked for; secrets are never shown.
CREATE FUNCTION requests(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
    IF line ~ 'Remote Request:' THEN RETURN NEXT regexp_replace(line, '^.*Remote Request: ', ''); END IF;
  END LOOP;
END $$;
SELECT requests($$SELECT * FROM acme.products$$);
SELECT requests($$SELECT * FROM acme.products WHERE sku = 'A1' AND weight >= 0.10 AND active$$);
SELECT requests($$SELECT * FROM acme.products WHERE sku IN ('A1', 'B2') AND NOT active$$);

-- Whatever is asked for, the rows are checked again when they are here.
EXPLAIN (COSTS OFF) SELECT * FROM acme.products WHERE sku = 'A1';

-- A value stays one value, whatever it holds.
SELECT requests($$SELECT * FROM acme.products WHERE sku = E'"}],"skip":0,\\ {limit} {secret:key}\n\x01'$$);
SELECT requests($$SELECT * FROM acme.stock WHERE sku = 'a&b=c#d/../ {limit}%00'$$);
SELECT requests($$SELECT * FROM acme.prices WHERE sku = 'a/b?c#d {now}' AND list IN ('x&y') AND day = '2026-11-24'$$);
SELECT requests($$SELECT * FROM acme.prices WHERE sku = '..' AND list = 'x' AND day = '2026-11-24'$$);
SELECT requests($$SELECT * FROM acme.prices WHERE sku = '' AND list = 'x' AND day = '2026-11-24'$$);

-- A request that cannot do without a value says so.
SELECT requests($$SELECT * FROM acme.prices WHERE sku = 'A1'$$);

-- Bounds on a time go out in UTC; one that is cut to seconds never excludes
-- what was asked for: the lower is cut, the upper is rounded up.
SET timezone = 'Asia/Kolkata';
SELECT requests($$SELECT * FROM acme.products WHERE changed >= '2026-11-24 12:30:00.75+01' AND changed < '2026-11-24 12:30:00.75+01'$$);
SELECT requests($$SELECT * FROM acme.products WHERE changed > '-infinity' AND weight >= 'NaN'$$);
RESET timezone;

-- Not sent: what the remote was not said to understand, what may mean something
-- else there, and the opposite of a filter that may let through too much.
SELECT requests($$SELECT * FROM acme.products WHERE name = 'x'$$);
SELECT requests($$SELECT * FROM acme.products WHERE sku > 'A'$$);
SELECT requests($$SELECT * FROM acme.products WHERE sku <> 'A' AND NOT (weight >= 1)$$);
SELECT requests($$SELECT * FROM acme.products WHERE sku = 'A' OR name = 'x'$$);
SELECT requests($$SELECT * FROM acme.products WHERE changed = '2026-11-24 12:30+00'$$);

-- A table that is read for each row of another hands its conditions on.
SELECT requests($$SELECT * FROM acme.stock WHERE location = 'WH-A' AND on_hand > 0$$);

-- A parameter is known only when the plan runs.
PREPARE by_sku(text) AS SELECT name FROM acme.products WHERE sku = $1;
SET plan_cache_mode = force_generic_plan;
SELECT requests('EXECUTE by_sku(''A1'')');
RESET plan_cache_mode;

-- What a server says comes before its profile.
ALTER SERVER acme OPTIONS (ADD page_size '50');
SELECT requests($$SELECT * FROM acme.products$$);
ALTER FOREIGN TABLE acme.products OPTIONS (ADD page_size '7');
SELECT requests($$SELECT * FROM acme.products$$);
ALTER SERVER acme OPTIONS (SET profile 'acmee');
SELECT requests($$SELECT * FROM acme.products$$);
ALTER SERVER acme OPTIONS (SET profile 'acme');

-- Import: one schema, named tables only if they are there.
IMPORT FOREIGN SCHEMA stok FROM SERVER acme INTO acme;
IMPORT FOREIGN SCHEMA stock LIMIT TO (movements) FROM SERVER acme INTO acme;
CREATE SCHEMA acme_part;
IMPORT FOREIGN SCHEMA stock EXCEPT (prices, products, locations) FROM SERVER acme INTO acme_part;
\det acme_part.*
-- Without acme.locations beside it, the profile's own description is used.
SELECT requests($$SELECT * FROM acme_part.stock WHERE location = 'WH-A'$$);

-- Mistakes of a profile's author, found before anything is sent.
CREATE FUNCTION mistake(server jsonb, options jsonb, columns jsonb DEFAULT '{"sku": "/sku"}') RETURNS void LANGUAGE sql AS $$
  SELECT stockbridge.add_profile('mistake', jsonb_build_object('server', server, 'tables', jsonb_build_object('products',
    '{"request": "GET /p", "rows": "/*"}'::jsonb || options || jsonb_build_object('columns', columns))))
$$;
SELECT mistake('{"heders": "X: y"}', '{}');
SELECT mistake('{"auth": "magic"}', '{}');
SELECT mistake('{"headers": "X-Key {secret:key}"}', '{}');
SELECT mistake('{"headers": "X-Key: {secret:key"}', '{}');
SELECT mistake('{"headers": "X-Key: {secret:pasword}"}', '{}');
SELECT mistake('{"login_body": "{\"at\":{now:iso8601}}"}', '{}');
SELECT mistake('{"login_body": "{\"a\":{limit}}"}', '{}');
SELECT mistake('{"throttle_wait": "header Retry-After minutes"}', '{}');
SELECT mistake('{}', '{"request": "products"}');
SELECT mistake('{}', '{"request": "GET /p?n={limt}"}');
SELECT mistake('{}', '{"request": "GET /p?n={secret}"}');
SELECT mistake('{}', '{"request": "GET /p?n={limit:5}"}');
SELECT mistake('{}', '{"request": "GET /p?n={limit}"}');
SELECT mistake('{}', '{"request": "GET /p?n={limit}", "page": "offset"}');
SELECT mistake('{}', '{"request": "GET /p?after={cursor}", "page": "cursor"}');
SELECT mistake('{}', '{"request": "GET /p/{filters}"}');
SELECT mistake('{}', '{}', '{"sku": {"filter_eq": "sku={value}"}}');
SELECT mistake('{}', '{"request": "GET /p?sku={col:skuu}"}');
SELECT mistake('{}', '{"body": "{\"a\":\"{now}}"}');
SELECT mistake('{}', '{"page_end": "total"}');
SELECT mistake('{}', '{"rows": "data/*"}');
SELECT mistake('{}', '{"from": "places", "request": "GET /p/{from:id}"}');
SELECT mistake('{}', '{}', '{"sku": {"path": "/sku", "decode": "rot13"}}');
SELECT mistake('{}', '{}', '{"sku": {"path": "@now"}}');
SELECT mistake('{}', '{}', '{"sku": {"by": "/a /b", "map": "x = y"}}');
SELECT mistake('{}', '{}', '{"size": "/size"}');
SELECT mistake('{}', '{"body": "{\"q\":[{filters}]}"}', '{"sku": {"filter_in": "{\"sku\":{value}}"}}');
SELECT mistake('{"rate": "60"}', '{}');
SELECT mistake('{"throttle_left": "X-Left"}', '{}');
SELECT mistake('{"sign": "hmac-md5 query base64 key"}', '{}');
SELECT mistake('{"sign": "hmac-sha256 query base64 pasword"}', '{}');
SELECT mistake('{"time_zone": "Mars/Phobos"}', '{}');
SELECT mistake('{"base_url": "{login:/Server}", "auth": "login", "login_token": "cookie"}', '{}');
SELECT mistake('{"ok": "code=0"}', '{}');
SELECT mistake('{}', '{"union": "arrivals"}');
SELECT mistake('{}', '{"request": "GET /p?s={since}", "since": "when"}');
SELECT mistake('{}', '{"since": "sku", "since_mode": "newest_first"}');
SELECT mistake('{}', '{"since_mode": "window", "since": "sku"}');
SELECT mistake('{}', '{"since_overlap": "1h"}');
SELECT mistake('{}', '{"group_by": "sku, place"}');
SELECT mistake('{}', '{"require": "place"}');
SELECT mistake('{}', '{"page_next": "X-Next"}');
SELECT mistake('{}', '{"insert": "POST /p/{col:skuu}"}');
SELECT mistake('{}', '{"insert": "POST /p", "insert_body": "{\"sku\":{limit}}"}');
SELECT mistake('{}', '{"write_headers": "Key {col:sku}"}');
SELECT mistake('{}', '{}', '{"sku": {"path": "/id", "lookup": "items id"}}');
SELECT mistake('{}', '{}', '{"sku": {"path": "/id", "lookup": "items id sku"}}');
SELECT mistake('{}', '{}', '{"sku": {"by": "/a", "map": "\"x = y"}}');
SELECT mistake('{}', '{}', '{"sku": {"format": "morse"}}');
SELECT stockbridge.add_profile('mistake', '{"tabels": {}}');
SELECT stockbridge.add_profile('acme', '{"tables": {}}');
SELECT stockbridge.add_profile('tryton', '{"tables": {}}', replace => true);
SELECT count(*) AS left_behind FROM stockbridge.profile WHERE name = 'mistake';

-- Foreign tables that were written and tried by hand become a profile.
SELECT stockbridge.add_profile('acme_kept', 'acme', 'acme', title => 'Acme, as tried');
SELECT options FROM stockbridge.profile WHERE name = 'acme_kept';
SELECT t.name, t.options FROM stockbridge.profile_table t WHERE t.profile = 'acme_kept' AND t.name = 'stock';
SELECT stockbridge.add_profile('acme_kept', 'acme', 'public', replace => true);

-- Who may add profiles, and who only reads them.
SET ROLE stockbridge_reader;
SELECT name, tables FROM stockbridge.profiles WHERE name = 'acme_kept';
SELECT stockbridge.add_profile('readers', '{"tables": {}}');
SET ROLE stockbridge_admin;
SELECT stockbridge.add_profile('admins', '{"tables": {"products": {"request": "GET /p", "columns": {"sku": "/sku"}}}}');
RESET ROLE;

-- Whoever may read a foreign table needs no right on the profile behind it.
CREATE ROLE regress_profile_guest;
GRANT USAGE ON SCHEMA acme TO regress_profile_guest;
GRANT SELECT ON acme.products TO regress_profile_guest;
GRANT EXECUTE ON FUNCTION requests(text) TO regress_profile_guest;
SET ROLE regress_profile_guest;
SET search_path = pg_temp;
SELECT public.requests($$SELECT sku FROM acme.products$$);
RESET search_path;
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA acme, acme_part CASCADE;
DROP SERVER acme CASCADE;
DELETE FROM stockbridge.profile WHERE NOT shipped;
DROP FUNCTION requests(text), mistake(jsonb, jsonb, jsonb);
DROP ROLE regress_profile_guest;
