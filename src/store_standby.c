/*-------------------------------------------------------------------------
 *
 * store_standby.c
 *	  How recent a server's data is: a primary's is current, a standby's is as
 *	  old as what it has replayed.
 *
 * A standby that has lost its primary would go on answering from what it has,
 * and a certificate whose revocation it never learns of would stay "good"
 * forever.  So certificate status is given out only after a check here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "replication/walreceiver.h"
#include "store_standby.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

static int	max_lag_setting;

void
pca_standby_define_settings(void)
{
	DefineCustomIntVariable("pca.max_status_lag",
							"Sets how far a standby may be behind and still answer OCSP requests.",
							"Zero means that it answers none.", &max_lag_setting, 300, 0, INT_MAX, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/*
 * Returns the time at which the primary last reported that it had no more WAL
 * than has been replayed here, or 0 if it reported more.
 *
 * The primary reports how far it has sent, and on a stalled connection a
 * keepalive can be queued after data while the primary already has more.  Such a
 * connection is ended after wal_receiver_timeout, so the report may be older than
 * it looks by that much.
 *
 * A receiver that starts sets both times to this server's clock before it has
 * any report, so a message that was sent and received in the same microsecond
 * does not count.  The times are the primary's own.  (On a cascading standby
 * they are the upstream standby's, whose own lag is not visible.)
 */
static TimestampTz
idle_as_of(void)
{
	TimestampTz sent_at;
	TimestampTz received_at;
	XLogRecPtr	end;

	SpinLockAcquire(&WalRcv->mutex);
	sent_at = WalRcv->lastMsgSendTime;
	received_at = WalRcv->lastMsgReceiptTime;
	end = WalRcv->latestWalEnd;
	SpinLockRelease(&WalRcv->mutex);
	if (wal_receiver_timeout == 0 || sent_at == received_at || XLogRecPtrIsInvalid(end) ||
		end > GetXLogReplayRecPtr(NULL))
		return 0;
	return sent_at - wal_receiver_timeout * INT64CONST(1000);
}

/*
 * Determines the time up to which a snapshot taken from now on shows every
 * commit.  Returns false if that is longer ago than pca.max_status_lag.
 *
 * A commit that was acknowledged before another began precedes it in the WAL.
 * So the commit time of the last replayed transaction is a lower bound, and so is
 * the time of the primary's last report that there is no more WAL.
 */
bool
pca_standby_is_current(TimestampTz now, TimestampTz *as_of)
{
	*as_of = now;
	if (!RecoveryInProgress())
		return true;
	*as_of = Min(now, Max(GetLatestXTime(), idle_as_of()));
	return now - *as_of <= max_lag_setting * USECS_PER_SEC;
}
