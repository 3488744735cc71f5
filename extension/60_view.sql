-- ---------------------------------------------------------------------------
-- What people and BI tools read: plain views over local tables, never a remote
-- call.
-- ---------------------------------------------------------------------------

CREATE VIEW stockbridge.posting_queue AS
SELECT m.link, m.movement, s.state, clock_timestamp() - m.received_at AS age,
       CASE WHEN s.state = 'ready' AND h.waits IS NULL THEN greatest(s.since, c.paused_until) ELSE d.due_at END AS next_attempt,
       coalesce(nullif(concat_ws('; ', s.reason, d.reason), ''), h.waits) AS reason,
       m.kind, m.sku, m.quantity, m.location, m.to_location, m.happened_at, m.movement_ref, m.document_ref,
       s.item_code, s.warehouse_code, s.to_warehouse_code, s.document_type, s.document, d.key, d.attempts
  FROM stockbridge.open_movement o
  JOIN stockbridge.movement_state s ON s.link = o.link AND s.movement = o.movement
  JOIN stockbridge.movement m ON m.link = s.link AND m.movement = s.movement
  JOIN stockbridge.link l ON l.link = s.link
  LEFT JOIN stockbridge.document d ON d.link = s.link AND d.document = s.document
  LEFT JOIN stockbridge.circuit c ON c.link = s.link
  LEFT JOIN (SELECT k.link, stockbridge.waits_for(k) AS why FROM stockbridge.link k OFFSET 0) w ON w.link = s.link
 CROSS JOIN LATERAL (
    SELECT CASE
      WHEN s.state <> 'ready' THEN NULL
      WHEN l.posting = 'manual' AND NOT s.released THEN 'waits for release'
      WHEN l.posting = 'reconciled' AND NOT s.released THEN 'waits for the next reconciliation'
      WHEN w.why IS NOT NULL THEN w.why
      ELSE (SELECT format('waits for movement %s before it', a.ahead)
              FROM (SELECT stockbridge.movement_ahead(s) AS ahead) a WHERE a.ahead IS NOT NULL)
    END AS waits) h;
COMMENT ON VIEW stockbridge.posting_queue IS 'Movements that are not final: where each stands, when it goes on, and why it waits.';
COMMENT ON COLUMN stockbridge.posting_queue.link IS 'The link.';
COMMENT ON COLUMN stockbridge.posting_queue.movement IS 'The movement.';
COMMENT ON COLUMN stockbridge.posting_queue.state IS 'Where it stands.';
COMMENT ON COLUMN stockbridge.posting_queue.age IS 'Since when it is known here.';
COMMENT ON COLUMN stockbridge.posting_queue.next_attempt IS 'When its next step is due; NULL if it waits for a person, for another movement, or for an answer.';
COMMENT ON COLUMN stockbridge.posting_queue.reason IS 'Why it is not posted yet.';
COMMENT ON COLUMN stockbridge.posting_queue.kind IS 'Kind of movement.';
COMMENT ON COLUMN stockbridge.posting_queue.sku IS 'SKU in the IMS.';
COMMENT ON COLUMN stockbridge.posting_queue.quantity IS 'Quantity.';
COMMENT ON COLUMN stockbridge.posting_queue.location IS 'IMS location.';
COMMENT ON COLUMN stockbridge.posting_queue.to_location IS 'IMS location of arrival of a transfer.';
COMMENT ON COLUMN stockbridge.posting_queue.happened_at IS 'When it happened.';
COMMENT ON COLUMN stockbridge.posting_queue.movement_ref IS 'The IMS''s reference.';
COMMENT ON COLUMN stockbridge.posting_queue.document_ref IS 'The IMS''s document.';
COMMENT ON COLUMN stockbridge.posting_queue.item_code IS 'Item in B1.';
COMMENT ON COLUMN stockbridge.posting_queue.warehouse_code IS 'Warehouse in B1.';
COMMENT ON COLUMN stockbridge.posting_queue.to_warehouse_code IS 'Warehouse of arrival in B1.';
COMMENT ON COLUMN stockbridge.posting_queue.document_type IS 'What it posts as.';
COMMENT ON COLUMN stockbridge.posting_queue.document IS 'The document it is in.';
COMMENT ON COLUMN stockbridge.posting_queue.key IS 'Idempotency key of the document.';
COMMENT ON COLUMN stockbridge.posting_queue.attempts IS 'Attempts to post the document.';

