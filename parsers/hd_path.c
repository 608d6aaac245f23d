#include "parsers/hd_path.h"

#include <string.h>

#include "base/compiler.h"
#include "base/utf.h"

#define NODE       4 /* bytes: type, subtype, length */
#define HD_NODE    42
#define MEDIA      4 /* type */
#define MEDIA_HD   1 /* subtypes */
#define MEDIA_FILE 4
#define END        0x7f
#define END_ALL    0xff

/* The next node, when it is of that kind; its fields behind the header. */
static bool take_node(struct bytes *in, uint8_t type, uint8_t subtype, struct bytes *fields)
{
    const uint8_t *node = take(in, NODE);

    if (!node || node[0] != type || node[1] != subtype || get_le16(node + 2) < NODE)
        return false;
    fields->len = get_le16(node + 2) - NODE;
    fields->at = take(in, fields->len);
    return bytes_ok(in);
}

static bool parse_partition(struct bytes in, struct hd_path *out)
{
    if (in.len != HD_NODE - NODE)
        return false;
    out->number = take_le32(&in);
    out->start = take_le64(&in);
    out->count = take_le64(&in);
    memcpy(out->signature, take(&in, sizeof(out->signature)), sizeof(out->signature));
    uint8_t table = take_u8(&in), signature = take_u8(&in);
    out->table = table == HD_MBR ? HD_MBR : HD_GPT;
    return (table == HD_MBR || table == HD_GPT) && signature == table;
}

static bool parse_file(struct bytes in, struct hd_path *out)
{
    uint16_t wide[HD_PATH_FILE_MAX];
    size_t units = in.len / 2, len;

    if (in.len % 2 || units < 1 || units > COUNT_OF(wide))
        return false;
    for (size_t i = 0; i < units; i++) {
        wide[i] = take_le16(&in);
        if ((wide[i] == 0) != (i == units - 1))
            return false;
    }
    return utf16_to_utf8(wide, units - 1, out->file, sizeof(out->file), &len);
}

/* The nodes of the hardware that a disk is plugged into; media come behind them. */
static bool skip_controller(struct bytes *in)
{
    bool any = false;

    while (in->len >= NODE && in->at[0] < MEDIA && get_le16(in->at + 2) >= NODE &&
           get_le16(in->at + 2) <= in->len) {
        take(in, get_le16(in->at + 2));
        any = true;
    }
    return any;
}

bool hd_path_parse(struct bytes in, struct hd_path *out)
{
    struct bytes partition, file, end;

    *out = (struct hd_path){.is_long = skip_controller(&in)};
    return take_node(&in, MEDIA, MEDIA_HD, &partition) &&
           take_node(&in, MEDIA, MEDIA_FILE, &file) && take_node(&in, END, END_ALL, &end) &&
           end.len == 0 && in.len == 0 && parse_partition(partition, out) && parse_file(file, out);
}

static uint8_t *put_node(uint8_t *out, uint8_t type, uint8_t subtype, size_t size)
{
    out[0] = type;
    out[1] = subtype;
    put_le16(out + 2, (uint16_t)size);
    return out + NODE;
}

size_t hd_path_store(const struct hd_path *p, uint8_t out[HD_PATH_SIZE_MAX])
{
    uint16_t wide[HD_PATH_FILE_MAX];
    size_t units;
    uint8_t *at = put_node(out, MEDIA, MEDIA_HD, HD_NODE);

    if (!utf8_to_utf16(p->file, strlen(p->file), wide, COUNT_OF(wide), &units))
        return 0;
    put_le32(at, p->number);
    put_le64(at + 4, p->start);
    put_le64(at + 12, p->count);
    memcpy(at + 20, p->signature, sizeof(p->signature));
    at[36] = at[37] = (uint8_t)p->table;
    at = put_node(out + HD_NODE, MEDIA, MEDIA_FILE, NODE + 2 * (units + 1));
    for (size_t i = 0; i <= units; i++, at += 2)
        put_le16(at, wide[i]);
    return (size_t)(put_node(at, END, END_ALL, NODE) - out);
}
