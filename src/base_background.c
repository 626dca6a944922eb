/*-------------------------------------------------------------------------
 *
 * base_background.c
 *	  Background workers, for those who wait for one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_background.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

/* Says whether a background worker has ended, or never began. */
bool
pca_background_has_ended(BackgroundWorkerHandle *handle)
{
	pid_t		pid;

	return GetBackgroundWorkerPid(handle, &pid) == BGWH_STOPPED;
}

/*
 * Waits until a background worker has ended.  Returns false if that takes longer.
 *
 * The worker's bgw_notify_pid is the caller's.
 */
bool
pca_background_wait(BackgroundWorkerHandle *handle, int seconds)
{
	TimestampTz deadline = GetCurrentTimestamp() + seconds * USECS_PER_SEC;

	while (!pca_background_has_ended(handle))
	{
		long		rest = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);

		CHECK_FOR_INTERRUPTS();
		if (rest <= 0)
			return false;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, rest, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
	return true;
}
