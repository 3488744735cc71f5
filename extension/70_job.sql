-- ---------------------------------------------------------------------------
-- Jobs: the same CALL serves the worker, pg_cron, and a person in psql.
-- ---------------------------------------------------------------------------

CREATE PROCEDURE stockbridge.post(link text DEFAULT NULL, longest interval DEFAULT NULL)
LANGUAGE c AS 'MODULE_PATHNAME', 'stockbridge_post';
COMMENT ON PROCEDURE stockbridge.post(text, interval) IS
  'Posts what is due for a link (NULL: all links) until nothing is, and looks up what is in doubt. After the longest time, if one is given, it takes nothing new and ends what is under way. Commits each attempt before its request: it cannot run inside a transaction block. Uses the user mapping of the link''s owner.';

CREATE FUNCTION stockbridge.begin_work() RETURNS void
LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'stockbridge_begin_work';
COMMENT ON FUNCTION stockbridge.begin_work() IS
  'First thing in a transaction of background work: makes DROP and ALTER EXTENSION wait for its end, and waits for theirs.';

CREATE PROCEDURE stockbridge.run_due(link text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
  due record;
  problem text;
BEGIN
  PERFORM stockbridge.begin_work();
  FOR due IN
    SELECT f.link, f.feed
      FROM stockbridge.feed f JOIN stockbridge.link l ON l.link OPERATOR(pg_catalog.=) f.link
     WHERE l.owner OPERATOR(pg_catalog.=) current_user::text
       AND (run_due.link IS NULL OR l.link OPERATOR(pg_catalog.=) run_due.link)
     ORDER BY f.link, pg_catalog.array_position(ARRAY['items', 'stock', 'accounts', 'orders', 'movements'], f.feed)
  LOOP
    PERFORM stockbridge.begin_work();
    -- Another worker may be at it, or have done it since.
    CONTINUE WHEN NOT stockbridge.feed_is_due(due.link, due.feed);
    BEGIN
      PERFORM stockbridge.pull_feed(due.link, due.feed);
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS problem = MESSAGE_TEXT;
      PERFORM stockbridge.feed_failed(due.link, due.feed, problem);
    END;
    COMMIT;
  END LOOP;
  PERFORM stockbridge.begin_work();
  FOR due IN
    SELECT l.link FROM stockbridge.link l
     WHERE l.owner OPERATOR(pg_catalog.=) current_user::text
       AND (run_due.link IS NULL OR l.link OPERATOR(pg_catalog.=) run_due.link)
       AND NOT EXISTS (SELECT FROM stockbridge.circuit c WHERE c.link OPERATOR(pg_catalog.=) l.link
                          AND c.paused_until OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp())
     ORDER BY l.link
  LOOP
    -- Not for ever: feeds must not starve while movements keep coming.
    CALL stockbridge.post(due.link, '10 seconds');
  END LOOP;
END
$$;
COMMENT ON PROCEDURE stockbridge.run_due(text) IS
  'Runs what is due for the links that the current role owns (or for one of them): the feeds whose cadence has passed, then posting. A failing feed is recorded in feed_health and open_exceptions and does not stop the others. It cannot run inside a transaction block.';

-- Locks the feed for this transaction, so that two workers do not pull it both.
CREATE FUNCTION stockbridge.feed_is_due(link text, feed text) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM FROM stockbridge.feed f
    WHERE f.link = feed_is_due.link AND f.feed = feed_is_due.feed
      -- A feed that fails comes back slower, up to sixteen times its cadence.
      AND (f.last_started IS NULL
           OR f.last_started + f.cadence * power(2, least(f.failures, 4)) <= clock_timestamp())
    FOR UPDATE SKIP LOCKED;
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION stockbridge.feed_is_due(text, text) IS
  'Whether a feed is due and nobody is running it; locks it until the end of the transaction.';
