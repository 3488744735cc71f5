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
  effective_date date,
  unit          text,
  batches       jsonb,
  serials       jsonb,
  bins          jsonb,
  corrects      bigint
);
COMMENT ON TYPE stockbridge.movement_input IS
  'A movement as enqueue() takes it. jsonb_populate_recordset(NULL::stockbridge.movement_input, …) makes rows of JSON.';

CREATE FUNCTION stockbridge.base_type_fits(kind text, base_type integer) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM stockbridge.document_type t WHERE t.kind = $1 AND t.base_type = $2);
END;
COMMENT ON FUNCTION stockbridge.base_type_fits(text, integer) IS 'Whether a movement of a kind may draw on a document of a type.';

-- What is wrong with a movement as it was told: a number, whose words are below.
-- B1 keeps quantities with at most six decimals: more would be rounded there, and
-- the difference would look like drift for ever.
--
-- Neither function is pinned to a search_path, which their parsed bodies do not
-- need, so that the planner can inline them.
CREATE FUNCTION stockbridge.input_fault(m stockbridge.movement_input) RETURNS integer
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE
    WHEN m.kind IS NULL OR m.kind NOT IN ('receipt', 'dispatch', 'adjustment', 'transfer', 'count', 'return') THEN 1
    WHEN coalesce(m.sku, '') = '' THEN 2
    WHEN coalesce(m.location, '') = '' THEN 3
    WHEN m.quantity IS NULL OR m.quantity IN ('NaN', 'Infinity', '-Infinity') THEN 4
    WHEN m.quantity = 0 AND m.kind <> 'count' THEN 5
    WHEN m.quantity < 0 AND m.kind <> 'adjustment' THEN 6
    WHEN abs(m.quantity) > 1000000000 THEN 7
    WHEN scale(m.quantity) > 6 AND scale(trim_scale(m.quantity)) > 6 THEN 8
    WHEN m.kind = 'transfer' AND coalesce(m.to_location, '') = '' THEN 9
    WHEN m.kind = 'transfer' AND m.to_location = m.location THEN 10
    WHEN m.kind <> 'transfer' AND m.to_location IS NOT NULL THEN 11
    WHEN m.happened_at > now() + interval '1 day' THEN 12
    WHEN (m.base_entry IS NULL) <> (m.base_line IS NULL) OR (m.base_type IS NOT NULL AND m.base_entry IS NULL) THEN 13
    WHEN m.base_type IS NOT NULL AND NOT stockbridge.base_type_fits(m.kind, m.base_type) THEN 14
    WHEN m.unit_cost < 0 OR m.unit_cost IN ('NaN', 'Infinity') THEN 15
    WHEN jsonb_typeof(m.batches) <> 'array' OR jsonb_typeof(m.serials) <> 'array' OR jsonb_typeof(m.bins) <> 'array' THEN 16
    WHEN m.unit = '' THEN 17
  END;
END;
COMMENT ON FUNCTION stockbridge.input_fault(stockbridge.movement_input) IS
  'What is wrong with a movement as it was told, as input_fault_words() says it; NULL if nothing is.';

CREATE FUNCTION stockbridge.input_fault_words(m stockbridge.movement_input, fault integer, OUT message text, OUT hint text)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE fault
    WHEN 1 THEN format('kind of movement %s is not known', coalesce(quote_ident(m.kind), 'NULL'))
    WHEN 2 THEN 'a movement needs a SKU'
    WHEN 3 THEN 'a movement needs a location'
    WHEN 4 THEN format('quantity %s is not a number', coalesce(m.quantity::text, 'NULL'))
    WHEN 5 THEN 'quantity 0 moves nothing'
    WHEN 6 THEN format('quantity %s of a %s is negative', m.quantity, m.kind)
    WHEN 7 THEN format('quantity %s is absurd', m.quantity)
    WHEN 8 THEN format('quantity %s has more than six decimals', m.quantity)
    WHEN 9 THEN 'a transfer needs to_location'
    WHEN 10 THEN format('a transfer from "%s" to itself moves nothing', m.location)
    WHEN 11 THEN format('a %s has no to_location', m.kind)
    WHEN 12 THEN format('happened_at %s lies in the future', m.happened_at)
    WHEN 13 THEN 'a base document is named by base_entry and base_line'
    WHEN 14 THEN format('a %s has no base document of type %s', m.kind, m.base_type)
    WHEN 15 THEN format('unit cost %s is not a cost', m.unit_cost)
    WHEN 16 THEN 'batches, serials and bins are lists'
    WHEN 17 THEN 'a unit has a name'
  END, CASE fault
    WHEN 1 THEN 'Kinds are receipt, dispatch, adjustment, transfer, count and return.'
    WHEN 2 THEN 'Give the SKU as the IMS names it.'
    WHEN 3 THEN 'Give the location as the IMS names it; for a transfer the one it left.'
    WHEN 4 THEN 'Give the quantity in the item''s inventory unit.'
    WHEN 6 THEN 'Only adjustments are signed; the opposite of a receipt is a dispatch.'
    WHEN 7 THEN 'One movement moves at most 1000000000 units.'
    WHEN 8 THEN 'B1 keeps six decimals: round the quantity in the inventory system.'
    WHEN 9 THEN 'Give the location at which it arrived.'
    WHEN 11 THEN 'Only a transfer arrives at a second location.'
    WHEN 12 THEN 'A movement is told after it happened; check the clock and time zone of the inventory system.'
    WHEN 13 THEN 'Give both, or neither.'
    WHEN 14 THEN 'A receipt may draw on a purchase order (22), a dispatch on a sales order (17), a return on a delivery (15).'
    WHEN 15 THEN 'Give the cost of one unit, or leave it out.'
    WHEN 16 THEN 'Give JSON such as [{"batch": "L1", "quantity": 2}], ["S1", "S2"] or [{"bin": 7, "quantity": 2}].'
    WHEN 17 THEN 'Leave the unit out if the quantity is in inventory units.'
    ELSE 'Leave the movement out.'
  END;
