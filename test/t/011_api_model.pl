# pca_api() compared with the API's own model (test/fixtures/model).
#
# Requests: for every operation and every value that its input can hold, down to
# the last member of the last structure, requests are made from the model that break
# it in one place, and requests that just do not break it. A wrong one must be
# ValidationException that names the place, or what a table below says with the
# reason. A right one must not be called wrong.
#
# Answers: authorities live from creation to deletion, and every answer has the
# members, types, words and patterns of the model, and nothing else.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Encode qw(decode encode);
use JSON::PP ();
use MIME::Base64;
use Model;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('api_model');
my $coder = JSON::PP->new->canonical->utf8;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $account = '000000000000';
my $operations = model()->{operations};
my %is_there = map { $_ => 1 } split /\n/,
	$server->safe_psql('postgres', 'SELECT operation FROM pca.access WHERE operation IS NOT NULL');
my @there = sort keys %is_there;

sub blob { return encode_base64($_[0], '') }

sub input_of { return $operations->{ $_[0] }{input}{shape} }

sub snake { return lc($_[0] =~ s/([a-z0-9])([A-Z])/$1_$2/gr) }

# Calls an operation in a session of its own and returns its answer, which must be as
# the model says. Remembers which members of which structures it has seen.
my (%seen, %answers, %bad_answers);

sub see
{
	my ($name, $value) = @_;
	my $shape = shape($name);

	if ($shape->{type} eq 'structure')
	{
		foreach my $member (keys %$value)
		{
			$seen{"$name.$member"} = 1;
			see($shape->{members}{$member}{shape}, $value->{$member});
		}
	}
	elsif ($shape->{type} eq 'list')
	{
		see($shape->{member}{shape}, $_) foreach @$value;
	}
	return;
}

sub api
{
	my ($operation, $request) = @_;
	my $text = $server->safe_psql('postgres',
		'SELECT pca_api(' . literal($operation) . ', ' . literal($coder->encode($request)) . ')');
	my $answer = $coder->decode($text);
	my $output = $operations->{$operation}{output};
	my $fault =
	    $output ? fault($output->{shape}, $answer, $operation, 1)
	  : $text ne '{}' ? "$operation: not {}"
	  : undef;

	$answers{$operation}++;
	if ($fault) { push @{ $bad_answers{$operation} }, $fault }
	elsif ($output) { see($output->{shape}, $answer) }
	return $answer;
}

#
# The authorities that the requests are for
#

my $csr = blob(key_request(new_key('EC P-256'), '/CN=leaf'));
my %small = (KeyAlgorithm => 'EC_prime256v1', SigningAlgorithm => 'SHA256WITHECDSA',
	Subject => { CommonName => 'Example' });
my %days = (SigningAlgorithm => 'SHA256WITHECDSA', Validity => { Type => 'DAYS', Value => 30 });

sub create
{
	my ($type, %others) = @_;

	my $answer = api('CreateCertificateAuthority',
		{ CertificateAuthorityConfiguration => \%small, CertificateAuthorityType => $type, %others });

	return $answer->{CertificateAuthorityArn};
}

# Has an authority's request signed. Returns the input of
# ImportCertificateAuthorityCertificate.
sub signed
{
	my ($arn, $issuer, $template, $years) = @_;
	my $own = api('GetCertificateAuthorityCsr', { CertificateAuthorityArn => $arn })->{Csr};
	my $issued = api('IssueCertificate',
		{ CertificateAuthorityArn => $issuer, Csr => blob($own), %days,
			Validity => { Type => 'YEARS', Value => $years }, TemplateArn => template($template) });
	my $got = api('GetCertificate', { CertificateAuthorityArn => $issuer, %$issued });

	return {
		CertificateAuthorityArn => $arn,
		Certificate => blob($got->{Certificate}),
		$got->{CertificateChain} ? (CertificateChain => blob($got->{CertificateChain})) : () };
}

sub active_root
{
	my $arn = create('ROOT', @_);

	api('ImportCertificateAuthorityCertificate', signed($arn, $arn, 'RootCACertificate', 10));
	return $arn;
}

# Returns a policy in the form that the service wants.
sub policy
{
	my ($arn) = @_;
	my %allow = (Effect => 'Allow', Principal => { AWS => '111122223333' }, Resource => $arn);

	return $coder->encode({
		Statement => [
			{
				%allow,
				Action => [
					map { "acm-pca:$_" }
					  qw(DescribeCertificateAuthority GetCertificate GetCertificateAuthorityCertificate
					  ListPermissions ListTags) ]
			},
			{ %allow, Action => 'acm-pca:IssueCertificate',
				Condition => { StringEquals => { 'acm-pca:TemplateArn' => template('EndEntityCertificate') } } } ] });
}

my $active = active_root(Tags => [ { Key => 'one' }, { Key => 'two' } ]);
my $pending = create('ROOT');
my $below = create('SUBORDINATE',
	CertificateAuthorityConfiguration => { %small, Subject => { CommonName => 'Below' } });
