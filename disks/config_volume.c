#include "disks/config_volume.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "disks/logical.h"
#include "disks/partitions.h"

#define BOOT_SECTOR_SIZE_AT 11
#define BOOT_LABEL_AT       43
#define LABEL_SIZE          11

struct search {
    struct source *disk;
    const char *label;
    struct config_volume *out;
    size_t found;
};

/* Look into the boot sector; is_whole when it is not one that a rewrite has left. */
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
               memcmp(boot + BOOT_LABEL_AT, padded, sizeof(padded)) == 0;
    v->is_whole = *matches && get_le16(boot + BOOT_SECTOR_SIZE_AT) != 0;
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

static enum err search_mbr(struct search *s, const struct partitions *p, struct error *e)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct partition *at = &p->at[i];
        if (mbr_is_extended(at->type[0]))
            TRY(consider_logical(s, at, p->sector_size, e));
        else
            TRY(consider(s, at->offset, at->size, at->number, e));
    }
    return OK;
}

static enum err search_gpt(struct search *s, const struct partitions *p, const uint8_t guid[16],
                           struct error *e)
{
    bool matches;

    for (size_t i = 0; i < p->count; i++) {
        const struct partition *at = &p->at[i];
        if (memcmp(at->guid, guid, sizeof(at->guid)) != 0)
            continue;
        *s->out =
            (struct config_volume){.offset = at->offset, .size = at->size, .number = at->number};
        TRY(look_at(s->disk, s->out, s->label, &matches, e));
        s->found++;
    }
    return OK;
}

enum err config_volume_find(struct source *disk, uint32_t sector_size, const uint8_t guid[16],
                            const char *label, struct arena scratch, struct config_volume *out,
                            struct error *e)
{
    struct search s = {.disk = disk, .label = label, .out = out};
    struct partitions p;

    TRY(partitions_read(disk, sector_size, &scratch, &p, e));
    if (p.kind == TABLE_GPT)
        TRY(search_gpt(&s, &p, guid, e));
    else
        TRY(search_mbr(&s, &p, e));
    if (s.found != 1)
        return fail(e, ERR_NOT_FOUND, "%s: %s partition %s", disk->name,
                    s.found ? "more than one" : "no", label);
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
                               struct bytes volume, uint8_t *buffer, size_t room, struct error *e)
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
    TRY(target_write(t, at->offset / sector, buffer, 1, e));
    TRY(target_flush(t, e));
    TRY(write_bytes(t, at->offset + sector, (struct bytes){volume.at + sector, volume.len - sector},
                    buffer, room, e));
    TRY(target_flush(t, e));
    TRY(write_bytes(t, at->offset, boot, buffer, room, e));
    return target_flush(t, e);
}
