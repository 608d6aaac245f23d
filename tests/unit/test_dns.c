#include "parsers/dns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

#define ID 0xbeef

static struct error error;
static struct dns_answer answer;
static uint8_t query[DNS_QUERY_MAX], message[4096];
static size_t query_len, end;

/* ---- Messages by hand: RFC 1035, "Messages" --------------------------------------------------- */

static void put8(unsigned value)
{
    message[end++] = (uint8_t)value;
}

static void put16(unsigned value)
{
    put8(value >> 8);
    put8(value & 255);
}

/* "www.example.org" as labels, without the empty one at the end. */
static void put_labels(const char *name)
{
    while (*name) {
        size_t n = strcspn(name, ".");
        put8((unsigned)n);
        memcpy(message + end, name, n);
        end += n;
        name += n + (name[n] == '.');
    }
}

static void put_name(const char *name)
{
    put_labels(name);
    put8(0);
}

/* Recursion asked for and available. */
static void start(unsigned code, unsigned records)
{
    end = 0;
    put16(ID);
    put16(0x8180 | code);
    put16(1);
    put16(records);
    put16(0);
    put16(0);
}

static void ask(const char *host, enum dns_type type)
{
    error = (struct error){0};
    CHECK(dns_query(host, type, ID, query, &query_len, &error) == OK);
}

/* Ask, and begin an answer that repeats the question. */
static void begin(const char *host, enum dns_type type, unsigned code, unsigned records)
{
    ask(host, type);
    start(code, records);
    put_name(host);
    put16(type);
    put16(1);
}

/* A pointer to the name in the question. */
#define ASKED 0xc00c

/* What is between a record's name and its data. */
static void put_record(unsigned type, unsigned len)
{
    put16(type);
    put16(1); /* IN */
    put16(0);
    put16(60); /* seconds */
    put16(len);
}

static void put_a(unsigned last)
{
    put_record(DNS_A, 4);
    put16(192 << 8 | 0);
    put16(2 << 8 | last);
}

/* From memory of just that size, so that the sanitizer sees a byte too many. */
static enum err parse(void)
{
    uint8_t *exact = malloc(end + 1);

    if (!exact)
        return ERR_COUNT;
    memcpy(exact + 1, message, end);
    error = (struct error){0};
    enum err err = dns_parse((struct bytes){query, query_len}, (struct bytes){exact + 1, end},
                             &answer, &error);
    free(exact);
    return err;
}

static bool has_a(size_t i, unsigned last)
{
    const uint8_t wanted[4] = {192, 0, 2, (uint8_t)last};

    return i < answer.count && answer.addresses[i].len == 4 &&
           memcmp(answer.addresses[i].at, wanted, 4) == 0;
}

/* ---- The question ---------------------------------------------------------------------------- */

TEST(dns_query_is_what_rfc_1035_draws)
{
    static const uint8_t wanted[] = {0xbe, 0xef, 0x01, 0x00, 0, 1,   0,   0, 0, 0,  0, 0,
                                     3,    'w',  'w',  'w',  2, 'e', 'x', 0, 0, 28, 0, 1};

    ask("www.ex", DNS_AAAA);
    CHECK(query_len == sizeof(wanted) && memcmp(query, wanted, sizeof(wanted)) == 0);
    ask("www.ex.", DNS_AAAA); /* the dot at the end says the same */
    CHECK(query_len == sizeof(wanted) && memcmp(query, wanted, sizeof(wanted)) == 0);
    ask("www.ex", DNS_A);
    CHECK(query[query_len - 3] == 1);
}

TEST(dns_query_takes_the_longest_names_and_no_longer_ones)
{
    char label[65], name[300];

    memset(label, 'a', 63);
    label[63] = '\0';
    snprintf(name, sizeof(name), "%s.%s.%s.%.61s", label, label, label, label);
    CHECK(strlen(name) == 253);
    ask(name, DNS_A);
    CHECK(query_len == DNS_QUERY_MAX);

    snprintf(name, sizeof(name), "%s.%s.%s.%.62s", label, label, label, label);
    CHECK(dns_query(name, DNS_A, ID, query, &query_len, &error) == ERR_SETTING);
    CHECK_HOLDS(error.text, "more than 253");
    snprintf(name, sizeof(name), "%sa.org", label);
    CHECK(dns_query(name, DNS_A, ID, query, &query_len, &error) == ERR_SETTING);
    CHECK_HOLDS(error.text, "no name of a host");
}

