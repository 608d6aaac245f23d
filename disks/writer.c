#include "disks/writer.h"

#include <assert.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "parsers/fat.h"

static uint64_t granules(const struct writer *w)
{
    return (w->image->capacity + w->image->granule - 1) / w->image->granule;
}

static bool is_written(const struct writer *w, uint64_t granule)
{
    return w->written[granule / 8] & 1u << granule % 8;
}

static enum err check_sizes(const struct writer *w, struct error *e)
{
    const struct image *image = w->image;
    uint64_t room = target_size(w->target);
    char needed[TEXT_SIZE_MAX], there[TEXT_SIZE_MAX];

    if (image->capacity > room)
        return fail(e, ERR_NO_ROOM,
                    "%s: too small for %s: %s (%llu bytes), where %s (%llu) are needed",
                    w->target->name, image->name, text_size(there, room), (unsigned long long)room,
                    text_size(needed, image->capacity), (unsigned long long)image->capacity);
    if (w->target->sector_size > GRANULE_MIN)
        return fail(e, ERR_UNSUPPORTED, "%s: sectors of %u bytes, where at most %u are possible",
                    w->target->name, w->target->sector_size, GRANULE_MIN);
    if (granules(w) > 8ull * WRITER_MAP_MAX)
        return fail(e, ERR_TOO_BIG, "%s: disk of %llu %ss, where at most %llu are possible",
                    image->name, (unsigned long long)granules(w), image->unit,
                    8ull * WRITER_MAP_MAX);
    return OK;
}

enum err writer_init(struct writer *w, struct target *target, uint8_t *buffer, struct arena *a,
                     struct error *e)
{
    *w = (struct writer){.target = target, .buffer = buffer};
    TRY(arena_take(a, WRITER_HELD, 1, 1, (void **)&w->head, e));
    return arena_take(a, WRITER_TAIL, 1, 1, (void **)&w->tail, e);
}

enum err writer_open(struct writer *w, const struct image *image, struct arena *a, struct error *e)
{
    w->image = image;
    TRY(check_sizes(w, e));
    w->name = image->name;
    w->capacity = image->capacity;
    w->head_len = min_u64(w->capacity, WRITER_HELD);
    w->tail_offset = w->head_len;
    if (w->capacity > WRITER_HELD)
        w->tail_offset = max_u64(WRITER_HELD, round_up(w->capacity, GRANULE_MIN) - WRITER_TAIL);
    w->tail_len = w->capacity - w->tail_offset;
    w->filled = WRITER_HELD / image->granule;
    w->buffer_is_zero = false;
    return arena_take(a, (size_t)(granules(w) + 7) / 8, 1, 1, (void **)&w->written, e);
}

/* Write len bytes, a whole number of sectors, from an aligned buffer. */
static enum err write_at(struct writer *w, uint64_t offset, const uint8_t *from, size_t len,
                         struct error *e)
{
    uint32_t sector = w->target->sector_size;

    TRY(target_write(w->target, offset / sector, from, len / sector, e));
    w->bytes_written += len;
    return OK;
}

/* Zeros from one sector boundary to another. */
static enum err write_zeros(struct writer *w, uint64_t from, uint64_t to, struct error *e)
{
    if (!w->buffer_is_zero)
        memset(w->buffer, 0, WRITER_BUFFER);
    w->buffer_is_zero = true;
    while (from < to) {
        size_t len = (size_t)min_u64(to - from, WRITER_BUFFER);
        TRY(write_at(w, from, w->buffer, len, e));
        from += len;
    }
    return OK;
}

/* A hole becomes zeros: by the target itself, or by writing them. */
static enum err fill_hole(struct writer *w, uint64_t from, uint64_t to, struct error *e)
{
    uint32_t sector = w->target->sector_size;
    bool done;

