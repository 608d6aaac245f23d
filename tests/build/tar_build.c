#include "tests/build/tar_build.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void tar_build_init(struct tar_build *b, void *memory, size_t room, enum tar_dialect dialect)
{
    *b = (struct tar_build){.at = memory, .room = room, .dialect = dialect};
}

static uint8_t *grow(struct tar_build *b, size_t len)
{
    uint8_t *piece = b->at + b->len;

    assert(len <= b->room - b->len);
    memset(piece, 0, len);
    b->len += len;
    return piece;
}

static void put_octal(uint8_t *field, size_t len, uint64_t value)
{
    field[--len] = '\0';
    while (len) {
        field[--len] = (uint8_t)('0' + (value & 7));
        value >>= 3;
    }
}

static void put_size(uint8_t *field, uint64_t size)
{
    if (size >> 33 == 0) {
        put_octal(field, 12, size);
        return;
    }
    for (size_t i = 12; i > 0; i--) {
        field[i - 1] = (uint8_t)size;
        size >>= 8;
    }
    field[0] = 0x80;
}

static void put_name(const struct tar_build *b, uint8_t *header, const char *name)
{
    size_t len = strlen(name);

    if (len > 100 && (b->dialect == TAR_USTAR || b->dialect == TAR_VMWARE)) {
        const char *slash = strchr(name + len - 101, '/');
        assert(slash && slash - name <= 155);
        memcpy(header + 345, name, (size_t)(slash - name));
        len -= (size_t)(slash - name) + 1;
        name = slash + 1;
    }
    memcpy(header, name, len < 100 ? len : 100);
}

void tar_build_sum(const struct tar_build *b, uint8_t *header)
{
    int sum = 0;

    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += b->sums_signed ? (int)(int8_t)header[i] : (int)header[i];
    put_octal(header + 148, 7, (uint64_t)sum);
}

uint8_t *tar_build_header(struct tar_build *b, const char *name, char type, uint64_t size)
{
    static const char magic[][9] = {"", "ustar\00000", "ustar  \0", "ustar\0 \0"};
    uint8_t *header = grow(b, 512);

    put_name(b, header, name);
    put_octal(header + 100, 8, 0644);
    put_octal(header + 108, 8, 0);
    put_octal(header + 116, 8, 0);
    put_size(header + 124, size);
    put_octal(header + 136, 12, 1700000000);
    header[156] = (uint8_t)type;
    memcpy(header + 257, magic[b->dialect], 8);
    tar_build_sum(b, header);
    return header;
}

void tar_build_data(struct tar_build *b, const void *data, size_t len)
{
    uint8_t *to = grow(b, (len + 511) / 512 * 512);

    if (len)
        memcpy(to, data, len);
}

void tar_build_member(struct tar_build *b, const char *name, char type, const void *data,
                      size_t len)
{
    tar_build_header(b, name, type, len);
    tar_build_data(b, data, len);
}

void tar_build_file(struct tar_build *b, const char *name, const void *data, size_t len)
{
    tar_build_member(b, name, b->dialect == TAR_V7 ? '\0' : '0', data, len);
}

void tar_build_long_name(struct tar_build *b, const char *name)
{
    tar_build_member(b, "././@LongLink", 'L', name, strlen(name) + 1);
}

void tar_build_end(struct tar_build *b)
{
    grow(b, 1024);
}

size_t pax_build_record(char *text, size_t room, size_t len, const char *key, const char *value)
{
    size_t body = strlen(key) + strlen(value) + 3; /* blank, '=', newline */
    size_t all = body;
    char digits[24];

    /* The length counts its own digits: a longer number may need one more. */
    for (size_t before = 0; before != all;) {
        before = all;
        all = body + (size_t)snprintf(digits, sizeof(digits), "%zu", all);
    }
    assert(all < room - len);
    return len + (size_t)snprintf(text + len, room - len, "%zu %s=%s\n", all, key, value);
}
