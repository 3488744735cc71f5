-- ---------------------------------------------------------------------------
-- Trying a profile on the real thing: a few requests that only read, and what
-- they say in plain words.
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.probe_server(server name, OUT reached text, OUT status integer, OUT failure text,
  OUT clock_offset double precision, OUT milliseconds double precision)
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'stockbridge_probe_server';
COMMENT ON FUNCTION stockbridge.probe_server(name) IS
  'Sends one GET to a server''s url, without login: how far it came, and how far the server''s clock is from ours in seconds.';

CREATE FUNCTION stockbridge.probe_login(server name) RETURNS text
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'stockbridge_probe_login';
COMMENT ON FUNCTION stockbridge.probe_login(name) IS
  'Logs in to a server, if it has a login, and returns how requests are authenticated. Raises the error that a query would.';

-- EXPLAIN ANALYZE of a query: its rows, and what it cost.  An error is a result.
CREATE FUNCTION stockbridge.probe_query(query text, OUT plan jsonb, OUT fault text, OUT hint text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  detail text;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) ' || query INTO plan;
  plan := jsonb_path_query_first(plan, 'strict $.** ? (exists (@."Requests"))');
  plan := coalesce(plan, '{}');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS fault = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  fault := concat_ws('. ', fault, nullif(detail, ''));
  hint := nullif(hint, '');
END
$$;
COMMENT ON FUNCTION stockbridge.probe_query(text) IS
  'Runs a query on a foreign table and tells its plan with the requests it sent, or the error it raised.';

-- Rows of a relation as JSON, at most so many; an error is a result.
CREATE FUNCTION stockbridge.probe_rows(relation regclass, most integer, OUT told jsonb[], OUT fault text, OUT hint text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  detail text;
BEGIN
  EXECUTE format('SELECT coalesce(array_agg(to_jsonb(r)), ''{}'') FROM (SELECT * FROM %s LIMIT %s) r', relation, most) INTO told;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS fault = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  fault := concat_ws('. ', fault, nullif(detail, ''));
  hint := nullif(hint, '');
END
$$;
COMMENT ON FUNCTION stockbridge.probe_rows(regclass, integer) IS
  'The first rows of a foreign table as JSON, or the error that reading them raised.';

CREATE TYPE stockbridge.probe_result AS ("check" text, outcome text, advice text);
COMMENT ON TYPE stockbridge.probe_result IS 'One finding of stockbridge.test_profile().';

CREATE FUNCTION stockbridge.test_connection(server name) RETURNS SETOF stockbridge.probe_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  probe record;
  url text := (SELECT option_value FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) WHERE s.srvname = server AND option_name = 'url');
  fault text;
  detail text;
  advice text;
  auth text;
BEGIN
  BEGIN
    SELECT * INTO probe FROM stockbridge.probe_server(server);
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS fault = MESSAGE_TEXT, advice = PG_EXCEPTION_HINT;
    RETURN NEXT ('reachable', 'failed: ' || fault, nullif(advice, ''))::stockbridge.probe_result;
    RETURN;
  END;
  RETURN NEXT ('reachable',
    CASE probe.reached WHEN 'answered' THEN format('ok: %s answers in %s ms', url, round(probe.milliseconds))
                       ELSE format('failed: %s', probe.failure) END,
    CASE probe.reached WHEN 'resolve' THEN 'The name of the host in the server''s url is not known here: check its spelling, and the name server of the database host.'
                       WHEN 'connect' THEN 'Nobody listens there, or a firewall is in between: check host and port of the server''s url from the database host.'
                       WHEN 'timeout' THEN 'No answer within the time allowed: a firewall that drops packets, or request_timeout is too short.'
                       WHEN 'tls' THEN NULL WHEN 'answered' THEN NULL ELSE 'What answers there does not speak HTTP, or a proxy is in between.' END)::stockbridge.probe_result;
  IF probe.reached = 'tls' OR (probe.reached = 'answered' AND url ILIKE 'https:%') THEN
    RETURN NEXT ('tls', CASE probe.reached WHEN 'tls' THEN 'failed: ' || probe.failure ELSE 'ok: the certificate is valid' END,
      CASE probe.reached WHEN 'tls' THEN 'Name the authority that signed the server''s certificate in the server''s option ca_file, or its key in pinned_key.' END)::stockbridge.probe_result;
  ELSIF probe.reached = 'answered' THEN
    RETURN NEXT ('tls', 'warning: the connection is not encrypted', 'Passwords and figures can be read on the way. Use https unless the server is on this host.')::stockbridge.probe_result;
  END IF;
  IF probe.reached <> 'answered' THEN
    RETURN;
  END IF;
  RETURN NEXT ('clock',
    CASE WHEN probe.clock_offset IS NULL THEN 'skipped: answers have no date'
         WHEN abs(probe.clock_offset) <= 5 THEN 'ok: within 5 seconds of ours'
         ELSE format('warning: %s seconds %s ours', round(abs(probe.clock_offset)), CASE WHEN probe.clock_offset > 0 THEN 'ahead of' ELSE 'behind' END) END,
    CASE WHEN abs(probe.clock_offset) > 5 THEN 'Set both clocks by a time server, or give the tables with a watermark a since_overlap longer than that.' END)::stockbridge.probe_result;
  BEGIN
    auth := stockbridge.probe_login(server);
    RETURN NEXT ('login', CASE auth WHEN 'none' THEN 'skipped: the profile sends no login' WHEN 'login' THEN 'ok' WHEN 'oauth2_client' THEN 'ok' WHEN 'oauth2_refresh' THEN 'ok'
                               ELSE format('skipped: sent with each request (%s); the tables below show whether it is accepted', auth) END, NULL)::stockbridge.probe_result;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS fault = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, advice = PG_EXCEPTION_HINT;
    RETURN NEXT ('login', 'failed: ' || concat_ws('. ', fault, nullif(detail, '')), nullif(advice, ''))::stockbridge.probe_result;
  END;