my $own_certificate = signed($pending, $pending, 'RootCACertificate', 10);
my $chained_certificate = signed($below, $active, 'SubordinateCACertificate_PathLen0', 5);
my $deleted = create('ROOT');
my $permitting = active_root();
my $issued = api('IssueCertificate',
	{ CertificateAuthorityArn => $active, Csr => $csr, %days })->{CertificateArn};

api('DeleteCertificateAuthority', { CertificateAuthorityArn => $deleted });
api('CreatePermission', {
	CertificateAuthorityArn => $permitting,
	Principal => 'acm.amazonaws.com',
	Actions => ['GetCertificate'],
	%$_ })
  foreach {}, { SourceAccount => '111122223333' };
api('PutPolicy', { ResourceArn => $permitting, Policy => policy($permitting) });

# What each operation needs, and what it needs together with one optional member.
my %of = (CertificateAuthorityArn => $active);
my %base = (
	CreateCertificateAuthority => { CertificateAuthorityConfiguration => \%small,
		CertificateAuthorityType => 'ROOT' },
	CreateCertificateAuthorityAuditReport => { %of, S3BucketName => 'reports',
		AuditReportResponseFormat => 'JSON' },
	CreatePermission => { %of, Principal => 'acm.amazonaws.com', Actions => ['GetCertificate'] },
	DeleteCertificateAuthority => { CertificateAuthorityArn => $pending },
	DeletePermission => { CertificateAuthorityArn => $permitting, Principal => 'acm.amazonaws.com' },
	DeletePolicy => { ResourceArn => $permitting },
	DescribeCertificateAuthority => {%of},
	GetCertificate => { %of, CertificateArn => $issued },
	GetCertificateAuthorityCertificate => {%of},
	GetCertificateAuthorityCsr => {%of},
	GetPolicy => { ResourceArn => $permitting },
	ImportCertificateAuthorityCertificate => $own_certificate,
	'ImportCertificateAuthorityCertificate.CertificateChain' => $chained_certificate,
	IssueCertificate => { %of, Csr => $csr, %days },
	'IssueCertificate.ApiPassthrough' => { %of, Csr => $csr, %days,
		TemplateArn => template('BlankEndEntityCertificate_APIPassthrough') },
	ListCertificateAuthorities => {},
	ListPermissions => { CertificateAuthorityArn => $permitting },
	ListTags => {%of},
	PutPolicy => { ResourceArn => $active, Policy => policy($active) },
	RestoreCertificateAuthority => { CertificateAuthorityArn => $deleted },
	RevokeCertificate => { %of, CertificateSerial => $issued =~ s{.*/}{}r, RevocationReason => 'SUPERSEDED' },
	TagCertificateAuthority => { %of, Tags => [ { Key => 'key' } ] },
	UntagCertificateAuthority => { %of, Tags => [ { Key => 'key' } ] },
	UpdateCertificateAuthority => {%of});

if ($is_there{DescribeCertificateAuthorityAuditReport})
{
	my $report = api('CreateCertificateAuthorityAuditReport',
		{ %{ $base{CreateCertificateAuthorityAuditReport} }, CertificateAuthorityArn => $permitting });
	$base{DescribeCertificateAuthorityAuditReport} = { CertificateAuthorityArn => $permitting,
		AuditReportId => $report->{AuditReportId} };
}

# A value that the authorities accept for each shape: by operation and path, else by
# structure and member, else by shape.
my %sample = (
	'CreateCertificateAuthority.Tags' => [ { Key => 'key', Value => 'value' } ],
	'DeletePermission.SourceAccount' => $account,
	'IssueCertificate.TemplateArn' => template('EndEntityServerAuthCertificate'),
	'IssueCertificate.ValidityNotBefore' => { Type => 'ABSOLUTE', Value => time - 60 },
	'IssueCertificate.ValidityNotBefore.Type' => 'ABSOLUTE',
	'IssueCertificate.ValidityNotBefore.Value' => time - 60,
	'UpdateCertificateAuthority.Status' => 'DISABLED',
	(
		map { ("$_.NextToken" => api($_, { %{ $base{$_} }, MaxResults => 1 })->{NextToken}) }
		  qw(ListCertificateAuthorities ListPermissions ListTags)
	),
	'CustomAttribute.ObjectIdentifier' => '2.5.4.3',
	'EdiPartyName.NameAssigner' => 'assigner',
	'GeneralName.DnsName' => 'www.example.com',
	'GeneralName.Rfc822Name' => 'name@example.com',
	'GeneralName.UniformResourceIdentifier' => 'http://example.com/x',
	'OtherName.Value' => 'value',
	'Qualifier.CpsUri' => 'http://example.com/cps',
	ASN1PrintableString64 => 'number-1',
	ASN1Subject => { CommonName => 'Name' },
	AccessMethod => { AccessMethodType => 'CA_REPOSITORY' },
	AccountId => '111122223333',
	ActionList => ['GetCertificate'],
	Base64String1To4096 => 'BAFB',
	Boolean => $true,
	CnameString => 'cname.example.com',
	CountryCodeString => 'DE',
	CrlConfiguration => { Enabled => $true, ExpirationInDays => 7, S3BucketName => 'crls' },
	CrlPathString => 'path/to',
	CustomObjectIdentifier => '1.3.6.1.4.1.55555.1',
	ExtendedKeyUsage => { ExtendedKeyUsageType => 'CLIENT_AUTH' },
	GeneralName => { UniformResourceIdentifier => 'http://example.com/x' },
	IdempotencyToken => 'token',
	Integer1To5000 => 7,
	KeyAlgorithm => 'EC_prime256v1',
	MaxResults => 10,
	PermanentDeletionTimeInDays => 7,
	PositiveLong => 30,
	S3BucketName3To255 => 'crls',
	String1To256 => 'Value',
	String3 => 'III',
	String5 => 'A. B.',
	String39 => '192.0.2.1',
	(map { ($_ => 'Text') } qw(String16 String40 String64 String128 String253 String256)),
	TagKey => 'key',
	TagValue => 'value',
	Validity => $days{Validity},
	ValidityPeriodType => 'DAYS');

