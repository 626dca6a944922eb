# aws, the command line of AWS, as it is: lists, creates, issues, fetches and revokes
# through the gateway, with its waiters, its pages and a profile.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Clients;
use Gateway;
use JSON::PP ();
use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

our (%environment, @endpoint);

# Runs a command of aws acm-pca: its output as a structure, else its complaint.
sub aws
{
	my ($command, @options) = @_;
	my ($is_good, $output, $errors)
	  = run_client(\%environment, 'aws', @endpoint, 'acm-pca', $command, '--output', 'json', @options);

	return "failed: $errors" if !$is_good;
	return $output =~ /\S/ ? JSON::PP::decode_json($output) : {};
}

# An option of a structure.
sub with { return ("--$_[0]", json($_[1])) }

# The text of a member, in a file.
sub file_of { return spool(shift =~ s/\n?\z/\n/r) }

# Creates an authority, and waits for its CSR: its ARN, and the file of its CSR.
sub create
{
	my ($type) = @_;
	my $arn = aws(
		'create-certificate-authority',
		'--certificate-authority-type',
		$type,
		with(
			'certificate-authority-configuration',
			{
				KeyAlgorithm     => 'EC_prime256v1',
				SigningAlgorithm => 'SHA256WITHECDSA',
				Subject          => { CommonName => $type }
			}
		),
		'--tags',
		'Key=stage,Value=test',
		'Key=owner,Value=me'
	)->{CertificateAuthorityArn};

	is_deeply(aws('wait', 'certificate-authority-csr-created', '--certificate-authority-arn', $arn),
		{}, 'wait certificate-authority-csr-created');
	return ($arn, file_of(aws('get-certificate-authority-csr', '--certificate-authority-arn', $arn)->{Csr}));
}

# Issues a certificate, and waits for it: its ARN, and what get-certificate says.
sub issue_by
{
	my ($arn, $csr, $template, $validity) = @_;
	my $certificate = aws(
		'issue-certificate', '--certificate-authority-arn',
		$arn,                '--csr',
		"fileb://$csr",      '--signing-algorithm',
		'SHA256WITHECDSA',   '--validity',
		$validity,           $template ? ('--template-arn', template($template)) : ()
	)->{CertificateArn};
	my @names = ('--certificate-authority-arn', $arn, '--certificate-arn', $certificate);

	is_deeply(aws('wait', 'certificate-issued', @names), {}, 'wait certificate-issued');
	return ($certificate, aws('get-certificate', @names));
}

# A root and an authority below it.
sub test_creation
{
	my ($root, $root_csr) = create('ROOT');
	my (undef, $own) = issue_by($root, $root_csr, 'RootCACertificate', 'Value=10,Type=YEARS');
	my ($below, $below_csr) = create('SUBORDINATE');

	is_deeply(
		aws(
			'import-certificate-authority-certificate', '--certificate-authority-arn',
			$root,                                      '--certificate',
			'fileb://' . file_of($own->{Certificate})
		),
		{},
		'import-certificate-authority-certificate'
	);
	my (undef, $certificate)
	  = issue_by($root, $below_csr, 'SubordinateCACertificate_PathLen0', 'Value=5,Type=YEARS');
	aws(
		'import-certificate-authority-certificate',        '--certificate-authority-arn',
		$below,                                            '--certificate',
		'fileb://' . file_of($certificate->{Certificate}), '--certificate-chain',
		'fileb://' . file_of($certificate->{CertificateChain})
	);
	my $described
	  = aws('describe-certificate-authority', '--certificate-authority-arn', $below)->{CertificateAuthority};
	is_deeply([ @{$described}{qw(Status Type)} ], [qw(ACTIVE SUBORDINATE)], 'describe-certificate-authority');
	like($described->{NotAfter}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/, 'the dates are read as such');
	return ($root, $below, $own->{Certificate});
}

# A certificate from its issuance to its revocation.
sub test_certificate
{
	my ($below, $root_certificate) = @_;
	my $csr = spool(key_request(new_key('EC P-256'), '/CN=www.example.com'));
	my ($arn, $got) = issue_by($below, $csr, undef, 'Value=30,Type=DAYS');
	my @serial = (
		'--certificate-serial', $arn =~ s{.*/}{}r,
		'--revocation-reason',  'SUPERSEDED', '--certificate-authority-arn', $below
	);
	my ($above) = split /(?<=-----END CERTIFICATE-----\n)/, $got->{CertificateChain};
	my ($is_good, $text) = run_judge('openssl', 'verify', '-CAfile', file_of($root_certificate),
		'-untrusted', file_of($above), file_of($got->{Certificate}));

	ok($is_good, 'openssl verifies a certificate that aws has fetched') or diag($text);
	is_deeply(aws('revoke-certificate', @serial), {}, 'revoke-certificate');
	like(aws('revoke-certificate', @serial), qr/\(RequestAlreadyProcessedException\)/, 'once');
}

