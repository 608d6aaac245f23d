/* Reading a record back: loader/record.h. */
#include <string.h>

#include "loader/record.h"
#include "parsers/json.h"

/* Members that must be there, each once; others are for people. */
enum part {
    FORMAT = 1 << 0,
    STATE = 1 << 1,
    PACKAGE = 1 << 2,
    CONFIGURATION = 1 << 3,
    LISTED = 1 << 4,
    SYSTEM = 1 << 5,
    OPTION = 1 << 6,
    INSTANCE = 1 << 7,
    SIGNER = 1 << 8
};

static const struct {
    const char *key;
    enum part part;
    enum json_kind kind;
} members[] = {{"format", FORMAT, JSON_NUMBER}, {"state", STATE, JSON_TEXT},
               {"package", PACKAGE, JSON_TEXT}, {"configuration", CONFIGURATION, JSON_TEXT},
               {"listed", LISTED, JSON_WORD},   {"system", SYSTEM, JSON_TEXT},
               {"option", OPTION, JSON_TEXT},   {"instance-id", INSTANCE, JSON_TEXT},
               {"signer", SIGNER, JSON_TEXT}};

static bool value_is(const struct json_member *m, const char *value)
{
    return m->value.len == strlen(value) && memcmp(m->value.at, value, m->value.len) == 0;
}

static enum err one_of(const struct json_member *m, const char *yes, const char *no, bool *out,
                       struct error *e)
{
    *out = value_is(m, yes);
    if (!*out && !value_is(m, no))
        return fail(e, ERR_DAMAGED, "%.*s is neither %s nor %s", (int)m->key.len,
                    (const char *)m->key.at, yes, no);
    return OK;
}

static enum err read_digest(const struct json_member *m, uint8_t out[DIGEST_MAX], struct error *e)
{
    static const char digits[] = "0123456789abcdef";
    size_t size = digest_size(DIGEST_SHA256);
    bool right = m->value.len == 2 * size;

    memset(out, 0, DIGEST_MAX);
    for (size_t i = 0; right && i < 2 * size; i++) {
        const char *digit = m->value.at[i] ? strchr(digits, m->value.at[i]) : NULL;
        right = digit != NULL;
        if (right)
            out[i / 2] = (uint8_t)(out[i / 2] << 4 | (digit - digits));
    }
    return right ? OK
                 : fail(e, ERR_DAMAGED, "%.*s is not a SHA-256 digest", (int)m->key.len,
                        (const char *)m->key.at);
}

static enum err take_member(const struct json_member *m, enum part which, struct arena *a,
                            struct record *out, struct error *e)
{
    switch (which) {
    case FORMAT:
        if (!value_is(m, "1"))
            return fail(e, ERR_UNSUPPORTED, "is of another format than 1");
        return OK;
    case STATE:
        return one_of(m, "complete", "begun", &out->complete, e);
    case LISTED:
        return one_of(m, "true", "false", &out->listed, e);
    case PACKAGE:
        return read_digest(m, out->identity.package, e);
    case CONFIGURATION:
        return read_digest(m, out->identity.configuration, e);
    case SYSTEM:
        return json_text(m, a, &out->system, e);
    case OPTION:
        return json_text(m, a, &out->option, e);
    case INSTANCE:
        return json_text(m, a, &out->instance_id, e);
    case SIGNER:
        return json_text(m, a, &out->signer, e);
    }
    return OK;
}

static enum err take_known(const struct json_member *m, unsigned *seen, struct arena *a,
                           struct record *out, struct error *e)
{
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if (!json_key_is(m, members[i].key))
            continue;
        if (*seen & members[i].part)
            return fail(e, ERR_DAMAGED, "says %s twice", members[i].key);
        if (m->kind != members[i].kind)
            return fail(e, ERR_DAMAGED, "%s is not what it should be", members[i].key);
        *seen |= members[i].part;
        return take_member(m, members[i].part, a, out, e);
    }
    return OK;
}

static enum err parse(struct bytes text, struct arena *a, struct record *out, struct error *e)
{
    struct json json = json_of(text);
    struct json_member member;
    unsigned seen = 0;

    if (text.len > RECORD_MAX)
        return fail(e, ERR_TOO_BIG, "has %zu bytes, and %u are the most", text.len, RECORD_MAX);
    *out = (struct record){0};
    while (json_next(&json, &member))
        TRY(take_known(&member, &seen, a, out, e));
    if (!json_ended(&json))
        return fail(e, ERR_DAMAGED, "is not JSON");
    for (size_t i = 0; i < COUNT_OF(members); i++)
        if (!(seen & members[i].part))
            return fail(e, ERR_DAMAGED, "does not say %s", members[i].key);
    return OK;
}

enum err record_parse(struct bytes text, struct arena *a, struct record *out, struct error *e)
{
    return parse(text, a, out, e) == OK ? OK : within(e, RECORD_FILE);
}

bool record_same_package(const struct record *r, const struct record_identity *now)
{
    return memcmp(r->identity.package, now->package, sizeof(now->package)) == 0;
}

bool record_same_configuration(const struct record *r, const struct record_identity *now)
{
    return memcmp(r->identity.configuration, now->configuration, sizeof(now->configuration)) == 0;
}
