-- ---------------------------------------------------------------------------
-- Seeing before doing: what posting would send next, and what it would change.
-- The same functions choose the movements and write the request as for posting;
-- nothing of it is kept.
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.dry_run(link text, documents integer DEFAULT 100)
RETURNS TABLE (
  document integer, document_type text, doc_date date, key uuid, request text, body json,
  movement bigint, item_code text, warehouse_code text, stock_change numeric, unit_value numeric, value_change numeric, waits text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  policy stockbridge.link := stockbridge.link_policy(dry_run.link);
  places integer[];
  chosen bigint[];
  given bigint := (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM stockbridge.document_document_seq);
BEGIN
  -- Choosing takes the link's turn: it is given back.
  BEGIN
    SELECT array_agg(g.document ORDER BY g.n), array_agg(g.movement ORDER BY g.n) INTO places, chosen
      FROM stockbridge.next_groups(policy, dry_run.documents) WITH ORDINALITY AS g (document, movement, n);
    RAISE EXCEPTION USING ERRCODE = 'P0099';
  EXCEPTION WHEN SQLSTATE 'P0099' THEN
    NULL;
  END;
  RETURN QUERY
  SELECT p.place, p.document_type, p.doc_date, p.key,
         CASE WHEN p.body IS NOT NULL AND e.leads THEN
           concat_ws(' ', 'POST', CASE WHEN policy.guard_table IS NOT NULL THEN format('$batch: %s and', policy.guard_table) END, t.entity) END,
         CASE WHEN e.leads THEN p.body END, p.movement, p.item_code, e.warehouse_code, e.change, v.price, e.change * v.price, stockbridge.waits_for(policy)
    FROM stockbridge.plan_documents(policy, places, chosen,
           ARRAY(SELECT given + n FROM generate_series(1, coalesce((SELECT max(n) FROM unnest(places) n), 0)) n)) p
    JOIN stockbridge.document_type t ON t.document_type = p.document_type
    JOIN stockbridge.movement m ON m.link = policy.link AND m.movement = p.movement
   CROSS JOIN LATERAL (
     SELECT p.warehouse_code, CASE
              WHEN t.kind = 'count' THEN p.quantity - coalesce((SELECT b.in_stock FROM stockbridge.b1_stock b
                     WHERE b.link = policy.link AND b.item_code = p.item_code AND b.warehouse_code = p.warehouse_code), 0)
              WHEN t.kind = 'dispatch' OR t.outward THEN -p.quantity
              ELSE p.quantity END AS change, p.from_warehouse_code IS NULL AS leads
     UNION ALL
     SELECT p.from_warehouse_code, -p.quantity, true WHERE p.from_warehouse_code IS NOT NULL) e
    LEFT JOIN stockbridge.b1_item i ON i.link = policy.link AND i.item_code = p.item_code
    LEFT JOIN stockbridge.b1_stock b ON b.link = policy.link AND b.item_code = p.item_code AND b.warehouse_code = e.warehouse_code
   CROSS JOIN LATERAL (SELECT coalesce(CASE WHEN t.kind = 'receipt' AND m.unit IS NULL THEN m.unit_cost END,
                                       nullif(b.average_price, 0), i.average_price) AS price) v
   ORDER BY p.place, p.line_num, e.leads DESC;
END
$$;
COMMENT ON FUNCTION stockbridge.dry_run(text, integer) IS
  'What posting would send for a link next: one row per change of stock, the request with the first line of each document. Chosen and written by the functions that post, but nothing is kept or sent. waits tells why none of it would go now. Value: the receipt''s own cost, else B1''s average price as last read.';