# In these structures only one member is given, or only this one.
my %is_alone = map { $_ => 1 } qw(AccessMethod ExtendedKeyUsage GeneralName ASN1Subject.CustomAttributes);

sub sample
{
	my ($operation, %at) = @_;
	my $shape = shape($at{name});
	my ($whole) = grep { $_ && exists $_->{ $at{path} } } $base{$operation}, $base{"$operation.$at{path}"};

	return $whole->{ $at{path} } if $whole;
	foreach my $key ("$operation.$at{path}", $at{member} // (), $at{name})
	{
		return $sample{$key} if exists $sample{$key};
	}
	return $shape->{enum}[0] if $shape->{enum};
	return [ sample($operation, name => $shape->{member}{shape}, path => "$at{path}\[0]") ]
	  if $shape->{type} eq 'list';
	return {
		map { ($_ => sample($operation, name => $shape->{members}{$_}{shape}, path => "$at{path}.$_",
					member => "$at{name}.$_")) }
		  @{ $shape->{required} // [] }
	  }
	  if $shape->{type} eq 'structure';
	die "no sample of $at{name} for $operation.$at{path}";
}

sub whole_for
{
	my ($operation, $name, $path, $member) = @_;

	return $base{"$operation.$member"} // $base{$operation} if $path eq '';
	return {} if $is_alone{$name} || $is_alone{"$name.$member"};
	return sample($operation, name => $name, path => $path);
}

#
# The requests
#

# Returns a text of a length, made from a sample's beginning and its last character.
sub of_length
{
	my ($text, $length) = @_;

	return substr $text . substr($text, -1) x $length, 0, $length;
}

# Returns the values that a place may get, a list for each kind of fault. The model
# decides which of them are wrong. The first place of a pattern gets every character.
my %swept;

sub values_for
{
	my ($sample, %at) = @_;
	my $shape = shape($at{name});
	my $type = $shape->{type};
	my ($least, $most) = ($shape->{min}, $shape->{max});
	my @numbers = ($least // (), $most // ());
	# A value that is not a text, as a text.
	my @text =
	    $type eq 'string' || $type eq 'blob' ? ()
	  : $type eq 'boolean' ? 'true'
	  : ref $sample ? $coder->encode($sample)
	  : '' . ($sample + 0);
	my %kind = (
		good => [$sample],
		type => [ 5, 1.5, $true, [], {}, [$sample], { $at{name} => $sample }, @text,
			$at{path} =~ /\]$/ ? undef : () ]);

	if ($type eq 'structure')
	{
		my $members = $shape->{members};

		foreach my $member (@{ $shape->{required} // [] })
		{
			my %without = %$sample;
			delete $without{$member};
			push @{ $kind{required} }, {%without}, { %without, $member => undef };
		}
		push @{ $kind{unknown} }, { %$sample, $_ => 'x' }
		  foreach 'Unknown', '', "Nam\x{e9}", lcfirst +(sort keys %$members)[0];
	}
	elsif ($type eq 'list')
	{
		$kind{length} = [ map { [ ($sample->[0]) x $_ ] } grep { $_ >= 0 } map { ($_ - 1, $_, $_ + 1) } @numbers ];
	}
	elsif ($type eq 'blob')
	{
		$kind{length} = [ map { blob('x' x $_) } grep { $_ >= 0 } map({ ($_ - 1, $_, $_ + 1) } @numbers),
			$most + 3 ];
		# Octets that are not valid in a text count as one too.
		push @{ $kind{length} }, map { blob($_ x $most) } "\xff", "\0", '\\' if $most < 1e5;
		$kind{pattern} = [ 'x', 'QQ', 'QQ=', 'QQ==QQ==', "QUJD\n", ' QUJD', 'Q-_D', "\x{e9}\x{e9}\x{e9}\x{e9}" ];
	}
	elsif ($shape->{enum})
	{
		$kind{word} = [ @{ $shape->{enum} }, '', 'WRONG',
			map({ (lc, "$_ ", substr($_, 1)) } @{ $shape->{enum} }[ 0, -1 ]) ];
	}
	elsif ($type eq 'string')
	{
		my @everywhere = ("\x{e9}", "\x{1f511}", '*', ' ', '"', "\n", '/', '0', 'a');
		my @inside = @everywhere;

		@inside = (map({ chr } 1 .. 0x17f), map { chr hex } qw(300 660 2003 2028 2160 20ac 4e00 fffd 1d54f 1f511))
		  if defined $shape->{pattern} && !$swept{ $at{name} }++;
		$kind{length} = [ map { of_length($sample, $_) } grep { $_ >= 0 } map { ($_ - 1, $_, $_ + 1) } @numbers ];
		push @{ $kind{length} }, map { "\x{1f511}" x $_ } $most, $most + 1 if defined $most;
		$kind{pattern} = [
			map({ my $new = $sample; substr $new, length($new) / 2, 1, $_; $new } @inside),
			map({ ($sample . $_, $_ . $sample) } @everywhere) ];
		push @{ $kind{pattern} }, '/', '//', '/a', 'a/', 'a//b' if $at{name} eq 'CrlPathString';
		push @{ $kind{pattern} },
			'2.39', '2.40', '3.1', '1', '1.', '1.1.', '1..1', '1.1.x', '.1.1', '2.39' . '.1' x 28
		  if $at{name} eq 'CustomObjectIdentifier';
		push @{ $kind{pattern} }, 'A', 'AA', 'AAA', 'A===', 'AAA=AAA=', 'AA=A', '===='
		  if $at{name} eq 'Base64String1To4096';
	}
	elsif ($type eq 'integer' || $type eq 'long')
	{
		$kind{range} = [ map({ ($_ - 1, $_, $_ + 1) } @numbers), 0, -1,
			map { ($_ - 1, $_, -$_ + 0, -$_ - 1) } 2**31, 2**63 ];
	}
	return %kind;
}

# Returns the ways in which a value can be wrong by the model.
sub rules
{
	my ($shape) = @_;
	my $type = $shape->{type};

	return (
		"not a $type",
		$type eq 'structure' ? 'unknown' : (),
		@{ $shape->{required} // [] } ? 'missing' : (),
		$shape->{enum} ? 'no word' : (),
		defined $shape->{pattern} ? 'pattern' : (),
		$shape->{min} ? 'too short' : (),
		defined $shape->{max} ? 'too long' : (),
		$type eq 'blob' ? 'not base 64' : (),
		$type eq 'integer' || $type eq 'long' ? 'no whole number' : ());
}

# Every request, once: [kind, operation, request in JSON, fault by the model, place].
my @requests;
my (%is_made, %is_broken);

sub add
{
	my ($kind, $operation, $request, $place) = @_;
	my $text = $coder->encode($request);
	my $fault = fault(input_of($operation), $request, '');

	$is_broken{"$operation.$place"}{ $fault =~ s/.*: //sr } = 1 if $fault;
	return if $is_made{"$operation $text"}++;
	$kind = 'what is right' if !$fault && $kind ne 'good';
	push @requests, [ $kind, $operation, $text, $fault, $place ];
	return;
}

my ($rules, @unbroken) = (0);
foreach my $operation (@there)
{
	my @places;

	die "there is no base request of $operation" if !$base{$operation};
	places(
		sub { push @places, {@_} },
		sub { whole_for($operation, @_) },
		name => input_of($operation),
		path => '',
		put => sub { $_[0] });
	foreach my $at (@places)
	{
		my %at = %$at;
		my %kind = values_for($at{path} eq '' ? $base{$operation} : sample($operation, %at), %at);

		delete $kind{type} if $at{path} eq '';
		foreach my $kind (sort keys %kind)
		{
			add($kind, $operation, $at{put}->($_), $at{path}) foreach @{ $kind{$kind} };
		}
		# Perl cannot hold a number with an empty fraction.
		push @requests, [ 'type', $operation, $coder->encode($at{put}->('7.0')) =~ s/"7\.0"/7.0/r,
			".$at{path}: no whole number", $at{path} ]
		  if shape($at{name})->{type} =~ /^(?:integer|long)$/;
		foreach my $rule (grep { $at{path} ne '' || !/^not a/ } rules(shape($at{name})))
		{
			$rules++;
			push @unbroken, "$operation.$at{path}: $rule" if !$is_broken{"$operation.$at{path}"}{$rule};
		}
	}
}
is("@unbroken", '', "every rule of the model is broken in every place ($rules)");

# The arguments are checked first: an error in one is reported even if there is no
# such authority.
my %is_first;
foreach my $request (grep { $_->[3] && $_->[0] =~ /^(?:length|pattern|range|word|required)$/ } @requests)
{
	my ($kind, $operation, $text, $fault, $place) = @$request;

	next if $place !~ /^\w+$/ || $place =~ /^(?:CertificateAuthority|Resource)Arn$/
	  || $is_first{"$operation.$place"}++;
	my $of_none = $text =~ s{(certificate-authority/)[-0-9a-f]{36}}{${1}00000000-0000-4000-8000-000000000000}gr;
	push @requests, [ 'arguments first', $operation, $of_none, $fault, $place ];
}

# Runs requests in one session, each in a subtransaction that is rolled back. Returns
# for each "ok" or the SQLSTATE, the message and DETAIL.
sub outcomes
{
	my $n = 0;
	my $file = spool(join '', map { $n++ . "\t$_->[1]\t" . ($_->[2] =~ s/\\/\\\\/gr) . "\n" } @_);
	my ($state, $output) = try($server, <<"SQL");
SET client_min_messages = error;
CREATE TEMPORARY TABLE request (n integer, operation text, request text);
CREATE TEMPORARY TABLE outcome (n integer, state text, message text, detail text);
\\copy request FROM '$file'
DO \$\$
DECLARE
	r record;
	state text;
	message text;
	detail text;
BEGIN
	FOR r IN SELECT * FROM request ORDER BY n LOOP
		BEGIN
			PERFORM pca_api(r.operation, r.request::jsonb);
			RAISE EXCEPTION USING ERRCODE = '00P00';
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
		END;
		INSERT INTO outcome VALUES (r.n, replace(state, '00P00', 'ok'), message, detail);
	END LOOP;
END
\$\$;
SELECT concat_ws(E'\\t', state, translate(message, E'\\t\\n', '  '), translate(detail, E'\\t\\n', '  '))
FROM outcome ORDER BY n;
SQL

	die $output if $state ne 'ok';
	return map { [ split /\t/ ] } split /\n/, decode('UTF-8', $output);
}

# What is wrong by the model, but is not ValidationException: a pattern for kind,
# operation and fault, the SQLSTATE, the reason.
my @otherwise = (
	[ qr/Arn: pattern$/, 'PCIAN', 'a text that is no ARN is InvalidArnException' ]);

my ($is_of_form) = map { qr/$_/ } join '|',
	'has the wrong type',
	'is too (?:short|long)',
	'is out of range',
	'invalid value for',
	'does not match its pattern',
	'unrecognized member',
	'is missing',
	'is not an ARN of this service';

# Returns what an outcome should have been; nothing when it is right.
sub complaint
{
	my ($request, $outcome) = @_;
	my ($kind, $operation, $text, $fault, $place) = @$request;
	my ($state, $message, $detail) = @$outcome;

	if ($fault)
	{
		my ($ruling) = grep { "$kind: $operation$fault" =~ $_->[0] } @otherwise;
		my $expected = $ruling ? $ruling->[1] : 'PCVAL';
		my ($top, $rest) = $fault =~ /^\.([^.\[:]*)(.*): /s;
		my $where = qr/(?:\b${\snake($top)}\Q$rest\E|request\.\Q$top\E)(?![\w\[]|\.\w)/;

		return $expected if $state ne $expected;
		return "DETAIL with $where" if $expected ne 'PCRNF' && ($detail // '') !~ $where;
		return;
	}
	return 'an exception of the API' if $state !~ /^(?:ok|PC...)$/;
	return 'nothing that the model says' if $state =~ /^PC(?:VAL|IAN)$/ && $message =~ $is_of_form;
	return $kind eq 'good' && $state ne 'ok' ? 'ok' : undef;
}

my @outcomes = outcomes(@requests);
is(scalar @outcomes, scalar @requests, 'every request has its outcome');

my %group;
push @{ $group{ $requests[$_][1] }{ $requests[$_][0] } }, $_ foreach 0 .. $#requests;
foreach my $operation (@there)
{
	foreach my $kind (sort keys %{ $group{$operation} })
	{
		my @all = @{ $group{$operation}{$kind} };
		my @wrong = grep { complaint($requests[$_], $outcomes[$_]) } @all;

		is(scalar @wrong, 0, "$operation: $kind (" . @all . ')');
		foreach my $i (@wrong[ 0 .. ($#wrong > 9 ? 9 : $#wrong) ])
		{
			my ($fault, $place, $text) = @{ $requests[$i] }[ 3, 4, 2 ];

			my $expected = complaint($requests[$i], $outcomes[$i]);
			my $got = substr(join(' | ', @{ $outcomes[$i] }), 0, 300);

			diag(encode('UTF-8', '  ' . ($fault // ".$place") . ": expected $expected, got $got"),
				"\n    ", length $text > 300 ? substr($text, 0, 300) . '...' : $text);
		}
	}
}

# An operation throws what the model says about it, and ValidationException.
my %exception = (
	PCRNF => 'ResourceNotFound',
	PCIAN => 'InvalidArn',
	PCIAG => 'InvalidArgs',
	PCIRQ => 'InvalidRequest',
	PCIST => 'InvalidState',
	PCIPO => 'InvalidPolicy',
	PCITG => 'InvalidTag',
	PCINT => 'InvalidNextToken',
	PCLOP => 'LockoutPrevented',
	PCPAE => 'PermissionAlreadyExists',
	PCLIM => 'LimitExceeded',
	PCTMT => 'TooManyTags',
	PCMCS => 'MalformedCSR',
	PCMCE => 'MalformedCertificate',
	PCMIS => 'CertificateMismatch',
	PCCMO => 'ConcurrentModification',
	PCRIP => 'RequestInProgress',
	PCRAP => 'RequestAlreadyProcessed',
	PCRFA => 'RequestFailed');
# What an operation throws in addition, and why.
my @in_addition = (
	[ 'ListTags', 'InvalidNextToken',
		'the model has the parameter and not the exception, which the other lists have' ]);
foreach my $operation (@there)
{
	my %declared =
	  map { $_ => 1 } map({ $_->{shape} =~ s/Exception$//r } @{ $operations->{$operation}{errors} // [] }),
	  map({ $_->[1] } grep { $_->[0] eq $operation } @in_addition);
	my %thrown = map { $_->[0] => 1 } @outcomes[ map { @$_ } values %{ $group{$operation} } ];

	is(join(' ', grep { !$declared{ $exception{$_} // $_ } } grep { !/^(?:ok|PCVAL)$/ } sort keys %thrown), '',
		"$operation: exceptions (" . keys(%thrown) . ')');
}

# An operation that does not exist yet is called unknown, and nothing else.
foreach my $operation (grep { !$is_there{$_} } sort keys %$operations)
{
	my ($state, $text) = try($server, "SELECT pca_api('$operation', '{}')");

	is($state, 'PCVAL', "$operation does not exist yet");
	like($text, qr/operation does not exist/, "$operation: it says so");
}
is( $server->safe_psql('postgres',
		"SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc WHERE proname IN ("
		  . join(', ', map { literal('pca_' . snake($_)) } sort keys %$operations) . ')'),
	join(' ', sort map { 'pca_' . snake($_) } @there),
	'pca_api knows every operation that has a function');

#
# What an operation is called: by SQL (pca.access) and by C (rule_operation.h)
#

my @writers = grep { !/^(?:Describe|Get|List)/ } @there;
my %arn_parameter = map { split /\|/ } split /\n/, $server->safe_psql('postgres', <<~SQL);
	SELECT o.operation, p.proargnames[1] FROM pca.access_objects AS o JOIN pg_proc AS p ON p.oid = o.oid
	WHERE p.proargnames[1] IN ('certificate_authority_arn', 'resource_arn')
	SQL

is( $server->safe_psql('postgres', <<~SQL),
	SELECT string_agg(concat_ws('=', operation, oid::regproc), ' ' ORDER BY operation COLLATE "C")
	FROM pca.access_objects WHERE operation IS NOT NULL
	SQL
	join(' ', map { "$_=pca_" . snake($_) } sort keys %$operations),
	'every operation of the model has its row in SQL, by the name of its function');
is( join(' ', grep { !$arn_parameter{$_} } @there),
	'CreateCertificateAuthority ListCertificateAuthorities',
	'all others are about an existing authority');
$server->safe_psql('postgres', <<~SQL);
	CREATE ROLE stranger;
	SELECT pca_register_account('stranger', '444455556666'), pca_grant_access('stranger', 'administrator')
	SQL
foreach my $operation (@there)
{
	my $function = 'pca_' . snake($operation);
	my $is_writer = grep { $_ eq $operation } @writers;
	my $request = $coder->encode($base{$operation});
	my $call = "SELECT pca_api('$operation', " . literal($request) . ')';
	my $call_of_none = $call
	  =~ s{(certificate-authority/)[-0-9a-f]{36}}{${1}00000000-0000-4000-8000-000000000000}gr;
	my ($state, $text) = try($server, "BEGIN READ ONLY; $call; ROLLBACK;");

	if ($is_writer)
	{
		like($text, qr/cannot execute \Q$function\E\(\) in a read-only transaction/,
			"$operation: C knows its function");
	}
	else { is($state, 'ok', "$operation: reads") }
	next if !$arn_parameter{$operation};
	(undef, $text) = try($server, "SET ROLE stranger; $call;");
	like($text, qr/role\/stranger" is not authorized to perform acm-pca:\Q$operation\E$/m,
		"$operation: C knows its name");
	(undef, $text) = try($server, "$call_of_none;");
	like($text, qr/DETAIL:  The value at $arn_parameter{$operation} is /, "$operation: C knows its parameter");
}

#
# The answers
#

sub describe
{
	my ($arn) = @_;

	return api('DescribeCertificateAuthority', { CertificateAuthorityArn => $arn })->{CertificateAuthority};
}

sub members { return join ' ', sort keys %{ $_[0] } }

# Returns all pages of a list. All but the last must have a next token.
sub pages
{
	my ($operation, $member, $size, %request) = @_;
	my @rows;

	for (my $token; ;)
	{
		my $page = api($operation, { %request, MaxResults => $size, $token ? (NextToken => $token) : () });

		push @rows, @{ $page->{$member} };
		$token = $page->{NextToken} // last;
		push @{ $bad_answers{$operation} }, "$operation: a page of another size" if @{ $page->{$member} } != $size;
	}
	return \@rows;
}

# Every request above that succeeds with an optional member makes an authority, which
# is then described as it was created.
{
	my @created =
	  map { $_->[2] } grep { $_->[0] eq 'good' && $_->[1] eq 'CreateCertificateAuthority' } @requests;
	my $arns = $server->safe_psql('postgres',
		'SET client_min_messages = error; SELECT string_agg('
		  . "pca_api('CreateCertificateAuthority', r::jsonb) ->> 'CertificateAuthorityArn', ' ' ORDER BY n)"
		  . ' FROM (VALUES '
		  . join(', ', map { "($_, " . literal($created[$_]) . ')' } 0 .. $#created) . ') AS v (n, r)');
	my %described =
	  map { ($_->{Arn} => $_) } @{ api('ListCertificateAuthorities', {})->{CertificateAuthorities} };
	my @differing;

	foreach my $arn (split / /, $arns)
	{
		my $request = $coder->decode(shift @created);
		my $is = $described{$arn};

		foreach my $member (grep { !/^(?:IdempotencyToken|Tags)$/ } keys %$request)
		{
			my $answered = $is->{ $member =~ s/^CertificateAuthorityType$/Type/r };

			# A revocation configuration is completed with what it leaves out.
			next if $member eq 'RevocationConfiguration' && $answered;
			push @differing, "$arn: $member"
			  if !$answered || $coder->allow_nonref->encode($answered) ne $coder->encode($request->{$member});
		}
	}
	is("@differing", '', 'authorities are as they were created (' . keys(%described) . ')');
}

# The life of a root.
{
	my $always = join ' ', qw(Arn CertificateAuthorityConfiguration CreatedAt KeyStorageSecurityStandard
	  LastStateChangeAt OwnerAccount RevocationConfiguration Status Type UsageMode);
	my $certified = join ' ', sort split(/ /, $always), qw(NotAfter NotBefore Serial);
	my $arn = create('ROOT',
		Tags => [ map { { Key => "key $_", $_ % 2 ? (Value => "value $_") : () } } 1 .. 5 ]);
	my %ca = (CertificateAuthorityArn => $arn);
	my $is = describe($arn);

	is(members($is), $always, 'PENDING_CERTIFICATE: members');
	is("$is->{Status} $is->{Type} $is->{OwnerAccount} $is->{UsageMode}",
		"PENDING_CERTIFICATE ROOT $account GENERAL_PURPOSE", 'PENDING_CERTIFICATE: values');
	api('ImportCertificateAuthorityCertificate', signed($arn, $arn, 'RootCACertificate', 10));
	$is = describe($arn);
	is(members($is), $certified, 'ACTIVE: members');
	is(join(' ', @$is{qw(Status CreatedAt LastStateChangeAt NotBefore NotAfter Serial)}),
		$server->safe_psql('postgres', <<~"SQL"),
			SELECT concat_ws(' ', status,
				trim_scale(round(extract(epoch FROM created_at), 3)),
				trim_scale(round(extract(epoch FROM last_state_change_at), 3)),
				extract(epoch FROM not_before)::bigint,
				extract(epoch FROM not_after)::bigint,
				serial)
			FROM pca_describe_certificate_authority('$arn')
			SQL
		'ACTIVE: values are those of the function');
	is(members(api('GetCertificateAuthorityCertificate', \%ca)), 'Certificate', 'a root has no chain');
	is(members(api('GetCertificateAuthorityCsr', \%ca)), 'Csr', 'the CSR');

	my $below = create('SUBORDINATE',
		CertificateAuthorityConfiguration => { %small, Subject => { CommonName => 'Below the root' } });
	api('ImportCertificateAuthorityCertificate', signed($below, $arn, 'SubordinateCACertificate_PathLen0', 5));
	is(members(api('GetCertificateAuthorityCertificate', { CertificateAuthorityArn => $below })),
		'Certificate CertificateChain', 'a subordinate has one');

	my %with_token = (CertificateAuthorityArn => $below, Csr => $csr, %days, IdempotencyToken => 'token');
	my $leaf = api('IssueCertificate', \%with_token)->{CertificateArn};
	is(api('IssueCertificate', \%with_token)->{CertificateArn}, $leaf, 'the same token, the same certificate');
	my $got = api('GetCertificate', { CertificateAuthorityArn => $below, CertificateArn => $leaf });
	my ($certificate, $chain) = get_certificate($server, $below, $leaf);
	is("$got->{Certificate}\n", $certificate, 'the certificate is that of the function');
	is("$got->{CertificateChain}\n", $chain, 'so is its chain');
	if ($is_there{RevokeCertificate})
	{
		api('RevokeCertificate', {
			CertificateAuthorityArn => $below,
			CertificateSerial => $leaf =~ s{.*/}{}r,
			RevocationReason => 'KEY_COMPROMISE' });
	}

	api('TagCertificateAuthority',
		{ %ca, Tags => [ { Key => 'key 6', Value => '' }, { Key => 'key 1', Value => 'changed' } ] });
	api('UntagCertificateAuthority',
		{ %ca, Tags => [ { Key => 'key 2' }, { Key => 'key 3', Value => 'another' } ] });
	my $tags = pages('ListTags', 'Tags', 2, %ca);
	is(join(', ', map { $_->{Key} . (exists $_->{Value} ? "=$_->{Value}" : '') } @$tags),
		'key 1=changed, key 3=value 3, key 4, key 5=value 5, key 6=', 'tags in pages');
	is_deeply(api('ListTags', \%ca), { Tags => $tags }, 'tags at once');

	is_deeply(api('ListPermissions', \%ca), { Permissions => [] }, 'no permission');
	api('CreatePermission', {
		%ca,
		Principal => 'acm.amazonaws.com',
		Actions => [qw(IssueCertificate GetCertificate)],
		$_ ? (SourceAccount => $_) : () })
	  foreach undef, '111122223333', '111122224444';
	my $permissions = pages('ListPermissions', 'Permissions', 1, %ca);
	is(join(' ', map { $_->{SourceAccount} } @$permissions), "$account 111122223333 111122224444",
		'permissions in pages');
	is_deeply($permissions->[0]{Actions}, [qw(IssueCertificate GetCertificate)], 'actions of a permission');
	is_deeply(api('ListPermissions', \%ca), { Permissions => $permissions }, 'permissions at once');
	api('DeletePermission', { %ca, Principal => 'acm.amazonaws.com', SourceAccount => '111122223333' });
	is(scalar @{ api('ListPermissions', \%ca)->{Permissions} }, 2, 'one permission less');

	my $policy = "\t" . policy($arn) =~ s/,/,\n /r . "\n";
	api('PutPolicy', { ResourceArn => $arn, Policy => $policy });
	is(api('GetPolicy', { ResourceArn => $arn })->{Policy}, $policy, 'the policy is as it was put');
	api('DeletePolicy', { ResourceArn => $arn });

	api('UpdateCertificateAuthority', {
		%ca,
		Status => 'DISABLED',
		RevocationConfiguration =>
		  { OcspConfiguration => { Enabled => $true, OcspCustomCname => 'ocsp.example.com' } } });
	$is = describe($arn);
	is(members($is), $certified, 'DISABLED: members');
	is($is->{Status}, 'DISABLED', 'DISABLED: status');
	is_deeply($is->{RevocationConfiguration}{OcspConfiguration},
		{ Enabled => $true, OcspCustomCname => 'ocsp.example.com' }, 'DISABLED: revocation configuration');
	api('DeleteCertificateAuthority', { %ca, PermanentDeletionTimeInDays => 7 });
	$is = describe($arn);
	is(members($is), join(' ', sort split(/ /, $certified), 'RestorableUntil'), 'DELETED: members');
	cmp_ok(abs($is->{RestorableUntil} - $is->{LastStateChangeAt} - 7 * 86400), '<', 60,
		'DELETED: restorable for seven days');
	api('RestoreCertificateAuthority', \%ca);
	$is = describe($arn);
	is(members($is), $certified, 'restored: members');
	is($is->{Status}, 'DISABLED', 'restored: status');

	my $all = api('ListCertificateAuthorities', { ResourceOwner => 'SELF' });
	is_deeply({ CertificateAuthorities => pages('ListCertificateAuthorities', 'CertificateAuthorities', 40) },
		$all, 'authorities in pages and at once');
	is_deeply((grep { $_->{Arn} eq $arn } @{ $all->{CertificateAuthorities} })[0], $is,
		'a list describes as DescribeCertificateAuthority does');
	is_deeply(api('ListCertificateAuthorities', { ResourceOwner => 'OTHER_ACCOUNTS' }),
		{ CertificateAuthorities => [] }, 'none of others');
}

api('DescribeCertificateAuthorityAuditReport', $base{DescribeCertificateAuthorityAuditReport})
  if $is_there{DescribeCertificateAuthorityAuditReport};

foreach my $operation (@there)
{
	my $bad = $bad_answers{$operation} // [];

	is(join("\n", @$bad), '', "$operation: answers (" . ($answers{$operation} // 0) . ')');
	ok($answers{$operation}, "$operation: there were some");
}

# The audit trail has the operations above that write, and none of those that read.
is( $server->safe_psql('postgres', <<~SQL),
	SELECT string_agg(operation, ' ' ORDER BY operation COLLATE "C")
	FROM pca.access WHERE operation IN (SELECT operation FROM pca.audit_trail)
	SQL
	join(' ', @writers),
	'every operation that writes is audited');

# Members that no answer had.
my @never = (
	[ 'CertificateAuthority.FailureReason', 'no function leaves an authority FAILED' ]);
{
	my %expected;
	my $collect;
	$collect = sub {
		my ($name) = @_;
		my $shape = shape($name);

		$collect->($shape->{member}{shape}) if $shape->{type} eq 'list';
		foreach my $member (keys %{ $shape->{members} // {} })
		{
			$collect->($shape->{members}{$member}{shape}) if !$expected{"$name.$member"}++;
		}
	};
	$collect->($_) foreach map { $operations->{$_}{output} ? $operations->{$_}{output}{shape} : () } @there;
	is(join(' ', grep { !$seen{$_} } sort keys %expected), join(' ', sort map { $_->[0] } @never),
		'every member of every answer was seen (' . keys(%expected) . ')');
}

done_testing();
