#include "disks/unzstd.h"

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

enum err unzstd_open(struct unzstd *z, struct arena *a, struct error *e)
{
    size_t size = ZSTD_estimateDCtxSize();
    void *memory;

    TRY(arena_take(a, size, 1, 16, &memory, e));
    z->library = ZSTD_initStaticDCtx(memory, size);
    if (!z->library)
        return fail(e, ERR_NO_MEMORY, "memory for %s is used up: none left to decompress with",
                    a->purpose);
    return OK;
}

enum err unzstd_frame(struct unzstd *z, struct bytes packed, uint8_t *to, size_t least, size_t room,
                      size_t *len, struct error *e)
{
    size_t size = ZSTD_findFrameCompressedSize(packed.at, packed.len);

    if (ZSTD_isError(size))
        return fail(e, ERR_DAMAGED, "bad compressed data (zstd)");
    *len = ZSTD_decompressDCtx(z->library, to, room, packed.at, size);
    if (ZSTD_isError(*len))
        return fail(e, ERR_DAMAGED, "bad compressed data (zstd)");
    if (*len < least)
        return fail(e, ERR_DAMAGED, "compressed data unpacks to %zu bytes, where %zu are needed",
                    *len, least);
    return OK;
}
