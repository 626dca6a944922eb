# A full disk: what cannot be stored is not reported as done, the last CRL stays,
# and everything goes on once there is room.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# A library that lets no file of a table or index grow while a flag exists.
my $directory = PostgreSQL::Test::Utils::tempdir();
my $flag = "$directory/full";
open(my $source, '>', "$directory/full.c") or die;
print $source <<'C';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
is_full(int fd, off_t end)
{
	char link[64], path[4096];
	struct stat file;
	ssize_t length;

	if (access(getenv("DISK_FULL_FLAG"), F_OK) != 0 || fstat(fd, &file) != 0 || end <= file.st_size)
		return 0;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof path - 1);
	if (length < 0)
		return 0;
	path[length] = '\0';
	return strstr(path, "/base/") != NULL;
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t at)
{
	ssize_t (*real) (int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");

	if (!is_full(fd, at + size))
		return real(fd, data, size, at);
	errno = ENOSPC;
	return -1;
}

ssize_t
pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	return pwrite(fd, data, size, at);
}

int
posix_fallocate(int fd, off_t at, off_t size)
{
	int (*real) (int, off_t, off_t) = dlsym(RTLD_NEXT, "posix_fallocate");

	return is_full(fd, at + size) ? ENOSPC : real(fd, at, size);
}
C
close $source;
system('cc', '-shared', '-fPIC', '-o', "$directory/full.so", "$directory/full.c", '-ldl') == 0 or die;

$ENV{DISK_FULL_FLAG} = $flag;
my $server;
{
	local $ENV{LD_PRELOAD} = "$directory/full.so";
	$server = start_server('full');
}

sub fill { open(my $file, '>', $flag) or die }
sub free { unlink $flag }

my $request = key_request(new_key('EC P-256'), '/CN=leaf', 'subjectAltName = DNS:leaf.example');
my $arn = create_authority($server, 'ROOT',
	revocation_configuration => crl_configuration());
my $root = self_sign($server, $arn);
my $issue = 'SELECT count(' . issue_call($arn, $request) . ') FROM generate_series(1, 3000)';
my $revoke = "SELECT count(pca_revoke_certificate(certificate_authority_arn, serial, 'SUPERSEDED'))"
  . " FROM pca.certificates WHERE template_arn !~ 'Root'";
my $maintain = 'SELECT pca_run_maintenance()';
my $state = <<~'SQL';
	SELECT (SELECT count(*) FROM pca.certificate),
		(SELECT count(*) FROM pca.revocation),
		(SELECT count(*) FROM pca.audit_event),
		(SELECT number FROM pca.crl),
		(SELECT md5(string_agg(content, '')) FROM pca.object_chunk)
	SQL

$server->safe_psql('postgres', $issue);
$server->safe_psql('postgres', $maintain);
my $before = $server->safe_psql('postgres', $state);

fill();
is((try($server, $issue))[0], '53100', 'issuing on a full disk');
is((try($server, $revoke))[0], '53100', 'revoking on a full disk');
is($server->safe_psql('postgres', $state), $before, 'neither stores anything');
free();
is((try($server, $revoke))[0], 'ok', 'revoking when there is room');
$before = $server->safe_psql('postgres', $state);

# No failure was ever stored, so there is no room for one.
is($server->safe_psql('postgres', "SELECT pg_relation_size('pca.maintenance_failure')"), 0,
	'there is no room for a failure');
fill();
my ($result, $output) = try($server, $maintain);
is($result, '53100', 'maintenance on a full disk that has no room for its failure is an error');
like($output, qr/could not record that maintenance task SignCRL failed: could not extend file/,
	'and says so');
is($server->safe_psql('postgres', $state), $before, 'the last CRL stays');
ok($server->log_contains(qr/maintenance task SignCRL failed: could not extend file/),
	'the failure is in the log');
free();

# A row that belongs to no task makes room for one.
$server->safe_psql('postgres',
	"INSERT INTO pca.maintenance_failure VALUES ('None', gen_random_uuid(), NULL, now(), 1, 'XX000', '')");
fill();
is((try($server, $maintain))[0], 'ok', 'maintenance that can store its failure does not fail');
is($server->safe_psql('postgres', $state), $before, 'the last CRL stays');
is($server->safe_psql('postgres', "SELECT sqlstate FROM pca.maintenance_failures WHERE task = 'SignCRL'"),
	'53100', 'the failure is stored');
free();
$server->safe_psql('postgres', "DELETE FROM pca.maintenance_failure WHERE task = 'None'");
$server->safe_psql('postgres', $maintain);
is($server->safe_psql('postgres', 'SELECT entries FROM pca.crls'), 3000,
	'the CRL is written when there is room');
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.maintenance_failures'), 0,
	'and no failure is left');

$server->stop;
done_testing();
