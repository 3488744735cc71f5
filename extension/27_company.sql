-- ---------------------------------------------------------------------------
-- Companies: what each allows of what posting exactly once builds on, and its
-- installation.
--
-- Two things are wanted: a header field for the key (without it nothing can be
-- posted but counts), and a user table whose rows guard documents (without it,
-- only look-ups prove that a document is absent).  Both are definitions in B1,
-- made only when asked for, and seen by the Service Layer after its next start
-- (SL §3.6, §8).
-- ---------------------------------------------------------------------------

CREATE TABLE stockbridge.company_feature (
  company     text NOT NULL,
  feature     text NOT NULL,
  present     boolean NOT NULL,
  detail      text NOT NULL,
  checked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (company, feature)
);
COMMENT ON TABLE stockbridge.company_feature IS 'What prepare_company() last found of each company.';
COMMENT ON COLUMN stockbridge.company_feature.company IS 'Foreign server of wrapper sap_b1_fdw.';
COMMENT ON COLUMN stockbridge.company_feature.feature IS 'What was looked for.';
COMMENT ON COLUMN stockbridge.company_feature.present IS 'It is there.';
COMMENT ON COLUMN stockbridge.company_feature.detail IS 'What the company said, or what to do.';
COMMENT ON COLUMN stockbridge.company_feature.checked_at IS 'When.';

CREATE FUNCTION stockbridge.company_request(
  server name, method text, path text, body text DEFAULT NULL,
  OUT status integer, OUT error_code text, OUT error_message text, OUT answer text
) RETURNS record
LANGUAGE c AS 'MODULE_PATHNAME', 'stockbridge_company_request';
COMMENT ON FUNCTION stockbridge.company_request(name, text, text, text) IS
  'One request to a company with the caller''s user mapping, and what came of it: status NULL and error_message if there was no answer. Sent once.';

