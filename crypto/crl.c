#include "crypto/crl.h"

#include <mbedtls/x509_crl.h>

#include "crypto/der.h"
#include "crypto/verdict.h"

bool crl_split(struct crl *crl, struct bytes der)
{
    struct bytes body, skipped;

    *crl = (struct crl){.der = der};
    if (!sealed_split(der, &crl->sealed) || !der_is(crl->sealed.body, DER_SEQUENCE, &body))
        return false;
    der_take(&body, MBEDTLS_ASN1_INTEGER, &skipped);  /* version, not there in version 1 */
    return der_take(&body, DER_SEQUENCE, &skipped) && /* the algorithm once more */
           der_take_whole(&body, DER_SEQUENCE, &crl->issuer) &&
           (der_next_is(body, MBEDTLS_ASN1_UTC_TIME) ||
            der_next_is(body, MBEDTLS_ASN1_GENERALIZED_TIME));
}

/* The caller frees out, also on failure. */
static enum err parse(const struct crl *crl, mbedtls_x509_crl *out, struct error *e)
{
    int ret;

    mbedtls_x509_crl_init(out);
    ret = mbedtls_x509_crl_parse_der(out, crl->der.at, crl->der.len);
    if (ret != 0)
        return certificate_fail(e, ret, "a revocation list");
    if (!der_same(crl->issuer, (struct bytes){out->issuer_raw.p, out->issuer_raw.len}))
        return fail(e, ERR_DAMAGED, "a revocation list can be read in two ways");
    return OK;
}

enum err crl_read(const struct crl *crl, struct error *e)
{
    mbedtls_x509_crl list;
    enum err err = parse(crl, &list, e);

    mbedtls_x509_crl_free(&list);
    return err;
}

static enum err check_issuer(const struct crl *crl, struct certificate *issuer, struct error *e)
{
    mbedtls_md_type_t md = sealed_md(&crl->sealed);

    if (mbedtls_x509_crt_check_key_usage(&issuer->crt, MBEDTLS_X509_KU_CRL_SIGN) != 0)
        return fail(e, ERR_UNTRUSTED, "%s may not sign revocation lists (key usage)", issuer->name);
    if (sealed_check(&crl->sealed, issuer, e) != OK)
        return within(e, "the revocation list");
    if (!algorithm_md_is_strong(md))
        return fail(e, ERR_UNTRUSTED, "the revocation list is signed with %s, which is too weak",
                    algorithm_md_name(md));
    return OK;
}

static enum err note_dates(const mbedtls_x509_crl *list, const struct certificate *issuer,
                           const struct clock *clock, struct arena *a, struct verdict *verdict,
                           struct error *e)
{
    uint64_t next = certificate_date(&list->next_update);
    char text[MOMENT_TEXT_MAX];

    if (!clock_is_right(clock))
        return verdict_note(verdict, a, e,
                            "whether the revocation list of %s is up to date was not checked",
                            issuer->name);
    if (certificate_date(&list->this_update) > clock->now.unix_seconds)
        return verdict_note(verdict, a, e, "the revocation list of %s is from the future: %s",
                            issuer->name, moment_text(text, certificate_date(&list->this_update)));
    if (list->next_update.year && next < clock->now.unix_seconds)
        return verdict_note(verdict, a, e,
                            "the revocation list of %s is out of date: a newer one was due on %s",
                            issuer->name, moment_text(text, next));
    return OK;
}

static enum err check_list(const mbedtls_x509_crl *list, const struct certificate *c,
                           const struct certificate *issuer, const struct clock *clock,
                           struct arena *a, struct verdict *verdict, struct error *e)
{
    if (mbedtls_x509_crt_is_revoked(&c->crt, list))
        return fail(e, ERR_UNTRUSTED, "the certificate of %s was revoked by %s", c->name,
                    issuer->name);
    return note_dates(list, issuer, clock, a, verdict, e);
}

enum err crl_check(const struct crl *crl, const struct certificate *c, struct certificate *issuer,
                   const struct clock *clock, struct arena *a, struct verdict *verdict,
                   struct error *e)
{
    mbedtls_x509_crl list;
    enum err err;

    TRY(check_issuer(crl, issuer, e));
    err = parse(crl, &list, e);
    if (err == OK)
        err = check_list(&list, c, issuer, clock, a, verdict, e);
    mbedtls_x509_crl_free(&list);
    return err;
}
