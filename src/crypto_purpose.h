/*-------------------------------------------------------------------------
 *
 * crypto_purpose.h
 *	  The purposes of an extendedKeyUsage.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_PURPOSE_H
#define CRYPTO_PURPOSE_H

#include "postgres.h"

#include "base_der.h"

typedef enum PcaPurpose
{
	PCA_PURPOSE_ANY,
	PCA_PURPOSE_SERVER_AUTH,
	PCA_PURPOSE_CLIENT_AUTH,
	PCA_PURPOSE_CODE_SIGNING,
	PCA_PURPOSE_EMAIL_PROTECTION,
	PCA_PURPOSE_TIME_STAMPING,
	PCA_PURPOSE_OCSP_SIGNING,
	PCA_PURPOSE_SMART_CARD_LOGIN,
	PCA_PURPOSE_DOCUMENT_SIGNING,
	PCA_PURPOSE_CERTIFICATE_TRANSPARENCY,
	PCA_PURPOSES
} PcaPurpose;

/* The bit of a purpose in a set of them */
#define PCA_PURPOSE_BIT(purpose) (1u << (purpose))

extern PcaBytes pca_purpose_oid(PcaPurpose purpose);
extern const char *pca_purpose_name(PcaPurpose purpose);
extern bool pca_purpose_find(const char *word, PcaPurpose *purpose);

#endif							/* CRYPTO_PURPOSE_H */
