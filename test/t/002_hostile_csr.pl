# Requests that try to be taken for what they are not: every file of the corpus
# test/fixtures/csr, in one backend, which must outlive them all. A refused one
# leaves nothing, neither in the table nor in what the backend keeps: after each
# a good one is issued for.

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
my ($header, @manifest) = map { [ split /\t/ ] } split /\n/, slurp_file("$corpus/MANIFEST.tsv");
my @good = grep { $_->[1] eq 'ok' } @manifest;
my @bad = grep { $_->[1] ne 'ok' } @manifest;

is("@$header", 'file expected note', 'the manifest');
cmp_ok(scalar @good, '>', 0, 'there are good requests');
cmp_ok(scalar @bad, '>', 0, 'there are others');

my $server = start_server('hostile_csr');
my $arn = create_authority($server, 'ROOT');
my $root = self_sign($server, $arn);

# What becomes of one request: ARN or SQLSTATE, the backend, certificates before
# and after.
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

my (%backends, %outcomes, %issued);
for (split /\n/, $output)
{
	my ($file, $backend, $before, $after, $outcome) = split /\|/;

	$backends{$backend} = 1;
	# A file that was tried again must do as before.
	my $word = $outcome =~ /^arn:/ ? 'ok' : substr $outcome, 0, 5;
	$word = "different outcomes: $outcomes{$file}, $word" if exists $outcomes{$file} && $outcomes{$file} ne $word;
	$word = ($after - $before) . ' more certificates' if $after - $before != ($outcome =~ /^arn:/ ? 1 : 0);
	$outcomes{$file} = $word;
	$issued{$file} = $outcome if $outcome =~ /^arn:/;
}
is(scalar keys %backends, 1, 'one backend served them all');

is($outcomes{ $_->[0] } // 'nothing', $_->[1], "$_->[0]: $_->[2]") for @manifest;

# What was issued carries the request's names and key, and openssl accepts it.
for my $row (grep { $issued{ $_->[0] } } @good)
{
	my $pem = get_certificate($server, $arn, $issued{ $row->[0] });
	my $parts = certificate_parts($pem);
	my $request = request_parts(slurp_file("$corpus/$row->[0]"));
	my ($names) = grep { $_->[0] eq '2.5.29.17' } @{ $request->{extensions} };

	is($parts->{subject} . $parts->{spki} . ($parts->{extension}{'2.5.29.17'}{value} // ''),
		$request->{subject} . $request->{spki} . ($names ? $names->[2] : ''), "$row->[0]: subject, key and SAN are the request's");
	ok(is_verified($pem, undef, $root), "$row->[0]: openssl verifies the certificate");
}

unlike(slurp_file($server->logfile), qr/terminated by signal|server process .* exited|PANIC/, 'no process of the server died');

done_testing();
