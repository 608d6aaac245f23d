#include "loader/menu.h"

#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/screen.h"
#include "loader/words.h"
#include "tests/fake_port.h"
#include "tests/fake_screen.h"
#include "tests/test.h"

static struct error error;

#define THREE                                                                                      \
    (struct menu_entry[])                                                                          \
    {                                                                                              \
        {.label = "alpha"}, {.label = "beta", .detail = "the second"}, {.label = "gamma"},         \
    }

static struct menu menu_of(const struct menu_entry *entries, size_t count)
{
    return (struct menu){.title = "Things:",
                         .note = "One of them is taken.",
                         .question = "Which?",
                         .entries = entries,
                         .count = count,
                         .by_default = ASK_NO_DEFAULT};
}

/* What is chosen on such a screen by these keys; 99: Escape. */
static size_t choose_from(const struct menu *m, uint32_t rows, uint32_t columns, const char *keys)
{
    size_t chosen = 98;

    fake_port_reset();
    fake_screen_begin(rows, columns, keys);
    screen_begin(NULL);
    enum err err = menu_choose(m, &chosen, &error);
    CHECK(screen_left() == (err == ERR_CANCELLED));
    CHECK(err == OK || err == ERR_CANCELLED);
    CHECK_TEXT(fake_screen_fault(), "");
    CHECK(fake_screen_is_through());
    return err == OK ? chosen : 99;
}

static size_t choose(const char *keys)
{
    struct menu m = menu_of(THREE, 3);

    return choose_from(&m, 25, 80, keys);
}

TEST(arrow_keys_move_the_mark_and_enter_takes_it)
{
    CHECK(choose("<enter>") == 0);
    CHECK(choose("<down><enter>") == 1);
    CHECK(choose("<down><down><up><enter>") == 1);
    CHECK(choose("<end><enter>") == 2);
    CHECK(choose("<end><home><enter>") == 0);
    CHECK(choose("<pgdn><enter>") == 2);
    CHECK(choose("<pgdn><pgup><enter>") == 0);
    CHECK(choose("<left><right><enter>") == 0);
}

TEST(the_mark_goes_round_at_the_ends)
{
    CHECK(choose("<up><enter>") == 2);
    CHECK(choose("<down><down><down><enter>") == 0);
}

TEST(escape_leaves_whatever_was_typed)
{
    CHECK(choose("<esc>") == 99);
    CHECK(choose("2<esc>") == 99);
    CHECK_TEXT(error.text, "the person at the console chose to stop");
}

TEST(a_number_is_typed_as_before)
{
    CHECK(choose("2<enter>") == 1);
    CHECK(choose("<down>3<enter>") == 2);
    CHECK(choose("3<bs>1<enter>") == 0);
}

TEST(what_is_no_number_of_the_list_is_told_and_asked_again)
{
    CHECK(choose("4<enter><shot>2<enter>") == 1);
    CHECK_HOLDS(fake_screen_shot(), "Type a number from 1 to 3, or choose with the arrow keys.\n");
    CHECK(choose("0<enter>1<enter>") == 0);
    CHECK(choose("xyz<enter>3<enter>") == 2);
    CHECK(choose("18446744073709551617<enter><shot><enter>") == 0);
    CHECK_HOLDS(fake_screen_shot(), "Type a number from 1 to 3");
}

TEST(the_screen_of_a_menu)
{
    CHECK(choose("<down><shot><enter>") == 1);
    CHECK_TEXT(fake_screen_shot(),
               " Things:                                                               ovfboot\n"
               "\n"
               "One of them is taken.\n"
               "\n"
               "  1  alpha\n"
               "> 2  beta\n"
               "     the second\n"
               "  3  gamma\n"
               "\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
               "Arrows, Enter; Esc goes back\n"
               "Which? Number:\n");
    CHECK(fake_screen_styled(PORT_CHOICE) == 5);
}

TEST(only_the_rows_that_change_are_written)
{
    CHECK(choose("<down><enter>") == 1);
    CHECK(fake_screen_rows_written() == 2);
    CHECK(choose("<left><enter>") == 0);
    CHECK(fake_screen_rows_written() == 0);
}

TEST(what_cannot_be_taken_tells_why_and_can_be_left)
{
    struct menu_entry entries[] = {{.label = "a", .refusal = "it is too small."}, {.label = "b"}};
    struct menu m = menu_of(entries, 2);

    CHECK(choose_from(&m, 25, 80, "<shot><enter><enter>2<enter>") == 1);
    CHECK_HOLDS(fake_screen_shot(), "> 1  a\n     it is too small.\n  2  b\n");
    CHECK(choose_from(&m, 25, 80, "1<enter><shot><down><enter>") == 1);
    CHECK_HOLDS(fake_screen_shot(), "it is too small.\nArrows, Enter; Esc goes back\n");
    CHECK(choose_from(&m, 25, 80, "<enter><esc>") == 99);
}

/* ---- Longer than the screen ---- */

