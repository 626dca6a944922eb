/*-------------------------------------------------------------------------
 *
 * crypto_purpose.c
 *	  The purposes of an extendedKeyUsage that the API or a template names, a row
 *	  each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_purpose.h"

/* id-kp: 1.3.6.1.5.5.7.3 */
#define KP(last) PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x03" last)
/* Microsoft's: 1.3.6.1.4.1.311 */
#define MICROSOFT(last) PCA_BYTES_INIT("\x2b\x06\x01\x04\x01\x82\x37" last)

/* The purposes of RFC 5280 4.2.1.12, and of other documents where noted */
static const struct
{
	PcaBytes	oid;			/* the content of the OID */
	const char *name;			/* in the document that defines it */
	const char *word;			/* the API's ExtendedKeyUsageType, or NULL */
}			purposes[] = {
	[PCA_PURPOSE_ANY] = {PCA_BYTES_INIT("\x55\x1d\x25\x00"), "anyExtendedKeyUsage", NULL},
	[PCA_PURPOSE_SERVER_AUTH] = {KP("\x01"), "serverAuth", "SERVER_AUTH"},
	[PCA_PURPOSE_CLIENT_AUTH] = {KP("\x02"), "clientAuth", "CLIENT_AUTH"},
	[PCA_PURPOSE_CODE_SIGNING] = {KP("\x03"), "codeSigning", "CODE_SIGNING"},
	[PCA_PURPOSE_EMAIL_PROTECTION] = {KP("\x04"), "emailProtection", "EMAIL_PROTECTION"},
	[PCA_PURPOSE_TIME_STAMPING] = {KP("\x08"), "timeStamping", "TIME_STAMPING"},
	[PCA_PURPOSE_OCSP_SIGNING] = {KP("\x09"), "OCSPSigning", "OCSP_SIGNING"},
	[PCA_PURPOSE_SMART_CARD_LOGIN] = {MICROSOFT("\x14\x02\x02"), "smartCardLogon", "SMART_CARD_LOGIN"},
	[PCA_PURPOSE_DOCUMENT_SIGNING] = {MICROSOFT("\x0a\x03\x0c"), "documentSigning", "DOCUMENT_SIGNING"},
	/* RFC 6962 3.1: 1.3.6.1.4.1.11129.2.4.4 */
	[PCA_PURPOSE_CERTIFICATE_TRANSPARENCY] = {
		PCA_BYTES_INIT("\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x04"), "precertificateSigning", "CERTIFICATE_TRANSPARENCY"
	},
};

StaticAssertDecl(lengthof(purposes) == PCA_PURPOSES, "each purpose has its row");

/* Returns the content of the OID of a purpose. */
PcaBytes
pca_purpose_oid(PcaPurpose purpose)
{
	return purposes[purpose].oid;
}

/* Returns the name of a purpose, for example serverAuth. */
const char *
pca_purpose_name(PcaPurpose purpose)
{
	return purposes[purpose].name;
}

/* Finds a purpose by the API's word, for example SERVER_AUTH.  Returns false for any other text. */
bool
pca_purpose_find(const char *word, PcaPurpose *purpose)
{
	for (int i = 0; i < PCA_PURPOSES; i++)
		if (purposes[i].word != NULL && strcmp(purposes[i].word, word) == 0)
		{
			*purpose = i;
			return true;
		}
	return false;
}
