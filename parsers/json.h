/* parsers/json.h - the members of a JSON object, or of an array, one after the other.
 *
 *     struct json json = json_of(text);
 *     while (json_next(&json, &member))
 *         ... json_key_is(&member, "state") ...
 *     if (!json_ended(&json)) ... it was not JSON to its end ...
 *
 * All of the text is checked on the way, values within values too, at most JSON_DEPTH_MAX of them
 * inside each other.  Nothing is copied.
 *
 * Spec: RFC 8259.
 */
#ifndef PARSERS_JSON_H
#define PARSERS_JSON_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"

#define JSON_DEPTH_MAX 32

enum json_kind {
    JSON_TEXT,
    JSON_NUMBER,
    JSON_WORD,  /* true, false, null */
    JSON_INNER, /* an object or an array */
};

struct json_member {
    struct bytes key; /* without its quotes; not decoded */
    enum json_kind kind;
    struct bytes value; /* as written; a text without its quotes */
};

struct json {
    struct bytes rest;
    bool begun, closed, damaged;
};

/* text is borrowed. */
struct json json_of(struct bytes text);

/* Go to the next member; false when there is none, or the text is damaged. */
bool json_next(struct json *j, struct json_member *out);

/* The same for an array, whose members have no key. */
bool json_next_item(struct json *j, struct json_member *out);

/* True when the object or the array was whole, and nothing stands behind it. */
bool json_ended(const struct json *j);

bool json_key_is(const struct json_member *member, const char *key);

/* A JSON_TEXT decoded, in the arena.  ERR_DAMAGED for one that holds U+0000 or half a character. */
enum err json_decode(const struct json_member *member, struct arena *a, const char **out,
                     struct error *e) MUST_CHECK;

#endif
