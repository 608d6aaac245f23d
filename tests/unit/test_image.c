#include <string.h>

#include "disks/image.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/test.h"

static uint8_t memory[1 << 18];
static uint8_t file[5 << 19]; /* two and a half MiB */
static struct error error;

static enum err open_both(size_t len)
{
    struct fake_stream stream;
    struct fake_source source;
    struct source *guest;
    struct image *image;
    struct arena a;
    struct bytes bytes = {file, len};

    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.img", bytes);
    enum err random = image_source_open(&source.source, &a, &guest, &error);
    fake_stream_init(&stream, "disk.img", bytes, 1);
    enum err code = image_open(&stream.stream, len, &a, &image, &error);
    CHECK(code == random);
    fake_stream_release(&stream);
    return code;
}

TEST(known_formats_are_refused_by_name_and_never_taken_for_raw)
{
    static const struct {
        const char *magic;
        size_t len, offset;
        const char *name;
    } formats[] = {
        {"COWD", 4, 0, "COWD"},
        {"\xbe\xba\xfe\xca\0\0\0\0", 8, 0, "seSparse"},
        {"QFI\xfb", 4, 0, "QCOW2"},
        {"\x7f\x10\xda\xbe", 4, 64, "VDI"},
        {"\x1f\x8b\x08", 3, 0, "gzip"},
        {"\xfd"
         "7zXZ",
         6, 0, "xz"},
        {"BZh9", 4, 0, "bzip2"},
        {"ustar", 5, 257, "tar"},
        {"# Disk DescriptorFile\ncreateType=\"vmfs\"\nRW 9 VMFS \"x\"\n", 54, 0,
         "descriptor of a vmfs VMDK"},
    };

    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        memset(file, 0, 4096);
        file[510] = 0x55; /* even with a boot sector's signature */
        file[511] = 0xaa;
        memcpy(file + formats[i].offset, formats[i].magic, formats[i].len);
        CHECK(open_both(4096) == ERR_UNSUPPORTED);
        CHECK_HOLDS(error.text, formats[i].name);
        CHECK_HOLDS(error.text, "disk.img: ");
    }
    memset(file, 0, 4096);
    memcpy(file, "KDMV", 4);
    file[510] = 0x55;
    file[511] = 0xaa;
    CHECK(open_both(4096) == ERR_UNSUPPORTED); /* version 0 */
    CHECK_HOLDS(error.text, "VMDK");
}

TEST(what_has_no_boot_sector_is_no_raw_disk)
{
    memset(file, ' ', sizeof(file));
    memcpy(file, "<!DOCTYPE html><title>createType=</title>", 41);
    CHECK(open_both(4096) == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "disk.img: no disk format that is known, and no boot sector");
    CHECK(open_both(100) == ERR_UNSUPPORTED);
    CHECK(open_both(0) == ERR_UNSUPPORTED);
}

TEST(an_iso_needs_no_boot_sector)
{
    memset(file, 0, 65536);
    memcpy(file + 32768, "\1CD001\1", 7);
    CHECK(open_both(65536) == OK);
    CHECK(open_both(32773) == ERR_UNSUPPORTED);
    memcpy(file, "PK\3\4", 4);
    CHECK(open_both(65536) == ERR_UNSUPPORTED);
    memset(file, 0, 65536);
    CHECK(open_both(65536) == ERR_UNSUPPORTED);
}

TEST(a_raw_disk_comes_as_stored_runs)
{
    struct fake_stream stream;
    struct image *image;
    struct arena a;
    struct run run;
    size_t size = sizeof(file);

    memset(file, 0, size);
    file[510] = 0x55;
    file[511] = 0xaa;
    fill_noise(file + (2 << 20), size - (2 << 20), 1);
    arena_init(&a, memory, sizeof(memory), "tests");
    fake_stream_init(&stream, "disk.img", (struct bytes){file, size}, 1000);
    CHECK(image_open(&stream.stream, size, &a, &image, &error) == OK);
    CHECK(image->capacity == size);
    CHECK(image_next(image, &run, &error) == OK && run.kind == RUN_STORED && run.offset == 0);
    CHECK(run.length == 1 << 20 && memcmp(run.packed.at, file, 1 << 20) == 0);
    CHECK(image_next(image, &run, &error) == OK && run.kind == RUN_STORED && run.offset == 1 << 20);
    CHECK(run.packed.len == 1 << 20 && bytes_are_zero(run.packed));
    CHECK(image_next(image, &run, &error) == OK && run.kind == RUN_STORED);
    CHECK(run.offset == 2 << 20 && run.length == size - (2 << 20));
    CHECK(memcmp(run.packed.at, file + (2 << 20), (size_t)run.length) == 0);
    CHECK(image_next(image, &run, &error) == OK && run.length == 0);
    fake_stream_release(&stream);
}

TEST(a_raw_disk_needs_a_size_and_all_of_its_bytes)
{
    struct fake_stream stream;
    struct image *image;
    struct arena a;
    struct run run;

    memset(file, 0, 4096);
    file[510] = 0x55;
    file[511] = 0xaa;
    arena_init(&a, memory, sizeof(memory), "tests");
    fake_stream_init(&stream, "disk.img", (struct bytes){file, 4096}, 1);
    CHECK(image_open(&stream.stream, 0, &a, &image, &error) == ERR_UNSUPPORTED);
    CHECK(image_open(&stream.stream, 5000, &a, &image, &error) == OK);
    CHECK(image_next(image, &run, &error) == ERR_DAMAGED);
    fake_stream_release(&stream);
}

TEST(a_fixed_vhd_is_not_taken_for_a_raw_disk)
{
    struct fake_stream stream;
    struct fake_source source;
    struct bytes bytes = {file, (1 << 20) + 512};
    struct source *guest;
    struct image *image;
    struct arena a;
    struct run run;

    memset(file, 0, sizeof(file));
    file[510] = 0x55;
    file[511] = 0xaa;
    memcpy(file + (1 << 20), "conectix", 8);
    arena_init(&a, memory, sizeof(memory), "tests");
    fake_source_init(&source, "disk.vhd", bytes);
    CHECK(image_source_open(&source.source, &a, &guest, &error) == ERR_DAMAGED);
    CHECK_TEXT(error.text, "disk.vhd: VHD footer with a bad checksum");
    fake_stream_init(&stream, "disk.vhd", bytes, 1);
    CHECK(image_open(&stream.stream, bytes.len, &a, &image, &error) == OK);
    CHECK(image_next(image, &run, &error) == OK);
    CHECK(image_next(image, &run, &error) == ERR_UNSUPPORTED);
    fake_stream_release(&stream);
}
