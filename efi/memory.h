/* efi/memory.h - memory of the firmware besides the one block that is taken at the start. */
#ifndef EFI_MEMORY_H
#define EFI_MEMORY_H

#include "base/arena.h"

#define PAGE 4096u /* bytes */

/* Bytes of the largest free range, for messages. */
uint64_t memory_largest_free(struct arena scratch);

/* Fails: who cannot have that many bytes. */
enum err memory_missing(const char *who, uint64_t size, struct error *e) MUST_CHECK;

/* Give back what port_take_memory() took. */
void memory_release(void);

#endif
