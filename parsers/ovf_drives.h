/* parsers/ovf_drives.h - the disks of one virtual system, in the order its guest would see them.
 *
 * Order: by controller (its Address, else where it stands in the document), on each controller by
 * AddressOnParent, else by document order; disks without a controller come last.
 *
 * Spec: DSP0243 1.1.0, "VirtualHardwareSection"; CIM_ResourceAllocationSettingData.
 */
#ifndef PARSERS_OVF_DRIVES_H
#define PARSERS_OVF_DRIVES_H

#include "parsers/ovf.h"

struct ovf_drive {
    const struct ovf_item *item;
    size_t disk; /* index in disks; OVF_NONE: the item names a file, or is an empty disk of
                  * item->quantity bytes */
    size_t file; /* index in files; OVF_NONE: nothing to unpack */
};

struct ovf_drives {
    struct ovf_drive *at;
    size_t count;
    size_t boot; /* index in at of the drive to boot from; 0 unless the package says otherwise */
    bool boot_is_said; /* the package says it */
};

/* Which disk or file an item names in its HostResource; both OVF_NONE when it names none.
 * ERR_DAMAGED when it names one that the package does not have. */
enum err ovf_disk_of_item(const struct ovf *o, const struct ovf_item *item, struct ovf_drive *out,
                          struct error *e) MUST_CHECK;

/* True for a CD, DVD or floppy drive with an image of the package in it, and which; its file is
 * OVF_NONE where the package does not have what the item names.  False for any other item, for an
 * empty drive, and for one with a device of the host in it. */
bool ovf_has_image(const struct ovf *o, const struct ovf_item *item, struct ovf_drive *out);

/* The disks of a system under the chosen deployment option (NULL: none), taken from the arena.
 * Items that name one disk together each have a copy of it.  ERR_DAMAGED as above, or when they so
 * name a shared disk. */
enum err ovf_list_drives(const struct ovf *o, size_t system, const char *chosen, struct arena *a,
                         struct ovf_drives *out, struct error *e) MUST_CHECK;

/* Index of the first machine besides that system with an item for the disk, in any of its sections
 * and under any option; OVF_NONE: nobody else has it. */
size_t ovf_find_sharer(const struct ovf *o, size_t disk, size_t system);

/* The drive to boot from; NULL when there is none. */
const struct ovf_drive *ovf_boot_disk(const struct ovf_drives *drives);

/* The section to go by where a system has several: the first with a disk, else the first; NULL
 * when it has none. */
const struct ovf_hardware *ovf_hardware_of(const struct ovf_system *system);

#endif
