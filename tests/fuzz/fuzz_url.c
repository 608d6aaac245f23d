/* Two lines: a URL, and a reference in what came from it. */
#include <assert.h>
#include <string.h>

#include "parsers/url.h"

static void check(const struct url *url)
{
    char shown[URL_MAX], authority[URL_AUTHORITY_MAX], host[URL_HOST_MAX], decoded[URL_MAX];

    assert(url->port && url->host.len && url->host.len < URL_HOST_MAX);
    assert(!url->path.len || url->path.at[0] == '/');
    assert(!url->query.len || url->query.at[0] == '?');
    url_host(url, host);
    assert(strlen(host) == url->host.len);
    url_authority(url, true, authority);
    url_show(url, shown);
    assert(!strchr(shown, '@') || memchr(url->path.at, '@', url->path.len));
    (void)url_decode(url->userinfo, decoded, sizeof(decoded));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    size_t len = line ? (size_t)(line - data) : size;
    struct url url, result;
    char out[URL_MAX];
    struct error error;

    if (url_parse((const char *)data, len, &url, &error) != OK) {
        assert(error.code == ERR_SETTING);
        return 0;
    }
    check(&url);
    if (!line)
        return 0;
    if (url_resolve(&url, (struct bytes){line + 1, size - len - 1}, out, &error) != OK)
        return 0;
    assert(strlen(out) < URL_MAX && url_parse(out, strlen(out), &result, &error) == OK);
    check(&result);
    return 0;
}
