/*-------------------------------------------------------------------------
 *
 * crypto_crl.h
 *	  Certificate revocation lists (RFC 5280 5).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_CRL_H
#define CRYPTO_CRL_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_algorithm.h"
#include "crypto_key.h"
#include "utils/uuid.h"

/* The content of a CRL apart from its entries. */
typedef struct PcaCrlSpec
{
	const PcaSigningAlgorithm *signing;
	PcaBytes	issuer;			/* Name, whole */
	PcaBytes	key_identifier; /* of the CA's key */
	int64		this_update;	/* Unix seconds */
	int64		next_update;
	uint64		number;
	const char *url;			/* that its certificates name; NULL if it covers all certificates of the CA */
} PcaCrlSpec;

/* A CRL under construction, entry by entry. */
typedef struct PcaCrlWriter
{
	const PcaCrlSpec *spec;
	PcaDerWriter der;
	size_t		tbs_start;
	uint64		entries;
	uint64		checksum;		/* of the entries */
} PcaCrlWriter;

extern void pca_crl_begin(PcaCrlWriter *writer, const PcaCrlSpec *spec);
extern void pca_crl_add(PcaCrlWriter *writer, const pg_uuid_t *serial, int64 revoked_at, const char *reason);
extern PcaBytes pca_crl_sign(PcaCrlWriter *writer, PcaKey *key);

/* A CRL that was read; its parts point into the DER. */
typedef struct PcaCrl
{
	PcaBytes	tbs;			/* whole element, as are the following */
	PcaBytes	signature_algorithm;
	PcaBytes	issuer;
	int64		this_update;	/* Unix seconds */
	int64		next_update;
	uint64		number;
	PcaBytes	url;			/* of its issuing distribution point; empty for none */
	PcaBytes	entries;		/* content of revokedCertificates */
	PcaBytes	signature;
} PcaCrl;

typedef struct PcaCrlEntry
{
	pg_uuid_t	serial;
	int64		revoked_at;		/* Unix seconds */
	const char *reason;			/* the API's word */
} PcaCrlEntry;

extern int	pca_crl_reason_code(const char *word);
extern const char *pca_crl_parse(PcaBytes der, PcaCrl *crl);
extern const char *pca_crl_next(PcaDerReader *entries, PcaCrlEntry *entry);

#endif							/* CRYPTO_CRL_H */
