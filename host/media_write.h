/* host/media_write.h - partitions onto a medium, read again and compared before the table makes them count.
 *
 *     media_erase    LBA 0, flush, then both ends: whatever was there is gone
 *     media_copy     each partition, from its source, with a digest of what was written
 *     media_table    both copies of the table but LBA 0, flush
 *     media_compare  all of that read again from the medium, not from memory
 *     media_seal     LBA 0, flush, and read again
 *
 * A power cut leaves the old medium (before the first write), one that does not start, or the complete new one.
 */
#ifndef HOST_MEDIA_WRITE_H
#define HOST_MEDIA_WRITE_H

#include "base/stream.h"
#include "crypto/digest.h"
#include "disks/gpt_make.h"
#include "disks/gpt_move.h"
#include "host/file.h"
#include "loader/progress.h"

struct media_piece {
    struct source *source; /* borrowed */
    uint64_t offset; /* bytes from the start of the medium, a multiple of GPT_MAKE_ALIGNMENT */
    uint8_t digest[DIGEST_MAX]; /* SHA-256 of what was written, to the end of its last sector */
};

struct media_write {
    struct file_target *target;
    const char *file; /* where the target is now; its name in messages may be another */
    struct media_piece *pieces;
    size_t count;
    struct gpt_make gpt; /* GUIDs are made of the digests: the same contents give the same bytes */
    uint8_t *buffer, *other;   /* READ_MAX bytes each, aligned for a disk */
    uint8_t *head, *tail;      /* GPT_MAKE_ALIGNMENT bytes each: the ends of the medium */
    struct file_source medium; /* as it is read again */
    struct progress progress;
    uint64_t done; /* bytes, for progress */
};

/* Takes the buffers; borrows the rest, which is filled in. */
enum err media_write_init(struct media_write *w, struct arena *a, struct error *e) MUST_CHECK;

enum err media_erase(struct media_write *w, struct error *e) MUST_CHECK;
enum err media_copy(struct media_write *w, struct error *e) MUST_CHECK;
enum err media_table(struct media_write *w, struct error *e) MUST_CHECK;

/* ERR_IO, with the byte's offset on the medium, where something else is there. */
enum err media_compare(struct media_write *w, struct error *e) MUST_CHECK;
enum err media_seal(struct media_write *w, struct error *e) MUST_CHECK;

#endif
