-- ---------------------------------------------------------------------------
-- Movements: what the IMS told, where each stands, and every step it took.
--
-- movement        one physical stock event; never changed once stored
-- movement_state  where it stands now: exactly one state
-- transition      one row per change of state: when, by whom, on what evidence
--
--   received ──▶ ready ──▶ posting ──▶ posted
--       │          ▲ │        │
--       └▶ rejected ┘ │       ├─▶ retry    ──▶ posting
--                     │       ├─▶ in_doubt ──▶ posted | parked | retry | rejected
--                     │       ├─▶ parked   ──▶ posted | in_doubt
--                     │       └─▶ rejected ──▶ ready
--                     └▶ cancelled
--
-- received: not judged yet, because the items of the company were never read.
-- From posting on, a movement moves with its document (45_posting.sql).
--
-- A lane is the movements of one link, item and warehouse in the order in which
-- they happened.  Movements that wait or are under way (ready, posting, retry,
-- in_doubt) hold up those behind them in their lanes; movements that a person
-- must decide on (rejected, parked) do not, or one refused receipt would stop an
-- item for days.
--
-- Most movements are found good at once: that first step, received → ready, is
-- not written down for each (movement_history shows it all the same).  A state is
-- changed in place, without new index entries, while "waits" stays what it is.
-- ---------------------------------------------------------------------------

CREATE SEQUENCE stockbridge.movement_number;
COMMENT ON SEQUENCE stockbridge.movement_number IS 'Numbers of movements.';

-- That the link exists and the row says something sensible is checked for all
-- rows of a statement at once (37_intake.sql).
CREATE TABLE stockbridge.movement (
  link          text NOT NULL,
  movement      bigint NOT NULL DEFAULT nextval('stockbridge.movement_number'),
  kind          text NOT NULL,
  sku           text NOT NULL,
  quantity      numeric NOT NULL,
  location      text NOT NULL,
  to_location   text,
  happened_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
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
  corrects      bigint,
  received_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  received_by   text NOT NULL DEFAULT stockbridge.actor(),
  PRIMARY KEY (link, movement),
  CONSTRAINT movement_once_per_ref UNIQUE (link, movement_ref)
);
CREATE INDEX movement_base ON stockbridge.movement (link, base_entry, base_line) WHERE base_entry IS NOT NULL;
CREATE INDEX movement_happened_at ON stockbridge.movement (link, happened_at);
COMMENT ON TABLE stockbridge.movement IS
  'Physical stock events as the IMS told them. Never changed: a correction is a new movement.';
COMMENT ON COLUMN stockbridge.movement.link IS 'The link.';
COMMENT ON COLUMN stockbridge.movement.movement IS 'Number of the movement, unique over all links.';
COMMENT ON COLUMN stockbridge.movement.kind IS 'receipt, dispatch, adjustment, transfer, count or return.';
COMMENT ON COLUMN stockbridge.movement.sku IS 'SKU in the IMS.';
COMMENT ON COLUMN stockbridge.movement.quantity IS 'Quantity in the item''s inventory unit; positive, but for an adjustment signed, for a count the quantity counted.';
COMMENT ON COLUMN stockbridge.movement.location IS 'IMS location at which it happened; of a transfer, the one it left.';
COMMENT ON COLUMN stockbridge.movement.to_location IS 'IMS location at which a transfer arrived.';
COMMENT ON COLUMN stockbridge.movement.happened_at IS 'When it happened.';
COMMENT ON COLUMN stockbridge.movement.movement_ref IS 'The IMS''s own reference of the movement: a second movement with it is the same movement.';
COMMENT ON COLUMN stockbridge.movement.document_ref IS 'The IMS''s document, for people to find it.';
COMMENT ON COLUMN stockbridge.movement.reason IS 'Why it happened.';
COMMENT ON COLUMN stockbridge.movement.card_code IS 'Business partner in B1.';
COMMENT ON COLUMN stockbridge.movement.base_type IS 'Object type of the base document in B1.';
COMMENT ON COLUMN stockbridge.movement.base_entry IS 'DocEntry of the base document.';
COMMENT ON COLUMN stockbridge.movement.base_line IS 'LineNum in the base document.';
COMMENT ON COLUMN stockbridge.movement.unit_cost IS 'Cost of one unit, for receipts.';
COMMENT ON COLUMN stockbridge.movement.effective_date IS 'Date that its document in B1 bears, if the IMS says one; else the day on which it happened.';
COMMENT ON COLUMN stockbridge.movement.unit IS 'Unit in which the quantity is told; NULL: the item''s inventory unit.';
COMMENT ON COLUMN stockbridge.movement.batches IS 'Batch numbers: [{"batch": …, "quantity": …, "expires": date}, …], quantities in the unit of the movement.';
COMMENT ON COLUMN stockbridge.movement.serials IS 'Serial numbers: [text, …], one for each inventory unit.';
COMMENT ON COLUMN stockbridge.movement.bins IS 'Bin locations: [{"bin": AbsEntry in B1, "quantity": …, "to": true where a transfer arrives}, …], quantities in the unit of the movement.';
COMMENT ON COLUMN stockbridge.movement.corrects IS 'Number of the movement that this one corrects.';
COMMENT ON COLUMN stockbridge.movement.received_at IS 'When it was stored here.';
COMMENT ON COLUMN stockbridge.movement.received_by IS 'Who stored it.';

