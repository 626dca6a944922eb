/*-------------------------------------------------------------------------
 *
 * issuance.h
 *	  The yardstick: one issuance as fast as OpenSSL's public API lets a plain
 *	  C program make it, without a database.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ISSUANCE_H
#define ISSUANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Bytes
{
	const uint8_t *data;
	size_t		length;
} Bytes;

typedef struct Issuer Issuer;

/* Which of the two yardsticks: whether it verifies what it signed */
typedef enum IssueMode
{
	ISSUE_SIGNED,
	ISSUE_SIGNED_AND_VERIFIED
} IssueMode;

extern Issuer *issuer_new(const char *algorithm);
extern Bytes issuer_issue(Issuer *issuer, const char *csr_pem, size_t length, IssueMode mode);
extern bool issuer_is_intact(Issuer *issuer, Bytes certificate);
extern bool issuer_sign(Issuer *issuer, Bytes digest);
extern bool issuer_verify(Issuer *issuer, Bytes digest);

extern size_t csr_make(unsigned number, char *pem, size_t capacity);

#endif							/* ISSUANCE_H */
