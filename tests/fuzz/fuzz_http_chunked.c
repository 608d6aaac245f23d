/* Two bytes that say how the body arrives, then the body: in pieces it must give what it gives whole. */
#include <assert.h>
#include <string.h>

#include "parsers/http_chunked.h"

#define BODY_MAX 65536

struct result {
    uint8_t body[BODY_MAX];
    size_t len;
    bool is_done;
    enum err err;
};

static void feed(struct bytes all, size_t step, size_t room, struct result *out)
{
    struct http_chunked c = {0};
    struct error error;

    out->len = 0;
    out->err = OK;
    while (all.len && !c.is_done && out->err == OK) {
        struct bytes in = {all.at, all.len < step ? all.len : step}, data;
        size_t before = in.len;
        out->err = http_chunked_next(&c, &in, room, &data, &error);
        if (out->err != OK)
            break;
        assert(data.len <= room && in.len <= before && (data.len || !in.len || c.is_done));
        assert(data.len <= BODY_MAX - out->len);
        memcpy(out->body + out->len, data.at, data.len);
        out->len += data.len;
        take(&all, before - in.len);
    }
    out->is_done = c.is_done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct result whole, pieces;

    if (size < 2 || size > BODY_MAX)
        return 0;
    feed((struct bytes){data + 2, size - 2}, SIZE_MAX, BODY_MAX, &whole);
    feed((struct bytes){data + 2, size - 2}, data[0] + 1u, data[1] + 1u, &pieces);
    assert(whole.err == pieces.err && whole.is_done == pieces.is_done && whole.len == pieces.len);
    assert(memcmp(whole.body, pieces.body, whole.len) == 0);
    return 0;
}
