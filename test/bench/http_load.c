/*-------------------------------------------------------------------------
 *
 * http_load.c
 *	  Clients of a server on this machine, which send one request after another.
 *
 *	  http_load [OPTION ...] PORT METHOD PATH [FILE]
 *		  prints: answers per second, octets of content per second, seconds.
 *
 *	  FILE has the bodies, a line of hexadecimal digits each.
 *
 *	  -c CLIENTS	  each with a connection and a thread of its own (1)
 *	  -t SECONDS	  how long (3)
 *	  -n COUNT		  requests of each client, instead of a time
 *	  -s STATUS		  of every answer; another one ends the program (200)
 *	  -H HEADER		  "name: value", may be repeated
 *	  -k KEY		  ID:SECRET:REGION of an access key: requests are calls of the API,
 *					  which it signs (AWS Signature Version 4)
 *	  -o OPERATION	  of the API
 *	  -w			  every client sends one request and keeps its connection; prints
 *					  a line and waits for the end of its input
 *
 * A client connects again when the server has closed its connection.
 *
 *-------------------------------------------------------------------------
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define MAX_CLIENTS 1024
#define MAX_HEADERS 8
#define MAX_HEAD 4096
#define DIGEST 32
#define HEX_SIZE (2 * DIGEST + 1)

typedef struct Body
{
	uint8_t    *data;
	size_t		length;
} Body;

/* What is to be done, the same for all clients. */
typedef struct Plan
{
	int			clients;
	double		seconds;
	long		count;			/* 0: for so many seconds */
	int			status;
	bool		is_waiting;
	const char *headers[MAX_HEADERS];
	int			header_count;
	char	   *key;			/* NULL: nothing is signed */
	char	   *secret;
	char	   *region;
	const char *operation;
	int			port;
	const char *method;
	const char *path;
	Body	   *bodies;
	int			body_count;
} Plan;

/* A client, and what it did. */
typedef struct Client
{
	pthread_t	thread;
	int			number;
	int			fd;
	bool		is_closing;		/* the server closes after this answer */
	char		day[9];			/* that the signing key is for */
	uint8_t		signing_key[DIGEST];
	long		answers;
	double		octets;
	char		buffer[262144];
	size_t		filled;
} Client;

static Plan plan = {.clients = 1, .seconds = 3, .status = 200};
static double deadline;
static pthread_barrier_t barrier;

static void
die(const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	fprintf(stderr, "http_load: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	exit(1);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* ---------- signatures ---------- */

static void
to_hex(const uint8_t *octets, char *digits)
{
	for (int i = 0; i < DIGEST; i++)
		sprintf(digits + 2 * i, "%02x", octets[i]);
}

static void
sha256_hex(const void *data, size_t length, char *digits)
{
	uint8_t		digest[DIGEST];

	if (EVP_Digest(data, length, digest, NULL, EVP_sha256(), NULL) != 1)
		die("no SHA-256");
	to_hex(digest, digits);
}

static void
hmac(const void *key, size_t key_length, const char *text, uint8_t *result)
{
	if (HMAC(EVP_sha256(), key, (int) key_length, (const uint8_t *) text, strlen(text), result, NULL) == NULL)
		die("no HMAC");
}

/* Derives the key of a day, once a day. */
static void
derive_key(Client *client, const char *day)
{
	char		secret[128];

	if (strcmp(client->day, day) == 0)
		return;
	strcpy(client->day, day);
	snprintf(secret, sizeof(secret), "AWS4%s", plan.secret);
	hmac(secret, strlen(secret), day, client->signing_key);
	hmac(client->signing_key, DIGEST, plan.region, client->signing_key);
	hmac(client->signing_key, DIGEST, "acm-pca", client->signing_key);
	hmac(client->signing_key, DIGEST, "aws4_request", client->signing_key);
}

/* Writes the headers of a signed call. */
static int
sign_request(Client *client, const Body *body, char *head, size_t size)
{
	static const char names[] = "content-type;host;x-amz-date;x-amz-target";
	char		date[17];
	char		day[9];
	char		payload[HEX_SIZE];
	char		digest[HEX_SIZE];
	char		signature[HEX_SIZE];
	char		text[1024];
	uint8_t		octets[DIGEST];
	time_t		seconds = time(NULL);
	struct tm	parts;

	gmtime_r(&seconds, &parts);
	strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &parts);
	strftime(day, sizeof(day), "%Y%m%d", &parts);
	derive_key(client, day);
	sha256_hex(body->data, body->length, payload);
	snprintf(text, sizeof(text),
			 "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:127.0.0.1:%d\nx-amz-date:%s\n"
			 "x-amz-target:ACMPrivateCA.%s\n\n%s\n%s", plan.port, date, plan.operation, names, payload);
	sha256_hex(text, strlen(text), digest);
	snprintf(text, sizeof(text), "AWS4-HMAC-SHA256\n%s\n%s/%s/acm-pca/aws4_request\n%s", date, day, plan.region, digest);
	hmac(client->signing_key, DIGEST, text, octets);
	to_hex(octets, signature);
	return snprintf(head, size,
					"Content-Type: application/x-amz-json-1.1\r\nX-Amz-Date: %s\r\nX-Amz-Target: ACMPrivateCA.%s\r\n"
					"Authorization: AWS4-HMAC-SHA256 Credential=%s/%s/%s/acm-pca/aws4_request, SignedHeaders=%s, Signature=%s\r\n",
					date, plan.operation, plan.key, day, plan.region, names, signature);
}

/* ---------- HTTP ---------- */

static void
open_connection(Client *client)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t) plan.port)};
	int			on = 1;

	if (client->fd >= 0)
		close(client->fd);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	client->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *) &address, sizeof(address)) != 0)
		die("could not connect to port %d", plan.port);
	setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	client->filled = 0;
	client->is_closing = false;
}

