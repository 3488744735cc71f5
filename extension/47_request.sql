-- ---------------------------------------------------------------------------
-- Conversation with B1: which request is next, and what its answer means.
--
-- post.c asks next_requests(), commits, sends, and hands what it got to
-- record_answers(), which records it, makes the transitions, and names the next
-- request of each conversation that goes on:
--
--   post ─ 2xx ──▶ read_back ──▶ posted
--     └─ in doubt ▶ look_up_draft ──▶ look_up ──▶ posted | parked | retry | rejected
--
-- Drafts are looked up before the target set: a draft that is approved in
-- between shows in the second look-up; the other way round it could be missed
-- in both.
--
-- The two functions that post.c calls set how everything below them is planned:
-- once, by index from row to row, and without being compiled (the price of a plan
-- with switched-off nodes looks as if that were worth while).  A worker lives long, and a plan made while
-- the queue was empty (or not yet analysed) would read the whole of it when it is
-- full.
-- ---------------------------------------------------------------------------

CREATE TYPE stockbridge.request AS (
  document     bigint,
  attempt      bigint,
  purpose      text,
  server       oid,
  owner        oid,
  method       text,
  path         text,
  body         text,
  guard_path   text,
  guard_body   text,
  send_before  timestamptz
);
COMMENT ON TYPE stockbridge.request IS
  'A request to B1: purpose post, read_back, look_up_draft or look_up; path relative to the server''s url. With a guard, both are made in one change set. It must not be sent after send_before.';

CREATE TABLE stockbridge.circuit (
  link          text PRIMARY KEY REFERENCES stockbridge.link,
  failures      integer NOT NULL,
  paused_until  timestamptz NOT NULL
);
COMMENT ON TABLE stockbridge.circuit IS
  'Links whose company cannot be reached or refuses the login. While one is paused nothing is sent to it, but for one probe by every CALL of post().';
COMMENT ON COLUMN stockbridge.circuit.link IS 'The link.';
COMMENT ON COLUMN stockbridge.circuit.failures IS 'Failures in a row.';
COMMENT ON COLUMN stockbridge.circuit.paused_until IS 'When the next probe is due.';

CREATE FUNCTION stockbridge.open_circuit(policy stockbridge.link, problem text, message text) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO stockbridge.circuit AS c (link, failures, paused_until)
  VALUES (policy.link, 1, clock_timestamp() + policy.retry_first)
  ON CONFLICT (link) DO UPDATE
    SET failures = c.failures + 1,
        paused_until = clock_timestamp() + least(policy.retry_longest, policy.retry_first * power(2, least(c.failures, 30)));
  SELECT stockbridge.open_exception(policy.link, problem, 'company ' || policy.company, message);
$$;
COMMENT ON FUNCTION stockbridge.open_circuit(stockbridge.link, text, text) IS
  'Pauses a link because its company cannot be reached or refuses the login; longer with each failure in a row.';

-- What failed because nothing could be sent is due at once when the company
-- answers again.
CREATE FUNCTION stockbridge.close_circuit(policy stockbridge.link) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM stockbridge.circuit c WHERE c.link = policy.link;
  IF FOUND THEN
    UPDATE stockbridge.document d SET due_at = clock_timestamp()
     WHERE d.link = policy.link AND d.state = 'retry' AND d.sent_attempts = 0;
    PERFORM stockbridge.close_exception(policy.link, t.type, 'company ' || policy.company)
       FROM (VALUES ('company_unreachable'), ('login_refused')) t (type);
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.close_circuit(stockbridge.link) IS
  'Ends the pause of a link whose company has answered.';

-- ---------------------------------------------------------------------------
-- Requests
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.make_request(policy stockbridge.link, d stockbridge.document, purpose text, doc_entry integer DEFAULT NULL)
RETURNS stockbridge.request
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  t stockbridge.document_type;
  key_property text;
  r stockbridge.request;
BEGIN
  SELECT * INTO t FROM stockbridge.document_type x WHERE x.document_type = d.document_type;
  key_property := coalesce(t.key_property, policy.key_field);
  IF purpose = 'look_up_draft' AND t.draft_entity IS NULL THEN
    purpose := 'look_up';
  END IF;
  r.document := d.document;
  r.attempt := d.attempt;
  r.purpose := purpose;
  r.server := (SELECT s.oid FROM pg_foreign_server s WHERE s.srvname = policy.company);
  r.owner := (SELECT o.oid FROM pg_roles o WHERE o.rolname = policy.owner);
  r.method := CASE purpose WHEN 'post' THEN 'POST' ELSE 'GET' END;
  r.path := CASE purpose
    WHEN 'post' THEN t.entity
    WHEN 'read_back' THEN format('%s(%s)?$select=%s,%s,%s', t.entity, doc_entry, t.entry_property, t.number_property, key_property)
    WHEN 'look_up_draft' THEN format('%s?$filter=%s%%20eq%%20''%s''&$select=DocEntry,DocNum,%2$s&$top=2', t.draft_entity, key_property, d.key)
    ELSE format('%s?$filter=%s%%20eq%%20''%s''&$select=%4$s,%5$s,%2$s&$top=2', t.entity, key_property, d.key, t.entry_property, t.number_property)
  END;
  IF purpose = 'post' THEN
    r.body := d.body;
    IF policy.guard_table IS NOT NULL THEN
      r.guard_path := policy.guard_table;
      r.guard_body := json_build_object('Code', d.key, 'Name', d.document_type);
    END IF;
    r.send_before := (SELECT a.lease_until FROM stockbridge.attempt a WHERE a.link = d.link AND a.attempt = d.attempt);
  END IF;
  RETURN r;
