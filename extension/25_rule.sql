-- ---------------------------------------------------------------------------
-- Rules that are data: what a movement becomes in B1, and what an answer of B1
-- means for the movement.
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.document_type (
  document_type    text PRIMARY KEY,
  kind             text NOT NULL,
  outward          boolean NOT NULL,
  based            boolean NOT NULL,
  entity           text NOT NULL,
  line_collection  text NOT NULL,
  draft_entity     text,
  base_type        integer,
  takes_account    boolean NOT NULL DEFAULT false,
  key_property     text,
  date_property    text NOT NULL DEFAULT 'DocDate',
  entry_property   text NOT NULL DEFAULT 'DocEntry',
  number_property  text NOT NULL DEFAULT 'DocNum',
  UNIQUE (kind, outward, based),
  CHECK (based = (base_type IS NOT NULL))
);
COMMENT ON TABLE stockbridge.document_type IS
  'Which B1 document a movement becomes. A kind without a row here is not posted: its movements are kept and rejected. Returns need the delivery they come from. A count becomes an inventory posting, which has no user field of its own and no drafts: its key travels in the remarks (SL §10.5).';
COMMENT ON COLUMN stockbridge.document_type.document_type IS 'Name of the document type.';
COMMENT ON COLUMN stockbridge.document_type.kind IS 'Kind of movement.';
COMMENT ON COLUMN stockbridge.document_type.outward IS 'For movements with a negative quantity (adjustments).';
COMMENT ON COLUMN stockbridge.document_type.based IS 'For movements that name a base document.';
COMMENT ON COLUMN stockbridge.document_type.entity IS 'Entity set that the document is posted to.';
COMMENT ON COLUMN stockbridge.document_type.line_collection IS 'Member that holds the lines.';
COMMENT ON COLUMN stockbridge.document_type.draft_entity IS 'Entity set in which an approval procedure parks such a document; NULL: there is none.';
COMMENT ON COLUMN stockbridge.document_type.base_type IS 'Object type of the base document.';
COMMENT ON COLUMN stockbridge.document_type.takes_account IS 'Its lines are entered against a G/L account; see account_map.';
COMMENT ON COLUMN stockbridge.document_type.key_property IS 'Member that carries the key; NULL: the user field link.key_field.';
COMMENT ON COLUMN stockbridge.document_type.date_property IS 'Member that holds the posting date.';
COMMENT ON COLUMN stockbridge.document_type.entry_property IS 'Member that holds the internal number.';
COMMENT ON COLUMN stockbridge.document_type.number_property IS 'Member that holds the number that people see.';

-- Sets, lines and object types: SL §6.1, §6.5-6.7.
INSERT INTO stockbridge.document_type (document_type, kind, outward, based, entity, line_collection, draft_entity, base_type) VALUES
  ('goods_receipt',    'receipt',    false, false, 'InventoryGenEntries',   'DocumentLines',      'Drafts',              NULL),
  ('goods_receipt_po', 'receipt',    false, true,  'PurchaseDeliveryNotes', 'DocumentLines',      'Drafts',              22),
  ('goods_issue',      'dispatch',   false, false, 'InventoryGenExits',     'DocumentLines',      'Drafts',              NULL),
  ('delivery',         'dispatch',   false, true,  'DeliveryNotes',         'DocumentLines',      'Drafts',              17),
  ('adjustment_in',    'adjustment', false, false, 'InventoryGenEntries',   'DocumentLines',      'Drafts',              NULL),
  ('adjustment_out',   'adjustment', true,  false, 'InventoryGenExits',     'DocumentLines',      'Drafts',              NULL),
  ('stock_transfer',   'transfer',   false, false, 'StockTransfers',        'StockTransferLines', 'StockTransferDrafts', NULL),
  ('return',           'return',     false, true,  'Returns',               'DocumentLines',      'Drafts',              15),
  ('inventory_posting', 'count',     false, false, 'InventoryPostings',     'InventoryPostingLines', NULL,               NULL);
UPDATE stockbridge.document_type SET takes_account = true
 WHERE entity IN ('InventoryGenEntries', 'InventoryGenExits');
UPDATE stockbridge.document_type
   SET key_property = 'Remarks', date_property = 'PostingDate', entry_property = 'DocumentEntry', number_property = 'DocumentNumber'
 WHERE document_type = 'inventory_posting';

