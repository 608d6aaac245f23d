#include <stdlib.h>
#include <string.h>

#include "tests/build/entry_rig.h"
#include "tests/test.h"

TEST(the_first_entry_of_a_machine_is_made)
{
    entry_begin();
    entry_make();
    CHECK(entry_is(0, &entry_ours) && ORDER_IS(0));
    CHECK_TEXT(fake_port.said, "Boot entry Boot0000 \"Test Box (ovfboot)\", first in the boot "
                               "order\n");
    entry_end();
}

TEST(an_entry_is_made_behind_or_in_front_of_those_of_others)
{
    for (int first = 0; first < 2; first++) {
        entry_begin();
        entry_put(0, &entry_windows);
        entry_put(2, &entry_windows);
        ORDER_PUT(2, 0);
        menu.wish.first = first;
        entry_make();
        CHECK(entry_is(1, &entry_ours) && entry_is(0, &entry_windows) &&
              entry_is(2, &entry_windows));
        CHECK(first ? ORDER_IS(1, 2, 0) : ORDER_IS(2, 0, 1));
        CHECK_HOLDS(fake_port.said, first
                                        ? "Boot0001 \"Test Box (ovfboot)\", first in the boot order"
                                        : "Boot0001 \"Test Box (ovfboot)\", place 3 of 3 in the");
        entry_end();
    }
}

TEST(the_entry_is_written_before_the_boot_order)
{
    entry_begin();
    entry_put(0, &entry_windows);
    ORDER_PUT(0);
    entry_make();
    CHECK(fake_variables.writes == 2);
    CHECK_TEXT(fake_variables.written[0], "Boot0001");
    CHECK_TEXT(fake_variables.written[1], "BootOrder");
    entry_end();
}

TEST(nothing_is_written_when_all_is_right)
{
    for (int first = 0; first < 2; first++) {
        entry_begin();
        entry_put(0, &entry_windows);
        ORDER_PUT(0);
        menu.wish.first = first;
        entry_make();
        entry_make();
        CHECK(fake_variables.writes == 0 && entry_is(1, &entry_ours));
        CHECK(first ? ORDER_IS(1, 0) : ORDER_IS(0, 1));
        CHECK_HOLDS(fake_port.said, "in the boot order, as before\n");
        entry_end();
    }
}

TEST(an_entry_of_ours_comes_to_the_front_when_that_is_wished)
{
    entry_begin();
    entry_put(3, &entry_ours);
    ORDER_PUT(5, 3, 6, 3);
    menu.wish.first = true;
    entry_make();
    CHECK(ORDER_IS(3, 5, 6) && entry_is(3, &entry_ours) && fake_variables.writes == 1);
    menu.wish.first = false;
    entry_make();
    CHECK(ORDER_IS(3, 5, 6) && fake_variables.writes == 0);
    entry_end();
}

TEST(an_entry_that_is_not_listed_is_found_and_listed)
{
    entry_begin();
    entry_put(7, &entry_ours);
    entry_put(0, &entry_windows);
    ORDER_PUT(0);
    entry_make();
    CHECK(ORDER_IS(0, 7) && fake_variables.writes == 1);
    CHECK(!fake_variable("Boot0001").len);
    entry_end();
}

/* What differs, and is put right under the same number. */
TEST(an_entry_of_ours_is_put_right)
{
    struct entry wrong[8];

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        wrong[i] = entry_ours;
    wrong[0].start = 41;
    wrong[1].count = 999;
    wrong[2].number = 2;
    wrong[3].text = "Old Title (ovfboot)";
    wrong[4].attributes = 0;
    wrong[5].is_long = true;
    wrong[6].file = "\\efi\\boot\\bootx64.efi";
    wrong[7].attributes = 9;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        entry_begin();
        entry_put(4, &wrong[i]);
        ORDER_PUT(4);
        entry_make();
        CHECK(entry_is(4, &entry_ours) && ORDER_IS(4) && fake_variables.writes == 1);
        CHECK(fake_variables.count == 2);
        entry_end();
    }
}

TEST(an_entry_for_another_file_or_partition_is_another)
{
    struct entry other[3] = {entry_ours, entry_ours, entry_ours};

    other[0].file = "\\EFI\\BOOT\\GRUBX64.EFI";
    other[1].guid = 0x11; /* the same disk's second */
    other[2].mbr = 0x55667788;
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        entry_begin();
        entry_put(0, &other[i]);
        ORDER_PUT(0);
        entry_make();
        CHECK(entry_is(0, &other[i]) && entry_is(1, &entry_ours) && ORDER_IS(0, 1));
        entry_end();
    }
}

TEST(of_two_entries_of_ours_the_first_in_the_boot_order_counts)
{
    struct entry old = entry_ours;

    old.text = "Old Title (ovfboot)";
    entry_begin();
    entry_put(2, &old);
    entry_put(5, &entry_ours);
    ORDER_PUT(5, 2);
    entry_make();
    CHECK(entry_is(2, &old) && entry_is(5, &entry_ours) && ORDER_IS(5, 2) &&
          fake_variables.writes == 0);
    entry_end();
}

TEST(an_entry_of_others_that_starts_the_guest_will_do)
{
    struct entry debian = entry_ours;

    debian.text = "debian";
    debian.file = "\\efi\\boot\\BOOTX64.efi";
    entry_begin();
    entry_put(1, &debian);
    ORDER_PUT(0, 1);
    entry_make();
    CHECK(entry_is(1, &debian) && fake_variables.writes == 0 && ORDER_IS(0, 1));
    CHECK_TEXT(fake_port.said, "Boot entry Boot0001 \"debian\", place 2 of 2 in the boot order, as "
                               "before\n");
    entry_put(2, &entry_ours); /* ours is preferred where there are both */
    menu.wish.first = true;
    entry_make();
    CHECK(ORDER_IS(2, 0, 1) && entry_is(1, &debian));
    entry_end();
}