CREATE VIEW stockbridge.movement_history AS
SELECT h.link, h.movement, h.at, h.actor, h.from_state, h.state, h.evidence,
       h.document, h.attempt, d.key, t.entity, d.doc_entry, d.doc_num, l.line_num,
       l.item_code, l.warehouse_code, l.from_warehouse_code, l.quantity
  FROM (SELECT m.link, m.movement, 0::bigint AS transition, m.received_at AS at, m.received_by AS actor,
               NULL::text AS from_state, 'received'::text AS state, NULL::bigint AS document, NULL::bigint AS attempt,
               jsonb_strip_nulls(jsonb_build_object('movement_ref', m.movement_ref, 'document_ref', m.document_ref)) AS evidence
          FROM stockbridge.movement m
        UNION ALL
        -- Found good as it was stored: what leads on from there begins with "ready".
        SELECT m.link, m.movement, 0, m.received_at, m.received_by, 'received', 'ready', NULL, NULL, '{"by": "validation"}'
          FROM stockbridge.movement m JOIN stockbridge.movement_state s ON s.link = m.link AND s.movement = m.movement
         WHERE coalesce((SELECT t.from_state FROM stockbridge.transition t WHERE t.link = m.link AND t.movement = m.movement
                          ORDER BY t.transition LIMIT 1), s.state) = 'ready'
        UNION ALL
        SELECT t.link, t.movement, t.transition, t.at, t.actor, t.from_state, t.state, t.document, t.attempt, t.evidence
          FROM stockbridge.transition t) h
  -- So that one movement is found by index without naming its link.
  JOIN stockbridge.link k ON k.link = h.link
  LEFT JOIN stockbridge.document d ON d.link = h.link AND d.document = h.document
  LEFT JOIN stockbridge.document_type t ON t.document_type = d.document_type
  LEFT JOIN stockbridge.document_line l ON l.link = d.link AND l.document = d.document AND l.movement = h.movement
 ORDER BY h.link, h.movement, h.transition, h.from_state NULLS FIRST;
COMMENT ON VIEW stockbridge.movement_history IS
  'Every change of state of every movement: when, by whom, on what evidence; and the line of the document concerned.';
COMMENT ON COLUMN stockbridge.movement_history.link IS 'The link.';
COMMENT ON COLUMN stockbridge.movement_history.movement IS 'The movement.';
COMMENT ON COLUMN stockbridge.movement_history.at IS 'When.';
COMMENT ON COLUMN stockbridge.movement_history.actor IS 'By whom.';
COMMENT ON COLUMN stockbridge.movement_history.from_state IS 'State before; NULL when it was received.';
COMMENT ON COLUMN stockbridge.movement_history.state IS 'State after.';
COMMENT ON COLUMN stockbridge.movement_history.evidence IS 'On what evidence.';
COMMENT ON COLUMN stockbridge.movement_history.document IS 'Document concerned.';
COMMENT ON COLUMN stockbridge.movement_history.attempt IS 'Attempt concerned.';
COMMENT ON COLUMN stockbridge.movement_history.key IS 'Idempotency key of the document.';
COMMENT ON COLUMN stockbridge.movement_history.entity IS 'Entity set of the document in B1.';
COMMENT ON COLUMN stockbridge.movement_history.doc_entry IS 'DocEntry in B1, once posted.';
COMMENT ON COLUMN stockbridge.movement_history.doc_num IS 'DocNum in B1, once posted.';
COMMENT ON COLUMN stockbridge.movement_history.line_num IS 'LineNum in B1.';
COMMENT ON COLUMN stockbridge.movement_history.item_code IS 'ItemCode of the line.';
COMMENT ON COLUMN stockbridge.movement_history.warehouse_code IS 'WarehouseCode of the line.';
COMMENT ON COLUMN stockbridge.movement_history.from_warehouse_code IS 'FromWarehouseCode of the line.';
COMMENT ON COLUMN stockbridge.movement_history.quantity IS 'Quantity of the line.';

CREATE VIEW stockbridge.open_exceptions AS
SELECT e.link, e.exception, e.type, t.title, e.subject, e.message, e.next_step, e.owner,
       clock_timestamp() - e.first_seen AS age, e.seen_count, e.first_seen, e.last_seen, e.detail
  FROM stockbridge.exception e JOIN stockbridge.exception_type t ON t.type = e.type
 WHERE e.closed_at IS NULL;
