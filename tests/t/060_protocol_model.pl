# Every interleaving of two workers, their deaths and a server that answers late:
# a model of the posting protocol (doc/posting.md), explored to the last state.
#
# The model knows one document.  A step is one commit of a worker, one thing
# that the server does, or one thing that goes wrong; any step that is possible
# may come next.  It must hold that B1 never has two documents, that "posted" is
# said only of what B1 has and "rejected" only of what it can no longer get, and
# that from wherever the faults have led, the end can still be reached.
#
# A model proves something only if it can fail.  So each precaution is taken out
# in turn, and the exploration must find the double posting that it prevents.
#
# Which transitions a state allows is not written down here: the preconditions
# are read from the functions of the installed extension.

use strict;
use warnings;

use Stockbridge::Test;
use Test::More;

# More attempts add states but no new kind of history.
use constant ATTEMPTS => 3;

my %allowed = read_preconditions();

#
# A state is a hash of small values; its key is their text.
#
# doc       state of the document
# attempt   number of the current attempt, 0 = none yet
# doubts    how often it has come into doubt
# settled   the settle time of the present doubt is over
# lease     the lease of the current attempt still runs
# drafts    when the drafts were last read: [ doubt, settled ] of that moment
# copies    documents that B1 has under the key
# request   what became of the request of each attempt:
#             none, travelling, committed, refused (dropped before commit)
# worker    what each worker does: [ idle ], [ claimed, attempt ],
#             [ waiting, attempt ], [ drafts, stamp ], [ target, stamp ],
#             [ told, stamp, copies seen ]
#
sub initial_state
{
	return {
		doc => 'ready', attempt => 0, doubts => 0, settled => 0, lease => 0,
		drafts => [ 0, 0 ], copies => 0,
		request => [ ('none') x (ATTEMPTS + 1) ],
		worker => [ ['idle'], ['idle'] ]
	};
}

sub state_key
{
	my ($s) = @_;
	my @workers = sort map { join ',', @$_ } @{ $s->{worker} };

	return join '|', @{$s}{qw(doc attempt doubts settled lease copies)}, @{ $s->{drafts} },
	  @{ $s->{request} }, @workers;
}

sub changed
{
	my ($s, %changes) = @_;
	my %new = (%$s, %changes);

	$new{request} = [ @{ $new{request} } ];
	$new{worker} = [ @{ $new{worker} } ];
	return \%new;
}

# The state after a worker has turned to something else.
sub turned
{
	my ($s, $worker, @to) = @_;
	my $new = changed($s);

	$new->{worker}[$worker] = \@to;
	return $new;
}

sub with_request
{
	my ($s, $attempt, $fate) = @_;
	my $new = changed($s);

	$new->{request}[$attempt] = $fate;
	return $new;
}

sub may { return $allowed{ $_[0] }{ $_[1]{doc} }; }

#
# The protocol, as far as one document sees it.  Each sub returns the states
# that one step of its kind can lead to.
#

# claim(): a fresh attempt, committed before anything is sent.
sub steps_of_claim
{
	my ($s, $w, $without) = @_;

	return () unless $s->{worker}[$w][0] eq 'idle' && may(claim => $s) && $s->{attempt} < ATTEMPTS;
	my $attempt = $s->{attempt} + 1;
	my $claimed = changed($s, doc => 'posting', attempt => $attempt, lease => 1);
	$claimed->{worker}[$w] = [ 'claimed', $attempt ];
	return ($claimed) unless $without->{committed_attempt};

	# Sent before the commit: a crash in between leaves no trace of it.
	my $sent = with_request(changed($s), $attempt, 'travelling');
	return ($claimed, $sent);
}

# The request leaves only while the lease runs.
sub steps_of_sending
{
	my ($s, $w, $without) = @_;
	my ($what, $attempt) = @{ $s->{worker}[$w] };

	return () unless $what eq 'claimed';
	my $runs = $attempt == $s->{attempt} && $s->{lease};
	return (turned($s, $w, 'idle')) unless $runs || $without->{send_before};
	return (turned(with_request($s, $attempt, 'travelling'), $w, 'waiting', $attempt));
}

# record_post, record_read_back: only the current attempt's answer moves the document.
sub steps_of_answers
{
	my ($s, $w) = @_;
	my ($what, $attempt) = @{ $s->{worker}[$w] };
	my @next;

	return () unless $what eq 'waiting';
	my $current = $s->{doc} eq 'posting' && $attempt == $s->{attempt};
	my $fate = $s->{request}[$attempt];
	my $idle = turned($s, $w, 'idle');

	# No answer, for whatever reason, and in any state of the server.
	push @next, $current ? in_doubt($idle) : $idle;
	push @next, $current ? changed($idle, doc => 'posted') : $idle if $fate eq 'committed';
	push @next, $current ? changed($idle, doc => again_or_never($s)) : $idle if $fate eq 'refused';
	push @next, $current ? in_doubt($idle) : $idle if $fate eq 'duplicate';
	return @next;
}

