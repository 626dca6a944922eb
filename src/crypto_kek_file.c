/*-------------------------------------------------------------------------
 *
 * crypto_kek_file.c
 *	  Reads the file with the key-encryption key, and makes it once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto_kek.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/procarray.h"

/*
 * Applies the rules of ssl_key_file: a regular file, no link, owned by the
 * server's user or root, closed to others.  Returns NULL or the fault.
 */
static const char *
file_fault(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return "its file is not a regular file";
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return "its file is owned by neither the server's user nor root";
	if ((status->st_uid == geteuid() && (status->st_mode & (S_IRWXG | S_IRWXO)) != 0) ||
		(status->st_uid == 0 && (status->st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0))
		return "its file is open to group or others; its mode must be 0600, or 0640 if root owns it";
	return NULL;
}

/* Reads to the end of the file, or until the buffer is full, which is a fault. */
static const char *
read_text(int fd, PcaKekText *text)
{
	ssize_t		length = 1;

	while (length > 0 && text->length < sizeof(text->data))
	{
		length = read(fd, text->data + text->length, sizeof(text->data) - text->length);
		if (length < 0)
			return "its file cannot be read";
		text->length += length;
	}
	return text->length < sizeof(text->data) ? NULL : PCA_KEK_NO_DIGITS;
}

/* Reads the file.  Returns NULL, or the reason not to use its text. */
const char *
pca_kek_read_file(const char *path, PcaKekText *text)
{
	int			fd = OpenTransientFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | PG_BINARY);
	struct stat status;
	const char *fault;

	if (fd < 0 && errno == ENOENT)
		return PCA_KEK_NO_FILE;
	if (fd < 0)
		return errno == ELOOP ? "its file is a symbolic link" : "its file cannot be opened";
	fault = fstat(fd, &status) != 0 ? "its file cannot be examined" : file_fault(&status);
	if (fault == NULL)
		fault = read_text(fd, text);
	CloseTransientFile(fd);
	return fault;
}

/* Writes a new file that only the server's user can read. */
static bool
write_file(const char *path, const PcaKekText *text)
{
	int			fd = OpenTransientFilePerm(path, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY, 0600);
	bool		is_written;

	if (fd < 0)
		return false;
	is_written = write(fd, text->data, text->length) == (ssize_t) text->length && pg_fsync(fd) == 0;
	return CloseTransientFile(fd) == 0 && is_written;
}

/* Tells whether a file, "NAME.PID", was left over by a backend that has died. */
static bool
is_leftover(const char *name, const char *path)
{
	size_t		length = strlen(path);
	char	   *end;
	long		pid;

	if (strncmp(name, path, length) != 0 || name[length] != '.')
		return false;
	pid = strtol(name + length + 1, &end, 10);
	return end != name + length + 1 && *end == '\0' && pid > 0 &&
		(pid == MyProcPid || BackendPidGetProc(pid) == NULL);
}

/* Removes the clear-text keys that crashed backends left next to a file of the data directory. */
void
pca_kek_remove_leftovers(const char *path)
{
	DIR		   *directory = AllocateDir(".");
	struct dirent *entry;

	while ((entry = ReadDir(directory, ".")) != NULL)
		if (is_leftover(entry->d_name, path))
			(void) unlink(entry->d_name);
	FreeDir(directory);
}

/*
 * Makes a file in the data directory.  The complete file gets its name by
 * link(), which the first of several backends wins: is_made is false for the
 * others.  Returns NULL, or the fault; then nothing of the key remains on disk.
 */
const char *
pca_kek_make_file(const char *path, const PcaKekText *text, bool *is_made)
{
	char	   *temporary = psprintf("%s.%d", path, MyProcPid);
	bool		is_there;

	*is_made = is_there = false;
	if (write_file(temporary, text))
	{
		*is_made = link(temporary, path) == 0;
		is_there = *is_made || errno == EEXIST;
	}
	(void) unlink(temporary);
	if (!is_there)
		return "its file cannot be created";
	/* The server's working directory is the data directory. */
	fsync_fname(".", true);
	return NULL;
}
