# Actions of rows and operations of the company, called from SQL.

use strict;
use warnings;

use Stockbridge::Answers;
use Stockbridge::Test;
use Test::More;

my $sim = sim_start('--items' => 20, '--warehouses' => 2, '--orders' => 9);
my $node = new_cluster('main');
create_servers($node, $sim);
(my $v1 = $sim->{url}) =~ s/v2$/v1/;
$node->safe_psql('postgres', <<"END");
CREATE SERVER b1v1 FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url '$v1', company 'SBODEMOGB', ca_file '$sim->{ca}');
CREATE USER MAPPING FOR CURRENT_USER SERVER b1v1 OPTIONS (user 'manager', password 'sim-secret');
CREATE SCHEMA b1v1;
IMPORT FOREIGN SCHEMA stock FROM SERVER b1v1 INTO b1v1;
END

sub query { return $node->safe_psql('postgres', $_[0]); }

# SQLSTATE and text of the error that a query ends in.
sub failure
{
	my ($sql) = @_;
	my ($status, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	isnt($status, 0, "refused: $sql");
	return $stderr;
}

sub fault { sim_post($sim, '/sim/fault', { times => 1, @_ }); }

my @orders = split /\n/, query('SELECT doc_entry FROM b1.orders ORDER BY 1 LIMIT 6');
my $status = 'SELECT document_status, cancelled FROM b1.orders WHERE doc_entry = ';
foreach my $b1 (qw(b1 b1v1))
{
	my $order = shift @orders;
	is(query("SELECT stockbridge.call_action('$b1.orders', $order, 'Close') IS NULL"), 't', "$b1: Close answers nothing");
	is(query("$status$order"), 'bost_Close|f', '… and closes the order');
	like(failure("SELECT stockbridge.call_action('$b1.orders', $order, 'Close')"), qr/refused calling Orders\($order\)\/Close: Document is already closed.*-5002/s, '… but once');
	my $receipt = query(qq(INSERT INTO $b1.purchase_delivery_notes (card_code, document_lines) SELECT min(card_code), '[{"ItemCode":"A00001","Quantity":3,"WarehouseCode":"01","UnitPrice":1}]' FROM $b1.purchase_orders RETURNING doc_entry));
	is(query("SELECT stockbridge.call_action('$b1.purchase_delivery_notes', '$receipt', 'CreateCancellationDocument') ->> 'CancelStatus'"), 'csCancellation', 'an action that answers a document');
	like(query("SELECT stockbridge.call_service('$b1', 'CompanyService_GetAdminInfo') ->> 'DefaultWarehouse'"), qr/^01$/, 'an operation that reads, by GET or POST');
	like(failure("SELECT stockbridge.call_action('$b1.orders', 999999, 'Close')"), qr/P0002.*refused calling Orders\(999999\)\/Close.*-2028/s, 'no such row');
	like(failure("SELECT stockbridge.call_action('$b1.orders', $orders[0], 'Explode')"), qr/refused calling Orders\($orders[0]\)\/Explode/s, 'no such action');
}
my ($order, $other) = @orders;
is(query("SELECT count(stockbridge.call_action('b1.orders', doc_entry, 'Cancel')) FROM b1.orders WHERE doc_entry = $order"), 0, 'for each row of a query');
is(query("$status$order"), 'bost_Close|t', '… cancelled');
like(failure("SELECT stockbridge.call_action('b1.orders', '$other)/Cancel?x=(1', 'Close')"), qr/22P02/, 'a key is a value of its column');
like(failure("SELECT stockbridge.call_action('b1.orders', $other, 'Close?x')"), qr/22023.*no name of an action/s, 'an action is a name');
like(failure("SELECT stockbridge.call_action('b1.order_lines', $other, 'Close')"), qr/42809/, 'lines have no actions');
like(failure("SELECT stockbridge.call_action('pg_class', $other, 'Close')"), qr/42809/, 'nor have local tables');
like(failure("SELECT stockbridge.call_action('b1.orders', NULL::text, 'Close')"), qr/22004/, 'nothing is called for null');
foreach my $b1 (qw(b1 b1v1))
{
	query(qq(CREATE SCHEMA raw_$b1; IMPORT FOREIGN SCHEMA service_layer LIMIT TO ("Orders", "Items") FROM SERVER $b1 INTO raw_$b1));
	like(failure("SELECT stockbridge.call_action('raw_$b1.orders', $other, 'Explode')"), qr/42883.*HINT:.*are: .*Cancel.*Close/s, "$b1: where the import has found actions, nothing is sent for another");
	like(failure("SELECT stockbridge.call_action('raw_$b1.orders', 999999, 'Close')"), qr/-2028/, '… and its own go');
}
like(failure("SELECT stockbridge.call_service('b1', 'NoService_Nothing')"), qr/refused calling NoService_Nothing: Service Not Found/s, 'no such operation');
like(failure("SELECT stockbridge.call_service('b1', 'DraftsService_SaveDraftToDocument', '[1]')"), qr/22023/, 'parameters are an object');

# --- An action is a write --------------------------------------------------------

fault(match => { path_contains => "Orders($other)/Close" }, action => 'drop_after_commit');
my $error = failure("SELECT stockbridge.call_action('b1.orders', $other, 'Close')");
like($error, qr/08007.*outcome of calling Orders\($other\)\/Close at server "b1" is not known.*HINT:.*Look whether/s, 'an answer that is lost');
like($error, qr/WARNING:.*Outcome unknown: 1, Orders\($other\)\/Close\./s, '… and told at the rollback');
like(query("$status$other"), qr/^bost_Close/, '… was carried out');
(undef, undef, $error) = $node->psql('postgres', "BEGIN; SELECT stockbridge.call_action('b1.orders', $orders[2], 'Cancel'); ROLLBACK");
like($error, qr/WARNING:.*Written: 1, Orders\($orders[2]\)\/Cancel\./s, 'a rollback does not undo it');
(undef, undef, $error) = $node->psql('postgres', "BEGIN; SELECT stockbridge.call_service('b1v1', 'CompanyService_GetAdminInfo') ->> 'x'; ROLLBACK");
is($error, '', 'an operation that reads has written nothing, even by POST');

like(failure("BEGIN READ ONLY; SELECT stockbridge.call_action('b1.orders', $orders[3], 'Cancel')"), qr/25006/, 'nothing is called in a transaction that only reads');
like(query("BEGIN READ ONLY; SELECT stockbridge.call_service('b1', 'CompanyService_GetAdminInfo') ->> 'DefaultWarehouse'"), qr/^01$/, '… but what only reads');

# --- Who may -----------------------------------------------------------------------

query(<<'END');
CREATE ROLE clerk; GRANT stockbridge_operator TO clerk; GRANT USAGE ON SCHEMA b1 TO clerk; GRANT SELECT ON b1.orders TO clerk;
CREATE ROLE stranger; GRANT USAGE ON SCHEMA b1, stockbridge TO stranger;
END
sub as { return "SET ROLE $_[0]; $_[1]"; }
my $reopen = "SELECT stockbridge.call_action('b1.orders', $other, 'Close')";
like(failure(as('stranger', $reopen)), qr/42501.*function call_action/s, 'not everybody may call');
like(failure(as('clerk', $reopen)), qr/42501.*foreign table orders/s, 'an operator needs UPDATE on the table');
like(failure(as('clerk', "SELECT stockbridge.call_service('b1', 'CompanyService_GetAdminInfo')")), qr/42501.*foreign server b1/s, '… and USAGE on the server');
query('GRANT UPDATE ON b1.orders TO clerk; GRANT USAGE ON FOREIGN SERVER b1 TO clerk');
$error = failure(as('clerk', $reopen));
like($error, qr/no user and password for server "b1"/s, '… and a user of the company');
unlike($error, qr/WARNING/, '… without whom nothing is sent, and nothing unknown');
query("CREATE USER MAPPING FOR clerk SERVER b1 OPTIONS (user 'manager', password 'sim-secret')");
like(failure(as('clerk', $reopen)), qr/Document is already closed/s, '… which it then is');

# --- How it is spelled ---------------------------------------------------------------

my $remote = Stockbridge::Answers->start(
	sub {
		my ($request) = @_;

		return { json => { SessionId => 'x', SessionTimeout => 30 }, headers => { 'Set-Cookie' => 'B1SESSION=x' } } if $request->{path} =~ /Login$/;
		return { status => 204 } if $request->{path} =~ /Logout$/;
		return { json => { value => '2026-11-30' } };
	});
query("CREATE SERVER spelled FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url '@{[ $remote->url ]}/b1s/v2', company 'c');
	CREATE USER MAPPING FOR CURRENT_USER SERVER spelled OPTIONS (user 'u', password 'p');
	CREATE SCHEMA spelled; IMPORT FOREIGN SCHEMA stock LIMIT TO (items) FROM SERVER spelled INTO spelled");
is(query(q(SELECT stockbridge.call_service('spelled', 'SBOBobService_GetDueDate', '{"CardCode":"O''B&1","RefDate":20}') ->> 'value')), '2026-11-30', 'a function with arguments');
is(query(q(SELECT stockbridge.call_service('spelled', 'MyService_Do', '{"A":{"B":"ü"}}') ->> 'value')), '2026-11-30', 'an action with parameters');
is(query(q(SELECT stockbridge.call_service('spelled', 'MyService_Read', method => 'GET') ->> 'value')), '2026-11-30', 'the method that one says');
is(query(q(SELECT stockbridge.call_action('spelled.items', 'A''/1', 'Cancel', '{"x":1}') ->> 'value')), '2026-11-30', 'a key of text');
my @sent = map { "$_->{method} $_->{path} $_->{body}" } grep { $_->{path} !~ /Log/ } $remote->requests;
is_deeply(\@sent, [
	"GET /b1s/v2/SBOBobService_GetDueDate(RefDate=20,CardCode=%27O%27%27B%261%27) ",
	"POST /b1s/v2/MyService_Do {\"A\": {\"B\": \"\x{c3}\x{bc}\"}}",
	'GET /b1s/v2/MyService_Read ',
	"POST /b1s/v2/Items(%27A%27%27%2F1%27)/Cancel {\"x\": 1}" ], 'what is sent') or diag explain(\@sent);

$node->stop;
sim_stop($sim);
done_testing();