CREATE TRIGGER movement_is_final BEFORE UPDATE OR DELETE ON stockbridge.movement
  FOR EACH ROW EXECUTE FUNCTION stockbridge.refuse_change('Enter a correction as a movement of its own, or cancel the movement.');

CREATE TABLE stockbridge.movement_state (
  link               text NOT NULL,
  movement           bigint NOT NULL,
  happened_at        timestamptz NOT NULL,
  state              text NOT NULL CHECK (state IN ('received', 'ready', 'rejected', 'posting', 'retry',
                                                    'in_doubt', 'parked', 'posted', 'cancelled')),
  waits              boolean NOT NULL DEFAULT false,
  since              timestamptz NOT NULL DEFAULT clock_timestamp(),
  item_code          text,
  warehouse_code     text,
  to_warehouse_code  text,
  quantity           numeric,
  document_type      text,
  document_group     text,
  released           boolean NOT NULL DEFAULT false,
  alone              boolean NOT NULL DEFAULT false,
  document           bigint,
  problem            text REFERENCES stockbridge.exception_type,
  subject            text,
  reason             text,
  PRIMARY KEY (link, movement),
  CHECK (waits = (state IN ('ready', 'posting', 'retry', 'in_doubt'))),
  CHECK (state NOT IN ('posting', 'retry', 'in_doubt', 'parked', 'posted') OR document IS NOT NULL),
  CHECK (state NOT IN ('rejected', 'parked') OR problem IS NOT NULL),
  CHECK ((problem IS NULL) = (subject IS NULL))
) WITH (fillfactor = 80);
COMMENT ON TABLE stockbridge.movement_state IS 'Where each movement stands: exactly one state.';
COMMENT ON COLUMN stockbridge.movement_state.link IS 'The link.';
COMMENT ON COLUMN stockbridge.movement_state.movement IS 'The movement.';
COMMENT ON COLUMN stockbridge.movement_state.happened_at IS 'When the movement happened: its place in its lanes.';
COMMENT ON COLUMN stockbridge.movement_state.state IS 'Its state.';
COMMENT ON COLUMN stockbridge.movement_state.waits IS 'It is in its lanes: ready, posting, retry or in_doubt.';
COMMENT ON COLUMN stockbridge.movement_state.since IS 'Since when.';
COMMENT ON COLUMN stockbridge.movement_state.item_code IS 'B1 item that the SKU maps to.';
COMMENT ON COLUMN stockbridge.movement_state.warehouse_code IS 'B1 warehouse that the location maps to.';
COMMENT ON COLUMN stockbridge.movement_state.to_warehouse_code IS 'B1 warehouse that the location of arrival maps to.';
COMMENT ON COLUMN stockbridge.movement_state.quantity IS 'Its quantity in inventory units.';
COMMENT ON COLUMN stockbridge.movement_state.document_type IS 'What it posts as.';
COMMENT ON COLUMN stockbridge.movement_state.document_group IS 'Movements with the same text here may share a document: type, day, partner, base document and IMS document.';
COMMENT ON COLUMN stockbridge.movement_state.released IS 'A person let it go although the link''s posting policy is manual.';
COMMENT ON COLUMN stockbridge.movement_state.alone IS 'It posts in a document of its own, because B1 refused one that it shared.';
COMMENT ON COLUMN stockbridge.movement_state.document IS 'The document it is in.';
COMMENT ON COLUMN stockbridge.movement_state.problem IS 'Type of the exception that holds it.';
COMMENT ON COLUMN stockbridge.movement_state.subject IS 'Subject of that exception.';
COMMENT ON COLUMN stockbridge.movement_state.reason IS 'Why it is where it is, in words.';

-- The lanes, and those of a group; the lanes that transfers come into; what a
-- person let go; what a person must decide on; what nobody could judge.
CREATE INDEX movement_state_lane ON stockbridge.movement_state (link, item_code, warehouse_code, happened_at, movement) WHERE waits;
CREATE INDEX movement_state_arriving ON stockbridge.movement_state (link, item_code, to_warehouse_code, happened_at, movement)
  WHERE waits AND to_warehouse_code IS NOT NULL;
CREATE INDEX movement_state_group ON stockbridge.movement_state (link, document_group, item_code, warehouse_code, happened_at, movement)
  WHERE waits AND NOT alone;
CREATE INDEX movement_state_released ON stockbridge.movement_state (link, happened_at, movement) WHERE waits AND released;
CREATE INDEX movement_state_problem ON stockbridge.movement_state (link, problem, subject) WHERE problem IS NOT NULL;
CREATE INDEX movement_state_unknown ON stockbridge.movement_state (link) WHERE item_code IS NULL;

