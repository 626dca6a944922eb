#!/usr/bin/env perl
#
# Checks what the documents say about the checkout, for test/lint.sh: each relative
# link leads to a file and a heading, each named file of code or of a test exists,
# and so does each name in code style that looks like a function's. Prints each
# violation as FILE:LINE: what is wrong, and fails if there is one.
#
# Blocks of code are not checked.
use strict;
use warnings;

use File::Basename;
use FindBin;

chdir "$FindBin::Bin/.." or die;
my @files = split /\n/, qx{git ls-files -co --exclude-standard 2>/dev/null ||
	find . -type f -not -path './.git/*' -printf '%P\n'};
my @documents = grep { /\.md$/ && -e && !m{^test/fixtures/model/} } @files;
my %is_file = map { $_ => 1 } grep { -e } @files;
my $violations = 0;

sub slurp
{
	my ($file) = @_;

	local $/;
	open my $handle, '<:encoding(UTF-8)', $file or die "$file: $!\n";
	return <$handle>;
}

# Returns the document with its blocks of code emptied; lines keep their numbers.
sub prose
{
	my ($file) = @_;

	return slurp($file) =~ s/^(```.*?\n)(.*?)^```$/"\n" x (1 + $2 =~ tr{\n}{})/gemsr;
}

# Returns the anchor that GitHub makes from a heading.
sub anchor
{
	my ($heading) = @_;

	$heading =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
	return lc($heading) =~ s/[^\w\- ]//gr =~ s/ /-/gr;
}

my %prose = map { $_ => prose($_) } @documents;
my %anchors;

foreach my $file (@documents)
{
	my %seen;

	while ($prose{$file} =~ /^#+ +(.*?) *$/mg)
	{
		my $anchor = anchor($1);

		$anchors{$file}{ $seen{$anchor}++ ? $anchor . '-' . ($seen{$anchor} - 1) : $anchor } = 1;
	}
}

sub complain
{
	my ($file, $offset, $what) = @_;
	my $line = 1 + (substr($prose{$file}, 0, $offset) =~ tr/\n//);

	print "$file:$line: $what\n";
	$violations++;
}

# Resolves folder/../file to file.
sub resolve
{
	my ($path) = @_;

	1 while $path =~ s{(?:^|(?<=/))(?!\.\./)[^/]+/\.\./}{};
	return $path =~ s{^\./}{}r =~ s{/$}{}r;
}

sub is_there
{
	my ($path) = @_;

	return $is_file{$path} || -d $path;
}

sub check_links
{
	my ($file) = @_;

	while ($prose{$file} =~ /\]\(([^)\s]+)\)/g)
	{
		my ($link, $at) = ($1, $-[0]);

		next if $link =~ /^\w+:/;
		my ($path, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
		my $target = $path eq '' ? $file : resolve(dirname($file) eq '.' ? $path : dirname($file) . "/$path");

		complain($file, $at, "$link: there is no $target") if !is_there($target);
		complain($file, $at, "$link: $target has no such heading")
		  if defined $anchor && $anchors{$target} && !$anchors{$target}{$anchor};
	}
}

# A name without a folder matches any file; a star, NAME, NNN, VERSION and X match any text.
sub check_files
{
	my ($file) = @_;

	while ($prose{$file} =~ m{(?<![\w/.*-])((?:[\w.-]+/)*[\w*-]+\.(?:spec|sql|pl|pm|c|h|sh|tsv))(?![\w*])}g)
	{
		my ($name, $at) = ($1, $-[0]);
		my $pattern = quotemeta($name =~ s{^(?:\.\./)+}{}r) =~ s/\\\*/[^\/]*/gr;

		next if $name =~ /NAME|NNN|VERSION|\bX\./;
		complain($file, $at, "$name: there is no such file") if !grep { m{(?:^|/)$pattern$} } @files;
	}
}

sub check_names
{
	my ($file, $sources) = @_;

	# The settings of PostgreSQL are not in the sources.
	while ($prose{$file} =~ /`((?:\w+\.)?[a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?:\(\))?`/g)
	{
		my ($name, $at) = ($1, $-[0]);

		complain($file, $at, "$name: nothing has this name")
		  if $sources !~ /\b\Q$name\E\b/ && $name !~ /^pg_|^max_|^wal_/;
	}
}

my $sources = join "\n", map { slurp($_) }
  grep { -e && m{^(?:src|sql|dev|test|gateway)/.*\.(?:c|h|sql|sh|pl|pm|py|spec|tsv)$|^Makefile$} } @files;
foreach my $file (@documents)
{
	check_links($file);
	check_files($file);
	check_names($file, $sources) if $file =~ m{^(?:README\.md|CHANGELOG\.md|docs/)};
}
exit($violations > 0);
