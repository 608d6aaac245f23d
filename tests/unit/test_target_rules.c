/* Which disk a rule chooses, of machines with several: tables. */
#include <string.h>

#include "loader/targets.h"
#include "tests/fake_port.h"
#include "tests/test.h"

#define GB (1000ull * 1000 * 1000)

/* The machine of all tables. */
static const struct {
    const char *bus, *model, *serial, *wwn;
    uint64_t size; /* bytes */
    bool start_medium;
} shelf[] = {
    {"nvme", "Acme SSD 500", "S1", "0025385b71b0a1c2", 512 * GB, false},
    {"nvme", "Acme SSD 250", "S2", "00000000000000010000000000000002 0025385b71b0a1c3", 256 * GB,
     false},
    {"sata", "Spin ST4000", "Z 1", "5000c500a1b2c3d4", 4000 * GB, false},
    {"sata", "Spin ST4000", "Z 2", "5000c500a1b2c3d5", 4000 * GB, false},
    {"usb", "Stick", "STICK", "", 16 * GB, true},
    {"virtio", "", "", NULL, 32 * GB, false},
};

#define DISKS COUNT_OF(shelf)

static struct target targets[DISKS];
static struct found_disk disks[DISKS];
static struct error error;

static void plug_in(void)
{
    for (size_t i = 0; i < DISKS; i++) {
        null_target_init(&targets[i], shelf[i].size / 512, 512);
        disks[i] = (struct found_disk){.bus = shelf[i].bus,
                                       .model = shelf[i].model,
                                       .serial = shelf[i].serial,
                                       .wwn = shelf[i].wwn,
                                       .path = "PciRoot(0x0)/Pci(0x2,0x0)/Sata(0x1,0xFFFF,0x0)",
                                       .start_medium = shelf[i].start_medium,
                                       .target = &targets[i]};
    }
}

TEST(rules_choose_one_disk_or_say_why_not)
{
    static const struct {
        const char *rule;
        size_t disk;        /* DISKS: none, and ... */
        const char *reason; /* ... the sentence has this in it */
    } cases[] = {
        {"nvme, size>=256GB, smallest", 1, NULL},
        {"nvme, largest", 0, NULL},
        {"nvme largest", 0, NULL},
        {"NVME,LARGEST", 0, NULL},
        {"smallest", 5, NULL},
        {"size>=33 GB, smallest", 1, NULL},
        {"size >= 33GB smallest", 1, NULL},
        {"size>=256GB size<=256GB", 1, NULL},
        {"size>=239GiB, size<=477GiB, nvme, largest", 0, NULL},
        {"size<=32GB", 5, NULL},
        {"size>=238GiB, size<=239GiB", 1, NULL},
        {"model:Acme SSD 250", 1, NULL},
        {"model:ssd 5", 0, NULL},
        {"model:Acme, smallest", 1, NULL},
        {"model:'Acme', smallest", 1, NULL},
        {"serial:z 2", 3, NULL},
        {"serial:\"Z 2\" sata", 3, NULL},
        {"serial:Z 2, sata, size>=1TB", 3, NULL},
        {"sata, serial:Z 1", 2, NULL},
        {"wwn:0x5000c500a1b2c3d4", 2, NULL},
        {"wwn:5000C500A1B2C3D5, sata", 3, NULL},
        {"wwn:eui.00000000000000010000000000000002", 1, NULL},
        {"wwn:00-25-38-5b-71-b0-a1-c3", 1, NULL},
        {"wwn:naa.5000c500a1b2c3d4", 2, NULL},
        {"path:PciRoot(0x0)/Pci(0x2,0x0)/Sata(0x1,0xFFFF,0x0), virtio", 5, NULL},

        {"largest", DISKS,
         "target = largest fits 2 disks: SATA disk Spin ST4000, serial Z 1, 4.0 "
         "TB; SATA disk Spin ST4000, serial Z 2, 4.0 TB"},
        {"model:Spin, smallest", DISKS, "fits 2 disks: SATA disk Spin ST4000, serial Z 1"},
        {"nvme", DISKS, "target = nvme fits 2 disks: "},
        {"only", DISKS, "target = only: there is not only one disk that may be written, but 5: "},
        {"only, virtio", DISKS, "only one disk that may be written, but 5: "},
        {"size>=5TB", DISKS, "target = size>=5TB fits no disk; there are: NVMe disk Acme SSD 500"},
        {"size<=31GB", DISKS,
         "target = size<=31GB: USB disk Stick, serial STICK, 16.0 GB is the "
         "medium that ovfboot started from"},
        {"usb, smallest", DISKS, "is the medium that ovfboot started from"},
        {"sata, nvme", DISKS, "target = sata, nvme fits no disk; there are: "},
        {"scsi", DISKS, "; virtio disk, 32.0 GB"},
        {"wwn:0025385b71b0a1ff", DISKS, "fits no disk"},
        {"wwn:0000000000000002", DISKS, "fits no disk"},
        {"serial:Z", DISKS, "fits no disk"},
        {"serial:S1 smallest", DISKS, "target = serial:S1 smallest fits no disk"},
        {"boot-disk", DISKS, "target = boot-disk fits no disk"},
        {"nvme, smallest, largest", DISKS, "smallest and largest are not both possible"},
        {"ram, size>=1GB", DISKS, "ram stands alone"},
        {"nvme,", DISKS, "nothing stands behind the last comma"},
        {"nvme,, smallest", DISKS, ", smallest is no part of a rule: it must be ram, nvme, "},
        {"nvme, hd0", DISKS, "target = nvme, hd0: hd0 is no part of a rule"},
        {"size>=256", DISKS, "behind size>= must stand a whole number and KiB, MiB, "},
        {"size<=0GB", DISKS, "behind size<= must stand"},
        {"size>=99999999TB", DISKS, "behind size>= must stand"},
        {"size=256GB", DISKS, "is no part of a rule"},
        {"wwn:12345", DISKS, "12345 is no world wide name of 16 or 32 hexadecimal digits"},
        {"wwn:5000c500a1b2c3g4", DISKS, "is no world wide name"},
        {"model:", DISKS, "model: is no part of a rule"},
        {"model:''", DISKS, "is no part of a rule"},
        {"serial:'Z 2", DISKS, "the quotes do not close behind Z 2"},
        {"serial:'Z 2'x", DISKS, "neither a comma nor a blank stands behind the quotes"},
        {"nvme nvme nvme nvme nvme nvme nvme nvme nvme", DISKS, "a rule has at most 8 parts"},
    };

    plug_in();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t chosen = DISKS;
        enum err code = target_choose("target", cases[i].rule, disks, DISKS, &chosen, &error);
        CHECK((code == OK) == !cases[i].reason);
        CHECK(chosen == cases[i].disk);
        if (cases[i].reason && code != OK)
            CHECK_HOLDS(error.text, cases[i].reason);
        else if (chosen != cases[i].disk)
            CHECK_TEXT(code == OK ? "another disk" : error.text, cases[i].rule);
    }
}

