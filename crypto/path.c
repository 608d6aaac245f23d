#include "crypto/path.h"

#include <string.h>

#include "crypto/crl.h"
#include "crypto/der.h"
#include "crypto/verdict.h"

static bool is_self_issued(const struct certificate *c)
{
    return der_same(c->subject, c->issuer);
}

static bool may(const struct certificate *c, unsigned usage)
{
    return mbedtls_x509_crt_check_key_usage(&c->crt, usage) == 0;
}

static enum err check_purpose(const struct certificate *c, enum purpose purpose, struct error *e)
{
    static const struct {
        const char *oid, *name;
    } purposes[] = {
        [PURPOSE_PACKAGES] = {MBEDTLS_OID_CODE_SIGNING, "code signing"},
        [PURPOSE_SERVERS] = {MBEDTLS_OID_SERVER_AUTH, "servers"},
    };
    const char *oid = purposes[purpose].oid;

    if (mbedtls_x509_crt_check_extended_key_usage(&c->crt, oid, strlen(oid)) != 0)
        return fail(e, ERR_UNTRUSTED, "the certificate of %s is not for %s (extended key usage)",
                    c->name, purposes[purpose].name);
    return OK;
}

static enum err check_server(const struct certificate *c, struct error *e)
{
    if (!may(c, MBEDTLS_X509_KU_DIGITAL_SIGNATURE))
        return fail(e, ERR_UNTRUSTED, "the certificate of %s is not for signatures (key usage)",
                    c->name);
    return check_purpose(c, PURPOSE_SERVERS, e);
}

static enum err check_signer(const struct certificate *c, struct error *e)
{
    if (c->crt.ca_istrue)
        return fail(e, ERR_UNTRUSTED,
                    "%s is a certification authority, which does not sign packages itself "
                    "(basic constraints)",
                    c->name);
    if (!may(c, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) && !may(c, MBEDTLS_X509_KU_NON_REPUDIATION))
        return fail(e, ERR_UNTRUSTED, "the certificate of %s is not for signatures (key usage)",
                    c->name);
    return check_purpose(c, PURPOSE_PACKAGES, e);
}

/* CAs between number i of the path and the signer, without those that only changed their key. */
static size_t authorities_below(const struct path *path, size_t i)
{
    size_t count = 0;

    for (size_t k = 1; k < i; k++)
        count += !is_self_issued(path->at[k]);
    return count;
}

static enum err check_authority(const struct path *path, size_t i, enum purpose purpose,
                                struct error *e)
{
    const struct certificate *c = path->at[i];
    bool is_anchor = i + 1 == path->count;
    size_t below = authorities_below(path, i);

    if (!c->crt.ca_istrue && !(is_anchor && c->crt.version < 3))
        return fail(e, ERR_UNTRUSTED,
                    "%s issued the certificate of %s, but is not a certification authority "
                    "(basic constraints)",
                    c->name, path->at[i - 1]->name);
    if (!may(c, MBEDTLS_X509_KU_KEY_CERT_SIGN))
        return fail(e, ERR_UNTRUSTED,
                    "%s issued the certificate of %s, but its key is not for that (key usage)",
                    c->name, path->at[i - 1]->name);
    /* mbedTLS keeps the length plus one, and 0 for none. */
    if (c->crt.max_pathlen > 0 && below > (size_t)c->crt.max_pathlen - 1)
        return fail(e, ERR_UNTRUSTED,
                    "%s allows %d certification authorities below itself, but there are %zu "
                    "(path length)",
                    c->name, c->crt.max_pathlen - 1, below);
    return is_anchor ? OK : check_purpose(c, purpose, e);
}

enum err path_check_key(const struct certificate *c, struct error *e)
{
    char key[ALGORITHM_TEXT_MAX];

    if (algorithm_key_is_strong(&c->crt.pk))
        return OK;
    algorithm_key_text(&c->crt.pk, c->pss_only, key);
    return fail(e, ERR_UNTRUSTED, "the key of %s is %s, which is too weak: below %d bits", c->name,
                key, ALGORITHM_RSA_BITS_MIN);
}

static enum err check_strength(const struct path *path, size_t i, struct error *e)
{
    const struct certificate *c = path->at[i];
    mbedtls_md_type_t md = sealed_md(&c->sealed);

    TRY(path_check_key(c, e));
    if (i + 1 < path->count && !algorithm_md_is_strong(md))
        return fail(e, ERR_UNTRUSTED, "the certificate of %s is signed with %s, which is too weak",
                    c->name, algorithm_md_name(md));
    return OK;
}

enum err path_check_dates(const struct certificate *c, const struct clock *clock, bool *undated,
                          struct error *e)
{
    uint64_t from = certificate_not_before(c), to = certificate_not_after(c);
    char text[MOMENT_TEXT_MAX];

    if (clock_is_right(clock) && clock->now.unix_seconds < from)
        return fail(e, ERR_UNTRUSTED, "the certificate of %s is not valid before %s", c->name,
                    moment_text(text, from));
    if (clock_is_right(clock) && clock->now.unix_seconds > to)
        return fail(e, ERR_UNTRUSTED, "the certificate of %s expired on %s", c->name,
                    moment_text(text, to));
    if (!clock_is_right(clock) && clock->built > to)
        return fail(e, ERR_UNTRUSTED,
                    "the certificate of %s expired on %s, before this loader was built", c->name,
                    moment_text(text, to));
    *undated = *undated || !clock_is_right(clock);
    return OK;
}

static enum err note_clock(const struct evidence *ev, const struct path *path,
                           struct verdict *verdict, struct error *e)
{
    const struct certificate *signer = path->at[0];
    char now[MOMENT_TEXT_MAX], from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];

    return verdict_note(verdict, ev->a, e,
                        "the clock is not set (%s): whether the certificate of %s, from %s to %s, "
                        "and those above it are valid now was not checked",
                        ev->clock.now.known ? moment_text(now, ev->clock.now.unix_seconds)
                                            : "it cannot be read",
                        signer->name, moment_text(from, certificate_not_before(signer)),
                        moment_text(to, certificate_not_after(signer)));
}

enum err path_revoked(const struct evidence *ev, struct certificate *c, struct certificate *issuer,
                      struct verdict *verdict, struct error *e)
{
    struct crl crl;

    for (const struct revocations *list = ev->trust->crls; list; list = list->next) {
        if (!crl_split(&crl, list->der) || !der_same(crl.issuer, issuer->subject))
            continue;
        if (crl_check(&crl, c, issuer, &ev->clock, ev->a, verdict, e) != OK)
            return within(e, "%s", list->file);
    }
    return OK;
}

enum err path_check(const struct evidence *ev, const struct path *path, struct verdict *verdict,
                    struct error *e)
{
    bool undated = false;

    TRY(ev->purpose == PURPOSE_SERVERS ? check_server(path->at[0], e)
                                       : check_signer(path->at[0], e));
    for (size_t i = 1; i < path->count; i++)
        TRY(check_authority(path, i, ev->purpose, e));
    for (size_t i = 0; i < path->count; i++)
        TRY(check_strength(path, i, e));
    for (size_t i = 0; i < path->count; i++)
        TRY(path_check_dates(path->at[i], &ev->clock, &undated, e));
    for (size_t i = 0; i + 1 < path->count; i++)
        TRY(path_revoked(ev, path->at[i], path->at[i + 1], verdict, e));
    return undated ? note_clock(ev, path, verdict, e) : OK;
}
