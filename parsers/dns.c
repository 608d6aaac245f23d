#include "parsers/dns.h"

#include <string.h>

#include "base/text.h"

#define HEADER    12  /* bytes */
#define NAME_MAX  255 /* bytes of a name as it is sent, with the empty label at its end */
#define LABEL_MAX 63
#define RECORD    10 /* bytes between the name of a record and its data: type, class, TTL, length */
#define CLASS_IN  1
#define CNAME     5

/* Header, third and fourth byte. */
#define IS_ANSWER  0x80
#define OPCODE     0x78
#define IS_CUT     0x02
#define RECURSE    0x01 /* please */
#define IS_OWN     0x04 /* the server answers of its own knowledge */
#define MAY_ASK    0x80 /* the server asks others */
#define CODE       0x0f
#define NO_RECORDS 0

/* A name as it is sent, without compression, in lower case. */
struct name {
    size_t len;
    uint8_t at[NAME_MAX];
};

struct record {
    struct name owner;
    uint16_t type, class;
    size_t at, len; /* of the data, in the message */
};

static void put_be16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* ---- The question ---------------------------------------------------------------------------- */

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (text_lower(c) >= 'a' && text_lower(c) <= 'z') || c == '-' ||
           c == '_';
}

/* Bytes of the label that text begins with; 0 when it is none. */
static size_t label_len(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && is_name_char(text[n]))
        n++;
    return n > LABEL_MAX || (n < len && text[n] != '.') ? 0 : n;
}

enum err dns_query(const char *host, enum dns_type type, uint16_t id, uint8_t out[DNS_QUERY_MAX],
                   size_t *len, struct error *e)
{
    size_t left = strlen(host), end = HEADER;

    if (left && host[left - 1] == '.')
        left--;
    if (left > NAME_MAX - 2)
        return fail(e, ERR_SETTING, "the name of a host has more than %d characters", NAME_MAX - 2);
    for (;;) {
        size_t n = label_len(host, left);
        if (!n)
            return fail(e, ERR_SETTING, "%s is no name of a host", host);
        out[end++] = (uint8_t)n;
        memcpy(out + end, host, n);
        end += n;
        if (n == left)
            break;
        host += n + 1; /* the dot */
        left -= n + 1;
    }
    out[end++] = 0;
    put_be16(out + end, type);
    put_be16(out + end + 2, CLASS_IN);
    *len = end + 4;

    memset(out, 0, HEADER);
    put_be16(out, id);
    out[2] = RECURSE;
    put_be16(out + 4, 1); /* questions */
    return OK;
}

/* ---- Names in a message ---------------------------------------------------------------------- */

/* Read the name at *at, and step over it.  Each pointer must lead in front of the one before, so that
 * there is an end.  False when it is none. */
static bool read_name(struct bytes m, size_t *at, struct name *out)
{
    size_t here = *at, before = here;
    bool jumped = false;

    out->len = 0;
    while (here < m.len) {
        size_t n = m.at[here++];
        if (n > LABEL_MAX) {
            if (n < 0xc0 || here == m.len)
                return false;
            size_t to = (n & 0x3f) << 8 | m.at[here++];
            if (!jumped)
                *at = here;
            if (to >= before)
                return false;
            jumped = true;
            here = before = to;
            continue;
        }
        if (n > m.len - here || n + 1 > NAME_MAX - out->len)
            return false;
        out->at[out->len++] = (uint8_t)n;
        for (size_t i = 0; i < n; i++)
            out->at[out->len++] = (uint8_t)text_lower((char)m.at[here++]);
        if (n)
            continue;
        if (!jumped)
            *at = here;
        return true;
    }
    return false;
}

