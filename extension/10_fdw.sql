-- ---------------------------------------------------------------------------
-- The two foreign data wrappers, and every option they know.
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.sap_b1_fdw_handler() RETURNS fdw_handler
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'sap_b1_fdw_handler';
COMMENT ON FUNCTION stockbridge.sap_b1_fdw_handler() IS
  'Handler of foreign data wrapper sap_b1_fdw.';

CREATE FUNCTION stockbridge.sap_b1_fdw_validator(options text[], catalog oid) RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'sap_b1_fdw_validator';
COMMENT ON FUNCTION stockbridge.sap_b1_fdw_validator(text[], oid) IS
  'Checks the options of servers, user mappings, foreign tables and columns of sap_b1_fdw.';

CREATE FUNCTION stockbridge.ims_fdw_handler() RETURNS fdw_handler
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'ims_fdw_handler';
COMMENT ON FUNCTION stockbridge.ims_fdw_handler() IS
  'Handler of foreign data wrapper ims_fdw.';

CREATE FUNCTION stockbridge.ims_fdw_validator(options text[], catalog oid) RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'ims_fdw_validator';
COMMENT ON FUNCTION stockbridge.ims_fdw_validator(text[], oid) IS
  'Checks the options of servers, user mappings, foreign tables and columns of ims_fdw.';

CREATE FOREIGN DATA WRAPPER sap_b1_fdw
  HANDLER stockbridge.sap_b1_fdw_handler
  VALIDATOR stockbridge.sap_b1_fdw_validator;
COMMENT ON FOREIGN DATA WRAPPER sap_b1_fdw IS
  'SAP Business One companies through their Service Layer.';

CREATE FOREIGN DATA WRAPPER ims_fdw
  HANDLER stockbridge.ims_fdw_handler
  VALIDATOR stockbridge.ims_fdw_validator;
COMMENT ON FOREIGN DATA WRAPPER ims_fdw IS
  'Inventory systems with a REST or JSON-RPC interface, described by a profile.';

CREATE FUNCTION stockbridge.option_list(
  OUT wrapper text,
  OUT context text,
  OUT name text,
  OUT type text,
  OUT default_value text,
  OUT allowed text,
  OUT secret boolean,
  OUT description text
) RETURNS SETOF record
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'stockbridge_option_list';
COMMENT ON FUNCTION stockbridge.option_list() IS
  'Every option of both foreign data wrappers, as the validators know them.';

CREATE VIEW stockbridge.options AS
  SELECT wrapper, context, name, type, default_value, allowed, secret, description
  FROM stockbridge.option_list();
COMMENT ON VIEW stockbridge.options IS
  'Every option of both foreign data wrappers: where it is set, its type, default, allowed values and meaning.';
COMMENT ON COLUMN stockbridge.options.wrapper IS 'Foreign data wrapper that knows the option.';
COMMENT ON COLUMN stockbridge.options.context IS
  'Object that carries the option: server, user mapping, table, column; or import, for IMPORT FOREIGN SCHEMA.';
COMMENT ON COLUMN stockbridge.options.name IS 'Name of the option.';
COMMENT ON COLUMN stockbridge.options.type IS
  'Type of the value: text, name, path, url, file, key or file, integer, boolean, duration, size, enum or decoder. A duration is 10s or 5min, without unit it is seconds; a size is 64MB, without unit it is bytes.';
COMMENT ON COLUMN stockbridge.options.default_value IS 'Value that holds when the option is not given; null when there is none.';
COMMENT ON COLUMN stockbridge.options.allowed IS 'Allowed values or bounds; null when the type alone decides.';
COMMENT ON COLUMN stockbridge.options.secret IS 'Whether the value is a secret, which no message and no view of this extension shows.';
COMMENT ON COLUMN stockbridge.options.description IS 'What the option does.';
GRANT EXECUTE ON FUNCTION stockbridge.option_list() TO stockbridge_reader;

-- IMPORT FOREIGN SCHEMA may create tables and nothing else, so comments are a
-- second step.  All that they say is in the tables' options.
CREATE FUNCTION stockbridge.comment_foreign_tables(in_schema text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  command text;
  written bigint := 0;
BEGIN
  IF to_regnamespace(quote_ident(in_schema)) IS NULL THEN
    RAISE EXCEPTION 'schema "%" does not exist', in_schema USING ERRCODE = 'invalid_schema_name';
  END IF;
  FOR command IN
    WITH imported AS (
      SELECT c.oid, c.relname,
             t.options ->> 'entity' AS entity, t.options ->> 'collection' AS collection
        FROM pg_class c
        JOIN pg_foreign_table f ON f.ftrelid = c.oid
        JOIN pg_foreign_server s ON s.oid = f.ftserver
        JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw AND w.fdwname = 'sap_b1_fdw'
       CROSS JOIN LATERAL (SELECT jsonb_object_agg(o.option_name, o.option_value) AS options
                             FROM pg_options_to_table(f.ftoptions) o) t
       WHERE c.relnamespace = to_regnamespace(quote_ident(in_schema))
    ), described AS (
      SELECT i.relname, NULL::name AS attname, 0 AS attnum,
             CASE WHEN i.collection IS NULL THEN format('Entity set %s of SAP Business One', i.entity)
                  ELSE format('%s of entity set %s of SAP Business One, one row per member', i.collection, i.entity)
             END AS description
        FROM imported i
       WHERE obj_description(i.oid, 'pg_class') IS NULL
      UNION ALL
      SELECT i.relname, a.attname, a.attnum,
             concat(a.options ->> 'property',
                    CASE WHEN a.options ->> 'of' = 'entity' THEN ' of ' || i.entity END,
                    ', ' || (a.options ->> 'type'),
                    CASE WHEN a.options ->> 'key' = 'true' THEN ', key' END,
                    ': ' || (a.options ->> 'values'))
        FROM imported i
        JOIN LATERAL (SELECT c.attname, c.attnum, jsonb_object_agg(o.option_name, o.option_value) AS options
                        FROM pg_attribute c, pg_options_to_table(c.attfdwoptions) o
                       WHERE c.attrelid = i.oid AND c.attnum > 0 AND NOT c.attisdropped
                       GROUP BY c.attname, c.attnum) a ON a.options ? 'property'
       WHERE col_description(i.oid, a.attnum) IS NULL
    )
    SELECT CASE WHEN d.attname IS NULL THEN format('COMMENT ON FOREIGN TABLE %I.%I IS %L', in_schema, d.relname, d.description)
                ELSE format('COMMENT ON COLUMN %I.%I.%I IS %L', in_schema, d.relname, d.attname, d.description)
           END
      FROM described d ORDER BY d.relname, d.attnum
  LOOP
    EXECUTE command;
    written := written + 1;
  END LOOP;
  RETURN written;
END
$$;
COMMENT ON FUNCTION stockbridge.comment_foreign_tables(text) IS
  'Comments the foreign tables of sap_b1_fdw in a schema, and their columns, with what they are in SAP Business One: entity set, property, type, and the allowed values of enumerations. Keeps comments that are there already; returns the number of comments written.';
GRANT EXECUTE ON FUNCTION stockbridge.comment_foreign_tables(text) TO stockbridge_admin;
