# Memory that a session frees holds nothing of a private key. Its next user may write it
# to a page or send it, with everything that it still holds.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $freed = PostgreSQL::Test::Utils::tempdir() . '/freed';
my $server;
{
	local $ENV{LD_PRELOAD} = "$ENV{PCA_TEST_BIN}/preload_free.so";
	local $ENV{PCA_TEST_FREED} = $freed;
	$server = start_server('freed_memory');
}
my $kek_file = $server->data_dir . '/pca_kek';

# Runs statements in a session of its own. Returns what it prints, and what it freed.
sub run_session
{
	my ($sql) = @_;
	my $text = $server->safe_psql('postgres',
		"SET client_min_messages = error; SELECT pg_backend_pid(); $sql");
	my ($pid, $output) = split /\n/, $text, 2;

	# The session ends after its client.
	$server->poll_query_until('postgres',
		"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)") or die 'the session stays';
	my $octets = slurp_file("$freed.$pid");
	unlink "$freed.$pid";
	return ($output, $octets);
}

# Returns the secret numbers of an authority's key, and the key-encryption key, by name.
sub secrets_of
{
	my ($arn) = @_;
	my $digits = slurp_file($kek_file) =~ s/\n//r;
	my %secrets = ('key-encryption key' => pack('H*', $digits), 'its digits' => $digits);
	my $row = $server->safe_psql('postgres', <<~SQL);
		SELECT id, key_algorithm, encode(public_key, 'hex'), encode(wrapped_key, 'hex')
		FROM pca.certificate_authority JOIN pca.private_key ON authority_id = id WHERE arn = '$arn'
		SQL
	my $numbers = unwrap_key($kek_file, split /\|/, $row);

	$secrets{$1} = pack 'H*', $2 while $numbers =~ /^(\S+) (?:00)*([0-9A-F]+)$/mg;
	return \%secrets;
}

# Windows over the whole of each secret, so that a part of it is found too.
my $window = 10;
my $step = 4;
${^RE_TRIE_MAXBUF} = 1 << 26;

# Returns the names of the secrets of which some octets contain a part, as it is or as
# OpenSSL stores numbers in memory.
sub found_in
{
	my ($octets, $secrets) = @_;
	my %names;
	my %found;

	for my $name (keys %$secrets)
	{
		for (my $at = 0; $at + $window <= length $secrets->{$name}; $at += $step)
		{
			my $part = substr $secrets->{$name}, $at, $window;

			$names{$part} = $name;
			$names{ reverse $part } = "$name, reversed";
		}
	}
	my $pattern = join '|', map { quotemeta } keys %names;

	$found{ $names{$1} } = 1 while $octets =~ /($pattern)/g;
	return [ sort keys %found ];
}

my %algorithms = (
	EC_prime256v1 => 'SHA256WITHECDSA',
	EC_secp521r1 => 'SHA512WITHECDSA',
	RSA_2048 => 'SHA256WITHRSA_PSS');
$algorithms{ML_DSA_65} = 'ML_DSA_65' if `openssl list -public-key-algorithms` =~ /ML-DSA-65/i;

for my $key (sort keys %algorithms)
{
	my $signing = $algorithms{$key};
	my %configuration = (KeyAlgorithm => $key, SigningAlgorithm => $signing, Subject => { CommonName => $key });
	my ($arn, $freed_by_create) = run_session('SELECT '
		  . call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
			certificate_authority_configuration => json(\%configuration)));
	my (undef, $freed_by_issue) = run_session('SELECT '
		  . issue_call($arn, own_request($server, $arn), signing_algorithm => $signing,
			template => 'RootCACertificate'));
	my $secrets = secrets_of($arn);

	cmp_ok(scalar keys %$secrets, '>', 2, "$key: its secrets are known");
	cmp_ok(length $_, '>', 1_000_000, "$key: what a session freed is seen")
	  for $freed_by_create, $freed_by_issue;
	is_deeply(found_in($freed_by_create, $secrets), [], "$key: a session that makes it frees nothing of it");
	is_deeply(found_in($freed_by_issue, $secrets), [],
		"$key: a session that opens it and signs frees nothing of it");

	# The same search finds what is put where it looks.
	my ($name) = grep { !/key-encryption|digits/ } sort keys %$secrets;
	my $planted = "repeat('" . unpack('H*', $secrets->{$name}) . "', 1000)";
	is_deeply(found_in((run_session("SELECT length(decode($planted, 'hex'))"))[1], $secrets), [$name],
		"$key: a planted secret is found");
}

$server->stop;
done_testing();
