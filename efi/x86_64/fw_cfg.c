/* QEMU's firmware configuration device, at its I/O ports.
 *
 * Spec: QEMU, docs/specs/fw_cfg.rst: selector register 0x510, data register 0x511, "Signature",
 * "File Directory". */
#include <cpuid.h>
#include <string.h>

#include "base/bytes.h"
#include "efi/firmware.h"
#include "loader/port.h"

#define SELECTOR  0x510
#define DATA      0x511
#define SIGNATURE 0x0000 /* keys */
#define DIRECTORY 0x0019

#define FILES_MAX 4096 /* of a directory; more is not one */
#define NAME_SIZE 56   /* bytes, with the NUL */

static void select(uint16_t key)
{
    __asm__ volatile("outw %0, %1" : : "a"(key), "Nd"((uint16_t)SELECTOR));
}

static void read_data(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        __asm__ volatile("inb %1, %0" : "=a"(out[i]) : "Nd"((uint16_t)DATA));
}

/* These ports are anybody's on a real machine, so they are left alone there. */
static bool is_virtual(void)
{
    unsigned a, b, c, d;

    return __get_cpuid(1, &a, &b, &c, &d) && c & (1u << 31);
}

static bool is_there(void)
{
    uint8_t signature[4];

    if (!is_virtual())
        return false;
    select(SIGNATURE);
    read_data(signature, sizeof(signature));
    return memcmp(signature, "QEMU", sizeof(signature)) == 0;
}

/* Each entry: size, key, two bytes of nothing, name. */
static bool find(const char *name, uint32_t *size, uint16_t *key)
{
    uint8_t head[8], count[4], entry[NAME_SIZE];

    select(DIRECTORY);
    read_data(count, sizeof(count));
    for (uint32_t left = get_be32(count); left && get_be32(count) <= FILES_MAX; left--) {
        read_data(head, sizeof(head));
        read_data(entry, sizeof(entry));
        if (strncmp((const char *)entry, name, sizeof(entry)) != 0)
            continue;
        *size = get_be32(head);
        *key = get_be16(head + 4);
        return true;
    }
    return false;
}

enum err port_fw_cfg(const char *name, size_t limit, struct arena *a, struct bytes *out,
                     struct error *e)
{
    uint32_t size;
    uint16_t key;
    uint8_t *at;

    *out = (struct bytes){(const uint8_t *)"", 0};
    if (!is_there() || !find(name, &size, &key))
        return OK;
    if (size > limit)
        return fail(e, ERR_TOO_BIG, "fw_cfg: %s: has %u bytes; the limit is %zu", name, size,
                    limit);
    TRY(arena_take(a, size, 1, 1, (void **)&at, e));
    select(key);
    read_data(at, size);
    *out = (struct bytes){at, size};
    return OK;
}
