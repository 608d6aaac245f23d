#include "disks/config_volume.h"

#include <string.h>

#include "base/checked.h"
#include "disks/fat_make.h"
#include "disks/writer.h"
#include "tests/build/disk_build.h"
#include "tests/build/vmdk_build.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/pipe.h"
#include "tests/test.h"

#define GRAIN 65536u

static const uint8_t config_guid[16] = {0xc1, 0xda, 0x7a};
static const uint8_t config_mark[CONFIG_MARK_SIZE] = {0x77, 0x88};

static uint8_t memory[16 << 20];
static uint8_t guest[6 << 20]; /* what the guest disk should be */
static struct error error;
static struct fake_target target;
static struct bytes config; /* for the guest; empty: none */

enum table {
    NO_TABLE,
    A_GPT,
    AN_MBR,
    A_FULL_MBR
};

/* Three primary partitions, and an extended one that holds another, or the first one alone. */
static void put_mbr(size_t size, uint32_t sector_size, bool is_full)
{
    uint32_t mib = (1 << 20) / sector_size;
    struct build_partition parts[] = {{{0x83}, 65, 127, NULL},
                                      {{0x83}, 128, 191, NULL},
                                      {{0x83}, 192, 255, NULL},
                                      {{0x05}, mib, size / sector_size - 1, NULL}};
    uint8_t *table = guest + (1 << 20);

    build_mbr(guest, parts, is_full ? 4 : 1);
    memset(table, 0, 512);
    table[450] = 0x83;
    table[454] = 1;
    table[458] = 9;
    table[510] = 0x55;
    table[511] = 0xaa;
}

static void build_guest(struct vmdk_build *b, size_t size, uint32_t sector_size, enum table table)
{
    struct build_partition part = {{0}, 64, 100, "root"};

    memcpy(part.type, build_type_linux, 16);
    memset(guest, 0, sizeof(guest));
    for (size_t at = 65 * 4096; at + 60000 < size; at += 300000)
        fill_noise(guest + at, 60000, (uint32_t)at);
    if (table == A_GPT)
        build_gpt(guest, size / sector_size, sector_size, &part, 1);
    else if (table != NO_TABLE)
        put_mbr(size, sector_size, table == A_FULL_MBR);
    vmdk_build_begin(b, (struct vmdk_options){.capacity = size / 512, .stored = true});
    for (size_t at = 0; at < size; at += GRAIN)
        vmdk_build_grain(b, at / 512, guest + at, (size_t)min_u64(GRAIN, size - at));
    vmdk_build_end(b);
}

/* As loader/deploy.c does it, up to the seal. */
static enum err write_guest(struct writer *w, struct image *image, struct arena *a)
{
    uint8_t *buffer;

    TRY(arena_take(a, WRITER_BUFFER, 1, 4096, (void **)&buffer, &error));
    TRY(writer_init(w, &target.target, buffer, a, &error));
    TRY(writer_open(w, image, a, &error));
    TRY(writer_erase(w, &error));
    TRY(pipe_all(w, image, NULL, *a, &error));
    for (bool done = false; !done;)
        TRY(writer_fill(w, &done, &error));
    if (config.len)
        TRY(writer_set_config(w, config, config_guid, &error));
    return writer_seal(w, &error);
}

static enum err deploy(const struct vmdk_build *b, struct writer *w)
{
    struct fake_stream stream;
    struct image *image;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_stream_init(&stream, "disk.vmdk", (struct bytes){b->at, b->len}, 1 << 20);
    enum err code = image_open(&stream.stream, 0, &a, &image, &error);
    if (code == OK)
        code = write_guest(w, image, &a);
    fake_stream_release(&stream);
    return code;
}

/* Would EDK2 see partitions? */
static bool is_bootable(void)
{
    return target.disk[510] == 0x55 && target.disk[511] == 0xaa;
}

/* A FAT volume of 2 MiB in the memory behind what deploy() uses. */
static struct bytes make_volume(uint32_t sector_size, uint8_t fill)
{
    static uint8_t volume_memory[3 << 20], text[5000];
    struct fat_make_file file = {"user-data", {text, sizeof(text)}};
    struct fat_make make = {
        .sector_size = sector_size, .size = 2 << 20, .label = "cidata", .files = &file, .count = 1};
    struct bytes volume = {0};
    struct arena a;

