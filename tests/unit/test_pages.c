#include "loader/pages.h"

#include <string.h>

#include "base/text.h"
#include "loader/screen.h"
#include "tests/fake_port.h"
#include "tests/fake_screen.h"
#include "tests/test.h"

static struct error error;
static char text[4096];

static enum err read_on(uint32_t rows, uint32_t columns, const char *keys)
{
    fake_port_reset();
    fake_screen_begin(rows, columns, keys);
    enum err err = pages_ask_yes("Terms:", text, "Do you accept it? Type yes:", &error);
    CHECK(screen_left() == (err == ERR_CANCELLED));
    CHECK_TEXT(fake_screen_fault(), "");
    CHECK(fake_screen_is_through());
    return err;
}

/* 50 lines: on 25 rows 19 fit, so that there are three pages. */
static void make_text(void)
{
    size_t len = 0;

    for (int i = 1; i <= 50; i++) {
        len += text_format(text + len, sizeof(text) - len - 2, "Line number %d", i);
        text[len++] = '\n';
        text[len] = '\0';
    }
}

TEST(a_long_text_is_read_page_by_page_and_back)
{
    make_text();
    CHECK(read_on(25, 80, "<shot><enter><pgdn>yes<enter>") == OK);
    CHECK_HOLDS(fake_screen_shot(), "\nLine number 1\n");
    CHECK_HOLDS(fake_screen_shot(), "Line number 19\n");
    CHECK_HOLDS(fake_screen_shot(), "Page 1 of 3; PgUp/Dn; Esc goes back\n-- more: Enter --\n");
    CHECK(!strstr(fake_screen_shot(), "Line number 20\n"));
    CHECK(read_on(25, 80, "<down><shot>  yes<enter><esc>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "\nLine number 20\n");
    CHECK(read_on(25, 80, "<pgdn><pgdn><pgup><shot><esc>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "Page 2 of 3");
    CHECK(read_on(25, 80, "<end><shot>yes<enter>") == OK);
    CHECK_HOLDS(fake_screen_shot(), "Line number 50\n");
    CHECK_HOLDS(fake_screen_shot(), "Do you accept it? Type yes:\n");
    CHECK(read_on(25, 80, "<end><home><shot><esc>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "Page 1 of 3");
}

TEST(only_yes_at_the_end_of_the_text_means_yes)
{
    make_text();
    CHECK(read_on(25, 80, "yes<enter><shot><esc>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "Page 3 of 3");
    CHECK(read_on(25, 80, "<end><enter><shot>no<enter>yes<bs><enter><esc>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "what was typed is not yes.\n");
    CHECK(read_on(25, 80, "<end>no<enter>YES<enter>") == OK);
}

TEST(a_short_text_is_one_page)
{
    strcpy(text, "Short.");
    CHECK(read_on(25, 80, "<shot>yes<enter>") == OK);
    CHECK_HOLDS(fake_screen_shot(), "Short.\n");
    CHECK_HOLDS(fake_screen_shot(), "Enter takes it; Esc goes back\nDo you accept it? Type yes:\n");
    strcpy(text, "");
    CHECK(read_on(25, 80, "yes<enter>") == OK);
}

TEST(pages_of_a_screen_that_becomes_small)
{
    make_text();
    CHECK(read_on(25, 80, "<end><small><shot><esc>") == ERR_CANCELLED);
    CHECK_HOLDS(fake_screen_shot(), "Page 3 of 9");
    CHECK(read_on(11, 40, "<end><shot>yes<enter>") == OK);
    CHECK_HOLDS(fake_screen_shot(), "Line number 50\n");
    strcpy(text, "Short.");
    CHECK(read_on(25, 80, "ye<small><shot>s<enter>") == OK);
    CHECK_HOLDS(fake_screen_shot(), "Type yes: ye\n");
}
