#include "tests/build/volume_rig.h"

#include <string.h>

#include "disks/fat_view.h"
#include "tests/test.h"

uint8_t volume_old[VOLUME_MAX], volume_new[VOLUME_MAX], volume_memory[VOLUME_MEMORY];
size_t volume_size;
struct fat_build volume_build;
struct error volume_error;

void volume_begin(size_t bytes, unsigned bits)
{
    memset(volume_old, 0, sizeof(volume_old));
    volume_size = bytes;
    fat_build_begin(&volume_build, volume_old, bytes, bits);
}

enum err volume_view(struct fake_source *source, uint64_t new_size, uint32_t sector, size_t room,
                     struct source **view)
{
    struct arena a;

    arena_init(&a, volume_memory, room, "the view");
    volume_error = (struct error){.code = OK};
    fake_source_init(source, "ESP", (struct bytes){volume_old, volume_size});
    return fat_view_open(&source->source, new_size, sector, &a, view, &volume_error);
}

enum err volume_convert(uint32_t sector)
{
    struct fake_source source;
    struct source *view;

    TRY(volume_view(&source, volume_size, sector, VOLUME_MEMORY, &view));
    CHECK(view->size == volume_size);
    return source_read(view, 0, volume_new, volume_size, &volume_error);
}

uint8_t *volume_cluster(uint32_t cluster)
{
    return volume_old +
           (1 + volume_build.fat_sectors + volume_build.root_sectors + cluster - 2) * 512;
}

uint32_t volume_add_file(uint32_t parent, const char *alias, const char *name, uint32_t bytes,
                         uint32_t step)
{
    uint32_t first = fat_build_file(&volume_build, parent, alias, name, bytes), cluster = first;

    for (uint32_t i = 0; i < bytes; i++) {
        if (i && i % 512 == 0) {
            fat_build_link(&volume_build, cluster, cluster + step);
            cluster += step;
        }
        volume_cluster(cluster)[i % 512] = (uint8_t)(i * 7 + i / 512);
    }
    fat_build_link(&volume_build, cluster, 0x0fffffff);
    volume_build.next = cluster + 1;
    return first;
}

void volume_add_all(void)
{
    uint32_t efi = fat_build_directory(&volume_build, 0, "EFI        ", NULL);
    uint32_t inner = fat_build_directory(&volume_build, efi, "SYSTEM~1   ", "systemd-and-more");

    volume_add_file(efi, "A       TXT", NULL, 1, 1);
    volume_add_file(inner, "LONGNA~1EFI", "a long name.efi", 5000, 3);
    volume_add_file(0, "ROOT    BIN", NULL, 512, 1);
    volume_add_file(0, "EMPTY   BIN", NULL, 0, 1);
    volume_add_file(inner, "LARGE   BIN", NULL, 20000, 1);
}
