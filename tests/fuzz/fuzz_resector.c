/* A disk of any bytes, with the checksums of its GPT put right, on sectors of both sizes: what comes of
 * it can be read to its end, and its table has as many partitions. */
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "disks/partitions.h"
#include "disks/resector.h"
#include "tests/fuzz/repair.h"

#define DISK_MAX (1u << 20)
#define MEMORY   (24u << 20)

static void check_disk(const uint8_t *data, size_t size, uint32_t sector)
{
    static uint8_t memory[MEMORY], piece[100001];
    struct partitions table;
    struct memory_source disk;
    struct resector *view;
    struct error error;
    struct arena a;

    arena_init(&a, memory, MEMORY, "the view");
    memory_source_init(&disk, "fuzz.img", (struct bytes){data, size});
    if (resector_open(&disk.source, 0, sector, &a, &view, &error) != OK) {
        assert(error.code != ERR_IO && error.code != ERR_NOT_FOUND);
        return;
    }
    assert(view->source.size % sector == 0);
    for (uint64_t at = 0, len; at < view->source.size; at += len) {
        len = min_u64(view->source.size - at, sizeof(piece));
        assert(source_read(&view->source, at, piece, (size_t)len, &error) == OK);
    }
    assert(partitions_read(&view->source, sector, &a, &table, &error) == OK);
    assert(table.count <= view->part_count && table.sector_size == sector);
    assert(table.kind == TABLE_MBR || table.count == view->part_count - 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t disk[DISK_MAX];

    if (size < 512 || size > DISK_MAX)
        return 0;
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        check_disk(data, size, sector);
        memcpy(disk, data, size);
        repair_gpt(disk, size, 4096 + 512 - sector);
        check_disk(disk, size, sector);
    }
    return 0;
}
