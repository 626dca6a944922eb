# A sample of `make relying-parties`: the judges that the tests need anyway, and curl,
# wget and nginx where they are installed, with three CAs: a root, one below it, and one
# that was renewed under another name.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

SKIP:
{
	skip_without('pca-gateway');
	my $server = start_server('relying');
	my $directory = PostgreSQL::Test::Utils::tempdir();
	# What gnutls-cli makes of staples is known for 3.7. Version 3.8 accepts revoked ones
	# from OpenSSL 3.6's server.
	my ($gnutls) = (run_command([ 'sh', '-c', 'command -v gnutls-cli >/dev/null && gnutls-cli --version' ]))[0]
	  =~ /(\d+\.\d+)/;
	my @of_gnutls = ($gnutls // '3.7') eq '3.7' ? 'gnutls-cli' : ();
	my @judges = map { ('--judge', $_) }
	  qw(openssl openssl-alone ocsptool certtool curl wget nginx nginx-stapling), @of_gnutls;
	my @hierarchies = map { ('--hierarchy', $_) } qw(root below renamed-root-old);
	local @ENV{qw(PGHOST PGPORT PGDATABASE)} = ($server->host, $server->port, 'postgres');
	my ($is_good, $output, $errors) =
	  OpenSSL::run('', '/usr/bin/python3', "$FindBin::Bin/../relying-parties/matrix.py", '--optional', @judges,
		@hierarchies, $directory);

	ok($is_good, 'every relying party judges as expected') or diag $output, $errors;
	is($errors, '', 'and none of them is broken');
	my @cells = map { [ split /\t/ ] } split /\n/,
		-e "$directory/cells.tsv" ? slurp_file("$directory/cells.tsv") : '';
	for my $status (qw(good revoked unknown))
	{
		my @of = grep { $_->[3] eq $status } @cells;
		# In every hierarchy; a judge that is missing is left out, below.
		cmp_ok(scalar @of, '>=', 3, "certificates that are $status");
	}
	for my $missing ($output =~ /^left out: (.*)$/mg)
	{
		SKIP: { skip "$missing", 1 }
	}
	SKIP: { skip "gnutls-cli is of GnuTLS $gnutls", 1 if !@of_gnutls }
	$server->stop;
}

done_testing();
