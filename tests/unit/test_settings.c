#include "parsers/settings.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

static uint8_t memory[1 << 18];
static struct error error;
static struct settings settings;

typedef enum err parser(struct bytes, struct arena *, struct settings *, struct error *);

static enum err parse_bytes(parser *parse, struct bytes text)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "a test");
    return parse(text, &a, &settings, &error);
}

static struct bytes view(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

/* What was read, as "line:key=value|" for each. */
static const char *shown(void)
{
    static char text[2000];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < settings.count && len < sizeof(text); i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%u:%s=%s|", settings.at[i].line,
                                settings.at[i].key, settings.at[i].value);
    return text;
}

static void lines(const char *text, const char *wanted)
{
    CHECK(parse_bytes(settings_parse, view(text)) == OK);
    CHECK_TEXT(shown(), wanted);
}

static void options(const char *text, const char *wanted)
{
    CHECK(parse_bytes(settings_parse_options, view(text)) == OK);
    CHECK_TEXT(shown(), wanted);
}

static void lines_refused(const char *text, const char *message)
{
    CHECK(parse_bytes(settings_parse, view(text)) == ERR_SETTING);
    CHECK_TEXT(error.text, message);
}

static void options_refused(const char *text, const char *message)
{
    CHECK(parse_bytes(settings_parse_options, view(text)) == ERR_SETTING);
    CHECK_TEXT(error.text, message);
}

TEST(settings_are_keys_and_values)
{
    lines("target = nvme0\n", "1:target=nvme0|");
    lines("target=nvme0", "1:target=nvme0|");
    lines("  Target.Disk-1_a:B \t=\t a b = c \r\nother=\r\n",
          "1:target.disk-1_a:b=a b = c|2:other=|");
    lines("a=1\rb=2\r", "1:a=1|2:b=2|");
    lines("a=\"quoted\"\n", "1:a=\"quoted\"|");
    lines("name=Ger\xc3\xa4t # no comment\n", "1:name=Ger\xc3\xa4t # no comment|");
}

TEST(comments_blank_lines_and_a_byte_order_mark_are_passed_over)
{
    lines("", "");
    lines("\n\n", "");
    lines("# a\n;b=c\n  # d=e\n\na=1\n", "5:a=1|");
    lines("\xef\xbb\xbf"
          "a=1\n",
          "1:a=1|");
    lines("\xef\xbb\xbf", "");
    CHECK(parse_bytes(settings_parse, (struct bytes){NULL, 0}) == OK && settings.count == 0);
}

TEST(settings_lines_that_are_not_are_quoted)
{
    lines_refused("a=1\ntarget nvme0\n", "line 2: there is no '=' in target nvme0");
    lines_refused("\n=x\n", "line 2: nothing stands before '='");
    lines_refused("  = x\n", "line 1: nothing stands before '='");
    lines_refused("a b=1\n", "line 1: a b is not the name of a setting");
    lines_refused("a/b=1\n", "line 1: a/b is not the name of a setting");
    lines_refused("\xc3\xa4=1\n", "line 1: \xc3\xa4 is not the name of a setting");
    lines_refused("\x1b[2J=1\n", "line 1: ?[2J is not the name of a setting");
}

TEST(the_same_setting_twice_is_refused)
{
    lines_refused("a=1\nb=2\nA = 1\n", "line 3: a is set a second time, first in line 1");
    options_refused("x a=1 b=2 A=1", "word 4: a is set a second time, first in word 2");
}

TEST(values_of_settings_are_plain_text)
{
    lines_refused("a=\xff\n", "line 1: the value of a is not UTF-8, or holds a control character");
    lines_refused("a=\x1b[2J\n",
                  "line 1: the value of a is not UTF-8, or holds a control character");

    static const char nul[] = "a=b\0c\n";
    CHECK(parse_bytes(settings_parse, (struct bytes){(const uint8_t *)nul, 6}) == ERR_SETTING);
    static const char nul_key[] = "a\0b=c\n";
    CHECK(parse_bytes(settings_parse, (struct bytes){(const uint8_t *)nul_key, 6}) == ERR_SETTING);
    CHECK_TEXT(error.text, "line 1: a is not the name of a setting");
}

