#include "loader/boot_disk.h"

#include <string.h>

#include "base/text.h"
#include "disks/partitions.h"
#include "parsers/hd_path.h"
#include "parsers/load_option.h"

#define NAME_MAX 9 /* "Boot0000" */

/* One of its partitions is the one that the entry names. */
static bool has_partition(const struct found_disk *disk, const struct hd_path *path,
                          struct arena scratch)
{
    struct partitions table;
    struct error ignored;

    if (partitions_read(disk->source, disk->target->sector_size, &scratch, &table, &ignored) != OK)
        return false;
    if (table.kind == TABLE_MBR)
        return path->table == HD_MBR && table.signature &&
               get_le32(path->signature) == table.signature;
    for (size_t i = 0; i < table.count; i++)
        if (path->table == HD_GPT &&
            memcmp(table.at[i].guid, path->signature, sizeof(path->signature)) == 0)
            return true;
    return false;
}

static bool is_named(const struct found_disk *disk, const struct load_option *option,
                     struct arena scratch)
{
    struct hd_path path;

    if (disk->nodes.len && option->path.len >= disk->nodes.len &&
        memcmp(option->path.at, disk->nodes.at, disk->nodes.len) == 0)
        return true;
    return hd_path_parse(option->path, &path) && !path.is_long &&
           has_partition(disk, &path, scratch);
}

static struct found_disk *disk_of(uint16_t number, struct found_disk *disks, size_t count,
                                  struct arena scratch)
{
    struct load_option option;
    struct error ignored;
    struct bytes value;
    char name[NAME_MAX];

    text_format(name, sizeof(name), "Boot%04X", number);
    if (port_read_variable(name, &scratch, &value, &ignored) != OK ||
        !load_option_parse(value, &option) || !(option.attributes & LOAD_OPTION_IS_ACTIVE))
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (!disks[i].start_medium && is_named(&disks[i], &option, scratch))
            return &disks[i];
    return NULL;
}

enum err boot_disk_mark(struct found_disk *disks, size_t count, struct arena scratch,
                        struct error *e)
{
    struct bytes order;

    TRY(port_read_variable("BootOrder", &scratch, &order, e));
    while (order.len >= 2) {
        struct found_disk *disk = disk_of(take_le16(&order), disks, count, scratch);
        if (disk) {
            disk->starts = true;
            return OK;
        }
    }
    return OK;
}
