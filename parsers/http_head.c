#include "parsers/http_head.h"

#include <string.h>

#include "base/text.h"
#include "parsers/lines.h"

/* What has been seen of fields that may be there once. */
struct reading {
    struct http_head *head;
    bool is_1_0, has_close, has_keep_alive, has_etag;
};

size_t http_head_end(struct bytes received)
{
    for (size_t i = 0; i < received.len; i++) {
        if (received.at[i] != '\n')
            continue;
        size_t next = i + 1;
        next += next < received.len && received.at[next] == '\r';
        if (next < received.len && received.at[next] == '\n')
            return next + 1;
    }
    return 0;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* A line that begins with a blank goes on with the one before. */
static void unfold(uint8_t *at, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        if (at[i] != '\n' || !is_blank(at[i + 1]))
            continue;
        at[i] = ' ';
        if (i && at[i - 1] == '\r')
            at[i - 1] = ' ';
    }
}

/* The next line without its end.  Control characters other than tabs end in an error later on. */
static bool next_line(struct bytes *in, struct bytes *line)
{
    const uint8_t *end = in->len ? memchr(in->at, '\n', in->len) : NULL;

    if (!end)
        return false;
    *line = (struct bytes){in->at, (size_t)(end - in->at)};
    take(in, line->len + 1);
    if (line->len && line->at[line->len - 1] == '\r')
        line->len--;
    return true;
}

static bool has_control(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.at[i] < 0x20 && text.at[i] != '\t') || text.at[i] == 0x7f)
            return true;
    return false;
}

static bool is_token(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= 0x20 || text.at[i] >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", text.at[i]))
            return false;
    return text.len > 0;
}

static bool same(struct bytes text, const char *word)
{
    if (text.len != strlen(word))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text_lower((char)text.at[i]) != word[i])
            return false;
    return true;
}

static bool to_number(struct bytes text, uint64_t *out)
{
    return text_to_u64((const char *)text.at, text.len, out) && *out <= INT64_MAX;
}

/* "HTTP/1.1 206 Partial Content" */
static enum err parse_status(struct bytes line, struct reading *r, struct error *e)
{
    const uint8_t *at = line.at;

    if (line.len < 12 || memcmp(at, "HTTP/1.", 7) != 0 || at[7] < '0' || at[7] > '9' ||
        at[8] != ' ' || (line.len > 12 && at[12] != ' '))
        return fail(e, ERR_NETWORK, "the answer is not HTTP/1: it begins with %.*s",
                    lines_shown(line), (const char *)at);
    r->is_1_0 = at[7] == '0';
    for (size_t i = 9; i < 12; i++) {
        if (at[i] < '0' || at[i] > '9')
            return fail(e, ERR_NETWORK, "the answer's status is not a number of three digits");
        r->head->status = r->head->status * 10 + (at[i] - '0');
    }
    if (r->head->status < 100 || r->head->status > 599)
        return fail(e, ERR_NETWORK, "the answer's status is %d, which is none", r->head->status);
    take(&line, line.len > 12 ? 13 : 12);
    r->head->text = line;
    return OK;
}

/* The next one of a list with commas, trimmed; commas inside quotes are not looked for, since the
 * fields that are read here have none that matter. */
static bool next_item(struct bytes *list, struct bytes *item)
{
    if (!list->len)
        return false;
    const uint8_t *comma = memchr(list->at, ',', list->len);
    size_t len = comma ? (size_t)(comma - list->at) : list->len;
    *item = lines_trim((struct bytes){list->at, len});
    take(list, len + (comma ? 1 : 0));
    return true;
}

static enum err take_length(struct reading *r, struct bytes value, struct error *e)
{
    if (r->head->has_length)
        return fail(e, ERR_NETWORK, "the answer has two lengths (Content-Length)");
    r->head->has_length = true;
    if (!to_number(value, &r->head->length))
        return fail(e, ERR_NETWORK, "the answer's length is no number: %.*s", lines_shown(value),
                    (const char *)value.at);
    return OK;
}

static enum err take_coding(struct reading *r, struct bytes value, struct error *e)
{
    if (r->head->chunked)
        return fail(e, ERR_NETWORK, "the answer says twice how it is coded (Transfer-Encoding)");
    if (!same(value, "chunked"))
        return fail(e, ERR_UNSUPPORTED, "the answer is coded in a way that is not done: %.*s",
                    lines_shown(value), (const char *)value.at);
    r->head->chunked = true;
    return OK;
}

/* "bytes 0-499/1234", with '*' for a size that is not known, or "bytes * / 1234" without blanks. */
static bool parse_range(struct bytes value, struct http_head *h)
{
    const uint8_t *slash, *dash;
    struct bytes range, total, first;

    if (value.len < 6 || !same((struct bytes){value.at, 5}, "bytes") || !is_blank(value.at[5]))
        return false;
    take(&value, 6);
    value = lines_trim(value);
    slash = value.len ? memchr(value.at, '/', value.len) : NULL;
    if (!slash)
        return false;
    range = (struct bytes){value.at, (size_t)(slash - value.at)};
    total = (struct bytes){slash + 1, value.len - range.len - 1};
    h->has_total = !same(total, "*");
    if (h->has_total && !to_number(total, &h->total))
        return false;
    h->range_is_unmet = same(range, "*");
    if (h->range_is_unmet)
        return h->has_total;
    dash = range.len ? memchr(range.at, '-', range.len) : NULL;
    if (!dash)
        return false;
    first = (struct bytes){range.at, (size_t)(dash - range.at)};
    take(&range, first.len + 1);
    return to_number(first, &h->first) && to_number(range, &h->last) && h->first <= h->last &&
           (!h->has_total || h->last < h->total);
}

