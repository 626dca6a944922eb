/*-------------------------------------------------------------------------
 *
 * log.c
 *	  The log: a line of JSON for each request and each event, on standard error.
 *
 * Lines are collected and written once in each round of the main loop.  What a
 * client sent is in them only as a JSON string, which has no control character.
 *
 *-------------------------------------------------------------------------
 */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COLLECTED 32768

static GwBuffer lines;

/* Appends the time in UTC, with milliseconds. */
static void
append_time(GwBuffer *line)
{
	struct timespec now;
	struct tm	parts;
	char		text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	pca_gw_buffer_format(line, "%s.%03dZ", text, (int) (now.tv_nsec / 1000000));
}

/* Writes a line with these members. */
void
pca_gw_log_members(const char *event, const GwLogMember *members, int count)
{
	pca_gw_buffer_add(&lines, "{\"time\":\"");
	append_time(&lines);
	pca_gw_buffer_format(&lines, "\",\"event\":\"%s\"", event);
	for (int i = 0; i < count; i++)
	{
		if (members[i].value.data == NULL)
			continue;
		pca_gw_buffer_format(&lines, ",\"%s\":", members[i].name);
		if (members[i].is_number)
			pca_gw_buffer_append(&lines, members[i].value.data, members[i].value.length);
		else
			pca_gw_buffer_json(&lines, members[i].value);
	}
	pca_gw_buffer_add(&lines, "}\n");
	if (lines.length > COLLECTED)
		pca_gw_log_flush();
}

__attribute__((format(printf, 2, 0))) static void
log_message(const char *event, const char *format, va_list arguments)
{
	char		text[1024];
	GwLogMember member = {.name = "message"};

	vsnprintf(text, sizeof(text), format, arguments);
	member.value = pca_gw_bytes(text);
	pca_gw_log_members(event, &member, 1);
}

/* Writes a line about something else than a request. */
void
pca_gw_log(const char *event, const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	log_message(event, format, arguments);
	va_end(arguments);
}

/* Writes a last line and ends the process. */
void
pca_gw_fatal(const char *format, ...)
{
	va_list		arguments;

	va_start(arguments, format);
	log_message("fatal", format, arguments);
	va_end(arguments);
	pca_gw_log_flush();
	exit(EXIT_FAILURE);
}

/* Returns what errno says. */
const char *
pca_gw_system_error(void)
{
	return strerror(errno);
}

/* Writes the collected lines.  Lines that cannot be written are lost, so that a log never blocks a request. */
void
pca_gw_log_flush(void)
{
	size_t		written = 0;

	while (written < lines.length)
	{
		ssize_t		count = write(STDERR_FILENO, lines.data + written, lines.length - written);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		written += (size_t) count;
	}
	lines.length = 0;
	lines.is_broken = false;
}
