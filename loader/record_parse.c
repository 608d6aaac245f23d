/* Reading a record back: loader/record.h. */
#include <stddef.h>
#include <string.h>

#include "loader/record.h"
#include "parsers/json.h"

/* Members that must be there, each once; others are for people. */
enum part {
    FORMAT,
    PACKAGE,
    CONFIGURATION,
    DESCRIPTOR,
    LISTED,
    TITLE,
    SYSTEM,
    OPTION,
    INSTANCE,
    SIGNER,
    OTHERS,
    ANSWERED,
    PARTS
};

static const struct {
    const char *key;
    enum json_kind kind;
    size_t at; /* offset in struct record of a text or digest */
} members[PARTS] = {
    [FORMAT] = {"format", JSON_NUMBER, 0},
    [PACKAGE] = {"package", JSON_TEXT, offsetof(struct record, identity.package)},
    [CONFIGURATION] = {"configuration", JSON_TEXT, offsetof(struct record, identity.configuration)},
    [DESCRIPTOR] = {"descriptor", JSON_TEXT, offsetof(struct record, descriptor)},
    [LISTED] = {"listed", JSON_WORD, 0},
    [TITLE] = {"title", JSON_TEXT, offsetof(struct record, title)},
    [SYSTEM] = {"system", JSON_TEXT, offsetof(struct record, system)},
    [OPTION] = {"option", JSON_TEXT, offsetof(struct record, option)},
    [INSTANCE] = {"instance-id", JSON_TEXT, offsetof(struct record, instance_id)},
    [SIGNER] = {"signer", JSON_TEXT, offsetof(struct record, signer)},
    [OTHERS] = {"others", JSON_TEXT, offsetof(struct record, others)},
    [ANSWERED] = {"answered", JSON_TEXT, offsetof(struct record, answered)}};

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

static enum err take_text(const struct json_member *m, struct arena *a, uint8_t *out,
                          struct error *e)
{
    const char *text;

    TRY(json_decode(m, a, &text, e));
    memcpy(out, &text, sizeof(text));
    return OK;
}

static enum err take_member(const struct json_member *m, enum part which, struct arena *a,
                            struct record *out, struct error *e)
{
    uint8_t *at = (uint8_t *)out + members[which].at;

    switch (which) {
    case FORMAT:
        if (!value_is(m, "1"))
            return fail(e, ERR_UNSUPPORTED, "is of another format than 1");
        return OK;
    case LISTED:
        return one_of(m, "true", "false", &out->listed, e);
    case PACKAGE:
    case CONFIGURATION:
    case DESCRIPTOR:
        return read_digest(m, at, e);
    default:
        return take_text(m, a, at, e);
    }
}

static enum err take_known(const struct json_member *m, bool seen[PARTS], struct arena *a,
                           struct record *out, struct error *e)
{
    for (enum part i = 0; i < PARTS; i++) {
        if (!json_key_is(m, members[i].key))
            continue;
        if (seen[i])
            return fail(e, ERR_DAMAGED, "says %s twice", members[i].key);
        if (m->kind != members[i].kind)
            return fail(e, ERR_DAMAGED, "%s is not what it should be", members[i].key);
        seen[i] = true;
        return take_member(m, i, a, out, e);
    }
    return OK;
}

static enum err parse(struct bytes text, struct arena *a, struct record *out, struct error *e)
{
    struct json json = json_of(text);
    struct json_member member;
    bool seen[PARTS] = {false};

    if (text.len > RECORD_MAX)
        return fail(e, ERR_TOO_BIG, "has %zu bytes, and %u are the most", text.len, RECORD_MAX);
    *out = (struct record){0};
    while (json_next(&json, &member))
        TRY(take_known(&member, seen, a, out, e));
    if (!json_ended(&json))
        return fail(e, ERR_DAMAGED, "is not JSON");
    for (size_t i = 0; i < PARTS; i++)
        if (!seen[i])
            return fail(e, ERR_DAMAGED, "does not say %s", members[i].key);
    return OK;
}

enum err record_parse(struct bytes text, struct arena *a, struct record *out, struct error *e)
{
    return parse(text, a, out, e) == OK ? OK : within(e, RECORD_FILE);
}

bool record_answered(const struct record *r, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = r->answered; *at; at = strchr(at, '\n') + 1) {
        if (!strchr(at, '\n'))
            return false;
        if (strncmp(at, name, len) == 0 && at[len] == '\n')
            return true;
    }
    return false;
}

bool record_same_package(const struct record *r, const struct record_identity *now)
{
    return memcmp(r->identity.package, now->package, sizeof(now->package)) == 0;
}

bool record_same_configuration(const struct record *r, const struct record_identity *now)
{
    return memcmp(r->identity.configuration, now->configuration, sizeof(now->configuration)) == 0;
}
