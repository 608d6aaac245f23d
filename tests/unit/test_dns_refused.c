/* Answers that say no, answer something else or are damaged. */
#include "tests/build/dns_rig.h"
#include "tests/test.h"

TEST(dns_failures_have_words_of_their_own)
{
    static const struct {
        unsigned code;
        const char *words;
    } cases[] = {{1, "FORMERR"}, {2, "SERVFAIL"}, {3, "no host of that name (NXDOMAIN)"},
                 {4, "NOTIMP"},  {5, "REFUSED"},  {9, "error 9"}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        reply_begin("www.example.org", DNS_A, cases[i].code, 0);
        CHECK(reply_parse() == ERR_NETWORK && reply_answer.code == cases[i].code);
        CHECK_HOLDS(reply_error.text, cases[i].words);
    }
}

TEST(dns_server_that_does_not_ask_others_says_so)
{
    reply_begin("www.example.org", DNS_A, 0, 0);
    CHECK(reply_parse() == OK && reply_answer.count == 0);
    reply_message[3] = 0; /* recursion is not available */
    CHECK(reply_parse() == ERR_NETWORK);
    CHECK_HOLDS(reply_error.text, "does not ask others");
    reply_message[2] |= 4; /* but it knows the name itself, and that it has no address */
    CHECK(reply_parse() == OK && reply_answer.count == 0);
}

static bool is_answer(void)
{
    return dns_is_answer((struct bytes){reply_query, reply_query_len},
                         (struct bytes){reply_message, reply_end});
}

TEST(dns_answer_to_something_else_is_none)
{
    reply_begin("www.example.org", DNS_A, 0, 0);
    CHECK(is_answer());
    reply_message[0] ^= 1; /* another id */
    CHECK(!is_answer() && reply_parse() == ERR_NETWORK);
    CHECK_HOLDS(reply_error.text, "was not asked");
    reply_message[0] ^= 1;
    reply_message[2] ^= 0x80; /* a question */
    CHECK(!is_answer());
    reply_message[2] ^= 0x80;
    reply_message[2] |= 0x28; /* an update */
    CHECK(!is_answer());
    reply_message[2] &= 0x87;
    CHECK(is_answer());
    reply_ask("www.example.com", DNS_A);
    CHECK(!is_answer());
    reply_ask("www.example.org", DNS_AAAA);
    CHECK(!is_answer());
    reply_ask("www.example.org", DNS_A);
    reply_message[reply_end - 1] = 3; /* another class */
    CHECK(!is_answer());
    reply_end = 11;
    CHECK(!is_answer());
    reply_begin("www.example.org", DNS_A, 0, 0);
    reply_message[5] = 2; /* two questions */
    CHECK(!is_answer());
}

TEST(dns_failure_may_leave_the_question_out)
{
    static const struct {
        unsigned code;
        bool is_answer;
    } cases[] = {{0, false}, {1, true}, {2, true}, {3, false}, {5, true}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        reply_ask("www.example.org", DNS_A);
        reply_start(cases[i].code, 0);
        reply_message[5] = 0;
        CHECK(is_answer() == cases[i].is_answer);
    }
}

TEST(dns_answer_that_ends_early_is_damaged_and_nothing_is_read_beyond_it)
{
    reply_begin("www.example.org", DNS_A, 0, 2);
    size_t question = reply_end;
    reply_put16(REPLY_ASKED);
    reply_put_record(5, 4);
    reply_put_labels("b");
    reply_put16(REPLY_ASKED + 4);
    reply_put_labels("b");
    reply_put16(REPLY_ASKED + 4);
    reply_put_a(1);
    size_t whole = reply_end;
    for (reply_end = 0; reply_end < whole; reply_end++) {
        CHECK(reply_parse() == ERR_NETWORK);
        CHECK_HOLDS(reply_error.text, reply_end < question ? "was not asked" : "is damaged");
    }
    CHECK(reply_parse() == OK && reply_has_a(0, 1));
}

TEST(dns_record_with_a_wrong_length_is_damage)
{
    reply_begin("www.example.org", DNS_A, 0, 1);
    reply_put16(REPLY_ASKED);
    reply_put_record(DNS_A, 5);
    reply_put_labels("abcd");
    CHECK(reply_parse() == ERR_NETWORK);
    CHECK_HOLDS(reply_error.text, "is damaged");

    reply_begin("www.example.org", DNS_A, 0, 1);
    reply_put16(REPLY_ASKED);
    reply_put_record(5, 5); /* an alias, and a byte behind it */
    reply_put_labels("b");
    reply_put16(REPLY_ASKED + 4);
    reply_put8(0);
    CHECK(reply_parse() == ERR_NETWORK);
    CHECK_HOLDS(reply_error.text, "is damaged");
}

/* The alias of a record whose data is that name. */
static enum err parse_alias(void (*put)(void))
{
    reply_begin("www.example.org", DNS_A, 0, 1);
    reply_put16(REPLY_ASKED);
    reply_put_record(5, 0);
    size_t data = reply_end;
    put();
    reply_message[data - 1] = (uint8_t)(reply_end - data);
    return reply_parse();
}

static void put_self(void)
{
    reply_put16(0xc000 | (unsigned)reply_end);
}

static void put_forward(void)
{
    reply_put16(0xc000 | (unsigned)(reply_end + 2));
    reply_put_name("a");
}

static void put_circle(void) /* b, and then what begins with this b */
{
    size_t here = reply_end;
    reply_put_labels("b");
    reply_put16(0xc000 | (unsigned)here);
}

static void put_other_kind(void)
{
    reply_put8(0x40);
    reply_put8(12);
}

/* The 17 bytes of the question's name, and labels with so many letters in front. */
static void put_front(unsigned last)
{
    const unsigned letters[] = {63, 63, 63, last};

    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        reply_put8(letters[i]);
        for (unsigned j = 0; j < letters[i]; j++)
            reply_put8('a');
    }
    reply_put16(REPLY_ASKED);
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
        CHECK_HOLDS(reply_error.text, "is damaged");
    }
    CHECK(parse_alias(put_longest) == OK);
}
