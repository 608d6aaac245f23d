#include "parsers/load_option.h"

#include <string.h>

#define FRONT 6 /* bytes: attributes, length of the path */

/* Up to the first 0, which is stepped over. */
static struct bytes take_description(struct bytes *in)
{
    struct bytes text = {in->at, 0};

    while (take_le16(in) != 0)
        text.len += 2;
    return text;
}

bool load_option_parse(struct bytes in, struct load_option *out)
{
    out->attributes = take_le32(&in);
    size_t path_size = take_le16(&in);
    out->description = take_description(&in);
    out->path = (struct bytes){take(&in, path_size), path_size};
    out->data = in;
    return bytes_ok(&in);
}

size_t load_option_size(const struct load_option *o)
{
    return FRONT + o->description.len + 2 + o->path.len + o->data.len;
}

void load_option_store(const struct load_option *o, uint8_t *out)
{
    put_le32(out, o->attributes);
    put_le16(out + 4, (uint16_t)o->path.len);
    out += FRONT;
    memcpy(out, o->description.at, o->description.len);
    out += o->description.len;
    put_le16(out, 0);
    memcpy(out + 2, o->path.at, o->path.len);
    if (o->data.len)
        memcpy(out + 2 + o->path.len, o->data.at, o->data.len);
}
