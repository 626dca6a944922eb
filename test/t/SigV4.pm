# Signs requests as AWS Signature Version 4 does, by its specification and not by
# the extension's code.
package SigV4;

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use Exporter qw(import);
use POSIX qw(strftime);

our @EXPORT = qw(canonical_request authorization amz_date);

sub amz_date { return strftime('%Y%m%dT%H%M%SZ', gmtime($_[0] // time)) }

# Returns the canonical request of a POST to "/". headers: a reference to a hash, all of
# them signed.
sub canonical_request
{
	my ($headers, $body) = @_;
	my @names = sort keys %$headers;

	return join "\n", 'POST', '/', '', (map { "$_:$headers->{$_}" } @names), '', join(';', @names),
		sha256_hex($body);
}

# Returns the Authorization header. key: id, secret; scope: date, region, service.
sub authorization
{
	my ($key, $scope, $date, $canonical, $names) = @_;
	my $terms = join '/', @$scope{qw(date region service)}, 'aws4_request';
	my $signing = "AWS4$key->{secret}";

	$signing = hmac_sha256($_, $signing) for @$scope{qw(date region service)}, 'aws4_request';
	my $to_sign = join "\n", 'AWS4-HMAC-SHA256', $date, $terms, sha256_hex($canonical);
	my $signature = hmac_sha256_hex($to_sign, $signing);
	return "AWS4-HMAC-SHA256 Credential=$key->{id}/$terms, SignedHeaders=$names, Signature=$signature";
}

1;
