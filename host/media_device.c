#include "host/media_device.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/text.h"
#include "host/system.h"

#define NAME_MAX_SYS 64 /* bytes of "/sys/dev/block/MAJOR:MINOR" with what follows it */

struct device {
    const char *path; /* as it was named */
    char sys[NAME_MAX_SYS];
    char *place; /* the same without links: what is below it are its partitions */
};

/* The device itself, or a partition of it. */
static bool is_part(const struct device *d, unsigned device_major, unsigned device_minor)
{
    char sys[NAME_MAX_SYS];
    size_t len = strlen(d->place);

    text_format(sys, sizeof(sys), "/sys/dev/block/%u:%u", device_major, device_minor);
    char *place = realpath(sys, NULL);
    bool is = place && text_starts(place, d->place) && (place[len] == '/' || place[len] == '\0');
    free(place);
    return is;
}

static enum err check_mounts(const struct device *d, struct error *e)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    unsigned device_major, device_minor;
    char *line = NULL, where[200];
    enum err err = OK;
    size_t room = 0;

    if (!file)
        return system_fail(e, ERR_IO, "%s: cannot see what is mounted", d->path);
    while (err == OK && getline(&line, &room, file) > 0)
        if (sscanf(line, "%*d %*d %u:%u %*s %199s", &device_major, &device_minor, where) == 3 &&
            is_part(d, device_major, device_minor))
            err = fail(e, ERR_SETTING, "%s: it, or a partition of it, is mounted at %s", d->path,
                       where);
    free(line);
    fclose(file);
    return err;
}

static enum err check_swaps(const struct device *d, struct error *e)
{
    FILE *file = fopen("/proc/swaps", "re");
    char *line = NULL, name[200];
    enum err err = OK;
    size_t room = 0;
    struct stat st;

    while (file && err == OK && getline(&line, &room, file) > 0)
        if (sscanf(line, "%199s", name) == 1 && stat(name, &st) == 0 && S_ISBLK(st.st_mode) &&
            is_part(d, major(st.st_rdev), minor(st.st_rdev)))
            err = fail(e, ERR_SETTING, "%s: the machine swaps to %s", d->path, name);
    free(line);
    if (file)
        fclose(file);
    return err;
}

/* Volume groups, RAIDs, encrypted disks. */
static enum err check_holders(const struct device *d, struct error *e)
{
    static const char *const below[] = {"holders/*", "*/holders/*"};
    char pattern[NAME_MAX_SYS + 16];
    enum err err = OK;
    glob_t found;

    for (size_t i = 0; i < COUNT_OF(below) && err == OK; i++) {
        text_format(pattern, sizeof(pattern), "%s/%s", d->sys, below[i]);
        if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
            err = fail(e, ERR_SETTING, "%s: it, or a partition of it, is part of %s", d->path,
                       strrchr(found.gl_pathv[0], '/') + 1);
        globfree(&found);
    }
    return err;
}

static bool is_removable(const struct device *d)
{
    char name[NAME_MAX_SYS + 16];
    char answer = '0';

    text_format(name, sizeof(name), "%s/removable", d->sys);
    FILE *file = fopen(name, "re");
    if (file && fread(&answer, 1, 1, file) != 1)
        answer = '0';
    if (file)
        fclose(file);
    return answer == '1' || strstr(d->place, "/usb");
}

static enum err check(const struct device *d, bool any, struct error *e)
{
    char name[NAME_MAX_SYS + 16];

    text_format(name, sizeof(name), "%s/partition", d->sys);
    if (access(name, F_OK) == 0)
        return fail(e, ERR_SETTING, "%s: is a partition, and a medium is a whole disk", d->path);
    TRY(check_mounts(d, e));
    TRY(check_swaps(d, e));
    TRY(check_holders(d, e));
    if (!any && !is_removable(d))
        return fail(e, ERR_SETTING,
                    "%s: is neither removable nor on USB; --force --force takes it all the same",
                    d->path);
    return OK;
}

enum err media_device_check(const char *path, dev_t device, bool any, struct error *e)
{
    struct device d = {.path = path};

    text_format(d.sys, sizeof(d.sys), "/sys/dev/block/%u:%u", major(device), minor(device));
    d.place = realpath(d.sys, NULL);
    if (!d.place)
        return system_fail(e, ERR_SETTING, "%s: cannot see what kind of device it is", path);
    enum err err = check(&d, any, e);
    free(d.place);
    return err;
}
