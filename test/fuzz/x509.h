/*-------------------------------------------------------------------------
 *
 * x509.h
 *	  Checks that the targets for X.509 share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef X509_H
#define X509_H

#include "postgres.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto_extension.h"
#include "fuzz.h"

extern void fuzz_check_name(PcaBytes name);
extern void fuzz_check_repair(PcaBytes name);
extern void fuzz_check_names_repair(PcaBytes oid, PcaBytes value);
extern void fuzz_check_general_names(PcaBytes value);
extern void fuzz_check_extensions(const PcaExtensions *ours, const STACK_OF(X509_EXTENSION) *theirs);
extern bool fuzz_is_oid_equal(const ASN1_OBJECT *object, PcaBytes content);
extern bool fuzz_is_within(PcaBytes slice, PcaBytes whole);

/* Tells whether the encoding of OpenSSL's object is these octets. */
#define FUZZ_IS_ENCODED(TYPE, object, expected) \
	({ \
		uint8	   *encoded = NULL; \
		int			length = i2d_##TYPE(object, &encoded); \
		bool		is_equal = length >= 0 && pca_bytes_equal((PcaBytes) {encoded, length}, expected); \
		OPENSSL_free(encoded); \
		is_equal; \
	})

#endif							/* X509_H */
