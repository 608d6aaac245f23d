/* efi/clock.h - the processor's counter, which runs at a fixed rate from power-on. */
#ifndef EFI_CLOCK_H
#define EFI_CLOCK_H

#include <stdint.h>

/* Defined in efi/<architecture>/counter.c. */
uint64_t clock_counter(void);
uint64_t clock_counter_hz(void); /* 0: the processor does not tell */

/* Learn the counter's rate. */
void clock_init(void);

#endif
