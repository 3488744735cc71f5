-- ---------------------------------------------------------------------------
-- Documents: what movements post as.  Content and key are frozen at birth: if
-- the content must change, the document is withdrawn once it is proven absent
-- from B1, and its movements go into a new one with a new key.
-- Attempts: one try to post a document, stored before the first byte is sent.
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.document (
  link           text NOT NULL REFERENCES stockbridge.link,
  document       bigint GENERATED ALWAYS AS IDENTITY,
  key            uuid NOT NULL,
  document_type  text NOT NULL REFERENCES stockbridge.document_type,
  doc_date       date NOT NULL,
  body           json NOT NULL,
  digest         bytea NOT NULL,
  state          text NOT NULL CHECK (state IN ('posting', 'retry', 'in_doubt', 'parked', 'rejected', 'posted', 'withdrawn')),
  since          timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_at         timestamptz,
  attempts       integer NOT NULL DEFAULT 0,
  sent_attempts  integer NOT NULL DEFAULT 0,
  attempt        bigint,
  doubt          text CHECK (doubt IN ('ambiguous', 'duplicate', 'parked')),
  doubt_since    timestamptz,
  draft_entry    integer,
  drafts_read_at timestamptz,
  doc_entry      integer,
  doc_num        integer,
  sent_at        timestamptz,
  posted_at      timestamptz,
  reason         text,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (link, document),
  CONSTRAINT document_key_once UNIQUE (link, key),
  CHECK ((state = 'posted') = (doc_entry IS NOT NULL AND posted_at IS NOT NULL)),
  CHECK (state <> 'in_doubt' OR doubt IS NOT NULL),
  CHECK (state NOT IN ('retry', 'in_doubt', 'parked') OR due_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX document_due ON stockbridge.document (link, due_at) WHERE state IN ('retry', 'in_doubt', 'parked');
CREATE INDEX document_posting ON stockbridge.document (link) WHERE state = 'posting';
CREATE INDEX document_posted_at ON stockbridge.document (link, posted_at) WHERE state = 'posted';
COMMENT ON TABLE stockbridge.document IS
  'Documents posted, or on their way, to B1. Key and content never change; what becomes of it does.';
COMMENT ON COLUMN stockbridge.document.link IS 'The link.';
COMMENT ON COLUMN stockbridge.document.document IS 'Number of the document here.';
COMMENT ON COLUMN stockbridge.document.key IS 'Idempotency key, in the header field link.key_field of the B1 document.';
COMMENT ON COLUMN stockbridge.document.document_type IS 'What it is in B1.';
COMMENT ON COLUMN stockbridge.document.doc_date IS 'Posting date: the day on which its movements happened, in the company''s time zone.';
COMMENT ON COLUMN stockbridge.document.body IS 'The request body, byte for byte.';
COMMENT ON COLUMN stockbridge.document.digest IS 'SHA-256 of the request body.';
COMMENT ON COLUMN stockbridge.document.state IS 'State, shared by its movements; withdrawn: proven absent from B1 and given up.';
COMMENT ON COLUMN stockbridge.document.since IS 'Since when.';
COMMENT ON COLUMN stockbridge.document.due_at IS 'When the next step is due: the next attempt (retry), or the next look-up (in_doubt, parked).';
COMMENT ON COLUMN stockbridge.document.attempts IS 'Attempts so far.';
COMMENT ON COLUMN stockbridge.document.sent_attempts IS 'Attempts so far that left this machine.';
COMMENT ON COLUMN stockbridge.document.attempt IS 'The latest attempt.';
COMMENT ON COLUMN stockbridge.document.doubt IS 'Why it is in doubt; decides what its absence means: ambiguous → retry, duplicate or parked → rejected.';
COMMENT ON COLUMN stockbridge.document.doubt_since IS 'When it came in doubt; B1 cannot have begun to work on it later than this.';
COMMENT ON COLUMN stockbridge.document.draft_entry IS 'DocEntry of the draft that the last look-up found.';
COMMENT ON COLUMN stockbridge.document.drafts_read_at IS 'When the last look-up among the drafts was sent.';
COMMENT ON COLUMN stockbridge.document.doc_entry IS 'DocEntry, read back from B1.';
COMMENT ON COLUMN stockbridge.document.doc_num IS 'DocNum, read back from B1.';
COMMENT ON COLUMN stockbridge.document.sent_at IS 'When it was first sent: it cannot have been in B1 before.';
COMMENT ON COLUMN stockbridge.document.posted_at IS 'When B1 told that it has it: it was in B1 at this time.';
COMMENT ON COLUMN stockbridge.document.reason IS 'Why the last look-up told nothing; NULL if it told something.';
COMMENT ON COLUMN stockbridge.document.created_at IS 'When it was made.';

CREATE FUNCTION stockbridge.keep_document_content() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'key and content of a document are never changed'
    USING ERRCODE = 'object_not_in_prerequisite_state',
          HINT = 'retry() on its movements makes a new document, once this one is proven absent from B1.';
END
$$;
COMMENT ON FUNCTION stockbridge.keep_document_content() IS 'Trigger: refuses to change what a key stands for.';
CREATE TRIGGER document_content_is_final BEFORE UPDATE OF link, document, key, document_type, doc_date, body, digest
  ON stockbridge.document FOR EACH ROW
  WHEN ((OLD.link, OLD.document, OLD.key, OLD.document_type, OLD.doc_date, OLD.body::text, OLD.digest)
        IS DISTINCT FROM (NEW.link, NEW.document, NEW.key, NEW.document_type, NEW.doc_date, NEW.body::text, NEW.digest))
  EXECUTE FUNCTION stockbridge.keep_document_content();

CREATE TABLE stockbridge.document_line (
  link                 text NOT NULL,
  document             bigint NOT NULL,
  line_num             integer NOT NULL,
  movement             bigint NOT NULL,
  item_code            text NOT NULL,
  warehouse_code       text NOT NULL CHECK (warehouse_code <> ''),
  from_warehouse_code  text CHECK (from_warehouse_code <> ''),
  quantity             numeric NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (link, document, line_num),
  FOREIGN KEY (link, document) REFERENCES stockbridge.document,
  FOREIGN KEY (link, movement) REFERENCES stockbridge.movement
);
CREATE INDEX document_line_movement ON stockbridge.document_line (link, movement);
COMMENT ON TABLE stockbridge.document_line IS 'Lines of documents: one movement each.';
COMMENT ON COLUMN stockbridge.document_line.link IS 'The link.';
COMMENT ON COLUMN stockbridge.document_line.document IS 'The document.';
COMMENT ON COLUMN stockbridge.document_line.line_num IS 'LineNum in B1.';
COMMENT ON COLUMN stockbridge.document_line.movement IS 'The movement it posts.';
COMMENT ON COLUMN stockbridge.document_line.item_code IS 'ItemCode.';
COMMENT ON COLUMN stockbridge.document_line.warehouse_code IS 'WarehouseCode; of a transfer, where it arrives.';
COMMENT ON COLUMN stockbridge.document_line.from_warehouse_code IS 'FromWarehouseCode of a transfer.';
COMMENT ON COLUMN stockbridge.document_line.quantity IS 'Quantity.';
CREATE TRIGGER document_line_is_final BEFORE UPDATE OR DELETE ON stockbridge.document_line
  FOR EACH ROW EXECUTE FUNCTION stockbridge.refuse_change('The lines of a document are frozen with its key.');

CREATE TABLE stockbridge.attempt (
  link           text NOT NULL,
  attempt        bigint GENERATED ALWAYS AS IDENTITY,
  document       bigint NOT NULL,
  digest         bytea NOT NULL,
  worker_pid     integer NOT NULL DEFAULT pg_backend_pid(),
  worker_start   timestamptz NOT NULL,
  actor          text NOT NULL DEFAULT stockbridge.actor(),
  claimed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until    timestamptz NOT NULL,
  sent_at        timestamptz,
  answered_at    timestamptz,
  outcome        text CHECK (outcome IN ('not_sent', 'unanswered', 'answered', 'abandoned')),
  status         integer,
  error_code     text,
  error_message  text,
  answer         text,
  location       text,
  failure        text,
  rule           text,
  class          text,
  doc_entry      integer,
  PRIMARY KEY (link, attempt),
  FOREIGN KEY (link, document) REFERENCES stockbridge.document
);
CREATE INDEX attempt_document ON stockbridge.attempt (link, document);
COMMENT ON TABLE stockbridge.attempt IS
  'Every try to post a document, committed before the request is sent, with what came of it.';
COMMENT ON COLUMN stockbridge.attempt.link IS 'The link.';
COMMENT ON COLUMN stockbridge.attempt.attempt IS 'Number of the attempt.';
COMMENT ON COLUMN stockbridge.attempt.document IS 'The document.';
COMMENT ON COLUMN stockbridge.attempt.digest IS 'SHA-256 of the request body.';
COMMENT ON COLUMN stockbridge.attempt.worker_pid IS 'Server process that made it.';
COMMENT ON COLUMN stockbridge.attempt.worker_start IS 'Start of that process: with the pid, its identity.';
COMMENT ON COLUMN stockbridge.attempt.actor IS 'On whose behalf.';
COMMENT ON COLUMN stockbridge.attempt.claimed_at IS 'When it was claimed.';
COMMENT ON COLUMN stockbridge.attempt.lease_until IS 'After this time it no longer belongs to its worker.';
COMMENT ON COLUMN stockbridge.attempt.sent_at IS 'When the request was sent; NULL if it was not, or is not known.';
COMMENT ON COLUMN stockbridge.attempt.answered_at IS 'When the request ended.';
COMMENT ON COLUMN stockbridge.attempt.outcome IS 'How the request ended: not_sent, unanswered, answered; abandoned if its worker went away. NULL while under way.';
COMMENT ON COLUMN stockbridge.attempt.status IS 'HTTP status of the answer.';
COMMENT ON COLUMN stockbridge.attempt.error_code IS 'Error code of the answer.';
COMMENT ON COLUMN stockbridge.attempt.error_message IS 'Error text of the answer, or why there is none.';
COMMENT ON COLUMN stockbridge.attempt.answer IS 'Body of the answer, its first 4000 characters.';
COMMENT ON COLUMN stockbridge.attempt.location IS 'Location header of the answer.';
COMMENT ON COLUMN stockbridge.attempt.failure IS 'Why its worker did not see it through, if abandoned.';
COMMENT ON COLUMN stockbridge.attempt.rule IS 'Error rule that applied.';
COMMENT ON COLUMN stockbridge.attempt.class IS 'What the rule says it means.';
COMMENT ON COLUMN stockbridge.attempt.doc_entry IS 'DocEntry that the answer names, before it is read back.';

CREATE FUNCTION stockbridge.keep_unknown_attempt() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM stockbridge.document d WHERE d.link = OLD.link AND d.document = OLD.document
                AND d.state NOT IN ('posted', 'withdrawn')) THEN
    RAISE EXCEPTION 'attempt % cannot be deleted while the outcome of its document is open', OLD.attempt
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Without it nobody could tell whether a request left.';
  END IF;
  RETURN OLD;
END
$$;
COMMENT ON FUNCTION stockbridge.keep_unknown_attempt() IS
  'Trigger: no attempt is deleted while the outcome of its document is open.';
CREATE TRIGGER keep_unknown_attempt BEFORE DELETE ON stockbridge.attempt
  FOR EACH ROW EXECUTE FUNCTION stockbridge.keep_unknown_attempt();

-- ---------------------------------------------------------------------------
-- Key and content
-- ---------------------------------------------------------------------------

-- The key of a group of movements follows from what identifies them outside this
-- database (the IMS's reference), so that a database restored from a backup
-- makes the same key again and finds what it had posted.  It never follows from
-- numbers given out here: after a restore these are given to other movements.
-- A document that replaces a withdrawn one needs another key: its generation.
CREATE FUNCTION stockbridge.document_key(origin uuid, generation bigint, identity text) RETURNS uuid
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT encode(set_byte(set_byte(h.hash, 6, (get_byte(h.hash, 6) & 15) | 128),
                         8, (get_byte(h.hash, 8) & 63) | 128), 'hex')::uuid
    FROM (SELECT substr(sha256(convert_to(format(E'%s\n%s\n%s', origin, generation, identity), 'UTF8')), 1, 16) AS hash) h;
END;
COMMENT ON FUNCTION stockbridge.document_key(uuid, bigint, text) IS
  'The idempotency key of a document: a version 8 UUID from the link''s origin, the number of documents its movements were in before, and what identifies them.';

CREATE FUNCTION stockbridge.movement_identity(m stockbridge.movement) RETURNS text
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT CASE WHEN m.movement_ref IS NOT NULL THEN 'ref ' || m.movement_ref
              ELSE format('own %s %s', m.movement, extract(epoch FROM m.received_at)) END;
END;
COMMENT ON FUNCTION stockbridge.movement_identity(stockbridge.movement) IS
  'What identifies a movement, in any copy of this database: the IMS''s reference, else its number here and when it was stored.';

-- The parts of a request body.  Members without a value are left out; every line
-- names its warehouse; quantities keep their exact digits and are in inventory
-- units, which is said where B1 would take another unit (SL §6.6).
--
-- Numbers and bins of a line: SL §6.6-6.8.  A bin may name its batch; with one
-- batch, or none, it need not.
CREATE FUNCTION stockbridge.batches_body(m stockbridge.movement, factor numeric, line_num bigint, batch_property text) RETURNS json
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT json_agg(json_build_object(batch_property, e.value->>'batch', 'Quantity', trim_scale((e.value->>'quantity')::numeric * factor),
                                    'ExpiryDate', e.value->>'expires', 'BaseLineNumber', line_num) ORDER BY e.n)
    FROM jsonb_array_elements(m.batches) WITH ORDINALITY AS e (value, n);
END;
COMMENT ON FUNCTION stockbridge.batches_body(stockbridge.movement, numeric, bigint, text) IS 'The batch numbers of a line.';

CREATE FUNCTION stockbridge.serials_body(m stockbridge.movement, line_num bigint) RETURNS json
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT json_agg(json_build_object('InternalSerialNumber', e.value, 'Quantity', 1, 'BaseLineNumber', line_num) ORDER BY e.n)
    FROM jsonb_array_elements_text(m.serials) WITH ORDINALITY AS e (value, n);
END;
COMMENT ON FUNCTION stockbridge.serials_body(stockbridge.movement, bigint) IS 'The serial numbers of a line.';

CREATE FUNCTION stockbridge.bins_body(m stockbridge.movement, factor numeric, line_num bigint) RETURNS json
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT json_agg(json_build_object(
           'BinAbsEntry', (e.value->>'bin')::integer, 'Quantity', trim_scale((e.value->>'quantity')::numeric * factor),
           'BinActionType', CASE WHEN m.kind <> 'transfer' THEN NULL WHEN (e.value->>'to')::boolean THEN 'batToWarehouse' ELSE 'batFromWarehouse' END,
           'SerialAndBatchNumbersBaseLine',
             CASE WHEN m.batches IS NOT NULL THEN coalesce((SELECT b.n - 1 FROM jsonb_array_elements(m.batches) WITH ORDINALITY AS b (value, n)
                                                            WHERE b.value->>'batch' = e.value->>'batch'), 0)
                  WHEN m.serials IS NOT NULL THEN coalesce((SELECT b.n - 1 FROM jsonb_array_elements_text(m.serials) WITH ORDINALITY AS b (value, n)
                                                            WHERE b.value = e.value->>'serial'), 0) END,
           'BaseLineNumber', line_num) ORDER BY e.n)
    FROM jsonb_array_elements(m.bins) WITH ORDINALITY AS e (value, n);
END;
COMMENT ON FUNCTION stockbridge.bins_body(stockbridge.movement, numeric, bigint) IS 'The bin allocations of a line.';

CREATE FUNCTION stockbridge.line_body(t stockbridge.document_type, m stockbridge.movement, s stockbridge.movement_state,
                                      line_num bigint, batch_property text) RETURNS json
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE WHEN t.line_collection = 'InventoryPostingLines' THEN
    json_build_object('ItemCode', s.item_code, 'WarehouseCode', s.warehouse_code, 'CountedQuantity', trim_scale(s.quantity))
  ELSE json_build_object(
    'ItemCode', s.item_code, 'Quantity', trim_scale(abs(s.quantity)),
    'UseBaseUnits', CASE WHEN t.based AND EXISTS (SELECT FROM stockbridge.b1_item i WHERE i.link = s.link AND i.item_code = s.item_code
                                                    AND CASE t.kind WHEN 'receipt' THEN i.purchase_items_per_unit ELSE i.sales_items_per_unit END <> 1)
                         THEN 'tYES' END,
    'FromWarehouseCode', CASE WHEN s.to_warehouse_code IS NOT NULL THEN s.warehouse_code END,
    'WarehouseCode', coalesce(s.to_warehouse_code, s.warehouse_code),
    'UnitPrice', CASE WHEN t.kind <> 'receipt' THEN NULL WHEN m.unit IS NULL THEN m.unit_cost
                      ELSE trim_scale(round(m.unit_cost * m.quantity / s.quantity, 6)) END,
    'AccountCode', CASE WHEN t.takes_account THEN stockbridge.account_for(m.link, m.reason, s.warehouse_code) END,
    'BaseType', t.base_type, 'BaseEntry', m.base_entry, 'BaseLine', m.base_line,
    'BatchNumbers', CASE WHEN m.batches IS NOT NULL THEN stockbridge.batches_body(m, abs(s.quantity / m.quantity), line_num, batch_property) END,
    'SerialNumbers', CASE WHEN m.serials IS NOT NULL THEN stockbridge.serials_body(m, line_num) END,
    CASE WHEN t.line_collection = 'StockTransferLines' THEN 'StockTransferLinesBinAllocations' ELSE 'DocumentLinesBinAllocations' END,
    CASE WHEN m.bins IS NOT NULL THEN stockbridge.bins_body(m, abs(s.quantity / m.quantity), line_num) END) END;
END;
COMMENT ON FUNCTION stockbridge.line_body(stockbridge.document_type, stockbridge.movement, stockbridge.movement_state, bigint, text) IS
  'The line of a request body that posts a movement.';

CREATE FUNCTION stockbridge.card_code_of(t stockbridge.document_type, m stockbridge.movement) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(m.card_code, (SELECT b.card_code FROM stockbridge.b1_base_line b
                                 WHERE b.link = m.link AND b.base_type = t.base_type AND b.base_entry = m.base_entry AND b.base_line = m.base_line));
END;
COMMENT ON FUNCTION stockbridge.card_code_of(stockbridge.document_type, stockbridge.movement) IS
  'The business partner of a movement: its own, else that of its base document.';

CREATE FUNCTION stockbridge.document_body(policy stockbridge.link, t stockbridge.document_type, document bigint, key uuid,
                                          doc_date date, lines json, card_code text, s stockbridge.movement_state, told_as text) RETURNS json
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT json_strip_nulls(json_build_object(
    t.date_property, doc_date,
    'CountDate', CASE WHEN t.line_collection = 'InventoryPostingLines' THEN doc_date END,
    'FromWarehouse', CASE WHEN t.line_collection = 'StockTransferLines' THEN s.warehouse_code END,
    'ToWarehouse', CASE WHEN t.line_collection = 'StockTransferLines' THEN s.to_warehouse_code END,
    'CardCode', card_code,
    coalesce(t.key_property, (policy).key_field), key,
    -- Comments holds 254 characters, a journal's remark 50 (SL §12.13).
    'Comments', CASE WHEN t.key_property IS NULL THEN left(format('stockbridge %s, document %s: %s', (policy).link, document, told_as), 254) END,
    'JournalRemark', CASE WHEN t.key_property IS NOT NULL THEN left(format('stockbridge %s: %s', document, told_as), 50) END,
    t.line_collection, lines));
END;
COMMENT ON FUNCTION stockbridge.document_body(stockbridge.link, stockbridge.document_type, bigint, uuid, date, json, text, stockbridge.movement_state, text) IS
  'The request body of a document; s is its first line''s movement.';

-- The lines and heads of documents that movements would make: documents[i] tells
-- which document movements[i] goes into.  What posting freezes and what a dry run
-- shows come from here both.
CREATE FUNCTION stockbridge.plan_documents(policy stockbridge.link, documents integer[], movements bigint[], numbers bigint[] DEFAULT NULL)
RETURNS TABLE (place integer, document_type text, doc_date date, key uuid, body json, movement bigint, line_num bigint,
               item_code text, warehouse_code text, from_warehouse_code text, quantity numeric)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  batch_property text := CASE WHEN EXISTS (SELECT FROM pg_foreign_server f, unnest(f.srvoptions) o
                                            WHERE f.srvname = policy.company AND o ~ '^url=.*/b1s/v1/?$')
                              THEN 'BatchNumber' ELSE 'BatchNumberProperty' END;
BEGIN
  RETURN QUERY
  WITH line AS MATERIALIZED (
    SELECT u.document AS place, row_number() OVER (PARTITION BY u.document ORDER BY u.n) - 1 AS line_num,
           m::stockbridge.movement AS m, s::stockbridge.movement_state AS s, t::stockbridge.document_type AS t,
           coalesce(m.effective_date, (m.happened_at AT TIME ZONE policy.time_zone)::date) AS doc_date,
           stockbridge.card_code_of(t::stockbridge.document_type, m::stockbridge.movement) AS card_code,
           (SELECT count(*) FROM stockbridge.document_line l WHERE l.link = policy.link AND l.movement = m.movement) AS generation
      FROM unnest(documents, movements) WITH ORDINALITY AS u (document, movement, n)
     -- Each found by its key, whatever is known of the tables (OFFSET keeps the planner out).
     CROSS JOIN LATERAL (SELECT x.* FROM stockbridge.movement x WHERE x.link = policy.link AND x.movement = u.movement OFFSET 0) m
     CROSS JOIN LATERAL (SELECT x.* FROM stockbridge.movement_state x
                          WHERE x.link = policy.link AND x.movement = u.movement AND x.state = 'ready' OFFSET 0) s
     CROSS JOIN LATERAL (SELECT x.* FROM stockbridge.document_type x WHERE x.document_type = s.document_type OFFSET 0) t
  ), head AS MATERIALIZED (
    SELECT l.place, min((l.t).document_type) AS document_type, min(l.doc_date) AS doc_date, min(l.card_code) AS card_code,
           stockbridge.document_key(policy.origin, sum(l.generation)::bigint,
             string_agg(stockbridge.movement_identity(l.m), E'\n' ORDER BY (l.m).movement_ref COLLATE "C", (l.m).movement)) AS key,
           string_agg(DISTINCT coalesce((l.m).document_ref, (l.m).movement_ref, 'movement ' || (l.m).movement), ', ') AS told_as,
           json_agg(stockbridge.line_body(l.t, l.m, l.s, l.line_num, batch_property) ORDER BY l.line_num) AS lines
      FROM line l GROUP BY l.place
    HAVING count(DISTINCT ((l.t).document_type, l.doc_date, l.card_code)) = 1
  )
  SELECT h.place, h.document_type, h.doc_date, h.key,
         CASE WHEN l.line_num = 0 THEN
           stockbridge.document_body(policy, l.t, numbers[h.place], h.key, h.doc_date, h.lines, h.card_code, l.s, h.told_as) END,
         (l.m).movement, l.line_num, (l.s).item_code, coalesce((l.s).to_warehouse_code, (l.s).warehouse_code),
         CASE WHEN (l.s).to_warehouse_code IS NOT NULL THEN (l.s).warehouse_code END, trim_scale(abs((l.s).quantity))
    FROM line l JOIN head h ON h.place = l.place
   ORDER BY h.place, l.line_num;
END
$$;
COMMENT ON FUNCTION stockbridge.plan_documents(stockbridge.link, integer[], bigint[], bigint[]) IS
  'What movements would post as: one row per line, the request body with the first line of each document. Movements that are not ready, or do not fit into one document, are left out.';

-- ready movements → documents, in state posting, each with its first attempt:
-- nothing may be sent before both are committed.  documents[i] tells which
-- document movements[i] goes into, from 1; lines keep the order given.
CREATE FUNCTION stockbridge.create_documents(policy stockbridge.link, documents integer[], movements bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acting text := stockbridge.actor();
  leased timestamptz := clock_timestamp() + policy.lease;
  numbers bigint[];
  moved bigint;
  made bigint[];
BEGIN
  numbers := ARRAY(SELECT nextval('stockbridge.document_document_seq') FROM generate_series(1, (SELECT max(n) FROM unnest(documents) n)));
  WITH line AS MATERIALIZED (
    SELECT p.*, numbers[p.place] AS document FROM stockbridge.plan_documents(policy, documents, movements, numbers) p
  ), digested AS MATERIALIZED (
    SELECT l.place, l.document, l.key, l.document_type, l.doc_date, l.body, sha256(convert_to(l.body::text, 'UTF8')) AS digest,
           nextval('stockbridge.attempt_attempt_seq') AS attempt
      FROM line l WHERE l.line_num = 0
  ), new_document AS (
    INSERT INTO stockbridge.document (link, document, key, document_type, doc_date, body, digest, state, attempts, attempt)
    OVERRIDING SYSTEM VALUE
    SELECT policy.link, d.document, d.key, d.document_type, d.doc_date, d.body, d.digest, 'posting', 1, d.attempt
      FROM digested d ORDER BY d.document
  ), new_line AS (
    INSERT INTO stockbridge.document_line (link, document, line_num, movement, item_code, warehouse_code, from_warehouse_code, quantity)
    SELECT policy.link, l.document, l.line_num, l.movement, l.item_code, l.warehouse_code, l.from_warehouse_code, l.quantity FROM line l
  ), new_attempt AS (
    INSERT INTO stockbridge.attempt (link, attempt, document, digest, worker_start, actor, lease_until)
    OVERRIDING SYSTEM VALUE
    SELECT policy.link, d.attempt, d.document, d.digest, stockbridge.own_start(), acting, leased FROM digested d ORDER BY d.attempt
  ), changed AS (
    UPDATE stockbridge.movement_state s SET state = 'posting', since = clock_timestamp(), document = l.document, reason = NULL
      FROM line l WHERE s.link = policy.link AND s.movement = l.movement AND s.state = 'ready'
    RETURNING 1
  ), history AS (
    INSERT INTO stockbridge.transition (link, movement, actor, from_state, state, document, attempt, evidence)
    SELECT policy.link, l.movement, acting, 'ready', 'posting', d.document, d.attempt,
           jsonb_build_object('key', d.key, 'attempt', 1, 'digest', encode(d.digest, 'hex'))
      FROM digested d JOIN line l USING (place)
  )
  SELECT (SELECT count(*) FROM changed), (SELECT array_agg(d.attempt ORDER BY d.attempt) FROM digested d) INTO moved, made;
  IF moved <> cardinality(movements) THEN
    RAISE EXCEPTION 'movements % cannot form documents %', movements, documents
      USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'They must be ready, and those of one document of one type, day and partner.';
  END IF;
  RETURN QUERY SELECT unnest(made);
END
$$;
COMMENT ON FUNCTION stockbridge.create_documents(stockbridge.link, integer[], bigint[]) IS
  'Freezes ready movements into documents with their keys and first attempts, and returns the attempts. Raises 55000 unless they are ready and those of one document are of one type, day and partner.';
