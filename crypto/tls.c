#include "crypto/tls.h"

#include <string.h>

#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* the alert that ended it has no accessor */
#include <mbedtls/ssl.h>
#include <psa/crypto.h>

#include "base/checked.h"
#include "crypto/certificate.h"
#include "crypto/tls_peer.h"
#include "crypto/tls_random.h"
#include "parsers/address.h"

#define SCRATCH    (768u << 10) /* bytes; a certificate takes some KiB while it is judged */
#define WIRE_BROKE (-0x4c)      /* our callbacks' result; mbedTLS hands it through */
#define SEND_MS    30000u

struct tls {
    struct wire wire;
    struct tls_settings settings;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    struct wire *inner; /* NULL: closed */
    struct arena scratch;
    uint64_t deadline; /* of what is being done */
    bool was_refused, wants_another;
    bool has_failed; /* why is set: below TLS something went wrong */
    struct error why;
};

/* ---- What mbedTLS calls ---------------------------------------------------------------------- */

static int keep_failure(struct tls *t, enum err err)
{
    t->has_failed = err != OK;
    return WIRE_BROKE;
}

static int get_random(void *context, unsigned char *to, size_t len)
{
    struct tls *t = context;
    enum err err = t->settings.random(to, len, &t->why);

    return err == OK ? 0 : keep_failure(t, err);
}

static int send_below(void *context, const unsigned char *at, size_t len)
{
    struct tls *t = context;
    enum err err = wire_send(t->inner, (struct bytes){at, len}, SEND_MS, &t->why);

    return err == OK ? (int)len : keep_failure(t, err);
}

