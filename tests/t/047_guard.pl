# The user table that guards documents: found, used in one change set with each
# document, and the company refuses what it has already.

use strict;
use warnings;

use JSON::PP ();
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 20, '--warehouses' => 2);
my $node = new_cluster('main');
create_link_demo($node, $sim);
query(q(UPDATE stockbridge.link SET settle_time = '500ms', retry_first = '10ms', retry_longest = '100ms', sessions = 2));
query(q(CALL stockbridge.pull('main', 'items')));

sub query { return $node->safe_psql('postgres', $_[0]); }

sub post_all
{
	poll_until(
		sub {
			query(q(CALL stockbridge.post('main')));
			return query(q(SELECT count(*) = 0 FROM stockbridge.posting_queue WHERE state IN ('ready', 'posting', 'retry', 'in_doubt'))) eq 't';
		},
		'everything to be posted');
	return;
}

sub receive { return query("SELECT stockbridge.enqueue('main', 'receipt', '$_[0]', 1, 'WH-A')"); }
sub state_of { return query("SELECT state FROM stockbridge.movement_state WHERE movement = $_[0]"); }
sub key_of { return query("SELECT d.key FROM stockbridge.document d JOIN stockbridge.document_line USING (link, document) WHERE movement = $_[0]"); }
sub copies { my $key = key_of($_[0]); return scalar grep { ($_->{key} // '') eq $key } @{ sim_get($sim, '/sim/ledger')->{documents} }; }

# --- What the company allows ----------------------------------------------------

like(query('SELECT guarantee FROM stockbridge.posting_guarantee'), qr/^it is looked up before it is sent again, not before/,
	'nobody has asked the company yet');
is(query(q(SELECT bool_and(present) FROM stockbridge.prepare_company('b1'))), 't', 'the company has field and user table');
like(query('SELECT guarantee FROM stockbridge.posting_guarantee'), qr/^B1 refuses a second document/, 'which is used from now on');

my $bare = sim_start('--items' => 10, '--no-udf' => undef, '--no-udt' => undef);
query("CREATE SERVER bare FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '$bare->{url}', company 'SBODEMOGB', ca_file '$bare->{ca}')");
query(q(CREATE USER MAPPING FOR CURRENT_USER SERVER bare OPTIONS (user 'manager', password 'sim-secret')));
query(q(SELECT stockbridge.create_link('bare', company => 'bare', ims => 'wms')));
is(query(q(SELECT bool_or(present) FROM stockbridge.prepare_company('bare'))), 'f', 'a company without either is told');
is(query(q(SELECT guard_table IS NULL AND guarantee LIKE 'none:%' FROM stockbridge.posting_guarantee WHERE link = 'bare')), 't',
	'and no guarantee is claimed for it');
like(query(q(SELECT detail FROM stockbridge.prepare_company('bare', install => true) WHERE feature LIKE 'user table % defined')),
	qr/./, 'it can be asked to define them');

# --- Posting with it ------------------------------------------------------------------

my $guarded = receive('A00001');
post_all();
is(state_of($guarded), 'posted', 'a document and its guard are made together');
is(copies($guarded), 1, 'once');
is(query(q(SELECT DISTINCT evidence->>'by' FROM stockbridge.movement_history WHERE state = 'posted')), 'answer',
	'the answer of its part is its read-back');

sim_post($sim, '/sim/fault', { match => { method => 'POST', path_contains => '$batch' }, action => 'drop_after_commit' });
my $lost = receive('A00002');
post_all();
is(state_of($lost), 'posted', 'after a lost answer it is found');
is(copies($lost), 1, 'once');

# Even a resend that no look-up preceded cannot make a second one.
my $again = receive('A00003');
post_all();
query(<<"END");
UPDATE stockbridge.document d SET state = 'retry', due_at = now(), doc_entry = NULL, posted_at = NULL
  FROM stockbridge.document_line l WHERE l.link = d.link AND l.document = d.document AND l.movement = $again;
UPDATE stockbridge.movement_state SET state = 'retry', waits = true WHERE movement = $again;
END
query(q(CALL stockbridge.post('main')));
is(copies($again), 1, 'sent twice with its key, B1 takes it once');
post_all();
is(state_of($again), 'posted', 'and it is found by its key');
is(query("SELECT string_agg(coalesce(rule, 'posted'), ', ' ORDER BY attempt) FROM stockbridge.attempt a JOIN stockbridge.document_line l USING (link, document) WHERE l.movement = $again"),
	'posted, already exists', 'its second attempt was refused as a duplicate');

# A refusal is that of the document; the guard is undone with it.
my $short = query(q(SELECT stockbridge.enqueue('main', 'dispatch', 'A00004', 900000000, 'WH-A')));
post_all();
is(query("SELECT problem FROM stockbridge.movement_state WHERE movement = $short"), 'negative_stock', 'a refusal of the document is told as such');
query(q(SELECT stockbridge.enqueue('main', 'receipt', 'A00004', 900000000, 'WH-A')));
post_all();
query("SELECT stockbridge.retry($short)");
post_all();
is(state_of($short), 'posted', 'and leaves nothing behind that would refuse it later');

foreach my $action ('truncate', 'malformed_json', 'html_502')
{
	sim_post($sim, '/sim/fault', { match => { method => 'POST', path_contains => '$batch' }, action => $action, $action eq 'html_502' ? (commit => JSON::PP::true()) : () });
	my $movement = receive('A00005');
	post_all();
	is(state_of($movement), 'posted', "$action: posted in the end");
	is(copies($movement), 1, "$action: once");
}
is(query("SELECT count(*) FROM stockbridge.check_invariants() WHERE subject <> 'movement $again'"), 0,
	'the invariants hold, but for the history that was bypassed above');
done_testing();
