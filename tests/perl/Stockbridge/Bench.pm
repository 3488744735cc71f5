package Stockbridge::Bench;

=head1 NAME

Stockbridge::Bench - work measured beside its limit, in one run

=head1 DESCRIPTION

A figure is never an absolute time: it stands beside that of something which
bounds it or which people use instead, taken in the same run on the same
machine, the two in turns, medians of all turns.  What the work returns is
checked and fails the bench; how long it took never does.

=cut

use strict;
use warnings;

use Exporter 'import';
use IO::Handle;
use Time::HiRes qw(time);

our @EXPORT = qw(bench_compare bench_count bench_note bench_report seconds child_cpu_seconds median);

# The modules of the server's tests put all that they do on STDOUT, and turn both
# into a log; figures go where STDERR went before that.
open(my $terminal, '>&', \*STDERR) or die "cannot keep the terminal: $!";
$terminal->autoflush(1);

my @rows;

=head1 FUNCTIONS

=over

=item bench_compare($work, $goal, [ $name => $sub ], [ $name => $sub ], runs => 3)

Runs both subs in turns; each returns its figure (seconds, usually).  C<$goal> is
a string such as C<< <= 1.10 >> or C<< >= 5 >>: of ours divided by theirs if it
begins with C<< < >>, of theirs divided by ours if with C<< > >>.

=cut

sub bench_compare
{
	my ($work, $goal, $ours, $theirs, %options) = @_;
	my (@our_figures, @their_figures);

	foreach my $run (1 .. $options{runs} // 3)
	{
		push @our_figures, $ours->[1]->();
		push @their_figures, $theirs->[1]->();
	}
	my ($figure, $limit) = (median(@our_figures), median(@their_figures));
	my ($comparison, $bound) = $goal =~ /^([<>])= ([\d.]+)/ or die "no goal: $goal";
	my $ratio = $comparison eq '<' ? $figure / ($limit || 1e-9) : $limit / ($figure || 1e-9);

	push_row(
		work => $work,
		figure => sprintf('%s %.3f', $ours->[0], $figure),
		limit => sprintf('%s %.3f', $theirs->[0], $limit),
		ratio => sprintf('%.2f', $ratio),
		goal => $goal,
		met => $comparison eq '<' ? $ratio <= $bound : $ratio >= $bound);
	return $ratio;
}

=item bench_count($work, $goal, $figure, $unit)

A figure that is bounded by a number: requests, megabytes.

=cut

sub bench_count
{
	my ($work, $goal, $figure, $unit) = @_;
	my ($bound) = $goal =~ /^<= ([\d.]+)/ or die "no goal: $goal";

	push_row(
		work => $work,
		figure => "$figure $unit",
		limit => '',
		ratio => '',
		goal => $goal,
		met => $figure <= $bound);
	return;
}

sub push_row
{
	my %row = @_;

	push @rows, \%row;
	printf $terminal "%-64s %-28s %-34s %6s  goal %-8s %s\n", @row{qw(work figure limit ratio goal)},
	  $row{met} ? 'met' : 'MISSED';
	return;
}

=item bench_note($text)

A figure that has no goal.

=cut

sub bench_note
{
	print $terminal "    $_[0]\n";
	return;
}

=item bench_report()

Says how many goals were met; the rows have been printed as they were found.

=cut

sub bench_report
{
	my $missed = grep { !$_->{met} } @rows;

	printf $terminal "%d of %d goals met\n", @rows - $missed, scalar @rows;
	return;
}

=item seconds($sub), child_cpu_seconds($sub)

Wall time of a sub; user and system time of the processes it has waited for.

=cut

sub seconds
{
	my ($sub) = @_;
	my $start = time();

	$sub->();
	return time() - $start;
}

sub child_cpu_seconds
{
	my ($sub) = @_;
	my @before = times();

	$sub->();
	my @after = times();
	return $after[2] + $after[3] - $before[2] - $before[3];
}

=item median(@numbers)

=cut

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	return $sorted[ $#sorted / 2 ];
}

=back

=cut

1;
