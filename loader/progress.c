#include "loader/progress.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "loader/port.h"

#define SHOW_EVERY_MS 250 /* a serial line at 115200 baud takes 7 ms for the line */

void progress_start(struct progress *p, const char *what, uint64_t total)
{
    *p = (struct progress){.what = what, .total = total, .start_ms = port_milliseconds()};
}

/* a * b / c without overflow for rates and shares, where the last digits do not matter. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t product;

    return mul_fits(a, b, &product) ? product / c : a / c * b;
}

void progress_format(const struct progress *p, uint64_t done, uint64_t elapsed_ms,
                     char out[PROGRESS_LINE_MAX])
{
    char done_text[TEXT_SIZE_MAX], total_text[TEXT_SIZE_MAX], rate_text[TEXT_SIZE_MAX];
    char what[28];
    uint64_t rate = elapsed_ms ? scale(done, 1000, elapsed_ms) : 0;         /* bytes per second */
    uint64_t left = rate && p->total > done ? (p->total - done) / rate : 0; /* seconds */

    text_format(what, sizeof(what), "%s", p->what);
    text_size(done_text, done);
    text_size(rate_text, rate);
    if (!p->total) {
        text_format(out, PROGRESS_LINE_MAX, "%s  %s  %s/s", what, done_text, rate_text);
        return;
    }
    text_size(total_text, p->total);
    text_format(out, PROGRESS_LINE_MAX, "%s  %u %%  %s of %s  %s/s  %u:%02u left", what,
                (unsigned)scale(min_u64(done, p->total), 100, p->total), done_text, total_text,
                rate_text, (unsigned)(left / 60), (unsigned)(left % 60));
}

enum err progress_show(struct progress *p, uint64_t done, struct error *e)
{
    char line[PROGRESS_LINE_MAX];
    uint64_t now = port_milliseconds();

    if (now - p->shown_ms < SHOW_EVERY_MS)
        return OK;
    p->shown_ms = now;
    progress_format(p, done, now - p->start_ms, line);
    if (!port_progress(line))
        return fail(e, ERR_CANCELLED, "%s: stopped by the person at the console", p->what);
    return OK;
}

void progress_end(struct progress *p)
{
    (void)p;
    (void)port_progress(NULL);
}
