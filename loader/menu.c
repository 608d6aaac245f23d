#include "loader/menu.h"

#include <string.h>

#include "base/text.h"
#include "loader/ask.h"
#include "loader/columns.h"
#include "loader/screen.h"
#include "loader/words.h"

#define LABEL_ROWS  3 /* of one entry; more is cut */
#define DETAIL_ROWS 3
#define LIST_ROWS   5 /* that the note leaves for the entries */
#define MARGIN      2 /* columns in front of a label */
#define INDENT      5 /* of a detail, and of a label's rows behind its first */
#define ANSWER_MAX  256

struct list {
    const struct menu *menu;
    struct screen screen;
    uint32_t first_row;            /* of the list */
    size_t top, bottom;            /* entries that are on the screen; bottom is not included */
    uint32_t row[SCREEN_ROWS_MAX]; /* of the labels of those from top */
    size_t marked;
    char answer[ANSWER_MAX];
    char *typed; /* borrowed: the answer, or the menu's */
    size_t typed_size;
};

/* ---- Without a screen ---- */

static enum err choose_from_lines(const struct menu *m, size_t *out, struct error *e)
{
    struct pager pager = pager_start();
    char line[400];

    TRY(pager_say(&pager, 0, m->title, e));
    for (size_t i = 0; i < m->count; i++) {
        text_format(line, sizeof(line), "  %zu  %s", i + 1, m->entries[i].label);
        TRY(pager_say(&pager, 0, line, e));
        if (m->entries[i].detail && *m->entries[i].detail)
            TRY(pager_say(&pager, INDENT, m->entries[i].detail, e));
    }
    if (m->note)
        TRY(pager_say(&pager, 0, m->note, e));
    if (m->by_default == ASK_NO_DEFAULT)
        text_format(line, sizeof(line), "%s Number, or Escape to stop:", m->question);
    else
        text_format(line, sizeof(line), "%s Number, Enter for %zu, or Escape to stop:", m->question,
                    m->by_default + 1);
    return ask_number(line, m->count, m->by_default, out, e);
}

/* ---- Drawing ---- */

static size_t number_of(const struct menu *m, size_t entry)
{
    size_t number = 0;

    for (size_t i = 0; i <= entry; i++)
        number += !m->entries[i].plain;
    return number;
}

static const char *detail_of(const struct menu_entry *entry)
{
    return entry->refusal ? entry->refusal : entry->detail;
}

static void label_text(const struct menu *m, size_t i, char out[SCREEN_TEXT_MAX])
{
    if (m->entries[i].plain)
        text_format(out, SCREEN_TEXT_MAX, "%s", m->entries[i].label);
    else
        text_format(out, SCREEN_TEXT_MAX, "%zu  %s", number_of(m, i), m->entries[i].label);
}

static size_t height(const struct list *l, size_t i)
{
    const struct menu_entry *entry = &l->menu->entries[i];
    char label[SCREEN_TEXT_MAX];

    label_text(l->menu, i, label);
    return (entry->heading != NULL) + screen_rows(label, l->screen.columns - INDENT, LABEL_ROWS) +
           screen_rows(detail_of(entry), l->screen.columns - INDENT, DETAIL_ROWS);
}

/* The label alone, from its row on. */
static void draw_label(struct list *l, size_t i)
{
    const struct menu_entry *entry = &l->menu->entries[i];
    enum port_style style = i == l->marked ? PORT_CHOICE : entry->refusal ? PORT_FAINT : PORT_PLAIN;
    char label[SCREEN_TEXT_MAX], line[SCREEN_TEXT_MAX];
    uint32_t row = l->row[i - l->top];
    const char *at = label;
    size_t step;

    label_text(l->menu, i, label);
    for (size_t n = 0; *at && n < LABEL_ROWS && row < l->screen.end; n++, at += step) {
        size_t len = columns_break(at, l->screen.columns - INDENT, sizeof(line) - INDENT, &step);
        const char *front = n ? "     " : i == l->marked ? "> " : "  ";
        text_format(line, sizeof(line), "%s%.*s ", front, (int)len, at);
        screen_row(&l->screen, row++, style, line);
    }
    l->screen.next = row;
}

static void draw_entry(struct list *l, size_t i)
{
    const struct menu_entry *entry = &l->menu->entries[i];
    const char *detail = detail_of(entry);

    if (entry->heading)
        screen_text(&l->screen, PORT_STRONG, MARGIN, entry->heading, 1);
    l->row[i - l->top] = l->screen.next;
    draw_label(l, i);
    if (detail)
        screen_text(&l->screen, PORT_FAINT, INDENT, detail, DETAIL_ROWS);
}

static void draw_keys(struct list *l)
{
    char keys[SCREEN_COLUMNS_MAX];

    text_format(keys, sizeof(keys), "%s", WORDS_KEYS);
    if (l->top || l->bottom < l->menu->count)
        text_format(keys, sizeof(keys), WORDS_KEYS_PART, l->top + 1, l->bottom, l->menu->count);
    screen_keys(&l->screen, keys);
}

/* From top on, as many as there is room for. */
static void draw_list(struct list *l)
{
    struct screen *s = &l->screen;

    s->next = l->first_row;
    l->bottom = l->top;
    do
        draw_entry(l, l->bottom++);
    while (l->bottom < l->menu->count && height(l, l->bottom) <= s->end - s->next);
    for (uint32_t row = s->next; row < s->end; row++)
        screen_row(s, row, PORT_PLAIN, "");
    draw_keys(l);
}

/* The first entry of a page that ends with that one. */
static size_t page_before(const struct list *l, size_t last)
{
    size_t room = l->screen.end - l->first_row, used = height(l, last), top = last;

    while (top && used + height(l, top - 1) <= room)
        used += height(l, --top);
    return top;
}

