# Key custody: no secret number of a private key, and no key-encryption key, is
# ever in the data directory, the WAL, a dump or a log, in any form. Without
# the key-encryption key a CA is sealed. A wrapped key opens in its own row only.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use File::Copy;
use File::Find;
use IPC::Run;
use MIME::Base64;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# As verbose as a server can be.
my $server = start_server('key_custody', conf => <<'CONF');
log_statement = all
log_min_messages = debug5
log_min_error_statement = debug5
log_error_verbosity = verbose
log_parameter_max_length = -1
log_parameter_max_length_on_error = -1
debug_print_parse = on
debug_print_rewritten = on
debug_print_plan = on
log_duration = on
client_min_messages = debug5
track_activity_query_size = 1MB
CONF
my $data = $server->data_dir;
my $kek_file = "$data/pca_kek";
my $request = key_request(new_key('EC P-256'), '/CN=leaf');

sub quietly
{
	my ($sql) = @_;

	return $server->safe_psql('postgres', "SET client_min_messages = warning; $sql");
}

#
# The main job
#

my $create = 'SELECT ' . call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
	certificate_authority_configuration => json({
		KeyAlgorithm => 'EC_prime256v1',
		SigningAlgorithm => 'SHA256WITHECDSA',
		Subject => { CommonName => 'Root' } }));
is((try($server, $create))[0], 'ok', 'an authority is created');
is((stat $kek_file)[2] & 07777, 0600, 'the first one made pca_kek, for the owner only');
like(slurp_file($server->logfile), qr/WARNING: .*key-encryption key was created/, 'a warning says so');
like(slurp_file($kek_file), qr/^[0-9a-f]{64}\n$/, 'it is 64 hexadecimal digits');
my $root_arn = quietly('SELECT arn FROM pca.certificate_authority');

my %authorities = ($root_arn => 'EC_prime256v1');
self_sign($server, $root_arn);
for my $key (qw(EC_secp384r1 EC_secp521r1 RSA_2048))
{
	my $arn = create_authority($server, 'SUBORDINATE', key => $key, subject => { CommonName => $key });
	subordinate($server, $root_arn, $arn);
	get_certificate($server, $arn, issue($server, $arn, $request,
			signing_algorithm => $key =~ /RSA/ ? 'SHA256WITHRSA_PSS' : 'SHA256WITHECDSA'));
	$authorities{$arn} = $key;
}

# The log says more about a call that fails than about one that succeeds.
is((try($server, 'SELECT ' . issue_call($root_arn, 'garbage')))[0], 'PCMCS', 'a call that fails');
is((try($server, "BEGIN; SELECT " . issue_call($root_arn, $request) . '; ROLLBACK'))[0], 'ok',
	'a call that is rolled back');
is((try($server, "SELECT pca_create_certificate_authority('{}', 'ROOT')"))[0], 'PCVAL',
	'another call that fails');

#
# The secrets, opened by another program
#

