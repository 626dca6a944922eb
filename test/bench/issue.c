/*-------------------------------------------------------------------------
 *
 * issue.c
 *	  What this machine can sign, verify and issue without a database.
 *
 *	  issue write FILE COUNT
 *		  writes COUNT certification requests, each with a P-256 key of its own,
 *		  as text for COPY: number, tab, PEM.
 *
 *	  issue [-a P-256|P-384|RSA-2048] [-n COUNT] [-p PROCESSES] [-t SECONDS] FILE MEASURE ...
 *		  runs each MEASURE over the first COUNT requests of FILE, again and
 *		  again until SECONDS are over (0: once), in each of PROCESSES, and
 *		  prints: MEASURE, rate per second of all processes together, rate per
 *		  second of processor time.
 *
 *	  MEASURE is sign, verify (the CA key alone), issue, or issue_verified (as
 *	  issue, and the signature made is verified).
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "issuance.h"

#define MAX_PEM 4096
#define MAX_PROCESSES 64

typedef struct Corpus
{
	int			count;
	char	  **pems;
	size_t	   *lengths;
} Corpus;

typedef struct Measure
{
	const char *name;
	bool		(*once) (Issuer *issuer, const Corpus *corpus, int i);
} Measure;

typedef struct Run
{
	const char *algorithm;
	int			processes;
	double		seconds;
	Corpus		corpus;
} Run;

/* The result of a process; small enough for a pipe to write it atomically */
typedef struct Tally
{
	double		count;
	double		elapsed;
	double		processor;
} Tally;

static void die(const char *format,...) __attribute__((noreturn, format(printf, 1, 2)));