static void
send_all(Client *client, const void *data, size_t length)
{
	while (length > 0)
	{
		ssize_t		sent = send(client->fd, data, length, MSG_NOSIGNAL);

		if (sent <= 0)
			die("could not send");
		data = (const char *) data + sent;
		length -= (size_t) sent;
	}
}

/* Sends a request in one piece, if it is not large. */
static void
send_request(Client *client, const Body *body)
{
	char		message[MAX_HEAD + 16384];
	int			length = snprintf(message, MAX_HEAD, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", plan.method, plan.path, plan.port);

	if (plan.key != NULL)
		length += sign_request(client, body, message + length, MAX_HEAD - (size_t) length);
	for (int i = 0; i < plan.header_count; i++)
		length += snprintf(message + length, MAX_HEAD - (size_t) length, "%s\r\n", plan.headers[i]);
	if (body->data != NULL)
		length += snprintf(message + length, MAX_HEAD - (size_t) length, "Content-Length: %zu\r\n", body->length);
	length += snprintf(message + length, MAX_HEAD - (size_t) length, "\r\n");
	if (length >= MAX_HEAD || body->length > sizeof(message) - MAX_HEAD)
		die("the request is too long");
	memcpy(message + length, body->data != NULL ? (const void *) body->data : "", body->length);
	send_all(client, message, (size_t) length + body->length);
}

/* Receives more.  Returns how much; 0 at the end. */
static size_t
receive(Client *client)
{
	ssize_t		received = recv(client->fd, client->buffer + client->filled, sizeof(client->buffer) - 1 - client->filled, 0);

	if (received < 0)
		die("could not receive");
	client->filled += (size_t) received;
	client->buffer[client->filled] = '\0';
	return (size_t) received;
}

/* Returns the value of a header, or NULL. */
static const char *
find_header(const char *head, const char *name)
{
	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, strlen(name)) == 0 && line[2 + strlen(name)] == ':')
			return line + 3 + strlen(name);
	return NULL;
}

/* Drops the content of an answer, of which some has come with the head. */
static void
drop_content(Client *client, size_t head, double length)
{
	double		left = length - (double) (client->filled - head);

	client->filled = 0;
	while (left > 0 && receive(client) > 0)
	{
		left -= (double) client->filled;
		client->filled = 0;
	}
	if (left > 0)
		die("an answer is not whole");
	client->octets += length;
}

/* Receives an answer and checks its status.  Returns false if the server closed before it. */
static bool
receive_answer(Client *client)
{
	char	   *end;
	const char *length;
	const char *connection;

	while ((end = strstr(client->buffer, "\r\n\r\n")) == NULL || client->filled == 0)
		if (receive(client) == 0)
			return false;
	if (atoi(client->buffer + 9) != plan.status)
		die("%s", client->buffer);
	end[2] = '\0';
	length = find_header(client->buffer, "Content-Length");
	connection = find_header(client->buffer, "Connection");
	client->is_closing = client->buffer[7] == '0' || (connection != NULL && strncasecmp(connection + 1, "close", 5) == 0);
	drop_content(client, (size_t) (end + 4 - client->buffer), plan.status == 304 || length == NULL ? 0 : atof(length));
	client->buffer[0] = '\0';
	return true;
}

