#include "loader/screen.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "loader/columns.h"
#include "loader/glyphs.h"
#include "loader/words.h"

#define ROOMY_ROWS 18  /* from here on there are blank rows and facts */
#define BOTTOM     3   /* rows: message, keys, prompt */
#define FIELD_MIN  8   /* columns for an answer */
#define LOOK_MS    250 /* between looks whether the screen has another size */
#define CTRL_L     0x0c

static const struct screen_head *head;
static size_t asked;
static bool left;

void screen_begin(const struct screen_head *h)
{
    head = h;
    asked = 0;
    left = false;
}

size_t screen_asked(void)
{
    return asked;
}

bool screen_left(void)
{
    bool was = left;

    left = false;
    return was;
}

enum err screen_leave(struct error *e)
{
    left = true;
    return fail(e, ERR_CANCELLED, "the person at the console chose to stop");
}

void screen_row(struct screen *s, uint32_t row, enum port_style style, const char *text)
{
    char shown[SCREEN_TEXT_MAX], blank[SCREEN_COLUMNS_MAX + 1];
    size_t width = glyphs_fit(s->port, text, s->columns, shown, sizeof(shown));
    size_t rest = s->width[row] > width ? s->width[row] - width : 0;

    if (!width && !rest)
        return;
    s->port->move(row, 0);
    if (width)
        s->port->write(style, shown);
    memset(blank, ' ', rest);
    blank[rest] = '\0';
    if (rest)
        s->port->write(PORT_PLAIN, blank);
    s->width[row] = (uint8_t)width;
}

void screen_blank(struct screen *s)
{
    if (s->roomy && s->next < s->end)
        s->next++;
}

void screen_text(struct screen *s, enum port_style style, unsigned indent, const char *text,
                 size_t rows)
{
    char line[SCREEN_TEXT_MAX];
    size_t step;

    for (; *text && rows && s->next < s->end; rows--, text += step) {
        size_t len = columns_break(text, s->columns - indent, sizeof(line) - indent, &step);
        memset(line, ' ', indent);
        memcpy(line + indent, text, len);
        line[indent + len] = '\0';
        screen_row(s, s->next++, style, line);
    }
}

static void draw_head(struct screen *s)
{
    bool any = false;

    for (size_t i = 0; head && i < SCREEN_FACTS; i++)
        if (*head->facts[i]) {
            screen_text(s, PORT_FAINT, 0, head->facts[i], 1);
            any = true;
        }
    if (any)
        screen_blank(s);
}

/* The title fills its row, so that it is seen where there are no colours, too. */
static void draw_title(struct screen *s, const char *title)
{
    char bar[SCREEN_TEXT_MAX];
    size_t name = strlen(WORDS_PROGRAM);
    size_t width = glyphs_fit(s->port, title, s->columns - 2, bar + 1, sizeof(bar) - 1);

    bar[0] = ' ';
    if (width + name + 4 <= s->columns) {
        size_t len = strlen(bar), gap = s->columns - 1 - width - name - 1;
        memset(bar + len, ' ', gap);
        text_format(bar + len + gap, sizeof(bar) - len - gap, "%s ", WORDS_PROGRAM);
    }
    screen_row(s, s->next++, PORT_CHOICE, bar);
}

void screen_draw(struct screen *s, const char *title, bool with_head)
{
    struct port_page page = port_page();

    *s = (struct screen){.port = port_screen(), .page = page};
    s->rows = (uint32_t)min_u64(page.lines, SCREEN_ROWS_MAX);
    s->columns = (uint32_t)min_u64(page.columns - 1, SCREEN_COLUMNS_MAX);
    s->end = s->rows - BOTTOM;
    s->roomy = s->rows >= ROOMY_ROWS;
    asked++;
    s->port->clear();
    draw_title(s, title);
    screen_blank(s);
    if (s->roomy && with_head)
        draw_head(s);
}

size_t screen_rows(const char *text, size_t columns, size_t most)
{
    size_t rows = 0, step;

    for (; text && *text && rows < most; rows++, text += step)
        (void)columns_break(text, columns, SCREEN_TEXT_MAX, &step);
    return rows;
}

