#include "parsers/url.h"

#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "parsers/address.h"
#include "parsers/digest_line.h"

static bool is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c && strchr(set, c);
}

/* unreserved and sub-delims of RFC 3986, "Characters". */
static bool is_plain(uint8_t c)
{
    return is_alnum(c) || is_one_of(c, "-._~!$&'()*+,;=");
}

/* Every character is one that a URL may have, and every '%' is followed by two digits. */
static enum err check_characters(struct bytes text, struct error *e)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (!is_plain(c) && !is_one_of(c, ":@/?#[]%"))
            return fail(e, ERR_SETTING,
                        "a URL has a character in it that must be percent-encoded, at byte %zu", i);
        if (c == '%' && (text.len - i < 3 || digest_line_digit(text.at[i + 1]) < 0 ||
                         digest_line_digit(text.at[i + 2]) < 0))
            return fail(e, ERR_SETTING,
                        "a URL has a %% without two hexadecimal digits behind it, at byte %zu", i);
    }
    return OK;
}

/* The bytes in front of the first one of set, taken from in; all of in when there is none. */
static struct bytes take_until(struct bytes *in, const char *set)
{
    struct bytes taken = {in->at, 0};

    while (taken.len < in->len && !is_one_of(in->at[taken.len], set))
        taken.len++;
    in->at += taken.len;
    in->len -= taken.len;
    return taken;
}

/* The last dot parts off digits: nobody's name, so an IPv4 address or a trick. */
static bool ends_in_number(struct bytes host)
{
    size_t i = host.len;

    while (i && host.at[i - 1] >= '0' && host.at[i - 1] <= '9')
        i--;
    return i < host.len && (i == 0 || host.at[i - 1] == '.');
}

static bool is_name(struct bytes host)
{
    size_t label = 0;

    if (!host.len || host.len >= URL_HOST_MAX)
        return false;
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.at[i];
        if (c == '.' ? label == 0 : !is_alnum(c) && c != '-' && c != '_')
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return true;
}

static enum err parse_port(struct bytes port, struct url *out, struct error *e)
{
    uint64_t number;

    out->port = out->secure ? 443 : 80;
    if (!port.len)
        return OK;
    if (!text_to_u64((const char *)port.at, port.len, &number) || !number || number > 65535)
        return fail(e, ERR_SETTING, "the port of a URL is a number from 1 to 65535");
    out->port = (uint16_t)number;
    return OK;
}

static enum err parse_bracketed(struct bytes authority, struct url *out, struct error *e)
{
    const char *at = (const char *)authority.at + 1;
    const char *end = memchr(at, ']', authority.len - 1);
    size_t len = end ? (size_t)(end - at) : 0;

    if (!end || !memchr(at, ':', len) || !address_is_ip(at, len))
        return fail(e, ERR_SETTING, "what is in brackets in a URL is no IPv6 address%s",
                    end && memchr(at, '%', len) ? "; zones are not done" : "");
    out->host = (struct bytes){(const uint8_t *)at, len};
    out->is_ip = true;
    take(&authority, len + 2);
    if (authority.len && authority.at[0] != ':')
        return fail(e, ERR_SETTING, "there is something behind the IPv6 address of a URL");
    take(&authority, authority.len ? 1 : 0);
    return parse_port(authority, out, e);
}

static enum err parse_authority(struct bytes authority, struct url *out, struct error *e)
{
    struct bytes rest = authority;

    out->userinfo = take_until(&rest, "@");
    out->has_userinfo = rest.len > 0;
    if (out->has_userinfo) {
        take(&rest, 1);
        authority = rest;
        if (memchr(rest.at, '@', rest.len))
            return fail(e, ERR_SETTING, "a URL has two @; one in a password is written %%40");
    } else {
        out->userinfo.len = 0;
    }
    if (authority.len && authority.at[0] == '[')
        return parse_bracketed(authority, out, e);
    out->host = take_until(&authority, ":");
    if (!out->host.len)
        return fail(e, ERR_SETTING, "a URL names no host");
    out->is_ip = address_is_ip((const char *)out->host.at, out->host.len);
    if (!out->is_ip && (!is_name(out->host) || ends_in_number(out->host)))
        return fail(e, ERR_SETTING, "the host of a URL is neither a name nor an address");
    take(&authority, authority.len ? 1 : 0);
    return parse_port(authority, out, e);
}

