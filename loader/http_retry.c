#include "loader/http_client.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"

#define SLICE_MS 250 /* of waiting, between two looks at the keyboard */

enum err http_name(const char *url, struct arena *a, const char **out, struct error *e)
{
    struct url parts;
    char shown[URL_MAX];

    TRY(url_parse(url, strlen(url), &parts, e));
    url_show(&parts, shown);
    return arena_text(a, shown, strlen(shown), out, e);
}

void http_begin(struct http *c, const char *name)
{
    c->name = name;
    c->is_final = false;
    c->deadline = c->settings.total_ms ? port_milliseconds() + c->settings.total_ms : 0;
}

static enum err wait(struct http *c, uint64_t ms, struct error *e)
{
    struct error why = *e;
    char line[300];

    for (; ms; ms -= min_u64(ms, SLICE_MS)) {
        text_format(line, sizeof(line), "%.100s: %.100s; trying again in %llu s", c->name, why.text,
                    (unsigned long long)(ms + 999) / 1000);
        if (!port_progress(line) || !port_wait((uint32_t)min_u64(ms, SLICE_MS)))
            return fail(e, ERR_CANCELLED, "stopped by the keyboard");
    }
    return OK;
}

/* Between half of it and all of it: a hundred machines that lost one server do not come back at once. */
static uint64_t some_of(uint64_t ms)
{
    struct error ignored;
    uint16_t share;

    if (port_random(&share, sizeof(share), &ignored) != OK)
        share = 0;
    return ms - ms * share / (2u << 16);
}

enum err http_again(struct http *c, struct http_patience *p, struct error *e)
{
    struct error why = *e;

    if (e->code != ERR_NETWORK || c->is_final)
        return e->code;
    if (++p->failures >= c->settings.attempts)
        return c->settings.attempts == 1
                   ? e->code
                   : fail(e, why.code, "%s, after %u attempts", why.text, p->failures);
    uint64_t ms = some_of(min_u64(1000ull << min_u64(p->failures - 1, 10), HTTP_WAIT_MAX_MS));
    if (c->retry_after > HTTP_RETRY_AFTER)
        return fail(e, why.code, "%s, and wants no other attempt for %llu s", why.text,
                    (unsigned long long)c->retry_after);
    ms = max_u64(ms, c->retry_after * 1000);
    if (c->deadline && port_milliseconds() + ms >= c->deadline)
        return fail(e, why.code, "%s, and there are no %llu s left to try again", why.text,
                    (unsigned long long)ms / 1000);
    c->retries++;
    return wait(c, ms, e);
}
