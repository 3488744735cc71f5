-- ---------------------------------------------------------------------------
-- Movements of inventory systems that keep none.
--
-- Some systems tell how much is where, and not how it came there.  For those the
-- difference between two readings of the stock becomes a movement of kind
-- adjustment: it loses what happened in between, the document and the cost, and
-- is marked as derived, so that nobody takes it for a receipt or a dispatch.
--
-- The profile's table "movements" has the option "derived" and shows these rows.
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.derived_source (
  server      name PRIMARY KEY,
  read_at     timestamptz
);
COMMENT ON TABLE stockbridge.derived_source IS
  'Servers whose movements are derived from their stock.';
COMMENT ON COLUMN stockbridge.derived_source.server IS 'Foreign server of ims_fdw.';
COMMENT ON COLUMN stockbridge.derived_source.read_at IS 'When its stock was last read for that; null before the first time.';

CREATE TABLE stockbridge.derived_stock (
  server      name NOT NULL REFERENCES stockbridge.derived_source ON UPDATE CASCADE ON DELETE CASCADE,
  sku         text NOT NULL,
  location    text NOT NULL,
  on_hand     numeric NOT NULL,
  as_of       timestamptz NOT NULL,
  PRIMARY KEY (server, sku, location)
);
COMMENT ON TABLE stockbridge.derived_stock IS
  'Stock as it was last read, to compare the next reading with.';
COMMENT ON COLUMN stockbridge.derived_stock.server IS 'Foreign server.';
COMMENT ON COLUMN stockbridge.derived_stock.sku IS 'Product.';
COMMENT ON COLUMN stockbridge.derived_stock.location IS 'Place.';
COMMENT ON COLUMN stockbridge.derived_stock.on_hand IS 'Quantity.';
COMMENT ON COLUMN stockbridge.derived_stock.as_of IS 'When it was true.';

CREATE TABLE stockbridge.derived_movement (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server        name NOT NULL,
  movement_ref  text NOT NULL GENERATED ALWAYS AS ('derived-' || id::text) STORED,
  kind          text NOT NULL DEFAULT 'adjustment',
  sku           text NOT NULL,
  quantity      numeric NOT NULL CHECK (quantity <> 0),
  from_location text,
  to_location   text NOT NULL,
  happened_at   timestamptz NOT NULL,
  document_ref  text,
  derived       boolean NOT NULL DEFAULT true
);
CREATE INDEX derived_movement_by_time ON stockbridge.derived_movement (server, happened_at);
COMMENT ON TABLE stockbridge.derived_movement IS
  'Differences between two readings of the stock, as movements. Shown by foreign tables with option "derived".';
COMMENT ON COLUMN stockbridge.derived_movement.id IS 'Key.';
COMMENT ON COLUMN stockbridge.derived_movement.server IS 'Foreign server.';
COMMENT ON COLUMN stockbridge.derived_movement.movement_ref IS 'Key as a movement has it.';
COMMENT ON COLUMN stockbridge.derived_movement.kind IS 'Always adjustment: what really happened is not known.';
COMMENT ON COLUMN stockbridge.derived_movement.sku IS 'Product.';
COMMENT ON COLUMN stockbridge.derived_movement.quantity IS 'Difference, signed.';
COMMENT ON COLUMN stockbridge.derived_movement.from_location IS 'Always null.';
COMMENT ON COLUMN stockbridge.derived_movement.to_location IS 'Place whose stock has changed.';
COMMENT ON COLUMN stockbridge.derived_movement.happened_at IS 'When the stock with the difference was read: it happened at some time since the reading before.';
COMMENT ON COLUMN stockbridge.derived_movement.document_ref IS 'Always null.';
COMMENT ON COLUMN stockbridge.derived_movement.derived IS 'Always true: worked out, not told.';

-- The table of a resource beside another foreign table: same server, same schema.
CREATE FUNCTION stockbridge.sibling_table(relation regclass, resource text) RETURNS regclass
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT o.ftrelid::regclass
    FROM pg_foreign_table f
    JOIN pg_class c ON c.oid = f.ftrelid
    JOIN pg_foreign_table o ON o.ftserver = f.ftserver
    JOIN pg_class oc ON oc.oid = o.ftrelid AND oc.relnamespace = c.relnamespace
    JOIN LATERAL pg_options_to_table(o.ftoptions) option ON option.option_name = 'resource' AND option.option_value = $2
   WHERE f.ftrelid = $1
   LIMIT 1;
END;
COMMENT ON FUNCTION stockbridge.sibling_table(regclass, text) IS
  'The foreign table of a resource on the same server and in the same schema as another one; null if there is none.';

