#include "parsers/tar.h"

#include <stdbool.h>
#include <string.h>

#include "base/checked.h"

/* Where the fields begin, and how long they are, in bytes. */
enum {
    NAME = 0,
    NAME_LEN = 100,
    SIZE = 124,
    SIZE_LEN = 12,
    CHECKSUM = 148,
    CHECKSUM_LEN = 8,
    TYPE = 156,
    MAGIC = 257,
    PREFIX = 345,
    PREFIX_LEN = 155,
};

/* Octal digits behind blanks, up to a NUL or the end of the field, with blanks behind: the forms
 * of GNU, BSD, perl and VMware alike. */
static bool parse_octal(const uint8_t *field, size_t len, uint64_t *out)
{
    const uint8_t *end = memchr(field, '\0', len);
    uint64_t value = 0;

    len = end ? (size_t)(end - field) : len;
    while (len && field[len - 1] == ' ')
        len--;
    while (len && *field == ' ') {
        field++;
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        if (field[i] < '0' || field[i] > '7')
            return false;
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    *out = value; /* 12 digits of 3 bits at most */
    return len > 0;
}

/* GNU: the first byte's top bit says that the rest is one big-endian number, its next bit that
 * the number is negative. */
static enum err parse_size(const uint8_t *field, uint64_t *out, struct error *e)
{
    uint64_t value = field[0] & 0x3f;

    if (!(field[0] & 0x80)) {
        if (!parse_octal(field, SIZE_LEN, out))
            return fail(e, ERR_DAMAGED, "its size is not a number");
        return OK;
    }
    if (field[0] & 0x40)
        return fail(e, ERR_DAMAGED, "its size is negative");
    for (size_t i = 1; i < SIZE_LEN; i++) {
        if (value > INT64_MAX >> 8)
            return fail(e, ERR_DAMAGED, "its size is over 2^63 - 1 bytes");
        value = value << 8 | field[i];
    }
    *out = value;
    return OK;
}

/* The sum of all bytes with the checksum's own as blanks; some old writers summed them signed. */
static enum err check_sum(const uint8_t *block, struct error *e)
{
    int64_t plain = CHECKSUM_LEN * ' ';
    int64_t with_sign = plain;
    uint64_t wanted;

    if (!parse_octal(block + CHECKSUM, CHECKSUM_LEN, &wanted))
        return fail(e, ERR_DAMAGED, "its checksum is not a number");
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        if (i >= CHECKSUM && i < CHECKSUM + CHECKSUM_LEN)
            continue;
        plain += block[i];
        with_sign += block[i] < 0x80 ? block[i] : block[i] - 0x100;
    }
    if ((int64_t)wanted != plain && (int64_t)wanted != with_sign)
        return fail(e, ERR_DAMAGED, "its checksum is %llu, but the header says %llu",
                    (unsigned long long)plain, (unsigned long long)wanted);
    return OK;
}

static size_t copy_field(char *to, const uint8_t *field, size_t len)
{
    const uint8_t *end = memchr(field, '\0', len);

    len = end ? (size_t)(end - field) : len;
    memcpy(to, field, len);
    to[len] = '\0';
    return len;
}

/* The prefix exists only behind the magic of POSIX, whatever version follows it: VMware's ovftool
 * writes " \0" where POSIX says "00".  GNU's magic ends in blanks, and it keeps times there. */
static void copy_name(const uint8_t *block, char name[TAR_NAME_MAX + 1])
{
    size_t len = 0;

    if (memcmp(block + MAGIC, "ustar", sizeof("ustar")) == 0)
        len = copy_field(name, block + PREFIX, PREFIX_LEN);
    if (len)
        name[len++] = '/';
    copy_field(name + len, block + NAME, NAME_LEN);
}

static enum tar_kind kind_of(uint8_t type, const char *name)
{
    size_t len = strlen(name);

    switch (type) {
    case '\0':
    case '0':
    case '7': /* contiguous: a hint only */
        /* V7 had no type for folders; their names end so. */
        return len && name[len - 1] == '/' ? TAR_DIR : TAR_FILE;
    case '1':
    case '2':
        return TAR_LINK;
    case '5':
        return TAR_DIR;
    case 'S':
        return TAR_SPARSE;
    case 'x':
        return TAR_PAX;
    case 'g':
        return TAR_PAX_GLOBAL;
    case 'L':
        return TAR_LONG_NAME;
    case 'K':
        return TAR_LONG_LINK;
    default:
        return TAR_OTHER;
    }
}

enum err tar_parse(const uint8_t block[TAR_BLOCK], struct tar_header *out, struct error *e)
{
    static const uint8_t zeros[TAR_BLOCK];
    uint8_t type = block[TYPE];

    *out = (struct tar_header){.kind = TAR_END};
    if (memcmp(block, zeros, TAR_BLOCK) == 0)
        return OK;
    TRY(check_sum(block, e));
    copy_name(block, out->name);
    out->kind = kind_of(type, out->name);
    /* Links, devices and folders have no contents, whatever stands in the field. */
    if (type < '1' || type > '6')
        TRY(parse_size(block + SIZE, &out->size, e));
    return OK;
}

uint64_t tar_stride(const struct tar_header *header)
{
    return round_up(header->size, TAR_BLOCK);
}
