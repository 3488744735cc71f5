package Stockbridge::OData;

=head1 NAME

Stockbridge::OData - a small, strict service of OData V4 for the tests

=head1 SYNOPSIS

	use Stockbridge::Answers;
	use Stockbridge::OData;

	my $remote = Stockbridge::Answers->start(Stockbridge::OData::service(\%sets, $metadata));
	... $remote->url . '/paged' ...

=head1 DESCRIPTION

A callback for L<Stockbridge::Answers>.  It evaluates C<$filter> (comparisons,
C<and>, C<or>, C<not>, C<contains>, C<startswith>, C<endswith>), C<$select>,
C<$expand> with C<$select>, C<$orderby>, C<$top>, C<$skip>, C<$count>, and, but
for C<v401>, C<$apply> of one grouping; it takes
POST, PATCH, DELETE and addresses by key; and it refuses with 400 whatever the
protocol does not allow, above all a literal of another type than the property's.

The first segment of the path is a manner of serving:

	whole     everything on one page
	paged     pages of the size asked for, at most 4; relative next links
	absolute  the same with absolute links
	v401      the same with the names of 4.01, without "odata."
	silent    at most 4 entities, and no word of the others (as SAP CAP does)
	poor      the same, without $count, $orderby, $select, $top and a preferred page size
	away      next links to another host
	circle    a next link to the page itself
	narrow    everything on one page, but no filter by Gone
	guarded   HTTP Basic clerk/secret; Bearer or X-Api-Key "hunter2"

=cut

use strict;
use warnings;

use JSON::PP ();
use List::Util qw(min sum);
use MIME::Base64 qw(decode_base64);

my $PAGE_LIMIT = 4;

# A literal of each type as the grammar has it, and its value for comparisons.
my %literals = (
	String => [ qr/'(?:[^']|'')*'/, sub { (my $s = substr($_[0], 1, -1)) =~ s/''/'/g; $s } ],
	Int => [ qr/-?\d+(?![\d.:-])/, sub { 0 + $_[0] } ],
	Number => [ qr/-?\d+(?:\.\d+)?(?![\d:-])/, sub { 0 + $_[0] } ],
	Boolean => [ qr/(?:true|false)\b/, sub { $_[0] eq 'true' ? 1 : 0 } ],
	Guid => [ qr/[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/, sub { lc $_[0] } ],
	Date => [ qr/\d{4}-\d\d-\d\d(?!T)/, sub { $_[0] } ],
	DateTimeOffset => [ qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/, \&fraction ],
	TimeOfDay => [ qr/\d\d:\d\d:\d\d(?:\.\d+)?/, \&fraction ],
);
my %kinds = (Int32 => 'Int', Int16 => 'Int', Int64 => 'Int', Byte => 'Int', Decimal => 'Number', Double => 'Number');

