/*-------------------------------------------------------------------------
 *
 * crypto_alone.c
 *	  The yardstick's issuance as a SQL function that stores nothing.  It
 *	  shows the rate of a client if a certificate costs only its
 *	  cryptography and the round trip.
 *
 * crypto_alone(csr text) returns integer: the length of the certificate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "issuance.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT Datum crypto_alone(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(crypto_alone);

Datum
crypto_alone(PG_FUNCTION_ARGS)
{
	static Issuer *issuer = NULL;
	text	   *csr = PG_GETARG_TEXT_PP(0);
	Bytes		certificate;

	if (issuer == NULL && (issuer = issuer_new("P-256")) == NULL)
		elog(ERROR, "could not make a CA");
	certificate = issuer_issue(issuer, VARDATA_ANY(csr), VARSIZE_ANY_EXHDR(csr), ISSUE_SIGNED_AND_VERIFIED);
	if (certificate.length == 0)
		elog(ERROR, "could not issue a certificate");
	PG_RETURN_INT32(certificate.length);
}
