/* A query's length, two bytes; the query; an answer to it. */
#include <assert.h>
#include <string.h>

#include "parsers/dns.h"

static void check_answer(struct bytes query, struct bytes message)
{
    struct dns_answer answer;
    struct error error;
    enum err err = dns_parse(query, message, &answer, &error);

    if (!dns_is_answer(query, message))
        assert(err == ERR_NETWORK);
    assert(err == OK || err == ERR_NETWORK);
    if (err != OK)
        return;
    assert(answer.code == DNS_NO_ERROR && answer.count <= DNS_ADDRESSES_MAX);
    for (size_t i = 0; i < answer.count; i++)
        assert(answer.addresses[i].len == 4 || answer.addresses[i].len == 16);
}

/* What makes a query finds it again in its echo. */
static void check_query(struct bytes text)
{
    char host[300] = "";
    uint8_t query[DNS_QUERY_MAX], echo[DNS_QUERY_MAX];
    struct error error;
    size_t len;

    if (text.len && text.len < sizeof(host))
        memcpy(host, text.at, text.len);
    if (dns_query(host, DNS_AAAA, 0x1234, query, &len, &error) != OK) {
        assert(error.code == ERR_SETTING);
        return;
    }
    assert(len <= DNS_QUERY_MAX);
    memcpy(echo, query, len);
    echo[2] |= 0x80;
    assert(dns_is_answer((struct bytes){query, len}, (struct bytes){echo, len}));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = {data, size};
    size_t len = take_le16(&rest);

    check_query((struct bytes){data, size});
    if (!bytes_ok(&rest) || len > rest.len)
        return 0;
    struct bytes query = {rest.at, len};
    take(&rest, len);
    check_answer(query, rest);
    return 0;
}
