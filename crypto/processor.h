/* crypto/processor.h - what this processor does faster than plain code would: it is asked once. */
#ifndef CRYPTO_PROCESSOR_H
#define CRYPTO_PROCESSOR_H

#include <stdbool.h>

enum processor_feature {
    PROCESSOR_GCM = 1, /* what gcm_bulk() is made of */
    PROCESSOR_SHA = 2, /* instructions for SHA-1 and SHA-256 */
    PROCESSOR_BMI = 4, /* what helps SHA-256 without those */
};

bool processor_has(enum processor_feature feature);

/* For tests, of the plain code: without all of these from now on.  0 is the processor as it is. */
void processor_hide(unsigned features);

/* crypto/<arch>/processor.c; any of the above, together. */
unsigned processor_ask(void);

#endif
