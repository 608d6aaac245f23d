/* Any bytes as a descriptor: refused, or decoded into structs that hold together. */
#include <stdlib.h>
#include <string.h>

#include "parsers/ovf.h"
#include "parsers/ovf_drives.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t package[8u << 20], work[24u << 20];

static void need(bool holds)
{
    if (!holds)
        abort();
}

static void check_systems(const struct ovf *o, struct arena *a)
{
    struct ovf_drives drives;
    struct error e;

    for (size_t i = 0; i < o->system_count; i++) {
        const struct ovf_system *s = &o->systems[i];
        need(s->parent == OVF_NONE || s->parent < i);
        need(s->id && s->name.text);
        if (s->is_collection || ovf_list_drives(o, i, NULL, a, &drives, &e) != OK)
            continue;
        need(!drives.count || drives.boot < drives.count);
        for (size_t d = 0; d < drives.count; d++) {
            need(drives.at[d].disk == OVF_NONE || drives.at[d].disk < o->disk_count);
            need(drives.at[d].file == OVF_NONE || drives.at[d].file < o->file_count);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a, scratch;
    struct error e = {0};
    struct ovf o;

    arena_init(&a, package, sizeof(package), "the package");
    arena_init(&scratch, work, sizeof(work), "the text");
    enum err err = ovf_parse((struct bytes){data, size}, &a, scratch, &o, &e);
    need((err == OK) == (e.text[0] == '\0'));
    if (err != OK)
        return 0;
    for (size_t i = 0; i < o.disk_count; i++)
        need(o.disks[i].file == OVF_NONE || o.disks[i].file < o.file_count);
    for (size_t i = 0; i < o.file_count; i++)
        need(o.files[i].id && o.files[i].href);
    check_systems(&o, &a);
    return 0;
}
