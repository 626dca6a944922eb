# Requests that pretend to be something else: every file of the corpus
# test/fixtures/ocsp, with the hashes of a CA filled in, in one backend, which must
# survive them all. After each, a good one is answered.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my @statuses = qw(successful malformedRequest internalError tryLater 4 sigRequired unauthorized);
my $corpus = "$FindBin::Bin/../fixtures/ocsp";
my ($header, @manifest) = map { [ split /\t/ ] } split /\n/, slurp_file("$corpus/MANIFEST.tsv");

is("@$header", 'file expected note', 'the manifest');
cmp_ok(scalar(grep { $_->[1] ne 'successful' } @manifest), '>=', 30,
	'there are many requests that get an error response');

my $server = start_server('ocsp_hostile');
my $arn = create_authority($server, 'ROOT');
self_sign($server, $arn);
my @hashes = map { [ split /\|/ ] } split /\n/, $server->safe_psql('postgres',
	"SELECT encode(name_hash, 'hex'), encode(key_hash, 'hex') FROM pca.ocsp_issuer");
is(scalar @hashes, 4, 'four digests identify the CA');

# Returns a request of the corpus for our CA, in hexadecimal.
sub for_our_authority
{
	my ($file) = @_;
	my $hex = unpack 'H*', slurp_file("$corpus/$file");

	for (@hashes)
	{
		my ($name, $key) = @$_;
		my $octets = length($name) / 2;

		$hex =~ s/(?<=@{[ sprintf '04%02x', $octets ]})(?:aa){$octets}(?!aa)/$name/g;
		$hex =~ s/(?<=@{[ sprintf '04%02x', $octets ]})(?:bb){$octets}(?!bb)/$key/g;
	}
	return $hex;
}

my $good = for_our_authority('good/plain.der');
my $script = '';
for my $row (@manifest)
{
	my $hex = for_our_authority($row->[0]);

	$script .= "SELECT '$row->[0]', pg_backend_pid(),"
	  . " encode(pca_ocsp_response('\\x$hex'), 'hex'), encode(pca_ocsp_response('\\x$good'), 'hex');\n";
}
my ($state, $output) = try($server, $script);
is($state, 'ok', 'the session reaches its end') or diag $output;

my (%backends, %responses, %after);
for (split /\n/, $output)
{
	my ($file, $backend, $response, $next) = split /\|/;

	$backends{$backend} = 1;
	$responses{$file} = pack 'H*', $response;
	$after{$file} = pack 'H*', $next;
}
is(scalar keys %backends, 1, 'one backend served them all');

sub status_of
{
	my ($status) = der_children(der_parse(shift)->{content});

	return $statuses[ unpack 'C', $status->{content} ];
}

for my $row (@manifest)
{
	my ($file, $expected, $note) = @$row;

	is(defined $responses{$file} ? status_of($responses{$file}) : 'nothing', $expected, "$file: $note");
	is(length $responses{$file}, 5, "$file: an error response is the status alone")
	  if $expected ne 'successful';
	is(status_of($after{$file}), 'successful', "$file: what comes next is answered");
}
unlike(slurp_file($server->logfile), qr/terminated by signal|server process .* exited|PANIC/,
	'no process of the server died');

done_testing();
