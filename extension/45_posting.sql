-- ---------------------------------------------------------------------------
-- The posting protocol: one function per transition of a document.
--
--   claim ─▶ posting ─┬─ attempt_posted ──▶ posted       read back from B1
--     ▲               ├─ attempt_retry ───▶ retry        proven not posted
--     │               ├─ attempt_in_doubt ▶ in_doubt     the outcome is unknown
--     │               └─ attempt_rejected ▶ rejected     refused
--     │  retry ── due ┘                        │
--     └────────────────┘   in_doubt ── look-ups by key ──▶ posted | parked | retry | rejected
--                          parked ──── look-ups by key ──▶ posted
--
-- Each states its precondition and raises 55000 otherwise.  What a request is
-- and what its answer means is in 47_request.sql; these functions only record.
-- ---------------------------------------------------------------------------

-- Locks a document and checks its state.
CREATE FUNCTION stockbridge.lock_document(link text, document bigint, VARIADIC states text[]) RETURNS stockbridge.document
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d stockbridge.document;
BEGIN
  SELECT * INTO d FROM stockbridge.document x
   WHERE x.link = lock_document.link AND x.document = lock_document.document FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'link "%" has no document %', link, document USING ERRCODE = 'no_data_found';
  ELSIF d.state <> ALL (states) THEN
    RAISE EXCEPTION 'document % is %, not %', document, d.state, array_to_string(states, ' or ')
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  RETURN d;
END
$$;
COMMENT ON FUNCTION stockbridge.lock_document(text, bigint, text[]) IS
  'Locks a document and returns it; raises 55000 unless it is in one of the states named.';