/* The length of the scheme, when the text begins with it; else 0. */
static size_t begins(struct bytes text, const char *scheme)
{
    size_t len = strlen(scheme), same = 0;

    while (same < len && same < text.len && text_lower((char)text.at[same]) == scheme[same])
        same++;
    return same == len ? len : 0;
}

static size_t scheme_len(struct bytes text, bool *secure)
{
    size_t len = begins(text, "https://");

    *secure = len > 0;
    return len ? len : begins(text, "http://");
}

bool url_is(const char *text)
{
    bool unused;

    return scheme_len((struct bytes){(const uint8_t *)text, strlen(text)}, &unused) > 0;
}

bool url_is_tftp(const char *text)
{
    return begins((struct bytes){(const uint8_t *)text, strlen(text)}, "tftp://") > 0;
}

static enum err check_text(struct bytes text, struct error *e)
{
    if (text.len >= URL_MAX)
        return fail(e, ERR_SETTING, "a URL has %zu bytes; the limit is %d", text.len, URL_MAX - 1);
    return check_characters(text, e);
}

/* What stands behind the scheme. */
static enum err parse_parts(struct bytes in, struct url *out, struct error *e)
{
    struct bytes authority = take_until(&in, "/?#");
    out->path = take_until(&in, "?#");
    out->query = take_until(&in, "#");
    if (memchr(out->path.at, '[', out->path.len) || memchr(out->path.at, ']', out->path.len))
        return fail(e, ERR_SETTING, "a URL has a bracket behind its host");
    return parse_authority(authority, out, e);
}

enum err url_parse(const char *text, size_t len, struct url *out, struct error *e)
{
    struct bytes in = {(const uint8_t *)text, len};

    *out = (struct url){0};
    TRY(check_text(in, e));
    size_t scheme = scheme_len(in, &out->secure);
    if (!scheme)
        return fail(e, ERR_SETTING, "a URL begins with neither http:// nor https://");
    take(&in, scheme);
    return parse_parts(in, out, e);
}

enum err url_parse_tftp(const char *text, size_t len, struct url *out, struct error *e)
{
    struct bytes in = {(const uint8_t *)text, len};

    *out = (struct url){0};
    TRY(check_text(in, e));
    size_t scheme = begins(in, "tftp://");
    if (!scheme)
        return fail(e, ERR_SETTING, "a URL does not begin with tftp://");
    take(&in, scheme);
    TRY(parse_parts(in, out, e));
    if (out->has_userinfo || out->query.len || out->path.len < 2 || out->port != 80)
        return fail(e, ERR_SETTING, "a URL of tftp is tftp://HOST/PATH and nothing more");
    return OK;
}

/* ---- References ------------------------------------------------------------------------------ */

/* RFC 3986, "Remove Dot Segments", in place: path begins with '/'.  Returns the new length. */
static size_t remove_dots(char *path, size_t len)
{
    size_t in = 0, out = 0;

    while (in < len) {
        size_t part = 1; /* with the '/' that it begins with */
        while (in + part < len && path[in + part] != '/')
            part++;
        bool last = in + part == len;
        bool one = part == 2 && path[in + 1] == '.';
        bool two = part == 3 && path[in + 1] == '.' && path[in + 2] == '.';
        if (two)
            while (out && path[--out] != '/')
                ;
        if (!one && !two) {
            memmove(path + out, path + in, part);
            out += part;
        } else if (last) {
            path[out++] = '/';
        }
        in += part;
    }
    return out;
}

struct building {
    char *out; /* URL_MAX bytes */
    size_t len;
    bool full;
};

static void add(struct building *b, const char *text, size_t len)
{
    b->full = b->full || len >= URL_MAX - b->len;
    if (b->full)
        return;
    memmove(b->out + b->len, text, len);
    b->len += len;
}

