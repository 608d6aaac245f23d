#include "disks/vhdx_log.h"

#include <string.h>

#include "base/checked.h"
#include "disks/window.h"
#include "parsers/vhdx_log.h"

/* The entry that begins at a sector of the log; its sequence is 0 where none does. */
struct place {
    uint64_t sequence;
    uint32_t length; /* bytes */
    uint32_t tail;   /* byte of the log */
};

/* Entries one behind the other, each with a number that is one more. */
struct sequence {
    uint32_t start; /* byte of the log, of the first */
    uint32_t head;  /* of the last */
    uint32_t end;   /* behind it */
    uint32_t count; /* 0: there are none */
};

struct write {
    struct vhdx_write what;
    uint64_t data; /* byte of the file, of its data sector */
};

struct replayed {
    struct source source;
    struct source *file;
    struct write *writes; /* in the order of the log */
    size_t count;
    uint64_t low, high; /* bytes between which all of them are */
    uint8_t *sector;    /* VHDX_LOG_SECTOR bytes */
};

struct log {
    struct source *file;
    const struct vhdx_header *header;
    struct window window;
    struct place *places; /* one for each sector */
    uint64_t in_vain;     /* bytes of entries that turned out to be wrong */
};

/* The byte that is so many behind another, round the ring. */
static uint32_t step(const struct log *log, uint32_t at, uint64_t len)
{
    return (uint32_t)((at + len) % log->header->log.len);
}

static enum err read_sector(struct log *log, uint32_t at, const uint8_t **out, struct error *e)
{
    return window_read(&log->window, log->header->log.at + at, VHDX_LOG_SECTOR, out, e);
}

/* Whether the descriptors in sector number n of an entry are some; *data counts those that have data. */
static bool check_descriptors(const uint8_t *sector, const struct vhdx_entry *entry, uint32_t n,
                              uint32_t *data)
{
    uint64_t start = (uint64_t)n * VHDX_LOG_SECTOR, at = n ? start : VHDX_ENTRY_HEAD;
    uint64_t end = min_u64(start + VHDX_LOG_SECTOR,
                           VHDX_ENTRY_HEAD + (uint64_t)VHDX_DESCRIPTOR * entry->descriptors);
    struct vhdx_write write;

    for (; at < end; at += VHDX_DESCRIPTOR) {
        if (!vhdx_parse_descriptor(sector + (at - start), entry->sequence, &write))
            return false;
        *data += write.has_data;
    }
    return true;
}

/* Whether all of an entry, whose header is right, is as it was written. */
static enum err check_entry(struct log *log, uint32_t at, const struct vhdx_entry *entry, bool *ok,
                            struct error *e)
{
    uint32_t sectors = entry->length / VHDX_LOG_SECTOR, front = vhdx_descriptor_sectors(entry);
    uint32_t data = 0, crc = 0;
    const uint8_t *sector;

    *ok = true;
    for (uint32_t n = 0; n < sectors && *ok; n++) {
        TRY(read_sector(log, step(log, at, (uint64_t)n * VHDX_LOG_SECTOR), &sector, e));
        crc = vhdx_entry_sum(crc, sector, n);
        if (n < front)
            *ok = check_descriptors(sector, entry, n, &data) && data <= sectors - front;
        else if (n - front < data)
            *ok = vhdx_is_data(sector, entry->sequence);
        log->in_vain += VHDX_LOG_SECTOR;
    }
    *ok = *ok && crc == entry->checksum;
    if (*ok)
        log->in_vain -= entry->length;
    return OK;
}

/* Find all entries.  None lies inside of another: that would change what the other's checksum is of. */
static enum err find_entries(struct log *log, struct error *e)
{
    const struct vhdx_span *span = &log->header->log;
    const uint8_t *sector;
    struct vhdx_entry entry;
    bool ok;

    for (uint64_t at = 0; at < span->len; at += ok ? entry.length : VHDX_LOG_SECTOR) {
        TRY(read_sector(log, (uint32_t)at, &sector, e));
        ok = vhdx_parse_entry(sector, log->header, &entry);
        if (ok)
            TRY(check_entry(log, (uint32_t)at, &entry, &ok, e));
        if (ok)
            log->places[at / VHDX_LOG_SECTOR] =
                (struct place){entry.sequence, entry.length, entry.tail};
        if (log->in_vain > VHDX_LOG_IN_VAIN_MAX)
            return fail(e, ERR_TOO_BIG,
                        "%s: its log has more than %u bytes of entries with wrong checksums",
                        log->file->name, VHDX_LOG_IN_VAIN_MAX);
    }
    return OK;
}

static const struct place *place_at(const struct log *log, uint32_t at)
{
    return &log->places[at / VHDX_LOG_SECTOR];
}