-- Moves the movements of a document along with it.
CREATE FUNCTION stockbridge.move_movements(d stockbridge.document, state text, problem text, reason text, evidence jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  changes stockbridge.movement_change[];
BEGIN
  SELECT array_agg((s.movement, s.state, move_movements.state,
                    CASE WHEN move_movements.state <> 'ready' THEN d.document END,
                    move_movements.problem, CASE WHEN move_movements.problem IS NOT NULL THEN 'movement ' || s.movement END,
                    move_movements.reason)::stockbridge.movement_change)
    INTO changes
    FROM stockbridge.document_line l
    JOIN stockbridge.movement_state s ON s.link = l.link AND s.movement = l.movement
   WHERE l.link = d.link AND l.document = d.document AND (s.document = d.document OR s.state = 'ready');
  IF stockbridge.change_state(d.link, changes, d.attempt, evidence)
     IS DISTINCT FROM (SELECT count(*) FROM stockbridge.document_line l WHERE l.link = d.link AND l.document = d.document) THEN
    RAISE EXCEPTION 'document % has lost movements', d.document
      USING ERRCODE = 'data_corrupted', HINT = 'stockbridge.check_invariants() shows what is broken.';
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.move_movements(stockbridge.document, text, text, text, jsonb) IS
  'Gives the movements of a document the state that the document takes.';

-- ready | retry → posting.  The caller must commit before it sends.
--
-- First what is due again, then the head of the lanes: a ready movement before
-- which nothing waits or is under way in any of its lanes.  Two workers cannot
-- take the same movement (row locks), nor one that is behind another's (it is
-- not at the head until the other is posted).
CREATE FUNCTION stockbridge.claim(link text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy stockbridge.link := stockbridge.link_policy(link);
  d stockbridge.document;
  number bigint;
  group_of bigint[];
BEGIN
  SELECT x.document INTO number FROM stockbridge.document x
   WHERE x.link = claim.link AND x.state = 'retry' AND x.due_at <= clock_timestamp()
   ORDER BY x.due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    group_of := stockbridge.next_group(policy);
    IF group_of IS NULL THEN
      RETURN NULL;
    END IF;
    number := stockbridge.create_document(link, group_of);
  END IF;
  INSERT INTO stockbridge.attempt (link, document, digest, worker_start, lease_until)
  SELECT x.link, x.document, x.digest, stockbridge.backend_start(pg_backend_pid()), clock_timestamp() + policy.lease
    FROM stockbridge.document x WHERE x.link = claim.link AND x.document = number
  RETURNING attempt.attempt INTO d.attempt;
  UPDATE stockbridge.document x
     SET state = 'posting', since = clock_timestamp(), due_at = NULL, attempts = x.attempts + 1, attempt = d.attempt
   WHERE x.link = claim.link AND x.document = number
  RETURNING x.* INTO d;
  PERFORM stockbridge.move_movements(d, 'posting', NULL, NULL,
    jsonb_build_object('key', d.key, 'attempt', d.attempts, 'digest', encode(d.digest, 'hex')));
  RETURN d.attempt;
END
$$;
COMMENT ON FUNCTION stockbridge.claim(text) IS
  'Takes the next document that is due, or makes one of the next movements whose turn it is, and records an attempt to post it. Returns the attempt, or NULL if nothing is due. The attempt must be committed before the request is sent.';

CREATE FUNCTION stockbridge.next_group(policy stockbridge.link) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  seed stockbridge.movement_state;
BEGIN
  SELECT * INTO seed FROM stockbridge.movement_state s
   WHERE s.link = policy.link AND s.state = 'ready' AND (s.released OR policy.posting = 'immediate')
     AND stockbridge.movement_ahead(s) IS NULL
   ORDER BY s.happened_at, s.movement LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN NULL;
  ELSIF seed.alone THEN
    RETURN ARRAY[seed.movement];
  END IF;
  RETURN ARRAY(
    SELECT s.movement FROM stockbridge.movement_state s
     WHERE s.link = policy.link AND s.document_group = seed.document_group
       AND s.state = 'ready' AND NOT s.alone AND (s.released OR policy.posting = 'immediate')
       AND stockbridge.movement_ahead(s) IS NULL
     ORDER BY s.happened_at, s.movement LIMIT policy.document_lines FOR UPDATE SKIP LOCKED);
END
$$;
COMMENT ON FUNCTION stockbridge.next_group(stockbridge.link) IS
  'The movements that post next in one document, locked: the oldest whose turn it is, and others of its type, day, partner, base document and IMS document whose turn it is too. NULL if there are none.';

-- PL/pgSQL for its cached plan: it is asked of every movement that may be next.
CREATE FUNCTION stockbridge.movement_ahead(s stockbridge.movement_state) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT e.movement FROM stockbridge.movement_state e
     WHERE e.link = s.link AND e.item_code = s.item_code
       AND e.state IN ('ready', 'posting', 'retry', 'in_doubt')
       AND (e.happened_at, e.movement) < (s.happened_at, s.movement)
       AND (e.warehouse_code IN (s.warehouse_code, s.to_warehouse_code)
            OR e.to_warehouse_code IN (s.warehouse_code, s.to_warehouse_code))
     ORDER BY e.happened_at, e.movement LIMIT 1);
END
$$;
COMMENT ON FUNCTION stockbridge.movement_ahead(stockbridge.movement_state) IS
  'The first movement that must post before this one: earlier in one of its lanes, and waiting or under way. NULL if it is its turn.';

CREATE FUNCTION stockbridge.backend_start(pid integer) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT a.backend_start FROM pg_stat_get_activity(pid) a;
END;
COMMENT ON FUNCTION stockbridge.backend_start(integer) IS
  'When the server process with this pid started; NULL if there is none. A pid is used again, a pid with its start is not.';

