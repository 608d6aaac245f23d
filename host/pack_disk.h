/* host/pack_disk.h - one disk into the body of a streamOptimized VMDK, by several threads.
 *
 * The body is all that lies behind the front of the file (disks/vmdk_write.h), which says what the body
 * is known by and is therefore made last.  Whatever the number of threads, it is the same.
 */
#ifndef HOST_PACK_DISK_H
#define HOST_PACK_DISK_H

#include "base/workers.h"
#include "disks/vmdk_write.h"
#include "host/compress.h"
#include "host/file.h"
#include "host/spool.h"

#define PACK_GRAINS 8u /* that a thread compresses at a time; a divisor of a table's */

struct pack_job {
    uint8_t *in;    /* PACK_GRAINS grains, ... */
    uint64_t first; /* ... from this one on, ... */
    size_t len;     /* ... so many bytes of the disk, and zeros to the end of its last grain */
    bool is_hole;   /* they are zeros, and in is something else */
    uint8_t *out;   /* they as they lie in the file, one behind the other */
    size_t sizes[PACK_GRAINS]; /* bytes of each; 0: it is zeros and left out */
};

/* What the workers work on; all disks are packed with it, one after the other. */
struct packer {
    struct workers *workers;
    struct compress compress[WORKERS_MAX];
    struct pack_batch {
        struct packer *packer;
        struct pack_job jobs[2 * WORKERS_MAX];
        size_t count; /* of jobs that are filled */
    } batches[2];     /* one is done while the other is written and filled */
};

/* Takes about a MiB for a job, of which there are four for each worker.  packer_stop() in any case. */
enum err packer_start(struct packer *p, struct workers *workers, struct error *e) MUST_CHECK;
void packer_stop(struct packer *p);

struct pack_input {
    struct source *disk;
    const struct file_source
        *raw;         /* the same, where it is a file as it is, which may have holes; NULL */
    const char *name; /* for progress and messages */
};

struct packed {
    uint64_t sectors;      /* of the disk */
    uint64_t offset, size; /* of its body in the spool, bytes */
    uint32_t id;           /* made of the disk's content */
};

/* The disk's bytes, compressed, to the end of the spool. */
enum err pack_disk(struct packer *p, const struct pack_input *in, struct spool *spool,
                   struct arena scratch, struct packed *out, struct error *e) MUST_CHECK;

#endif
