# Where the key-encryption key comes from: a command cannot block a session, and a new
# key is made only in a cluster that has no private key in any database.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use IPC::Run;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('key_source');
my $data = $server->data_dir;
my $directory = PostgreSQL::Test::Utils::tempdir();
my $create = 'SELECT ' . call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
	certificate_authority_configuration => json({
		KeyAlgorithm => 'EC_prime256v1',
		SigningAlgorithm => 'SHA256WITHECDSA',
		Subject => { CommonName => 'x' } }));

sub key_files { return join ' ', sort grep { /kek/ } slurp_dir($data) }

sub refused
{
	my ($name, $reason, %options) = @_;
	my ($state, $text) = try($server, $create, %options);

	is($state, 'PCRFA', "$name: no authority");
	like($text, $reason, "$name: the reason");
}

#
# Making the key
#

# An attempt that fails leaves nothing, and the next one works.
append_to_file("$data/pca_kek.2000000000", 'a key that a crash left');
chmod 0500, $data or die;
refused('a directory that takes no file', qr/its file cannot be created/);
chmod 0700, $data or die;
is((try($server, $create))[0], 'ok', 'the next attempt makes the key');
is(key_files(), 'pca_kek', 'and nothing else is left, also of a crash');
append_to_file("$data/pca_kek.2000000000", 'a key that a crash left after it made the file');
is((try($server, $create))[0], 'ok', 'another authority');
is(key_files(), 'pca_kek', 'that is removed too');

# Another database asks this one.
my $first = slurp_file("$data/pca_kek");
unlink "$data/pca_kek";
$server->safe_psql('postgres', 'CREATE DATABASE other');
$server->safe_psql('other', 'CREATE EXTENSION pca');
refused('a key of another database', qr/database "postgres" has private keys/, database => 'other');
$server->safe_psql('other', 'ALTER DATABASE postgres ALLOW_CONNECTIONS false');
refused('a database that takes no connections', qr/database "postgres" has private keys/,
	database => 'other');
$server->safe_psql('other', 'ALTER DATABASE postgres ALLOW_CONNECTIONS true');
is(key_files(), '', 'no key is made');

# Without an answer no key is made either, and a call that waits for one can be cancelled.
{
	my $holder = $server->background_psql('postgres');
	$holder->query_safe('BEGIN; LOCK TABLE pca.private_key');
	my ($state) = try($server, "SET statement_timeout = '1s'; $create", database => 'other');
	is($state, '57014', 'a database that does not answer: the call can be cancelled');
	ok($server->poll_query_until('other',
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'pca key search'"), 'its worker ends');
	refused('a database that does not answer', qr/unknown whether database "postgres" has private keys/,
		database => 'other');
	$holder->query_safe('ROLLBACK');
	$holder->quit;
}
$server->append_conf('postgresql.conf', 'max_worker_processes = 0');
$server->restart;
refused('no worker', qr/unknown whether database "\w+" has private keys: there is no free slot/,
	database => 'other');
$server->append_conf('postgresql.conf', 'max_worker_processes = 8');
$server->restart;
is(key_files(), '', 'still no key is made');

# Nothing seals a cluster that has no private key.
$server->safe_psql('postgres', 'DROP EXTENSION pca');
is((try($server, $create, database => 'other'))[0], 'ok', 'a cluster without private keys gets a new key');
isnt(slurp_file("$data/pca_kek"), $first, 'which is another one');

#
# The command
#

my $arn = create_authority($server, 'ROOT', database => 'other');
my $key = "$directory/key";
system_or_bail('cp', "$data/pca_kek", $key);
system_or_bail('mv', "$data/pca_kek", "$directory/away");
my $csr = own_request($server, $arn, 'other');
my $issue = 'SELECT ' . issue_call($arn, $csr, template => 'RootCACertificate');

sub with_command
{
	my ($command, $sql, %options) = @_;
	my $timeout = $options{timeout} // 3600;

	return try($server,
		"LOAD 'pca'; SET pca.key_encryption_key_command_timeout = $timeout; SET pca.key_encryption_key_command = "
		  . literal($command) . '; ' . ($options{before} // '') . $sql, database => 'other');
}

# Returns the command's processes. A number in their command lines identifies them,
# which only this run uses.
my ($one, $two, $three, $four, $five, $six) = map { 100_000_000 + 10 * $$ + $_ } 1 .. 6;

sub processes
{
	my ($number) = @_;

	return map { /(\d+)/ }
	  grep { (eval { slurp_file("$_/cmdline") } // '') =~ /sleep\0?\s*$number/ } glob '/proc/[0-9]*';
}

sub are_gone
{
	my ($number) = @_;

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if !processes($number);
		select undef, undef, undef, 0.1;
	}
	return 0;
}

my %hanging = (
	'ignores signals' => [ $one, "trap '' INT TERM HUP; sleep $one & wait; sleep $one" ],
	'starts a daemon' => [ $two, "setsid sleep $five & sleep $two" ],
	'closes its output' => [ $three, "cat $key; exec >&-; sleep $three" ],
	'stops' => [ $four, "kill -STOP \$\$; sleep $four" ]);
for my $name (sort keys %hanging)
{
	my ($number, $command) = @{ $hanging{$name} };

	is((with_command($command, $issue, before => "SET statement_timeout = '1s'; "))[0], '57014',
		"$name: cancelled");
	my ($state, $text) = with_command($command, $issue, timeout => 1);
	is($state, 'PCRFA', "$name: too long");
	like($text, qr/did not end within pca\.key_encryption_key_command_timeout/, "$name: the error says so");
	ok(are_gone($number), "$name: it is killed");
}
kill 'KILL', processes($five);

# Terminated in the middle.
{
	my ($output, $errors) = ('', '');
	my $command = literal($hanging{'ignores signals'}[1]);
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $server->connstr('other'),
			'-c', "LOAD 'pca'", '-c', "SET pca.key_encryption_key_command = $command", '-c', $issue ],
		'>', \$output, '2>', \$errors);

	$server->poll_query_until('other', 'SELECT count(pg_terminate_backend(pid)) = 1 FROM pg_stat_activity'
		  . " WHERE query LIKE 'SELECT pca_issue%' AND pid <> pg_backend_pid()");
	eval { $session->finish };
	like($errors, qr/57P01/, 'a session that waits for its command is terminated');
	unlike($errors, qr/sealed/, 'and nothing is sealed');
	ok(are_gone($one), 'its command is killed');
}

# Commands that end by themselves.
is((with_command("cat $key", $issue))[0], 'ok', 'a command');
is((with_command("setsid sleep $six & cat $key", $issue))[0], 'ok',
	'a command that leaves a process with its output');
kill 'KILL', processes($six);
is((with_command("cat $key; head -c 2000 /dev/zero | tr '\\0' ' '; echo x", $issue))[0], 'PCRFA',
	'a command that prints more after the key');
like((with_command('yes', $issue))[1], qr/not 64 hexadecimal digits/, 'a command that prints without end');
like((with_command('kill -9 $$', $issue))[1], qr/command failed/, 'a command that is killed');
like((with_command("cat $key; exit 1", $issue))[1], qr/command failed/, 'a command that fails');
is((with_command("test -z \"\$(cat)\" && cat $key", $issue))[0], 'ok', 'it has no input');
is((with_command("test \$(ls /proc/self/fd | wc -l) -le 4 && cat $key", $issue))[0], 'ok',
	'and no other files');

$server->stop;
done_testing();
