# Whatever moved and posted whenever the two sides were read: the drift that
# stock_diff finds is the drift that was injected, to the last decimal; and it
# needs every term of the equation for that.
#
# A history is one item in two warehouses: movements of every kind, in every
# state, posted at once, late or never; each row read at a time of its own within
# a window of its own.  What each side holds is computed from when things truly
# happened, which the extension is not told.  All histories are made and judged
# at once, by SQL.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use Stockbridge::Test;
use Test::More;

my $histories = $ENV{STOCKBRIDGE_HISTORIES} // 10_000;
my $seed = $ENV{STOCKBRIDGE_SEED} // time;
note("STOCKBRIDGE_SEED=$seed");

my $node = new_cluster('main', conf => "fsync = off\nwork_mem = '64MB'\n");
sub query { return $node->safe_psql('postgres', $_[0]); }

query(<<'END');
CREATE EXTENSION IF NOT EXISTS stockbridge;
CREATE SERVER b1 FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://127.0.0.1:1/b1s/v2', company 'SBODEMOGB');
CREATE SERVER wms FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'rest', url 'http://127.0.0.1:1/ims');
SELECT stockbridge.create_link('main', company => 'b1', ims => 'wms');
INSERT INTO stockbridge.warehouse_map VALUES ('main', 'A', '01'), ('main', 'B', '02');
CREATE FUNCTION at(seconds numeric) RETURNS timestamptz IMMUTABLE LANGUAGE sql
RETURN '2026-03-02 00:00+00'::timestamptz + seconds * interval '1 second';
END

# Makes that many histories, in place of those before.
#
# Seconds of one day: movements from 0, the IMS read about 5000, B1 about 6000.
sub tell_histories
{
	my ($histories) = @_;

	query(<<"END");
SET session_replication_role = replica;
DROP TABLE IF EXISTS clock, place, event, effect;
TRUNCATE stockbridge.movement, stockbridge.movement_state, stockbridge.document, stockbridge.document_line, stockbridge.attempt, stockbridge.transition;
SELECT setseed(('x' || substr(md5('$seed'), 1, 7))::bit(28)::int / 268435456.0);
-- How far the clock of the IMS is ahead, and how well that is known.
CREATE TABLE clock AS SELECT round((random() * 600 - 300)::numeric, 3) AS offset_s, 0.75 AS error_s;

CREATE TABLE place AS
SELECT 'I' || n AS item, location, code, round((random() * 100)::numeric, 6) AS opening,
       CASE WHEN random() < 0.3 THEN round((random() * 20 - 10)::numeric, 6) ELSE 0 END AS drift,
       -- Windows, and the true time of reading within them; or one before, if the IMS
       -- tells it.
       ims_from, ims_until, round(ims_from + (random() * (ims_until - ims_from)::float)::numeric, 3) - CASE WHEN told THEN 1000 ELSE 0 END AS ims_true,
       b1_from, b1_until, round(b1_from + (random() * (b1_until - b1_from)::float)::numeric, 3) AS b1_true,
       told
  FROM (SELECT n, l.*, random() < 0.5 AS told, 4000 + round((random() * 2000)::numeric, 3) AS ims_from, 4000 + round((random() * 3000)::numeric, 3) AS b1_from,
               round((random() * 60)::numeric, 3) AS ims_took, round((random() * 60)::numeric, 3) AS b1_took
          FROM generate_series(1, $histories) n, (VALUES ('A', '01'), ('B', '02')) l (location, code)) p,
       LATERAL (SELECT ims_from + ims_took AS ims_until, b1_from + b1_took AS b1_until) u;

CREATE TABLE event AS
SELECT row_number() OVER () AS movement, e.*,
       round((d.happened + delay * random())::numeric, 3) AS sent,
       d.happened, d.took
  FROM (SELECT 'I' || n AS item, CASE WHEN random() < 0.5 THEN 'A' ELSE 'B' END AS location,
               (ARRAY['receipt','dispatch','adjustment','transfer','return','count'])[1 + floor(random() * 6)] AS kind,
               round((0.000001 + random() * 9)::numeric, 6) AS size,
               (ARRAY['posted','posted','posted','posted','ready','received','rejected','parked','retry','in_doubt','posting','cancelled'])[1 + floor(random() * 12)] AS state,
               random() < 0.5 AS negative, (ARRAY[1, 200, 3000])[1 + floor(random() * 3)] AS delay, random() AS landed
          FROM generate_series(1, $histories) n, generate_series(1, 8) k WHERE random() < 0.5) e,
       LATERAL (SELECT round((random() * 7000)::numeric, 3) + 0 * size AS happened, round((random() * 20)::numeric, 3) + 0 * size AS took) d;

-- The effects by place, and when each truly reached B1; NULL: it never did.  An
-- outcome that is in doubt has reached it in half of the cases.
CREATE TABLE effect AS
SELECT e.movement, e.item, e.state, e.happened, l.location, l.quantity,
       CASE WHEN e.state = 'posted' OR (e.state IN ('in_doubt', 'posting') AND e.landed < 0.5)
            THEN round(e.sent + (e.landed * e.took::float)::numeric, 3) END AS reached
  FROM event e, LATERAL (
    SELECT e.location, CASE WHEN e.kind IN ('dispatch', 'transfer') OR (e.kind = 'adjustment' AND e.negative) THEN -e.size ELSE e.size END AS quantity WHERE e.kind <> 'count'
    UNION ALL SELECT CASE e.location WHEN 'A' THEN 'B' ELSE 'A' END, e.size WHERE e.kind = 'transfer') l;

-- A cancelled movement happened, and B1 was told by hand, or not at all: its
-- effect is drift or nothing.  Here it never happened.
DELETE FROM effect WHERE state = 'cancelled';
CREATE INDEX ON effect (item, location);
ANALYZE place, event, effect;

INSERT INTO stockbridge.movement (link, movement, kind, sku, quantity, location, to_location, happened_at, received_by)
SELECT 'main', movement, kind, item, CASE WHEN kind = 'adjustment' AND negative THEN -size ELSE size END, location,
       CASE WHEN kind = 'transfer' THEN CASE location WHEN 'A' THEN 'B' ELSE 'A' END END,
       -- Told by the clock of the IMS.
       at(happened + offset_s), 'test' FROM event, clock;
INSERT INTO stockbridge.movement_state (link, movement, happened_at, state, waits, item_code, warehouse_code, quantity, document, problem, subject)
SELECT 'main', movement, at(happened), state, state IN ('ready', 'posting', 'retry', 'in_doubt'), CASE WHEN state <> 'received' THEN item END, '01',
       CASE WHEN kind = 'adjustment' AND negative THEN -size ELSE size END,
       CASE WHEN state IN ('posted', 'posting', 'retry', 'in_doubt', 'parked') THEN movement END,
       CASE WHEN state IN ('rejected', 'parked') THEN 'refused_by_b1' END, CASE WHEN state IN ('rejected', 'parked') THEN 'movement ' || movement END FROM event;
INSERT INTO stockbridge.document (link, document, key, document_type, doc_date, body, digest, state, since, due_at, doubt, doc_entry, sent_at, posted_at)
OVERRIDING SYSTEM VALUE
SELECT 'main', movement, gen_random_uuid(), 'goods_receipt', '2026-03-02', '{}', '', state, at(sent),
       CASE WHEN state IN ('retry', 'in_doubt', 'parked') THEN at(9000) END, CASE WHEN state = 'in_doubt' THEN 'ambiguous' END,
       CASE WHEN state = 'posted' THEN movement END, CASE WHEN state <> 'posting' THEN at(sent) END, CASE WHEN state = 'posted' THEN at(sent + took) END
  FROM event WHERE state IN ('posted', 'posting', 'retry', 'in_doubt', 'parked');
INSERT INTO stockbridge.transition (link, movement, at, actor, from_state, state, evidence)
SELECT 'main', movement, at(sent + took), 'test', 'posting', 'posted', '{}' FROM event WHERE state = 'posted';
END
	read_sides();
	return;
}

