package Stockbridge::FaultRun;

=head1 NAME

Stockbridge::FaultRun - thousands of movements through every fault there is

=head1 SYNOPSIS

	my $run = Stockbridge::FaultRun->new(seed => 7);
	$run->go(movements => 2000, kills => 20);
	$run->prove;

=head1 DESCRIPTION

The run keeps books of its own: what every movement does to the stock of an item
in a warehouse.  Workers post the movements while the simulator loses requests,
answers wrongly, late or not at all, parks documents for approval or refuses
them, and while workers, the server and the simulator are killed, at random and
at the named steps of the protocol.  In the end everything must have been posted,
once: the simulator's ledger holds each key once, and its stock has changed by
exactly what the books of the run say.

A run is repeated with its seed as far as the machine's timing allows; the seed
is printed.

=cut

use strict;
use warnings;

use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Utils ();
use Stockbridge::Test;
use Test::More;
use Time::HiRes qw(time);

# Requests give up after one second, so that late answers are quick to make; the
# settle time is longer than any delay ordered below.
use constant {
	REQUEST_TIMEOUT => '1s',
	LONGEST_DELAY_MS => 1500,
	SETTLE_TIME => '3s',
	LEASE => '20s'
};

# Where a worker may be ended, in the order of the protocol (extension/test_point.h).
my @steps = (
	'attempt claimed', 'attempt committed', 'request sent', 'answer received', 'answer stored', 'answer settled');

my @warehouses = ([ 'WH-A', '01' ], [ 'WH-B', '02' ], [ 'WH-C', '03' ]);

=head1 METHODS

=over

=item Stockbridge::FaultRun->new(seed => N, items => 60, lines => 8)

Starts a simulator with so many items and a cluster whose workers serve one link,
with documents of so many lines at most.

=cut

