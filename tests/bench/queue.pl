# The movement queue beside what bounds it: the company's own pace, a bare INSERT,
# a claim with little waiting, a plain SKIP LOCKED loop, tables freshly filled.

use strict;
use warnings;

use IPC::Run ();
use POSIX ();
use PostgreSQL::Test::Utils ();
use Stockbridge::Bench;
use Stockbridge::Test;

my $documents = $ENV{BENCH_DOCUMENTS} || 10_000;
my $deep = $ENV{BENCH_WAITING} || 1_000_000;
my $cycles = $ENV{BENCH_CYCLES} || 1_000_000;
my $service_ms = 50;
my $sessions = 8;
my %wanted = map { $_ => 1 } split /,/, $ENV{BENCH_ONLY} || 'intake,claim,mechanics,cycles,pace';

my $sim = sim_start('--items' => 2000, '--warehouses' => 4, '--service-ms' => $service_ms);
my $node = new_cluster('bench', conf => <<'END');
shared_buffers = '512MB'
fsync = on
max_wal_size = '8GB'
checkpoint_timeout = '30min'
autovacuum_naptime = '5s'
END
create_link_demo($node, $sim);
query("UPDATE stockbridge.link SET sessions = $sessions; ALTER SERVER b1 OPTIONS (ADD sessions '$sessions')");
query(q(CALL stockbridge.pull('main', 'items')));
query(<<'END');
CREATE TABLE plain_item AS
SELECT item_code, row_number() OVER (ORDER BY item_code) - 1 AS n FROM stockbridge.b1_item
 WHERE valid AND NOT frozen AND inventory_item AND NOT manage_batch_numbers AND NOT manage_serial_numbers;
-- So many movements, each a document of its own, over all plain items and two places.
CREATE FUNCTION movements(number bigint, name text) RETURNS TABLE (sku text, location text, ref text, happened_at timestamptz)
LANGUAGE sql AS $$
  SELECT i.item_code, CASE WHEN g / k.items % 2 = 0 THEN 'WH-A' ELSE 'WH-B' END, name || '-' || g,
         '2026-03-01'::timestamptz + g * interval '1 millisecond'
    FROM (SELECT count(*) AS items FROM plain_item) k CROSS JOIN generate_series(1, number) g JOIN plain_item i ON i.n = g % k.items $$;
END

sub query { return $node->safe_psql('postgres', $_[0]); }

measure_intake() if $wanted{intake};
measure_claim() if $wanted{claim};
measure_mechanics() if $wanted{mechanics};
measure_cycles() if $wanted{cycles};
measure_pace() if $wanted{pace};
bench_report();

# Seconds that a statement takes, as the server's client sees it.
sub statement_seconds
{
	my ($sql) = @_;
	return seconds(sub { query($sql) });
}

# An empty queue.
sub forget
{
	query(<<'END');
TRUNCATE stockbridge.movement, stockbridge.movement_state, stockbridge.transition, stockbridge.document, stockbridge.document_line,
         stockbridge.attempt, stockbridge.lane_turn
END
	return;
}

sub measure_intake
{
	my $insert = sub {
		my ($into) = @_;
		return "INSERT INTO $into (link, kind, sku, quantity, location, happened_at, movement_ref, document_ref)
			SELECT 'main', 'receipt', sku, 1, location, happened_at, ref, ref FROM movements($deep, 'in')";
	};

	forget();
	query('CREATE TABLE bare (LIKE stockbridge.movement INCLUDING DEFAULTS INCLUDING INDEXES)');
	bench_compare(
		"$deep movements in one call",
		'<= 2.00',
		[ 'enqueued' => sub { forget(); return statement_seconds($insert->('stockbridge.movement_intake')) } ],
		[ 'bare INSERT' => sub { query('TRUNCATE bare'); return statement_seconds($insert->('bare')) } ]);
	query('DROP TABLE bare');
	return;
}

