-- ---------------------------------------------------------------------------
-- The difference between the two sides, and the movements that explain it.
--
-- Plain views over local tables.  Two snapshots are never simultaneous, and none
-- is one instant; posting exactly once makes the sums below exact all the same.
-- ---------------------------------------------------------------------------

CREATE VIEW stockbridge.movement_effect AS
SELECT m.link, m.movement, m.kind, m.sku, m.location, m.happened_at,
       CASE WHEN m.kind IN ('dispatch', 'transfer') THEN -1 ELSE 1 END * coalesce(s.quantity, m.quantity) AS quantity
  FROM stockbridge.movement m LEFT JOIN stockbridge.movement_state s ON s.link = m.link AND s.movement = m.movement
 WHERE m.kind <> 'count'
UNION ALL
SELECT m.link, m.movement, m.kind, m.sku, m.to_location, m.happened_at, coalesce(s.quantity, m.quantity)
  FROM stockbridge.movement m LEFT JOIN stockbridge.movement_state s ON s.link = m.link AND s.movement = m.movement
 WHERE m.kind = 'transfer';
COMMENT ON VIEW stockbridge.movement_effect IS
  'What each movement does to stock, by place: one row, or two for a transfer. A count tells stock, it does not move it.';
COMMENT ON COLUMN stockbridge.movement_effect.link IS 'The link.';
COMMENT ON COLUMN stockbridge.movement_effect.movement IS 'The movement.';
COMMENT ON COLUMN stockbridge.movement_effect.kind IS 'Its kind.';
COMMENT ON COLUMN stockbridge.movement_effect.sku IS 'SKU.';
COMMENT ON COLUMN stockbridge.movement_effect.location IS 'IMS location.';
COMMENT ON COLUMN stockbridge.movement_effect.happened_at IS 'When it happened.';
COMMENT ON COLUMN stockbridge.movement_effect.quantity IS 'Change of stock there, in inventory units.';

-- The two sums of the equation (design: reconciliation):
--
--   ims - b1 =  Σ movements that happened <= tI and were not posted by tB
--             - Σ movements that happened >  tI and were posted by tB
--             + drift
--
-- Neither time is an instant: a row was true at some time within a window, that of
-- the row, or of the whole pull where the row is absent.  A movement of the IMS
-- within tI's window, or a posting whose request overlaps tB's, makes the row
-- uncertain.  A posting under way has its document's "since" until it is known
-- when it was sent.  Movements happen by the clock of the IMS, so tI's window is
-- moved there, unless the IMS told the time itself.
-- Only movements that can be in either sum are looked at: the open ones, and
-- those posted or happened since the snapshots were taken.
CREATE VIEW stockbridge.difference_movements AS
SELECT e.link, coalesce(im.item_code, e.sku) AS item_code, w.warehouse_code, e.sku, e.location,
       e.movement, e.kind, e.happened_at, s.state,
       CASE WHEN s.state IN ('rejected', 'parked') THEN 'held' ELSE 'in_flight' END AS part,
       CASE WHEN t.happened AND NOT t.posted THEN e.quantity
            WHEN t.posted AND NOT t.happened THEN -e.quantity
            ELSE 0 END AS quantity,
       t.uncertain
  FROM (
    SELECT o.link, o.movement FROM stockbridge.open_movement o
    UNION
    SELECT t.link, t.movement
      FROM stockbridge.snapshot b
      JOIN stockbridge.transition t ON t.link = b.link AND t.state = 'posted' AND t.at > b.read_from
     WHERE b.resource = 'b1_stock'
    UNION
    SELECT m.link, m.movement
      FROM stockbridge.snapshot i
      JOIN stockbridge.movement m ON m.link = i.link AND m.happened_at > i.oldest + least(i.clock_offset, '0') - i.clock_error
     WHERE i.resource = 'ims_stock'
  ) recent
  JOIN stockbridge.movement_effect e ON e.link = recent.link AND e.movement = recent.movement
  JOIN stockbridge.movement_state s ON s.link = e.link AND s.movement = e.movement AND s.state <> 'cancelled'
  JOIN stockbridge.snapshot si ON si.link = e.link AND si.resource = 'ims_stock'
  JOIN stockbridge.snapshot sb ON sb.link = e.link AND sb.resource = 'b1_stock'
  LEFT JOIN stockbridge.document d ON d.link = s.link AND d.document = s.document
  LEFT JOIN stockbridge.ims_stock i ON i.link = e.link AND i.sku = e.sku AND i.location = e.location
  LEFT JOIN stockbridge.item_map im ON im.link = e.link AND im.sku = e.sku
  LEFT JOIN stockbridge.warehouse_map w ON w.link = e.link AND w.location = e.location
  LEFT JOIN stockbridge.b1_stock b ON b.link = e.link AND b.item_code = coalesce(im.item_code, e.sku)
                                  AND b.warehouse_code = w.warehouse_code
 CROSS JOIN LATERAL (
    SELECT coalesce(i.told_at, coalesce(i.read_from, si.read_from) + si.clock_offset - si.clock_error) AS ims_from,
           coalesce(i.told_at, coalesce(i.as_of, si.read_until) + si.clock_offset + si.clock_error) AS ims_until,
           coalesce(b.read_from, sb.read_from) AS b1_from,
           coalesce(b.as_of, sb.read_until) AS b1_until) r
 CROSS JOIN LATERAL (
    SELECT e.happened_at <= r.ims_from AS happened,
           s.state = 'posted' AND d.posted_at <= r.b1_until AS posted,
           (e.happened_at > r.ims_from AND e.happened_at <= r.ims_until)
             -- B1 may have written it while the row was read.
             OR coalesce(coalesce(d.sent_at, d.since) < r.b1_until
                         AND coalesce(d.posted_at, 'infinity') > r.b1_from
                         AND d.state IN ('posting', 'in_doubt', 'posted'), false) AS uncertain) t
 WHERE t.happened <> t.posted OR t.uncertain;
