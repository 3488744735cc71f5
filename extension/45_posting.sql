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

CREATE FUNCTION stockbridge.waits_for(policy stockbridge.link) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  here timestamp := clock_timestamp() AT TIME ZONE policy.time_zone;
BEGIN
  IF policy.posting = 'windows' AND NOT EXISTS (
       SELECT FROM stockbridge.posting_window w
        WHERE w.link = policy.link AND w.weekday = extract(isodow FROM here) AND here::time >= w.opens AND here::time < w.closes) THEN
    RETURN 'waits for the next posting window';
  ELSIF NOT EXISTS (SELECT FROM stockbridge.snapshot b WHERE b.link = policy.link AND b.resource = 'b1_item'
                       AND b.read_from > clock_timestamp() - policy.freshness) THEN
    RETURN format('waits for the items of the company to be read: what is known of them is older than %s', policy.freshness);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockbridge.waits_for(stockbridge.link) IS
  'Why no movement of a link may begin to post now, in words; NULL if they may.';

-- ready | retry → posting.  The caller must commit before it sends.
--
-- First what is due again, then the heads of lanes.  The lanes of a link are gone
-- through in turns, so that none is forgotten and the cost does not depend on how
-- many movements wait in them.  Where the turn stands is a row, whose lock also
-- keeps two claims of one link apart: what one has taken the next one sees.
CREATE TABLE stockbridge.lane_turn (
  link            text PRIMARY KEY REFERENCES stockbridge.link,
  item_code       text NOT NULL DEFAULT '',
  warehouse_code  text NOT NULL DEFAULT ''
) WITH (fillfactor = 50);
COMMENT ON TABLE stockbridge.lane_turn IS 'The lane at which the last claim of a link ended.';
COMMENT ON COLUMN stockbridge.lane_turn.link IS 'The link.';
COMMENT ON COLUMN stockbridge.lane_turn.item_code IS 'Item of the lane.';
COMMENT ON COLUMN stockbridge.lane_turn.warehouse_code IS 'Warehouse of the lane.';

CREATE FUNCTION stockbridge.claim(link text, wanted integer DEFAULT 1) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy stockbridge.link := stockbridge.link_policy(link);
  again bigint;
  documents integer[];
  movements bigint[];
BEGIN
  FOR again IN
    SELECT x.document FROM stockbridge.document x
     WHERE x.link = claim.link AND x.state = 'retry' AND x.due_at <= clock_timestamp()
     ORDER BY x.due_at LIMIT wanted FOR UPDATE SKIP LOCKED
  LOOP
    RETURN NEXT stockbridge.attempt_again(policy, again);
    wanted := wanted - 1;
  END LOOP;
  IF wanted <= 0 OR stockbridge.waits_for(policy) IS NOT NULL THEN
    RETURN;
  END IF;
  SELECT array_agg(g.document ORDER BY g.n), array_agg(g.movement ORDER BY g.n) INTO documents, movements
    FROM stockbridge.next_groups(policy, wanted) WITH ORDINALITY AS g (document, movement, n);
  IF movements IS NOT NULL THEN
    RETURN QUERY SELECT stockbridge.create_documents(policy, documents, movements);
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.claim(text, integer) IS
  'Takes documents that are due again, then makes some of the movements whose turn it is, and records an attempt to post each. Returns the attempts. They must be committed before their requests are sent.';

