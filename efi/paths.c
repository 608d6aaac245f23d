#include "efi/paths.h"

#include <string.h>

#include "base/bytes.h"
#include "base/utf.h"

#define NODE_HEADER 4 /* bytes: type, subtype, length */

static size_t node_size(const EFI_DEVICE_PATH *node)
{
    return get_le16(node->Length);
}

static bool is_end(const EFI_DEVICE_PATH *node)
{
    return (node->Type & 0x7f) == END_DEVICE_PATH_TYPE || node_size(node) < NODE_HEADER;
}

const EFI_DEVICE_PATH *path_next(const EFI_DEVICE_PATH *node)
{
    if (is_end(node))
        return NULL;
    node = (const EFI_DEVICE_PATH *)((const uint8_t *)node + node_size(node));
    return is_end(node) ? NULL : node;
}

size_t path_size(const EFI_DEVICE_PATH *path)
{
    size_t size = 0;

    for (const EFI_DEVICE_PATH *n = is_end(path) ? NULL : path; n; n = path_next(n))
        size += node_size(n);
    return size;
}

bool path_is_below(const EFI_DEVICE_PATH *path, const EFI_DEVICE_PATH *front)
{
    size_t size = path_size(front);

    return size <= path_size(path) && memcmp(path, front, size) == 0;
}

const EFI_DEVICE_PATH *path_find(const EFI_DEVICE_PATH *path, uint8_t type, uint8_t subtype)
{
    const EFI_DEVICE_PATH *found = NULL;

    for (const EFI_DEVICE_PATH *n = is_end(path) ? NULL : path; n; n = path_next(n))
        if (n->Type == type && n->SubType == subtype)
            found = n;
    return found;
}

enum err path_text(const EFI_DEVICE_PATH *path, struct arena *a, const char **out, struct error *e)
{
    static const EFI_GUID guid = EFI_DEVICE_PATH_TO_TEXT_PROTOCOL_GUID;
    EFI_DEVICE_PATH_TO_TEXT_PROTOCOL *to_text = firmware_service(&guid);
    char utf8[1024];
    size_t units = 0, len;

    CHAR16 *wide = to_text ? to_text->ConvertDevicePathToText(path, TRUE, FALSE) : NULL;
    if (!wide)
        return arena_text(a, "", 0, out, e);
    while (wide[units])
        units++;
    if (!utf16_to_utf8((const uint16_t *)wide, units, utf8, sizeof(utf8), &len))
        len = 0;
    firmware.boot->FreePool(wide);
    return arena_text(a, utf8, len, out, e);
}

enum err path_with_file(const EFI_DEVICE_PATH *path, const char *file, struct arena *a,
                        EFI_DEVICE_PATH **out, struct error *e)
{
    static const uint8_t end[NODE_HEADER] = {END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE,
                                             NODE_HEADER, 0};
    uint16_t wide[256];
    size_t units, front = path_size(path);
    uint8_t *bytes;

    if (!utf8_to_utf16(file, strlen(file), wide, COUNT_OF(wide), &units))
        return fail(e, ERR_TOO_BIG, "the path %s is too long", file);
    size_t node = NODE_HEADER + (units + 1) * sizeof(*wide);
    TRY(arena_take(a, front + node + NODE_HEADER, 1, 8, (void **)&bytes, e));
    memcpy(bytes, path, front);
    bytes[front] = MEDIA_DEVICE_PATH;
    bytes[front + 1] = MEDIA_FILEPATH_DP;
    put_le16(bytes + front + 2, (uint16_t)node);
    memcpy(bytes + front + NODE_HEADER, wide, node - NODE_HEADER);
    memcpy(bytes + front + node, end, NODE_HEADER);
    *out = (EFI_DEVICE_PATH *)bytes;
    return OK;
}
