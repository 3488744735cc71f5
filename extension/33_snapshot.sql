-- ---------------------------------------------------------------------------
-- Snapshots: what each side said, and when it was true.  Filled by pull().
--
-- A row is read at some moment between read_from, the start of the pull, and
-- as_of, the moment at which it arrived here; both by this server's clock (for
-- the IMS, as_of is the IMS's own time where it tells one).  A posting whose
-- request overlaps that interval makes the row uncertain (60_view.sql).
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.b1_item (
  link                   text NOT NULL REFERENCES stockbridge.link,
  item_code              text NOT NULL,
  item_name              text,
  valid                  boolean NOT NULL DEFAULT true,
  frozen                 boolean NOT NULL DEFAULT false,
  inventory_item         boolean NOT NULL DEFAULT true,
  manage_batch_numbers   boolean NOT NULL DEFAULT false,
  manage_serial_numbers  boolean NOT NULL DEFAULT false,
  inventory_uom          text,
  average_price          numeric,
  update_date            date,
  valid_from             date,
  valid_to               date,
  frozen_from            date,
  frozen_to              date,
  purchase_items_per_unit numeric,
  sales_items_per_unit   numeric,
  read_from              timestamptz NOT NULL,
  PRIMARY KEY (link, item_code)
);
COMMENT ON TABLE stockbridge.b1_item IS 'Items of the company, as last read.';
COMMENT ON COLUMN stockbridge.b1_item.link IS 'The link.';
COMMENT ON COLUMN stockbridge.b1_item.item_code IS 'ItemCode.';
COMMENT ON COLUMN stockbridge.b1_item.item_name IS 'ItemName.';
COMMENT ON COLUMN stockbridge.b1_item.valid IS 'Active, within valid_from and valid_to if there are any; see item_is_active().';
COMMENT ON COLUMN stockbridge.b1_item.frozen IS 'Inactive, within frozen_from and frozen_to if there are any.';
COMMENT ON COLUMN stockbridge.b1_item.valid_from IS 'First day on which it is active.';
COMMENT ON COLUMN stockbridge.b1_item.valid_to IS 'Last day on which it is active.';
COMMENT ON COLUMN stockbridge.b1_item.frozen_from IS 'First day on which it is inactive.';
COMMENT ON COLUMN stockbridge.b1_item.frozen_to IS 'Last day on which it is inactive.';
COMMENT ON COLUMN stockbridge.b1_item.purchase_items_per_unit IS 'Inventory units in a unit of purchase documents.';
COMMENT ON COLUMN stockbridge.b1_item.sales_items_per_unit IS 'Inventory units in a unit of sales documents.';
COMMENT ON COLUMN stockbridge.b1_item.inventory_item IS 'B1 keeps stock of it.';
COMMENT ON COLUMN stockbridge.b1_item.manage_batch_numbers IS 'Managed by batch numbers.';
COMMENT ON COLUMN stockbridge.b1_item.manage_serial_numbers IS 'Managed by serial numbers.';
COMMENT ON COLUMN stockbridge.b1_item.inventory_uom IS 'Unit in which stock is kept.';
COMMENT ON COLUMN stockbridge.b1_item.average_price IS 'Average price over all warehouses.';
COMMENT ON COLUMN stockbridge.b1_item.update_date IS 'Day of the last change of the master record; stock movements do not change it.';
COMMENT ON COLUMN stockbridge.b1_item.read_from IS 'Start of the pull that read it.';

