# Prints the simulator's ledger (JSON on standard input) as a table, one row a
# document line.  Core modules only.

use strict;
use warnings;

use JSON::PP;

my $ledger = JSON::PP->new->utf8->decode(do { local $/; <STDIN> });
my @rows = ([qw(document doc_entry doc_num doc_date line item warehouse quantity key)]);

foreach my $document (@{ $ledger->{documents} })
{
	push @rows, map {
		[
			@{$document}{qw(entity doc_entry doc_num doc_date)},
			@{$_}{qw(line_num item_code warehouse_code quantity)},
			$document->{key} // ''
		]
	} @{ $document->{lines} };
}
die "B1 holds no document\n" if @rows == 1;

my @widths = map { my $column = $_; (sort { $b <=> $a } map { length $_->[$column] } @rows)[0] } 0 .. $#{ $rows[0] };
my $rule = join '-+-', map { '-' x $_ } @widths;
foreach my $row (@rows)
{
	(my $line = join ' | ', map { sprintf '%-*s', $widths[$_], $row->[$_] } 0 .. $#widths) =~ s/\s+$//;
	print " $line\n";
	print "-$rule-\n" if $row == $rows[0];
}