    TRY(zeros_make(&w->zeros, w->target, from / sector, (to - from) / sector, w->buffer, &done, e));
    if (!done)
        return write_zeros(w, from, to, e);
    w->bytes_written += to - from;
    return OK;
}

enum err writer_erase(struct writer *w, struct error *e)
{
    uint64_t end = target_size(w->target);
    uint64_t head_end = min_u64(end, WRITER_ERASE);
    uint64_t tail = round_down(end - min_u64(end, WRITER_ERASE), w->target->sector_size);
    uint64_t zero_end = min_u64(end, w->target->sector_size);

    if (w->target->zeroed)
        return OK;
    /* LBA 0 for good before all else: the rest may reach the disk in any order and in part, and no firmware must
     * take what is left of the old disk for a disk, or restore a table to it. */
    TRY(write_zeros(w, 0, zero_end, e));
    TRY(target_flush(w->target, e));
    TRY(write_zeros(w, zero_end, head_end, e));
    TRY(write_zeros(w, max_u64(tail, head_end), end, e));
    return target_flush(w->target, e);
}

/* The next hole from w->filled on, at most as long as one piece; false when there is none. */
static bool next_hole(struct writer *w, uint64_t end, uint64_t *first)
{
    uint64_t most = WRITER_FILL / w->image->granule;

    while (w->filled < end && is_written(w, w->filled))
        w->filled++;
    *first = w->filled;
    while (w->filled < end && w->filled - *first < most && !is_written(w, w->filled))
        w->filled++;
    return *first < w->filled;
}

enum err writer_fill(struct writer *w, bool *done, struct error *e)
{
    uint64_t granule = w->image->granule;
    uint64_t end = w->target->zeroed ? 0 : (w->tail_offset + granule - 1) / granule;
    uint64_t before = w->bytes_written, first;

    *done = false;
    while (next_hole(w, end, &first)) {
        TRY(fill_hole(w, max_u64(first * granule, w->head_len),
                      min_u64(w->filled * granule, w->tail_offset), e));
        if (w->bytes_written - before >= WRITER_FILL)
            return OK;
    }
    *done = true;
    return target_flush(w->target, e);
}

/* Write bytes that were held back, through the buffer: they need not lie aligned in memory. */
static enum err write_held(struct writer *w, uint64_t offset, const uint8_t *from, uint64_t len,
                           struct error *e)
{
    while (len) {
        size_t piece = (size_t)min_u64(len, WRITER_BUFFER);
        memcpy(w->buffer, from, piece);
        TRY(write_at(w, offset, w->buffer, piece, e));
        offset += piece;
        from += piece;
        len -= piece;
    }
    return OK;
}

/* The guest disk as it will be: what is held back, and the rest, which is on the target. */
struct guest_source {
    struct source source;
    struct writer *writer;
    struct target_source target;
};

static enum err read_guest(struct source *s, uint64_t offset, void *to, size_t len, struct error *e)
{
    struct guest_source *guest = (struct guest_source *)s;
    const struct writer *w = guest->writer;

    assert(offset / w->target->sector_size == (offset + len - 1) / w->target->sector_size);
    if (offset < w->head_len)
        memcpy(to, w->head + offset, len);
    else if (offset >= w->tail_offset)
        memcpy(to, w->tail + (offset - w->tail_offset), len);
    else
        return source_read(&guest->target.source, offset, to, len, e);
    return OK;
}

enum err writer_set_config(struct writer *w, struct bytes volume, const uint8_t guid[16],
                           struct error *e)
{
    struct fat_layout layout;
    uint32_t sector = w->target->sector_size;

    if (volume.len < 512 || volume.len % sector ||
        !fat_parse_boot(volume.at, volume.len, &layout) || layout.sector_size != sector)
        return fail(e, ERR_UNSUPPORTED,
                    "%s: the configuration is no FAT volume in sectors of %u bytes",
                    w->target->name, sector);
    w->config = volume;
    w->config_new = (struct partition_new){.size = volume.len,
                                           .name = WRITER_CONFIG_NAME,
                                           .mbr_type = layout.kind == FAT_12 ? 0x01 : 0x0e};
    memcpy(w->config_new.guid, guid, sizeof(w->config_new.guid));
    return OK;
}

