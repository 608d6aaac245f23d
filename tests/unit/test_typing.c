#include "loader/typing.h"

#include <string.h>

#include "base/utf.h"
#include "loader/columns.h"
#include "tests/test.h"

static char answer[400];
static struct typing typing;

/* A screen of one line, which counts how often something would have left it. */
static struct {
    char cells[64][4];
    size_t at, outside;
} screen;

static void show(const char *text)
{
    CHECK(strlen(text) < TYPING_SHOW_MAX && utf8_valid(text, strlen(text)));
    while (*text) {
        size_t n = utf8_char(text, strlen(text));
        char one[5] = {0};
        memcpy(one, text, n);
        size_t columns = columns_text(one);
        if (*text == '\b' ? !screen.at : screen.at + columns > typing.room)
            screen.outside++;
        else if (*text == '\b')
            screen.at--;
        else
            for (size_t i = 0; i < columns; i++)
                strcpy(screen.cells[screen.at++], i ? "" : one);
        text += n;
    }
}

/* What a person sees, without the blanks at the end. */
static const char *seen(void)
{
    static char line[300];
    size_t len;

    line[0] = '\0';
    for (size_t i = 0; i < typing.room; i++)
        strcat(line, *screen.cells[i] || i < screen.at ? screen.cells[i] : " ");
    for (len = strlen(line); len && line[len - 1] == ' ';)
        line[--len] = '\0';
    return line;
}

static void begin(enum port_echo echo, size_t room, size_t size)
{
    memset(&screen, 0, sizeof(screen));
    typing = typing_begin(echo, room, answer, size);
}

static void type(const char *text)
{
    char shown[TYPING_SHOW_MAX];
    uint16_t units[200];
    size_t count;

    NEED(utf8_to_utf16(text, strlen(text), units, COUNT_OF(units), &count));
    for (size_t i = 0; i < count; i++)
        show(typing_take(&typing, units[i], shown));
    CHECK(screen.outside == 0 && answer[typing.len] == '\0' && typing.len == strlen(answer));
}

TEST(typed_characters_are_shown_and_kept)
{
    begin(PORT_SHOWN, 40, sizeof(answer));
    CHECK_TEXT(answer, "");
    type("Grüße, 世界");
    CHECK_TEXT(answer, "Grüße, 世界");
    CHECK_TEXT(seen(), "Grüße, 世界");
    CHECK(screen.at == 11);
}

TEST(backspace_removes_a_whole_character)
{
    begin(PORT_SHOWN, 40, sizeof(answer));
    type("aé界\b");
    CHECK_TEXT(answer, "aé");
    CHECK_TEXT(seen(), "aé");
    type("\x7f");
    CHECK_TEXT(answer, "a");
    type("\b\b\b");
    CHECK_TEXT(answer, "");
    CHECK(screen.at == 0);
    CHECK_TEXT(seen(), "");
    type("b");
    CHECK_TEXT(seen(), "b");
}

TEST(a_long_answer_shows_its_end_on_one_line)
{
    begin(PORT_SHOWN, 8, sizeof(answer));
    type("0123456789");
    CHECK_TEXT(seen(), "23456789");
    type("\b\b");
    CHECK_TEXT(seen(), "01234567");
    type("\b");
    CHECK_TEXT(seen(), "0123456");
    type("789世");
    CHECK_TEXT(seen(), "456789世");
    type("界");
    CHECK_TEXT(seen(), "6789世界");
    type("x");
    CHECK_TEXT(seen(), "789世界x");
    CHECK_TEXT(answer, "0123456789世界x");
    for (int i = 0; i < 20; i++)
        type("\b");
    CHECK_TEXT(answer, "");
    CHECK_TEXT(seen(), "");
    CHECK(screen.at == 0);
}

TEST(half_of_a_wide_character_is_never_shown)
{
    begin(PORT_SHOWN, 8, sizeof(answer));
    type("世01234567\b");
    CHECK_TEXT(seen(), "0123456");
    CHECK(screen.at == 7);
    type("\b");
    CHECK_TEXT(seen(), "世012345");
}

TEST(an_answer_that_is_full_takes_no_more)
{
    begin(PORT_SHOWN, 40, 5);
    type("abc");
    type("é");
    CHECK_TEXT(answer, "abc");
    type("d");
    type("e");
    CHECK_TEXT(answer, "abcd");
    CHECK_TEXT(seen(), "abcd");
    type("\bé");
    CHECK_TEXT(answer, "abc");
    begin(PORT_SHOWN, 40, 1);
    type("abc\b");
    CHECK_TEXT(answer, "");
}