static struct menu_entry many[40];
static char labels[40][24];

static struct menu menu_of_many(void)
{
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        text_format(labels[i], sizeof(labels[i]), "entry %zu", i + 1);
        many[i] = (struct menu_entry){.label = labels[i], .detail = "its detail"};
    }
    return menu_of(many, COUNT_OF(many));
}

TEST(a_list_longer_than_the_screen_scrolls)
{
    static const struct {
        uint32_t rows, columns;
    } pages[] = {{11, 40}, {25, 80}, {60, 200}, {25, 40}, {11, 200}};
    struct menu m = menu_of_many();
    char keys[8 * COUNT_OF(many)];

    for (size_t p = 0; p < COUNT_OF(pages); p++) {
        keys[0] = '\0';
        for (size_t i = 0; i < COUNT_OF(many); i++) {
            char script[sizeof(keys) + 20], wanted[40];
            text_format(script, sizeof(script), "%s<shot><enter>", keys);
            CHECK(choose_from(&m, pages[p].rows, pages[p].columns, script) == i);
            text_format(wanted, sizeof(wanted), "> %zu  entry %zu\n     its detail\n", i + 1,
                        i + 1);
            CHECK_HOLDS(fake_screen_shot(), wanted);
            strcat(keys, "<down>");
        }
        CHECK(choose_from(&m, pages[p].rows, pages[p].columns, "<up><shot><enter>") == 39);
        CHECK_HOLDS(fake_screen_shot(), "> 40  entry 40\n     its detail\n");
        CHECK(choose_from(&m, pages[p].rows, pages[p].columns,
                          "<end><pgup><up><pgdn><pgdn><enter>") == 39);
    }
}

TEST(the_part_that_is_seen_is_told)
{
    struct menu m = menu_of_many();

    CHECK(choose_from(&m, 25, 80, "<shot><enter>") == 0);
    CHECK_HOLDS(fake_screen_shot(), "Esc goes back; 1-8 of 40\n");
    CHECK(choose_from(&m, 25, 80, "<pgdn><shot><esc>") == 99);
    CHECK_HOLDS(fake_screen_shot(), "Esc goes back; 9-16 of 40\n");
}

TEST(the_narrowest_screen_has_everything)
{
    struct menu_entry entries[] = {
        {.label = "NVMe disk A Very Long Model Name 9000, serial S3Z8NB0K123456, 512.1 GB",
         .detail = "GPT with 3 partitions: EFI system, root, and some more of them"},
        {.label = "other"}};
    struct menu m = menu_of(entries, 2);

    CHECK(choose_from(&m, 11, 40, "<shot><down><enter>") == 1);
    CHECK_TEXT(fake_screen_shot(), " Things:                       ovfboot\n"
                                   "One of them is taken.\n"
                                   "> 1  NVMe disk A Very Long Model\n"
                                   "     Name 9000, serial S3Z8NB0K123456,\n"
                                   "     512.1 GB\n"
                                   "     GPT with 3 partitions: EFI system,\n"
                                   "     root, and some more of them\n"
                                   "\n"
                                   "Arrows, Enter; Esc goes back; 1-1 of 2\n"
                                   "Which? Number:\n");
}

TEST(a_message_has_the_rows_that_are_free)
{
    struct menu_entry entries[] = {{.label = "a"}, {.label = "b"}};
    struct menu m = menu_of(entries, 2);

    CHECK(choose_from(&m, 14, 40, "9<enter><shot><down><enter>") == 1);
    CHECK_HOLDS(fake_screen_shot(), "\nType a number from 1 to 2, or choose\n"
                                    "with the arrow keys.\nArrows, Enter");
    m = menu_of_many();
    CHECK(choose_from(&m, 14, 40, "99<enter><shot><enter>") == 0);
    CHECK_HOLDS(fake_screen_shot(), "its detail\nType a number from 1 to 40, or choos...\nArrows");
}

TEST(a_screen_that_changes_its_size_is_drawn_again)
{
    struct menu m = menu_of_many();

    CHECK(choose_from(&m, 25, 80, "<end><small><shot><enter>") == 39);
    CHECK_HOLDS(fake_screen_shot(), " Things:                       ovfboot\n");
    CHECK_HOLDS(fake_screen_shot(), "> 40  entry 40\n");
    CHECK(choose_from(&m, 25, 80, "<down><redraw><shot><enter>") == 1);
    CHECK_HOLDS(fake_screen_shot(), "> 2  entry 2\n");
    CHECK(choose_from(&m, 25, 80, "1<small><shot>2<enter>") == 11);
    CHECK_HOLDS(fake_screen_shot(), "Number: 1\n");
    CHECK(choose_from(&m, 25, 80, "99<enter><small><shot>7<enter>") == 6);
    CHECK_HOLDS(fake_screen_shot(), "Number:\n");
    m.seconds = 3;
    CHECK(choose_from(&m, 25, 80, "<wait><small><shot><wait>") == 0);
    CHECK_HOLDS(fake_screen_shot(), " Things:                       ovfboot\n");
}

