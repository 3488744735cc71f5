-- ---------------------------------------------------------------------------
-- Acts: what takes an inventory system more than one request.
--
-- To create a shipment, have it assigned and complete it is a sequence in which
-- every step needs the answers of those before it.  An act is such a sequence
-- under way: declared in the profile, begun with a reference of ours and its
-- arguments, and carried out step by step.  Each step is recorded before it is
-- sent and after it was answered, in transactions of their own, so that a crash
-- between or within steps loses nothing: whoever runs the act next sees which
-- step may have happened, looks in the inventory system whether it did, and
-- goes on from there.
-- ---------------------------------------------------------------------------

CREATE TYPE stockbridge.act_state AS ENUM ('open', 'done', 'failed', 'doubt', 'cancelled');

COMMENT ON TYPE stockbridge.act_state IS 'How far an act has come.';

CREATE TABLE stockbridge.act (
  act          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server       name NOT NULL,
  name         text NOT NULL,
  reference    text NOT NULL CHECK (reference <> ''),
  arguments    jsonb NOT NULL,
  given        jsonb NOT NULL,
  state        stockbridge.act_state NOT NULL DEFAULT 'open',
  reason       text,
  retry_at     timestamptz NOT NULL DEFAULT now(),
  begun_at     timestamptz NOT NULL DEFAULT now(),
  begun_by     name NOT NULL DEFAULT current_user,
  ended_at     timestamptz,
  UNIQUE (server, name, reference)
);
COMMENT ON TABLE stockbridge.act IS 'Something that is being done, or was, in an inventory system.';
COMMENT ON COLUMN stockbridge.act.act IS 'Key.';
COMMENT ON COLUMN stockbridge.act.server IS 'Foreign server of ims_fdw.';
COMMENT ON COLUMN stockbridge.act.name IS 'Act of the server''s profile.';
COMMENT ON COLUMN stockbridge.act.reference IS 'Our own name for it: the same act with the same reference is never begun twice.';
COMMENT ON COLUMN stockbridge.act.arguments IS 'What was given, and what the steps have found since.';
COMMENT ON COLUMN stockbridge.act.given IS 'What was given.';
COMMENT ON COLUMN stockbridge.act.state IS 'open: to be carried on; done; failed: refused, somebody must decide; doubt: whether a step happened nobody knows; cancelled.';
COMMENT ON COLUMN stockbridge.act.reason IS 'Why it is not done yet, or not at all.';
COMMENT ON COLUMN stockbridge.act.retry_at IS 'Not to be carried on before.';
COMMENT ON COLUMN stockbridge.act.begun_at IS 'When it was begun.';
COMMENT ON COLUMN stockbridge.act.begun_by IS 'Role that began it.';
COMMENT ON COLUMN stockbridge.act.ended_at IS 'When it was done or given up.';

CREATE TYPE stockbridge.act_step_state AS ENUM ('waiting', 'sending', 'unknown', 'refused', 'done');

COMMENT ON TYPE stockbridge.act_step_state IS 'What is known of a step.';

CREATE TABLE stockbridge.act_step (
  act          bigint NOT NULL REFERENCES stockbridge.act ON DELETE CASCADE,
  position     integer NOT NULL,
  item         integer NOT NULL,
  name         text NOT NULL,
  state        stockbridge.act_step_state NOT NULL DEFAULT 'waiting',
  tries        integer NOT NULL DEFAULT 0,
  sent_at      timestamptz,
  answered_at  timestamptz,
  status       integer,
  answer       text,
  message      text,
  looked_up    boolean NOT NULL DEFAULT false,
  PRIMARY KEY (act, position, item)
);
COMMENT ON TABLE stockbridge.act_step IS 'A step of an act, and what came of it.';
COMMENT ON COLUMN stockbridge.act_step.act IS 'Act.';
COMMENT ON COLUMN stockbridge.act_step.position IS 'Step of the profile''s act.';
COMMENT ON COLUMN stockbridge.act_step.item IS 'Element of the array that the step is done for, from 1; 0 if there is none.';
COMMENT ON COLUMN stockbridge.act_step.name IS 'What it does.';
COMMENT ON COLUMN stockbridge.act_step.state IS 'waiting; sending: recorded, and perhaps sent; unknown: sent without an answer; refused; done.';
COMMENT ON COLUMN stockbridge.act_step.tries IS 'How often it was sent.';
COMMENT ON COLUMN stockbridge.act_step.sent_at IS 'When it was last recorded to be sent.';
COMMENT ON COLUMN stockbridge.act_step.answered_at IS 'When the answer was recorded.';
COMMENT ON COLUMN stockbridge.act_step.status IS 'HTTP status of the answer.';
COMMENT ON COLUMN stockbridge.act_step.answer IS 'The answer, if it was JSON; at most its first 10 000 characters.';
COMMENT ON COLUMN stockbridge.act_step.message IS 'What the system said, or what went wrong.';
COMMENT ON COLUMN stockbridge.act_step.looked_up IS 'Whether it is known from a look-up and not from its own answer that the step is done.';

