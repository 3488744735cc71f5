# Reading B1: how close sap_b1_fdw comes to what bounds it, and how far it leaves
# behind what people use instead.
#
# Two simulators hold the same books, one with 10 ms before every page.  Both
# answer from memory what was asked before, so that curl alone fetches the pages
# in hardly more than their delays: what is measured is the client.

use strict;
use warnings;

use Cwd qw(getcwd);
use File::Basename qw(dirname);
use IPC::Run ();
use PostgreSQL::Test::Utils ();
use Stockbridge::Bench;
use Stockbridge::Test;

my $items = $ENV{BENCH_ITEMS} || 50_000;
my $warehouses = 10;
my $rows = $items * $warehouses;
my $page_size = 1000;
my $sessions = 4;
my $bench = dirname(__FILE__);
my $scratch = PostgreSQL::Test::Utils::tempdir('bench');
my $columns = 'item_code, warehouse_code, in_stock, committed, ordered';
my $query = "SELECT $columns FROM %s.item_warehouses";

my %sim = (
	slow => start_simulator('--page-delay-ms' => 10),
	fast => start_simulator());
# Just-in-time compilation is off: the library it loads is larger than all that is
# measured here, and none of these plans gains by it.
my $node = new_cluster('bench', conf => "shared_buffers = '256MB'\nmax_wal_size = '4GB'\nfsync = off\njit = off");
create_companies();
my $client = $node->background_psql('postgres');

compare_scans();
compare_cpu();
compare_alternatives();
compare_small_requests();
compare_import();
$client->quit;
bench_report();

sub start_simulator
{
	my %options = @_;
	my $record = PostgreSQL::Test::Utils::tempdir('record') . '/requests';
	my $sim = sim_start(
		'--items' => $items,
		'--warehouses' => $warehouses,
		'--remember' => undef,
		'--record' => $record,
		%options);

	$sim->{record} = $record;
	return $sim;
}

sub create_companies
{
	$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge');
	$node->safe_psql('postgres', 'CREATE EXTENSION plpython3u');
	foreach my $name (sort keys %sim)
	{
		$node->safe_psql('postgres', <<"END");
CREATE SERVER $name FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS
  (url '$sim{$name}{url}', company 'SBODEMOGB', ca_file '$sim{$name}{ca}',
   page_size '$page_size', sessions '$sessions');
CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user 'manager', password 'sim-secret');
CREATE SCHEMA $name;
IMPORT FOREIGN SCHEMA stock FROM SERVER $name INTO $name;
END
	}
	$node->safe_psql('postgres', <<'END');
CREATE UNLOGGED TABLE stock (item_code text, warehouse_code text, in_stock numeric, committed numeric, ordered numeric);
CREATE FUNCTION cpu_seconds() RETURNS numeric LANGUAGE sql VOLATILE AS $$
  SELECT (split_part(s, ' ', 14)::numeric + split_part(s, ' ', 15)::numeric) / 100
    FROM pg_read_file('/proc/self/stat') AS s $$;
CREATE FUNCTION peak_kb() RETURNS integer LANGUAGE sql VOLATILE AS $$
  SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::integer $$;
END
	return;
}

# In the one backend that all figures of ours come from.
sub sql
{
	my ($statement) = @_;
	my $answer = $client->query_safe($statement);

	$answer =~ s/\s+$//;
	return $answer;
}

sub sql_seconds
{
	my ($statement) = @_;
	return seconds(sub { sql($statement) });
}

sub sql_cpu
{
	my ($statement) = @_;
	my $before = sql('SELECT cpu_seconds()');

	sql($statement);
	return sql('SELECT cpu_seconds()') - $before;
}

# Runs the statement without sending its rows anywhere, and checks their number.
sub scan
{
	my ($statement, $expected) = @_;
	my $plan = sql("EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) $statement");
	my ($found) = $plan =~ /actual rows=([\d.]+)/;

	$found == $expected or die "$found rows, not $expected: $plan";
	return $plan;
}

sub requests_of
{
	my ($plan) = @_;
	my $requests = 0;

	$requests += $1 while $plan =~ /Requests: (\d+)/g;
	return $requests;
}

