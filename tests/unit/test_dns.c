/* Questions, and answers that are as they should be; those that are not: test_dns_refused.c. */
#include "parsers/dns.h"

#include <stdio.h>
#include <string.h>

#include "tests/build/dns_rig.h"
#include "tests/test.h"

/* ---- The question ---------------------------------------------------------------------------- */

TEST(dns_query_is_what_rfc_1035_draws)
{
    static const uint8_t wanted[] = {0xbe, 0xef, 0x01, 0x00, 0, 1,   0,   0, 0, 0,  0, 0,
                                     3,    'w',  'w',  'w',  2, 'e', 'x', 0, 0, 28, 0, 1};

    reply_ask("www.ex", DNS_AAAA);
    CHECK(reply_query_len == sizeof(wanted) && memcmp(reply_query, wanted, sizeof(wanted)) == 0);
    reply_ask("www.ex.", DNS_AAAA); /* the dot at the end says the same */
    CHECK(reply_query_len == sizeof(wanted) && memcmp(reply_query, wanted, sizeof(wanted)) == 0);
    reply_ask("www.ex", DNS_A);
    CHECK(reply_query[reply_query_len - 3] == 1);
}

TEST(dns_query_takes_the_longest_names_and_no_longer_ones)
{
    char label[65], name[300];

    memset(label, 'a', 63);
    label[63] = '\0';
    snprintf(name, sizeof(name), "%s.%s.%s.%.61s", label, label, label, label);
    CHECK(strlen(name) == 253);
    reply_ask(name, DNS_A);
    CHECK(reply_query_len == DNS_QUERY_MAX);

    snprintf(name, sizeof(name), "%s.%s.%s.%.62s", label, label, label, label);
    CHECK(dns_query(name, DNS_A, REPLY_ID, reply_query, &reply_query_len, &reply_error) ==
          ERR_SETTING);
    CHECK_HOLDS(reply_error.text, "more than 253");
    snprintf(name, sizeof(name), "%sa.org", label);
    CHECK(dns_query(name, DNS_A, REPLY_ID, reply_query, &reply_query_len, &reply_error) ==
          ERR_SETTING);
    CHECK_HOLDS(reply_error.text, "no name of a host");
}

TEST(dns_query_refuses_what_is_no_name)
{
    static const char *const bad[] = {"",     ".",     "..",    "a..b", ".a",
                                      "a b",  "a/b",   "a\\b",  "a..",  "\xc3\xa9.org",
                                      "a:80", "a.b c", "a@b.c", "*.a"};

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (dns_query(bad[i], DNS_A, REPLY_ID, reply_query, &reply_query_len, &reply_error) !=
            ERR_SETTING)
            test_failed(__FILE__, __LINE__, bad[i]);
}

/* ---- The answer ------------------------------------------------------------------------------ */

TEST(dns_addresses_come_in_their_order)
{
    reply_begin("www.example.org", DNS_A, 0, 2);
    reply_put16(REPLY_ASKED);
    reply_put_a(7);
    reply_put16(REPLY_ASKED);
    reply_put_a(3);
    NEED(reply_parse() == OK);
    CHECK(reply_answer.count == 2 && reply_has_a(0, 7) && reply_has_a(1, 3) &&
          !reply_answer.is_cut && reply_answer.code == 0);
}

TEST(dns_address_of_ipv6_is_read)
{
    reply_begin("www.example.org", DNS_AAAA, 0, 1);
    reply_put16(REPLY_ASKED);
    reply_put_record(DNS_AAAA, 16);
    reply_put16(0x2001);
    reply_put16(0xdb8);
    for (int i = 0; i < 5; i++)
        reply_put16(0);
    reply_put16(9);
    NEED(reply_parse() == OK && reply_answer.count == 1);
    CHECK(reply_answer.addresses[0].len == 16 && reply_answer.addresses[0].at[1] == 1 &&
          reply_answer.addresses[0].at[15] == 9);
}

TEST(dns_names_are_the_same_in_any_case_of_letters)
{
    reply_ask("www.example.org", DNS_A);
    reply_start(0, 1);
    reply_put_name("WWW.Example.ORG");
    reply_put16(DNS_A);
    reply_put16(1);
    reply_put_name("www.exaMPLE.org");
    reply_put_a(1);
    NEED(reply_parse() == OK);
    CHECK(reply_has_a(0, 1));
}

TEST(dns_aliases_are_followed_in_any_order)
{
    reply_begin("www.example.org", DNS_A, 0, 4);
    reply_put_name("c.example.org");
    reply_put_a(1);
    reply_put_name("other.example.org"); /* was not asked for */
    reply_put_a(9);
    reply_put_name("b.example.org");
    reply_put_record(5, 4);
    reply_put_labels("c");
    reply_put16(REPLY_ASKED + 4);
    reply_put16(REPLY_ASKED);
    reply_put_record(5, 4);
    reply_put_labels("b");
    reply_put16(REPLY_ASKED + 4);
    NEED(reply_parse() == OK);
    CHECK(reply_answer.count == 1 && reply_has_a(0, 1));
}

