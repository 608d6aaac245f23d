/* disks/vmdk_write.h - the bytes of a streamOptimized VMDK around its compressed grains.
 *
 *     TRY(vmdk_write_start(&w, capacity, a, e));
 *     for each table: for each of its grains that is more than zeros:
 *         n = vmdk_write_grain(to, number, packed_len), to with the zlib stream behind its head
 *         vmdk_write_place(&w, number, n), in the order in which they are written
 *     then vmdk_write_table(), which may be nothing
 *     vmdk_write_end(), once
 *     vmdk_write_front(), which belongs in front of them all: what it says of the content is known last
 *
 * Pure: nothing is read or written here, and nothing compressed.  As ovftool writes them: version 3,
 * markers, a footer.  Every grain unpacks to all of its 64 KiB, with zeros behind the end of the disk,
 * since VirtualBox wants so many; a table without any grain is left out.
 *
 * Spec: VMware, Virtual Disk Format 5.0, "Stream-Optimized Compressed Sparse Extents".
 */
#ifndef DISKS_VMDK_WRITE_H
#define DISKS_VMDK_WRITE_H

#include "base/arena.h"
#include "parsers/vmdk.h"

#define VMDK_WRITE_GRAIN    (64u << 10) /* bytes of the disk */
#define VMDK_WRITE_ENTRIES  512u        /* grains of a table */
#define VMDK_WRITE_FRONT    (64u << 10) /* bytes in front of the first grain */
#define VMDK_WRITE_TABLE    (VMDK_SECTOR + 4 * VMDK_WRITE_ENTRIES) /* bytes, with its marker */
#define VMDK_WRITE_NAME_MAX 200 /* bytes of the file's name, which the descriptor repeats */

struct vmdk_write {
    uint64_t capacity; /* sectors of the disk */
    uint64_t next;     /* sector of the file that is written next */
    uint32_t table[VMDK_WRITE_ENTRIES];
    bool table_used;
    uint32_t *directory; /* an entry for each table, in the arena */
    uint64_t tables, done;
};

/* capacity in bytes, from 1: what is missing of the last sector is zeros.  ERR_TOO_BIG over
 * VMDK_CAPACITY_MAX. */
enum err vmdk_write_start(struct vmdk_write *w, uint64_t capacity, struct arena *a,
                          struct error *e) MUST_CHECK;

/* Put the head in front of packed_len bytes that lie VMDK_GRAIN_HEAD bytes behind at, and zeros behind
 * them; returns the bytes that it all has then, whole sectors. */
size_t vmdk_write_grain(uint8_t *at, uint64_t number, size_t packed_len);

/* That grain comes next in the file, size bytes long.  ERR_TOO_BIG where its sector is more than a table
 * can hold: 2 TiB. */
enum err vmdk_write_place(struct vmdk_write *w, uint64_t number, size_t size,
                          struct error *e) MUST_CHECK;

/* The grains of the next table are all placed: the bytes that follow them, none where there is no
 * grain. */
enum err vmdk_write_table(struct vmdk_write *w, uint8_t to[VMDK_WRITE_TABLE], size_t *len,
                          struct error *e) MUST_CHECK;

/* Directory, footer and the end's marker, taken from the arena. */
enum err vmdk_write_end(const struct vmdk_write *w, struct arena *a, struct bytes *out,
                        struct error *e) MUST_CHECK;

/* Header and descriptor of a disk of so many sectors.  id tells contents apart; 0xffffffff and 0xfffffffe, which mean something else,
 * become others.  name is one that vmdk_write_can_name(). */
void vmdk_write_front(uint64_t sectors, const char *name, uint32_t id,
                      uint8_t to[VMDK_WRITE_FRONT]);

/* A name that can stand between the quotes of a descriptor. */
bool vmdk_write_can_name(const char *name);

#endif