# Times compare as text once their fractions have the same length.
sub fraction
{
	my ($seconds, $fraction) = $_[0] =~ /^([^.Z]+)(?:\.(\d+))?/;

	return $seconds . '.' . substr(($fraction // '') . '0' x 12, 0, 12);
}

# --- The service ---------------------------------------------------------------

sub service
{
	my ($sets, $metadata) = @_;

	return sub {
		my ($request) = @_;
		my ($manner, $path) = $request->{path} =~ m{^/(\w+)/(.*)$} or return problem(404, 'no such service');
		my $answer = eval {
			refuse(401, 'who are you?') if $manner eq 'guarded' && !is_known($request->{headers});
			return { body => $metadata, headers => { 'Content-Type' => 'application/xml' } } if $path eq '$metadata';
			answer($sets, $manner, $request, unescape($path));
		};
		return $answer // (ref $@ ? $@ : problem(500, $@));
	};
}

sub is_known
{
	my ($headers) = @_;
	my $who = $headers->{authorization} // '';

	return ($headers->{'x-api-key'} // '') eq 'hunter2' || $who eq 'Bearer hunter2'
	  || ($who =~ /^Basic (.+)/ && decode_base64($1) eq 'clerk:secret');
}

sub problem
{
	my ($status, $message) = @_;

	return { status => $status, json => { error => { code => "E$status", message => $message } } };
}

sub refuse { die problem(@_); }

sub unescape
{
	my ($text) = @_;

	$text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
	utf8::decode($text);
	return $text;
}

sub answer
{
	my ($sets, $manner, $request, $path) = @_;
	my ($name, $key, $members) = $path =~ m{^(\w+)(?:\((.*?)\)(?:/(\w+))?)?$} or refuse(400, "malformed address $path");
	my $set = $sets->{$name} // refuse(404, "Resource not found for the segment '$name'.");
	my %options = map { my ($n, $v) = split /=/, $_, 2; (unescape($n) => unescape($v // '')) } grep { length } split /&/, $request->{query};

	foreach my $option (keys %options)
	{
		refuse(400, "query option $option is not known")
		  unless $option =~ /^\$(?:filter|select|expand|orderby|top|skip|count|skiptoken|apply)$/;
	}
	return rest_of_collection($set, $name, $key, $members, \%options) if defined $members;
	return write_entity($set, $name, $key, $request) if defined $key || $request->{method} ne 'GET';
	return { json => project($set, $set->{single}, \%options) } if $set->{single};
	return read_set($set, $manner, $request, $name, \%options);
}

# --- Reading -------------------------------------------------------------------

sub read_set
{
	my ($set, $manner, $request, $name, $options) = @_;
	my @rows = @{ $set->{rows} };
	my $poor = $manner eq 'poor';

	refuse(400, 'that is not supported') if $poor && grep { defined $options->{"\$$_"} } qw(count orderby select top);
	refuse(500, 'what is a preference?') if $poor && $request->{headers}{prefer};
	refuse(400, 'Gone cannot be filtered by') if $manner eq 'narrow' && ($options->{'$filter'} // '') =~ /Gone/;
	my $apply = $options->{'$apply'};
	refuse(400, '$apply is not supported') if defined $apply && ($manner =~ /^v/ || grep { defined $options->{$_} } '$filter', '$select', '$expand');
	@rows = grouped($set, $apply, @rows) if defined $apply;
	@rows = grep { matches($set, $options->{'$filter'}, $_) } @rows if defined $options->{'$filter'};
	@rows = sorted($set, $options->{'$orderby'}, @rows) if defined $options->{'$orderby'};
	my $total = @rows;
	splice @rows, 0, number($options->{'$skip'}) if defined $options->{'$skip'};
	@rows = @rows[ 0 .. number($options->{'$top'}) - 1 ] if defined $options->{'$top'} && $options->{'$top'} < @rows;

	my $prefix = $manner eq 'v401' ? '@' : '@odata.';
	my %answer = ("${prefix}context" => "\$metadata#$name");
	my $start = $options->{'$skiptoken'} // 0;
	splice @rows, 0, number($start);
	my ($wanted) = ($request->{headers}{prefer} // '') =~ /maxpagesize=(\d+)/;
	my $limit = $wanted && $wanted < $PAGE_LIMIT ? $wanted : $PAGE_LIMIT;
	if ($manner !~ /^(?:whole|guarded|narrow)$/ && @rows > $limit)
	{
		@rows = @rows[ 0 .. $limit - 1 ];
		my $query = join '&', grep { !/skiptoken/ } grep { length } split /&/, $request->{query};
		my $link = "$name?$query" . ($query eq '' ? '' : '&') . '$skiptoken=' . ($start + $limit);
		$link = "http://$request->{headers}{host}/$manner/$link" if $manner eq 'absolute';
		$link = "http://elsewhere.example/$link" if $manner eq 'away';
		$link = "$name?$request->{query}" if $manner eq 'circle';
		$answer{"${prefix}nextLink"} = $link unless $manner eq 'silent' || $poor;
	}
	$answer{"${prefix}count"} = $total if ($options->{'$count'} // '') eq 'true' && !defined $options->{'$skiptoken'};
	$answer{value} = [ map { defined $apply ? $_ : project($set, $_, $options, $manner, $name) } @rows ];
	return { json => \%answer };
}

# --- Groups --------------------------------------------------------------------

# [filter(…)/] and groupby((…)[,aggregate(…)]) or aggregate(…), of plain properties.
sub grouped
{
	my ($set, $apply, @rows) = @_;
	my $filter = $apply =~ s{^filter\((.*)\)/(?=groupby|aggregate)}{} ? $1 : undef;
	my ($keys, $terms) = $apply =~ /^groupby\(\(([\w,]+)\)(?:,aggregate\(([^()]*)\))?\)$/ ? ([ split /,/, $1 ], $2)
	  : $apply =~ /^aggregate\(([^()]*)\)$/ ? ([], $1) : refuse(400, "malformed \$apply $apply");
	my (%groups, @answer);

	@rows = grep { matches($set, $filter, $_) } @rows if defined $filter;
	$set->{types}{$_} // refuse(400, "Could not find a property named '$_'.") foreach @$keys;
	foreach my $row (@rows)
	{
		push @{ $groups{ JSON::PP->new->encode([ map { $row->{$_} } @$keys ]) } }, $row;
	}
	$groups{''} = [] if !@$keys && !%groups;
	foreach my $key (sort keys %groups)
	{
		my %group = ('@odata.id' => undef, map { $_ => $groups{$key}[0]{$_} } @$keys);

		foreach my $term (split /,/, $terms // '')
		{
			my ($property, $method, $alias) = $term =~ /^(\$count|\w+)(?: with (\w+))? as (\w+)$/ or refuse(400, "malformed $term");
			my @values = grep { defined } map { $_->{$property} } @{ $groups{$key} };
			$group{$alias} = $property eq '$count' ? scalar @{ $groups{$key} } : aggregate($set, $property, $method, @values);
		}
		push @answer, \%group;
	}
	return @answer;
}

sub aggregate
{
	my ($set, $property, $method, @values) = @_;
	my $type = $set->{types}{$property} // refuse(400, "Could not find a property named '$property'.");
	my %seen = map { lc $_ => 1 } @values;

	return scalar keys %seen if $method eq 'countdistinct';
	return undef if !@values;
	my @sorted = $type eq 'Date' ? sort @values : sort { $a <=> $b } @values;
	return $method eq 'min' ? $sorted[0] : $sorted[-1] if $method =~ /^(?:min|max)$/;
	refuse(400, "$property has no $method") if $method ne 'sum' || $type eq 'Date';
	return 0 + sum(@values);
}

sub number
{
	my ($text) = @_;

	refuse(400, "$text is no number") unless $text =~ /^\d+$/;
	return $text;
}

sub sorted
{
	my ($set, $orderby, @rows) = @_;

	foreach my $item (reverse split /,/, $orderby)
	{
		my ($name, $descending) = $item =~ /^(\S+)( desc)?$/ or refuse(400, "malformed order $item");
		my ($type) = property($set, $name);
		my $sign = $descending ? -1 : 1;
		@rows = sort { $sign * ($kinds{$type} ? ($a->{$name} // -1e9) <=> ($b->{$name} // -1e9) : ($a->{$name} // '') cmp ($b->{$name} // '')) } @rows;
	}
	return @rows;
}

# Type and value of a property path.
sub property
{
	my ($set, $path, $row) = @_;
	my $type = $set->{types}{$path} // refuse(400, "Could not find a property named '$path'.");
	my $value = $row;

	$value = ref $value ? $value->{$_} : undef foreach split m{/}, $path;
	return ($type, $value);
}

# What $select and $expand leave of an entity.
sub project
{
	my ($set, $row, $options, $manner, $name) = @_;
	my %entity = %$row;
	my ($navigation, $inner) = ($options->{'$expand'} // '') =~ /^(\w+)(?:\(\$select=([\w,]+)\))?$/;

	refuse(400, "malformed \$expand $options->{'$expand'}") if defined $options->{'$expand'} && !$navigation;
	my $members = delete $entity{ $set->{navigation} } if $set->{navigation};
	if (defined $options->{'$select'})
	{
		my %selected = map { $_ => 1 } split /,/, $options->{'$select'};
		exists $row->{$_} or refuse(400, "Could not find a property named '$_'.") foreach keys %selected;
		delete $entity{$_} foreach grep { !$selected{$_} } keys %entity;
	}
	$entity{'@odata.etag'} = 'W/"' . ($set->{versions}{ $row->{ID} } // 1) . '"' if $manner && $manner eq 'whole' && exists $row->{ID};
	if ($navigation)
	{
		refuse(400, "$navigation is no navigation property") unless $navigation eq ($set->{navigation} // '');
		my @members = @{ $members // [] };
		$inner = $inner ? "\$select=$inner&" : '';
		# A collection may come in pages of its own.
		$entity{"$navigation\@odata.nextLink"} = "$name($row->{ID})/$navigation?${inner}\$skiptoken=2"
		  if $manner ne 'whole' && @members > 2;
		$entity{$navigation} = members_page($inner, $manner eq 'whole' ? @members : @members[ 0 .. min(1, $#members) ]);
	}
	return \%entity;
}

sub members_page
{
	my ($select, @members) = @_;
	my @names = $select =~ /\$select=([\w,]+)/ ? split /,/, $1 : ();

	return [ map { my $member = $_; @names ? { map { $_ => $member->{$_} } @names } : $member } @members ];
}

# Products(1)/Lines: two members a page.
sub rest_of_collection
{
	my ($set, $name, $key, $navigation, $options) = @_;
	my $row = find_entity($set, $key);
	my $start = number($options->{'$skiptoken'} // 0);
	my @members = @{ $row->{$navigation} };
	my $select = defined $options->{'$select'} ? "\$select=$options->{'$select'}" : '';
	my %answer = (value => members_page($select, grep { defined } @members[ $start .. min($start + 1, $#members) ]));

	$answer{'@odata.nextLink'} = "$navigation?$select&\$skiptoken=" . ($start + 2) if @members > $start + 2;
	return { json => \%answer };
}

# --- $filter ---------------------------------------------------------------------

sub matches
{
	my ($set, $text, $row) = @_;
	my $result = disjunction($set, \$text, $row);

	refuse(400, "Syntax error at '$text'") if $text =~ /\S/;
	return $result;
}

sub disjunction
{
	my ($set, $text, $row) = @_;
	my $result = conjunction($set, $text, $row);

	while ($$text =~ s/^ or //)
	{
		my $other = conjunction($set, $text, $row);
		$result ||= $other;
	}
	return $result;
}

sub conjunction
{
	my ($set, $text, $row) = @_;
	my $result = condition($set, $text, $row);

	while ($$text =~ s/^ and //)
	{
		my $other = condition($set, $text, $row);
		$result &&= $other;
	}
	return $result;
}

sub condition
{
	my ($set, $text, $row) = @_;

	return !condition($set, $text, $row) if $$text =~ s/^not //;
	if ($$text =~ s/^\(//)
	{
		my $result = disjunction($set, $text, $row);
		$$text =~ s/^\)// or refuse(400, "')' expected at '$$text'");
		return $result;
	}
	return function($set, $1, $2, $text, $row) if $$text =~ s/^(contains|startswith|endswith)\(([\w\/]+),//;
	$$text =~ s{^([\w/]+) (eq|ne|lt|le|gt|ge) }{} or refuse(400, "Syntax error at '$$text'");
	return comparison($set, $1, $2, $text, $row);
}

sub function
{
	my ($set, $name, $path, $text, $row) = @_;
	my ($type, $value) = property($set, $path, $row);

	refuse(400, "no function signature for $name($type)") unless $type eq 'String';
	my $part = literal($type, $text);
	$$text =~ s/^\)// or refuse(400, "')' expected at '$$text'");
	return 0 unless defined $value;
	my $at = index($value, $part);
	return $name eq 'contains' ? $at >= 0 : $name eq 'startswith' ? $at == 0
	  : length $value >= length $part && substr($value, length($value) - length $part) eq $part;
}

sub literal
{
	my ($type, $text) = @_;

	if ($type =~ /^Shop\./)
	{
		$$text =~ s/^\Q$type\E'(\w+)'// or refuse(400, "$$text is no member of $type");
		return $1;
	}
	my ($pattern, $read) = @{ $literals{ $kinds{$type} // $type } // refuse(400, "$type is not comparable") };
	$$text =~ s/^($pattern)// or refuse(400, "A binary operator with incompatible types was detected at '$$text': Edm.$type");
	return $read->($1);
}

# Null is equal to null, and neither less nor greater than anything (Part 2, 5.1.1.1).
sub comparison
{
	my ($set, $path, $operator, $text, $row) = @_;
	my ($type, $value) = property($set, $path, $row);

	if ($$text =~ s/^null\b//)
	{
		return $operator eq 'eq' ? !defined $value : $operator eq 'ne' ? defined $value : 0;
	}
	my $other = literal($type, $text);
	return $operator eq 'ne' unless defined $value;
	$value = $value ? 1 : 0 if $type eq 'Boolean';
	$value = fraction($value) if $type eq 'DateTimeOffset' || $type eq 'TimeOfDay';
	my $order;
	if ($kinds{$type} && "$value" eq 'NaN')
	{
		return $operator eq 'ne';
	}
	$order = $kinds{$type} || $type eq 'Boolean' ? $value <=> $other : "$value" cmp "$other";
	return { eq => $order == 0, ne => $order != 0, lt => $order < 0, le => $order <= 0, gt => $order > 0, ge => $order >= 0 }->{$operator};
}

# --- Writing -----------------------------------------------------------------------

# The entity of an address: Products(1), Prices(Item='A',List=2).
sub find_entity
{
	my ($set, $key) = @_;
	my @names = @{ $set->{key} };
	my %wanted;

	foreach my $name (@names)
	{
		$key =~ s/^,//;
		$key =~ s/^\Q$name\E=// or @names == 1 or refuse(400, "key $key does not name $name");
		$wanted{$name} = literal($set->{types}{$name}, \$key);
	}
	refuse(400, "malformed key at '$key'") if $key ne '';
	return (grep { my $row = $_; !grep { $row->{$_} ne $wanted{$_} } @names } @{ $set->{rows} })[0]
	  // refuse(404, 'no such entity');
}

sub check_members
{
	my ($set, $body) = @_;

	foreach my $member (keys %$body)
	{
		refuse(400, "The property '$member' does not exist.")
		  unless grep { $_ eq $member || m{^\Q$member\E/} } keys %{ $set->{types} }, @{ $set->{collections} // [] };
	}
	return;
}

sub write_entity
{
	my ($set, $name, $key, $request) = @_;
	my $body = $request->{body} eq '' ? {} : JSON::PP->new->utf8->decode($request->{body});
	my $minimal = ($request->{headers}{prefer} // '') =~ /return=minimal/;

	check_members($set, $body);
	if ($request->{method} eq 'POST')
	{
		my $id = $body->{ID} //= 1 + (sort { $b <=> $a } map { $_->{ID} // 0 } @{ $set->{rows} })[0];
		refuse(409, "there is an entity $id") if grep { $_->{ID} == $id } @{ $set->{rows} };
		$body = { (map { m{^([^/]+)} ? ($1 => undef) : () } keys %{ $set->{types} }), %$body };
		push @{ $set->{rows} }, $body;
		my %headers = (Location => "/whole/$name($id)");
		return $minimal ? { status => 204, headers => \%headers } : { status => 201, json => $body, headers => \%headers };
	}
	my $row = find_entity($set, $key);
	my $version = $set->{versions}{ $row->{ID} // 0 } //= 1;
	return { json => { '@odata.etag' => "W/\"$version\"", %$row } } if $request->{method} eq 'GET';
	refuse(428, 'which version?') unless defined $request->{headers}{'if-match'};
	refuse(412, 'it has been changed') unless $request->{headers}{'if-match'} eq "W/\"$version\"";
	$set->{versions}{ $row->{ID} }++;
	if ($request->{method} eq 'DELETE')
	{
		@{ $set->{rows} } = grep { $_ != $row } @{ $set->{rows} };
		return { status => 204 };
	}
	$row->{$_} = ref $row->{$_} eq 'HASH' && ref $body->{$_} eq 'HASH' ? { %{ $row->{$_} }, %{ $body->{$_} } } : $body->{$_}
	  foreach keys %$body;
	return $minimal ? { status => 204 } : { json => $row };
}

1;
