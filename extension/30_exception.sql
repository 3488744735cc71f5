-- ---------------------------------------------------------------------------
-- Exceptions: faults that a person owns.
--
-- One row per fault, however often it is seen: the fingerprint is link, type and
-- subject, and a fault seen again while open raises the count.  A fault of a
-- movement is closed by itself when no movement has it any more
-- (35_movement.sql), a fault of a feed when the feed succeeds.
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.exception_type (
  type       text PRIMARY KEY,
  title      text NOT NULL,
  next_step  text NOT NULL
);
COMMENT ON TABLE stockbridge.exception_type IS 'The kinds of exceptions, and what their owner should do.';
COMMENT ON COLUMN stockbridge.exception_type.type IS 'Name of the type.';
COMMENT ON COLUMN stockbridge.exception_type.title IS 'In words.';
COMMENT ON COLUMN stockbridge.exception_type.next_step IS 'What to do, unless the exception itself says more precisely.';

INSERT INTO stockbridge.exception_type (type, title, next_step) VALUES
  ('unknown_item',        'B1 has no such item', 'Create the item in B1, or map the SKU in stockbridge.item_map.'),
  ('inactive_item',       'the item is inactive in B1', 'Activate the item in B1, or cancel the movement.'),
  ('not_inventory_item',  'B1 keeps no stock of the item', 'Make it an inventory item in B1, or cancel the movement.'),
  ('numbers_needed',      'batch or serial numbers are missing', 'Have the inventory system tell them; or post the movement in B1 with its numbers, then cancel it here with that reason.'),
  ('numbers_wrong',       'batch or serial numbers do not fit the movement', 'Enter the movement again with numbers whose quantities add up to its own, then cancel this one.'),
  ('bins_wrong',          'bin locations do not fit the movement', 'Enter the movement again with bins whose quantities add up to its own (none where the warehouse has no bins), then cancel this one.'),
  ('no_unit_factor',      'nobody knows how many inventory units the unit is', 'Add the unit to stockbridge.unit_map.'),
  ('no_account',          'the reason has no G/L account', 'Add the reason to stockbridge.account_map.'),
  ('closed_period',       'the posting period is closed', 'Have the period opened; the movement keeps its date, and goes on by itself.'),
  ('negative_stock',      'B1 holds less stock than the movement takes', 'Find the receipt that B1 misses and post it; the movement is tried again by itself.'),
  ('base_closed',         'the base document is closed', 'Enter the movement without base document, or reopen the document in B1.'),
  ('base_exceeded',       'more is moved than the base document has open', 'Raise the quantity of the base document in B1, or enter the surplus as a movement of its own.'),
  ('base_wrong',          'the base document is not the one of the movement', 'Enter the movement again with the document and line that it belongs to, then cancel this one.'),
  ('unmapped_location',   'the location has no warehouse', 'Add the location to stockbridge.warehouse_map.'),
  ('unknown_warehouse',   'B1 has no such warehouse', 'Correct the warehouse code in stockbridge.warehouse_map, or create the warehouse in B1.'),
  ('inactive_warehouse',  'the warehouse is inactive in B1', 'Activate the warehouse in B1, or map the location to another.'),
  ('base_missing',        'the movement needs its base document', 'Cancel it, and enter it again with base_entry and base_line of the document it belongs to.'),
  ('kind_not_posted',     'B1 has no document for this kind of movement', 'Enter the adjustment it amounts to, then cancel the movement.'),
  ('refused_by_b1',       'B1 refused the document', 'Read the text of B1, mend the cause there, then retry the movement.'),
  ('attempts_exhausted',  'the document fails again and again', 'Look at its attempts in stockbridge.attempt, mend the cause, then retry the movement.'),
  ('waiting_approval',    'B1 parked the document as a draft for approval', 'Have the draft approved, or delete it in B1 and then retry or cancel the movement.'),
  ('duplicate_document',  'B1 holds more than one document with this key', 'Cancel the surplus documents in B1.'),
  ('company_unreachable', 'B1 does not answer', 'Check the Service Layer, the network and the server''s options.'),
  ('login_refused',       'B1 refuses the login', 'Correct user, password or company of the user mapping of the link''s owner.'),
  ('feed_failed',         'a feed failed', 'Read the error, mend its cause; the feed is tried again.'),
  ('unreadable_row',      'a row of the remote could not be taken', 'Correct the record at its source; it is read again.'),
  ('changed_movement',    'the IMS changed a movement after it was taken', 'Enter the difference as a movement of its own.');

