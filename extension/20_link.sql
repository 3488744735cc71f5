-- ---------------------------------------------------------------------------
-- Links: a company and an IMS joined, with the policies of their exchange, and
-- the two maps that translate between them.
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.link (
  link            text PRIMARY KEY CHECK (link <> '' AND length(link) <= 63),
  company         text NOT NULL,
  ims             text NOT NULL,
  owner           text NOT NULL,
  key_field       text NOT NULL DEFAULT 'U_SB_KEY' CHECK (key_field ~ '^U_[A-Za-z0-9_]{1,48}$'),
  guard_table     text CHECK (guard_table ~ '^[A-Za-z0-9_]{1,50}$'),
  time_zone       text NOT NULL,
  posting         text NOT NULL DEFAULT 'immediate' CHECK (posting IN ('immediate', 'windows', 'reconciled', 'manual')),
  group_by_base   boolean NOT NULL DEFAULT true,
  group_by_reference boolean NOT NULL DEFAULT true,
  freshness       interval NOT NULL DEFAULT '1 hour' CHECK (freshness > '0'),
  recheck         interval NOT NULL DEFAULT '1 hour' CHECK (recheck > '0'),
  sessions        integer NOT NULL DEFAULT 4 CHECK (sessions BETWEEN 1 AND 64),
  document_lines  integer NOT NULL DEFAULT 50 CHECK (document_lines BETWEEN 1 AND 1000),
  lease           interval NOT NULL DEFAULT '15 minutes' CHECK (lease > '0'),
  settle_time     interval NOT NULL DEFAULT '2 minutes' CHECK (settle_time >= '0'),
  retry_first     interval NOT NULL DEFAULT '2 seconds' CHECK (retry_first > '0'),
  retry_longest   interval NOT NULL DEFAULT '5 minutes' CHECK (retry_longest >= retry_first),
  max_attempts    integer NOT NULL DEFAULT 10 CHECK (max_attempts >= 1),
  parked_check    interval NOT NULL DEFAULT '15 minutes' CHECK (parked_check > '0'),
  origin          uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE stockbridge.link IS
  'A company and an IMS joined, with their policies: the tenant of everything else. Made by create_link().';
COMMENT ON COLUMN stockbridge.link.link IS 'Name of the link; part of every key.';
COMMENT ON COLUMN stockbridge.link.company IS 'Foreign server of wrapper sap_b1_fdw.';
COMMENT ON COLUMN stockbridge.link.ims IS 'Foreign server of wrapper ims_fdw.';
COMMENT ON COLUMN stockbridge.link.owner IS 'Role that background work runs as, and whose user mappings it uses.';
COMMENT ON COLUMN stockbridge.link.key_field IS 'Header user field of B1 documents that carries the idempotency key.';
COMMENT ON COLUMN stockbridge.link.guard_table IS 'User table (its entity set, U_SB_POSTED) into which each document enters its key in the same change set, so that B1 itself refuses it a second time. NULL: none, absence is proven by look-ups alone. See prepare_company().';
COMMENT ON COLUMN stockbridge.link.time_zone IS 'Time zone of the company: a document is dated by the day on which its movement happened there.';
COMMENT ON COLUMN stockbridge.link.posting IS 'immediate: valid movements post at once. windows: only within posting_window. reconciled: once a reconciliation has begun after they came. manual: each waits for release().';
COMMENT ON COLUMN stockbridge.link.group_by_base IS 'Movements that draw on different base documents go into different documents.';
COMMENT ON COLUMN stockbridge.link.group_by_reference IS 'Movements of different documents of the IMS go into different documents.';
COMMENT ON COLUMN stockbridge.link.freshness IS 'How old the items, warehouses and base documents may be by which movements are judged before they post; older ones are read again first.';
COMMENT ON COLUMN stockbridge.link.recheck IS 'After how long movements that B1 holds back for a cause of its own (a closed period, stock that is missing) are tried again by themselves.';
COMMENT ON COLUMN stockbridge.link.sessions IS 'Most requests that one worker has on their way to the company at once, each in a session of its own; not more than the server''s option sessions allows. SAP''s figures show no gain beyond a few for documents that move stock.';
COMMENT ON COLUMN stockbridge.link.document_lines IS 'Largest number of movements in one document.';
COMMENT ON COLUMN stockbridge.link.lease IS 'How long an attempt belongs to its worker if the worker still lives. Must exceed the total request timeout of the company''s server.';
COMMENT ON COLUMN stockbridge.link.settle_time IS 'How long after a lost answer a look-up that finds nothing proves nothing: longer than the longest request B1 may still be working on.';
COMMENT ON COLUMN stockbridge.link.retry_first IS 'Upper bound of the first pause before a retry; doubles with each further attempt.';
COMMENT ON COLUMN stockbridge.link.retry_longest IS 'Upper bound of any pause before a retry.';
COMMENT ON COLUMN stockbridge.link.max_attempts IS 'Attempts that reached B1 before a document is put on a person''s desk.';
COMMENT ON COLUMN stockbridge.link.parked_check IS 'How often a document parked as a draft is looked for again.';
COMMENT ON COLUMN stockbridge.link.origin IS 'Random identity of the link, part of every key: two databases with a link of one name never make the same key.';
COMMENT ON COLUMN stockbridge.link.created_at IS 'When the link was made.';

CREATE TABLE stockbridge.warehouse_map (
  link            text NOT NULL REFERENCES stockbridge.link,
  location        text NOT NULL CHECK (location <> ''),
  warehouse_code  text NOT NULL CHECK (warehouse_code <> ''),
  CONSTRAINT warehouse_map_one_warehouse_per_location PRIMARY KEY (link, location),
  CONSTRAINT warehouse_map_one_location_per_warehouse UNIQUE (link, warehouse_code)
);
COMMENT ON TABLE stockbridge.warehouse_map IS
  'IMS location and B1 warehouse, one to one within a link. A movement at a location that is not here is kept and rejected.';
COMMENT ON COLUMN stockbridge.warehouse_map.link IS 'The link.';
COMMENT ON COLUMN stockbridge.warehouse_map.location IS 'Location as the IMS names it.';
COMMENT ON COLUMN stockbridge.warehouse_map.warehouse_code IS 'WarehouseCode in B1.';

CREATE TABLE stockbridge.item_map (
  link            text NOT NULL REFERENCES stockbridge.link,
  sku             text NOT NULL CHECK (sku <> ''),
  item_code       text NOT NULL CHECK (item_code <> ''),
  CONSTRAINT item_map_one_item_per_sku PRIMARY KEY (link, sku),
  CONSTRAINT item_map_one_sku_per_item UNIQUE (link, item_code)
);
COMMENT ON TABLE stockbridge.item_map IS
  'IMS SKU and B1 item where they differ, one to one within a link. A SKU that is not here is the item code itself.';
COMMENT ON COLUMN stockbridge.item_map.link IS 'The link.';
COMMENT ON COLUMN stockbridge.item_map.sku IS 'SKU as the IMS names it.';
COMMENT ON COLUMN stockbridge.item_map.item_code IS 'ItemCode in B1.';

CREATE TABLE stockbridge.unit_map (
  link            text NOT NULL REFERENCES stockbridge.link,
  sku             text NOT NULL DEFAULT '',
  unit            text NOT NULL CHECK (unit <> ''),
  factor          numeric NOT NULL CHECK (factor > 0 AND factor < 'Infinity'),
  CONSTRAINT unit_map_one_factor PRIMARY KEY (link, sku, unit)
);
COMMENT ON TABLE stockbridge.unit_map IS
  'How many inventory units of B1 one unit of the IMS is; for one SKU, or for all without a row of their own. The inventory unit itself needs none.';
COMMENT ON COLUMN stockbridge.unit_map.link IS 'The link.';
COMMENT ON COLUMN stockbridge.unit_map.sku IS 'SKU; empty: all SKUs.';
COMMENT ON COLUMN stockbridge.unit_map.unit IS 'Unit as the IMS names it.';
COMMENT ON COLUMN stockbridge.unit_map.factor IS 'Inventory units in one of it.';

CREATE TABLE stockbridge.account_map (
  link            text NOT NULL REFERENCES stockbridge.link,
  reason          text NOT NULL DEFAULT '',
  warehouse_code  text NOT NULL DEFAULT '',
  account_code    text NOT NULL CHECK (account_code <> ''),
  CONSTRAINT account_map_one_account PRIMARY KEY (link, reason, warehouse_code)
);
COMMENT ON TABLE stockbridge.account_map IS
  'G/L account against which goods receipts and issues are entered, by reason and warehouse. Empty stands for all; a row that names both goes before one that names the reason, and that before one that names the warehouse. A link without rows leaves the account to B1.';
COMMENT ON COLUMN stockbridge.account_map.link IS 'The link.';
COMMENT ON COLUMN stockbridge.account_map.reason IS 'Reason as the IMS names it; empty: any.';
COMMENT ON COLUMN stockbridge.account_map.warehouse_code IS 'WarehouseCode in B1; empty: any.';
COMMENT ON COLUMN stockbridge.account_map.account_code IS 'AccountCode in B1.';

CREATE TABLE stockbridge.stock_account (
  link            text NOT NULL REFERENCES stockbridge.link,
  warehouse_code  text NOT NULL CHECK (warehouse_code <> ''),
  account_code    text NOT NULL CHECK (account_code <> ''),
  CONSTRAINT stock_account_one_account PRIMARY KEY (link, warehouse_code)
);
COMMENT ON TABLE stockbridge.stock_account IS
  'G/L account that holds the stock of a warehouse, where B1 does not name it at the warehouse itself (accounts set by item group or item). See valuation.';
COMMENT ON COLUMN stockbridge.stock_account.link IS 'The link.';
COMMENT ON COLUMN stockbridge.stock_account.warehouse_code IS 'WarehouseCode in B1.';
COMMENT ON COLUMN stockbridge.stock_account.account_code IS 'AccountCode in B1.';

CREATE TABLE stockbridge.posting_window (
  link            text NOT NULL REFERENCES stockbridge.link,
  weekday         integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  opens           time NOT NULL,
  closes          time NOT NULL,
  PRIMARY KEY (link, weekday, opens),
  CHECK (opens < closes)
);
COMMENT ON TABLE stockbridge.posting_window IS 'When a link with posting policy "windows" may begin to post, in its time zone.';
COMMENT ON COLUMN stockbridge.posting_window.link IS 'The link.';
COMMENT ON COLUMN stockbridge.posting_window.weekday IS 'Day of the week, 1 Monday to 7 Sunday.';
COMMENT ON COLUMN stockbridge.posting_window.opens IS 'From this time of day.';
COMMENT ON COLUMN stockbridge.posting_window.closes IS 'Until before this time; 24:00 is midnight.';

CREATE TABLE stockbridge.closed_period (
  link            text NOT NULL REFERENCES stockbridge.link,
  first_day       date NOT NULL,
  last_day        date NOT NULL,
  learned         boolean NOT NULL DEFAULT false,
  since           timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (link, first_day, last_day),
  CHECK (first_day <= last_day)
);
COMMENT ON TABLE stockbridge.closed_period IS
  'Days on which the company takes no postings. Movements of these days are held with their own date, and go on when the row is gone. What B1 has refused for its period is noted here by itself, and forgotten again after link.recheck.';
COMMENT ON COLUMN stockbridge.closed_period.link IS 'The link.';
COMMENT ON COLUMN stockbridge.closed_period.first_day IS 'First day.';
COMMENT ON COLUMN stockbridge.closed_period.last_day IS 'Last day.';
COMMENT ON COLUMN stockbridge.closed_period.learned IS 'Noted because B1 refused a document of that day.';
COMMENT ON COLUMN stockbridge.closed_period.since IS 'Since when.';

-- The unique constraints are what guarantees one to one; these triggers answer
-- in the words of the person who fills in the map.
CREATE FUNCTION stockbridge.check_warehouse_map() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  other record;
BEGIN
  SELECT * INTO other FROM stockbridge.warehouse_map m
   WHERE m.link = NEW.link
     AND (m.location = NEW.location OR m.warehouse_code = NEW.warehouse_code)
     AND (TG_OP = 'INSERT' OR m.location <> OLD.location OR m.link <> OLD.link)
   LIMIT 1;
  IF NOT FOUND THEN
    RETURN NEW;
  END IF;
  IF other.location = NEW.location THEN
    RAISE EXCEPTION 'location "%" of link "%" is already mapped to warehouse "%"',
      NEW.location, NEW.link, other.warehouse_code
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'warehouse_map_one_warehouse_per_location',
            HINT = format('One location is one warehouse. To map it to "%s" instead, update or delete the existing row.',
                          NEW.warehouse_code);
  END IF;
  RAISE EXCEPTION 'warehouse "%" of link "%" is already mapped to location "%"',
    NEW.warehouse_code, NEW.link, other.location
    USING ERRCODE = 'unique_violation', CONSTRAINT = 'warehouse_map_one_location_per_warehouse',
          HINT = format('One warehouse is one location. To map it to "%s" instead, update or delete the existing row.',
                        NEW.location);
END
$$;
COMMENT ON FUNCTION stockbridge.check_warehouse_map() IS
  'Trigger: names the mapping that a new row of warehouse_map clashes with.';

CREATE TRIGGER check_warehouse_map BEFORE INSERT OR UPDATE ON stockbridge.warehouse_map
  FOR EACH ROW EXECUTE FUNCTION stockbridge.check_warehouse_map();

CREATE FUNCTION stockbridge.check_item_map() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  other record;
BEGIN
  SELECT * INTO other FROM stockbridge.item_map m
   WHERE m.link = NEW.link
     AND (m.sku = NEW.sku OR m.item_code = NEW.item_code)
     AND (TG_OP = 'INSERT' OR m.sku <> OLD.sku OR m.link <> OLD.link)
   LIMIT 1;
  IF NOT FOUND THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'SKU "%" of link "%" is already mapped to item "%"', other.sku, NEW.link, other.item_code
    USING ERRCODE = 'unique_violation',
          CONSTRAINT = CASE WHEN other.sku = NEW.sku THEN 'item_map_one_item_per_sku'
                            ELSE 'item_map_one_sku_per_item' END,
          HINT = format('One SKU is one item. To map "%s" to "%s" instead, update or delete the existing row.',
                        NEW.sku, NEW.item_code);
END
$$;
COMMENT ON FUNCTION stockbridge.check_item_map() IS
  'Trigger: names the mapping that a new row of item_map clashes with.';

CREATE TRIGGER check_item_map BEFORE INSERT OR UPDATE ON stockbridge.item_map
  FOR EACH ROW EXECUTE FUNCTION stockbridge.check_item_map();

-- ---------------------------------------------------------------------------
-- Making a link
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.check_link() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  side record;
BEGIN
  FOR side IN
    SELECT v.*, s.oid AS server_oid, w.fdwname
      FROM (VALUES ('company', 'sap_b1_fdw', NEW.company), ('ims', 'ims_fdw', NEW.ims)) v (argument, wrapper, server)
      LEFT JOIN pg_foreign_server s ON s.srvname = v.server
      LEFT JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
  LOOP
    IF side.server_oid IS NULL THEN
      RAISE EXCEPTION 'server "%" does not exist', side.server
        USING ERRCODE = 'undefined_object',
              HINT = format('Create it with CREATE SERVER %I FOREIGN DATA WRAPPER %I OPTIONS (…); argument "%s" names such a server.',
                            side.server, side.wrapper, side.argument);
    ELSIF side.fdwname <> side.wrapper THEN
      RAISE EXCEPTION 'server "%" belongs to wrapper "%", not to "%"', side.server, side.fdwname, side.wrapper
        USING ERRCODE = 'wrong_object_type',
              HINT = format('Argument "%s" names a server of wrapper "%s".', side.argument, side.wrapper);
    END IF;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = NEW.owner) THEN
    RAISE EXCEPTION 'role "%" does not exist', NEW.owner
      USING ERRCODE = 'undefined_object', HINT = 'The owner of a link is the role that background work runs as.';
  END IF;
  IF NOT pg_has_role(NEW.owner, 'stockbridge_worker', 'USAGE') THEN
    RAISE EXCEPTION 'role "%" cannot own a link', NEW.owner
      USING ERRCODE = 'insufficient_privilege',
            HINT = format('GRANT stockbridge_worker TO %I;', NEW.owner);
  END IF;
  IF NEW.key_field !~ '^U_[A-Za-z0-9_]{1,48}$' THEN
    RAISE EXCEPTION 'key field "%" is not a user field', NEW.key_field
      USING ERRCODE = 'invalid_parameter_value', HINT = 'User fields of B1 are called U_ and a name, such as U_SB_KEY.';
  ELSIF NEW.posting NOT IN ('immediate', 'windows', 'reconciled', 'manual') THEN
    RAISE EXCEPTION 'posting policy "%" is not known', NEW.posting
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Policies are immediate, windows, reconciled and manual.';
  END IF;
  -- Raises 22023 with the server's own words for a zone it does not know.
  PERFORM now() AT TIME ZONE NEW.time_zone;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION stockbridge.check_link() IS
  'Trigger: a link names two existing servers of the right wrappers, a role that may work, a known time zone, a user field and a known policy.';

