-- ---------------------------------------------------------------------------
-- What differences mean: since when, what they are worth, whom they hurt.
--
-- Plain views over local tables, like stock_diff.
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.drift_seen (
  link        text NOT NULL REFERENCES stockbridge.link,
  sku         text NOT NULL,
  location    text NOT NULL,
  first_seen  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (link, sku, location)
);
COMMENT ON TABLE stockbridge.drift_seen IS 'Since when each place has drift.';
COMMENT ON COLUMN stockbridge.drift_seen.link IS 'The link.';
COMMENT ON COLUMN stockbridge.drift_seen.sku IS 'SKU in the IMS.';
COMMENT ON COLUMN stockbridge.drift_seen.location IS 'Location in the IMS.';
COMMENT ON COLUMN stockbridge.drift_seen.first_seen IS 'When it was first seen.';

-- An uncertain row is not judged: it neither begins nor ends.
CREATE FUNCTION stockbridge.record_drift(link text) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  WITH judged AS MATERIALIZED (
    SELECT d.sku, d.location, d.drift, d.status FROM stockbridge.stock_diff d WHERE d.link = $1 AND d.location IS NOT NULL
  ), ended AS (
    DELETE FROM stockbridge.drift_seen s
     WHERE s.link = $1 AND NOT EXISTS (SELECT FROM judged j WHERE j.sku = s.sku AND j.location = s.location
                                          AND (j.drift <> 0 OR j.status = 'uncertain'))
  )
  INSERT INTO stockbridge.drift_seen (link, sku, location)
  SELECT $1, j.sku, j.location FROM judged j WHERE j.drift <> 0 AND j.status <> 'uncertain'
  ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION stockbridge.record_drift(text) IS 'Notes where drift has begun and where it has ended.';

-- Orders are filled in the order in which they are due.  What the IMS has
-- dispatched already, and B1 not yet, is open there only.
CREATE VIEW stockbridge.orders_at_risk AS
SELECT q.link, q.doc_entry, q.doc_num, q.line_num, q.card_code, q.card_name, q.due_date, q.item_code, it.item_name, q.warehouse_code,
       q.open_quantity, q.real_stock, q.b1_quantity,
       least(q.open_quantity, q.wanted - q.real_stock) AS short_quantity,
       least(q.open_quantity, q.wanted - q.real_stock) * q.price AS short_value
  FROM (SELECT l.link, l.doc_entry, o.doc_num, l.line_num, o.card_code, o.card_name, l.item_code, l.warehouse_code, l.price,
               coalesce(l.ship_date, o.doc_due_date) AS due_date, u.open_quantity, b.in_stock AS b1_quantity,
               sum(u.open_quantity) OVER (PARTITION BY l.link, l.item_code, l.warehouse_code
                                          ORDER BY coalesce(l.ship_date, o.doc_due_date), l.doc_entry, l.line_num) AS wanted,
               greatest(CASE WHEN w.location IS NULL THEN coalesce(b.in_stock, 0) ELSE coalesce(i.on_hand, 0) END, 0) AS real_stock
          FROM stockbridge.b1_order_line l
          JOIN stockbridge.b1_order o ON o.link = l.link AND o.doc_entry = l.doc_entry
          JOIN stockbridge.snapshot sb ON sb.link = l.link AND sb.resource = 'b1_stock'
          JOIN stockbridge.snapshot si ON si.link = l.link AND si.resource = 'ims_stock'
          LEFT JOIN stockbridge.item_map im ON im.link = l.link AND im.item_code = l.item_code
          LEFT JOIN stockbridge.warehouse_map w ON w.link = l.link AND w.warehouse_code = l.warehouse_code
          LEFT JOIN stockbridge.ims_stock i ON i.link = l.link AND i.sku = coalesce(im.sku, l.item_code) AND i.location = w.location
          LEFT JOIN stockbridge.b1_stock b ON b.link = l.link AND b.item_code = l.item_code AND b.warehouse_code = l.warehouse_code
         CROSS JOIN LATERAL (
            SELECT l.open_quantity - coalesce(sum(coalesce(s.quantity, m.quantity)), 0) AS open_quantity
              FROM stockbridge.movement m
              JOIN stockbridge.movement_state s ON s.link = m.link AND s.movement = m.movement
              LEFT JOIN stockbridge.document d ON d.link = s.link AND d.document = s.document
             WHERE m.link = l.link AND m.base_entry = l.doc_entry AND m.base_line = l.line_num AND m.kind = 'dispatch'
               AND (s.state NOT IN ('posted', 'cancelled') OR (s.state = 'posted' AND d.posted_at > l.read_from))) u
         WHERE u.open_quantity > 0) q
  JOIN stockbridge.b1_item it ON it.link = q.link AND it.item_code = q.item_code AND it.inventory_item
 WHERE q.wanted > q.real_stock;
