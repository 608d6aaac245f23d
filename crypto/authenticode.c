#include "crypto/authenticode.h"

#include "base/checked.h"

#define CHUNK (64u << 10) /* bytes read at a time */

enum err authenticode_open(struct source *file, struct arena *a, struct pe *pe, struct error *e)
{
    size_t len = (size_t)min_u64(file->size, PE_HEADERS_MAX);
    uint8_t *start;

    TRY(arena_take(a, len, 1, 1, (void **)&start, e));
    TRY(source_read(file, 0, start, len, e));
    if (pe_parse((struct bytes){start, len}, pe, e) != OK)
        return within(e, "%s", file->name);
    return OK;
}

enum err authenticode_table(struct source *file, const struct pe *pe, struct arena *a,
                            struct bytes *out, struct error *e)
{
    uint8_t *table;

    *out = (struct bytes){(const uint8_t *)"", 0};
    if (pe->certificates_size == 0)
        return OK;
    if (pe->certificates_size > AUTHENTICODE_TABLE_MAX)
        return fail(e, ERR_TOO_BIG, "%s: its signatures have %u bytes; the limit is %u", file->name,
                    pe->certificates_size, AUTHENTICODE_TABLE_MAX);
    if (pe->certificates > file->size || pe->certificates_size > file->size - pe->certificates)
        return fail(e, ERR_DAMAGED, "%s: its certificate table lies outside of the file",
                    file->name);
    TRY(arena_take(a, pe->certificates_size, 1, 1, (void **)&table, e));
    TRY(source_read(file, pe->certificates, table, pe->certificates_size, e));
    *out = (struct bytes){table, pe->certificates_size};
    return OK;
}

/* A digest of ranges of a file. */
struct ranges {
    struct source *file;
    struct digest digest;
    uint8_t *chunk;
};

static enum err add_range(struct ranges *r, uint64_t offset, uint64_t len, struct error *e)
{
    if (offset > r->file->size || len > r->file->size - offset)
        return fail(e, ERR_DAMAGED,
                    "%s: its PE headers claim %llu bytes from byte %llu; it has %llu bytes",
                    r->file->name, (unsigned long long)len, (unsigned long long)offset,
                    (unsigned long long)r->file->size);
    while (len) {
        size_t piece = (size_t)min_u64(len, CHUNK);
        TRY(source_read(r->file, offset, r->chunk, piece, e));
        digest_add(&r->digest, (struct bytes){r->chunk, piece});
        offset += piece;
        len -= piece;
    }
    return OK;
}

/* The headers without the checksum and the directory entry.  pe_parse() saw that both lie in the
 * optional header, and that one in the headers. */
static enum err add_headers(struct ranges *r, const struct pe *pe, struct error *e)
{
    uint32_t behind = pe->checksum + 4;

    TRY(add_range(r, 0, pe->checksum, e));
    if (pe->certificate_entry) {
        TRY(add_range(r, behind, pe->certificate_entry - behind, e));
        behind = pe->certificate_entry + 8;
    }
    return add_range(r, behind, pe->size_of_headers - behind, e);
}

/* The sections with bytes in the file, by their place in it; those in the same place stay in the
 * order of the table. */
static uint32_t sort_sections(const struct pe *pe, uint8_t order[PE_SECTIONS_MAX])
{
    struct pe_section section, other;
    uint32_t count = 0;

    for (uint32_t i = 0; i < pe->section_count; i++) {
        uint32_t at = count;
        pe_section(pe, i, &section);
        if (section.raw_size == 0)
            continue;
        for (; at > 0; at--) {
            pe_section(pe, order[at - 1], &other);
            if (other.raw <= section.raw)
                break;
            order[at] = order[at - 1];
        }
        order[at] = (uint8_t)i;
        count++;
    }
    return count;
}

static enum err add_sections(struct ranges *r, const struct pe *pe, uint64_t *sum, struct error *e)
{
    uint8_t order[PE_SECTIONS_MAX];
    uint32_t count = sort_sections(pe, order);
    struct pe_section section;

    for (uint32_t i = 0; i < count; i++) {
        pe_section(pe, order[i], &section);
        TRY(add_range(r, section.raw, section.raw_size, e));
        *sum += section.raw_size;
    }
    return OK;
}

enum err authenticode_digest(struct source *file, const struct pe *pe, enum digest_kind kind,
                             struct arena scratch, uint8_t out[DIGEST_MAX], struct error *e)
{
    struct ranges r = {.file = file};
    uint64_t sum = pe->size_of_headers;

    TRY(arena_take(&scratch, CHUNK, 1, 1, (void **)&r.chunk, e));
    digest_start(&r.digest, kind);
    TRY(add_headers(&r, pe, e));
    TRY(add_sections(&r, pe, &sum, e));
    /* What is behind the sections, up to the signatures, which end the file. */
    uint64_t end = file->size - min_u64(pe->certificates_size, file->size);
    if (sum > file->size || (sum > end && sum != file->size))
        return fail(e, ERR_DAMAGED, "%s: its sections reach into its signatures", file->name);
    if (sum < end)
        TRY(add_range(&r, sum, end - sum, e));
    digest_finish(&r.digest, out);
    return OK;
}