END
$$;
COMMENT ON FUNCTION stockbridge.test_connection(name) IS
  'The part of test_profile() that needs no tables: address, TLS, clock, login.';

-- What one table says: rows, columns that are never filled, pages, watermark.
CREATE FUNCTION stockbridge.test_table(relation regclass, resource text) RETURNS SETOF stockbridge.probe_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  sample record;
  rows_told integer;
  empty text;
  missing text;
  page_size integer := (SELECT option_value::integer FROM pg_foreign_table f, pg_options_to_table(f.ftoptions)
                         WHERE f.ftrelid = relation AND option_name = 'page_size');
  probe record;
  middle timestamptz;
  seen bigint;
BEGIN
  SELECT string_agg(c.name, ', ' ORDER BY c.position) INTO missing
    FROM stockbridge.canonical_column c
   WHERE c.table_name = resource
     AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = c.name AND NOT a.attisdropped);
  IF missing IS NOT NULL THEN
    RETURN NEXT (resource || ': columns', 'failed: missing ' || missing, 'The rest of the extension reads them: add them to the foreign table or the profile, with path ''@none'' if the product has no such thing.')::stockbridge.probe_result;
  END IF;
  SELECT * INTO sample FROM stockbridge.probe_rows(relation, 25);
  IF sample.fault IS NOT NULL THEN
    RETURN NEXT (resource || ': read', CASE WHEN sample.fault ~ 'can only be read (for given values|from a given time)' THEN 'skipped: ' ELSE 'failed: ' END || sample.fault, sample.hint)::stockbridge.probe_result;
    RETURN;
  END IF;
  rows_told := cardinality(sample.told);
  RETURN NEXT (resource || ': read', CASE WHEN rows_told = 0 THEN 'warning: no rows' ELSE format('ok: %s rows seen, the first %s', rows_told, sample.told[1]) END,
    CASE WHEN rows_told = 0 THEN 'If there should be some: check what the user may see there, and the options rows and request.' END)::stockbridge.probe_result;
  IF rows_told = 0 THEN
    RETURN;
  END IF;
  SELECT string_agg(k, ', ') INTO empty
    FROM stockbridge.canonical_column c
    JOIN jsonb_object_keys(sample.told[1]) k ON c.table_name = resource AND c.name = k
   WHERE NOT EXISTS (SELECT FROM unnest(sample.told) r WHERE r ->> k IS NOT NULL)
     AND NOT EXISTS (SELECT FROM pg_attribute a, pg_options_to_table(a.attfdwoptions) o
                      WHERE a.attrelid = relation AND a.attname = k AND o.option_name = 'path' AND o.option_value = '@none');
  RETURN NEXT (resource || ': columns', CASE WHEN empty IS NULL THEN 'ok: all are filled' ELSE 'warning: never filled: ' || empty END,
    CASE WHEN empty IS NOT NULL THEN 'Compare the option path of these columns with an answer of the server; if the product has no such thing, say @none.' END)::stockbridge.probe_result;

  -- Pages of a few rows must lead to the same rows as large ones, so more than one is read.
  SELECT * INTO probe FROM stockbridge.probe_query(format('SELECT * FROM %s LIMIT %s', relation, 3 * coalesce(page_size, 100)));
  RETURN NEXT (resource || ': pages',
    CASE WHEN probe.fault IS NOT NULL THEN 'failed: ' || probe.fault
         WHEN (probe.plan ->> 'Pages')::integer > 1 THEN format('ok: %s rows in %s pages', probe.plan ->> 'Actual Rows', probe.plan ->> 'Pages')
         ELSE format('skipped: %s rows fit into one page', probe.plan ->> 'Actual Rows') END, probe.hint)::stockbridge.probe_result;
  IF (probe.plan ->> 'Retries')::integer > 0 THEN
    RETURN NEXT (resource || ': throttle', format('warning: %s requests were refused or failed, and sent again', probe.plan ->> 'Retries'),
      'Set the server''s option rate to what the product allows, so that it need not refuse.')::stockbridge.probe_result;
  END IF;

  IF resource = 'movements' THEN
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY (r ->> 'happened_at')::timestamptz) INTO middle FROM unnest(sample.told) r;
    SELECT count(*) INTO seen FROM unnest(sample.told) r WHERE (r ->> 'happened_at')::timestamptz >= middle;
    SELECT * INTO probe FROM stockbridge.probe_query(format('SELECT movement_ref FROM %s WHERE happened_at >= %L', relation, middle));
    RETURN NEXT ('movements: watermark',
      CASE WHEN middle IS NULL THEN 'failed: no movement has a time'
           WHEN probe.fault IS NOT NULL THEN 'failed: ' || probe.fault
           WHEN (probe.plan ->> 'Actual Rows')::numeric < seen THEN format('failed: %s movements since %s were seen before, %s come when asked for', seen, middle, probe.plan ->> 'Actual Rows')
           WHEN (probe.plan ->> 'Rows Removed by Filter')::numeric > 0 THEN format('warning: the server sends older rows as well (%s), which are dropped here', probe.plan ->> 'Rows Removed by Filter')
           ELSE 'ok: only what is asked for comes' END,
      CASE WHEN probe.fault IS NULL AND (probe.plan ->> 'Actual Rows')::numeric < seen THEN 'The filter loses rows: it may compare another time, or in another time zone. Give the table a since_overlap, or the server a time_zone.'
           WHEN probe.fault IS NULL AND (probe.plan ->> 'Rows Removed by Filter')::numeric > 0 THEN 'Right, but each pull reads more than it needs: declare filter_ge for happened_at, or since_mode newest_first, if the product can do either.'
           ELSE probe.hint END)::stockbridge.probe_result;
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.test_table(regclass, text) IS
  'The part of test_profile() about one table.';