/* As many entries from there on as go on from each other. */
static struct sequence follow(const struct log *log, uint32_t start)
{
    struct sequence s = {.start = start, .head = start, .end = start};
    const struct place *next = place_at(log, start);

    while (next->sequence && (!s.count || next->sequence == place_at(log, s.head)->sequence + 1)) {
        s.head = s.end;
        s.end = step(log, s.end, next->length);
        s.count++;
        next = place_at(log, s.end);
    }
    return s;
}

/* Begin at the entry that the last one says is the oldest; false when it is not among them. */
static bool cut(const struct log *log, struct sequence *s)
{
    uint32_t tail = s->count ? place_at(log, s->head)->tail : 0;

    for (; s->count && s->start != tail; s->count--)
        s->start = step(log, s->start, place_at(log, s->start)->length);
    return s->count > 0;
}

/* The newest sequence that is whole, by the steps in 2.3.3. */
static struct sequence find_active(const struct log *log)
{
    struct sequence active = {0}, s;
    uint64_t newest = 0;

    for (uint32_t tail = 0, old = 0;; old = tail) {
        s = follow(log, tail);
        uint32_t end = s.end;
        bool is_whole = cut(log, &s);
        if (is_whole && place_at(log, s.head)->sequence > newest) {
            newest = place_at(log, s.head)->sequence;
            active = s;
        }
        tail = is_whole ? end : step(log, tail, VHDX_LOG_SECTOR);
        if (tail <= old)
            return active;
    }
}

/* Read an entry's header once more. */
static enum err read_entry(struct log *log, uint32_t at, struct vhdx_entry *out, struct error *e)
{
    const uint8_t *sector;

    TRY(read_sector(log, at, &sector, e));
    if (!vhdx_parse_entry(sector, log->header, out))
        return fail(e, ERR_IO, "%s: byte %llu is not what it was", log->file->name,
                    (unsigned long long)(log->header->log.at + at));
    return OK;
}

/* How many descriptors there are; and whether the file is as long as it was. */
static enum err measure(struct log *log, const struct sequence *active, uint64_t *count,
                        struct error *e)
{
    struct vhdx_entry entry = {0};
    uint32_t at = active->start;

    *count = 0;
    for (uint32_t i = 0; i < active->count; i++) {
        TRY(read_entry(log, at, &entry, e));
        *count += entry.descriptors;
        at = step(log, at, entry.length);
    }
    if (log->file->size < entry.flushed)
        return fail(e, ERR_DAMAGED,
                    "%s: ends at byte %llu, but its log says that it has at least %llu bytes",
                    log->file->name, (unsigned long long)log->file->size,
                    (unsigned long long)entry.flushed);
    if (*count > VHDX_LOG_WRITES_MAX)
        return fail(e, ERR_TOO_BIG, "%s: its log has %llu writes to replay, where at most %u are",
                    log->file->name, (unsigned long long)*count, VHDX_LOG_WRITES_MAX);
    return OK;
}

static enum err check_write(const struct log *log, const struct vhdx_write *write, struct error *e)
{
    const struct vhdx_span span = {write->at, write->len}, headers = {0, VHDX_REGIONS_AT};

    if (vhdx_overlap(&span, &headers) || vhdx_overlap(&span, &log->header->log))
        return fail(e, ERR_DAMAGED, "%s: its log writes to byte %llu, into %s", log->file->name,
                    (unsigned long long)write->at,
                    write->at < VHDX_REGIONS_AT ? "the headers" : "itself");
    return OK;
}

/* List what an entry writes. */
static enum err take_writes(struct log *log, struct replayed *r, uint32_t at,
                            const struct vhdx_entry *entry, struct error *e)
{
    uint32_t data = step(log, at, (uint64_t)vhdx_descriptor_sectors(entry) * VHDX_LOG_SECTOR);

    for (uint32_t i = 0; i < entry->descriptors; i++) {
        uint64_t offset = VHDX_ENTRY_HEAD + (uint64_t)VHDX_DESCRIPTOR * i;
        struct write *write = &r->writes[r->count++];
        const uint8_t *sector;
        TRY(read_sector(log, step(log, at, round_down(offset, VHDX_LOG_SECTOR)), &sector, e));
        if (!vhdx_parse_descriptor(sector + offset % VHDX_LOG_SECTOR, entry->sequence,
                                   &write->what))
            return fail(e, ERR_IO, "%s: byte %llu is not what it was", log->file->name,
                        (unsigned long long)(log->header->log.at + step(log, at, offset)));
        TRY(check_write(log, &write->what, e));
        if (write->what.has_data) {
            write->data = log->header->log.at + data;
            data = step(log, data, VHDX_LOG_SECTOR);
        }
        r->low = min_u64(r->low, write->what.at);
        r->high = max_u64(r->high, write->what.at + write->what.len);
    }
    r->source.size = max_u64(r->source.size, entry->last);
    return OK;
}