END;
COMMENT ON FUNCTION stockbridge.input_fault_words(stockbridge.movement_input, integer) IS
  'What is wrong with a movement in words, and how to tell it right.';

-- A stored movement as it was told.
CREATE FUNCTION stockbridge.movement_as_told(m stockbridge.movement) RETURNS stockbridge.movement_input
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT ROW(m.kind, m.sku, m.quantity, m.location, m.to_location, m.happened_at, m.movement_ref, m.document_ref, m.reason,
             m.card_code, m.base_type, m.base_entry, m.base_line, m.unit_cost, m.effective_date, m.unit, m.batches, m.serials, m.bins,
             m.corrects)::stockbridge.movement_input;
END;
COMMENT ON FUNCTION stockbridge.movement_as_told(stockbridge.movement) IS 'A movement in the form in which enqueue() takes it.';

-- ---------------------------------------------------------------------------
-- Whatever is stored is judged by the same statement
-- ---------------------------------------------------------------------------

-- For many rows the plan is made anew: what is best for one is not for a million.
CREATE FUNCTION stockbridge.judge_new_movements() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
  fault record;
BEGIN
  SELECT w.message, w.hint INTO fault
    FROM (SELECT stockbridge.movement_as_told(n.*) AS told, n.movement FROM new_movement n) n,
         stockbridge.input_fault_words(n.told, stockbridge.input_fault(n.told)) w
   WHERE stockbridge.input_fault(n.told) IS NOT NULL
   ORDER BY n.movement LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '%', fault.message USING ERRCODE = 'invalid_parameter_value', HINT = fault.hint;
  END IF;
  PERFORM stockbridge.link_policy(n.link) FROM (SELECT DISTINCT link FROM new_movement) n;
  SELECT n.link, n.corrects INTO fault FROM new_movement n
   WHERE n.corrects IS NOT NULL
     AND NOT EXISTS (SELECT FROM stockbridge.movement m WHERE m.link = n.link AND m.movement = n.corrects) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'movement % of link "%", which is to be corrected, does not exist', fault.corrects, fault.link
      USING ERRCODE = 'foreign_key_violation', HINT = 'Give the number that enqueue() returned for it.';
  END IF;

  IF (SELECT count(*) FROM (SELECT FROM new_movement LIMIT 1001) n) > 1000 THEN
    EXECUTE 'INSERT INTO stockbridge.movement_state SELECT v.* FROM new_movement n JOIN stockbridge.movement_verdict v USING (link, movement)';
  ELSE
    INSERT INTO stockbridge.movement_state SELECT v.* FROM new_movement n JOIN stockbridge.movement_verdict v USING (link, movement);
  END IF;

  -- What draws on one line of a base document goes one after another, which shows
  -- only once all of it is stored.
  PERFORM stockbridge.validate(n.link, array_agg(n.movement)) FROM new_movement n WHERE n.base_entry IS NOT NULL GROUP BY n.link;

  -- What is not ready at once has a history, and an exception.
  INSERT INTO stockbridge.transition (link, movement, from_state, state, evidence)
  SELECT s.link, s.movement, 'received', s.state, jsonb_build_object('by', 'validation', 'reason', s.reason)
    FROM new_movement n JOIN stockbridge.movement_state s USING (link, movement)
   WHERE s.state = 'rejected'
     AND NOT EXISTS (SELECT FROM stockbridge.transition t WHERE t.link = s.link AND t.movement = s.movement)
   ORDER BY s.movement;
  FOR fault IN
    SELECT s.link, s.problem, s.subject, min(s.reason) AS reason, min(s.movement) AS movement, count(*) AS movements
      FROM new_movement n JOIN stockbridge.movement_state s USING (link, movement)
     WHERE s.problem IS NOT NULL GROUP BY s.link, s.problem, s.subject
  LOOP
    PERFORM stockbridge.open_exception(fault.link, fault.problem, fault.subject, fault.reason, NULL,
      jsonb_build_object('movement', fault.movement, 'movements', fault.movements));
  END LOOP;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockbridge.judge_new_movements() IS
  'Trigger: refuses movements that say nothing sensible, and gives all others their first state, with its history and exceptions.';