TEST(dns_query_refuses_what_is_no_name)
{
    static const char *const bad[] = {"",     ".",     "..",    "a..b", ".a",
                                      "a b",  "a/b",   "a\\b",  "a..",  "\xc3\xa9.org",
                                      "a:80", "a.b c", "a@b.c", "*.a"};

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (dns_query(bad[i], DNS_A, ID, query, &query_len, &error) != ERR_SETTING)
            test_failed(__FILE__, __LINE__, bad[i]);
}

/* ---- The answer ------------------------------------------------------------------------------ */

TEST(dns_addresses_come_in_their_order)
{
    begin("www.example.org", DNS_A, 0, 2);
    put16(ASKED);
    put_a(7);
    put16(ASKED);
    put_a(3);
    NEED(parse() == OK);
    CHECK(answer.count == 2 && has_a(0, 7) && has_a(1, 3) && !answer.is_cut && answer.code == 0);
}

TEST(dns_address_of_ipv6_is_read)
{
    begin("www.example.org", DNS_AAAA, 0, 1);
    put16(ASKED);
    put_record(DNS_AAAA, 16);
    put16(0x2001);
    put16(0xdb8);
    for (int i = 0; i < 5; i++)
        put16(0);
    put16(9);
    NEED(parse() == OK && answer.count == 1);
    CHECK(answer.addresses[0].len == 16 && answer.addresses[0].at[1] == 1 &&
          answer.addresses[0].at[15] == 9);
}

TEST(dns_names_are_the_same_in_any_case_of_letters)
{
    ask("www.example.org", DNS_A);
    start(0, 1);
    put_name("WWW.Example.ORG");
    put16(DNS_A);
    put16(1);
    put_name("www.exaMPLE.org");
    put_a(1);
    NEED(parse() == OK);
    CHECK(has_a(0, 1));
}

TEST(dns_aliases_are_followed_in_any_order)
{
    begin("www.example.org", DNS_A, 0, 4);
    put_name("c.example.org");
    put_a(1);
    put_name("other.example.org"); /* was not asked for */
    put_a(9);
    put_name("b.example.org");
    put_record(5, 4);
    put_labels("c");
    put16(ASKED + 4);
    put16(ASKED);
    put_record(5, 4);
    put_labels("b");
    put16(ASKED + 4);
    NEED(parse() == OK);
    CHECK(answer.count == 1 && has_a(0, 1));
}

TEST(dns_first_of_two_aliases_counts)
{
    begin("www.example.org", DNS_A, 0, 3);
    put16(ASKED);
    put_record(5, 4);
    put_labels("b");
    put16(ASKED + 4);
    put16(ASKED);
    put_record(5, 4);
    put_labels("c");
    put16(ASKED + 4);
    put_name("b.example.org");
    put_a(1);
    CHECK(parse() == OK && has_a(0, 1));
}

TEST(dns_aliases_in_a_circle_end)
{
    begin("www.example.org", DNS_A, 0, 2);
    put16(ASKED);
    put_record(5, 4);
    put_labels("b");
    put16(ASKED + 4);
    put_labels("b");
    put16(ASKED + 4);
    put_record(5, 2);
    put16(ASKED);
    CHECK(parse() == ERR_NETWORK);
    CHECK_HOLDS(error.text, "more than 8 aliases");
}

static enum err parse_chain(unsigned hops)
{
    char name[24];