CREATE TABLE stockbridge.b1_warehouse (
  link                  text NOT NULL REFERENCES stockbridge.link,
  warehouse_code        text NOT NULL,
  warehouse_name        text,
  inactive              boolean NOT NULL DEFAULT false,
  enable_bin_locations  boolean NOT NULL DEFAULT false,
  read_from             timestamptz NOT NULL,
  stock_account         text,
  PRIMARY KEY (link, warehouse_code)
);
COMMENT ON TABLE stockbridge.b1_warehouse IS 'Warehouses of the company, as last read.';
COMMENT ON COLUMN stockbridge.b1_warehouse.link IS 'The link.';
COMMENT ON COLUMN stockbridge.b1_warehouse.warehouse_code IS 'WarehouseCode.';
COMMENT ON COLUMN stockbridge.b1_warehouse.warehouse_name IS 'WarehouseName.';
COMMENT ON COLUMN stockbridge.b1_warehouse.inactive IS 'Inactive.';
COMMENT ON COLUMN stockbridge.b1_warehouse.enable_bin_locations IS 'Stock is kept by bin.';
COMMENT ON COLUMN stockbridge.b1_warehouse.stock_account IS 'G/L account of its stock, if the warehouse has one of its own.';
COMMENT ON COLUMN stockbridge.b1_warehouse.read_from IS 'Start of the pull that read it.';

CREATE TABLE stockbridge.b1_stock (
  link            text NOT NULL REFERENCES stockbridge.link,
  item_code       text NOT NULL,
  warehouse_code  text NOT NULL,
  in_stock        numeric NOT NULL,
  committed       numeric,
  ordered         numeric,
  average_price   numeric,
  locked          boolean,
  read_from       timestamptz NOT NULL,
  as_of           timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (link, item_code, warehouse_code)
);
COMMENT ON TABLE stockbridge.b1_stock IS 'Stock of the company per item and warehouse, as last read.';
COMMENT ON COLUMN stockbridge.b1_stock.link IS 'The link.';
COMMENT ON COLUMN stockbridge.b1_stock.item_code IS 'ItemCode.';
COMMENT ON COLUMN stockbridge.b1_stock.warehouse_code IS 'WarehouseCode.';
COMMENT ON COLUMN stockbridge.b1_stock.in_stock IS 'InStock: on hand; 0 also where it was asked for again and B1 lists none.';
COMMENT ON COLUMN stockbridge.b1_stock.committed IS 'Committed to customers.';
COMMENT ON COLUMN stockbridge.b1_stock.ordered IS 'Ordered from suppliers.';
COMMENT ON COLUMN stockbridge.b1_stock.average_price IS 'StandardAveragePrice of the item in this warehouse.';
COMMENT ON COLUMN stockbridge.b1_stock.locked IS 'Locked for this warehouse.';
COMMENT ON COLUMN stockbridge.b1_stock.read_from IS 'Start of the pull that read it: it was true at or after this time.';
COMMENT ON COLUMN stockbridge.b1_stock.as_of IS 'When it arrived: it was true at or before this time.';

CREATE TABLE stockbridge.ims_stock (
  link       text NOT NULL REFERENCES stockbridge.link,
  sku        text NOT NULL,
  location   text NOT NULL,
  on_hand    numeric NOT NULL,
  reserved   numeric,
  told_at    timestamptz,
  read_from  timestamptz NOT NULL,
  as_of      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (link, sku, location)
);
COMMENT ON TABLE stockbridge.ims_stock IS 'Stock of the IMS per SKU and location, as last read.';
COMMENT ON COLUMN stockbridge.ims_stock.link IS 'The link.';
COMMENT ON COLUMN stockbridge.ims_stock.sku IS 'SKU.';
COMMENT ON COLUMN stockbridge.ims_stock.location IS 'Location.';
COMMENT ON COLUMN stockbridge.ims_stock.on_hand IS 'On hand; 0 also where it was asked for again and the IMS lists none.';
COMMENT ON COLUMN stockbridge.ims_stock.reserved IS 'Reserved for orders.';
COMMENT ON COLUMN stockbridge.ims_stock.told_at IS 'The time at which it was true, if the IMS tells one, by the clock of the IMS; NULL: it was true at some time from read_from to as_of.';
COMMENT ON COLUMN stockbridge.ims_stock.read_from IS 'Start of the pull that read it.';
COMMENT ON COLUMN stockbridge.ims_stock.as_of IS 'When it was true: the IMS''s own time where it tells one (some tell the time of the last change, which serves as well), else when it arrived.';