/* ---- Text of other scripts ---- */

TEST(text_that_cannot_be_shown_becomes_what_is_like_it)
{
    struct menu_entry entries[] = {{.label = "Größe “L” – naïve…", .detail = "日本語 €"},
                                   {.label = "e\xcc\x81tude \xf0\x9f\x92\xbe \xff!"}};
    struct menu m = menu_of(entries, 2);

    CHECK(choose_from(&m, 25, 80, "<shot><enter>") == 0);
    CHECK_HOLDS(fake_screen_shot(), "> 1  Grose \"L\" - naive.\n     ??? ?\n  2  etude ? ?!\n");
}

TEST(text_that_can_be_shown_is_shown_and_never_too_wide)
{
    struct menu_entry entries[] = {
        {.label = "Größe “L”", .detail = "日本語日本語日本語日本語日本語日本語日本語日本語"},
        {.label = "e\xcc\x81tude"}};
    struct menu m = menu_of(entries, 2);
    size_t chosen;

    fake_port_reset();
    fake_screen_begin(25, 40, "<shot><enter>");
    fake_screen_shows_all();
    CHECK(menu_choose(&m, &chosen, &error) == OK);
    CHECK_TEXT(fake_screen_fault(), "");
    CHECK_HOLDS(fake_screen_shot(), "> 1  Größe “L”\n"
                                    "     日本語日本語日本語日本語日本語日本\n"
                                    "     語日本語日本語\n"
                                    "  2  e\xcc\x81tude\n");
}

TEST(controls_of_a_terminal_are_never_written)
{
    struct menu_entry entries[] = {{.label = "a\x1b[2Jb\tc"}};
    struct menu m = menu_of(entries, 1);

    CHECK(choose_from(&m, 25, 80, "<shot><enter>") == 0);
    CHECK_HOLDS(fake_screen_shot(), "> 1  a?[2Jb");
}

/* ---- The clock ---- */

TEST(when_the_time_is_over_the_marked_entry_is_taken)
{
    struct menu m = menu_of(THREE, 3);

    m.seconds = 3;
    m.marked = 1;
    CHECK(choose_from(&m, 25, 80, "<wait><shot><wait><wait>") == 1);
    CHECK_HOLDS(fake_screen_shot(), "beta in 2 s; any key stops the clock\n");
}

TEST(any_key_stops_the_clock_and_does_what_it_does)
{
    struct menu m = menu_of(THREE, 3);

    m.seconds = 3;
    CHECK(choose_from(&m, 25, 80, "<wait><down><shot><enter>") == 1);
    CHECK(!strstr(fake_screen_shot(), "clock"));
    CHECK(choose_from(&m, 25, 80, "3<enter>") == 2);
    CHECK(choose_from(&m, 25, 80, "<wait><esc>") == 99);
}

/* ---- Values, and entries without a number ---- */

TEST(labels_without_a_number_are_typed_as_they_are)
{
    struct menu_entry entries[] = {{.label = "2", .plain = true}, {.label = "1", .plain = true}};
    struct menu m = menu_of(entries, 2);
    char typed[20];

    CHECK(choose_from(&m, 25, 80, "1<enter>") == 1);
    CHECK(choose_from(&m, 25, 80, "7<enter><shot>2<enter>") == 0);
    CHECK_HOLDS(fake_screen_shot(), "That is none of these: choose with the arrow keys.");
    m.typed = typed;
    m.typed_size = sizeof(typed);
    CHECK(choose_from(&m, 25, 80, "7<enter>") == 2);
    CHECK_TEXT(typed, "7");
}

TEST(headings_are_no_entries)
{
    struct menu_entry entries[] = {{.label = "go on", .plain = true},
                                   {.label = "a", .heading = "First"},
                                   {.label = "b", .heading = "Second"}};
    struct menu m = menu_of(entries, 3);

    CHECK(choose_from(&m, 25, 80, "<shot>2<enter>") == 2);
    CHECK_HOLDS(fake_screen_shot(), "> go on\n  First\n  1  a\n  Second\n  2  b\n");
    CHECK(choose_from(&m, 25, 80, "<down><down><enter>") == 2);
}

/* ---- What is known ---- */

TEST(what_is_known_stands_above_where_there_is_room)
{
    static struct screen_head head;
    struct menu m = menu_of(THREE, 3);
    size_t chosen;

    text_format(head.facts[FACT_PACKAGE], sizeof(head.facts[0]), "Package    box.ova");
    for (int i = 0; i < 2; i++) {
        fake_port_reset();
        fake_screen_begin(i ? 11 : 25, 80, "<shot><enter>");
        screen_begin(&head);
        CHECK(menu_choose(&m, &chosen, &error) == OK && screen_asked() == 1);
        CHECK((strstr(fake_screen_shot(), "\n\nPackage    box.ova\n\n") == NULL) == (i == 1));
    }
    screen_begin(NULL);
}
