# Logging the statements that the extension runs, with their parameters, logs no
# secret: by pgaudit where it is installed, by auto_explain from PostgreSQL 16 on.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my %loggers = (
	pgaudit => <<~'CONF',
		pgaudit.log = 'all'
		pgaudit.log_parameter = on
		pgaudit.log_catalog = on
		CONF
	auto_explain => <<~'CONF');
		auto_explain.log_min_duration = 0
		auto_explain.log_nested_statements = on
		auto_explain.log_verbose = on
		auto_explain.log_parameter_max_length = -1
		CONF

sub is_there
{
	my ($logger) = @_;
	my ($directory) = run_command([ 'pg_config', '--pkglibdir' ]);
	my ($version) = run_command([ 'pg_config', '--version' ]);

	return -e "$directory/$logger.so" && ($logger ne 'auto_explain' || $version =~ / (\d+)/ && $1 >= 16);
}

for my $logger (sort keys %loggers)
{
  SKIP:
	{
		skip "$logger is not there, or logs no parameters", 1 if !is_there($logger);
		my $server = start_server("logged_by_$logger",
			conf => "shared_preload_libraries = '$logger'\nlog_min_messages = debug1\n$loggers{$logger}");
		my $request = key_request(new_key('EC P-256'), '/CN=leaf');
		my $arn = create_authority($server, 'ROOT');

		self_sign($server, $arn);
		issue($server, $arn, $request, idempotency_token => 'a token');
		$server->safe_psql('postgres', 'SELECT ' . call('pca_tag_certificate_authority',
				certificate_authority_arn => $arn, tags => json([ map { { Key => "k$_" } } 1 .. 3 ])));
		my ($tag, undef, $token) = split /\|/, $server->safe_psql('postgres',
			'SELECT * FROM ' . call('pca_list_tags', certificate_authority_arn => $arn, max_results => 1));
		is($server->safe_psql('postgres', 'SELECT count(*) FROM ' . call('pca_list_tags',
					certificate_authority_arn => $arn, next_token => $token)), 2, "$logger: the list goes on");
		$server->stop;
		my $log = slurp_file($server->logfile);
		$server->start;

		# The logger does log parameters.
		like($log, qr/INSERT INTO pca\.next_token_key/, "$logger: the statement is in the log");
		my $certificate = $server->safe_psql('postgres',
			'SELECT encode(certificate, \'hex\') FROM pca.certificate ORDER BY issued_at DESC LIMIT 1');
		like($log, qr/$certificate/i, "$logger: parameters of the extension's statements are in the log");
		my %secrets = (
			'the key of next tokens' => $server->safe_psql('postgres',
				"SELECT encode(key, 'hex') FROM pca.next_token_key"),
			'the key-encryption key' => slurp_file($server->data_dir . '/pca_kek') =~ s/\s//gr);
		for my $secret (sort keys %secrets)
		{
			is(length($secrets{$secret}), 64, "$logger: $secret exists");
			unlike($log, qr/$secrets{$secret}/i, "$logger: $secret is not in the log");
		}
		$server->stop;
	}
}
done_testing();