TEST(dns_first_of_two_aliases_counts)
{
    reply_begin("www.example.org", DNS_A, 0, 3);
    reply_put16(REPLY_ASKED);
    reply_put_record(5, 4);
    reply_put_labels("b");
    reply_put16(REPLY_ASKED + 4);
    reply_put16(REPLY_ASKED);
    reply_put_record(5, 4);
    reply_put_labels("c");
    reply_put16(REPLY_ASKED + 4);
    reply_put_name("b.example.org");
    reply_put_a(1);
    CHECK(reply_parse() == OK && reply_has_a(0, 1));
}

TEST(dns_aliases_in_a_circle_end)
{
    reply_begin("www.example.org", DNS_A, 0, 2);
    reply_put16(REPLY_ASKED);
    reply_put_record(5, 4);
    reply_put_labels("b");
    reply_put16(REPLY_ASKED + 4);
    reply_put_labels("b");
    reply_put16(REPLY_ASKED + 4);
    reply_put_record(5, 2);
    reply_put16(REPLY_ASKED);
    CHECK(reply_parse() == ERR_NETWORK);
    CHECK_HOLDS(reply_error.text, "more than 8 aliases");
}

static enum err parse_chain(unsigned hops)
{
    char name[24];

    reply_begin("n0.org", DNS_A, 0, hops + 1);
    for (unsigned i = 0; i < hops; i++) {
        snprintf(name, sizeof(name), "n%u.org", i);
        reply_put_name(name);
        snprintf(name, sizeof(name), "n%u.org", i + 1);
        reply_put_record(5, (unsigned)strlen(name) + 2);
        reply_put_name(name);
    }
    snprintf(name, sizeof(name), "n%u.org", hops);
    reply_put_name(name);
    reply_put_a(1);
    return reply_parse();
}

TEST(dns_aliases_are_bounded)
{
    CHECK(parse_chain(DNS_CHAIN_MAX) == OK && reply_has_a(0, 1));
    CHECK(parse_chain(DNS_CHAIN_MAX + 1) == ERR_NETWORK);
}

TEST(dns_alias_without_addresses_is_no_failure)
{
    reply_begin("www.example.org", DNS_AAAA, 0, 1);
    reply_put16(REPLY_ASKED);
    reply_put_record(5, 4);
    reply_put_labels("b");
    reply_put16(REPLY_ASKED + 4);
    CHECK(reply_parse() == OK && reply_answer.count == 0);
}

TEST(dns_records_of_other_names_classes_and_types_are_passed_over)
{
    reply_begin("www.example.org", DNS_A, 0, 4);
    reply_put_name("evil.example.org");
    reply_put_a(1);
    reply_put16(REPLY_ASKED);
    reply_put_a(2);
    reply_message[reply_end - 4 - 8 + 1] = 3; /* class CHAOS */
    reply_put16(REPLY_ASKED);
    reply_put_record(46, 5); /* RRSIG */
    reply_put_labels("abcd");
    reply_put16(REPLY_ASKED);
    reply_put_a(4);
    NEED(reply_parse() == OK);
    CHECK(reply_answer.count == 1 && reply_has_a(0, 4));
}

TEST(dns_answer_may_have_more_addresses_than_are_kept)
{
    reply_begin("www.example.org", DNS_A, 0, DNS_ADDRESSES_MAX + 3);
    for (unsigned i = 0; i < DNS_ADDRESSES_MAX + 3; i++) {
        reply_put16(REPLY_ASKED);
        reply_put_a(i);
    }
    NEED(reply_parse() == OK);
    CHECK(reply_answer.count == DNS_ADDRESSES_MAX &&
          reply_has_a(DNS_ADDRESSES_MAX - 1, DNS_ADDRESSES_MAX - 1));
}

TEST(dns_answer_that_was_cut_says_so_and_gives_what_is_there)
{
    reply_begin("www.example.org", DNS_A, 0, 2);
    reply_message[2] |= 2;
    reply_put16(REPLY_ASKED);
    reply_put_a(1);
    reply_put16(REPLY_ASKED);
    reply_put_a(2);
    reply_end -= 3;
    NEED(reply_parse() == OK);
    CHECK(reply_answer.is_cut && reply_answer.count == 1 && reply_has_a(0, 1));

    reply_begin("www.example.org", DNS_A, 0, 0);
    reply_message[2] |= 2;
    reply_message[3] = 0;
    CHECK(reply_parse() == OK && reply_answer.is_cut && reply_answer.count == 0);
}
