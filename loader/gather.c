#include "loader/gather.h"

#include <string.h>

#include "base/text.h"
#include "loader/port.h"

#define NAME_MAX_BYTES 200 /* "machines/", an id and ".conf" */

/* The n-th id under which the machine may have a file; NULL behind the last. */
static const char *machine_id(const struct machine *m, size_t n)
{
    if (n == 0)
        return m->uuid;
    if (n == 1)
        return m->serial;
    return n - 2 < m->mac_count ? m->macs[n - 2] : NULL;
}

static char file_letter(char c, bool is_mac)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
        c == '-' || c == '_')
        return c;
    return is_mac ? '-' : '_';
}

static const char *file_name(const struct machine *m, size_t n, char out[NAME_MAX_BYTES])
{
    static const char folder[] = "machines/";
    size_t len = text_format(out, NAME_MAX_BYTES, "%s%s.conf", folder, machine_id(m, n));

    for (size_t i = sizeof(folder) - 1; i < len; i++)
        out[i] = file_letter(out[i], n >= 2);
    return out;
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
    char name[NAME_MAX_BYTES];
    bool found = false;

    for (size_t n = 0; !found && machine_id(m, n); n++)
        if (*machine_id(m, n))
            TRY(add_file(file_name(m, n, name), a, out, count, &found, e));
    return OK;
}

enum err gather_settings(const struct machine *m, struct arena *a,
                         struct config_source out[GATHER_MAX], size_t *count, struct error *e)
{
    struct config_source fw_cfg = {.where = "fw_cfg", .unit = "line"};
    struct config_source options = {.where = "load options", .unit = "word", .is_words = true};
    bool found;

    *count = 0;
    TRY(add_file("ovfboot.conf", a, out, count, &found, e));
    TRY(add_machine_file(m, a, out, count, e));
    add(out, count,
        (struct config_source){.where = "SMBIOS", .unit = "string", .text = m->settings});
    TRY(port_fw_cfg("opt/ovfboot/conf", GATHER_FILE_MAX, a, &fw_cfg.text, e));
    add(out, count, fw_cfg);
    TRY(port_load_options(a, &options.text, e));
    add(out, count, options);
    return OK;
}
