# The certificate of a CA's own OCSP responder: clients that know only the root accept
# the answer. No judge is told who signed. openssl and GnuTLS always judge. Go judges
# where it is installed with golang.org/x/crypto, or is required (PCA_ALL_JUDGES).

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use Judge;
use MIME::Base64;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('responder');
my $ocsp = json({ OcspConfiguration => { Enabled => \1, OcspCustomCname => 'ocsp.example.com' } });
my $leaf_key = new_key('EC P-256');
my $nothing = spool('');

sub sql { return $server->safe_psql('postgres', shift) }

sub make_authority
{
	my ($parent, $name, %options) = @_;
	my $key = $options{key} // 'EC_prime256v1';
	my %authority = (name => $name, signing => $key =~ /RSA/ ? 'SHA256WITHRSA' : 'SHA256WITHECDSA');

	$authority{arn} = create_authority($server, $parent ? 'SUBORDINATE' : 'ROOT', key => $key,
		subject => $options{subject} // { Organization => 'Example', CommonName => $name },
		revocation_configuration => $options{revocation} // $ocsp,
		$options{usage_mode} ? (usage_mode => $options{usage_mode}) : ());
	my ($certificate, $chain) = $parent
	  ? subordinate($server, $parent->{arn}, $authority{arn}, signing_algorithm => $parent->{signing},
		%{ $options{issue} // {} })
	  : self_sign($server, $authority{arn}, signing_algorithm => $authority{signing});
	$authority{certificate} = spool($certificate);
	$authority{root} = $parent ? $parent->{root} : $authority{certificate};
	# What a server sends with its own certificate, and the root that clients trust.
	$authority{all} = spool($certificate . ($chain // ''));
	make_leaf(\%authority, $_, %{ $options{leaf} // {} }) for qw(good revoked);
	revoke($server, $authority{arn_of}{revoked});
	return \%authority;
}

sub make_leaf
{
	my ($authority, $name, %options) = @_;
	my $subject = delete $options{subject} // '/CN=leaf';
	my $arn = issue($server, $authority->{arn},
		key_request($leaf_key, $subject, 'subjectAltName = DNS:leaf.example.com'),
		signing_algorithm => $authority->{signing}, validity => [ 'DAYS', 2 ], %options);

	$authority->{leaf}{$name} = spool(scalar get_certificate($server, $authority->{arn}, $arn));
	$authority->{arn_of}{$name} = $arn;
}

# Returns the answer to a client that names the authority as that certificate does: a file.
sub respond
{
	my ($authority, $name) = @_;
	my $file = spool('');

	openssl('', 'ocsp', '-issuer', $authority->{certificate}, '-no_nonce', '-cert', $authority->{leaf}{$name},
		'-reqout', $file);
	return ocsp_response($server, $file);
}

# Returns the status that openssl reads. It is told only which root to trust: given the
# issuer of the certificate, it would accept that one as a signer.
sub by_openssl
{
	my ($authority, $response, @more) = @_;
	my ($is_good, $text) = run_judge('openssl', 'ocsp', '-respin', $response, '-no_nonce', '-resp_text',
		'-CAfile', $authority->{root}, @more);

	return $is_good && $text =~ /Response verify OK/ && $text =~ /Cert Status: (\w+)/ ? $1 : "no: $text";
}

# Returns the status that GnuTLS reads. It finds no CA that is only in the answer.
sub by_gnutls
{
	my ($authority, $response) = @_;

	return ocsp_by_gnutls($response, '--load-trust', $authority->{all});
}

my $go;

SKIP:
{
	skip_without('go', 'golang.org/x/crypto');
	$go = build_go('judge_ocsp');
}

# Returns the status that Go reads, without the reason.
sub by_go
{
	my ($authority, $name, $response) = @_;

	return ocsp_by_go($go, $authority->{certificate}, $authority->{leaf}{$name}, $response) =~ s/^\w+\K \d+$//r;
}

# Returns the certificates in an answer, as files.
sub certificates_of
{
	my ($response) = @_;
	my (undef, $bytes) = der_children(der_parse(slurp_file($response))->{content});
	my (undef, $basic) = der_children(der_parse($bytes->{content})->{content});
	my (undef, undef, undef, $certificates) = der_children(der_parse($basic->{content})->{content});

	return if !$certificates;
	return map { spool(der_to_pem('CERTIFICATE', $_->{whole})) }
	  der_children(der_parse($certificates->{content})->{content});
}

sub number_of { return scalar(my @certificates = certificates_of(@_)) }

sub field { return openssl('', 'x509', '-in', shift, '-noout', @_) =~ s/\s+\z//r }

# Tests that every judge accepts the answers.
sub is_accepted
{
	my ($authority, $what, %options) = @_;

	for my $name (qw(good revoked))
	{
		my $response = respond($authority, $name);

		is(by_openssl($authority, $response), $name, "$what, $name: openssl");
		is(by_openssl($authority, $response, '-VAfile', $authority->{certificate}), $name,
			"$what, $name: openssl, -VAfile");
		is(by_gnutls($authority, $response), $name, "$what, $name: GnuTLS") if !$options{not_for_gnutls};
		is(by_go($authority, $name, $response), $name, "$what, $name: Go") if $go;
	}
}

# Returns the number of responder certificates in the inventory.
sub count_of
{
	my ($authority) = @_;

	return sql(
		"SELECT count(*) FROM pca.certificate AS c JOIN pca.certificate_authority AS a ON a.id = c.authority_id"
		  . " WHERE a.arn = '$authority->{arn}' AND c.template = 'OCSPSigningCertificate/V1'");
}

my $root = make_authority(undef, 'Root');
my $rsa = make_authority(undef, 'RSA root', key => 'RSA_2048');
my $below = make_authority($root, 'Below', key => 'RSA_2048',
	issue => { template => 'SubordinateCACertificate_PathLen1' });
my $deep = make_authority($below, 'Deep below', issue => { validity => [ 'YEARS', 4 ] });
my $short = make_authority($root, 'Short', usage_mode => 'SHORT_LIVED_CERTIFICATE');
my $without = make_authority($root, 'Without', revocation => json({}));

# Before maintenance: the responder is named by its key, and has no certificate.
my $response = respond($root, 'good');
is(number_of($response), 0, 'before maintenance: no certificate');
like(by_openssl($root, $response), qr/^no/, 'before maintenance: openssl does not know who signed');
is(by_openssl($root, $response, '-verify_other', $root->{certificate}), 'good',
	'before maintenance: unless it is told');

maintain($server);
is_accepted($_, $_->{name}) for $root, $rsa, $below, $deep, $short;
is(number_of(respond($without, 'good')), 0, 'without OCSP in its configuration: no certificate');
is(join(' ', map { number_of(respond($_, 'good')) } $root, $below, $deep), '1 2 3',
	'the certificate of the responder, then that of the CA and those above it, but for the root');

# The certificate itself.
for my $authority ($root, $below, $deep, $short)
{
	my ($responder, @above) = certificates_of(respond($authority, 'good'));
	my $name = field($authority->{certificate}, '-subject', '-nameopt', 'RFC2253') =~ s/^subject=//r;

	is(field($responder, '-issuer', '-nameopt', 'RFC2253'), "issuer=$name", "$authority->{name}: its issuer");
	is(field($responder, '-subject', '-nameopt', 'RFC2253'), "subject=CN=OCSP responder,$name",
		"$authority->{name}: its subject");
	is(field($responder, '-pubkey'), field($authority->{certificate}, '-pubkey'),
		"$authority->{name}: the key of the CA");
	is_deeply([ text_extensions(slurp_file($responder)) ],
		[
			'X509v3 Basic Constraints: CA:FALSE',
			grep({ /Identifier/ } text_extensions(slurp_file($responder))),
			'X509v3 Key Usage: critical: Digital Signature',
			'X509v3 Extended Key Usage: critical: OCSP Signing',
			'OCSP No Check: '
		],
		"$authority->{name}: its extensions");
	is(field($above[0], '-fingerprint'), field($authority->{certificate}, '-fingerprint'),
		"$authority->{name}: then its own") if @above;
	is(count_of($authority), 1, "$authority->{name}: one certificate");
}
maintain($server);
is(count_of($root), 1, 'maintenance again: none more');

# It is a certificate like any other: in the inventory, the audit trail, GetCertificate
# and OCSP.
my ($responder) = certificates_of(respond($root, 'good'));
my $serial = lc(field($responder, '-serial') =~ s/serial=//r);
is(sql("SELECT status, template_arn FROM pca.certificates WHERE serial = lpad('$serial', 32, '0')"),
	'ISSUED|' . template('OCSPSigningCertificate'), 'in the inventory');
is(sql("SELECT operation, account_id = split_part(certificate_authority_arn, ':', 5)"
		  . " FROM pca.audit_trail WHERE resource LIKE '%/' || lpad('$serial', 32, '0')"),
	'IssueCertificate|t', 'in the audit trail, for the account of the CA');
$root->{leaf}{responder} = $responder;
$root->{arn_of}{responder} = sprintf '%s/certificate/%032s', $root->{arn}, $serial;
is(by_openssl($root, respond($root, 'responder')), 'good', 'OCSP says that it is good');
is(get_certificate($server, $root->{arn}, $root->{arn_of}{responder}) =~ s/\s//gr,
	slurp_file($responder) =~ s/\s//gr, 'GetCertificate has it');

# How long it is valid.
is(sql(<<~'SQL'),
	SELECT bool_and(c.not_after <= a.not_after AND c.not_before < now())
	FROM pca.certificate AS c JOIN pca.certificate_authority AS a ON a.id = c.authority_id
	WHERE c.template LIKE 'OCSP%'
	SQL
	't', 'good now, and not beyond the CA');
my $responder_of = 'FROM pca.ocsp_responder AS o JOIN pca.certificate AS c USING (authority_id, serial)'
  . ' JOIN pca.certificate_authority AS a ON a.id = o.authority_id WHERE a.arn =';
is(sql("SELECT c.not_after > now() + interval '364 days' $responder_of '$root->{arn}'"), 't', 'a year');
is(sql("SELECT c.not_after <= now() + interval '7 days' $responder_of '$short->{arn}'"),
	't', 'of a short-lived CA: 7 days');

# Once it is revoked, no answer carries it any more, and a new one is made.
revoke($server, $root->{arn_of}{responder});
is(number_of(respond($root, 'good')), 0, 'revoked: no answer carries it');
is(by_openssl($root, respond($root, 'responder'), '-verify_other', $root->{certificate}), 'revoked',
	'revoked: OCSP says so about it');
maintain($server);
is_accepted($root, 'a new one');
is(count_of($root), 2, 'revoked: a new one');

# Renewed with the same name: for clients that trust the old root, and the new one.
my $old = $root->{certificate};
my $renewed = spool(self_sign($server, $root->{arn}, validity => [ 'YEARS', 12 ]));
is(by_openssl($root, respond($root, 'good')), 'good', 'renewed, before maintenance');
maintain($server);
is(count_of($root), 3, 'renewed: a new one');
for my $trusted ($old, $renewed)
{
	my $by = $trusted eq $old ? 'who trusts the old root' : 'who trusts the new root';
	@$root{qw(certificate root all)} = ($trusted) x 3;
	is_accepted($root, "renewed, $by");
}

# Renewed under another name: each client is answered under the name that it knows.
my ($arn, %name);
for my $kind (qw(root below))
{
	my $authority = make_authority($kind eq 'root' ? undef : $rsa, "Named $kind");
	my $passthrough = json({ Subject => { Organization => 'Renamed', CommonName => "Named $kind" },
		Extensions => { KeyUsage => { KeyCertSign => \1, CRLSign => \1 } } });

	maintain($server);
	$name{old} = { %$authority };
	my ($certificate, $chain) = get_certificate($server, $kind eq 'root' ? $authority->{arn} : $rsa->{arn},
		issue($server, $kind eq 'root' ? $authority->{arn} : $rsa->{arn}, own_request($server, $authority->{arn}),
			signing_algorithm => $kind eq 'root' ? 'SHA256WITHECDSA' : 'SHA256WITHRSA',
			validity => [ 'YEARS', 4 ],
			api_passthrough => $passthrough,
			template => $kind eq 'root'
			? 'BlankRootCACertificate_APIPassthrough'
			: 'BlankSubordinateCACertificate_PathLen0_APIPassthrough'));
	is((import_certificate($server, $authority->{arn}, $certificate, $chain))[0], 'ok',
		"$kind: renewed under another name");
	$authority->{certificate} = spool($certificate);
	$authority->{root} = $authority->{certificate} if $kind eq 'root';
	$authority->{all} = spool($certificate . ($chain // ''));
	is_accepted($name{old}, "$kind under its old name, before maintenance");
	maintain($server);
	is_accepted($name{old}, "$kind under its old name");
	is(count_of($authority), 2, "$kind: a certificate for each name");
	make_leaf($authority, $_) for qw(good revoked);
	revoke($server, $authority->{arn_of}{revoked});
	is_accepted($authority, "$kind under its new name");
	# If a request has several names, the first one counts.
	my $file = spool('');
	openssl('', 'ocsp', '-no_nonce',
		map({ ('-issuer', $_->{certificate}, '-cert', $_->{leaf}{good}) } $authority, $name{old}),
		'-reqout', $file);
	my ($first) = certificates_of(ocsp_response($server, $file));
	like(field($first, '-issuer'), qr/Renamed/, "$kind: of two names in a request the first one counts");
}

# Name constraints.
sub constraints
{
	return json({ Extensions => { KeyUsage => { KeyCertSign => \1, CRLSign => \1 },
		CustomExtensions =>
		  [ { ObjectIdentifier => '2.5.29.30', Critical => \1, Value => encode_base64(der(0x30, @_), '') } ] } });
}

sub permitted { return der(0xa0, map { der(0x30, $_) } @_) }
sub excluded { return der(0xa1, map { der(0x30, $_) } @_) }
sub directory { return der(0xa4, der_name(@_)) }

my ($organization, $common_name) = ('2.5.4.10', '2.5.4.3');
# GnuTLS refuses everything that a CA which excludes directory names has signed.
my @constrained = (
	[ 'permits its own name', { CommonName => 'Own', Organization => 'Example' }, '/O=Example/CN=leaf',
		permitted(directory($organization => 'Example')),
		qr/O ?= ?Example, CN ?= ?Own, CN ?= ?OCSP responder/ ],
	[ 'permits another name', undef, '/O=Other/CN=leaf', permitted(directory($organization => 'Other')),
		qr/^subject= ?O ?= ?Other, CN ?= ?OCSP responder/ ],
	[ 'permits a host and the third of three names', undef, '/O=Third/CN=leaf',
		permitted(der(0x82, 'example.com'), map { directory($organization => $_) } qw(First Second Third))
		  . excluded(map { directory($organization => $_) } qw(First Second Example)),
		qr/^subject= ?O ?= ?Third, CN ?= ?OCSP responder/, not_for_gnutls => 1 ],
	[ 'permits hosts alone', undef, '/CN=leaf', permitted(der(0x82, 'example.com')),
		qr/O ?= ?Example, CN ?= ?.*, CN ?= ?OCSP responder/ ],
	[ 'permits hosts and is called like another', { CommonName => 'ca.example.net' }, '/CN=leaf',
		permitted(der(0x82, 'example.com')), qr/^subject= ?CN ?= ?OCSP responder/ ],
	[ 'excludes its own name', undef, '/CN=leaf', excluded(directory($organization => 'Example')),
		qr/^subject= ?CN ?= ?OCSP responder/, not_for_gnutls => 1 ],
	[ 'has the name of a responder', { CommonName => 'OCSP responder' }, '/CN=leaf',
		permitted(der(0xa4, der(0x30))), qr/^subject= ?CN ?= ?OCSP responder, CN ?= ?OCSP responder/ ],
	[ 'has that name and permits what is not below it', { CommonName => 'OCSP responder' }, '/O=Other/CN=leaf',
		permitted(directory($organization => 'Other')),
		qr/^subject= ?O ?= ?Other, CN ?= ?OCSP responder/ ],
	[ 'has that name and excludes what is below it', { CommonName => 'OCSP responder' }, '/O=Other/CN=leaf',
		excluded(directory($common_name => 'OCSP responder')), undef ],
	[ 'excludes every name', undef, '/', excluded(der(0xa4, der(0x30))), undef ],
);
for my $case (@constrained)
{
	my ($what, $name, $subject, $constraints, $expected, %options) = @$case;
	my $authority = make_authority($rsa, "CA that $what", subject => $name,
		issue => { template => 'BlankSubordinateCACertificate_PathLen0_APIPassthrough',
			api_passthrough => constraints($constraints) },
		leaf => { subject => $subject });

	maintain($server);
	if ($expected)
	{
		is_accepted($authority, "a CA that $what", %options);
		like(field((certificates_of(respond($authority, 'good')))[0], '-subject'), $expected,
			"a CA that $what: the subject");
	}
	else
	{
		is(number_of(respond($authority, 'good')), 0, "a CA that $what: no certificate");
		is(sql('SELECT count(*) FROM pca.maintenance_failures'), '0', "a CA that $what: which is no failure");
		like(slurp_file($server->logfile),
			qr/LOG:  OCSP responder of a certificate authority cannot have a certificate/,
			"a CA that $what: the log says so");
	}
}
# The judges detect a wrong signature, so they do verify it.
my $octets = slurp_file(respond($below, 'good'));
my $at = index $octets, pem_to_der(slurp_file((certificates_of(respond($below, 'good')))[0]));
substr($octets, $at - 40, 1) ^= "\x01";
my $bad = spool($octets);
like(by_openssl($below, $bad), qr/^no/, 'openssl refuses a bad signature');
like(by_gnutls($below, $bad), qr/^no/, 'GnuTLS refuses a bad signature');
like(by_go($below, 'good', $bad), qr/^no/, 'Go refuses a bad signature') if $go;

done_testing();
