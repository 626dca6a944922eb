# What an import shares with a request: weak keys, with which anyone can sign, are
# refused above the authority too. PEM as editors leave it is accepted.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('import_keys');
my $arn = create_authority($server, 'SUBORDINATE');
my $own = request_parts(own_request($server, $arn));
my $root = outside_authority('Root');

sub certificate_for
{
	my ($spki, $subject, $issuer) = @_;

	return sign_certificate(
		issuer => $issuer->{name},
		signer => $issuer->{key},
		subject => $subject,
		spki => $spki,
		extensions => [ basic_constraints() ]);
}

my $certificate = certificate_for($own->{spki}, $own->{subject}, $root);

my $evil = "$FindBin::Bin/../fixtures/csr/evil";
for my $file (map { glob "$evil/weak-$_*.pem" } qw(rsa ed25519-order-8 ed448-order))
{
	my $name = der_name('2.5.4.3' => 'Weak');
	my $weak = certificate_for(request_parts(slurp_file($file))->{spki}, $name, $root);
	my ($state, $text) = import_certificate($server, $arn,
		certificate_for($own->{spki}, $own->{subject}, { name => $name, key => $root->{key} }),
		$weak . $root->{certificate});

	is($state, 'PCMCE', "$file in the chain");
	like($text, qr/DETAIL:.* key is weak: /, 'says that it is weak');
}

# Each in every place: the certificate, the first of the chain, and after another.
my %ways = (
	'a byte order mark' => sub { "\xef\xbb\xbf$_[0]" },
	'indentation' => sub { $_[0] =~ s/^/    /gmr },
	'CR LF' => sub { $_[0] =~ s/\n/\r\n/gr },
	'a byte order mark, indentation, CR LF' => sub { "\xef\xbb\xbf" . ($_[0] =~ s/^/\t/gmr =~ s/\n/ \r\n/gr) });

my $middle = outside_authority('Middle', $root);
my $below = certificate_for($own->{spki}, $own->{subject}, $middle);

for my $way (sort keys %ways)
{
	my $write = $ways{$way};
	my ($state, $text) =
	  import_certificate($server, $arn, $write->($below),
		$write->($middle->{certificate}) . "\n" . $write->($root->{certificate}));

	is($state, 'ok', "certificate and chain with $way") or diag $text;
}
my ($state, $text) = import_certificate($server, $arn, $below =~ s/\n/\n\xe2\x80\x8b/r, $middle->{chain});
is($state, 'PCMCE', 'a zero-width space is still refused') or diag $text;

done_testing();
