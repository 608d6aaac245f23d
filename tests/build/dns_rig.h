/* tests/build/dns_rig.h - answers of a DNS server by hand, and what is read in them: RFC 1035, "Messages".
 *
 *     reply_begin("www.example.org", DNS_A, 0, 1);
 *     reply_put16(REPLY_ASKED);
 *     reply_put_a(7);
 *     CHECK(reply_parse() == OK && reply_has_a(0, 7));
 */
#ifndef TESTS_BUILD_DNS_RIG_H
#define TESTS_BUILD_DNS_RIG_H

#include "base/compiler.h"
#include "parsers/dns.h"

#define REPLY_ID    0xbeef
#define REPLY_ASKED 0xc00c /* a pointer to the name in the question */

/* Each by itself, so that the sanitizer sees who goes beyond it. */
extern uint8_t reply_query[DNS_QUERY_MAX], reply_message[4096];
extern size_t reply_query_len, reply_end; /* bytes of them */
extern struct dns_answer reply_answer;
extern struct error reply_error;

/* Ask, and begin an answer that repeats the question. */
void reply_begin(const char *host, enum dns_type type, unsigned code, unsigned records);

/* Its parts: the question; the header of an answer, recursion asked for and available. */
void reply_ask(const char *host, enum dns_type type);
void reply_start(unsigned code, unsigned records);

void reply_put8(unsigned value);
void reply_put16(unsigned value);

/* "www.example.org" as labels, without the empty one at the end; and with it. */
void reply_put_labels(const char *name);
void reply_put_name(const char *name);

/* What is between a record's name and its data; and that with the address 192.0.2.last. */
void reply_put_record(unsigned type, unsigned len);
void reply_put_a(unsigned last);

/* From memory of just that size, so that the sanitizer sees a byte too many. */
enum err reply_parse(void) MUST_CHECK;

bool reply_has_a(size_t i, unsigned last);

#endif