COMMENT ON VIEW stockbridge.orders_at_risk IS
  'Open order lines of B1 that real stock cannot fill: what the IMS has, of a mapped warehouse, else what B1 has. Orders are filled in the order in which they are due.';
COMMENT ON COLUMN stockbridge.orders_at_risk.link IS 'The link.';
COMMENT ON COLUMN stockbridge.orders_at_risk.doc_entry IS 'DocEntry of the order.';
COMMENT ON COLUMN stockbridge.orders_at_risk.doc_num IS 'DocNum of the order.';
COMMENT ON COLUMN stockbridge.orders_at_risk.line_num IS 'LineNum.';
COMMENT ON COLUMN stockbridge.orders_at_risk.card_code IS 'Customer.';
COMMENT ON COLUMN stockbridge.orders_at_risk.card_name IS 'Name of the customer.';
COMMENT ON COLUMN stockbridge.orders_at_risk.due_date IS 'Day of delivery.';
COMMENT ON COLUMN stockbridge.orders_at_risk.item_code IS 'ItemCode.';
COMMENT ON COLUMN stockbridge.orders_at_risk.item_name IS 'ItemName.';
COMMENT ON COLUMN stockbridge.orders_at_risk.warehouse_code IS 'WarehouseCode.';
COMMENT ON COLUMN stockbridge.orders_at_risk.open_quantity IS 'Open quantity in inventory units, less what the IMS has dispatched already.';
COMMENT ON COLUMN stockbridge.orders_at_risk.real_stock IS 'What is really there, for all orders.';
COMMENT ON COLUMN stockbridge.orders_at_risk.b1_quantity IS 'What B1 believes is there.';
COMMENT ON COLUMN stockbridge.orders_at_risk.short_quantity IS 'How much of the line cannot be filled.';
COMMENT ON COLUMN stockbridge.orders_at_risk.short_value IS 'short_quantity × price of the line.';

CREATE VIEW stockbridge.drift AS
SELECT d.*, coalesce(s.first_seen, greatest(d.ims_as_of, d.b1_as_of)) AS first_seen, coalesce(r.orders, 0) AS orders_at_risk
  FROM stockbridge.stock_diff d
  LEFT JOIN stockbridge.drift_seen s ON s.link = d.link AND s.sku = d.sku AND s.location = d.location
  LEFT JOIN (SELECT o.link, o.item_code, o.warehouse_code, count(DISTINCT o.doc_entry) AS orders
               FROM stockbridge.orders_at_risk o GROUP BY o.link, o.item_code, o.warehouse_code) r
    ON r.link = d.link AND r.item_code = d.item_code AND r.warehouse_code = d.warehouse_code
 WHERE d.drift <> 0 AND d.status <> 'uncertain'
 ORDER BY first_seen, abs(d.drift_value) DESC NULLS LAST, d.link, d.sku, d.location;
COMMENT ON VIEW stockbridge.drift IS 'The rows of stock_diff that nobody can explain, oldest and dearest first.';
DO $$
DECLARE
  c record;
BEGIN
  -- Columns of stock_diff mean here what they mean there.
  FOR c IN SELECT a.attname, col_description(a.attrelid, a.attnum) AS comment FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = 'stockbridge.stock_diff'::pg_catalog.regclass AND a.attnum > 0 LOOP
    EXECUTE pg_catalog.format('COMMENT ON COLUMN stockbridge.drift.%I IS %L', c.attname, c.comment);
  END LOOP;
END
$$;
COMMENT ON COLUMN stockbridge.drift.first_seen IS 'Since when there is drift here.';
COMMENT ON COLUMN stockbridge.drift.orders_at_risk IS 'Orders that real stock of this item cannot fill here.';

