#include <string.h>

#include "base/bytes.h"
#include "disks/contents.h"
#include "tests/fake_source.h"
#include "tests/test.h"

static uint8_t partition[CONTENTS_EMPTY + 4096];
static struct contents contents;
static struct error error;

static void put(size_t at, const char *text, size_t len)
{
    memcpy(partition + at, text, len);
}

static enum err look(size_t size)
{
    struct fake_source source;

    fake_source_init(&source, "partition 1", (struct bytes){partition, size});
    return contents_read(&source.source, &contents, &error);
}

/* What is found where there is that magic; ready: the rest of it is there. */
static void check_found(size_t at, const char *magic, enum contents_kind kind, const char *name,
                        uint32_t unit, uint64_t size)
{
    put(at, magic, strlen(magic));
    CHECK(look(sizeof(partition)) == OK);
    CHECK(contents.kind == kind && contents.unit == unit && contents.size == size);
    CHECK_TEXT(contents.name, name);
    memset(partition, 0, sizeof(partition));
}

TEST(file_systems_are_known_by_their_first_bytes)
{
    memset(partition, 0, sizeof(partition));
    check_found(0, "", CONTENTS_NONE, "nothing", 0, 0);
    check_found(0, "LUKS\xba\xbe", CONTENTS_CLOSED, "LUKS", 0, 0);
    check_found(24, "LVM2 001", CONTENTS_CLOSED, "a physical volume of LVM", 0, 0);
    check_found(536, "LVM2 001", CONTENTS_CLOSED, "a physical volume of LVM", 0, 0);
    check_found(0, "\xfc\x4e\x2b\xa9", CONTENTS_CLOSED, "a part of a RAID", 0, 0);
    check_found(4096, "\xfc\x4e\x2b\xa9", CONTENTS_CLOSED, "a part of a RAID", 0, 0);
    check_found(0x100000, "\x0d\xd0\x01\xc0", CONTENTS_CLOSED, "VMFS", 0, 0);
    check_found(0x8001, "CD001", CONTENTS_UNIT, "ISO 9660", 2048, 0);
    check_found(0, "x", CONTENTS_UNKNOWN, "something unknown", 0, 0);
    check_found(CONTENTS_EMPTY - 1, "x", CONTENTS_UNKNOWN, "something unknown", 0, 0);
    check_found(CONTENTS_EMPTY, "x", CONTENTS_NONE, "nothing", 0, 0);
}

TEST(their_units_and_sizes_are_read)
{
    memset(partition, 0, sizeof(partition));
    put(4, "\0\0\x10\0\0\0\0\0\0\0\1\2", 12); /* XFS: blocks of 4096 bytes, 258 of them, */
    put(102, "\2\0", 2);                      /* sectors of 512 bytes */
    check_found(0, "XFSB", CONTENTS_UNIT, "XFS", 512, 258 * 4096);
    put_le64(partition + 40, 12345);
    check_found(0, "hsqs", CONTENTS_UNIT, "squashfs", 4096, 12345);
    put_le16(partition + 11, 512);
    check_found(3, "NTFS    ", CONTENTS_EXACT, "NTFS", 512, 0);
    partition[108] = 12;
    check_found(3, "EXFAT   ", CONTENTS_EXACT, "exFAT", 4096, 0);
    put_le32(partition + 64, 4096);
    put_le32(partition + 68, 1024);
    check_found(0, "verity", CONTENTS_UNIT, "dm-verity", 1024, 0);
    put_le32(partition + 0x10090, 4096);
    put_le64(partition + 0x100d1, 77);
    check_found(0x10040, "_BHRfS_M", CONTENTS_UNIT, "btrfs", 4096, 77);
    put_le32(partition + 1040, 12);
    put_le64(partition + 1060, 3);
    check_found(1024, "\x10\x20\xf5\xf2", CONTENTS_UNIT, "F2FS", 4096, 3 * 4096);
    partition[1036] = 9;
    put_le32(partition + 1060, 3);
    check_found(1024, "\xe2\xe1\xf5\xe0", CONTENTS_UNIT, "EROFS", 512, 3 * 512);
    put_le32(partition + 1028, 9);
    check_found(4086, "SWAPSPACE2", CONTENTS_UNIT, "swap", 4096, 10 * 4096);
    put_le32(partition + 1028, 10);
    put_le32(partition + 1024 + 0x150, 1); /* counts only with the feature 64bit */
    check_found(1080, "\x53\xef", CONTENTS_UNIT, "ext4", 1024, 10 * 1024);
    put_le32(partition + 1028, 10);
    put_le32(partition + 1048, 2);
    put_le32(partition + 1024 + 0x60, 0x80);
    put_le32(partition + 1024 + 0x150, 1);
    check_found(1080, "\x53\xef", CONTENTS_UNIT, "ext4", 4096, 0x10000000aull * 4096);
}

TEST(units_and_sizes_that_make_no_sense_are_not_believed)
{
    memset(partition, 0, sizeof(partition));
    put_le32(partition + 1048, 0xffffffff);
    check_found(1080, "\x53\xef", CONTENTS_UNIT, "ext4", 0, 0);
    put_le32(partition + 1040, 40);
    check_found(1024, "\x10\x20\xf5\xf2", CONTENTS_UNIT, "F2FS", 0, 0);
    put_le32(partition + 1040, 12);
    memset(partition + 1060, 0xff, 8);
    check_found(1024, "\x10\x20\xf5\xf2", CONTENTS_UNIT, "F2FS", 4096, UINT64_MAX);
    put_le16(partition + 11, 513);
    check_found(3, "NTFS    ", CONTENTS_EXACT, "NTFS", 0, 0);
}

TEST(a_partition_of_any_size_is_looked_at)
{
    memset(partition, 0, sizeof(partition));
    for (size_t size = 1; size < 6000; size += size < 520 ? 1 : 511) {
        CHECK(look(size) == OK && contents.kind == CONTENTS_NONE);
        partition[size - 1] = 1;
        CHECK(look(size) == OK && contents.kind == CONTENTS_UNKNOWN);
        partition[size - 1] = 0;
    }
}

TEST(a_partition_that_cannot_be_read_is_an_error)
{
    struct fake_source source;
    enum err err = ERR_IO;

    memset(partition, 0, sizeof(partition));
    put(4086, "SWAPSPACE2", 10);
    for (size_t n = 1; err != OK && n < 1000; n++) {
        fake_source_init(&source, "partition 1", (struct bytes){partition, sizeof(partition)});
        source.fail_at = n;
        err = contents_read(&source.source, &contents, &error);
        CHECK(err == OK || err == ERR_IO);
        CHECK(err == ERR_IO || n > 10);
    }
}
