-- What an answer to a posting means is data: the shipped rules, and a site's own.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;

CREATE FUNCTION pg_temp.means(outcome text, status integer, code text, message text) RETURNS text LANGUAGE sql AS $$
  SELECT format('%s (%s)', r.class, r.rule) FROM stockbridge.classify(outcome, status, code, message) r $$;
SELECT outcome, status, code, message, pg_temp.means(outcome, status, code, message) FROM (VALUES
  ('not_sent',   NULL, NULL,    'connection refused'),
  ('unanswered', NULL, NULL,    'timeout'),
  ('unanswered', 201,  NULL,    'cut off'),
  ('answered',   401,  '301',   'Invalid session or session already timeout.'),
  ('answered',   401,  '-6006', 'not permitted'),
  ('answered',   401,  NULL,    NULL),
  ('answered',   400,  '-2035', 'This entry already exists in the following tables (ODBC -2035)'),
  ('answered',   400,  '-2035', 'Esta entrada ya existe en las siguientes tablas (ODBC -2035)'),
  ('answered',   400,  '-2035', 'Object is locked by another user'),
  ('answered',   404,  '-2028', 'No matching records found (ODBC -2028)'),
  ('answered',   400,  '-2028', 'No existen registros coincidentes (ODBC -2028)'),
  ('answered',   412,  '-2039', 'Another user or another operation modified data'),
  ('answered',   400,  '-10',   'Quantity falls into negative inventory [IGE1.ItemCode][line: 1]'),
  ('answered',   400,  '-10',   '1320000140 - Business partner code ''c1'' already assigned'),
  ('answered',   400,  '-4013', 'Posting period locked; specify an alternative date'),
  ('answered',   400,  '-4014', 'Cannot add row without complete selection of batch/serial numbers'),
  ('answered',   400,  '-1116', '(13000316) Credit Limit Exceeded!'),
  ('answered',   400,  '-1000', 'Property ''U_SB_KEY'' of ''Document'' is invalid'),
  ('answered',   400,  '-9999', 'never seen before'),
  ('answered',   400,  NULL,    '<html>Bad Request</html>'),
  ('answered',   418,  NULL,    'teapot'),
  ('answered',   429,  NULL,    'slow down'),
  ('answered',   500,  '-10',   'internal error'),
  ('answered',   502,  NULL,    'Proxy Error'),
  ('answered',   503,  NULL,    NULL),
  ('answered',   504,  NULL,    NULL),
  ('answered',   302,  NULL,    NULL)) AS a (outcome, status, code, message);

-- A site teaches it what its own checks say.
INSERT INTO stockbridge.error_rule (rule, priority, outcome, code, pattern, class, meaning, next_step)
VALUES ('night run', 80, 'answered', '-1116', '^\(77\)', 'transient', 'the night run holds the company', 'Nothing: it is tried again.');
SELECT pg_temp.means('answered', 400, '-1116', '(77) night run'), pg_temp.means('answered', 400, '-1116', '(78) other');
INSERT INTO stockbridge.error_rule (rule, priority, class, meaning, next_step) VALUES ('wrong', 1, 'maybe', '', '');
-- Nothing but what was never sent, or was refused at the door, is resent without
-- a look-up or a rollback that B1 told.
SELECT rule, outcome, status, code FROM stockbridge.error_rule
 WHERE class IN ('transient', 'session') AND NOT (outcome = 'not_sent' OR status IN (401, 429) OR code IS NOT NULL);
DROP EXTENSION stockbridge CASCADE;
