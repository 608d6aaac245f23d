/* loader/parts.h - the files of the package that one disk image is made of.
 *
 * Mostly there is one.  A file that is cut in chunks (ovf:chunkSize) is "name.000000000" and so on; the
 * descriptor of a VMDK names the files of its extents, which lie beside it.  They are read as one, end to
 * end (base/joined_source.h), and each is proved by the manifest.
 *
 *     TRY(parts_open(plan, file, a, &parts, e));
 *     struct stream *s = proving_start(&proving, &parts, stream, ring, NULL);   a stream of parts.source
 *     ... read it to its end: a part that does not match the manifest is an error as soon as it ends ...
 *     TRY(proving_finish(&proving, e));
 *
 * Spec: DSP0243 1.1.0, "References" (chunks); VMware, Virtual Disk Format 5.0, "The Extent Description".
 */
#ifndef LOADER_PARTS_H
#define LOADER_PARTS_H

#include "base/errand.h"
#include "base/workers.h"
#include "crypto/hash_stream.h"
#include "loader/verify.h"
#include "parsers/ovf.h"

#define PARTS_MAX 1024 /* docs/limits.md */

struct disk_file {
    const char *name; /* in the package */
    uint64_t size;    /* bytes */
    struct expected expected;
};

struct parts {
    struct source *source; /* all of them; NULL: there are none */
    const struct disk_file *at;
    size_t count;
};

/* Open what File refers to, and say what the manifest says of each.  Errors begin with the package's name. */
enum err parts_open(struct package *p, const struct proof *proof, const struct ovf_file *file,
                    struct arena *a, struct parts *out, struct error *e) MUST_CHECK;

/* Whether the manifest lists them all. */
bool parts_are_listed(const struct parts *parts);

/* What was proved of them, for people. */
const char *parts_verified(const struct parts *parts);

/* How far the hashing is. */
struct proving_state {
    size_t part;   /* that is being hashed */
    uint64_t left; /* bytes of it */
    struct digest digests[HASH_STREAM_MAX];
    size_t count;              /* of digests */
    struct digest all;         /* of the digests of all parts */
    uint8_t first[DIGEST_MAX]; /* the first digest of the last part that was finished */
};

/* Bytes to hash, in order: of a batch, in the buffer that it lies in, and in those before and behind. */
#define PROVING_SPANS 3
struct spans {
    struct bytes at[PROVING_SPANS];
    size_t count;
};

struct proving {
    struct stream stream;
    struct stream *inner;    /* borrowed; NULL: bytes come by proving_add() */
    const struct ring *ring; /* that it reads into */
    struct workers *workers; /* that may be at work on the errand; NULL: nobody ever is */
    const struct parts *parts;
    size_t shown;         /* bytes of the inner window that were shown */
    struct spans waiting; /* shown, and not yet hashed */
    struct proving_state state;

    /* The errand: what waits is hashed from state into next, which then takes its place. */
    struct errand errand;
    struct spans taken;
    struct proving_state next;
    struct error why; /* code OK: the bytes taken are as they should be */
};

/* inner is a stream of all of parts->source, through a ring, that stands at its beginning, or NULL.  Bytes are
 * hashed by the errand, or at the latest before their buffer is used again. */
struct stream *proving_start(struct proving *p, const struct parts *parts, struct stream *inner,
                             const struct ring *ring, struct workers *workers);

/* The next bytes, borrowed until the errand has been judged; those before have been. */
void proving_add(struct proving *p, struct bytes bytes);

/* All was read. */
enum err proving_finish(struct proving *p, struct error *e) MUST_CHECK;

/* What identifies what was read: the digest of the one file, or the SHA-256 of those of all files. */
void proving_digest(struct proving *p, enum digest_kind *kind, uint8_t out[DIGEST_MAX]);

#endif
