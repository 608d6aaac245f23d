/* A FAT volume of any bytes on sectors of both sizes: what comes of it is a FAT volume with as many
 * files, none of which meets another, and it converts again. */
#include <assert.h>
#include <string.h>

#include "disks/fat_tree.h"
#include "disks/fat_view.h"

#define MEMORY (16u << 20)

static void check_read(struct source *view)
{
    static uint8_t whole[1 << 20], pieces[1 << 20];
    struct error error;

    assert(source_read(view, 0, whole, (size_t)view->size, &error) == OK);
    for (uint64_t at = 0, len; at < view->size; at += len) {
        len = view->size - at < 3001 ? view->size - at : 3001;
        assert(source_read(view, at, pieces + at, (size_t)len, &error) == OK);
    }
    assert(memcmp(whole, pieces, (size_t)view->size) == 0);
}

static void check_view(struct source *volume, uint32_t sector)
{
    static uint8_t memory[MEMORY];
    struct fat_tree old, new;
    struct source *view;
    struct error error;
    struct arena a;

    arena_init(&a, memory, MEMORY, "the view");
    if (fat_view_open(volume, volume->size - volume->size % sector, sector, &a, &view, &error) !=
        OK) {
        assert(error.code == ERR_UNSUPPORTED || error.code == ERR_DAMAGED ||
               error.code == ERR_TOO_BIG || error.code == ERR_NO_ROOM);
        return;
    }
    assert(fat_tree_read(&old, volume, &a, &error) == OK);
    assert(fat_tree_read(&new, view, &a, &error) == OK);
    assert(new.fat.layout.sector_size == sector);
    assert(new.node_count == old.node_count &&new.entry_count == old.entry_count);
    for (uint32_t i = 0; i < old.node_count; i++)
        assert(new.nodes[i].size == old.nodes[i].size &&new.nodes[i].entry ==
               old.nodes[i].entry &&new.nodes[i].parent == old.nodes[i].parent);
    for (uint32_t i = 0; i < old.entry_count; i++)
        assert(memcmp(old.entries[i], new.entries[i], FAT_ENTRY_SIZE) == 0);
    check_read(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_source volume;

    if (size < 4096 || size > 1 << 20)
        return 0;
    memory_source_init(&volume, "fuzz.img", (struct bytes){data, size});
    check_view(&volume.source, 512);
    check_view(&volume.source, 4096);
    return 0;
}
