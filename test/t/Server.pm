# A server with the extension, and the calls that many tests make.

package Server;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes 'usleep';

our @EXPORT = qw(start_server literal call try json template create_authority own_request issue
  get_certificate import_certificate self_sign subordinate authority_status issue_call crl_configuration
  maintain revoke_call revoke dump_to unwrap_key crash);

# Starts a new server with the extension in the database postgres.
sub start_server
{
	my ($name, %options) = @_;
	my $server = PostgreSQL::Test::Cluster->new($name);

	$server->init(allows_streaming => $options{allows_streaming});
	# Only the test itself commits or takes a lock.
	$server->append_conf('postgresql.conf',
		"autovacuum = off\nmax_prepared_transactions = 8\n" . ($options{conf} // ''));
	$server->start;
	$server->safe_psql('postgres', 'CREATE EXTENSION pca');
	return $server;
}

sub literal
{
	my ($text) = @_;

	return defined $text ? "'" . $text =~ s/'/''/gr . "'" : 'NULL';
}

# Returns a call of a function, in named notation.
sub call
{
	my ($function, %arguments) = @_;

	return "$function("
	  . join(', ',
		map { "$_ => " . literal($arguments{$_}) } grep { defined $arguments{$_} } sort keys %arguments) . ')';
}

my $statement = PostgreSQL::Test::Utils::tempdir() . '/statement';

# Runs some SQL in a session of its own. Returns 'ok' or the SQLSTATE; in list context,
# also what it printed or the error's text.
sub try
{
	my ($server, $sql, %options) = @_;
	my ($output, $errors) = ('', '');

	# In a file: a client that is refused does not read its input, and the pipe would break.
	open my $file, '>', $statement or die "$statement: $!";
	print $file $sql;
	close $file or die "$statement: $!";
	$server->psql(
		$options{database} // 'postgres', '',
		stdout => \$output,
		stderr => \$errors,
		on_error_die => 0,
		extra_params => [ '-v', 'VERBOSITY=verbose', '-f', $statement,
			$options{user} ? ('-U', $options{user}) : () ]);
	my $state =
	    $errors =~ /^(?:psql:\S+ )?(?:ERROR|FATAL):  (\w{5}):/m ? $1
	  : $errors =~ /server closed/ ? 'crash'
	  : 'ok';
	return wantarray ? ($state, $state eq 'ok' ? $output : $errors) : $state;
}

# Returns a value as JSON in ASCII.
sub json { return JSON::PP->new->canonical->ascii->encode(shift) }

sub template { return "arn:aws:acm-pca:::template/$_[0]/V1" }

sub signing_for { return shift =~ /^RSA/ ? 'SHA256WITHRSA' : 'SHA256WITHECDSA' }

# Creates an authority and returns its ARN. Options: key, signing, subject, extensions,
# and the rest of the API's parameters.
sub create_authority
{
	my ($server, $type, %options) = @_;
	my $key = delete $options{key} // 'EC_prime256v1';
	my $extensions = delete $options{extensions};
	my %configuration = (
		KeyAlgorithm => $key,
		SigningAlgorithm => delete $options{signing} // signing_for($key),
		Subject => delete $options{subject} // { Organization => 'Example', CommonName => "Example $type" },
		$extensions ? (CsrExtensions => $extensions) : ());
	my $database = delete $options{database} // 'postgres';

	return $server->safe_psql($database,
		'SELECT ' . call('pca_create_certificate_authority',
			certificate_authority_type => $type,
			certificate_authority_configuration => json(\%configuration), %options));
}

sub own_request
{
	my ($server, $arn, $database) = @_;

	return $server->safe_psql($database // 'postgres',
		'SELECT ' . call('pca_get_certificate_authority_csr', certificate_authority_arn => $arn)) . "\n";
}

# Returns the call that issues a certificate. Options: template, by name; validity, as
# [type, value]; and the rest of the API's parameters.
sub issue_call
{
	my ($arn, $csr, %options) = @_;
	my $name = delete $options{template};
	my $validity = delete $options{validity} // [ 'DAYS', 30 ];

	return call('pca_issue_certificate',
		certificate_authority_arn => $arn,
		csr => $csr,
		signing_algorithm => 'SHA256WITHECDSA',
		validity => json({ Type => $validity->[0], Value => $validity->[1] }),
		template_arn => $name ? template($name) : undef,
		%options);
}

# Issues a certificate and returns its ARN.
sub issue
{
	my ($server, $arn, $csr, %options) = @_;
	my $database = delete $options{database} // 'postgres';

	return $server->safe_psql($database, 'SELECT ' . issue_call($arn, $csr, %options));
}

# Returns an issued certificate in PEM, and the chain above it.
sub get_certificate
{
	my ($server, $arn, $certificate_arn, $database) = @_;
	my ($certificate, $chain) = split /\|/,
	  $server->safe_psql($database // 'postgres',
		'SELECT certificate, certificate_chain FROM '
		  . call('pca_get_certificate', certificate_authority_arn => $arn, certificate_arn => $certificate_arn));

	$chain .= "\n" if defined $chain && $chain ne '';
	return wantarray ? ("$certificate\n", $chain) : "$certificate\n";
}

# Imports a certificate. Returns what try() does.
sub import_certificate
{
	my ($server, $arn, $certificate, $chain, %options) = @_;

	return try($server,
		'SELECT ' . call('pca_import_certificate_authority_certificate',
			certificate_authority_arn => $arn, certificate => $certificate, certificate_chain => $chain), %options);
}

# Makes a ROOT authority ACTIVE and returns its certificate.
sub self_sign
{
	my ($server, $arn, %options) = @_;
	my $certificate = get_certificate($server, $arn,
		issue($server, $arn, own_request($server, $arn), template => 'RootCACertificate',
			validity => [ 'YEARS', 10 ], %options));
	my ($state, $text) = import_certificate($server, $arn, $certificate);

	die $text if $state ne 'ok';
	return $certificate;
}

# Makes a SUBORDINATE authority ACTIVE under another one. Returns its certificate and
# its chain.
sub subordinate
{
	my ($server, $parent, $arn, %options) = @_;
	my ($certificate, $chain) = get_certificate($server, $parent,
		issue($server, $parent, own_request($server, $arn),
			template => 'SubordinateCACertificate_PathLen0', validity => [ 'YEARS', 5 ], %options));
	my ($state, $text) = import_certificate($server, $arn, $certificate, $chain);

	die $text if $state ne 'ok';
	return ($certificate, $chain);
}

# Returns a revocation configuration with CRLs. %more: other members of it.
sub crl_configuration
{
	my (%more) = @_;

	return json({
		CrlConfiguration => {
			Enabled => JSON::PP::true, ExpirationInDays => 7, S3BucketName => 'crls', CustomCname => 'crl.example.com',
			%more } });
}

sub maintain
{
	my ($server, $database) = @_;

	return $server->safe_psql($database // 'postgres', 'SELECT pca_run_maintenance()');
}

# Returns the call that revokes a certificate, by its ARN.
sub revoke_call
{
	my ($certificate_arn, $reason) = @_;
	my ($arn, $serial) = split m{/certificate/}, $certificate_arn;

	return call('pca_revoke_certificate',
		certificate_authority_arn => $arn, certificate_serial => $serial,
		revocation_reason => $reason // 'KEY_COMPROMISE');
}

sub revoke
{
	my ($server, @of) = @_;

	return $server->safe_psql('postgres', 'SELECT ' . revoke_call(@of));
}

# Dumps the database postgres into a file and returns its path.
sub dump_to
{
	my ($server, $file, @options) = @_;

	command_ok([ 'pg_dump', '-h', $server->host, '-p', $server->port, '-f', $file, @options, 'postgres' ],
		"pg_dump @options");
	return $file;
}

sub authority_status
{
	my ($server, $arn) = @_;

	return $server->safe_psql('postgres',
		'SELECT status FROM ' . call('pca_describe_certificate_authority', certificate_authority_arn => $arn));
}

# Returns the secret numbers of a CA's key, in lines "name HEX", as read by a program
# that shares no code with the extension; else its complaint.
sub unwrap_key
{
	my ($kek_file, $authority_id, $algorithm, $spki, $wrapped) = @_;
	my ($output, $errors) = ('', '');
	my $input = join "\n", slurp_file($kek_file) =~ s/\n//r, $authority_id, $algorithm, $spki, $wrapped, '';
	my $is_good = IPC::Run::run(["$ENV{PCA_TEST_BIN}/unwrap_key"],
		'<', \$input, '>', \$output, '2>', \$errors);

	return $is_good ? $output : "failed: $errors";
}

# Returns whether a process exists, and not only its entry in the process table, which
# its new parent may leave there for long.
sub is_running
{
	my ($pid) = @_;

	return 0 if !kill(0, $pid);
	return 1 if !-e '/proc/self/stat';
	# It may end at any moment, even between these two.
	open my $file, '<', "/proc/$pid/stat" or return 0;
	my $stat = <$file> // '';
	return $stat =~ /^\d+ \(.*\) [^Z]/ ? 1 : 0;
}

# Kills every process of the server at once, including the sessions, and starts it again.
sub crash
{
	my ($server) = @_;
	my ($postmaster) = slurp_file($server->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	my @processes = split /\n/,
		$server->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');

	$server->kill9;
	kill 'KILL', @processes;
	# A new server does not start while one of the old server's processes exists.
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		last if !grep { is_running($_) } $postmaster, @processes;
		usleep 100_000;
	}
	# A server treats such an entry as a running process.
	unlink $server->data_dir . '/postmaster.pid', $server->host . '/.s.PGSQL.' . $server->port . '.lock';
	$server->start;
}

1;