# The targets of the reads that a sub has caused.
sub recorded
{
	my ($sim, $sub) = @_;
	my $from = -s $sim->{record};

	$sub->();
	open(my $file, '<', $sim->{record}) or die "$sim->{record}: $!";
	seek($file, $from, 0);
	my @targets = map { /^GET (\S+)/ ? $1 : () } <$file>;
	close($file);
	return @targets;
}

# A configuration of curl that asks for the targets, over as many logins.
sub curl_config
{
	my ($sim, $logins, $targets, $output) = @_;
	my @cookies = map { login($sim) } 1 .. $logins;
	my $file = "$scratch/curl." . time() . int(rand 1e9);
	my $number = 0;

	open(my $config, '>', $file) or die "$file: $!";
	foreach my $target (@$targets)
	{
		my $cookie = $cookies[ $number % @cookies ];
		my $to = defined $output ? sprintf('%s/%04d.json', $output, $number) : '/dev/null';

		print $config "next\n" if $number++ > 0;
		print $config qq(url = "$sim->{base}$target"\noutput = "$to"\nheader = "Cookie: $cookie"\n),
		  qq(header = "Prefer: odata.maxpagesize=$page_size"\ncacert = "$sim->{ca}"\ngloboff\n);
	}
	close($config);
	return $file;
}

sub login
{
	my ($sim) = @_;
	my $body = '{"CompanyDB":"SBODEMOGB","UserName":"manager","Password":"sim-secret"}';
	my $answer;

	IPC::Run::run(
		[ 'curl', '-sS', '-i', '--fail', '--cacert', $sim->{ca}, '-d', $body, "$sim->{url}/Login" ],
		'>', \$answer) or die 'curl cannot log in';
	return join '; ', $answer =~ /^set-cookie: ([^;]+)/gim;
}

sub run_shell
{
	my ($command) = @_;
	system('bash', '-c', "set -e -o pipefail; $command") == 0 or die "failed: $command";
	return;
}

sub curl
{
	my ($config, $parallel) = @_;
	run_shell("curl -sS --fail --parallel --parallel-max $parallel --config $config 2>/dev/null");
	return;
}

sub compare_scans
{
	my $statement = sprintf $query, 'slow';

	scan($statement, $rows);
	my @targets = recorded($sim{slow}, sub { scan($statement, $rows) });
	my $config = curl_config($sim{slow}, $sessions, \@targets);

	curl($config, $sessions);
	bench_compare(
		"scan $rows rows, 10 ms a page, $sessions sessions: seconds",
		'<= 1.10',
		[ 'stockbridge', sub { seconds(sub { scan($statement, $rows) }) } ],
		[ "curl --parallel", sub { seconds(sub { curl($config, $sessions) }) } ]);
	compare_memory();
	return;
}

# In a backend of its own: a small scan first, so that what a backend has anyway
# does not count.
sub compare_memory
{
	my $statement = sprintf $query, 'slow';
	my $own = $node->background_psql('postgres');
	my $small = "EXPLAIN (ANALYZE, TIMING OFF) $statement OFFSET 0 LIMIT 10";

	$own->query_safe($small);
	my $before = $own->query_safe('SELECT peak_kb()');
	$own->query_safe("EXPLAIN (ANALYZE, TIMING OFF) $statement");
	my $after = $own->query_safe('SELECT peak_kb()');
	$own->quit;
	bench_count("peak memory of the backend meanwhile, over that of 10 rows",
		'<= 32', sprintf('%.1f', ($after - $before) / 1024), 'MB');
	return;
}

# The pages of one scan, in files.
my $pages;
my $fast_config;

sub fetch_pages
{
	my $statement = sprintf $query, 'fast';

	scan($statement, $rows);
	my @targets = recorded($sim{fast}, sub { scan($statement, $rows) });
	$pages = "$scratch/pages";
	mkdir $pages or die $!;
	curl(curl_config($sim{fast}, 1, \@targets, $pages), 1);
	return;
}