TEST(keys_that_are_no_characters_are_passed_over)
{
    static const uint16_t keys[] = {0, 1, 9, 0x1f, 0xd800, 0xdfff};
    char shown[TYPING_SHOW_MAX];

    begin(PORT_SHOWN, 40, sizeof(answer));
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        CHECK_TEXT(typing_take(&typing, keys[i], shown), "");
    CHECK_TEXT(answer, "");
}

/* The bytes of text, one key each, as firmware gives them from a serial line. */
static void type_bytes(const char *text)
{
    char shown[TYPING_SHOW_MAX];

    for (; *text; text++)
        show(typing_take(&typing, (uint8_t)*text, shown));
    typing_end(&typing);
    CHECK(screen.outside == 0 && typing.len == strlen(answer));
}

TEST(bytes_of_a_serial_line_become_characters)
{
    begin(PORT_SHOWN, 40, sizeof(answer));
    type_bytes("Gr\xc3\xbc\xc3\x9f"
               "e \xe4\xb8\x96");
    CHECK_TEXT(answer, "Grüße 世");
    begin(PORT_SHOWN, 40, sizeof(answer));
    type_bytes("plain");
    CHECK_TEXT(answer, "plain");
    /* Letters of a keyboard that are no UTF-8 stay what they are; a lone control goes. */
    begin(PORT_SHOWN, 40, sizeof(answer));
    type_bytes("\xe9t\xe9\x9f!");
    CHECK_TEXT(answer, "été!");
    begin(PORT_SHOWN, 40, sizeof(answer));
    type("世é");
    type_bytes("\xc3\xbc\x85");
    CHECK_TEXT(answer, "世éÃ¼");
}

TEST(controls_of_the_upper_half_are_not_shown)
{
    char shown[TYPING_SHOW_MAX];

    begin(PORT_SHOWN, 40, sizeof(answer));
    CHECK_TEXT(typing_take(&typing, 0x9b, shown), "?");
    CHECK_TEXT(typing_take(&typing, 0x9b, shown), "?");
    typing_end(&typing);
    CHECK_TEXT(answer, "");
    begin(PORT_SHOWN, 3, sizeof(answer));
    type("ab\xc2\x9b"
         "c");
    CHECK_TEXT(seen(), "b?c");
    begin(PORT_HIDDEN, 40, sizeof(answer));
    CHECK_TEXT(typing_take(&typing, 0x9b, shown), "");
}

TEST(nothing_of_a_hidden_answer_is_shown)
{
    char shown[TYPING_SHOW_MAX];

    begin(PORT_HIDDEN, 4, sizeof(answer));
    for (const char *c = "secret\b\bets"; *c; c++)
        CHECK_TEXT(typing_take(&typing, (uint16_t)*c, shown), "");
    CHECK_TEXT(answer, "secrets");
}

TEST(what_was_typed_can_be_wiped)
{
    static const char zeros[sizeof(answer)];
    char shown[TYPING_SHOW_MAX];

    begin(PORT_HIDDEN, 4, sizeof(answer));
    for (const char *c = "secret"; *c; c++)
        typing_take(&typing, (uint16_t)*c, shown);
    typing_take(&typing, '\b', shown);
    CHECK(answer[5] == 0 && typing.len == 5);
    typing_wipe(&typing);
    CHECK(memcmp(answer, zeros, sizeof(answer)) == 0 && typing.len == 0);
}

TEST(what_was_typed_is_shown_elsewhere)
{
    char shown[TYPING_SHOW_MAX];

    begin(PORT_SHOWN, 10, sizeof(answer));
    for (const char *c = "appliance"; *c; c++)
        typing_take(&typing, (uint16_t)*c, shown);
    CHECK_TEXT(typing_again(&typing, 4, shown), "ance");
    CHECK_TEXT(typing_take(&typing, '1', shown), "\b\b\b\bnce1");
    CHECK_TEXT(typing_again(&typing, 20, shown), "appliance1");
    CHECK_TEXT(typing_take(&typing, '\b', shown), "\b \b");
    CHECK_TEXT(answer, "appliance");
    begin(PORT_HIDDEN, 10, sizeof(answer));
    typing_take(&typing, 's', shown);
    CHECK_TEXT(typing_again(&typing, 4, shown), "");
    CHECK_TEXT(answer, "s");
}

TEST(the_longest_line_fits_into_what_is_shown)
{
    begin(PORT_SHOWN, 10000, sizeof(answer));
    CHECK(typing.room == TYPING_ROOM_MAX);
    char shown[TYPING_SHOW_MAX];
    for (int i = 0; i < 200; i++)
        CHECK(strlen(typing_take(&typing, 0x20ac, shown)) < TYPING_SHOW_MAX);
    for (int i = 0; i < 200; i++)
        CHECK(strlen(typing_take(&typing, i % 3 ? '\b' : 0x4e16, shown)) < TYPING_SHOW_MAX);
}
