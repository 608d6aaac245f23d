#include "disks/config_volume.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/fat_make.h"
#include "disks/logical.h"
#include "disks/partitions.h"

#define BOOT_MAKER_AT       3
#define BOOT_SECTOR_SIZE_AT 11
#define BOOT_LABEL_AT       43
#define LABEL_SIZE          11
#define BOOT_MARK_AT        62 /* where a boot sector that boots would have its program */

struct search {
    struct source *disk;
    const char *label;
    struct config_volume *out;
    size_t found;
};

/* Look into the boot sector: is it one of ours, and did a rewrite leave it? */
static enum err look_at(struct source *disk, struct config_volume *v, const char *label,
                        bool *matches, struct error *e)
{
    uint8_t boot[512], padded[LABEL_SIZE];
    size_t len = strlen(label);

    *matches = false;
    if (v->size < sizeof(boot) || len > LABEL_SIZE)
        return OK;
    memset(padded, ' ', sizeof(padded));
    memcpy(padded, label, len);
    TRY(source_read(disk, v->offset, boot, sizeof(boot), e));
    *matches = get_le16(boot + 510) == 0xaa55 && boot[38] == 0x29 &&
               memcmp(boot + BOOT_MAKER_AT, FAT_MAKER, sizeof(FAT_MAKER) - 1) == 0 &&
               memcmp(boot + BOOT_LABEL_AT, padded, sizeof(padded)) == 0;
    v->is_whole = *matches && get_le16(boot + BOOT_SECTOR_SIZE_AT) != 0;
    memcpy(v->mark, boot + BOOT_MARK_AT, sizeof(v->mark));
    return OK;
}

static enum err consider(struct search *s, uint64_t offset, uint64_t size, uint32_t number,
                         struct error *e)
{
    struct config_volume v = {.offset = offset, .size = size, .number = number};
    bool matches;

    TRY(look_at(s->disk, &v, s->label, &matches, e));
    if (matches) {
        *s->out = v;
        s->found++;
    }
    return OK;
}

static enum err consider_logical(struct search *s, const struct partition *extended,
                                 uint32_t sector, struct error *e)
{
    struct mbr_partition area = {extended->type[0], (uint32_t)(extended->offset / sector),
                                 (uint32_t)(extended->size / sector)};
    struct logical_chain chain;
    uint32_t number = 5;

    TRY(logical_read(s->disk, sector, &area, &chain, e));
    for (size_t i = 0; i < chain.count; i++)
        if (chain.at[i].count)
            TRY(consider(s, chain.at[i].first * sector, chain.at[i].count * sector, number++, e));
    return OK;
}

static enum err search(struct search *s, const struct partitions *p, struct error *e)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct partition *at = &p->at[i];
        if (p->kind == TABLE_MBR && mbr_is_extended(at->type[0]))
            TRY(consider_logical(s, at, p->sector_size, e));
        else
            TRY(consider(s, at->offset, at->size, at->number, e));
    }
    return OK;
}

enum err config_volume_find(struct source *disk, uint32_t sector_size, const char *label,
                            struct arena scratch, struct config_volume *out, struct error *e)
{
    struct search s = {.disk = disk, .label = label, .out = out};
    struct partitions p;

    TRY(partitions_read(disk, sector_size, &scratch, &p, e));
    TRY(search(&s, &p, e));
    if (!s.found)
        return fail(e, ERR_NOT_FOUND, "%s: no partition %s of ovfboot", disk->name, label);
    if (s.found > 1)
        return fail(e, ERR_UNSUPPORTED, "%s: more than one partition %s of ovfboot", disk->name,
                    label);
    return OK;
}

/* Write bytes from anywhere, whole sectors, through the aligned buffer. */
static enum err write_bytes(struct target *t, uint64_t offset, struct bytes bytes, uint8_t *buffer,
                            size_t room, struct error *e)
{
    room = (size_t)round_down(room, t->sector_size);
    while (bytes.len) {
        size_t len = (size_t)min_u64(room, bytes.len);
        memcpy(buffer, bytes.at, len);
        TRY(target_write(t, offset / t->sector_size, buffer, len / t->sector_size, e));
        offset += len;
        bytes.at += len;
        bytes.len -= len;
    }
    return OK;
}

enum err config_volume_rewrite(struct target *t, const struct config_volume *at,
                               const uint8_t mark[CONFIG_MARK_SIZE], struct bytes volume,
                               uint8_t *buffer, size_t room, struct error *e)
{
    size_t sector = t->sector_size;
    struct bytes boot = {volume.at, sector};

    assert(volume.len >= sector && volume.len % sector == 0 && at->offset % sector == 0);
    if (volume.len > at->size)
        return fail(e, ERR_NO_ROOM,
                    "%s: partition %u has %llu bytes, where the configuration needs %zu", t->name,
                    at->number, (unsigned long long)at->size, volume.len);
    memcpy(buffer, volume.at, sector);
    put_le16(buffer + BOOT_SECTOR_SIZE_AT, 0);
    memcpy(buffer + BOOT_MARK_AT, mark, CONFIG_MARK_SIZE);
    TRY(target_write(t, at->offset / sector, buffer, 1, e));
    TRY(target_flush(t, e));
    TRY(write_bytes(t, at->offset + sector, (struct bytes){volume.at + sector, volume.len - sector},
                    buffer, room, e));
    TRY(target_flush(t, e));
    TRY(write_bytes(t, at->offset, boot, buffer, room, e));
    return target_flush(t, e);
}