static void draw_all(struct list *l)
{
    const struct menu *m = l->menu;
    char prompt[SCREEN_COLUMNS_MAX];

    screen_draw(&l->screen, m->title, true);
    uint32_t room = l->screen.end - l->screen.next;
    if (m->note) {
        screen_text(&l->screen, PORT_PLAIN, 0, m->note,
                    room > LIST_ROWS + 1 ? room - LIST_ROWS : 1);
        screen_blank(&l->screen);
    }
    l->first_row = l->screen.next;
    l->top = page_before(l, l->marked);
    text_format(prompt, sizeof(prompt), m->prompt ? "%s" : WORDS_NUMBER,
                m->prompt ? m->prompt : m->question);
    screen_bottom(&l->screen, "", prompt);
    draw_list(l);
}

static void begin_field(struct list *l)
{
    screen_field(&l->screen, PORT_SHOWN, l->typed, l->typed_size);
}

static void draw_resized(struct list *l)
{
    struct typing was = l->screen.typing;

    if (!screen_resized(&l->screen))
        return;
    draw_all(l);
    screen_field_again(&l->screen, &was);
}

/* ---- Keys ---- */

static void mark(struct list *l, size_t i)
{
    size_t before = l->marked;

    l->marked = i;
    if (i < l->top || i >= l->bottom) {
        l->top = i < l->top ? page_before(l, i) : i;
        draw_list(l);
    } else if (i != before) {
        draw_label(l, before);
        draw_label(l, i);
    }
}

static void move_mark(struct list *l, enum port_key_kind key)
{
    size_t last = l->menu->count - 1, page = l->bottom - l->top;

    switch (key) {
    case KEY_UP:
        mark(l, l->marked ? l->marked - 1 : last);
        break;
    case KEY_DOWN:
        mark(l, l->marked < last ? l->marked + 1 : 0);
        break;
    case KEY_PAGE_UP:
        mark(l, l->marked > page ? l->marked - page : 0);
        break;
    case KEY_PAGE_DOWN:
        mark(l, last - l->marked > page ? l->marked + page : last);
        break;
    case KEY_HOME:
        mark(l, 0);
        break;
    case KEY_END:
        mark(l, last);
        break;
    case KEY_NONE:
    case KEY_CHAR:
    case KEY_ENTER:
    case KEY_ESCAPE:
    case KEY_LEFT:
    case KEY_RIGHT:
        break;
    }
}

/* What was typed as the entry that it names; count: none. */
static size_t find_typed(const struct menu *m, const char *typed)
{
    uint64_t number;

    for (size_t i = 0; i < m->count; i++)
        if (m->entries[i].plain && text_same(m->entries[i].label, typed))
            return i;
    for (size_t i = 0; text_to_u64(typed, strlen(typed), &number) && i < m->count; i++)
        if (!m->entries[i].plain && number_of(m, i) == number)
            return i;
    return m->count;
}

static void say_wrong(struct list *l, const char *why)
{
    screen_message(&l->screen, PORT_WARNING, why);
    begin_field(l);
}

/* Enter: true when that is an answer. */
static bool accept(struct list *l, size_t *out)
{
    const struct menu *m = l->menu;
    char why[SCREEN_COLUMNS_MAX];
    size_t numbers = number_of(m, m->count - 1);

    typing_end(&l->screen.typing);
    *out = *l->typed ? find_typed(m, l->typed) : l->marked;
    if (*out == m->count) {
        if (m->typed)
            return true;
        text_format(why, sizeof(why), numbers ? WORDS_BAD_NUMBER : WORDS_BAD_CHOICE, numbers);
        say_wrong(l, why);
        return false;
    }
    if (m->entries[*out].refusal)
        say_wrong(l, m->entries[*out].refusal);
    return !m->entries[*out].refusal;
}

/* True when the time ran out without a key. */
static bool count_down(struct list *l, struct port_key *key)
{
    const char *label = l->menu->entries[l->marked].label;
    char text[SCREEN_COLUMNS_MAX];

    for (uint32_t left = l->menu->seconds; left; left--) {
        text_format(text, sizeof(text), WORDS_COUNTDOWN, label, left);
        screen_message(&l->screen, PORT_STRONG, text);
        *key = screen_key(&l->screen, 1000);
        draw_resized(l);
        if (key->kind != KEY_NONE)
            break;
        if (left == 1)
            return true;
    }
    screen_message(&l->screen, PORT_PLAIN, "");
    return false;
}

static enum err choose_on_screen(struct list *l, size_t *out, struct error *e)
{
    struct port_key key = {KEY_NONE, 0};

    draw_all(l);
    begin_field(l);
    if (l->menu->seconds && count_down(l, &key)) {
        *out = l->marked;
        return OK;
    }
    for (;; key = screen_key(&l->screen, 0)) {
        if (key.kind == KEY_ESCAPE)
            return screen_leave(e);
        if (key.kind == KEY_ENTER && accept(l, out))
            return OK;
        draw_resized(l);
        if (key.kind == KEY_CHAR)
            screen_type(&l->screen, &key);
        else
            move_mark(l, key.kind);
    }
}

enum err menu_choose(const struct menu *m, size_t *out, struct error *e)
{
    struct list l = {.menu = m, .marked = m->marked < m->count ? m->marked : 0};

    if (!port_screen())
        return choose_from_lines(m, out, e);
    l.typed = m->typed ? m->typed : l.answer;
    l.typed_size = m->typed ? m->typed_size : sizeof(l.answer);
    enum err err = choose_on_screen(&l, out, e);
    screen_end(&l.screen);
    return err;
}