CREATE TABLE stockbridge.b1_order (
  link       text NOT NULL REFERENCES stockbridge.link,
  doc_entry  integer NOT NULL,
  doc_num    integer,
  card_code  text,
  card_name  text,
  doc_due_date date,
  read_from  timestamptz NOT NULL,
  PRIMARY KEY (link, doc_entry)
);
COMMENT ON TABLE stockbridge.b1_order IS 'Open sales orders of the company, as last read.';
COMMENT ON COLUMN stockbridge.b1_order.link IS 'The link.';
COMMENT ON COLUMN stockbridge.b1_order.doc_entry IS 'DocEntry.';
COMMENT ON COLUMN stockbridge.b1_order.doc_num IS 'DocNum: the number that people see.';
COMMENT ON COLUMN stockbridge.b1_order.card_code IS 'Customer.';
COMMENT ON COLUMN stockbridge.b1_order.card_name IS 'Name of the customer.';
COMMENT ON COLUMN stockbridge.b1_order.doc_due_date IS 'Day of delivery.';
COMMENT ON COLUMN stockbridge.b1_order.read_from IS 'Start of the pull that read it.';

CREATE TABLE stockbridge.b1_order_line (
  link            text NOT NULL REFERENCES stockbridge.link,
  doc_entry       integer NOT NULL,
  line_num        integer NOT NULL,
  item_code       text NOT NULL,
  warehouse_code  text NOT NULL,
  open_quantity   numeric NOT NULL,
  price           numeric,
  ship_date       date,
  read_from       timestamptz NOT NULL,
  PRIMARY KEY (link, doc_entry, line_num)
);
CREATE INDEX b1_order_line_stock ON stockbridge.b1_order_line (link, item_code, warehouse_code);
COMMENT ON TABLE stockbridge.b1_order_line IS 'Open lines of sales orders of the company, as last read; lines without item or warehouse take no stock and are left out.';
COMMENT ON COLUMN stockbridge.b1_order_line.link IS 'The link.';
COMMENT ON COLUMN stockbridge.b1_order_line.doc_entry IS 'DocEntry of the order.';
COMMENT ON COLUMN stockbridge.b1_order_line.line_num IS 'LineNum.';
COMMENT ON COLUMN stockbridge.b1_order_line.item_code IS 'ItemCode.';
COMMENT ON COLUMN stockbridge.b1_order_line.warehouse_code IS 'WarehouseCode.';
COMMENT ON COLUMN stockbridge.b1_order_line.open_quantity IS 'Open quantity in inventory units.';
COMMENT ON COLUMN stockbridge.b1_order_line.price IS 'Price of a unit of sale, in the currency of the line.';
COMMENT ON COLUMN stockbridge.b1_order_line.ship_date IS 'Day of delivery of the line.';
COMMENT ON COLUMN stockbridge.b1_order_line.read_from IS 'Start of the pull that read it.';

CREATE TABLE stockbridge.b1_account (
  link          text NOT NULL REFERENCES stockbridge.link,
  account_code  text NOT NULL,
  name          text,
  balance       numeric NOT NULL,
  read_from     timestamptz NOT NULL,
  as_of         timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (link, account_code)
);
COMMENT ON TABLE stockbridge.b1_account IS 'G/L accounts of the company and their balances, as last read.';
COMMENT ON COLUMN stockbridge.b1_account.link IS 'The link.';
COMMENT ON COLUMN stockbridge.b1_account.account_code IS 'Code of the account.';
COMMENT ON COLUMN stockbridge.b1_account.name IS 'Its name.';
COMMENT ON COLUMN stockbridge.b1_account.balance IS 'Its balance; debit is positive.';
COMMENT ON COLUMN stockbridge.b1_account.read_from IS 'Start of the pull that read it.';
COMMENT ON COLUMN stockbridge.b1_account.as_of IS 'When it arrived.';