my %secrets = ('the key-encryption key' => pack 'H*', slurp_file($kek_file) =~ s/\n//r);
my @rows = map { [ split /\|/ ] } split /\n/,
	quietly("SELECT arn, id, key_algorithm, encode(public_key, 'hex'), encode(wrapped_key, 'hex')"
	  . ' FROM pca.certificate_authority JOIN pca.private_key ON authority_id = id ORDER BY arn');
is(scalar @rows, 4, 'four wrapped keys');
for my $row (@rows)
{
	my ($arn, @parts) = @$row;
	my %numbers = unwrap_key($kek_file, @parts) =~ /^(\S+) ([0-9A-F]+)$/mg;

	is($parts[1], $authorities{$arn}, "$parts[1]: the algorithm");
	is(scalar keys %numbers, $parts[1] =~ /^EC/ ? 1 : 6, "$parts[1]: the documented format opens it");
	for my $name (sort keys %numbers)
	{
		my $digits = $numbers{$name} =~ s/^(?:00)+//r;
		$secrets{"$parts[1], $name"} = pack 'H*', $digits;
	}
	my $other_id = $parts[0] =~ s/^(.)/$1 eq 'a' ? 'b' : 'a'/er;
	like(unwrap_key($kek_file, $other_id, @parts[ 1 .. 3 ]), qr/does not open/,
		"$parts[1]: not under another id");
	like(unwrap_key($kek_file, $parts[0], 'RSA_4096', @parts[ 2, 3 ]), qr/does not open/,
		"$parts[1]: not for another algorithm");
}

#
# The search
#

# Returns the forms in which octets could be written: as they are, as OpenSSL has
# them in memory, in hexadecimal, in base 64 at each of three places in a longer
# text, as in a dumped parse tree, and as an escaped bytea.
sub forms
{
	my ($octets) = @_;
	my $hex = unpack 'H*', $octets;
	my $colons = join ':', unpack '(A2)*', $hex;
	my %forms = (
		raw => $octets,
		reversed => scalar reverse($octets),
		hex => $hex,
		HEX => uc $hex,
		'hex with colons' => $colons,
		'HEX with colons' => uc $colons,
		'parse tree' => ' ' . join(' ', unpack 'c*', $octets) . ' ',
		escaped => join('',
			map { $_ < 32 || $_ > 126 ? sprintf('\\%03o', $_) : $_ == 92 ? '\\\\' : chr } unpack 'C*', $octets));

	for my $shift (0 .. 2)
	{
		# The first and the last characters depend on the octets next to them.
		my $text = encode_base64("\0" x $shift . $octets, '') =~ s/=+$//r;
		$text = substr $text, 4 if $shift > 0;
		$forms{"base 64, $shift"} = substr $text, 0, length($text) - 1;
	}
	return %forms;
}

# Windows over the whole of each secret, so that a part of it is found too, and a
# line break inside it hides nothing.
my $window = 10;
my $step = 4;
my %needles;
for my $name (keys %secrets)
{
	for (my $at = 0; $at + $window <= length $secrets{$name}; $at += $step)
	{
		my %forms = forms(substr $secrets{$name}, $at, $window);
		$needles{ $forms{$_} } = "$name, $_" for keys %forms;
	}
}
# Perl makes one automaton of them if it may use that much memory.
${^RE_TRIE_MAXBUF} = 1 << 26;
my $pattern = join '|', map { quotemeta } keys %needles;
my $matcher = qr/($pattern)/;

# Returns the secrets in some octets, as a list of names with forms.
sub found_in
{
	my ($octets) = @_;
	my %found;

	$found{ $needles{$1} } = 1 while $octets =~ /$matcher/g;
	return [ sort keys %found ];
}

# Searches everywhere. Returns the secrets that were found, by place.
sub search
{
	my %found = ('data directory' => [], 'WAL' => [], 'dump' => [], 'log' => []);
	my $files = 0;
	my $octets = 0;

	$server->stop('fast');
	$server->start;
	find(
		{
			no_chdir => 1,
			wanted => sub {
				return if !-f || $_ eq $kek_file;
				my $content = slurp_file($_);
				my $kind = m{/pg_wal/} ? 'WAL' : 'data directory';

				$files++;
				$octets += length $content;
				push @{ $found{$kind} }, map { "$File::Find::name: $_" } @{ found_in($content) };
			}
		},
		$data);
	for my $program ([ 'pg_dump', 'postgres' ], ['pg_dumpall'])
	{
		my ($dump, $errors) = ('', '');
		IPC::Run::run([ @$program, '-h', $server->host, '-p', $server->port ], '>', \$dump, '2>', \$errors)
		  or die "@$program: $errors";
		like($dump, qr/COPY pca\.private_key/, "$program->[0] has the wrapped keys");
		push @{ $found{dump} }, @{ found_in($dump) };
	}
	push @{ $found{log} }, @{ found_in(slurp_file($server->logfile)) };
	cmp_ok($files, '>', 100, 'the data directory was searched');
	return \%found;
}

{
	my %forms = forms($secrets{'EC_prime256v1, priv'});
	my $text = encode_base64("x" x 50 . $secrets{'EC_prime256v1, priv'} . "y" x 20);

	for my $form (sort keys %forms)
	{
		like(found_in("before $forms{$form} after")->[0] // '', qr/^EC_prime256v1, priv, /,
			"the search knows the form \"$form\"");
	}
	like(found_in($text)->[0] // '', qr/^EC_prime256v1, priv, base 64/,
		'the search knows a secret in lines of base 64');
	like(found_in('...' . substr($secrets{'EC_prime256v1, priv'}, 5, $window + $step - 1) . '...')->[0] // '',
		qr/^EC_prime256v1, priv, raw/, 'the search knows a part of a secret');
	is_deeply(found_in('x' x 1000), [], 'the search finds nothing in nothing');
}
cmp_ok(-s $server->logfile, '>', 100_000, 'the log is verbose');

my $found = search();
is_deeply($found->{$_}, [], "no secret in the $_") for sort keys %$found;
is_deeply([ grep { /kek/ && -s "$data/$_" } slurp_dir($data) ], ['pca_kek'],
	'no other file of the key-encryption key is left');

# The same search finds a secret that is put into a table, and so into the WAL, the
# log and a dump.
quietly("CREATE TABLE planted AS SELECT decode('" . unpack('H*', $secrets{'RSA_2048, rsa-factor1'})
	  . "', 'hex') AS secret");
$found = search();
cmp_ok(scalar @{ $found->{$_} }, '>', 0, "a planted secret is found in the $_") for sort keys %$found;
quietly('DROP TABLE planted');

#
# Without the key
#

$server->append_conf('postgresql.conf', join '', map { "$_\n" }
	  'log_min_messages = warning', 'client_min_messages = notice',
	'debug_print_parse = off', 'debug_print_rewritten = off', 'debug_print_plan = off');
$server->reload;

my $leaf_arn = issue($server, $root_arn, $request);

# Checks that the CA is sealed: what reads works, what signs says why it does not.
sub is_sealed
{
	my ($name, $reason) = @_;
	my ($issued, $text) = try($server, 'SELECT ' . issue_call($root_arn, $request));

	is($issued, 'PCRFA', "$name: nothing is issued");
	like($text, $reason, "$name: the reason") if $reason;
	# Except for the SHA-256 of the request in CONTEXT.
	unlike($text =~ s/ has the SHA-256 [0-9a-f]{64}$//mr, qr/[0-9a-f]{48}/i, "$name: the error shows no key");
	# Another key is still a key: another authority may be made under it.
	is((try($server, "BEGIN; $create; ROLLBACK"))[0], 'PCRFA', "$name: nothing is created")
	  if $name ne 'another key';
	is(authority_status($server, $root_arn), 'ACTIVE', "$name: the description works");
	ok(get_certificate($server, $root_arn, $leaf_arn), "$name: certificates can be read");
	ok(own_request($server, $root_arn), "$name: the CSR can be read");
}

sub works
{
	my ($name) = @_;
	my ($issued, $text) = try($server, 'SELECT ' . issue_call($root_arn, $request));

	is($issued, 'ok', "$name: it issues") or diag $text;
}

sub write_key
{
	my ($path, $content, $mode) = @_;

	unlink $path;
	append_to_file($path, $content);
	chmod $mode // 0600, $path or die "$path: $!";
}

my $key = slurp_file($kek_file);
my $elsewhere = PostgreSQL::Test::Utils::tempdir() . '/key';
my $count = quietly('SELECT count(*) FROM pca.certificate_authority');

unlink $kek_file;
is_sealed('a missing file', qr/does not exist/);
ok(!-e $kek_file, 'a missing file: none is made while there are authorities');
$server->safe_psql('postgres', 'CREATE DATABASE empty');
$server->safe_psql('empty', 'CREATE EXTENSION pca');
is((try($server, $create, database => 'empty'))[0], 'PCRFA',
	'a missing file: none is made by a database without authorities');
ok(!-e $kek_file, 'a missing file: none is made there either');
write_key($kek_file, $key, $_), is_sealed(sprintf('mode %04o', $_), qr/mode must be 0600/)
  for 0640, 0604, 0620, 0660, 0666;
write_key($kek_file, $key, 0400), works('mode 0400');
write_key($elsewhere, $key);
unlink $kek_file;
symlink $elsewhere, $kek_file or die;
is_sealed('a symbolic link', qr/symbolic link/);
unlink $kek_file;
mkdir $kek_file;
is_sealed('a directory', qr/regular file/);
rmdir $kek_file;
system_or_bail('mkfifo', '-m', '600', $kek_file);
is_sealed('a pipe', qr/regular file/);
write_key($kek_file, 'f' x 64 . "\n"), is_sealed('another key', qr/wrapped with another one/);
my %damage = (
	'an empty file' => '',
	'a digit less' => substr($key, 1),
	'a digit more' => "0$key",
	'no digit' => $key =~ s/^./g/r,
	'raw octets' => $secrets{'the key-encryption key'},
	'text after the key' => "$key# text",
	'two keys' => $key x 2,
	'a space before the key' => " $key",
	'text far after the key' => $key . ' ' x 100 . 'text',
	'text very far after the key' => $key . ' ' x 5000 . 'text');
for my $name (sort keys %damage)
{
	write_key($kek_file, $damage{$name});
	is_sealed($name, qr/not 64 hexadecimal digits/);
}
write_key($kek_file, $key =~ s/\n//r), works('a file without a newline');
write_key($kek_file, uc $key), works('a file in capitals');
write_key($kek_file, $key), works('the file is back');
is(quietly('SELECT count(*) FROM pca.certificate_authority'), $count, 'nothing was created meanwhile');

#
# Settings
#

my $settings = 0;

# Changes both settings, and waits until new sessions see them.
sub set_key_source
{
	my ($file, $command) = @_;

	$settings++;
	unlink "$data/pca.conf";
	append_to_file("$data/pca.conf", join '', "pca_test.settings = $settings\n",
		defined $file ? "pca.key_encryption_key_file = '$file'\n" : '',
		defined $command ? "pca.key_encryption_key_command = '$command'\n" : '');
	$server->reload;
	$server->poll_query_until('postgres', "SELECT current_setting('pca_test.settings', true) = '$settings'")
	  or die 'no reload';
}

$server->append_conf('postgresql.conf', "include_if_exists = 'pca.conf'");
unlink $kek_file;
set_key_source($elsewhere, undef), works('a file elsewhere');
set_key_source(undef, "cat $elsewhere"), works('a command');
set_key_source("$elsewhere.missing", "cat $elsewhere"), works('a command goes before a file');
set_key_source(undef, "cat $elsewhere.missing"), is_sealed('a command that fails', qr/command failed/);
set_key_source(undef, "cat $elsewhere; false"),
	is_sealed('a command that fails after the key', qr/command failed/);
set_key_source(undef, 'echo garbage'),
	is_sealed('a command that prints something else', qr/not 64 hexadecimal digits/);
set_key_source(undef, 'true'), is_sealed('a command that prints nothing', qr/not 64 hexadecimal digits/);
set_key_source(undef, 'yes | tr -d y | head -c 100000000'), is_sealed('a command that prints without end');
set_key_source("$elsewhere.missing", undef), is_sealed('a missing file elsewhere', qr/does not exist/);
is((try($server, $create, database => 'empty'))[0], 'PCRFA',
	'a missing file elsewhere: no database makes one');
ok(!-e "$elsewhere.missing", 'a missing file elsewhere: it stays missing');
set_key_source(undef, undef);
write_key($kek_file, $key), works('the default again');
is((try($server, $create, database => 'empty'))[0], 'ok', 'the key serves every database');

$server->safe_psql('postgres', 'CREATE ROLE ordinary LOGIN; CREATE ROLE other LOGIN');
$server->safe_psql('postgres', "SELECT pca_grant_access('ordinary', 'issuer')");
{
	my $witness = PostgreSQL::Test::Utils::tempdir() . '/witness';
	my $issue = 'SELECT ' . issue_call($root_arn, $request);

	for my $setting (qw(pca.key_encryption_key_file pca.key_encryption_key_command))
	{
		is((try($server, "$issue; SHOW $setting", user => 'ordinary'))[0], '42501',
			"$setting is not shown to an ordinary user");
		is((try($server, "$issue; SELECT current_setting('$setting')", user => 'ordinary'))[0], '42501',
			"$setting is not read by an ordinary user");
		is((try($server, "$issue; SET $setting = '/tmp/x'", user => 'ordinary'))[0], '42501',
			"$setting is not set by an ordinary user");
		like((try($server, "$issue; SELECT 'seen', count(*) FROM pg_settings WHERE name = '$setting'",
					user => 'ordinary'))[1], qr/seen\|0/, "$setting is not listed for an ordinary user");
		is((try($server, "$issue; ALTER ROLE ordinary SET $setting = '/tmp/x'", user => 'ordinary'))[0], '42501',
			"$setting is not kept by an ordinary user");
	}
	# Set before the library is loaded, which then defines the setting.
	my ($outcome, $text) = try($server,
		"SET pca.key_encryption_key_command = 'touch $witness; cat $elsewhere'; $issue", user => 'ordinary');
	is($outcome, 'ok', 'a setting made before its definition does not count');
	ok(!-e $witness, 'its command was not run');
	{
		local $ENV{PGOPTIONS} = "-c pca.key_encryption_key_command=touch\\ $witness";
		($outcome, $text) = try($server, $issue, user => 'ordinary');
		is($outcome, '42501', "a setting among the connection's options ends the session");
		ok(!-e $witness, 'its command was not run');
	}
	is((try($server, 'SELECT * FROM pca.private_key', user => 'ordinary'))[0], '42501',
		'wrapped keys are not shown to an issuer');
	is((try($server, "SELECT pg_read_file('pca_kek')", user => 'ordinary'))[0], '42501', 'nor is the file');
	is((try($server, $issue, user => 'other'))[0], '42501', 'who was granted nothing issues nothing');
}

#
# A wrapped key opens in its own row only
#

my ($other_arn) = grep { $authorities{$_} eq 'EC_secp384r1' } keys %authorities;

# Tests that issuing fails after the rows were changed, which is rolled back.
sub with_change
{
	my ($name, $sql) = @_;
	my ($outcome, $text) = try($server, "BEGIN; $sql; SELECT " . issue_call($root_arn, $request) . '; ROLLBACK');

	is($outcome, 'PCRFA', "$name: refused");
	like($text,
		qr/belongs to another certificate authority or was changed|does not belong|wrapped with another one/,
		"$name: the reason");
}

my $own = "authority_id = (SELECT id FROM pca.certificate_authority WHERE arn = '$root_arn')";
my $others = 'FROM pca.private_key AS o, pca.certificate_authority AS a'
  . " WHERE a.id = o.authority_id AND a.arn = '$other_arn'";
with_change("another CA's wrapped key",
	"UPDATE pca.private_key SET wrapped_key = (SELECT o.wrapped_key $others) WHERE $own");
with_change("another CA's wrapped and public key",
	"UPDATE pca.private_key SET wrapped_key = (SELECT o.wrapped_key $others) WHERE $own;"
	  . " UPDATE pca.certificate_authority SET public_key = (SELECT a.public_key $others),"
	  . " key_algorithm = 'EC_secp384r1' WHERE arn = '$root_arn'");
with_change("another public key",
	"UPDATE pca.certificate_authority SET public_key = (SELECT a.public_key $others) WHERE arn = '$root_arn'");
with_change('another algorithm',
	"UPDATE pca.certificate_authority SET key_algorithm = 'EC_secp384r1' WHERE arn = '$root_arn'");
for my $octet ([ 'nonce', 0 ], [ 'ciphertext', 20 ], [ 'tag', -1 ])
{
	my $place = $octet->[1] < 0 ? 'length(wrapped_key) - 1' : $octet->[1];
	with_change("a changed $octet->[0]",
		'UPDATE pca.private_key'
		  . " SET wrapped_key = set_byte(wrapped_key, $place, get_byte(wrapped_key, $place) # 1) WHERE $own");
}
with_change('a key that is cut',
	"UPDATE pca.private_key SET wrapped_key = substring(wrapped_key FROM 1 FOR 40) WHERE $own");
is((try($server, "BEGIN; UPDATE pca.private_key SET wrapped_key = '' WHERE $own; SELECT "
			  . issue_call($root_arn, $request)))[0], 'PCRFA', 'an empty key: refused');
with_change('another name of the key-encryption key',
	"UPDATE pca.private_key SET key_encryption_key_id = '\\x0000000000000000' WHERE $own");
works('the rows as they were');

done_testing();