/* Fit the guest's table to the target. */
static enum err change_table(struct writer *w, struct error *e)
{
    static const struct source_ops ops = {.read = read_guest};
    struct guest_source guest = {.source = {.ops = &ops, .name = w->name, .size = w->capacity},
                                 .writer = w};
    struct gpt_disk disk = {.head = w->head,
                            .head_len = (size_t)w->head_len,
                            .tail = w->tail,
                            .tail_offset = w->tail_offset,
                            .tail_len = (size_t)w->tail_len,
                            .sector_size = w->target->sector_size,
                            .old_size = w->capacity,
                            .new_sectors = w->target->sectors,
                            .anew = w->config.len > 0};

    if (w->config.len) {
        target_source_init(&guest.target, w->target, w->buffer, WRITER_BUFFER);
        TRY(partition_add(&disk, &guest.source, &w->config_new, &w->config_added, e));
        w->gpt = w->config_added.gpt;
        return OK;
    }
    w->gpt = gpt_move(&disk);
    if (w->gpt == GPT_DAMAGED)
        return fail(e, ERR_DAMAGED,
                    "%s: its partition table (GPT) is damaged, so it cannot be fitted to %s",
                    w->name, w->target->name);
    return OK;
}

/* The backup of the moved GPT, at the end of the target. */
static enum err write_backup(struct writer *w, struct error *e)
{
    uint32_t sector = w->target->sector_size;
    size_t len = gpt_make_backup(w->head, sector, w->buffer);

    return write_at(w, target_size(w->target) - len, w->buffer, len, e);
}

/* All that was held back, and the added partition, but the copies of the partition table: LBA 0, LBA 1, and the target's last
 * sector, where a guest disk of the same size has its backup. */
static enum err write_ends(struct writer *w, uint64_t last, struct error *e)
{
    uint32_t sector = w->target->sector_size;
    uint64_t head_end = round_up(w->head_len, sector);
    uint64_t tail_end = min_u64(w->tail_offset + round_up(w->tail_len, sector), last);

    if (w->tail_len)
        TRY(write_held(w, w->tail_offset, w->tail, tail_end - w->tail_offset, e));
    if (head_end > 2ull * sector)
        TRY(write_held(w, 2ull * sector, w->head + 2 * sector, head_end - 2ull * sector, e));
    /* After the guest's ends: what it had in its unused sectors is no more. */
    TRY(write_held(w, w->config_added.first * sector, w->config.at, w->config.len, e));
    return target_flush(w->target, e);
}

enum err writer_seal(struct writer *w, struct error *e)
{
    uint32_t sector = w->target->sector_size;
    uint64_t last = target_size(w->target) - sector;

    if (w->target->zeroed && !w->has_data && !w->config.len)
        return OK;
    TRY(change_table(w, e));
    TRY(write_ends(w, last, e));

    /* The two copies of the table, and the links to a logical partition, once all that they speak
     * of is there; then what makes a firmware look for them. */
    if (w->gpt == GPT_MOVED)
        TRY(write_backup(w, e));
    else if (w->tail_len && last < w->tail_offset + w->tail_len)
        TRY(write_held(w, last, w->tail + (last - w->tail_offset), sector, e));
    for (size_t i = 0; i < w->config_added.patch_count; i++)
        TRY(write_held(w, w->config_added.patches[i].lba * sector,
                       w->config_added.patches[i].sector, sector, e));
    if (w->head_len > sector)
        TRY(write_held(w, sector, w->head + sector, sector, e));
    TRY(target_flush(w->target, e));
    TRY(write_held(w, 0, w->head, sector, e));
    return target_flush(w->target, e);
}
