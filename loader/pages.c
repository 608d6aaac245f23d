#include "loader/pages.h"

#include "base/text.h"
#include "loader/columns.h"
#include "loader/screen.h"
#include "loader/words.h"

struct pages {
    const char *title, *text, *question;
    struct screen screen;
    size_t lines; /* of a page */
    size_t count, at;
    char answer[8];
};

/* Where the text goes on behind that many rows; *rows: how many there were. */
static const char *skip(const struct pages *p, size_t most, size_t *rows)
{
    const char *at = p->text;
    size_t step;

    for (*rows = 0; *at && *rows < most; ++*rows, at += step)
        (void)columns_break(at, p->screen.columns, SCREEN_TEXT_MAX, &step);
    return at;
}

static bool is_last(const struct pages *p)
{
    return p->at + 1 == p->count;
}

static void draw(struct pages *p)
{
    char keys[SCREEN_COLUMNS_MAX];
    size_t rows;

    screen_draw(&p->screen, p->title, false);
    p->lines = p->screen.end - p->screen.next;
    (void)skip(p, SIZE_MAX, &rows);
    p->count = rows ? (rows + p->lines - 1) / p->lines : 1;
    if (p->at >= p->count)
        p->at = p->count - 1;
    screen_text(&p->screen, PORT_PLAIN, 0, skip(p, p->at * p->lines, &rows), p->lines);
    text_format(keys, sizeof(keys), p->count > 1 ? WORDS_PAGE : WORDS_KEYS_LINE, p->at + 1,
                p->count);
    screen_bottom(&p->screen, keys, is_last(p) ? p->question : WORDS_MORE);
}

static void begin_field(struct pages *p)
{
    screen_field(&p->screen, PORT_SHOWN, p->answer, sizeof(p->answer));
}

static void turn(struct pages *p, enum port_key_kind key)
{
    size_t before = p->at;

    if (key == KEY_PAGE_UP || key == KEY_UP || key == KEY_LEFT)
        p->at -= p->at > 0;
    else if (key == KEY_HOME)
        p->at = 0;
    else if (key == KEY_END)
        p->at = p->count - 1;
    else if (key != KEY_NONE)
        p->at += !is_last(p);
    if (p->at != before) {
        draw(p);
        begin_field(p);
    } else if (screen_resized(&p->screen)) {
        struct typing was = p->screen.typing;
        draw(p);
        screen_field_again(&p->screen, &was);
    }
}

/* Enter or a character at the end of the text. */
static bool answer(struct pages *p, const struct port_key *key)
{
    if (key->kind == KEY_CHAR) {
        screen_type(&p->screen, key);
        return false;
    }
    typing_end(&p->screen.typing);
    if (text_same(p->answer, "yes"))
        return true;
    screen_message(&p->screen, PORT_WARNING, WORDS_TYPE_YES);
    begin_field(p);
    return false;
}

static enum err read_through(struct pages *p, struct error *e)
{
    draw(p);
    begin_field(p);
    for (;;) {
        struct port_key key = screen_key(&p->screen, 0);
        if (key.kind == KEY_ESCAPE)
            return screen_leave(e);
        if (is_last(p) && (key.kind == KEY_ENTER || key.kind == KEY_CHAR)) {
            if (answer(p, &key))
                return OK;
        } else {
            turn(p, key.kind);
        }
    }
}

enum err pages_ask_yes(const char *title, const char *text, const char *question, struct error *e)
{
    struct pages p = {.title = title, .text = text, .question = question};
    enum err err = read_through(&p, e);

    screen_end(&p.screen);
    return err;
}