sub compare_cpu
{
	my $csv = "$scratch/stock.csv";
	my $insert = 'TRUNCATE stock; INSERT INTO stock ' . sprintf($query, 'fast');

	fetch_pages();
	run_shell("cc -O2 -o $scratch/jansson_parse $bench/jansson_parse.c -ljansson");
	sql($insert);
	sql("COPY stock TO '$csv' (FORMAT csv)");
	bench_compare(
		'the same into a table, no delay: CPU seconds of the backend',
		'<= 1.30',
		[ 'stockbridge', sub { sql_cpu($insert) } ],
		[
			'jansson_parse + COPY',
			sub {
				my $parse = child_cpu_seconds(sub { run_shell("$scratch/jansson_parse $pages/*.json") });
				return $parse + sql_cpu("TRUNCATE stock; COPY stock FROM '$csv' (FORMAT csv)");
			}
		]);
	sql('SELECT count(*) FROM stock') == $rows or die 'rows are missing';
	return;
}

# What people write who have no such wrapper.  Each fetches one page after the
# other, as one must who does not know how many there are.
sub compare_alternatives
{
	create_alternatives();
	# Who waits may use more sessions; four of them can be no faster than 5 times one.
	sql("ALTER SERVER slow OPTIONS (SET sessions '8')");
	foreach my $case ([ 'slow', 'with 10 ms a page, 8 sessions', '>= 5' ], [ 'fast', 'without delay', '>= 2' ])
	{
		my ($name, $words, $goal) = @$case;
		my @targets =
		  recorded($sim{$name}, sub { scan(sprintf($query, $name), $rows) });
		my %ways = alternatives($sim{$name}, \@targets);
		my ($best, $best_seconds);

		foreach my $way (sort keys %ways)
		{
			sql('TRUNCATE stock');
			my $seconds = seconds($ways{$way});
			sql('SELECT count(*) FROM stock') >= $rows or die "$way: rows are missing";
			bench_note(sprintf '%-46s %.3f s', "$way, $words", $seconds);
			($best, $best_seconds) = ($way, $seconds)
			  if !defined $best || $seconds < $best_seconds;
		}
		my $insert = 'INSERT INTO stock ' . sprintf($query, $name);
		bench_compare(
			"into a table, $words: seconds", $goal,
			[ 'stockbridge', sub { sql('TRUNCATE stock'); sql_seconds($insert) } ],
			[ $best, sub { sql('TRUNCATE stock'); seconds($ways{$best}) } ],
			runs => 2);
	}
	sql("ALTER SERVER slow OPTIONS (SET sessions '$sessions')");
	return;
}

sub create_alternatives
{
	$node->safe_psql('postgres', <<'END');
CREATE UNLOGGED TABLE page (body jsonb);
CREATE FUNCTION python_scan(host text, cafile text, cookie text, targets text[], page_size text)
RETURNS TABLE (item_code text, warehouse_code text, in_stock numeric, committed numeric, ordered numeric)
LANGUAGE plpython3u AS $$
import http.client, json, ssl
connection = http.client.HTTPSConnection(host, context=ssl.create_default_context(cafile=cafile))
for target in targets:
    connection.request("GET", target, headers={"Cookie": cookie, "Prefer": "odata.maxpagesize=" + page_size})
    for row in json.loads(connection.getresponse().read())["value"]:
        line = row["Items/ItemWarehouseInfoCollection"]
        yield (row["Items"]["ItemCode"], line["WarehouseCode"], line["InStock"], line["Committed"], line["Ordered"])
$$;
END
	return;
}

