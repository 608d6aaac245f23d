#include "base/joined_source.h"

#include "base/checked.h"

/* Byte of the joined source where a part begins. */
static uint64_t start_of(const struct joined_source *j, size_t part)
{
    return part ? j->source.seams[part - 1] : 0;
}

/* The part that holds a byte which is inside of the source. */
static size_t find(struct joined_source *j, uint64_t offset)
{
    size_t part = offset >= start_of(j, j->last) ? j->last : 0;

    while (offset - start_of(j, part) >= j->parts[part]->size)
        part++;
    j->last = part;
    return part;
}

static enum err joined_read(struct source *s, uint64_t offset, void *to, size_t len,
                            struct error *e)
{
    struct joined_source *j = (struct joined_source *)s;
    uint8_t *at = to;

    while (len) {
        size_t part = find(j, offset);
        uint64_t skip = offset - start_of(j, part);
        size_t n = (size_t)min_u64(len, j->parts[part]->size - skip);
        TRY(source_read(j->parts[part], skip, at, n, e));
        at += n;
        offset += n;
        len -= n;
    }
    return OK;
}

enum err joined_source_init(struct joined_source *j, const char *name, struct source *const parts[],
                            size_t count, struct arena *a, struct error *e)
{
    static const struct source_ops ops = {.read = joined_read};
    uint64_t size = parts[0]->size, *seams;

    TRY(TAKE(a, count, &seams, e));
    for (size_t i = 1; i < count; i++) {
        seams[i - 1] = size;
        if (parts[i]->size > INT64_MAX - size)
            return fail(e, ERR_TOO_BIG, "%s: its files have more than 2^63 bytes together", name);
        size += parts[i]->size;
    }
    *j = (struct joined_source){
        .source = {&ops, name, size, seams, count - 1}, .parts = parts, .count = count};
    return OK;
}
