# Requests that pretend to be something else: every file of the corpus
# test/fixtures/csr, in one backend, which must survive them all. A refused request
# leaves nothing, neither in the table nor in the backend's memory: after each, a
# certificate is issued for a good one.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $corpus = "$FindBin::Bin/../fixtures/csr";
my ($header, @manifest) = map { [ split /\t/, $_, -1 ] } split /\n/, slurp_file("$corpus/MANIFEST.tsv");
my @good = grep { $_->[1] eq 'ok' } @manifest;
my @bad = grep { $_->[1] ne 'ok' } @manifest;

is("@$header", 'file expected note signed', 'the manifest');
cmp_ok(scalar @good, '>', 0, 'there are good requests');
cmp_ok(scalar @bad, '>', 0, 'there are others');

my $server = start_server('hostile_csr');
my $arn = create_authority($server, 'ROOT');
my $root = self_sign($server, $arn);

# Returns the outcome of one request: ARN or SQLSTATE, the backend, the number of
# certificates before and after.
my $script = <<'SQL';
CREATE FUNCTION pg_temp.outcome(authority text, request text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	detail text;
BEGIN
	RETURN pca_issue_certificate(authority, request, 'SHA256WITHECDSA', '{"Type": "DAYS", "Value": 1}');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
	RETURN concat(state, ' ', detail);
END
$$;
SQL
my @order;
for my $i (0 .. $#bad)
{
	push @order, $bad[$i], $good[ $i % @good ];
}
for my $row (@order)
{
	my $csr = literal(slurp_file("$corpus/$row->[0]"));
	$script .= "SELECT count(*) AS before FROM pca.certificate \\gset\n"
	  . "SELECT pg_temp.outcome('$arn', $csr) AS outcome \\gset\n"
	  . "SELECT '$row->[0]', pg_backend_pid(), :before, (SELECT count(*) FROM pca.certificate), :'outcome';\n";
}
my ($state, $output) = try($server, $script);
is($state, 'ok', 'the session reaches its end') or diag $output;

my (%backends, %outcomes, %issued, %said);
for (split /\n/, $output)
{
	my ($file, $backend, $before, $after, $outcome) = split /\|/;

	$backends{$backend} = 1;
	# A file that is tried again must have the same outcome.
	my $word = $outcome =~ /^arn:/ ? 'ok' : substr $outcome, 0, 5;
	$word = "different outcomes: $outcomes{$file}, $word"
	  if exists $outcomes{$file} && $outcomes{$file} ne $word;
	$word = ($after - $before) . ' more certificates' if $after - $before != ($outcome =~ /^arn:/ ? 1 : 0);
	$outcomes{$file} = $word;
	$issued{$file} = $outcome if $outcome =~ /^arn:/;
	$said{$file} = $outcome;
}
is(scalar keys %backends, 1, 'one backend served them all');

is($outcomes{ $_->[0] } // 'nothing', $_->[1], "$_->[0]: $_->[2]") for @manifest;

# The error for a refused name says which attribute it is, wherever the name stands.
my %names = (
	'subject-unit-empty' => 'organizationalUnitName of a name is empty',
	'subject-private-empty' => '1.3.6.1.4.1.55555.9 of a name is empty',
	'subject-repairable-and-empty' => 'organizationalUnitName of a name is empty',
	'subject-t61-latin1' => 'commonName of a name is a TeletexString with octets above 127',
	'subject-ia5-latin1' => 'commonName of a name has octets that are not UTF-8',
	'subject-nul' => 'commonName of a name has a control character',
	'subject-unique-identifier' => 'x500UniqueIdentifier of a name has a value that is not a string',
	'subject-country-three' => 'countryName of a name is not two letters',
	'subject-serial-number-underscore' =>
	  'serialNumber of a name has a character that PrintableString does not allow',
	'subject-too-long-bmp' => 'commonName of a name is longer than 64 characters',
	'subject-multi-valued-twice' =>
	  'commonName of a name appears more than once in a relative distinguished name',
	'subject-type-29-bits' =>
	  '1.3.6.1.4.1.268435456 of a name has an object identifier that not all software can read',
	'san-directory-empty-value' => 'organizationalUnitName of a name is empty',
	'san-directory-country' => 'countryName of a name is not two letters');
like($said{"evil/$_.pem"} // 'nothing', qr/: attribute \Q$names{$_}\E\.$/, "$_: says which attribute and why")
  for sort keys %names;

# An issued certificate has the request's key and names, or names that every program
# reads in the same way, and openssl accepts it.
for my $row (grep { $issued{ $_->[0] } } @good)
{
	my $pem = get_certificate($server, $arn, $issued{ $row->[0] });
	my $parts = certificate_parts($pem);
	my $request = request_parts(slurp_file("$corpus/$row->[0]"));
	my ($names) = grep { $_->[0] eq '2.5.29.17' } @{ $request->{extensions} };

	my $requested = $request->{subject} . ($names ? $names->[2] : '');
	my $signed = $row->[3] eq '' ? unpack('H*', $requested) : $row->[3];

	is($parts->{spki}, $request->{spki}, "$row->[0]: the key is the request's");
	is(unpack('H*', $parts->{subject} . ($parts->{extension}{'2.5.29.17'}{value} // '')),
		$signed, "$row->[0]: subject and SAN are " . ($row->[3] eq '' ? "the request's" : 'repaired'));
	ok(is_verified($pem, undef, $root), "$row->[0]: openssl verifies the certificate");
}

unlike(slurp_file($server->logfile), qr/terminated by signal|server process .* exited|PANIC/,
	'no process of the server died');

done_testing();
