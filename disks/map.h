/* disks/map.h - disk images whose tables say where each piece of the disk lies: VHD, VHDX, QCOW2 and
 * more.  They are read at any offset, or as runs in the order of the disk.
 *
 *     TRY(map_open(file, a, &map, e));
 *     TRY(map_source_open(map, a, &disk, e));     the disk, at any offset
 *     TRY(map_image_open(map, ring, a, &image, e));     the disk, as runs (disks/image.h)
 *
 * A format is one file: it reads its own headers, and answers where granule n is.  It may believe
 * what its tables say of places in the file: map_find() checks that they are inside of it.  It must not
 * believe a table's size: tables are read through windows (disks/window.h), and what is held in memory
 * is bounded and in the arena.
 */
#ifndef DISKS_MAP_H
#define DISKS_MAP_H

#include "disks/image.h"
#include "disks/unpack.h"

struct extent {
    enum run_kind kind; /* RUN_STORED: count granules lie one behind the other from at on */
    uint64_t at;        /* byte of the file */
    uint64_t
        count; /* granules from this one on that it tells of, at least 1; those that are packed:
                         * just 1 */
    uint32_t packed; /* bytes there, of what is packed; those behind the data are passed over */
};

struct map;

struct map_ops {
    /* Where granule number, which is inside of the disk, lies. */
    enum err (*find)(struct map *m, uint64_t number, struct extent *out, struct error *e);
};

struct map {
    const struct map_ops *ops;
    struct source *file;  /* borrowed */
    const char *format;   /* for people: "dynamic VHD" */
    const char *unit;     /* what the format calls a granule, for messages: "block" */
    uint64_t capacity;    /* bytes of the guest disk */
    uint32_t granule;     /* bytes, a power of two from 512 to MAP_GRANULE_MAX */
    uint32_t sector_size; /* bytes; what the image says that the guest reads in */
    uint32_t packs; /* bytes of the disk that are packed as one: a power of two from granule to
                           * MAP_PACKED_MAX, and each granule of them tells the same; 0: nothing is */
};

#define MAP_GRANULE_MAX (256u << 20) /* bytes; of a VHDX, docs/limits.md */
#define MAP_PACKED_MAX  (2u << 20)   /* bytes of what is packed as one, either way */

/* True when the file is of a format that is read in this way: ERR_UNSUPPORTED, by name, when it is one
 * of a kind that is not read. */
enum err map_knows(struct source *file, bool *yes, struct error *e) MUST_CHECK;

/* file is borrowed for as long as the map is used.  ERR_UNSUPPORTED, by name, when it is a difference to
 * another disk, encrypted, or otherwise not to be had alone. */
enum err map_open(struct source *file, struct arena *a, struct map **out,
                  struct error *e) MUST_CHECK;

/* Where granule number lies, with its place checked: all that the disk needs of it is in the file. */
enum err map_find(struct map *m, uint64_t number, struct extent *out, struct error *e) MUST_CHECK;

/* map_find() for all of the disk: what lies outside of the file is known before anything is erased. */
enum err map_check(struct map *m, struct error *e) MUST_CHECK;

/* The disk; memory for what is packed as one, and for it unpacked, is taken from the arena. */
enum err map_source_open(struct map *m, struct arena *a, struct source **out,
                         struct error *e) MUST_CHECK;

/* Runs lie in the ring, which is borrowed and holds at least MAP_PACKED_MAX + 512 bytes in a buffer. */
enum err map_image_open(struct map *m, struct ring *ring, struct arena *a, struct image **out,
                        struct error *e) MUST_CHECK;

#endif