-- retry → posting.
CREATE FUNCTION stockbridge.attempt_again(policy stockbridge.link, document bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d stockbridge.document := stockbridge.lock_document((policy).link, document, 'retry');
BEGIN
  INSERT INTO stockbridge.attempt (link, document, digest, worker_start, lease_until)
  VALUES (d.link, d.document, d.digest, stockbridge.own_start(), clock_timestamp() + policy.lease)
  RETURNING attempt.attempt INTO d.attempt;
  UPDATE stockbridge.document x
     SET state = 'posting', since = clock_timestamp(), due_at = NULL, attempts = x.attempts + 1, attempt = d.attempt
   WHERE x.link = d.link AND x.document = d.document
  RETURNING x.* INTO d;
  PERFORM stockbridge.move_movements(d, 'posting', NULL, NULL,
    jsonb_build_object('key', d.key, 'attempt', d.attempts, 'digest', encode(d.digest, 'hex')));
  RETURN d.attempt;
END
$$;
COMMENT ON FUNCTION stockbridge.attempt_again(stockbridge.link, bigint) IS
  'Records another attempt to post a document, and returns it. Raises 55000 unless the document is in state retry.';

-- The movements of the next documents, at most so many documents of at most
-- document_lines each: (number of the document from 1, movement), in the order of
-- their lines.
CREATE FUNCTION stockbridge.next_groups(policy stockbridge.link, wanted integer)
RETURNS TABLE (document integer, movement bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  turn stockbridge.lane_turn;
  head stockbridge.movement_state;
  start record;
  around boolean := false;
  taken bigint[] := '{}';
  mates bigint[];
BEGIN
  INSERT INTO stockbridge.lane_turn (link) VALUES (policy.link) ON CONFLICT DO NOTHING;
  SELECT * INTO turn FROM stockbridge.lane_turn t WHERE t.link = policy.link FOR UPDATE;
  start := turn;
  document := 0;
  WHILE document < wanted LOOP
    head := stockbridge.next_lane(policy, turn.item_code, turn.warehouse_code);
    IF head.movement IS NULL THEN
      EXIT WHEN around OR start.item_code = '';
      around := true;
      turn.item_code := '';
      turn.warehouse_code := '';
      CONTINUE;
    END IF;
    EXIT WHEN around AND (head.item_code, head.warehouse_code) > (start.item_code, start.warehouse_code);
    turn.item_code := head.item_code;
    turn.warehouse_code := head.warehouse_code;
    CONTINUE WHEN head.state <> 'ready' OR head.movement = ANY (taken) OR stockbridge.movement_ahead(head) IS NOT NULL;
    mates := stockbridge.group_mates(policy, head, taken);
    taken := taken || mates;
    document := document + 1;
    RETURN QUERY SELECT next_groups.document, m FROM unnest(mates) m;
  END LOOP;
  UPDATE stockbridge.lane_turn t SET item_code = turn.item_code, warehouse_code = turn.warehouse_code
   WHERE t.link = policy.link AND (t.item_code, t.warehouse_code) <> (turn.item_code, turn.warehouse_code);
END
$$;
COMMENT ON FUNCTION stockbridge.next_groups(stockbridge.link, integer) IS
  'The movements that post next, by document: from the lane whose turn it is on, one that may go, and others of its type, day, partner, base document and IMS document that may go too. Keeps other claims of the link waiting until the end of the transaction.';

-- A loose scan: one descent of the index to the first movement of the next lane,
-- however many wait behind it.
CREATE FUNCTION stockbridge.next_lane(policy stockbridge.link, item_code text, warehouse_code text) RETURNS stockbridge.movement_state
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  head stockbridge.movement_state;
BEGIN
  IF policy.posting IN ('manual', 'reconciled') THEN
    SELECT s.* INTO head FROM stockbridge.movement_state s
     WHERE s.link = policy.link AND s.waits AND s.released
       AND (s.item_code, s.warehouse_code) > (next_lane.item_code, next_lane.warehouse_code)
     ORDER BY s.item_code, s.warehouse_code, s.happened_at, s.movement LIMIT 1;
  ELSE
    SELECT s.* INTO head FROM stockbridge.movement_state s
     WHERE s.link = policy.link AND s.waits
       AND (s.item_code, s.warehouse_code) > (next_lane.item_code, next_lane.warehouse_code)
     ORDER BY s.item_code, s.warehouse_code, s.happened_at, s.movement LIMIT 1;
  END IF;
  RETURN head;
END
$$;
COMMENT ON FUNCTION stockbridge.next_lane(stockbridge.link, text, text) IS
  'The first movement of the next lane behind the one named; where a person releases each, the first released one. NULL behind the last lane.';

CREATE FUNCTION stockbridge.group_mates(policy stockbridge.link, head stockbridge.movement_state, taken bigint[]) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  mates bigint[] := ARRAY[head.movement];
  mate stockbridge.movement_state := head;
BEGIN
  WHILE NOT head.alone AND cardinality(mates) < policy.document_lines LOOP
    SELECT s.* INTO mate FROM stockbridge.movement_state s
     WHERE s.link = policy.link AND s.waits AND NOT s.alone AND s.document_group = head.document_group
       AND (s.item_code, s.warehouse_code) > (mate.item_code, mate.warehouse_code)
     ORDER BY s.item_code, s.warehouse_code, s.happened_at, s.movement LIMIT 1;
    EXIT WHEN NOT FOUND;
    IF mate.state = 'ready' AND (mate.released OR policy.posting NOT IN ('manual', 'reconciled'))
       AND mate.movement <> ALL (taken) AND stockbridge.movement_ahead(mate) IS NULL THEN
      mates := mates || mate.movement;
    END IF;
  END LOOP;
  RETURN mates;
END
$$;
COMMENT ON FUNCTION stockbridge.group_mates(stockbridge.link, stockbridge.movement_state, bigint[]) IS
  'A movement and others that may go in one document with it, one of each lane, in the order of items and warehouses.';

-- PL/pgSQL for its cached plan: it is asked of every movement that may be next.
CREATE FUNCTION stockbridge.movement_ahead(s stockbridge.movement_state) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT e.movement
      FROM (SELECT s.warehouse_code UNION ALL SELECT s.to_warehouse_code WHERE s.to_warehouse_code IS NOT NULL) lane (warehouse_code)
     CROSS JOIN LATERAL (
       (SELECT x.movement FROM stockbridge.movement_state x
         WHERE x.link = s.link AND x.waits AND x.item_code = s.item_code AND x.warehouse_code = lane.warehouse_code
           AND (x.happened_at, x.movement) < (s.happened_at, s.movement)
         ORDER BY x.happened_at, x.movement LIMIT 1)
       UNION ALL
       (SELECT x.movement FROM stockbridge.movement_state x
         WHERE x.link = s.link AND x.waits AND x.item_code = s.item_code AND x.to_warehouse_code = lane.warehouse_code
           AND (x.happened_at, x.movement) < (s.happened_at, s.movement)
         ORDER BY x.happened_at, x.movement LIMIT 1)) e
     LIMIT 1);
END
$$;
COMMENT ON FUNCTION stockbridge.movement_ahead(stockbridge.movement_state) IS
  'A movement that must post before this one: earlier in one of its lanes, and waiting or under way. NULL if it is its turn.';

CREATE FUNCTION stockbridge.own_start() RETURNS timestamptz
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'stockbridge_own_start';
COMMENT ON FUNCTION stockbridge.own_start() IS 'When this server process started; as backend_start(pg_backend_pid()), at less cost.';

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
       AND (a.worker_pid = pg_backend_pid() OR a.lease_until < clock_timestamp()
            OR stockbridge.backend_start(a.worker_pid) IS DISTINCT FROM a.worker_start)
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