void screen_message(struct screen *s, enum port_style style, const char *text)
{
    char line[SCREEN_TEXT_MAX];
    size_t rows = screen_rows(text, s->columns, SCREEN_ROWS_MAX);
    uint32_t above = (uint32_t)min_u64(rows ? rows - 1 : 0, s->end - s->next);
    size_t step;

    for (uint32_t row = s->next; row < s->end - above; row++)
        screen_row(s, row, PORT_PLAIN, "");
    for (uint32_t row = s->end - above; row < s->end; row++, text += step) {
        size_t len = columns_break(text, s->columns, sizeof(line), &step);
        text_format(line, sizeof(line), "%.*s", (int)len, text);
        screen_row(s, row, style, line);
    }
    screen_row(s, s->end, style, text);
}

void screen_keys(struct screen *s, const char *keys)
{
    screen_row(s, s->rows - 2, PORT_FAINT, keys);
}

static void draw_prompt(struct screen *s)
{
    s->width[s->rows - 1] = (uint8_t)s->columns; /* what was typed is there, too */
    screen_row(s, s->rows - 1, PORT_STRONG, s->prompt);
}

/* A prompt that leaves no room for an answer begins in the row of the message. */
void screen_bottom(struct screen *s, const char *keys, const char *prompt)
{
    const char *rest = strchr(prompt, '?');

    if (rest && rest[1] == ' ' && columns_text(prompt) + FIELD_MIN > s->columns) {
        char first[SCREEN_COLUMNS_MAX];
        text_format(first, sizeof(first), "%.*s", (int)(rest + 1 - prompt), prompt);
        screen_message(s, PORT_STRONG, first);
        prompt = rest + 2;
    }
    glyphs_fit(s->port, prompt, s->columns - FIELD_MIN, s->prompt, sizeof(s->prompt));
    screen_keys(s, keys);
}

/* The prompt, and the cursor behind it; how many columns there are from there on. */
static size_t begin_field(struct screen *s)
{
    size_t used = columns_text(s->prompt) + 1;

    if (s->width[s->rows - 1])
        draw_prompt(s);
    else
        screen_row(s, s->rows - 1, PORT_STRONG, s->prompt);
    s->port->move(s->rows - 1, (uint32_t)used);
    return s->columns - used;
}

void screen_field(struct screen *s, enum port_echo echo, char *answer, size_t size)
{
    s->typing = typing_begin(echo, begin_field(s), answer, size);
}

void screen_field_again(struct screen *s, const struct typing *was)
{
    char shown[TYPING_SHOW_MAX];

    s->typing = *was;
    s->port->write(PORT_PLAIN, typing_again(&s->typing, begin_field(s), shown));
}

void screen_type(struct screen *s, const struct port_key *key)
{
    char shown[TYPING_SHOW_MAX];

    if (key->kind == KEY_CHAR && *typing_take(&s->typing, key->unit, shown))
        s->port->write(PORT_PLAIN, shown);
    bytes_wipe(shown, sizeof(shown));
}

bool screen_resized(const struct screen *s)
{
    struct port_page now = port_page();

    return now.lines != s->page.lines || now.columns != s->page.columns;
}

struct port_key screen_key(struct screen *s, uint32_t ms)
{
    uint32_t column = (uint32_t)(columns_text(s->prompt) + 1 + s->typing.width);

    s->port->move(s->rows - 1, column);
    struct port_key key;
    do {
        key = s->port->key(ms ? ms : LOOK_MS);
    } while (key.kind == KEY_NONE && !ms && !screen_resized(s));
    if (key.kind == KEY_CHAR && key.unit == CTRL_L)
        s->page = (struct port_page){0, 0};
    return screen_resized(s) ? (struct port_key){KEY_NONE, 0} : key;
}

void screen_end(struct screen *s)
{
    s->port->move(s->rows - 1, 0);
    port_screen()->write(PORT_PLAIN, "\r\n");
}