COMMENT ON VIEW stockbridge.difference_movements IS
  'The movements behind each difference of stock_diff: join on link, sku and location. Their quantities add up to in_flight and held.';
COMMENT ON COLUMN stockbridge.difference_movements.link IS 'The link.';
COMMENT ON COLUMN stockbridge.difference_movements.item_code IS 'B1 item that the SKU stands for.';
COMMENT ON COLUMN stockbridge.difference_movements.warehouse_code IS 'B1 warehouse; NULL if the location is not mapped.';
COMMENT ON COLUMN stockbridge.difference_movements.sku IS 'SKU.';
COMMENT ON COLUMN stockbridge.difference_movements.location IS 'IMS location.';
COMMENT ON COLUMN stockbridge.difference_movements.movement IS 'The movement.';
COMMENT ON COLUMN stockbridge.difference_movements.kind IS 'Its kind.';
COMMENT ON COLUMN stockbridge.difference_movements.happened_at IS 'When it happened.';
COMMENT ON COLUMN stockbridge.difference_movements.state IS 'Where it stands.';
COMMENT ON COLUMN stockbridge.difference_movements.part IS 'in_flight, or held if a person must decide on it.';
COMMENT ON COLUMN stockbridge.difference_movements.quantity IS 'What it contributes to ims_quantity - b1_quantity.';
COMMENT ON COLUMN stockbridge.difference_movements.uncertain IS 'It happened while the IMS''s stock was read, or was posted while B1''s was: the row must be read again before it is judged.';

