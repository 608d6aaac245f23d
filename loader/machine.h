/* loader/machine.h - the machine that an appliance is to run on, as far as it can be known. */
#ifndef LOADER_MACHINE_H
#define LOADER_MACHINE_H

#include <stdint.h>

#include "disks/guest.h"

struct machine {
    const char
        *name; /* maker and product: "QEMU Standard PC (Q35 + ICH9, 2009)"; "" when unknown */
    enum guest_arch arch;
    uint32_t processors; /* logical ones that can be used; 0: not known */
    uint64_t memory;     /* bytes installed; 0: not known */
    uint32_t ports;      /* of the network, with or without a cable; UINT32_MAX: not known */
};

#endif
