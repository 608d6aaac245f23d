#include "parsers/dhcp.h"

#include <string.h>

/* DHCPv4: offsets in the packet, and sizes, in bytes. */
#define HEADER         240 /* with the magic cookie */
#define OP_REPLY       2
#define NEXT_SERVER_AT 20
#define NAME_AT        44
#define NAME_SIZE      64
#define FILE_AT        108
#define FILE_SIZE      128
#define COOKIE_AT      236
#define COOKIE         0x63825363u

enum option4 {
    PAD = 0,
    OVERLOAD = 52,
    SERVER_ID = 54,
    TFTP_NAME = 66,
    BOOT_FILE = 67,
    END = 255,
};
#define OVERLOAD_FILE 1 /* bits: the field holds options */
#define OVERLOAD_NAME 2

/* DHCPv6. */
#define HEADER6       4
#define BOOT_FILE_URL 59

struct options {
    struct bytes server_id, name, file;
    uint8_t overload;
};

static struct bytes to_nul(const uint8_t *at, size_t len)
{
    const uint8_t *nul = len ? memchr(at, '\0', len) : NULL;

    return (struct bytes){at, nul ? (size_t)(nul - at) : len};
}

/* The first one of each counts.  False when an option reaches beyond the end. */
static bool read_options(struct bytes in, struct options *out)
{
    while (in.len) {
        uint8_t code = take_u8(&in);
        if (code == END)
            return true;
        if (code == PAD)
            continue;
        size_t len = take_u8(&in);
        struct bytes value = {take(&in, len), len};
        if (!bytes_ok(&in))
            return false;
        if (code == OVERLOAD && len == 1)
            out->overload = value.at[0];
        else if (code == SERVER_ID && len == 4 && !out->server_id.len)
            out->server_id = value;
        else if (code == TFTP_NAME && !out->name.len)
            out->name = to_nul(value.at, len);
        else if (code == BOOT_FILE && !out->file.len)
            out->file = to_nul(value.at, len);
    }
    return true;
}

static bool take_server(struct dhcp_boot *out, const uint8_t at[4])
{
    static const uint8_t none[4];

    if (memcmp(at, none, sizeof(none)) == 0)
        return false;
    memcpy(out->server, at, sizeof(out->server));
    out->has_server = true;
    return true;
}

bool dhcp_boot4(struct bytes packet, struct dhcp_boot *out)
{
    struct options options = {0};
    const uint8_t *at = packet.at;

    *out = (struct dhcp_boot){0};
    if (packet.len < HEADER || at[0] != OP_REPLY || get_be32(at + COOKIE_AT) != COOKIE ||
        !read_options((struct bytes){at + HEADER, packet.len - HEADER}, &options))
        return false;
    uint8_t overload = options.overload;
    if (overload & OVERLOAD_FILE &&
        !read_options((struct bytes){at + FILE_AT, FILE_SIZE}, &options))
        return false;
    if (overload & OVERLOAD_NAME &&
        !read_options((struct bytes){at + NAME_AT, NAME_SIZE}, &options))
        return false;
    out->file = options.file;
    if (!out->file.len && !(overload & OVERLOAD_FILE))
        out->file = to_nul(at + FILE_AT, FILE_SIZE);
    out->server_name = options.name;
    if (!take_server(out, at + NEXT_SERVER_AT) && options.server_id.len)
        (void)take_server(out, options.server_id.at);
    return true;
}

bool dhcp_boot6(struct bytes packet, struct bytes *url)
{
    *url = (struct bytes){(const uint8_t *)"", 0};
    if (!take(&packet, HEADER6))
        return false;
    while (packet.len) {
        const uint8_t *head = take(&packet, 4);
        size_t len = head ? get_be16(head + 2) : 0;
        const uint8_t *value = take(&packet, len);
        if (!bytes_ok(&packet))
            return false;
        if (get_be16(head) == 0 && len == 0) /* the firmware's buffer goes on with zeros */
            return true;
        if (get_be16(head) == BOOT_FILE_URL && len) {
            *url = to_nul(value, len);
            return true;
        }
    }
    return true;
}