sub new
{
	my ($class, %options) = @_;
	my $seed = $options{seed} // int(rand 1e9);
	my $self = bless {
		seed => $seed,
		movements => 0,
		kills => 0,
		faults => 0,
		stock => {},
		sim => sim_start('--items' => $options{items} // 60, '--warehouses' => scalar @warehouses, '--allow-negative' => undef),
	}, $class;

	note("seed $seed");
	srand($seed);
	$self->{node} = new_cluster('faults', preload => 1, test_points => 1, conf => <<'END');
restart_after_crash = on
stockbridge.naptime = '20ms'
stockbridge.max_workers = 3
max_worker_processes = 12
log_statement = none
END
	$self->create_link(%options);
	$self->{before} = { map { stock_key($_->{item_code}, $_->{warehouse_code}) => $_->{in_stock} } $self->b1_stock };
	return $self;
}

# The inventory system of the simulator has two movements to tell; after them
# all movements are those of the run.
sub create_link
{
	my ($self, %options) = @_;

	create_link_demo($self->{node}, $self->{sim}, b1 => { request_timeout => REQUEST_TIMEOUT });
	$self->sql(sprintf <<'END', SETTLE_TIME, LEASE, $options{lines} // 8);
UPDATE stockbridge.link SET settle_time = '%s', lease = '%s', retry_first = '20ms', retry_longest = '200ms',
       parked_check = '200ms', max_attempts = 50, document_lines = %d;
END
	$self->{node}->poll_query_until('postgres', q(SELECT count(*) = 2 AND bool_and(state = 'posted') FROM stockbridge.movement_state))
	  or die 'the workers do not begin';
	$self->sql(q(DELETE FROM stockbridge.feed WHERE feed IN ('movements', 'stock')));
	$self->{items} = [ split /\n/, $self->sql(<<'END') ];
SELECT i.item_code FROM stockbridge.b1_item i
 WHERE i.valid AND NOT i.frozen AND i.inventory_item AND NOT i.manage_batch_numbers AND NOT i.manage_serial_numbers
 ORDER BY i.item_code
END
	return;
}

# A statement is given again if the server was just dying: enqueue() knows a
# movement again by its reference, and all else that is asked here may be repeated.
sub sql
{
	my ($self, $text) = @_;
	my ($status, $out, $errors);

	poll_until(
		sub {
			($status, $out, $errors) = $self->{node}->psql('postgres', $text, on_error_stop => 1);
			return $status != 2;
		},
		'a connection');
	die "$text: $errors" if $status != 0;
	return $out;
}

sub b1_stock { return @{ sim_get($_[0]{sim}, '/sim/stock')->{stock} }; }
sub stock_key { return "$_[0] $_[1]"; }
sub pick { return $_[ int rand @_ ]; }

=item $run->go(movements => N, kills => N)

Enqueues so many movements at least and kills so many times at least, with faults
all the while.

=cut

sub go
{
	my ($self, %amounts) = @_;
	my $each = $amounts{movements} / $amounts{kills};
	my $started = time();

	while ($self->{kills} < $amounts{kills} || $self->{movements} < $amounts{movements})
	{
		$self->enqueue($each);
		$self->order_faults;
		$self->wait_for_progress;
		$self->kill_something;
	}
	$self->drain;
	note(sprintf '%d movements, %d kills, %d faults ordered in %.0f s, seed %d',
		@{$self}{qw(movements kills faults)}, time() - $started, $self->{seed});
	return;
}

# A quantity of up to three decimals, never zero.
sub quantity { return (1 + int rand 20_000) / 1000; }

# Movements of all kinds, and what they do in our own books, in millionths.
sub enqueue
{
	my ($self, $count) = @_;
	my @inputs;

	foreach (1 .. $count)
	{
		my $kind = pick(qw(receipt receipt dispatch adjustment transfer));
		my $item = pick(@{ $self->{items} });
		my ($from, $to) = sort { rand() <=> 0.5 } @warehouses;
		my $quantity = quantity();
		my %input = (kind => $kind, sku => $item, location => $from->[0],
			movement_ref => "$self->{seed}-" . ++$self->{movements});

		if ($kind eq 'transfer')
		{
			$input{to_location} = $to->[0];
			$self->book($item, $from->[1], -$quantity);
			$self->book($item, $to->[1], $quantity);
		}
		elsif ($kind eq 'adjustment')
		{
			$quantity = -$quantity if rand() < 0.5;
			$input{reason} = 'counted';
			$self->book($item, $from->[1], $quantity);
		}
		else
		{
			$self->book($item, $from->[1], $kind eq 'receipt' ? $quantity : -$quantity);
		}
		push @inputs, { %input, quantity => $quantity };
	}
	my $json = sql_literal(JSON::PP->new->encode(\@inputs));
	$self->sql(<<"END");
SELECT count(*) FROM stockbridge.enqueue('main', ARRAY(
  SELECT r FROM jsonb_populate_recordset(NULL::stockbridge.movement_input, $json) AS r))
END
	return;
}

sub book
{
	my ($self, $item, $warehouse, $quantity) = @_;

	$self->{stock}{ stock_key($item, $warehouse) } += sprintf '%.0f', $quantity * 1e6;
	return;
}

# Faults for a few of the postings to come.
sub order_faults
{
	my ($self) = @_;

	foreach (1 .. 1 + int rand 3)
	{
		my $fault = pick(@{ $self->faults });

		sim_post($self->{sim}, $fault->[0], $fault->[1]);
		$self->{faults}++;
	}
	return;
}

sub faults
{
	my ($self) = @_;
	my %post = (match => { method => 'POST', path_contains => pick(qw(InventoryGenEntries InventoryGenExits StockTransfers)) });
	my %any = (match => { method => pick(qw(GET POST)), path_contains => '/b1s/v2/' });
	my $commit = rand() < 0.5 ? JSON::PP::true : JSON::PP::false;
	my @fault = (
		{ %post, action => 'drop_before_commit', reset => $commit },
		{ %post, action => 'drop_after_commit', reset => $commit },
		{ %post, action => 'delay', delay_ms => 1 + int rand LONGEST_DELAY_MS },
		{ %post, action => 'status', status => pick(500, 503, 504), commit => $commit, code => '-1', message => 'Internal error' },
		{ %post, action => 'html_502', commit => $commit },
		{ %post, action => 'status', status => 400, code => '-2038', message => 'Another user modified the table (ODBC -2038)' },
		{ %post, action => 'status', status => 412, code => '-2039', message => 'Another user or another operation modified data (ODBC -2039)' },
		{ %post, action => 'status', status => 400, code => '-2035', message => 'Object locked by another user (ODBC -2035)' },
		{ %post, action => 'malformed_json' },
		{ %any, action => 'truncate' },
		{ %any, action => 'close_idle' },
		{ %any, action => 'broken_session' },
		{ %any, action => 'pretty' },
		{ %any, action => 'drop_after_commit' });
	my $entity = pick(qw(InventoryGenEntries InventoryGenExits StockTransfers));

	return [
		(map { [ '/sim/fault', { %$_, times => 1 + int rand 3 } ] } @fault),
		[ '/sim/policy', { kind => 'approval', entity => $entity, times => 1 } ],
		[ '/sim/policy', { kind => 'approval_created', entity => $entity, times => 1 } ],
		[ '/sim/policy', { kind => 'reject', entity => $entity, times => 1, code => '-1116', text => '(7) not on a full moon' } ],
		[ '/sim/sessions', {} ] ];
}

# Until the workers have changed something since, so that kills come while they
# work: after a random number of state changes.
sub wait_for_progress
{
	my ($self) = @_;
	my $seen = $self->transitions;
	my $steps = int rand 30;

	poll_until(
		sub {
			return 1 if $self->transitions >= $seen + $steps;
			return $self->is_at_rest;
		},
		'the workers to go on');
	return;
}

sub is_at_rest
{
	my ($self) = @_;
	return $self->sql(q(SELECT count(*) = 0 FROM stockbridge.posting_queue WHERE state IN ('ready', 'posting', 'retry'))) eq 't';
}

sub transitions { return $_[0]->sql('SELECT coalesce(max(transition), 0) FROM stockbridge.transition'); }

sub kill_something
{
	my ($self) = @_;
	my $way = pick(qw(step step step worker backend server simulator));

	return $self->end_at_step if $way eq 'step';
	$self->{kills}++;
	return $self->signal_worker('TERM') if $way eq 'worker';
	return $self->signal_worker('KILL') if $way eq 'backend';
	return $self->restart_server if $way eq 'server';
	return $self->restart_simulator;
}

# Workers die, or fail, at one step of the protocol, until one has or nothing is
# left to do.
sub end_at_step
{
	my ($self) = @_;
	my $log = $self->{node}->logfile;
	my $from = -s $log;
	my $point = sprintf '"%s=%s"', pick(@steps), pick(qw(crash crash terminate error));
	my $ended = 0;

	$self->set_test_points($point);
	poll_until(
		sub {
			$ended = () = PostgreSQL::Test::Utils::slurp_file($log, $from) =~ /at test point "/g;
			return $ended > 0 || $self->is_at_rest;
		},
		"a worker to reach $point");
	$self->set_test_points('');
	$self->{kills} += $ended;
	return;
}

sub set_test_points
{
	my ($self, $points) = @_;

	$self->sql('ALTER SYSTEM SET stockbridge.test_points = ' . sql_literal($points));
	$self->sql('SELECT pg_reload_conf()');
	return;
}

# A killed process takes all others of the cluster with it; the postmaster stays.
sub signal_worker
{
	my ($self, $signal) = @_;
	my @pids = split /\n/, $self->sql(q(SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'stockbridge %'));

	kill $signal, pick(@pids) if @pids;
	return;
}

sub restart_server
{
	my ($self) = @_;

	$self->{node}->stop('immediate');
	$self->{node}->start;
	return;
}

sub restart_simulator
{
	my ($self) = @_;
	my $sim = $self->{sim};

	sim_signal($sim, 'KILL');
	$self->{sim} = sim_start(
		'--dir' => $sim->{dir},
		'--port' => $sim->{port},
		'--warehouses' => scalar @warehouses,
		'--allow-negative' => undef);
	return;
}

# No more faults: everything must come to its end, with a person's help where
# the queue asked for one.
sub drain
{
	my ($self) = @_;

	$self->request('DELETE', $_) foreach '/sim/fault', '/sim/policy';
	poll_until(
		sub {
			$self->approve_drafts;
			$self->sql(q(SELECT stockbridge.retry(movement) FROM stockbridge.movement_state WHERE state = 'rejected'));
			return $self->sql(q(SELECT count(*) = 0 FROM stockbridge.movement_state WHERE state <> 'posted')) eq 't';
		},
		'everything to be posted');
	return;
}

# What a manager does in B1 with documents that wait for approval, once with each.
sub approve_drafts
{
	my ($self) = @_;
	my @drafts = grep { !$self->{approved}{$_} } split /\n/, $self->sql(<<'END');
SELECT format('%s(%s)', t.draft_entity, d.draft_entry)
  FROM stockbridge.document d JOIN stockbridge.document_type t USING (document_type) WHERE d.state = 'parked'
END

	return if !@drafts;
	my $cookie = "$self->{sim}{dir}/manager.cookies";
	$self->request('POST', '/b1s/v2/Login', { CompanyDB => 'SBODEMOGB', UserName => 'manager', Password => 'sim-secret' },
		'--cookie-jar' => $cookie);
	foreach my $draft (@drafts)
	{
		$self->request('POST', "/b1s/v2/$draft/SaveDraftToDocument", {}, '--cookie' => $cookie);
		$self->{approved}{$draft} = 1;
	}
	$self->request('POST', '/b1s/v2/Logout', {}, '--cookie' => $cookie);
	return;
}

sub request
{
	my ($self, $method, $path, $data, @options) = @_;
	my $body = defined $data ? JSON::PP->new->encode($data) : '';
	my ($answer, $errors);

	IPC::Run::run(
		[
			'curl', '-sS', '--fail-with-body', '--noproxy', '*', '--cacert', $self->{sim}{ca}, '-X', $method, @options,
			'-H', 'Content-Type: application/json', '--data-binary', '@-', "$self->{sim}{base}$path"
		],
		'<', \$body, '>', \$answer, '2>', \$errors)
	  or die "$method $path: $errors$answer";
	return $answer;
}

=item $run->prove

The checks after a run, as tests.

=cut

sub prove
{
	my ($self) = @_;
	my (%copies, %difference);

	$copies{ $_->{key} }++ foreach grep { defined $_->{key} } @{ sim_get($self->{sim}, '/sim/ledger')->{documents} };
	is_deeply([ grep { $copies{$_} > 1 } sort keys %copies ], [], 'B1 holds no key twice');
	is(join(' ', sort keys %copies), join(' ', sort split /\n/, $self->sql(q(SELECT key FROM stockbridge.document WHERE state = 'posted'))),
		'B1 holds the keys that we call posted, and no others');

	foreach my $row ($self->b1_stock)
	{
		my $key = stock_key($row->{item_code}, $row->{warehouse_code});
		my $change = sprintf '%.0f', ($row->{in_stock} - $self->{before}{$key}) * 1e6;
		my $booked = $self->{stock}{$key} // 0;

		$difference{$key} = "$change instead of $booked" if $change != $booked;
	}
	is_deeply(\%difference, {}, 'the stock of B1 has changed by what was moved, to the last decimal');
	is($self->sql("SELECT count(*) FROM stockbridge.movement WHERE movement_ref LIKE '$self->{seed}-%'"), $self->{movements},
		'no movement is lost');
	is($self->sql('SELECT count(*) FROM stockbridge.check_invariants()'), 0, 'the invariants hold');
	is($self->sql(q(SELECT count(*) FROM stockbridge.open_exceptions)), 0, 'every exception has closed with its cause');
	return;
}

=back

=cut

1;
