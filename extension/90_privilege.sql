-- ---------------------------------------------------------------------------
-- Privileges.  Nothing for PUBLIC; four roles, each with what it needs:
--
--   reader    reads everything (no secret is in any table)
--   operator  and enters, releases, retries, cancels movements, resolves
--             exceptions, runs the jobs by hand
--   admin     and makes links, maps, policies, error rules
--   worker    what background work needs; the owner of a link must have it
-- ---------------------------------------------------------------------------

REVOKE ALL ON SCHEMA stockbridge FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA stockbridge FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA stockbridge FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA stockbridge FROM PUBLIC;
-- Types are left alone: without the schema nobody can name them, and pg_dump
-- warns about every type whose privileges an extension has changed.

GRANT stockbridge_reader TO stockbridge_operator, stockbridge_worker;
GRANT stockbridge_operator TO stockbridge_admin;

GRANT USAGE ON SCHEMA stockbridge TO stockbridge_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA stockbridge TO stockbridge_reader;
GRANT EXECUTE ON FUNCTION
  stockbridge.actor(), stockbridge.link_policy(text), stockbridge.link_relation(text, text, text),
  stockbridge.movement_ahead(stockbridge.movement_state), stockbridge.waits_for(stockbridge.link),
  stockbridge.item_is_active(stockbridge.b1_item, date), stockbridge.listed_quantity(jsonb, jsonpath),
  stockbridge.account_for(text, text, text), stockbridge.base_left(stockbridge.movement, stockbridge.b1_base_line), stockbridge.classify(text, integer, text, text),
  stockbridge.check_invariants()
  TO stockbridge_reader;

GRANT EXECUTE ON FUNCTION
  stockbridge.enqueue(text, text, text, numeric, text, text, timestamptz, text, text, text, text, integer, integer, integer, numeric, date, text, jsonb, jsonb, jsonb, bigint),
  stockbridge.enqueue(text, stockbridge.movement_input[]),
  stockbridge.release(bigint), stockbridge.retry(bigint), stockbridge.cancel(bigint, text),
  stockbridge.resolve(bigint, text), stockbridge.dry_run(text, integer)
  TO stockbridge_operator;
GRANT INSERT ON stockbridge.movement_intake TO stockbridge_operator;
GRANT EXECUTE ON PROCEDURE stockbridge.post(text, interval) TO stockbridge_operator;

-- Pulling runs with the caller's rights, because it reads with the caller's user
-- mappings: who pulls writes the snapshots.
GRANT INSERT, UPDATE, DELETE ON
  stockbridge.b1_item, stockbridge.b1_warehouse, stockbridge.b1_base_line, stockbridge.b1_stock, stockbridge.ims_stock, stockbridge.b1_order,
  stockbridge.b1_order_line, stockbridge.b1_account, stockbridge.snapshot
  TO stockbridge_worker;
GRANT UPDATE ON stockbridge.feed TO stockbridge_worker;
GRANT EXECUTE ON FUNCTION
  stockbridge.finish_snapshot(text, text, timestamptz, bigint, bigint), stockbridge.snapshot_query(text, text),
  stockbridge.pull_snapshot(text, text, text[]), stockbridge.read_again(text), stockbridge.record_drift(text), stockbridge.measure_clock(text),
  stockbridge.pull_movements(text), stockbridge.pull_feed(text, text),
  stockbridge.begin_work(), stockbridge.feed_is_due(text, text), stockbridge.feed_failed(text, text, text),
  stockbridge.validate(text, bigint[]), stockbridge.unread_bases(text), stockbridge.pull_bases(text),
  stockbridge.pull_base(text, integer, integer, text, text), stockbridge.release_reconciled(text, timestamptz),
  stockbridge.take_movements(text, stockbridge.movement_input[], boolean),
  stockbridge.open_exception(text, text, text, text, text, jsonb), stockbridge.close_exception(text, text, text)
  TO stockbridge_worker;
