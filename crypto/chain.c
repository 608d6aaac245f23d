#include "crypto/chain.h"

#include <string.h>

#include "crypto/der.h"

struct search {
    struct evidence *ev;
    struct path path;
    size_t next[SIGNATURE_CHAIN_MAX]; /* the candidate to try as the issuer of each on the path */
    bool issued[SIGNATURE_CHAIN_MAX]; /* each had an issuer whose key has sealed it */
    size_t checks;
    struct error mismatch; /* an issuer only by name, of the last one that has no other */
    size_t mismatched;     /* its number on the path plus one; 0: none */
    struct error why;      /* of what came furthest; code is OK before */
    bool why_is_path;      /* it came to an anchor */
};

enum err chain_begin(struct evidence *ev, struct error *e)
{
    TRY(TAKE(ev->a, ev->trust->anchor_count, &ev->anchors, e));
    for (const struct anchor *anchor = ev->trust->anchors; anchor; anchor = anchor->next) {
        if (anchor->kind == ANCHOR_KEY)
            continue;
        struct certificate *c = &ev->anchors[ev->anchor_count];
        TRY(certificate_split(c, anchor->der, e));
        c->origin = anchor;
        ev->anchor_count++;
    }
    return OK;
}

void chain_end(struct evidence *ev)
{
    for (size_t i = 0; i < ev->pool_count; i++)
        certificate_close(&ev->pool[i]);
    for (size_t i = 0; i < ev->anchor_count; i++)
        certificate_close(&ev->anchors[i]);
}

const struct anchor *chain_pin(const struct evidence *ev, const struct certificate *signer)
{
    uint8_t key[32];

    certificate_digest(signer->spki, key);
    for (const struct anchor *anchor = ev->trust->anchors; anchor; anchor = anchor->next) {
        if (anchor->kind == ANCHOR_KEY ? memcmp(anchor->key, key, sizeof(key)) == 0
                                       : der_same(anchor->der, signer->der))
            return anchor;
    }
    return NULL;
}

static struct certificate *candidate(struct evidence *ev, size_t i)
{
    if (i < ev->anchor_count)
        return &ev->anchors[i];
    i -= ev->anchor_count;
    return i < ev->pool_count ? &ev->pool[i] : NULL;
}

/* An anchor vouches for others when it is a CA; others only when they are on the way to one. */
static bool may_issue(const struct certificate *issuer, const struct certificate *child)
{
    if (!der_same(issuer->subject, child->issuer))
        return false;
    return !issuer->origin || issuer->origin->kind == ANCHOR_CA;
}

static bool in_path(const struct path *path, const struct certificate *c)
{
    for (size_t i = 0; i < path->count; i++)
        if (der_same(path->at[i]->der, c->der))
            return true;
    return false;
}

/* The first failure of its kind tells most: that of the issuers in the package's own order. */
static void keep_reason(struct search *s, bool is_path, const struct error *why)
{
    if (s->why.code != OK && s->why_is_path >= is_path)
        return;
    s->why_is_path = is_path;
    s->why = *why;
}

/* Whether the last one on the path is sealed by the issuer.  One of the same name with another key,
 * or that cannot be read, is somebody else. */
static enum err is_issuer(struct search *s, struct certificate *issuer, bool *is, struct error *e)
{
    struct certificate *child = s->path.at[s->path.count - 1];
    struct error *why = &s->mismatch;

    if (++s->checks > CHAIN_CHECKS_MAX)
        return fail(e, ERR_TOO_BIG, "the certificates take more than %d signature checks",
                    CHAIN_CHECKS_MAX);
    *is = certificate_open(issuer, s->ev->a, why) == OK &&
          sealed_check(&child->sealed, issuer, why) == OK;
    if (*is)
        return OK;
    if (why->code == ERR_NO_MEMORY) {
        *e = *why;
        return e->code;
    }
    within(why, "the certificate of %s", child->name);
    s->mismatched = s->path.count;
    return OK;
}