TEST(an_entry_of_others_that_is_not_quite_right_is_left_alone)
{
    struct entry theirs[6];

    for (size_t i = 0; i < COUNT_OF(theirs); i++) {
        theirs[i] = entry_ours;
        theirs[i].text = "debian";
    }
    theirs[0].start = 41;
    theirs[1].number = 2;
    theirs[2].attributes = 0;
    theirs[3].data = "single";
    theirs[4].is_long = true;
    theirs[5].count = 1;
    for (size_t i = 0; i < COUNT_OF(theirs); i++) {
        entry_begin();
        entry_put(1, &theirs[i]);
        ORDER_PUT(1);
        entry_make();
        CHECK(entry_is(1, &theirs[i]) && entry_is(0, &entry_ours) && ORDER_IS(1, 0));
        entry_end();
    }
    entry_begin(); /* with arguments it is not ours, whatever it is called */
    theirs[3].text = entry_ours.text;
    entry_put(1, &theirs[3]);
    entry_make();
    CHECK(entry_is(1, &theirs[3]) && entry_is(0, &entry_ours));
    entry_end();
}

TEST(an_entry_of_ours_that_leads_nowhere_is_used_again)
{
    struct entry old = entry_ours;

    old.text = "Replaced (ovfboot)";
    old.guid = 0x99;
    entry_begin();
    entry_put(3, &old);
    ORDER_PUT(3, 5);
    entry_make();
    CHECK(entry_is(3, &entry_ours) && ORDER_IS(3, 5) && fake_variables.writes == 1);
    entry_end();
    entry_begin(); /* on a disk with an MBR, too */
    old.mbr = 0x11223344;
    entry_put(3, &old);
    entry_make();
    CHECK(entry_is(3, &entry_ours));
    entry_end();
    entry_begin(); /* but an entry of the guest itself comes first */
    struct entry debian = entry_ours;
    debian.text = "debian";
    entry_put(3, &old);
    entry_put(4, &debian);
    entry_make();
    CHECK(entry_is(3, &old) && entry_is(4, &debian) && ORDER_IS(4));
    entry_end();
}

static void check_kept(const struct entry *old)
{
    entry_put(3, old);
    ORDER_PUT(3);
    entry_make();
    CHECK(entry_is(3, old) && entry_is(0, &entry_ours) && ORDER_IS(3, 0));
    entry_end();
}

TEST(an_entry_that_may_lead_somewhere_is_kept)
{
    struct entry old = entry_ours;

    old.guid = 0x11; /* a partition that is there */
    old.text = "Other (ovfboot)";
    entry_begin();
    check_kept(&old);
    entry_begin();
    old.mbr = 0x55667788; /* a disk that is there */
    check_kept(&old);
    entry_begin();
    old.mbr = 0x55667789;
    old.text = "Other (ovfboot) "; /* not our mark */
    check_kept(&old);
    old = entry_ours;
    old.guid = 0x99;
    old.text = "(ovfboot)";
    entry_begin();
    check_kept(&old);
    old.text = "Other (ovfboot)";
    entry_begin(); /* a disk that cannot be read might have it */
    menu.reads[1].fail_at = 1;
    check_kept(&old);
    entry_begin(); /* and one whose table is damaged */
    memset(menu.targets[0].disk + 512, 0, 512);
    memset(menu.targets[0].disk + (ENTRY_SECTORS - 1) * 512, 0, 512);
    check_kept(&old);
    entry_begin(); /* a disk without a signature is like any other */
    old.mbr = 1;
    struct bytes bytes = entry_build(&old);
    uint8_t *at = memcpy(malloc(bytes.len), bytes.at, bytes.len);
    put_le32(at + bytes.len - 42 - 4 - 2 * sizeof(ENTRY_FILE) - 4 + 24, 0);
    fake_variable_put("Boot0003", (struct bytes){at, bytes.len});
    entry_make();
    CHECK(memcmp(fake_variable("Boot0003").at, at, bytes.len) == 0 && entry_is(0, &entry_ours));
    free(at);
    entry_end();
}

TEST(only_so_many_partitions_are_looked_for)
{
    struct entry old = entry_ours;

    entry_begin();
    old.text = "Other (ovfboot)";
    old.guid = 0x11;
    for (uint16_t i = 0; i < BOOT_SEARCHES_MAX; i++)
        entry_put(i, &old);
    old.guid = 0x99;
    entry_put(BOOT_SEARCHES_MAX, &old);
    entry_make();
    CHECK(entry_is(BOOT_SEARCHES_MAX, &old) && entry_is(BOOT_SEARCHES_MAX + 1, &entry_ours));
    entry_end();
}

TEST(the_entry_on_an_mbr_is_known_by_signature_and_number)
{
    struct entry wanted = entry_ours, other = entry_ours;

    wanted.mbr = other.mbr = 0x55667788;
    wanted.number = 2;
    entry_begin();
    menu.loader.table = TABLE_MBR;
    menu.loader.signature = 0x55667788;
    menu.loader.partition.number = 2;
    entry_put(0, &other);
    entry_make();
    CHECK(entry_is(0, &other) && entry_is(1, &wanted));
    entry_make();
    CHECK(fake_variables.writes == 0);
    entry_end();
    entry_begin(); /* a GUID that looks like such a signature is none */
    memset(menu.loader.partition.guid, 0, 16);
    put_le32(menu.loader.partition.guid, 0x55667788);
    entry_put(0, &other);
    entry_make();
    CHECK(entry_is(0, &other) && ORDER_IS(1));
    entry_end();
}
