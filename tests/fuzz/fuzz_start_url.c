/* A byte that says of what kind the rest is: 4 and 6 DHCP packets, everything else a device path. */
#include <assert.h>
#include <string.h>

#include "parsers/start_url.h"

static void check_url(bool is_one, const char out[URL_MAX])
{
    struct url url;
    struct error error;

    if (!is_one)
        return;
    size_t len = strnlen(out, URL_MAX);
    assert(len < URL_MAX && len > strlen("tftp://") && out[len - 1] == '/');
    assert(!strchr(out, '?') && !strchr(out, '#'));
    assert(strncmp(out, "http://", 7) == 0 || strncmp(out, "https://", 8) == 0 ||
           strncmp(out, "tftp://", 7) == 0);
    (void)!url_parse(out, len, &url, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = {data, size}, url = {0};
    char out[URL_MAX];
    struct dhcp_boot boot;
    uint8_t kind = take_u8(&rest);

    if (!bytes_ok(&rest))
        return 0;
    if (kind == 4) {
        if (dhcp_boot4(rest, &boot))
            check_url(start_url_of_dhcp(&boot, out), out);
        return 0;
    }
    if (kind != 6)
        url = start_url_of_path(rest);
    else if (!dhcp_boot6(rest, &url))
        assert(!url.len);
    assert(!url.len || (url.at >= data && url.at + url.len <= data + size));
    check_url(start_url_directory(url, out), out);
    return 0;
}
