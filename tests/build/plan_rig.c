#include "tests/build/plan_rig.h"

uint8_t box_memory[4 << 20], box_work_memory[24 << 20], box_disk[BOX_DISK];
struct vmdk_build box_image;
struct package_build box_built;
struct fake_source box_source;
struct package box_package;
struct plan box_plan;
struct arena box_arena, box_work;
struct error box_error;

struct bytes box_image_bytes(void)
{
    return (struct bytes){box_image.at, box_image.len};
}

enum err box_make_for(const struct build_disk *disks, size_t count, unsigned faults,
                      const char *settings)
{
    arena_init(&box_arena, box_memory, sizeof(box_memory), "the package");
    arena_init(&box_work, box_work_memory, sizeof(box_work_memory), "unpacking");
    package_build(&box_built, disks, count, faults);
    fake_source_init(&box_source, "box.ova", (struct bytes){box_built.tar.at, box_built.tar.len});
    TRY(package_open_archive(&box_package, &box_source.source, &box_arena, &box_error));
    return build_plan(&box_package, settings, &box_arena, box_work, &box_plan, &box_error);
}

enum err box_make(const struct build_disk *disks, size_t count, unsigned faults)
{
    return box_make_for(disks, count, faults, "unattended = yes\n");
}

void box_release(void)
{
    package_build_release(&box_built);
    vmdk_build_release(&box_image);
}

void box_guest(uint32_t sector_size, const char *loader)
{
    build_guest(box_disk, BOX_DISK, sector_size, loader);
    build_image(&box_image, box_disk, BOX_DISK);
}
