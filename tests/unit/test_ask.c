#include "loader/ask.h"

#include <string.h>

#include "tests/fake_port.h"
#include "tests/test.h"

static struct error error;

#define MORE "-- more: press Enter, or Escape to stop --\n"

/* What the pager says of a text on a page of 10 lines and that many columns. */
static const char *page(unsigned columns, unsigned indent, const char *text)
{
    fake_port_reset();
    fake_port.page = (struct port_page){10, columns};
    struct pager pager = pager_start();
    CHECK(pager_say(&pager, indent, text, &error) == OK);
    return fake_port.said;
}

TEST(a_line_is_broken_at_the_last_blank_that_fits)
{
    CHECK_TEXT(page(11, 0, "one two three"), "one two\nthree\n");
    CHECK_TEXT(page(14, 0, "one two three"), "one two three\n");
    CHECK_TEXT(page(13, 0, "one two three"), "one two\nthree\n");
    CHECK_TEXT(page(8, 0, "one two three"), "one two\nthree\n");
}

TEST(a_word_longer_than_a_line_is_cut)
{
    CHECK_TEXT(page(5, 0, "abcdefghij"), "abcd\nefgh\nij\n");
    CHECK_TEXT(page(5, 0, "ab cdefghi"), "ab\ncdef\nghi\n");
    CHECK_TEXT(page(5, 0, "abcd efgh"), "abcd\nefgh\n");
}

TEST(a_character_of_east_asia_takes_two_columns)
{
    CHECK_TEXT(page(5, 0, "日本語"), "日本\n語\n");
    CHECK_TEXT(page(6, 0, "日本語"), "日本\n語\n");
    CHECK_TEXT(page(7, 0, "日本語"), "日本語\n");
    CHECK_TEXT(page(4, 0, "äöüß"), "äöü\nß\n");
    CHECK_TEXT(page(4, 0, "a€b"), "a€b\n");
}

TEST(empty_lines_and_breaks_of_the_text_are_kept)
{
    CHECK_TEXT(page(40, 0, ""), "\n");
    CHECK_TEXT(page(40, 0, "a\n\nb"), "a\n\nb\n");
    CHECK_TEXT(page(40, 0, "a\nb\n"), "a\nb\n");
    CHECK_TEXT(page(40, 0, "\n\na"), "\n\na\n");
    CHECK_TEXT(page(4, 0, "abc\ndef"), "abc\ndef\n");
}

TEST(tabs_and_carriage_returns_become_blanks)
{
    CHECK_TEXT(page(40, 0, "a\tb"), "a b\n");
    CHECK_TEXT(page(4, 0, "ab\tcd"), "ab\ncd\n");
    CHECK_TEXT(page(40, 0, "a\r\nb"), "a \nb\n");
}

TEST(every_line_is_set_off_by_the_indent)
{
    CHECK_TEXT(page(8, 2, "one two three"), "  one\n  two\n  three\n");
    CHECK_TEXT(page(40, 99, "far"), "                far\n");
}

TEST(a_line_of_very_many_bytes_is_cut_too)
{
    static char text[1500];

    memset(text, 'x', sizeof(text) - 1);
    fake_port_reset();
    fake_port.page = (struct port_page){25, 2000};
    struct pager pager = pager_start();
    CHECK(pager_say(&pager, 0, text, &error) == OK);
    CHECK(strcspn(fake_port.said, "\n") == 511 && fake_port.said_len == sizeof(text) - 1 + 3);
}

TEST(a_full_page_waits_for_the_person)
{
    fake_port_reset();
    fake_port.page = (struct port_page){4, 40};
    fake_port.answers[0] = fake_port.answers[1] = "";
    struct pager pager = pager_start();
    CHECK(pager_say(&pager, 0, "1\n2\n3", &error) == OK && fake_port.asked == 0);
    CHECK(pager_say(&pager, 0, "4\n5\n6\n7", &error) == OK && fake_port.asked == 2);
    CHECK_TEXT(fake_port.said, "1\n2\n3\n" MORE "4\n5\n6\n" MORE "7\n");
}

TEST(escape_at_a_full_page_stops)
{
    fake_port_reset();
    fake_port.page = (struct port_page){4, 40};
    struct pager pager = pager_start();
    CHECK(pager_say(&pager, 0, "1\n2\n3\n4", &error) == ERR_CANCELLED);
    CHECK_TEXT(fake_port.said, "1\n2\n3\n" MORE);
}

static size_t ask(size_t by_default, const char *first, const char *second)
{
    size_t number = 99;

    fake_port_reset();
    fake_port.answers[0] = first;
    fake_port.answers[1] = second;
    CHECK(ask_number("Which?", 3, by_default, &number, &error) == (first ? OK : ERR_CANCELLED));
    return number;
}

TEST(a_number_is_asked_for_until_it_is_one_of_the_list)
{
    static const char *const wrong[] = {"0", "4", "one", "1x", "-1", " ", "18446744073709551617"};

    CHECK(ask(ASK_NO_DEFAULT, "1", NULL) == 0 && fake_port.asked == 1);
    CHECK(ask(ASK_NO_DEFAULT, "3", NULL) == 2 && fake_port.asked == 1);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        CHECK(ask(0, wrong[i], "2") == 1 && fake_port.asked == 2);
        CHECK_TEXT(fake_port.said, "Which?\nType a number from 1 to 3, or press Escape to stop.\n"
                                   "Which?\n");
    }
}

TEST(enter_alone_takes_the_default_where_there_is_one)
{
    CHECK(ask(2, "", NULL) == 2 && fake_port.asked == 1);
    CHECK(ask(0, "", NULL) == 0 && fake_port.asked == 1);
    CHECK(ask(ASK_NO_DEFAULT, "", "2") == 1 && fake_port.asked == 2);
}

TEST(escape_instead_of_a_number_stops)
{
    CHECK(ask(1, NULL, NULL) == 99);
}

TEST(only_yes_means_yes)
{
    static const char *const no[] = {"", "y", "no", "yes ", "yess", NULL};

    for (size_t i = 0; i < COUNT_OF(no); i++) {
        fake_port_reset();
        fake_port.answers[0] = no[i];
        CHECK(ask_yes("Sure?", &error) == ERR_CANCELLED);
    }
    fake_port_reset();
    fake_port.answers[0] = "Yes";
    CHECK(ask_yes("Sure?", &error) == OK);
    CHECK_TEXT(fake_port.said, "Sure?\n");
}
