/*-------------------------------------------------------------------------
 *
 * fuzz_next_token.c
 *	  Any text as a next token: refused, and one that was made opens, but not
 *	  for another call, and not with one octet changed.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "crypto_next_token.h"

static const PcaBytes key = PCA_BYTES_INIT("0123456789abcdef0123456789abcdef");

static int
open_token(const char *call, const char *token)
{
	return FUZZ_CATCH(pca_next_token_open(key, call, token));
}

void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);
	PcaBytes	position = {NULL, 0};
	char	   *token;
	size_t		changed;

	if (text != NULL)
		FUZZ_CHECK(open_token("call", text) == PCA_SQLSTATE_INVALID_NEXT_TOKEN);
	if (input.length == 0)
		return;
	token = pca_next_token_make(key, "call", input);
	FUZZ_CHECK(FUZZ_CATCH(position = pca_next_token_open(key, "call", token)) == 0);
	FUZZ_CHECK(pca_bytes_equal(position, input));
	FUZZ_CHECK(open_token("other", token) == PCA_SQLSTATE_INVALID_NEXT_TOKEN);
	changed = (input.data[0] << 8 | input.data[input.length - 1]) % strlen(token);
	token[changed] = token[changed] == 'a' ? 'b' : 'a';
	FUZZ_CHECK(open_token("call", token) == PCA_SQLSTATE_INVALID_NEXT_TOKEN);
	token[changed] = '\0';
	FUZZ_CHECK(open_token("call", token) == PCA_SQLSTATE_INVALID_NEXT_TOKEN);
}