    begin("n0.org", DNS_A, 0, hops + 1);
    for (unsigned i = 0; i < hops; i++) {
        snprintf(name, sizeof(name), "n%u.org", i);
        put_name(name);
        snprintf(name, sizeof(name), "n%u.org", i + 1);
        put_record(5, (unsigned)strlen(name) + 2);
        put_name(name);
    }
    snprintf(name, sizeof(name), "n%u.org", hops);
    put_name(name);
    put_a(1);
    return parse();
}

TEST(dns_aliases_are_bounded)
{
    CHECK(parse_chain(DNS_CHAIN_MAX) == OK && has_a(0, 1));
    CHECK(parse_chain(DNS_CHAIN_MAX + 1) == ERR_NETWORK);
}

TEST(dns_alias_without_addresses_is_no_failure)
{
    begin("www.example.org", DNS_AAAA, 0, 1);
    put16(ASKED);
    put_record(5, 4);
    put_labels("b");
    put16(ASKED + 4);
    CHECK(parse() == OK && answer.count == 0);
}

TEST(dns_records_of_other_names_classes_and_types_are_passed_over)
{
    begin("www.example.org", DNS_A, 0, 4);
    put_name("evil.example.org");
    put_a(1);
    put16(ASKED);
    put_a(2);
    message[end - 4 - 8 + 1] = 3; /* class CHAOS */
    put16(ASKED);
    put_record(46, 5); /* RRSIG */
    put_labels("abcd");
    put16(ASKED);
    put_a(4);
    NEED(parse() == OK);
    CHECK(answer.count == 1 && has_a(0, 4));
}

TEST(dns_answer_may_have_more_addresses_than_are_kept)
{
    begin("www.example.org", DNS_A, 0, DNS_ADDRESSES_MAX + 3);
    for (unsigned i = 0; i < DNS_ADDRESSES_MAX + 3; i++) {
        put16(ASKED);
        put_a(i);
    }
    NEED(parse() == OK);
    CHECK(answer.count == DNS_ADDRESSES_MAX && has_a(DNS_ADDRESSES_MAX - 1, DNS_ADDRESSES_MAX - 1));
}

TEST(dns_failures_have_words_of_their_own)
{
    static const struct {
        unsigned code;
        const char *words;
    } cases[] = {{1, "FORMERR"}, {2, "SERVFAIL"}, {3, "no host of that name (NXDOMAIN)"},
                 {4, "NOTIMP"},  {5, "REFUSED"},  {9, "error 9"}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin("www.example.org", DNS_A, cases[i].code, 0);
        CHECK(parse() == ERR_NETWORK && answer.code == cases[i].code);
        CHECK_HOLDS(error.text, cases[i].words);
    }
}

TEST(dns_server_that_does_not_ask_others_says_so)
{
    begin("www.example.org", DNS_A, 0, 0);
    CHECK(parse() == OK && answer.count == 0);
    message[3] = 0; /* recursion is not available */
    CHECK(parse() == ERR_NETWORK);
    CHECK_HOLDS(error.text, "does not ask others");
    message[2] |= 4; /* but it knows the name itself, and that it has no address */
    CHECK(parse() == OK && answer.count == 0);
}

TEST(dns_answer_that_was_cut_says_so_and_gives_what_is_there)
{
    begin("www.example.org", DNS_A, 0, 2);
    message[2] |= 2;
    put16(ASKED);
    put_a(1);
    put16(ASKED);
    put_a(2);
    end -= 3;
    NEED(parse() == OK);
    CHECK(answer.is_cut && answer.count == 1 && has_a(0, 1));

    begin("www.example.org", DNS_A, 0, 0);
    message[2] |= 2;
    message[3] = 0;
    CHECK(parse() == OK && answer.is_cut && answer.count == 0);
}

static bool is_answer(void)
{
    return dns_is_answer((struct bytes){query, query_len}, (struct bytes){message, end});
}

