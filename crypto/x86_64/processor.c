#include "crypto/processor.h"

#include <cpuid.h>

/* Registers of SSE are always there for use in 64-bit mode: UEFI 2.10, "x64 Platforms". */
unsigned processor_ask(void)
{
    const unsigned for_gcm = bit_AES | bit_PCLMUL | bit_SSSE3, for_sha = bit_SSSE3 | bit_SSE4_1;
    const unsigned for_bmi = bit_BMI | bit_BMI2;
    unsigned a, b, c, d, leaf1, found = 0;

    if (!__get_cpuid(1, &a, &b, &leaf1, &d))
        return 0;
    if ((leaf1 & for_gcm) == for_gcm)
        found |= PROCESSOR_GCM;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return found;
    if ((leaf1 & for_sha) == for_sha && b & bit_SHA)
        found |= PROCESSOR_SHA;
    if ((b & for_bmi) == for_bmi)
        found |= PROCESSOR_BMI;
    return found;
}
