/* What a run leaves in the configuration's partition of the disk that it wrote.
 *
 * There are files for it, made with the partition and full of line ends.  Their bytes are overwritten
 * where they lie, and nothing else of the file system is: a power cut leaves a log that is not whole,
 * and a volume that is. */
#include <string.h>

#include "disks/fat.h"
#include "loader/course.h"

#define BUFFER_ALIGNMENT 4096 /* bytes, at least */

/* The volume, and where it is. */
struct place {
    struct target *target;
    struct config_volume at;
    struct slice_source slice;
    struct fat fat;
    uint8_t *buffer; /* PROVISION_LOG_SIZE bytes, aligned for the target */
};

static enum err open_place(struct course *c, struct place *p, struct arena *a, struct error *e)
{
    struct found_disk *disk = &c->chosen[0];
    uint32_t alignment = disk->target->alignment;

    p->target = disk->target;
    TRY(config_volume_find(disk->source, p->target->sector_size, PROVISION_LABEL, *a, &p->at, e));
    TRY(slice_source_init(&p->slice, p->target->name, disk->source, p->at.offset, p->at.size, e));
    TRY(fat_open(&p->fat, &p->slice.source, e));
    return arena_take(a, PROVISION_LOG_SIZE, 1,
                      alignment > BUFFER_ALIGNMENT ? alignment : BUFFER_ALIGNMENT,
                      (void **)&p->buffer, e);
}

/* Only a file that is still as it was made is written to. */
static enum err overwrite(struct place *p, const char *path, struct bytes contents, struct error *e)
{
    uint32_t sector = p->target->sector_size;
    struct fat_entry entry;
    uint64_t offset;

    TRY(fat_find(&p->fat, path, &entry, e));
    if (entry.kind != FAT_FILE || entry.size != PROVISION_LOG_SIZE)
        return fail(e, ERR_UNSUPPORTED, "%s: %s is not as ovfboot made it", p->target->name, path);
    if (contents.len > PROVISION_LOG_SIZE)
        return fail(e, ERR_TOO_BIG, "%s: the log has %zu bytes, and %s %u", p->target->name,
                    contents.len, path, PROVISION_LOG_SIZE);
    TRY(fat_file_place(&p->fat, &entry, &offset, e));
    offset += p->at.offset;
    if (offset % sector || PROVISION_LOG_SIZE % sector)
        return fail(e, ERR_UNSUPPORTED, "%s: %s does not begin with a sector", p->target->name,
                    path);
    memset(p->buffer, '\n', PROVISION_LOG_SIZE);
    memcpy(p->buffer, contents.at, contents.len);
    return target_write(p->target, offset / sector, p->buffer, PROVISION_LOG_SIZE / sector, e);
}

enum err keep_log_on_disk(struct course *c, struct bytes text, struct bytes document,
                          struct error *e)
{
    struct arena work = c->loader->memory.work;
    struct place *p;

    TRY(TAKE(&work, 1, &p, e));
    TRY(open_place(c, p, &work, e));
    TRY(overwrite(p, "\\" PROVISION_LOG_TEXT, text, e));
    TRY(overwrite(p, "\\" PROVISION_LOG_JSON, document, e));
    return target_flush(p->target, e);
}