sub alternatives
{
	my ($sim, $targets) = @_;
	my $config = curl_config($sim, 1, $targets, undef);
	my $files = curl_config($sim, 1, $targets, $pages);
	my $to_stdout = "sed -i '/^output/d' $config";
	my $jq = '.value[] | [.Items.ItemCode] + (."Items/ItemWarehouseInfoCollection" | [.WarehouseCode, .InStock, .Committed, .Ordered]) | @csv';
	my $psql = 'psql -X -q -d ' . quote($node->connstr('postgres'));

	run_shell($to_stdout);
	my ($host) = $sim->{base} =~ m{https://(.*)};
	my $list = join ',', map { sql_literal($_) } @$targets;
	my $cookie = sql_literal(login($sim));
	return (
		'curl + jq + COPY' => sub {
			run_shell("curl -sS --config $config | jq -r " . quote($jq)
				  . " | $psql -c 'COPY stock FROM STDIN (FORMAT csv)'");
		},
		'plpython3u' => sub {
			sql("INSERT INTO stock SELECT * FROM python_scan('$host', '$sim->{ca}', $cookie, ARRAY[$list], '$page_size')");
		},
		'curl + jsonb_to_recordset' => sub {
			run_shell("curl -sS --config $files");
			sql("TRUNCATE page; INSERT INTO page SELECT pg_read_file('$pages/' || f)::jsonb FROM pg_ls_dir('$pages') AS f");
			sql(q{INSERT INTO stock
				SELECT x."Items"->>'ItemCode', l."WarehouseCode", l."InStock", l."Committed", l."Ordered"
				  FROM page,
				       jsonb_to_recordset(body->'value') AS x("Items" jsonb, "Items/ItemWarehouseInfoCollection" jsonb),
				       jsonb_to_record(x."Items/ItemWarehouseInfoCollection")
				         AS l("WarehouseCode" text, "InStock" numeric, "Committed" numeric, "Ordered" numeric)});
		});
}

sub quote
{
	my ($text) = @_;
	$text =~ s/'/'\\''/g;
	return "'$text'";
}

# Questions that a few requests can answer.
sub compare_small_requests
{
	sql("CREATE TEMPORARY TABLE wanted AS SELECT item_code FROM (SELECT DISTINCT item_code FROM stock) s ORDER BY md5(item_code) LIMIT 1000");
	sql('ANALYZE wanted');
	sql('ANALYZE slow.items; ANALYZE slow.item_warehouses');
	small_request('join of 1,000 local keys to items', 25,
		'SELECT w.item_code, i.item_name FROM wanted w JOIN slow.items i USING (item_code)', 1000);
	small_request('count and sum by warehouse over all rows', 1,
		'SELECT warehouse_code, count(*), sum(in_stock) FROM slow.item_warehouses GROUP BY warehouse_code', $warehouses);
	small_request('LIMIT 10', 1, "SELECT $columns FROM slow.item_warehouses LIMIT 10", 10);
	return;
}

sub small_request
{
	my ($work, $bound, $statement, $expected) = @_;
	my $plan = scan($statement, $expected);
	my @targets = recorded($sim{slow}, sub { scan($statement, $expected) });
	my $config = @targets ? curl_config($sim{slow}, 1, \@targets) : undef;

	bench_count("$work: requests", "<= $bound", requests_of($plan), 'requests');
	return if !defined $config;
	curl($config, 1);
	bench_compare(
		"$work: seconds", '<= 1.30',
		[ 'stockbridge', sub { seconds(sub { scan($statement, $expected) }) } ],
		[ 'curl', sub { seconds(sub { curl($config, 1) }) } ],
		runs => 5);
	return;
}

# Documents of real companies if there are any at hand, else the simulator's.
sub compare_import
{
	my @documents = glob(($ENV{STOCKBRIDGE_METADATA} // '/nowhere') . '/*.edmx*');
	my $sim = @documents
	  ? sim_start(map { /v1/i ? ('--metadata-v1' => $_) : ('--metadata-v2' => $_) } @documents)
	  : $sim{fast};
	my $document = "$scratch/metadata.xml";
	my $cookie = login($sim);

	$node->safe_psql('postgres', <<"END");
CREATE SERVER published FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS
  (url '$sim->{url}', company 'SBODEMOGB', ca_file '$sim->{ca}');
CREATE USER MAPPING FOR CURRENT_USER SERVER published OPTIONS (user 'manager', password 'sim-secret');
END
	run_shell("curl -sS --fail --cacert $sim->{ca} -H 'Cookie: $cookie' -o $document $sim->{url}/" . quote('$metadata'));
	bench_compare(
		sprintf('import of $metadata (%.1f MB): seconds', (-s $document) / 1e6), '<= 3',
		[
			'IMPORT FOREIGN SCHEMA',
			sub {
				sql('CREATE SCHEMA imported');
				my $seconds = sql_seconds('IMPORT FOREIGN SCHEMA service_layer FROM SERVER published INTO imported');
				sql('SELECT count(*) FROM information_schema.foreign_tables WHERE foreign_table_schema = \'imported\'') > 10
				  or die 'nothing was imported';
				sql("SET client_min_messages = warning; DROP SCHEMA imported CASCADE");
				return $seconds;
			}
		],
		[ 'xmllint', sub { seconds(sub { run_shell("xmllint --noout $document") }) } ]);
	return;
}