CREATE TRIGGER check_link BEFORE INSERT OR UPDATE OF company, ims, owner, time_zone, key_field, posting ON stockbridge.link
  FOR EACH ROW EXECUTE FUNCTION stockbridge.check_link();

-- Runs with the caller's rights: the caller must be an admin, and becomes the
-- owner unless another role is named.
CREATE FUNCTION stockbridge.create_link(
  link        text,
  company     text,
  ims         text,
  owner       text DEFAULT current_user,
  key_field   text DEFAULT 'U_SB_KEY',
  time_zone   text DEFAULT current_setting('TimeZone'),
  posting     text DEFAULT 'immediate',
  movements_since timestamptz DEFAULT NULL
) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM stockbridge.link l WHERE l.link = create_link.link) THEN
    RAISE EXCEPTION 'link "%" already exists', link
      USING ERRCODE = 'duplicate_object', HINT = 'Its policies are columns of stockbridge.link.';
  END IF;
  IF NOT pg_has_role(owner, 'MEMBER') THEN
    RAISE EXCEPTION 'permission denied to make role "%" the owner of a link', owner
      USING ERRCODE = 'insufficient_privilege', HINT = 'You must be a member of that role.';
  END IF;
  INSERT INTO stockbridge.link (link, company, ims, owner, key_field, time_zone, posting)
  VALUES (link, company, ims, owner, key_field, time_zone, posting);
  INSERT INTO stockbridge.feed (link, feed, cadence, overlap, watermark)
  VALUES (link, 'items', '15 minutes', '0', NULL),
         (link, 'stock', '5 minutes', '0', NULL),
         (link, 'orders', '15 minutes', '0', NULL),
         (link, 'accounts', '15 minutes', '0', NULL),
         (link, 'movements', '30 seconds', '1 hour', movements_since);
  RETURN link;
