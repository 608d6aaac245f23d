#include "loader/progress.h"

#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "base/writing.h"
#include "loader/port.h"

#define SHOW_EVERY_MS 250 /* a serial line at 115200 baud takes 7 ms for the line */

static struct {
    unsigned stage, stages; /* begun, and in all */
    bool json;
} course;

void progress_stages(unsigned count)
{
    course.stage = 0;
    course.stages = count;
}

void progress_use_json(void)
{
    course.json = true;
}

void progress_start_aside(struct progress *p, const char *what, uint64_t total)
{
    *p = (struct progress){.what = what, .total = total, .start_ms = port_milliseconds()};
}

void progress_start(struct progress *p, const char *what, uint64_t total)
{
    progress_start_aside(p, what, total);
    if (course.stage < course.stages) {
        p->stage = ++course.stage;
        p->stages = course.stages;
    }
}

/* a * b / c without overflow for rates and shares, where the last digits do not matter. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t product;

    return mul_fits(a, b, &product) ? product / c : a / c * b;
}

/* Bytes per second, and seconds; 0: not known. */
static uint64_t rate_of(uint64_t done, uint64_t elapsed_ms)
{
    return elapsed_ms ? scale(done, 1000, elapsed_ms) : 0;
}

static uint64_t time_left(const struct progress *p, uint64_t done, uint64_t rate)
{
    return rate && p->total > done ? (p->total - done) / rate : 0;
}

void progress_format(const struct progress *p, uint64_t done, uint64_t elapsed_ms,
                     char out[PROGRESS_LINE_MAX])
{
    char done_text[TEXT_SIZE_MAX], total_text[TEXT_SIZE_MAX], rate_text[TEXT_SIZE_MAX];
    char what[44];
    size_t room = p->total ? 28 : sizeof(what); /* what else the line has */
    uint64_t rate = rate_of(done, elapsed_ms), left = time_left(p, done, rate);

    if (p->stages)
        text_format(what, room, "%u of %u  %s", p->stage, p->stages, p->what);
    else
        text_format(what, room, "%s", p->what);
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

static void add_number(struct writing *w, const char *key, uint64_t value)
{
    writing_format(w, "%s\"%s\": %llu", w->len > 1 ? ", " : "", key, (unsigned long long)value);
}

static void write_json(struct writing *w, const struct progress *p, uint64_t done,
                       uint64_t elapsed_ms, bool named)
{
    uint64_t rate = rate_of(done, elapsed_ms);

    writing_add(w, "{");
    if (named) {
        writing_add(w, "\"what\": ");
        writing_quoted(w, p->what);
    }
    if (p->stages) {
        add_number(w, "stage", p->stage);
        add_number(w, "stages", p->stages);
    }
    add_number(w, "done", done);
    if (p->total)
        add_number(w, "total", p->total);
    if (rate)
        add_number(w, "bytes-per-second", rate);
    if (rate && p->total)
        add_number(w, "seconds-left", time_left(p, done, rate));
    writing_add(w, "}");
}

void progress_format_json(const struct progress *p, uint64_t done, uint64_t elapsed_ms,
                          char out[PROGRESS_JSON_MAX])
{
    struct writing w = {.at = (uint8_t *)out, .room = PROGRESS_JSON_MAX - 1};

    write_json(&w, p, done, elapsed_ms, true);
    if (w.full) {
        w = (struct writing){.at = (uint8_t *)out, .room = PROGRESS_JSON_MAX - 1};
        write_json(&w, p, done, elapsed_ms, false);
    }
    out[w.len] = '\0';
}

static bool show(const struct progress *p, uint64_t now)
{
    char line[PROGRESS_JSON_MAX];

    if (course.json)
        progress_format_json(p, p->done, now - p->start_ms, line);
    else
        progress_format(p, p->done, now - p->start_ms, line);
    return port_progress(line);
}

enum err progress_show(struct progress *p, uint64_t done, struct error *e)
{
    uint64_t now = port_milliseconds();

    p->done = done;
    if (now - p->shown_ms < SHOW_EVERY_MS)
        return OK;
    p->shown_ms = now;
    if (!show(p, now))
        return fail(e, ERR_CANCELLED, "%s: stopped by the person at the console", p->what);
    return OK;
}

void progress_end(struct progress *p)
{
    if (course.json)
        (void)show(p, port_milliseconds());
    (void)port_progress(NULL);
}
