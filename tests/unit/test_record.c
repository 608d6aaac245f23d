#include "loader/record.h"

#include <stdio.h>
#include <string.h>

#include "parsers/json.h"
#include "tests/build/guest_build.h"
#include "tests/test.h"

static uint8_t memory[2][1 << 18];
static struct error error;
static struct plan *plan;
static struct record record;
static struct record_identity now;

#define SYSTEM                                                                                     \
    "<VirtualSystem ovf:id='vm'><Info/><ProductSection><Info/>"                                    \
    "<Property ovf:key='ip' ovf:type='string' ovf:userConfigurable='true' ovf:value='1'/>"         \
    "<Property ovf:key='pin' ovf:type='string' ovf:userConfigurable='true' ovf:password='true'/>"  \
    "<Property ovf:key='adminPassword' ovf:type='string' ovf:userConfigurable='true'/>"            \
    "</ProductSection></VirtualSystem>"

static void build(void)
{
    CHECK(guest_build(SYSTEM, NULL, &plan, &error) == OK);
}

/* The record of the plan. */
static const char *written(const char *others)
{
    static char text[8192];
    struct arena a, work;
    struct bytes out;

    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&work, memory[1], sizeof(memory[1]), "a test's scratch");
    if (record_write(plan, "id-\"1\"", others, &a, work, &out, &error) != OK)
        return error.text;
    memcpy(text, out.at, out.len);
    text[out.len] = '\0';
    return text;
}

static enum err parsed(const char *text)
{
    static uint8_t room[1 << 16];
    struct arena a;

    arena_init(&a, room, sizeof(room), "a test");
    return record_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &a, &record, &error);
}

TEST(a_record_is_read_as_it_was_written)
{
    build();
    NEED(parsed(written("serial:A\n")) == OK);
    CHECK(!record.listed);
    CHECK_TEXT(record.others, "serial:A\n");
    CHECK_TEXT(record.system, "vm");
    CHECK_TEXT(record.option, "");
    CHECK_TEXT(record.instance_id, "id-\"1\"");
    CHECK_TEXT(record.signer, "nobody: the package is not signed");
    CHECK(memcmp(record.descriptor, plan->proof.descriptor_digest, 32) == 0);
    CHECK_TEXT(record.title, plan->title);
}

TEST(a_record_tells_where_values_come_from_and_no_value)
{
    guest_build_set("ip", "10.11.12.13");
    guest_build_set("pin", "1234567");
    guest_build_set("adminPassword", "hunter2");
    build();
    const char *text = written("serial:A\n");
    CHECK_HOLDS(text, "{\"name\": \"ip\", \"origin\": \"ovfboot.conf line 3\", \"secret\": false, "
                      "\"set\": true}");
    CHECK_HOLDS(text, "{\"name\": \"pin\", \"origin\": \"ovfboot.conf line 3\", \"secret\": true, "
                      "\"set\": true}");
    CHECK_HOLDS(text, "\"adminPassword\", \"origin\": \"ovfboot.conf line 3\", \"secret\": true");
    CHECK(!strstr(text, "10.11.12.13") && !strstr(text, "1234567") && !strstr(text, "hunter2"));
}

TEST(a_record_tells_what_a_person_answered)
{
    build();
    NEED(parsed(written("")) == OK);
    CHECK_TEXT(record.answered, "");
    CHECK(!record_answered(&record, "ip") && !record_answered(&record, ""));
    plan->properties.at[0].origin = PROPERTY_CONSOLE;
    plan->properties.at[2].origin = PROPERTY_CONSOLE;
    plan->properties.at[2].name = "a\"b";
    NEED(parsed(written("")) == OK);
    CHECK_TEXT(record.answered, "ip\na\"b\n");
    CHECK(record_answered(&record, "ip") && record_answered(&record, "a\"b"));
    CHECK(!record_answered(&record, "i") && !record_answered(&record, "pin"));
}

TEST(a_record_tells_whether_the_configuration_is_the_same)
{
    build();
    NEED(parsed(written("serial:A\n")) == OK);
    record_identify(plan, &now);
    CHECK(record_same_package(&record, &now) && record_same_configuration(&record, &now));
    guest_build_set("ip", "2");
    build();
    record_identify(plan, &now);
    CHECK(record_same_package(&record, &now) && !record_same_configuration(&record, &now));
    guest_build_set("pin", "2");
    build();
    record_identify(plan, &now);
    CHECK(!record_same_configuration(&record, &now));
}

