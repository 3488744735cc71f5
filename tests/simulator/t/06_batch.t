# $batch: order, change sets, failures, and what stays.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Sim;
use Test::More;

my $sim = Sim->new('--items' => 10);
$sim->login;

sub part { my ($head, $body) = @_; return "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n$head\r\n$body" }
sub read_part { my ($path) = @_; return part('', "GET $path\r\n\r\n") }
sub write_part { my ($id, $method, $path, $body) = @_; return part("Content-ID: $id\r\n", "$method $path\r\nContent-Type: application/json\r\n\r\n" . encode_json($body)) }
sub change_set { return "Content-Type: multipart/mixed;boundary=c\r\n\r\n" . join('', map { "--c\r\n$_\r\n" } @_) . "--c--" }
sub batch { my ($v, @part) = @_; return $sim->post($v, '$batch', join('', map { "--b\r\n$_\r\n" } @part) . "--b--\r\n", 'Content-Type: multipart/mixed;boundary=b') }
sub statuses { my ($answer) = @_; return join ' ', $answer->{text} =~ /^HTTP\/1\.1 (\d+)/mg }
sub receipt { my ($key, @change) = @_; return { U_SB_KEY => $key, DocumentLines => [ { ItemCode => 'A00001', Quantity => 1, WarehouseCode => '01', @change } ] } }
sub held { my ($key) = @_; return scalar grep { ($_->{key} // '') eq $key } @{ $sim->sim('ledger')->{documents} } }

my $two = batch(2, read_part("/b1s/v2/Items('A00001')"), change_set(write_part(1, 'POST', '/b1s/v2/InventoryGenEntries', receipt('a')), write_part(2, 'POST', 'InventoryGenEntries', receipt('b'))));
is("$two->{status} " . statuses($two), '200 200 201 201', 'parts run in order, in version 2 under 200');
like($two->{header}{'content-type'}, qr{^multipart/mixed;boundary=batchresponse_}, 'the answer is multipart');
like($two->{text}, qr/Content-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\nHTTP/, 'version 2 names the part outside');
is(held('a') . held('b'), '11', 'both documents are there');
my $one = batch(1, change_set(write_part(7, 'POST', '/b1s/v1/InventoryGenEntries', receipt('c'))));
is("$one->{status} " . statuses($one), '202 201', 'in version 1 under 202');
like($one->{text}, qr/HTTP\/1\.1 201 Created\r\nContent-ID: 7\r\n/, '… which names the part inside');

# a change set is all or nothing, and ends the batch
my $failed = batch(2, change_set(write_part(1, 'POST', 'InventoryGenEntries', receipt('d')), write_part(2, 'POST', 'InventoryGenEntries', receipt('e', ItemCode => 'NOPE'))),
	read_part('/b1s/v2/Items/$count'));
is("$failed->{status} " . statuses($failed), '200 400', 'a failing change set answers once, and what follows is not answered');
is(held('d'), 0, '… and nothing of it stays');
unlike($failed->{text}, qr/changesetresponse/, '… nor is the answer a change set');
my $partial = batch(2, change_set(write_part(1, 'POST', 'InventoryGenEntries', receipt('f'))), read_part("Items('NOPE')"), change_set(write_part(1, 'POST', 'InventoryGenEntries', receipt('g'))));
is(statuses($partial) . ' ' . held('f') . held('g'), '201 404 10', 'what went before stays, what comes after is not done');

# the guard against a second copy
my @guarded = map { batch(2, change_set(write_part(1, 'POST', 'InventoryGenEntries', receipt('guard')), write_part(2, 'POST', 'U_SB_POSTED', { Code => 'guard', Name => 'x' }))) } 1, 2;
is(statuses($guarded[0]) . ' ' . statuses($guarded[1]) . ' ' . held('guard'), '201 201 400 1', 'a unique row in the change set refuses the second copy');
like($guarded[1]->{text}, qr/-2035/, '… with its code');

# references within a change set
my $reference = batch(2, change_set(write_part(1, 'POST', 'Orders', { CardCode => 'C00001', DocumentLines => [ { ItemCode => 'A00002', Quantity => 1 } ] }), write_part(2, 'PATCH', '$1', { Comments => 'later' }), part("Content-ID: 3\r\n", "POST \$1/Cancel\r\n\r\n")));
is(statuses($reference), '201 204 204', 'a part may name what an earlier one made');
is($sim->get(2, 'Orders(1)')->{json}{Comments}, 'later', '… and change it');

# headers of parts
my $quiet = batch(2, change_set(part("Content-ID: 1\r\n", "POST InventoryGenEntries\r\nPrefer: return-no-content\r\n\r\n" . encode_json(receipt('h')))));
is(statuses($quiet), '204', 'a part has its own headers');
like($quiet->{text}, qr/^Location: \/b1s\/v2\/InventoryGenEntries\(\d+\)\r$/m, '… and tells its place');

# what is not a batch
my $incomplete = '-1000: Incomplete Batch Request Body!';
is(Sim::error($sim->post(2, '$batch', "--b\r\n" . read_part('Items') . "\r\n", 'Content-Type: multipart/mixed;boundary=b')), $incomplete, 'no closing boundary');
is($sim->post(2, '$batch', "--b\r\n" . read_part('Items') . "\r\n--b--\r\n", 'Content-Type: multipart/mixed;boundary="b"')->{status}, 405, 'a quoted boundary');
is(Sim::error(batch(2, part('', 'GET /b1s/v2/Items'))), $incomplete, 'one blank line too few after a GET');
is(Sim::error($sim->post(2, '$batch', '{}', 'Content-Type: application/json')), $incomplete, 'no multipart at all');
is(batch(2, change_set(part('', "POST InventoryGenEntries\r\n\r\n" . encode_json(receipt('i')))))->{status}, 400, 'version 2 wants a Content-ID in a change set');
is(batch(2, change_set(part("Content-ID: 1\r\n", "GET Items\r\n\r\n")))->{status}, 400, 'a change set does not read');

done_testing();
