#include "parsers/start_url.h"

#include <string.h>

#include "base/text.h"

#define NODE_HEADER 4 /* bytes: type, subtype, length */
#define MESSAGING   3 /* types and subtypes of nodes */
#define URI         24
#define END         0x7f

struct bytes start_url_of_path(struct bytes path)
{
    struct bytes uri = {(const uint8_t *)"", 0};

    while (path.len) {
        const uint8_t *node = take(&path, NODE_HEADER);
        size_t len = node ? get_le16(node + 2) : 0;
        if (!node || node[0] == END)
            break;
        const uint8_t *value = len < NODE_HEADER ? NULL : take(&path, len - NODE_HEADER);
        if (!value)
            return (struct bytes){(const uint8_t *)"", 0};
        uri = (struct bytes){value, 0};
        if (node[0] == MESSAGING && node[1] == URI)
            while (uri.len < len - NODE_HEADER && value[uri.len])
                uri.len++;
    }
    return uri;
}

/* Bytes of "scheme://" when it is one of ours; 0: it is not. */
static size_t scheme_len(struct bytes url)
{
    static const char *const schemes[] = {"http://", "https://", "tftp://"};

    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        size_t len = strlen(schemes[i]), n = 0;
        while (n < len && n < url.len && text_lower((char)url.at[n]) == schemes[i][n])
            n++;
        if (n == len)
            return len;
    }
    return 0;
}

static bool is_text(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= 0x20 || text.at[i] >= 0x7f)
            return false;
    return true;
}

bool start_url_directory(struct bytes url, char out[URL_MAX])
{
    size_t scheme = scheme_len(url), len = scheme, slash = 0;

    if (!scheme || !is_text(url))
        return false;
    for (; len < url.len && url.at[len] != '?' && url.at[len] != '#'; len++)
        if (url.at[len] == '/')
            slash = len + 1;
    size_t keep = slash ? slash : len;
    if (keep == scheme || url.at[scheme] == '/' || keep > URL_MAX - 2)
        return false;
    for (size_t i = 0; i < keep; i++)
        out[i] = i < scheme ? text_lower((char)url.at[i]) : (char)url.at[i];
    if (!slash)
        out[keep++] = '/';
    out[keep] = '\0';
    return true;
}

/* The name's directory, with '/' between its parts and at its end; "" for none. */
static bool file_directory(struct bytes file, char out[URL_MAX])
{
    size_t keep = 0;

    if (file.len > URL_MAX - 1)
        return false;
    for (size_t i = 0; i < file.len; i++) {
        out[i] = file.at[i] == '\\' ? '/' : (char)file.at[i];
        if (out[i] == '/')
            keep = i + 1;
    }
    out[keep] = '\0';
    return true;
}

static bool is_host(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] <= 0x20 || name.at[i] >= 0x7f || strchr("/?#@[]%\\", name.at[i]))
            return false;
    return name.len > 0 && name.len < URL_HOST_MAX;
}

bool start_url_of_dhcp(const struct dhcp_boot *boot, char out[URL_MAX])
{
    char path[URL_MAX], host[URL_HOST_MAX];

    if (!boot->file.len)
        return false;
    if (scheme_len(boot->file))
        return start_url_directory(boot->file, out);
    if (boot->has_server)
        text_format(host, sizeof(host), "%u.%u.%u.%u", boot->server[0], boot->server[1],
                    boot->server[2], boot->server[3]);
    else if (is_host(boot->server_name))
        text_format(host, sizeof(host), "%.*s", (int)boot->server_name.len,
                    (const char *)boot->server_name.at);
    else
        return false;
    if (!file_directory(boot->file, out) || !url_encode_path(out, path))
        return false;
    size_t len = text_format(out, URL_MAX, "tftp://%s/%s", host, path);
    return len == strlen("tftp:///") + strlen(host) + strlen(path);
}
