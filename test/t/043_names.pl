# Directory names in extensions, from the API and from the CSR: every program reads
# what is signed. A name that some programs do not read is rewritten where that loses
# nothing. Elsewhere it is refused, and the error names the attribute.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use MIME::Base64 'encode_base64';
use OpenSSL;
use Server;
use Test::More;

my $server = start_server('names');
my $arn = create_authority($server, 'ROOT');
my $root = self_sign($server, $arn);

sub rdn { return der(0x31, map { der(0x30, der_oid($_->[0]), der($_->[1], $_->[2])) } @_) }
sub directory { return der(0xa4, der(0x30, @_)) }

my $unit = [ '2.5.4.11', 0x13, 'zz' ];
my $name = [ '2.5.4.3', 0x13, 'p' ];
# A name as it comes, and as it is signed: undefined if it is refused.
my @names = (
	[ 'a good name', rdn($name), rdn($name) ],
	[ '_ in a PrintableString', rdn([ '2.5.4.3', 0x13, 'a_b' ]), rdn([ '2.5.4.3', 0x0c, 'a_b' ]) ],
	[ 'an RDN out of order', rdn($unit, $name), rdn($name, $unit) ],
	[ 'an empty value', rdn([ '2.5.4.11', 0x0c, '' ]), undef ]);
my $uri = der(0x86, 'http://example.com/');
my $ocsp = der_oid('1.3.6.1.5.5.7.48.1');
# The places of extensions in which directory names occur, next to other names.
my @places = (
	[ 'issuerAltName', '2.5.29.18', sub { der(0x30, $uri, directory(@_), $uri) } ],
	[ 'cRLDistributionPoints, full name', '2.5.29.31',
		sub { der(0x30, der(0x30, der(0xa0, der(0xa0, directory(@_), $uri)))) } ],
	[ 'cRLDistributionPoints, issuer', '2.5.29.31',
		sub { der(0x30, der(0x30, der(0xa0, der(0xa0, $uri)), der(0xa2, directory(@_)))) } ],
	[ 'freshestCRL', '2.5.29.46', sub { der(0x30, der(0x30, der(0xa0, der(0xa0, directory(@_))))) } ],
	[ 'authorityInfoAccess', '1.3.6.1.5.5.7.1.1',
		sub { der(0x30, der(0x30, $ocsp, $uri), der(0x30, $ocsp, directory(@_))) } ],
	[ 'subjectInfoAccess', '1.3.6.1.5.5.7.1.11', sub { der(0x30, der(0x30, $ocsp, directory(@_))) } ],
	[ 'nameConstraints, permitted', '2.5.29.30', sub { der(0x30, der(0xa0, der(0x30, directory(@_)))) }, 'ca' ],
	[ 'nameConstraints, excluded', '2.5.29.30',
		sub { der(0x30, der(0xa0, der(0x30, der(0x82, 'example.com'))), der(0xa1, der(0x30, directory(@_)))) },
		'ca' ],
	[ 'subjectAltName', '2.5.29.17', sub { der(0x30, $uri, directory(@_)) } ]);

sub hex_of { return unpack 'H*', shift }

foreach my $place (@places)
{
	my ($title, $oid, $build, $class) = @$place;
	my $template = $class ? 'SubordinateCACertificate_PathLen0' : 'EndEntityCertificate';
	my $subject = '/CN=names';

	foreach my $case (@names)
	{
		my ($kind, $given, $wanted) = @$case;
		my $value = $build->($given);
		my @make = ('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
			'-keyout', '/dev/null', '-subj', $subject);
		my $plain = openssl('', @make);
		my $request = openssl('', @make, '-addext', "$oid=DER:" . hex_of($value));
		my @custom = ({ ObjectIdentifier => $oid, Value => encode_base64($value, '') });
		my $api = json({ Extensions => { CustomExtensions => \@custom } });
		my @ways = (
			[ 'API', 'PCIAG', $plain, template => "${template}_APIPassthrough", api_passthrough => $api ],
			[ 'CSR', 'PCMCS', $request, template => "${template}_CSRPassthrough" ]);

		foreach my $way (@ways)
		{
			my ($from, $state, $csr, %options) = @$way;
			my ($outcome, $output) = try($server, 'SELECT ' . issue_call($arn, $csr, %options));

			if (!defined $wanted)
			{
				is($outcome, $state, "$title from the $from, $kind: refused");
				like($output, qr/attribute organizationalUnitName of a name is empty/,
					"$title from the $from, $kind: says which attribute");
				next;
			}
			is($outcome, 'ok', "$title from the $from, $kind: issued") or diag $output;
			next if $outcome ne 'ok';
			my ($issued) = $output =~ /(arn:\S+)/;
			my $parts = certificate_parts(get_certificate($server, $arn, $issued));
			is(hex_of($parts->{extension}{$oid}{value} // ''), hex_of($build->($wanted)),
				"$title from the $from, $kind: as every program reads it");
		}
	}
}

done_testing();