# What each side answers when it is read in its windows.
sub read_sides
{
	query(<<'END');
DELETE FROM stockbridge.ims_stock;
DELETE FROM stockbridge.b1_stock;
DELETE FROM stockbridge.snapshot;
INSERT INTO stockbridge.ims_stock (link, sku, location, on_hand, told_at, read_from, as_of)
SELECT 'main', item, location, on_hand, CASE WHEN told THEN at(ims_true + offset_s) END, at(ims_from), at(ims_until)
  FROM clock, place p, LATERAL (
    SELECT opening + p.drift + coalesce(sum(e.quantity), 0) AS on_hand
      FROM effect e WHERE e.item = p.item AND e.location = p.location AND e.happened <= p.ims_true) s;
INSERT INTO stockbridge.b1_stock (link, item_code, warehouse_code, in_stock, read_from, as_of)
SELECT 'main', item, code, in_stock, at(b1_from), at(b1_until)
  FROM place p, LATERAL (
    SELECT opening + coalesce(sum(e.quantity), 0) AS in_stock
      FROM effect e WHERE e.item = p.item AND e.location = p.location AND e.reached <= p.b1_true) s;
INSERT INTO stockbridge.b1_item (link, item_code, read_from) SELECT DISTINCT 'main', item, now() FROM place ON CONFLICT DO NOTHING;
INSERT INTO stockbridge.snapshot (link, resource, read_from, read_until, oldest, row_count, clock_offset, clock_error)
SELECT 'main', 'ims_stock', at(min(ims_from)), at(max(ims_until)), at(least(min(ims_from), min(ims_true + offset_s) FILTER (WHERE told))), count(*),
       min(offset_s) * interval '1 second' + interval '0.3 s', min(error_s) * interval '1 second' FROM place, clock
UNION ALL SELECT 'main', 'b1_stock', at(min(b1_from)), at(max(b1_until)), at(min(b1_from)), count(*), '0', '0' FROM place;
ANALYZE stockbridge.ims_stock, stockbridge.b1_stock, stockbridge.movement, stockbridge.movement_state, stockbridge.document, stockbridge.transition;
CREATE TABLE IF NOT EXISTS judged AS SELECT * FROM stockbridge.stock_diff WITH NO DATA;
END
	return;
}