TEST(which_secret_it_is_does_not_show_in_a_record)
{
    guest_build_set("pin", "1");
    build();
    NEED(parsed(written("serial:A\n")) == OK);
    guest_build_set("pin", "2");
    build();
    record_identify(plan, &now);
    CHECK(record_same_configuration(&record, &now));
}

TEST(a_value_that_a_password_was_put_into_is_secret)
{
    CHECK(
        guest_build("<VirtualSystemCollection ovf:id='c'><Info/><ProductSection><Info/>"
                    "<Property ovf:key='pin' ovf:type='string' ovf:password='true' ovf:value='77'/>"
                    "</ProductSection><VirtualSystem ovf:id='vm'><Info/><ProductSection><Info/>"
                    "<Property ovf:key='url' ovf:type='string' ovf:value='u:${pin}@h'/>"
                    "<Property ovf:key='x' ovf:type='string' ovf:value='${y}'/>"
                    "</ProductSection></VirtualSystem></VirtualSystemCollection>",
                    NULL, &plan, &error) == OK);
    CHECK_TEXT(plan->properties.at[0].value, "u:77@h");
    CHECK(plan->properties.at[0].secret && !plan->properties.at[1].secret);
    CHECK(plan->properties.at[2].secret);
}

TEST(a_record_tells_whether_the_package_is_the_same)
{
    struct manifest_entry entry = {"a.vmdk", 1, DIGEST_SHA256, {7}};
    struct disk_file file = {.name = "a.vmdk", .size = 100};
    struct plan_disk disk = {.name = "a.vmdk", .parts = {.at = &file, .count = 1}};
    struct licence licence = {.text = "x", .digest = {0xab}, .accepted_by = "the console"};

    build();
    plan->proof.has_manifest = true;
    plan->disks = &disk;
    plan->count = 1;
    plan->licences = &licence;
    plan->licence_count = 1;
    file.expected = (struct expected){"a.vmdk", {DIGEST_SHA256}, {&entry}, 1};
    const char *text = written("serial:A\n");
    NEED(parsed(text) == OK);
    CHECK(record.listed);
    CHECK_HOLDS(text, "{\"name\": \"a.vmdk\", \"size\": 100, \"SHA-256\": \"0700000");
    CHECK_HOLDS(text, "{\"SHA-256\": \"ab0000");
    CHECK_HOLDS(text, "\"accepted-by\": \"the console\"}");
    record_identify(plan, &now);
    CHECK(record_same_package(&record, &now));

    uint8_t *const parts[] = {&entry.digest[31], (uint8_t *)&file.size,
                              &plan->proof.manifest_digest[0], &plan->proof.descriptor_digest[31]};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        *parts[i] ^= 1;
        record_identify(plan, &now);
        CHECK(!record_same_package(&record, &now) && record_same_configuration(&record, &now));
        *parts[i] ^= 1;
    }
}

/* Put other words in place of the first ones of a record. */
static enum err changed(const char *from, const char *to)
{
    static char text[8192];
    const char *all = written("serial:A\n");
    const char *at = strstr(all, from);

    if (!at)
        return ERR_NOT_FOUND;
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - all), all, to, at + strlen(from));
    return parsed(text);
}

TEST(a_record_of_somebody_else_is_refused)
{
    build();
    CHECK(changed("\"format\": 1", "\"format\": 2") == ERR_UNSUPPORTED);
    CHECK_TEXT(error.text, "deployment.json: is of another format than 1");
    CHECK(changed("\"listed\": false", "\"listed\": \"false\"") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "deployment.json: listed is not what it should be");
    CHECK(changed("\"package\": \"", "\"package\": \"0") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "deployment.json: package is not a SHA-256 digest");
    CHECK(changed("\"system\": ", "\"System\": ") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "deployment.json: does not say system");
    CHECK(changed("\"system\": ", "\"option\": \"a\", \"system\": ") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "deployment.json: says option twice");
    CHECK(changed("\n}\n", "") == ERR_DAMAGED);
    CHECK_TEXT(error.text, "deployment.json: is not JSON");
    CHECK(parsed("") == ERR_DAMAGED);
}