static bool same_name(const struct name *a, const struct name *b)
{
    return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

static bool read_record(struct bytes m, size_t *at, struct record *out)
{
    if (!read_name(m, at, &out->owner) || m.len - *at < RECORD)
        return false;
    const uint8_t *p = m.at + *at;
    out->type = get_be16(p);
    out->class = get_be16(p + 2);
    out->len = get_be16(p + 8);
    out->at = *at + RECORD;
    if (out->len > m.len - out->at)
        return false;
    *at = out->at + out->len;
    return true;
}

/* ---- The answer ------------------------------------------------------------------------------ */

/* True when the message repeats the question; *at is then behind it.  A server that did not understand
 * it may leave it out. */
static bool same_question(struct bytes query, struct bytes m, size_t *at)
{
    size_t asked = HEADER;
    struct name a, b;
    uint8_t code = m.at[3] & CODE;

    *at = HEADER;
    if (get_be16(m.at + 4) == NO_RECORDS)
        return code != DNS_NO_ERROR && code != DNS_NO_NAME;
    if (get_be16(m.at + 4) != 1 || !read_name(query, &asked, &a) || !read_name(m, at, &b) ||
        !same_name(&a, &b) || m.len - *at < 4 || query.len - asked < 4 ||
        memcmp(query.at + asked, m.at + *at, 4) != 0)
        return false;
    *at += 4;
    return true;
}

static bool is_answer(struct bytes query, struct bytes m, size_t *at)
{
    return query.len >= HEADER && m.len >= HEADER && get_be16(query.at) == get_be16(m.at) &&
           (m.at[2] & (IS_ANSWER | OPCODE)) == IS_ANSWER && same_question(query, m, at);
}

bool dns_is_answer(struct bytes query, struct bytes message)
{
    size_t at;

    return is_answer(query, message, &at);
}

static enum err fail_code(int code, struct error *e)
{
    static const char *const words[] = {
        [1] = "the DNS server does not understand the question (FORMERR)",
        [2] = "the DNS server could not find it out (SERVFAIL)",
        [DNS_NO_NAME] = "there is no host of that name (NXDOMAIN)",
        [4] = "the DNS server does not do such questions (NOTIMP)",
        [5] = "the DNS server refuses to answer (REFUSED)",
    };

    if ((size_t)code < COUNT_OF(words))
        return fail(e, ERR_NETWORK, "%s", words[code]);
    return fail(e, ERR_NETWORK, "the DNS server answers with error %d", code);
}

static enum err fail_damaged(struct error *e)
{
    return fail(e, ERR_NETWORK, "the DNS server's answer is damaged");
}

static enum err add_address(const struct record *r, struct bytes m, struct dns_answer *out,
                            struct error *e)
{
    size_t len = r->type == DNS_A ? 4 : 16;

    if (r->len != len)
        return fail_damaged(e);
    if (out->count == DNS_ADDRESSES_MAX)
        return OK;
    struct dns_address *address = &out->addresses[out->count++];
    address->len = len;
    memcpy(address->at, m.at + r->at, len);
    return OK;
}

/* Go through the answer once: the addresses of a name, and what it is an alias of (no bytes: of
 * nothing).  Records of other names, classes and types are passed over. */
static enum err collect(struct bytes m, size_t at, const struct name *name, uint16_t type,
                        struct dns_answer *out, struct name *alias, struct error *e)
{
    struct record r;

    alias->len = 0;
    for (unsigned left = get_be16(m.at + 6); left; left--) {
        if (!read_record(m, &at, &r))
            return out->is_cut ? OK : fail_damaged(e);
        if (r.class != CLASS_IN || !same_name(&r.owner, name))
            continue;
        size_t data = r.at;
        if (r.type == type)
            TRY(add_address(&r, m, out, e));
        else if (r.type == CNAME && !alias->len &&
                 (!read_name(m, &data, alias) || data != r.at + r.len))
            return fail_damaged(e);
    }
    return OK;
}

enum err dns_parse(struct bytes query, struct bytes message, struct dns_answer *out,
                   struct error *e)
{
    size_t at, asked = HEADER;
    struct name name, alias;

    *out = (struct dns_answer){0};
    if (!is_answer(query, message, &at))
        return fail(e, ERR_NETWORK, "the DNS server answers something that was not asked");
    out->code = message.at[3] & CODE;
    out->is_cut = message.at[2] & IS_CUT;
    if (out->code != DNS_NO_ERROR)
        return fail_code(out->code, e);
    if (!read_name(query, &asked, &name))
        return fail_damaged(e);
    uint16_t type = get_be16(query.at + asked);
    for (int hops = 0; hops <= DNS_CHAIN_MAX; hops++) {
        TRY(collect(message, at, &name, type, out, &alias, e));
        if (out->count)
            return OK;
        if (!alias.len && !out->is_cut && !(message.at[2] & IS_OWN) && !(message.at[3] & MAY_ASK))
            return fail(e, ERR_NETWORK, "the DNS server does not ask others, and does not know it");
        if (!alias.len)
            return OK;
        name = alias;
    }
    return fail(e, ERR_NETWORK, "the name leads through more than %d aliases (CNAME)",
                DNS_CHAIN_MAX);
}
