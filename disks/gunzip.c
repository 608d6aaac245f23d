#include "disks/gunzip.h"

#include <assert.h>
#include <string.h>

#include <zlib.h>

#include "base/checked.h"

#define INPUT    (64u << 10) /* bytes read at a time */
#define WINDOW   32768u      /* bytes that deflate may look back */
#define POOL     (96u << 10) /* bytes for zlib: 7 KiB of state and its window */
#define TRAILER  8u          /* bytes behind a member: CRC and length */
#define WRAPPED  (MAX_WBITS + 16)
#define NO_BLOCK UINT64_MAX

static z_stream *zlib(struct gunzip *g)
{
    return g->library;
}

/* zlib takes its state and its window once, and gives nothing back. */
static void *borrow(void *arena, unsigned count, unsigned size)
{
    struct error ignored;
    void *memory;

    return arena_take(arena, count, size, 16, &memory, &ignored) == OK ? memory : NULL;
}

static void keep(void *arena, void *memory)
{
    (void)arena, (void)memory;
}

enum err gunzip_knows(struct source *file, bool *yes, struct error *e)
{
    uint8_t magic[2] = {0};

    if (file->size >= sizeof(magic))
        TRY(source_read(file, 0, magic, sizeof(magic), e));
    *yes = magic[0] == 0x1f && magic[1] == 0x8b;
    return OK;
}

/* ---- Input ----------------------------------------------------------------------------------- */

/* Byte of the file that is to be used next. */
static uint64_t in_at(const struct gunzip *g)
{
    return g->next_in - (g->input_end - g->input_at);
}

static enum err fill(struct gunzip *g, struct error *e)
{
    size_t len = (size_t)min_u64(INPUT, g->file->size - g->next_in);

    if (g->input_at < g->input_end)
        return OK;
    if (!len)
        return fail(e, ERR_DAMAGED, "%s: ends at byte %llu, inside of what is compressed",
                    g->file->name, (unsigned long long)g->file->size);
    TRY(source_read(g->file, g->next_in, g->input, len, e));
    g->input_at = 0;
    g->input_end = len;
    g->next_in += len;
    return OK;
}

static void seek(struct gunzip *g, uint64_t in)
{
    g->next_in = in;
    g->input_at = g->input_end = 0;
}

static enum err damaged(const struct gunzip *g, struct error *e)
{
    return fail(e, ERR_DAMAGED, "%s: bad compressed data (gzip) in front of byte %llu",
                g->file->name, (unsigned long long)in_at(g));
}

/* ---- Members --------------------------------------------------------------------------------- */

/* Behind a member: the next one, or the end. */
static enum err next_member(struct gunzip *g, struct error *e)
{
    uint8_t magic[2] = {0};

    g->in_member = false;
    while (in_at(g) < g->file->size) {
        TRY(fill(g, e));
        if (g->input[g->input_at])
            break;
        g->input_at++;
    }
    g->at_end = in_at(g) == g->file->size;
    if (g->at_end)
        return OK;
    if (g->file->size - in_at(g) >= sizeof(magic))
        TRY(source_read(g->file, in_at(g), magic, sizeof(magic), e));
    if (magic[0] != 0x1f || magic[1] != 0x8b)
        return fail(e, ERR_DAMAGED, "%s: bytes from %llu on follow what is compressed",
                    g->file->name, (unsigned long long)in_at(g));
    return inflateReset2(zlib(g), WRAPPED) == Z_OK ? OK : damaged(g, e);
}

/* A member has ended; zlib has checked CRC and length unless it began in the middle. */
static enum err end_member(struct gunzip *g, struct error *e)
{
    if (g->is_raw)
        seek(g, in_at(g) + TRAILER);
    g->is_raw = false;
    return next_member(g, e);
}

/* One step of zlib, to at most room bytes; *got is what came. */
static enum err inflate_some(struct gunzip *g, uint8_t *to, size_t room, int how, size_t *got,
                             struct error *e)
{
    z_stream *z = zlib(g);

