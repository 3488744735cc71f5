-- ---------------------------------------------------------------------------
-- Decisions of a person about one movement.
-- ---------------------------------------------------------------------------

-- Numbers of movements are unique over all links, but the key begins with the
-- link: one look per link, each by index.
CREATE FUNCTION stockbridge.lock_movement(movement bigint) RETURNS stockbridge.movement_state
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  s stockbridge.movement_state;
BEGIN
  SELECT x.* INTO s FROM stockbridge.link l
    JOIN stockbridge.movement_state x ON x.link = l.link AND x.movement = lock_movement.movement
     FOR UPDATE OF x;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'movement % does not exist', movement
      USING ERRCODE = 'no_data_found', HINT = 'stockbridge.posting_queue lists the movements that are not final.';
  END IF;
  RETURN s;
END
$$;
COMMENT ON FUNCTION stockbridge.lock_movement(bigint) IS 'Locks a movement by its number and returns where it stands.';

CREATE FUNCTION stockbridge.release(movement bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  s stockbridge.movement_state := stockbridge.lock_movement(movement);
BEGIN
  IF s.state NOT IN ('received', 'ready') THEN
    RAISE EXCEPTION 'movement % is %, not waiting to be released', movement, s.state
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = CASE WHEN s.state = 'rejected' THEN 'Mend the cause, then retry() it.'
                        ELSE 'It is on its way, or has come to its end: see stockbridge.movement_history.' END;
  END IF;
  UPDATE stockbridge.movement_state x SET released = true WHERE x.link = s.link AND x.movement = s.movement;
  INSERT INTO stockbridge.transition (link, movement, from_state, state, evidence)
  VALUES (s.link, s.movement, s.state, s.state, '{"by": "release"}');
END
$$;
COMMENT ON FUNCTION stockbridge.release(bigint) IS
  'Lets a movement post although the link''s policy is manual. It still waits for its turn in its lanes. Raises 55000 unless it is received or ready.';

CREATE FUNCTION stockbridge.retry(movement bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  s stockbridge.movement_state := stockbridge.lock_movement(movement);
  d stockbridge.document;
BEGIN
  CASE
    WHEN s.state IN ('received', 'rejected') AND s.document IS NULL THEN
      PERFORM stockbridge.validate(s.link, ARRAY[s.movement]);
    WHEN s.state = 'rejected' THEN
      -- Refused means rolled back (SL §7), so a new document with a new key is
      -- safe, and takes what the maps say today.
      d := stockbridge.lock_document(s.link, s.document, 'rejected');
      UPDATE stockbridge.document x SET state = 'withdrawn', since = clock_timestamp()
       WHERE x.link = d.link AND x.document = d.document;
      PERFORM stockbridge.move_movements(d, 'ready', NULL, NULL, '{"by": "retry"}');
      PERFORM stockbridge.validate(s.link, ARRAY[s.movement]);
    WHEN s.state = 'retry' THEN
      PERFORM stockbridge.lock_document(s.link, s.document, 'retry');
      UPDATE stockbridge.document x SET due_at = clock_timestamp() WHERE x.link = s.link AND x.document = s.document;
    WHEN s.state = 'in_doubt' THEN
      PERFORM stockbridge.lock_document(s.link, s.document, 'in_doubt');
      UPDATE stockbridge.document x SET due_at = clock_timestamp() WHERE x.link = s.link AND x.document = s.document;
    WHEN s.state = 'parked' THEN
      PERFORM stockbridge.attempt_in_doubt(s.link, s.document, 'ambiguous', 'a person asked to try again', '{"by": "retry"}');
    ELSE
      RAISE EXCEPTION 'movement % is %, there is nothing to retry', movement, s.state
        USING ERRCODE = 'object_not_in_prerequisite_state';
  END CASE;
  RETURN (SELECT x.state FROM stockbridge.movement_state x WHERE x.link = s.link AND x.movement = s.movement);
END
$$;
COMMENT ON FUNCTION stockbridge.retry(bigint) IS
  'Tries a movement again now and returns its state. rejected: judged again, and posted in a new document. retry: due at once. in_doubt: looked up at once. parked: looked up, and posted again only if neither draft nor document exists. Raises 55000 for any other state.';

CREATE FUNCTION stockbridge.cancel(movement bigint, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  s stockbridge.movement_state := stockbridge.lock_movement(movement);
  d stockbridge.document;
BEGIN
  IF coalesce(reason, '') = '' THEN
    RAISE EXCEPTION 'a movement is cancelled with a reason'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Say why B1 shall not have it: the auditor will ask.';
  ELSIF s.state NOT IN ('received', 'ready', 'rejected', 'retry') THEN
    RAISE EXCEPTION 'movement % is %, it cannot be cancelled', movement, s.state
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = CASE s.state
              WHEN 'posted' THEN 'B1 has it: enter the opposite movement.'
              WHEN 'parked' THEN 'Delete the draft in B1, then retry the movement; it can be cancelled once the draft is proven gone.'
              WHEN 'cancelled' THEN 'It already is.'
              ELSE 'Wait until its outcome is known.' END;
  END IF;
  IF s.document IS NOT NULL THEN
    -- rejected or retry: proven absent from B1.  The others of the document go
    -- into a new one.
    d := stockbridge.lock_document(s.link, s.document, 'rejected', 'retry');
    UPDATE stockbridge.document x SET state = 'withdrawn', since = clock_timestamp(), due_at = NULL
     WHERE x.link = d.link AND x.document = d.document;
    PERFORM stockbridge.move_movements(d, 'ready', NULL, NULL, jsonb_build_object('by', 'cancel', 'movement', s.movement));
    s.state := 'ready';
  END IF;
  PERFORM stockbridge.change_state(s.link,
    ARRAY[(s.movement, s.state, 'cancelled', NULL, NULL, NULL, cancel.reason)::stockbridge.movement_change],
    NULL, '{"by": "cancel"}');
  PERFORM stockbridge.validate(s.link, ARRAY(SELECT l.movement FROM stockbridge.document_line l
                                              WHERE l.link = d.link AND l.document = d.document));
END
$$;
COMMENT ON FUNCTION stockbridge.cancel(bigint, text) IS
  'Gives a movement up, with a reason: B1 will not have it. Raises 55000 unless it is received, ready, rejected or waiting to be retried, all of which are proven absent from B1.';
