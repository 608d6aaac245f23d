#include <string.h>

#include "disks/config_volume.h"
#include "disks/fat.h"
#include "loader/provision.h"
#include "parsers/json.h"
#include "tests/build/loader_rig.h"
#include "tests/build/plan_build.h"
#include "tests/fake_source.h"
#include "tests/test.h"

#define GUEST_SECTION                                                                              \
    "<ProductSection><Info/><Property ovf:key='hostname' ovf:type='string' ovf:value='box1' "      \
    "ovf:userConfigurable='true'/></ProductSection>"
#define SECTORS (STAND_GUEST / 512 + 40000) /* of a target with room for a volume */

static struct fake_target roomy;
static struct fake_source reads;
static uint8_t scratch_memory[8 << 20], contents[STAND_GUEST + 65536];
static struct error error;
static enum err start_code; /* of the next run, */
static bool takes_nothing;  /* and of its medium */

static struct arena scratch(void)
{
    struct arena a;

    arena_init(&a, scratch_memory, sizeof(scratch_memory), "a test");
    return a;
}

/* A file of the volume on the roomy target, as text; "" when something is missing. */
static const char *told(const char *name)
{
    uint32_t sector = roomy.target.sector_size;
    struct config_volume at;
    struct slice_source slice;
    struct fat fat;
    struct fat_entry entry;
    struct fat_file file;

    contents[0] = '\0';
    error.text[0] = '\0';
    if (config_volume_find(&reads.source, sector, "cidata", scratch(), &at, &error) != OK ||
        slice_source_init(&slice, "volume", &reads.source, at.offset, at.size, &error) != OK ||
        fat_open(&fat, &slice.source, &error) != OK || fat_find(&fat, name, &entry, &error) != OK ||
        entry.size >= sizeof(contents))
        return "";
    fat_file_open(&file, &fat, &entry, name);
    if (source_read(&file.source, 0, contents, (size_t)entry.size, &error) != OK)
        return "";
    contents[entry.size] = '\0';
    return (const char *)contents;
}

static void begin(void)
{
    stand.built.sections = GUEST_SECTION;
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    stand.built.sections = NULL;
}

/* Deploy a guest with a property to the roomy target. */
static enum err provide(const char *uuid, const char *settings)
{
    uint32_t sector_size = stand.sector_size ? stand.sector_size : 512;

    begin();
    fake_target_init(&roomy, SECTORS * 512 / sector_size, sector_size);
    memset(roomy.disk, 0xa5, (size_t)target_size(&roomy.target));
    fake_port.disks[0] = fake_disk(&roomy, &reads, "nvme", "ROOMY");
    fake_port.disk_count = 1;
    fake_port.has_tpm = true;
    fake_port.machine = machine_unknown(GUEST_X86_64);
    fake_port.machine.uuid = uuid;
    fake_port.machine.ports = 1;
    fake_port.machine.mac_count = 1;
    fake_port.machine.macs[0] = "52:54:00:12:34:56";
    fake_port.start_code = start_code;
    fake_port.writes_nothing = takes_nothing;
    return stand_run(settings);
}

static bool json_is_whole(const char *text)
{
    struct json j = json_of((struct bytes){(const uint8_t *)text, strlen(text)});
    struct json_member member;

    while (json_next(&j, &member))
        continue;
    return json_ended(&j);
}

static void done(void)
{
    fake_target_release(&roomy);
    stand_end();
}

#define SETTINGS "target = nvme\nunattended = yes\nhardware = warn\n"

