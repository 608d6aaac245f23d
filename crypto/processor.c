#include "crypto/processor.h"

#define IS_KNOWN 0x80000000u

/* Asking takes a virtual machine a microsecond or more, so the answer is kept.  All who ask at the
 * same time find the same. */
static _Atomic unsigned known, hidden;

bool processor_has(enum processor_feature feature)
{
    if (!known)
        known = processor_ask() | IS_KNOWN;
    return (known & ~hidden & feature) != 0;
}

void processor_hide(unsigned features)
{
    hidden = features;
}
