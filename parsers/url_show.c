/* URLs side by side, and as people and servers see them. */
#include "parsers/url.h"

#include <string.h>

#include "base/text.h"

bool url_same_host(const struct url *a, const struct url *b)
{
    if (a->host.len != b->host.len)
        return false;
    for (size_t i = 0; i < a->host.len; i++)
        if (text_lower((char)a->host.at[i]) != text_lower((char)b->host.at[i]))
            return false;
    return true;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return a->secure == b->secure && a->port == b->port && url_same_host(a, b);
}

void url_host(const struct url *url, char out[URL_HOST_MAX])
{
    for (size_t i = 0; i < url->host.len; i++)
        out[i] = text_lower((char)url->host.at[i]);
    out[url->host.len] = '\0';
}

const char *url_authority(const struct url *url, bool always, char out[URL_AUTHORITY_MAX])
{
    bool brackets = memchr(url->host.at, ':', url->host.len) != NULL;
    char host[URL_HOST_MAX], port[8] = "";

    url_host(url, host);
    if (always || url->port != (url->secure ? 443 : 80))
        text_format(port, sizeof(port), ":%u", url->port);
    text_format(out, URL_AUTHORITY_MAX, "%s%s%s%s", brackets ? "[" : "", host, brackets ? "]" : "",
                port);
    return out;
}

const char *url_show(const struct url *url, char out[URL_MAX])
{
    char authority[URL_AUTHORITY_MAX];

    text_format(out, URL_MAX, "%s://%s%.*s%s", url->secure ? "https" : "http",
                url_authority(url, false, authority), (int)url->path.len,
                (const char *)url->path.at, url->query.len > 1 ? "?..." : "");
    return out;
}
