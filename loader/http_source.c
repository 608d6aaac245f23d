#include "loader/http_client.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "loader/port.h"

#define SKIP_SHOWN (16u << 20) /* bytes passed over between two lines that say so */

/* ---- The same file --------------------------------------------------------------------------- */

static enum err copy(struct bytes text, struct arena *a, const char **out, struct error *e)
{
    return arena_text(a, text.len ? (const char *)text.at : "", text.len, out, e);
}

static enum err keep(struct http_same *same, const struct http_head *h, struct arena *a,
                     struct error *e)
{
    same->strong = h->etag_is_strong;
    TRY(copy(h->etag, a, &same->etag, e));
    return copy(h->last_modified, a, &same->modified, e);
}

static bool is_text(struct bytes bytes, const char *text)
{
    return bytes.len == strlen(text) && (!bytes.len || memcmp(bytes.at, text, bytes.len) == 0);
}

static const char *or_none(const char *text)
{
    return *text ? text : "none";
}

/* A part may come without a date, which its ETag makes up for. */
enum err http_check_same(const struct http_source *s, struct error *e)
{
    struct http *c = s->client;
    const struct http_head *h = &c->head;
    struct bytes etag = h->etag, modified = h->last_modified;

    if (h->status == 206 && h->has_total && h->total != s->source.size)
        return http_final(c, e, ERR_NETWORK,
                          "it changed while it was read: it had %llu bytes and has %llu",
                          (unsigned long long)s->source.size, (unsigned long long)h->total);
    if (!is_text(etag, s->same.etag))
        return http_final(c, e, ERR_NETWORK,
                          "it changed while it was read: its ETag was %s and is %.*s",
                          or_none(s->same.etag), etag.len ? (int)min_u64(etag.len, 80) : 4,
                          etag.len ? (const char *)etag.at : "none");
    if (modified.len && *s->same.modified && !is_text(modified, s->same.modified))
        return http_final(
            c, e, ERR_NETWORK, "it changed while it was read: it was of %s and is of %.*s",
            s->same.modified, (int)min_u64(modified.len, 40), (const char *)modified.at);
    return OK;
}

/* ---- One part -------------------------------------------------------------------------------- */

/* The answer is the part that was asked for, or the beginning of it. */
static enum err check_part(struct http_source *s, const struct http_request *r, struct error *e)
{
    struct http *c = s->client;
    const struct http_head *h = &c->head;

    if (h->status == 416)
        return http_final(c, e, ERR_NETWORK,
                          "it changed while it was read: byte %llu is not there any more",
                          (unsigned long long)r->first);
    TRY(http_judge(c, e));
    TRY(http_check_same(s, e));
    if (h->status != 206)
        return fail(e, ERR_NETWORK, "the server sends all of it when it is asked for a part");
    if (!h->has_range || h->range_is_unmet)
        return http_final(c, e, ERR_NETWORK, "the server does not say which part it sends");
    if (h->first != r->first || h->last > r->last)
        return http_final(c, e, ERR_NETWORK,
                          "the server sends bytes %llu to %llu instead of %llu to %llu",
                          (unsigned long long)h->first, (unsigned long long)h->last,
                          (unsigned long long)r->first, (unsigned long long)r->last);
    return OK;
}

/* A short range, unless the read goes on where the last one ended, or resumes it. */
static uint64_t last_for(const struct http_source *s, uint64_t offset, size_t len)
{
    if (s->resumes && offset <= s->asked_last)
        return s->asked_last;
    if (offset && offset == s->asked_last + 1)
        return s->source.size - 1;
    return min_u64(s->source.size - 1, offset + max_u64(len, HTTP_WINDOW) - 1);
}

static enum err ask_for(struct http_source *s, uint64_t offset, size_t len, struct error *e)
{
    if (!s->can_range)
        return http_from_the_front(s, e);

    struct http *c = s->client;
    struct http_request r = {.url = s->url,
                             .has_range = true,
                             .first = offset,
                             .last = last_for(s, offset, len),
                             .if_range = s->same.strong ? s->same.etag : NULL};

    s->asked_last = r.last;
    TRY(http_request(c, &r, e));
    TRY(check_part(s, &r, e));
    s->resumes = false;
    c->owner = s;
    c->position = offset;
    return OK;
}

/* Whether the body that comes does not come to offset, or not soon. */
static bool is_elsewhere(const struct http_source *s, uint64_t offset)
{
    const struct http *c = s->client;

    return c->owner != s || c->body == HTTP_BODY_NONE || c->position > offset ||
           offset > s->asked_last || (s->can_range && offset - c->position > HTTP_WINDOW);
}

/* Without ranges that may be gigabytes. */
static enum err show_skipping(const struct http_source *s, uint64_t offset, struct error *e)
{
    char line[200], done[TEXT_SIZE_MAX], all[TEXT_SIZE_MAX];

    text_format(line, sizeof(line), "%.100s: fetched again, %s of %s", s->shown,
                text_size(done, s->client->position), text_size(all, offset));
    return port_progress(line) ? OK : fail(e, ERR_CANCELLED, "stopped by the keyboard");
}

/* Make the body stand at offset. */
static enum err go_to(struct http_source *s, uint64_t offset, size_t len, struct error *e)
{
    struct http *c = s->client;
    size_t got;

    if (is_elsewhere(s, offset))
        TRY(ask_for(s, offset, len, e));
    c->window_len = 0;
    while (c->position < offset) {
        if (!s->can_range && c->position % SKIP_SHOWN < HTTP_WINDOW)
            TRY(show_skipping(s, offset, e));
        size_t step = (size_t)min_u64(offset - c->position, HTTP_WINDOW);
        TRY(http_read_body(c, c->window, step, &got, e));
        if (!got)
            return fail(e, ERR_NETWORK, "the server sends less than it says");
    }
    return OK;
}