CREATE TRIGGER judge_new_movements AFTER INSERT ON stockbridge.movement
  REFERENCING NEW TABLE AS new_movement
  FOR EACH STATEMENT EXECUTE FUNCTION stockbridge.judge_new_movements();

CREATE VIEW stockbridge.movement_intake AS
SELECT m.link, m.kind, m.sku, m.quantity, m.location, m.to_location, m.happened_at, m.movement_ref, m.document_ref, m.reason,
       m.card_code, m.base_type, m.base_entry, m.base_line, m.unit_cost, m.effective_date, m.unit, m.batches, m.serials, m.bins,
       m.corrects, +m.movement AS movement
  FROM stockbridge.movement m;
COMMENT ON VIEW stockbridge.movement_intake IS
  'Movements to INSERT or COPY into: the same as enqueue(), for any number at once. A movement_ref seen before is an error, or with ON CONFLICT DO NOTHING nothing. RETURNING movement tells the numbers.';
COMMENT ON COLUMN stockbridge.movement_intake.link IS 'The link.';
COMMENT ON COLUMN stockbridge.movement_intake.kind IS 'receipt, dispatch, adjustment, transfer, count or return.';
COMMENT ON COLUMN stockbridge.movement_intake.sku IS 'SKU in the IMS.';
COMMENT ON COLUMN stockbridge.movement_intake.quantity IS 'Quantity; see movement.';
COMMENT ON COLUMN stockbridge.movement_intake.location IS 'IMS location; of a transfer, the one it left.';
COMMENT ON COLUMN stockbridge.movement_intake.to_location IS 'IMS location at which a transfer arrived.';
COMMENT ON COLUMN stockbridge.movement_intake.happened_at IS 'When it happened; now, if left out.';
COMMENT ON COLUMN stockbridge.movement_intake.movement_ref IS 'The IMS''s own reference, once per link.';
COMMENT ON COLUMN stockbridge.movement_intake.document_ref IS 'The IMS''s document.';
COMMENT ON COLUMN stockbridge.movement_intake.reason IS 'Why it happened.';
COMMENT ON COLUMN stockbridge.movement_intake.card_code IS 'Business partner in B1.';
COMMENT ON COLUMN stockbridge.movement_intake.base_type IS 'Object type of the base document in B1.';
COMMENT ON COLUMN stockbridge.movement_intake.base_entry IS 'DocEntry of the base document.';
COMMENT ON COLUMN stockbridge.movement_intake.base_line IS 'LineNum in the base document.';
COMMENT ON COLUMN stockbridge.movement_intake.unit_cost IS 'Cost of one unit, for receipts.';
COMMENT ON COLUMN stockbridge.movement_intake.effective_date IS 'Date of its document in B1, if the IMS says one.';
COMMENT ON COLUMN stockbridge.movement_intake.unit IS 'Unit of the quantity, if it is not the inventory unit.';
COMMENT ON COLUMN stockbridge.movement_intake.batches IS 'Batch numbers; see movement.';
COMMENT ON COLUMN stockbridge.movement_intake.serials IS 'Serial numbers; see movement.';
COMMENT ON COLUMN stockbridge.movement_intake.bins IS 'Bin locations; see movement.';
COMMENT ON COLUMN stockbridge.movement_intake.corrects IS 'Number of the movement that it corrects.';
COMMENT ON COLUMN stockbridge.movement_intake.movement IS 'Number given to the movement; not to be inserted.';

-- strict: the first faulty row is an error of the caller.  Otherwise faulty rows
-- become exceptions and the rest is taken.
CREATE FUNCTION stockbridge.take_movements(
  link text, movements stockbridge.movement_input[], strict boolean
) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  told_by text := stockbridge.actor();
  numbers bigint[];
  fault record;
