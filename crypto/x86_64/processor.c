#include "crypto/processor.h"

#include <cpuid.h>

/* Registers of SSE are always there for use in 64-bit mode: UEFI 2.10, "x64 Platforms". */
unsigned processor_ask(void)
{
    const unsigned for_gcm = bit_AES | bit_PCLMUL | bit_SSSE3;
    unsigned a, b, c, d, found = 0;

    if (__get_cpuid(1, &a, &b, &c, &d) && (c & for_gcm) == for_gcm)
        found |= PROCESSOR_GCM;
    return found;
}
