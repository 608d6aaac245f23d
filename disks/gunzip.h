/* disks/gunzip.h - a gzip file as a source: what it unpacks to, at any offset; zlib behind it.
 *
 *     TRY(gunzip_open(file, a, &g, e));
 *     do TRY(gunzip_index(g, &done, e)); while (!done);
 *     ... source_read(&g->source, ...) ...
 *
 * gunzip_index() unpacks all of it once, checks the CRC and the length of each member, and keeps up to
 * GUNZIP_POINTS places from which it can be unpacked again: a read goes on where the last one ended, or begins
 * at the nearest such place in front of it.  Members that follow each other are one text, zeros behind them
 * are passed over, and what else follows is damage.
 *
 * Spec: RFC 1952, "File format"; RFC 1951.
 */
#ifndef DISKS_GUNZIP_H
#define DISKS_GUNZIP_H

#include "base/arena.h"
#include "base/source.h"

#define GUNZIP_POINTS 64          /* docs/limits.md */
#define GUNZIP_APART  (4u << 20)  /* bytes unpacked from one to the next, at least */
#define GUNZIP_STEP   (16u << 20) /* bytes that one gunzip_index() unpacks */
#define GUNZIP_BLOCK  (64u << 10) /* bytes of what is kept unpacked */
#define GUNZIP_BLOCKS 32

struct gunzip_point {
    uint64_t out, in; /* bytes unpacked in front of it; byte of the file behind it */
    uint8_t bits;     /* of the byte in front of in that are still to come */
    bool in_member;   /* false: a member begins here */
    uint16_t window_len;
    uint8_t *window; /* what came before, 32 KiB at most */
};

struct gunzip {
    struct source source; /* its size is known once it is indexed */
    struct source *file;  /* borrowed; gunzip_read_from() */
    void *library;        /* zlib's stream, in the arena, ... */
    struct arena pool;    /* ... and what it takes */
    uint8_t *input;       /* what was read of the file and not used yet ends at input_end */
    size_t input_at, input_end;
    uint64_t next_in; /* byte of the file behind input_end */
    uint64_t out;     /* bytes unpacked so far: where the next ones belong */
    bool in_member, is_raw, at_end;
    struct gunzip_point points[GUNZIP_POINTS];
    size_t point_count;
    uint64_t apart; /* bytes from one point to the next */
    struct gunzip_block {
        uint8_t *bytes;
        uint64_t number; /* UINT64_MAX: none */
        uint64_t used;
    } blocks[GUNZIP_BLOCKS];
    uint64_t clock;
};

enum err gunzip_knows(struct source *file, bool *yes, struct error *e) MUST_CHECK;

/* file is borrowed. */
enum err gunzip_open(struct source *file, struct arena *a, struct gunzip **out,
                     struct error *e) MUST_CHECK;

/* A piece more of the index; source is usable when it is done.  ERR_DAMAGED, with the byte of the file. */
enum err gunzip_index(struct gunzip *g, bool *done, struct error *e) MUST_CHECK;

/* Read from another source with the same bytes from now on. */
void gunzip_read_from(struct gunzip *g, struct source *file);

#endif