-- posting | in_doubt | parked → posted: B1 has it, and told so by DocEntry.
CREATE FUNCTION stockbridge.attempt_posted(link text, document bigint, doc_entry integer, doc_num integer, evidence jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d stockbridge.document := stockbridge.lock_document(link, document, 'posting', 'in_doubt', 'parked');
BEGIN
  IF doc_entry IS NULL THEN
    RAISE EXCEPTION 'document % cannot be posted without the DocEntry read back', document
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  UPDATE stockbridge.document x
     SET state = 'posted', since = clock_timestamp(), due_at = NULL, posted_at = clock_timestamp(),
         doc_entry = attempt_posted.doc_entry, doc_num = attempt_posted.doc_num
   WHERE x.link = d.link AND x.document = d.document;
  PERFORM stockbridge.move_movements(d, 'posted', NULL, NULL,
    evidence || jsonb_build_object('key', d.key, 'doc_entry', doc_entry, 'doc_num', doc_num));
END
$$;
COMMENT ON FUNCTION stockbridge.attempt_posted(text, bigint, integer, integer, jsonb) IS
  'Records that B1 has the document, as read back under its DocEntry. Raises 55000 unless the document is posting, in_doubt or parked.';

-- posting | in_doubt → retry: proven not posted, and worth another attempt.
CREATE FUNCTION stockbridge.attempt_retry(link text, document bigint, reason text, evidence jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d stockbridge.document := stockbridge.lock_document(link, document, 'posting', 'in_doubt');
  due timestamptz := clock_timestamp() + stockbridge.retry_pause(stockbridge.link_policy(link), d.attempts);
BEGIN
  UPDATE stockbridge.document x SET state = 'retry', since = clock_timestamp(), due_at = due, doubt = NULL, doubt_since = NULL
   WHERE x.link = d.link AND x.document = d.document;
  PERFORM stockbridge.move_movements(d, 'retry', NULL, reason, evidence || jsonb_build_object('due_at', due));
END
$$;
COMMENT ON FUNCTION stockbridge.attempt_retry(text, bigint, text, jsonb) IS
  'Records that the document is proven absent from B1 and will be tried again. Raises 55000 unless it is posting or in_doubt.';

-- Exponential with full jitter: documents that failed together do not come back
-- together.
CREATE FUNCTION stockbridge.retry_pause(policy stockbridge.link, attempts integer) RETURNS interval
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT random() * least(policy.retry_longest, policy.retry_first * power(2, least(attempts, 30) - 1))
$$;
COMMENT ON FUNCTION stockbridge.retry_pause(stockbridge.link, integer) IS
  'How long to wait after this many attempts: random between zero and a bound that doubles with each.';

-- posting → in_doubt: nobody may resend before a look-up.  Also parked →
-- in_doubt, when a person says that the draft is gone.
CREATE FUNCTION stockbridge.attempt_in_doubt(link text, document bigint, doubt text, reason text, evidence jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d stockbridge.document := stockbridge.lock_document(link, document, 'posting', 'parked');
BEGIN
  UPDATE stockbridge.document x
     SET state = 'in_doubt', since = clock_timestamp(), due_at = clock_timestamp(),
         doubt = attempt_in_doubt.doubt, doubt_since = clock_timestamp()
   WHERE x.link = d.link AND x.document = d.document;
  PERFORM stockbridge.move_movements(d, 'in_doubt', NULL, reason, evidence || jsonb_build_object('doubt', doubt));
END
$$;
COMMENT ON FUNCTION stockbridge.attempt_in_doubt(text, bigint, text, text, jsonb) IS
  'Records that the outcome of the document is unknown. Raises 55000 unless it is posting, or parked.';

-- in_doubt → parked: an approval procedure made a draft of it.
CREATE FUNCTION stockbridge.attempt_parked(link text, document bigint, evidence jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d stockbridge.document := stockbridge.lock_document(link, document, 'in_doubt');
  policy stockbridge.link := stockbridge.link_policy(link);
BEGIN
  UPDATE stockbridge.document x SET state = 'parked', since = clock_timestamp(), due_at = clock_timestamp() + policy.parked_check
   WHERE x.link = d.link AND x.document = d.document;
  PERFORM stockbridge.move_movements(d, 'parked', 'waiting_approval',
    format('B1 parked it as draft %s for approval', d.draft_entry), evidence || jsonb_build_object('draft_entry', d.draft_entry));
END
$$;
COMMENT ON FUNCTION stockbridge.attempt_parked(text, bigint, jsonb) IS
  'Records that B1 holds the document as a draft for approval. Raises 55000 unless it is in_doubt.';

-- posting | in_doubt → rejected: B1 refused it; a person decides.  One bad line
-- refuses a whole document, so a document of several movements is withdrawn
-- instead, and each of them tries on its own: only the culprit is rejected.
CREATE FUNCTION stockbridge.attempt_rejected(link text, document bigint, problem text, reason text, evidence jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d stockbridge.document := stockbridge.lock_document(link, document, 'posting', 'in_doubt');
  movements bigint[] := ARRAY(SELECT l.movement FROM stockbridge.document_line l
                               WHERE l.link = d.link AND l.document = d.document);
  several boolean := cardinality(movements) > 1;
BEGIN
  UPDATE stockbridge.document x
     SET state = CASE WHEN several THEN 'withdrawn' ELSE 'rejected' END, since = clock_timestamp(), due_at = NULL
   WHERE x.link = d.link AND x.document = d.document;
  IF several THEN
    UPDATE stockbridge.movement_state s SET alone = true, released = true
     WHERE s.link = d.link AND s.movement = ANY (movements);
    PERFORM stockbridge.move_movements(d, 'ready', NULL, reason || '; tried on its own', evidence);
    PERFORM stockbridge.validate(d.link, movements);
  ELSE
    PERFORM stockbridge.move_movements(d, 'rejected', problem, reason, evidence);
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.attempt_rejected(text, bigint, text, text, jsonb) IS
  'Records that B1 refused the document. A document of several movements is withdrawn and its movements post singly. Raises 55000 unless it is posting or in_doubt.';

-- posting → in_doubt, for attempts whose worker is gone or has overrun its
-- lease.  A worker names those that it has in flight, so that another of its own
-- that is still posting was given up by an error (a cancelled CALL).
CREATE FUNCTION stockbridge.abandon_attempts(link text, in_flight bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  lost record;
  why text;
  abandoned integer := 0;
BEGIN
  FOR lost IN
    SELECT a.* FROM stockbridge.document d JOIN stockbridge.attempt a ON a.link = d.link AND a.attempt = d.attempt
     WHERE d.link = abandon_attempts.link AND d.state = 'posting' AND d.attempt <> ALL (in_flight)
       FOR UPDATE OF d SKIP LOCKED
  LOOP
    why := CASE
      WHEN lost.worker_pid = pg_backend_pid() AND lost.worker_start = stockbridge.backend_start(lost.worker_pid)
        THEN 'its worker gave it up'
      WHEN stockbridge.backend_start(lost.worker_pid) IS DISTINCT FROM lost.worker_start THEN 'its worker is gone'
      WHEN lost.lease_until < clock_timestamp() THEN 'its lease has expired'
    END;
    CONTINUE WHEN why IS NULL;
    UPDATE stockbridge.attempt a SET outcome = 'abandoned', failure = why
     WHERE a.link = lost.link AND a.attempt = lost.attempt AND a.outcome IS NULL;
    -- Whether it was sent is not known; if it was, then not before the claim.
    UPDATE stockbridge.document d SET sent_at = coalesce(d.sent_at, lost.claimed_at), sent_attempts = d.sent_attempts + 1
     WHERE d.link = lost.link AND d.document = lost.document;
    PERFORM stockbridge.attempt_in_doubt(lost.link, lost.document, 'ambiguous', why,
      jsonb_build_object('worker_pid', lost.worker_pid, 'claimed_at', lost.claimed_at));
    abandoned := abandoned + 1;
  END LOOP;
  RETURN abandoned;
END
$$;
COMMENT ON FUNCTION stockbridge.abandon_attempts(text, bigint[]) IS
  'Brings documents in doubt whose worker is gone, gave up, or has overrun its lease: never resends them. Returns how many.';
