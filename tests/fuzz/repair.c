#include "tests/fuzz/repair.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "parsers/gpt.h"

enum { /* bytes of a tar header (POSIX.1-2017, pax, "ustar Interchange Format") */
    NAME_LEN = 100,
    SIZE_AT = 124,
    SIZE_LEN = 12,
    SUM_AT = 148,
    SUM_LEN = 8,
};

static void put_octal(uint8_t *at, size_t digits, uint64_t value)
{
    while (digits) {
        at[--digits] = (uint8_t)('0' + (value & 7));
        value >>= 3;
    }
}

static uint64_t take_octal(const uint8_t *at, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len && at[i] >= '0' && at[i] <= '7'; i++)
        value = value << 3 | (uint64_t)(at[i] - '0');
    return value;
}

void repair_set_size(uint8_t header[REPAIR_BLOCK], size_t size)
{
    put_octal(header + SIZE_AT, SIZE_LEN - 1, size);
    header[SIZE_AT + SIZE_LEN - 1] = '\0';
}

void repair_tar_sum(uint8_t header[REPAIR_BLOCK])
{
    unsigned sum = 0;

    memset(header + SUM_AT, ' ', SUM_LEN);
    for (size_t i = 0; i < REPAIR_BLOCK; i++)
        sum += header[i];
    put_octal(header + SUM_AT, SUM_LEN - 2, sum);
}

bool repair_next(uint8_t *tar, size_t size, size_t *at, struct repair_member *out)
{
    if (size - *at < REPAIR_BLOCK || !tar[*at])
        return false;
    out->header = tar + *at;
    *at += REPAIR_BLOCK;
    uint64_t len = take_octal(out->header + SIZE_AT, SIZE_LEN);
    if (len > size - *at)
        return false;
    out->contents = tar + *at;
    out->size = (size_t)len;
    size_t padded = (out->size + REPAIR_BLOCK - 1) / REPAIR_BLOCK * REPAIR_BLOCK;
    *at = padded > size - *at ? size : *at + padded;
    return true;
}

void repair_tar(uint8_t *tar, size_t size)
{
    struct repair_member member;

    for (size_t at = 0; repair_next(tar, size, &at, &member);)
        repair_tar_sum(member.header);
}

/* The member of that name, by any member's header. */
static bool find(uint8_t *tar, size_t size, struct bytes name, struct repair_member *out)
{
    for (size_t at = 0; repair_next(tar, size, &at, out);)
        if (name.len < NAME_LEN && !out->header[name.len] &&
            memcmp(out->header, name.at, name.len) == 0)
            return true;
    return false;
}

/* The hexadecimal digits at the end of a line, put right for what the member holds. */
static void put_digest(uint8_t *hex, size_t len, const struct repair_member *member)
{
    static const enum digest_kind kinds[] = {DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384,
                                             DIGEST_SHA512};
    char text[2 * DIGEST_MAX + 1];
    uint8_t digest[DIGEST_MAX];
    struct digest d;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (len != 2 * digest_size(kinds[i]))
            continue;
        digest_start(&d, kinds[i]);
        digest_add(&d, (struct bytes){member->contents, member->size});
        digest_finish(&d, digest);
        memcpy(hex, digest_hex(kinds[i], digest, text), len);
    }
}

/* "SHA256(name)= hex" */
static void repair_line(uint8_t *tar, size_t size, uint8_t *line, size_t len)
{
    struct repair_member member;
    uint8_t *open = memchr(line, '(', len);
    uint8_t *close = memchr(line, ')', len);

    while (len && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    if (!open || !close || close < open)
        return;
    size_t begin = len;
    while (begin && line[begin - 1] != ' ' && line[begin - 1] != '=')
        begin--;
    struct bytes name = {open + 1, (size_t)(close - open - 1)};
    if (line + begin > close && find(tar, size, name, &member))
        put_digest(line + begin, len - begin, &member);
}

static void repair_manifest(uint8_t *tar, size_t size, const struct repair_member *manifest)
{
    uint8_t *at = manifest->contents, *end = at + manifest->size;

    while (at < end) {
        uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        uint8_t *stop = newline ? newline : end;
        repair_line(tar, size, at, (size_t)(stop - at));
        at = newline ? newline + 1 : end;
    }
}

void repair_manifests(uint8_t *tar, size_t size)
{
    struct repair_member member;

    for (size_t at = 0; repair_next(tar, size, &at, &member);) {
        const uint8_t *end = memchr(member.header, '\0', NAME_LEN);
        size_t len = end ? (size_t)(end - member.header) : 0;
        if (len > 3 && memcmp(end - 3, ".mf", 3) == 0)
            repair_manifest(tar, size, &member);
    }
}

void repair_gpt(uint8_t *disk, size_t size, size_t sector_size)
{
    static const uint8_t start[16] = {'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T', 0, 0, 1, 0, 92};
    uint8_t *header = disk + sector_size;

    if (size < 4 * sector_size)
        return;
    memcpy(header, start, sizeof(start));
    memset(header + 24, 0, 8);
    header[24] = 1;
    uint64_t entries = get_le64(header + 72);
    uint64_t len = (uint64_t)get_le32(header + 80) * get_le32(header + 84);
    if (entries < size / sector_size && len <= size - entries * sector_size)
        put_le32(header + 88, gpt_crc32(0, disk + entries * sector_size, (size_t)len));
    put_le32(header + 16, 0);
    put_le32(header + 16, gpt_crc32(0, header, 92));
}
