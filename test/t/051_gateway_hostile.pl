# pca-gateway and hostile clients: malformed, repeated and unlimited lengths,
# floods of headers, hundreds of half requests, and requests of the API that are not
# signed as they must be. For each the right status, a closed connection where what
# follows could be misread, and bounded memory.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Gateway;
use IO::Select;
use Judge;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $host = 'Host: test';
my $chunked = 'Transfer-Encoding: chunked';
my $end = "0\r\n\r\n";
my $closes = 1;
my $stays = 0;

sub request { return join "\r\n", @_, '', '' }

# A POST of OCSP with these headers and this body
sub ocsp_post
{
	my ($body, @headers) = @_;

	return request('POST /ocsp HTTP/1.1', $host, @headers) . $body;
}

# A request inside of the body of another one: it must never be answered.
my $smuggled = request('GET /healthz HTTP/1.1', $host);
my $smuggled_length = 'Content-Length: ' . length $smuggled;

# Each request, the status of its answer, and whether the connection is closed.
my @framings = (
	[ 'a negative length', ocsp_post('', 'Content-Length: -1'), 400, $closes ],
	[ 'a length with a sign', ocsp_post('abcde', 'Content-Length: +5'), 400, $closes ],
	[ 'a length in hexadecimal', ocsp_post('abcde', 'Content-Length: 0x5'), 400, $closes ],
	[
		'a length of more than 64 bits',
		ocsp_post('', 'Content-Length: 99999999999999999999999'),
		'400|413', $closes
	],
	[ 'a length above the limit', ocsp_post('', 'Content-Length: 65537'),                     413, $closes ],
	[ 'a length of terabytes',    ocsp_post('', 'Content-Length: 9999999999999'),             413, $closes ],
	[ 'two lengths',           ocsp_post('abcdef', 'Content-Length: 5', 'Content-Length: 6'), 400, $closes ],
	[ 'the same length twice', ocsp_post('abcde', ('Content-Length: 5') x 2),                 400, $closes ],
	[ 'a list of lengths',     ocsp_post('abcde', 'Content-Length: 5, 5'),                    400, $closes ],
	[ 'a length and chunks',   ocsp_post("$end$smuggled", 'Content-Length: 5', $chunked),     400, $closes ],
	[ 'chunks and a length',   ocsp_post("$end$smuggled", $chunked, 'Content-Length: 5'),     400, $closes ],
	[ 'chunks twice',          ocsp_post("$end$smuggled", $chunked, $chunked),                400, $closes ],
	[ 'another encoding', ocsp_post("$end$smuggled", 'Transfer-Encoding: xchunked'),   '400|501',  $closes ],
	[ 'two encodings', ocsp_post("$end$smuggled", 'Transfer-Encoding: gzip, chunked'), '400|501',  $closes ],
	[ 'a chunk of no size',       ocsp_post("x\r\nabc\r\n$end", $chunked),             400,        $closes ],
	[ 'a chunk of negative size', ocsp_post("-1\r\nabc\r\n$end", $chunked),            400,        $closes ],
	[
		'chunks above the limit',
		ocsp_post(("1000\r\n" . 'x' x 4096 . "\r\n") x 17 . $end, $chunked),
		413, $closes
	],
	[ 'chunks', ocsp_post("3\r\nabc\r\n4\r\ndefg\r\n$end", $chunked), 200, $stays ],
	[ 'a length that waits', ocsp_post('', 'Expect: 100-continue', 'Content-Length: 99999999'), 413, $closes ],
	[ 'a body of a GET', request('GET /healthz HTTP/1.1', $host, $smuggled_length) . $smuggled, 400, $closes ],
	[ 'chunks of a GET', request('GET /healthz HTTP/1.1', $host, $chunked) . "$end$smuggled", 400, $closes ],
	[ 'a body for nothing', request('POST /x HTTP/1.1', $host, $smuggled_length) . $smuggled, 404, $closes ],
	[ 'too much for the API', request('POST / HTTP/1.1', $host, 'Content-Length: 4194305'), 413, $closes ],
	[ 'no host', request('GET /healthz HTTP/1.1'), 400, $closes ],
	[ 'two hosts', request('GET /healthz HTTP/1.1', $host, $host), 400, $closes ],
	[ 'no host in HTTP/1.0', request('GET /healthz HTTP/1.0'), 200, $closes ],
	[ 'no version', "GET /healthz\r\n\r\n", 400, $closes ],
	[ 'a path of 100 kB', request('GET /' . 'a' x 100_000 . ' HTTP/1.1', $host), 414, $closes ],
	[ 'thousands of headers', request('GET / HTTP/1.1', $host, map { "X-$_: x" } 1 .. 5000), 431, $closes ],
	[ 'a header of 100 kB', request('GET /healthz HTTP/1.1', $host, 'X: ' . 'x' x 100_000), 431, $closes ],
	[ 'another method', request('DELETE /healthz HTTP/1.1', $host), 405, $stays ],
	[ 'a method of 3 kB', request('A' x 3000 . ' / HTTP/1.1', $host), 405, $stays ],
	[ 'no path', request('OPTIONS * HTTP/1.1', $host), 405, $stays ],
	[ 'control characters', request("GET /\x01\x1b[31m\"\\\xff HTTP/1.1", $host), 404, $stays ],
	[ 'TLS', "\x16\x03\x01\x00\xa5\x01\x00\x00\r\n\r\n", 0, $closes ]);