COMMENT ON VIEW stockbridge.open_exceptions IS 'Faults that a person owns and that are not closed.';
COMMENT ON COLUMN stockbridge.open_exceptions.link IS 'The link.';
COMMENT ON COLUMN stockbridge.open_exceptions.exception IS 'Number of the exception, for resolve().';
COMMENT ON COLUMN stockbridge.open_exceptions.type IS 'Its type.';
COMMENT ON COLUMN stockbridge.open_exceptions.title IS 'The type in words.';
COMMENT ON COLUMN stockbridge.open_exceptions.subject IS 'What it is about.';
COMMENT ON COLUMN stockbridge.open_exceptions.message IS 'What happened.';
COMMENT ON COLUMN stockbridge.open_exceptions.next_step IS 'What to do.';
COMMENT ON COLUMN stockbridge.open_exceptions.owner IS 'Who owns it.';
COMMENT ON COLUMN stockbridge.open_exceptions.age IS 'How long it has been open.';
COMMENT ON COLUMN stockbridge.open_exceptions.seen_count IS 'How often it was seen.';
COMMENT ON COLUMN stockbridge.open_exceptions.first_seen IS 'When it was first seen.';
COMMENT ON COLUMN stockbridge.open_exceptions.last_seen IS 'When it was last seen.';
COMMENT ON COLUMN stockbridge.open_exceptions.detail IS 'Evidence.';

CREATE VIEW stockbridge.feed_health AS
SELECT f.link, f.feed, f.last_success, f.watermark, clock_timestamp() - f.last_success AS lag, f.cadence,
       f.last_rows, f.failures, f.last_error,
       coalesce(clock_timestamp() - f.last_success > 2 * f.cadence, true) AS late
  FROM stockbridge.feed f;
COMMENT ON VIEW stockbridge.feed_health IS 'The feeds of each link, and how fresh they are.';
COMMENT ON COLUMN stockbridge.feed_health.link IS 'The link.';
COMMENT ON COLUMN stockbridge.feed_health.feed IS 'The feed.';
COMMENT ON COLUMN stockbridge.feed_health.last_success IS 'When it last succeeded.';
COMMENT ON COLUMN stockbridge.feed_health.watermark IS 'How far it has read.';
COMMENT ON COLUMN stockbridge.feed_health.lag IS 'Since its last success.';
COMMENT ON COLUMN stockbridge.feed_health.cadence IS 'How often it should run.';
COMMENT ON COLUMN stockbridge.feed_health.last_rows IS 'Rows of its last success.';
COMMENT ON COLUMN stockbridge.feed_health.failures IS 'Failures since its last success.';
COMMENT ON COLUMN stockbridge.feed_health.last_error IS 'Error of its last failure.';
COMMENT ON COLUMN stockbridge.feed_health.late IS 'It has not succeeded within twice its cadence.';

CREATE VIEW stockbridge.stat_posting AS
SELECT c.link, c.document_type, sum(c.attempts)::bigint AS attempts, sum(c.accepted)::bigint AS accepted, sum(c.refused)::bigint AS refused,
       sum(c.unanswered)::bigint AS unanswered, sum(c.not_sent)::bigint AS not_sent,
       sum(c.answered_ms) / nullif(sum(c.accepted + c.refused), 0) AS mean_ms, max(c.longest_ms) AS longest_ms, min(c.since) AS since
  FROM stockbridge.posting_counter c GROUP BY c.link, c.document_type;
COMMENT ON VIEW stockbridge.stat_posting IS 'Attempts to post so far, by link and type of document, and how long the company took to answer.';
COMMENT ON COLUMN stockbridge.stat_posting.link IS 'The link.';
COMMENT ON COLUMN stockbridge.stat_posting.document_type IS 'Type of the documents.';
COMMENT ON COLUMN stockbridge.stat_posting.attempts IS 'Attempts that ended.';
COMMENT ON COLUMN stockbridge.stat_posting.accepted IS 'Answered with success.';
COMMENT ON COLUMN stockbridge.stat_posting.refused IS 'Answered with a refusal or an error.';
COMMENT ON COLUMN stockbridge.stat_posting.unanswered IS 'Sent, but not answered.';
COMMENT ON COLUMN stockbridge.stat_posting.not_sent IS 'Not sent: the company could not be reached, or refused the login.';
COMMENT ON COLUMN stockbridge.stat_posting.mean_ms IS 'Milliseconds until an answer, on average.';
COMMENT ON COLUMN stockbridge.stat_posting.longest_ms IS 'Milliseconds until the slowest answer.';
COMMENT ON COLUMN stockbridge.stat_posting.since IS 'Since when is counted.';
