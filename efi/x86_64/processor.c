/* Spec: Intel SDM volume 3A, "Control Registers", "Extended Control Registers (Including XCR0)". */
#include "efi/processor.h"

#include <stdbool.h>

/* Of CR0: MP, EM, TS.  Of CR4: OSFXSR, OSXMMEXCPT, OSXSAVE.  They say whether SSE and AVX can be used;
 * libdeflate uses AVX where it is on. */
#define CR0_BITS (1u << 1 | 1u << 2 | 1u << 3)
#define CR4_BITS (1u << 9 | 1u << 10 | 1u << 18)
#define OSXSAVE  (1u << 18)

/* No function here may use SSE itself.  That workers_session() has the firmware's calling convention leaves
 * it to that one to keep the registers that its caller wants kept. */
#define PLAIN __attribute__((target("general-regs-only")))

struct setup {
    uint64_t cr0, cr4, xcr0;
};
static struct setup first;

PLAIN static struct setup setup(void)
{
    uint64_t cr0, cr4;
    uint32_t low = 0, high = 0;

    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    if (cr4 & OSXSAVE)
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (struct setup){cr0 & CR0_BITS, cr4 & CR4_BITS, (uint64_t)high << 32 | low};
}

void processor_note(void)
{
    first = setup();
}

PLAIN void EFIAPI processor_begin(void *argument)
{
    struct setup here = setup();

    if (here.cr0 == first.cr0 && here.cr4 == first.cr4 && here.xcr0 == first.xcr0)
        workers_session(argument);
}

void processor_pause(void)
{
    __asm__ volatile("pause" ::: "memory");
}
