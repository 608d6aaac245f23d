#include "loader/typing.h"

#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/utf.h"
#include "loader/columns.h"

#define UTF8_MAX 4 /* bytes of a character with its NUL: what a keyboard gives has three */

struct typing typing_begin(enum port_echo echo, size_t room, char *answer, size_t size)
{
    answer[0] = '\0';
    return (struct typing){.answer = answer,
                           .size = size,
                           .room = (size_t)min_u64(room, TYPING_ROOM_MAX),
                           .echo = echo};
}

/* One character that is malformed counts as a byte. */
static size_t step(const char *text, size_t len)
{
    size_t n = utf8_char(text, len);

    return n ? n : 1;
}

static size_t width_of(const char *text, size_t len)
{
    size_t width = 0;

    for (size_t at = 0, n; at < len; at += n) {
        n = step(text + at, len - at);
        width += columns_of(text + at, n);
    }
    return width;
}

static char *put(char *at, char c, size_t count)
{
    memset(at, c, count);
    return at + count;
}

/* U+0080 to U+009F may be parts of characters, typing_end(), but a terminal would obey them. */
static char *put_char(char *at, const char *c, size_t len)
{
    if (len == 2 && (uint8_t)c[0] == 0xc2 && (uint8_t)c[1] < 0xa0)
        return put(at, '?', 1);
    memcpy(at, c, len);
    return at + len;
}

/* Show the answer's end again in place of what is shown. */
static void show_again(struct typing *t, char *out)
{
    size_t before = t->width;

    t->first = 0;
    t->width = width_of(t->answer, t->len);
    while (t->width > t->room) {
        size_t n = step(t->answer + t->first, t->len - t->first);
        t->width -= columns_of(t->answer + t->first, n);
        t->first += n;
    }
    out = put(out, '\b', before);
    for (size_t at = t->first, n; at < t->len; at += n) {
        n = step(t->answer + at, t->len - at);
        out = put_char(out, t->answer + at, n);
    }
    size_t rest = before > t->width ? before - t->width : 0;
    out = put(out, ' ', rest);
    out = put(out, '\b', rest);
    *out = '\0';
}

static void add(struct typing *t, const char *c, size_t len, char *out)
{
    size_t columns = columns_of(c, len);

    memcpy(t->answer + t->len, c, len + 1);
    t->len += len;
    if (t->echo == PORT_HIDDEN)
        return;
    if (columns > t->room - t->width) {
        show_again(t, out);
        return;
    }
    t->width += columns;
    *put_char(out, c, len) = '\0';
}

static void remove_last(struct typing *t, char *out)
{
    size_t end = t->len, columns;

    if (!t->len)
        return;
    do
        t->len--;
    while (t->len && ((uint8_t)t->answer[t->len] & 0xc0) == 0x80);
    columns = columns_of(t->answer + t->len, end - t->len);
    bytes_wipe(t->answer + t->len, end - t->len);
    if (t->echo == PORT_HIDDEN)
        return;
    if (t->first || !columns) {
        show_again(t, out);
        return;
    }
    t->width -= columns;
    out = put(out, '\b', columns);
    out = put(out, ' ', columns);
    *put(out, '\b', columns) = '\0';
}

const char *typing_take(struct typing *t, uint16_t unit, char shown[TYPING_SHOW_MAX])
{
    char c[UTF8_MAX];
    size_t len;

    shown[0] = '\0';
    if (unit == '\b' || unit == 0x7f)
        remove_last(t, shown);
    else if (unit >= 0x20 && utf16_to_utf8(&unit, 1, c, sizeof(c), &len) && len < t->size - t->len)
        add(t, c, len, shown);
    bytes_wipe(c, sizeof(c));
    return shown;
}

const char *typing_again(struct typing *t, size_t room, char shown[TYPING_SHOW_MAX])
{
    t->room = (size_t)min_u64(room, TYPING_ROOM_MAX);
    t->width = 0;
    shown[0] = '\0';
    if (t->echo == PORT_SHOWN)
        show_again(t, shown);
    return shown;
}

/* U+0000 to U+00FF become bytes.  False, and nothing is done, when there are others. */
static bool narrow(struct typing *t)
{
    size_t len = 0;

    for (size_t i = 0; i < t->len; i++)
        if ((uint8_t)t->answer[i] > 0xc3)
            return false;
    for (size_t i = 0; i < t->len; i++) {
        uint8_t c = (uint8_t)t->answer[i];
        t->answer[len++] = (char)(c < 0x80 ? c : (c & 3) << 6 | (t->answer[++i] & 0x3f));
    }
    t->len = len;
    return true;
}

/* What narrow() did, undone from the end; size is what it was before. */
static void widen(struct typing *t, size_t size)
{
    size_t at = size;

    for (size_t i = t->len; i > 0; i--) {
        uint8_t c = (uint8_t)t->answer[i - 1];
        t->answer[--at] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
        if (c >= 0x80)
            t->answer[--at] = (char)(0xc0 | c >> 6);
    }
    t->len = size;
}

static void drop_controls(struct typing *t)
{
    size_t len = 0;

    for (size_t i = 0; i < t->len; i++) {
        if ((uint8_t)t->answer[i] == 0xc2 && (uint8_t)t->answer[i + 1] < 0xa0)
            i++;
        else
            t->answer[len++] = t->answer[i];
    }
    t->len = len;
}

void typing_end(struct typing *t)
{
    size_t before = t->len;

    if (narrow(t) && !utf8_valid(t->answer, t->len))
        widen(t, before);
    drop_controls(t);
    bytes_wipe(t->answer + t->len, before - t->len);
}

void typing_wipe(struct typing *t)
{
    bytes_wipe(t->answer, t->size);
    t->len = t->first = t->width = 0;
}