CREATE FUNCTION stockbridge.test_profile(server name) RETURNS SETOF stockbridge.probe_result
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  profile text := stockbridge.server_profile(server);
  finding stockbridge.probe_result;
  subject record;
  failed boolean := false;
  any_table boolean := false;
  lacks text;
BEGIN
  IF profile IS NULL THEN
    RAISE EXCEPTION 'there is no server "%" of ims_fdw', server USING ERRCODE = 'undefined_object';
  END IF;
  FOR finding IN SELECT * FROM stockbridge.test_connection(server) LOOP
    failed := failed OR finding.outcome LIKE 'failed%';
    RETURN NEXT finding;
  END LOOP;
  IF failed THEN
    RETURN;
  END IF;
  -- The tables as they are declared: what somebody changed in them is what counts.
  FOR subject IN
    SELECT f.ftrelid::regclass AS relation, o.option_value AS resource
      FROM pg_foreign_table f
      JOIN pg_foreign_server s ON s.oid = f.ftserver AND s.srvname = server
      JOIN LATERAL pg_options_to_table(f.ftoptions) o ON o.option_name = 'resource'
     WHERE o.option_value IN (SELECT c.table_name FROM stockbridge.canonical_column c)
     ORDER BY f.ftrelid
  LOOP
    any_table := true;
    RETURN QUERY SELECT * FROM stockbridge.test_table(subject.relation, subject.resource);
  END LOOP;
  IF NOT any_table THEN
    RETURN NEXT ('tables', 'failed: none are declared', format('IMPORT FOREIGN SCHEMA stock FROM SERVER %I INTO …; then try again.', server))::stockbridge.probe_result;
  END IF;
  SELECT p.lacks INTO lacks FROM stockbridge.profile p WHERE p.name = profile;
  IF lacks IS NOT NULL THEN
    RETURN NEXT ('profile', 'lacks: ' || lacks, NULL)::stockbridge.probe_result;
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.test_profile(name) IS
  'Makes a few requests to an inventory system that only read, and says in plain words what works and what to fix. Never raises for a fault of the remote.';

GRANT EXECUTE ON FUNCTION
  stockbridge.test_profile(name), stockbridge.test_connection(name), stockbridge.test_table(regclass, text),
  stockbridge.probe_server(name), stockbridge.probe_login(name), stockbridge.probe_query(text),
  stockbridge.probe_rows(regclass, integer), stockbridge.server_profile(name)
  TO stockbridge_operator, stockbridge_worker;
