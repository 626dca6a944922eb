/*-------------------------------------------------------------------------
 *
 * crypto_host.h
 *	  Host names, and where mailboxes and URIs have them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_HOST_H
#define CRYPTO_HOST_H

#include "postgres.h"

#include "base_der.h"

extern bool pca_is_alike_ascii(PcaBytes a, PcaBytes b);
extern bool pca_host_ends_with(PcaBytes host, PcaBytes end);
extern const char *pca_host_fault(PcaBytes host);
extern const char *pca_dns_name_fault(PcaBytes name);
extern const char *pca_mailbox_parse(PcaBytes mailbox, PcaBytes *local, PcaBytes *host);
extern PcaBytes pca_local_part_unquote(PcaBytes local);
extern const char *pca_uri_host_parse(PcaBytes uri, PcaBytes *host);

#endif							/* CRYPTO_HOST_H */
