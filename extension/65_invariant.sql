-- ---------------------------------------------------------------------------
-- The invariants of posting, as one function anybody can run.
-- ---------------------------------------------------------------------------

CREATE FUNCTION stockbridge.check_invariants()
RETURNS TABLE (invariant integer, link text, subject text, fault text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  -- 1. A movement is in exactly one state; every change has its row.
  SELECT 1, m.link, 'movement ' || m.movement, 'has no state'
    FROM stockbridge.movement m
   WHERE NOT EXISTS (SELECT FROM stockbridge.movement_state s WHERE s.link = m.link AND s.movement = m.movement)
  UNION ALL
  SELECT 1, s.link, 'movement ' || s.movement, format('is %s, but its history ends with %s', s.state, coalesce(t.state, 'ready'))
    FROM stockbridge.movement_state s
    LEFT JOIN LATERAL (SELECT t.state FROM stockbridge.transition t WHERE t.link = s.link AND t.movement = s.movement
                        ORDER BY t.transition DESC LIMIT 1) t ON true
   WHERE s.state <> t.state OR (t.state IS NULL AND s.state NOT IN ('received', 'ready'))
  UNION ALL
  SELECT 1, t.link, 'movement ' || t.movement, format('goes on from %s after %s', t.from_state, coalesce(t.before, 'ready'))
    FROM (SELECT t.link, t.movement, t.from_state,
                 lag(t.state) OVER (PARTITION BY t.link, t.movement ORDER BY t.transition) AS before
            FROM stockbridge.transition t) t
   WHERE t.from_state <> t.before OR (t.before IS NULL AND t.from_state NOT IN ('received', 'ready'))
  UNION ALL
  SELECT 1, s.link, 'movement ' || s.movement, format('is %s, its document %s is %s', s.state, s.document, coalesce(d.state, 'missing'))
    FROM stockbridge.movement_state s LEFT JOIN stockbridge.document d ON d.link = s.link AND d.document = s.document
   WHERE s.document IS NOT NULL AND s.state IS DISTINCT FROM d.state
  -- 2. What was received is posted, in flight, rejected or cancelled.
  UNION ALL
  SELECT 2, q.link, format('item %s, location %s', q.sku, q.location),
         format('received %s, but posted, in flight, rejected and cancelled make %s', q.received, coalesce(q.accounted::text, 'nothing'))
    FROM (SELECT m.link, m.sku, m.location, sum(coalesce(s.quantity, m.quantity)) AS received,
                 sum(CASE WHEN s.state = 'posted' THEN l.quantity * sign(m.quantity)
                          WHEN s.state IS NOT NULL THEN coalesce(s.quantity, m.quantity) ELSE 0 END) AS accounted
            FROM stockbridge.movement m
            LEFT JOIN stockbridge.movement_state s ON s.link = m.link AND s.movement = m.movement
            LEFT JOIN stockbridge.document_line l ON l.link = s.link AND l.document = s.document AND l.movement = s.movement
           GROUP BY m.link, m.sku, m.location) q
   WHERE q.received IS DISTINCT FROM q.accounted
  UNION ALL
  SELECT 2, m.link, 'movement ' || m.movement, format('moves %s, but %s are posted', m.quantity, s.quantity)
    FROM stockbridge.movement m JOIN stockbridge.movement_state s ON s.link = m.link AND s.movement = m.movement
   WHERE m.unit IS NULL AND s.quantity <> m.quantity
  UNION ALL
  SELECT 2, l.link, 'movement ' || l.movement, format('is in %s documents at once', count(*))
    FROM stockbridge.document_line l JOIN stockbridge.document d ON d.link = l.link AND d.document = l.document
   WHERE d.state <> 'withdrawn' GROUP BY l.link, l.movement HAVING count(*) > 1
  -- 3. One B1 document per key; posted only with the DocEntry read back.
  UNION ALL
  SELECT 3, d.link, 'document ' || d.document, 'is posted without a DocEntry'
    FROM stockbridge.document d WHERE d.state = 'posted' AND d.doc_entry IS NULL
  UNION ALL
  SELECT 3, min(d.link), format('%s %s of company %s', t.entity, d.doc_entry, l.company),
         format('stands for documents %s', string_agg(d.document::text, ', ' ORDER BY d.document))
    FROM stockbridge.document d JOIN stockbridge.document_type t USING (document_type) JOIN stockbridge.link l ON l.link = d.link
   WHERE d.state = 'posted' GROUP BY l.company, t.entity, d.doc_entry HAVING count(*) > 1
  UNION ALL
  SELECT 3, d.link, 'document ' || d.document, 'its content does not match its digest'
    FROM stockbridge.document d WHERE d.digest <> sha256(convert_to(d.body::text, 'UTF8'))
  -- 4. No request without an attempt; no attempt is lost.
  UNION ALL
  SELECT 4, d.link, 'document ' || d.document, format('counts %s attempts, but %s are recorded', d.attempts, count(a.attempt))
    FROM stockbridge.document d LEFT JOIN stockbridge.attempt a ON a.link = d.link AND a.document = d.document AND a.digest = d.digest
   WHERE d.state NOT IN ('posted', 'withdrawn') OR a.attempt IS NOT NULL
   GROUP BY d.link, d.document HAVING count(a.attempt) <> d.attempts
  UNION ALL
  SELECT 4, a.link, 'attempt ' || a.attempt, 'was sent before it was claimed'
    FROM stockbridge.attempt a WHERE a.sent_at < a.claimed_at
  -- 5. Nothing for an unmapped location or an inactive item, or without a
  -- warehouse on the line.
  UNION ALL
  SELECT 5, s.link, 'movement ' || s.movement, format('is ready, but %s', v.reason)
    FROM stockbridge.movement_state s JOIN stockbridge.movement_verdict v ON v.link = s.link AND v.movement = s.movement
   WHERE s.state = 'ready' AND v.state <> 'ready'
  UNION ALL
  SELECT 5, d.link, 'document ' || d.document, format('line %s has %s of item %s in warehouse %s instead of %s of %s in %s', b.line,
           coalesce(b.value->>'Quantity', b.value->>'CountedQuantity', 'none'), coalesce(b.value->>'ItemCode', 'none'), coalesce(b.value->>'WarehouseCode', 'none'),
           coalesce(l.quantity::text, 'none'), coalesce(l.item_code, 'none'), coalesce(l.warehouse_code, 'none'))
    FROM stockbridge.document d JOIN stockbridge.document_type t USING (document_type)
   CROSS JOIN LATERAL json_array_elements(d.body->t.line_collection) WITH ORDINALITY AS b (value, line)
    LEFT JOIN stockbridge.document_line l ON l.link = d.link AND l.document = d.document AND l.line_num = b.line - 1
   WHERE (b.value->>'ItemCode', b.value->>'WarehouseCode', coalesce(b.value->>'Quantity', b.value->>'CountedQuantity')::numeric)
         IS DISTINCT FROM (l.item_code, l.warehouse_code, l.quantity)
$$;
COMMENT ON FUNCTION stockbridge.check_invariants() IS
  'Proves the invariants of posting: returns rows only where one is broken. 1: one state per movement, and its history leads there. 2: what was received is posted, in flight, rejected or cancelled. 3: one B1 document per key, with its DocEntry. 4: no request without its attempt. 5: nothing for an unmapped location, an inactive item, or without a warehouse on the line.';
