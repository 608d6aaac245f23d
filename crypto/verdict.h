/* crypto/verdict.h - notes in a verdict.  For crypto/ alone. */
#ifndef CRYPTO_VERDICT_H
#define CRYPTO_VERDICT_H

#include "base/arena.h"
#include "crypto/signature.h"

/* Add a sentence, unless it is there already; without room it is not kept. */
enum err verdict_note(struct verdict *v, struct arena *a, struct error *e, const char *format, ...)
    PRINTF_LIKE(4, 5) MUST_CHECK;

#endif
