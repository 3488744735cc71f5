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