CREATE TABLE stockbridge.b1_base_line (
  link           text NOT NULL REFERENCES stockbridge.link,
  base_type      integer NOT NULL,
  base_entry     integer NOT NULL,
  base_line      integer NOT NULL,
  card_code      text,
  item_code      text,
  open_quantity  numeric,
  is_open        boolean NOT NULL DEFAULT false,
  missing        boolean NOT NULL DEFAULT false,
  read_from      timestamptz NOT NULL,
  PRIMARY KEY (link, base_type, base_entry, base_line)
);
COMMENT ON TABLE stockbridge.b1_base_line IS
  'Lines of purchase orders, sales orders and deliveries that movements draw on, as last read. Read by post() before such a movement is judged.';
COMMENT ON COLUMN stockbridge.b1_base_line.link IS 'The link.';
COMMENT ON COLUMN stockbridge.b1_base_line.base_type IS 'Object type of the document.';
COMMENT ON COLUMN stockbridge.b1_base_line.base_entry IS 'DocEntry.';
COMMENT ON COLUMN stockbridge.b1_base_line.base_line IS 'LineNum.';
COMMENT ON COLUMN stockbridge.b1_base_line.card_code IS 'Business partner of the document.';
COMMENT ON COLUMN stockbridge.b1_base_line.item_code IS 'ItemCode.';
COMMENT ON COLUMN stockbridge.b1_base_line.open_quantity IS 'Open quantity in inventory units.';
COMMENT ON COLUMN stockbridge.b1_base_line.is_open IS 'Document and line are open.';
COMMENT ON COLUMN stockbridge.b1_base_line.missing IS 'B1 has no such line.';
COMMENT ON COLUMN stockbridge.b1_base_line.read_from IS 'When reading it began.';