    memset(text, fill, sizeof(text));
    arena_init(&a, volume_memory, sizeof(volume_memory), "tests");
    CHECK(fat_make(&make, &a, &volume, &error) == OK);
    return volume;
}

/* Where the configuration is on the target, as it is found the next time. */
static enum err find_config(struct config_volume *out)
{
    static _Alignas(4096) uint8_t sectors[8192];
    struct target_source source;
    struct arena a;

    arena_init(&a, memory, sizeof(memory), "tests");
    target_source_init(&source, &target.target, sectors, sizeof(sectors));
    return config_volume_find(&source.source, target.target.sector_size, "cidata", a, out, &error);
}

TEST(a_configuration_is_added_to_every_kind_of_table)
{
    size_t size = 3 << 20;

    for (enum table table = A_GPT; table <= A_FULL_MBR; table++)
        for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
            uint64_t sectors = partition_target_sectors(size, 2 << 20, sector);
            size_t begin = 65 * sector, end = size - 40 * sector;
            struct config_volume found;
            struct vmdk_build b;
            struct writer w;
            build_guest(&b, size, sector, table);
            fake_target_init(&target, sectors, sector);
            config = make_volume(sector, 'a');
            CHECK(deploy(&b, &w) == OK);
            CHECK(w.config_added.is_logical == (table == A_FULL_MBR));
            NEED(find_config(&found) == OK);
            CHECK(found.offset == w.config_added.first * sector && found.offset >= size);
            CHECK(found.size == config.len && found.number == w.config_added.number);
            CHECK(found.is_whole && memcmp(target.disk + found.offset, config.at, config.len) == 0);
            /* The guest's partitions, but for the link of the logical one. */
            if (table == A_FULL_MBR)
                memcpy(target.disk + (1 << 20), guest + (1 << 20), 512);
            CHECK(memcmp(target.disk + begin, guest + begin, end - begin) == 0);
            CHECK(memcmp(target.disk, target.durable, 1 << 20) == 0);
            fake_target_release(&target);
            vmdk_build_release(&b);
        }
    config = (struct bytes){0};
}

/* Both ways: behind the guest disk, and where it had its unused sectors, its tail too. */
TEST(a_configuration_fits_on_a_disk_of_the_same_size)
{
    for (enum table table = A_GPT; table <= AN_MBR; table++)
        for (uint32_t sector = 512; sector <= 4096; sector *= 8)
            for (size_t more = 0; more <= 48 << 10; more += 16 << 10) {
                size_t size = (5 << 20) + more;
                struct config_volume found;
                struct vmdk_build b;
                struct writer w;
                build_guest(&b, size, sector, table);
                fake_target_init(&target, size / sector, sector);
                config = make_volume(sector, 'a');
                CHECK(deploy(&b, &w) == OK);
                NEED(find_config(&found) == OK);
                CHECK(found.offset >= 2 << 20);
                CHECK(memcmp(target.disk + found.offset, config.at, config.len) == 0);
                CHECK(memcmp(target.disk + 65 * sector, guest + 65 * sector,
                             found.offset - 65 * sector) == 0);
                fake_target_release(&target);
                vmdk_build_release(&b);
            }
    config = (struct bytes){0};
}

TEST(with_a_configuration_never_bootable_unless_every_write_succeeded)
{
    size_t size = 2 << 20;

    config = make_volume(512, 'a');
    for (enum table table = A_GPT; table <= A_FULL_MBR; table++) {
        struct vmdk_build b;
        enum err code = ERR_IO;
        build_guest(&b, size, 512, table);
        for (size_t n = 1; code != OK; n++) {
            struct config_volume found;
            struct writer w;
            fake_target_init(&target, partition_target_sectors(size, config.len, 512), 512);
            target.fail_at = n;
            code = deploy(&b, &w);
            bool erased = target.flushes > 0;
            for (uint32_t seed = 0; erased && code != OK && seed < 4; seed++) {
                fake_target_cut_power(&target, seed);
                if (!is_bootable())
                    continue;
                CHECK(find_config(&found) == OK && found.is_whole);
                CHECK(memcmp(target.disk + found.offset, config.at, config.len) == 0);
                CHECK(memcmp(target.disk + 66 * 512, guest + 66 * 512, (1 << 20) - 66 * 512) == 0);
            }
            fake_target_release(&target);
        }
        vmdk_build_release(&b);
    }
    config = (struct bytes){0};
}

