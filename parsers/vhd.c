#include "parsers/vhd.h"

#include <string.h>

#include "base/checked.h"

#define CHS_MAX            (65535ull * 16 * 255) /* sectors: the largest disk that a geometry can tell */
#define BLOCK_MIN          4096u                 /* bytes */
#define BLOCK_MAX          (256u << 20)          /* bytes */
#define CHECKSUM_AT        64                    /* in a footer */
#define HEADER_CHECKSUM_AT 36

bool vhd_is_footer(const uint8_t *at)
{
    return memcmp(at, "conectix", 8) == 0;
}

/* The complement of the sum of all bytes but the checksum itself. */
static bool sums_up(const uint8_t *at, size_t len, size_t checksum_at)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        if (i < checksum_at || i >= checksum_at + 4)
            sum += at[i];
    return ~sum == get_be32(at + checksum_at);
}

static bool counts_geometry(const uint8_t *creator)
{
    return memcmp(creator, "vpc ", 4) == 0 || memcmp(creator, "qemu", 4) == 0;
}

enum err vhd_parse_footer(const uint8_t *at, struct vhd_footer *out, struct error *e)
{
    uint64_t sectors = (uint64_t)get_be16(at + 56) * at[58] * at[59];

    /* The last byte is reserved, zero, and not there in a footer of 511 bytes. */
    if (!vhd_is_footer(at) || !sums_up(at, VHD_FOOTER - 1, CHECKSUM_AT))
        return fail(e, ERR_DAMAGED, "VHD footer with a bad checksum");
    *out = (struct vhd_footer){
        .type = get_be32(at + 60), .header = get_be64(at + 16), .capacity = get_be64(at + 48)};
    if (counts_geometry(at + 28) && sectors != CHS_MAX && sectors)
        out->capacity = sectors * VHD_SECTOR;
    if (out->capacity == 0 || out->capacity % VHD_SECTOR || out->capacity > INT64_MAX)
        return fail(e, ERR_DAMAGED, "VHD of a disk of %llu bytes",
                    (unsigned long long)out->capacity);
    return OK;
}

enum err vhd_parse_header(const uint8_t *at, struct vhd_header *out, struct error *e)
{
    if (memcmp(at, "cxsparse", 8) != 0)
        return fail(e, ERR_DAMAGED, "no VHD dynamic disk header");
    if (!sums_up(at, VHD_HEADER, HEADER_CHECKSUM_AT))
        return fail(e, ERR_DAMAGED, "VHD dynamic disk header with a bad checksum");
    *out = (struct vhd_header){
        .table = get_be64(at + 16), .entries = get_be32(at + 28), .block_size = get_be32(at + 32)};
    if (get_be32(at + 24) >> 16 != 1)
        return fail(e, ERR_UNSUPPORTED, "VHD of version %u", get_be32(at + 24) >> 16);
    if (!is_power_of_two(out->block_size) || out->block_size < BLOCK_MIN ||
        out->block_size > BLOCK_MAX)
        return fail(e, ERR_DAMAGED, "VHD with blocks of %u bytes", out->block_size);
    return OK;
}