END
$$;
COMMENT ON FUNCTION stockbridge.make_request(stockbridge.link, stockbridge.document, text, integer) IS
  'The request for a purpose concerning a document. Look-ups ask for two rows, so that a duplicate is noticed.';

-- in_flight: the attempts that the caller has under way; any other of its own was
-- given up.  probe: the first time; then one is sent even if the link is paused.
-- recover: look for attempts whose worker is gone; now and then is enough.
CREATE FUNCTION stockbridge.next_requests(link text, wanted integer, in_flight bigint[], probe boolean, recover boolean DEFAULT true)
RETURNS SETOF stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_material = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  policy stockbridge.link := stockbridge.link_policy(link);
  number integer;
  claimed bigint[];
BEGIN
  IF recover THEN
    PERFORM stockbridge.abandon_attempts(link, in_flight);
  END IF;
  IF NOT stockbridge.may_send(policy, probe) THEN
    RETURN;
  ELSIF probe AND EXISTS (SELECT FROM stockbridge.circuit c WHERE c.link = policy.link) THEN
    wanted := 1;
  END IF;
  -- A look-up takes its document out of the queue for the length of a lease.
  RETURN QUERY
  WITH due AS MATERIALIZED (
    SELECT y.document FROM stockbridge.document y
     WHERE y.link = policy.link AND y.state IN ('in_doubt', 'parked') AND y.due_at <= clock_timestamp()
     ORDER BY y.due_at LIMIT wanted FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE stockbridge.document x SET due_at = clock_timestamp() + policy.lease
      FROM due WHERE x.link = policy.link AND x.document = due.document RETURNING x.*
  )
  SELECT r.* FROM taken t, stockbridge.make_request(policy, t.*::stockbridge.document, 'look_up_draft') r;
  GET DIAGNOSTICS number = ROW_COUNT;
  IF number < wanted THEN
    claimed := ARRAY(SELECT stockbridge.claim(policy.link, wanted - number));
    RETURN QUERY
    SELECT r.* FROM unnest(claimed) c (attempt)
     CROSS JOIN LATERAL (SELECT x.document FROM stockbridge.attempt x WHERE x.link = policy.link AND x.attempt = c.attempt OFFSET 0) a
     CROSS JOIN LATERAL (SELECT x.* FROM stockbridge.document x WHERE x.link = policy.link AND x.document = a.document OFFSET 0) d,
           stockbridge.make_request(policy, d.*::stockbridge.document, 'post') r;
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.next_requests(text, integer, bigint[], boolean, boolean) IS
  'The next requests to send for a link, at most as many as wanted: look-ups that are due, then attempts just claimed. Commit before sending.';

CREATE FUNCTION stockbridge.may_send(policy stockbridge.link, probe boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_user_mapping u
                   JOIN pg_foreign_server s ON s.oid = u.umserver AND s.srvname = policy.company
                   LEFT JOIN pg_roles o ON o.oid = u.umuser
                  WHERE u.umuser = 0 OR o.rolname = policy.owner) THEN
    PERFORM stockbridge.open_exception(policy.link, 'login_refused', 'company ' || policy.company,
      format('role "%s", the owner of link "%s", has no user mapping for server "%s"', policy.owner, policy.link, policy.company),
      format('CREATE USER MAPPING FOR %I SERVER %I OPTIONS (user ''…'', password ''…'');', policy.owner, policy.company));
    -- No pause: the first answer closes the exception.
    INSERT INTO stockbridge.circuit VALUES (policy.link, 0, clock_timestamp()) ON CONFLICT DO NOTHING;
    RETURN false;
  END IF;
  RETURN probe OR NOT EXISTS (SELECT FROM stockbridge.circuit c
                               WHERE c.link = policy.link AND c.paused_until > clock_timestamp());
END
$$;
COMMENT ON FUNCTION stockbridge.may_send(stockbridge.link, boolean) IS
  'Whether a request may be sent for a link now: its owner has a user mapping, and it is not paused (or this is a probe).';

