/* QCOW2 images that are damaged, or refused; what others are read as: test_qcow2_read.c. */
#include <string.h>

#include "disks/map.h"
#include "tests/build/qcow2_rig.h"
#include "tests/fake_source.h"
#include "tests/test.h"

TEST(what_is_packed_may_end_with_the_file_inside_of_a_sector)
{
    struct qcow2_build b;

    qcow2_begin(&b, (struct qcow2_options){3, 16, 3 << 16, false});
    qcow2_put_packed(&b, 1);
    NEED(b.len % 512 != 0);
    CHECK(qcow2_check_same(&b) == 1);
    b.len -= 512;
    CHECK(qcow2_read(qcow2_whole(&b), 65536) == ERR_DAMAGED);
    CHECK_HOLDS(qcow2_error.text, "disk.qcow2: cluster for sector 128 lies at byte");
    qcow2_build_release(&b);
}

TEST(what_does_not_unpack_to_a_cluster_is_damage)
{
    struct qcow2_build b;
    size_t runs;

    qcow2_begin(&b, (struct qcow2_options){3, 12, 3 << 12, false});
    qcow2_put_packed(&b, 1);
    size_t at = (size_t)(get_be64(b.at + qcow2_build_where(&b, 1)) & 0xffffffff);
    memset(b.at + at, 0xff, 40);
    CHECK(qcow2_read(qcow2_whole(&b), 4096) == ERR_DAMAGED);
    CHECK_HOLDS(qcow2_error.text, "disk.qcow2: cluster for sector 8, at byte ");
    CHECK(qcow2_read_runs(qcow2_whole(&b), &runs) == ERR_DAMAGED);
    qcow2_build_release(&b);

    /* Compressed to three clusters, as far as its entry tells. */
    qcow2_begin(&b, (struct qcow2_options){3, 21, 2 << 20, false});
    qcow2_put_packed(&b, 0);
    b.len = 20 << 20;
    qcow2_build_entry(&b, 0, qcow2_build_packed_entry(&b, 8 << 20, 4 << 20), 0);
    CHECK(qcow2_read(qcow2_whole(&b), 4096) == ERR_DAMAGED);
    CHECK_HOLDS(qcow2_error.text, "is compressed to 4194304 bytes");
    qcow2_build_release(&b);
}

/* One change to the bytes of an image that is fine. */
static enum err changed(unsigned version, size_t offset, size_t size, uint64_t value)
{
    struct qcow2_build b;
    enum err code;

    qcow2_begin(&b, (struct qcow2_options){version, 12, 8 * 4096, false});
    qcow2_put_data(&b, 1);
    if (size == 4)
        qcow2_put32(b.at + offset, (uint32_t)value);
    else if (size == 8)
        qcow2_put64(b.at + offset, value);
    else
        b.at[offset] = (uint8_t)value;
    code = qcow2_read(qcow2_whole(&b), 4096);
    qcow2_build_release(&b);
    return code;
}

static void check_refused(enum err got, enum err wanted, const char *part)
{
    CHECK(got == wanted);
    CHECK_HOLDS(qcow2_error.text, "disk.qcow2: ");
    CHECK_HOLDS(qcow2_error.text, part);
    qcow2_error.text[0] = '\0';
}

TEST(an_image_that_is_not_to_be_had_alone_is_refused_by_name)
{
    struct qcow2_build b;

    for (unsigned version = 2; version <= 3; version++) {
        qcow2_begin(&b, (struct qcow2_options){version, 12, 8 * 4096, false});
        qcow2_put64(b.at + 8, 512);
        qcow2_put32(b.at + 16, 8);
        memcpy(b.at + 512, "base.img and more", 17);
        check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_UNSUPPORTED,
                      "a QCOW2 that only holds the differences to another image: base.img");
        CHECK(changed(version, 8, 8, UINT64_MAX) == ERR_UNSUPPORTED); /* its name is nowhere */
        qcow2_build_release(&b);
        check_refused(changed(version, 32, 4, 1), ERR_UNSUPPORTED, "encrypted (AES)");
        check_refused(changed(version, 32, 4, 2), ERR_UNSUPPORTED, "encrypted (LUKS)");
        check_refused(changed(version, 32, 4, 9), ERR_UNSUPPORTED, "encrypted (in a way");
    }
    qcow2_begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
    qcow2_build_extension(&b, 0xe2792aca, "raw", 3);
    qcow2_build_extension(&b, 0x44415441, "disk.data", 9);
    b.at[79] = 1 << 2;
    check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_UNSUPPORTED,
                  "a QCOW2 whose data is in another file: disk.data");
    qcow2_build_release(&b);
}

