#include "tests/fake_screen.h"

#include <string.h>

#include "base/checked.h"
#include "base/utf.h"
#include "loader/columns.h"
#include "tests/fake_port.h"

#define ROWS    64
#define COLUMNS 204
#define CELL    8   /* bytes of a character and its marks */
#define ESCAPES 500 /* behind the script: somebody does not listen */

static struct {
    bool there, shows_all;
    char cell[ROWS][COLUMNS][CELL];
    enum port_style style[ROWS][COLUMNS];
    uint32_t row, column;
    const char *keys;
    size_t escapes;
    bool written[ROWS];
    size_t rows_written;
    const char *fault;
    char text[ROWS * COLUMNS], shot[ROWS * COLUMNS];
} f;

static void clear(void)
{
    memset(f.cell, 0, sizeof(f.cell));
    memset(f.style, 0, sizeof(f.style));
    f.row = f.column = 0;
}

static void move(uint32_t row, uint32_t column)
{
    if (row >= fake_port.page.lines || column >= fake_port.page.columns)
        f.fault = "the cursor leaves the screen";
    f.row = row;
    f.column = column;
}

static void put(enum port_style style, const char *c, size_t len)
{
    size_t columns = columns_of(c, len);

    if (!f.shows_all && len > 1)
        f.fault = "a character that the screen cannot show";
    if (!columns) {
        char *cell = f.cell[f.row][f.column ? f.column - 1 : 0];
        size_t used = strlen(cell);
        memcpy(cell + used, c, (size_t)min_u64(len, CELL - 1 - used));
        return;
    }
    if (f.row >= fake_port.page.lines || f.column + columns >= fake_port.page.columns) {
        f.fault = "the last column or row is written";
        return;
    }
    memset(f.cell[f.row][f.column], 0, CELL);
    memcpy(f.cell[f.row][f.column], c, len);
    f.style[f.row][f.column] = style;
    f.written[f.row] = true;
    if (columns == 2)
        memset(f.cell[f.row][f.column + 1], 0, CELL);
    f.column += (uint32_t)columns;
}

static void write(enum port_style style, const char *text)
{
    for (size_t len; *text; text += len) {
        len = utf8_char(text, (size_t)min_u64(strlen(text), 4));
        if (!len)
            f.fault = "text that is no UTF-8";
        len = len ? len : 1;
        if (*text == '\b')
            f.column -= f.column > 0;
        else if (*text == '\r')
            f.column = 0;
        else if (*text == '\n')
            f.row++;
        else
            put(style, text, len);
    }
}

static bool shows(const char *character, size_t len)
{
    (void)character, (void)len;
    return f.shows_all;
}

static const char *render_row(uint32_t row, char *out)
{
    char *at = out, *end = out;

    for (uint32_t column = 0; column < fake_port.page.columns; column++) {
        const char *cell = f.cell[row][column];
        bool covered = column && !*cell && *f.cell[row][column - 1] &&
                       columns_text(f.cell[row][column - 1]) == 2;
        if (covered)
            continue;
        size_t len = *cell ? strlen(cell) : 1;
        memcpy(at, *cell ? cell : " ", len);
        at += len;
        if (*cell && *cell != ' ')
            end = at;
    }
    *end = '\0';
    return out;
}

const char *fake_screen_row(uint32_t row)
{
    return row < ROWS ? render_row(row, f.text) : "";
}

static const char *render(char *out)
{
    char *at = out, *end = out;

    for (uint32_t row = 0; row <= fake_port.page.lines; row++) {
        at += strlen(render_row(row, at));
        bool blank = at == out || at[-1] == '\n';
        *at++ = '\n';
        if (!blank)
            end = at;
    }
    *end = '\0';
    return out;
}

const char *fake_screen_text(void)
{
    return render(f.text);
}

const char *fake_screen_shot(void)
{
    return f.shot;
}

static struct port_key named(const char *name, size_t len)
{
    static const struct {
        const char *name;
        struct port_key key;
    } keys[] = {
        {"up", {KEY_UP, 0}},       {"down", {KEY_DOWN, 0}},    {"left", {KEY_LEFT, 0}},
        {"right", {KEY_RIGHT, 0}}, {"pgup", {KEY_PAGE_UP, 0}}, {"pgdn", {KEY_PAGE_DOWN, 0}},
        {"home", {KEY_HOME, 0}},   {"end", {KEY_END, 0}},      {"enter", {KEY_ENTER, 0}},
        {"esc", {KEY_ESCAPE, 0}},  {"bs", {KEY_CHAR, 8}},      {"redraw", {KEY_CHAR, 12}},
        {"wait", {KEY_NONE, 0}},
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strlen(keys[i].name) == len && memcmp(keys[i].name, name, len) == 0)
            return keys[i].key;
    f.fault = "the script has a key that there is not";
    return (struct port_key){KEY_ESCAPE, 0};
}

static struct port_key behind_the_end(void)
{
    if (++f.escapes > ESCAPES) {
        f.fault = "Escape does not lead out";
        f.escapes = 0;
    }
    return f.escapes % 4 == 2   ? (struct port_key){KEY_CHAR, '2'}
           : f.escapes % 4 == 3 ? (struct port_key){KEY_ENTER, 0}
                                : (struct port_key){KEY_ESCAPE, 0};
}

static struct port_key next(void)
{
    while (*f.keys == '<') {
        const char *name = f.keys + 1;
        size_t len = strcspn(name, ">");
        f.keys = name + len + 1;
        if (len == 4 && memcmp(name, "shot", 4) == 0) {
            render(f.shot);
        } else if (len == 5 && memcmp(name, "small", 5) == 0) {
            fake_port.page = (struct port_page){10, 40};
            return (struct port_key){KEY_NONE, 0};
        } else {
            return named(name, len);
        }
    }
    if (!*f.keys)
        return behind_the_end();
    uint16_t unit[4];
    size_t units, len = utf8_char(f.keys, (size_t)min_u64(strlen(f.keys), 4));
    if (!utf8_to_utf16(f.keys, len, unit, COUNT_OF(unit), &units))
        f.fault = "the script is no UTF-8";
    f.keys += len;
    return (struct port_key){KEY_CHAR, unit[0]};
}

static struct port_key wait_key(uint32_t ms)
{
    f.rows_written = 0;
    for (size_t i = 0; i < ROWS; i++)
        f.rows_written += f.written[i];
    memset(f.written, 0, sizeof(f.written));
    if (!ms)
        f.fault = "nobody looks for another size meanwhile";
    return next();
}

void fake_screen_begin(uint32_t rows, uint32_t columns, const char *keys)
{
    memset(&f, 0, sizeof(f));
    f.there = true;
    f.keys = keys;
    fake_port.page = (struct port_page){rows - 1, columns};
    fake_port.has_screen = true;
}

void fake_screen_shows_all(void)
{
    f.shows_all = true;
}

uint32_t fake_screen_styled(enum port_style style)
{
    for (uint32_t row = 1; row < fake_port.page.lines; row++)
        for (uint32_t column = 0; column < fake_port.page.columns; column++)
            if (*f.cell[row][column] && f.style[row][column] == style)
                return row;
    return UINT32_MAX;
}

size_t fake_screen_rows_written(void)
{
    return f.rows_written;
}

const char *fake_screen_fault(void)
{
    return f.fault ? f.fault : "";
}

bool fake_screen_is_through(void)
{
    return !*f.keys;
}

const struct port_screen *port_screen(void)
{
    static const struct port_screen screen = {
        .clear = clear, .move = move, .write = write, .shows = shows, .key = wait_key};

    return fake_port.has_screen ? &screen : NULL;
}