CREATE VIEW stockbridge.stock_diff AS
SELECT p.link, p.item_code, it.item_name, p.warehouse_code, p.location,
       p.ims_quantity, p.b1_quantity, v.difference, v.in_flight, v.held, v.drift,
       v.unit_value, v.drift * v.unit_value AS drift_value, p.ims_as_of, p.b1_as_of,
       CASE
         WHEN v.difference IS NULL THEN 'no_snapshot'
         WHEN p.warehouse_code IS NULL THEN 'unmapped_location'
         WHEN it.item_code IS NULL THEN 'unknown_item'
         WHEN f.uncertain THEN 'uncertain'
         WHEN v.drift <> 0 THEN 'drift'
         WHEN v.held <> 0 THEN 'held'
         WHEN v.in_flight <> 0 THEN 'in_flight'
         ELSE 'equal'
       END AS status,
       p.sku
  FROM (
    SELECT coalesce(i.link, b.link) AS link,
           coalesce(i.item_code, b.item_code) AS item_code,
           coalesce(i.warehouse_code, b.warehouse_code) AS warehouse_code,
           coalesce(i.sku, b.sku) AS sku,
           coalesce(i.location, b.location) AS location,
           i.on_hand AS ims_quantity, b.in_stock AS b1_quantity, b.average_price,
           coalesce(i.told_at, i.as_of, si.read_from) AS ims_as_of, coalesce(b.as_of, sb.read_until) AS b1_as_of
      FROM (SELECT s.link, s.sku, s.location, s.on_hand, s.told_at, s.as_of, w.warehouse_code,
                   coalesce(im.item_code, s.sku) AS item_code
              FROM stockbridge.ims_stock s
              LEFT JOIN stockbridge.item_map im ON im.link = s.link AND im.sku = s.sku
              LEFT JOIN stockbridge.warehouse_map w ON w.link = s.link AND w.location = s.location) i
      FULL JOIN
           (SELECT s.link, s.item_code, s.warehouse_code, s.in_stock, s.average_price, s.as_of, w.location,
                   coalesce(im.sku, s.item_code) AS sku
              FROM stockbridge.b1_stock s
              JOIN stockbridge.warehouse_map w ON w.link = s.link AND w.warehouse_code = s.warehouse_code
              LEFT JOIN stockbridge.item_map im ON im.link = s.link AND im.item_code = s.item_code) b
        ON b.link = i.link AND b.sku = i.sku AND b.location = i.location
      LEFT JOIN stockbridge.snapshot si ON si.link = coalesce(i.link, b.link) AND si.resource = 'ims_stock'
      LEFT JOIN stockbridge.snapshot sb ON sb.link = coalesce(i.link, b.link) AND sb.resource = 'b1_stock'
  ) p
  LEFT JOIN stockbridge.b1_item it ON it.link = p.link AND it.item_code = p.item_code
  LEFT JOIN (
    SELECT d.link, d.sku, d.location, bool_or(d.uncertain) AS uncertain,
           sum(d.quantity) FILTER (WHERE d.part = 'in_flight') AS in_flight,
           sum(d.quantity) FILTER (WHERE d.part = 'held') AS held
      FROM stockbridge.difference_movements d GROUP BY d.link, d.sku, d.location
  ) f ON f.link = p.link AND f.sku = p.sku AND f.location = p.location
 CROSS JOIN LATERAL (
    SELECT coalesce(p.ims_quantity, 0) - coalesce(p.b1_quantity, 0) AS difference,
           coalesce(f.in_flight, 0) AS in_flight, coalesce(f.held, 0) AS held,
           coalesce(p.ims_quantity, 0) - coalesce(p.b1_quantity, 0) - coalesce(f.in_flight, 0) - coalesce(f.held, 0) AS drift,
           -- The price of the warehouse is 0 where the company keeps one per item.
           coalesce(nullif(p.average_price, 0), it.average_price) AS unit_value
     WHERE p.ims_as_of IS NOT NULL AND p.b1_as_of IS NOT NULL
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL
     WHERE p.ims_as_of IS NULL OR p.b1_as_of IS NULL) v;
COMMENT ON VIEW stockbridge.stock_diff IS
  'Stock of IMS and B1 by item and warehouse, and what explains the difference: difference = in_flight + held + drift. Rows: the IMS''s stock, and B1''s stock in mapped warehouses.';
COMMENT ON COLUMN stockbridge.stock_diff.link IS 'The link.';
COMMENT ON COLUMN stockbridge.stock_diff.item_code IS 'ItemCode in B1.';
COMMENT ON COLUMN stockbridge.stock_diff.item_name IS 'Its name in B1.';
COMMENT ON COLUMN stockbridge.stock_diff.warehouse_code IS 'WarehouseCode in B1; NULL if the location is not mapped.';
COMMENT ON COLUMN stockbridge.stock_diff.location IS 'Location in the IMS.';
COMMENT ON COLUMN stockbridge.stock_diff.ims_quantity IS 'On hand in the IMS at ims_as_of; NULL if the IMS lists none.';
COMMENT ON COLUMN stockbridge.stock_diff.b1_quantity IS 'In stock in B1 at b1_as_of; NULL if B1 lists none.';
COMMENT ON COLUMN stockbridge.stock_diff.difference IS 'ims_quantity - b1_quantity.';
COMMENT ON COLUMN stockbridge.stock_diff.in_flight IS 'The part explained by movements on their way to B1: normal.';
COMMENT ON COLUMN stockbridge.stock_diff.held IS 'The part explained by movements that a person must decide on: rejected, or parked for approval.';
COMMENT ON COLUMN stockbridge.stock_diff.drift IS 'The part that no known movement explains.';
COMMENT ON COLUMN stockbridge.stock_diff.unit_value IS 'B1''s average price.';
COMMENT ON COLUMN stockbridge.stock_diff.drift_value IS 'drift × unit_value.';
COMMENT ON COLUMN stockbridge.stock_diff.ims_as_of IS 'When ims_quantity was true.';
COMMENT ON COLUMN stockbridge.stock_diff.b1_as_of IS 'When b1_quantity was true.';
COMMENT ON COLUMN stockbridge.stock_diff.status IS 'equal, in_flight, held, drift, uncertain (moved or posted while it was read: read again), unknown_item, unmapped_location, or no_snapshot.';
COMMENT ON COLUMN stockbridge.stock_diff.sku IS 'SKU in the IMS.';
