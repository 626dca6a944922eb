# Name constraints (RFC 5280 4.2.1.10): which names are issued under which
# constraints, by the tables of test/fixtures/name_constraints, whose verdicts follow
# from the RFC. No judge refuses what is issued, except those that the table names:
# openssl, GnuTLS and, where it is installed, Go. This test judges a sample,
# `make conformance` everything.

use strict;
use warnings;
use feature 'state';

use FindBin;
use lib $FindBin::Bin;

use DER;
use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Socket qw(inet_pton AF_INET AF_INET6);
use Test::More;

my $server = start_server('name_constraints');
my $arn = create_authority($server, 'SUBORDINATE',
	subject => { Organization => 'Example', CommonName => 'Subordinate' });
my $own = request_parts(own_request($server, $arn));
my $key = new_key('EC P-256');
my $spki = openssl('', 'pkey', '-in', $key, '-pubout', '-outform', 'DER');
my $must_judge = $ENV{PCA_ALL_JUDGES};

#
# From the words of the tables to DER
#

my %types = (
	C => '2.5.4.6',
	O => '2.5.4.10',
	OU => '2.5.4.11',
	CN => '2.5.4.3',
	L => '2.5.4.7',
	serialNumber => '2.5.4.5',
	DC => '0.9.2342.19200300.100.1.25',
	E => '1.2.840.113549.1.9.1');
my %tags = (C => 0x13, DC => 0x16, E => 0x16);

sub octets { return shift =~ s/\\x([0-9a-f]{2})/chr hex $1/ger }

