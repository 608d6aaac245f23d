/* The disk of a map at any offset. */
#include <string.h>

#include "base/checked.h"
#include "disks/map.h"

#define NO_PIECE UINT64_MAX

struct map_source {
    struct source source;
    struct map *map;
    struct unpack unpack;
    uint8_t *packed;   /* what is packed as one; NULL when nothing ever is */
    uint8_t *piece;    /* the same unpacked, map->packs bytes */
    uint64_t unpacked; /* its number, or NO_PIECE */
};

/* The piece that a byte of the disk lies in, unpacked. */
static enum err load(struct map_source *s, uint64_t offset, const struct extent *x, struct error *e)
{
    struct map *m = s->map;
    uint64_t number = offset / m->packs;
    size_t least = (size_t)min_u64(m->packs, m->capacity - number * m->packs);

    if (s->unpacked == number)
        return OK;
    s->unpacked = NO_PIECE;
    TRY(source_read(m->file, x->at, s->packed, x->packed, e));
    if (unpack_run(&s->unpack, x->kind, (struct bytes){s->packed, x->packed}, s->piece, least,
                   m->packs, e) != OK)
        return within(e, "%s: %s for sector %llu, at byte %llu", m->file->name, m->unit,
                      (unsigned long long)(number * m->packs / 512), (unsigned long long)x->at);
    s->unpacked = number;
    return OK;
}

/* A piece that lies in one extent. */
static enum err read_piece(struct map_source *s, uint64_t offset, uint8_t *to, size_t *len,
                           struct error *e)
{
    uint64_t number = offset / s->map->granule, skip = offset % s->map->granule;
    struct extent x;

    TRY(map_find(s->map, number, &x, e));
    *len = (size_t)min_u64(*len, x.count * s->map->granule - skip);
    switch (x.kind) {
    case RUN_ZERO:
        memset(to, 0, *len);
        return OK;
    case RUN_STORED:
        return source_read(s->map->file, x.at + skip, to, *len, e);
    case RUN_ZLIB:
    case RUN_DEFLATE:
    case RUN_ZSTD:
        break;
    }
    TRY(load(s, offset, &x, e));
    memcpy(to, s->piece + offset % s->map->packs, *len);
    return OK;
}

static enum err map_read(struct source *source, uint64_t offset, void *to, size_t len,
                         struct error *e)
{
    struct map_source *s = (struct map_source *)source;
    uint8_t *at = to;

    while (len) {
        size_t piece = len;
        TRY(read_piece(s, offset, at, &piece, e));
        offset += piece;
        at += piece;
        len -= piece;
    }
    return OK;
}

enum err map_source_open(struct map *m, struct arena *a, struct source **out, struct error *e)
{
    static const struct source_ops ops = {.read = map_read};
    struct map_source *s;

    TRY(TAKE(a, 1, &s, e));
    *s = (struct map_source){.source = {.ops = &ops, .name = m->file->name, .size = m->capacity},
                             .map = m,
                             .unpacked = NO_PIECE};
    *out = &s->source;
    if (!m->packs)
        return OK;
    TRY(unpack_open(&s->unpack, a, e));
    TRY(arena_take(a, MAP_PACKED_MAX + 512, 1, 8, (void **)&s->packed, e));
    return arena_take(a, m->packs, 1, 8, (void **)&s->piece, e);
}
