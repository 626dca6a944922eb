# pca-gateway serves OCSP, CRLs and certificates of CAs by HTTP, as relying parties
# ask for them, and goes on when the database comes and goes.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Gateway;
use IO::Select;
use IO::Socket::UNIX;
use Judge;
use MIME::Base64 ();
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# The server with a root, its CRL and two leaves, one of them revoked.
sub make_server
{
	my $server = start_server('gateway');
	my %crl = (Enabled => JSON::PP::true, ExpirationInDays => 7);
	my $revocation = json({
		OcspConfiguration => { Enabled => JSON::PP::true },
		CrlConfiguration => { %crl, S3BucketName => 'crls', CustomCname => 'crl.example.com' } });
	my $private = json({
		CrlConfiguration => { %crl, S3BucketName => 'private', S3ObjectAcl => 'BUCKET_OWNER_FULL_CONTROL' } });
	my $request = key_request(new_key('EC P-256'), '/CN=leaf', 'subjectAltName = DNS:leaf.example');
	my %authority = (arn => create_authority($server, 'ROOT', revocation_configuration => $revocation));

	$server->safe_psql('postgres',
		"CREATE ROLE status LOGIN; SELECT pca_grant_access('status', 'status'),"
		  . " pca_register_account('status', '111122223333')");
	$authority{root} = spool(self_sign($server, $authority{arn}));
	$authority{id} = $authority{arn} =~ s{.*/}{}r;
	for my $leaf (qw(good revoked))
	{
		my $arn = issue($server, $authority{arn}, $request);
		$authority{$leaf} = spool(scalar get_certificate($server, $authority{arn}, $arn));
		revoke($server, $arn) if $leaf eq 'revoked';
	}
	my $hidden = create_authority($server, 'ROOT',
		subject => { CommonName => 'hidden' }, revocation_configuration => $private);
	self_sign($server, $hidden);
	issue($server, $hidden, $request);
	$authority{hidden_id} = $hidden =~ s{.*/}{}r;
	maintain($server);
	return ($server, \%authority);
}

# The status that openssl reads in a response that it has verified, else its complaint.
sub judge_response
{
	my ($authority, $leaf, $content) = @_;
	my ($is_good, $text) = run_judge(
		'openssl', 'ocsp',              '-respin', spool($content),
		'-CAfile', $authority->{root},  '-issuer', $authority->{root},
		'-cert',   $authority->{$leaf}, '-no_nonce'
	);

	return $is_good && $text =~ /Response verify OK/ && $text =~ /: (\w+)$/m ? $1 : $text;
}

sub ocsp_request
{
	my ($authority, $leaf, @options) = @_;
	my $file = spool('');

	openssl('', 'ocsp', '-issuer', $authority->{root}, '-cert', $authority->{$leaf}, '-reqout', $file, @options);
	return slurp_file($file);
}

sub test_ocsp
{
	my ($gateway, $authority) = @_;
	my $url = "http://127.0.0.1:$gateway->{port}";
	my $type = 'Content-Type: application/ocsp-request';

	foreach my $case ([ good => '/ocsp', 'good' ], [ revoked => '/ocsp', 'revoked' ], [ good => '/', 'good' ])
	{
		my ($leaf, $path, $status) = @$case;
		my ($is_good, $text) = run_judge('openssl', 'ocsp', '-url', "$url$path", '-issuer', $authority->{root},
			'-cert', $authority->{$leaf}, '-CAfile', $authority->{root});
		like($text, qr/: $status\n[\s\S]*Response verify OK/, "openssl asks about a $leaf certificate at $path");
	}

	my $request = ocsp_request($authority, 'good', '-no_nonce');
	my $answer = post($gateway, '/ocsp', $request, $type);
	is($answer->{header}{'content-type'}, 'application/ocsp-response', 'the type of an OCSP response');
	like($answer->{header}{'cache-control'}, qr/^max-age=(?!0)\d+, public/, 'a response may be kept by caches');
	ok($answer->{header}{$_}, "a response has $_") for qw(etag last-modified expires date);

	my $nonce = post($gateway, '/ocsp', ocsp_request($authority, 'good'), $type);
	is($nonce->{header}{'cache-control'}, 'no-store', 'a response with a nonce may not be kept');
	my $garbage = post($gateway, '/ocsp', 'garbage', $type);
	is_deeply([ $garbage->{status}, $garbage->{header}{'cache-control'}, unpack 'H*', $garbage->{content} ],
		[ 200, 'no-store', '30030a0101' ], 'what is no request has an answer that may not be kept');
	is(post($gateway, '/other', $request, $type)->{status}, 404, 'OCSP is at its path');
	is(post($gateway, '/ocsp', '', $type)->{status}, 400, 'a POST of nothing');
}