    TRY(fill(g, e));
    g->in_member = true;
    z->next_in = g->input + g->input_at;
    z->avail_in = (uInt)(g->input_end - g->input_at);
    z->next_out = to;
    z->avail_out = (uInt)room;
    int result = inflate(z, how);
    g->input_at = g->input_end - z->avail_in;
    *got = room - z->avail_out;
    g->out += *got;
    if (result == Z_STREAM_END)
        return end_member(g, e);
    return result == Z_OK || result == Z_BUF_ERROR ? OK : damaged(g, e);
}

/* ---- Points ---------------------------------------------------------------------------------- */

/* Every second one goes: they are twice as far apart from now on. */
static void thin_out(struct gunzip *g)
{
    for (size_t i = 1; i < GUNZIP_POINTS / 2; i++) {
        uint8_t *window = g->points[i].window;
        g->points[i] = g->points[2 * i];
        g->points[2 * i].window = window;
    }
    g->point_count = GUNZIP_POINTS / 2;
    g->apart *= 2;
}

static void add_point(struct gunzip *g)
{
    struct gunzip_point *p;
    uInt len = WINDOW;

    if (g->point_count == GUNZIP_POINTS)
        thin_out(g);
    p = &g->points[g->point_count++];
    p->out = g->out;
    p->in = in_at(g);
    p->in_member = g->in_member;
    p->bits = (uint8_t)(zlib(g)->data_type & 7);
    p->window_len = 0;
    if (g->in_member && inflateGetDictionary(zlib(g), p->window, &len) == Z_OK)
        p->window_len = (uint16_t)len;
}

/* zlib stopped at the end of a block that is not the last one. */
static bool is_between_blocks(struct gunzip *g)
{
    return g->in_member && (zlib(g)->data_type & 128) && !(zlib(g)->data_type & 64);
}

enum err gunzip_index(struct gunzip *g, bool *done, struct error *e)
{
    uint64_t end = g->out + GUNZIP_STEP;
    size_t got;

    while (!g->at_end && g->out < end) {
        TRY(inflate_some(g, g->blocks[0].bytes, GUNZIP_BLOCK, Z_BLOCK, &got, e));
        if (g->out - g->points[g->point_count - 1].out >= g->apart &&
            (is_between_blocks(g) || !g->in_member) && !g->at_end)
            add_point(g);
    }
    *done = g->at_end;
    g->source.size = g->out;
    return OK;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static enum err start_at(struct gunzip *g, const struct gunzip_point *p, struct error *e)
{
    z_stream *z = zlib(g);
    uint8_t byte;

    seek(g, p->in);
    g->out = p->out;
    g->at_end = false;
    g->in_member = g->is_raw = p->in_member;
    if (!p->in_member)
        return inflateReset2(z, WRAPPED) == Z_OK ? OK : damaged(g, e);
    if (inflateReset2(z, -MAX_WBITS) != Z_OK)
        return damaged(g, e);
    if (p->bits) {
        TRY(source_read(g->file, p->in - 1, &byte, 1, e));
        if (inflatePrime(z, p->bits, byte >> (8 - p->bits)) != Z_OK)
            return damaged(g, e);
    }
    return inflateSetDictionary(z, p->window, p->window_len) == Z_OK ? OK : damaged(g, e);
}

/* Stand at offset, or in front of it where it is quickest to come from. */
static enum err go_near(struct gunzip *g, uint64_t offset, struct error *e)
{
    const struct gunzip_point *p = &g->points[0];

    for (size_t i = 1; i < g->point_count && g->points[i].out <= offset; i++)
        p = &g->points[i];
    return g->out <= offset && p->out <= g->out ? OK : start_at(g, p, e);
}

static enum err unpack(struct gunzip *g, uint8_t *to, size_t len, struct error *e)
{
    size_t got;

    while (len) {
        if (g->at_end)
            return fail(e, ERR_IO, "%s: unpacks to less than it did before", g->file->name);
        TRY(inflate_some(g, to, len, Z_NO_FLUSH, &got, e));
        to += got;
        len -= got;
    }
    return OK;
}

static struct gunzip_block *find_block(struct gunzip *g, uint64_t number)
{
    struct gunzip_block *oldest = &g->blocks[0];