static enum err take_all(struct log *log, struct replayed *r, const struct sequence *active,
                         uint64_t room, struct error *e)
{
    struct vhdx_entry entry;
    uint32_t at = active->start;

    for (uint32_t i = 0; i < active->count; i++) {
        TRY(read_entry(log, at, &entry, e));
        if (entry.descriptors > room - r->count)
            return fail(e, ERR_IO, "%s: its log is not what it was", log->file->name);
        TRY(take_writes(log, r, at, &entry, e));
        at = step(log, at, entry.length);
    }
    r->source.size = max_u64(r->source.size, r->high);
    return OK;
}

/* Put what a write has of len bytes at offset over them. */
static enum err put_over(struct replayed *r, const struct write *write, uint64_t offset,
                         uint8_t *to, size_t len, struct error *e)
{
    uint64_t start = max_u64(offset, write->what.at);
    uint64_t end = min_u64(offset + len, write->what.at + write->what.len);

    if (start >= end)
        return OK;
    if (!write->what.has_data) {
        memset(to + (start - offset), 0, (size_t)(end - start));
        return OK;
    }
    TRY(source_read(r->file, write->data, r->sector, VHDX_LOG_SECTOR, e));
    vhdx_restore(r->sector, &write->what);
    memcpy(to + (start - offset), r->sector + (start - write->what.at), (size_t)(end - start));
    return OK;
}

/* What is behind the end of the file reads as zeros, up to where the log says that it should reach. */
static enum err replayed_read(struct source *source, uint64_t offset, void *to, size_t len,
                              struct error *e)
{
    struct replayed *r = (struct replayed *)source;
    size_t there = offset < r->file->size ? (size_t)min_u64(len, r->file->size - offset) : 0;

    if (there)
        TRY(source_read(r->file, offset, to, there, e));
    memset((uint8_t *)to + there, 0, len - there);
    if (offset >= r->high || offset + len <= r->low)
        return OK;
    for (size_t i = 0; i < r->count; i++)
        TRY(put_over(r, &r->writes[i], offset, to, len, e));
    return OK;
}

static enum err find_sequence(struct log *log, struct arena scratch, struct sequence *out,
                              struct error *e)
{
    const struct vhdx_span *span = &log->header->log;

    TRY(TAKE(&scratch, (size_t)(span->len / VHDX_LOG_SECTOR), &log->places, e));
    TRY(find_entries(log, e));
    *out = (struct sequence){0};
    if (span->len)
        *out = find_active(log);
    if (!out->count)
        return fail(e, ERR_DAMAGED,
                    "%s: was not closed, and its log, at byte %llu, has no sequence of entries "
                    "that is whole",
                    log->file->name, (unsigned long long)span->at);
    return OK;
}

static enum err check_place(const struct source *file, const struct vhdx_span *span,
                            struct error *e)
{
    if (span->len > VHDX_LOG_MAX)
        return fail(e, ERR_TOO_BIG,
                    "%s: was not closed, and its log has %llu bytes, where at most %u are replayed",
                    file->name, (unsigned long long)span->len, VHDX_LOG_MAX);
    if (span->at > file->size || span->len > file->size - span->at)
        return fail(e, ERR_DAMAGED,
                    "%s: its log of %llu bytes is at byte %llu, and the file ends at byte %llu",
                    file->name, (unsigned long long)span->len, (unsigned long long)span->at,
                    (unsigned long long)file->size);
    return OK;
}

enum err vhdx_log_open(struct source *file, const struct vhdx_header *header, struct arena *a,
                       struct source **out, struct error *e)
{
    static const struct source_ops ops = {.read = replayed_read};
    struct log log = {.file = file, .header = header};
    struct sequence active;
    struct replayed *r;
    uint64_t count;

    *out = file;
    if (!header->must_replay)
        return OK;
    TRY(check_place(file, &header->log, e));
    TRY(TAKE(a, 1, &r, e));
    *r = (struct replayed){.source = {.ops = &ops, .name = file->name, .size = file->size},
                           .file = file,
                           .low = UINT64_MAX};
    TRY(arena_take(a, VHDX_LOG_SECTOR, 1, 8, (void **)&r->sector, e));
    TRY(window_open(&log.window, file, "log", a, e));
    TRY(find_sequence(&log, *a, &active, e));
    TRY(measure(&log, &active, &count, e));
    TRY(TAKE(a, (size_t)count, &r->writes, e));
    TRY(take_all(&log, r, &active, count, e));
    *out = &r->source;
    return OK;
}
