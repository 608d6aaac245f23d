/* Any bytes as the head of an answer. */
#include <assert.h>
#include <string.h>

#include "parsers/http_head.h"

static void check_inside(struct bytes part, const uint8_t *at, size_t len)
{
    assert(!part.len || (part.at >= at && part.at + part.len <= at + len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t buffer[HTTP_HEAD_MAX];
    struct http_head h;
    struct error error;
    size_t len = size < sizeof(buffer) ? size : sizeof(buffer);

    if (len)
        memcpy(buffer, data, len);
    len = http_head_end((struct bytes){buffer, len});
    assert(len <= size);
    if (!len || http_head_parse(buffer, len, &h, &error) != OK)
        return 0;
    assert(h.status >= 100 && h.status <= 599);
    assert(!(h.chunked && h.has_length));
    if (h.has_range && !h.range_is_unmet)
        assert(h.first <= h.last && (!h.has_total || h.last < h.total));
    check_inside(h.text, buffer, len);
    check_inside(h.etag, buffer, len);
    check_inside(h.last_modified, buffer, len);
    check_inside(h.location, buffer, len);
    check_inside(h.encoding, buffer, len);
    check_inside(h.scheme, buffer, len);
    assert(!h.etag_is_strong || h.etag.len >= 2);
    return 0;
}