static void
run_request(Client *client, long number)
{
	static const Body none = {NULL, 0};
	const Body *body = plan.body_count > 0 ?
		&plan.bodies[(number * plan.clients + client->number) % plan.body_count] : &none;

	if (client->fd < 0 || client->is_closing)
		open_connection(client);
	send_request(client, body);
	if (!receive_answer(client))
		die("the server closed the connection without an answer");
	client->answers++;
}

static void *
run_client(void *argument)
{
	Client	   *client = argument;

	open_connection(client);
	/* All are connected; then the clock runs. */
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (long i = 0; plan.count > 0 ? i < plan.count : now() < deadline; i++)
		run_request(client, i);
	return NULL;
}

/* ---------- the program ---------- */

static void
read_bodies(const char *path)
{
	static char line[65536];
	FILE	   *file = fopen(path, "r");

	if (file == NULL)
		die("could not open \"%s\"", path);
	while (fgets(line, sizeof(line), file) != NULL)
	{
		Body		body = {NULL, strcspn(line, "\n") / 2};

		body.data = malloc(body.length + 1);
		plan.bodies = realloc(plan.bodies, ((size_t) plan.body_count + 1) * sizeof(Body));
		for (size_t i = 0; i < body.length; i++)
			if (sscanf(line + 2 * i, "%2hhx", &body.data[i]) != 1)
				die("a body is not hexadecimal");
		plan.bodies[plan.body_count++] = body;
	}
	fclose(file);
	if (plan.body_count == 0)
		die("there is no body");
}

static void
read_key(char *key)
{
	plan.key = strsep(&key, ":");
	plan.secret = strsep(&key, ":");
	plan.region = key;
	if (plan.region == NULL)
		die("-k takes ID:SECRET:REGION");
}

static void
read_options(int count, char **arguments)
{
	int			option;

	while ((option = getopt(count, arguments, "c:t:n:s:H:k:o:w")) != -1)
		switch (option)
		{
			case 'c':
				plan.clients = atoi(optarg);
				break;
			case 't':
				plan.seconds = atof(optarg);
				break;
			case 'n':
				plan.count = atol(optarg);
				break;
			case 's':
				plan.status = atoi(optarg);
				break;
			case 'H':
				plan.headers[plan.header_count++ % MAX_HEADERS] = optarg;
				break;
			case 'k':
				read_key(optarg);
				break;
			case 'o':
				plan.operation = optarg;
				break;
			case 'w':
				plan.is_waiting = true;
				plan.count = 1;
				break;
			default:
				exit(1);
		}
	if (count - optind < 3 || plan.clients < 1 || plan.clients > MAX_CLIENTS || plan.header_count > MAX_HEADERS)
		die("usage: http_load [OPTION ...] PORT METHOD PATH [FILE]");
	plan.port = atoi(arguments[optind]);
	plan.method = arguments[optind + 1];
	plan.path = arguments[optind + 2];
	if (count - optind > 3)
		read_bodies(arguments[optind + 3]);
}

int
main(int count, char **arguments)
{
	Client	   *clients;
	double		began;
	double		answers = 0;
	double		octets = 0;

	read_options(count, arguments);
	clients = calloc((size_t) plan.clients, sizeof(Client));
	pthread_barrier_init(&barrier, NULL, (unsigned int) plan.clients + 1);
	for (int i = 0; i < plan.clients; i++)
	{
		clients[i].number = i;
		clients[i].fd = -1;
		if (pthread_create(&clients[i].thread, NULL, run_client, &clients[i]) != 0)
			die("no thread");
	}
	pthread_barrier_wait(&barrier);
	began = now();
	deadline = began + plan.seconds;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < plan.clients; i++)
	{
		pthread_join(clients[i].thread, NULL);
		answers += clients[i].answers;
		octets += clients[i].octets;
	}
	began = now() - began;
	printf("%.1f %.0f %.4f\n", answers / began, octets / began, began);
	if (plan.is_waiting)
	{
		fflush(stdout);
		while (getchar() != EOF)
			;
	}
	return 0;
}
