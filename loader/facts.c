#include "loader/facts.h"

#include <string.h>

#include "base/text.h"

enum fact {
    MAC,
    UUID,
    SERIAL,
    ASSET,
    PRODUCT,
    NO_FACT
};

static const struct {
    const char *text, *name;
} facts[] = {[MAC] = {"${mac}", "address of a network port"},
             [UUID] = {"${uuid}", "UUID"},
             [SERIAL] = {"${serial}", "serial number"},
             [ASSET] = {"${asset}", "asset tag"},
             [PRODUCT] = {"${product}", "product name"}};

static enum fact fact_at(const char *text)
{
    enum fact fact = MAC;

    while (fact < NO_FACT && !text_starts(text, facts[fact].text))
        fact++;
    return fact;
}

static const char *known(const struct machine *m, enum fact fact)
{
    switch (fact) {
    case MAC:
        return m->mac_count ? m->macs[0] : "";
    case UUID:
        return m->uuid;
    case SERIAL:
        return m->serial;
    case ASSET:
        return m->asset;
    case PRODUCT:
        return m->product;
    case NO_FACT:
        break;
    }
    return "";
}

/* The next piece of a value: bytes that stand for themselves, or for a fact. */
struct piece {
    const char *text;
    size_t len;
    enum fact fact;
};

static struct piece next_piece(const struct machine *m, const char **value)
{
    const char *at = *value;
    struct piece piece = {at, 1, fact_at(at)};

    if (piece.fact != NO_FACT) {
        *value += strlen(facts[piece.fact].text);
        piece.text = known(m, piece.fact);
        piece.len = strlen(piece.text);
    } else if (*at == '$' && fact_at(at + 1) != NO_FACT) {
        piece.text = at + 1;
        piece.len = strlen(facts[fact_at(at + 1)].text);
        *value += piece.len + 1;
    } else {
        *value += 1;
    }
    return piece;
}

static enum err measure(const struct machine *m, const char *value, size_t *len, struct error *e)
{
    *len = 0;
    while (*value) {
        struct piece piece = next_piece(m, &value);
        if (piece.fact != NO_FACT && !piece.len)
            return fail(e, ERR_SETTING, "%s: this machine does not tell its %s",
                        facts[piece.fact].text, facts[piece.fact].name);
        *len += piece.len;
    }
    if (*len > FACTS_VALUE_MAX)
        return fail(e, ERR_TOO_BIG, "has %zu bytes, and %d are the most", *len, FACTS_VALUE_MAX);
    return OK;
}

enum err facts_fill(const struct machine *m, const char *value, struct arena *a, const char **out,
                    struct error *e)
{
    size_t len;
    char *to;

    *out = value;
    if (!strstr(value, "${"))
        return OK;
    TRY(measure(m, value, &len, e));
    TRY(TAKE(a, len + 1, &to, e));
    *out = to;
    while (*value) {
        struct piece piece = next_piece(m, &value);
        memcpy(to, piece.text, piece.len);
        to += piece.len;
    }
    *to = '\0';
    return OK;
}
