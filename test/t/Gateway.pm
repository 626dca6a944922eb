# pca-gateway on a free port of this machine, and clients that send exactly the
# octets that a test gives them.

package Gateway;

use strict;
use warnings;

use Exporter 'import';
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes 'usleep';

our @EXPORT = qw(start_gateway stop_gateway gateway_log connect_gateway read_answer exchange get post
  peak_memory wait_for);

my $directory = PostgreSQL::Test::Utils::tempdir();
my $count = 0;
my @running;

# Waits until something is true: whether it becomes so.
sub wait_for
{
	my ($condition) = @_;

	for (1 .. 20 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if $condition->();
		usleep 50_000;
	}
	return 0;
}

# A gateway to a server's database postgres. Options: arguments, a list; child,
# which is called in the new process; without listen => 0 it listens on a port.
sub start_gateway
{
	my ($server, %options) = @_;
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my $log = "$directory/gateway." . $count++;
	my @listen = $options{listen} // 1 ? ("--listen=127.0.0.1:$port") : ();
	my $pid = fork // die "fork: $!";

	if (!$pid)
	{
		@ENV{qw(PGHOST PGPORT PGDATABASE)} = ($server->host, $server->port, 'postgres');
		open STDERR, '>', $log;
		$options{child}->() if $options{child};
		exec "$ENV{PCA_TEST_BIN}/pca-gateway", @listen, @{ $options{arguments} // [] } or POSIX::_exit(127);
	}
	my $gateway = { pid => $pid, port => $port, log => $log };
	push @running, $gateway;
	wait_for(
		sub {
			(grep { $_->{event} eq 'start' } gateway_log($gateway))
			  || waitpid($pid, POSIX::WNOHANG()) == $pid;
		}
	) or die 'the gateway does not start';
	return $gateway;
}

# Ends a gateway by a signal: its exit status, or -1 if it does not end.
sub stop_gateway
{
	my ($gateway, $signal) = @_;
	my $status = -1;

	kill $signal // 'TERM', $gateway->{pid};
	wait_for(sub { waitpid($gateway->{pid}, POSIX::WNOHANG()) == $gateway->{pid} and ($status = $?, 1) });
	@running = grep { $_ != $gateway } @running;
	return $status;
}

END
{
	my $status = $?;

	kill 'KILL', map { $_->{pid} } @running;
	$? = $status;
}

# The lines of the log, each of which must be JSON.
sub gateway_log
{
	my ($gateway) = @_;

	return () if !-e $gateway->{log};
	return map { JSON::PP::decode_json($_) } grep { /\n\z/ } split /(?<=\n)/, slurp_file($gateway->{log});
}

sub connect_gateway
{
	my ($gateway) = @_;

	return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}, Proto => 'tcp')
	  // die "no connection to the gateway: $!";
}

# Reads one answer from a connection: status, header, content, and whether the
# connection was closed after it. Without an answer the status is 0.
sub read_answer
{
	my ($socket, %options) = @_;
	my %answer = (status => 0, header => {}, content => '', is_closed => 0);
	my $limit = time + $PostgreSQL::Test::Utils::timeout_default;
	my $length;

	while (time < $limit)
	{
		$length //= take_head(\%answer, %options);
		last if defined $length && length $answer{content} >= $length && !is_closing(\%answer);
		next if !IO::Select->new($socket)->can_read(1);
		$answer{is_closed} = 1, last if !sysread $socket, $answer{content}, 1048576, length $answer{content};
	}
	return \%answer;
}

sub is_closing { return lc(shift->{header}{connection} // '') eq 'close' }

# Takes status and header off what was read, once they are there: the length of the content.
sub take_head
{
	my ($answer, %options) = @_;

	return if $answer->{content} !~ m{\AHTTP/1\.1 (\d+)[^\r\n]*\r\n(.*?)\r\n\r\n}s;
	$answer->{status} = $1;
	$answer->{header} = { map { /^([^:]+): (.*)$/ ? (lc $1, $2) : () } split /\r\n/, $2 };
	substr $answer->{content}, 0, $+[0], '';
	return $options{is_head} || $answer->{status} == 304 ? 0 : $answer->{header}{'content-length'} // 0;
}

# Sends octets on a new connection: the answer.
sub exchange
{
	my ($gateway, $octets, %options) = @_;
	my $socket = connect_gateway($gateway);
	local $SIG{PIPE} = 'IGNORE';

	syswrite $socket, $octets;
	return read_answer($socket, %options);
}

sub get
{
	my ($gateway, $target, @headers) = @_;

	return exchange($gateway, join "\r\n", "GET $target HTTP/1.1", 'Host: test', @headers, '', '');
}

sub post
{
	my ($gateway, $target, $content, @headers) = @_;

	my $length = length $content;

	return exchange($gateway,
		join("\r\n", "POST $target HTTP/1.1", 'Host: test', "Content-Length: $length", @headers, '', '')
		  . $content);
}

# The peak memory of a gateway in kB; undefined where the system does not report it.
sub peak_memory
{
	my ($gateway) = @_;

	open my $file, '<', "/proc/$gateway->{pid}/status" or return;
	return (map { /^VmHWM:\s+(\d+)/ ? $1 : () } <$file>)[0];
}

1;