TEST(a_configuration_that_cannot_be_added_fails_before_lba_0)
{
    struct vmdk_build b;
    struct writer w;

    build_guest(&b, 3 << 20, 512, NO_TABLE);
    fake_target_init(&target, 20000, 512);
    config = make_volume(512, 'a');
    CHECK(deploy(&b, &w) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text,
               "disk.vmdk: it has no partition table, so no partition cidata can be added");
    CHECK(!is_bootable());
    config = make_volume(4096, 'a');
    CHECK(deploy(&b, &w) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "fake disk: the configuration is no FAT volume in sectors of 512 bytes");
    fake_target_release(&target);
    vmdk_build_release(&b);
    config = (struct bytes){0};
}

/* Rewrite the configuration with another one. */
static enum err rewrite(const struct config_volume *at, struct bytes volume)
{
    static _Alignas(4096) uint8_t buffer[65536];

    return config_volume_rewrite(&target.target, at, config_mark, volume, buffer, sizeof(buffer),
                                 &error);
}

TEST(a_changed_configuration_is_rewritten_and_nothing_else)
{
    static uint8_t before[16 << 20];
    size_t size = 3 << 20;

    for (enum table table = A_GPT; table <= A_FULL_MBR; table++)
        for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
            struct config_volume found, again;
            struct vmdk_build b;
            struct writer w;
            build_guest(&b, size, sector, table);
            fake_target_init(&target, partition_target_sectors(size, 2 << 20, sector), sector);
            config = make_volume(sector, 'a');
            CHECK(deploy(&b, &w) == OK);
            memcpy(before, target.disk, (size_t)target_size(&target.target));
            NEED(find_config(&found) == OK);
            struct bytes changed = make_volume(sector, 'b');
            bool done = false;
            for (size_t n = 1; !done; n++) {
                target.done = 0;
                target.fail_at = n;
                done = rewrite(&found, changed) == OK;
                for (uint32_t seed = 0; !done && seed < 4; seed++) {
                    fake_target_cut_power(&target, seed);
                    CHECK(find_config(&again) == OK && again.offset == found.offset);
                    /* Never a volume that looks whole and is not; but until the first flush. */
                    const uint8_t *at = target.disk + found.offset;
                    CHECK(!again.is_whole || n <= 2 || memcmp(at, changed.at, changed.len) == 0);
                    CHECK(again.is_whole || memcmp(again.mark, config_mark, 32) == 0);
                }
                for (size_t i = 0; i < target.count; i++)
                    if (target.writes[i].data)
                        CHECK(target.writes[i].lba * sector >= found.offset);
            }
            CHECK(memcmp(target.disk + found.offset, changed.at, changed.len) == 0);
            CHECK(memcmp(target.disk, before, found.offset) == 0);
            size_t end = (size_t)(found.offset + found.size);
            CHECK(memcmp(target.disk + end, before + end,
                         (size_t)target_size(&target.target) - end) == 0);
            fake_target_release(&target);
            vmdk_build_release(&b);
        }
    config = (struct bytes){0};
}

TEST(a_configuration_is_only_found_where_it_is_one)
{
    struct config_volume found;
    struct vmdk_build b;
    struct writer w;

    build_guest(&b, 3 << 20, 512, A_GPT);
    fake_target_init(&target, 20000, 512);
    CHECK(deploy(&b, &w) == OK);
    CHECK(find_config(&found) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "fake disk: no partition cidata of ovfboot");
    config = make_volume(512, 'a');
    CHECK(deploy(&b, &w) == OK);
    NEED(find_config(&found) == OK);
    uint8_t *boot = target.disk + found.offset;
    boot[3] ^= 1; /* made by somebody else */
    CHECK(find_config(&found) == ERR_NOT_FOUND);
    boot[3] ^= 1;
    boot[43] ^= 1; /* labelled otherwise */
    CHECK(find_config(&found) == ERR_NOT_FOUND);
    boot[43] ^= 1;
    memcpy(target.disk + 64 * 512, boot, 512); /* the guest's partition is one, too */
    CHECK(find_config(&found) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "fake disk: more than one partition cidata of ovfboot");
    target.disk[64 * 512 + 3] ^= 1;
    NEED(find_config(&found) == OK);
    found.size -= 512;
    CHECK(rewrite(&found, config) == ERR_NO_ROOM);
    CHECK_HOLDS(error.text, "where the configuration needs 2097152");
    fake_target_release(&target);
    vmdk_build_release(&b);
    config = (struct bytes){0};
}