static enum err take_range(struct reading *r, struct bytes value, struct error *e)
{
    if (r->head->has_range)
        return fail(e, ERR_NETWORK, "the answer says twice which part it is (Content-Range)");
    r->head->has_range = true;
    if (!parse_range(value, r->head))
        return fail(e, ERR_NETWORK,
                    "the answer does not say which part it is (Content-Range): %.*s",
                    lines_shown(value), (const char *)value.at);
    return OK;
}

/* One that is not as it should be proves nothing, like none. */
static enum err take_etag(struct reading *r, struct bytes value, struct error *e)
{
    struct bytes tag = value;
    bool weak = tag.len > 2 && memcmp(tag.at, "W/", 2) == 0;

    if (r->has_etag)
        return fail(e, ERR_NETWORK, "the answer has two ETags");
    r->has_etag = true;
    if (weak)
        take(&tag, 2);
    for (size_t i = 0; i < tag.len; i++)
        if (tag.at[i] <= 0x20 || tag.at[i] >= 0x7f)
            return OK;
    if (tag.len < 2 || tag.at[0] != '"' || tag.at[tag.len - 1] != '"' ||
        memchr(tag.at + 1, '"', tag.len - 2))
        return OK;
    r->head->etag = value;
    r->head->etag_is_strong = !weak;
    return OK;
}

static enum err take_connection(struct reading *r, struct bytes value, struct error *e)
{
    struct bytes item;

    (void)e;
    while (next_item(&value, &item)) {
        r->has_close = r->has_close || same(item, "close");
        r->has_keep_alive = r->has_keep_alive || same(item, "keep-alive");
    }
    return OK;
}

/* Parameters follow the scheme of a challenge, and look like "realm=...". */
static enum err take_challenge(struct reading *r, struct bytes value, struct error *e)
{
    struct bytes item;

    (void)e;
    while (next_item(&value, &item)) {
        size_t len = 0;
        while (len < item.len && !is_blank(item.at[len]) && item.at[len] != '=')
            len++;
        if (len < item.len && item.at[len] == '=')
            continue;
        item.len = len;
        if (!r->head->scheme.len)
            r->head->scheme = item;
        r->head->wants_basic = r->head->wants_basic || same(item, "basic");
    }
    return OK;
}

static enum err take_plain(struct reading *r, struct bytes name, struct bytes value,
                           struct error *e)
{
    struct http_head *h = r->head;

    (void)e;
    if (same(name, "accept-ranges"))
        h->takes_ranges = same(value, "bytes");
    else if (same(name, "last-modified"))
        h->last_modified = value;
    else if (same(name, "content-encoding") && !same(value, "identity"))
        h->encoding = value;
    else if (same(name, "retry-after"))
        h->has_retry_after = to_number(value, &h->retry_after_seconds);
    else if (same(name, "location") && h->location.len)
        return fail(e, ERR_NETWORK, "the answer has two Locations");
    else if (same(name, "location"))
        h->location = value;
    return OK;
}

static enum err take_field(struct reading *r, struct bytes line, struct error *e)
{
    static const struct {
        const char *name;
        enum err (*take)(struct reading *r, struct bytes value, struct error *e);
    } fields[] = {
        {"content-length", take_length},        {"transfer-encoding", take_coding},
        {"content-range", take_range},          {"etag", take_etag},
        {"connection", take_connection},        {"www-authenticate", take_challenge},
        {"proxy-authenticate", take_challenge},
    };
    const uint8_t *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
    struct bytes name = {line.at, colon ? (size_t)(colon - line.at) : 0};

    if (!is_token(name))
        return fail(e, ERR_NETWORK, "a line of the answer's head is no field: %.*s",
                    lines_shown(line), (const char *)line.at);
    take(&line, name.len + 1);
    line = lines_trim(line);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (same(name, fields[i].name))
            return fields[i].take(r, line, e);
    return take_plain(r, name, line, e);
}

/* What the fields say together. */
static enum err conclude(struct reading *r, struct error *e)
{
    struct http_head *h = r->head;

    if (h->chunked && h->has_length)
        return fail(e, ERR_NETWORK, "the answer has a length and comes in chunks as well");
    if (h->chunked && r->is_1_0)
        return fail(e, ERR_NETWORK, "the answer is HTTP/1.0 and comes in chunks, which it has not");
    if (h->has_range && !h->range_is_unmet && h->has_length && h->length != h->last - h->first + 1)
        return fail(e, ERR_NETWORK,
                    "the answer is bytes %llu to %llu, but has a length of %llu bytes",
                    (unsigned long long)h->first, (unsigned long long)h->last,
                    (unsigned long long)h->length);
    h->keeps = !r->has_close && (!r->is_1_0 || r->has_keep_alive);
    return OK;
}

enum err http_head_parse(uint8_t *at, size_t len, struct http_head *out, struct error *e)
{
    struct bytes in = {at, len}, line;
    struct reading r = {.head = out};

    *out = (struct http_head){0};
    unfold(at, len);
    if (!next_line(&in, &line))
        return fail(e, ERR_NETWORK, "the answer is empty");
    if (has_control(line))
        return fail(e, ERR_NETWORK, "the answer is not HTTP: control characters are in its head");
    TRY(parse_status(line, &r, e));
    while (next_line(&in, &line) && line.len) {
        if (has_control(line))
            return fail(e, ERR_NETWORK, "control characters are in the answer's head");
        TRY(take_field(&r, line, e));
    }
    return conclude(&r, e);
}
