/*-------------------------------------------------------------------------
 *
 * fuzz_next_token.c
 *	  Reads any text as a next token, which is refused.  A token that was
 *	  made here opens, but not for another call, and not with an octet
 *	  changed.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "crypto_next_token.h"

static const PcaBytes key = PCA_BYTES_INIT("0123456789abcdef0123456789abcdef");

static bool
is_opened(const char *call, const char *token)
{
	PcaBytes	position;

	return pca_next_token_open(key, call, token, &position) == NULL;
}

void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);
	PcaBytes	position;
	char	   *token;
	size_t		changed;

	if (text != NULL)
		FUZZ_CHECK(!is_opened("call", text));
	if (input.length == 0)
		return;
	token = pca_next_token_make(key, "call", input);
	FUZZ_CHECK(pca_next_token_open(key, "call", token, &position) == NULL);
	FUZZ_CHECK(pca_bytes_equal(position, input));
	FUZZ_CHECK(!is_opened("other", token));
	changed = (input.data[0] << 8 | input.data[input.length - 1]) % strlen(token);
	token[changed] = token[changed] == 'a' ? 'b' : 'a';
	FUZZ_CHECK(!is_opened("call", token));
	token[changed] = '\0';
	FUZZ_CHECK(!is_opened("call", token));
}
