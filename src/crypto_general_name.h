/*-------------------------------------------------------------------------
 *
 * crypto_general_name.h
 *	  GeneralName (RFC 5280 4.2.1.6) in its forms: builds, checks and formats it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_GENERAL_NAME_H
#define CRYPTO_GENERAL_NAME_H

#include "postgres.h"

#include "base_der.h"

/* The forms; each value is the number of the form's tag. */
typedef enum PcaNameForm
{
	PCA_NAME_OTHER,
	PCA_NAME_RFC822,
	PCA_NAME_DNS,
	PCA_NAME_X400,				/* read, never built */
	PCA_NAME_DIRECTORY,
	PCA_NAME_EDI_PARTY,
	PCA_NAME_URI,
	PCA_NAME_IP,
	PCA_NAME_REGISTERED_ID
} PcaNameForm;

/* A GeneralName to be built */
typedef struct PcaGeneralName
{
	PcaNameForm form;

	/*
	 * Visible ASCII (RFC822, DNS, URI), the 4 or 16 octets of an address, the
	 * content of an OID, a whole Name, or UTF-8 (other and EDI party names).
	 */
	PcaBytes	value;
	PcaBytes	type;			/* of an other name: the content of its OID */
	PcaBytes	assigner;		/* of an EDI party name: UTF-8; without data if there is none */
} PcaGeneralName;

extern void pca_general_name_build(PcaDerWriter *writer, const PcaGeneralName *name);
extern void pca_general_names_build(PcaDerWriter *writer, const PcaGeneralName *names, int count);
extern const char *pca_general_name_fault(const PcaDerElement *name);
extern char *pca_general_name_format(const PcaDerElement *name);

#endif							/* CRYPTO_GENERAL_NAME_H */
