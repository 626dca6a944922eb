# Requests from the field, made by generators in use: every row of
# test/fixtures/csr/field. The certificate is what the request asks for, and strict
# judges read it.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $field = "$FindBin::Bin/../fixtures/csr/field";
my ($header, @manifest) = map { [ split /\t/ ] } split /\n/, slurp_file("$field/MANIFEST.tsv");

is("@$header", 'file made_by template expected says what', 'the manifest');
is(join(' ', sort map { $_->[0] } @manifest), join(' ', sort map { s{.*/}{}r } glob "$field/*.csr"),
	'each file has its row');

my $server = start_server('findings');
my $arn = create_authority($server, 'ROOT');
my $root = self_sign($server, $arn);

# Returns the strings of a Name that have characters which their type does not allow,
# and the RDNs whose attributes are not in DER's order.
sub name_faults
{
	my ($name) = @_;
	my @faults;

	for my $rdn (der_children(der_parse($name)->{content}))
	{
		my @attributes = der_children($rdn->{content});
		my @octets = map { $_->{whole} } @attributes;

		push @faults, 'an RDN is not in order' if join('', @octets) ne join('', sort @octets);
		for my $value (map { (der_children($_->{content}))[1] } @attributes)
		{
			push @faults, "PrintableString $value->{content}"
			  if $value->{tag} == 0x13 && $value->{content} !~ m{^[A-Za-z0-9 '()+,./:=?-]+$};
			push @faults, 'an empty value' if $value->{content} eq '';
		}
	}
	return @faults;
}

for my $row (@manifest)
{
	my ($file, $made_by, $template, $expected, $says, $what) = @$row;
	my $csr = slurp_file("$field/$file");
	my $name = "$file, $made_by: $what";
	my ($state, $output) = try($server, 'SELECT ' . issue_call($arn, $csr, template => $template));

	is($state, $expected, $name);
	if ($expected ne 'ok')
	{
		like($output, qr/DETAIL:.*$says/, "$file: the error says so");
		like($output, qr/CONTEXT:.*certificate signing request /, "$file: and which request it is about");
		next;
	}
	next if $state ne 'ok';

	chomp $output;
	my $pem = get_certificate($server, $arn, $output);
	my $parts = certificate_parts($pem);
	my $request = request_parts($csr);

	is($parts->{spki}, $request->{spki}, "$file: the certificate has the key of the request");
	is(join(', ', name_faults($parts->{subject})), '', "$file: its subject is strict DER");
	for my $extension (@{ $request->{extensions} })
	{
		is($parts->{extension}{ $extension->[0] }{value}, $extension->[2],
			"$file: extension $extension->[0] is the one of the request")
		  if $template =~ /CSRPassthrough/ || $extension->[0] eq '2.5.29.17';
	}
	ok(is_verified($pem, undef, $root), "$file: openssl verifies the certificate");
	certtool_verifies($pem, undef, $root, "$file: certtool verifies it");
}

done_testing();