-- What is not final, found by index.
CREATE VIEW stockbridge.open_movement AS
  SELECT s.link, s.movement FROM stockbridge.movement_state s WHERE s.waits
  UNION
  SELECT s.link, s.movement FROM stockbridge.movement_state s WHERE s.problem IS NOT NULL AND s.state IN ('rejected', 'parked')
  UNION
  SELECT s.link, s.movement FROM stockbridge.movement_state s WHERE s.item_code IS NULL AND s.state = 'received';
COMMENT ON VIEW stockbridge.open_movement IS 'Movements that are not final.';
COMMENT ON COLUMN stockbridge.open_movement.link IS 'The link.';
COMMENT ON COLUMN stockbridge.open_movement.movement IS 'The movement.';

CREATE TABLE stockbridge.transition (
  link        text NOT NULL,
  movement    bigint NOT NULL,
  transition  bigint GENERATED ALWAYS AS IDENTITY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor       text NOT NULL DEFAULT stockbridge.actor(),
  from_state  text NOT NULL,
  state       text NOT NULL,
  document    bigint,
  attempt     bigint,
  evidence    jsonb NOT NULL,
  PRIMARY KEY (link, movement, transition)
);
CREATE INDEX transition_posted ON stockbridge.transition (link, at) WHERE state = 'posted';
COMMENT ON TABLE stockbridge.transition IS
  'Every change of state of every movement. That a movement was received, and found good at once, is told by its own row. See movement_history.';
COMMENT ON COLUMN stockbridge.transition.link IS 'The link.';
COMMENT ON COLUMN stockbridge.transition.movement IS 'The movement.';
COMMENT ON COLUMN stockbridge.transition.transition IS 'Number of the change, in the order of changes of one movement.';
COMMENT ON COLUMN stockbridge.transition.at IS 'When.';
COMMENT ON COLUMN stockbridge.transition.actor IS 'By whom.';
COMMENT ON COLUMN stockbridge.transition.from_state IS 'State before.';
COMMENT ON COLUMN stockbridge.transition.state IS 'State after.';
COMMENT ON COLUMN stockbridge.transition.document IS 'Document concerned.';
COMMENT ON COLUMN stockbridge.transition.attempt IS 'Attempt concerned.';
COMMENT ON COLUMN stockbridge.transition.evidence IS 'On what evidence.';

CREATE TRIGGER transition_is_final BEFORE UPDATE OR DELETE ON stockbridge.transition
  FOR EACH ROW EXECUTE FUNCTION stockbridge.refuse_change('The history of a movement only grows.');

-- ---------------------------------------------------------------------------
-- Judging: what a movement maps to, and the first thing that is wrong with it
-- ---------------------------------------------------------------------------

-- Whether an item may be moved on a day.  B1 has two switches with dates (SL §6.2):
-- neither set is always active, "valid" with dates is active within them only,
-- "frozen" is inactive (within its dates, if it has any).
CREATE FUNCTION stockbridge.item_is_active(i stockbridge.b1_item, day date) RETURNS boolean
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT CASE
    WHEN i.frozen THEN NOT (day >= coalesce(i.frozen_from, '-infinity') AND day <= coalesce(i.frozen_to, 'infinity'))
    WHEN i.valid THEN day >= coalesce(i.valid_from, '-infinity') AND day <= coalesce(i.valid_to, 'infinity')
    ELSE true
  END;
END;
COMMENT ON FUNCTION stockbridge.item_is_active(stockbridge.b1_item, date) IS 'Whether the company lets an item be moved on a day.';

-- Quantities in a list of numbers or bins add up to that of the movement; NULL if
-- the list cannot be read.
CREATE FUNCTION stockbridge.listed_quantity(list jsonb, which jsonpath) RETURNS numeric
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT sum(CASE WHEN jsonb_typeof(e->'quantity') = 'number' AND (e->>'quantity')::numeric > 0 THEN (e->>'quantity')::numeric ELSE 'NaN' END)
    FROM jsonb_path_query(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END, which) e
$$;
COMMENT ON FUNCTION stockbridge.listed_quantity(jsonb, jsonpath) IS 'Sum of the quantities in those entries of a list that a path selects; NaN if one of them is none.';

CREATE FUNCTION stockbridge.account_for(link text, reason text, warehouse_code text) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT a.account_code FROM stockbridge.account_map a
   WHERE a.link = $1 AND a.reason IN (coalesce($2, ''), '') AND a.warehouse_code IN ($3, '')
   ORDER BY a.reason DESC, a.warehouse_code DESC LIMIT 1;
END;
COMMENT ON FUNCTION stockbridge.account_for(text, text, text) IS 'G/L account for a reason and a warehouse; NULL if none is mapped.';

