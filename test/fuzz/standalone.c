/*-------------------------------------------------------------------------
 *
 * standalone.c
 *	  Runs each input that is named on the command line, a file or a
 *	  directory of files, once.  It replaces libFuzzer's main(), for any
 *	  compiler.
 *
 *-------------------------------------------------------------------------
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *current;
static int	count;

/* Names the input that a report is about; every fault ends in abort(). */
static void
name_input(int signal_number)
{
	if (current != NULL)
		fprintf(stderr, "crashing input: %s\n", current);
}

static void
run_file(const char *path, size_t size)
{
	FILE	   *file = fopen(path, "rb");
	uint8_t    *data = malloc(size);

	if (file == NULL || fread(data, 1, size, file) != size)
	{
		perror(path);
		exit(2);
	}
	fclose(file);
	current = path;
	LLVMFuzzerTestOneInput(data, size);
	current = NULL;
	free(data);
	count++;
}

static void
run(const char *path)
{
	struct stat status;
	struct dirent **entries;
	int			entry_count;

	if (stat(path, &status) != 0)
	{
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(status.st_mode))
	{
		run_file(path, status.st_size);
		return;
	}
	entry_count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < entry_count; i++)
	{
		char		below[4096];

		snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			run(below);
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	signal(SIGABRT, name_input);
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	printf("%d inputs\n", count);
	return 0;
}
