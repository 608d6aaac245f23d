/* tests/build/package_build.h - whole appliances in memory: descriptor, manifest, disks, OVA.
 *
 *     build_guest(disk, sizeof(disk), 512, "EFI/BOOT/BOOTX64.EFI");
 *     build_image(&vmdk, disk, sizeof(disk));
 *     package_build(&p, &(struct build_disk){.href = "disk1.vmdk", .image = ...}, 1, 0);
 *     ... p.tar.at[0 .. p.tar.len - 1] ...
 */
#ifndef TESTS_BUILD_PACKAGE_BUILD_H
#define TESTS_BUILD_PACKAGE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "loader/plan.h"
#include "parsers/manifest.h"
#include "tests/build/tar_build.h"
#include "tests/build/vmdk_build.h"

struct build_disk {
    const char *href;       /* NULL: a disk without a file */
    struct bytes image;     /* the file, under the name href */
    const char *capacity;   /* of its Disk, as written; NULL: 4194304 */
    bool shared;            /* a SharedDisk */
    const char *file_extra; /* more attributes of its File; NULL: none */
    const char *disk_extra; /* and of its Disk */
};

/* Append a manifest's line; returns the new length of the text. */
size_t build_manifest_line(char *text, size_t room, size_t len, enum digest_kind kind,
                           const char *name, struct bytes contents);

enum package_fault { /* to be or-ed */
    PACKAGE_NO_MANIFEST = 1,
    PACKAGE_BAD_DESCRIPTOR = 2, /* its digest in the manifest is another file's */
    PACKAGE_BAD_DISK = 4,       /* the last disk's is */
    PACKAGE_TWO_SYSTEMS = 8,
};

struct package_build {
    const char *options;  /* sections in front of the virtual systems; NULL: none */
    const char *sections; /* more sections of each of them; NULL: none */
    const char *items;    /* more items of their hardware; NULL: none */
    struct tar_build tar; /* the OVA: box.ovf, box.mf, the disks in order */
    char descriptor[16384];
    char manifest[4096];
};

/* p is zeros but for the sections.  Each of the virtual systems, "vm1" and "vm2", has all the disks:
 * "vmdisk1", ... */
void package_build(struct package_build *p, const struct build_disk *disks, size_t count,
                   unsigned faults);
void package_build_release(struct package_build *p);

/* Open, choose and plan as the loader does with those settings; a manifest must prove
 * the package unless they say otherwise. */
enum err build_plan(struct package *package, const char *settings, struct arena *a,
                    struct arena work, struct plan *out, struct error *e) MUST_CHECK;

/* A guest disk of size bytes, at least 4 MiB: a GPT with an ESP of 1 MiB that holds a file of that
 * path (NULL: an empty one), and noise behind it, in the middle and at the end. */
void build_guest(uint8_t *disk, size_t size, uint32_t sector_size, const char *loader);

/* It as a VMDK, holes left out.  Release it. */
void build_image(struct vmdk_build *b, const uint8_t *disk, size_t size);

#endif