-- How much of a line of a base document is left for a movement: what was open
-- when it was read, less what goes before it and was not in B1 by then.
CREATE FUNCTION stockbridge.base_left(m stockbridge.movement, base stockbridge.b1_base_line) RETURNS numeric
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT base.open_quantity - coalesce(sum(s.quantity), 0)
      FROM stockbridge.movement o
      JOIN stockbridge.movement_state s ON s.link = o.link AND s.movement = o.movement
      LEFT JOIN stockbridge.document d ON d.link = s.link AND d.document = s.document
     WHERE o.link = m.link AND o.base_entry = m.base_entry AND o.base_line = m.base_line AND o.kind = m.kind
       AND o.movement <> m.movement
       AND ((s.waits AND (o.happened_at, o.movement) < (m.happened_at, m.movement)) OR s.state = 'parked'
            OR (s.state = 'posted' AND d.posted_at > base.read_from)));
END
$$;
COMMENT ON FUNCTION stockbridge.base_left(stockbridge.movement, stockbridge.b1_base_line) IS
  'What a line of a base document has left for a movement, in inventory units.';

-- In the columns of movement_state.
CREATE VIEW stockbridge.movement_verdict AS
SELECT m.link, m.movement, m.happened_at, p.state, p.state = 'ready' AS waits, clock_timestamp() AS since,
       CASE WHEN p.state <> 'received' THEN i.item_code END AS item_code,
       w.warehouse_code, tw.warehouse_code AS to_warehouse_code, u.quantity, t.document_type,
       concat_ws('|', t.document_type, to_char(u.day, 'YYYY-MM-DD'), 'partner ' || u.card_code,
                 CASE WHEN l.group_by_base THEN 'base ' || m.base_entry END,
                 CASE WHEN l.group_by_reference THEN 'ref ' || m.document_ref END) AS document_group,
       false AS released, false AS alone, NULL::bigint AS document,
       p.problem, p.subject, p.reason
  FROM stockbridge.movement m
  JOIN stockbridge.link l ON l.link = m.link
  LEFT JOIN stockbridge.snapshot known ON known.link = m.link AND known.resource = 'b1_item'
  LEFT JOIN stockbridge.item_map im ON im.link = m.link AND im.sku = m.sku
  -- A SKU is the item of its name, unless that item is mapped to another SKU.
  LEFT JOIN stockbridge.item_map taken ON taken.link = m.link AND taken.item_code = m.sku AND taken.sku <> m.sku AND im.sku IS NULL
  LEFT JOIN stockbridge.b1_item i ON i.link = m.link AND taken.sku IS NULL AND i.item_code = coalesce(im.item_code, m.sku)
  LEFT JOIN stockbridge.warehouse_map w ON w.link = m.link AND w.location = m.location
  LEFT JOIN stockbridge.b1_warehouse bw ON bw.link = m.link AND bw.warehouse_code = w.warehouse_code
  LEFT JOIN stockbridge.warehouse_map tw ON tw.link = m.link AND tw.location = m.to_location
  LEFT JOIN stockbridge.b1_warehouse btw ON btw.link = m.link AND btw.warehouse_code = tw.warehouse_code
  LEFT JOIN stockbridge.document_type t ON t.kind = m.kind AND t.outward = (m.quantity < 0)
                                       AND t.based = (m.base_entry IS NOT NULL)
  LEFT JOIN stockbridge.b1_base_line base ON base.link = m.link AND base.base_type = t.base_type
                                         AND base.base_entry = m.base_entry AND base.base_line = m.base_line
 CROSS JOIN LATERAL (
    SELECT coalesce(m.effective_date, (m.happened_at AT TIME ZONE l.time_zone)::date) AS day,
           coalesce(m.card_code, base.card_code) AS card_code,
           CASE WHEN m.unit IS NULL OR m.unit = i.inventory_uom THEN m.quantity
                ELSE m.quantity * (SELECT f.factor FROM stockbridge.unit_map f
                                    WHERE f.link = m.link AND f.unit = m.unit AND f.sku IN (m.sku, '') ORDER BY f.sku DESC LIMIT 1)
           END AS quantity OFFSET 0) u
 -- The first thing that is wrong.
 CROSS JOIN LATERAL (SELECT CASE
    WHEN known.link IS NULL THEN 'items_unread'
    WHEN i.item_code IS NULL THEN 'unknown_item'
    WHEN (i.frozen OR i.valid_from IS NOT NULL OR i.valid_to IS NOT NULL) AND NOT stockbridge.item_is_active(i, u.day) THEN 'inactive_item'
    WHEN NOT i.inventory_item THEN 'not_inventory_item'
    WHEN w.warehouse_code IS NULL THEN 'unmapped_location'
    WHEN m.to_location IS NOT NULL AND tw.warehouse_code IS NULL THEN 'unmapped_to_location'
    WHEN bw.warehouse_code IS NULL THEN 'unknown_warehouse'
    WHEN m.to_location IS NOT NULL AND btw.warehouse_code IS NULL THEN 'unknown_to_warehouse'
    WHEN bw.inactive THEN 'inactive_warehouse'
    WHEN btw.inactive THEN 'inactive_to_warehouse'
    WHEN t.document_type IS NULL AND m.kind = 'return' THEN 'base_missing'
    WHEN t.document_type IS NULL THEN 'kind_not_posted'
    WHEN m.kind = 'count' AND (i.manage_batch_numbers OR i.manage_serial_numbers OR bw.enable_bin_locations) THEN 'count_not_posted'
    WHEN u.quantity IS NULL THEN 'no_unit_factor'
    WHEN scale(u.quantity) > 6 AND scale(trim_scale(u.quantity)) > 6 THEN 'uneven_unit_factor'
    WHEN i.manage_batch_numbers AND m.batches IS NULL THEN 'batch_numbers_needed'
    WHEN i.manage_serial_numbers AND m.serials IS NULL THEN 'serial_numbers_needed'
    WHEN m.batches IS NOT NULL AND NOT i.manage_batch_numbers THEN 'batch_numbers_surplus'
    WHEN m.serials IS NOT NULL AND NOT i.manage_serial_numbers THEN 'serial_numbers_surplus'
    WHEN m.batches IS NOT NULL AND stockbridge.listed_quantity(m.batches, '$[*] ? (@.batch != "")') IS DISTINCT FROM abs(m.quantity) THEN 'batch_numbers_sum'
    WHEN m.serials IS NOT NULL AND (SELECT count(DISTINCT e) FROM jsonb_array_elements_text(m.serials) e WHERE e <> '') <> abs(u.quantity) THEN 'serial_numbers_sum'
    WHEN bw.enable_bin_locations AND m.kind <> 'count' AND m.bins IS NULL THEN 'bins_needed'
    WHEN btw.enable_bin_locations AND m.bins IS NULL THEN 'to_bins_needed'
    WHEN m.bins IS NOT NULL AND NOT bw.enable_bin_locations AND btw.enable_bin_locations IS NOT TRUE THEN 'bins_surplus'
    WHEN bw.enable_bin_locations AND m.kind <> 'count'
         AND stockbridge.listed_quantity(m.bins, '$[*] ? (@.to != true || !exists(@.to))') IS DISTINCT FROM abs(m.quantity) THEN 'bins_sum'
    WHEN btw.enable_bin_locations AND stockbridge.listed_quantity(m.bins, '$[*] ? (@.to == true)') IS DISTINCT FROM abs(m.quantity) THEN 'to_bins_sum'
    WHEN t.takes_account AND stockbridge.account_for(m.link, m.reason, w.warehouse_code) IS NULL
         AND EXISTS (SELECT FROM stockbridge.account_map a WHERE a.link = m.link) THEN 'no_account'
    WHEN m.base_entry IS NOT NULL AND base.link IS NULL THEN 'base_unread'
    WHEN m.base_entry IS NOT NULL AND base.missing THEN 'base_missing_in_b1'
    WHEN m.base_entry IS NOT NULL AND base.item_code <> i.item_code THEN 'base_wrong'
    WHEN m.base_entry IS NOT NULL AND NOT base.is_open THEN 'base_closed'
    WHEN m.base_entry IS NOT NULL AND stockbridge.base_left(m, base) < u.quantity THEN 'base_exceeded'
    WHEN EXISTS (SELECT FROM stockbridge.closed_period c WHERE c.link = m.link AND u.day BETWEEN c.first_day AND c.last_day) THEN 'closed_period'
  END AS fault OFFSET 0) f
 -- In words.  Each is worked out only where it is needed.
 CROSS JOIN LATERAL (SELECT
  CASE WHEN f.fault IS NULL THEN 'ready' WHEN f.fault IN ('items_unread', 'base_unread') THEN 'received' ELSE 'rejected' END AS state,
  CASE
    WHEN f.fault IN ('items_unread', 'base_unread') THEN NULL
    WHEN f.fault LIKE '%\_numbers\_needed' THEN 'numbers_needed'
    WHEN f.fault LIKE '%\_numbers\_%' THEN 'numbers_wrong'
    WHEN f.fault LIKE '%bins\_%' THEN 'bins_wrong'
    WHEN f.fault = 'uneven_unit_factor' THEN 'no_unit_factor'
    WHEN f.fault = 'count_not_posted' THEN 'kind_not_posted'
    WHEN f.fault = 'base_missing_in_b1' THEN 'base_wrong'
    ELSE replace(f.fault, '_to_', '_') END AS problem,
  CASE
    WHEN f.fault IS NULL OR f.fault IN ('items_unread', 'base_unread') THEN NULL
    WHEN f.fault IN ('unknown_item', 'inactive_item', 'not_inventory_item', 'batch_numbers_needed', 'serial_numbers_needed') THEN m.sku
    WHEN f.fault = 'unmapped_location' THEN m.location
    WHEN f.fault = 'unmapped_to_location' THEN m.to_location
    WHEN f.fault IN ('unknown_warehouse', 'inactive_warehouse') THEN w.warehouse_code
    WHEN f.fault IN ('unknown_to_warehouse', 'inactive_to_warehouse') THEN tw.warehouse_code
    WHEN f.fault = 'kind_not_posted' THEN m.kind
    WHEN f.fault LIKE '%unit_factor' THEN 'unit ' || m.unit || ' of ' || m.sku
    WHEN f.fault = 'no_account' THEN 'reason ' || coalesce(m.reason, 'not told')
    WHEN f.fault = 'closed_period' THEN to_char(u.day, 'YYYY-MM-DD')
    ELSE 'movement ' || m.movement END AS subject,
  CASE f.fault
    WHEN 'items_unread' THEN 'the items of the company were never read: CALL stockbridge.pull(link, ''items'')'
    WHEN 'base_unread' THEN format('line %s of base document %s has not been read yet: CALL stockbridge.post(link) does it', m.base_line, m.base_entry)
    WHEN 'unknown_item' THEN
      CASE WHEN taken.sku IS NOT NULL THEN format('item "%s" is mapped to SKU "%s"', m.sku, taken.sku)
           WHEN im.sku IS NOT NULL THEN format('SKU "%s" is mapped to item "%s", which B1 does not have', m.sku, im.item_code)
           ELSE format('SKU "%s" is not an item of B1', m.sku) END
    WHEN 'inactive_item' THEN
      CASE WHEN i.frozen AND i.frozen_from IS NULL AND i.frozen_to IS NULL THEN format('item "%s" is inactive in B1', i.item_code)
           ELSE format('item "%s" is inactive in B1 on %s', i.item_code, to_char(u.day, 'YYYY-MM-DD')) END
    WHEN 'not_inventory_item' THEN format('B1 keeps no stock of item "%s"', i.item_code)
    WHEN 'unmapped_location' THEN format('location "%s" is not mapped to a warehouse', m.location)
    WHEN 'unmapped_to_location' THEN format('location "%s" is not mapped to a warehouse', m.to_location)
    WHEN 'unknown_warehouse' THEN format('warehouse "%s", to which location "%s" is mapped, does not exist in B1', w.warehouse_code, m.location)
    WHEN 'unknown_to_warehouse' THEN format('warehouse "%s", to which location "%s" is mapped, does not exist in B1', tw.warehouse_code, m.to_location)
    WHEN 'inactive_warehouse' THEN format('warehouse "%s" is inactive in B1', w.warehouse_code)
    WHEN 'inactive_to_warehouse' THEN format('warehouse "%s" is inactive in B1', tw.warehouse_code)
    WHEN 'base_missing' THEN 'a return needs the delivery it comes from (base_entry, base_line)'
    WHEN 'kind_not_posted' THEN format('B1 has no document that a movement of kind "%s" could be posted as', m.kind)
    WHEN 'count_not_posted' THEN format('a count of item "%s" in warehouse "%s", which is managed by batch, serial number or bin, must be entered in B1', i.item_code, w.warehouse_code)
    WHEN 'no_unit_factor' THEN format('nobody knows how many %s of item "%s" one "%s" is', coalesce(i.inventory_uom, 'inventory units'), i.item_code, m.unit)
    WHEN 'uneven_unit_factor' THEN format('%s %s of item "%s" are %s inventory units, which B1 cannot keep exactly', m.quantity, m.unit, i.item_code, u.quantity)
    WHEN 'batch_numbers_needed' THEN format('item "%s" is managed by batch numbers, which the movement does not carry', i.item_code)
    WHEN 'serial_numbers_needed' THEN format('item "%s" is managed by serial numbers, which the movement does not carry', i.item_code)
    WHEN 'batch_numbers_surplus' THEN format('item "%s" is not managed by batch numbers, but the movement carries some', i.item_code)
    WHEN 'serial_numbers_surplus' THEN format('item "%s" is not managed by serial numbers, but the movement carries some', i.item_code)
    WHEN 'batch_numbers_sum' THEN format('the batches of item "%s" do not add up to the %s moved', i.item_code, abs(m.quantity))
    WHEN 'serial_numbers_sum' THEN format('%s units of item "%s" are moved, but the movement does not carry as many different serial numbers', abs(u.quantity), i.item_code)
    WHEN 'bins_needed' THEN format('warehouse "%s" keeps stock by bin, which the movement does not name', w.warehouse_code)
    WHEN 'to_bins_needed' THEN format('warehouse "%s" keeps stock by bin, which the movement does not name', tw.warehouse_code)
    WHEN 'bins_surplus' THEN format('warehouse "%s" has no bins, but the movement names some', w.warehouse_code)
    WHEN 'bins_sum' THEN format('the bins of warehouse "%s" do not add up to the %s moved', w.warehouse_code, abs(m.quantity))
    WHEN 'to_bins_sum' THEN format('the bins of warehouse "%s" do not add up to the %s moved', tw.warehouse_code, abs(m.quantity))
    WHEN 'no_account' THEN format('reason "%s" is not mapped to a G/L account', coalesce(m.reason, ''))
    WHEN 'base_missing_in_b1' THEN format('B1 has no line %s of base document %s', m.base_line, m.base_entry)
    WHEN 'base_wrong' THEN format('line %s of base document %s is about item "%s", not "%s"', m.base_line, m.base_entry, base.item_code, i.item_code)
    WHEN 'base_closed' THEN format('line %s of base document %s is closed', m.base_line, m.base_entry)
    WHEN 'base_exceeded' THEN format('line %s of base document %s has %s left, but %s are moved', m.base_line, m.base_entry,
                                     trim_scale(greatest(stockbridge.base_left(m, base), 0)), trim_scale(u.quantity))
    WHEN 'closed_period' THEN format('the company takes no postings of %s', to_char(u.day, 'YYYY-MM-DD'))
  END AS reason) p;
