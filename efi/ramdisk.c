/* RAM disks: reserved memory that the firmware shows as a disk, and ACPI to the guest's kernel.
 *
 * RamDiskDxe of EDK2 adds an NFIT entry only for memory in one range of EfiReservedMemoryType, and
 * says nothing when it does not; so the tables are looked at afterwards.
 *
 * Spec: UEFI 2.10, "RAM Disk Protocol"; ACPI 6.4, "NVDIMM Firmware Interface Table (NFIT)".
 */
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/text.h"
#include "efi/console.h"
#include "efi/disks.h"
#include "efi/memory.h"
#include "efi/paths.h"
#include "efi/status.h"
#include "loader/config.h"
#include "loader/port.h"

#define RAM_ALIGN (2u << 20)  /* bytes; operating systems map persistent memory by large pages */
#define CLEAR     (64u << 20) /* bytes cleared between two feedings of the watchdog */
#define SECTOR    512         /* bytes; what EDK2's RAM disks have */

/* What was taken, to be given back. */
static struct {
    uint64_t base, size;     /* bytes */
    EFI_DEVICE_PATH *device; /* NULL: not registered */
} taken[CONFIG_TARGETS_MAX];
static size_t taken_count;

static enum err ram_write(struct target *t, uint64_t lba, const void *from, size_t count,
                          struct error *e)
{
    (void)e;
    memcpy(disk_of(t)->ram + lba * t->sector_size, from, count * t->sector_size);
    return OK;
}

static enum err ram_read(struct target *t, uint64_t lba, void *to, size_t count, struct error *e)
{
    (void)e;
    memcpy(to, disk_of(t)->ram + lba * t->sector_size, count * t->sector_size);
    return OK;
}

static enum err ram_flush(struct target *t, struct error *e)
{
    (void)t, (void)e;
    return OK;
}

static enum err take_reserved(uint64_t size, uint8_t **out, struct error *e)
{
    uint64_t pages = size / PAGE + RAM_ALIGN / PAGE - 1;
    EFI_PHYSICAL_ADDRESS at = 0;

    if (EFI_ERROR(
            firmware.boot->AllocatePages(AllocateAnyPages, EfiReservedMemoryType, pages, &at)))
        return memory_missing("the RAM disk", pages * PAGE, e);

    uint64_t base = round_up(at, RAM_ALIGN);
    if (base > at)
        firmware.boot->FreePages(at, (base - at) / PAGE);
    uint64_t behind = at + pages * PAGE - (base + size);
    if (behind)
        firmware.boot->FreePages(base + size, behind / PAGE);
    *out = (uint8_t *)(uintptr_t)base;
    taken[taken_count].base = base;
    taken[taken_count++].size = size;
    for (uint64_t done = 0; done < size; done += CLEAR) {
        memset(*out + done, 0, (size_t)min_u64(CLEAR, size - done));
        console_feed_watchdog();
    }
    return OK;
}

static enum err read_source(struct source *s, uint64_t offset, void *to, size_t len,
                            struct error *e)
{
    struct block *b = (struct block *)((uint8_t *)s - offsetof(struct block, source));

    (void)e;
    memcpy(to, disk_of(&b->target)->ram + offset, len);
    return OK;
}

enum err port_ram_disk(uint64_t size, struct arena *a, struct found_disk *out, struct error *e)
{
    static const EFI_GUID guid = RAM_DISK_PROTOCOL_GUID;
    static const struct target_ops target_ops = {
        .write = ram_write, .read = ram_read, .flush = ram_flush};
    static const struct source_ops source_ops = {.read = read_source};
    struct disk *d;

    if (!firmware_service(&guid))
        return fail(e, ERR_UNSUPPORTED, "target = ram: this firmware offers no RAM disks");
    if (taken_count == COUNT_OF(taken))
        return fail(e, ERR_TOO_BIG, "target = ram: more than %zu RAM disks", COUNT_OF(taken));
    if (size > UINT64_MAX / 2)
        return fail(e, ERR_NO_MEMORY, "target = ram: a disk of %llu bytes",
                    (unsigned long long)size);
    size = round_up(size, RAM_ALIGN);
    TRY(TAKE(a, 1, &d, e));
    TRY(take_reserved(size, &d->ram, e));
    d->is_ram = true;
    d->path = "";
    d->identity.bus = "ram";
    text_format(d->name, sizeof(d->name), "RAM disk");
    d->block.target = (struct target){.ops = &target_ops,
                                      .name = d->name,
                                      .sectors = size / SECTOR,
                                      .sector_size = SECTOR,
                                      .alignment = 1,
                                      .zeroed = true};
    d->block.source = (struct source){.ops = &source_ops, .name = d->name, .size = size};
    *out = (struct found_disk){.bus = "ram",
                               .model = "",
                               .serial = "",
                               .path = "",
                               .target = &d->block.target,
                               .source = &d->block.source};
    return OK;
}