# Pages, by the paginators of aws and by hand.
sub test_pages
{
	my ($root, $below) = @_;
	my $first = aws('list-certificate-authorities', '--max-items', 1);
	my $second = aws('list-certificate-authorities', '--starting-token', $first->{NextToken});
	my $all = aws('list-certificate-authorities', '--page-size', 1);
	my @arns = map { $_->{Arn} } @{ $all->{CertificateAuthorities} };

	is_deeply([ sort @arns ], [ sort $root, $below ], 'list-certificate-authorities, page by page');
	is_deeply(
		[ map { $_->{Arn} } @{ $first->{CertificateAuthorities} }, @{ $second->{CertificateAuthorities} } ],
		\@arns, 'and continued');
	my $tags = aws('list-tags', '--certificate-authority-arn', $below, '--page-size', 1)->{Tags};
	is_deeply(
		[ sort map { "$_->{Key}=$_->{Value}" } @$tags ],
		[ 'owner=me', 'stage=test' ],
		'list-tags, page by page'
	);
	aws('create-permission', '--certificate-authority-arn', $below, '--principal', 'acm.amazonaws.com',
		'--actions', 'IssueCertificate');
	my $permissions
	  = aws('list-permissions', '--certificate-authority-arn', $below, '--page-size', 1)->{Permissions};
	is_deeply([ map { $_->{Principal} } @$permissions ],
		['acm.amazonaws.com'], 'list-permissions, page by page');
}

# An audit report.
sub test_audit_report
{
	my ($below) = @_;
	my @authority = ('--certificate-authority-arn', $below);
	my $report    = aws('create-certificate-authority-audit-report',
		@authority, '--s3-bucket-name', 'reports', '--audit-report-response-format', 'CSV');
	my @names = (@authority, '--audit-report-id', $report->{AuditReportId});

	is_deeply(aws('wait', 'audit-report-created', @names), {}, 'wait audit-report-created');
	is(aws('describe-certificate-authority-audit-report', @names)->{AuditReportStatus},
		'SUCCESS', 'describe-certificate-authority-audit-report');
}

# The end of an authority.
sub test_deletion
{
	my ($below) = @_;
	my @authority = ('--certificate-authority-arn', $below);

	aws('update-certificate-authority', @authority, '--status', 'DISABLED');
	aws('delete-certificate-authority', @authority, '--permanent-deletion-time-in-days', 7);
	is(aws('describe-certificate-authority', @authority)->{CertificateAuthority}{Status},
		'DELETED', 'delete-certificate-authority');
	aws('restore-certificate-authority', @authority);
	is(aws('describe-certificate-authority', @authority)->{CertificateAuthority}{Status},
		'DISABLED', 'restore-certificate-authority');
}

# aws finds the gateway by a profile, as docs/AWS_CLIENTS.md has it.
sub test_profile
{
	my $page = slurp_file("$FindBin::Bin/../../docs/AWS_CLIENTS.md");
	my ($profile) = $page =~ /^```ini\n(.*?)^```$/ms or die 'there is no profile';

	local $environment{AWS_CONFIG_FILE} = spool($profile =~ s{http://\S+}{$environment{PCA_GATEWAY}}gr);
	local $environment{AWS_SHARED_CREDENTIALS_FILE} = spool(join "\n", '[pca]',
		map { lc . " = $environment{$_}" } qw(AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY));
	local $environment{AWS_PROFILE} = 'pca';
	delete local @environment{qw(AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY)};
	is(ref aws('list-certificate-authorities'), 'HASH', 'a profile');
}

# aws finds the gateway by a variable of the environment, and by a profile, if it knows these.
sub test_configuration
{
	local @endpoint = ();
	local %environment = %environment;

  SKIP:
	{
		skip('this aws knows no variable for an endpoint', 2) if !knows_endpoint(\%environment);
		local $environment{AWS_ENDPOINT_URL_ACM_PCA} = $environment{PCA_GATEWAY};
		is(ref aws('list-certificate-authorities'), 'HASH', 'AWS_ENDPOINT_URL_ACM_PCA');
		delete @environment{qw(AWS_ENDPOINT_URL_ACM_PCA AWS_DEFAULT_REGION)};
		test_profile();
	}
}

SKIP:
{
	skip_without('pca-gateway', 'aws');
	my ($server, $gateway) = start_clients('gateway_aws_cli');

	%environment = client_environment($server, $gateway);
	@endpoint    = ('--endpoint-url', $environment{PCA_GATEWAY});
	my ($is_good, $identity) = run_client(
		\%environment,         'aws',     @endpoint, 'sts',
		'get-caller-identity', '--query', 'Arn',     '--output',
		'text'
	);
	is($identity, "arn:aws:iam::000000000000:role/administrator\n", 'sts get-caller-identity');
	my ($root, $below, $root_certificate) = test_creation();
	test_certificate($below, $root_certificate);
	test_pages($root, $below);
	test_audit_report($below);
	test_deletion($below);
	test_configuration();
	is(stop_gateway($gateway), 0, 'the gateway ends');
}

done_testing();
