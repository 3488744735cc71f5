\echo Use "CREATE EXTENSION stockbridge" to load this file. \quit

-- ---------------------------------------------------------------------------
-- Schema, roles, and the two helpers every other fragment uses.
--
-- Everything of the extension lives in schema stockbridge.  Rules that hold for
-- all fragments:
--   * every key and unique constraint starts with the link (the tenant), and no
--     foreign key crosses links, so that the tables can be distributed by link;
--   * tables are written only by the functions of the fragment that owns them;
--   * functions that run with the owner's rights pin their search_path and
--     qualify every name;
--   * nothing is granted to PUBLIC (90_privilege.sql).
-- ---------------------------------------------------------------------------

COMMENT ON SCHEMA stockbridge IS
  'Stockbridge: links between SAP Business One companies and inventory systems, their movements, documents, snapshots and exceptions.';

-- Roles belong to the cluster, not to the database: they may exist already, and
-- they outlive DROP EXTENSION.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['stockbridge_reader', 'stockbridge_worker',
                                   'stockbridge_operator', 'stockbridge_admin']
  LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
    END IF;
  END LOOP;
END
$$;

CREATE FUNCTION stockbridge.actor() RETURNS text
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
  SELECT coalesce(nullif(current_setting('role'), 'none'), session_user);
END;
COMMENT ON FUNCTION stockbridge.actor() IS
  'The role that acts: the one taken with SET ROLE, else the session user. Unlike current_user it is not changed by functions that run with their owner''s rights.';

CREATE FUNCTION stockbridge.refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'rows of stockbridge.% are never changed', TG_TABLE_NAME
    USING ERRCODE = 'object_not_in_prerequisite_state', HINT = TG_ARGV[0];
END
$$;
COMMENT ON FUNCTION stockbridge.refuse_change() IS
  'Trigger: refuses UPDATE and DELETE on tables whose rows are evidence. Its argument is the hint that tells what to do instead.';