TEST(the_guest_is_told_its_properties_in_a_partition_of_its_own)
{
    NEED(provide("4c4c4544-0001", SETTINGS "property.hostname = box7\n") == OK);
    CHECK_HOLDS(told("\\ovf-env.xml"), "<Property oe:key=\"hostname\" oe:value=\"box7\"/>");
    CHECK_HOLDS(told("\\ovf-env.xml"), "ve:mac=\"52:54:00:12:34:56\"");
    CHECK_HOLDS(told("\\meta-data"), "instance-id");
    CHECK_HOLDS(told("\\meta-data"), "box7");
    CHECK_HOLDS(told("\\deployment.json"), "ovfboot.conf line 4");
    CHECK(!strstr(told("\\deployment.json"), "box7"));
    CHECK_HOLDS(fake_port.said, "\nTells      the guest its properties, as ovfboot-");
    CHECK_HOLDS(fake_port.measured, "ovfboot: environment (32 bytes)\n");
    done();
}

TEST(the_log_of_the_run_lies_beside_it)
{
    NEED(provide("4c4c4544-0001", SETTINGS "property.hostname = box7\n") == OK);
    const char *text = told("\\" PROVISION_LOG_TEXT);
    CHECK(strlen(text) == PROVISION_LOG_SIZE && text[PROVISION_LOG_SIZE - 1] == '\n');
    CHECK_HOLDS(text, "  Proved     boot.vmdk: matches the manifest");
    text = told("\\" PROVISION_LOG_JSON);
    CHECK(strlen(text) == PROVISION_LOG_SIZE);
    CHECK(json_is_whole(text) && !strstr(text, "box7"));
    CHECK_HOLDS(text, "\"outcome\": \"starting\"");
    done();
}

TEST(a_failure_behind_the_deployment_is_in_that_log)
{
    start_code = ERR_IO;
    CHECK(provide("4c4c4544-0001", SETTINGS) == ERR_IO);
    start_code = OK;
    CHECK_HOLDS(told("\\" PROVISION_LOG_TEXT), "  FAILED (io): ");
    CHECK_HOLDS(told("\\" PROVISION_LOG_JSON), "\"outcome\": \"failed\"");
    done();
}

TEST(without_a_medium_the_disk_is_enough)
{
    takes_nothing = true;
    NEED(provide("4c4c4544-0001", SETTINGS) == OK);
    takes_nothing = false;
    CHECK_TEXT(fake_port.note, "");
    CHECK_HOLDS(told("\\" PROVISION_LOG_JSON), "\"outcome\": \"starting\"");
    done();
}

TEST(where_no_log_is_wanted_there_is_no_room_for_one)
{
    NEED(provide("4c4c4544-0001", SETTINGS "log = no\n") == OK);
    CHECK_TEXT(told("\\" PROVISION_LOG_TEXT), "");
    CHECK(error.code == ERR_NOT_FOUND);
    done();
}

TEST(the_instance_is_the_same_for_one_machine_and_another_for_another)
{
    char first[500], again[500];

    NEED(provide("4c4c4544-0001", SETTINGS) == OK);
    strncpy(first, told("\\meta-data"), sizeof(first) - 1);
    done();
    NEED(provide("4c4c4544-0001", SETTINGS) == OK);
    strncpy(again, told("\\meta-data"), sizeof(again) - 1);
    CHECK(*first && strcmp(first, again) == 0);
    done();
    NEED(provide("4c4c4544-0002", SETTINGS) == OK);
    CHECK(strcmp(first, told("\\meta-data")) != 0);
    done();
}

TEST(nothing_is_told_where_settings_say_so)
{
    NEED(provide("4c4c4544-0001", SETTINGS "environment = none\n") == OK);
    CHECK_TEXT(told("\\meta-data"), "");
    CHECK(!strstr(fake_port.said, "Tells") && !strstr(fake_port.measured, "environment"));
    done();
}

TEST(no_room_for_the_partition_matters_to_who_has_set_something)
{
    begin();
    CHECK(stand_run(SETTINGS) == OK); /* its targets are hardly larger than the guest */
    CHECK_HOLDS(fake_port.said, "\nNote       the guest is told nothing: ");
    stand_end();
    static const char *const settings[] = {SETTINGS "property.hostname = box7\n",
                                           SETTINGS "environment = partition\n"};
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        begin();
        CHECK(stand_run(settings[i]) == ERR_NO_ROOM && stand_untouched());
        CHECK_HOLDS(stand.error.text, "environment = none goes without");
        stand_end();
    }
}

