/* Questions to DNS servers and their answers, in hex, for tests/tools/test_dns.py.
 *
 *     dns_tool query HOST TYPE ID
 *     dns_tool parse QUERY MESSAGE
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/digest_line.h"
#include "parsers/dns.h"

static struct error error;

static int failed(void)
{
    printf("code %d: %s\n", error.code, error.text);
    return 1;
}

static void show(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf("%02x", at[i]);
    printf("\n");
}

static struct bytes unhex(const char *text, uint8_t *out)
{
    size_t len = strlen(text) / 2;

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(digest_line_digit((uint8_t)text[2 * i]) << 4 |
                           digest_line_digit((uint8_t)text[2 * i + 1]));
    return (struct bytes){out, len};
}

static int query(const char *host, const char *type, const char *id)
{
    uint8_t out[DNS_QUERY_MAX];
    size_t len;

    if (dns_query(host, atoi(type) == DNS_A ? DNS_A : DNS_AAAA, (uint16_t)atoi(id), out, &len,
                  &error) != OK)
        return failed();
    show(out, len);
    return 0;
}

static int parse(const char *query_hex, const char *message_hex)
{
    static uint8_t asked[65536], message[65536];
    struct dns_answer answer;

    if (dns_parse(unhex(query_hex, asked), unhex(message_hex, message), &answer, &error) != OK)
        return failed();
    if (answer.is_cut)
        printf("cut\n");
    for (size_t i = 0; i < answer.count; i++)
        show(answer.addresses[i].at, answer.addresses[i].len);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "query") == 0)
        return query(argv[2], argv[3], argv[4]);
    if (argc == 4 && strcmp(argv[1], "parse") == 0)
        return parse(argv[2], argv[3]);
    return 2;
}