-- Stock and balances are not read at the same moment either: what was posted
-- between the two readings explains its part of the difference.
CREATE VIEW stockbridge.valuation AS
WITH warehouse AS (
  SELECT w.link, w.warehouse_code, w.warehouse_name, coalesce(a.account_code, w.stock_account) AS account_code
    FROM stockbridge.b1_warehouse w
    LEFT JOIN stockbridge.stock_account a ON a.link = w.link AND a.warehouse_code = w.warehouse_code
), value AS (
  SELECT w.link, w.warehouse_code, w.warehouse_name, w.account_code, c.balance, c.as_of,
         coalesce(v.stock_value, 0) AS stock_value, v.unpriced, coalesce(x.explained, 0) AS explained
    FROM warehouse w
    LEFT JOIN stockbridge.b1_account c ON c.link = w.link AND c.account_code = w.account_code
    LEFT JOIN (SELECT s.link, s.warehouse_code,
                      sum(s.in_stock * coalesce(nullif(s.average_price, 0), it.average_price)) AS stock_value,
                      count(*) FILTER (WHERE s.in_stock <> 0 AND coalesce(nullif(s.average_price, 0), nullif(it.average_price, 0)) IS NULL) AS unpriced
                 FROM stockbridge.b1_stock s LEFT JOIN stockbridge.b1_item it ON it.link = s.link AND it.item_code = s.item_code
                GROUP BY s.link, s.warehouse_code) v
      ON v.link = w.link AND v.warehouse_code = w.warehouse_code
    LEFT JOIN LATERAL (
      SELECT sum(CASE WHEN d.posted_at > b.as_of AND d.posted_at <= c.as_of THEN 1
                      WHEN d.posted_at <= b.as_of AND d.posted_at > c.as_of THEN -1 ELSE 0 END
                 * e.quantity * coalesce(nullif(b.average_price, 0), it.average_price)) AS explained
        FROM stockbridge.snapshot sb
        JOIN stockbridge.document d ON d.link = sb.link AND d.state = 'posted' AND d.posted_at > least(sb.read_from, c.read_from)
        JOIN stockbridge.document_line l ON l.link = d.link AND l.document = d.document
        JOIN stockbridge.warehouse_map wm ON wm.link = w.link AND wm.warehouse_code = w.warehouse_code
        JOIN stockbridge.movement_effect e ON e.link = l.link AND e.movement = l.movement AND e.location = wm.location
        JOIN stockbridge.b1_stock b ON b.link = l.link AND b.item_code = l.item_code AND b.warehouse_code = w.warehouse_code
        LEFT JOIN stockbridge.b1_item it ON it.link = b.link AND it.item_code = b.item_code
       WHERE sb.link = w.link AND sb.resource = 'b1_stock') x ON true
)
SELECT v.link, v.warehouse_code, v.warehouse_name, v.stock_value, v.account_code, v.balance AS gl_balance,
       v.balance - sum(v.stock_value) OVER account AS difference,
       sum(v.explained) OVER account AS explained,
       coalesce(v.unpriced, 0) AS unpriced_items, count(*) OVER account AS warehouses_of_account, v.as_of AS gl_as_of
  FROM value v
WINDOW account AS (PARTITION BY v.link, v.account_code, CASE WHEN v.account_code IS NULL THEN v.warehouse_code END);
COMMENT ON VIEW stockbridge.valuation IS
  'Value of the stock in each warehouse of B1, against the balance of its G/L account. Where several warehouses share an account, difference and explained are those of the account.';
COMMENT ON COLUMN stockbridge.valuation.link IS 'The link.';
COMMENT ON COLUMN stockbridge.valuation.warehouse_code IS 'WarehouseCode.';
COMMENT ON COLUMN stockbridge.valuation.warehouse_name IS 'WarehouseName.';
COMMENT ON COLUMN stockbridge.valuation.stock_value IS 'B1''s stock × its average price.';
COMMENT ON COLUMN stockbridge.valuation.account_code IS 'G/L account of its stock: by stock_account, else as B1 names it at the warehouse; NULL: none is known.';
COMMENT ON COLUMN stockbridge.valuation.gl_balance IS 'Balance of the account.';
COMMENT ON COLUMN stockbridge.valuation.difference IS 'gl_balance - stock value of all warehouses of the account.';
COMMENT ON COLUMN stockbridge.valuation.explained IS 'The part of it that was posted between the reading of the stock and that of the balance.';
COMMENT ON COLUMN stockbridge.valuation.unpriced_items IS 'Items with stock here that have no average price.';
COMMENT ON COLUMN stockbridge.valuation.warehouses_of_account IS 'Warehouses that share the account.';
COMMENT ON COLUMN stockbridge.valuation.gl_as_of IS 'When the balance was read.';

