#include "loader/seed_values.h"

#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "base/utf.h"
#include "disks/inflate.h"
#include "parsers/lines.h"
#include "parsers/yaml.h"

#define KEY_MAX 80 /* bytes of "guestinfo.….encoding" with the NUL */

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static bool is_text(struct bytes bytes)
{
    return utf8_valid((const char *)bytes.at, bytes.len);
}

const struct property *seed_property(const struct properties *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->at[i].told && strcmp(p->at[i].name, name) == 0)
            return *p->at[i].value ? &p->at[i] : NULL;
    return NULL;
}

/* A copy that cannot be told from the value. */
static enum err as_it_is(struct bytes value, struct arena *a, struct bytes *out, struct error *e)
{
    const char *copy;

    TRY(arena_text(a, (const char *)value.at, value.len, &copy, e));
    *out = (struct bytes){(const uint8_t *)copy, value.len};
    return OK;
}

static enum err unpack(struct bytes packed, struct arena *a, struct arena work, struct bytes *out,
                       struct error *e)
{
    struct inflate z;
    uint8_t *to;
    size_t len;

    TRY(inflate_open(&z, &work, e));
    TRY(TAKE(&work, SEED_UNPACKED_MAX, &to, e));
    if (inflate_gzip(&z, packed, to, SEED_UNPACKED_MAX, &len, e) != OK) {
        e->code = ERR_SETTING;
        return within(e, "gzip");
    }
    return as_it_is((struct bytes){to, len}, a, out, e);
}

enum err seed_decode(struct bytes value, const char *encoding, struct arena *a, struct arena work,
                     struct bytes *out, struct error *e)
{
    bool gzip = strcmp(encoding, "gzip+base64") == 0 || strcmp(encoding, "gz+b64") == 0;
    uint8_t *to;
    size_t len;

    if (!gzip && strcmp(encoding, "base64") != 0 && strcmp(encoding, "b64") != 0)
        return as_it_is(value, a, out, e);
    TRY(TAKE(gzip ? &work : a, BASE64_ROOM(value.len), &to, e));
    if (!base64_read_loose(value, to, &len))
        return fail(e, ERR_SETTING, "is not base64, as its encoding says");
    *out = (struct bytes){to, len};
    return gzip ? unpack(*out, a, work, out, e) : OK;
}

enum err seed_guestinfo(const struct properties *p, const char *key, struct arena *a,
                        struct arena work, struct bytes *out, struct error *e)
{
    const struct property *property = seed_property(p, key);
    char name[KEY_MAX];

    *out = (struct bytes){(const uint8_t *)"", 0};
    if (!property)
        return OK;
    struct bytes value = bytes_of(property->value);
    while (value.len && text_is_space((char)value.at[value.len - 1]))
        value.len--;
    if (!value.len || (value.len == 3 && memcmp(value.at, "---", 3) == 0))
        return OK;
    text_format(name, sizeof(name), "%s.encoding", key);
    const struct property *encoding = seed_property(p, name);
    if (seed_decode(value, encoding ? encoding->value : "", a, work, out, e) != OK)
        return within(e, "property %s", key);
    if (!is_text(*out))
        return fail(e, ERR_SETTING, "property %s: is not UTF-8 once it is decoded", key);
    return OK;
}

/* An Ignition config that is not in base64, which the loose reader might take it for. */
static bool is_ignition(const char *value)
{
    while (text_is_space(*value))
        value++;
    return *value == '{' && strstr(value, "\"ignition\"");
}

static bool is_clean(const char *value)
{
    for (; *value; value++)
        if (base64_value((uint8_t)*value) < 0 && *value != '=' && !text_is_space(*value))
            return false;
    return true;
}

enum err seed_user_data(const char *value, struct arena *a, struct bytes *out, bool *loose,
                        struct error *e)
{
    struct bytes text = bytes_of(value);
    uint8_t *to;

    TRY(TAKE(a, BASE64_ROOM(text.len), &to, e));
    *loose = false;
    if (is_ignition(value) || !base64_read_loose(text, to, &out->len))
        return as_it_is(text, a, out, e);
    out->at = to;
    *loose = !is_clean(value);
    return OK;
}

enum err seed_network(const char *value, struct arena *a, struct arena work, struct bytes *out,
                      struct error *e)
{
    struct bytes text = bytes_of(value);
    uint8_t *to;
    size_t len;

    *out = (struct bytes){(const uint8_t *)"", 0};
    TRY(TAKE(&work, BASE64_ROOM(text.len), &to, e));
    if (!base64_read_loose(text, to, &len) || !is_text((struct bytes){to, len}))
        return OK;
    return yaml_below((struct bytes){to, len}, "network", a, out, e);
}

/* A scalar without blanks, a comment and quotes around it. */
static struct bytes bare(struct bytes scalar)
{
    while (scalar.len && text_is_space((char)scalar.at[0]))
        (void)take(&scalar, 1);
    while (scalar.len && text_is_space((char)scalar.at[scalar.len - 1]))
        scalar.len--;
    if (scalar.len >= 2 && (scalar.at[0] == '"' || scalar.at[0] == '\'') &&
        scalar.at[scalar.len - 1] == scalar.at[0])
        scalar = (struct bytes){scalar.at + 1, scalar.len - 2};
    return scalar;
}

enum err seed_metadata_network(struct bytes metadata, struct arena *a, struct arena work,
                               struct bytes *out, struct error *e)
{
    struct bytes network, encoding;
    char name[16] = "";

    TRY(yaml_below(metadata, "network", &work, &network, e));
    TRY(yaml_below(metadata, "network.encoding", &work, &encoding, e));
    encoding = bare(encoding);
    if (!encoding.len)
        return as_it_is(network, a, out, e);
    if (encoding.len < sizeof(name))
        memcpy(name, encoding.at, encoding.len);
    if (seed_decode(bare(network), name, a, work, out, e) != OK)
        return within(e, "property guestinfo.metadata: network");
    if (!is_text(*out))
        return fail(e, ERR_SETTING,
                    "property guestinfo.metadata: network: is not UTF-8 once it is decoded");
    return OK;
}