sub test_framings
{
	my ($gateway) = @_;

	foreach my $case (@framings)
	{
		my ($what, $octets, $status, $is_closed) = @$case;
		my $socket = connect_gateway($gateway);
		local $SIG{PIPE} = 'IGNORE';

		syswrite $socket, $octets;
		my $answer = read_answer($socket);
		# Some differ between 0.9 and 1.0 of libmicrohttpd.
		like($answer->{status}, qr/^(?:$status)$/, "$what: status");
		# A connection that stays is good for another request.
		syswrite $socket, request('GET /healthz HTTP/1.1', $host, 'Connection: close') if !$is_closed;
		ok($is_closed ? $answer->{is_closed} : read_answer($socket)->{content} eq "ok\n",
			"$what: the connection " . ($is_closed ? 'is closed' : 'stays'));
		unlike($answer->{content}, qr/ok\n/, "$what: nothing is smuggled") if $octets =~ /\Q$smuggled/;
	}

	my $socket = connect_gateway($gateway);
	syswrite $socket, $smuggled x 3;
	my $text = '';
	while ($text !~ /(?:ok\n.*){3}/s && sysread $socket, my $more, 4096) { $text .= $more }
	is(() = $text =~ /ok\n/g, 3, 'three requests at once are three requests');
}

#
# Requests of the API that the gateway itself refuses
#

my $names = 'content-type;host;x-amz-date;x-amz-target';
my @headers = (
	'Content-Type: application/x-amz-json-1.1',
	'X-Amz-Date: 20260101T000000Z',
	'X-Amz-Target: ACMPrivateCA.ListTags');

# The header of a signature over these headers
sub signing
{
	my ($signed) = @_;

	return 'Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/acm-pca/aws4_request, '
	  . "SignedHeaders=$signed, Signature=" . '0' x 64;
}

my $good = signing($names);
my $missing = 'MissingAuthenticationTokenException';
my $incomplete = 'IncompleteSignatureException';
my $invalid = 'InvalidSignatureException';
my $unrecognized = 'UnrecognizedClientException';
my $hash = 'X-Amz-Content-Sha256';
my $with_hash = signing('content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target');