enum err ram_disk_register(struct disk *d, struct error *e)
{
    static const EFI_GUID guid = RAM_DISK_PROTOCOL_GUID;
    EFI_GUID type = RAM_DISK_VIRTUAL_DISK_GUID, block_io = guid_block_io;
    struct ram_disk_protocol *protocol = firmware_service(&guid);
    uint64_t base = (uint64_t)(uintptr_t)d->ram;
    EFI_DEVICE_PATH *device, *rest;

    EFI_STATUS status =
        protocol->register_disk(base, target_size(&d->block.target), &type, NULL, &device);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_UNSUPPORTED, status, "the firmware does not take the RAM disk");
    for (size_t i = 0; i < taken_count; i++)
        if (taken[i].base == base)
            taken[i].device = device;
    d->device = rest = device;
    status = firmware.boot->LocateDevicePath(&block_io, &rest, &d->block.handle);
    if (EFI_ERROR(status))
        return status_fail(e, ERR_UNSUPPORTED, status, "the firmware shows no disk in the memory");
    if (!ram_disk_in_nfit(base, target_size(&d->block.target)))
        port_say("Note       the ACPI tables have no NFIT entry for the RAM disk: the guest's "
                 "kernel may not find it");
    return OK;
}

void port_drop_ram_disks(void)
{
    static const EFI_GUID guid = RAM_DISK_PROTOCOL_GUID;
    struct ram_disk_protocol *protocol = firmware_service(&guid);

    while (taken_count) {
        taken_count--;
        if (taken[taken_count].device)
            protocol->unregister_disk(taken[taken_count].device);
        firmware.boot->FreePages(taken[taken_count].base, taken[taken_count].size / PAGE);
        taken[taken_count].device = NULL;
    }
}

/* The table with that signature, or NULL. */
static const uint8_t *acpi_table(const char signature[4])
{
    static const EFI_GUID acpi20 = ACPI_20_TABLE_GUID;
    const EFI_CONFIGURATION_TABLE *tables = firmware.system->ConfigurationTable;
    const uint8_t *root = NULL;

    for (UINTN i = 0; i < firmware.system->NumberOfTableEntries; i++)
        if (memcmp(&tables[i].VendorGuid, &acpi20, sizeof(acpi20)) == 0)
            root = tables[i].VendorTable;
    if (!root)
        return NULL;
    /* RSDP: the XSDT's address at byte 24.  XSDT: length at byte 4, addresses from byte 36. */
    const uint8_t *xsdt = (const uint8_t *)(uintptr_t)get_le64(root + 24);
    for (uint32_t at = 36; xsdt && at + 8 <= get_le32(xsdt + 4); at += 8) {
        const uint8_t *table = (const uint8_t *)(uintptr_t)get_le64(xsdt + at);
        if (table && memcmp(table, signature, 4) == 0)
            return table;
    }
    return NULL;
}

bool ram_disk_in_nfit(uint64_t base, uint64_t size)
{
    const uint8_t *nfit = acpi_table("NFIT");
    uint32_t len = nfit ? get_le32(nfit + 4) : 0;

    /* Structures from byte 40: type and length, 16 bits each; type 0, an SPA range, has its base
     * at byte 32 and its length at byte 40. */
    for (uint32_t at = 40; at + 4 <= len; at += get_le16(nfit + at + 2)) {
        uint16_t part = get_le16(nfit + at + 2);
        if (part < 4 || part > len - at)
            return false;
        if (get_le16(nfit + at) == 0 && part >= 56 && get_le64(nfit + at + 32) == base &&
            get_le64(nfit + at + 40) == size)
            return true;
    }
    return false;
}