CREATE TABLE stockbridge.error_rule (
  rule         text PRIMARY KEY,
  priority     integer NOT NULL,
  outcome      text CHECK (outcome IN ('not_sent', 'unanswered', 'answered')),
  status       integer,
  code         text,
  pattern      text,
  class        text NOT NULL CHECK (class IN ('transient', 'session', 'permanent', 'ambiguous', 'duplicate', 'parked')),
  meaning      text NOT NULL,
  next_step    text NOT NULL,
  attempts     integer CHECK (attempts >= 1),
  problem      text NOT NULL DEFAULT 'refused_by_b1',
  shipped      boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE stockbridge.error_rule IS
  'What the answer to a posting means. The matching rule of the highest priority decides; an answer that no rule knows is ambiguous. transient: nothing was written, try again. session: refused at the door, log in and try again. permanent: refused, a person decides. ambiguous: the document may exist; absent after the settle time means try again. duplicate: B1 says it exists; look, and absent means refused. parked: an approval may have made a draft of it; look, and absent means refused.';
COMMENT ON COLUMN stockbridge.error_rule.rule IS 'Name of the rule.';
COMMENT ON COLUMN stockbridge.error_rule.priority IS 'Higher decides first.';
COMMENT ON COLUMN stockbridge.error_rule.outcome IS 'How the request ended: not_sent (no byte left), unanswered (no whole answer came), answered. NULL: any.';
COMMENT ON COLUMN stockbridge.error_rule.status IS 'HTTP status. NULL: any.';
COMMENT ON COLUMN stockbridge.error_rule.code IS 'Error code of the Service Layer as text; "none" means an answer without one. NULL: any.';
COMMENT ON COLUMN stockbridge.error_rule.pattern IS 'Regular expression, without regard to case, that the error text must match. Texts follow the login language: prefer codes. NULL: any.';
COMMENT ON COLUMN stockbridge.error_rule.class IS 'What it means for the movement; see the table''s comment.';
COMMENT ON COLUMN stockbridge.error_rule.meaning IS 'In words, for the person who reads the exception.';
COMMENT ON COLUMN stockbridge.error_rule.next_step IS 'What that person should do.';
COMMENT ON COLUMN stockbridge.error_rule.problem IS 'Type of the exception, if the document is refused.';
COMMENT ON COLUMN stockbridge.error_rule.attempts IS 'Give up after this many attempts instead of the link''s max_attempts.';
COMMENT ON COLUMN stockbridge.error_rule.shipped IS 'Delivered with the extension; site rules are not.';

-- The shipped catalogue: SL §7.  Priorities: 90 transport, 85 server errors (they
-- prove nothing, whatever code they carry), 80 code and text, 70 code and status,
-- 60 code, 50 text, 20 status, 10 catch-all.
INSERT INTO stockbridge.error_rule (rule, priority, outcome, status, code, pattern, class, attempts, meaning, next_step, shipped)
SELECT *, true FROM (VALUES
  ('not sent',            90, 'not_sent',   NULL::integer, NULL::text, NULL::text, 'transient', NULL::integer,
   'B1 could not be reached; nothing was sent', 'Nothing: it is tried again. Check the Service Layer and the network if it lasts.'),
  ('no answer',           90, 'unanswered', NULL, NULL, NULL, 'ambiguous', NULL,
   'the answer was lost', 'Nothing: B1 is asked whether the document exists.'),
  ('session',             70, 'answered', 401, '301', NULL, 'session', NULL,
   'the session had ended', 'Nothing: a new login is made.'),
  ('no credentials',      70, 'answered', 401, '-304', NULL, 'session', NULL,
   'B1 refused the login', 'Check user, password and company of the user mapping, and the System Landscape Directory.'),
  ('not permitted',       70, 'answered', 401, '-6006', NULL, 'permanent', NULL,
   'the B1 user may not do this', 'Give the integration user the authorisation, then retry the movement.'),
  ('refused at the door', 20, 'answered', 401, NULL, NULL, 'session', NULL,
   'B1 refused the session', 'Check the user mapping of the link''s owner.'),
  ('object locked',       80, 'answered', NULL, '-2035', '(locked|in use)', 'transient', NULL,
   'another user holds the object', 'Nothing: it is tried again.'),
  ('already exists',      60, 'answered', NULL, '-2035', NULL, 'duplicate', NULL,
   'B1 says that the entry already exists', 'Find the entry that is in the way, then retry or cancel the movement.'),
  ('version conflict',    60, 'answered', NULL, '-2039', NULL, 'transient', 3,
   'another operation changed the data at the same time', 'If it persists for one document only, ask SAP support about the log counters of that document.'),
  ('no record, or approval', 60, 'answered', NULL, '-2028', NULL, 'parked', NULL,
   'a code of the document does not exist in B1, or an approval procedure caught it', 'Check item, warehouse, partner and account of the lines in B1, then retry.'),
  ('negative stock',      80, 'answered', NULL, '-10', 'negative inventory', 'permanent', NULL,
   'B1 holds less stock than the movement takes', 'Find the receipt that B1 misses, post it, then retry.'),
  ('general refusal',     60, 'answered', NULL, '-10', NULL, 'permanent', NULL,
   'B1 refused the document', 'Read the text of B1, mend the cause there, then retry.'),
  ('numbering series',    60, 'answered', NULL, '-4002', NULL, 'permanent', NULL,
   'the numbering series does not fit', 'Define a series for the period in Administration, then retry.'),
  ('period locked',       60, 'answered', NULL, '-4013', NULL, 'permanent', NULL,
   'the posting period is locked', 'Have the period opened and retry; the date of a movement is never changed.'),
  ('date out of range',   50, 'answered', 400, NULL, 'permissible range', 'permanent', NULL,
   'the date lies outside the range the period allows', 'Have the period''s date range widened and retry; the date of a movement is never changed.'),
  ('batches incomplete',  60, 'answered', NULL, '-4014', NULL, 'permanent', NULL,
   'batch or serial numbers are missing or do not add up', 'Enter the movement with its batch or serial numbers.'),
  ('invalid value',       60, 'answered', NULL, '-5002', NULL, 'permanent', NULL,
   'B1 does not accept a value of the document', 'Read the text of B1, mend the cause, then retry.'),
  ('action not supported', 60, 'answered', NULL, '-5006', NULL, 'permanent', NULL,
   'B1 does not support this for the object', 'Ask the B1 consultant; the document cannot be posted this way.'),
  ('company rule',        60, 'answered', NULL, '-1116', NULL, 'permanent', NULL,
   'a rule of the company (transaction notification) refused the document', 'Ask who maintains the rule whose number the text begins with.'),
  ('key field missing',   80, 'answered', NULL, '-1000', 'property .* invalid', 'permanent', NULL,
   'B1 does not know a field of the document', 'Create the header user field that link.key_field names, restart the Service Layer, then retry.'),
  ('malformed request',   60, 'answered', NULL, '-1000', NULL, 'permanent', NULL,
   'B1 could not read the request', 'Report this: the request is in stockbridge.document.'),
  ('unknown set',         60, 'answered', NULL, '200', NULL, 'permanent', NULL,
   'B1 does not know the entity set', 'Check the url of the company''s server.'),
  ('unknown service',     60, 'answered', NULL, '-1002', NULL, 'permanent', NULL,
   'B1 does not know the entity set', 'Check the url of the company''s server.'),
  ('invalid property',    60, 'answered', 400, '201', NULL, 'permanent', NULL,
   'B1 does not know a field of the request', 'Create the header user field that link.key_field names, restart the Service Layer, then retry.'),
  ('value too long',      50, 'answered', 400, NULL, 'value too long', 'permanent', NULL,
   'a text is longer than the column in B1', 'Shorten the reference in the IMS, then enter the movement again.'),
  ('throttled',           20, 'answered', 429, NULL, NULL, 'transient', NULL,
   'a proxy before B1 asks to slow down', 'Nothing: it is tried again later.'),
  ('wrong verb',          20, 'answered', 405, NULL, NULL, 'permanent', NULL,
   'the address does not accept postings', 'Check the url of the company''s server.'),
  ('server error',        85, 'answered', 500, NULL, NULL, 'ambiguous', NULL,
   'B1 failed while it worked', 'Nothing: B1 is asked whether the document exists.'),
  ('bad gateway',         85, 'answered', 502, NULL, NULL, 'ambiguous', NULL,
   'a node of B1 failed while it worked', 'Nothing: B1 is asked whether the document exists.'),
  ('unavailable',         85, 'answered', 503, NULL, NULL, 'ambiguous', NULL,
   'B1 is not available', 'Nothing: B1 is asked whether the document exists.'),
  ('gateway timeout',     85, 'answered', 504, NULL, NULL, 'ambiguous', NULL,
   'a proxy stopped waiting for B1', 'Nothing: B1 is asked whether the document exists.'),
  -- A 400 without an error envelope did not come from B1's business layer, and
  -- stays ambiguous like everything unknown.
  ('no envelope',         15, 'answered', 400, 'none', NULL, 'ambiguous', NULL,
   'the answer is not one of B1', 'Nothing: B1 is asked whether the document exists.'),
  ('refused',             10, 'answered', 400, NULL, NULL, 'permanent', NULL,
   'B1 refused the document and rolled it back', 'Read the text of B1, mend the cause, then retry.')
) AS shipped (rule, priority, outcome, status, code, pattern, class, attempts, meaning, next_step);
UPDATE stockbridge.error_rule SET problem = 'negative_stock' WHERE rule = 'negative stock';
UPDATE stockbridge.error_rule SET problem = 'closed_period' WHERE rule IN ('period locked', 'date out of range');
UPDATE stockbridge.error_rule SET problem = 'numbers_wrong' WHERE rule = 'batches incomplete';

CREATE FUNCTION stockbridge.classify(outcome text, status integer, code text, message text)
RETURNS stockbridge.error_rule
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  matched stockbridge.error_rule;
BEGIN
  SELECT * INTO matched FROM stockbridge.error_rule r
   WHERE (r.outcome IS NULL OR r.outcome = classify.outcome)
     AND (r.status IS NULL OR r.status = classify.status)
     AND (r.code IS NULL OR r.code = coalesce(classify.code, 'none'))
     AND (r.pattern IS NULL OR coalesce(classify.message, '') ~* r.pattern)
   ORDER BY r.priority DESC, r.shipped, r.rule LIMIT 1;
  IF NOT FOUND THEN
    matched.rule := 'unknown';
    matched.class := 'ambiguous';
    matched.meaning := 'no rule knows this answer';
    matched.next_step := 'Look at the answer in stockbridge.attempt, and add a rule to stockbridge.error_rule.';
  END IF;
  RETURN matched;
END
$$;
COMMENT ON FUNCTION stockbridge.classify(text, integer, text, text) IS
  'The error rule that applies to the answer of a posting. What no rule knows is ambiguous: it is looked up, never resent blindly.';
