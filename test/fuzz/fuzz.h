/*-------------------------------------------------------------------------
 *
 * fuzz.h
 *	  What every fuzz target has: one function for the input, errors that
 *	  can be caught, and claims that must hold.
 *
 * A target defines fuzz_one().  Everything that it allocates is freed
 * afterwards.  These are all crashes: an error that leaves it, an internal
 * error (elog) anywhere, an error text that is not UTF-8 or is too long, more
 * memory than an input may cost, and a claim that does not hold.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "postgres.h"

#include <setjmp.h>

#include "base_der.h"
#include "base_error.h"

extern void fuzz_one(PcaBytes input);

/* Defines the settings that the code under test reads; a target without settings has no such function. */
extern void fuzz_define_settings(void) __attribute__((weak));

extern sigjmp_buf *fuzz_handler;
extern int	fuzz_sqlstate;

/* Runs statements.  Returns the SQLSTATE of the error that they threw, or 0. */
#define FUZZ_CATCH(...) \
	({ \
		sigjmp_buf *outer = fuzz_handler; \
		sigjmp_buf	here; \
		volatile int caught = 0; \
		fuzz_handler = &here; \
		if (sigsetjmp(here, 0) == 0) \
		{ \
			__VA_ARGS__; \
		} \
		else \
			caught = fuzz_sqlstate; \
		fuzz_handler = outer; \
		error_context_stack = NULL; \
		caught; \
	})

/* Tells whether it is success, or an exception of this kind. */
#define FUZZ_EXPECT(state, kind) \
	FUZZ_CHECK((state) == 0 || (state) == PCA_SQLSTATE_##kind)

/* Crashes, with the last error, unless the claim is true. */
#define FUZZ_CHECK(claim) \
	do { \
		if (!(claim)) \
			fuzz_fail(__FILE__, __LINE__, #claim); \
	} while (0)

extern void fuzz_fail(const char *file, int line, const char *claim) pg_attribute_noreturn();

/* If set, every signature of a CSR or a certificate counts as good. */
extern bool fuzz_takes_any_signature;

/* Returns the input as the server would pass it as text, or NULL if it cannot be text. */
extern char *fuzz_text(PcaBytes input);
extern bool fuzz_is_text(const char *data, size_t length);

/* Crashes unless the fault is a line of text, or NULL. */
extern void fuzz_check_fault(const char *fault);

/* An input as a source of decisions; after its end it returns zeros. */
typedef struct FuzzStream
{
	const uint8 *next;
	const uint8 *end;
} FuzzStream;

extern FuzzStream fuzz_stream(PcaBytes input);
extern uint8 fuzz_byte(FuzzStream *stream);
extern int64 fuzz_int64(FuzzStream *stream);

#endif							/* FUZZ_H */
