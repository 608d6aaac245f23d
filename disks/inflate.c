#include "disks/inflate.h"

#include <libdeflate.h>

/* libdeflate's allocator hook gets no context.  This is set during inflate_open() alone. */
static struct arena *lender;

static void *borrow(size_t size)
{
    struct error ignored;
    void *memory;

    if (arena_take(lender, size, 1, _Alignof(max_align_t), &memory, &ignored) != OK)
        return NULL;
    return memory;
}

static void keep(void *memory)
{
    (void)memory;
}

/* In its first call libdeflate chooses code for this processor, and keeps the choice in a variable that several must
 * not write at once. */
static void choose_code(struct inflate *z)
{
    static const uint8_t nothing[] = {0x78, 0x9c, 0x03, 0, 0, 0, 0, 1}; /* RFC 1950, of no bytes */
    uint8_t none;
    size_t len;

    (void)libdeflate_zlib_decompress(z->library, nothing, sizeof(nothing), &none, 0, &len);
}

enum err inflate_open(struct inflate *z, struct arena *a, struct error *e)
{
    lender = a;
    libdeflate_set_memory_allocator(borrow, keep);
    z->library = libdeflate_alloc_decompressor();
    lender = NULL;
    if (!z->library)
        return fail(e, ERR_NO_MEMORY, "memory for %s is used up: none left to decompress with",
                    a->purpose);
    choose_code(z);
    return OK;
}

static enum err judge(enum libdeflate_result result, size_t room, struct error *e)
{
    switch (result) {
    case LIBDEFLATE_SUCCESS:
    case LIBDEFLATE_SHORT_OUTPUT:
        break;
    case LIBDEFLATE_BAD_DATA:
        return fail(e, ERR_DAMAGED, "bad compressed data");
    case LIBDEFLATE_INSUFFICIENT_SPACE:
        return fail(e, ERR_DAMAGED, "compressed data unpacks to more than %zu bytes", room);
    }
    return OK;
}

static enum err need(size_t len, size_t least, struct error *e)
{
    return len >= least
               ? OK
               : fail(e, ERR_DAMAGED, "compressed data unpacks to %zu bytes, where %zu are needed",
                      len, least);
}

enum err inflate_zlib(struct inflate *z, struct bytes packed, uint8_t *to, size_t least,
                      size_t room, size_t *len, struct error *e)
{
    TRY(judge(libdeflate_zlib_decompress(z->library, packed.at, packed.len, to, room, len), room,
              e));
    return need(*len, least, e);
}

enum err inflate_raw(struct inflate *z, struct bytes packed, uint8_t *to, size_t least, size_t room,
                     size_t *len, struct error *e)
{
    TRY(judge(libdeflate_deflate_decompress(z->library, packed.at, packed.len, to, room, len), room,
              e));
    return need(*len, least, e);
}

/* gzip itself passes over zeros, which tapes leave behind. */
static bool is_padding(struct bytes rest)
{
    size_t zeros = 0;

    while (zeros < rest.len && !rest.at[zeros])
        zeros++;
    return zeros == rest.len;
}

enum err inflate_gzip(struct inflate *z, struct bytes packed, uint8_t *to, size_t room, size_t *len,
                      struct error *e)
{
    size_t used, got;

    *len = 0;
    do {
        enum libdeflate_result result = libdeflate_gzip_decompress_ex(
            z->library, packed.at, packed.len, to + *len, room - *len, &used, &got);
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
            return fail(e, ERR_TOO_BIG, "compressed data unpacks to more than %zu bytes", room);
        TRY(judge(result, room, e));
        packed = (struct bytes){packed.at + used, packed.len - used};
        *len += got;
    } while (!is_padding(packed));
    return OK;
}
