/* loader/machine.h - the machine that an appliance is to run on, as far as it can be known. */
#ifndef LOADER_MACHINE_H
#define LOADER_MACHINE_H

#include <stdint.h>

#include "base/arena.h"
#include "disks/guest.h"
#include "parsers/smbios.h"

#define MACHINE_PORTS_UNKNOWN UINT32_MAX

#define MACHINE_MACS_MAX 32 /* network ports whose addresses are kept; docs/limits.md */
#define MACHINE_MAC_TEXT 18 /* bytes of "52:54:00:12:34:56" with the NUL */

struct machine {
    const char *name;   /* maker and product: "QEMU Standard PC (Q35)"; "" when unknown */
    const char *uuid;   /* "4c4c4544-...", in lower case; "" when unknown */
    const char *serial; /* of the machine; "" when unknown, as the next two */
    const char *asset;
    const char *product; /* without its maker */
    const char
        *firmware; /* "EDK II, 0x00010000, UEFI 2.70": its vendor, revision and specification; "" */
    enum guest_arch arch;
    uint32_t processors; /* logical ones that can be used; 0: not known */
    uint64_t memory;     /* bytes installed; 0: not known */
    uint32_t ports;      /* of the network, with or without a cable; UINT32_MAX: not known */
    const char *macs[MACHINE_MACS_MAX]; /* of those that have a driver, in lower case */
    size_t mac_count;
    struct bytes settings; /* lines "key=value" from the tables' OEM strings "ovfboot:key=value" */
};

/* One of which nothing is known. */
struct machine machine_unknown(enum guest_arch arch);

/* Add a port's address; one beyond the last is dropped. */
enum err machine_add_mac(struct machine *m, const uint8_t mac[6], struct arena *a,
                         struct error *e) MUST_CHECK;

/* Fill in what is still unknown from SMBIOS tables, and take settings from them.  Texts are taken
 * from the arena. */
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
