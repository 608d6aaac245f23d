#include "tests/build/cut_case.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "disks/fat_make.h"
#include "tests/build/deploy_rig.h"
#include "tests/build/disk_build.h"

#define MIB          ((size_t)1 << 20)
#define ENTRIES_SIZE 16384

/* EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 */
static const uint8_t type_basic[16] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44,
                                       0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};

static uint8_t volume_memory[2 << 20];

static uint8_t *room_for(size_t size)
{
    uint8_t *at = calloc(1, size);

    assert(at);
    return at;
}

struct bytes cut_volume_make(uint32_t sector)
{
    static const uint8_t text[] = "instance-id: sweep\n";
    struct fat_make_file file = {"meta-data", {text, sizeof(text) - 1}};
    struct fat_make make = {
        .sector_size = sector, .size = MIB, .label = "cidata", .files = &file, .count = 1};
    struct bytes volume;
    struct error error;
    struct arena a;

    arena_init(&a, volume_memory, sizeof(volume_memory), "a volume");
    enum err err = fat_make(&make, &a, &volume, &error);
    assert(err == OK);
    (void)err;
    return volume;
}

/* ---- Disks ------------------------------------------------------------------------------------ */

/* The partitions of a GPT guest: another number of them for another seed.  Returns how many. */
static size_t make_partitions(struct build_partition out[3], size_t size, uint32_t sector,
                              uint32_t seed)
{
    uint64_t first = (128 << 10) / sector, middle = size / 2 / sector;
    uint64_t last = (size - ENTRIES_SIZE) / sector - 2;
    bool two = seed % 2;

    out[0] =
        (struct build_partition){.first = first, .last = two ? middle - 1 : last, .label = "a"};
    out[1] = (struct build_partition){.first = middle, .last = last, .label = "b"};
    memcpy(out[0].type, build_type_linux, 16);
    memcpy(out[1].type, build_type_linux, 16);
    return two ? 2 : 1;
}

/* Without an unused entry, and a logical partition behind it all. */
static void make_logical(uint8_t *disk, size_t size)
{
    struct build_partition parts[] = {{{0x83}, 256, 511, NULL},
                                      {{0x83}, 512, 767, NULL},
                                      {{0x83}, 768, 1023, NULL},
                                      {{0x05}, 2048, size / 512 - 1, NULL}};
    uint8_t *link = disk + MIB;

    build_mbr(disk, parts, 4);
    memset(link, 0, 512);
    link[450] = 0x83;
    link[454] = 1;
    put_le32(link + 458, 512);
    put_le16(link + 510, 0xaa55);
}

/* Data from the first partition on, a hole in every fifth part of it. */
void cut_guest_make(uint8_t *disk, size_t size, uint32_t sector, enum cut_guest kind, uint32_t seed)
{
    struct build_partition parts[3];
    struct build_partition mbr = {{0x0e}, (128 << 10) / sector, size / sector - 1, NULL};
    struct bytes volume = cut_volume_make(sector);

    memset(disk, 0, size);
    for (size_t at = 2 * 65536; at < size; at += 65536)
        if (at / 65536 % 5)
            fill_noise(disk + at, size - at < 65536 ? size - at : 65536,
                       seed * 1000 + (uint32_t)(at >> 16));
    if (kind == CUT_GPT) {
        build_gpt(disk, size / sector, sector, parts, make_partitions(parts, size, sector, seed));
    } else if (kind == CUT_MBR) {
        build_mbr(disk, &mbr, 1);
        memcpy(disk + (128 << 10), volume.at, volume.len);
    } else {
        make_logical(disk, size);
    }
}

static void make_before(uint8_t *disk, const struct cut_kind *kind, size_t number)
{
    size_t size = kind->target_mib * MIB;
    uint32_t seed = 51 + (uint32_t)number;
    struct cut_case before;
    struct cut_kind first = *kind;

    switch (kind->before) {
    case CUT_ZEROED:
        break;
    case CUT_GARBAGE:
        fill_noise(disk, size, seed);
        break;
    case CUT_GPT_SYSTEM:
        cut_guest_make(disk, size, kind->sector, CUT_GPT, seed);
        break;
    case CUT_MBR_SYSTEM:
        cut_guest_make(disk, size, kind->sector, CUT_MBR, seed);
        break;
    case CUT_PROVISIONED:
        first.before = CUT_MBR_SYSTEM;
        first.guest = CUT_GPT;
        first.config = true;
        first.guest_mib--;
        first.disks = 1;
        cut_case_make(&before, &first);
        assert(before.error.code == OK);
        memcpy(disk, before.disks[0].now, size);
        cut_case_release(&before);
        break;
    }
}

/* ---- What they must be ------------------------------------------------------------------------ */

/* The table for the size of the target, and the added partition, where the table says it is. */
static void want_gpt(uint8_t *wanted, const uint8_t *now, const struct cut_kind *kind, bool config,
                     uint32_t seed)
{
    struct build_partition parts[3];
    size_t size = kind->guest_mib * MIB, sector = kind->sector;
    size_t count = make_partitions(parts, size, kind->sector, seed);
    struct bytes volume = cut_volume_make(kind->sector);

    memset(wanted + size - ENTRIES_SIZE - sector, 0, ENTRIES_SIZE + sector);
    if (config) {
        uint64_t first = get_le64(now + 2 * sector + 128 * count + 32);
        struct build_partition *added = &parts[count++];
        *added = (struct build_partition){
            .first = first, .last = first + volume.len / sector - 1, .label = "cidata"};
        memcpy(added->type, type_basic, 16);
        if (first * sector >= size && first * sector <= kind->target_mib * MIB - volume.len)
            memcpy(wanted + first * sector, volume.at, volume.len);
    }
    build_gpt(wanted, kind->target_mib * MIB / sector, kind->sector, parts, count);
}

