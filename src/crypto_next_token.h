/*-------------------------------------------------------------------------
 *
 * crypto_next_token.h
 *	  Next tokens of lists, which are valid only in the installation that made
 *	  them and for the call that they were made for.
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
