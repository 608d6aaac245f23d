/* RNDR, where ID_AA64ISAR0_EL1 says that it is there.
 *
 * Spec: Arm Architecture Reference Manual for A-profile, "RNDR, Random Number".
 */
#include "efi/random.h"

#define TRIES      10
#define RNDR_SHIFT 60 /* of the field in ID_AA64ISAR0_EL1 */

const char random_instruction[] = "RNDR";

static bool has_rndr(void)
{
    uint64_t features;

    __asm__ volatile("mrs %0, id_aa64isar0_el1" : "=r"(features));
    return features >> RNDR_SHIFT & 15;
}

/* S3_3_C2_C4_0 is RNDR by number; Z is set when it has nothing. */
static bool rndr(uint64_t *out)
{
    uint64_t ok;

    __asm__ volatile("mrs %0, s3_3_c2_c4_0; cset %1, ne" : "=r"(*out), "=r"(ok) : : "cc");
    return ok;
}

bool random_word(uint64_t *out)
{
    if (!has_rndr())
        return false;
    for (int i = 0; i < TRIES; i++)
        if (rndr(out))
            return true;
    return false;
}
