/*-------------------------------------------------------------------------
 *
 * crypto_next_token.h
 *	  Next tokens of the lists: made by this installation for one call, or
 *	  refused.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_NEXT_TOKEN_H
#define CRYPTO_NEXT_TOKEN_H

#include "postgres.h"

#include "base_der.h"

extern char *pca_next_token_make(PcaBytes key, const char *call, PcaBytes position);
extern const char *pca_next_token_open(PcaBytes key, const char *call, const char *token, PcaBytes *position);

#endif							/* CRYPTO_NEXT_TOKEN_H */
