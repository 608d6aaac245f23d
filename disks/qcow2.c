#include "disks/qcow2.h"

#include "base/checked.h"
#include "disks/window.h"
#include "parsers/qcow2.h"

/* Granules that are looked at for one extent: all subclusters of a cluster.  Readers of small clusters
 * then read several in one go, and one that asks for each of them does not look at a table for each. */
#define AHEAD 32u

struct qcow2 {
    struct map map;
    struct qcow2_header header;
    struct window l1, l2;
};

enum err qcow2_knows(struct source *file, bool *yes, struct error *e)
{
    uint8_t magic[4];

    *yes = false;
    if (file->size < sizeof(magic))
        return OK;
    TRY(source_read(file, 0, magic, sizeof(magic), e));
    *yes = qcow2_is_header(magic);
    return OK;
}

/* Where the L2 table for a cluster is; 0: it is a hole, and so are those that the table would have. */
static enum err find_table(struct qcow2 *q, uint64_t cluster, uint64_t *table, struct error *e)
{
    uint64_t offset = q->header.l1_table + 8 * (cluster >> q->header.l2_bits);
    const uint8_t *entry;

    TRY(window_read(&q->l1, offset, 8, &entry, e));
    if (qcow2_parse_l1(&q->header, entry, table, e) != OK)
        return within(e, "%s: at byte %llu", q->map.file->name, (unsigned long long)offset);
    return OK;
}

/* A granule, by the L2 table that it has an entry in. */
static enum err find_piece(struct qcow2 *q, uint64_t table, uint64_t number,
                           struct qcow2_piece *out, struct error *e)
{
    uint64_t per_cluster = q->header.has_subclusters ? QCOW2_SUBCLUSTERS : 1;
    uint64_t index = number / per_cluster & ((1ull << q->header.l2_bits) - 1);
    uint32_t size = qcow2_l2_entry_size(&q->header);
    uint64_t offset = table + size * index;
    const uint8_t *entry;

    TRY(window_read(&q->l2, offset, size, &entry, e));
    if (qcow2_parse_l2(&q->header, entry, (uint32_t)(number % per_cluster), out, e) != OK)
        return within(e, "%s: at byte %llu", q->map.file->name, (unsigned long long)offset);
    return OK;
}

/* The file may end inside of the last sector of what is packed. */
static void take_packed(struct qcow2 *q, const struct qcow2_piece *piece, struct extent *out)
{
    uint64_t size = q->map.file->size;

    *out = (struct extent){.kind = q->header.compression == QCOW2_ZSTD ? RUN_ZSTD : RUN_DEFLATE,
                           .at = piece->at,
                           .packed = piece->packed};
    if (piece->at < size && size - piece->at < piece->packed &&
        piece->packed - (size - piece->at) < 512)
        out->packed = (uint32_t)(size - piece->at);
}

/* How many granules from number on go on as the first of them does, up to the end of the table.  What is
 * wrong with the others is told when they are asked for. */
static uint64_t count_alike(struct qcow2 *q, uint64_t table, uint64_t number, uint64_t table_end,
                            const struct qcow2_piece *first)
{
    uint64_t end =
        min_u64(table_end, min_u64(number + AHEAD, (q->map.capacity - 1) / q->map.granule + 1));
    struct qcow2_piece next;
    struct error later;
    uint64_t count;

    for (count = 1; number + count < end; count++) {
        if (find_piece(q, table, number + count, &next, &later) != OK || next.kind != first->kind)
            break;
        if (next.kind == QCOW2_DATA && (next.at != first->at + count * q->map.granule ||
                                        next.at + q->map.granule > q->map.file->size))
            break;
    }
    return count;
}

static enum err find(struct map *m, uint64_t number, struct extent *out, struct error *e)
{
    struct qcow2 *q = (struct qcow2 *)m;
    uint64_t per_cluster = q->header.has_subclusters ? QCOW2_SUBCLUSTERS : 1;
    uint64_t per_table = per_cluster << q->header.l2_bits;
    uint64_t table_end = round_down(number, per_table) + per_table, table;
    struct qcow2_piece piece;

    *out = (struct extent){.kind = RUN_ZERO, .count = table_end - number};
    TRY(find_table(q, number / per_cluster, &table, e));
    if (!table)
        return OK;
    TRY(find_piece(q, table, number, &piece, e));
    if (piece.kind == QCOW2_PACKED) {
        take_packed(q, &piece, out);
        return OK;
    }
    if (piece.kind == QCOW2_DATA)
        *out = (struct extent){.kind = RUN_STORED, .at = piece.at};
    out->count = count_alike(q, table, number, table_end, &piece);
    return OK;
}

static enum err read_header(struct qcow2 *q, struct error *e)
{
    struct source *file = q->map.file;
    size_t len = (size_t)min_u64(WINDOW_SIZE, file->size);
    const uint8_t *head;

    TRY(window_read(&q->l1, 0, len, &head, e));
    if (qcow2_parse_header((struct bytes){head, len}, &q->header, e) != OK)
        return within(e, "%s", file->name);
    return OK;
}

/* The L1 table as far as the disk needs it. */
static enum err check_l1(const struct qcow2 *q, struct error *e)
{
    const struct qcow2_header *h = &q->header;
    uint64_t needed = 8 * (((h->capacity - 1) >> (h->cluster_bits + h->l2_bits)) + 1);
    const struct source *file = q->map.file;

    if (h->l1_table > file->size || needed > file->size - h->l1_table)
        return fail(
            e, ERR_DAMAGED,
            "%s: its L1 table of %llu bytes is at byte %llu, and the file ends at byte %llu",
            file->name, (unsigned long long)needed, (unsigned long long)h->l1_table,
            (unsigned long long)file->size);
    return OK;
}

enum err qcow2_open(struct source *file, struct arena *a, struct map **out, struct error *e)
{
    static const struct map_ops ops = {find};
    struct qcow2 *q;

    TRY(TAKE(a, 1, &q, e));
    *q = (struct qcow2){
        .map = {
            .ops = &ops, .file = file, .format = "QCOW2", .unit = "cluster", .sector_size = 512}};
    TRY(window_open(&q->l1, file, "L1 table", a, e));
    TRY(window_open(&q->l2, file, "L2 table", a, e));
    TRY(read_header(q, e));
    TRY(check_l1(q, e));
    q->map.capacity = q->header.capacity;
    q->map.packs = 1u << q->header.cluster_bits;
    q->map.granule = q->header.has_subclusters ? q->map.packs / QCOW2_SUBCLUSTERS : q->map.packs;
    *out = &q->map;
    return OK;
}
