/* A VHDX of any bytes, with its checksums made right: its disk as runs and at any offset must be the same, or
 * damaged both ways.
 *
 * The structures of a VHDX are far apart, so an input is not the file, but pieces of it: two bytes that are its
 * size in units of 4 KiB, then, for each piece, four bytes of where it goes, two of how long it is, and the piece.
 */
#include <assert.h>
#include <string.h>

#include "base/crc32c.h"
#include "parsers/vhdx_log.h"
#include "tests/fuzz/both_ways.h"
#include "tests/pipe.h"

#define FILE_MAX (16u << 20) /* bytes */
#define UNIT     (64u << 10)
#define UNITS    (FILE_MAX / UNIT)

static uint8_t memory[16 << 20];
static uint8_t file[FILE_MAX];
static bool written[UNITS];

static void check_error(const struct error *e)
{
    assert(e->code == ERR_DAMAGED || e->code == ERR_UNSUPPORTED || e->code == ERR_TOO_BIG);
    assert(e->text[0] && memchr(e->text, '\0', sizeof(e->text)));
}

/* When the bytes there have a signature. */
static void make_right(size_t at, size_t len, const char *signature)
{
    if (memcmp(file + at, signature, 4) == 0)
        put_le32(file + at + 4, crc32c_without(file + at, len, 4));
}

/* Entries have the GUID of the session, and their checksum goes round the end of the log. */
static void make_entry_right(const struct vhdx_header *h, uint64_t at)
{
    uint8_t *head = file + h->log.at + at;
    struct vhdx_entry entry;
    uint32_t crc = 0;

    if (memcmp(head, "loge", 4) != 0)
        return;
    memcpy(head + 32, h->log_guid, VHDX_GUID);
    if (!vhdx_parse_entry(head, h, &entry))
        return;
    for (uint32_t n = 0; n < entry.length / VHDX_LOG_SECTOR; n++)
        crc = vhdx_entry_sum(
            crc, file + h->log.at + (at + (uint64_t)n * VHDX_LOG_SECTOR) % h->log.len, n);
    put_le32(head + 4, crc);
}

static void make_log_right(size_t size)
{
    struct vhdx_header h;
    struct error ignored;

    if (vhdx_parse_headers(file + VHDX_HEADER_AT, file + 2 * (size_t)VHDX_HEADER_AT, &h,
                           &ignored) != OK)
        return;
    if (!h.must_replay || h.log.at > size || h.log.len > size - h.log.at)
        return;
    for (uint64_t at = 0; at < h.log.len; at += VHDX_LOG_SECTOR)
        make_entry_right(&h, at);
}

static void put_pieces(struct bytes in)
{
    while (in.len) {
        uint32_t at = take_le32(&in) % FILE_MAX;
        size_t len = (size_t)min_u64(take_le16(&in), min_u64(in.len, FILE_MAX - at));
        const uint8_t *piece = take(&in, len);
        if (!piece)
            return;
        memcpy(file + at, piece, len);
        for (size_t i = at / UNIT; i * UNIT < at + len; i++)
            written[i] = true;
    }
}

/* Only what the last input wrote: clearing all of the file takes longer than reading it. */
static void clear(void)
{
    for (size_t i = 0; i < UNITS; i++)
        if (written[i])
            memset(file + i * UNIT, 0, UNIT);
    memset(written, 0, sizeof(written));
    written[0] = true; /* the signature */
}

static size_t make_file(struct bytes in)
{
    size_t size = (size_t)min_u64((uint64_t)take_le16(&in) << 12, FILE_MAX);

    clear();
    put_pieces(in);
    memcpy(file, "vhdxfile", 8);
    make_right(VHDX_HEADER_AT, VHDX_HEADER, "head");
    make_right(2 * (size_t)VHDX_HEADER_AT, VHDX_HEADER, "head");
    make_right(VHDX_REGIONS_AT, VHDX_TABLE, "regi");
    make_right(VHDX_REGIONS_AT + VHDX_TABLE, VHDX_TABLE, "regi");
    make_log_right(size);
    return size;
}

static enum err open_both(struct source *source, struct map **map, struct image **image,
                          struct source **guest, struct error *e)
{
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    TRY(map_open(source, &a, map, e));
    TRY(map_image_open(*map, one_ring(&a), &a, image, e));
    return map_source_open(*map, &a, guest, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error first = {0}, second = {0};
    struct memory_source source;
    struct source *guest;
    struct image *image;
    struct map *map;

    size_t len = make_file((struct bytes){data, size});
    if (len < 8)
        return 0;
    memory_source_init(&source, "fuzz.vhdx", (struct bytes){file, len});
    if (open_both(&source.source, &map, &image, &guest, &first) != OK) {
        check_error(&first);
        return 0;
    }
    assert(image->capacity == guest->size);
    if (guest->size > DISK_MAX) {
        if (read_ends(guest, &first) != OK)
            check_error(&first);
        return 0;
    }
    enum err all = map_check(map, &first), one = put_runs(image, &first);
    enum err other = read_all(guest, &second);
    assert(all == one && one == other);
    if (one == OK)
        assert(are_the_same(guest->size));
    else
        check_error(&first), check_error(&second);
    return 0;
}