CREATE FUNCTION stockbridge.is_derived(relation regclass) RETURNS boolean
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM pg_foreign_table f, pg_options_to_table(f.ftoptions) o
                  WHERE f.ftrelid = $1 AND o.option_name = 'derived' AND o.option_value::boolean);
END;
COMMENT ON FUNCTION stockbridge.is_derived(regclass) IS
  'Whether a foreign table shows movements that are derived from differences of stock.';

CREATE FUNCTION stockbridge.derive_movements(movements regclass) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  stock regclass := stockbridge.sibling_table(movements, 'stock');
  source name := (SELECT s.srvname FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver
                   WHERE f.ftrelid = movements);
  last_read timestamptz;
  started timestamptz := clock_timestamp();
  read bigint;
  lost bigint;
  found bigint;
BEGIN
  IF NOT stockbridge.is_derived(movements) OR stock IS NULL THEN
    RAISE EXCEPTION 'movements of % cannot be derived', movements
      USING ERRCODE = 'wrong_object_type',
            HINT = 'A foreign table with option derived is expected, and the table of resource "stock" beside it.';
  END IF;
  INSERT INTO stockbridge.derived_source (server) VALUES (source) ON CONFLICT DO NOTHING;
  -- Two at once would both find the same difference.
  SELECT d.read_at INTO last_read FROM stockbridge.derived_source d WHERE d.server = source FOR UPDATE;
  EXECUTE format($query$
    WITH reading AS MATERIALIZED (
      SELECT sku, location, sum(on_hand) AS on_hand, min(coalesce(as_of, clock_timestamp())) AS as_of
        FROM %s WHERE sku <> '' AND location <> '' AND on_hand IS NOT NULL GROUP BY sku, location
    ), difference AS (
      SELECT coalesce(n.sku, o.sku) AS sku, coalesce(n.location, o.location) AS location,
             coalesce(n.on_hand, 0) - coalesce(o.on_hand, 0) AS quantity, coalesce(n.as_of, $2) AS as_of
        FROM reading n
        FULL JOIN (SELECT * FROM stockbridge.derived_stock d WHERE d.server = $1) o
          ON (o.sku, o.location) = (n.sku, n.location)
    ), told AS (
      INSERT INTO stockbridge.derived_movement (server, sku, quantity, to_location, happened_at)
      SELECT $1, d.sku, d.quantity, d.location, d.as_of FROM difference d
       WHERE d.quantity <> 0 AND $3 ORDER BY d.location, d.sku
      RETURNING 1
    ), gone AS (
      DELETE FROM stockbridge.derived_stock d
       WHERE d.server = $1 AND NOT EXISTS (SELECT FROM reading n WHERE (n.sku, n.location) = (d.sku, d.location))
      RETURNING d.on_hand
    ), kept AS (
      INSERT INTO stockbridge.derived_stock (server, sku, location, on_hand, as_of)
      SELECT $1, n.sku, n.location, n.on_hand, n.as_of FROM reading n
      ON CONFLICT ON CONSTRAINT derived_stock_pkey DO UPDATE SET on_hand = excluded.on_hand, as_of = excluded.as_of
    )
    SELECT (SELECT count(*) FROM reading), (SELECT count(*) FROM gone WHERE on_hand <> 0), (SELECT count(*) FROM told) $query$, stock)
    INTO read, lost, found USING source, started, last_read IS NOT NULL;
  -- Likelier a fault of the remote, or of a user's rights there, than the truth.
  IF read = 0 AND lost > 0 THEN
    RAISE EXCEPTION 'server "%" tells of no stock at all, where there was some before', source
      USING ERRCODE = 'no_data_found',
            HINT = format('Nothing was derived. If it really is empty, DELETE FROM stockbridge.derived_stock WHERE server = %L.', source);
  END IF;
  UPDATE stockbridge.derived_source d SET read_at = started WHERE d.server = source;
  RETURN found;
END
$$;
COMMENT ON FUNCTION stockbridge.derive_movements(regclass) IS
  'Reads the stock of a server without movements, and keeps each difference to the last reading as a movement. The first reading is the base and gives none. Returns how many were found.';

GRANT SELECT, INSERT, UPDATE, DELETE ON
  stockbridge.derived_source, stockbridge.derived_stock, stockbridge.derived_movement TO stockbridge_operator, stockbridge_worker;
GRANT EXECUTE ON FUNCTION
  stockbridge.sibling_table(regclass, text), stockbridge.is_derived(regclass), stockbridge.derive_movements(regclass)
  TO stockbridge_operator, stockbridge_worker;
