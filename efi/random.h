/* efi/random.h - the processor's own random numbers. */
#ifndef EFI_RANDOM_H
#define EFI_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* Defined in efi/<architecture>/random.c. */
extern const char random_instruction[]; /* its name, for people */

/* False when the processor has none, or it failed. */
bool random_word(uint64_t *out);

#endif
