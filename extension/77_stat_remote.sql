-- ---------------------------------------------------------------------------
-- What the remote systems cost: requests, errors, latencies, logins.
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.stat_remote_list(
  by_method boolean,
  OUT serverid oid,
  OUT method text,
  OUT requests bigint,
  OUT bytes bigint,
  OUT unreachable bigint,
  OUT timeouts bigint,
  OUT broken bigint,
  OUT unauthorized bigint,
  OUT throttled bigint,
  OUT refused bigint,
  OUT server_errors bigint,
  OUT total_time double precision,
  OUT max_time double precision,
  OUT latency bigint[],
  OUT pages bigint,
  OUT rows bigint,
  OUT retries bigint,
  OUT logins bigint,
  OUT failed_logins bigint,
  OUT session_waits bigint,
  OUT session_wait_time double precision,
  OUT stats_since timestamptz,
  OUT scope text
) RETURNS SETOF record
LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockbridge_stat_remote';
COMMENT ON FUNCTION stockbridge.stat_remote_list(boolean) IS
  'Counters of the remote servers of this database: one row per server, or per server and HTTP method.';

CREATE VIEW stockbridge.stat_remote AS
  SELECT s.srvname AS server, w.fdwname AS wrapper,
         l.requests, l.bytes, l.pages, l.rows, l.retries,
         l.unreachable + l.timeouts + l.broken + l.unauthorized + l.throttled + l.refused + l.server_errors AS errors,
         l.unreachable, l.timeouts, l.broken, l.unauthorized, l.throttled, l.refused, l.server_errors,
         l.logins, l.failed_logins, l.session_waits, l.session_wait_time,
         l.total_time,
         l.total_time / NULLIF((SELECT sum(n) FROM pg_catalog.unnest(l.latency) AS n), 0)::double precision AS mean_time,
         l.max_time, l.latency, l.stats_since, l.scope
    FROM stockbridge.stat_remote_list(false) AS l
    JOIN pg_catalog.pg_foreign_server AS s ON s.oid = l.serverid
    JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw;
COMMENT ON VIEW stockbridge.stat_remote IS
  'Cumulative counters per foreign server: requests, errors by class, logins, waiting, latencies. Of all backends when the library is in shared_preload_libraries, else of this one; they start anew with the server.';
COMMENT ON COLUMN stockbridge.stat_remote.server IS 'Foreign server.';
COMMENT ON COLUMN stockbridge.stat_remote.wrapper IS 'Its foreign data wrapper.';
COMMENT ON COLUMN stockbridge.stat_remote.requests IS 'HTTP requests that have ended, logins and logouts included.';
COMMENT ON COLUMN stockbridge.stat_remote.bytes IS 'Bytes of answers as they came over the wire.';
COMMENT ON COLUMN stockbridge.stat_remote.pages IS 'Pages that scans of foreign tables have read.';
COMMENT ON COLUMN stockbridge.stat_remote.rows IS 'Rows on these pages.';
COMMENT ON COLUMN stockbridge.stat_remote.retries IS 'Requests of scans that were sent again.';
COMMENT ON COLUMN stockbridge.stat_remote.errors IS 'Requests without success: the sum of the next seven columns.';
COMMENT ON COLUMN stockbridge.stat_remote.unreachable IS 'Nothing was sent: no name, no connection, no trusted TLS, no proxy.';
COMMENT ON COLUMN stockbridge.stat_remote.timeouts IS 'No answer within request_timeout or idle_timeout.';
COMMENT ON COLUMN stockbridge.stat_remote.broken IS 'No whole answer for another reason: connection lost, answer too large.';
COMMENT ON COLUMN stockbridge.stat_remote.unauthorized IS 'HTTP status 401 or 403.';
COMMENT ON COLUMN stockbridge.stat_remote.throttled IS 'HTTP status 429.';
COMMENT ON COLUMN stockbridge.stat_remote.refused IS 'Other HTTP statuses from 300 to 499.';
COMMENT ON COLUMN stockbridge.stat_remote.server_errors IS 'HTTP statuses from 500 on.';
COMMENT ON COLUMN stockbridge.stat_remote.logins IS 'Logins that the remote accepted.';
COMMENT ON COLUMN stockbridge.stat_remote.failed_logins IS 'Logins that failed for whatever reason.';
COMMENT ON COLUMN stockbridge.stat_remote.session_waits IS 'How often a request had to wait for a free session.';
COMMENT ON COLUMN stockbridge.stat_remote.session_wait_time IS 'Time spent in such waits, in milliseconds.';
COMMENT ON COLUMN stockbridge.stat_remote.total_time IS 'Time from sending to the whole answer, of all answered requests, in milliseconds.';
COMMENT ON COLUMN stockbridge.stat_remote.mean_time IS 'The same of one answered request, on average.';
COMMENT ON COLUMN stockbridge.stat_remote.max_time IS 'The same of the slowest one.';
COMMENT ON COLUMN stockbridge.stat_remote.latency IS 'Answered requests that took at most 10 ms, 50 ms, 200 ms, 1 s, 5 s, 30 s, and longer.';
COMMENT ON COLUMN stockbridge.stat_remote.stats_since IS 'When counting began.';
COMMENT ON COLUMN stockbridge.stat_remote.scope IS 'cluster: of all backends; backend: of this one, because the library is not preloaded.';

