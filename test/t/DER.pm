# Reads and writes DER (X.690) without the extension and without OpenSSL: what tests
# compare octet by octet, and what they build that no program would.

package DER;

use strict;
use warnings;

use Exporter 'import';
use MIME::Base64;
use Time::Local;

our @EXPORT = qw(der der_oid der_utf8 der_name der_time der_parse der_children
  oid_text pem_to_der der_to_pem certificate_parts request_parts);

# Returns one element: identifier octet, length, contents.
sub der
{
	my ($tag, @contents) = @_;
	my $content = join '', @contents;
	my $length = length $content;
	my $octets = '';

	return pack('CC', $tag, $length) . $content if $length < 128;
	for (; $length > 0; $length >>= 8)
	{
		$octets = chr($length & 255) . $octets;
	}
	return pack('CC', $tag, 128 + length $octets) . $octets . $content;
}

sub der_oid
{
	my ($first, $second, @arcs) = split /\./, shift;

	return der(0x06, pack 'w*', $first * 40 + $second, @arcs);
}

sub der_utf8 { return der(0x0c, @_) }

# Returns a Name of single-valued RDNs: der_name('2.5.4.3' => 'Example', ...).
sub der_name
{
	my (@attributes) = @_;
	my @rdns;

	while (my ($oid, $value) = splice @attributes, 0, 2)
	{
		push @rdns, der(0x31, der(0x30, der_oid($oid), der_utf8($value)));
	}
	return der(0x30, @rdns);
}

# Returns a time as RFC 5280 4.1.2.5 wants it: UTCTime through 2049.
sub der_time
{
	my ($second, $minute, $hour, $day, $month, $year) = gmtime shift;
	my $rest = sprintf '%02d%02d%02d%02d%02dZ', $month + 1, $day, $hour, $minute, $second;

	return der(0x17, sprintf('%02d', $year % 100) . $rest) if $year >= 50 && $year < 150;
	return der(0x18, $year + 1900 . $rest);
}

# Returns the first element of some octets: its tag, its contents, all of it; and what
# follows.
sub der_parse
{
	my ($octets) = @_;
	my ($tag, $length) = unpack 'CC', $octets;
	my $header = 2;

	die "DER is cut off\n" if !defined $length;
	if ($length > 128)
	{
		my $count = $length - 128;
		$header += $count;
		$length = hex unpack "x2H" . 2 * $count, $octets;
	}
	die "DER is cut off\n" if length $octets < $header + $length;
	return {
		tag => $tag,
		content => substr($octets, $header, $length),
		whole => substr($octets, 0, $header + $length),
		rest => substr($octets, $header + $length)
	};
}

# Returns the elements that some contents consist of.
sub der_children
{
	my ($octets) = @_;
	my @children;

	while ($octets ne '')
	{
		push @children, der_parse($octets);
		$octets = $children[-1]{rest};
	}
	return @children;
}

sub oid_text
{
	my ($first, @arcs) = unpack 'w*', shift;
	my $root = $first < 80 ? int $first / 40 : 2;

	return join '.', $root, $first - 40 * $root, @arcs;
}

sub pem_to_der
{
	my ($body) = shift =~ /-----BEGIN [^-]+-----(.*?)-----END /s or die "no PEM\n";

	return decode_base64($body);
}

sub der_to_pem
{
	my ($label, $octets) = @_;
	my $body = encode_base64($octets, '') =~ s/(.{1,64})/$1\n/gr;

	return "-----BEGIN $label-----\n$body-----END $label-----\n";
}

# Returns extensions as [oid, is critical, value], in their order.
sub extensions
{
	my ($octets) = @_;

	return map {
		my @parts = der_children($_->{content});
		[ oid_text($parts[0]{content}), @parts == 3 ? 1 : 0, $parts[-1]{content} ]
	} der_children(der_parse($octets)->{content});
}

# Returns a time in Unix seconds, and the type in which it was written.
sub read_time
{
	my ($element) = @_;
	my ($year, $month, $day, $hour, $minute, $second) =
	  $element->{content} =~ /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ or die "no time\n";

	$year += $year < 50 ? 2000 : 1900 if $element->{tag} == 0x17;
	return (timegm($second, $minute, $hour, $day, $month - 1, $year),
		$element->{tag} == 0x17 ? 'UTCTime' : 'GeneralizedTime');
}

# Returns the parts of a certificate (RFC 5280 4.1), PEM or DER.
sub certificate_parts
{
	my ($certificate) = @_;
	my $der = $certificate =~ /^-----/ ? pem_to_der($certificate) : $certificate;
	my ($tbs, $algorithm, $signature) = der_children(der_parse($der)->{content});
	my @fields = der_children($tbs->{content});
	my $version = $fields[0]{tag} == 0xa0 ? unpack('x2C', shift(@fields)->{content}) + 1 : 1;
	my %parts = (der => $der, tbs => $tbs->{whole}, version => $version, signature => $signature->{content});

	@parts{qw(serial algorithm issuer validity subject spki)} = map { $_->{whole} } @fields[ 0 .. 5 ];
	$parts{outer_algorithm} = $algorithm->{whole};
	$parts{serial_octets} = $fields[0]{content};
	my ($not_before, $not_after) = der_children($fields[3]{content});
	($parts{not_before}, $parts{not_before_type}) = read_time($not_before);
	($parts{not_after}, $parts{not_after_type}) = read_time($not_after);
	$parts{key_bits} = substr +(der_children($fields[5]{content}))[1]{content}, 1;
	my ($extensions) = grep { $_->{tag} == 0xa3 } @fields;
	$parts{extensions} = [ $extensions ? extensions($extensions->{content}) : () ];
	$parts{extension} = { map { $_->[0] => { critical => $_->[1], value => $_->[2] } } @{ $parts{extensions} } };
	return \%parts;
}

# Returns the parts of a certification request (RFC 2986 4.1), PEM.
sub request_parts
{
	my ($info) = der_children(der_parse(pem_to_der(shift))->{content});
	my ($version, $subject, $spki, $attributes) = der_children($info->{content});
	my %parts = (version => unpack('C', $version->{content}), subject => $subject->{whole},
		spki => $spki->{whole});

	$parts{extensions} = [];
	for my $attribute (der_children($attributes ? $attributes->{content} : ''))
	{
		my ($type, $values) = der_children($attribute->{content});
		$parts{extensions} = [ extensions($values->{content}) ]
		  if oid_text($type->{content}) eq '1.2.840.113549.1.9.14';
	}
	return \%parts;
}

1;
