# docs/REFERENCE.md is what `make reference` writes today: no function, view,
# structure or setting is missing there or has an outdated description.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $server = start_server('reference');
my ($generated, $errors) = ('', '');

$ENV{PGHOST} = $server->host;
$ENV{PGPORT} = $server->port;
$ENV{PGDATABASE} = 'postgres';
ok(IPC::Run::run([ $^X, "$top/dev/reference.pl" ], '>', \$generated, '2>', \$errors), 'it is generated');
is($errors, '', 'without complaint');

my @expected = split /\n/, $generated;
my @found = split /\n/, slurp_file("$top/docs/REFERENCE.md");
my $last = $#expected > $#found ? $#expected : $#found;
my ($first) = grep { ($expected[$_] // '') ne ($found[$_] // '') } 0 .. $last;

# The first line that differs says more than all of them.
is($first, undef, 'docs/REFERENCE.md is up to date')
  or diag sprintf "line %d: make reference\n  it says       %s\n  it should say %s",
  $first + 1, map { $_->[$first] // '(nothing)' } \@found, \@expected;
like($generated, qr/^#### pca_issue_certificate\n/m, 'it has functions');
like($generated, qr/^### ASN1Subject\n/m, 'and structures');
like($generated, qr/^\| `pca\.verify_signatures` \|/m, 'and settings');

$server->stop;
done_testing();
