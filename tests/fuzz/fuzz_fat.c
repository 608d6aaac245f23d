/* A FAT volume of any bytes: paths are looked up in it. */
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
    return 0;
}