TEST(settings_in_utf_16_are_refused_by_name)
{
    static const uint8_t little[] = {0xff, 0xfe, 'a', 0, '=', 0};
    static const uint8_t big[] = {0xfe, 0xff, 0, 'a', 0, '='};

    CHECK(parse_bytes(settings_parse, (struct bytes){little, 6}) == ERR_SETTING);
    CHECK_TEXT(error.text, "the text is UTF-16, not UTF-8");
    CHECK(parse_bytes(settings_parse, (struct bytes){big, 6}) == ERR_SETTING);
    CHECK_TEXT(error.text, "the text is UTF-16, not UTF-8");
}

TEST(load_options_are_words)
{
    options("a=1 b=2", "1:a=1|2:b=2|");
    options("  a=1\t\tb=2\r\n", "1:a=1|2:b=2|");
    options("a=\"one two\" b=\"\" c=", "1:a=one two|2:b=|3:c=|");
    options("a=b=c", "1:a=b=c|");
    options("", "");
    options(" ", "");
    CHECK(parse_bytes(settings_parse_options, (struct bytes){NULL, 0}) == OK);
    CHECK(settings.count == 0);
}

TEST(the_first_load_option_may_be_the_programs_name)
{
    options("ovfboot.efi a=1", "2:a=1|");
    options("fs0:\\EFI\\ovfboot\\ovfboot.efi a=1", "2:a=1|");
    options("\"fs0:\\my tools\\ovfboot.efi\" a=1", "2:a=1|");
    options("ovfboot.efi", "");
    options_refused("ovfboot.efi verbose", "word 2: there is no '=' in verbose");
    options_refused("a=1 verbose", "word 2: there is no '=' in verbose");
}

TEST(quotes_in_load_options_stand_around_a_whole_value)
{
    options_refused("a=\"one two", "word 1: the quotes do not close at the end of \"one two");
    options_refused("a=\"", "word 1: the quotes do not close at the end of \"");
    options_refused("a=\"one\"two", "word 1: the quotes do not close at the end of \"one\"two");
    options_refused("a=\"o\"n\"e\"", "word 1: there are quotes inside \"o\"n\"e\"");
    options_refused("a=one\"two\"", "word 1: there are quotes inside one\"two\"");
    options_refused("\"a b\"=1", "word 1: \"a b\" is not the name of a setting");
    options_refused("=1", "word 1: nothing stands before '='");
}

TEST(too_many_settings_are_refused)
{
    static char text[16 * (SETTINGS_MAX + 1)];
    size_t len = 0, before = 0;

    for (int i = 0; i <= SETTINGS_MAX; i++) {
        before = len;
        len += (size_t)snprintf(text + len, sizeof(text) - len, "key%d=\n", i);
    }
    lines_refused(text, "there are 1025 settings, but 1024 are the limit");
    text[before] = '\0';
    CHECK(parse_bytes(settings_parse, view(text)) == OK);
    CHECK(settings.count == SETTINGS_MAX);
    CHECK_TEXT(settings.at[SETTINGS_MAX - 1].key, "key1023");
}

static void check_small_arenas(parser *parse, const char *text)
{
    size_t room = 0;
    enum err err;

    do {
        struct arena a;
        arena_init(&a, memory, room, "a test");
        err = parse(view(text), &a, &settings, &error);
        if (err) {
            CHECK(err == ERR_NO_MEMORY);
            CHECK_HOLDS(error.text, "memory for a test is used up");
        }
    } while (err && room++ < sizeof(memory));
    CHECK(room >=
          2 * sizeof(struct setting) + sizeof("a") + sizeof("b") + sizeof("1") + sizeof("2"));
    CHECK(settings.count == 2);
}

TEST(a_full_arena_while_reading_settings_is_an_error)
{
    check_small_arenas(settings_parse, "a=1\nb=2\n");
    check_small_arenas(settings_parse_options, "a=1 b=2");
}