CREATE FUNCTION stockbridge.send_step(server name, request text, body text, arguments text, reads boolean,
  OUT outcome text, OUT status integer, OUT answer text, OUT message text)
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'stockbridge_send_step';
COMMENT ON FUNCTION stockbridge.send_step(name, text, text, text, boolean) IS
  'Sends one request of an act and tells what came of it: done, refused, not_sent or unknown. Raises only for what was wrong before anything was sent.';

-- The value at "/pointer" of a JSON text, as jsonb; null where there is none.
CREATE FUNCTION stockbridge.json_at(document jsonb, pointer text) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT CASE WHEN $2 IN ('', '/') THEN $1
              ELSE $1 #> (SELECT array_agg(replace(replace(t, '~1', '/'), '~0', '~') ORDER BY n)
                            FROM string_to_table(substr($2, 2), '/') WITH ORDINALITY AS p (t, n)) END;
END;
COMMENT ON FUNCTION stockbridge.json_at(jsonb, text) IS 'The value at a JSON pointer.';

-- "/pointer" (something is there, and not null, false or empty), "/pointer=value".
CREATE FUNCTION stockbridge.json_meets(document jsonb, condition text) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT CASE WHEN $2 IS NULL THEN true
              WHEN strpos($2, '=') > 0
              THEN coalesce(stockbridge.json_at($1, split_part($2, '=', 1)) #>> '{}' = substr($2, strpos($2, '=') + 1), false)
              ELSE coalesce(stockbridge.json_at($1, $2) NOT IN ('null', 'false', '[]', '{}', '""'), false) END;
END;
COMMENT ON FUNCTION stockbridge.json_meets(jsonb, text) IS
  'Whether a JSON document has something at a pointer, or a given value there.';

CREATE FUNCTION stockbridge.begin_act(server name, name text, reference text, arguments jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  own text := stockbridge.server_profile(server);
  known stockbridge.act;
  result bigint;
  missing text;
BEGIN
  IF own IS NULL THEN
    RAISE EXCEPTION 'there is no server "%" of ims_fdw', server USING ERRCODE = 'undefined_object';
  END IF;
  IF NOT EXISTS (SELECT FROM stockbridge.profile_act a WHERE a.profile = own AND a.name = begin_act.name) THEN
    RAISE EXCEPTION 'profile "%" knows no act "%"', own, name
      USING ERRCODE = 'undefined_object',
            HINT = coalesce('It knows: ' || (SELECT string_agg(a.name, ', ' ORDER BY a.name) FROM stockbridge.profile_act a
                                              WHERE a.profile = own) || '.', 'It knows none.');
  END IF;
  IF jsonb_typeof(arguments) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'arguments of an act must be a JSON object' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT min(s.each) INTO missing FROM stockbridge.profile_step s
   WHERE s.profile = own AND s.act = begin_act.name AND s.each IS NOT NULL
     AND jsonb_typeof(arguments -> s.each) IS DISTINCT FROM 'array';
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'act "%" needs an array "%" in its arguments', name, missing USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO stockbridge.act AS a (server, name, reference, arguments, given)
  VALUES (server, name, reference, arguments || jsonb_build_object('reference', reference), arguments)
  ON CONFLICT ON CONSTRAINT act_server_name_reference_key DO NOTHING
  RETURNING a.act INTO result;
  IF result IS NULL THEN
    SELECT * INTO known FROM stockbridge.act a
     WHERE (a.server, a.name, a.reference) = (begin_act.server, begin_act.name, begin_act.reference);
    IF known.given <> arguments THEN
      RAISE EXCEPTION 'act "%" with reference "%" was begun with other arguments', name, reference
        USING ERRCODE = 'unique_violation', HINT = format('See SELECT given FROM stockbridge.act WHERE act = %s.', known.act);
    END IF;
    RETURN known.act;
  END IF;
  INSERT INTO stockbridge.act_step (act, position, item, name)
  SELECT result, s.position, i.item, s.name
    FROM stockbridge.profile_step s
   CROSS JOIN LATERAL generate_series(CASE WHEN s.each IS NULL THEN 0 ELSE 1 END,
                                      CASE WHEN s.each IS NULL THEN 0 ELSE jsonb_array_length(arguments -> s.each) END) AS i (item)
   WHERE s.profile = own AND s.act = begin_act.name;
  RETURN result;
END
$$;
COMMENT ON FUNCTION stockbridge.begin_act(name, text, text, jsonb) IS
  'Begins an act of a server''s profile and returns its key; nothing is sent before run_acts(). The same server, act and reference again return the same act.';

-- Arguments as a step sees them: those of its element come before the act's own.
CREATE FUNCTION stockbridge.step_arguments(act stockbridge.act, step stockbridge.profile_step, item integer) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT CASE WHEN item = 0 THEN (act).arguments
              ELSE (act).arguments || ((act).arguments -> (step).each -> (item - 1)) END;
END;
COMMENT ON FUNCTION stockbridge.step_arguments(stockbridge.act, stockbridge.profile_step, integer) IS
  'Arguments of one step of an act.';

-- Keep what an answer gives, where the step has its arguments from.
CREATE FUNCTION stockbridge.take_arguments(act bigint, each text, item integer, answer jsonb, take jsonb) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  UPDATE stockbridge.act a
     SET arguments = CASE WHEN $3 = 0 THEN a.arguments || taken.found
                          ELSE jsonb_set(a.arguments, ARRAY[$2, ($3 - 1)::text], (a.arguments -> $2 -> ($3 - 1)) || taken.found) END
    FROM (SELECT coalesce(jsonb_object_agg(t.key, stockbridge.json_at($4, t.value)), '{}') AS found FROM jsonb_each_text($5) t) taken
   WHERE a.act = $1;
END;
COMMENT ON FUNCTION stockbridge.take_arguments(bigint, text, integer, jsonb, jsonb) IS
  'Adds what the answer to a step gives to the arguments of its act.';

-- Send, and turn whatever is raised into an outcome.  Errors of class HV come
-- before a request leaves; of others that is not known.
CREATE FUNCTION stockbridge.try_send(server name, request text, body text, arguments jsonb, reads boolean,
  OUT outcome text, OUT status integer, OUT answer text, OUT message text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  SELECT s.* INTO outcome, status, answer, message FROM stockbridge.send_step(server, request, body, arguments::text, reads) s;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
  outcome := CASE WHEN SQLSTATE LIKE 'HV%' OR SQLSTATE IN ('22023', '22P02', '28000') THEN 'not_sent' ELSE 'unknown' END;
END
$$;
COMMENT ON FUNCTION stockbridge.try_send(name, text, text, jsonb, boolean) IS
  'Sends one request of an act; never raises.';

-- What is to be done next: null when nothing is.
CREATE FUNCTION stockbridge.next_step(act bigint) RETURNS stockbridge.act_step
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT s FROM stockbridge.act_step s WHERE s.act = $1 AND s.state <> 'done' ORDER BY s.position, s.item LIMIT 1;
END;
COMMENT ON FUNCTION stockbridge.next_step(bigint) IS 'The first step of an act that is not done.';

-- Record what came of a step.  Returns whether the act can go on at once.
CREATE FUNCTION stockbridge.step_answered(step stockbridge.act_step, declared stockbridge.profile_step,
  outcome text, status integer, answer text, message text) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  good boolean := outcome = 'done' AND stockbridge.json_meets(answer::jsonb, declared.expect);
  refused boolean := outcome = 'refused' OR (outcome = 'done' AND NOT good);
  said text := coalesce(message, CASE WHEN refused THEN format('the answer does not have %s', declared.expect) END);
BEGIN
  UPDATE stockbridge.act_step s
     SET state = CASE WHEN good THEN 'done' WHEN refused THEN 'refused'
                      WHEN outcome = 'not_sent' OR declared.reads THEN 'waiting' ELSE 'unknown' END::stockbridge.act_step_state,
         answered_at = clock_timestamp(), status = step_answered.status, answer = left(step_answered.answer, 10000), message = said
   WHERE (s.act, s.position, s.item) = (step.act, step.position, step.item);
  IF good THEN
    PERFORM stockbridge.take_arguments(step.act, declared.each, step.item, answer::jsonb, declared.take);
    RETURN true;
  END IF;
  UPDATE stockbridge.act a
     SET state = CASE WHEN refused THEN 'failed' ELSE 'open' END::stockbridge.act_state,
         reason = format('step "%s": %s', declared.name, coalesce(said, outcome)),
         retry_at = clock_timestamp() + least(interval '5 s' * 2 ^ least(step.tries, 20), interval '1 h')
   WHERE a.act = step.act;
  RETURN false;
END
$$;
COMMENT ON FUNCTION stockbridge.step_answered(stockbridge.act_step, stockbridge.profile_step, text, integer, text, text) IS
  'Records the outcome of a step and what it means for the act. True if the act can go on.';

-- A step that may have happened: look whether it did.  Returns whether the act
-- can go on at once.
CREATE FUNCTION stockbridge.look_up_step(act stockbridge.act, step stockbridge.act_step, declared stockbridge.profile_step) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  seen record;
  settled timestamptz := step.sent_at + declared.settle;
BEGIN
  SELECT * INTO seen FROM stockbridge.try_send(act.server, declared.look_request, declared.look_body,
                                               stockbridge.step_arguments(act, declared, step.item), true);
  IF seen.outcome = 'done' AND stockbridge.json_meets(seen.answer::jsonb, declared.found) THEN
    UPDATE stockbridge.act_step s
       SET state = 'done', looked_up = true, answered_at = clock_timestamp(), status = seen.status, answer = left(seen.answer, 10000), message = NULL
     WHERE (s.act, s.position, s.item) = (step.act, step.position, step.item);
    PERFORM stockbridge.take_arguments(step.act, declared.each, step.item, seen.answer::jsonb, declared.look_take);
    RETURN true;
  END IF;
  -- "Not found" soon after a lost answer proves nothing: it may still be at work.
  IF seen.outcome = 'done' AND clock_timestamp() >= settled THEN
    UPDATE stockbridge.act_step s SET state = 'waiting', message = 'it had not happened'
     WHERE (s.act, s.position, s.item) = (step.act, step.position, step.item);
    RETURN true;
  END IF;
  UPDATE stockbridge.act_step s SET state = 'unknown' WHERE (s.act, s.position, s.item) = (step.act, step.position, step.item);
  UPDATE stockbridge.act a
     SET reason = format('step "%s" may have happened: %s', declared.name,
                         CASE WHEN seen.outcome = 'done' THEN 'not found so far' ELSE 'look-up: ' || coalesce(seen.message, seen.outcome) END),
         retry_at = CASE WHEN seen.outcome = 'done' THEN settled ELSE clock_timestamp() + interval '30 s' END
   WHERE a.act = step.act;
  RETURN false;
END
$$;
COMMENT ON FUNCTION stockbridge.look_up_step(stockbridge.act, stockbridge.act_step, stockbridge.profile_step) IS
  'Finds out whether a step whose answer was lost has happened. True if the act can go on.';

-- Send a step that was recorded to be sent; a warning is confirmed once.
CREATE FUNCTION stockbridge.do_step(act stockbridge.act, step stockbridge.act_step, declared stockbridge.profile_step) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  arguments jsonb := stockbridge.step_arguments(act, declared, step.item);
  result record;
  confirmed record;
BEGIN
  SELECT * INTO result FROM stockbridge.try_send(act.server, declared.request, declared.body, arguments, declared.reads);
  FOR i IN 1 .. 5 LOOP
    EXIT WHEN declared.warning IS NULL OR result.outcome <> 'refused'
           OR NOT stockbridge.json_meets(result.answer::jsonb, declared.warning);
    SELECT * INTO confirmed FROM stockbridge.try_send(act.server, declared.confirm_request, declared.confirm_body,
      arguments || jsonb_build_object('answer', result.answer::jsonb), false);
    EXIT WHEN confirmed.outcome <> 'done';
    SELECT * INTO result FROM stockbridge.try_send(act.server, declared.request, declared.body, arguments, declared.reads);
  END LOOP;
  RETURN stockbridge.step_answered(step, declared, result.outcome, result.status, result.answer, result.message);
END
$$;
COMMENT ON FUNCTION stockbridge.do_step(stockbridge.act, stockbridge.act_step, stockbridge.profile_step) IS
  'Sends one step and records what came of it. True if the act can go on.';

-- Decide what comes next, and record that it is about to be sent.  Returns the
-- step to send once this is committed; null if nothing is to be sent now.
--
-- One session at a time: the lock is held within each transaction and gone with
-- it, so that a session that is cancelled or dies holds nobody up.  Whoever comes
-- between two transactions finds a step that may have happened, and is right.
CREATE FUNCTION stockbridge.claim_step(act bigint) RETURNS stockbridge.act_step
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  current stockbridge.act;
  step stockbridge.act_step;
  declared stockbridge.profile_step;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('stockbridge.act ' || claim_step.act, 0)) THEN
    RETURN NULL;
  END IF;
  LOOP
    SELECT a.* INTO current FROM stockbridge.act a WHERE a.act = claim_step.act AND a.state = 'open' FOR UPDATE;
    IF current.act IS NULL THEN
      RETURN NULL;
    END IF;
    step := stockbridge.next_step(current.act);
    IF step.act IS NULL THEN
      UPDATE stockbridge.act a SET state = 'done', reason = NULL, ended_at = clock_timestamp() WHERE a.act = current.act;
      RETURN NULL;
    END IF;
    SELECT s.* INTO declared FROM stockbridge.profile_step s
     WHERE s.profile = stockbridge.server_profile(current.server) AND s.act = current.name AND s.position = step.position;
    IF declared.act IS NULL THEN
      UPDATE stockbridge.act a SET state = 'failed', reason = format('the profile has no step %s any more', step.position)
       WHERE a.act = current.act;
      RETURN NULL;
    END IF;
    EXIT WHEN step.state NOT IN ('sending', 'unknown') OR declared.reads OR declared.repeatable;
    IF declared.look_request IS NULL THEN
      -- Until it has settled, somebody may be just about to send it.
      UPDATE stockbridge.act a
         SET state = CASE WHEN clock_timestamp() < step.sent_at + declared.settle THEN 'open' ELSE 'doubt' END::stockbridge.act_state,
             retry_at = step.sent_at + declared.settle,
             reason = format('step "%s" may have happened, and nothing is declared that would show it', declared.name)
       WHERE a.act = current.act;
      RETURN NULL;
    END IF;
    IF NOT stockbridge.look_up_step(current, step, declared) THEN
      RETURN NULL;
    END IF;
  END LOOP;
  UPDATE stockbridge.act_step s
     SET state = 'sending', tries = s.tries + 1, sent_at = clock_timestamp(), answered_at = NULL
   WHERE (s.act, s.position, s.item) = (step.act, step.position, step.item)
  RETURNING s.* INTO step;
  RETURN step;
END
$$;
COMMENT ON FUNCTION stockbridge.claim_step(bigint) IS
  'Records that the next step of an act is about to be sent, after looking up one that may have happened. Null if nothing is to be sent now.';

-- Send what was claimed, unless somebody else has been at it since.
CREATE FUNCTION stockbridge.carry_step(step stockbridge.act_step) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  current stockbridge.act;
  declared stockbridge.profile_step;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('stockbridge.act ' || step.act, 0));
  IF NOT EXISTS (SELECT FROM stockbridge.act_step s
                  WHERE (s.act, s.position, s.item, s.state, s.tries) = (step.act, step.position, step.item, 'sending', step.tries)) THEN
    RETURN true;
  END IF;
  SELECT a.* INTO current FROM stockbridge.act a WHERE a.act = step.act;
  SELECT s.* INTO declared FROM stockbridge.profile_step s
   WHERE s.profile = stockbridge.server_profile(current.server) AND s.act = current.name AND s.position = step.position;
  RETURN stockbridge.do_step(current, step, declared);
END
$$;
COMMENT ON FUNCTION stockbridge.carry_step(stockbridge.act_step) IS
  'Sends a claimed step and records what came of it. True if the act can go on.';

-- No SET clause: a procedure with one cannot commit.
CREATE PROCEDURE stockbridge.run_act(act bigint)
LANGUAGE plpgsql
AS $$
DECLARE
  step stockbridge.act_step;
  go_on boolean;
BEGIN
  LOOP
    step := stockbridge.claim_step(act);
    COMMIT;
    EXIT WHEN step.act IS NULL;
    go_on := stockbridge.carry_step(step);
    COMMIT;
    EXIT WHEN NOT go_on;
  END LOOP;
END
$$;
COMMENT ON PROCEDURE stockbridge.run_act(bigint) IS
  'Carries one open act on as far as it goes now, each step in transactions of its own. Returns at once if another session is at it.';

CREATE FUNCTION stockbridge.due_acts(server name) RETURNS bigint[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT coalesce(array_agg(a.act ORDER BY a.act), '{}') FROM stockbridge.act a
   WHERE a.state = 'open' AND a.retry_at <= clock_timestamp() AND ($1 IS NULL OR a.server = $1);
END;
COMMENT ON FUNCTION stockbridge.due_acts(name) IS 'Open acts that are due, of one server or of all (NULL).';

CREATE PROCEDURE stockbridge.run_acts(server name DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
  due bigint;
BEGIN
  FOREACH due IN ARRAY stockbridge.due_acts(server) LOOP
    CALL stockbridge.run_act(due);
  END LOOP;
END
$$;
COMMENT ON PROCEDURE stockbridge.run_acts(name) IS
  'Carries on all open acts that are due, of one server or of all (NULL), with the caller''s user mappings.';

-- ---------------------------------------------------------------------------
-- Decisions
-- ---------------------------------------------------------------------------

-- What only reads, and what can be repeated without harm, before the refused
-- step is done again as well: the reason may lie there (nothing to assign).
CREATE FUNCTION stockbridge.retry_act(act bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last_final integer;
BEGIN
  UPDATE stockbridge.act a SET state = 'open', retry_at = clock_timestamp() WHERE a.act = retry_act.act AND a.state IN ('failed', 'open');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'act % is not one that failed', act USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT max(s.position) INTO last_final
    FROM stockbridge.act_step s
    JOIN stockbridge.act a ON a.act = s.act
    JOIN stockbridge.profile_step d ON (d.profile, d.act, d.position) = (stockbridge.server_profile(a.server), a.name, s.position)
   WHERE s.act = retry_act.act AND s.state = 'done' AND NOT d.reads AND NOT d.repeatable;
  UPDATE stockbridge.act_step s SET state = 'waiting'
   WHERE s.act = retry_act.act AND (s.state = 'refused' OR (s.state = 'done' AND s.position > coalesce(last_final, -1)));
END
$$;
COMMENT ON FUNCTION stockbridge.retry_act(bigint) IS
  'Has a failed act carried on from the step that was refused, or from before it where steps can be repeated.';

CREATE FUNCTION stockbridge.resolve_act(act bigint, happened boolean) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  step stockbridge.act_step := stockbridge.next_step(act);
BEGIN
  UPDATE stockbridge.act a SET state = 'open', retry_at = clock_timestamp() WHERE a.act = resolve_act.act AND a.state = 'doubt';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'act % is not in doubt', act USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  UPDATE stockbridge.act_step s
     SET state = CASE WHEN happened THEN 'done' ELSE 'waiting' END::stockbridge.act_step_state, looked_up = happened,
         message = format('%s by %s', CASE WHEN happened THEN 'found to be done' ELSE 'found not to be done' END, current_user)
   WHERE (s.act, s.position, s.item) = (step.act, step.position, step.item);
END
$$;
COMMENT ON FUNCTION stockbridge.resolve_act(bigint, boolean) IS
  'Says of an act in doubt whether its step has happened, and has it carried on.';

CREATE FUNCTION stockbridge.cancel_act(act bigint, reason text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE stockbridge.act a SET state = 'cancelled', reason = cancel_act.reason, ended_at = clock_timestamp()
   WHERE a.act = cancel_act.act AND a.state IN ('open', 'failed', 'doubt');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'act % has ended already', act USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
END
$$;
COMMENT ON FUNCTION stockbridge.cancel_act(bigint, text) IS
  'Gives an act up. What its steps have done in the inventory system stays.';

CREATE VIEW stockbridge.open_acts AS
  SELECT a.act, a.server, a.name, a.reference, a.state, s.name AS step, s.item, s.state AS step_state, s.tries,
         a.reason, a.retry_at, a.begun_at, a.begun_by
    FROM stockbridge.act a
    LEFT JOIN LATERAL (SELECT * FROM stockbridge.act_step s WHERE s.act = a.act AND s.state <> 'done'
                        ORDER BY s.position, s.item LIMIT 1) s ON true
   WHERE a.state IN ('open', 'failed', 'doubt');
COMMENT ON VIEW stockbridge.open_acts IS 'Acts that are not done: at which step, and why.';
COMMENT ON COLUMN stockbridge.open_acts.act IS 'Key of the act.';
COMMENT ON COLUMN stockbridge.open_acts.server IS 'Foreign server.';
COMMENT ON COLUMN stockbridge.open_acts.name IS 'Name of the act.';
COMMENT ON COLUMN stockbridge.open_acts.reference IS 'Our own name for it.';
COMMENT ON COLUMN stockbridge.open_acts.state IS 'open, failed or doubt.';
COMMENT ON COLUMN stockbridge.open_acts.step IS 'Step that comes next.';
COMMENT ON COLUMN stockbridge.open_acts.item IS 'Element that it is done for; 0 if there is none.';
COMMENT ON COLUMN stockbridge.open_acts.step_state IS 'State of that step.';
COMMENT ON COLUMN stockbridge.open_acts.tries IS 'How often it was sent.';
COMMENT ON COLUMN stockbridge.open_acts.reason IS 'Why the act is not done.';
COMMENT ON COLUMN stockbridge.open_acts.retry_at IS 'Not to be carried on before.';
COMMENT ON COLUMN stockbridge.open_acts.begun_at IS 'When it was begun.';
COMMENT ON COLUMN stockbridge.open_acts.begun_by IS 'Role that began it.';

GRANT INSERT, UPDATE ON stockbridge.act, stockbridge.act_step TO stockbridge_operator, stockbridge_worker;
GRANT INSERT, UPDATE, DELETE ON stockbridge.profile_act, stockbridge.profile_step TO stockbridge_admin;
GRANT EXECUTE ON FUNCTION
  stockbridge.begin_act(name, text, text, jsonb), stockbridge.retry_act(bigint), stockbridge.resolve_act(bigint, boolean),
  stockbridge.cancel_act(bigint, text), stockbridge.send_step(name, text, text, text, boolean),
  stockbridge.json_at(jsonb, text), stockbridge.json_meets(jsonb, text), stockbridge.server_profile(name),
  stockbridge.step_arguments(stockbridge.act, stockbridge.profile_step, integer),
  stockbridge.take_arguments(bigint, text, integer, jsonb, jsonb),
  stockbridge.try_send(name, text, text, jsonb, boolean), stockbridge.next_step(bigint),
  stockbridge.step_answered(stockbridge.act_step, stockbridge.profile_step, text, integer, text, text),
  stockbridge.look_up_step(stockbridge.act, stockbridge.act_step, stockbridge.profile_step),
  stockbridge.do_step(stockbridge.act, stockbridge.act_step, stockbridge.profile_step),
  stockbridge.claim_step(bigint), stockbridge.carry_step(stockbridge.act_step), stockbridge.due_acts(name)
  TO stockbridge_operator, stockbridge_worker;
GRANT EXECUTE ON PROCEDURE stockbridge.run_act(bigint), stockbridge.run_acts(name) TO stockbridge_operator, stockbridge_worker;