-- Causes that what is known here points to; a drift may have several, or none.
CREATE VIEW stockbridge.drift_cause AS
WITH d AS MATERIALIZED (
  SELECT s.link, s.sku, s.location, s.item_code, s.warehouse_code, s.drift
    FROM stockbridge.stock_diff s WHERE s.status = 'drift'
)
SELECT d.*, 'swapped_sku' AS cause, format('SKU %s has drift %s at the same location', o.sku, o.drift) AS evidence, NULL::bigint AS movement
  FROM d JOIN d o ON o.link = d.link AND o.location = d.location AND o.drift = -d.drift AND o.sku <> d.sku
UNION ALL
SELECT d.*, 'swapped_warehouse', format('location %s has drift %s of the same SKU', o.location, o.drift), NULL
  FROM d JOIN d o ON o.link = d.link AND o.sku = d.sku AND o.drift = -d.drift AND o.location <> d.location
UNION ALL
-- What is in B1 once more than we posted it lowers the drift by its effect.
SELECT d.*, 'duplicate', format('movement %s has the opposite effect, %s, and is posted as DocEntry %s: B1 may hold it twice', e.movement, e.quantity, c.doc_entry), e.movement
  FROM d
  JOIN stockbridge.movement_state s ON s.link = d.link AND s.item_code = d.item_code AND s.state = 'posted'
  JOIN stockbridge.document c ON c.link = s.link AND c.document = s.document
  JOIN stockbridge.movement_effect e ON e.link = s.link AND e.movement = s.movement AND e.location = d.location AND e.quantity = -d.drift
UNION ALL
SELECT d.*, 'unit_factor', format('movement %s moves %s, and %s makes %s times as many: its unit may be another', e.movement, e.quantity, f.unit, f.factor), e.movement
  FROM d
  JOIN stockbridge.movement_state s ON s.link = d.link AND s.item_code = d.item_code AND s.state = 'posted'
  JOIN stockbridge.movement_effect e ON e.link = s.link AND e.movement = s.movement AND e.location = d.location
  JOIN stockbridge.b1_item i ON i.link = d.link AND i.item_code = d.item_code
  JOIN LATERAL (
    SELECT 'the unit of purchase' AS unit, i.purchase_items_per_unit AS factor WHERE i.purchase_items_per_unit <> 1
    UNION ALL SELECT 'the unit of sale', i.sales_items_per_unit WHERE i.sales_items_per_unit <> 1
    UNION ALL SELECT 'unit ' || u.unit, u.factor FROM stockbridge.unit_map u WHERE u.link = d.link AND u.sku IN ('', d.sku) AND u.factor <> 1
  ) f ON e.quantity * (f.factor - 1) = d.drift
UNION ALL
SELECT d.*, 'cancelled_movement', format('movement %s, cancelled here, has just this effect', e.movement), e.movement
  FROM d
  -- By the SKU: one that was never found good may have no item.
  JOIN stockbridge.movement_effect e ON e.link = d.link AND e.sku = d.sku AND e.location = d.location AND e.quantity = d.drift
  JOIN stockbridge.movement_state s ON s.link = e.link AND s.movement = e.movement AND s.state = 'cancelled';
COMMENT ON VIEW stockbridge.drift_cause IS
  'Likely causes of drift, each with its evidence: swapped_sku, swapped_warehouse (equal and opposite), duplicate (B1 holds a posted movement twice), unit_factor, cancelled_movement. No row: nothing known here points to a cause.';
COMMENT ON COLUMN stockbridge.drift_cause.link IS 'The link.';
COMMENT ON COLUMN stockbridge.drift_cause.sku IS 'SKU in the IMS.';
COMMENT ON COLUMN stockbridge.drift_cause.location IS 'Location in the IMS.';
COMMENT ON COLUMN stockbridge.drift_cause.item_code IS 'ItemCode in B1.';
COMMENT ON COLUMN stockbridge.drift_cause.warehouse_code IS 'WarehouseCode in B1.';
COMMENT ON COLUMN stockbridge.drift_cause.drift IS 'The drift.';
COMMENT ON COLUMN stockbridge.drift_cause.cause IS 'The likely cause.';
COMMENT ON COLUMN stockbridge.drift_cause.evidence IS 'What points to it.';
COMMENT ON COLUMN stockbridge.drift_cause.movement IS 'The movement that points to it.';
