/* RDSEED and RDRAND: the second one where the first is not there, or has nothing for now.
 *
 * Spec: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, "Random Number
 * Generator Instructions": RDRAND is to be tried ten times.
 */
#include "efi/random.h"

#include <cpuid.h>

#define TRIES  10
#define RDRAND (1u << 30) /* CPUID leaf 1, ECX */
#define RDSEED (1u << 18) /* CPUID leaf 7, EBX */

const char random_instruction[] = "RDRAND";

static bool has_rdrand(void)
{
    unsigned a, b, c, d;

    return __get_cpuid(1, &a, &b, &c, &d) && c & RDRAND;
}

static bool has_rdseed(void)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & RDSEED;
}

static bool rdseed(uint64_t *out)
{
    uint8_t ok;

    __asm__ volatile("rdseed %0; setc %1" : "=r"(*out), "=qm"(ok) : : "cc");
    return ok;
}

static bool rdrand(uint64_t *out)
{
    uint8_t ok;

    __asm__ volatile("rdrand %0; setc %1" : "=r"(*out), "=qm"(ok) : : "cc");
    return ok;
}

bool random_word(uint64_t *out)
{
    if (has_rdseed() && rdseed(out))
        return true;
    if (!has_rdrand())
        return false;
    for (int i = 0; i < TRIES; i++)
        if (rdrand(out))
            return true;
    return false;
}