static void add_bytes(struct building *b, struct bytes bytes)
{
    add(b, (const char *)bytes.at, bytes.len);
}

static void add_front(struct building *b, const struct url *base)
{
    char authority[URL_AUTHORITY_MAX];

    add(b, base->secure ? "https://" : "http://", base->secure ? 8 : 7);
    if (base->has_userinfo) {
        add_bytes(b, base->userinfo);
        add(b, "@", 1);
    }
    url_authority(base, false, authority);
    add(b, authority, strlen(authority));
}

/* A path of the reference's own, or one beside the base's. */
static void add_path(struct building *b, const struct url *base, struct bytes path)
{
    size_t start = b->len, directory = base->path.len;

    if (path.len && path.at[0] == '/') {
        directory = 0;
    } else if (path.len) {
        while (directory && base->path.at[directory - 1] != '/')
            directory--;
        if (!directory)
            add(b, "/", 1);
    }
    add(b, (const char *)base->path.at, directory);
    add_bytes(b, path);
    if (!b->full)
        b->len = start + remove_dots(b->out + start, b->len - start);
}

/* True when the reference begins with a scheme: letters and the like, then ':'. */
static bool has_scheme(struct bytes reference)
{
    struct bytes scheme = take_until(&reference, ":/?#");

    for (size_t i = 0; i < scheme.len; i++)
        if (!is_alnum(scheme.at[i]) && !is_one_of(scheme.at[i], "+-."))
            return false;
    return scheme.len && !(scheme.at[0] >= '0' && scheme.at[0] <= '9') && reference.len &&
           reference.at[0] == ':';
}

enum err url_resolve(const struct url *base, struct bytes reference, char out[URL_MAX],
                     struct error *e)
{
    struct building b = {.out = out};
    struct url own = {0}, result;
    struct bytes rest = reference;

    TRY(check_characters(reference, e));
    if (has_scheme(reference)) {
        TRY(url_parse((const char *)reference.at, reference.len, &own, e));
        add_front(&b, &own);
        add_path(&b, &own, own.path);
        add_bytes(&b, own.query);
    } else if (rest.len > 1 && rest.at[0] == '/' && rest.at[1] == '/') {
        add(&b, base->secure ? "https:" : "http:", base->secure ? 6 : 5);
        add_bytes(&b, take_until(&rest, "#"));
    } else {
        struct bytes path = take_until(&rest, "?#"), query = take_until(&rest, "#");
        add_front(&b, base);
        add_path(&b, base, path);
        add_bytes(&b, path.len || query.len ? query : base->query);
    }
    if (b.full)
        return fail(e, ERR_SETTING, "a URL has more than %d bytes", URL_MAX - 1);
    out[b.len] = '\0';
    return url_parse(out, b.len, &result, e);
}

/* ---- Percent-encoding ------------------------------------------------------------------------ */

bool url_encode_path(const char *name, char out[URL_MAX])
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;

    /* A colon in the first part would end a scheme. */
    for (; *name; name++) {
        uint8_t c = (uint8_t)*name;
        bool plain = is_plain(c) || c == '/' || c == '@';
        if (len + 3 >= URL_MAX)
            return false;
        out[len++] = plain ? *name : '%';
        if (!plain) {
            out[len++] = digits[c >> 4];
            out[len++] = digits[c & 15];
        }
    }
    out[len] = '\0';
    return true;
}

bool url_decode(struct bytes text, char *out, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        int c = text.at[i];
        if (c == '%') {
            int high = text.len - i < 3 ? -1 : digest_line_digit(text.at[i + 1]);
            int low = high < 0 ? -1 : digest_line_digit(text.at[i + 2]);
            if (low < 0)
                return false;
            c = high << 4 | low;
            i += 2;
        }
        if (c < 0x20 || c == 0x7f || len + 1 >= size)
            return false;
        out[len++] = (char)c;
    }
    out[len] = '\0';
    return utf8_valid(out, len);
}