# Milliseconds of a claim of sixteen, each in a transaction that is undone.
sub claim_ms
{
	my $took = query(<<'END');
DO $$
DECLARE
  started timestamptz;
  spent interval := '0';
BEGIN
  FOR i IN 1 .. 220 LOOP
    BEGIN
      started := clock_timestamp();
      PERFORM stockbridge.next_requests('main', 16, '{}', true);
      IF i > 20 THEN spent := spent + (clock_timestamp() - started); END IF;
      RAISE EXCEPTION USING ERRCODE = 'P0099';
    EXCEPTION WHEN SQLSTATE 'P0099' THEN NULL;
    END;
  END LOOP;
  CREATE TEMP TABLE took AS SELECT extract(epoch FROM spent) * 1000 / 200 AS ms;
END $$;
SELECT ms FROM took
END
	return $took;
}

sub fill
{
	my ($number) = @_;
	forget();
	query("INSERT INTO stockbridge.movement_intake (link, kind, sku, quantity, location, happened_at, movement_ref, document_ref)
		SELECT 'main', 'receipt', sku, 1, location, happened_at, ref, ref FROM movements($number, 'deep')");
	query("VACUUM ANALYZE stockbridge.$_") foreach qw(movement movement_state);
	return;
}

sub measure_claim
{
	bench_compare(
		"claiming with $deep waiting",
		'<= 1.30',
		[ 'ms, deep' => sub { fill($deep); return claim_ms() } ],
		[ 'ms, 1000' => sub { fill(1000); return claim_ms() } ],
		runs => 1);
	return;
}

# Claims and answers without a network, sixteen at a time, each round committed twice.
sub create_cycle
{
	query(<<'END');
CREATE OR REPLACE PROCEDURE cycle(rounds integer) LANGUAGE plpgsql AS $$
DECLARE
  asked stockbridge.request[];
BEGIN
  FOR i IN 1 .. rounds LOOP
    asked := ARRAY(SELECT r FROM stockbridge.next_requests('main', 16, '{}', false, false) r);
    COMMIT;
    EXIT WHEN asked = '{}';
    PERFORM stockbridge.record_answers('main', array_agg(a.document), array_agg(a.attempt), array_agg(a.purpose),
        array_agg('answered'::text), array_agg(false), array_agg(201), array_agg(NULL::text), array_agg(NULL::text),
        array_agg(format('{"DocEntry": %s, "DocNum": %1$s, "TransNum": %1$s, "U_SB_KEY": "%s"}', a.document, a.body::json->>'U_SB_KEY')),
        array_agg(NULL::text), array_agg(clock_timestamp()), array_agg(clock_timestamp()))
      FROM unnest(asked) a;
    COMMIT;
  END LOOP;
END $$;
END
	return;
}

# CPU seconds of a server process so far.
sub backend_cpu
{
	my ($pid) = @_;
	my @fields = split / /, PostgreSQL::Test::Utils::slurp_file("/proc/$pid/stat");
	return ($fields[13] + $fields[14]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# CPU milliseconds of the process that runs a statement, by document.
sub cpu_ms
{
	my ($sql, $number) = @_;
	my $client = $node->background_psql('postgres');
	my $pid = $client->query_safe('SELECT pg_backend_pid()');
	my $before = backend_cpu($pid);
	$client->query_safe($sql);
	my $spent = backend_cpu($pid) - $before;
	$client->quit;
	return 1000 * $spent / $number;
}

sub measure_mechanics
{
	my $number = 20_000;
	create_cycle();
	fill($number);
	query($_) foreach 'CALL cycle(10)', 'ANALYZE';
	bench_count('CPU of the queue itself, by document', '<= 1', sprintf('%.3f', cpu_ms('CALL cycle(2000)', $number)), 'ms');
	measure_eight_clients($number);
	return;
}

# Rounds of eight clients at once, beside a queue that does nothing but be a queue.
sub measure_eight_clients
{
	my ($number) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir('pgbench');

	query(<<'END');
CREATE TABLE plain_queue (id bigint PRIMARY KEY, state text NOT NULL, payload text, answer text) WITH (fillfactor = 80);
CREATE INDEX ON plain_queue (id) WHERE state = 'ready';
CREATE OR REPLACE PROCEDURE plain(rounds integer) LANGUAGE plpgsql AS $$
DECLARE
  taken bigint;
BEGIN
  FOR i IN 1 .. rounds LOOP
    UPDATE plain_queue SET state = 'posting'
     WHERE id = (SELECT id FROM plain_queue WHERE state = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id INTO taken;
    COMMIT;
    EXIT WHEN taken IS NULL;
    UPDATE plain_queue SET state = 'posted', answer = 'DocEntry 1' WHERE id = taken;
    COMMIT;
  END LOOP;
END $$;
END
	my $eight = sub {
		my ($call) = @_;
		PostgreSQL::Test::Utils::append_to_file("$dir/$call.sql", "CALL $call(1000000);\n");
		return seconds(sub {
			PostgreSQL::Test::Utils::system_or_bail('pgbench', '-n', '-c', 8, '-j', 1, '-t', 1, '-f', "$dir/$call.sql", '-d', $node->connstr('postgres'));
		});
	};
	bench_compare(
		"$number documents through the queue without a network, eight clients",
		'<= 1.00',
		[ 'queue' => sub { fill($number); query($_) foreach 'CALL cycle(10)', 'ANALYZE'; return $eight->('cycle') } ],
		[ 'SKIP LOCKED' => sub {
			query("TRUNCATE plain_queue; INSERT INTO plain_queue SELECT g, 'ready', repeat('x', 300) FROM generate_series(1, $number) g");
			return $eight->('plain') } ],
		runs => 1);
	return;
}

# What the tables of the queue take on disk, with their indexes.
sub megabytes
{
	return query(<<'END');
SELECT round(sum(pg_total_relation_size(('stockbridge.' || t)::regclass)) / 1048576.0, 1)
  FROM unnest(ARRAY['movement', 'movement_state', 'transition', 'document', 'document_line', 'attempt', 'lane_turn']) t
END
}

sub measure_cycles
{
	my $batch = 50_000;

	create_cycle();
	forget();
	for (my $done = 0; $done < $cycles; $done += $batch)
	{
		query("INSERT INTO stockbridge.movement_intake (link, kind, sku, quantity, location, movement_ref, document_ref)
			SELECT 'main', 'receipt', sku, 1, location, ref, ref FROM movements($batch, 'cycle-$done')");
		query($_) foreach 'CALL cycle(20)', 'ANALYZE', 'CALL cycle(1000000)';
	}
	my $after = megabytes();
	bench_note(query(<<'END')) if $ENV{BENCH_VERBOSE};
SELECT string_agg(format('%s %s+%s', t, pg_size_pretty(pg_table_size(('stockbridge.' || t)::regclass)),
                         pg_size_pretty(pg_indexes_size(('stockbridge.' || t)::regclass))), ', ')
  FROM unnest(ARRAY['movement', 'movement_state', 'transition', 'document', 'document_line', 'attempt']) t
END
	$node->safe_psql('postgres', "VACUUM FULL stockbridge.$_")
	  foreach qw(movement movement_state transition document document_line attempt);
	my $fresh = megabytes();
	bench_compare("tables after $cycles cycles", '<= 1.50', [ 'MB' => sub { $after } ], [ 'MB, fresh' => sub { $fresh } ], runs => 1);
	return;
}

sub measure_pace
{
	forget();
	fill($documents);
	my $client = $node->background_psql('postgres');
	my $pid = $client->query_safe('SELECT pg_backend_pid()');
	my $cpu = backend_cpu($pid);
	bench_compare(
		"$documents documents at $service_ms ms over $sessions sessions",
		'<= 1.0526',
		[ 's' => sub { return seconds(sub { $client->query_safe(q(CALL stockbridge.post('main'))) }) } ],
		[ 's, the company' => sub { return $documents * $service_ms / 1000 / $sessions } ],
		runs => 1);
	bench_note(sprintf('%.3f ms of CPU a document, network and TLS included', 1000 * (backend_cpu($pid) - $cpu) / $documents));
	$client->quit;
	my $left = query('SELECT count(*) FROM stockbridge.posting_queue');
	die "$left movements were not posted" if $left != 0;
	return;
}