TEST(features_are_read_passed_over_or_refused_by_name)
{
    uint8_t names[2 * 48] = {0};
    struct qcow2_build b;

    CHECK(changed(3, 79, 1, 1) == OK);                  /* dirty: counts of references only */
    CHECK(changed(3, 80, 8, UINT64_MAX) == OK);         /* compatible ones */
    CHECK(changed(3, 88, 8, UINT64_MAX & ~2ull) == OK); /* those that writers clear */
    CHECK(changed(2, 79, 1, 0xff) == OK);               /* version 2 has none */
    CHECK(changed(3, 60, 4, 5) == OK);                  /* snapshots */
    check_refused(changed(3, 79, 1, 2), ERR_DAMAGED, "marked as corrupt");
    check_refused(changed(3, 79, 1, 1 << 6), ERR_UNSUPPORTED, "feature 6 (no name)");
    check_refused(changed(3, 72, 1, 0x80), ERR_UNSUPPORTED, "feature 63 (no name)");
    check_refused(changed(3, 79, 1, 1 << 3), ERR_DAMAGED, "compression type 0");

    qcow2_begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
    names[0] = 1; /* a compatible one of that number */
    names[1] = 5;
    memcpy(names + 2, "wrong", 5);
    names[48 + 1] = 5;
    memset(names + 48 + 2, 'x', 46); /* all of the field */
    qcow2_build_extension(&b, 0x12345678, "?", 1);
    qcow2_build_extension(&b, 0x6803f857, names, sizeof(names));
    b.at[79] = 1 << 5;
    check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_UNSUPPORTED,
                  "feature 5 (xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx)");
    qcow2_put32(b.at + 104 + 4, UINT32_MAX); /* an extension that does not end */
    check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_UNSUPPORTED, "feature 5 (no name)");
    qcow2_build_release(&b);
}

TEST(other_compressions_are_refused_by_name)
{
    struct qcow2_build b;

    qcow2_begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
    qcow2_put_data(&b, 1);
    qcow2_put32(b.at + 100, 112);
    CHECK(qcow2_read(qcow2_whole(&b), 4096) == OK);
    b.at[104] = 1;
    check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_DAMAGED, "compression type 1, which its");
    b.at[79] = 1 << 3;
    CHECK(qcow2_read(qcow2_whole(&b), 4096) == OK);
    b.at[104] = 2;
    check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_UNSUPPORTED, "compression type 2");
    qcow2_build_release(&b);
}

TEST(a_header_that_contradicts_itself_is_damage)
{
    struct qcow2_build b;

    check_refused(changed(3, 4, 4, 1), ERR_UNSUPPORTED, "a QCOW of version 1");
    check_refused(changed(3, 4, 4, 4), ERR_UNSUPPORTED, "a QCOW of version 4");
    check_refused(changed(3, 20, 4, 8), ERR_DAMAGED, "clusters of 2^8 bytes");
    check_refused(changed(3, 20, 4, 22), ERR_UNSUPPORTED, "clusters of 2^22 bytes");
    check_refused(changed(3, 20, 4, UINT32_MAX), ERR_UNSUPPORTED, "clusters of 2^");
    check_refused(changed(3, 24, 8, 0), ERR_DAMAGED, "a disk of 0 bytes");
    check_refused(changed(3, 24, 8, 4097), ERR_DAMAGED, "a disk of 4097 bytes");
    check_refused(changed(3, 24, 8, 1ull << 63), ERR_DAMAGED,
                  "a disk of 9223372036854775808 bytes");
    check_refused(changed(3, 24, 8, (2 << 20) + 512), ERR_DAMAGED,
                  "with 1 entries in its L1 table");
    check_refused(changed(3, 36, 4, 0), ERR_DAMAGED, "with 0 entries in its L1 table");
    check_refused(changed(3, 40, 8, 0), ERR_DAMAGED, "whose L1 table is at byte 0");
    check_refused(changed(3, 40, 8, 4096 + 512), ERR_DAMAGED, "whose L1 table is at byte 4608");
    check_refused(changed(3, 40, 8, 1 << 24), ERR_DAMAGED,
                  "its L1 table of 8 bytes is at byte 16777216");
    check_refused(changed(3, 40, 8, UINT64_MAX << 12), ERR_DAMAGED, "its L1 table of 8 bytes");
    check_refused(changed(3, 100, 4, 96), ERR_DAMAGED, "a header of 96 bytes");
    check_refused(changed(3, 100, 4, 108), ERR_DAMAGED, "a header of 108 bytes");
    check_refused(changed(3, 100, 4, UINT32_MAX - 7), ERR_DAMAGED, "a header of 4294967288 bytes");
    check_refused(changed(3, 79, 1, 1 << 4), ERR_DAMAGED, "clusters of 2^12 bytes"); /* extended */

    qcow2_begin(&b, (struct qcow2_options){3, 9, 4096, false});
    for (size_t len = 4; len < 104; len++) {
        check_refused(qcow2_read((struct bytes){b.at, len}, 4096), ERR_DAMAGED,
                      "inside its header");
    }
    qcow2_build_release(&b);
}