    for (size_t i = 0; i < GUNZIP_BLOCKS; i++) {
        if (g->blocks[i].number == number)
            return &g->blocks[i];
        if (g->blocks[i].used < oldest->used)
            oldest = &g->blocks[i];
    }
    return oldest;
}

/* Unpack up to the end of a block; those in front of it on the way are kept, too. */
static enum err load(struct gunzip *g, uint64_t number, struct gunzip_block **out, struct error *e)
{
    uint64_t at;
    size_t len;

    TRY(go_near(g, number * GUNZIP_BLOCK, e));
    do {
        uint64_t skip = g->out % GUNZIP_BLOCK;
        at = g->out / GUNZIP_BLOCK;
        *out = find_block(g, at);
        len = (size_t)(min_u64(GUNZIP_BLOCK, g->source.size - at * GUNZIP_BLOCK) - skip);
        (*out)->number = NO_BLOCK;
        TRY(unpack(g, (*out)->bytes + skip, len, e));
        (*out)->number = skip ? NO_BLOCK : at;
        (*out)->used = ++g->clock;
    } while (at < number);
    return OK;
}

static enum err gunzip_read(struct source *s, uint64_t offset, void *to, size_t len,
                            struct error *e)
{
    struct gunzip *g = (struct gunzip *)s;
    uint8_t *at = to;

    while (len) {
        uint64_t number = offset / GUNZIP_BLOCK;
        size_t skip = (size_t)(offset % GUNZIP_BLOCK);
        size_t n = (size_t)min_u64(len, GUNZIP_BLOCK - skip);
        struct gunzip_block *block = find_block(g, number);
        if (block->number != number)
            TRY(load(g, number, &block, e));
        block->used = ++g->clock;
        memcpy(at, block->bytes + skip, n);
        offset += n;
        at += n;
        len -= n;
    }
    return OK;
}

/* ---- Opening --------------------------------------------------------------------------------- */

void gunzip_read_from(struct gunzip *g, struct source *file)
{
    struct error ignored;

    g->file = file;
    for (size_t i = 0; i < GUNZIP_BLOCKS; i++)
        g->blocks[i].number = NO_BLOCK;
    (void)start_at(g, &g->points[0], &ignored);
}

static enum err take_memory(struct gunzip *g, struct arena *a, struct error *e)
{
    uint8_t *pool;

    TRY(arena_take(a, POOL, 1, 16, (void **)&pool, e));
    arena_init(&g->pool, pool, POOL, "unpacking gzip");
    TRY(arena_take(a, INPUT, 1, 4096, (void **)&g->input, e));
    for (size_t i = 0; i < GUNZIP_POINTS; i++)
        TRY(arena_take(a, WINDOW, 1, 8, (void **)&g->points[i].window, e));
    for (size_t i = 0; i < GUNZIP_BLOCKS; i++) {
        TRY(arena_take(a, GUNZIP_BLOCK, 1, 8, (void **)&g->blocks[i].bytes, e));
        g->blocks[i].number = NO_BLOCK;
    }
    return OK;
}

enum err gunzip_open(struct source *file, struct arena *a, struct gunzip **out, struct error *e)
{
    static const struct source_ops ops = {.read = gunzip_read};
    struct gunzip *g;
    z_stream *z;

    TRY(TAKE(a, 1, &g, e));
    TRY(TAKE(a, 1, &z, e));
    *g = (struct gunzip){.source = {.ops = &ops, .name = file->name},
                         .file = file,
                         .library = z,
                         .apart = GUNZIP_APART};
    TRY(take_memory(g, a, e));
    *z = (z_stream){.zalloc = borrow, .zfree = keep, .opaque = &g->pool};
    if (inflateInit2(z, WRAPPED) != Z_OK)
        return fail(e, ERR_NO_MEMORY, "memory for %s is used up: none left to decompress with",
                    a->purpose);
    add_point(g);
    *out = g;
    return OK;
}