sub in_doubt
{
	my ($s) = @_;

	die "no doubt from $s->{doc}" unless may(attempt_in_doubt => $s);
	return changed($s, doc => 'in_doubt', doubts => $s->{doubts} + 1, settled => 0);
}

# abandon_attempts(): the worker is gone, or has overrun its lease.
sub steps_of_abandoning
{
	my ($s) = @_;

	return () unless $s->{doc} eq 'posting';
	my $alive = grep { ($_->[0] eq 'claimed' || $_->[0] eq 'waiting') && $_->[1] == $s->{attempt} }
	  @{ $s->{worker} };
	return (in_doubt($s)) unless $alive && $s->{lease};
	return ();
}

# Look-ups, first among the drafts, then in the target set.  Any worker may ask,
# several at once, and each may get its answer long after.
sub steps_of_looking_up
{
	my ($s, $w, $without) = @_;
	my ($what, @stamp) = @{ $s->{worker}[$w] };
	my @now = ($s->{doubts}, $s->{settled});

	return (turned($s, $w, 'drafts', @now)) if $what eq 'idle' && $s->{doc} eq 'in_doubt';
	if ($what eq 'drafts')
	{
		return (turned($s, $w, 'idle')) if $s->{doc} ne 'in_doubt';
		my $read = changed($s, drafts => \@stamp);
		return (turned($read, $w, 'target', @now));
	}
	return (turned($s, $w, 'told', @stamp, $s->{copies})) if $what eq 'target';
	return record_look_up($s, $w, $without, @stamp) if $what eq 'told';
	return ();
}

sub record_look_up
{
	my ($s, $w, $without, $doubt, $settled, $copies) = @_;
	my $idle = turned($s, $w, 'idle');

	return ($idle) if $s->{doc} ne 'in_doubt';
	return (changed($idle, doc => 'posted')) if $copies > 0;
	return ($idle) unless proves_absence($s, $without, $doubt, $settled);
	return (changed($idle, doc => again_or_never($s)));
}

# Proven absent: another attempt, or a person's turn when there were enough.
sub again_or_never { return $_[0]{attempt} < ATTEMPTS ? 'retry' : 'rejected'; }

# Both look-ups were sent after the settle time of this very doubt.
sub proves_absence
{
	my ($s, $without, $doubt, $settled) = @_;
	my $drafts = $s->{drafts};

	return 1 if $without->{settle_time};
	return 0 unless $drafts->[0] == $s->{doubts} && $drafts->[1];
	return 1 if $without->{own_stamp};
	return $doubt == $s->{doubts} && $settled;
}

# What an impatient queue would do.
sub steps_of_blind_resending
{
	my ($s, $without) = @_;

	return () unless $without->{look_up} && $s->{doc} eq 'in_doubt' && $s->{attempt} < ATTEMPTS;
	return (changed($s, doc => 'retry'));
}

#
# B1, and time.
#

sub steps_of_server
{
	my ($s, $without) = @_;
	my @next;

	foreach my $attempt (1 .. ATTEMPTS)
	{
		next if $s->{request}[$attempt] ne 'travelling';
		push @next, with_request($s, $attempt, 'refused');
		if ($without->{guard} || $s->{copies} == 0)
		{
			push @next, with_request(changed($s, copies => $s->{copies} + 1), $attempt, 'committed');
		}
		else
		{
			push @next, with_request($s, $attempt, 'duplicate');
		}
	}
	return @next;
}

sub steps_of_time
{
	my ($s) = @_;
	my @next;

	push @next, changed($s, lease => 0) if $s->{lease};

	# The one assumption: no request is still at work when the settle time is over.
	push @next, changed($s, settled => 1)
	  if $s->{doc} eq 'in_doubt' && !$s->{settled} && !grep { $_ eq 'travelling' } @{ $s->{request} };
	return @next;
}

sub steps_of_death
{
	my ($s, $w) = @_;

	return $s->{worker}[$w][0] eq 'idle' ? () : (turned($s, $w, 'idle'));
}