-- Whoever posts before the first pull need not know that items must be read to
-- judge movements, nor that they must not be older than the link's freshness.
-- What was tried a moment ago is not tried again.
CREATE FUNCTION stockbridge.needs_items(link text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM stockbridge.open_movement o JOIN stockbridge.movement_state s USING (link, movement)
                  WHERE o.link = $1 AND s.state IN ('received', 'ready'))
     AND NOT EXISTS (SELECT FROM stockbridge.snapshot b JOIN stockbridge.link l ON l.link = b.link
                      WHERE b.link = $1 AND b.resource = 'b1_item' AND b.read_from > clock_timestamp() - l.freshness)
     AND EXISTS (SELECT FROM stockbridge.feed f WHERE f.link = $1 AND f.feed = 'items'
                    AND (f.last_started IS NULL OR f.last_started < clock_timestamp() - interval '1 minute'));
END;
COMMENT ON FUNCTION stockbridge.needs_items(text) IS
  'Whether movements wait because the items of the company are not known, or not lately.';

-- Likewise for the base documents that movements draw on.
CREATE FUNCTION stockbridge.unread_bases(link text) RETURNS TABLE (base_type integer, base_entry integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT DISTINCT t.base_type, m.base_entry
    FROM stockbridge.open_movement o
    JOIN stockbridge.movement m ON m.link = o.link AND m.movement = o.movement AND m.base_entry IS NOT NULL
    JOIN stockbridge.movement_state s ON s.link = m.link AND s.movement = m.movement
    JOIN stockbridge.link l ON l.link = m.link
    JOIN stockbridge.document_type t ON t.kind = m.kind AND t.based
    LEFT JOIN stockbridge.b1_base_line b ON b.link = m.link AND b.base_type = t.base_type AND b.base_entry = m.base_entry AND b.base_line = m.base_line
   WHERE o.link = $1 AND s.state IN ('received', 'ready', 'rejected') AND s.document IS NULL
     AND EXISTS (SELECT FROM stockbridge.snapshot k WHERE k.link = m.link AND k.resource = 'b1_item')
     AND (b.link IS NULL OR b.read_from < clock_timestamp() - l.freshness)
$$;
COMMENT ON FUNCTION stockbridge.unread_bases(text) IS
  'Base documents of waiting movements that were never read, or not lately.';

-- After a while, what B1 held back for a cause of its own is tried again.
CREATE FUNCTION stockbridge.recheck(link text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy stockbridge.link := stockbridge.link_policy(link);
  held bigint;
BEGIN
  -- A statement that deletes nothing would have everything judged again, too.
  IF EXISTS (SELECT FROM stockbridge.closed_period c
              WHERE c.link = policy.link AND c.learned AND c.since < clock_timestamp() - policy.recheck) THEN
    DELETE FROM stockbridge.closed_period c
     WHERE c.link = policy.link AND c.learned AND c.since < clock_timestamp() - policy.recheck;
  END IF;
  FOR held IN
    SELECT s.movement FROM stockbridge.movement_state s
     WHERE s.link = policy.link AND s.problem IN ('closed_period', 'negative_stock') AND s.state = 'rejected'
       AND s.document IS NOT NULL AND s.since < clock_timestamp() - policy.recheck
     ORDER BY s.movement FOR UPDATE SKIP LOCKED
  LOOP
    PERFORM stockbridge.retry(held);
  END LOOP;
END
$$;
COMMENT ON FUNCTION stockbridge.recheck(text) IS
  'Tries movements again that B1 refused for a closed period or for missing stock longer ago than link.recheck.';

-- ---------------------------------------------------------------------------
-- Answers
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.try_json(body text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN body::jsonb;
EXCEPTION WHEN data_exception THEN
  -- Whatever jsonb cannot hold cannot be read; the caller treats it so.
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockbridge.try_json(text) IS 'The text as jsonb, or NULL if it is not readable as such.';

CREATE TYPE stockbridge.answer AS (
  outcome        text,
  status         integer,
  error_code     text,
  error_message  text,
  body           text,
  location       text,
  sent_at        timestamptz,
  answered_at    timestamptz
);
COMMENT ON TYPE stockbridge.answer IS
  'How a request ended: outcome not_sent, unanswered or answered, and what came back; without an answer, error_message says why.';

-- Cumulative counters, in several rows so that workers seldom wait for each
-- other; stat_posting adds them up.
CREATE TABLE stockbridge.posting_counter (
  link           text NOT NULL REFERENCES stockbridge.link,
  document_type  text NOT NULL,
  slot           integer NOT NULL,
  attempts       bigint NOT NULL,
  accepted       bigint NOT NULL,
  refused        bigint NOT NULL,
  unanswered     bigint NOT NULL,
  not_sent       bigint NOT NULL,
  answered_ms    double precision NOT NULL,
  longest_ms     double precision NOT NULL,
  since          timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (link, document_type, slot)
) WITH (fillfactor = 50);
COMMENT ON TABLE stockbridge.posting_counter IS 'Counters behind stat_posting. TRUNCATE resets them.';
COMMENT ON COLUMN stockbridge.posting_counter.link IS 'The link.';
COMMENT ON COLUMN stockbridge.posting_counter.document_type IS 'Type of the documents.';
COMMENT ON COLUMN stockbridge.posting_counter.slot IS 'One of several rows that add up.';
COMMENT ON COLUMN stockbridge.posting_counter.attempts IS 'Attempts that ended.';
COMMENT ON COLUMN stockbridge.posting_counter.accepted IS 'Answered with success.';
COMMENT ON COLUMN stockbridge.posting_counter.refused IS 'Answered with a refusal or an error.';
COMMENT ON COLUMN stockbridge.posting_counter.unanswered IS 'Sent, but not answered.';
COMMENT ON COLUMN stockbridge.posting_counter.not_sent IS 'Not sent.';
COMMENT ON COLUMN stockbridge.posting_counter.answered_ms IS 'Milliseconds until the answers, all together.';
COMMENT ON COLUMN stockbridge.posting_counter.longest_ms IS 'Milliseconds until the slowest answer.';
COMMENT ON COLUMN stockbridge.posting_counter.since IS 'Since when is counted.';

CREATE FUNCTION stockbridge.count_answers(
  link text, documents bigint[], purposes text[], outcomes text[], statuses integer[], sent timestamptz[], answered timestamptz[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO stockbridge.posting_counter AS c (link, document_type, slot, attempts, accepted, refused, unanswered, not_sent, answered_ms, longest_ms)
  SELECT count_answers.link, d.document_type, pg_backend_pid() % 8, count(*),
         count(*) FILTER (WHERE u.outcome = 'answered' AND u.status BETWEEN 200 AND 299),
         count(*) FILTER (WHERE u.outcome = 'answered' AND u.status NOT BETWEEN 200 AND 299),
         count(*) FILTER (WHERE u.outcome = 'unanswered'), count(*) FILTER (WHERE u.outcome = 'not_sent'),
         coalesce(sum(e.ms), 0), coalesce(max(e.ms), 0)
    FROM unnest(documents, purposes, outcomes, statuses, sent, answered) u (document, purpose, outcome, status, sent_at, answered_at)
   CROSS JOIN LATERAL (SELECT x.document_type FROM stockbridge.document x
                        WHERE x.link = count_answers.link AND x.document = u.document OFFSET 0) d
   CROSS JOIN LATERAL (SELECT CASE WHEN u.outcome = 'answered' THEN extract(epoch FROM u.answered_at - u.sent_at)::double precision * 1000 END AS ms) e
   WHERE u.purpose = 'post' GROUP BY d.document_type
  ON CONFLICT ON CONSTRAINT posting_counter_pkey DO UPDATE
    SET attempts = c.attempts + excluded.attempts, accepted = c.accepted + excluded.accepted, refused = c.refused + excluded.refused,
        unanswered = c.unanswered + excluded.unanswered, not_sent = c.not_sent + excluded.not_sent,
        answered_ms = c.answered_ms + excluded.answered_ms, longest_ms = greatest(c.longest_ms, excluded.longest_ms);
END
$$;
COMMENT ON FUNCTION stockbridge.count_answers(text, bigint[], text[], text[], integer[], timestamptz[], timestamptz[]) IS
  'Counts how attempts ended.';

-- One array per column, in the order of the answers.
CREATE FUNCTION stockbridge.record_answers(
  link text, document bigint[], attempt bigint[], purpose text[],
  outcome text[], login_failed boolean[], status integer[], error_code text[], error_message text[], body text[], location text[],
  sent_at timestamptz[], answered_at timestamptz[]
) RETURNS SETOF stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_material = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  policy stockbridge.link := stockbridge.link_policy(link);
  settled bigint[] := stockbridge.settle_proven(policy, document, attempt, purpose, status, body, sent_at, answered_at);
  r stockbridge.request;
BEGIN
  IF settled <> '{}' THEN
    PERFORM stockbridge.close_circuit(policy);
  END IF;
  FOR i IN 1 .. cardinality(document) LOOP
    CONTINUE WHEN document[i] = ANY (settled);
    r := stockbridge.record_answer(policy, document[i], attempt[i], purpose[i], login_failed[i],
           (outcome[i], status[i], error_code[i], error_message[i], body[i], location[i], sent_at[i], answered_at[i])::stockbridge.answer);
    IF r.document IS NOT NULL THEN
      RETURN NEXT r;
    END IF;
  END LOOP;
  PERFORM stockbridge.count_answers(policy.link, document, purpose, outcome, status, sent_at, answered_at);
END
$$;
COMMENT ON FUNCTION stockbridge.record_answers(text, bigint[], bigint[], text[], text[], boolean[], integer[], text[], text[], text[], text[], timestamptz[], timestamptz[]) IS
  'Records how requests ended and makes the transitions that follow. Returns the next requests of the same conversations.';

-- posting → posted, for all whose answer is its own read-back: 2xx with the whole
-- document, our key and its DocEntry in it, and the number of its journal entry
-- (TransNum, SL §6.5).  That tells it from a draft, which an approval procedure
-- may make of a document and answer 201 to (SL §7), key and all: a draft enters
-- no journal.  A company that values no stock enters none either: then, as for
-- an answer without a body, the document is read back.
CREATE FUNCTION stockbridge.settle_proven(
  policy stockbridge.link, documents bigint[], attempts bigint[], purposes text[], statuses integer[], bodies text[],
  sent timestamptz[], answered timestamptz[]
) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  acting text := stockbridge.actor();
  settled bigint[];
BEGIN
  WITH proven AS MATERIALIZED (
    SELECT d.document, d.attempt, d.key, u.status, u.sent_at, u.answered_at,
           (e.seen->>'DocEntry')::integer AS doc_entry, substring(e.seen->>'DocNum' FROM '^\d{1,9}$')::integer AS doc_num,
           (e.seen->>'TransNum')::integer AS journal
      FROM unnest(documents, attempts, purposes, statuses, bodies, sent, answered)
             AS u (document, attempt, purpose, status, body, sent_at, answered_at)
     CROSS JOIN LATERAL (SELECT stockbridge.try_json(u.body) AS seen OFFSET 0) e
     CROSS JOIN LATERAL (SELECT x.* FROM stockbridge.document x WHERE x.link = policy.link AND x.document = u.document
                            AND x.state = 'posting' AND x.attempt = u.attempt FOR UPDATE) d
     WHERE u.purpose = 'post' AND u.status BETWEEN 200 AND 299
       AND lower(e.seen->>policy.key_field) = d.key::text
       AND e.seen->>'DocEntry' ~ '^\d{1,9}$' AND e.seen->>'TransNum' ~ '^[1-9]\d{0,8}$'
  ), line AS MATERIALIZED (
    SELECT p.document, p.attempt, l.movement, p.status, p.sent_at, p.answered_at, p.key, p.doc_entry, p.doc_num, p.journal
      FROM proven p CROSS JOIN LATERAL (
        SELECT x.movement FROM stockbridge.document_line x WHERE x.link = policy.link AND x.document = p.document OFFSET 0) l
  ), tried AS (
    UPDATE stockbridge.attempt a
       SET outcome = 'answered', status = p.status, sent_at = p.sent_at, answered_at = p.answered_at, doc_entry = p.doc_entry
      FROM proven p WHERE a.link = policy.link AND a.attempt = p.attempt
  ), done AS (
    UPDATE stockbridge.document d
       SET state = 'posted', since = clock_timestamp(), posted_at = clock_timestamp(), sent_attempts = d.sent_attempts + 1,
           sent_at = coalesce(d.sent_at, p.sent_at, d.since), doc_entry = p.doc_entry, doc_num = p.doc_num
      FROM proven p WHERE d.link = policy.link AND d.document = p.document
  ), moved AS (
    UPDATE stockbridge.movement_state s
       SET state = 'posted', waits = false, since = clock_timestamp(), problem = NULL, subject = NULL, reason = NULL
      FROM line l WHERE s.link = policy.link AND s.movement = l.movement AND s.document = l.document
  ), history AS (
    INSERT INTO stockbridge.transition (link, movement, actor, from_state, state, document, attempt, evidence)
    SELECT policy.link, l.movement, acting, 'posting', 'posted', l.document, l.attempt,
           jsonb_build_object('by', 'answer', 'status', l.status, 'sent_at', l.sent_at, 'answered_at', l.answered_at, 'key', l.key,
                              'doc_entry', l.doc_entry, 'doc_num', l.doc_num, 'journal', l.journal)
      FROM line l
  )
  SELECT coalesce(array_agg(p.document), '{}') INTO settled FROM proven p;
  RETURN settled;
END
$$;
COMMENT ON FUNCTION stockbridge.settle_proven(stockbridge.link, bigint[], bigint[], text[], integer[], text[], timestamptz[], timestamptz[]) IS
  'Records all documents posted whose answer proves that B1 has them. Returns these documents.';

CREATE FUNCTION stockbridge.record_answer(policy stockbridge.link, document bigint, attempt bigint, purpose text, login_failed boolean, got stockbridge.answer)
RETURNS stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  d stockbridge.document;
BEGIN
  IF got.outcome = 'not_sent' THEN
    PERFORM stockbridge.open_circuit(policy, CASE WHEN login_failed THEN 'login_refused' ELSE 'company_unreachable' END,
                                     coalesce(got.error_message, 'nothing could be sent'));
  ELSIF got.outcome = 'answered' AND got.status <> 401 THEN
    PERFORM stockbridge.close_circuit(policy);
  END IF;
  SELECT * INTO d FROM stockbridge.document x WHERE x.link = policy.link AND x.document = record_answer.document FOR UPDATE;
  RETURN CASE purpose
    WHEN 'post' THEN stockbridge.record_post(policy, d, attempt, got)
    WHEN 'read_back' THEN stockbridge.record_read_back(policy, d, attempt, got)
    WHEN 'look_up_draft' THEN stockbridge.record_draft_look_up(policy, d, got)
    WHEN 'look_up' THEN stockbridge.record_look_up(policy, d, got)
  END;
END
$$;
COMMENT ON FUNCTION stockbridge.record_answer(stockbridge.link, bigint, bigint, text, boolean, stockbridge.answer) IS
  'Records how a request ended and makes the transition that follows. Returns the next request of the same conversation, or NULL.';

CREATE FUNCTION stockbridge.record_post(policy stockbridge.link, d stockbridge.document, attempt bigint, got stockbridge.answer)
RETURNS stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  t stockbridge.document_type;
  made integer;
  rule stockbridge.error_rule;
  current boolean := d.state = 'posting' AND d.attempt = record_post.attempt;
BEGIN
  SELECT * INTO t FROM stockbridge.document_type x WHERE x.document_type = d.document_type;
  IF got.status BETWEEN 200 AND 299 THEN
    -- A body that is absent or was cut leaves the key in Location (SL §5.1).
    made := coalesce(substring(stockbridge.try_json(got.body)->>t.entry_property FROM '^\d{1,9}$'),
                     substring(got.location FROM '\((\d{1,9})\)$'))::integer;
    rule.class := CASE WHEN made IS NULL THEN 'ambiguous' END;
    rule.meaning := 'B1 accepted it, but the answer does not name the document';
  ELSE
    rule := stockbridge.classify(got.outcome, got.status, got.error_code, got.error_message);
  END IF;
  UPDATE stockbridge.attempt a
     SET outcome = got.outcome, status = got.status, error_code = got.error_code, error_message = got.error_message,
         answer = left(got.body, 4000), location = got.location, sent_at = got.sent_at, answered_at = got.answered_at,
         rule = rule.rule, class = rule.class, doc_entry = made
   WHERE a.link = policy.link AND a.attempt = record_post.attempt;
  IF NOT current THEN
    RETURN NULL;                -- too late: the document is being looked up
  END IF;
  IF got.outcome <> 'not_sent' THEN
    UPDATE stockbridge.document x SET sent_attempts = x.sent_attempts + 1, sent_at = coalesce(x.sent_at, got.sent_at, x.since)
     WHERE x.link = d.link AND x.document = d.document RETURNING x.* INTO d;
  END IF;
  IF made IS NOT NULL THEN
    RETURN stockbridge.make_request(policy, d, 'read_back', made);
  END IF;
  RETURN stockbridge.follow_rule(policy, d, rule, got);
END
$$;
COMMENT ON FUNCTION stockbridge.record_post(stockbridge.link, stockbridge.document, bigint, stockbridge.answer) IS
  'The answer to a posting: read back what B1 accepted, or follow the error rule. An answer that comes after the attempt was given up is only kept as evidence.';

CREATE FUNCTION stockbridge.follow_rule(policy stockbridge.link, d stockbridge.document, rule stockbridge.error_rule, got stockbridge.answer)
RETURNS stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  reason text := concat_ws(': ', rule.meaning, got.error_message);
  evidence jsonb := jsonb_strip_nulls(jsonb_build_object(
    'outcome', got.outcome, 'status', got.status, 'error_code', got.error_code, 'rule', rule.rule, 'class', rule.class,
    'sent_at', got.sent_at, 'answered_at', got.answered_at, 'next_step', rule.next_step));
BEGIN
  IF rule.class = 'session' THEN
    PERFORM stockbridge.open_circuit(policy, 'login_refused', reason);
  END IF;
  CASE
    WHEN rule.class IN ('transient', 'session') AND d.sent_attempts < coalesce(rule.attempts, policy.max_attempts) THEN
      PERFORM stockbridge.attempt_retry(d.link, d.document, reason, evidence);
    WHEN rule.class IN ('transient', 'session') THEN
      PERFORM stockbridge.attempt_rejected(d.link, d.document, 'attempts_exhausted', reason, evidence - 'next_step');
    WHEN rule.class = 'permanent' THEN
      PERFORM stockbridge.attempt_rejected(d.link, d.document, coalesce(rule.problem, 'refused_by_b1'), reason, evidence);
      IF rule.problem = 'closed_period' THEN
        INSERT INTO stockbridge.closed_period (link, first_day, last_day, learned) VALUES (d.link, d.doc_date, d.doc_date, true)
        ON CONFLICT DO NOTHING;
      END IF;
    ELSE
      PERFORM stockbridge.attempt_in_doubt(d.link, d.document, rule.class, reason, evidence);
      RETURN stockbridge.take_look_up(policy, d);
  END CASE;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockbridge.follow_rule(stockbridge.link, stockbridge.document, stockbridge.error_rule, stockbridge.answer) IS
  'Makes the transition that an error rule demands; a document that comes in doubt is looked up at once.';

CREATE FUNCTION stockbridge.take_look_up(policy stockbridge.link, d stockbridge.document) RETURNS stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE stockbridge.document x SET due_at = clock_timestamp() + policy.lease
   WHERE x.link = d.link AND x.document = d.document RETURNING x.* INTO d;
  RETURN stockbridge.make_request(policy, d, 'look_up_draft');
END
$$;
COMMENT ON FUNCTION stockbridge.take_look_up(stockbridge.link, stockbridge.document) IS
  'The first look-up of a document that just came in doubt.';

CREATE FUNCTION stockbridge.record_read_back(policy stockbridge.link, d stockbridge.document, attempt bigint, got stockbridge.answer)
RETURNS stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  seen jsonb := stockbridge.try_json(got.body);
  t stockbridge.document_type;
  tried stockbridge.attempt;
BEGIN
  SELECT * INTO t FROM stockbridge.document_type x WHERE x.document_type = d.document_type;
  IF d.state <> 'posting' OR d.attempt <> record_read_back.attempt THEN
    RETURN NULL;                -- too late: the document is being looked up
  END IF;
  SELECT * INTO tried FROM stockbridge.attempt a WHERE a.link = d.link AND a.attempt = d.attempt;
  IF got.outcome = 'answered' AND got.status = 200 AND lower(seen->>coalesce(t.key_property, policy.key_field)) = d.key::text
     AND seen->>t.entry_property = tried.doc_entry::text THEN
    PERFORM stockbridge.attempt_posted(d.link, d.document, tried.doc_entry, (seen->>t.number_property)::integer,
      jsonb_build_object('by', 'read back', 'status', tried.status, 'sent_at', tried.sent_at, 'answered_at', tried.answered_at));
    RETURN NULL;
  END IF;
  -- An accepted document that is not there under its number may be a draft for
  -- approval (SL §7): look for it.  Never resent: B1 said that it has it.
  PERFORM stockbridge.attempt_in_doubt(d.link, d.document,
    CASE WHEN got.outcome = 'answered' AND got.status IN (200, 404) THEN 'parked' ELSE 'ambiguous' END,
    format('B1 accepted it as %s, but it could not be read back', tried.doc_entry),
    jsonb_strip_nulls(jsonb_build_object('outcome', got.outcome, 'status', got.status, 'error', got.error_message,
                                         'doc_entry', tried.doc_entry)));
  RETURN stockbridge.take_look_up(policy, d);
END
$$;
COMMENT ON FUNCTION stockbridge.record_read_back(stockbridge.link, stockbridge.document, bigint, stockbridge.answer) IS
  'The answer to a read-back: posted if B1 shows our key under the DocEntry it named, else in doubt.';

-- What a look-up found: an array of rows, or NULL if it told nothing.
CREATE FUNCTION stockbridge.found_rows(policy stockbridge.link, d stockbridge.document, got stockbridge.answer) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(r.row) FILTER (WHERE r.row IS NOT NULL), '[]')
    FROM (SELECT stockbridge.try_json(got.body)->'value' AS value) v
    LEFT JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(v.value) WHEN 'array' THEN v.value END) AS r (row)
      ON lower(r.row->>coalesce((SELECT t.key_property FROM stockbridge.document_type t WHERE t.document_type = d.document_type),
                                policy.key_field)) = d.key::text
  HAVING got.outcome = 'answered' AND got.status = 200 AND bool_and(jsonb_typeof(v.value) = 'array')
$$;
COMMENT ON FUNCTION stockbridge.found_rows(stockbridge.link, stockbridge.document, stockbridge.answer) IS
  'The rows with the document''s key that a look-up returned; NULL if the look-up failed and so proves nothing.';

CREATE FUNCTION stockbridge.look_up_failed(policy stockbridge.link, d stockbridge.document, got stockbridge.answer)
RETURNS stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE stockbridge.document x
     SET due_at = clock_timestamp() + policy.retry_first + stockbridge.retry_pause(policy, d.attempts),
         reason = concat_ws(' ', 'look-up failed:', got.outcome, got.status, got.error_message)
   WHERE x.link = d.link AND x.document = d.document;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockbridge.look_up_failed(stockbridge.link, stockbridge.document, stockbridge.answer) IS
  'A look-up that told nothing: the document stays where it is and is looked up again later.';

CREATE FUNCTION stockbridge.record_draft_look_up(policy stockbridge.link, d stockbridge.document, got stockbridge.answer)
RETURNS stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  drafts jsonb := stockbridge.found_rows(policy, d, got);
BEGIN
  IF d.state NOT IN ('in_doubt', 'parked') THEN
    RETURN NULL;                -- decided meanwhile
  ELSIF drafts IS NULL THEN
    RETURN stockbridge.look_up_failed(policy, d, got);
  END IF;
  UPDATE stockbridge.document x
     SET draft_entry = (drafts->0->>'DocEntry')::integer, reason = NULL, drafts_read_at = got.sent_at
   WHERE x.link = d.link AND x.document = d.document RETURNING x.* INTO d;
  RETURN stockbridge.make_request(policy, d, 'look_up');
END
$$;
COMMENT ON FUNCTION stockbridge.record_draft_look_up(stockbridge.link, stockbridge.document, stockbridge.answer) IS
  'The answer to a look-up among the drafts: remembers what it found and looks in the target set.';

-- The end of a doubt.  Absence proves something only if both look-ups were sent
-- when B1 could no longer be working on the request: at once if B1 had answered
-- (duplicate, parked), after the settle time if the answer was lost.
CREATE FUNCTION stockbridge.record_look_up(policy stockbridge.link, d stockbridge.document, got stockbridge.answer)
RETURNS stockbridge.request
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  hits jsonb := stockbridge.found_rows(policy, d, got);
  settled timestamptz := d.doubt_since + CASE d.doubt WHEN 'ambiguous' THEN policy.settle_time ELSE interval '0' END;
  evidence jsonb := jsonb_build_object('by', 'look-up', 'asked_at', got.sent_at, 'found', hits, 'draft_entry', d.draft_entry);
  t stockbridge.document_type;
BEGIN
  SELECT * INTO t FROM stockbridge.document_type x WHERE x.document_type = d.document_type;
  CASE
    WHEN d.state NOT IN ('in_doubt', 'parked') THEN
      NULL;                     -- decided meanwhile
    WHEN hits IS NULL THEN
      RETURN stockbridge.look_up_failed(policy, d, got);
    WHEN hits <> '[]' THEN
      IF jsonb_array_length(hits) > 1 THEN
        PERFORM stockbridge.open_exception(d.link, 'duplicate_document', 'document ' || d.document,
          format('B1 holds more than one document with key %s', d.key), NULL, evidence);
      END IF;
      PERFORM stockbridge.attempt_posted(d.link, d.document, (hits->0->>t.entry_property)::integer, (hits->0->>t.number_property)::integer, evidence);
    WHEN d.state = 'parked' THEN
      UPDATE stockbridge.document x SET due_at = clock_timestamp() + policy.parked_check,
             reason = CASE WHEN d.draft_entry IS NULL THEN 'the draft is gone from B1: retry or cancel' END
       WHERE x.link = d.link AND x.document = d.document;
    WHEN d.draft_entry IS NOT NULL THEN
      PERFORM stockbridge.attempt_parked(d.link, d.document, evidence);
    WHEN least(d.drafts_read_at, got.sent_at) < settled THEN
      UPDATE stockbridge.document x SET due_at = greatest(settled, clock_timestamp()),
             reason = 'not found, which proves nothing before the settle time is over'
       WHERE x.link = d.link AND x.document = d.document;
    WHEN d.doubt <> 'ambiguous' THEN
      PERFORM stockbridge.attempt_rejected(d.link, d.document, 'refused_by_b1', stockbridge.last_words(d), evidence);
    WHEN d.sent_attempts >= policy.max_attempts THEN
      PERFORM stockbridge.attempt_rejected(d.link, d.document, 'attempts_exhausted', stockbridge.last_words(d), evidence);
    ELSE
      PERFORM stockbridge.attempt_retry(d.link, d.document, 'proven absent from B1', evidence);
  END CASE;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION stockbridge.record_look_up(stockbridge.link, stockbridge.document, stockbridge.answer) IS
  'The answer to a look-up in the target set, after that among the drafts: ends the doubt, or waits for the settle time.';

CREATE FUNCTION stockbridge.last_words(d stockbridge.document) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT concat_ws(': ', coalesce(r.meaning, 'it failed'), coalesce(a.error_message, a.failure))
    FROM stockbridge.attempt a LEFT JOIN stockbridge.error_rule r ON r.rule = a.rule
   WHERE a.link = d.link AND a.attempt = d.attempt
$$;
COMMENT ON FUNCTION stockbridge.last_words(stockbridge.document) IS
  'What the last attempt to post a document came to, in words.';
