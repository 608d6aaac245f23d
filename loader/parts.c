#include "loader/parts.h"

#include <string.h>

#include "base/checked.h"
#include "base/joined_source.h"
#include "base/text.h"
#include "disks/vmdk.h"
#include "parsers/vmdk_extents.h"

/* The parts as they are found. */
struct finding {
    struct package *package;
    const struct proof *proof;
    struct arena *arena;
    struct disk_file *at;
    struct source **sources;
    const char **said; /* how the descriptor of a VMDK names them */
    size_t count;
};

static enum err add(struct finding *f, struct source *source, struct error *e)
{
    struct disk_file *part = &f->at[f->count];

    part->name = source->name;
    part->size = source->size;
    TRY(verify_expect(f->package, f->proof, part->name, &part->expected, e));
    f->sources[f->count++] = source;
    return OK;
}

static enum err room_for(struct finding *f, size_t count, struct error *e)
{
    TRY(TAKE(f->arena, count, &f->at, e));
    TRY(TAKE(f->arena, count, &f->said, e));
    return TAKE(f->arena, count, &f->sources, e);
}

/* ---- Chunks ---------------------------------------------------------------------------------- */

/* A chunk that is too short or too long is one of another file, or the last one was lost. */
static enum err check_chunk(const struct finding *f, uint64_t chunk_size, bool is_last,
                            struct error *e)
{
    const struct disk_file *part = &f->at[f->count - 1];

    if (is_last ? part->size <= chunk_size : part->size == chunk_size)
        return OK;
    return fail(e, ERR_DAMAGED, "%s: the chunk %s has %llu bytes, where %s%llu are right",
                f->package->name, part->name, (unsigned long long)part->size,
                is_last ? "at most " : "", (unsigned long long)chunk_size);
}

static enum err open_chunk(struct finding *f, const char *href, size_t number, struct source **out,
                           struct error *e)
{
    char *name;
    size_t room = strlen(href) + 11;

    TRY(arena_take(f->arena, room, 1, 1, (void **)&name, e));
    text_format(name, room, "%s.%09zu", href, number);
    return package_open_href(f->package, name, f->arena, out, e);
}

/* What comes behind the chunks that were found: nothing, and they are all of it. */
static enum err check_end(struct finding *f, const struct ovf_file *file, struct error *e)
{
    struct source *next;
    uint64_t size = 0;
    struct error none;

    for (size_t i = 0; i < f->count; i++)
        size += f->at[i].size;
    if (open_chunk(f, file->href, f->count + 1, &next, &none) == OK)
        return fail(e, ERR_NOT_FOUND,
                    "%s: the chunk %s.%09zu is missing: there are some before and after it",
                    f->package->name, file->href, f->count);
    if (file->size != OVF_UNKNOWN && file->size != size)
        return fail(e, ERR_DAMAGED,
                    "%s: the %zu chunks of %s have %llu bytes, where the descriptor says %llu: "
                    "some may be missing",
                    f->package->name, f->count, file->href, (unsigned long long)size,
                    (unsigned long long)file->size);
    return check_chunk(f, file->chunk_size, true, e);
}

/* Some tools do not cut what is one chunk, and name it as if it were none. */
static enum err find_chunks(struct finding *f, const struct ovf_file *file, struct error *e)
{
    struct source *chunk;
    enum err err;

    TRY(room_for(f, PARTS_MAX, e));
    while ((err = open_chunk(f, file->href, f->count, &chunk, e)) == OK) {
        if (f->count)
            TRY(check_chunk(f, file->chunk_size, false, e));
        if (f->count == PARTS_MAX)
            return fail(e, ERR_TOO_BIG, "%s: %s is cut in more than %u chunks", f->package->name,
                        file->href, PARTS_MAX);
        TRY(add(f, chunk, e));
    }
    if (err != ERR_NOT_FOUND)
        return err;
    if (f->count)
        return check_end(f, file, e);
    if (package_open_href(f->package, file->href, f->arena, &chunk, e) != OK)
        return e->code == ERR_NOT_FOUND
                   ? fail(e, ERR_NOT_FOUND,
                          "%s: the descriptor names %s in chunks, and its first, %s.000000000, is "
                          "not in the package",
                          f->package->name, file->href, file->href)
                   : e->code;
    return add(f, chunk, e);
}

/* ---- Extents --------------------------------------------------------------------------------- */