/* The image of the guest is the file that it gets, too. */
#define FILE_SECTION                                                                               \
    "<EnvironmentFilesSection><Info/><File ovf:fileRef='file1' ovf:path='a/Image.bin'/>"           \
    "</EnvironmentFilesSection>"

static void begin_with_file(const char *section, uint64_t sectors)
{
    stand.built.sections = section;
    stand_begin(1, "EFI/BOOT/BOOTX64.EFI", 0);
    stand.built.sections = NULL;
    fake_target_init(&roomy, sectors, 512);
    fake_port.disks[0] = fake_disk(&roomy, &reads, "nvme", "ROOMY");
    fake_port.disk_count = 1;
    fake_port.has_tpm = true;
}

TEST(the_guest_gets_the_files_of_the_appliance)
{
    begin_with_file(FILE_SECTION, SECTORS);
    NEED(stand_run(SETTINGS) == OK);
    CHECK_HOLDS(told("\\deployment.json"), "{\"name\": \"ovffiles/a/Image.bin\", \"size\": ");
    CHECK_HOLDS(told("\\ovffiles\\a\\Image.bin"), "KDMV"); /* how a VMDK begins */
    CHECK_HOLDS(fake_port.said, "\n           and gives it 1 file in ovffiles\n");
    CHECK_HOLDS(fake_port.measured, "ovfboot: file ovffiles/a/Image.bin (32 bytes)\n"
                                    "ovfboot: environment (32 bytes)\n");
    done();
}

TEST(the_guest_goes_without_files_where_nothing_is_told)
{
    begin_with_file(FILE_SECTION, SECTORS);
    NEED(stand_run(SETTINGS "environment = none\n") == OK);
    CHECK_HOLDS(fake_port.said, "\nNote       the guest goes without files of the appliance "
                                "(ovffiles/): a/Image.bin\n");
    CHECK(!strstr(fake_port.measured, "ovfboot: file"));
    done();
    begin_with_file(FILE_SECTION, STAND_GUEST / 512 + 1000);
    NEED(stand_run(SETTINGS) == OK); /* no room */
    CHECK_HOLDS(fake_port.said, "is told nothing, and does not get the appliance's files: ");
    CHECK(!strstr(fake_port.measured, "ovfboot: file"));
    done();
}

TEST(a_file_that_cannot_be_given_is_refused_before_anything_is_written)
{
    begin_with_file("<EnvironmentFilesSection><Info/><File ovf:fileRef='file1' ovf:path='../x'/>"
                    "</EnvironmentFilesSection>",
                    SECTORS);
    CHECK(stand_run(SETTINGS) == ERR_UNSUPPORTED && stand_untouched() && !roomy.done);
    CHECK_HOLDS(stand.error.text,
                "the path ../x for a file of the guest has a part that is no name");
    done();
}

TEST(the_volume_is_in_the_sectors_of_the_disk)
{
    stand.sector_size = 4096;
    enum err err = provide("4c4c4544-0001", SETTINGS "property.hostname = box7\n");
    stand.sector_size = 0;
    NEED(err == OK);
    CHECK_HOLDS(told("\\meta-data"), "box7");
    done();
}

TEST(a_ram_disk_has_room_for_what_the_guest_is_told)
{
    begin();
    fake_target_init(&roomy, SECTORS, 512);
    fake_port.ram = fake_disk(&roomy, &reads, "ram", "");
    CHECK(stand_run("target = ram\nunattended = yes\n") == OK);
    CHECK(fake_port.ram_size >= STAND_GUEST + (8u << 20) && fake_port.ram_size % 512 == 0);
    CHECK_HOLDS(told("\\meta-data"), "box1");
    done();
}
