#include "parsers/pax.h"

#include <string.h>

#include "base/text.h"

struct record {
    struct bytes key;
    struct bytes value;
};

static bool is_key(const struct record *r, const char *key)
{
    return r->key.len == strlen(key) && memcmp(r->key.at, key, r->key.len) == 0;
}

static bool has_front(const struct record *r, const char *front)
{
    return r->key.len >= strlen(front) && memcmp(r->key.at, front, strlen(front)) == 0;
}

/* "len key=value\n", where len counts the whole record with its own digits.  Only the value may
 * hold a NUL: macOS stores binary attributes. */
static enum err take_record(struct bytes *left, struct record *out, struct error *e)
{
    const uint8_t *blank = memchr(left->at, ' ', left->len);
    size_t digits = blank ? (size_t)(blank - left->at) : 0;
    uint64_t len;

    if (!text_to_u64((const char *)left->at, digits, &len))
        return fail(e, ERR_DAMAGED, "does not begin with a length and a blank");
    if (len > left->len)
        return fail(e, ERR_DAMAGED, "its length is %llu bytes, but %zu are left",
                    (unsigned long long)len, left->len);
    if (len < digits + 2 || left->at[len - 1] != '\n')
        return fail(e, ERR_DAMAGED, "does not end with a newline after %llu bytes",
                    (unsigned long long)len);

    struct bytes body = {blank + 1, (size_t)len - digits - 2};
    const uint8_t *equals = memchr(body.at, '=', body.len);
    if (!equals || equals == body.at)
        return fail(e, ERR_DAMAGED, "does not hold a key and '='");
    out->key = (struct bytes){body.at, (size_t)(equals - body.at)};
    out->value = (struct bytes){equals + 1, body.len - out->key.len - 1};
    if (memchr(out->key.at, '\0', out->key.len))
        return fail(e, ERR_DAMAGED, "its key holds a NUL");
    take(left, (size_t)len);
    return OK;
}

/* POSIX: an empty value takes back what was said before.  No archive seen does that to a path or
 * a size, and readers differ in what is left then. */
static enum err apply(const struct record *r, struct arena *a, struct pax *pax, struct error *e)
{
    const char *value = (const char *)r->value.at;
    size_t len = r->value.len;

    if (has_front(r, "GNU.sparse.")) {
        pax->sparse = true;
    } else if (is_key(r, "path")) {
        if (len == 0 || memchr(value, '\0', len))
            return fail(e, ERR_DAMAGED, "the path is empty or holds a NUL");
        TRY(arena_text(a, value, len, &pax->path, e));
    } else if (is_key(r, "size")) {
        pax->has_size = text_to_u64(value, len, &pax->size) && pax->size <= INT64_MAX;
        if (!pax->has_size)
            return fail(e, ERR_DAMAGED, "%.*s is not a size in bytes", len < 40 ? (int)len : 40,
                        value);
    }
    return OK;
}

enum err pax_parse(struct bytes records, struct arena *a, struct pax *pax, struct error *e)
{
    struct bytes left = records;
    struct record r;

    while (left.len) {
        size_t offset = records.len - left.len;
        enum err err = take_record(&left, &r, e);
        if (err == OK)
            err = apply(&r, a, pax, e);
        if (err != OK)
            return within(e, "pax record at byte %zu", offset);
    }
    return OK;
}

enum err pax_long_name(struct bytes contents, struct arena *a, const char **name, struct error *e)
{
    size_t len = contents.len;

    while (len && contents.at[len - 1] == '\0')
        len--;
    if (len == 0)
        return fail(e, ERR_DAMAGED, "the long name is empty");
    if (memchr(contents.at, '\0', len))
        return fail(e, ERR_DAMAGED, "the long name holds a NUL");
    return arena_text(a, (const char *)contents.at, len, name, e);
}
