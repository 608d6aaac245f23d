/* disks/writer.h - pieces in, large writes out, and the sector that makes the disk bootable last.
 *
 *     writer_init    takes what must live until the seal
 *     writer_open    takes the rest, which may be given back after the last writer_fill
 *     writer_erase   wipes LBA 0, flushes, then both ends of the target, and flushes: whatever was there is gone
 *     writer_plan    for every run, in any order: it becomes a piece, ...
 *     piece_unpack   ... which any processor unpacks, ...
 *     writer_write   ... and which is then written with others, those that follow one another as one
 *     writer_fill    zeros where no run was, a piece at a time; the last piece flushes
 *     writer_set_config    when there is a volume for the guest: a partition for it is added
 *     writer_seal    the guest's ends, the backup GPT at the target's real end, LBA 0 last
 *
 * Several writers that follow one another share a buffer and, by a scratch arena, the rest: only
 * the ends of their disks, WRITER_HELD + WRITER_TAIL bytes each, are in memory at the same time.
 *
 * The ends of the guest disk are held in memory until the seal, so that a power cut leaves the old
 * disk (before writer_erase), a disk that does not boot, or the complete one.  EDK2 restores a
 * primary GPT from a valid backup and believes a GPT only behind a protective MBR in LBA 0
 * (MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c): hence both ends, and hence the order.
 *
 * The guest disk may be smaller than the target: what lies between its end and the target's last
 * MiB keeps its old contents, which no partition of the guest covers.
 */
#ifndef DISKS_WRITER_H
#define DISKS_WRITER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/target.h"
#include "disks/gpt_move.h"
#include "disks/image.h"
#include "disks/partition_add.h"
#include "disks/unpack.h"
#include "disks/zeros.h"

#define WRITER_HELD    (256u << 10) /* bytes held back at the front; a GPT's entries have 16 KiB */
#define WRITER_TAIL    (64u << 10)  /* bytes held back at the end; a backup GPT has 20 KiB */
#define WRITER_ERASE   (1u << 20)   /* bytes that are erased at either end */
#define WRITER_BUFFER  (3u << 20)   /* bytes that are unpacked at a time; docs/limits.md */
#define WRITER_FILL    (64u << 20)  /* bytes of zeros, about, that one writer_fill writes */
#define WRITER_MAP_MAX (16u << 20)  /* bytes of the map of granules; docs/limits.md */

struct writer {
    struct target *target;
    uint8_t *buffer;          /* for zeros, and what was held back; WRITER_BUFFER of room */
    bool buffer_is_zero;      /* all of it */
    uint8_t *head;            /* the guest disk's first bytes, ... */
    uint64_t head_len;        /* at most WRITER_HELD */
    uint8_t *tail;            /* ... and its last ones; none when the head holds it all */
    uint64_t tail_offset;     /* bytes from the start of the disk, a multiple of GRANULE_MIN */
    uint64_t tail_len;        /* at most WRITER_TAIL */
    uint64_t capacity;        /* bytes of the guest disk */
    const char *name;         /* of the image, for messages; borrowed */
    bool has_data;            /* a run was put that is more than zeros */
    uint64_t bytes_written;   /* or made zeros by the target: for progress and tests */
    struct zeros zeros;       /* whether the target makes them */
    enum gpt_move_result gpt; /* what writer_seal did with the partition table */
    struct bytes config;      /* the volume for the guest; none: empty */
    struct partition_new config_new;
    struct partition_added config_added; /* where writer_seal put it */

    /* From writer_open to the last writer_fill. */
    const struct image *image;
    uint8_t *written; /* a bit for each granule */
    uint64_t filled;  /* granules from the start of the disk that writer_fill has done */
};

/* A run on its way to the disk. */
struct piece {
    uint64_t offset; /* bytes from the start of the disk */
    size_t length;   /* bytes of the disk */
    enum run_kind kind;
    struct bytes packed; /* borrowed until it is written, when it is not unpacked */
    uint64_t at;         /* byte of the image file, for messages */
    uint8_t *to;         /* where it is to be unpacked; NULL: it is used where it lies */
    size_t room;         /* bytes there */
    bool is_zero;        /* it turned out to be zeros, and need not be written as data */
    bool is_bad;         /* it did not unpack */
};

/* Where pieces are unpacked to. */
struct room {
    uint8_t *at; /* WRITER_BUFFER bytes, aligned for the target */
    size_t used;
};

/* Takes room for the ends from the arena; borrows the target, and a buffer of WRITER_BUFFER bytes
 * that is aligned for it, and that one writer at a time uses. */
enum err writer_init(struct writer *w, struct target *target, uint8_t *buffer, struct arena *a,
                     struct error *e) MUST_CHECK;

/* ERR_NO_ROOM when the target is smaller than the image, ERR_TOO_BIG when the map of written
 * granules would be over the limit, ERR_UNSUPPORTED when the target's sectors are larger than
 * GRANULE_MIN.  Takes everything else that is needed; borrows the image.  May be called
 * again before anything is written. */
enum err writer_open(struct writer *w, const struct image *image, struct arena *a,
                     struct error *e) MUST_CHECK;

enum err writer_erase(struct writer *w, struct error *e) MUST_CHECK;

/* Whether another piece has room. */
bool writer_has_room(const struct writer *w, const struct room *room);

/* ERR_DAMAGED, naming the image and the place in it, when its granule was there before. */
enum err writer_plan(struct writer *w, const struct run *run, struct room *room, struct piece *out,
                     struct error *e) MUST_CHECK;

/* For one processor at a time with the same u; touches nothing but the piece and its room. */
void piece_unpack(struct piece *p, struct unpack *u);

/* Begin to write, in the order of the pieces; their bytes are borrowed until target_wait().  ERR_DAMAGED for
 * the first one that did not unpack: u is for saying why. */
enum err writer_write(struct writer *w, struct piece *pieces, size_t count, struct unpack *u,
                      struct error *e) MUST_CHECK;

/* Make zeros of the next holes, unless the target is known to be zeroed, so that progress can be
 * shown in between.  *done when there are no more: everything but the ends is then on the disk. */
enum err writer_fill(struct writer *w, bool *done, struct error *e) MUST_CHECK;

#define WRITER_CONFIG_NAME "cidata"

/* Have writer_seal add a partition for a FAT volume, which is borrowed until then, and need not be
 * made before the last writer_fill: partition_plan() says beforehand whether there is room.  The
 * GUID is as on disk.  ERR_UNSUPPORTED when the volume has other sectors than the target. */
enum err writer_set_config(struct writer *w, struct bytes volume, const uint8_t guid[16],
                           struct error *e) MUST_CHECK;

/* Of a disk without data nothing is written to a target that is known to be zeroed. */
enum err writer_seal(struct writer *w, struct error *e) MUST_CHECK;

#endif
