# ML-DSA (RFC 9881), where the server's OpenSSL has it: an authority of each
# size certifies itself, a subordinate and a device, and openssl verifies them.
# Elsewhere, asking for it is InvalidArgsException, which says so.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('ml_dsa');
my $has_ml_dsa = `openssl list -public-key-algorithms` =~ /ML-DSA-44/i;

sub create_call
{
	my ($key, $signing) = @_;

	return 'SELECT '
	  . call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
		certificate_authority_configuration =>
		  json({ KeyAlgorithm => $key, SigningAlgorithm => $signing, Subject => { CommonName => 'Root' } }));
}

foreach my $size (44, 65, 87)
{
	my $name = "ML_DSA_$size";

	if (!$has_ml_dsa)
	{
		my ($state, $text) = try($server, create_call($name, $name));
		is($state, 'PCIAG', "$name is refused");
		like($text, qr/OpenSSL library of this server does not support it/, "$name: the reason is said");
		next;
	}

	my $root_arn = create_authority($server, 'ROOT', key => $name, signing => $name);
	my $root = self_sign($server, $root_arn, signing_algorithm => $name);
	my $sub_arn = create_authority($server, 'SUBORDINATE', key => $name, signing => $name);
	my ($sub) = subordinate($server, $root_arn, $sub_arn, signing_algorithm => $name);
	my $request = openssl('', 'req', '-new', '-newkey', "ml-dsa-$size", '-nodes', '-keyout', '/dev/null',
		'-subj', '/CN=device');
	my $device = get_certificate($server, $sub_arn,
		issue($server, $sub_arn, $request, signing_algorithm => $name));

	ok(is_verified($device, $sub, $root), "$name: openssl verifies the device");
	is(try($server, create_call($name, $name eq 'ML_DSA_44' ? 'ML_DSA_65' : 'ML_DSA_44')),
		'PCIAG', "$name signs with its own algorithm only");
}
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.certificate_authority'), $has_ml_dsa ? 6 : 0,
	'there is no other authority');

done_testing();
