#include "tests/build/deploy_rig.h"

#include <assert.h>
#include <string.h>

static uint8_t package_memory[MEMORY_PACKAGE], work_memory[RIG_MEMORY];

struct rig rig;

static void log_step(struct rig_disk *l, struct rig_step step)
{
    step.disk = (size_t)(l - rig.disks);
    rig.steps[rig.step_count++] = step;
    if (rig.fail_at && rig.step_count >= rig.fail_at)
        l->fake.fail_at = l->fake.done + 1;
}

static enum err log_write(struct target *t, uint64_t lba, const void *from, size_t count,
                          struct error *e)
{
    struct rig_disk *l = (struct rig_disk *)t;

    log_step(l, (struct rig_step){.lba = lba, .count = count});
    return l->fake.target.ops->write(&l->fake.target, lba, from, count, e);
}

static enum err log_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    struct rig_disk *l = (struct rig_disk *)t;

    return l->fake.target.ops->read(&l->fake.target, lba, to, count, e);
}

static enum err log_flush(struct target *t, struct error *e)
{
    struct rig_disk *l = (struct rig_disk *)t;

    log_step(l, (struct rig_step){.flush = true});
    return l->fake.target.ops->flush(&l->fake.target, e);
}

void rig_plug_in(size_t count, uint64_t sectors, uint32_t sector_size)
{
    static const struct target_ops ops = {.write = log_write, .read = log_read, .flush = log_flush};

    rig.step_count = rig.fail_at = 0;
    for (size_t i = 0; i < count; i++) {
        fake_target_init(&rig.disks[i].fake, sectors, sector_size);
        rig.disks[i].target = rig.disks[i].fake.target;
        rig.disks[i].target.ops = &ops;
    }
}

void rig_unplug(size_t count)
{
    for (size_t i = 0; i < count; i++)
        fake_target_release(&rig.disks[i].fake);
}

void rig_plan_files(const struct build_disk *files, size_t count, unsigned faults)
{
    struct arena a, work;

    fake_port_reset();
    arena_init(&a, package_memory, sizeof(package_memory), "the package");
    arena_init(&work, work_memory, sizeof(work_memory), "unpacking");
    package_build(&rig.built, files, count, faults);
    fake_source_init(&rig.source, "box.ova", (struct bytes){rig.built.tar.at, rig.built.tar.len});
    enum err err = package_open_archive(&rig.package, &rig.source.source, &a, &rig.error);
    assert(err == OK);
    err = build_plan(&rig.package, "unattended = yes\n", &a, work, &rig.plan, &rig.error);
    assert(err == OK);
    rig.source.reads = 0;
}

void rig_plan_images(size_t count, unsigned faults)
{
    static const char *const names[] = {"boot.vmdk", "data.vmdk", "c", "d", "e", "f", "g", "h",
                                        "i",         "j",         "k", "l", "m", "n", "o", "p"};
    struct build_disk files[CONFIG_TARGETS_MAX] = {{.href = NULL}};

    for (size_t i = 0; i < count; i++)
        files[i] = (struct build_disk){.href = names[i], .image = {rig.image.at, rig.image.len}};
    rig_plan_files(files, count, faults);
}

void rig_make_image(uint32_t sector_size)
{
    build_guest(rig.guest, RIG_GUEST, sector_size, "EFI/BOOT/BOOTX64.EFI");
    build_image(&rig.image, rig.guest, RIG_GUEST);
}

void rig_begin(size_t count, uint32_t sector_size, unsigned faults)
{
    rig_make_image(sector_size);
    rig_plan_images(count, faults);
}

void rig_end(void)
{
    package_build_release(&rig.built);
    vmdk_build_release(&rig.image);
}

enum err rig_run_onto(struct target *const *targets, size_t room)
{
    struct arena work;

    assert(room <= sizeof(work_memory));
    arena_init(&work, work_memory, room, "unpacking");
    return deploy(&rig.plan, targets, rig.provision, work, rig.proved, &rig.error);
}

enum err rig_run_within(size_t room)
{
    struct target *targets[CONFIG_TARGETS_MAX];

    for (size_t i = 0; i < CONFIG_TARGETS_MAX; i++)
        targets[i] = &rig.disks[i].target;
    return rig_run_onto(targets, room);
}

enum err rig_run(void)
{
    return rig_run_within(sizeof(work_memory));
}

bool rig_is_bootable(size_t disk)
{
    const uint8_t *at = rig.disks[disk].fake.disk;

    return at[510] == 0x55 && at[511] == 0xaa;
}

bool rig_is_guest(size_t disk)
{
    return memcmp(rig.disks[disk].fake.disk, rig.guest, RIG_GUEST) == 0;
}
