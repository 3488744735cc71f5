-- ---------------------------------------------------------------------------
-- Pulling: snapshots of both sides, and movements of the IMS.
--
-- These run with the caller's rights and read the foreign tables through the
-- caller's user mappings; the worker is the link's owner.  A refresh is set
-- based.  Rows without a key or a quantity are reported and left out; a key that
-- comes twice (offset pages shift under concurrent inserts) counts once.
-- ---------------------------------------------------------------------------

-- How every refresh of a snapshot table ends: what the pull did not see is gone,
-- and the snapshot is complete as of this pull.
CREATE FUNCTION stockbridge.finish_snapshot(link text, resource text, read_from timestamptz, rows_read bigint, rows_skipped bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  source stockbridge.snapshot_source;
  oldest timestamptz;
BEGIN
  SELECT * INTO source FROM stockbridge.snapshot_source s WHERE s.resource = finish_snapshot.resource;
  -- An empty answer where there were rows is far likelier a fault of the
  -- remote, or of a user's rights there, than a company that lost its stock.
  IF rows_read = 0 AND NOT source.may_be_empty
     AND EXISTS (SELECT FROM stockbridge.snapshot s
                  WHERE s.link = finish_snapshot.link AND s.resource = finish_snapshot.resource AND s.row_count > 0) THEN
    RAISE EXCEPTION 'link "%" reads no rows for %, where there were some before', link, resource
      USING ERRCODE = 'no_data_found',
            HINT = format('The last snapshot is kept. If the remote really is empty, DELETE FROM stockbridge.snapshot WHERE link = %L AND resource = %L.',
                          link, resource);
  END IF;
  IF rows_skipped > 0 THEN
    PERFORM stockbridge.open_exception(link, 'unreadable_row', resource,
      format('%s rows of %s have no key or no quantity and were left out', rows_skipped, resource));
  ELSE
    PERFORM stockbridge.close_exception(link, 'unreadable_row', resource);
  END IF;
  EXECUTE format('DELETE FROM stockbridge.%I s WHERE s.link = $1 AND s.read_from < $2', resource) USING link, read_from;
  IF resource = 'ims_stock' THEN
    SELECT min(s.told_at) INTO oldest FROM stockbridge.ims_stock s WHERE s.link = finish_snapshot.link;
  END IF;
  INSERT INTO stockbridge.snapshot (link, resource, read_from, read_until, oldest, row_count)
  VALUES (link, resource, read_from, clock_timestamp(), least(oldest, read_from), rows_read)
  ON CONFLICT ON CONSTRAINT snapshot_pkey DO UPDATE
    SET read_from = excluded.read_from, read_until = excluded.read_until, oldest = excluded.oldest, row_count = excluded.row_count;
END
$$;
COMMENT ON FUNCTION stockbridge.finish_snapshot(text, text, timestamptz, bigint, bigint) IS
  'Ends the refresh of a snapshot table: removes what was not seen, reports rows left out, and notes when it was read.';

-- as_of is taken as each row arrives: the CTE is scanned before anything is
-- sorted or stored.
CREATE FUNCTION stockbridge.snapshot_query(link text, resource text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  source stockbridge.snapshot_source;
  statement text;
BEGIN
  SELECT * INTO source FROM stockbridge.snapshot_source s WHERE s.resource = snapshot_query.resource;
  SELECT format($query$
    WITH remote AS MATERIALIZED (
      SELECT %1$s FROM %2$s WHERE (%3$s) AND %4$s
    ), stored AS (
      INSERT INTO stockbridge.%5$I (link, read_from, %6$s)
      SELECT DISTINCT ON (%7$s) $1, $2, %6$s FROM remote WHERE %8$s ORDER BY %9$s
      ON CONFLICT (link, %7$s) DO UPDATE SET read_from = excluded.read_from, %10$s
    )
    SELECT count(*), count(*) FILTER (WHERE (%8$s) IS NOT TRUE) FROM remote $query$,
           string_agg(format('%s AS %I', CASE WHEN c.standard IS NULL THEN c.remote
                                              WHEN c.remote IS NULL THEN c.standard
                                              ELSE format('coalesce(%s, %s)', c.remote, c.standard) END, c.name), ', ' ORDER BY c.place),
           stockbridge.link_relation(link, source.side, source.remote), source.condition,
           coalesce(min(format('($3 IS NULL OR %s = ANY ($3))', c.remote)) FILTER (WHERE c.name = source.keys[1] AND c.type = 'text'::regtype), 'true'), source.resource,
           string_agg(quote_ident(c.name), ', ' ORDER BY c.place),
           array_to_string(source.keys, ', '),
           string_agg(CASE WHEN c.type = 'text'::regtype THEN format('%I <> %L', c.name, '') ELSE format('%I IS NOT NULL', c.name) END, ' AND ')
             FILTER (WHERE c.needed AND c.standard IS NULL),
           array_to_string(source.keys, ', ') || coalesce(min(', as_of DESC') FILTER (WHERE c.name = 'as_of'), ''),
           string_agg(format('%I = excluded.%1$I', c.name), ', ') FILTER (WHERE c.name <> ALL (source.keys)))
    INTO statement
    FROM (SELECT a.attname::text AS name, a.attnum AS place, a.atttypid AS type, a.attnotnull AS needed,
                 pg_get_expr(d.adbin, d.adrelid) AS standard,
                 quote_ident(CASE WHEN source.renamed ? a.attname THEN source.renamed->>a.attname ELSE a.attname END) AS remote
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = ('stockbridge.' || quote_ident(source.resource))::regclass AND a.attnum > 0 AND NOT a.attisdropped
             AND a.attname NOT IN ('link', 'read_from')) c;
  RETURN statement;
END
$$;
COMMENT ON FUNCTION stockbridge.snapshot_query(text, text) IS
  'The statement that reads a snapshot table from its remote: $1 link, $2 start of the pull, $3 values of the first key to read if that is a text, NULL for all.';

CREATE FUNCTION stockbridge.pull_snapshot(link text, resource text, only_keys text[] DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  started timestamptz := clock_timestamp();
  read bigint;
  skipped bigint;
BEGIN
  EXECUTE stockbridge.snapshot_query(link, resource) INTO read, skipped USING link, started, only_keys;
  IF only_keys IS NULL THEN
    PERFORM stockbridge.finish_snapshot(link, resource, started, read, skipped);
  END IF;
  RETURN read;
END
$$;
COMMENT ON FUNCTION stockbridge.pull_snapshot(text, text, text[]) IS
  'Refreshes a snapshot table from its remote, wholly, or only the rows whose first key is given; returns the rows read.';

-- A row that is absent is read again as well: it is listed first, and stays
-- listed with no stock if the remote has none.
CREATE FUNCTION stockbridge.read_again(link text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  started timestamptz := clock_timestamp();
  rows bigint;
  items text[];
  skus text[];
BEGIN
  WITH place AS MATERIALIZED (
    SELECT DISTINCT d.item_code, d.warehouse_code, d.sku, d.location
      FROM stockbridge.difference_movements d WHERE d.link = read_again.link AND d.uncertain
  ), b1 AS (
    INSERT INTO stockbridge.b1_stock (link, item_code, warehouse_code, in_stock, read_from)
    SELECT read_again.link, p.item_code, p.warehouse_code, 0, '-infinity' FROM place p WHERE p.warehouse_code IS NOT NULL
    ON CONFLICT ON CONSTRAINT b1_stock_pkey DO NOTHING
  ), ims AS (
    INSERT INTO stockbridge.ims_stock (link, sku, location, on_hand, read_from)
    SELECT read_again.link, p.sku, p.location, 0, '-infinity' FROM place p
    ON CONFLICT ON CONSTRAINT ims_stock_pkey DO NOTHING
  )
  SELECT count(*), array_agg(DISTINCT p.item_code), array_agg(DISTINCT p.sku) INTO rows, items, skus FROM place p;
  IF rows > 0 THEN
    PERFORM stockbridge.pull_snapshot(link, 'b1_stock', items), stockbridge.pull_snapshot(link, 'ims_stock', skus);
    UPDATE stockbridge.b1_stock s SET in_stock = 0, committed = NULL, ordered = NULL, read_from = started, as_of = clock_timestamp()
     WHERE s.link = read_again.link AND s.item_code = ANY (items) AND s.read_from < started;
    UPDATE stockbridge.ims_stock s SET on_hand = 0, reserved = NULL, told_at = NULL, read_from = started, as_of = clock_timestamp()
     WHERE s.link = read_again.link AND s.sku = ANY (skus) AND s.read_from < started;
  END IF;
  RETURN rows;
END
$$;
COMMENT ON FUNCTION stockbridge.read_again(text) IS
  'Reads the stock of uncertain rows again, from both sides; returns how many there were.';

-- Taken where times of the remote's own are compared with ours.  A remote that
-- does not answer, or tells no time, is taken to have our clock.
CREATE FUNCTION stockbridge.measure_clock(link text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  probe record;
BEGIN
  IF EXISTS (SELECT FROM stockbridge.ims_stock s WHERE s.link = measure_clock.link AND s.told_at IS NULL) THEN
    SELECT * INTO probe FROM stockbridge.probe_server((stockbridge.link_policy(link)).ims::name);
    -- A header of whole seconds is half of one behind on average.
    UPDATE stockbridge.snapshot s
       SET clock_offset = coalesce(make_interval(secs => probe.clock_offset + 0.5), '0'),
           clock_error = coalesce(make_interval(secs => 0.5 + probe.milliseconds / 2000), '0')
     WHERE s.link = measure_clock.link AND s.resource = 'ims_stock'
       AND (probe.clock_offset IS NOT NULL OR s.clock_offset <> '0');
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.measure_clock(text) IS
  'Compares the clock of the IMS with ours, where the IMS does not tell when its stock was true.';

-- Movements come in portions of 1000, in the order in which they happened, so
-- that memory is bounded; a movement known already is not taken again.
CREATE FUNCTION stockbridge.pull_movements(link text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  flow stockbridge.feed;
  told record;
  portion stockbridge.movement_input[] := '{}';
  relation regclass := stockbridge.link_relation(link, 'ims', 'movements');
  read bigint := 0;
  latest timestamptz;
BEGIN
  IF stockbridge.is_derived(relation) THEN
    PERFORM stockbridge.derive_movements(relation);
  END IF;
  SELECT * INTO flow FROM stockbridge.feed f WHERE f.link = pull_movements.link AND f.feed = 'movements';
  latest := flow.watermark;
  FOR told IN EXECUTE format($query$
    SELECT kind, sku, quantity,
           CASE WHEN kind IN ('dispatch', 'transfer') THEN coalesce(from_location, to_location)
                ELSE coalesce(to_location, from_location) END AS location,
           CASE WHEN kind = 'transfer' THEN to_location END AS to_location,
           happened_at, movement_ref, document_ref, %s AS effective_date
      FROM %s WHERE $1 IS NULL OR happened_at >= $1
     ORDER BY happened_at, movement_ref $query$,
    -- Not every inventory system has dates of its own for its books.
    CASE WHEN EXISTS (SELECT FROM pg_attribute a
                       WHERE a.attrelid = relation AND a.attname = 'effective_date' AND NOT a.attisdropped)
         THEN 'effective_date' ELSE 'NULL::date' END, relation)
    USING flow.watermark - flow.overlap
  LOOP
    portion := portion || (told.kind, told.sku, told.quantity, told.location, told.to_location, told.happened_at,
                           told.movement_ref, told.document_ref, NULL, NULL, NULL, NULL, NULL, NULL,
                           told.effective_date, NULL, NULL, NULL, NULL, NULL)::stockbridge.movement_input;
    -- A record dated in the future must not carry the watermark there.
    latest := greatest(latest, least(told.happened_at, clock_timestamp()));
    read := read + 1;
    IF cardinality(portion) = 1000 THEN
      PERFORM stockbridge.take_movements(link, portion, false);
      portion := '{}';
    END IF;
  END LOOP;
  IF portion <> '{}' THEN
    PERFORM stockbridge.take_movements(link, portion, false);
  END IF;
  UPDATE stockbridge.feed f SET watermark = latest WHERE f.link = pull_movements.link AND f.feed = 'movements';
  RETURN read;
END
$$;
COMMENT ON FUNCTION stockbridge.pull_movements(text) IS
  'Takes the movements of the IMS since the watermark, less the overlap; returns the rows read.';

-- Base documents are few and read one by one, just before the movements that draw
-- on them are judged.
CREATE FUNCTION stockbridge.pull_bases(link text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  base record;
  read bigint := 0;
BEGIN
  FOR base IN
    SELECT b.*, r.heads, r.lines FROM stockbridge.unread_bases(link) b
      JOIN (VALUES (22, 'purchase_orders', 'purchase_order_lines'), (17, 'orders', 'order_lines'),
                   (15, 'delivery_notes', 'delivery_note_lines')) r (base_type, heads, lines) ON r.base_type = b.base_type
  LOOP
    PERFORM stockbridge.pull_base(link, base.base_type, base.base_entry, base.heads, base.lines);
    read := read + 1;
  END LOOP;
  PERFORM stockbridge.validate(link);
  RETURN read;
END
$$;
COMMENT ON FUNCTION stockbridge.pull_bases(text) IS
  'Reads the base documents that waiting movements draw on, and judges the movements; returns how many were read.';

CREATE FUNCTION stockbridge.pull_base(link text, base_type integer, base_entry integer, heads text, lines text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format($query$
    WITH head AS MATERIALIZED (
      SELECT card_code, document_status FROM %s WHERE doc_entry = $3
    ), line AS MATERIALIZED (
      SELECT line_num, item_code, line_status, coalesce(remaining_open_inventory_quantity, remaining_open_quantity) AS open_quantity
        FROM %s WHERE doc_entry = $3
    ), stored AS (
      INSERT INTO stockbridge.b1_base_line (link, base_type, base_entry, base_line, card_code, item_code, open_quantity, is_open, read_from)
      SELECT $1, $2, $3, l.line_num, h.card_code, l.item_code, coalesce(l.open_quantity, 0),
             (h.document_status = 'bost_Open' AND l.line_status = 'bost_Open') IS TRUE, $4
        FROM line l CROSS JOIN head h
      ON CONFLICT ON CONSTRAINT b1_base_line_pkey DO UPDATE
        SET card_code = excluded.card_code, item_code = excluded.item_code, open_quantity = excluded.open_quantity,
            is_open = excluded.is_open, missing = false, read_from = excluded.read_from
      RETURNING base_line
    )
    INSERT INTO stockbridge.b1_base_line (link, base_type, base_entry, base_line, missing, read_from)
    SELECT DISTINCT $1, $2, $3, m.base_line, true, $4
      FROM stockbridge.movement m JOIN stockbridge.document_type t ON t.kind = m.kind AND t.base_type = $2
     WHERE m.link = $1 AND m.base_entry = $3 AND NOT EXISTS (SELECT FROM stored s WHERE s.base_line = m.base_line)
    ON CONFLICT ON CONSTRAINT b1_base_line_pkey DO UPDATE
      SET missing = true, is_open = false, read_from = excluded.read_from $query$,
    stockbridge.link_relation(link, 'company', heads), stockbridge.link_relation(link, 'company', lines))
    USING link, base_type, base_entry, clock_timestamp();
END
$$;
COMMENT ON FUNCTION stockbridge.pull_base(text, integer, integer, text, text) IS 'Reads one base document into b1_base_line.';

-- ---------------------------------------------------------------------------
-- The procedures
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.pull_feed(link text, feed text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  read bigint;
BEGIN
  -- Also keeps two pulls of one feed apart.
  UPDATE stockbridge.feed f SET last_started = clock_timestamp() WHERE f.link = pull_feed.link AND f.feed = pull_feed.feed;
  IF feed IN ('items', 'stock') THEN
    read := stockbridge.pull_snapshot(link, 'b1_item') + stockbridge.pull_snapshot(link, 'b1_warehouse');
    PERFORM stockbridge.validate(link);
  END IF;
  IF feed = 'stock' THEN
    read := stockbridge.pull_snapshot(link, 'b1_stock') + stockbridge.pull_snapshot(link, 'ims_stock');
    PERFORM stockbridge.measure_clock(link);
  ELSIF feed = 'orders' THEN
    read := stockbridge.pull_snapshot(link, 'b1_order') + stockbridge.pull_snapshot(link, 'b1_order_line');
  ELSIF feed = 'accounts' THEN
    read := stockbridge.pull_snapshot(link, 'b1_account');
  ELSIF feed = 'movements' THEN
    read := stockbridge.pull_movements(link);
    -- Judged once for each reading of the stock, with the movements that came since.
    PERFORM stockbridge.record_drift(f.link) FROM stockbridge.feed f
      JOIN stockbridge.snapshot s ON s.link = f.link AND s.resource = 'b1_stock'
     WHERE f.link = pull_feed.link AND f.feed = 'movements' AND coalesce(f.last_success < s.read_until, true);
  END IF;
  UPDATE stockbridge.feed f SET last_success = clock_timestamp(), last_rows = read, failures = 0, last_error = NULL
   WHERE f.link = pull_feed.link AND f.feed = pull_feed.feed;
  PERFORM stockbridge.close_exception(link, 'feed_failed', 'feed ' || feed);
  RETURN read;
END
$$;
COMMENT ON FUNCTION stockbridge.pull_feed(text, text) IS 'Runs one feed of one link now; returns the rows read.';

CREATE FUNCTION stockbridge.feed_failed(link text, feed text, message text) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  UPDATE stockbridge.feed f
     SET last_started = clock_timestamp(), failures = f.failures + 1, last_error = $3
   WHERE f.link = $1 AND f.feed = $2;
  SELECT stockbridge.open_exception($1, 'feed_failed', 'feed ' || $2, $3);
END;
COMMENT ON FUNCTION stockbridge.feed_failed(text, text, text) IS
  'Records the failure of a feed that background work ran.';

CREATE PROCEDURE stockbridge.pull(link text DEFAULT NULL, feed text DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  due record;
BEGIN
  IF link IS NOT NULL THEN
    PERFORM stockbridge.link_policy(link);
  END IF;
  IF feed NOT IN ('items', 'stock', 'orders', 'accounts', 'movements') THEN
    RAISE EXCEPTION 'feed "%" is not known', feed
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Feeds are items, stock, orders, accounts and movements; without one, stock and movements are pulled.';
  END IF;
  -- Stock before movements: a movement that shows in the stock is then known.
  FOR due IN
    SELECT l.link, f.feed FROM stockbridge.link l, (VALUES (1, 'items'), (2, 'stock'), (3, 'accounts'), (4, 'orders'), (5, 'movements')) f (rank, feed)
     WHERE (pull.link IS NULL OR l.link = pull.link)
       AND (f.feed = pull.feed OR (pull.feed IS NULL AND f.feed IN ('stock', 'movements')))
     ORDER BY l.link, f.rank
  LOOP
    PERFORM stockbridge.pull_feed(due.link, due.feed);
  END LOOP;
END
$$;
COMMENT ON PROCEDURE stockbridge.pull(text, text) IS
  'Reads from the remotes of a link (NULL: all links): feed items (items and warehouses of B1), stock (those, and the stock of both sides), orders (open sales orders), accounts (balances) or movements (of the IMS); NULL: stock and movements. Uses the caller''s user mappings.';

CREATE FUNCTION stockbridge.release_reconciled(link text, before timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE stockbridge.movement_state s SET released = true
    FROM stockbridge.link l, stockbridge.movement m
   WHERE l.posting = 'reconciled' AND ($1 IS NULL OR l.link = $1) AND s.link = l.link AND s.waits AND NOT s.released
     AND m.link = s.link AND m.movement = s.movement AND m.received_at < $2
$$;
COMMENT ON FUNCTION stockbridge.release_reconciled(text, timestamptz) IS
  'Lets movements go that came before a reconciliation, where the link posts only after one.';

CREATE PROCEDURE stockbridge.reconcile(link text DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  began timestamptz := clock_timestamp();
BEGIN
  CALL stockbridge.pull(link, 'stock');
  CALL stockbridge.pull(link, 'movements');
  -- What moved while it was read is read again; something that is in doubt for
  -- longer leaves its row uncertain.
  FOR round IN 1..3 LOOP
    EXIT WHEN coalesce((SELECT sum(stockbridge.read_again(l.link)) FROM stockbridge.link l
                         WHERE reconcile.link IS NULL OR l.link = reconcile.link), 0) = 0;
    CALL stockbridge.pull(link, 'movements');
  END LOOP;
  PERFORM stockbridge.release_reconciled(link, began);
END
$$;
COMMENT ON PROCEDURE stockbridge.reconcile(text) IS
  'Reads the stock of both sides of a link (NULL: all links) and then the movements that explain it, and what moved meanwhile again, so that stock_diff shows what is true now.';