CREATE VIEW stockbridge.stat_remote_method AS
  SELECT s.srvname AS server, l.method, l.requests, l.bytes,
         l.unreachable + l.timeouts + l.broken + l.unauthorized + l.throttled + l.refused + l.server_errors AS errors,
         l.total_time, l.max_time, l.latency
    FROM stockbridge.stat_remote_list(true) AS l
    JOIN pg_catalog.pg_foreign_server AS s ON s.oid = l.serverid;
COMMENT ON VIEW stockbridge.stat_remote_method IS
  'The counters of stat_remote that can be told by HTTP method, one row per foreign server and method.';
COMMENT ON COLUMN stockbridge.stat_remote_method.server IS 'Foreign server.';
COMMENT ON COLUMN stockbridge.stat_remote_method.method IS 'HTTP method: GET, POST, PATCH, PUT, DELETE, or OTHER.';
COMMENT ON COLUMN stockbridge.stat_remote_method.requests IS 'HTTP requests that have ended.';
COMMENT ON COLUMN stockbridge.stat_remote_method.bytes IS 'Bytes of answers as they came over the wire.';
COMMENT ON COLUMN stockbridge.stat_remote_method.errors IS 'Requests without success.';
COMMENT ON COLUMN stockbridge.stat_remote_method.total_time IS 'Time of all answered requests, in milliseconds.';
COMMENT ON COLUMN stockbridge.stat_remote_method.max_time IS 'Time of the slowest one.';
COMMENT ON COLUMN stockbridge.stat_remote_method.latency IS 'Answered requests by their time, as in stat_remote.';

CREATE FUNCTION stockbridge.stat_remote_reset_server(serverid oid) RETURNS void
LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'stockbridge_stat_remote_reset';
COMMENT ON FUNCTION stockbridge.stat_remote_reset_server(oid) IS
  'Sets the counters of one foreign server of this database to zero, or of all if it is null.';

CREATE FUNCTION stockbridge.stat_remote_reset(server text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  found_oid oid;
BEGIN
  IF server IS NOT NULL THEN
    SELECT s.oid INTO found_oid FROM pg_foreign_server AS s WHERE s.srvname = server;
    IF found_oid IS NULL THEN
      RAISE EXCEPTION 'server "%" does not exist', server USING ERRCODE = 'undefined_object';
    END IF;
  END IF;
  PERFORM stockbridge.stat_remote_reset_server(found_oid);
END
$$;
COMMENT ON FUNCTION stockbridge.stat_remote_reset(text) IS
  'Sets the counters of stat_remote to zero: of one foreign server, or of all of this database.';

GRANT EXECUTE ON FUNCTION stockbridge.stat_remote_list(boolean) TO stockbridge_reader;
GRANT EXECUTE ON FUNCTION stockbridge.stat_remote_reset(text), stockbridge.stat_remote_reset_server(oid) TO stockbridge_admin;