/* The name of an extent is relative to the descriptor of the VMDK. */
static enum err extent_href(const struct finding *f, const char *href, const char *file,
                            const char **out, struct error *e)
{
    const char *base = package_base_name(href);
    size_t front = (size_t)(base - href), room = front + strlen(file) + 1;
    char *name;

    TRY(arena_take(f->arena, room, 1, 1, (void **)&name, e));
    text_format(name, room, "%.*s%s", (int)front, href, file);
    *out = name;
    return OK;
}

/* disks/vmdk_extents.c counts the files likewise: each name once, in the order in which they come. */
static bool is_there(const struct finding *f, const char *said)
{
    for (size_t i = 1; i < f->count; i++)
        if (strcmp(f->said[i], said) == 0)
            return true;
    return false;
}

static enum err find_extent(struct finding *f, const struct ovf_file *file, const char *extent,
                            struct error *e)
{
    struct source *source;
    const char *href;

    if (is_there(f, extent))
        return OK;
    if (f->count == PARTS_MAX)
        return fail(e, ERR_TOO_BIG, "%s: %s is in more than %u files", f->package->name, file->href,
                    PARTS_MAX);
    TRY(extent_href(f, file->href, extent, &href, e));
    enum err err = package_open_href(f->package, href, f->arena, &source, e);
    if (err == ERR_NOT_FOUND)
        return fail(e, err, "%s: %s says that its data is in %s, which is not in the package",
                    f->package->name, file->href, href);
    if (err == ERR_UNSUPPORTED)
        return fail(e, err, "%s: %s says that its data is in %s, which is no file of the package",
                    f->package->name, file->href, href);
    TRY(err);
    TRY(arena_text(f->arena, extent, strlen(extent), &f->said[f->count], e));
    return add(f, source, e);
}

/* How many there are, and whether all of them can be read. */
static enum err count_extents(struct bytes text, size_t *count, struct error *e)
{
    struct vmdk_extent extent;

    *count = 0;
    do {
        TRY(vmdk_next_extent(&text, &extent, e));
        ++*count;
    } while (extent.sectors);
    return OK;
}

static enum err find_extents(struct finding *f, const struct ovf_file *file, struct source *first,
                             struct error *e)
{
    size_t count, len = (size_t)min_u64(first->size, VMDK_DESCRIPTOR_MAX);
    struct vmdk_extent extent;
    uint8_t *at;

    TRY(arena_take(f->arena, len, 1, 1, (void **)&at, e));
    struct bytes text = {at, len};
    if (source_read(first, 0, at, len, e) != OK || count_extents(text, &count, e) != OK)
        return within(e, "%s: %s", f->package->name, file->href);
    TRY(room_for(f, min_u64(count, PARTS_MAX) + 1, e));
    TRY(add(f, first, e));
    for (;;) {
        TRY(vmdk_next_extent(&text, &extent, e));
        if (!extent.sectors)
            return OK;
        if (*extent.file)
            TRY(find_extent(f, file, extent.file, e));
    }
}

static enum err find_files(struct finding *f, const struct ovf_file *file, struct error *e)
{
    uint8_t head[32];
    struct source *first;

    TRY(package_open_href(f->package, file->href, f->arena, &first, e));
    size_t len = (size_t)min_u64(first->size, sizeof(head));
    if (source_read(first, 0, head, len, e) != OK)
        return within(e, "%s", f->package->name);
    if (vmdk_is_descriptor((struct bytes){head, len}))
        return find_extents(f, file, first, e);
    TRY(room_for(f, 1, e));
    return add(f, first, e);
}

/* ---------------------------------------------------------------------------------------------- */

static enum err join(struct finding *f, const char *name, struct parts *out, struct error *e)
{
    struct joined_source *joined;

    *out = (struct parts){f->sources[0], f->at, f->count};
    if (f->count == 1)
        return OK;
    TRY(TAKE(f->arena, 1, &joined, e));
    out->source = &joined->source;
    return joined_source_init(joined, name, f->sources, f->count, f->arena, e);
}

enum err parts_open(struct package *p, const struct proof *proof, const struct ovf_file *file,
                    struct arena *a, struct parts *out, struct error *e)
{
    struct finding f = {.package = p, .proof = proof, .arena = a};

    TRY(file->chunk_size ? find_chunks(&f, file, e) : find_files(&f, file, e));
    return join(&f, file->chunk_size ? file->href : f.at[0].name, out, e);
}

bool parts_are_listed(const struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        if (!parts->at[i].expected.count)
            return false;
    return parts->count != 0;
}

const char *parts_verified(const struct parts *parts)
{
    return verify_text(&parts->at[0].expected);
}
