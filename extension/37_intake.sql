-- ---------------------------------------------------------------------------
-- Intake: movements by hand, in bulk and from the IMS, each stored once.
-- ---------------------------------------------------------------------------

CREATE TYPE stockbridge.movement_input AS (
  kind          text,
  sku           text,
  quantity      numeric,
  location      text,
  to_location   text,
  happened_at   timestamptz,
  movement_ref  text,
  document_ref  text,
  reason        text,
  card_code     text,
  base_type     integer,
  base_entry    integer,
  base_line     integer,
  unit_cost     numeric,
  effective_date date
);
COMMENT ON TYPE stockbridge.movement_input IS
  'A movement as enqueue() takes it. jsonb_populate_recordset(NULL::stockbridge.movement_input, …) makes rows of JSON.';

-- B1 keeps quantities with at most six decimals: more would be rounded there,
-- and the difference would look like drift for ever.
--
-- Not pinned to a search_path, which its parsed body does not need, so that the
-- planner can inline it.
CREATE FUNCTION stockbridge.movement_input_fault(m stockbridge.movement_input)
RETURNS TABLE (message text, hint text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT f.message, f.hint
    FROM (VALUES
      (1, m.kind IS NULL OR m.kind NOT IN ('receipt', 'dispatch', 'adjustment', 'transfer', 'count', 'return'),
          format('kind of movement %s is not known', coalesce(quote_ident(m.kind), 'NULL')),
          'Kinds are receipt, dispatch, adjustment, transfer, count and return.'),
      (2, coalesce(m.sku, '') = '', 'a movement needs a SKU', 'Give the SKU as the IMS names it.'),
      (3, coalesce(m.location, '') = '', 'a movement needs a location',
          'Give the location as the IMS names it; for a transfer the one it left.'),
      (4, m.quantity IS NULL OR m.quantity IN ('NaN', 'Infinity', '-Infinity'),
          format('quantity %s is not a number', coalesce(m.quantity::text, 'NULL')), 'Give the quantity in the item''s inventory unit.'),
      (5, m.quantity = 0 AND m.kind <> 'count', 'quantity 0 moves nothing', 'Leave the movement out.'),
      (6, m.quantity < 0 AND m.kind <> 'adjustment', format('quantity %s of a %s is negative', m.quantity, m.kind),
          'Only adjustments are signed; the opposite of a receipt is a dispatch.'),
      (7, abs(m.quantity) > 1000000000, format('quantity %s is absurd', m.quantity),
          'One movement moves at most 1000000000 units.'),
      (8, scale(trim_scale(m.quantity)) > 6, format('quantity %s has more than six decimals', m.quantity),
          'B1 keeps six decimals: round the quantity in the inventory system.'),
      (9, m.kind = 'transfer' AND coalesce(m.to_location, '') = '', 'a transfer needs to_location',
          'Give the location at which it arrived.'),
      (10, m.kind = 'transfer' AND m.to_location = m.location,
          format('a transfer from "%s" to itself moves nothing', m.location), 'Leave the movement out.'),
      (11, m.kind <> 'transfer' AND m.to_location IS NOT NULL, format('a %s has no to_location', m.kind),
          'Only a transfer arrives at a second location.'),
      (12, m.happened_at > now() + interval '1 day', format('happened_at %s lies in the future', m.happened_at),
          'A movement is told after it happened; check the clock and time zone of the inventory system.'),
      (13, (m.base_entry IS NULL) <> (m.base_line IS NULL) OR (m.base_type IS NOT NULL AND m.base_entry IS NULL),
          'a base document is named by base_entry and base_line', 'Give both, or neither.'),
      (14, m.base_type IS NOT NULL AND NOT EXISTS (
               SELECT FROM stockbridge.document_type t WHERE t.kind = m.kind AND t.base_type = m.base_type),
          format('a %s has no base document of type %s', m.kind, m.base_type),
          'A receipt may draw on a purchase order (22), a dispatch on a sales order (17), a return on a delivery (15).'),
      (15, m.unit_cost < 0 OR m.unit_cost IN ('NaN', 'Infinity'), format('unit cost %s is not a cost', m.unit_cost),
          'Give the cost of one unit, or leave it out.')
    ) AS f (rank, broken, message, hint)
   WHERE f.broken ORDER BY f.rank LIMIT 1;
END;
COMMENT ON FUNCTION stockbridge.movement_input_fault(stockbridge.movement_input) IS
  'What is wrong with a movement as it was told, and how to tell it right; no row if nothing is.';

-- strict: the first faulty row is an error of the caller.  Otherwise faulty rows
-- become exceptions and the rest is taken.
CREATE FUNCTION stockbridge.take_movements(
  link text, movements stockbridge.movement_input[], strict boolean
) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  numbers bigint[];
  fault record;
BEGIN
  PERFORM stockbridge.link_policy(link);

  FOR fault IN
    SELECT f.message, f.hint, m.movement_ref, to_jsonb(m) - 'n' AS detail
      FROM unnest(movements) WITH ORDINALITY AS m (kind, sku, quantity, location, to_location, happened_at, movement_ref,
             document_ref, reason, card_code, base_type, base_entry, base_line, unit_cost, effective_date, n),
           stockbridge.movement_input_fault((m.kind, m.sku, m.quantity, m.location, m.to_location, m.happened_at,
             m.movement_ref, m.document_ref, m.reason, m.card_code, m.base_type, m.base_entry, m.base_line,
             m.unit_cost, m.effective_date)::stockbridge.movement_input) f
     ORDER BY m.n
  LOOP
    IF strict THEN
      RAISE EXCEPTION '%', fault.message USING ERRCODE = 'invalid_parameter_value', HINT = fault.hint;
    END IF;
    PERFORM stockbridge.open_exception(link, 'unreadable_row', 'movement ' || coalesce(fault.movement_ref, 'without reference'),
      fault.message, fault.hint, fault.detail);
  END LOOP;

  WITH told AS MATERIALIZED (
    SELECT nextval('stockbridge.movement_number') AS movement, m.*
      FROM unnest(movements) WITH ORDINALITY AS m (kind, sku, quantity, location, to_location, happened_at, movement_ref,
             document_ref, reason, card_code, base_type, base_entry, base_line, unit_cost, effective_date, n)
     WHERE strict OR NOT EXISTS (
             SELECT FROM stockbridge.movement_input_fault((m.kind, m.sku, m.quantity, m.location, m.to_location, m.happened_at,
               m.movement_ref, m.document_ref, m.reason, m.card_code, m.base_type, m.base_entry, m.base_line,
               m.unit_cost, m.effective_date)::stockbridge.movement_input))
  ), taken AS (
    INSERT INTO stockbridge.movement (link, movement, kind, sku, quantity, location, to_location, happened_at,
             movement_ref, document_ref, reason, card_code, base_type, base_entry, base_line, unit_cost,
             effective_date)
    SELECT take_movements.link, t.movement, t.kind, t.sku, t.quantity, t.location, t.to_location,
           coalesce(t.happened_at, clock_timestamp()), nullif(t.movement_ref, ''), t.document_ref, t.reason, t.card_code,
           t.base_type, t.base_entry, t.base_line, t.unit_cost, t.effective_date
      FROM told t ORDER BY t.n
    ON CONFLICT ON CONSTRAINT movement_once_per_ref DO NOTHING
    RETURNING movement
  )
  SELECT array_agg(taken.movement ORDER BY m.n) INTO numbers
    FROM generate_series(1, cardinality(movements)) AS m (n) LEFT JOIN told USING (n) LEFT JOIN taken USING (movement);

  PERFORM stockbridge.judge_new(link, array_remove(numbers, NULL));
  IF array_position(numbers, NULL) IS NOT NULL THEN
    numbers := stockbridge.known_movements(link, movements, numbers, strict);
  END IF;
  RETURN numbers;
END
$$;
COMMENT ON FUNCTION stockbridge.take_movements(text, stockbridge.movement_input[], boolean) IS
  'Stores movements, each reference once, and judges them. Returns their numbers in the order given. With strict, the first faulty row raises; else faulty rows become exceptions and their number is NULL.';

-- Nothing → received → ready | rejected: the first state of new movements.
CREATE FUNCTION stockbridge.judge_new(link text, movements bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  fault record;
BEGIN
  WITH verdict AS MATERIALIZED (
    SELECT v.* FROM unnest(movements) AS m (movement)
      JOIN stockbridge.movement_verdict v ON v.link = judge_new.link AND v.movement = m.movement
  ), history AS (
    INSERT INTO stockbridge.transition (link, movement, from_state, state, evidence)
    SELECT v.link, v.movement, 'received', v.state,
           '{"by": "validation"}'::jsonb || CASE WHEN v.reason IS NULL THEN '{}' ELSE jsonb_build_object('reason', v.reason) END
      FROM verdict v WHERE v.state <> 'received' ORDER BY v.movement
  )
  INSERT INTO stockbridge.movement_state (link, movement, happened_at, state, item_code, warehouse_code,
           to_warehouse_code, document_type, document_group, problem, subject, reason)
  SELECT v.link, v.movement, v.happened_at, v.state, v.item_code, v.warehouse_code,
         v.to_warehouse_code, v.document_type, v.document_group, v.problem, v.subject, v.reason
    FROM verdict v ORDER BY v.movement;

  FOR fault IN
    SELECT s.problem, s.subject, min(s.reason) AS reason, min(s.movement) AS movement, count(*) AS movements
      FROM unnest(judge_new.movements) AS m (movement)
      JOIN stockbridge.movement_state s ON s.link = judge_new.link AND s.movement = m.movement
     WHERE s.problem IS NOT NULL GROUP BY s.problem, s.subject
  LOOP
    PERFORM stockbridge.open_exception(judge_new.link, fault.problem, fault.subject, fault.reason, NULL,
      jsonb_build_object('movement', fault.movement, 'movements', fault.movements));
  END LOOP;
END
$$;
COMMENT ON FUNCTION stockbridge.judge_new(text, bigint[]) IS
  'Gives movements just stored their first state, with its history and exceptions.';

-- A reference told twice is the same movement, unless it is told differently:
-- then the IMS changed what already is on its way to B1, and somebody must know.
-- Its time is no part of that: some systems tell when a record was last written,
-- which a new price moves (Tryton).
CREATE FUNCTION stockbridge.known_movements(
  link text, movements stockbridge.movement_input[], numbers bigint[], strict boolean
) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known record;
BEGIN
  FOR known IN
    SELECT t.n::integer, k.movement, t.movement_ref,
           (k.kind, k.sku, k.quantity, k.location, k.to_location)
             IS DISTINCT FROM (t.kind, t.sku, t.quantity, t.location, t.to_location) AS changed,
           jsonb_build_object('stored', to_jsonb(k), 'told', to_jsonb(t) - 'n') AS detail
      FROM unnest(movements) WITH ORDINALITY AS t (kind, sku, quantity, location, to_location, happened_at, movement_ref,
             document_ref, reason, card_code, base_type, base_entry, base_line, unit_cost, effective_date, n)
      JOIN stockbridge.movement k ON k.link = known_movements.link AND k.movement_ref = t.movement_ref
     WHERE numbers[t.n] IS NULL
  LOOP
    numbers[known.n] := known.movement;
    CONTINUE WHEN NOT known.changed;
    IF strict THEN
      RAISE EXCEPTION 'movement "%" is already known with other contents', known.movement_ref
        USING ERRCODE = 'unique_violation', DETAIL = format('It is movement %s of link "%s".', known.movement, link),
              HINT = 'A movement is never changed: enter the difference as a movement of its own.';
    END IF;
    PERFORM stockbridge.open_exception(link, 'changed_movement', 'movement ' || known.movement_ref,
      format('the IMS tells movement "%s" differently than before', known.movement_ref), NULL, known.detail);
  END LOOP;
  RETURN numbers;
END
$$;
COMMENT ON FUNCTION stockbridge.known_movements(text, stockbridge.movement_input[], bigint[], boolean) IS
  'Fills in the numbers of movements that were known before, and reports those that are told differently now.';

CREATE FUNCTION stockbridge.enqueue(
  link text, kind text, sku text, quantity numeric, location text,
  to_location text DEFAULT NULL, happened_at timestamptz DEFAULT NULL, movement_ref text DEFAULT NULL,
  document_ref text DEFAULT NULL, reason text DEFAULT NULL, card_code text DEFAULT NULL,
  base_type integer DEFAULT NULL, base_entry integer DEFAULT NULL, base_line integer DEFAULT NULL,
  unit_cost numeric DEFAULT NULL, effective_date date DEFAULT NULL
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (stockbridge.take_movements(link,
    ARRAY[(kind, sku, quantity, location, to_location, happened_at, movement_ref, document_ref, reason, card_code,
           base_type, base_entry, base_line, unit_cost, effective_date)::stockbridge.movement_input], true))[1]
$$;
COMMENT ON FUNCTION stockbridge.enqueue(text, text, text, numeric, text, text, timestamptz, text, text, text, text, integer, integer, integer, numeric, date) IS
  'Queues one movement and returns its number. kind: receipt, dispatch, adjustment (signed quantity), transfer (location → to_location), count, return. A movement_ref seen before is the same movement. An unknown SKU or unmapped location is kept as rejected, with an exception.';

CREATE FUNCTION stockbridge.enqueue(link text, movements stockbridge.movement_input[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT unnest(stockbridge.take_movements(link, movements, true))
$$;
COMMENT ON FUNCTION stockbridge.enqueue(text, stockbridge.movement_input[]) IS
  'Queues many movements at once, all or none, and returns their numbers in the order given.';
