/* Files beside the loader that are written, and the note that the firmware keeps. */
#include <string.h>

#include "base/text.h"
#include "tests/fake_port.h"

static struct fake_log *find_log(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(fake_port.logs); i++)
        if (strcmp(fake_port.logs[i].name, name) == 0)
            return &fake_port.logs[i];
    return NULL;
}

static enum err keep_file(char *to, size_t size, const char *name, struct bytes contents,
                          struct error *e)
{
    if (contents.len >= size)
        return fail(e, ERR_TOO_BIG, "%s: is too large for a test", name);
    memcpy(to, contents.at, contents.len);
    to[contents.len] = '\0';
    return OK;
}

static enum err write_log(const char *name, struct bytes contents, struct error *e)
{
    struct fake_log *log = find_log(name);

    if (!log)
        log = find_log("");
    if (!log)
        return fail(e, ERR_NO_ROOM, "%s: the medium is full", name);
    text_format(log->name, sizeof(log->name), "%s", name);
    return keep_file(log->text, sizeof(log->text), name, contents, e);
}

enum err port_write_beside(const char *name, struct bytes contents, struct error *e)
{
    if (fake_port.writes_nothing)
        return fail(e, ERR_IO, "%s: the medium is read-only", name);
    if (text_starts(name, "logs/"))
        return write_log(name, contents, e);
    size_t len = text_format(fake_port.written, sizeof(fake_port.written), "%s: ", name);
    return keep_file(fake_port.written + len, sizeof(fake_port.written) - len, name, contents, e);
}

enum err port_list_beside(const char *folder, struct arena *a, const char ***names, size_t *count,
                          struct error *e)
{
    *count = 0;
    TRY(TAKE(a, COUNT_OF(fake_port.logs), names, e));
    for (size_t i = 0; i < COUNT_OF(fake_port.logs); i++)
        if (text_starts(fake_port.logs[i].name, folder))
            (*names)[(*count)++] = fake_port.logs[i].name + strlen(folder);
    return OK;
}

enum err port_remove_beside(const char *name, struct error *e)
{
    struct fake_log *log = find_log(name);

    if (!log)
        return fail(e, ERR_NOT_FOUND, "%s: is not there", name);
    log->name[0] = '\0';
    return OK;
}

enum err port_leave_note(struct bytes text, struct error *e)
{
    return keep_file(fake_port.note, sizeof(fake_port.note), "the note", text, e);
}