TEST(the_only_disk_is_the_only_one_that_may_be_written)
{
    size_t chosen;

    plug_in();
    CHECK(target_choose("target", "only", disks + 4, 2, &chosen, &error) == OK && chosen == 1);
    CHECK(target_choose("target", "only, nvme", disks + 4, 2, &chosen, &error) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text, "target = only, nvme fits no disk; there are: virtio disk, 32.0 GB");
    CHECK(target_choose("target", "only", disks + 4, 1, &chosen, &error) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text,
               "target = only: USB disk Stick, serial STICK, 16.0 GB is the medium that "
               "ovfboot started from");
    CHECK(target_choose("target", "nvme", disks + 4, 1, &chosen, &error) == ERR_NOT_FOUND);
    CHECK_TEXT(error.text,
               "target = nvme fits no disk; none may be written: USB disk Stick, serial "
               "STICK, 16.0 GB is the medium that ovfboot started from");
}

TEST(a_protected_disk_is_never_chosen_and_the_sentence_names_the_setting)
{
    static uint8_t memory[4096];
    struct config config = {
        .protect = {"size>=1TB", "model:SSD 500"},
        .protect_places = {{"ovfboot.conf", "line", 3}, {"ovfboot.conf", "line", 4}}};
    struct arena a;
    size_t chosen;

    arena_init(&a, memory, sizeof(memory), "tests");
    plug_in();
    CHECK(targets_protect(&config, disks, DISKS, &a, &error) == OK);
    CHECK(!target_may_be_written(&disks[0]) && target_may_be_written(&disks[1]));
    CHECK(!target_may_be_written(&disks[2]) && !target_may_be_written(&disks[3]));
    CHECK(target_choose("target", "nvme", disks, DISKS, &chosen, &error) == OK && chosen == 1);
    CHECK(target_choose("target.2", "serial:S1", disks, DISKS, &chosen, &error) == ERR_SETTING);
    CHECK_TEXT(error.text, "target.2 = serial:S1: NVMe disk Acme SSD 500, serial S1, 512 GB is "
                           "protected by protect.2 = model:SSD 500 (ovfboot.conf line 4)");
    CHECK(target_choose("target", "sata", disks, DISKS, &chosen, &error) == ERR_SETTING);
    CHECK_HOLDS(error.text, "serial Z 1, 4.0 TB is protected by protect = size>=1TB (ovfboot.conf "
                            "line 3)");
}

TEST(a_list_that_is_too_long_says_how_many_more_there_are)
{
    size_t chosen;

    plug_in();
    for (size_t i = 0; i < DISKS; i++)
        disks[i].model = "a model whose name is long enough to fill the room that there is";
    CHECK(target_choose("target", "scsi", disks, DISKS, &chosen, &error) == ERR_NOT_FOUND);
    CHECK_HOLDS(error.text, "256 GB; and 3 more");
    CHECK(strlen(error.text) < sizeof(error.text) - 1);
}

TEST(a_disk_that_is_taken_is_not_chosen_again)
{
    size_t chosen;

    plug_in();
    disks[1].taken_by = "boot.vmdk";
    CHECK(target_choose("target.2", "nvme", disks, DISKS, &chosen, &error) == OK && chosen == 0);
    CHECK(target_choose("target.2", "serial:S2", disks, DISKS, &chosen, &error) == ERR_SETTING);
    CHECK_TEXT(error.text, "target.2 = serial:S2: NVMe disk Acme SSD 250, serial S2, 256 GB is "
                           "where boot.vmdk goes already");
}