COMMENT ON VIEW stockbridge.movement_verdict IS
  'What validation says of each movement today: what it maps to, and the first thing that is wrong with it. Its columns are those of movement_state, in their order.';
COMMENT ON COLUMN stockbridge.movement_verdict.link IS 'The link.';
COMMENT ON COLUMN stockbridge.movement_verdict.movement IS 'The movement.';
COMMENT ON COLUMN stockbridge.movement_verdict.happened_at IS 'When it happened.';
COMMENT ON COLUMN stockbridge.movement_verdict.waits IS 'It is ready.';
COMMENT ON COLUMN stockbridge.movement_verdict.since IS 'Now.';
COMMENT ON COLUMN stockbridge.movement_verdict.released IS 'False.';
COMMENT ON COLUMN stockbridge.movement_verdict.alone IS 'False.';
COMMENT ON COLUMN stockbridge.movement_verdict.document IS 'None.';
COMMENT ON COLUMN stockbridge.movement_verdict.item_code IS 'B1 item, if there is one and the movement can be judged.';
COMMENT ON COLUMN stockbridge.movement_verdict.warehouse_code IS 'B1 warehouse of its location, if mapped.';
COMMENT ON COLUMN stockbridge.movement_verdict.to_warehouse_code IS 'B1 warehouse of the location of arrival, if mapped.';
COMMENT ON COLUMN stockbridge.movement_verdict.quantity IS 'Its quantity in inventory units, if they are known.';
COMMENT ON COLUMN stockbridge.movement_verdict.document_type IS 'What it would post as.';
COMMENT ON COLUMN stockbridge.movement_verdict.document_group IS 'What it may share a document with.';
COMMENT ON COLUMN stockbridge.movement_verdict.state IS 'ready, rejected, or received if it cannot be judged.';
COMMENT ON COLUMN stockbridge.movement_verdict.problem IS 'Type of the exception, if rejected.';
COMMENT ON COLUMN stockbridge.movement_verdict.subject IS 'Subject of the exception.';
COMMENT ON COLUMN stockbridge.movement_verdict.reason IS 'What is wrong, in words.';