GRANT EXECUTE ON PROCEDURE
  stockbridge.pull(text, text), stockbridge.reconcile(text), stockbridge.post(text, interval), stockbridge.run_due(text)
  TO stockbridge_worker;

GRANT INSERT, UPDATE ON stockbridge.link TO stockbridge_admin;
GRANT INSERT, UPDATE, DELETE ON stockbridge.warehouse_map, stockbridge.item_map, stockbridge.unit_map, stockbridge.account_map, stockbridge.stock_account,
  stockbridge.posting_window, stockbridge.closed_period, stockbridge.error_rule TO stockbridge_admin;
GRANT INSERT, UPDATE ON stockbridge.feed TO stockbridge_admin;
GRANT INSERT, UPDATE, DELETE ON stockbridge.profile, stockbridge.profile_table, stockbridge.profile_column TO stockbridge_admin;
GRANT EXECUTE ON FUNCTION
  stockbridge.add_profile(text, jsonb, boolean), stockbridge.add_profile(text, name, name, text, boolean),
  stockbridge.begin_profile(text, boolean), stockbridge.profile_options(jsonb, text),
  stockbridge.add_profile_columns(text, text, jsonb), stockbridge.check_profile(text),
  stockbridge.check_profile_options(text), stockbridge.ims_fdw_validator(text[], oid),
  stockbridge.add_profile_acts(text, jsonb), stockbridge.check_step(text, text)
  TO stockbridge_admin;
GRANT INSERT, DELETE ON stockbridge.company_feature TO stockbridge_admin;
GRANT EXECUTE ON FUNCTION
  stockbridge.company_request(name, text, text, text), stockbridge.check_company(name, text, text),
  stockbridge.install_company(name, text, text), stockbridge.prepare_company(name, boolean, text)
  TO stockbridge_admin;
GRANT EXECUTE ON FUNCTION
  stockbridge.create_link(text, text, text, text, text, text, text, timestamptz)
  TO stockbridge_admin;

-- What belongs to the user and so must be in a dump.  One call per command: the
-- server cannot register two tables in one.
DO $$
DECLARE
  own record;
BEGIN
  FOR own IN
    SELECT * FROM (VALUES
      ('profile', 'WHERE NOT shipped'),
      ('profile_table', 'WHERE profile IN (SELECT name FROM stockbridge.profile WHERE NOT shipped)'),
      ('profile_column', 'WHERE profile IN (SELECT name FROM stockbridge.profile WHERE NOT shipped)'),
      ('link', ''), ('company_feature', ''), ('warehouse_map', ''), ('item_map', ''), ('error_rule', 'WHERE NOT shipped'),
      ('exception', ''), ('b1_item', ''), ('b1_warehouse', ''), ('b1_stock', ''), ('ims_stock', ''), ('b1_order', ''), ('b1_order_line', ''), ('b1_account', ''),
      ('drift_seen', ''), ('stock_account', ''),
      ('snapshot', ''), ('feed', ''), ('movement_number', ''), ('movement', ''), ('movement_state', ''),
      ('transition', ''), ('document', ''), ('document_line', ''), ('attempt', ''), ('circuit', ''), ('unit_map', ''), ('account_map', ''), ('posting_window', ''), ('closed_period', ''), ('b1_base_line', ''),
      ('exception_exception_seq', ''), ('transition_transition_seq', ''), ('document_document_seq', ''),
      ('attempt_attempt_seq', ''), ('lane_turn', ''), ('posting_counter', ''), ('derived_source', ''), ('derived_stock', ''), ('derived_movement', ''),
      ('derived_movement_id_seq', ''), ('act', ''), ('act_step', ''), ('act_act_seq', ''),
      ('profile_act', 'WHERE profile IN (SELECT name FROM stockbridge.profile WHERE NOT shipped)'),
      ('profile_step', 'WHERE profile IN (SELECT name FROM stockbridge.profile WHERE NOT shipped)')) AS o (name, filter)
  LOOP
    PERFORM pg_catalog.pg_extension_config_dump('stockbridge.' || own.name, own.filter);
  END LOOP;
END
$$;
