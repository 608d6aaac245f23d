/* Spec: Arm Architecture Reference Manual for A-profile, "CPACR_EL1", "CPTR_EL2". */
#include "efi/processor.h"

#include <stdbool.h>

#define EL_SHIFT   2 /* of the level in CurrentEL */
#define FPEN_SHIFT 20
#define FPEN_ALL   3u         /* CPACR_EL1: no instruction of SIMD is trapped */
#define TFP        (1u << 10) /* CPTR_EL2: all of them are */
#define E2H        (1ull << 34)

#define PLAIN __attribute__((target("general-regs-only")))

PLAIN static bool has_simd(void)
{
    uint64_t level, el1, el2, hypervisor;

    __asm__ volatile("mrs %0, CurrentEL" : "=r"(level));
    __asm__ volatile("mrs %0, cpacr_el1" : "=r"(el1));
    if (level >> EL_SHIFT != 2)
        return (el1 >> FPEN_SHIFT & FPEN_ALL) == FPEN_ALL;
    __asm__ volatile("mrs %0, cptr_el2" : "=r"(el2));
    __asm__ volatile("mrs %0, hcr_el2" : "=r"(hypervisor));
    return hypervisor & E2H ? (el2 >> FPEN_SHIFT & FPEN_ALL) == FPEN_ALL : !(el2 & TFP);
}

void processor_note(void)
{
}

PLAIN void EFIAPI processor_begin(void *argument)
{
    if (has_simd())
        workers_session(argument);
}

void processor_pause(void)
{
    __asm__ volatile("yield" ::: "memory");
}
