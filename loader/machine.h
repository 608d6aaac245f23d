/* loader/machine.h - the machine that an appliance is to run on, as far as it can be known. */
#ifndef LOADER_MACHINE_H
#define LOADER_MACHINE_H

#include <stdint.h>

#include "base/arena.h"
#include "disks/guest.h"
#include "parsers/smbios.h"

#define MACHINE_PORTS_UNKNOWN UINT32_MAX

struct machine {
    const char
        *name; /* maker and product: "QEMU Standard PC (Q35 + ICH9, 2009)"; "" when unknown */
    enum guest_arch arch;
    uint32_t processors; /* logical ones that can be used; 0: not known */
    uint64_t memory;     /* bytes installed; 0: not known */
    uint32_t ports;      /* of the network, with or without a cable; UINT32_MAX: not known */
};

/* Fill in what is still unknown of name, processors and memory from SMBIOS tables.  The name is
 * taken from the arena. */
enum err machine_add_smbios(struct machine *m, const struct smbios *s, struct arena *a,
                            struct error *e) MUST_CHECK;

/* Bytes installed, guessed from the bytes that an operating system may use: firmware and graphics
 * keep some for themselves, and modules of memory come in round sizes. */
uint64_t machine_round_memory(uint64_t usable);

/* "NAME: 2 processors, 2.1 GB of memory, 1 network port", without what is not known; "" when that
 * is everything. */
#define MACHINE_TEXT_MAX 256 /* bytes */
const char *machine_text(const struct machine *m, char out[MACHINE_TEXT_MAX]);

#endif