static int receive_below(void *context, unsigned char *to, size_t room)
{
    struct tls *t = context;
    uint64_t now = t->settings.milliseconds();
    uint32_t left = (uint32_t)(now < t->deadline ? t->deadline - now : 0);
    size_t got;
    enum err err = wire_receive(t->inner, to, room, left, &got, &t->why);

    if (err != OK)
        return keep_failure(t, err);
    return got == WIRE_QUIET ? MBEDTLS_ERR_SSL_WANT_READ : (int)got;
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static enum err fail_alert(const struct tls *t, struct error *e)
{
    int alert = t->ssl.in_msg ? t->ssl.in_msg[1] : 0;

    switch (alert) {
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
        return fail(e, ERR_NETWORK, "the server speaks neither TLS 1.2 nor TLS 1.3");
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
    case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY:
        return fail(e, ERR_NETWORK,
                    "the server has no TLS in common with this program: 1.2 or 1.3, AES-GCM, ECDHE "
                    "over P-256 or P-384");
    case MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME:
        return fail(e, ERR_NETWORK, "the server does not know the host's name");
    default:
        return fail(e, ERR_NETWORK, "the server ended TLS (alert %d)", alert);
    }
}

/* -0x2000 to -0x3000 are X.509's, -0x3a00 to -0x3e00 those of keys. */
static bool is_about_certificates(int ret)
{
    int kind = -ret & ~0x7f;

    return (kind >= 0x2000 && kind < 0x3000) || (kind >= 0x3980 && kind <= 0x3f80);
}

static enum err fail_tls(const struct tls *t, int ret, struct error *e)
{
    switch (ret) {
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return fail(e, ERR_NETWORK, "the server closed the connection");
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
        return fail(e, ERR_NO_MEMORY, "there is too little memory for TLS");
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        return fail(e, ERR_NETWORK, "the server speaks neither TLS 1.2 nor TLS 1.3");
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        return fail_alert(t, e);
    case MBEDTLS_ERR_SSL_INVALID_RECORD:
        return fail(e, ERR_NETWORK, "what the server says is not TLS");
    case MBEDTLS_ERR_SSL_INVALID_MAC:
        return fail(e, ERR_NETWORK, "what the server says was changed on its way");
    default:
        if (!is_about_certificates(ret))
            return fail(e, ERR_NETWORK, "TLS failed (mbedTLS: -0x%04x)", (unsigned)-ret);
        if (certificate_fail(e, ret, "the server's certificate") != ERR_NO_MEMORY)
            e->code = ERR_PEER;
        return e->code;
    }
}

/* An accident of the network, or something that would only repeat. */
static enum err failed(struct tls *t, int ret, struct error *e)
{
    if (t->has_failed) {
        *e = t->why;
        return e->code;
    }
    t->was_refused = ret != MBEDTLS_ERR_SSL_CONN_EOF;
    return fail_tls(t, ret, e);
}

/* ---- The wire -------------------------------------------------------------------------------- */

static enum err tls_send(struct wire *w, struct bytes bytes, uint32_t timeout_ms, struct error *e)
{
    struct tls *t = (struct tls *)w;

    t->deadline = t->settings.milliseconds() + timeout_ms;
    while (bytes.len) {
        int n = mbedtls_ssl_write(&t->ssl, bytes.at, bytes.len);
        if (n > 0)
            take(&bytes, (size_t)n);
        else if (n != MBEDTLS_ERR_SSL_WANT_READ || t->settings.milliseconds() >= t->deadline)
            return failed(t, n, e);
    }
    return OK;
}

static enum err tls_receive(struct wire *w, void *to, size_t room, uint32_t timeout_ms, size_t *got,
                            struct error *e)
{
    struct tls *t = (struct tls *)w;

    t->deadline = t->settings.milliseconds() + timeout_ms;
    for (;;) {
        int n = mbedtls_ssl_read(&t->ssl, to, room);
        if (n > 0 || n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
            *got = n > 0 ? (size_t)n : 0;
            return OK;
        }
        if (n != MBEDTLS_ERR_SSL_WANT_READ)
            return failed(t, n ? n : MBEDTLS_ERR_SSL_CONN_EOF, e);
        if (t->settings.milliseconds() >= t->deadline) {
            *got = WIRE_QUIET;
            return OK;
        }
    }
}

static enum err tls_connect(struct wire *w, const char *host, uint16_t port, uint32_t timeout_ms,
                            struct error *e)
{
    (void)w, (void)port, (void)timeout_ms;
    return fail(e, ERR_NETWORK, "TLS to %s wants a connection to go through", host);
}

static void release(struct tls *t)
{
    if (t->inner)
        mbedtls_ssl_free(&t->ssl);
    t->inner = NULL;
}

static void tls_close(struct wire *w)
{
    struct tls *t = (struct tls *)w;

    if (t->inner && !t->has_failed)
        (void)mbedtls_ssl_close_notify(&t->ssl);
    release(t);
}

struct wire *tls_wire(struct tls *t)
{
    return &t->wire;
}

bool tls_was_refused(const struct tls *t)
{
    return t->was_refused;
}

bool tls_wants_another(const struct tls *t)
{
    return t->wants_another;
}

/* ---- Beginning ------------------------------------------------------------------------------- */

static enum err configure(struct tls *t, struct error *e)
{
    static const int suites[] = {
        MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
        MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        0,
    };
    static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
                                      MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
    mbedtls_ssl_config *c = &t->config;

    mbedtls_ssl_config_init(c);
    if (mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0)
        return fail(e, ERR_NO_MEMORY, "there is too little memory for TLS");
    mbedtls_ssl_conf_rng(c, get_random, t);
    mbedtls_ssl_conf_min_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_ciphersuites(c, suites);
    mbedtls_ssl_conf_groups(c, groups);
    mbedtls_ssl_conf_authmode(c, MBEDTLS_SSL_VERIFY_NONE); /* tls_peer_check() is what counts */
    return OK;
}

enum err tls_make(const struct tls_settings *settings, struct arena *a, struct tls **out,
                  struct error *e)
{
    static const struct wire_ops ops = {tls_connect, tls_send, tls_receive, tls_close};
    uint8_t *scratch;
    struct tls *t;

    TRY(TAKE(a, 1, &t, e));
    TRY(TAKE(a, SCRATCH, &scratch, e));
    t->wire.ops = &ops;
    t->settings = *settings;
    arena_init(&t->scratch, scratch, SCRATCH, "a server's certificate");
    *out = t;
    return configure(t, e);
}

/* PKCS #1 comes first, so that it is taken in TLS 1.2, where mbedTLS 3.6.6 offers RSA-PSS and then
 * refuses it.  A server that goes by its own order takes RSA-PSS all the same: then there is another
 * attempt, in TLS 1.2 and without. */
static void choose_versions(struct tls *t)
{
    static const uint16_t signatures[] = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
                                          MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
                                          MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
                                          MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
                                          MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
                                          MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
                                          MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
                                          MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
                                          MBEDTLS_TLS1_3_SIG_NONE};
    static const uint16_t without_pss[] = {
        MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
        MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,       MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
        MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,       MBEDTLS_TLS1_3_SIG_NONE};
    bool all = !t->wants_another;

    mbedtls_ssl_conf_max_tls_version(&t->config,
                                     all ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_sig_algs(&t->config, all ? signatures : without_pss);
}

/* SNI is for names only (RFC 6066, "Server Name Indication"). */
static int set_up(struct tls *t, const char *host)
{
    bool is_ip = address_is_ip(host, strlen(host));
    int ret = mbedtls_ssl_setup(&t->ssl, &t->config);

    if (ret == 0)
        ret = mbedtls_ssl_set_hostname(&t->ssl, is_ip ? NULL : host);
    mbedtls_ssl_set_bio(&t->ssl, t, send_below, receive_below, NULL);
    return ret;
}

static enum err shake_hands(struct tls *t, const char *host, struct error *e)
{
    bool is_first = !t->wants_another;

    choose_versions(t);
    int ret = set_up(t, host);

    t->wants_another = false;
    while (ret == 0 || ret == MBEDTLS_ERR_SSL_WANT_READ) {
        if (t->settings.milliseconds() >= t->deadline)
            return fail(e, ERR_NETWORK, "the server takes too long to begin with TLS");
        ret = mbedtls_ssl_handshake(&t->ssl);
        if (ret == 0)
            return OK;
    }
    t->wants_another = ret == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER && is_first &&
                       t->ssl.tls_version == MBEDTLS_SSL_VERSION_TLS1_2;
    return failed(t, ret, e);
}

static enum err check_server(struct tls *t, const char *host, struct error *e)
{
    const mbedtls_x509_crt *chain = mbedtls_ssl_get_peer_cert(&t->ssl);
    enum err err = ERR_PEER;

    if (chain)
        err = tls_peer_check(chain, host, t->settings.trust, t->settings.clock, t->scratch, e);
    else
        fail(e, err, "the server has no certificate");
    if (err == OK)
        return OK;
    t->was_refused = true;
    (void)mbedtls_ssl_send_alert_message(&t->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                         MBEDTLS_SSL_ALERT_MSG_BAD_CERT);
    return err;
}

enum err tls_start(struct tls *t, struct wire *inner, const char *host, uint32_t timeout_ms,
                   struct error *e)
{
    uint8_t probe[16];

    t->was_refused = true;
    TRY(t->settings.random(probe, sizeof(probe), e));
    bytes_wipe(probe, sizeof(probe));
    tls_random_set(t->settings.random);
    if (psa_crypto_init() != PSA_SUCCESS)
        return fail(e, ERR_NO_MEMORY, "there is too little memory for TLS");
    t->was_refused = t->has_failed = false;
    t->inner = inner;
    t->deadline = t->settings.milliseconds() + timeout_ms;
    mbedtls_ssl_init(&t->ssl);
    enum err err = shake_hands(t, host, e);
    if (err == OK)
        err = check_server(t, host, e);
    if (err != OK)
        release(t);
    return err;
}
