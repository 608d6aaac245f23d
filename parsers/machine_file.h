/* parsers/machine_file.h - a machine that is described in a file, in the syntax of settings.
 *
 *     name = Acme Rack 9000
 *     arch = x86_64
 *     processors = 4
 *     memory = 8 GiB
 *     ports = 2
 *     uuid = 4c4c4544-0036-3510-8052-b4c04f4a3132
 *     serial = 65R2J12
 *     asset = IT-0815
 *     product = Rack 9000
 *     mac = 52:54:00:12:34:56
 *     disk.1 = nvme 512 GB 512 S4EVNX0R
 *     disk.1.model = Acme SSD 100
 *     disk.1.wwn = 0025385b71b0a1c2
 *
 * Everything may be missing; then arch is x86_64, and the rest is not known.  A disk is a bus, a
 * size, and perhaps the bytes of a sector (512 or 4096; 512 when missing) and a serial number.
 *
 * Spec: docs/guide.md; ours.
 */
#ifndef PARSERS_MACHINE_FILE_H
#define PARSERS_MACHINE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

#define MACHINE_FILE_DISKS_MAX 16 /* docs/limits.md */

enum machine_file_arch {
    MACHINE_FILE_X86_64,
    MACHINE_FILE_AARCH64,
};

struct machine_file_disk {
    const char *bus;    /* one of the words of loader/port.h, static */
    const char *serial; /* in the arena; "" when missing, as the next ones */
    const char *model;
    const char *wwn;      /* as it stands there */
    uint64_t size;        /* bytes, whole sectors */
    uint32_t sector_size; /* bytes */
};

struct machine_file {
    const char *name; /* in the arena; "" when missing, as the next ones */
    const char *uuid; /* as it stands there, as the next ones */
    const char *serial, *asset, *product;
    const char *mac; /* of the first port */
    enum machine_file_arch arch;
    uint32_t processors; /* 0 when missing */
    uint64_t memory;     /* bytes; 0 when missing */
    uint32_t ports;      /* UINT32_MAX when missing */
    struct machine_file_disk disks[MACHINE_FILE_DISKS_MAX];
    size_t disk_count;
};

/* ERR_SETTING, with the line's number, for all that is wrong or unknown. */
enum err machine_file_parse(struct bytes text, struct arena *a, struct machine_file *out,
                            struct error *e) MUST_CHECK;

/* A size as it is written there, "8 GiB" or "8GiB", in bytes and more than 0; false when it is none. */
bool machine_file_size(const char *text, uint64_t *out);

#endif
