/* A FAT volume of any bytes: paths are looked up in it, and directories listed. */
#include <assert.h>
#include <string.h>

#include "disks/fat.h"

static void check_lookup(struct fat *fat, const char *path)
{
    struct fat_entry entry;
    struct error error;

    if (fat_find(fat, path, &entry, &error) == OK)
        assert((entry.kind == FAT_FILE || entry.kind == FAT_DIRECTORY) &&
               memchr(entry.name, '\0', sizeof(entry.name)));
    else
        assert(error.code == ERR_NOT_FOUND || error.code == ERR_DAMAGED);
}

/* Every name ends, and every file in one piece lies on the volume. */
static void check_list(struct fat *fat, const char *path)
{
    static uint8_t memory[8 << 20];
    struct fat_listed *list;
    struct error error;
    struct arena a;
    uint64_t place;
    size_t count;

    arena_init(&a, memory, sizeof(memory), "a list");
    if (fat_list(fat, path, &a, &list, &count, &error) != OK) {
        assert(error.code == ERR_NOT_FOUND || error.code == ERR_DAMAGED ||
               error.code == ERR_NO_MEMORY);
        return;
    }
    assert(count <= FAT_DIRECTORY_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(strlen(list[i].name) <= FAT_NAME_MAX);
        if (list[i].entry.kind != FAT_FILE || !list[i].entry.size || i >= 4)
            continue;
        if (fat_file_place(fat, &list[i].entry, &place, &error) == OK)
            assert(place <= fat->volume->size && list[i].entry.size <= fat->volume->size - place);
        else
            assert(error.code == ERR_DAMAGED || error.code == ERR_UNSUPPORTED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_source volume;
    struct error error;
    struct fat fat;

    memory_source_init(&volume, "fuzz.img", (struct bytes){data, size});
    if (fat_open(&fat, &volume.source, &error) != OK) {
        assert(error.code == ERR_UNSUPPORTED || error.code == ERR_DAMAGED);
        return 0;
    }
    assert(fat.layout.data + (uint64_t)fat.layout.clusters * fat.layout.cluster_size <= size);
    check_lookup(&fat, "\\EFI\\BOOT\\BOOTX64.EFI");
    check_lookup(&fat, "\\EFI\\systemd\\systemd-bootx64.efi");
    check_lookup(&fat, "\\A\\B\\C\\D");
    check_list(&fat, "");
    check_list(&fat, "\\EFI\\ovfboot\\logs");
    return 0;
}