# What is wrong, the exception, and the headers in addition to those above.
my @refusals = (
	[ 'no authorization', $missing ],
	[ 'another algorithm', $incomplete, 'Authorization: Basic eDp5' ],
	[ 'no signature', $incomplete, $good =~ s/, Signature.*//r ],
	[ 'two signatures', $incomplete, "$good, Signature=x" ],
	[ 'no signed headers', $incomplete, signing('') ],
	[ 'something else', $incomplete, "$good, Other=x" ],
	[ 'authorization twice', $incomplete, $good, $good ],
	[ 'a session token', $unrecognized, $good, 'X-Amz-Security-Token: x' ],
	[ 'a header that is not signed', $invalid, $good, 'X-Amz-Other: x' ],
	[ 'a target that is not signed', $invalid, signing('content-type;host;x-amz-date') ],
	[ 'a signed header twice', $invalid, $headers[2], $good ],
	[ 'a signed header that was not sent', $invalid, signing("$names;x-other") ],
	[ 'signed headers out of order', $invalid, signing('host;content-type;x-amz-date;x-amz-target') ],
	[ 'a signed header that is named twice', $invalid, signing($names =~ s/host/host;host/r) ],
	[ 'signed headers in upper case', $invalid, signing($names =~ s/content-type/Content-Type/r) ],
	[ 'an empty name', $invalid, signing(";$names") ],
	[ 'octets outside ASCII', $invalid, "X-Other: \xff", signing("$names;x-other") ],
	[ 'an unsigned payload', $invalid, "$hash: UNSIGNED-PAYLOAD", $with_hash ],
	[ 'a payload in pieces', $invalid, "$hash: STREAMING-AWS4-HMAC-SHA256-PAYLOAD", $with_hash ],
	[ 'too many headers', 'SerializationException', $good, map { "X-$_: x" } 1 .. 150 ],
	[ 'all in order, but no database', 'ServiceUnavailable', $good ]);
my %other_status = (SerializationException => 431, ServiceUnavailable => 503);

sub test_refusals
{
	my ($gateway) = @_;

	foreach my $case (@refusals)
	{
		my ($what, $name, @more) = @$case;
		my $answer = post($gateway, '/', '{}', @headers, @more);
		my $body = eval { JSON::PP::decode_json($answer->{content}) } // {};

		is_deeply(
			[ $answer->{status}, $body->{__type}, @{ $answer->{header} }{qw(x-amzn-errortype content-type)} ],
			[ $other_status{$name} // 400, $name, $name, 'application/x-amz-json-1.1' ],
			"API: $what"
		);
		like(
			$answer->{header}{'x-amzn-requestid'},
			qr/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
			"$what: an ID"
		);
	}
	my $form = 'Content-Type: application/x-www-form-urlencoded';
	like(
		post($gateway, '/', 'Action=GetCallerIdentity', $form)->{content},
		qr{^<ErrorResponse [^>]*><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>},
		'STS: an error in XML'
	);
	like(
		post($gateway, '/', 'x' x 4_194_305, @headers, $good)->{content},
		qr/RequestEntityTooLargeException/,
		'API: a body that is too large'
	);
	is(get($gateway, '/')->{status},                                         404, 'the API is for POST');
	is(post($gateway, '/?Action=ListTags', '{}', @headers, $good)->{status}, 404, 'the API has no query');
}

#
# Slow clients
#

# Half a request, of three kinds
sub half_request
{
	my ($number) = @_;
	my @halves = (
		request('POST /ocsp HTTP/1.1', $host, 'Content-Length: 60000') . 'x' x 15_000,
		"GET /healthz HTTP/1.1\r\nX: " . 'x' x 12_000,
		request('POST / HTTP/1.1', $host, 'Content-Length: 4000000') . 'x' x 15_000);

	return $halves[ $number % 3 ];
}

sub test_slow_clients
{
	my ($gateway) = @_;
	my @clients;

	foreach my $number (1 .. 500)
	{
		push @clients, connect_gateway($gateway);
		syswrite $clients[-1], half_request($number);
	}
	is(get($gateway, '/healthz')->{content}, "ok\n", 'next to 500 half requests another one is answered');
	$_->blocking(0), syswrite $_, 'x' x 30_000 for @clients;
	is(get($gateway, '/healthz')->{content}, "ok\n", 'and when they go on');
  SKIP:
	{
		my $memory = peak_memory($gateway) // skip('the system does not report the peak memory', 1);
		# With libmicrohttpd 1.0 they have taken 35 MB.
		cmp_ok($memory, '<', 40 * 1024, '500 half requests take less than 40 MB');
	}
	is(stop_gateway($gateway), 0, 'SIGTERM ends it with them');
}

# A connection is closed when its client sends nothing, or takes too long for a
# request; when there are too many, the one that has been slow longest makes room.
sub test_timeouts
{
	my ($server) = @_;
	my @arguments = ('--status-connection=none', '--api-connection=none');
	my $gateway = start_gateway($server, arguments => [ @arguments, '--idle-timeout=1' ]);
	my $idle = connect_gateway($gateway);
	my $half = connect_gateway($gateway);

	syswrite $half, half_request(1);
	ok(read_answer($idle)->{is_closed}, 'the connection of a client that sends nothing is closed');
	ok(read_answer($half)->{is_closed}, 'so is that of a client that stops half way');
	is(stop_gateway($gateway), 0, 'SIGTERM');

	$gateway = start_gateway($server, arguments => [ @arguments, '--receive-timeout=1', '--idle-timeout=3600' ]);
	my $slow = connect_gateway($gateway);
	local $SIG{PIPE} = 'IGNORE';
	syswrite $slow, "GET /healthz HTTP/1.1\r\n";
	ok(wait_for(sub { syswrite $slow, "X: x\r\n"; IO::Select->new($slow)->can_read(0.01) }),
		'so is that of a client that never ends its request');
	is(stop_gateway($gateway), 0, 'SIGTERM');

	$gateway = start_gateway($server,
		arguments => [ @arguments, '--max-connections=5', '--idle-timeout=3600', '--receive-timeout=3600' ]);
	my @clients = map { connect_gateway($gateway) } 1 .. 5;
	syswrite $clients[$_], half_request($_) for 0 .. 4;
	is(get($gateway, '/healthz')->{content}, "ok\n", 'one more than the limit takes the place of a slow one');
	is(stop_gateway($gateway), 0, 'SIGTERM');
}

# The log is JSON, a line for each request, without control characters and secrets.
sub test_log
{
	my ($gateway) = @_;

	get($gateway, '/healthz', "X-Forwarded-For: 192.0.2.1, \x1b[2J" . 'x' x 1000);
	my $text = slurp_file($gateway->{log});

	unlike($text, qr/[^\n\x20-\x7e]/, 'the log has no control characters');
	unlike($text, qr/Signature=|0{64}/, 'the log has no signatures');
	my @requests = grep { $_->{event} eq 'request' } gateway_log($gateway);
	is(scalar(grep { ($_->{forwarded} // '') =~ /^192\.0\.2\.1, \x1b\[2Jx{1,99}$/ } @requests),
		1, 'the client that a web server names is in it, clipped');
	ok(
		scalar(grep { ($_->{path} // '') =~ /\x1b/ } @requests),
		'a path with control characters is in it, escaped'
	);
	ok(
		scalar(grep { ($_->{access_key} // '') eq 'AKIDEXAMPLE' && $_->{operation} eq 'ListTags' } @requests),
		'it names the access key and the operation of a call'
	);
}

SKIP:
{
	skip_without('pca-gateway');
	my $server = start_server('gateway_hostile');
	my @arguments = ('--api-connection=none', '--status-connection=');
	my $gateway = start_gateway($server, arguments => \@arguments);

	test_framings($gateway);
	test_refusals($gateway);
	test_log($gateway);
	is(stop_gateway($gateway), 0, 'SIGTERM ends it');
	test_slow_clients(start_gateway($server, arguments => \@arguments));
	test_timeouts($server);
}

done_testing();