static void want_mbr(uint8_t *wanted, const uint8_t *now, const struct cut_kind *kind)
{
    const uint8_t *entry = now + 446 + 16;
    uint64_t first = get_le32(entry + 8);
    struct bytes volume = cut_volume_make(kind->sector);

    memcpy(wanted + 446 + 16, entry, 16);
    if (first * kind->sector >= kind->guest_mib * MIB &&
        first * kind->sector <= kind->target_mib * MIB - volume.len &&
        get_le32(entry + 12) == volume.len / kind->sector)
        memcpy(wanted + first * kind->sector, volume.at, volume.len);
}

/* What lies behind the guest stays, but for the last MiB. */
static void make_wanted(struct cut_case *c, size_t number, const uint8_t *guest, uint32_t seed)
{
    const struct cut_kind *kind = &c->kind;
    size_t guest_size = kind->guest_mib * MIB, size = kind->target_mib * MIB;
    uint8_t *wanted = c->wanted[number] = room_for(size);
    const uint8_t *now = c->disks[number].now;
    bool config = kind->config && number == 0;

    if (kind->guest_sector ||
        kind->guest == CUT_LOGICAL) { /* tests of their own show what these become */
        memcpy(wanted, now, size);
        return;
    }
    memcpy(wanted, c->disks[number].old, size);
    memset(wanted + size - MIB, 0, MIB);
    memcpy(wanted, guest, guest_size);
    if (kind->guest == CUT_GPT && (size > guest_size || config))
        want_gpt(wanted, now, kind, config, seed);
    else if (kind->guest == CUT_MBR && config)
        want_mbr(wanted, now, kind);
}

/* ---- Deploying -------------------------------------------------------------------------------- */

static void plug_in(struct cut_case *c, size_t number)
{
    size_t size = c->kind.target_mib * MIB;
    uint8_t *before = room_for(size);

    make_before(before, &c->kind, number);
    cut_disk_init(&c->disks[number], &c->log, number, before, size / c->kind.sector,
                  c->kind.sector);
    c->disks[number].target.zeroed = c->kind.before == CUT_ZEROED;
    free(before);
}

static void run(struct cut_case *c, size_t partitions)
{
    struct target *targets[CUT_DISKS_MAX];
    struct provision provision = {.volume = cut_volume_make(c->kind.sector)};

    memset(provision.guid, 0x10 + (int)partitions,
           sizeof(provision.guid)); /* as build_gpt() counts */
    for (size_t i = 0; i < c->kind.disks; i++)
        targets[i] = &c->disks[i].target;
    rig.provision = c->kind.config ? &provision : NULL;
    enum err err = rig_run_onto(targets, RIG_MEMORY);
    rig.provision = NULL;
    c->error = rig.error;
    c->error.code = err;
}

static void begin_guest(uint8_t *guest, const struct cut_kind *kind, uint32_t seed)
{
    if (kind->guest_sector)
        build_guest(guest, kind->guest_mib * MIB, kind->guest_sector, "EFI/BOOT/BOOTX64.EFI");
    else
        cut_guest_make(guest, kind->guest_mib * MIB, kind->sector, kind->guest, seed);
}

void cut_case_make(struct cut_case *c, const struct cut_kind *kind)
{
    static const char *const names[] = {"boot.vmdk", "b.vmdk", "c.vmdk", "d.vmdk"};
    struct vmdk_build images[CUT_DISKS_MAX];
    struct build_disk files[CUT_DISKS_MAX] = {{.href = NULL}};
    uint8_t *guests[CUT_DISKS_MAX];
    struct build_partition parts[3];
    uint32_t seed = kind->guest_mib;
    char capacity[24];

    *c = (struct cut_case){.kind = *kind};
    cut_log_init(&c->log, kind->piece ? kind->piece : 4096);
    for (size_t i = 0; i < kind->disks; i++)
        plug_in(c, i);
    snprintf(capacity, sizeof(capacity), "%zu", kind->guest_mib * MIB);
    for (size_t i = 0; i < kind->disks; i++) {
        guests[i] = room_for(kind->guest_mib * MIB);
        begin_guest(guests[i], kind, seed + (uint32_t)i);
        build_image(&images[i], guests[i], kind->guest_mib * MIB);
        files[i] = (struct build_disk){
            .href = names[i], .image = {images[i].at, images[i].len}, .capacity = capacity};
    }
    rig_plan_files(files, kind->disks, 0);
    run(c, make_partitions(parts, kind->guest_mib * MIB, kind->sector, seed));
    for (size_t i = 0; i < kind->disks; i++) {
        make_wanted(c, i, guests[i], seed + (uint32_t)i);
        vmdk_build_release(&images[i]);
        free(guests[i]);
    }
    package_build_release(&rig.built);
}

void cut_case_release(struct cut_case *c)
{
    for (size_t i = 0; i < c->kind.disks; i++) {
        cut_disk_release(&c->disks[i]);
        free(c->wanted[i]);
    }
    cut_log_release(&c->log);
}

void cut_case_sweep(const struct cut_case *c, const struct cut_request *requests, size_t count,
                    struct cut_sweep *out)
{
    *out = (struct cut_sweep){.requests = requests, .count = count};
    for (size_t i = 0; i < c->kind.disks; i++)
        cut_sweep_add(out, &c->disks[i], c->wanted[i],
                      c->kind.guest == CUT_GPT ? FIRMWARE_GPT : FIRMWARE_MBR);
}
