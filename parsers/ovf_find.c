/* Finding one's way in a decoded descriptor. */
#include <string.h>

#include "parsers/ovf.h"

size_t ovf_find_disk(const struct ovf *o, const char *id)
{
    for (size_t i = 0; i < o->disk_count; i++)
        if (strcmp(o->disks[i].id, id) == 0)
            return i;
    return OVF_NONE;
}

/* True when path ends with the ids of the system and of the collections around it. */
static bool is_path(const struct ovf *o, size_t system, const char *path)
{
    size_t len = strlen(path);

    while (system != OVF_NONE) {
        const char *id = o->systems[system].id;
        size_t part = strlen(id);
        if (part > len || memcmp(path + len - part, id, part) != 0)
            return false;
        len -= part;
        if (len == 0)
            return true;
        if (path[--len] != '/')
            return false;
        system = o->systems[system].parent;
    }
    return false;
}

size_t ovf_find_system(const struct ovf *o, const char *id)
{
    size_t found = OVF_NONE;

    for (size_t i = 0; i < o->system_count; i++) {
        if (!is_path(o, i, id))
            continue;
        if (found != OVF_NONE)
            return OVF_NONE;
        found = i;
    }
    return found;
}

size_t ovf_next_machine(const struct ovf *o, size_t after)
{
    for (size_t i = after == OVF_NONE ? 0 : after + 1; i < o->system_count; i++)
        if (!o->systems[i].is_collection)
            return i;
    return OVF_NONE;
}

const struct ovf_option *ovf_default_option(const struct ovf *o)
{
    for (size_t i = 0; i < o->option_count; i++)
        if (o->options[i].is_default)
            return &o->options[i];
    return o->option_count ? &o->options[0] : NULL;
}

const struct ovf_option *ovf_find_option(const struct ovf *o, const char *id)
{
    for (size_t i = 0; i < o->option_count; i++)
        if (strcmp(o->options[i].id, id) == 0)
            return &o->options[i];
    return NULL;
}

const struct ovf_scale *ovf_find_scale(const struct ovf_system *s, const char *chosen)
{
    const struct ovf_scale *found = NULL;

    for (size_t i = 0; i < s->scale_count; i++) {
        const struct ovf_scale *scale = &s->scales[i];
        if (ovf_is_chosen(&scale->configurations, chosen) &&
            (!found || (scale->configurations.count && !found->configurations.count)))
            found = scale;
    }
    return found;
}

const struct ovf_placement_group *ovf_find_placement_group(const struct ovf *o, const char *id)
{
    for (size_t i = 0; i < o->placement_group_count; i++)
        if (strcmp(o->placement_groups[i].id, id) == 0)
            return &o->placement_groups[i];
    return NULL;
}