TEST(dns_answer_to_something_else_is_none)
{
    begin("www.example.org", DNS_A, 0, 0);
    CHECK(is_answer());
    message[0] ^= 1; /* another id */
    CHECK(!is_answer() && parse() == ERR_NETWORK);
    CHECK_HOLDS(error.text, "was not asked");
    message[0] ^= 1;
    message[2] ^= 0x80; /* a question */
    CHECK(!is_answer());
    message[2] ^= 0x80;
    message[2] |= 0x28; /* an update */
    CHECK(!is_answer());
    message[2] &= 0x87;
    CHECK(is_answer());
    ask("www.example.com", DNS_A);
    CHECK(!is_answer());
    ask("www.example.org", DNS_AAAA);
    CHECK(!is_answer());
    ask("www.example.org", DNS_A);
    message[end - 1] = 3; /* another class */
    CHECK(!is_answer());
    end = 11;
    CHECK(!is_answer());
    begin("www.example.org", DNS_A, 0, 0);
    message[5] = 2; /* two questions */
    CHECK(!is_answer());
}

TEST(dns_failure_may_leave_the_question_out)
{
    static const struct {
        unsigned code;
        bool is_answer;
    } cases[] = {{0, false}, {1, true}, {2, true}, {3, false}, {5, true}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ask("www.example.org", DNS_A);
        start(cases[i].code, 0);
        message[5] = 0;
        CHECK(is_answer() == cases[i].is_answer);
    }
}

TEST(dns_answer_that_ends_early_is_damaged_and_nothing_is_read_beyond_it)
{
    begin("www.example.org", DNS_A, 0, 2);
    size_t question = end;
    put16(ASKED);
    put_record(5, 4);
    put_labels("b");
    put16(ASKED + 4);
    put_labels("b");
    put16(ASKED + 4);
    put_a(1);
    size_t whole = end;
    for (end = 0; end < whole; end++) {
        CHECK(parse() == ERR_NETWORK);
        CHECK_HOLDS(error.text, end < question ? "was not asked" : "is damaged");
    }
    CHECK(parse() == OK && has_a(0, 1));
}

TEST(dns_record_with_a_wrong_length_is_damage)
{
    begin("www.example.org", DNS_A, 0, 1);
    put16(ASKED);
    put_record(DNS_A, 5);
    put_labels("abcd");
    CHECK(parse() == ERR_NETWORK);
    CHECK_HOLDS(error.text, "is damaged");

    begin("www.example.org", DNS_A, 0, 1);
    put16(ASKED);
    put_record(5, 5); /* an alias, and a byte behind it */
    put_labels("b");
    put16(ASKED + 4);
    put8(0);
    CHECK(parse() == ERR_NETWORK);
    CHECK_HOLDS(error.text, "is damaged");
}

/* The alias of a record whose data is that name. */
static enum err parse_alias(void (*put)(void))
{
    begin("www.example.org", DNS_A, 0, 1);
    put16(ASKED);
    put_record(5, 0);
    size_t data = end;
    put();
    message[data - 1] = (uint8_t)(end - data);
    return parse();
}

static void put_self(void)
{
    put16(0xc000 | (unsigned)end);
}

static void put_forward(void)
{
    put16(0xc000 | (unsigned)(end + 2));
    put_name("a");
}

static void put_circle(void) /* b, and then what begins with this b */
{
    size_t here = end;
    put_labels("b");
    put16(0xc000 | (unsigned)here);
}

static void put_other_kind(void)
{
    put8(0x40);
    put8(12);
}

/* The 17 bytes of the question's name, and labels with so many letters in front. */
static void put_front(unsigned last)
{
    const unsigned letters[] = {63, 63, 63, last};

    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        put8(letters[i]);
        for (unsigned j = 0; j < letters[i]; j++)
            put8('a');
    }
    put16(ASKED);
}

static void put_longest(void) /* 255 bytes */
{
    put_front(45);
}

static void put_too_long(void)
{
    put_front(46);
}

TEST(dns_pointers_lead_backwards_only)
{
    void (*const bad[])(void) = {put_self, put_forward, put_circle, put_other_kind, put_too_long};

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK(parse_alias(bad[i]) == ERR_NETWORK);
        CHECK_HOLDS(error.text, "is damaged");
    }
    CHECK(parse_alias(put_longest) == OK);
}