BEGIN
  PERFORM stockbridge.link_policy(link);
  FOR fault IN
    SELECT w.message, w.hint, m.movement_ref, to_jsonb(m.*) AS detail
      FROM unnest(movements) m, stockbridge.input_fault_words(m.*, stockbridge.input_fault(m.*)) w
     WHERE stockbridge.input_fault(m.*) IS NOT NULL
  LOOP
    IF strict THEN
      RAISE EXCEPTION '%', fault.message USING ERRCODE = 'invalid_parameter_value', HINT = fault.hint;
    END IF;
    PERFORM stockbridge.open_exception(link, 'unreadable_row', 'movement ' || coalesce(fault.movement_ref, 'without reference'),
      fault.message, fault.hint, fault.detail);
  END LOOP;

  WITH told AS MATERIALIZED (
    SELECT nextval('stockbridge.movement_number') AS movement, m.*
      FROM (SELECT row_number() OVER () AS n, u.* FROM unnest(movements) u) m
     WHERE strict OR stockbridge.input_fault((m.kind, m.sku, m.quantity, m.location, m.to_location, m.happened_at,
               m.movement_ref, m.document_ref, m.reason, m.card_code, m.base_type, m.base_entry, m.base_line,
               m.unit_cost, m.effective_date, m.unit, m.batches, m.serials, m.bins, m.corrects)::stockbridge.movement_input) IS NULL
  ), taken AS (
    INSERT INTO stockbridge.movement (link, movement, kind, sku, quantity, location, to_location, happened_at,
             movement_ref, document_ref, reason, card_code, base_type, base_entry, base_line, unit_cost,
             effective_date, unit, batches, serials, bins, corrects, received_by)
    SELECT take_movements.link, t.movement, t.kind, t.sku, t.quantity, t.location, t.to_location,
           coalesce(t.happened_at, clock_timestamp()), nullif(t.movement_ref, ''), t.document_ref, t.reason, t.card_code,
           t.base_type, t.base_entry, t.base_line, t.unit_cost, t.effective_date, t.unit, t.batches, t.serials, t.bins, t.corrects, told_by
      FROM told t ORDER BY t.n
    ON CONFLICT ON CONSTRAINT movement_once_per_ref DO NOTHING
    RETURNING movement
  )
  SELECT array_agg(taken.movement ORDER BY m.n) INTO numbers
    FROM generate_series(1, cardinality(movements)) AS m (n) LEFT JOIN told USING (n) LEFT JOIN taken USING (movement);
  IF array_position(numbers, NULL) IS NOT NULL THEN
    numbers := stockbridge.known_movements(link, movements, numbers, strict);
  END IF;
  RETURN numbers;
END
$$;
COMMENT ON FUNCTION stockbridge.take_movements(text, stockbridge.movement_input[], boolean) IS
  'Stores movements, each reference once, and judges them. Returns their numbers in the order given. With strict, the first faulty row raises; else faulty rows become exceptions and their number is NULL.';

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
           (k.kind, k.sku, k.quantity, k.location, k.to_location, k.unit)
             IS DISTINCT FROM (t.kind, t.sku, t.quantity, t.location, t.to_location, t.unit) AS changed,
           jsonb_build_object('stored', to_jsonb(k), 'told', to_jsonb(t) - 'n') AS detail
      FROM (SELECT row_number() OVER () AS n, u.* FROM unnest(movements) u) t
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
  unit_cost numeric DEFAULT NULL, effective_date date DEFAULT NULL, unit text DEFAULT NULL, batches jsonb DEFAULT NULL,
  serials jsonb DEFAULT NULL, bins jsonb DEFAULT NULL, corrects bigint DEFAULT NULL
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (stockbridge.take_movements(link,
    ARRAY[(kind, sku, quantity, location, to_location, happened_at, movement_ref, document_ref, reason, card_code,
           base_type, base_entry, base_line, unit_cost, effective_date, unit, batches, serials, bins,
           corrects)::stockbridge.movement_input], true))[1]
$$;
COMMENT ON FUNCTION stockbridge.enqueue(text, text, text, numeric, text, text, timestamptz, text, text, text, text, integer, integer, integer, numeric, date, text, jsonb, jsonb, jsonb, bigint) IS
  'Queues one movement and returns its number. kind: receipt, dispatch, adjustment (signed quantity), transfer (location → to_location), count, return. A movement_ref seen before is the same movement. corrects names a movement that this one corrects. An unknown SKU or unmapped location is kept as rejected, with an exception.';

CREATE FUNCTION stockbridge.enqueue(link text, movements stockbridge.movement_input[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT unnest(stockbridge.take_movements(link, movements, true))
$$;
COMMENT ON FUNCTION stockbridge.enqueue(text, stockbridge.movement_input[]) IS
  'Queues many movements at once, all or none, and returns their numbers in the order given.';
