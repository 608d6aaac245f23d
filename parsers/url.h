/* parsers/url.h - http and https URLs, and a few of tftp: their parts, what a reference in one means, and how they are
 * shown.
 *
 *     struct url url;
 *     TRY(url_parse(text, strlen(text), &url, e));
 *     ... url.host, url.port, url.path ...
 *
 * Nothing is copied: the parts are borrowed from the text.  Percent-encoding is kept as it stands;
 * only user and password are decoded, when they are used.  A fragment is passed over.
 *
 * Stricter than RFC 3986: ASCII only, none of the characters that it never allows, no zone in an
 * IPv6 address, no percent-encoding in a host, and a host that ends in a number is an IPv4 address in
 * four decimal numbers or refused.
 *
 * Spec: RFC 3986, "Syntax Components", "Reference Resolution"; RFC 9110, "http URI Scheme", "https URI
 * Scheme".
 */
#ifndef PARSERS_URL_H
#define PARSERS_URL_H

#include "base/bytes.h"
#include "base/error.h"

#define URL_MAX      2048 /* bytes with the NUL; docs/limits.md */
#define URL_HOST_MAX 254  /* bytes with the NUL: the longest name in DNS has 253 */

struct url {
    bool secure;       /* https */
    bool is_ip;        /* the host is an address */
    uint16_t port;     /* never 0 */
    bool has_userinfo; /* which may be empty */
    struct bytes userinfo;
    struct bytes host;  /* without the brackets of an IPv6 address; never empty */
    struct bytes path;  /* empty, or from its '/' on */
    struct bytes query; /* empty, or from its '?' on */
};

/* True when text begins with http:// or https://, in any case of letters. */
bool url_is(const char *text);

/* ERR_SETTING in words that name no part of the text, since it may hold a password. */
enum err url_parse(const char *text, size_t len, struct url *out, struct error *e) MUST_CHECK;

/* tftp://host/path (RFC 3617), which only these two know: no user, no port, no query, and secure is
 * false. */
bool url_is_tftp(const char *text);
enum err url_parse_tftp(const char *text, size_t len, struct url *out, struct error *e) MUST_CHECK;

/* What a reference means in a document that came from base: a whole URL, NUL-terminated, without
 * fragment.  A user in base stays for references that name no host of their own.  ERR_SETTING,
 * as above. */
enum err url_resolve(const struct url *base, struct bytes reference, char out[URL_MAX],
                     struct error *e) MUST_CHECK;

/* The same host, port and scheme: what may see the same password. */
bool url_same_origin(const struct url *a, const struct url *b);
bool url_same_host(const struct url *a, const struct url *b); /* whatever port and scheme */

/* For people: no user, no password, and "?..." for a query, which may hold a key. */
const char *url_show(const struct url *url, char out[URL_MAX]);

/* For Host and CONNECT: the host, in brackets where it is IPv6, and the port unless it is the
 * scheme's or always is set. */
#define URL_AUTHORITY_MAX (URL_HOST_MAX + 10)
const char *url_authority(const struct url *url, bool always, char out[URL_AUTHORITY_MAX]);

/* The host with a NUL, in lower case. */
void url_host(const struct url *url, char out[URL_HOST_MAX]);

/* A file name, '/' between its parts, as a relative reference: what is not allowed in a path is
 * percent-encoded, and so is '%'.  False when it does not fit. */
bool url_encode_path(const char *name, char out[URL_MAX]);

/* Percent-decoded, NUL-terminated.  False when it does not fit, or what comes out is no text: a
 * control character or bytes that are not UTF-8. */
bool url_decode(struct bytes text, char *out, size_t size);

#endif