-- Where each snapshot table comes from.  What its columns are, which may be
-- missing and what stands for them then, its own definition says.
CREATE TABLE stockbridge.snapshot_source (
  resource      text PRIMARY KEY,
  side          text NOT NULL CHECK (side IN ('company', 'ims')),
  remote        text NOT NULL,
  keys          text[] NOT NULL,
  renamed       jsonb NOT NULL DEFAULT '{}',
  condition     text NOT NULL DEFAULT 'true',
  may_be_empty  boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE stockbridge.snapshot_source IS 'The snapshot tables, and what each is read from.';
COMMENT ON COLUMN stockbridge.snapshot_source.resource IS 'The snapshot table.';
COMMENT ON COLUMN stockbridge.snapshot_source.side IS 'company or ims.';
COMMENT ON COLUMN stockbridge.snapshot_source.remote IS 'Resource of that side; see link_relation().';
COMMENT ON COLUMN stockbridge.snapshot_source.keys IS 'Its key, without the link.';
COMMENT ON COLUMN stockbridge.snapshot_source.renamed IS 'Columns that have another name there; null: a column that is not there.';
COMMENT ON COLUMN stockbridge.snapshot_source.condition IS 'Which rows are read.';
COMMENT ON COLUMN stockbridge.snapshot_source.may_be_empty IS 'That no rows come where there were some is nothing unusual.';

INSERT INTO stockbridge.snapshot_source (resource, side, remote, keys, renamed, condition, may_be_empty) VALUES
  ('b1_order',      'company', 'orders',            '{doc_entry}',          '{}', $$document_status = 'bost_Open'$$, true),
  ('b1_order_line', 'company', 'order_lines',       '{doc_entry,line_num}', '{"open_quantity": "remaining_open_inventory_quantity"}',
   $$line_status = 'bost_Open' AND item_code <> '' AND warehouse_code <> ''$$, true);
INSERT INTO stockbridge.snapshot_source (resource, side, remote, keys, renamed) VALUES
  ('b1_account',   'company', 'chart_of_accounts', '{account_code}',          '{"account_code": "code", "as_of": null}'),
  ('b1_item',      'company', 'items',           '{item_code}',                '{"average_price": "avg_std_price"}'),
  ('b1_warehouse', 'company', 'warehouses',      '{warehouse_code}',           '{}'),
  ('b1_stock',     'company', 'item_warehouses', '{item_code,warehouse_code}', '{"average_price": "standard_average_price", "as_of": null}'),
  ('ims_stock',    'ims',     'stock',           '{sku,location}',             '{"told_at": "as_of"}');

CREATE TABLE stockbridge.snapshot (
  link       text NOT NULL REFERENCES stockbridge.link,
  resource   text NOT NULL REFERENCES stockbridge.snapshot_source,
  read_from  timestamptz NOT NULL,
  read_until timestamptz NOT NULL,
  oldest     timestamptz NOT NULL,
  row_count  bigint NOT NULL,
  clock_offset interval NOT NULL DEFAULT '0',
  clock_error  interval NOT NULL DEFAULT '0',
  PRIMARY KEY (link, resource)
);
COMMENT ON TABLE stockbridge.snapshot IS
  'One row per snapshot table and link: when it was last read completely. What the table lacks was absent at that time.';
COMMENT ON COLUMN stockbridge.snapshot.link IS 'The link.';
COMMENT ON COLUMN stockbridge.snapshot.resource IS 'The snapshot table.';
COMMENT ON COLUMN stockbridge.snapshot.read_from IS 'Start of the pull.';
COMMENT ON COLUMN stockbridge.snapshot.read_until IS 'End of the pull.';
COMMENT ON COLUMN stockbridge.snapshot.oldest IS 'The earliest time at which one of its rows was true.';
COMMENT ON COLUMN stockbridge.snapshot.row_count IS 'Rows read.';
COMMENT ON COLUMN stockbridge.snapshot.clock_offset IS 'How far the clock of the remote was ahead of ours, by its header Date; 0 if it tells no time. Measured where the remote tells times of its own: the IMS.';
COMMENT ON COLUMN stockbridge.snapshot.clock_error IS 'How far off that may be: the header has whole seconds, and the answer took its time.';

CREATE TABLE stockbridge.feed (
  link          text NOT NULL REFERENCES stockbridge.link,
  feed          text NOT NULL CHECK (feed IN ('items', 'stock', 'orders', 'accounts', 'movements')),
  cadence       interval NOT NULL CHECK (cadence > '0'),
  overlap       interval NOT NULL CHECK (overlap >= '0'),
  watermark     timestamptz,
  last_started  timestamptz,
  last_success  timestamptz,
  last_rows     bigint,
  failures      integer NOT NULL DEFAULT 0,
  last_error    text,
  PRIMARY KEY (link, feed)
);
COMMENT ON TABLE stockbridge.feed IS 'The repeating flows of a link. See feed_health.';
COMMENT ON COLUMN stockbridge.feed.link IS 'The link.';
COMMENT ON COLUMN stockbridge.feed.feed IS 'items: items and warehouses of B1. stock: those, and stock of both sides. orders: open sales orders of B1. accounts: balances of its G/L accounts. movements: movements of the IMS.';
COMMENT ON COLUMN stockbridge.feed.cadence IS 'How often the worker runs it.';
COMMENT ON COLUMN stockbridge.feed.overlap IS 'How far behind the watermark the next pull reads again, for what the IMS stored late.';
COMMENT ON COLUMN stockbridge.feed.watermark IS 'Time of the latest movement taken.';
COMMENT ON COLUMN stockbridge.feed.last_started IS 'When it last started.';
COMMENT ON COLUMN stockbridge.feed.last_success IS 'When it last succeeded.';
COMMENT ON COLUMN stockbridge.feed.last_rows IS 'Rows of the last success.';
COMMENT ON COLUMN stockbridge.feed.failures IS 'Failures since the last success.';
COMMENT ON COLUMN stockbridge.feed.last_error IS 'Error of the last failure; NULL after a success.';
