#include "tests/build/entry_rig.h"

#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "tests/build/disk_build.h"
#include "tests/test.h"

struct entry_rig menu;

static uint8_t *put_wide(uint8_t *at, const char *text)
{
    uint16_t wide[512];
    size_t units = 0;

    CHECK(utf8_to_utf16(text, strlen(text), wide, COUNT_OF(wide), &units));
    memcpy(at, wide, 2 * units + 2);
    return at + 2 * units + 2;
}

struct bytes entry_build(const struct entry *e)
{
    static const uint8_t pci[] = {1, 1, 6, 0, 0, 2};
    static uint8_t out[4096];
    uint8_t *path = put_wide(out + 6, e->text), *at = path;

    put_le32(out, e->attributes);
    if (e->is_long) {
        memcpy(at, pci, sizeof(pci));
        at += sizeof(pci);
    }
    memcpy(at, "\x04\x01\x2a\x00", 4);
    put_le32(at + 4, e->number);
    put_le64(at + 8, e->start);
    put_le64(at + 16, e->count);
    memset(at + 24, e->mbr ? 0 : e->guid, 16);
    if (e->mbr)
        put_le32(at + 24, e->mbr);
    memset(at + 40, e->mbr ? 1 : 2, 2);
    at += 42;
    uint8_t *end = put_wide(at + 4, e->file);
    memcpy(at, "\x04\x04", 2);
    put_le16(at + 2, (uint16_t)(end - at));
    memcpy(end, "\x7f\xff\x04\x00", 4);
    put_le16(out + 4, (uint16_t)(end + 4 - path));
    at = end + 4;
    if (e->data)
        at = put_wide(at, e->data);
    return (struct bytes){out, (size_t)(at - out)};
}

void entry_put(uint16_t number, const struct entry *e)
{
    char name[9];

    text_format(name, sizeof(name), "Boot%04X", number);
    fake_variable_put(name, entry_build(e));
}

bool entry_is(uint16_t number, const struct entry *e)
{
    struct bytes wanted = entry_build(e);
    char name[9];

    text_format(name, sizeof(name), "Boot%04X", number);
    struct bytes value = fake_variable(name);
    return value.len == wanted.len && memcmp(value.at, wanted.at, value.len) == 0;
}

void order_put(const uint16_t *order, size_t count)
{
    fake_variable_put("BootOrder", (struct bytes){(const uint8_t *)order, 2 * count});
}

bool order_is(const uint16_t *order, size_t count)
{
    struct bytes value = fake_variable("BootOrder");

    return value.len == 2 * count && (!count || memcmp(value.at, order, value.len) == 0);
}

/* What is wanted: the first partition of the first disk. */
const struct entry entry_ours = {.text = "Test Box (ovfboot)",
                                 .file = ENTRY_FILE,
                                 .guid = 0x10,
                                 .number = 1,
                                 .start = 40,
                                 .count = 200,
                                 .attributes = 1};
const struct entry entry_windows = {.text = "Windows Boot Manager",
                                    .file = "\\EFI\\Microsoft\\Boot\\bootmgfw.efi",
                                    .guid = 0x77,
                                    .number = 2,
                                    .start = 99,
                                    .count = 5,
                                    .attributes = 1,
                                    .data = "WINDOWS"};

/* Two disks; GUIDs of partitions are 0x10 and 0x11 on the first, 0x10 + more on the second. */
void entry_begin(void)
{
    struct build_partition parts[] = {{{0}, 40, 239, "ESP"}, {{0}, 240, 400, "root"}};

    memcpy(parts[0].type, build_type_esp, 16);
    memcpy(parts[1].type, build_type_linux, 16);
    fake_port_reset();
    for (size_t i = 0; i < 2; i++) {
        fake_target_init(&menu.targets[i], ENTRY_SECTORS, 512);
        menu.disks[i] = fake_disk(&menu.targets[i], &menu.reads[i], "nvme", "");
        memset(menu.targets[i].disk, 0, (size_t)ENTRY_SECTORS * 512);
    }
    build_gpt(menu.targets[0].disk, ENTRY_SECTORS, 512, parts, 2);
    build_mbr(menu.targets[1].disk, parts, 2);
    put_le32(menu.targets[1].disk + 440, 0x55667788);
    menu.loader = (struct guest_loader){
        .partition = {.number = 1, .offset = 40 * 512, .size = 200 * 512, .is_esp = true},
        .table = TABLE_GPT,
        .path = ENTRY_FILE};
    memset(menu.loader.partition.guid, 0x10, 16);
    menu.wish = (struct boot_wish){.title = "Test Box",
                                   .loader = &menu.loader,
                                   .sector_size = 512,
                                   .disks = menu.disks,
                                   .disk_count = 2};
}

void entry_end(void)
{
    for (size_t i = 0; i < 2; i++)
        fake_target_release(&menu.targets[i]);
}

void entry_make(void)
{
    struct arena work;

    fake_port.said_len = 0;
    memset(fake_port.said, 0, sizeof(fake_port.said));
    fake_variables.writes = 0;
    arena_init(&work, menu.memory, sizeof(menu.memory), "tests");
    boot_entry_make(&menu.wish, work);
}
