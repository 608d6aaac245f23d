/* Servers that send no ranges: as much of the file as there is memory for is kept, and what is behind that
 * is read in order, from its beginning again whenever a read goes back. */
#include "loader/http_client.h"

#include "base/checked.h"
#include "base/text.h"

/* ---- The front, in memory -------------------------------------------------------------------- */

static enum err too_big(struct http_source *s, size_t room, struct error *e)
{
    char may[TEXT_SIZE_MAX];

    return http_final(
        s->client, e, ERR_TOO_BIG,
        "the server neither sends parts of it (Range) nor says how large it is, and it "
        "has more than the %s that are kept in memory",
        text_size(may, room));
}

/* All of it, from its beginning; it is the same as before. */
static enum err ask_for_all(struct http_source *s, struct error *e)
{
    struct http *c = s->client;
    const struct http_request r = {.url = s->url};

    TRY(http_request(c, &r, e));
    TRY(http_judge(c, e));
    TRY(http_check_same(s, e));
    if (c->head.has_length != s->has_size || (s->has_size && c->head.length != s->told))
        return http_final(c, e, ERR_NETWORK,
                          "it changed while it was read: the server says another size than before");
    c->owner = s;
    c->position = 0;
    return OK;
}

static enum err hold_once(struct http_source *s, uint8_t *memory, size_t room, size_t *len,
                          struct error *e)
{
    struct http *c = s->client;
    uint8_t one;
    size_t got;

    *len = 0;
    if (c->owner != s || c->position != 0 || c->body == HTTP_BODY_NONE)
        TRY(ask_for_all(s, e));
    do {
        bool full = *len == room;
        if (full && s->has_size)
            return OK;
        TRY(http_read_body(c, full ? &one : memory + *len, full ? 1 : room - *len, &got, e));
        if (full && got)
            return too_big(s, room, e);
        *len += got;
    } while (got);
    return OK;
}

enum err http_source_hold(struct http_source *s, uint8_t *memory, size_t room, struct error *e)
{
    struct http_patience patience = {0};
    size_t len = 0;

    http_source_begin(s);
    while (hold_once(s, memory, room, &len, e) != OK)
        if (http_again(s->client, &patience, e) != OK)
            return within(e, "%s: at byte %zu", s->shown, len);
    s->held = memory;
    s->held_len = len;
    s->source.size = s->has_size ? s->told : len;
    s->asked_last = s->source.size - 1; /* the rest may still come */
    return OK;
}

/* ---- What is behind it ----------------------------------------------------------------------- */

enum err http_from_the_front(struct http_source *s, struct error *e)
{
    if (!s->resumes && s->fronts++ == HTTP_FRONTS_MAX)
        return http_final(
            s->client, e, ERR_TOO_BIG,
            "the server sends no parts of it (Range), and to read this it would have to "
            "be fetched for the %uth time; more memory than the %llu MB that are kept "
            "would help, and so would another server",
            HTTP_FRONTS_MAX + 1, (unsigned long long)(s->held_len / 1000000));
    TRY(ask_for_all(s, e));
    s->asked_last = s->source.size - 1;
    s->resumes = false;
    return OK;
}