# A Name: TYPE=VALUE, separated by commas, + within an RDN.
sub name
{
	my ($text) = @_;

	return der(0x30, map {
		der(0x31, sort map {
			my ($type, $tag, $value) = /^(\w+)(?:#(\w\w))?=(.*)$/ or die "no attribute: $_\n";
			der(0x30, der_oid($types{$type} // die "no type: $type\n"),
				der($tag ? hex $tag : $tags{$type} // 0x0c, octets($value)))
		} split /\+(?=\w+(?:#\w\w)?=)/)
	} split /,(?=\w+(?:#\w\w)?=)/, $text);
}

sub address
{
	my ($text) = @_;
	my ($network, $bits) = split m{/}, $text;
	my $octets = inet_pton($network =~ /:/ ? AF_INET6 : AF_INET, $network) // die "no address: $text\n";
	my $length = 8 * length $octets;

	return defined $bits ? $octets . pack("B$length", '1' x $bits . '0' x ($length - $bits)) : $octets;
}

my %forms = (
	email => sub { der(0x81, octets(shift)) },
	DNS => sub { der(0x82, octets(shift)) },
	URI => sub { der(0x86, octets(shift)) },
	dir => sub { der(0xa4, name(shift)) },
	IP => sub { my ($text) = @_; der(0x87, $text =~ /^hex:(.*)/ ? pack 'H*', $1 : address($text)) },
	RID => sub { my ($text) = @_; der(0x88, der_parse(der_oid($text))->{content}) },
	other => sub {
		my ($oid, $value) = split /=/, shift, 2;
		der(0xa0, der_oid($oid), der(0xa0, der_utf8(octets($value))));
	},
	utf8mail => sub { der(0xa0, der_oid('1.3.6.1.5.5.7.8.9'), der(0xa0, der_utf8(octets(shift)))) },
	raw => sub { pack 'H*', shift });

sub general_name
{
	my ($form, $value) = shift =~ /^(\w+):(.*)$/s;

	return ($forms{$form // ''} // die "no form: $form\n")->($value);
}

# Returns the extension with the constraints of one CA, or nothing.
sub constraints
{
	my ($is_critical, @words) = @_;
	my %trees = ('+' => '', '-' => '');

	for (@words)
	{
		my ($sign, $word) = /^([+-])(.*)$/s or die "no constraint: $_\n";
		my %bounds = $word =~ s/\[(min|max)=(\d+)\]$// ? ($1 => $2) : ();
		$trees{$sign} .= der(0x30, general_name($word), defined $bounds{min} ? der(0x80, chr $bounds{min}) : '',
			defined $bounds{max} ? der(0x81, chr $bounds{max}) : '');
	}
	return if !@words;
	return extension('2.5.29.30', $is_critical, der(0x30, $trees{'+'} ne '' ? der(0xa0, $trees{'+'}) : '',
			$trees{'-'} ne '' ? der(0xa1, $trees{'-'}) : ''));
}

# Returns a request for names.
sub request
{
	my (@words) = @_;
	my $is_name = qr/^\w+(?:#\w\w)?=/;
	my ($subject) = grep { $_ =~ $is_name } @words;
	my @alternative = map { general_name($_) } grep { $_ !~ $is_name } @words;
	my $extensions = @alternative
	  ? der(0x30, der_oid('1.2.840.113549.1.9.14'),
		der(0x31, der(0x30, extension('2.5.29.17', 0, der(0x30, @alternative))))) : '';
	my $info = der(0x30, der(0x02, "\0"), name($subject // ''), $spki, der(0xa0, $extensions));
	my $signature = openssl($info, 'dgst', '-sha256', '-sign', $key);

	return der_to_pem('CERTIFICATE REQUEST',
		der(0x30, $info, der(0x30, der_oid('1.2.840.10045.4.3.2')), der(0x03, "\0", $signature)));
}

#
# The tables
#

# Returns a list of {text, authorities, judges, rows}. A row is {verdict, names, judges}.
sub read_table
{
	my ($file) = @_;
	my @groups;

	for (split /\n/, slurp_file("$FindBin::Bin/../fixtures/name_constraints/$file"))
	{
		s/(?:^| )# .*|^#$//;
		next if /^\s*$/;
		my ($kind, @words) = split ' ';
		my %judges = map {
			my ($sign, $names) = /^([!?])(.*)/;
			map { ($_ => $sign) } split /,/, $names
		} grep { /^[!?]/ } @words;
		@words = grep { !/^[!?]/ } @words;
		if ($kind eq '>')
		{
			push @groups, {
				text => "@words",
				judges => \%judges,
				authorities => [ map { [ split ' ' ] } split m{ / }, "@words" ],
				rows => [] };
			next;
		}
		push @{ $groups[-1]{rows} },
			{ verdict => $kind, names => \@words, judges => { %{ $groups[-1]{judges} }, %judges } };
	}
	return @groups;
}

# Imports a certificate whose chain has constraints. Returns what was imported, and the
# chain.
my $imports = 0;
sub impose
{
	my ($group) = @_;
	# Go refuses every chain with a critical constraint of a form that it does not know.
	my $is_critical = $group->{text} !~ /[+-](?:dir|RID|other|utf8mail|raw):/;
	my @authorities = @{ $group->{authorities} };
	my $above;

	$imports++;
	unshift @authorities, [] if @authorities == 1;
	for my $i (0 .. $#authorities)
	{
		my ($subject, @words) = (grep({ /^@/ } @{ $authorities[$i] }) ? () : undef, @{ $authorities[$i] });
		$subject = name(substr $subject, 1) if defined $subject;
		my @extensions = (constraints($is_critical, @words), extension('2.5.29.15', 1, '03020106'),
			extension('2.5.29.14', 0, der(0x04, pack 'n2', $imports, $i)),
			$i > 0 ? extension('2.5.29.35', 0, der(0x30, der(0x80, pack 'n2', $imports, $i - 1))) : ());
		if ($i < $#authorities)
		{
			$above = outside_authority("Constrains $imports at $i", $above, extensions => \@extensions,
				defined $subject ? (subject => $subject) : ());
			next;
		}
		my $certificate = sign_certificate(issuer => $above->{name}, signer => $above->{key},
			subject => $subject // $own->{subject},
			spki => $own->{spki}, extensions => [ basic_constraints(), @extensions ]);
		my ($state, $text) = import_certificate($server, $arn, $certificate, $above->{chain});
		# A certificate whose constraints break their grammar is not imported.
		return if $state eq 'PCMCE' && $text =~ /nameConstraints|subtree|Subtree|base/;
		die "$group->{text}: $text" if $state ne 'ok';
		return ($certificate, $above->{chain});
	}
}

# Issues for all rows of a group in one call.
$server->safe_psql('postgres', <<'SQL');
CREATE FUNCTION try_issue(ca text, csr text, serial int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	detail text;
BEGIN
	RETURN 'ok|' || pca_issue_certificate(ca, csr, 'SHA256WITHECDSA', '{"Type": "DAYS", "Value": 30}');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
	RETURN state || '|' || translate(detail, E'\n', ' ');
END
$$;
SQL

sub issue_all
{
	my (@rows) = @_;
	my $values = join ', ', map { "($_, " . literal(request(@{ $rows[$_]{names} })) . ')' } 0 .. $#rows;
	my @results = split /\n/, $server->safe_psql('postgres',
		"SELECT try_issue('$arn', csr, n) FROM (VALUES $values) AS v (n, csr) ORDER BY n");
	my @issued;

	for my $i (0 .. $#rows)
	{
		($rows[$i]{state}, $rows[$i]{text}) = split /\|/, $results[$i], 2;
		push @issued, $i if $rows[$i]{state} eq 'ok';
	}
	return if !@issued;
	my $arns = join ', ', map { "($_, '$rows[$_]{text}')" } @issued;
	my $pems = $server->safe_psql('postgres', "SELECT certificate FROM (VALUES $arns) AS v (n, arn),"
		  . " LATERAL pca_get_certificate('$arn', arn) ORDER BY n");
	my @pems = $pems =~ /(-----BEGIN.*?-----END CERTIFICATE-----)/sg;
	$rows[ $issued[$_] ]{certificate} = "$pems[$_]\n" for 0 .. $#issued;
}

#
# What is issued
#

my @accepted;
for my $file (qw(cases.txt pkits.txt))
{
	my @groups = read_table($file);
	my %count = (ok => 0, no => 0);

	for my $group (@groups)
	{
		my ($certificate, $chain) = impose($group);
		if (!defined $certificate)
		{
			pass("$group->{text} cannot be imported");
			next;
		}
		issue_all(@{ $group->{rows} });
		my @wrong;
		for my $row (@{ $group->{rows} })
		{
			# Names that no request may have, whichever CA signs it, are refused before.
			my $expected = $row->{verdict} eq 'ok' ? 'ok' : $row->{state} eq 'PCMCS' ? 'PCMCS' : 'PCIAG';
			push @wrong, "@{ $row->{names} }: $row->{state}, $row->{text}" if $row->{state} ne $expected;
			push @wrong, "@{ $row->{names} }: no reason: $row->{text}" if $expected eq 'PCIAG'
			  && $row->{text} !~ /^The names are not accepted: .*, according to the name constraints of \S/;
			push @accepted, { %$row, issuer => $certificate, chain => $chain, group => $group->{text} }
			  if $row->{state} eq 'ok' && $expected eq 'ok';
			$count{ $row->{verdict} }++;
		}
		is(join("\n", @wrong), '', "$group->{text}: " . @{ $group->{rows} } . ' leaves');
	}
	cmp_ok(scalar @groups, '>', 10, "$file: constraints");
	cmp_ok($count{$_}, '>', 10, "$file: leaves: $_") for qw(ok no);
}

#
# What the judges say about it
#

sub openssl_judge
{
	my ($row) = @_;
	my ($root) = $row->{chain} =~ /.*(-----BEGIN.*)/s;

	return (OpenSSL::run('', 'openssl', 'verify', '-CAfile', spool($root),
			'-untrusted', spool($row->{issuer} . $row->{chain}), spool($row->{certificate})));
}

sub certtool_judge
{
	my ($row) = @_;
	my ($root) = $row->{chain} =~ /.*(-----BEGIN.*)/s;
	my ($between) = $row->{chain} =~ /(.*)-----BEGIN/s;

	return (OpenSSL::run('', 'certtool', '--verify', '--load-ca-certificate', spool($root),
			'--infile', spool("$row->{certificate}$row->{issuer}$between")));
}

# Tests that a judge accepts what it must, and refuses what the table says.
sub check_judge
{
	my ($judge, $row, $is_good, $reason) = @_;
	my $sign = $row->{judges}{$judge} // '';

	return if $sign eq '?';
	return if $is_good xor $sign eq '!';
	return "$row->{group}: @{ $row->{names} }: " . ($is_good ? 'accepted' : $reason =~ s/\s+/ /gr);
}

my @sample = $must_judge ? @accepted : grep { state $n = 0; $n++ % 12 == 0 } @accepted;
for my $of ([ openssl => \&openssl_judge ], [ certtool => \&certtool_judge ])
{
	my ($judge, $code) = @$of;
	my @wrong;

  SKIP:
	{
		skip_without($judge);
		for my $row (@sample)
		{
			my ($is_good, $output, $errors) = $code->($row);
			push @wrong, check_judge($judge, $row, $is_good, "$output $errors");
		}
		is(join("\n", @wrong), '', "$judge: " . @sample . ' certificates');
	}
}

# Go takes long to build, so only `make conformance` always includes it.
if ($must_judge)
{
	my (%rows, @wrong);
	my $lines = join '', map {
		my ($root) = $_->{chain} =~ /.*(-----BEGIN.*)/s;
		my $path = spool($_->{certificate});
		$rows{$path} = $_;
		join("\t", $path, spool($_->{issuer} . $_->{chain}), spool($root)) . "\n"
	} @accepted;
	my ($is_done, $output) = OpenSSL::run($lines, build_go('judge_go'));
	my %findings;
	for (split /\n/, $output)
	{
		my ($path, $finding) = split /\t/, $_, 2;
		$findings{$path} = join ' ', grep { $_ ne '' } $findings{$path}, $finding;
	}
	is(scalar keys %findings, scalar @accepted, 'go: all are judged');
	push @wrong, check_judge('go', $rows{$_}, $findings{$_} eq '', $findings{$_}) for sort keys %findings;
	is(join("\n", @wrong), '', 'go: ' . @accepted . ' certificates');
}

done_testing();
