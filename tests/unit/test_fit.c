#include "loader/fit.h"

#include <string.h>

#include "base/text.h"
#include "tests/build/plan_build.h"
#include "tests/test.h"

#define GIB (1ull << 30)

static struct plan_build b;
static struct needs needs;

#define COUNT(n)            "<rasd:VirtualQuantity>" n "</rasd:VirtualQuantity>"
#define CPUS(attributes, n) ITEM(attributes, "3", "3", COUNT(n))
#define GIBS(attributes, n)                                                                        \
    ITEM(attributes, "4", "4", "<rasd:AllocationUnits>byte * 2^30</rasd:AllocationUnits>" COUNT(n))
/* The needs of a system with these sections on that machine, one on a line: "must yes TEXT". */
static const char *needs_of(const char *content, const char *settings, struct machine machine,
                            uint64_t ram)
{
    static char text[1024];
    size_t len = 0;

    plan_build_begin(&b, content);
    if (plan_build_choose(&b, settings) != OK ||
        fit_check(&b.plan, &machine, ram, &b.arena, &needs, &b.error) != OK)
        return b.error.text;
    text[0] = '\0';
    for (size_t i = 0; i < needs.count; i++)
        len += text_format(text + len, sizeof(text) - len, "%s %s %s\n",
                           needs.at[i].must ? "must" : "like", needs.at[i].met ? "yes" : "no",
                           needs.at[i].text);
    return text;
}

static struct machine machine_of(uint32_t processors, uint64_t memory, uint32_t ports)
{
    return (struct machine){.name = "", .processors = processors, .memory = memory, .ports = ports};
}

static const char *on(const char *content, uint32_t processors, uint64_t memory)
{
    return needs_of(content, "", machine_of(processors, memory, MACHINE_PORTS_UNKNOWN), 0);
}

TEST(processors_without_a_range_are_wished_for_and_memory_is_needed)
{
    static const char plain[] = SYSTEM("vm", HARDWARE(CPUS("", "4") GIBS("", "2")));

    CHECK_TEXT(on(plain, 2, 2 * GIB), "like no 4 processors; there are 2\n"
                                      "must yes at least 2.1 GB of memory; there are 2.1 GB\n");
    CHECK_TEXT(on(plain, 4, 2 * GIB - 1), "like yes 4 processors; there are 4\n"
                                          "must no at least 2.1 GB of memory; there are 2.1 GB\n");
    CHECK_TEXT(on(SYSTEM("vm", HARDWARE(CPUS("", "1"))), 1, 0),
               "like yes 1 processor; there is 1\n");
}

#define RANGES                                                                                     \
    SYSTEM("vm", HARDWARE(CPUS("", "4") CPUS("ovf:bound='min'", "2") CPUS("ovf:bound='max'", "8")  \
                              GIBS("", "4") GIBS("ovf:bound='min'", "1")))

TEST(the_least_of_a_range_is_needed_and_the_usual_wished_for)
{
    CHECK_TEXT(on(RANGES, 2, GIB), "must yes at least 2 processors; there are 2\n"
                                   "like no 4 processors; there are 2\n"
                                   "must yes at least 1.0 GB of memory; there are 1.0 GB\n"
                                   "like no 4.2 GB of memory; there are 1.0 GB\n");
    CHECK_TEXT(on(RANGES, 1, GIB - 1), "must no at least 2 processors; there is 1\n"
                                       "like no 4 processors; there is 1\n"
                                       "must no at least 1.0 GB of memory; there are 1.0 GB\n"
                                       "like no 4.2 GB of memory; there are 1.0 GB\n");
}

TEST(a_range_that_begins_at_the_usual_is_a_need_alone)
{
    CHECK_TEXT(on(SYSTEM("vm", HARDWARE(CPUS("", "2") CPUS("ovf:bound='min'", "2")
                                            CPUS("ovf:bound='max'", "4"))),
                  1, 0),
               "must no at least 2 processors; there is 1\n");
}

TEST(a_range_without_a_least_is_a_wish)
{
    CHECK_TEXT(on(SYSTEM("vm", HARDWARE(CPUS("", "2") CPUS("ovf:bound='max'", "4") GIBS("", "2")
                                            GIBS("ovf:bound='max'", "4"))),
                  1, GIB),
               "like no 2 processors; there is 1\n"
               "like no 2.1 GB of memory; there are 1.0 GB\n");
}

TEST(the_chosen_option_says_what_is_needed)
{
    static const char content[] = OPTIONS(OPTION("small", "", "") OPTION("big", "", ""))
        SYSTEM("vm", HARDWARE(CPUS("", "2") CPUS("ovf:configuration='big'", "16")));
    struct machine machine = machine_of(4, 0, 0);

    CHECK_TEXT(needs_of(content, "option = small\n", machine, 0),
               "like yes 2 processors; there are 4\n");
    CHECK_TEXT(needs_of(content, "option = big\n", machine, 0),
               "like no 16 processors; there are 4\n");
}

