#!/usr/bin/env perl
#
# Prints src/base_unicode_ranges.h, the table of letters, spaces and numbers:
#
#   dev/unicode.pl >src/base_unicode_ranges.h
#
# It is of one version of Unicode, whatever version Perl has: characters that
# came later are left out, and a Perl that does not know the version is refused.

use strict;
use warnings;

use Unicode::UCD;

my $version = '14.0';

die "dev/unicode.pl: Perl's Unicode " . Unicode::UCD::UnicodeVersion() . " is older than $version\n"
  if version->parse('v' . Unicode::UCD::UnicodeVersion()) < version->parse("v$version");

my $is_there = qr/\p{Present_In: $version}/;
my @ranges;

foreach my $code (0x80 .. 0xd7ff, 0xe000 .. 0x10ffff)
{
	my $character = chr $code;

	next if $character !~ /[\p{L}\p{Z}\p{N}]/ || $character !~ $is_there;
	if (@ranges && $ranges[-1][1] == $code - 1) { $ranges[-1][1] = $code }
	else { push @ranges, [ $code, $code ] }
}

print <<"END";
/*-------------------------------------------------------------------------
 *
 * base_unicode_ranges.h
 *	  The characters of the categories L, Z and N beyond ASCII.
 *
 * dev/unicode.pl writes this file, from Unicode $version.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_UNICODE_RANGES_H
#define BASE_UNICODE_RANGES_H

#include "postgres.h"

#include "mb/pg_wchar.h"

typedef struct PcaUnicodeRange
{
	pg_wchar	first;
	pg_wchar	last;
} PcaUnicodeRange;

static const PcaUnicodeRange letters_spaces_and_numbers[] = {
END

my $line = '';
foreach my $entry (map { sprintf '{0x%x, 0x%x},', @$_ } @ranges)
{
	if (length($line) + length($entry) > 105)
	{
		print "\t$line\n";
		$line = '';
	}
	$line .= ($line eq '' ? '' : ' ') . $entry;
}
print "\t$line\n};\n\n#endif\t\t\t\t\t\t\t/* BASE_UNICODE_RANGES_H */\n";