static void step_up(struct search *s, struct certificate *issuer)
{
    struct error why;

    s->issued[s->path.count - 1] = true;
    if (s->path.count == SIGNATURE_CHAIN_MAX) {
        fail(&why, ERR_TOO_BIG, "the chain has more than %d certificates", SIGNATURE_CHAIN_MAX);
        keep_reason(s, false, &why);
        return;
    }
    s->next[s->path.count] = 0;
    s->issued[s->path.count] = false;
    s->path.at[s->path.count++] = issuer;
}

/* There are no more candidates to have issued the last one on the path. */
static void step_back(struct search *s)
{
    const struct certificate *last = s->path.at[s->path.count - 1];
    struct error why;

    if (s->issued[s->path.count - 1]) {
        s->path.count--;
        return;
    }
    if (s->mismatched == s->path.count)
        why = s->mismatch;
    else if (der_same(last->subject, last->issuer))
        fail(&why, ERR_UNTRUSTED, "%s signed its own certificate and is not among the anchors",
             last->name);
    else
        fail(&why, ERR_UNTRUSTED, "the issuer of the certificate of %s is not among the anchors",
             last->name);
    keep_reason(s, false, &why);
    s->path.count--;
}

/* The path ends at an anchor: done when everyone on it may do what they do. */
static enum err try_path(struct search *s, const struct anchor *anchor, struct verdict *verdict,
                         bool *found, struct error *e)
{
    struct verdict before = *verdict;
    struct error why;

    s->path.anchor = anchor;
    *found = path_check(s->ev, &s->path, verdict, &why) == OK;
    if (*found)
        return OK;
    if (why.code == ERR_NO_MEMORY) {
        *e = why;
        return e->code;
    }
    *verdict = before;
    keep_reason(s, true, &why);
    s->path.count--;
    return OK;
}

static enum err search(struct search *s, struct verdict *verdict, bool *found, struct error *e)
{
    while (!*found && s->path.count) {
        struct certificate *child = s->path.at[s->path.count - 1];
        size_t i = s->next[s->path.count - 1]++;
        struct certificate *issuer = candidate(s->ev, i);
        bool is = false;

        if (!issuer) {
            step_back(s);
            continue;
        }
        if (!may_issue(issuer, child) || in_path(&s->path, issuer))
            continue;
        TRY(is_issuer(s, issuer, &is, e));
        if (!is)
            continue;
        size_t before = s->path.count;
        step_up(s, issuer);
        if (s->path.count > before && issuer->origin)
            TRY(try_path(s, issuer->origin, verdict, found, e));
    }
    return OK;
}

enum err chain_find(struct evidence *ev, struct certificate *signer, struct path *out,
                    struct verdict *verdict, struct error *e)
{
    struct search s = {.ev = ev, .path = {.at = {signer}, .count = 1}};
    bool found = false;

    TRY(search(&s, verdict, &found, e));
    if (!found) {
        *e = s.why;
        return e->code;
    }
    *out = s.path;
    return OK;
}

enum err chain_pin_revoked(struct evidence *ev, struct certificate *signer, struct verdict *verdict,
                           struct error *e)
{
    struct certificate *issuer;
    struct error ignored;
    size_t checks = 0;

    for (size_t i = 0; ev->trust->crls && (issuer = candidate(ev, i)); i++) {
        if (!der_same(issuer->subject, signer->issuer) || issuer == signer)
            continue;
        if (++checks > CHAIN_CHECKS_MAX)
            return fail(e, ERR_TOO_BIG, "the certificates take more than %d signature checks",
                        CHAIN_CHECKS_MAX);
        if (certificate_open(issuer, ev->a, &ignored) == OK &&
            sealed_check(&signer->sealed, issuer, &ignored) == OK)
            TRY(path_revoked(ev, signer, issuer, verdict, e));
    }
    return OK;
}