CREATE TABLE stockbridge.exception (
  link        text NOT NULL REFERENCES stockbridge.link,
  exception   bigint GENERATED ALWAYS AS IDENTITY,
  type        text NOT NULL REFERENCES stockbridge.exception_type,
  subject     text NOT NULL,
  message     text NOT NULL,
  next_step   text NOT NULL,
  detail      jsonb NOT NULL DEFAULT '{}',
  owner       text,
  seen_count  bigint NOT NULL DEFAULT 1,
  first_seen  timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen   timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at   timestamptz,
  closed_by   text,
  note        text,
  PRIMARY KEY (link, exception),
  CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
CREATE UNIQUE INDEX exception_fingerprint ON stockbridge.exception (link, type, subject) WHERE closed_at IS NULL;
COMMENT ON TABLE stockbridge.exception IS 'Faults that a person owns, open and closed. See open_exceptions.';
COMMENT ON COLUMN stockbridge.exception.link IS 'The link.';
COMMENT ON COLUMN stockbridge.exception.exception IS 'Number of the exception.';
COMMENT ON COLUMN stockbridge.exception.type IS 'Its type.';
COMMENT ON COLUMN stockbridge.exception.subject IS 'What it is about: a SKU, a location, a movement, a feed. With link and type, its fingerprint.';
COMMENT ON COLUMN stockbridge.exception.message IS 'What happened, as last seen.';
COMMENT ON COLUMN stockbridge.exception.next_step IS 'What the owner should do.';
COMMENT ON COLUMN stockbridge.exception.detail IS 'Evidence, as last seen.';
COMMENT ON COLUMN stockbridge.exception.owner IS 'Who owns it; NULL until somebody takes it.';
COMMENT ON COLUMN stockbridge.exception.seen_count IS 'How often it was seen while open.';
COMMENT ON COLUMN stockbridge.exception.first_seen IS 'When it was first seen.';
COMMENT ON COLUMN stockbridge.exception.last_seen IS 'When it was last seen.';
COMMENT ON COLUMN stockbridge.exception.closed_at IS 'When it was closed; NULL while open.';
COMMENT ON COLUMN stockbridge.exception.closed_by IS 'Who closed it; "stockbridge" if the cause was gone.';
COMMENT ON COLUMN stockbridge.exception.note IS 'What the person who closed it says.';

CREATE FUNCTION stockbridge.open_exception(
  link text, type text, subject text, message text,
  next_step text DEFAULT NULL, detail jsonb DEFAULT '{}'
) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  INSERT INTO stockbridge.exception AS e (link, type, subject, message, next_step, detail)
  SELECT $1, t.type, $3, $4, coalesce($5, t.next_step), $6
    FROM stockbridge.exception_type t WHERE t.type = $2
  ON CONFLICT (link, type, subject) WHERE closed_at IS NULL
  DO UPDATE SET seen_count = e.seen_count + 1, last_seen = clock_timestamp(),
                message = excluded.message, next_step = excluded.next_step, detail = excluded.detail;
END;
COMMENT ON FUNCTION stockbridge.open_exception(text, text, text, text, text, jsonb) IS
  'Opens an exception, or counts it if one with the same link, type and subject is open.';

CREATE FUNCTION stockbridge.close_exception(link text, type text, subject text)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  UPDATE stockbridge.exception e SET closed_at = clock_timestamp(), closed_by = 'stockbridge'
   WHERE e.link = $1 AND e.type = $2 AND e.subject = $3 AND e.closed_at IS NULL;
END;
COMMENT ON FUNCTION stockbridge.close_exception(text, text, text) IS
  'Closes the open exception with this link, type and subject, if any, because its cause is gone.';

CREATE FUNCTION stockbridge.resolve(exception bigint, note text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF coalesce(note, '') = '' THEN
    RAISE EXCEPTION 'an exception is resolved with a note'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Say what was done: whoever finds the fault again will read it.';
  END IF;
  UPDATE stockbridge.exception e
     SET closed_at = clock_timestamp(), closed_by = stockbridge.actor(), note = resolve.note
    FROM stockbridge.link l
   WHERE e.link = l.link AND e.exception = resolve.exception AND e.closed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no open exception %', exception
      USING ERRCODE = 'no_data_found', HINT = 'stockbridge.open_exceptions lists them.';
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.resolve(bigint, text) IS
  'Closes an exception by hand, with a note. If its cause persists, it is opened again when next seen.';
