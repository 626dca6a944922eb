# The tables of src/ that come from outside sources are what their generators print:
# the API's model and Unicode.

use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::Bin/../..";

my %made_by = ('base_model.c' => 'model.pl', 'base_unicode_ranges.h' => 'unicode.pl');

foreach my $table (sort keys %made_by)
{
	my $made = qx("$^X" "$top/dev/$made_by{$table}" 2>&1);

  SKIP:
	{
		skip "src/$table: $1", 1 if $? != 0 && $made =~ /(Perl's Unicode \S+ is older than \S+)/;
		ok($made eq slurp_file("$top/src/$table"), "src/$table is what dev/$made_by{$table} prints")
		  or diag("run: dev/$made_by{$table} >src/$table");
	}
}

done_testing();
