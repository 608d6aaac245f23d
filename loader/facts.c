#include "loader/facts.h"

#include <string.h>

#include "base/text.h"

enum fact {
    MAC,
    UUID,
    SERIAL,
    ASSET,
    PRODUCT,
    ARCH,
    NO_FACT
};

static const struct {
    const char *text, *name;
} facts[] = {
    [MAC] = {"${mac}", "address of a network port"}, [UUID] = {"${uuid}", "UUID"},
    [SERIAL] = {"${serial}", "serial number"},       [ASSET] = {"${asset}", "asset tag"},
    [PRODUCT] = {"${product}", "product name"},      [ARCH] = {"${arch}", "kind of processor"}};

static enum fact fact_at(const char *text)
{
    enum fact fact = MAC;

    while (fact < NO_FACT && !text_starts(text, facts[fact].text))
        fact++;
    return fact;
}

/* As UEFI's names for removable media have it: BOOTX64.EFI, BOOTAA64.EFI. */
const char *facts_arch(enum guest_arch arch)
{
    switch (arch) {
    case GUEST_X86_64:
        return "x64";
    case GUEST_AARCH64:
        return "aa64";
    }
    return "";
}

/* A value that is being filled in, for which network port, and where to. */
struct filling {
    const struct machine *m;
    size_t port;
    bool is_url;
};

static const char *known(const struct filling *f, enum fact fact)
{
    switch (fact) {
    case MAC:
        return f->port < f->m->mac_count ? f->m->macs[f->port] : "";
    case UUID:
        return f->m->uuid;
    case SERIAL:
        return f->m->serial;
    case ASSET:
        return f->m->asset;
    case PRODUCT:
        return f->m->product;
    case ARCH:
        return facts_arch(f->m->arch);
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

static struct piece next_piece(const struct filling *f, const char **value)
{
    const char *at = *value;
    struct piece piece = {at, 1, fact_at(at)};

    if (piece.fact != NO_FACT) {
        *value += strlen(facts[piece.fact].text);
        piece.text = known(f, piece.fact);
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

static enum err measure(const struct filling *f, const char *value, size_t *len, struct error *e)
{
    *len = 0;
    while (*value) {
        struct piece piece = next_piece(f, &value);
        if (piece.fact != NO_FACT && !piece.len)
            return fail(e, ERR_SETTING, "%s: this machine does not tell its %s",
                        facts[piece.fact].text, facts[piece.fact].name);
        *len += piece.len;
    }
    if (*len > FACTS_VALUE_MAX)
        return fail(e, ERR_TOO_BIG, "has %zu bytes, and %d are the most", *len, FACTS_VALUE_MAX);
    return OK;
}

char facts_letter(char c, bool is_mac)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
        c == '-' || c == '_')
        return c;
    return is_mac ? '-' : '_';
}

static void put(const struct filling *f, const struct piece *piece, char *to)
{
    memcpy(to, piece->text, piece->len);
    if (!f->is_url || piece->fact == NO_FACT)
        return;
    for (size_t i = 0; i < piece->len; i++)
        to[i] = facts_letter(to[i], piece->fact == MAC);
    if (*to == '.') /* "..", which would lead to another folder */
        *to = '_';
}

static enum err fill(const struct filling *f, const char *value, struct arena *a, const char **out,
                     struct error *e)
{
    size_t len;
    char *to;

    *out = value;
    if (!strstr(value, "${"))
        return OK;
    TRY(measure(f, value, &len, e));
    TRY(TAKE(a, len + 1, &to, e));
    *out = to;
    while (*value) {
        struct piece piece = next_piece(f, &value);
        put(f, &piece, to);
        to += piece.len;
    }
    *to = '\0';
    return OK;
}

enum err facts_fill(const struct machine *m, const char *value, struct arena *a, const char **out,
                    struct error *e)
{
    return fill(&(struct filling){m, 0, false}, value, a, out, e);
}

enum err facts_fill_url(const struct machine *m, const char *url, size_t port, struct arena *a,
                        const char **out, struct error *e)
{
    return fill(&(struct filling){m, port, true}, url, a, out, e);
}

bool facts_use_mac(const char *value)
{
    struct machine unknown = machine_unknown(GUEST_X86_64);
    struct filling f = {&unknown, 0, false};

    while (*value)
        if (next_piece(&f, &value).fact == MAC)
            return true;
    return false;
}