static void
die(const char *format,...)
{
	va_list		arguments;

	va_start(arguments, format);
	fputs("issue: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* ---------- the file of requests ---------- */

static void
write_corpus(const char *path, int count)
{
	FILE	   *file = fopen(path, "w");
	char		pem[MAX_PEM];

	if (file == NULL)
		die("could not create \"%s\": %s", path, strerror(errno));
	for (int i = 1; i <= count; i++)
	{
		size_t		length = csr_make(i, pem, sizeof(pem));

		if (length == 0)
			die("could not make a certification request");
		fprintf(file, "%d\t", i);
		for (size_t j = 0; j < length; j++)
			if (pem[j] == '\n')
				fputs("\\n", file);
			else
				fputc(pem[j], file);
		fputc('\n', file);
	}
	if (fclose(file) != 0)
		die("could not write \"%s\": %s", path, strerror(errno));
}

/* Turns the escapes of COPY back into line ends, in place. */
static size_t
unescape(char *text)
{
	char	   *to = text;

	for (const char *from = text; *from != '\0' && *from != '\n'; from++)
	{
		if (from[0] == '\\' && from[1] == 'n')
		{
			*to++ = '\n';
			from++;
		}
		else
			*to++ = *from;
	}
	*to = '\0';
	return to - text;
}

static Corpus
read_corpus(const char *path, int limit)
{
	FILE	   *file = fopen(path, "r");
	Corpus		corpus = {0, NULL, NULL};
	char		line[MAX_PEM];
	int			capacity = 0;

	if (file == NULL)
		die("could not open \"%s\": %s", path, strerror(errno));
	while ((limit == 0 || corpus.count < limit) && fgets(line, sizeof(line), file) != NULL)
	{
		char	   *pem = strchr(line, '\t');

		if (pem == NULL)
			die("\"%s\" is not a file of requests", path);
		if (corpus.count == capacity)
		{
			capacity = capacity * 2 + 1000;
			corpus.pems = realloc(corpus.pems, capacity * sizeof(*corpus.pems));
			corpus.lengths = realloc(corpus.lengths, capacity * sizeof(*corpus.lengths));
			if (corpus.pems == NULL || corpus.lengths == NULL)
				die("out of memory");
		}
		corpus.lengths[corpus.count] = unescape(++pem);
		corpus.pems[corpus.count] = strdup(pem);
		if (corpus.pems[corpus.count++] == NULL)
			die("out of memory");
	}
	fclose(file);
	if (corpus.count == 0)
		die("\"%s\" holds no request", path);
	return corpus;
}

/* ---------- the measures ---------- */

/* Any octets will do as a digest: the algorithm depends only on the length. */
static Bytes
some_digest(const Run *run)
{
	static uint8_t digest[48];

	return (Bytes) {digest, strcmp(run->algorithm, "P-384") == 0 ? 48 : 32};
}

static Bytes digest_to_sign;

static bool
sign_once(Issuer *issuer, const Corpus *corpus, int i)
{
	(void) corpus;
	(void) i;
	return issuer_sign(issuer, digest_to_sign);
}

static bool
verify_once(Issuer *issuer, const Corpus *corpus, int i)
{
	(void) corpus;
	(void) i;
	return issuer_verify(issuer, digest_to_sign);
}

static bool
issue_once(Issuer *issuer, const Corpus *corpus, int i)
{
	return issuer_issue(issuer, corpus->pems[i], corpus->lengths[i], ISSUE_SIGNED).length > 0;
}

static bool
issue_verified_once(Issuer *issuer, const Corpus *corpus, int i)
{
	return issuer_issue(issuer, corpus->pems[i], corpus->lengths[i], ISSUE_SIGNED_AND_VERIFIED).length > 0;
}

static const Measure measures[] = {
	{"sign", sign_once},
	{"verify", verify_once},
	{"issue", issue_once},
	{"issue_verified", issue_verified_once},
};

static const Measure *
measure_get(const char *name)
{
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++)
		if (strcmp(measures[i].name, name) == 0)
			return &measures[i];
	die("there is no measure \"%s\"", name);
}

/*
 * Checks that the yardstick does its work: its certificates must be valid, and a
 * modified request must be refused.
 */
static void
check_yardstick(Issuer *issuer, const Corpus *corpus)
{
	Bytes		certificate = issuer_issue(issuer, corpus->pems[0], corpus->lengths[0], ISSUE_SIGNED_AND_VERIFIED);
	char	   *pem = strdup(corpus->pems[0]);

	if (certificate.length == 0 || !issuer_is_intact(issuer, certificate))
		die("the certificate made is not valid");
	if (pem == NULL)
		die("out of memory");
	/* An octet of the subject's name */
	pem[90] = pem[90] == 'A' ? 'B' : 'A';
	if (issuer_issue(issuer, pem, corpus->lengths[0], ISSUE_SIGNED).length != 0)
		die("a request with a bad signature was accepted");
	free(pem);
}

/* Prepares, reports that it is ready, waits for the start signal, runs, and reports. */
static void
run_process(const Run *run, const Measure *measure, int ready, int go, int report)
{
	Issuer	   *issuer = issuer_new(run->algorithm);
	Tally		tally = {0, 0, 0};
	double		begin;
	double		processor;
	char		word = 0;

	if (issuer == NULL)
		die("could not make a CA with %s", run->algorithm);
	check_yardstick(issuer, &run->corpus);
	digest_to_sign = some_digest(run);
	if (!issuer_sign(issuer, digest_to_sign))
		die("could not sign");
	if (write(ready, &word, 1) != 1 || read(go, &word, 1) != 1)
		die("could not start together");
	begin = seconds(CLOCK_MONOTONIC);
	processor = seconds(CLOCK_PROCESS_CPUTIME_ID);
	do
	{
		for (int i = 0; i < run->corpus.count; i++)
		{
			if (!measure->once(issuer, &run->corpus, i))
				die("%s failed for request %d", measure->name, i + 1);
			tally.count++;
			if (run->seconds > 0 && i % 16 == 15 && seconds(CLOCK_MONOTONIC) - begin >= run->seconds)
				break;
		}
		tally.elapsed = seconds(CLOCK_MONOTONIC) - begin;
	} while (tally.elapsed < run->seconds);
	tally.processor = seconds(CLOCK_PROCESS_CPUTIME_ID) - processor;
	if (write(report, &tally, sizeof(tally)) != (ssize_t) sizeof(tally))
		die("could not report");
	exit(0);
}

static void
run_measure(const Run *run, const Measure *measure)
{
	int			ready[2];
	int			go[2];
	int			report[2];
	double		rate = 0;
	double		processor = 0;
	double		count = 0;
	char		words[MAX_PROCESSES] = {0};
	Tally		tally;

	if (pipe(ready) != 0 || pipe(go) != 0 || pipe(report) != 0)
		die("could not make a pipe: %s", strerror(errno));
	for (int i = 0; i < run->processes; i++)
	{
		pid_t		child = fork();

		if (child < 0)
			die("could not fork: %s", strerror(errno));
		if (child == 0)
			run_process(run, measure, ready[1], go[0], report[1]);
	}
	/* Our own ends are closed, so that a child that dies causes an end of file, not a wait. */
	close(ready[1]);
	close(report[1]);
	for (int i = 0; i < run->processes; i++)
		if (read(ready[0], words, 1) != 1)
			die("a process failed");
	if (write(go[1], words, run->processes) != run->processes)
		die("could not start the processes");
	for (int i = 0; i < run->processes; i++)
	{
		if (read(report[0], &tally, sizeof(tally)) != (ssize_t) sizeof(tally))
			die("a process failed");
		rate += tally.count / tally.elapsed;
		processor += tally.processor;
		count += tally.count;
	}
	while (wait(NULL) > 0)
		;
	close(ready[0]);
	close(go[0]);
	close(go[1]);
	close(report[0]);
	printf("%s %.1f %.1f\n", measure->name, rate, count / processor);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	Run			run = {"P-256", 1, 0, {0, NULL, NULL}};
	int			limit = 0;
	int			option;

	if (argc == 4 && strcmp(argv[1], "write") == 0)
	{
		write_corpus(argv[2], atoi(argv[3]));
		return 0;
	}
	while ((option = getopt(argc, argv, "a:n:p:t:")) != -1)
	{
		switch (option)
		{
			case 'a':
				run.algorithm = optarg;
				break;
			case 'n':
				limit = atoi(optarg);
				break;
			case 'p':
				run.processes = atoi(optarg);
				break;
			case 't':
				run.seconds = atof(optarg);
				break;
			default:
				die("see the head of issue.c for what it takes");
		}
	}
	if (argc - optind < 2 || run.processes < 1 || run.processes > MAX_PROCESSES)
		die("see the head of issue.c for what it takes");
	run.corpus = read_corpus(argv[optind], limit);
	for (int i = optind + 1; i < argc; i++)
		run_measure(&run, measure_get(argv[i]));
	return 0;
}
