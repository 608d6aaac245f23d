/* crypto/tls_random.h - the one source of random numbers that PSA, inside of mbedTLS, knows.
 *
 * For crypto/tls.c alone; a file of its own, since programs without TLS have PSA in their libraries
 * too.
 */
#ifndef CRYPTO_TLS_RANDOM_H
#define CRYPTO_TLS_RANDOM_H

#include <stddef.h>

#include "base/error.h"

/* Until it is set there are no random numbers. */
void tls_random_set(enum err (*source)(void *to, size_t len, struct error *e));

#endif
