#!/usr/bin/env perl
#
# Prints src/base_model.c, the shapes of the API's model that requests have:
#
#   dev/model.pl >src/base_model.c
#
# The model is test/fixtures/model/service-2.json. What it does not say, C's names
# and functions, stands in the tables below; a pattern without a function is an
# error.

use strict;
use warnings;

use FindBin;
use JSON::PP ();

# The shapes that functions check parameters with, and the name that they have there.
my %exported = (
	AWSPolicy => 'policy',
	AccessMethod => 'access_method',
	AccountId => 'account_id',
	ActionList => 'action_list',
	ApiPassthrough => 'api_passthrough',
	Arn => 'arn',
	AuditReportId => 'audit_report_id',
	AuditReportResponseFormat => 'audit_report_response_format',
	CertificateAuthorityConfiguration => 'certificate_authority_configuration',
	CertificateAuthorityStatus => 'status',
	CertificateAuthorityType => 'certificate_authority_type',
	CertificateAuthorityUsageMode => 'usage_mode',
	CertificateBodyBlob => 'certificate_body_blob',
	CertificateChainBlob => 'certificate_chain_blob',
	CsrBlob => 'csr_blob',
	ExtendedKeyUsage => 'extended_key_usage',
	GeneralName => 'general_name',
	IdempotencyToken => 'idempotency_token',
	KeyStorageSecurityStandard => 'key_storage_security_standard',
	MaxResults => 'max_results',
	NextToken => 'next_token',
	PermanentDeletionTimeInDays => 'deletion_days',
	Principal => 'principal',
	ResourceOwner => 'resource_owner',
	RevocationConfiguration => 'revocation_configuration',
	RevocationReason => 'revocation_reason',
	S3BucketName => 's3_bucket_name',
	SigningAlgorithm => 'signing_algorithm',
	TagList => 'tag_list',
	Validity => 'validity');

# Parameters whose shape in the model has no name of its own.
my %parameter = (certificate_serial => 'String128');

# Structures of which exactly one member is given, by the model's documentation.
my %is_union = map { $_ => 1 } qw(AccessMethod ExtendedKeyUsage GeneralName);

# What no error shows.
my %is_secret = (IdempotencyToken => 1);

# The function of each pattern, by the shape that has it. base_arn.c has that of
# Arn, with an exception of its own.
my %matcher = (
	ASN1PrintableString64 => 'printable',
	AWSPolicy => 'latin1',
	AccountId => 'account_id',
	Arn => undef,
	AuditReportId => 'audit_report_id',
	Base64String1To4096 => 'base64',
	CnameString => 'cname',
	CountryCodeString => 'country_code',
	CrlPathString => 'crl_path',
	CustomObjectIdentifier => 'oid',
	IdempotencyToken => 'latin1',
	Principal => 'principal',
	S3BucketName3To255 => 'bucket_name',
	TagKey => 'tag',
	TagValue => 'tag');

my $text = do
{
	local $/;
	open my $file, '<:raw', "$FindBin::Bin/../test/fixtures/model/service-2.json" or die "service-2.json: $!\n";
	<$file>;
};
my $model = JSON::PP->new->utf8->decode($text);

# The members of a structure in the model's order, which JSON::PP forgets.
my %order;

while ($text =~ /^\s*"(\w+)": (\{"type": "structure".*\}),?$/mg)
{
	my ($name, $structure) = ($1, $2);

	$order{$name} = [ $structure =~ /"(\w+)": \{"shape": /g ];
}

sub row_name
{
	my ($name) = @_;

	return "pca_shape_$exported{$name}" if exists $exported{$name};
	return lc($name =~ s/(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9])/_/gr);
}

