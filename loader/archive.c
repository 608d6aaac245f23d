#include "loader/archive.h"

#include <string.h>

#include "base/stream.h"
#include "base/text.h"
#include "parsers/pax.h"
#include "parsers/tar.h"

/* Where the walk is, and what was said ahead of the next member. */
struct walk {
    struct archive *archive;
    struct arena *arena;
    uint64_t offset;   /* bytes; of the next header */
    struct pax global; /* holds for every member */
    struct pax next;   /* global, and what was said for the next member */
};

static enum err read_extension(struct walk *w, const struct tar_header *header, struct bytes *out,
                               struct error *e)
{
    uint8_t *at;

    if (header->size > PAX_MAX)
        return fail(e, ERR_TOO_BIG, "an extended header of %llu bytes; the limit is %u",
                    (unsigned long long)header->size, PAX_MAX);
    TRY(arena_take(w->arena, (size_t)header->size, 1, 1, (void **)&at, e));
    TRY(source_read(w->archive->file, w->offset + TAR_BLOCK, at, (size_t)header->size, e));
    *out = (struct bytes){at, (size_t)header->size};
    return OK;
}

static enum err take_extension(struct walk *w, const struct tar_header *header, struct error *e)
{
    struct bytes contents;

    TRY(read_extension(w, header, &contents, e));
    if (header->kind == TAR_LONG_NAME)
        return pax_long_name(contents, w->arena, &w->next.path, e);
    if (header->kind == TAR_PAX)
        return pax_parse(contents, w->arena, &w->next, e);
    TRY(pax_parse(contents, w->arena, &w->global, e));
    w->next = w->global;
    return OK;
}

static enum err add_member(struct walk *w, const char *name, uint64_t size, struct error *e)
{
    struct archive *a = w->archive;

    if (text_starts(name, "./"))
        name += 2;
    if (!*name)
        return fail(e, ERR_DAMAGED, "a member without a name");
    if (archive_find(a, name))
        return fail(e, ERR_DAMAGED, "a second member named %s", name);
    if (a->count == ARCHIVE_MEMBERS_MAX)
        return fail(e, ERR_TOO_BIG, "more than %d members", ARCHIVE_MEMBERS_MAX);
    struct member *m = &a->members[a->count++];
    *m = (struct member){.offset = w->offset + TAR_BLOCK, .size = size};
    return arena_text(w->arena, name, strlen(name), &m->name, e);
}

/* An ordinary file, or something that is refused or passed over. */
static enum err take_member(struct walk *w, struct tar_header *header, struct error *e)
{
    const char *name = w->next.path ? w->next.path : header->name;

    if (w->next.has_size)
        header->size = w->next.size;
    if (header->kind == TAR_LINK)
        return fail(e, ERR_UNSUPPORTED, "%s is a link, not a file", name);
    if (header->kind == TAR_SPARSE || w->next.sparse)
        return fail(e, ERR_UNSUPPORTED, "%s is stored as a sparse file", name);
    if (header->kind == TAR_FILE)
        TRY(add_member(w, name, header->size, e));
    w->next = w->global;
    return OK;
}

static enum err step(struct walk *w, bool *end, struct error *e)
{
    struct source *file = w->archive->file;
    uint8_t block[TAR_BLOCK];
    struct tar_header header;

    *end = w->offset == file->size;
    if (*end)
        return OK;
    if (file->size - w->offset < TAR_BLOCK)
        return fail(e, ERR_DAMAGED, "the archive ends after %llu of its %d bytes",
                    (unsigned long long)(file->size - w->offset), TAR_BLOCK);
    TRY(source_read(file, w->offset, block, TAR_BLOCK, e));
    TRY(tar_parse(block, &header, e));
    switch (header.kind) {
    case TAR_END:
        *end = true;
        return OK;
    case TAR_PAX:
    case TAR_PAX_GLOBAL:
    case TAR_LONG_NAME:
        TRY(take_extension(w, &header, e));
        break;
    case TAR_LONG_LINK:
        break;
    case TAR_FILE:
    case TAR_DIR:
    case TAR_LINK:
    case TAR_SPARSE:
    case TAR_OTHER:
        TRY(take_member(w, &header, e));
        break;
    }
    uint64_t left = file->size - w->offset - TAR_BLOCK;
    if (header.size > left)
        return fail(e, ERR_DAMAGED,
                    "%s has %llu bytes, but the archive ends after %llu of them: it was cut short",
                    header.kind == TAR_FILE ? w->archive->members[w->archive->count - 1].name
                                            : header.name,
                    (unsigned long long)header.size, (unsigned long long)left);
    /* The padding behind the last member may be missing. */
    uint64_t stride = tar_stride(&header);
    w->offset += TAR_BLOCK + (stride < left ? stride : left);
    return OK;
}

static enum err archive_open_member(struct folder *f, const char *name, struct arena *a,
                                    struct source **out, struct error *e)
{
    struct archive *archive = (struct archive *)f;
    const struct member *m = archive_find(archive, name);
    struct slice_source *slice;

    if (!m)
        return fail(e, ERR_NOT_FOUND, "%s is not in the archive", name);
    TRY(TAKE(a, 1, &slice, e));
    TRY(slice_source_init(slice, m->name, archive->file, m->offset, m->size, e));
    *out = &slice->source;
    return OK;
}

enum err archive_open(struct archive *a, struct source *file, struct arena *arena, struct error *e)
{
    static const struct folder_ops ops = {archive_open_member};
    struct walk w = {.archive = a, .arena = arena};
    bool end = false;

    *a = (struct archive){.folder = {&ops, file->name}, .file = file};
    TRY(TAKE(arena, ARCHIVE_MEMBERS_MAX, &a->members, e));
    while (!end)
        if (step(&w, &end, e) != OK)
            return within(e, "header at byte %llu", (unsigned long long)w.offset);
    if (!a->count)
        return fail(e, ERR_DAMAGED, "is empty, or no tar archive");
    return OK;
}

const struct member *archive_find(const struct archive *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->members[i].name, name) == 0)
            return &a->members[i];
    return NULL;
}
