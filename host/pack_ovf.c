#include "host/pack_ovf.h"

#include <string.h>

#include "base/text.h"
#include "host/file.h"
#include "loader/config.h"
#include "loader/descriptor_write.h"
#include "loader/package.h"

/* What a machine gets of which nobody has said anything: enough for a small Linux. */
#define PROCESSORS 1u
#define MEMORY     1024u /* MiB */
#define COMPATIBLE                                                                                 \
    13u /* VMware's virtual hardware of 2016, the first that is supported to this day */

static enum err read_text(struct pack_ovf *o, struct arena *a, struct error *e)
{
    struct file_source file;
    uint8_t *at = NULL;

    enum err err = file_source_open(&file, o->path, e);
    if (err == OK && file.source.size > DESCRIPTOR_MAX)
        err = fail(e, ERR_TOO_BIG, "%s: has %llu bytes; the limit is %u", o->path,
                   (unsigned long long)file.source.size, DESCRIPTOR_MAX);
    if (err == OK)
        err = arena_take(a, (size_t)file.source.size, 1, 1, (void **)&at, e);
    if (err == OK)
        err = source_read(&file.source, 0, at, (size_t)file.source.size, e);
    o->text = (struct bytes){at, (size_t)file.source.size};
    file_source_close(&file);
    return err;
}

/* As it is, or with everything in percent that need not stand for itself. */
static bool is_href(const char *href, const char *name, struct arena scratch)
{
    struct error ignored;
    const char *encoded;

    while (text_starts(href, "./"))
        href += 2;
    return strcmp(href, name) == 0 || (descriptor_href(name, &scratch, &encoded, &ignored) == OK &&
                                       strcmp(href, encoded) == 0);
}

/* "a.vmdk, b.vmdk" */
static const char *list(char *to, size_t size, const struct pack_entry *entries,
                        const struct ovf *ovf, size_t count)
{
    size_t len = 0;

    *to = '\0';
    for (size_t i = 0; i < count && len + 3 < size; i++)
        len += text_format(to + len, size - len, "%s%s", i ? ", " : "",
                           entries ? entries[i].name : ovf->files[i].href);
    return *to ? to : "nothing";
}

static enum err refuse_names(const struct pack_ovf *o, const struct pack_entry *entries,
                             size_t count, struct error *e)
{
    char wanted[120], given[120];

    return fail(e, ERR_SETTING, "%s: its References are %s, and the disks would be %s", o->path,
                list(wanted, sizeof(wanted), NULL, &o->ovf, o->ovf.file_count),
                list(given, sizeof(given), entries, NULL, count));
}

static enum err check_file(const struct pack_ovf *o, const struct ovf_file *file, struct error *e)
{
    if (file->compression != OVF_IDENTITY)
        return fail(e, ERR_SETTING, "%s: says that %s is compressed by %s, which it will not be",
                    o->path, file->href, file->compression_name);
    if (file->chunk_size)
        return fail(e, ERR_SETTING, "%s: says that %s is in chunks, which it will not be", o->path,
                    file->href);
    return OK;
}

/* The entry for each File moves to that File's place. */
static enum err arrange(const struct pack_ovf *o, struct pack_entry *entries, size_t count,
                        struct arena scratch, struct error *e)
{
    if (o->ovf.file_count != count)
        return refuse_names(o, entries, count, e);
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        while (at < count && !is_href(o->ovf.files[i].href, entries[at].name, scratch))
            at++;
        if (at == count)
            return refuse_names(o, entries, count, e);
        struct pack_entry found = entries[at];
        entries[at] = entries[i];
        entries[i] = found;
        TRY(check_file(o, &o->ovf.files[i], e));
    }
    return OK;
}

enum err pack_ovf_read(struct pack_ovf *o, struct pack_entry *entries, size_t count,
                       struct arena *a, struct arena work, struct error *e)
{
    TRY(read_text(o, a, e));
    if (ovf_parse(o->text, a, work, &o->ovf, e) != OK)
        return within(e, "%s", o->path);
    return arrange(o, entries, count, *a, e);
}

static enum err check_disk(const struct pack_ovf *o, const struct ovf_disk *disk,
                           const struct pack_entry *entry, struct error *e)
{
    const char *format = disk->format;

    if (*disk->parent)
        return fail(e, ERR_SETTING, "%s: says that disk %s is a difference to disk %s", o->path,
                    disk->id, disk->parent);
    if (*format && !text_ends(format, "#streamOptimized") && !text_ends(format, "#compressed"))
        return fail(e, ERR_SETTING, "%s: the format of disk %s is %s, where %s is right", o->path,
                    disk->id, format, DESCRIPTOR_STREAM_OPTIMIZED);
    if (disk->capacity != OVF_UNKNOWN && disk->capacity != entry->capacity)
        return fail(e, ERR_SETTING, "%s: disk %s has %llu bytes there, and %llu in %s", o->path,
                    disk->id, (unsigned long long)disk->capacity,
                    (unsigned long long)entry->capacity, entry->path);
    return OK;
}

enum err pack_ovf_check_disk(const struct pack_ovf *o, const struct pack_entry *entries,
                             size_t entry, struct error *e)
{
    if (!o->path)
        return OK;
    for (size_t i = 0; i < o->ovf.disk_count; i++)
        if (o->ovf.disks[i].file == entry)
            TRY(check_disk(o, &o->ovf.disks[i], &entries[entry], e));
    return OK;
}

static enum err check_size(const struct pack_ovf *o, const struct pack_entry *entries, size_t entry,
                           struct error *e)
{
    const struct ovf_file *file = &o->ovf.files[entry];
    unsigned long long size = entries[entry].size;

    if (file->size == OVF_UNKNOWN || file->size == size)
        return OK;
    return fail(e, ERR_SETTING,
                "%s: %s has %llu bytes there, and is packed into %llu: say ovf:size=\"%llu\", or "
                "nothing",
                o->path, file->href, (unsigned long long)file->size, size, size);
}

static enum err write_text(struct pack_ovf *o, const struct pack_entry *entries, size_t count,
                           struct arena *a, struct arena work, struct error *e)
{
    struct descriptor_disk disks[CONFIG_TARGETS_MAX];
    size_t stem = strlen(o->name) - strlen(".ovf");
    struct descriptor d = {.processors = PROCESSORS,
                           .memory = MEMORY,
                           .compatible = COMPATIBLE,
                           .disks = disks,
                           .count = count};

    TRY(arena_text(&work, o->name, stem, &d.name, e));
    for (size_t i = 0; i < count; i++)
        disks[i] = (struct descriptor_disk){.file = entries[i].name,
                                            .size = entries[i].size,
                                            .capacity = entries[i].capacity,
                                            .format = DESCRIPTOR_STREAM_OPTIMIZED};
    return descriptor_write(&d, a, work, &o->text, e);
}

enum err pack_ovf_finish(struct pack_ovf *o, const struct pack_entry *entries, size_t count,
                         struct arena *a, struct arena work, struct error *e)
{
    if (!o->path)
        return write_text(o, entries, count, a, work, e);
    for (size_t i = 0; i < count; i++)
        TRY(check_size(o, entries, i, e));
    return OK;
}
