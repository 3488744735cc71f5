-- ---------------------------------------------------------------------------
-- Actions of Business One's entities and operations of the company.
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.call_action(
  target regclass,
  key text,
  action text,
  parameters jsonb DEFAULT NULL
) RETURNS jsonb
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stockbridge_call_action';
COMMENT ON FUNCTION stockbridge.call_action(regclass, text, text, jsonb) IS
  'Calls an action of one row of a foreign table of sap_b1_fdw, as in Close, Cancel, Reopen or CreateCancellationDocument of a document, and returns what it answers, null if nothing. Needs UPDATE on the table; is not undone by a rollback.';

CREATE FUNCTION stockbridge.call_action(
  target regclass,
  key bigint,
  action text,
  parameters jsonb DEFAULT NULL
) RETURNS jsonb
LANGUAGE sql VOLATILE
BEGIN ATOMIC
  SELECT stockbridge.call_action(target, key::text, action, parameters);
END;
COMMENT ON FUNCTION stockbridge.call_action(regclass, bigint, text, jsonb) IS
  'Calls an action of the row with a number as key: call_action(''b1.orders'', 22, ''Close'').';

CREATE FUNCTION stockbridge.call_service(
  server name,
  operation text,
  parameters jsonb DEFAULT NULL,
  method text DEFAULT NULL
) RETURNS jsonb
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stockbridge_call_service';
COMMENT ON FUNCTION stockbridge.call_service(name, text, jsonb, text) IS
  'Calls an operation of a company that belongs to no entity, as in CompanyService_GetAdminInfo, and returns what it answers. Parameters are the body of a POST, or the arguments of a function that is called by GET; method overrides which of both it is. Needs USAGE on the server.';

GRANT EXECUTE ON FUNCTION
  stockbridge.call_action(regclass, text, text, jsonb), stockbridge.call_action(regclass, bigint, text, jsonb),
  stockbridge.call_service(name, text, jsonb, text)
  TO stockbridge_operator;
