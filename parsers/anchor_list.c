#include "parsers/anchor_list.h"

#include <string.h>

enum err anchor_list_next(struct bytes *rest, struct anchor_file *out, struct error *e)
{
    *out = (struct anchor_file){.name = ""};
    uint32_t name_len = take_le32(rest);
    uint32_t len = take_le32(rest);
    const uint8_t *name = name_len <= ANCHOR_NAME_MAX ? take(rest, name_len) : NULL;
    const uint8_t *at = name ? take(rest, len) : NULL;

    if (!at || name_len == 0 || memchr(name, '\0', name_len)) {
        *rest = (struct bytes){0};
        return fail(e, ERR_DAMAGED, "the list of sealed trust anchors is damaged");
    }
    memcpy(out->name, name, name_len);
    out->contents = (struct bytes){at, len};
    return OK;
}

size_t anchor_list_size(const char *name, size_t contents_len)
{
    return 8 + strlen(name) + contents_len;
}

uint8_t *anchor_list_put(uint8_t *to, const char *name, struct bytes contents)
{
    uint8_t *contents_at = to + anchor_list_size(name, 0);

    put_le32(to, (uint32_t)strlen(name));
    put_le32(to + 4, (uint32_t)contents.len);
    for (size_t i = 0; name[i]; i++)
        to[8 + i] = (uint8_t)name[i];
    if (contents.len)
        memcpy(contents_at, contents.at, contents.len);
    return contents_at + contents.len;
}
