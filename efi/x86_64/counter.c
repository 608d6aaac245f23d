/* The time stamp counter; constant on every processor with UEFI 2.x firmware. */
#include "efi/clock.h"

uint64_t clock_counter(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

uint64_t clock_counter_hz(void)
{
    return 0;
}
