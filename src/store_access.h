/*-------------------------------------------------------------------------
 *
 * store_access.h
 *	  Who calls, and what the installation needs to tell callers apart.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_ACCESS_H
#define STORE_ACCESS_H

#include "postgres.h"

#include "base_der.h"
#include "nodes/pg_list.h"

extern const char *pca_caller_account(void);
extern void pca_page_key_put(PcaBytes key);
extern PcaBytes pca_page_key_get(void);
extern List *pca_access_functions(const char *access);

#endif							/* STORE_ACCESS_H */
