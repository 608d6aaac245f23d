/* efi/disks.h - the machine's disks: found once, then asked by everybody. */
#ifndef EFI_DISKS_H
#define EFI_DISKS_H

#include "efi/block.h"
#include "efi/identify.h"

struct disk {
    struct block block; /* first: a target of a found_disk leads back here */
    struct identity identity;
    const EFI_DEVICE_PATH *device;
    const char *path; /* as text */
    char name[160];   /* for messages */
    bool start_medium;
    bool read_only;
    bool is_ram;  /* not known to the firmware before efi/ramdisk.c registers it */
    uint8_t *ram; /* its memory */
};

/* Connect every controller, once: fast boots leave NVMe and more without drivers. */
enum err disks_connect(struct arena scratch, struct error *e) MUST_CHECK;

/* Every whole disk with a medium in it.  The list lives in the arena. */
enum err disks_find(struct arena *a, struct disk **out, size_t *count, struct error *e) MUST_CHECK;

/* The disk behind a target that port_find_disks() or port_ram_disk() gave. */
struct disk *disk_of(struct target *t);

/* Make a RAM disk known to the firmware; its handle is then in block.handle. */
enum err ram_disk_register(struct disk *disk, struct error *e) MUST_CHECK;

/* Take every RAM disk back from the firmware and free its memory: nothing started from it. */
void port_drop_ram_disks(void);

/* True when the ACPI tables tell the operating system of memory at that address (an NFIT range).
 */
bool ram_disk_in_nfit(uint64_t base, uint64_t size);

#endif