static size_t from_window(const struct http_source *s, uint64_t offset, void *to, size_t len)
{
    const struct http *c = s->client;
    size_t n;

    if (c->owner != s || offset < c->window_start || offset - c->window_start >= c->window_len)
        return 0;
    n = (size_t)min_u64(len, c->window_len - (offset - c->window_start));
    memcpy(to, c->window + (offset - c->window_start), n);
    return n;
}

/* Read ahead, at least len bytes unless the part ends. */
static enum err fill_window(struct http_source *s, uint64_t offset, size_t len, struct error *e)
{
    struct http *c = s->client;
    size_t got;

    c->window_start = offset;
    c->window_len = 0;
    do {
        TRY(http_read_body(c, c->window + c->window_len, HTTP_WINDOW - c->window_len, &got, e));
        c->window_len += got;
    } while (got && c->window_len < len);
    return OK;
}

static enum err read_some(struct http_source *s, uint64_t offset, void *to, size_t len, size_t *got,
                          struct error *e)
{
    struct http *c = s->client;

    *got = from_window(s, offset, to, len);
    if (*got)
        return OK;
    TRY(go_to(s, offset, len, e));
    if (len >= HTTP_WINDOW) {
        c->window_len = 0;
        return http_read_body(c, to, len, got, e);
    }
    TRY(fill_window(s, offset, len, e)); /* what came before a failure stays for the next attempt */
    *got = from_window(s, offset, to, len);
    return *got ? OK : fail(e, ERR_NETWORK, "the server sends less than it says");
}

/* Where it broke: behind what is in the window already. */
static enum err at_byte(const struct http_source *s, uint64_t offset, struct error *e)
{
    const struct http *c = s->client;

    if (c->owner == s && c->window_start == offset)
        offset += c->window_len;
    return within(e, "%s: at byte %llu", s->shown, (unsigned long long)offset);
}

void http_source_begin(struct http_source *s)
{
    http_begin(s->client, s->shown);
    s->client->deadline = s->deadline;
}

static enum err http_read(struct source *source, uint64_t offset, void *to, size_t len,
                          struct error *e)
{
    struct http_source *s = (struct http_source *)source;
    struct http_patience patience = {0};
    uint8_t *at = to;
    uint64_t good = 0; /* bytes since the last failure */

    if (offset < s->held_len) {
        size_t n = (size_t)min_u64(len, s->held_len - offset);
        memcpy(to, s->held + offset, n);
        at += n;
        offset += n;
        len -= n;
    }
    http_source_begin(s);
    while (len) {
        size_t got;
        enum err err = read_some(s, offset, at, len, &got, e);
        if (err != OK) {
            patience.failures = good >= HTTP_WINDOW ? 0 : patience.failures;
            good = 0;
            s->resumes = true;
            if (http_again(s->client, &patience, e) != OK)
                return at_byte(s, offset, e);
            continue;
        }
        good += got;
        at += got;
        offset += got;
        len -= got;
    }
    return OK;
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* What is packed already may be said to be. */
static enum err check_encoding(const struct http_source *s, struct error *e)
{
    struct bytes encoding = s->client->head.encoding;

    if (!encoding.len || text_ends(s->shown, "gz"))
        return OK;
    return http_final(s->client, e, ERR_NETWORK, "the server packs it (Content-Encoding: %.*s)",
                      (int)min_u64(encoding.len, 40), (const char *)encoding.at);
}

static enum err open_part(struct http_source *s, struct error *e)
{
    struct http *c = s->client;
    const struct http_head *h = &c->head;

    if (!h->has_range || h->range_is_unmet || !h->has_total || h->first != 0 ||
        h->last > s->asked_last)
        return http_final(c, e, ERR_NETWORK,
                          "the server does not say how large it is, or sends another part of it");
    s->can_range = s->has_size = true;
    s->source.size = s->told = h->total;
    c->owner = s;
    return OK;
}

static enum err open_once(struct http_source *s, struct arena *a, struct error *e)
{
    struct http *c = s->client;
    const struct http_request r = {
        .url = s->url, .has_range = true, .first = 0, .last = HTTP_WINDOW - 1};
    const struct http_head *h = &c->head;

    s->asked_last = r.last;
    TRY(http_request(c, &r, e));
    if (h->status == 416 && (!h->has_range || h->total == 0)) { /* nothing is a part of nothing */
        s->can_range = s->has_size = true;
        return OK;
    }
    TRY(http_judge(c, e));
    TRY(check_encoding(s, e));
    TRY(keep(&s->same, h, a, e));
    if (h->status == 206)
        return open_part(s, e);
    if (h->status != 200)
        return http_final(c, e, ERR_NETWORK, "the server answers %d to a plain request", h->status);
    s->has_size = h->has_length;
    s->told = h->length;
    s->can_range = h->has_length && !h->length;
    c->owner = s;
    return OK;
}

enum err http_source_open(struct http_source *s, struct http *c, const char *url, struct arena *a,
                          struct error *e)
{
    static const struct source_ops ops = {.read = http_read};
    struct http_patience patience = {0};

    *s = (struct http_source){.source = {.ops = &ops, .name = ""}, .client = c};
    TRY(http_name(url, a, &s->shown, e));
    s->source.name = s->shown;
    TRY(arena_text(a, url, strlen(url), &s->url, e));
    http_begin(c, s->shown);
    s->deadline = c->deadline;
    while (open_once(s, a, e) != OK)
        if (http_again(c, &patience, e) != OK)
            return within(e, "%s", s->shown);
    return OK;
}
