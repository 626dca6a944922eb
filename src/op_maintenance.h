/*-------------------------------------------------------------------------
 *
 * op_maintenance.h
 *	  Runs the tasks of maintenance: CRLs, certificates of OCSP responders,
 *	  permanent deletion, expired tokens.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_MAINTENANCE_H
#define OP_MAINTENANCE_H

#include "postgres.h"

#include "store_maintenance.h"
#include "utils/array.h"

extern List *pca_maintenance_list(const PcaDue *due);
extern ErrorData *pca_maintenance_run(const PcaTask *task);
extern ArrayType *pca_maintenance_task_names(void);
extern void pca_maintenance_report(bool is_read_only);

#endif							/* OP_MAINTENANCE_H */
