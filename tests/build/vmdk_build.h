/* tests/build/vmdk_build.h - streamOptimized VMDKs in memory, right ones and wrong ones.
 *
 *     struct vmdk_build b;
 *     vmdk_build_begin(&b, (struct vmdk_options){.capacity = 4096});
 *     vmdk_build_grain(&b, 128, data, 65536);
 *     vmdk_build_end(&b);
 *     ... b.at, b.len; b.at may be changed ...
 *     vmdk_build_release(&b);
 */
#ifndef TESTS_BUILD_VMDK_BUILD_H
#define TESTS_BUILD_VMDK_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmdk_options {
    uint64_t capacity;      /* sectors */
    uint32_t grain;         /* sectors; 0: 128 */
    uint32_t table_entries; /* 0: 512 */
    uint32_t version;       /* 0: 3 */
    uint32_t more_flags;
    bool tables_in_front;   /* as qemu-img does it; otherwise a footer, as ovftool does */
    bool no_end;            /* no end-of-stream marker; with tables_in_front only */
    bool stored;            /* grains in uncompressed blocks */
    bool progress;          /* a marker of type 4 in front of each grain */
    const char *descriptor; /* NULL: a usual one */
};

struct vmdk_build {
    struct vmdk_options options;
    uint8_t *at; /* the file */
    size_t len;
    size_t room;
    uint32_t *entries; /* of all grain tables: the sector of each grain */
    size_t grains;     /* rounded up to whole tables */
    size_t tables;
    size_t directory; /* sector, where it is in front */
};

void vmdk_build_begin(struct vmdk_build *b, struct vmdk_options options);

/* Add a grain for a sector of the disk.  Returns the byte where it begins. */
size_t vmdk_build_grain(struct vmdk_build *b, uint64_t sector, const uint8_t *data, size_t len);

/* Add a grain with these bytes for its compressed ones. */
size_t vmdk_build_packed(struct vmdk_build *b, uint64_t sector, const uint8_t *packed, size_t len);

void vmdk_build_end(struct vmdk_build *b);
void vmdk_build_release(struct vmdk_build *b);

/* Add bytes behind what is there. */
void vmdk_build_append(struct vmdk_build *b, const void *bytes, size_t len);

#endif