-- ---------------------------------------------------------------------------
-- The one function that changes the state of movements
-- ---------------------------------------------------------------------------

CREATE TYPE stockbridge.movement_change AS (
  movement    bigint,
  from_state  text,
  state       text,
  document    bigint,
  problem     text,
  subject     text,
  reason      text
);
COMMENT ON TYPE stockbridge.movement_change IS 'One change of state of one movement, as change_state() takes it.';

-- Changes only movements that still are in from_state, so that two workers who
-- decide at once cannot both succeed; returns how many were changed.  Keeps the
-- history and the exceptions in step with the states.
CREATE FUNCTION stockbridge.change_state(
  link text, changes stockbridge.movement_change[], attempt bigint, evidence jsonb
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  changed bigint;
  gone jsonb;
  fault record;
BEGIN
  WITH change AS (
    SELECT * FROM unnest(changes)
  ), before AS MATERIALIZED (
    -- In one order, so that two who change the same movements do not deadlock.
    SELECT l.* FROM (SELECT c.movement, c.from_state FROM change c ORDER BY c.movement) o
     CROSS JOIN LATERAL (
       SELECT s.movement, s.state, s.document, s.problem, s.subject FROM stockbridge.movement_state s
        WHERE s.link = change_state.link AND s.movement = o.movement AND s.state = o.from_state FOR UPDATE) l
  ), after AS (
    UPDATE stockbridge.movement_state s
       SET state = c.state, waits = c.state IN ('ready', 'posting', 'retry', 'in_doubt'),
           since = clock_timestamp(), document = c.document,
           problem = c.problem, subject = c.subject, reason = c.reason
      FROM before b JOIN change c USING (movement)
     WHERE s.link = change_state.link AND s.movement = b.movement
  ), history AS (
    INSERT INTO stockbridge.transition (link, movement, from_state, state, document, attempt, evidence)
    SELECT change_state.link, b.movement, b.state, c.state, coalesce(c.document, b.document), change_state.attempt,
           change_state.evidence || CASE WHEN c.reason IS NULL THEN '{}' ELSE jsonb_build_object('reason', c.reason) END
      FROM before b JOIN change c USING (movement)
     WHERE b.state <> c.state OR b.problem IS DISTINCT FROM c.problem OR b.subject IS DISTINCT FROM c.subject
     ORDER BY b.movement
  )
  SELECT count(*), jsonb_agg(DISTINCT jsonb_build_object('problem', b.problem, 'subject', b.subject))
                     FILTER (WHERE b.problem IS NOT NULL)
    INTO changed, gone
    FROM before b;

  FOR fault IN
    SELECT c.problem, c.subject, min(c.reason) AS reason, min(c.movement) AS movement, count(*) AS movements
      FROM unnest(changes) c JOIN stockbridge.movement_state s
        ON s.link = change_state.link AND s.movement = c.movement
       AND s.problem = c.problem AND s.subject = c.subject
     GROUP BY c.problem, c.subject
  LOOP
    PERFORM stockbridge.open_exception(change_state.link, fault.problem, fault.subject, fault.reason,
      evidence->>'next_step', jsonb_build_object('movement', fault.movement, 'movements', fault.movements));
  END LOOP;
  FOR fault IN SELECT * FROM jsonb_to_recordset(gone) AS g (problem text, subject text) LOOP
    IF NOT EXISTS (SELECT FROM stockbridge.movement_state s
                    WHERE s.link = change_state.link AND s.problem = fault.problem AND s.subject = fault.subject) THEN
      PERFORM stockbridge.close_exception(change_state.link, fault.problem, fault.subject);
    END IF;
  END LOOP;
  RETURN changed;
END
$$;
COMMENT ON FUNCTION stockbridge.change_state(text, stockbridge.movement_change[], bigint, jsonb) IS
  'Changes the state of movements that still are in the state expected of them, writes the history, opens the exceptions of the new states and closes those whose cause is gone. Returns the number of movements changed.';

-- received | ready | rejected → received | ready | rejected: judge again those
-- that are not in a document.
CREATE FUNCTION stockbridge.validate(link text, movements bigint[] DEFAULT NULL) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE stockbridge.movement_state s
     SET item_code = v.item_code, warehouse_code = v.warehouse_code, to_warehouse_code = v.to_warehouse_code, quantity = v.quantity,
         document_type = v.document_type, document_group = v.document_group
    FROM stockbridge.movement_verdict v
   WHERE v.link = s.link AND v.movement = s.movement
     AND s.link = $1 AND (movements IS NULL OR s.movement = ANY (movements))
     AND s.state IN ('received', 'ready', 'rejected') AND s.document IS NULL
     AND (s.item_code, s.warehouse_code, s.to_warehouse_code, s.quantity, s.document_type, s.document_group)
         IS DISTINCT FROM (v.item_code, v.warehouse_code, v.to_warehouse_code, v.quantity, v.document_type, v.document_group);
  SELECT stockbridge.change_state($1,
           array_agg((v.movement, s.state, v.state, NULL, v.problem, v.subject, v.reason)::stockbridge.movement_change),
           NULL, '{"by": "validation"}')
    FROM stockbridge.movement_state s
    JOIN stockbridge.movement_verdict v ON v.link = s.link AND v.movement = s.movement
   WHERE s.link = $1 AND (movements IS NULL OR s.movement = ANY (movements))
     AND s.state IN ('received', 'ready', 'rejected') AND s.document IS NULL
     AND (s.state, s.problem, s.subject) IS DISTINCT FROM (v.state, v.problem, v.subject)
$$;
COMMENT ON FUNCTION stockbridge.validate(text, bigint[]) IS
  'Judges again the movements of a link that are not in a document (or those named), after maps, items or warehouses have changed. Returns how many changed their state or problem.';

CREATE FUNCTION stockbridge.validate_after_map_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM stockbridge.validate(l.link) FROM stockbridge.link l;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockbridge.validate_after_map_change() IS
  'Trigger: judges waiting movements again after a map, or a link''s time zone, has changed.';

-- The day of a document depends on the link's time zone.
CREATE TRIGGER validate_after_change AFTER UPDATE OF time_zone, group_by_base, group_by_reference ON stockbridge.link
  FOR EACH STATEMENT EXECUTE FUNCTION stockbridge.validate_after_map_change();
CREATE TRIGGER validate_after_change AFTER INSERT OR UPDATE OR DELETE ON stockbridge.warehouse_map
  FOR EACH STATEMENT EXECUTE FUNCTION stockbridge.validate_after_map_change();
CREATE TRIGGER validate_after_change AFTER INSERT OR UPDATE OR DELETE ON stockbridge.item_map
  FOR EACH STATEMENT EXECUTE FUNCTION stockbridge.validate_after_map_change();
CREATE TRIGGER validate_after_change AFTER INSERT OR UPDATE OR DELETE ON stockbridge.unit_map
  FOR EACH STATEMENT EXECUTE FUNCTION stockbridge.validate_after_map_change();
CREATE TRIGGER validate_after_change AFTER INSERT OR UPDATE OR DELETE ON stockbridge.account_map
  FOR EACH STATEMENT EXECUTE FUNCTION stockbridge.validate_after_map_change();
CREATE TRIGGER validate_after_change AFTER INSERT OR UPDATE OR DELETE ON stockbridge.closed_period
  FOR EACH STATEMENT EXECUTE FUNCTION stockbridge.validate_after_map_change();
