# stockbridge.stat_remote: what is counted, for whom, and how it starts anew; and
# budgets of requests that all backends share.

use strict;
use warnings;

use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 25);
my $node = new_cluster('main', preload => 1, databases => '');
create_servers($node, $sim);

sub stat_of
{
	my ($columns, $server) = @_;
	return $node->safe_psql('postgres', "SELECT $columns FROM stockbridge.stat_remote WHERE server = '" . ($server // 'b1') . "'");
}
sub reset_all { $node->safe_psql('postgres', q(SELECT stockbridge.stat_remote_reset())); }
sub fault { sim_post($sim, '/sim/fault', { match => { path_contains => 'Items' }, times => 1, @_ }); }

# ---- what is counted ----

reset_all();
is(stat_of('count(*)'), 0, 'no counters at first');
$node->safe_psql('postgres', q(ALTER FOREIGN TABLE b1.items OPTIONS (ADD page_size '10')));
my $known = sim_get($sim, '/sim/requests')->{total};
$node->safe_psql('postgres', 'SELECT count(item_name), sum(quantity_on_stock) FROM (SELECT * FROM b1.items OFFSET 0) AS i');
is(stat_of('requests'), sim_get($sim, '/sim/requests')->{total} - $known, 'requests, as the company counts them');
is(stat_of('logins || $$ $$ || failed_logins'), '1 0', 'logins');
is(stat_of('pages || $$ $$ || rows >= $$3 25$$'), 't', 'pages and rows');
is(stat_of('bytes > 1000 AND mean_time > 0 AND max_time >= mean_time AND total_time >= max_time'), 't', 'bytes and times');
is(stat_of('(SELECT sum(n) FROM unnest(latency) AS n) = requests AND errors = 0'), 't', 'latencies of all');
is(stat_of('scope'), 'cluster', 'of the whole cluster');
is(stat_of('stats_since <= now() AND stats_since > now() - interval $$1 hour$$'), 't', 'since when');
is($node->safe_psql('postgres', q(SELECT string_agg(method, ' ' ORDER BY method COLLATE "C"), sum(requests) = (SELECT requests FROM stockbridge.stat_remote WHERE server = 'b1') FROM stockbridge.stat_remote_method WHERE server = 'b1')),
	'GET POST|t', 'by method');

# ---- errors, by class ----

reset_all();
fault(action => 'status', status => 503);
$node->safe_psql('postgres', q(SELECT count(item_name) FROM b1.items));
is(stat_of('server_errors || $$ $$ || retries || $$ $$ || errors'), '1 1 1', 'a fault that was overcome');
foreach my $case ([ 403, 'unauthorized' ], [ 429, 'throttled' ], [ 404, 'refused' ])
{
	my ($status, $column) = @$case;
	reset_all();
	fault(action => 'status', status => $status);
	$node->psql('postgres', q(SELECT count(item_name) FROM b1.items));
	is(stat_of("$column || \$\$ \$\$ || errors"), '1 1', "status $status is $column");
}
reset_all();
fault(action => 'drop_before_commit');
$node->safe_psql('postgres', q(SELECT count(item_name) FROM b1.items));
is(stat_of('broken || $$ $$ || errors'), '1 1', 'a connection that was lost');
$node->safe_psql('postgres', q(ALTER SERVER b1 OPTIONS (ADD request_timeout '300ms')));
reset_all();
fault(action => 'delay', delay_ms => 600);
$node->psql('postgres', q(SELECT count(item_name) FROM b1.items));
is(stat_of('timeouts || $$ $$ || errors'), '1 1', 'an answer that was late');
$node->safe_psql('postgres', q(ALTER SERVER b1 OPTIONS (DROP request_timeout)));
$node->safe_psql('postgres', q(CREATE SERVER nowhere FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'http://127.0.0.1:1/b1s/v2', company 'X');
CREATE USER MAPPING FOR CURRENT_USER SERVER nowhere OPTIONS (user 'u', password 'p');
CREATE FOREIGN TABLE nowhere (code text OPTIONS (property 'ItemCode')) SERVER nowhere OPTIONS (entity 'Items')));
$node->psql('postgres', 'SELECT * FROM nowhere');
is(stat_of('unreachable || $$ $$ || failed_logins || $$ $$ || coalesce(mean_time::text, $$none$$)', 'nowhere'), '1 1 none', 'a remote that is not there');

# ---- reset, and who may what ----

$node->safe_psql('postgres', q(SELECT stockbridge.stat_remote_reset('nowhere')));
is(stat_of('count(*)', 'nowhere') . stat_of('count(*)'), '01', 'one server is reset');
my (undef, undef, $stderr) = $node->psql('postgres', q(SELECT stockbridge.stat_remote_reset('absent')));
like($stderr, qr/server "absent" does not exist/, '… by its name');
$node->safe_psql('postgres', q(CREATE ROLE reader IN ROLE stockbridge_reader; CREATE ROLE nobody));
is($node->safe_psql('postgres', q(SET ROLE reader; SELECT count(*) > 0 FROM stockbridge.stat_remote, stockbridge.stat_remote_method)), 't', 'a reader reads');
foreach my $case ([ 'nobody', 'SELECT * FROM stockbridge.stat_remote' ], [ 'reader', 'SELECT stockbridge.stat_remote_reset()' ])
{
	(undef, undef, $stderr) = $node->psql('postgres', "SET ROLE $case->[0]; $case->[1]");
	like($stderr, qr/permission denied/, "$case->[0] may not: $case->[1]");
}

# ---- the budget of a server, kept by all backends together ----

my $limited = Stockbridge::Answers->start(
	sub {
		my ($request, $count) = @_;
		return { status => 429, headers => { 'Retry-After' => 1 } } if $count == 4;
		return { json => [ { a => $count } ] };
	});
$node->safe_psql('postgres', <<"END");
CREATE SERVER limited FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'rest', auth 'none', url '@{[ $limited->url ]}', rate '3/min', throttle_max_wait '2s');
CREATE FOREIGN TABLE limited (a text OPTIONS (path '/a')) SERVER limited OPTIONS (request 'GET /rows', rows '/*');
END
is(join(' ', map { $node->safe_psql('postgres', 'SELECT a FROM limited') } 1 .. 3), '1 2 3', 'three backends use up a budget');
(undef, undef, $stderr) = $node->psql('postgres', 'SELECT a FROM limited');
like($stderr, qr/limited/, '… and the fourth would have to wait for too long');
is(scalar(my @sent = $limited->requests), 3, '… and sends nothing');
$node->safe_psql('postgres', q(ALTER SERVER limited OPTIONS (SET rate '100/min', SET throttle_max_wait '0s')));
(undef, undef, $stderr) = $node->psql('postgres', 'SELECT a FROM limited');
like($stderr, qr/429|too many/, 'a remote that asks to wait');
(undef, undef, $stderr) = $node->psql('postgres', 'SELECT a FROM limited');
isnt($stderr, '', '… is left alone by the next backend, too');
is(scalar(@sent = $limited->requests), 4, '… which sends nothing');
$node->safe_psql('postgres', q(ALTER SERVER limited OPTIONS (SET throttle_max_wait '10s')));
is($node->safe_psql('postgres', 'SELECT a FROM limited'), 5, '… until the time has come');

# ---- without shared memory ----

$node->append_conf('postgresql.conf', q(shared_preload_libraries = ''));
$node->restart;
is($node->safe_psql('postgres', q(SELECT count(item_code) FROM b1.items;
SELECT scope, requests > 0, logins FROM stockbridge.stat_remote WHERE server = 'b1')), "25\nbackend|t|1", 'without shared memory each backend counts for itself');
is(stat_of('count(*)'), 0, '… and for nobody else');

$node->stop;
done_testing();
