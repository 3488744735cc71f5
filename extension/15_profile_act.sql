-- ---------------------------------------------------------------------------
-- What a profile knows to do that takes more than one request: acts, and their
-- steps.  How they are carried out is 18_act.sql.
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.profile_act (
  profile     text NOT NULL REFERENCES stockbridge.profile (name) ON UPDATE CASCADE ON DELETE CASCADE,
  name        text NOT NULL CHECK (name <> ''),
  title       text NOT NULL DEFAULT '',
  PRIMARY KEY (profile, name)
);
COMMENT ON TABLE stockbridge.profile_act IS 'Something that a profile knows to do in several steps.';
COMMENT ON COLUMN stockbridge.profile_act.profile IS 'Profile that the act belongs to.';
COMMENT ON COLUMN stockbridge.profile_act.name IS 'Name by which it is begun.';
COMMENT ON COLUMN stockbridge.profile_act.title IS 'What it does, and the arguments it takes.';

CREATE TABLE stockbridge.profile_step (
  profile      text NOT NULL,
  act          text NOT NULL,
  position     integer NOT NULL,
  name         text NOT NULL,
  each         text,
  reads        boolean NOT NULL DEFAULT false,
  request      text NOT NULL,
  body         text,
  take         jsonb NOT NULL DEFAULT '{}',
  expect       text,
  repeatable   boolean NOT NULL DEFAULT false,
  look_request text,
  look_body    text,
  found        text,
  look_take    jsonb NOT NULL DEFAULT '{}',
  settle       interval NOT NULL DEFAULT '1 minute',
  warning      text,
  confirm_request text,
  confirm_body text,
  PRIMARY KEY (profile, act, position),
  FOREIGN KEY (profile, act) REFERENCES stockbridge.profile_act (profile, name) ON UPDATE CASCADE ON DELETE CASCADE,
  CHECK ((look_request IS NULL) = (found IS NULL)),
  CHECK ((warning IS NULL) = (confirm_request IS NULL))
);
COMMENT ON TABLE stockbridge.profile_step IS 'One request of an act.';
COMMENT ON COLUMN stockbridge.profile_step.profile IS 'Profile.';
COMMENT ON COLUMN stockbridge.profile_step.act IS 'Act that the step belongs to.';
COMMENT ON COLUMN stockbridge.profile_step.position IS 'Order of the steps.';
COMMENT ON COLUMN stockbridge.profile_step.name IS 'What the step does, for people.';
COMMENT ON COLUMN stockbridge.profile_step.each IS 'Argument that is an array, for each of whose elements the step is done; the element''s members are arguments, and what the step takes goes into the element.';
COMMENT ON COLUMN stockbridge.profile_step.reads IS 'Whether the step only reads, so that it may be sent again at any time.';
COMMENT ON COLUMN stockbridge.profile_step.request IS 'Method and path template, with {arg:NAME}.';
COMMENT ON COLUMN stockbridge.profile_step.body IS 'JSON body template; {each:NAME:…{item:MEMBER}…} for the elements of an argument.';
COMMENT ON COLUMN stockbridge.profile_step.take IS 'Arguments that the answer gives: name and JSON pointer.';
COMMENT ON COLUMN stockbridge.profile_step.expect IS 'What a good answer has, besides the server''s own rules: /pointer, or /pointer=value.';
COMMENT ON COLUMN stockbridge.profile_step.repeatable IS 'Whether sending it twice does no harm.';
COMMENT ON COLUMN stockbridge.profile_step.look_request IS 'Request that shows whether the step has happened, for when its answer was lost.';
COMMENT ON COLUMN stockbridge.profile_step.look_body IS 'Its body.';
COMMENT ON COLUMN stockbridge.profile_step.found IS 'What its answer has if the step has happened: /pointer, or /pointer=value.';
COMMENT ON COLUMN stockbridge.profile_step.look_take IS 'Arguments that its answer gives then.';
COMMENT ON COLUMN stockbridge.profile_step.settle IS 'How long after a lost answer "not found" proves nothing.';
COMMENT ON COLUMN stockbridge.profile_step.warning IS 'What the answer has when the system only wants a confirmation: /pointer=value.';
COMMENT ON COLUMN stockbridge.profile_step.confirm_request IS 'Request that confirms; the refused answer is {arg:/answer/…}. Then the step is sent again.';
COMMENT ON COLUMN stockbridge.profile_step.confirm_body IS 'Its body.';

CREATE FUNCTION stockbridge.server_profile(server name) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT coalesce((SELECT o.option_value FROM pg_options_to_table(s.srvoptions) o WHERE o.option_name = 'profile'), 'rest')
    FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw AND w.fdwname = 'ims_fdw'
   WHERE s.srvname = $1;
END;
COMMENT ON FUNCTION stockbridge.server_profile(name) IS 'Profile of a server of ims_fdw; null if there is no such server.';

CREATE FUNCTION stockbridge.check_step(request text, body text) RETURNS void
LANGUAGE c AS 'MODULE_PATHNAME', 'stockbridge_check_step';
COMMENT ON FUNCTION stockbridge.check_step(text, text) IS
  'Compiles the templates of one request of an act. Raises an error that names what is wrong.';

-- Acts of a definition: {"ship": {"title": …, "steps": [{"name": …, "request": …, …}, …]}}.
CREATE FUNCTION stockbridge.add_profile_acts(profile text, acts jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  described record;
  step record;
  member text;
BEGIN
  FOR described IN SELECT key AS name, value FROM jsonb_each(acts) LOOP
    INSERT INTO stockbridge.profile_act (profile, name, title)
    VALUES (add_profile_acts.profile, described.name, coalesce(described.value ->> 'title', ''));
    FOR step IN SELECT value, n::integer AS position FROM jsonb_array_elements(described.value -> 'steps') WITH ORDINALITY AS s (value, n) LOOP
      SELECT k INTO member FROM jsonb_object_keys(step.value) k
       WHERE k NOT IN ('name', 'each', 'reads', 'request', 'body', 'take', 'expect', 'repeatable', 'look_request', 'look_body',
                       'found', 'look_take', 'settle', 'warning', 'confirm_request', 'confirm_body') LIMIT 1;
      IF member IS NOT NULL OR step.value ->> 'request' IS NULL THEN
        RAISE EXCEPTION '%', coalesce(format('step %s of act "%s" has an unknown member "%s"', step.position, described.name, member),
                                      format('step %s of act "%s" has no request', step.position, described.name))
          USING ERRCODE = 'invalid_parameter_value', HINT = 'See the columns of stockbridge.profile_step.';
      END IF;
      INSERT INTO stockbridge.profile_step
      SELECT (jsonb_populate_record(NULL::stockbridge.profile_step,
        '{"reads": false, "repeatable": false, "take": {}, "look_take": {}, "settle": "1 minute"}'::jsonb || step.value ||
        jsonb_build_object('profile', add_profile_acts.profile, 'act', described.name, 'position', step.position,
                           'name', coalesce(step.value ->> 'name', 'step ' || step.position)))).*;
    END LOOP;
  END LOOP;
  PERFORM stockbridge.check_step(s.request, s.body),
          stockbridge.check_step(coalesce(s.look_request, s.request), s.look_body),
          stockbridge.check_step(coalesce(s.confirm_request, s.request), s.confirm_body)
     FROM stockbridge.profile_step s WHERE s.profile = add_profile_acts.profile;
END
$$;
COMMENT ON FUNCTION stockbridge.add_profile_acts(text, jsonb) IS
  'Stores the acts of a profile''s definition, each with its "title" and "steps"; the members of a step are the columns of profile_step.';
