# dev/cluster.sh notices that PostgreSQL's packages were upgraded: a minor release is
# copied again, and the data stays. A major one is refused.
#
# The test upgrades a copy of the installation that pg_config names, with a pg_config
# of its own. One file stands for the extension.

use strict;
use warnings;

use Cwd 'realpath';
use FindBin;
use lib $FindBin::Bin;

use File::Copy;
use File::Path 'make_path';
use OpenSSL;
use PostgreSQL::Test::Utils;
use Test::More;

# Its sockets have names of at most 107 octets.
my $directory = PostgreSQL::Test::Utils::tempdir_short();
my $prefix = "$directory/installation";
my $checkout = "$directory/checkout";
my $dir = "$directory/cluster";
my %real = map { $_ => realpath((run_command([ 'pg_config', "--$_" ]))[0]) } qw(bindir sharedir pkglibdir);
my %copy = map { $_ => "$prefix$real{$_}" } keys %real;

sub write_file
{
	my ($path, $text, $mode) = @_;

	unlink $path;
	append_to_file($path, $text);
	chmod $mode // 0644, $path or die "$path: $!";
}

# The installation: the programs are files, as a package has them; what is in the
# folders of libraries and of shared files is linked.
make_path(@copy{qw(bindir pkglibdir)}, "$copy{sharedir}/extension");
for my $program (glob "$real{bindir}/*")
{
	my $to = $program =~ s/^\Q$real{bindir}\E/$copy{bindir}/r;

	copy($program, $to) or die "$program: $!";
	chmod 0755, $to;
}
symlink $_, "$prefix$_" for grep { !/extension$/ } map { glob "$real{$_}/*" } qw(pkglibdir sharedir);
symlink $_, "$prefix$_" for grep { !m{/pca[^/]*$} } glob "$real{sharedir}/extension/*";

sub set_version
{
	my ($version) = @_;

	write_file("$directory/pg_config", <<"SH", 0755);
#!/bin/sh
case \$1 in
	--bindir | --sharedir | --pkglibdir) echo "$prefix\$('$real{bindir}/pg_config' \$1)" ;;
	--version) echo 'PostgreSQL $version' ;;
	*) exec '$real{bindir}/pg_config' "\$@" ;;
esac
SH
}

# What dev/cluster.sh needs from a checkout.
make_path("$checkout/dev");
for my $script (qw(cluster.sh packages.sh))
{
	copy("$FindBin::Bin/../../dev/$script", "$checkout/dev/$script") or die "dev/$script: $!";
	chmod 0755, "$checkout/dev/$script";
}
write_file("$checkout/Makefile", <<'MAKE');
install:
	touch '$(DESTDIR)$(shell $(PG_CONFIG) --sharedir)/extension/pca.control'
MAKE

local $ENV{PG_CONFIG} = "$directory/pg_config";
my ($version) = (run_command([ 'pg_config', '--version' ]))[0] =~ /(\d[\w.]*)/;
set_version($version);

# Runs dev/cluster.sh. Returns whether it succeeds, and what it says.
sub cluster
{
	my (@arguments) = @_;
	my ($is_good, $output, $errors) = OpenSSL::run('', "$checkout/dev/cluster.sh", @arguments);

	return ($is_good, $output . $errors);
}

sub query
{
	my ($sql) = @_;
	my ($is_good, $text) = cluster('run', $dir, 'psql', '-XAtq', '-c', $sql);

	chomp $text;
	return $is_good ? $text : "failed: $text";
}

sub postmaster { return (split /\n/, slurp_file("$dir/data/postmaster.pid"))[0] }

my ($is_good, $text) = cluster('start', $dir);
ok($is_good, 'a cluster starts') or diag $text;
unlike($text, qr/copying it again/, 'its stage is made once');
ok(-e "$dir/stage$copy{sharedir}/extension/pca.control", 'the extension is installed into it');
is(query('CREATE TABLE kept AS SELECT 42 AS value'), '', 'it takes data');
my $pid = postmaster();

($is_good, $text) = cluster('start', $dir);
ok($is_good, 'started again') or diag $text;
unlike($text, qr/copying it again/, 'nothing has changed: the stage stays');
is(postmaster(), $pid, 'and the server goes on');

# As dpkg does it: another file of the same name, and a library that the old version
# did not have.
my $old_size = -s "$copy{bindir}/postgres";
rename "$copy{bindir}/postgres", "$directory/postgres" or die $!;
copy("$directory/postgres", "$copy{bindir}/postgres") or die $!;
append_to_file("$copy{bindir}/postgres", 'upgraded');
chmod 0755, "$copy{bindir}/postgres";
write_file("$copy{pkglibdir}/upgraded.so", '');

($is_good, $text) = cluster('start', $dir);
ok($is_good, 'started after a minor upgrade') or diag $text;
like($text, qr/PostgreSQL has changed since .* was made: copying it again/, 'which it says');
is(-s "$dir/stage$copy{bindir}/postgres", $old_size + length 'upgraded', 'the stage has the new program');
ok(-e "$dir/stage$copy{pkglibdir}/upgraded.so", 'and the new library');
ok(-e "$dir/stage$copy{sharedir}/extension/pca.control", 'and the extension');
isnt(postmaster(), $pid, 'the old server has ended');
is(query('SELECT value FROM kept'), '42', 'the data is still there');
$pid = postmaster();

($is_good, $text) = cluster('start', $dir);
unlike($text, qr/copying it again/, 'once is enough');
is(postmaster(), $pid, 'the new server goes on');

# Another major version.
set_version((split /\./, $version)[0] + 1);
($is_good, $text) = cluster('start', $dir);
ok(!$is_good, 'a major upgrade is refused');
like($text, qr/the data in \Q$dir\E is of PostgreSQL \d+, pg_config names \d+/, 'which it says');
set_version($version);
is(query('SELECT value FROM kept'), '42', 'the server and its data stay');

($is_good, $text) = cluster('remove', $dir);
ok($is_good && !-e $dir, 'removed') or diag $text;

done_testing();
