# The model of the API (test/fixtures/model): what is wrong with a value according to
# it, and every place of a request where a value can be wrong.

package Model;

use strict;
use warnings;

use B ();
use Exporter 'import';
use FindBin;
use JSON::PP ();
use MIME::Base64;

our @EXPORT = qw(model shape fault length_fault matches places kind_of);

my $model = do
{
	local $/;
	open my $file, '<:raw', "$FindBin::Bin/../fixtures/model/service-2.json" or die "service-2.json: $!";
	JSON::PP->new->utf8->decode(<$file>);
};
my %pattern;

sub model { return $model }

sub shape { return $model->{shapes}{ $_[0] } // die "no shape $_[0]" }

# Returns the JSON type of a value.
sub kind_of
{
	my ($value) = @_;

	return 'null' if !defined $value;
	return ref $value eq 'HASH' ? 'structure' : ref $value eq 'ARRAY' ? 'list' : 'boolean' if ref $value;
	return B::svref_2object(\$value)->FLAGS & B::SVf_POK() ? 'string' : 'number';
}

# Returns whether a text as a whole matches its pattern. \w is ASCII's.
sub matches
{
	my ($shape, $text) = @_;
	my $source = shape($shape)->{pattern};

	return 1 if !defined $source;
	$pattern{$shape} //= qr/\A(?:${\($source =~ s{\\u(\w{4})}{\\x{$1}}gr)})\z/a;
	return $text =~ $pattern{$shape};
}

sub length_fault
{
	my ($shape, $count) = @_;

	return 'too short' if defined $shape->{min} && $count < $shape->{min};
	return 'too long' if defined $shape->{max} && $count > $shape->{max};
	return;
}

my %json_kind = (blob => 'string', integer => 'number', long => 'number', timestamp => 'number');

# Returns the first thing that is wrong with a value, "path: what"; nothing if it is
# right. A member of a request may be null instead of absent, a member of an answer may
# not.
sub fault
{
	my ($name, $value, $path, $is_answer) = @_;
	my $shape = shape($name);
	my $type = $shape->{type};
	my $what;

	return "$path: not a $type" if kind_of($value) ne ($json_kind{$type} // $type);
	if ($type eq 'structure')
	{
		my $members = $shape->{members};

		foreach my $member (sort keys %$value)
		{
			return "$path.$member: unknown" if !$members->{$member};
			next if !defined $value->{$member} && !$is_answer;
			my $found = fault($members->{$member}{shape}, $value->{$member}, "$path.$member", $is_answer);
			return $found if $found;
		}
		foreach my $member (@{ $shape->{required} // [] })
		{
			return "$path.$member: missing" if !defined $value->{$member};
		}
		return;
	}
	if ($type eq 'list')
	{
		$what = length_fault($shape, scalar @$value);
		return "$path: $what" if $what;
		for my $i (0 .. $#$value)
		{
			my $found = fault($shape->{member}{shape}, $value->[$i], "${path}[$i]", $is_answer);
			return $found if $found;
		}
		return;
	}
	if ($type eq 'string')
	{
		$what = $shape->{enum}
		  ? (grep { $_ eq $value } @{ $shape->{enum} }) ? undef : 'no word'
		  : length_fault($shape, length $value) // (matches($name, $value) ? undef : 'pattern');
	}
	elsif ($type eq 'blob')
	{
		$what = $value =~ m{\A(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\z}
		  ? length_fault($shape, length decode_base64($value))
		  : 'not base 64';
	}
	elsif ($type eq 'integer' || $type eq 'long')
	{
		my $most = $type eq 'long' ? 2**63 : 2**31;

		$what = $value != int $value || $value >= $most || $value < -$most ? 'no whole number'
		  : length_fault($shape, $value);
	}
	return $what && "$path: $what";
}

# Visits every value that a value of this shape can hold, itself first, with
#
#   name    of its shape
#   path    to it: Configuration.Subject, Tags[0].Key
#   member  as "Structure.Member"; undefined for the whole and for elements
#   put     makes the request that holds a value there, and whatever else it needs
#
# $whole_for->(structure, path, member) returns what a structure needs in addition to a
# member.
sub places
{
	my ($visit, $whole_for, %at) = @_;
	my $shape = shape($at{name});
	my $put = $at{put};

	$visit->(%at);
	if ($shape->{type} eq 'structure')
	{
		foreach my $member (sort keys %{ $shape->{members} })
		{
			my $whole = $whole_for->($at{name}, $at{path}, $member);

			places($visit, $whole_for,
				name => $shape->{members}{$member}{shape},
				path => ($at{path} eq '' ? '' : "$at{path}.") . $member,
				member => "$at{name}.$member",
				put => sub { $put->({ %$whole, $member => $_[0] }) });
		}
	}
	elsif ($shape->{type} eq 'list')
	{
		places($visit, $whole_for,
			name => $shape->{member}{shape},
			path => "$at{path}\[0]",
			put => sub { $put->([ $_[0] ]) });
	}
	return;
}

1;
