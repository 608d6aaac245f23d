#include "crypto/tls_peer.h"

#include <string.h>

#include "base/text.h"
#include "crypto/chain.h"
#include "crypto/der.h"
#include "parsers/address.h"
#include "parsers/lines.h"

#define CHAIN_MAX 10 /* certificates that a server sends; mbedTLS has a bound of its own */
#define NAMES_MAX 3  /* that are told */

/* GeneralName's choices, as tags (RFC 5280, "Subject Alternative Name"). */
#define NAME_DNS DER_IMPLICIT(2)
#define NAME_IP  DER_IMPLICIT(7)

static bool same(struct bytes a, const char *b, size_t len)
{
    if (a.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text_lower((char)a.at[i]) != text_lower(b[i]))
            return false;
    return true;
}

/* '*' is not the parent of all names: a dot must be in what follows it. */
bool tls_peer_name_is(struct bytes name, const char *host)
{
    const char *dot = strchr(host, '.');

    if (name.len < 3 || name.at[0] != '*')
        return name.len && same(name, host, strlen(host));
    take(&name, 1);
    return name.at[0] == '.' && memchr(name.at + 1, '.', name.len - 1) && dot && dot != host &&
           same(name, dot, strlen(dot));
}

static bool is_named(const mbedtls_x509_buf *name, const char *host, const uint8_t *address,
                     size_t address_len)
{
    struct bytes value = {name->p, name->len};

    if (address_len)
        return name->tag == NAME_IP && value.len == address_len &&
               memcmp(value.at, address, address_len) == 0;
    return name->tag == NAME_DNS && tls_peer_name_is(value, host);
}

static enum err fail_name(const mbedtls_x509_crt *crt, const char *host, struct error *e)
{
    char names[200] = "";
    size_t len = 0, count = 0;

    for (const mbedtls_x509_sequence *n = &crt->subject_alt_names; n; n = n->next) {
        struct bytes value = {n->buf.p, n->buf.len};
        if (n->buf.tag == NAME_DNS && ++count <= NAMES_MAX)
            len += text_format(names + len, sizeof(names) - len, "%s%.*s", len ? ", " : "",
                               value.len < 60 ? (int)value.len : 60, (const char *)value.at);
    }
    if (!count)
        return fail(e, ERR_PEER, "the server's certificate is not for %s: it names no such host",
                    host);
    return fail(e, ERR_PEER, "the server's certificate is not for %s, but for %s%s", host, names,
                count > NAMES_MAX ? " and others" : "");
}

static enum err check_name(const mbedtls_x509_crt *crt, const char *host, struct error *e)
{
    uint8_t address[16];
    size_t len = address_bytes(host, strlen(host), address);

    for (const mbedtls_x509_sequence *n = &crt->subject_alt_names; n; n = n->next)
        if (n->buf.p && is_named(&n->buf, host, address, len))
            return OK;
    return fail_name(crt, host, e);
}

static enum err gather(struct evidence *ev, const mbedtls_x509_crt *chain, struct error *e)
{
    TRY(TAKE(ev->a, CHAIN_MAX, &ev->pool, e));
    for (const mbedtls_x509_crt *c = chain; c && ev->pool_count < CHAIN_MAX; c = c->next) {
        struct bytes der = {c->raw.p, c->raw.len};
        TRY(certificate_split(&ev->pool[ev->pool_count], der, e));
        ev->pool_count++;
    }
    return chain_begin(ev, e);
}

static enum err check(struct evidence *ev, const mbedtls_x509_crt *chain, const char *host,
                      struct error *e)
{
    struct verdict *verdict;
    struct path path;

    TRY(gather(ev, chain, e));
    TRY(TAKE(ev->a, 1, &verdict, e)); /* its notes are for packages */
    struct certificate *server = &ev->pool[0];
    TRY(certificate_open(server, ev->a, e));
    TRY(path_check_key(server, e));
    if (chain_pin(ev, server))
        TRY(chain_pin_revoked(ev, server, verdict, e));
    else if (!ev->trust->anchor_count)
        return fail(e, ERR_PEER, "there are no anchors that could vouch for %s", server->name);
    else
        TRY(chain_find(ev, server, &path, verdict, e));
    return check_name(&server->crt, host, e);
}

enum err tls_peer_check(const mbedtls_x509_crt *chain, const char *host, const struct trust *trust,
                        struct clock clock, struct arena scratch, struct error *e)
{
    struct evidence ev = {
        .trust = trust, .clock = clock, .purpose = PURPOSE_SERVERS, .a = &scratch};

    enum err err = check(&ev, chain, host, e);
    chain_end(&ev);
    if (err == OK || err == ERR_NO_MEMORY)
        return err;
    e->code = ERR_PEER;
    return e->code;
}