-- One row per thing looked for.
CREATE FUNCTION stockbridge.check_company(server name, key_field text, guard_table text)
RETURNS TABLE (feature text, present boolean, detail text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wanted record;
  got record;
BEGIN
  FOR wanted IN
    SELECT DISTINCT s.entity FROM stockbridge.document_type t, unnest(ARRAY[t.entity, t.draft_entity]) s (entity)
     WHERE t.key_property IS NULL AND s.entity IS NOT NULL ORDER BY 1
  LOOP
    SELECT * INTO got FROM stockbridge.company_request(server, 'GET', format('%s?$select=DocEntry,%s&$top=1', wanted.entity, key_field));
    feature := format('field %s of %s', key_field, wanted.entity);
    present := got.status = 200;
    detail := CASE WHEN present THEN 'documents can carry their key'
                   ELSE concat_ws(' ', 'HTTP', got.status, got.error_code, got.error_message) END;
    IF got.status IS NULL THEN
      RAISE EXCEPTION 'company "%" cannot be asked: %', server, got.error_message USING ERRCODE = 'fdw_unable_to_establish_connection';
    END IF;
    present := coalesce(present, false);
    RETURN NEXT;
  END LOOP;
  SELECT * INTO got FROM stockbridge.company_request(server, 'GET', guard_table || '?$top=1');
  feature := 'user table ' || guard_table;
  present := coalesce(got.status = 200, false);
  detail := CASE WHEN present THEN 'B1 itself refuses a document a second time'
                 ELSE concat_ws(' ', 'HTTP', got.status, got.error_code, got.error_message) END;
  RETURN NEXT;
END
$$;
COMMENT ON FUNCTION stockbridge.check_company(name, text, text) IS
  'Asks a company whether its documents have the key field and whether the guarding user table exists.';

-- Definitions are made on OINV, whose header fields all marketing documents,
-- goods receipts and issues and transfers share (SL §10.1).
CREATE FUNCTION stockbridge.install_company(server name, key_field text, guard_table text)
RETURNS TABLE (feature text, present boolean, detail text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  made record;
  got record;
BEGIN
  FOR made IN
    SELECT * FROM (VALUES
      ('field ' || key_field || ' defined', 'UserFieldsMD',
       json_build_object('TableName', 'OINV', 'Name', substr(key_field, 3), 'Description', 'Stockbridge key', 'Type', 'db_Alpha',
                         'SubType', 'st_None', 'Size', 36, 'EditSize', 36, 'Mandatory', 'tNO')),
      ('user table ' || guard_table || ' defined', 'UserTablesMD',
       json_build_object('TableName', substr(guard_table, 3), 'TableDescription', 'Stockbridge: documents posted', 'TableType', 'bott_NoObject'))
    ) v (feature, entity, body)
  LOOP
    SELECT * INTO got FROM stockbridge.company_request(server, 'POST', made.entity, made.body::text);
    feature := made.feature;
    -- -2035: it was defined before.
    present := coalesce(got.status BETWEEN 200 AND 299 OR got.error_code = '-2035', false);
    detail := CASE WHEN got.status BETWEEN 200 AND 299 THEN 'made; the Service Layer shows it after its next start'
                   WHEN present THEN 'defined before; if it is not shown, restart the Service Layer'
                   ELSE concat_ws(' ', 'not made:', 'HTTP', got.status, got.error_code, got.error_message) END;
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION stockbridge.install_company(name, text, text) IS
  'Defines the key field and the guarding user table in a company.';

CREATE FUNCTION stockbridge.prepare_company(server name, install boolean DEFAULT false, guard_table text DEFAULT 'U_SB_POSTED')
RETURNS TABLE (feature text, present boolean, detail text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  key_field text := coalesce((SELECT min(l.key_field) FROM stockbridge.link l WHERE l.company = server), 'U_SB_KEY');
  guarded boolean;
BEGIN
  CREATE TEMP TABLE pg_temp.found ON COMMIT DROP AS
    SELECT * FROM stockbridge.check_company(server, key_field, guard_table);
  IF install AND EXISTS (SELECT FROM pg_temp.found f WHERE NOT f.present) THEN
    INSERT INTO pg_temp.found SELECT * FROM stockbridge.install_company(server, key_field, guard_table);
  END IF;
  DELETE FROM stockbridge.company_feature c WHERE c.company = server;
  INSERT INTO stockbridge.company_feature (company, feature, present, detail) SELECT server, f.* FROM pg_temp.found f;
  guarded := (SELECT f.present FROM pg_temp.found f WHERE f.feature = 'user table ' || guard_table);
  UPDATE stockbridge.link l SET guard_table = CASE WHEN guarded THEN prepare_company.guard_table END
   WHERE l.company = server AND l.guard_table IS DISTINCT FROM CASE WHEN guarded THEN prepare_company.guard_table END;
  RETURN QUERY SELECT f.feature, f.present, f.detail FROM pg_temp.found f;
  DROP TABLE pg_temp.found;
END
$$;
COMMENT ON FUNCTION stockbridge.prepare_company(name, boolean, text) IS
  'Asks a company (server of sap_b1_fdw) for what posting exactly once builds on: the key field of documents and the user table that guards them; its links use the table from then on if it is there. With install => true, what is missing is defined in B1: that is DDL in the company''s database, best done in a maintenance window, and takes effect when the Service Layer is started again; then call it once more.';

CREATE VIEW stockbridge.posting_guarantee AS
SELECT l.link, l.company, l.key_field, l.guard_table, l.settle_time,
       CASE WHEN c.missing THEN 'none: documents cannot carry their key, and are refused'
            WHEN l.guard_table IS NOT NULL THEN 'B1 refuses a second document with the same key; and it is looked up before it is sent again'
            ELSE format('it is looked up before it is sent again, not before %s after a lost answer', l.settle_time) END AS guarantee,
       c.checked_at
  FROM stockbridge.link l
  LEFT JOIN (SELECT f.company, bool_or(NOT f.present) FILTER (WHERE f.feature LIKE 'field % of %') AS missing, max(f.checked_at) AS checked_at
               FROM stockbridge.company_feature f GROUP BY f.company) c ON c.company = l.company;
COMMENT ON VIEW stockbridge.posting_guarantee IS 'What keeps each link from posting a document twice.';
COMMENT ON COLUMN stockbridge.posting_guarantee.link IS 'The link.';
COMMENT ON COLUMN stockbridge.posting_guarantee.company IS 'Its company.';
COMMENT ON COLUMN stockbridge.posting_guarantee.key_field IS 'Header field that carries the key.';
COMMENT ON COLUMN stockbridge.posting_guarantee.guard_table IS 'User table whose rows guard documents; NULL: none.';
COMMENT ON COLUMN stockbridge.posting_guarantee.settle_time IS 'How long after a lost answer a look-up that finds nothing proves nothing.';
COMMENT ON COLUMN stockbridge.posting_guarantee.guarantee IS 'In words.';
COMMENT ON COLUMN stockbridge.posting_guarantee.checked_at IS 'When prepare_company() last looked; NULL: never.';