# Rows judged, of them not told to be uncertain, of these with another drift than was injected.
sub judge
{
	query('TRUNCATE judged; INSERT INTO judged SELECT * FROM stockbridge.stock_diff');
	return split /\|/, query(<<'END');
SELECT count(*), count(*) FILTER (WHERE status <> 'uncertain'),
       count(*) FILTER (WHERE status <> 'uncertain' AND j.drift IS DISTINCT FROM p.drift)
  FROM place p LEFT JOIN judged j ON j.item_code = p.item AND j.location = p.location
END
}

tell_histories($histories);
my ($rows, $sure, $wrong) = judge();
is($rows, 2 * $histories, 'every place of every history is judged');
cmp_ok($sure, '>', $histories, "most are certain ($sure of $rows)");
is($wrong, 0, 'the drift found is the drift injected, to the last decimal');
is(query('SELECT count(*) FROM judged WHERE difference <> in_flight + held + drift'), 0, 'the parts add up');
cmp_ok(query("SELECT count(*) FROM judged j JOIN place p ON j.item_code = p.item AND j.location = p.location WHERE status = 'uncertain' AND j.drift <> p.drift"),
	'>', 0, 'what is told to be uncertain had better be');

# Uncertain rows are read again, until nothing moves in the meantime; what is in
# doubt has been settled by then.
query(<<'END');
SET session_replication_role = replica;
UPDATE stockbridge.movement_state s SET state = CASE WHEN e.landed < 0.5 THEN 'posted' ELSE 'retry' END, waits = e.landed >= 0.5
  FROM event e WHERE e.movement = s.movement AND s.state IN ('in_doubt', 'posting');
UPDATE stockbridge.document d SET state = CASE WHEN e.landed < 0.5 THEN 'posted' ELSE 'retry' END, due_at = at(9000), sent_at = at(sent),
       doc_entry = CASE WHEN e.landed < 0.5 THEN e.movement END, posted_at = CASE WHEN e.landed < 0.5 THEN at(sent + took) END
  FROM event e WHERE e.movement = d.document AND d.state IN ('in_doubt', 'posting');
INSERT INTO stockbridge.transition (link, movement, at, actor, from_state, state, evidence)
SELECT 'main', movement, at(sent + took), 'test', 'in_doubt', 'posted', '{}' FROM event WHERE state IN ('in_doubt', 'posting') AND landed < 0.5;
UPDATE place p SET ims_from = 20000, ims_true = 20001, ims_until = 20002, b1_from = 20003, b1_true = 20004, b1_until = 20005
  FROM judged j WHERE j.item_code = p.item AND j.location = p.location;
END
read_sides();
($rows, $sure, $wrong) = judge();
is($sure, 2 * $histories, 'read again when all is quiet, every row is certain');
is($wrong, 0, 'and the drift is still the one injected');

# Each term of the equation is needed: without it the drift is wrong somewhere.
tell_histories(500);
my $definition = query(q(SELECT pg_get_viewdef('stockbridge.difference_movements')));
foreach my $mutant (
	['what happened and is not posted', qr/THEN e\.quantity/, 'THEN 0::numeric'],
	['what is posted and had not happened', qr/THEN \(- e\.quantity\)/, 'THEN 0::numeric'],
	['postings under way', qr/\(COALESCE\(d\.sent_at, d\.since\) < r\.b1_until\)/, 'false'],
	['postings without an answer', qr/'in_doubt'::text, /, ''],
	['movements within the window of the IMS', qr/\(e\.happened_at <= r\.ims_until\)/, 'false'],
	['the clock of the IMS', qr/si\.clock_offset/, q('00:00:00'::interval)],
	['the time that the IMS tells', qr/COALESCE\(i\.told_at, /, 'COALESCE(NULL::timestamptz, '],
	['what happened since', qr/m\.happened_at > \(/, "m.happened_at - '1 year'::interval > ("],
	['what was posted since', qr/t_1\.at > b_1\.read_from|t\.at > b\.read_from/, 'false'])
{
	my ($what, $part, $without) = @$mutant;
	(my $broken = $definition) =~ s/$part/$without/g or do { fail("$what: is in the view"); diag($definition); next; };
	query("CREATE OR REPLACE VIEW stockbridge.difference_movements AS $broken");
	cmp_ok((judge())[2], '>', 0, "without $what the drift is wrong");
}

$node->stop;
done_testing();
