#include "tests/build/dns_rig.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

uint8_t reply_query[DNS_QUERY_MAX], reply_message[4096];
size_t reply_query_len, reply_end;
struct dns_answer reply_answer;
struct error reply_error;

void reply_put8(unsigned value)
{
    reply_message[reply_end++] = (uint8_t)value;
}

void reply_put16(unsigned value)
{
    reply_put8(value >> 8);
    reply_put8(value & 255);
}

void reply_put_labels(const char *name)
{
    while (*name) {
        size_t n = strcspn(name, ".");
        reply_put8((unsigned)n);
        memcpy(reply_message + reply_end, name, n);
        reply_end += n;
        name += n + (name[n] == '.');
    }
}

void reply_put_name(const char *name)
{
    reply_put_labels(name);
    reply_put8(0);
}

void reply_start(unsigned code, unsigned records)
{
    reply_end = 0;
    reply_put16(REPLY_ID);
    reply_put16(0x8180 | code);
    reply_put16(1);
    reply_put16(records);
    reply_put16(0);
    reply_put16(0);
}

void reply_ask(const char *host, enum dns_type type)
{
    reply_error = (struct error){0};
    CHECK(dns_query(host, type, REPLY_ID, reply_query, &reply_query_len, &reply_error) == OK);
}

void reply_begin(const char *host, enum dns_type type, unsigned code, unsigned records)
{
    reply_ask(host, type);
    reply_start(code, records);
    reply_put_name(host);
    reply_put16(type);
    reply_put16(1);
}

void reply_put_record(unsigned type, unsigned len)
{
    reply_put16(type);
    reply_put16(1); /* IN */
    reply_put16(0);
    reply_put16(60); /* seconds */
    reply_put16(len);
}

void reply_put_a(unsigned last)
{
    reply_put_record(DNS_A, 4);
    reply_put16(192 << 8 | 0);
    reply_put16(2 << 8 | last);
}

enum err reply_parse(void)
{
    uint8_t *exact = malloc(reply_end + 1);

    if (!exact)
        return ERR_COUNT;
    memcpy(exact + 1, reply_message, reply_end);
    reply_error = (struct error){0};
    enum err err = dns_parse((struct bytes){reply_query, reply_query_len},
                             (struct bytes){exact + 1, reply_end}, &reply_answer, &reply_error);
    free(exact);
    return err;
}

bool reply_has_a(size_t i, unsigned last)
{
    const uint8_t wanted[4] = {192, 0, 2, (uint8_t)last};

    return i < reply_answer.count && reply_answer.addresses[i].len == 4 &&
           memcmp(reply_answer.addresses[i].at, wanted, 4) == 0;
}
