/* Any bytes as an SMBIOS entry point, and from byte 32 on as a table. */
#include <assert.h>
#include <string.h>

#include "parsers/smbios.h"

static const uint8_t *begin, *end;

static void is_inside(struct bytes text)
{
    assert(text.at >= begin && text.at <= end && text.len <= (size_t)(end - text.at));
}

static void check_structures(struct bytes left)
{
    struct smbios_structure s;
    size_t before = left.len;

    while (smbios_next(&left, &s)) {
        is_inside(s.fields);
        is_inside(s.strings);
        assert(s.fields.len >= 4 && s.strings.len >= 1);
        assert(left.len == before - s.fields.len - s.strings.len - 1);
        for (int i = 0; i < 256; i++) {
            struct bytes text = smbios_string(&s, (uint8_t)i);
            is_inside(text);
            assert(!text.len || !memchr(text.at, 0, text.len));
        }
        before = left.len;
    }
}

static void check_readers(const struct smbios *s)
{
    struct smbios_system system;
    struct bytes text;

    if (smbios_system(s, &system)) {
        is_inside(system.maker);
        is_inside(system.product);
        is_inside(system.serial);
    }
    is_inside(smbios_asset_tag(s));
    for (size_t i = 0; i < 8 && smbios_oem_string(s, i, &text); i++)
        is_inside(text);
    assert(smbios_memory(s) % 1024 == 0);
    smbios_processors(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smbios_entry entry = {0};
    struct error error;

    if (size < 32)
        return 0;
    begin = data;
    end = data + size;
    if (smbios_parse_entry((struct bytes){data, 32}, &entry, &error) == OK)
        assert(entry.size <= SMBIOS_TABLE_MAX);
    else
        assert(error.code == ERR_DAMAGED);

    struct smbios s = {{data + 32, size - 32}, entry.version};
    check_structures(s.table);
    check_readers(&s);
    s.version = 0x0206;
    check_readers(&s);
    return 0;
}