TEST(ram_disks_need_their_memory_too)
{
    static const char content[] = SYSTEM("vm", HARDWARE(GIBS("", "1")));
    struct machine machine = machine_of(0, 3 * GIB, 0);

    CHECK_TEXT(needs_of(content, "", machine, 2 * GIB),
               "must yes at least 1.0 GB of memory and 2.1 GB for RAM disks; there are 3.2 GB\n");
    CHECK_TEXT(needs_of(content, "", machine, 2 * GIB + 1),
               "must no at least 1.0 GB of memory and 2.1 GB for RAM disks; there are 3.2 GB\n");
    machine.memory = UINT64_MAX - 1;
    (void)needs_of(content, "", machine, UINT64_MAX - 1);
    CHECK(needs.count == 1 && !needs.at[0].met);
}

TEST(what_is_not_known_of_a_machine_counts_as_there)
{
    CHECK_TEXT(on(RANGES, 0, 0), "must yes at least 2 processors\n"
                                 "like yes 4 processors\n"
                                 "must yes at least 1.0 GB of memory\n"
                                 "like yes 4.2 GB of memory\n");
    CHECK_TEXT(on(SYSTEM("vm", HARDWARE(ITEM("", "1", "10", ""))), 0, 0),
               "like yes 1 network port\n");
}

#define PORT(id, more) ITEM(more, id, "10", "")
#define TWO_PORTS      SYSTEM("vm", HARDWARE(PORT("1", "") PORT("2", "")))
#define PORTS(machine) needs_of(TWO_PORTS, "", machine_of(0, 0, machine), 0)

TEST(network_ports_are_wished_for)
{
    CHECK_TEXT(PORTS(2), "like yes 2 network ports; there are 2\n");
    CHECK_TEXT(PORTS(1), "like no 2 network ports; there is 1\n");
    CHECK_TEXT(PORTS(0), "like no 2 network ports; there are 0\n");
    CHECK_TEXT(needs_of(SYSTEM("vm", HARDWARE(PORT("1", "") PORT("2", "ovf:required='false'"))), "",
                        machine_of(0, 0, 0), 0),
               "like no 1 network port; there are 0\n");
    CHECK_TEXT(needs_of(SYSTEM("vm", HARDWARE(PORT("1", "ovf:required='false'"))), "",
                        machine_of(0, 0, 0), 0),
               "");
}

TEST(nothing_is_needed_where_nothing_is_said)
{
    CHECK_TEXT(on(SYSTEM("vm", ""), 1, 1), "");
    CHECK_TEXT(on(SYSTEM("vm", HARDWARE("")), 1, 1), "");
}

/* The needs of a plan with that boot disk. */
static const char *needs_of_disk(struct plan_disk *disk, enum guest_arch arch)
{
    struct machine machine = {.name = "", .arch = arch, .ports = MACHINE_PORTS_UNKNOWN};

    plan_build_begin(&b, SYSTEM("vm", ""));
    if (plan_build_choose(&b, "") != OK)
        return b.error.text;
    b.plan.disks = disk;
    b.plan.count = 1;
    if (fit_check(&b.plan, &machine, 0, &b.arena, &needs, &b.error) != OK)
        return b.error.text;
    return needs.count ? needs.at[0].text : "";
}

TEST(a_loader_that_the_firmware_can_start_is_needed)
{
    struct plan_disk disk = {.looked_inside = true};

    text_format(disk.loader.path, sizeof(disk.loader.path), "\\EFI\\BOOT\\BOOTX64.EFI");
    CHECK_TEXT(needs_of_disk(&disk, GUEST_X86_64),
               "UEFI firmware for x86_64, to start \\EFI\\BOOT\\BOOTX64.EFI");
    CHECK(needs.at[0].must && needs.at[0].met);
    fail_record(&disk.no_loader, ERR_NO_LOADER, "starts only on BIOS machines");
    CHECK_TEXT(needs_of_disk(&disk, GUEST_AARCH64),
               "a loader for UEFI on aarch64: starts only on BIOS machines");
    CHECK(needs.at[0].must && !needs.at[0].met);
    disk.looked_inside = false;
    CHECK_TEXT(needs_of_disk(&disk, GUEST_X86_64), "");
}

TEST(each_need_that_is_not_met_is_named_when_a_machine_is_refused)
{
    (void)on(RANGES, 2, GIB);
    CHECK(fit_enforce(&needs, &b.error) == OK);
    (void)on(RANGES, 2, GIB - 1);
    CHECK(fit_enforce(&needs, &b.error) == ERR_HARDWARE);
    CHECK_TEXT(b.error.text, "the appliance must have at least 1.0 GB of memory; there are 1.0 GB");
    (void)on(RANGES, 1, GIB / 2);
    CHECK(fit_enforce(&needs, &b.error) == ERR_HARDWARE);
    CHECK_TEXT(b.error.text, "the appliance must have at least 2 processors; there is 1; and at "
                             "least 1.0 GB of memory; there are 536 MB");
}

TEST(needs_beyond_the_last_are_dropped)
{
    CHECK_TEXT(on(SYSTEM("vm", ""), 0, 0), "");
    for (size_t i = 0; i <= NEEDS_MAX; i++)
        CHECK(fit_add(&needs, true, i != 0, "it", &b.arena, &b.error) == OK);
    CHECK(needs.count == NEEDS_MAX && !needs.at[0].met && needs.at[NEEDS_MAX - 1].met);
}
