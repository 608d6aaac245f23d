#include "loader/gather.h"

#include <string.h>

#include "base/text.h"
#include "loader/facts.h"
#include "loader/port.h"

/* The n-th id under which the machine may have a file; NULL behind the last. */
static const char *machine_id(const struct machine *m, size_t n)
{
    if (n == 0)
        return m->uuid;
    if (n == 1)
        return m->serial;
    return n - 2 < m->mac_count ? m->macs[n - 2] : NULL;
}

bool gather_machine_file(const struct machine *m, size_t *n, char out[GATHER_NAME_MAX])
{
    static const char folder[] = "machines/";
    const char *id;

    do
        id = machine_id(m, (*n)++);
    while (id && !*id);
    if (!id)
        return false;
    size_t len = text_format(out, GATHER_NAME_MAX, "%s%s.conf", folder, id);
    for (size_t i = sizeof(folder) - 1; i < len; i++)
        out[i] = facts_letter(out[i], *n > 2);
    return true;
}

static void add(struct config_source *out, size_t *count, struct config_source source)
{
    if (source.text.len)
        out[(*count)++] = source;
}

static enum err add_file(const char *name, struct arena *a, struct config_source *out,
                         size_t *count, bool *found, struct error *e)
{
    struct config_source source = {.unit = "line"};

    TRY(port_read_beside(name, GATHER_FILE_MAX, a, &source.text, found, e));
    if (!*found)
        return OK;
    TRY(arena_text(a, name, strlen(name), &source.where, e));
    add(out, count, source);
    return OK;
}

static enum err add_machine_file(const struct machine *m, struct arena *a,
                                 struct config_source *out, size_t *count, struct error *e)
{
    char name[GATHER_NAME_MAX];
    bool found = false;
    size_t n = 0;

    while (!found && gather_machine_file(m, &n, name))
        TRY(add_file(name, a, out, count, &found, e));
    return OK;
}

enum err gather_files(const struct machine *m, struct arena *a,
                      struct config_source out[GATHER_FILES], size_t *count, struct error *e)
{
    bool found;

    *count = 0;
    TRY(add_file("ovfboot.conf", a, out, count, &found, e));
    return add_machine_file(m, a, out, count, e);
}

enum err gather_places(const struct machine *m, struct arena *a,
                       struct config_source out[GATHER_PLACES], size_t *count, struct error *e)
{
    struct config_source fw_cfg = {.where = "fw_cfg", .unit = "line"};
    struct config_source options = {.where = "load options", .unit = "word", .is_words = true};

    *count = 0;
    add(out, count,
        (struct config_source){.where = "SMBIOS", .unit = "string", .text = m->settings});
    TRY(port_fw_cfg("opt/ovfboot/conf", GATHER_FILE_MAX, a, &fw_cfg.text, e));
    add(out, count, fw_cfg);
    TRY(port_load_options(a, &options.text, e));
    add(out, count, options);
    return OK;
}
