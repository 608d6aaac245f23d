/* Nothing boots until everything was written: the order of writes, and what failures and power cuts leave. */
#include <string.h>

#include "base/bytes.h"
#include "tests/build/disk_build.h"
#include "tests/build/writer_rig.h"
#include "tests/test.h"

/* What EDK2 then sees: a GPT copy that checks. */
static bool has_gpt(const uint8_t *disk, uint64_t lba)
{
    uint8_t header[92];

    memcpy(header, disk + lba * 512, sizeof(header));
    uint32_t crc = get_le32(header + 16);
    put_le32(header + 16, 0);
    return memcmp(header, "EFI PART", 8) == 0 && build_crc32(header, sizeof(header)) == crc;
}

static bool is_complete(size_t size)
{
    /* All but what a moved table changes: LBA 0 and 1, and the old backup. */
    return memcmp(written_target.disk + 1024, written_guest + 1024, size - 1024 - 33 * 512) == 0;
}

TEST(never_bootable_unless_every_write_succeeded)
{
    size_t size = 3 << 20;
    struct vmdk_build b;
    struct writer w;
    enum err code;

    written_build(&b, size, 512, WRITTEN_GRAIN);
    for (uint64_t more = 0; more <= 5000; more += 5000) {
        for (size_t n = 1;; n++) {
            fake_target_init(&written_target, size / 512 + more, 512);
            build_gpt(written_target.disk, size / 512 + more, 512, NULL, 0); /* an old system's */
            memcpy(written_target.durable, written_target.disk,
                   (size_t)target_size(&written_target.target));
            written_target.fail_at = n;
            code = written_deploy(&b, &w);
            bool erased = written_target.flushes > 0;
            if (code != OK) {
                CHECK(code == ERR_IO);
                CHECK_HOLDS(written_error.text, "fake disk: cannot ");
            }
            for (uint32_t seed = 0; code != OK && seed < 8; seed++) {
                fake_target_cut_power(&written_target, seed);
                bool committing = written_target.flushes >= 5; /* all but LBA 0 is there */
                if (erased && !committing) {
                    CHECK(!written_is_bootable(written_target.disk));
                    CHECK(written_target.flushes < 2 || is_complete(size) ||
                          !has_gpt(written_target.disk, size / 512 + more - 1));
                }
                if (erased && written_is_bootable(written_target.disk))
                    CHECK(is_complete(size) && has_gpt(written_target.disk, 1));
            }
            fake_target_release(&written_target);
            if (code == OK)
                break;
        }
    }
    vmdk_build_release(&b);
}

TEST(a_moved_gpt_is_written_at_both_ends)
{
    size_t size = 3 << 20;
    struct vmdk_build b;
    struct writer w;

    for (uint64_t more = 1; more < 5000; more = more * 3 + 1) {
        written_build(&b, size, 512, WRITTEN_GRAIN);
        fake_target_init(&written_target, size / 512 + more, 512);
        CHECK(written_deploy(&b, &w) == OK);
        CHECK(w.gpt == GPT_MOVED && written_is_bootable(written_target.disk) && is_complete(size));
        CHECK(has_gpt(written_target.disk, 1) &&
              has_gpt(written_target.disk, size / 512 + more - 1));
        CHECK(!has_gpt(written_target.disk, size / 512 - 1));
        fake_target_release(&written_target);
        vmdk_build_release(&b);
    }
}

TEST(lba_0_is_written_last_and_alone)
{
    struct vmdk_build b;
    struct writer w;

    written_build(&b, 3 << 20, 512, WRITTEN_GRAIN);
    fake_target_init(&written_target, 9000, 512);
    CHECK(written_deploy(&b, &w) == OK);
    const struct fake_write *last = &written_target.writes[written_target.count - 1];
    CHECK(last->lba == 0 && last->count == 1);
    CHECK(last[-1].lba == 1 && last[-1].count == 1 && last[-1].epoch < last->epoch);
    for (size_t i = 0; i + 1 < written_target.count; i++)
        CHECK(written_target.writes[i].lba != 0 || written_target.writes[i].epoch == 0);
    for (size_t i = 0; i + 2 < written_target.count; i++)
        CHECK(written_target.writes[i].lba > 1 || written_target.writes[i].epoch <= 1);
    fake_target_release(&written_target);
    vmdk_build_release(&b);
}
