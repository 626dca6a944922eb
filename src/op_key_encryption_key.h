/*-------------------------------------------------------------------------
 *
 * op_key_encryption_key.h
 *	  Prepares the key-encryption key to wrap something new.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_KEY_ENCRYPTION_KEY_H
#define OP_KEY_ENCRYPTION_KEY_H

#include "postgres.h"

extern void pca_wrapping_begin(void);

#endif							/* OP_KEY_ENCRYPTION_KEY_H */
