#include "disks/logical.h"

bool areas_meet(uint64_t first, uint64_t end, uint64_t other_first, uint64_t other_end)
{
    return first < other_end && other_first < end;
}

static enum err strange(struct source *disk, uint64_t lba, const char *what, struct error *e)
{
    return fail(e, ERR_DAMAGED, "%s: its logical partitions: sector %llu %s", disk->name,
                (unsigned long long)lba, what);
}

/* True when that part of the chain shares a sector with one before it, or with its own table. */
static bool meets_another(const struct logical_chain *chain, const struct logical *new)
{
    uint64_t end = new->first + new->count;

    if (areas_meet(new->table, new->table + 1, new->first, end))
        return true;
    for (size_t i = 0; i < chain->count; i++) {
        const struct logical *l = &chain->at[i];
        if (new->table == l->table ||
            areas_meet(new->table, new->table + 1, l->first, l->first + l->count) ||
            areas_meet(l->table, l->table + 1, new->first, end) ||
            areas_meet(l->first, l->first + l->count, new->first, end))
            return true;
    }
    return false;
}

enum err logical_read(struct source *disk, uint32_t sector_size,
                      const struct mbr_partition *extended, struct logical_chain *out,
                      struct error *e)
{
    uint64_t base = extended->first, end = base + extended->count, lba = base;
    struct mbr_partition p[MBR_PARTITIONS];
    uint8_t sector[MBR_SIZE];

    for (out->count = 0; lba; out->count++) {
        if (out->count == LOGICAL_MAX)
            return fail(e, ERR_TOO_BIG, "%s: more logical partitions than %u", disk->name,
                        LOGICAL_MAX);
        if (lba < base || lba >= end)
            return strange(disk, lba, "is outside the extended partition", e);
        TRY(source_read(disk, lba * sector_size, sector, sizeof(sector), e));
        if (!mbr_parse(sector, p))
            return strange(disk, lba, "holds no partition table", e);
        bool is_link = p[1].count && mbr_is_extended(p[1].type);
        if (mbr_is_extended(p[0].type) || (p[1].count && !is_link) || p[2].count || p[3].count)
            return strange(disk, lba, "has an unusual form", e);
        struct logical l = {lba, lba + p[0].first, p[0].count, p[0].type};
        if (l.count && (l.first >= end || l.count > end - l.first))
            return strange(disk, lba, "holds a partition that leaves the extended one", e);
        if (meets_another(out, &l))
            return strange(disk, lba, "holds a partition that overlaps another", e);
        out->at[out->count] = l;
        lba = is_link ? base + p[1].first : 0;
    }
    return OK;
}
