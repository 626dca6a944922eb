/*-------------------------------------------------------------------------
 *
 * store_standby.c
 *	  As of when a server knows what has been committed: a primary as of now, a
 *	  standby as of what it has replayed.
 *
 * A standby that has lost its primary goes on answering from what it has, and
 * a revocation that it will never hear of would stay "good" for ever.  So who
 * says what is good asks here first.
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
							"How far a standby may be behind and still say which certificates are good.",
							NULL, &max_lag_setting, 300, 0, INT_MAX, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/*
 * When the primary last said that it has no more than what is replayed here; 0
 * when that is not so.
 *
 * What it says is how far it has sent, and a keepalive can wait behind data in
 * a connection that stalls, while the primary has more already.  After
 * wal_receiver_timeout such a connection is ended: by so much the word may be
 * older than it looks.
 *
 * A receiver that starts puts the time of this server in both places, and has
 * no word of the primary yet: messages that were sent and received in the same
 * microsecond are none.  The times are the primary's own.  (On a standby of a
 * standby they are those of the server in between, whose lag is not seen.)
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
 * As of when a snapshot that is taken from here on shows everything that was
 * committed; false when that is longer ago than pca.max_status_lag.
 *
 * A commit that was acknowledged before another one began to commit stands
 * before it in the WAL: so the time of the last transaction that was replayed
 * is good, and after it the time of the primary's word that there is no more.
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