TEST(entries_that_make_no_sense_are_damage)
{
    const size_t l1 = 4096, l2 = 8192 + 8, data = 12288;
    struct qcow2_build b;

    CHECK(changed(3, l2, 8, data) == OK);
    check_refused(changed(3, l1, 8, 8192 | 1), ERR_DAMAGED,
                  "at byte 4096: entry 0000000000002001 of an L1");
    check_refused(changed(3, l1, 8, 8192 | 1ull << 56), ERR_DAMAGED, "of an L1 table");
    check_refused(changed(3, l1, 8, 8192 + 512), ERR_DAMAGED, "of an L1 table");
    check_refused(changed(3, l1, 8, 1 << 24), ERR_DAMAGED, "inside its L2 table");
    check_refused(changed(3, l2, 8, data | 2), ERR_DAMAGED,
                  "at byte 8200: entry 0000000000003002 of an L2");
    check_refused(changed(3, l2, 8, data | 1ull << 56), ERR_DAMAGED, "of an L2 table");
    check_refused(changed(3, l2, 8, data + 512), ERR_DAMAGED, "of an L2 table");
    check_refused(changed(3, l2, 8, QCOW2_ALONE), ERR_DAMAGED, "of an L2 table");
    check_refused(changed(2, l2, 8, data | 1), ERR_DAMAGED, "of an L2 table");
    check_refused(changed(3, l2, 8, data + 4096), ERR_DAMAGED,
                  "cluster for sector 8 lies at byte 16384, and the file ends at byte 16384");
    check_refused(changed(3, l2, 8, 0x00fffffffffff000), ERR_DAMAGED,
                  "cluster for sector 8 lies at");
    check_refused(changed(3, l2, 8, 1ull << 62 | 1ull << 57), ERR_DAMAGED,
                  "cluster for sector 8 lies at");

    qcow2_begin(&b, (struct qcow2_options){3, 14, 1 << 20, true});
    qcow2_put_data(&b, 1);
    size_t where = qcow2_build_where(&b, 1);
    uint64_t entry = get_be64(b.at + where);
    qcow2_build_entry(&b, 1, entry, 0x100000001ull); /* there, and zeros */
    check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_DAMAGED, "of an L2 table");
    qcow2_build_entry(&b, 1, 0, 1); /* there, and nowhere */
    check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_DAMAGED, "of an L2 table");
    qcow2_build_entry(&b, 1, entry | 1, 1);
    check_refused(qcow2_read(qcow2_whole(&b), 4096), ERR_DAMAGED, "of an L2 table");
    qcow2_build_release(&b);
}

TEST(what_follows_damage_does_not_keep_the_rest_from_being_read)
{
    struct fake_source source;
    struct qcow2_build b;
    struct source *guest;
    struct arena a = qcow2_memory();

    qcow2_begin(&b, (struct qcow2_options){3, 12, 8 * 4096, false});
    qcow2_put_data(&b, 0);
    qcow2_put_data(&b, 1);
    qcow2_put_data(&b, 2);
    b.len -= 4096;
    qcow2_build_entry(&b, 3, 3, 0);
    fake_source_init(&source, "disk.qcow2", qcow2_whole(&b));
    NEED(image_source_open(&source.source, &a, &guest, &qcow2_error) == OK);
    CHECK(source_read(guest, 0, qcow2_read_back, 8192, &qcow2_error) == OK);
    CHECK(memcmp(qcow2_read_back, qcow2_disk, 8192) == 0);
    CHECK(source_read(guest, 8192, qcow2_read_back, 1, &qcow2_error) == ERR_DAMAGED);
    CHECK(source_read(guest, 3 * 4096, qcow2_read_back, 1, &qcow2_error) == ERR_DAMAGED);
    qcow2_build_release(&b);
}

TEST(a_qcow2_whose_file_fails_is_an_error_at_every_read)
{
    struct qcow2_build b;
    bool read_all = false;

    qcow2_begin(&b, (struct qcow2_options){3, 12, 64 * 4096, false});
    qcow2_put_all_kinds(&b);
    for (size_t fail_at = 1; !read_all; fail_at++) {
        struct arena a = qcow2_memory();
        struct fake_source source;
        struct source *guest;
        fake_source_init(&source, "disk.qcow2", qcow2_whole(&b));
        source.fail_at = fail_at;
        enum err code = image_source_open(&source.source, &a, &guest, &qcow2_error);
        if (code == OK)
            code = source_read(guest, 0, qcow2_read_back, (size_t)guest->size, &qcow2_error);
        read_all = source.reads < fail_at;
        CHECK(code == (read_all ? OK : ERR_IO));
    }
    qcow2_build_release(&b);
}