# Makes requests, also about other serial numbers, until one has all the characters
# that clients write in different ways.
sub request_in_base64
{
	my ($authority) = @_;

	for my $try (1 .. 1000)
	{
		my $text = MIME::Base64::encode_base64(
			ocsp_request($authority, 'good', '-serial', '0x1' . '0' x (2 * ($try % 3))), '');
		return $text if $text =~ m{\+} && $text =~ m{/} && $text =~ /=$/;
	}
	die 'no request has every character';
}

sub test_ocsp_by_get
{
	my ($gateway, $authority) = @_;
	my $text = request_in_base64($authority);
	my %forms = (
		'as it is' => "/ocsp/$text",
		'%2B and %2F' => '/ocsp/' . $text =~ s/([+\/=])/sprintf '%%%02X', ord $1/ger,
		'lower-case escapes' => '/ocsp/' . $text =~ s/([+\/=])/sprintf '%%%02x', ord $1/ger,
		'a space' => '/ocsp/' . $text =~ tr/+/ /r,
		'%20' => '/ocsp/' . $text =~ s/\+/%20/gr,
		'no padding' => '/ocsp/' . $text =~ s/=+$//r,
		'base64url' => '/ocsp/' . $text =~ tr{+/}{-_}r,
		'a slash too many' => "/ocsp//$text",
		'at the root' => "/$text",
		'at the root, a slash too many' => "//$text",
		'absolute' => "http://ocsp.example.com/ocsp/$text");

	foreach my $form (sort keys %forms)
	{
		my $answer = get($gateway, $forms{$form});
		is(judge_response($authority, 'good', $answer->{content}), 'good', "OCSP by GET: $form");
	}
	is(get($gateway, "/ocsp/$_")->{status}, 400, "no OCSP request: $_")
	  for 'M', 'MFQ*', 'MFQ%4', 'MFQ%zz', 'MF=Q', 'MFQ===', 'MFQ%00';
	ok(!(grep { ($_->{path} // '') =~ /MF/ && $_->{status} == 200 } gateway_log($gateway)),
		'the log has no OCSP request');
}

sub test_objects
{
	my ($server, $gateway, $authority) = @_;
	my $path = "/crls/crl/$authority->{id}.crl";
	my $content = pack 'H*',
	  $server->safe_psql('postgres', "SELECT encode(pca_get_object('crls', 'crl/$authority->{id}.crl'), 'hex')");
	my $answer = get($gateway, $path);
	my $etag = $answer->{header}{etag};
	my $date = $answer->{header}{'last-modified'};
	my $size = length $content;
	my @not_modified = (
		"If-None-Match: $etag",
		"If-None-Match: W/$etag",
		"If-None-Match: \"x\", $etag",
		'If-None-Match: *',
		"If-Modified-Since: $date",
		'If-Modified-Since: ' . http_date(time + 3600));
	my @modified = (
		'If-None-Match: "x"',
		'If-None-Match: ' . $etag =~ tr/"//dr,
		"If-None-Match: \"x\"\r\nIf-Modified-Since: $date",
		'If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT',
		'If-Modified-Since: yesterday');
	my %ranges = (
		'bytes=0-9' => [ 206, substr($content, 0, 10), "bytes 0-9/$size" ],
		'bytes=10-' => [ 206, substr($content, 10), 'bytes 10-' . ($size - 1) . "/$size" ],
		'bytes=-5' => [ 206, substr($content, -5), 'bytes ' . ($size - 5) . '-' . ($size - 1) . "/$size" ],
		'bytes=0-999999' => [ 206, $content, 'bytes 0-' . ($size - 1) . "/$size" ],
		'bytes=999999-' => [ 416, undef, "bytes */$size" ],
		'bytes=-0' => [ 416, undef, "bytes */$size" ],
		(map { $_ => [ 200, $content, undef ] } 'bytes=5-1', 'bytes=0-1,4-5', 'bytes=a-b', 'bytes=-', 'lines=0-1'));

	is_deeply([ $answer->{status}, $answer->{content} eq $content, $answer->{header}{'content-type'} ],
		[ 200, 1, 'application/pkix-crl' ], 'a CRL');
	like($answer->{header}{'cache-control'}, qr/^public, max-age=(?!0)\d+$/, 'a CRL may be kept by caches');
	is(get($gateway, $path, $_)->{status}, 304, "304: $_") for @not_modified;
	is(get($gateway, $path, $_)->{status}, 200, '200: ' . s/\r\n/, /r) for @modified;
	foreach my $range (sort keys %ranges)
	{
		my $part = get($gateway, $path, "Range: $range");
		my $octets = $part->{status} == 416 ? undef : $part->{content};
		is_deeply([ $part->{status}, $octets, $part->{header}{'content-range'} ], $ranges{$range}, "Range: $range");
	}
	is(get($gateway, $path, 'Range: bytes=0-9', 'If-Range: "x"')->{status}, 200, 'a range of another version');
	is(get($gateway, $path, 'Range: bytes=0-9', "If-Range: $etag")->{status}, 206, 'a range of this version');

	my $head
	  = exchange($gateway, "HEAD $path HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", is_head => 1);
	is_deeply([ @{$head}{qw(status content)}, $head->{header}{'content-length'} ], [ 200, '', $size ],
		'HEAD');
	my $key = "crl/$authority->{id}.crl";
	is(exchange($gateway, "GET /$key HTTP/1.1\r\nHost: $_\r\n\r\n")->{content},
		$content, "at a custom CNAME: $_")
	  for 'crl.example.com', 'CRL.example.com:80', 'crl.example.com';
	is(exchange($gateway, "GET /$key HTTP/1.1\r\nHost: other.example.com\r\n\r\n")->{status},
		404, 'at another host');
	is(get($gateway, "/private/crl/$authority->{hidden_id}.crl")->{status}, 404, 'a CRL that is not public');
	is(get($gateway, $_)->{status},                                         404, "not found: $_")
	  for '/crls/nothing', '/nothing', '/crls/', '/', '/crls/../../etc/passwd', '/crls/%00', '/crls/%ff',
	  '/crls/%';
	like(
		openssl(
			get($gateway, "/ca/$authority->{id}.cer")->{content},
			'x509', '-inform', 'DER', '-noout', '-subject'
		),
		qr/Example ROOT/,
		'the certificate of a CA'
	);
	return $content;
}

sub http_date
{
	my @names = (qw(Sun Mon Tue Wed Thu Fri Sat), qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec));
	my ($second, $minute, $hour, $day, $month, $year, $weekday) = gmtime shift;

	return sprintf '%s, %02d %s %d %02d:%02d:%02d GMT',
	  $names[$weekday], $day, $names[ 7 + $month ], $year + 1900, $hour, $minute, $second;
}

# curl judges what is said of a CRL.
sub test_curl
{
	my ($gateway, $authority, $content) = @_;
	my $url = "http://127.0.0.1:$gateway->{port}/crls/crl/$authority->{id}.crl";
	my ($etags, $output) = (spool(''), spool(''));
	my @curl = ('curl', '-s', '-o', $output, '-w', '%{http_code} %{size_download}');

  SKIP:
	{
		skip_without('curl');
		is((run_judge(@curl, '--etag-save', $etags, $url))[1], '200 ' . length $content,
			'curl fetches a CRL');
		is((run_judge(@curl, '--etag-compare', $etags, $url))[1], '304 0',  'curl has the CRL already');
		is((run_judge(@curl, '-r',             '0-9',  $url))[1], '206 10', 'curl fetches a part of a CRL');
		like(
			(run_judge('curl', '-sI', $url))[1],
			qr/^Content-Length: ${\length $content}\r$/m,
			'curl asks for the head'
		);
	}
}

# A large CRL is fetched by many clients at once.
sub test_large_object
{
	my ($server, $gateway, $authority) = @_;
	my $size = 16 * 1048576;
	my @clients = map { connect_gateway($gateway) } 1 .. 10;

	$server->safe_psql('postgres', qq{
		WITH o AS (UPDATE pca.object SET id = gen_random_uuid(), size = $size WHERE bucket = 'crls' RETURNING id)
		INSERT INTO pca.object_chunk (object_id, number, content)
			SELECT o.id, n, decode(repeat('00', $size / 16), 'hex') FROM o, generate_series(0, 15) AS n});
	syswrite $_, "GET /crls/crl/$authority->{id}.crl HTTP/1.1\r\nHost: test\r\n\r\n" for @clients;
	# None is read before all have begun: copies would not be there at the same time.
	IO::Select->new($_)->can_read($PostgreSQL::Test::Utils::timeout_default) for @clients;
	is_deeply([ map { length read_answer($_)->{content} } @clients ],
		[ ($size) x 10 ], 'ten clients fetch the same large object');
  SKIP:
	{
		my $memory = peak_memory($gateway) // skip('the system does not report the peak memory', 1);
		cmp_ok($memory * 1024, '<', 5 * $size, 'they share one copy');
	}
}

# The database goes away and comes back.
sub test_database
{
	my ($server, $gateway, $authority) = @_;
	my $type = 'Content-Type: application/ocsp-request';
	my $request = ocsp_request($authority, 'good', '-no_nonce');
	my $ready = get($gateway, '/readyz');

	is_deeply([ $ready->{status}, $ready->{content} ],
		[ 200, qq({"ready":true,"pools":{"status":"up"}}\n) ], 'ready');
	is(get($gateway, '/healthz')->{content}, "ok\n", 'healthy');
	is(get($gateway, '/metrics')->{status}, 404, 'no metrics without a monitor connection');

	$server->safe_psql('postgres',
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'status'");
	is(judge_response($authority, 'good', post($gateway, '/ocsp', $request, $type)->{content}),
		'good', 'after its sessions were ended');
	$server->stop('fast');
	my $answer = post($gateway, '/ocsp', $request, $type);
	is_deeply(
		[
			$answer->{status},
			unpack('H*', $answer->{content}),
			@{ $answer->{header} }{qw(cache-control retry-after)}
		],
		[ 503, '30030a0103', 'no-store', 1 ],
		'without a database: tryLater');
	is(get($gateway, '/crls/x')->{status}, 503, 'no CRL either');
	is(get($gateway, '/readyz')->{status}, 503, 'not ready');
	is(get($gateway, '/healthz')->{status}, 200, 'but healthy');
	$server->start;
	ok(wait_for(sub { get($gateway, '/readyz')->{status} == 200 }), 'ready again');
	is(judge_response($authority, 'good', post($gateway, '/ocsp', $request, $type)->{content}),
		'good', 'OCSP again');
}

# What a monitor sees: rows of pca_metrics(), and what the gateway counts.
sub test_metrics
{
	my ($server, $authority) = @_;

	$server->safe_psql('postgres', "CREATE ROLE monitor LOGIN; SELECT pca_grant_access('monitor', 'monitor')");
	my $gateway = start_gateway($server,
		arguments =>
		  [ '--status-connection=user=status', '--api-connection=none', '--monitor-connection=user=monitor' ]
	);
	get($gateway, '/nothing/here') for 1 .. 3;
	my $answer = get($gateway, '/metrics');
	my @lines = split /\n/, $answer->{content};
	my %types = map { /^# TYPE (\w+) (\w+)$/ ? ($1, $2) : () } @lines;
	my @samples = grep { !/^#/ } @lines;
	my $label = qr/\w+="(?:[^"\\\n]|\\[\\"n])*"/;

	like($answer->{header}{'content-type'}, qr{^text/plain; version=0\.0\.4}, 'the type of metrics');
	is_deeply([ grep { !/^\w+(?:\{$label(?:,$label)*\})? (?:NaN|[+-]Inf|[-+.e\d]+)$/ } @samples ],
		[], 'each line is a sample');
	is_deeply([ grep { !$types{ s/[{ ].*//r =~ s/_(?:bucket|sum|count)$//r } } @samples ],
		[], 'each sample has a type');
	is(scalar(grep { /^# TYPE/ } @lines), scalar(keys %types), 'each type is said once');
	ok((grep { /^pca_key_encryption_key_usable 1$/ } @samples), 'the database says that its key can be used');
	ok((grep { /^pca_crl_next_update_timestamp_seconds\{.*\Q$authority->{arn}\E/ } @samples),
		'and when its CRL ends');
	ok((grep { $_ eq 'pca_gateway_requests_total{kind="object",code="404"} 3' } @samples),
		'the gateway has counted');
	my @buckets
	  = map { /^pca_gateway_request_duration_seconds_bucket\{kind="object",le="[^"]*"\} (\d+)$/ } @samples;
	is_deeply([ sort { $a <=> $b } @buckets ], \@buckets, 'a bucket counts what those before it count');
	is($buckets[-1], 3, 'and the last one counts everything');
	is(
		get($gateway, '/readyz')->{content},
		qq({"ready":true,"pools":{"status":"up","monitor":"up"},"sealed":false}\n),
		'ready, and not sealed'
	);
	is(stop_gateway($gateway), 0, 'it ends');
}

sub write_file
{
	my ($path, $content) = @_;

	open my $file, '>', $path or die "$path: $!";
	print $file $content;
	close $file;
}

# SIGHUP: a good file is followed, a bad one changes nothing.
sub test_reload
{
	my ($server, $authority) = @_;
	my $file = spool("status_connection = 'user=status'\napi_connection = none\n# a comment\nmax_age = 60\n");
	my $gateway = start_gateway($server, arguments => [ "--config=$file" ]);
	my $path = "/ca/$authority->{id}.cer";
	my $age = sub { (get($gateway, $path)->{header}{'cache-control'} // '') =~ /max-age=(\d+)/ ? $1 : undef };
	my $reloads = sub { scalar grep { $_->{event} eq 'reload' } gateway_log($gateway) };

	is($age->(), 60, 'a setting of the file');
	write_file($file, "status_connection = 'user=status'\napi_connection = none\nmax_age = 30\n");
	kill 'HUP', $gateway->{pid};
	ok(wait_for(sub { ($age->() // 0) == 30 }), 'SIGHUP: the new setting is in force');
	write_file($file, "max_age = many\n");
	kill 'HUP', $gateway->{pid};
	ok(wait_for(sub { $reloads->() == 2 }), 'SIGHUP with a bad file');
	is($age->(),               30, 'changes nothing');
	is(stop_gateway($gateway), 0,  'SIGTERM ends it');

	foreach
	  my $bad ('--nothing=1', '--queue=none', '--queue', 'queue', "--config=$file", '--config=/nonexistent')
	{
		my ($is_good, $text) = run_judge("$ENV{PCA_TEST_BIN}/pca-gateway", $bad);
		ok(!$is_good && $text =~ /"event":"fatal"/, "it does not start with $bad");
	}
}

# SIGTERM: what has begun is finished, nothing new is accepted.
sub test_drain
{
	my ($gateway, $authority) = @_;
	my $request = ocsp_request($authority, 'good', '-no_nonce');
	my $socket = connect_gateway($gateway);
	my $head = join "\r\n", 'POST /ocsp HTTP/1.1', 'Host: test', 'Content-Length: ' . length $request, '', '';

	syswrite $socket, $head . substr($request, 0, 10);
	# The gateway has read that much when it has answered another one.
	get($gateway, '/healthz');
	kill 'TERM', $gateway->{pid};
	ok(wait_for(sub { !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}) }),
		'SIGTERM: no new connection is accepted');
	syswrite $socket, substr $request, 10;
	my $answer = read_answer($socket);
	is(judge_response($authority, 'good', $answer->{content}), 'good', 'the request that had begun is answered');
	is($answer->{header}{connection}, 'close', 'and its connection closed');
	is(stop_gateway($gateway, 0), 0, 'then it ends');
}

# The next datagram of a socket, or nothing if none comes.
sub receive
{
	my ($socket) = @_;
	my $text = '';

	$socket->recv($text, 100) if IO::Select->new($socket)->can_read($PostgreSQL::Test::Utils::timeout_default);
	return $text;
}

# systemd passes sockets, and is told.
sub test_systemd
{
	my ($server) = @_;
	my $path     = PostgreSQL::Test::Utils::tempdir_short() . '/notify';
	my $notify   = IO::Socket::UNIX->new(Type => IO::Socket::UNIX::SOCK_DGRAM(), Local => $path)
	  // die "$path: $!";
	my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') // die "no socket: $!";
	my $gateway = start_gateway(
		$server,
		listen => 0,
		arguments => [ '--status-connection=user=status', '--api-connection=none' ],
		child => sub {
			POSIX::dup2(fileno $listener, 3);
			@ENV{qw(LISTEN_FDS LISTEN_PID NOTIFY_SOCKET)} = (1, $$, $path);
		});

	$gateway->{port} = $listener->sockport;
	is(get($gateway, '/healthz')->{status}, 200, 'it serves a socket that systemd has passed');
	is(receive($notify), 'READY=1', 'systemd is told that it is ready');
	is(stop_gateway($gateway), 0, 'it ends');
	is(receive($notify), 'STOPPING=1', 'systemd is told that it stops');
}

SKIP:
{
	skip_without('pca-gateway');
	my ($server, $authority) = make_server();
	my $socket = PostgreSQL::Test::Utils::tempdir_short() . '/gateway';
	my @arguments = ('--status-connection=user=status', '--api-connection=none', '--idle-timeout=3600');
	my $gateway = start_gateway($server, arguments => [ @arguments, "--listen=$socket" ]);

	test_ocsp($gateway, $authority);
	test_ocsp_by_get($gateway, $authority);
	test_curl($gateway, $authority, test_objects($server, $gateway, $authority));
	my $unix = IO::Socket::UNIX->new(Peer => $socket) // die "$socket: $!";
	syswrite $unix, "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n";
	is(read_answer($unix)->{content}, "ok\n", 'it serves a Unix socket');
	test_database($server, $gateway, $authority);
	test_metrics($server, $authority);
	test_reload($server, $authority);
	test_systemd($server);
	test_large_object($server, $gateway, $authority);
	test_drain($gateway, $authority);
	ok(!-e $socket, 'its Unix socket is gone');
}

done_testing();
