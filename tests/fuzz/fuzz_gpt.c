/* A disk of any bytes: its partitions, its loader, and its table moved to a larger target. */
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "disks/gpt_move.h"
#include "disks/guest.h"
#include "parsers/gpt.h"
#include "tests/fuzz/repair.h"

#define HEAD_MAX (1u << 20)

static uint8_t memory[4 << 20];
static uint8_t held[HEAD_MAX + 4096];
static uint8_t backup[GPT_ENTRIES_MAX + 8192];

/* Move the table of a disk that is all held; what was moved must check again. */
static void check_move(const uint8_t *data, size_t size, uint32_t sector_size, uint64_t more)
{
    struct gpt_header h;
    struct gpt_disk d = {.head = held,
                         .head_len = size,
                         .tail = held + size,
                         .tail_offset = size,
                         .sector_size = sector_size,
                         .old_size = size,
                         .new_sectors = size / sector_size + more};

    memcpy(held, data, size);
    if (gpt_move(&d) != GPT_MOVED) {
        assert(memcmp(held, data, size) == 0);
        return;
    }
    assert(gpt_parse_header(held + sector_size, sector_size, 1, &h));
    assert(h.alternate == d.new_sectors - 1 && h.last_usable < h.alternate);
    size_t len = gpt_make_backup(held, sector_size, backup);
    assert(len <= sizeof(backup) && len % sector_size == 0);
    assert(gpt_parse_header(backup + len - sector_size, sector_size, d.new_sectors - 1, &h));
    assert(h.entries > h.last_usable && gpt_crc32(0, backup, h.entries_length) == h.entries_crc);
}

static void check_disk(const uint8_t *data, size_t size)
{
    struct guest_loader loader;
    struct memory_source disk;
    struct partitions found;
    struct error error;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "fuzzing");
    memory_source_init(&disk, "fuzz.img", (struct bytes){data, size});
    if (guest_find_loader(&disk.source, GUEST_X86_64, a, &loader, &error) == OK)
        assert(strlen(loader.path) < sizeof(loader.path));
    else
        assert(error.code == ERR_NO_LOADER || error.code == ERR_DAMAGED ||
               error.code == ERR_NO_MEMORY);
    if (partitions_read(&disk.source, 0, &a, &found, &error) != OK)
        return;
    for (size_t i = 0; i < found.count; i++) {
        assert(found.at[i].size > 0 && found.at[i].offset < size);
        assert(found.at[i].size <= size - found.at[i].offset);
        assert(memchr(found.at[i].label, '\0', sizeof(found.at[i].label)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t disk[HEAD_MAX];

    if (size > HEAD_MAX)
        return 0;
    check_disk(data, size);
    for (uint32_t sector_size = 512; sector_size <= 4096; sector_size *= 8) {
        check_move(data, size, sector_size, size ? data[0] : 0);
        memcpy(disk, data, size);
        repair_gpt(disk, size, sector_size);
        check_disk(disk, size);
        check_move(disk, size, sector_size, size ? data[0] : 0);
    }
    return 0;
}