sub quote { return '"' . $_[0] =~ s/([\\"])/\\$1/gr . '"' }

# Items separated by commas, in lines of a width, the first of which has so much before it.
sub wrapped
{
	my ($before, $indent, @items) = @_;
	my ($lines, $width) = ('', $before);

	foreach my $i (0 .. $#items)
	{
		my $item = $items[$i] . ($i < $#items ? ',' : '');

		if ($i > 0 && $width + length($item) > 105)
		{
			$lines .= "\n$indent";
			$width = 8;
		}
		elsif ($i > 0) { $lines .= ' ' }
		$lines .= $item;
		$width += length($item) + 1;
	}
	return $lines;
}

sub designated
{
	my ($name, @fields) = @_;
	my $static = exists $exported{$name} ? '' : 'static ';
	my $row = "${static}const PcaShape " . row_name($name) . ' = {';
	my $line = join ', ', @fields;

	return "$row$line};" if length("$row$line") < 109 && $line !~ /\n/;
	return "$row\n" . join(",\n", map { "\t$_" } @fields) . "\n};";
}

sub range
{
	my ($shape, $least) = @_;

	return ('.min = ' . ($shape->{min} // $least), '.max = ' . ($shape->{max} // 'UNBOUNDED'));
}

sub string_row
{
	my ($name, $shape) = @_;
	my ($row, $least, $most) = (row_name($name), ($shape->{min} // 0), ($shape->{max} // 'UNBOUNDED'));
	my @fields = ('.kind = PCA_SHAPE_STRING');

	if ($shape->{enum})
	{
		my @words = map { quote($_) } @{ $shape->{enum} };

		return "ENUM($row, " . wrapped(length("ENUM($row, "), "\t ", @words) . ');' if !exists $exported{$name};
		push @fields, ".words = (const char *const[]) {\n\t\t" . wrapped(8, "\t\t", @words, 'NULL') . "\n\t}";
		return designated($name, @fields);
	}
	push @fields, join ', ', range($shape, 0), $is_secret{$name} ? '.is_secret = true' : ();
	if (defined $shape->{pattern})
	{
		die "dev/model.pl: no function for the pattern of $name: $shape->{pattern}\n" if !exists $matcher{$name};
		if (defined $matcher{$name})
		{
			my ($function, $pattern) = ("pca_pattern_is_$matcher{$name}", quote($shape->{pattern}));

			return "PATTERN($row, $least, $most, $function,\n\t\t$pattern);" if !exists $exported{$name};
			push @fields, ".matches = $function", ".pattern = $pattern";
		}
	}
	return exists $exported{$name} ? designated($name, @fields) : "STRING($row, $least, $most);";
}

sub structure_row
{
	my ($name, $shape) = @_;
	my $row = row_name($name);
	my %is_required = map { $_ => 1 } @{ $shape->{required} // [] };
	my @members = map { ($is_required{$_} ? 'REQUIRED' : 'OPTIONAL') . "(\"$_\", " . row_name($shape->{members}{$_}{shape}) . ')' }
	  @{ $order{$name} };

	die "dev/model.pl: the members of $name were not found\n" if @members != keys %{ $shape->{members} };
	return ($is_union{$name} ? 'UNION' : 'STRUCTURE') . "($row,\n\t\t  " . join(",\n\t\t  ", @members) . ');'
	  if $is_union{$name} || !exists $exported{$name};
	return designated($name, '.kind = PCA_SHAPE_STRUCTURE',
		".members = (const PcaMember[]) {\n" . join('', map { "\t\t$_,\n" } @members) . "\t\t{NULL, NULL, false}\n\t}");
}

sub list_row
{
	my ($name, $shape) = @_;
	my $element = row_name($shape->{member}{shape});

	return designated($name, '.kind = PCA_SHAPE_LIST', join(', ', range($shape, 0)), ".element = &$element") if exists $exported{$name};
	return 'LIST(' . join(', ', row_name($name), ($shape->{min} // 0), ($shape->{max} // 'UNBOUNDED'), $element) . ');';
}

sub integer_row
{
	my ($name, $shape) = @_;

	return designated($name, '.kind = PCA_SHAPE_INTEGER', range($shape, 'PG_INT64_MIN'));
}

my %row = (
	blob => sub { designated($_[0], '.kind = PCA_SHAPE_BLOB', range($_[1], 0)) },
	boolean => sub { designated($_[0], '.kind = PCA_SHAPE_BOOLEAN') },
	integer => \&integer_row,
	list => \&list_row,
	long => \&integer_row,
	string => \&string_row,
	structure => \&structure_row);

# Adds the rows of a shape after those that it is made of.
my (%is_done, %simple, @composed);

sub add_rows
{
	my ($name) = @_;
	my $shape = $model->{shapes}{$name};
	my $type = $shape->{type};
	my $make = $row{$type} or die "dev/model.pl: $name is of the type $type\n";

	return if $is_done{$name}++;
	add_rows($_) foreach $type eq 'list' ? $shape->{member}{shape} : map { $shape->{members}{$_}{shape} } @{ $order{$name} // [] };
	if ($type eq 'structure' || $type eq 'list') { push @composed, $make->($name, $shape) }
	else { $simple{$name} = $make->($name, $shape) }
	return;
}

foreach my $operation (sort keys %{ $model->{operations} })
{
	my $input = $model->{operations}{$operation}{input} or next;

	add_rows($model->{shapes}{ $input->{shape} }{members}{$_}{shape}) foreach @{ $order{ $input->{shape} } };
}
foreach my $name (sort keys %parameter)
{
	$model->{shapes}{$name} = $model->{shapes}{ $parameter{$name} };
	$exported{$name} = $name;
	add_rows($name);
}
foreach my $name (sort keys %exported)
{
	die "dev/model.pl: no request has $name\n" if !$is_done{$name};
}

print <<'END';
/*-------------------------------------------------------------------------
 *
 * base_model.c
 *	  The shapes of the AWS Private CA API's model, a row each.
 *
 * dev/model.pl writes this file: every length, range, pattern and word is the
 * service model's (API version 2017-08-22).  A text without a maximum in the
 * model is bounded by what PostgreSQL accepts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_shape.h"

#define UNBOUNDED PG_INT64_MAX

#define STRING(name, least, most) \
	static const PcaShape name = {.kind = PCA_SHAPE_STRING, .min = (least), .max = (most)}
#define PATTERN(name, least, most, matcher, text) \
	static const PcaShape name = {.kind = PCA_SHAPE_STRING, .min = (least), .max = (most), \
		.matches = (matcher), .pattern = (text)}
#define LIST(name, least, most, of) \
	static const PcaShape name = {.kind = PCA_SHAPE_LIST, .min = (least), .max = (most), .element = &(of)}
#define ENUM(name, ...) \
	static const PcaShape name = {.kind = PCA_SHAPE_STRING, .words = (const char *const[]) {__VA_ARGS__, NULL}}
#define STRUCTURE(name, ...) \
	static const PcaShape name = {.kind = PCA_SHAPE_STRUCTURE, \
		.members = (const PcaMember[]) {__VA_ARGS__, {NULL, NULL, false}}}
/* A structure of which exactly one member is given. */
#define UNION(name, ...) \
	const PcaShape name = {.kind = PCA_SHAPE_STRUCTURE, \
		.members = (const PcaMember[]) {__VA_ARGS__, {NULL, NULL, false}}}
#define REQUIRED(name, shape) {name, &(shape), true}
#define OPTIONAL(name, shape) {name, &(shape), false}

/* Values of one piece */

END
print join("\n", map { $simple{$_} } sort keys %simple), "\n\n/* Lists and structures */\n\n", join("\n\n", @composed), "\n";
