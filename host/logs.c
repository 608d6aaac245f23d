#include "host/logs.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A line of what the console showed: seconds in front. */
static bool is_text_log(struct bytes text)
{
    size_t at = 0, dot = 0;

    while (at < text.len && text.at[at] == ' ')
        at++;
    for (size_t from = at;
         at < text.len && (text.at[at] == '.' || (text.at[at] >= '0' && text.at[at] <= '9'));)
        if (text.at[at++] == '.')
            dot = at - 1 > from ? at : 0;
    return dot && at == dot + 2 && text.len - at > 2 && memcmp(text.at + at, "  ", 2) == 0;
}

static enum err print_text(struct bytes text, const char *name, struct error *e)
{
    char line[2048];

    if (!is_text_log(text))
        return fail(e, ERR_UNSUPPORTED,
                    "%s: is no log of ovfboot: its lines do not begin with seconds", name);
    while (text.len && text.at[text.len - 1] == '\n') /* what stands behind it is room */
        text.len--;
    while (text.len) {
        const uint8_t *end = memchr(text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;
        text_format(line, sizeof(line), "%.*s", (int)len, (const char *)text.at);
        puts(line);
        (void)take(&text, end ? len + 1 : len);
    }
    return OK;
}

static enum err print_document(const struct session *s, struct bytes document, const char *name,
                               struct error *e)
{
    TRY(logs_check(document, name, e));
    if (!s->arguments.json)
        return logs_print(document, s->memory.work, e);
    fwrite(document.at, 1, document.len, stdout);
    return OK;
}

/* ---- A file alone ---------------------------------------------------------------------------- */

static bool is_document(struct bytes head)
{
    size_t at = 0;

    while (at < head.len && memchr(" \t\r\n", head.at[at], 4))
        at++;
    return at < head.len && head.at[at] == '{';
}

/* False when it has to be a medium. */
static enum err print_file(struct session *s, bool *done, struct error *e)
{
    const char *path = s->arguments.file;
    uint8_t head[64];
    struct bytes all = {head, (size_t)(s->file.source.size < 64 ? s->file.source.size : 64)};

    if (!all.len)
        return fail(e, ERR_DAMAGED, "%s: is empty", path);
    TRY(source_read(&s->file.source, 0, head, all.len, e));
    bool json = is_document(all) || text_ends(path, ".json");
    *done = json || is_text_log(all) || text_ends(path, ".txt");
    if (!*done)
        return OK;
    if (s->arguments.machine || s->arguments.number)
        return fail(e, ERR_SETTING, "%s: is one log, so that --machine and --number choose nothing",
                    path);
    TRY(session_read(s, path, LOG_FILE_MAX, &all, e));
    if (json)
        return print_document(s, all, path, e);
    if (s->arguments.json)
        return fail(e, ERR_UNSUPPORTED, "%s: is a text; --json wants the .json that lies beside it",
                    path);
    return print_text(all, path, e);
}

/* ---- A medium -------------------------------------------------------------------------------- */

static bool is_wanted(const struct arguments *a, const struct kept_log *log)
{
    return (!a->machine || text_same(a->machine, log->machine)) &&
           (!a->number || a->log_number == log->number);
}

/* Year, month, day, hour and minute, as FAT has them; "" where there is no time. */
static const char *when(uint32_t written, char out[32])
{
    uint32_t date = written >> 16;

    text_format(out, 32, "%04u-%02u-%02u %02u:%02u", 1980 + (date >> 9), date >> 5 & 15, date & 31,
                written >> 11 & 31, written >> 5 & 63);
    return date ? out : "";
}

static enum err read_document(const struct kept_log *log, const char *name, struct arena *a,
                              struct bytes *out, struct error *e)
{
    TRY(logs_read(log, &log->json, name, a, out, e));
    return logs_check(*out, name, e);
}

static enum err list_log(const struct kept_log *log, struct arena scratch, struct error *e)
{
    char line[1024], name[512], time[32];
    const char *outcome = "has no document";
    struct bytes document;

    text_format(name, sizeof(name), "%s.json", log->name);
    if (log->json.kind == FAT_FILE && (read_document(log, name, &scratch, &document, e) != OK ||
                                       logs_outcome(document, &scratch, &outcome, e) != OK)) {
        if (e->code == ERR_IO)
            return e->code;
        outcome = e->text;
    }
    text_format(line, sizeof(line), "%-16s  %s  %s", when(log->written, time), log->name, outcome);
    puts(line);
    return OK;
}

/* The one to be printed: the newest of those that are wanted, which are listed if there are more. */
static enum err choose(const struct session *s, const struct kept_logs *found,
                       const struct kept_log **out, struct error *e)
{
    const struct arguments *a = &s->arguments;
    size_t count = 0;

    for (size_t i = 0; i < found->count; i++)
        if (is_wanted(a, &found->at[i])) {
            *out = &found->at[i];
            count++;
        }
    if (!found->volumes)
        return fail(e, ERR_UNSUPPORTED,
                    "%s: is no log (.json, .txt), and holds no FAT file system with logs", a->file);
    if (!found->count)
        return fail(e, ERR_NOT_FOUND,
                    "%s: no run left a log on it: no FAT volume has one in \\EFI\\ovfboot\\logs",
                    a->file);
    if (!count)
        return fail(e, ERR_NOT_FOUND, "%s: has %zu logs, but none%s%s%s%s", a->file, found->count,
                    a->machine ? " of machine " : "", a->machine ? a->machine : "",
                    a->number ? " with number " : "", a->number ? a->number : "");
    for (size_t i = 0; i < found->count && count > 1 && !a->json; i++)
        if (is_wanted(a, &found->at[i]))
            TRY(list_log(&found->at[i], s->memory.work, e));
    if (count > 1 && !a->json)
        putchar('\n');
    return OK;
}

static enum err print_medium(struct session *s, struct error *e)
{
    struct arena *a = &s->memory.package;
    const struct kept_log *log = NULL;
    struct kept_logs found;
    struct bytes contents;
    char name[512], time[32];

    TRY(logs_find(&s->file.source, a, &found, e));
    TRY(choose(s, &found, &log, e));
    bool json = log->json.kind == FAT_FILE;
    text_format(name, sizeof(name), "%s: %s.%s", s->arguments.file, log->name,
                json ? "json" : "txt");
    TRY(logs_read(log, json ? &log->json : &log->text, name, a, &contents, e));
    if (!s->arguments.json)
        printf("Log        %s%s%s\n", log->name, *when(log->written, time) ? ", " : "",
               when(log->written, time));
    if (json)
        return print_document(s, contents, name, e);
    if (s->arguments.json)
        return fail(e, ERR_NOT_FOUND, "%s: that run left no .json", name);
    return print_text(contents, name, e);
}

enum err logs(struct session *s, struct error *e)
{
    bool done;

    TRY(file_source_open(&s->file, s->arguments.file, e));
    TRY(print_file(s, &done, e));
    return done ? OK : print_medium(s, e);
}
