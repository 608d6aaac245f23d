/* The generic timer's virtual count (Arm ARM, "The Generic Timer"). */
#include "efi/clock.h"

uint64_t clock_counter(void)
{
    uint64_t count;

    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count));
    return count;
}

uint64_t clock_counter_hz(void)
{
    uint64_t hz;

    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
    return hz;
}
