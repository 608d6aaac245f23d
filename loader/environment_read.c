/* Reading a value back from the environment that was written: loader/environment.h. */
#include <string.h>

#include "base/utf.h"
#include "base/writing.h"
#include "loader/environment.h"

/* The first place in text where part begins; the length of text when there is none. */
static size_t find(struct bytes text, struct bytes part)
{
    for (size_t i = 0; part.len <= text.len && i <= text.len - part.len; i++)
        if (memcmp(text.at + i, part.at, part.len) == 0)
            return i;
    return text.len;
}

static struct bytes of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

/* What writing_xml() wrote for a character, at the front of text; its own length is in *len. */
static char unescape(struct bytes text, size_t *len)
{
    static const struct {
        const char *escape;
        char c;
    } all[] = {{"&amp;", '&'}, {"&lt;", '<'},   {"&gt;", '>'},  {"&quot;", '"'},
               {"&#9;", '\t'}, {"&#10;", '\n'}, {"&#13;", '\r'}};

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        *len = strlen(all[i].escape);
        if (text.len >= *len && memcmp(text.at, all[i].escape, *len) == 0)
            return all[i].c;
    }
    *len = 1;
    return (char)text.at[0];
}

static enum err take_value(struct bytes escaped, struct arena *a, const char **out, struct error *e)
{
    size_t len = 0, step;
    char *value;

    TRY(TAKE(a, escaped.len + 1, &value, e));
    for (; escaped.len; take(&escaped, step))
        value[len++] = unescape(escaped, &step);
    value[len] = '\0';
    *out = memchr(value, '\0', len) || !utf8_valid(value, len) ? NULL : value;
    return OK;
}

/* The guest's own section is the first. */
enum err environment_value(struct bytes document, const char *name, struct arena *a,
                           struct arena work, const char **out, struct error *e)
{
    struct bytes front;
    struct writing w;

    *out = NULL;
    TRY(writing_start(&w, &work, e));
    writing_add(&w, "<Property oe:key=\"");
    writing_xml(&w, name);
    writing_add(&w, "\" oe:value=\"");
    front = (struct bytes){w.at, w.len};
    document.len = find(document, of("</PropertySection>"));
    size_t at = w.full ? document.len : find(document, front);
    if (at == document.len)
        return OK;
    take(&document, at + front.len);
    document.len = find(document, of("\""));
    return take_value(document, a, out, e);
}
