/*-------------------------------------------------------------------------
 *
 * crypto_kek_command.c
 *	  Runs the command that prints the key-encryption key.
 *
 * Whatever the command does, the backend stays in control.  It waits on its
 * latch, so that a cancel, a termination or the time limit takes effect at once,
 * and then kills the command's whole process group with a signal that cannot be
 * ignored.  Once the command has ended, the backend stops waiting, even if a
 * process that the command started keeps its output open.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto_kek.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

/* Intervals at which the command's end is polled: while it prints, and once its output has ended. */
#define STEP_MS 50
#define LAST_STEP_MS 2

/* More descriptors than a backend has. */
#define MAX_DESCRIPTORS 65536

/* A running command; the current memory context ends it. */
typedef struct Command
{
	pid_t		pid;			/* also its process group; 0: it has ended */
	int			output;			/* -1: it is closed */
	int			status;
} Command;

static void
close_output(Command *command)
{
	if (command->output >= 0)
		close(command->output);
	command->output = -1;
}

static void
end_command(void *arg)
{
	Command    *command = arg;

	close_output(command);
	if (command->pid == 0)
		return;
	kill(-command->pid, SIGKILL);
	kill(command->pid, SIGKILL);
	while (waitpid(command->pid, &command->status, 0) < 0 && errno == EINTR)
		;
	command->pid = 0;
}

/* Turns the child into the command, which inherits only the backend's standard error. */
static _Noreturn void
become_command(const char *line, int output)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t	none;
	int			input = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0)
	{
		for (int i = STDERR_FILENO + 1; i < MAX_DESCRIPTORS; i++)
			close(i);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execl("/bin/sh", "sh", "-c", line, (char *) NULL);
	}
	_exit(127);
}

/* Starts the command.  Returns false on failure. */
static bool
start_command(Command *command, const char *line)
{
	int			ends[2];
	sigset_t	all;
	sigset_t	before;

	if (pipe(ends) != 0)
		return false;
	command->output = ends[0];
	/* A handler of the backend must not run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	command->pid = fork();
	if (command->pid == 0)
		become_command(line, ends[1]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (command->pid < 0)
	{
		command->pid = 0;
		return false;
	}
	/* The child does the same; either may come first. */
	setpgid(command->pid, command->pid);
	return fcntl(command->output, F_SETFL, O_NONBLOCK) == 0;
}

/* Reads what is available.  Returns false when the buffer is full or reading fails. */
static bool
read_output(Command *command, PcaKekText *text)
{
	while (command->output >= 0)
	{
		ssize_t		length = read(command->output, text->data + text->length, sizeof(text->data) - text->length);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		if (length == 0)
			close_output(command);
		text->length += length;
		if (text->length == sizeof(text->data))
			return false;
	}
	return true;
}

static void
look_for_end(Command *command)
{
	if (command->pid != 0 && waitpid(command->pid, &command->status, WNOHANG) == command->pid)
		command->pid = 0;
}

static void
wait_for_event(Command *command)
{
	int			events = WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH;

	if (command->output >= 0)
		events |= WL_SOCKET_READABLE;
	(void) WaitLatchOrSocket(MyLatch, events, command->output >= 0 ? command->output : PGINVALID_SOCKET,
							 command->output >= 0 ? STEP_MS : LAST_STEP_MS, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * Runs a command line and takes what it prints.  Returns NULL, or the reason
 * not to use the text.
 *
 * Throws on a cancel or termination request; then the command is killed.
 */
const char *
pca_kek_run_command(const char *line, int timeout_seconds, PcaKekText *text)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_seconds * INT64CONST(1000));
	Command    *command = palloc0(sizeof(Command));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));
	const char *fault = NULL;

	command->output = -1;
	callback->func = end_command;
	callback->arg = command;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	if (!start_command(command, line))
		fault = "its command cannot be run";
	while (fault == NULL)
	{
		/* In this order, so that everything printed before the end is read. */
		look_for_end(command);
		if (!read_output(command, text))
			fault = text->length == sizeof(text->data) ? PCA_KEK_NO_DIGITS : "the output of its command cannot be read";
		else if (command->pid == 0)
			break;
		else if (GetCurrentTimestamp() >= deadline)
			fault = "its command did not end within pca.key_encryption_key_command_timeout and was killed";
		else
			wait_for_event(command);
	}
	end_command(command);
	if (fault == NULL && !(WIFEXITED(command->status) && WEXITSTATUS(command->status) == 0))
		fault = "its command failed";
	return fault;
}
