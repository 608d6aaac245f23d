/* parsers/dns.h - one question to a DNS server, the addresses of a name, and what it answers.
 *
 *     uint8_t query[DNS_QUERY_MAX];
 *     TRY(dns_query("www.example.org", DNS_AAAA, id, query, &len, e));
 *     ... send, receive; datagrams for which dns_is_answer() is false are somebody else's ...
 *     TRY(dns_parse((struct bytes){query, len}, message, &answer, e));
 *
 * No EDNS: a server's datagram has at most DNS_DATAGRAM_MAX bytes, and what does not fit is to be asked
 * for again over TCP, where each message has its length in front, two bytes, the high one first.
 *
 * Spec: RFC 1035, "Messages", "Size limits"; RFC 3596, "AAAA record type"; RFC 2181, "Label syntax".
 */
#ifndef PARSERS_DNS_H
#define PARSERS_DNS_H

#include "base/bytes.h"
#include "base/error.h"

#define DNS_PORT          53
#define DNS_QUERY_MAX     271 /* bytes: header, the longest name, type and class */
#define DNS_DATAGRAM_MAX  512 /* bytes of a message over UDP */
#define DNS_ADDRESSES_MAX 8   /* of one name; further ones are passed over */
#define DNS_CHAIN_MAX     8   /* aliases (CNAME) from the name to its addresses; docs/limits.md */

enum dns_type {
    DNS_A = 1,
    DNS_AAAA = 28,
};

/* The answer's response code, where it matters to who asked. */
enum dns_code {
    DNS_NO_ERROR = 0,
    DNS_NO_NAME = 3, /* no such name: other servers should say the same */
};

struct dns_address {
    size_t len; /* 4 or 16 bytes */
    uint8_t at[16];
};

struct dns_answer {
    uint8_t code; /* enum dns_code, and others up to 15: something is wrong with the server */
    bool is_cut;  /* not all of it fitted: ask over TCP, or make do with what is there */
    size_t count; /* 0: the name has no address of that type */
    struct dns_address addresses[DNS_ADDRESSES_MAX]; /* in the order of the answer */
};

/* Write the question; host is a name, with or without the dot at its end.  ERR_SETTING when it is
 * none: a label is empty or over 63 bytes, all of it over 253, or other characters than letters,
 * digits, '-' and '_'. */
enum err dns_query(const char *host, enum dns_type type, uint16_t id, uint8_t out[DNS_QUERY_MAX],
                   size_t *len, struct error *e) MUST_CHECK;

/* True when message answers just that query: its id, and its question. */
bool dns_is_answer(struct bytes query, struct bytes message);

/* The answer to that query.  ERR_NETWORK in words that do not name the host: the server says that it
 * has none (out->code), or the message is damaged. */
enum err dns_parse(struct bytes query, struct bytes message, struct dns_answer *out,
                   struct error *e) MUST_CHECK;

#endif
