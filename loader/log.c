#include "loader/log.h"

#include <string.h>

#include "base/text.h"
#include "loader/port.h"

#define LINE_MAX 1100                           /* bytes, with the time in front */
#define GAP      "   ...   lines are missing\n" /* between front and rest */

static struct {
    char front[LOG_FRONT], rest[LOG_REST];
    size_t front_len, rest_len;
    bool has_gap; /* in front of the rest */
    bool has_begun;
    uint64_t began_ms;
} kept;

void log_begin(void)
{
    kept.front_len = kept.rest_len = 0;
    kept.has_gap = kept.has_begun = false;
}

/* The older half goes, up to the end of a line. */
static void make_room(void)
{
    size_t from = kept.rest_len / 2;

    while (from < kept.rest_len && kept.rest[from - 1] != '\n')
        from++;
    kept.rest_len -= from;
    memmove(kept.rest, kept.rest + from, kept.rest_len);
    kept.has_gap = true;
}

static void keep(const char *line, size_t len)
{
    if (!kept.rest_len && !kept.has_gap && len <= LOG_FRONT - kept.front_len) {
        memcpy(kept.front + kept.front_len, line, len);
        kept.front_len += len;
        return;
    }
    if (len > LOG_REST - kept.rest_len)
        make_room();
    memcpy(kept.rest + kept.rest_len, line, len);
    kept.rest_len += len;
}

void log_line(const char *line)
{
    uint64_t now = port_milliseconds();
    char text[LINE_MAX];

    if (!kept.has_begun)
        kept.began_ms = now;
    kept.has_begun = true;
    uint64_t ms = now - kept.began_ms;
    size_t len =
        text_format(text, sizeof(text) - 1, "%4llu.%02llu  %s", (unsigned long long)(ms / 1000),
                    (unsigned long long)(ms % 1000 / 10), line);
    text[len++] = '\n';
    keep(text, len);
}

enum err log_text(struct arena *a, struct bytes *out, struct error *e)
{
    size_t gap = kept.has_gap ? strlen(GAP) : 0;
    char *at;

    TRY(TAKE(a, kept.front_len + gap + kept.rest_len + 1, &at, e));
    memcpy(at, kept.front, kept.front_len);
    memcpy(at + kept.front_len, GAP, gap);
    memcpy(at + kept.front_len + gap, kept.rest, kept.rest_len);
    *out = (struct bytes){(uint8_t *)at, kept.front_len + gap + kept.rest_len};
    return OK;
}
