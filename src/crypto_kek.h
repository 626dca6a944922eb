/*-------------------------------------------------------------------------
 *
 * crypto_kek.h
 *	  The key-encryption key, under which every private key is stored.
 *
 * crypto_kek.c keeps it and wraps under it; crypto_kek_file.c and
 * crypto_kek_command.c read it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEK_H
#define CRYPTO_KEK_H

#include "postgres.h"

#include "base_der.h"

#define PCA_KEK_ID_LENGTH 8

/* What a file holds or a command prints, in secure memory. */
typedef struct PcaKekText
{
	size_t		length;
	char		data[1024];		/* a full buffer means that the text is too long */
} PcaKekText;

#define PCA_KEK_NO_FILE "its file does not exist"
#define PCA_KEK_NO_DIGITS "it is not 64 hexadecimal digits"

extern const char *pca_kek_read_file(const char *path, PcaKekText *text);
extern void pca_kek_remove_leftovers(const char *path);
extern const char *pca_kek_make_file(const char *path, const PcaKekText *text, bool *is_made);
extern const char *pca_kek_run_command(const char *line, int timeout_seconds, PcaKekText *text);

/* Tells whether a missing key may be made; throws when that cannot be determined. */
typedef bool (*PcaKekMayMake) (void);

extern void pca_kek_define_settings(void);
extern void pca_kek_renew(PcaKekMayMake may_make);
extern void pca_kek_forget(void);
extern const char *pca_kek_fault(PcaBytes wrapper_id);
extern PcaBytes pca_kek_id(void);
extern PcaBytes pca_kek_wrap(PcaBytes context, PcaBytes plaintext, PcaBytes additional_data);
extern uint8 *pca_kek_unwrap(PcaBytes kek_id, PcaBytes context, PcaBytes wrapped, PcaBytes additional_data,
							 size_t *length);

#endif							/* CRYPTO_KEK_H */
