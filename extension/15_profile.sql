-- ---------------------------------------------------------------------------
-- Profiles: how to talk to a kind of inventory system, as data.
--
-- A profile is server options, tables and columns, each in the form in which
-- PostgreSQL itself keeps options: an array of name=value.  Server options of a
-- profile hold wherever CREATE SERVER is silent, and are read each time; table
-- and column options are written out by IMPORT FOREIGN SCHEMA stock, where a
-- user can read and change them.
--
-- The wrapper reads these tables itself, whatever the user's privileges on them.
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.profile (
  name        text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  title       text NOT NULL DEFAULT '',
  lacks       text,
  options     text[] NOT NULL DEFAULT '{}',
  shipped     boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE stockbridge.profile IS
  'A kind of inventory system: how its interface is reached, logged in to and paged. Add one with stockbridge.add_profile().';
COMMENT ON COLUMN stockbridge.profile.name IS 'Value of the server option "profile".';
COMMENT ON COLUMN stockbridge.profile.title IS 'The product, its versions and its interface.';
COMMENT ON COLUMN stockbridge.profile.lacks IS 'What the product or the profile does not give, in plain words; null when it gives everything.';
COMMENT ON COLUMN stockbridge.profile.options IS 'Server options as name=value, used where CREATE SERVER does not say otherwise.';
COMMENT ON COLUMN stockbridge.profile.shipped IS 'Whether the profile came with the extension.';

CREATE TABLE stockbridge.profile_table (
  profile     text NOT NULL REFERENCES stockbridge.profile (name) ON UPDATE CASCADE ON DELETE CASCADE,
  name        text NOT NULL CHECK (name <> ''),
  position    integer NOT NULL,
  options     text[] NOT NULL,
  PRIMARY KEY (profile, name)
);
COMMENT ON TABLE stockbridge.profile_table IS
  'A table of a profile: the request that reads it. Imported as a foreign table of that name.';
COMMENT ON COLUMN stockbridge.profile_table.profile IS 'Profile that the table belongs to.';
COMMENT ON COLUMN stockbridge.profile_table.name IS 'Canonical name (products, locations, stock, movements, orders, order_lines, shipments) or one of the profile''s own.';
COMMENT ON COLUMN stockbridge.profile_table.position IS 'Order in which tables are imported.';
COMMENT ON COLUMN stockbridge.profile_table.options IS 'Foreign table options as name=value.';

CREATE TABLE stockbridge.profile_column (
  profile     text NOT NULL,
  table_name  text NOT NULL,
  name        text NOT NULL CHECK (name <> ''),
  position    integer NOT NULL,
  type        regtype NOT NULL,
  options     text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (profile, table_name, name),
  FOREIGN KEY (profile, table_name) REFERENCES stockbridge.profile_table (profile, name) ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE stockbridge.profile_column IS
  'A column of a profile''s table: where its value stands in a row of the answer.';
COMMENT ON COLUMN stockbridge.profile_column.profile IS 'Profile that the column belongs to.';
COMMENT ON COLUMN stockbridge.profile_column.table_name IS 'Table that the column belongs to.';
COMMENT ON COLUMN stockbridge.profile_column.name IS 'Name of the column.';
COMMENT ON COLUMN stockbridge.profile_column.position IS 'Order of the columns.';
COMMENT ON COLUMN stockbridge.profile_column.type IS 'Type of the column.';
COMMENT ON COLUMN stockbridge.profile_column.options IS 'Column options as name=value.';

-- The tables that the rest of the extension reads, and their columns' types.
CREATE VIEW stockbridge.canonical_column AS
  SELECT * FROM (VALUES
    ('products',    1, 'sku',           'text'::regtype,        'Code by which B1 and the inventory system both know the product.'),
    ('products',    2, 'name',          'text',                 'What it is called.'),
    ('products',    3, 'active',        'boolean',              'Whether it is in use.'),
    ('locations',   1, 'location',      'text',                 'Code of the place; mapped to a B1 warehouse.'),
    ('locations',   2, 'name',          'text',                 'What it is called.'),
    ('stock',       1, 'sku',           'text',                 'Product.'),
    ('stock',       2, 'location',      'text',                 'Place.'),
    ('stock',       3, 'on_hand',       'numeric',              'Quantity that is physically there, in the product''s unit.'),
    ('stock',       4, 'reserved',      'numeric',              'Part of it that is promised already.'),
    ('stock',       5, 'as_of',         'timestamptz',          'When the figures were true.'),
    ('movements',   1, 'movement_ref',  'text',                 'Key of the movement; never used twice.'),
    ('movements',   2, 'kind',          'text',                 'receipt, dispatch, adjustment, transfer, count or return.'),
    ('movements',   3, 'sku',           'text',                 'Product.'),
    ('movements',   4, 'quantity',      'numeric',              'Quantity in the product''s unit; signed for an adjustment.'),
    ('movements',   5, 'from_location', 'text',                 'Place it left: of a dispatch or transfer.'),
    ('movements',   6, 'to_location',   'text',                 'Place it reached: of a receipt, return, transfer; the place of an adjustment.'),
    ('movements',   7, 'happened_at',   'timestamptz',          'When it happened.'),
    ('movements',   8, 'document_ref',  'text',                 'Document it belongs to in the inventory system.'),
    ('orders',      1, 'order_ref',     'text',                 'Key of the order.'),
    ('orders',      2, 'status',        'text',                 'State in the inventory system''s own words.'),
    ('orders',      3, 'ordered_at',    'timestamptz',          'When it was ordered.'),
    ('orders',      4, 'customer_ref',  'text',                 'Customer.'),
    ('orders',      5, 'location',      'text',                 'Place it ships from.'),
    ('order_lines', 1, 'order_ref',     'text',                 'Order.'),
    ('order_lines', 2, 'line',          'text',                 'Key of the line within the order.'),
    ('order_lines', 3, 'sku',           'text',                 'Product.'),
    ('order_lines', 4, 'quantity',      'numeric',              'Quantity ordered.'),
    ('order_lines', 5, 'shipped',       'numeric',              'Quantity shipped so far.'),
    ('shipments',   1, 'shipment_ref',  'text',                 'Key of the shipment.'),
    ('shipments',   2, 'order_ref',     'text',                 'Order it fulfils.'),
    ('shipments',   3, 'status',        'text',                 'State in the inventory system''s own words.'),
    ('shipments',   4, 'shipped_at',    'timestamptz',          'When it left.'),
    ('shipments',   5, 'location',      'text',                 'Place it left.')
  ) AS canonical (table_name, position, name, type, description);
COMMENT ON VIEW stockbridge.canonical_column IS
  'The tables and columns that every profile gives as far as the product has them, and that the rest of the extension reads.';
COMMENT ON COLUMN stockbridge.canonical_column.table_name IS 'Canonical table.';
COMMENT ON COLUMN stockbridge.canonical_column.position IS 'Order of the column in the table.';
COMMENT ON COLUMN stockbridge.canonical_column.name IS 'Name of the column.';
COMMENT ON COLUMN stockbridge.canonical_column.type IS 'Type of the column.';
COMMENT ON COLUMN stockbridge.canonical_column.description IS 'Meaning of the column.';

CREATE VIEW stockbridge.profiles AS
  SELECT p.name, p.title, p.lacks,
         (SELECT pg_catalog.array_agg(t.name ORDER BY t.position)
            FROM stockbridge.profile_table t WHERE t.profile = p.name) AS tables,
         coalesce((SELECT pg_catalog.split_part(o, '=', 2) FROM pg_catalog.unnest(p.options) o WHERE o LIKE 'auth=%'),
                  'none') AS auth,
         p.shipped
    FROM stockbridge.profile p;
COMMENT ON VIEW stockbridge.profiles IS
  'Kinds of inventory system that a server of ims_fdw can be declared as, by its option "profile".';
COMMENT ON COLUMN stockbridge.profiles.name IS 'Value of the server option "profile".';
COMMENT ON COLUMN stockbridge.profiles.title IS 'The product, its versions and its interface.';
COMMENT ON COLUMN stockbridge.profiles.lacks IS 'What the product or the profile does not give; null when it gives everything.';
COMMENT ON COLUMN stockbridge.profiles.tables IS 'Tables that IMPORT FOREIGN SCHEMA stock creates.';
COMMENT ON COLUMN stockbridge.profiles.auth IS 'How requests are authenticated: none, basic, headers, login, oauth2_client or oauth2_refresh.';
COMMENT ON COLUMN stockbridge.profiles.shipped IS 'Whether the profile came with the extension.';

-- A JSON object of options as name=value; an array is text of several lines.
CREATE FUNCTION stockbridge.profile_options(definition jsonb, owner text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  options text[] := '{}';
  option record;
BEGIN
  IF jsonb_typeof(definition) <> 'object' THEN
    RAISE EXCEPTION '% must be a JSON object', owner USING ERRCODE = 'invalid_parameter_value';
  END IF;
  FOR option IN SELECT key, value, jsonb_typeof(value) AS kind FROM jsonb_each(definition) ORDER BY key LOOP
    IF option.kind = 'array' THEN
      options := options || (option.key || '=' ||
                             (SELECT string_agg(line, E'\n' ORDER BY n)
                                FROM jsonb_array_elements_text(option.value) WITH ORDINALITY AS l (line, n)));
    ELSIF option.kind IN ('string', 'number', 'boolean') THEN
      options := options || (option.key || '=' || (option.value #>> '{}'));
    ELSE
      RAISE EXCEPTION 'option "%" of % must be text, not %', option.key, owner, option.kind
        USING ERRCODE = 'invalid_parameter_value',
              HINT = 'A body template is text as well: it need not be valid JSON before its placeholders are filled in. An array of texts stands for several lines.';
    END IF;
  END LOOP;
  RETURN options;
END
$$;
COMMENT ON FUNCTION stockbridge.profile_options(jsonb, text) IS
  'Options of a profile''s definition as PostgreSQL keeps them. Raises 22023 for a value that is no text.';

CREATE FUNCTION stockbridge.check_profile(profile text) RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockbridge_check_profile';
COMMENT ON FUNCTION stockbridge.check_profile(text) IS
  'Compiles all templates and pointers of a profile, without any request. Raises an error that names what is wrong.';

-- What a name and an option of a profile may be is known to the validator of
-- the wrapper.  "url" is the one option that a server must have and a profile
-- cannot know.
CREATE FUNCTION stockbridge.check_profile_options(profile text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM stockbridge.ims_fdw_validator(p.options || 'url=http://localhost'::text, 'pg_foreign_server'::regclass)
     FROM stockbridge.profile p WHERE p.name = profile;
  PERFORM stockbridge.ims_fdw_validator(t.options, 'pg_foreign_table'::regclass)
     FROM stockbridge.profile_table t WHERE t.profile = check_profile_options.profile;
  PERFORM stockbridge.ims_fdw_validator(c.options, 'pg_attribute'::regclass)
     FROM stockbridge.profile_column c WHERE c.profile = check_profile_options.profile;
  PERFORM stockbridge.check_profile(profile);
END
$$;
COMMENT ON FUNCTION stockbridge.check_profile_options(text) IS
  'Checks everything about a profile that can be checked without a server to talk to.';

-- Make room for a profile; one that users rely on is not replaced by accident.
CREATE FUNCTION stockbridge.begin_profile(name text, replace boolean) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known stockbridge.profile;
BEGIN
  SELECT * INTO known FROM stockbridge.profile p WHERE p.name = begin_profile.name;
  IF known.shipped THEN
    RAISE EXCEPTION 'profile "%" came with the extension and is not replaced', name
      USING ERRCODE = 'duplicate_object', HINT = 'Choose another name.';
  ELSIF known.name IS NOT NULL AND NOT replace THEN
    RAISE EXCEPTION 'profile "%" exists already', name
      USING ERRCODE = 'duplicate_object', HINT = 'Choose another name, or pass replace => true.';
  END IF;
  DELETE FROM stockbridge.profile p WHERE p.name = begin_profile.name;
END
$$;
COMMENT ON FUNCTION stockbridge.begin_profile(text, boolean) IS
  'Removes a user''s profile that is to be replaced. Raises 42710 if it may not be.';

-- Columns of one table of a definition: {"sku": "/code", "x": {"type": "date", "path": …}}.
CREATE FUNCTION stockbridge.add_profile_columns(profile text, table_name text, columns jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  owner text := format('"columns" of table "%s"', table_name);
  untyped text;
BEGIN
  IF jsonb_typeof(columns) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION '% must be a JSON object', owner USING ERRCODE = 'invalid_parameter_value',
      HINT = 'It names the columns: {"sku": "/code", "on_hand": "/quantity"}.';
  END IF;
  WITH given AS (
    SELECT key AS name, n,
           CASE jsonb_typeof(value) WHEN 'string' THEN jsonb_build_object('path', value) ELSE value END AS options
      FROM jsonb_each(columns) WITH ORDINALITY AS c (key, value, n)
  ), typed AS (
    SELECT g.name, coalesce(k.position, 100 + g.n)::integer AS position,
           coalesce((g.options ->> 'type')::regtype, k.type) AS type, g.options - 'type' AS options
      FROM given g
      LEFT JOIN stockbridge.canonical_column k
        ON k.table_name = add_profile_columns.table_name AND k.name = g.name
  ), stored AS (
    INSERT INTO stockbridge.profile_column (profile, table_name, name, position, type, options)
    SELECT add_profile_columns.profile, add_profile_columns.table_name, t.name, t.position, t.type,
           stockbridge.profile_options(t.options, format('column "%s" of table "%s"', t.name, add_profile_columns.table_name))
      FROM typed t WHERE t.type IS NOT NULL
  )
  SELECT min(t.name) INTO untyped FROM typed t WHERE t.type IS NULL;
  IF untyped IS NOT NULL THEN
    RAISE EXCEPTION 'column "%" of table "%" needs a type', untyped, table_name
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Only columns of stockbridge.canonical_column have one of their own: {"type": "text", "path": "/…"}.';
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.add_profile_columns(text, text, jsonb) IS
  'Stores the columns of one table of a profile''s definition.';

CREATE FUNCTION stockbridge.add_profile(name text, definition jsonb, replace boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  member text;
  described record;
BEGIN
  SELECT k INTO member FROM jsonb_object_keys(definition) k
   WHERE k NOT IN ('title', 'lacks', 'server', 'tables', 'acts') LIMIT 1;
  IF member IS NOT NULL OR jsonb_typeof(definition -> 'tables') IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION '%', coalesce(format('definition of profile "%s" has an unknown member "%s"', name, member),
                                  format('definition of profile "%s" has no tables', name))
      USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Members: "title", "lacks", "server" (server options), "tables" (by name: table options, and "columns"), "acts" (by name: "title" and "steps").';
  END IF;
  PERFORM stockbridge.begin_profile(name, replace);
  INSERT INTO stockbridge.profile (name, title, lacks, options)
  VALUES (name, coalesce(definition ->> 'title', ''), definition ->> 'lacks',
          stockbridge.profile_options(coalesce(definition -> 'server', '{}'), '"server"'));
  FOR described IN
    SELECT key, value, n,
           coalesce(array_position(ARRAY['products', 'locations', 'stock', 'movements', 'orders', 'order_lines', 'shipments'], key),
                    100 + n)::integer AS position
      FROM jsonb_each(definition -> 'tables') WITH ORDINALITY AS t (key, value, n)
  LOOP
    INSERT INTO stockbridge.profile_table (profile, name, position, options)
    VALUES (name, described.key, described.position,
            stockbridge.profile_options(described.value - 'columns', format('table "%s"', described.key)));
    PERFORM stockbridge.add_profile_columns(name, described.key, described.value -> 'columns');
  END LOOP;
  PERFORM stockbridge.add_profile_acts(name, coalesce(definition -> 'acts', '{}'));
  PERFORM stockbridge.check_profile_options(name);
END
$$;
COMMENT ON FUNCTION stockbridge.add_profile(text, jsonb, boolean) IS
  'Adds a profile from a JSON definition: "title", "lacks", "server" options, and "tables", each with its options and "columns". Everything that can be checked without the remote is checked.';

-- The other way round: foreign tables that were written and tried by hand.
CREATE FUNCTION stockbridge.add_profile(name text, server name, schema name, title text DEFAULT '', replace boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  source pg_foreign_server;
  tables integer;
BEGIN
  SELECT s.* INTO source FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
   WHERE s.srvname = add_profile.server AND w.fdwname = 'ims_fdw';
  IF source.oid IS NULL THEN
    RAISE EXCEPTION 'there is no server "%" of ims_fdw', server USING ERRCODE = 'undefined_object';
  END IF;
  PERFORM stockbridge.begin_profile(name, replace);
  -- Where a server stands and how it is reached is not a matter of the product.
  INSERT INTO stockbridge.profile (name, title, options)
  SELECT add_profile.name, add_profile.title,
         coalesce(array_agg(o) FILTER (WHERE split_part(o, '=', 1) NOT IN
           ('url', 'profile', 'database', 'ca_file', 'pinned_key', 'insecure_skip_tls_verify', 'proxy',
            'connect_timeout', 'request_timeout', 'idle_timeout', 'max_response_size', 'compression')), '{}')
    FROM unnest(source.srvoptions) o;
  WITH described AS (
    SELECT f.ftrelid, f.ftoptions, c.relname,
           coalesce((SELECT option_value FROM pg_options_to_table(f.ftoptions) WHERE option_name = 'resource'), c.relname) AS resource
      FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE f.ftserver = source.oid AND n.nspname = add_profile.schema
  ), stored_table AS (
    INSERT INTO stockbridge.profile_table (profile, name, position, options)
    SELECT add_profile.name, d.resource, row_number() OVER (ORDER BY d.ftrelid),
           (SELECT coalesce(array_agg(o), '{}') FROM unnest(d.ftoptions) o WHERE o NOT LIKE 'resource=%')
      FROM described d
    RETURNING 1
  ), stored_column AS (
    INSERT INTO stockbridge.profile_column (profile, table_name, name, position, type, options)
    SELECT add_profile.name, d.resource, a.attname, a.attnum, a.atttypid, coalesce(a.attfdwoptions, '{}')
      FROM described d JOIN pg_attribute a ON a.attrelid = d.ftrelid
     WHERE a.attnum > 0 AND NOT a.attisdropped
  )
  SELECT count(*) INTO tables FROM stored_table;
  IF tables = 0 THEN
    RAISE EXCEPTION 'schema "%" has no foreign tables of server "%"', schema, server
      USING ERRCODE = 'undefined_table';
  END IF;
  PERFORM stockbridge.check_profile_options(name);
END
$$;
COMMENT ON FUNCTION stockbridge.add_profile(text, name, name, text, boolean) IS
  'Adds a profile from a server and the foreign tables in a schema, as they stand: write them by hand, try them, keep them.';