END
$$;
COMMENT ON FUNCTION stockbridge.create_link(text, text, text, text, text, text, text, timestamptz) IS
  'Joins a company (server of sap_b1_fdw) and an IMS (server of ims_fdw). The owner, by default the caller, is the role that background work runs as. movements_since bounds the first pull of movements: without it everything the IMS tells is taken, so give it when B1 already holds the past.';

-- ---------------------------------------------------------------------------
-- A link's foreign tables, wherever they were imported
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.link_relation(link text, side text, resource text) RETURNS regclass
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy stockbridge.link;
  server text;
  relation regclass;
BEGIN
  policy := stockbridge.link_policy(link);
  server := CASE side WHEN 'company' THEN policy.company WHEN 'ims' THEN policy.ims END;
  IF server IS NULL THEN
    RAISE EXCEPTION 'side "%" is not known', side
      USING ERRCODE = 'invalid_parameter_value', HINT = 'A link has the sides company and ims.';
  END IF;
  -- Imported twice: any will do, the oldest is the stable choice.
  SELECT t.ftrelid INTO relation
    FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = t.ftserver
   WHERE s.srvname = server AND 'resource=' || resource = ANY (t.ftoptions)
     AND has_table_privilege(t.ftrelid, 'SELECT')
   ORDER BY t.ftrelid LIMIT 1;
  IF relation IS NULL THEN
    RAISE EXCEPTION 'link "%" has no foreign table for "%" of server "%"',
      link, resource, server
      USING ERRCODE = 'undefined_table',
            HINT = format('IMPORT FOREIGN SCHEMA stock FROM SERVER %I INTO %1$I; or, if that was done, grant SELECT on its tables.', server);
  END IF;
  RETURN relation;
END
$$;
COMMENT ON FUNCTION stockbridge.link_relation(text, text, text) IS
  'The foreign table through which a link reads a resource (items, item_warehouses, warehouses; stock, movements …) of its side company or ims: found by server and table option "resource", in any schema.';

CREATE FUNCTION stockbridge.link_policy(link text) RETURNS stockbridge.link
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy stockbridge.link;
BEGIN
  SELECT * INTO policy FROM stockbridge.link l WHERE l.link = link_policy.link;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'link "%" does not exist', link
      USING ERRCODE = 'undefined_object',
            HINT = 'SELECT link FROM stockbridge.link shows the links; stockbridge.create_link makes one.';
  END IF;
  RETURN policy;
END
$$;
COMMENT ON FUNCTION stockbridge.link_policy(text) IS
  'The row of a link; raises 42704 with a hint if there is none.';