sub next_states
{
	my ($s, $without) = @_;
	my @next = (
		steps_of_abandoning($s), steps_of_blind_resending($s, $without),
		steps_of_server($s, $without), steps_of_time($s));

	foreach my $w (0, 1)
	{
		push @next, steps_of_claim($s, $w, $without), steps_of_sending($s, $w, $without),
		  steps_of_answers($s, $w), steps_of_looking_up($s, $w, $without), steps_of_death($s, $w);
	}
	return @next;
}

#
# Exploration.
#

# What is wrong with a state, undef if nothing is.
sub fault_of
{
	my ($s) = @_;
	my $travelling = grep { $_ eq 'travelling' } @{ $s->{request} };

	return 'two documents' if $s->{copies} > 1;
	return 'posted, and B1 has nothing' if $s->{doc} eq 'posted' && $s->{copies} == 0;
	return 'rejected, and B1 has it' if $s->{doc} eq 'rejected' && $s->{copies} + $travelling > 0;
	return undef;
}

# All states that can be reached, and the first fault on the way.
sub explore
{
	my ($without) = @_;
	my $first = initial_state();
	my @queue = ($first);
	my %next = (state_key($first) => undef);
	my %final;

	while (defined(my $s = shift @queue))
	{
		my $key = state_key($s);
		my $fault = fault_of($s);

		return { fault => $fault, states => scalar keys %next } if defined $fault;
		$final{$key} = 1 if $s->{doc} eq 'posted' || $s->{doc} eq 'rejected';
		my %seen;
		foreach my $new (next_states($s, $without))
		{
			my $new_key = state_key($new);
			$seen{$new_key} = 1;
			next if exists $next{$new_key};
			$next{$new_key} = undef;
			push @queue, $new;
		}
		$next{$key} = [ keys %seen ];
	}
	return { fault => undef, states => scalar keys %next, stuck => count_stuck(\%next, \%final) };
}

# How many states there are from which no final one can be reached.
sub count_stuck
{
	my ($next, $final) = @_;
	my %before;
	my %reaches = %$final;
	my @queue = keys %$final;

	foreach my $key (keys %$next)
	{
		push @{ $before{$_} }, $key foreach @{ $next->{$key} };
	}
	while (defined(my $key = shift @queue))
	{
		foreach my $earlier (@{ $before{$key} // [] })
		{
			push @queue, $earlier unless $reaches{$earlier}++;
		}
	}
	return scalar(keys %$next) - scalar(grep { $reaches{$_} } keys %$next);
}

# Which states each transition starts from: function => { state => 1 }.
sub read_preconditions
{
	my $node = new_cluster('model');
	my %found = (claim => { ready => 1, retry => 1 });

	$node->safe_psql('postgres', 'CREATE EXTENSION stockbridge');
	my $sources = $node->safe_psql('postgres', <<'END');
SELECT p.proname, string_agg(s[1], ' ')
  FROM pg_proc p, regexp_matches(p.prosrc, 'lock_document\(link, document, ([^)]*)\)') AS s
 WHERE p.pronamespace = 'stockbridge'::regnamespace AND p.proname LIKE 'attempt\_%'
 GROUP BY p.proname
END
	foreach my $line (split /\n/, $sources)
	{
		my ($function, $states) = split /\|/, $line;
		$found{$function}{$_} = 1 foreach $states =~ /'(\w+)'/g;
	}
	$node->stop;
	return %found;
}

is(join(' ', sort keys %{ $allowed{attempt_in_doubt} }), 'parked posting', 'the preconditions are read from the extension');
foreach my $case ([ 'posted', 'posting' ], [ 'posted', 'in_doubt' ], [ 'retry', 'posting' ], [ 'retry', 'in_doubt' ], [ 'rejected', 'in_doubt' ])
{
	my ($end, $start) = @$case;
	ok($allowed{"attempt_$end"}{$start}, "the model's step from $start to $end is one of the extension");
}

my $result = explore({ guard => 1 });
is($result->{fault}, undef, "no interleaving posts twice: $result->{states} states");
cmp_ok($result->{states}, '>', 1000, 'and they were many');
is($result->{stuck}, 0, 'from each of them an end can be reached');

$result = explore({});
is($result->{fault}, undef, "nor with B1's own guard: $result->{states} states");
$result = explore({ settle_time => 1, look_up => 1, own_stamp => 1, send_before => 1 });
isnt($result->{fault}, 'two documents', "B1's guard alone is enough against the double");

foreach my $precaution (qw(look_up settle_time own_stamp send_before committed_attempt))
{
	$result = explore({ guard => 1, $precaution => 1 });
	is($result->{fault}, 'two documents', "without $precaution two documents are found");
}
done_testing();
