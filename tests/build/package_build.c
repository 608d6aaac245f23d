#include "tests/build/package_build.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "loader/choices.h"
#include "tests/build/disk_build.h"
#include "tests/fake_target.h"

#define GRAIN 65536u

static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                           "<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"
                           "  xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"
                           "  xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
                           "CIM_ResourceAllocationSettingData\">\n";

/* snprintf, behind what is there. */
__attribute__((format(printf, 4, 5))) static size_t put(char *out, size_t room, size_t len,
                                                        const char *format, ...)
{
    va_list args;

    va_start(args, format);
    len += (size_t)vsnprintf(out + len, room - len, format, args);
    va_end(args);
    assert(len < room);
    return len;
}

static size_t put_item(char *out, size_t room, size_t len, size_t id, const char *name, int type,
                       const char *more)
{
    return put(out, room, len,
               "   <Item><rasd:ElementName>%s</rasd:ElementName>"
               "<rasd:InstanceID>%zu</rasd:InstanceID>%s"
               "<rasd:ResourceType>%d</rasd:ResourceType></Item>\n",
               name, id, more, type);
}

static size_t put_system(const struct package_build *p, char *out, size_t room, size_t len,
                         size_t number, size_t disks)
{
    char more[200];

    len = put(out, room, len,
              " <VirtualSystem ovf:id=\"vm%zu\"><Info/><Name>Box</Name>\n"
              "  <ProductSection><Info/><Product>Test Box</Product><Vendor>Tests</Vendor>"
              "<Version>7</Version></ProductSection>\n"
              "  <VirtualHardwareSection><Info/>\n",
              number);
    len = put_item(out, room, len, 1, "CPUs", 3, "<rasd:VirtualQuantity>2</rasd:VirtualQuantity>");
    len = put_item(out, room, len, 2, "Memory", 4,
                   "<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>"
                   "<rasd:VirtualQuantity>512</rasd:VirtualQuantity>");
    len = put_item(out, room, len, 3, "SATA", 20, "<rasd:Address>0</rasd:Address>");
    for (size_t i = 0; i < disks; i++) {
        snprintf(more, sizeof(more),
                 "<rasd:AddressOnParent>%zu</rasd:AddressOnParent>"
                 "<rasd:HostResource>ovf:/disk/vmdisk%zu</rasd:HostResource>"
                 "<rasd:Parent>3</rasd:Parent>",
                 i, i + 1);
        len = put_item(out, room, len, 10 + i, "Disk", 17, more);
    }
    return put(out, room, len, "%s  </VirtualHardwareSection>\n%s </VirtualSystem>\n",
               p->items ? p->items : "", p->sections ? p->sections : "");
}

/* One of the two sections with disks. */
static size_t put_disks(char *out, size_t room, size_t len, const struct build_disk *disks,
                        size_t count, bool shared)
{
    const char *kind = shared ? "SharedDisk" : "Disk";

    len = put(out, room, len, " <%sSection><Info/>\n", kind);
    for (size_t i = 0; i < count; i++) {
        if (disks[i].shared != shared)
            continue;
        len = put(out, room, len, "  <%s ovf:diskId=\"vmdisk%zu\" ovf:capacity=\"%s\" %s ", kind,
                  i + 1, disks[i].capacity ? disks[i].capacity : "4194304",
                  disks[i].disk_extra ? disks[i].disk_extra : "");
        if (disks[i].href)
            len = put(out, room, len, "ovf:fileRef=\"file%zu\" ", i + 1);
        len = put(out, room, len, "ovf:format=\"vmdk\"/>\n");
    }
    return put(out, room, len, " </%sSection>\n", kind);
}

/* A descriptor of OVF 1.x of that many virtual systems, each with all the disks: "vmdisk1", ...
 * Returns its length. */
static size_t build_descriptor(const struct package_build *p, const struct build_disk *disks,
                               size_t count, size_t systems, char *out, size_t room)
{
    size_t len = put(out, room, 0, "%s <References>\n", head);

    for (size_t i = 0; i < count; i++)
        if (disks[i].href)
            len = put(out, room, len, "  <File ovf:id=\"file%zu\" ovf:href=\"%s\" %s/>\n", i + 1,
                      disks[i].href, disks[i].file_extra ? disks[i].file_extra : "");
    len = put(out, room, len, " </References>\n");
    len = put_disks(out, room, len, disks, count, false);
    len = put_disks(out, room, len, disks, count, true);
    len = put(out, room, len, "%s", p->options ? p->options : "");
    if (systems > 1)
        len = put(out, room, len, " <VirtualSystemCollection ovf:id=\"all\"><Info/>\n");
    for (size_t i = 0; i < systems; i++)
        len = put_system(p, out, room, len, i + 1, count);
    if (systems > 1)
        len = put(out, room, len, " </VirtualSystemCollection>\n");
    return put(out, room, len, "</Envelope>\n");
}

size_t build_manifest_line(char *text, size_t room, size_t len, enum digest_kind kind,
                           const char *name, struct bytes contents)
{
    static const char *const names[] = {"SHA1", "SHA256", "SHA384", "SHA512"};
    char hex[2 * DIGEST_MAX + 1];
    uint8_t digest[DIGEST_MAX];
    struct digest d;

    digest_start(&d, kind);
    digest_add(&d, contents);
    digest_finish(&d, digest);
    return put(text, room, len, "%s(%s)= %s\n", names[kind], name, digest_hex(kind, digest, hex));
}

void package_build(struct package_build *p, const struct build_disk *disks, size_t count,
                   unsigned faults)
{
    static const struct bytes other = {(const uint8_t *)"other", 5};
    size_t room = 65536;
    size_t len = build_descriptor(p, disks, count, faults & PACKAGE_TWO_SYSTEMS ? 2 : 1,
                                  p->descriptor, sizeof(p->descriptor));
    struct bytes text = {(const uint8_t *)p->descriptor, len};
    size_t lines = build_manifest_line(p->manifest, sizeof(p->manifest), 0, DIGEST_SHA256,
                                       "box.ovf", faults & PACKAGE_BAD_DESCRIPTOR ? other : text);

    for (size_t i = 0; i < count; i++) {
        bool bad = faults & PACKAGE_BAD_DISK && i + 1 == count;
        room += disks[i].image.len + 2048;
        if (disks[i].href)
            lines = build_manifest_line(p->manifest, sizeof(p->manifest), lines, DIGEST_SHA256,
                                        disks[i].href, bad ? other : disks[i].image);
    }
    void *memory = malloc(room);
    assert(memory);
    tar_build_init(&p->tar, memory, room, TAR_VMWARE);
    tar_build_file(&p->tar, "box.ovf", p->descriptor, len);
    if (!(faults & PACKAGE_NO_MANIFEST))
        tar_build_file(&p->tar, "box.mf", p->manifest, lines);
    for (size_t i = 0; i < count; i++)
        if (disks[i].href)
            tar_build_file(&p->tar, disks[i].href, disks[i].image.at, disks[i].image.len);
    tar_build_end(&p->tar);
}

void package_build_release(struct package_build *p)
{
    free(p->tar.at);
}

enum err build_plan(struct package *package, const char *settings, struct arena *a,
                    struct arena work, struct plan *out, struct error *e)
{
    struct authority authority = {.policy = VERIFY_MANIFEST};
    static struct config config;
    struct config_source file = {.where = "ovfboot.conf",
                                 .unit = "line",
                                 .text = {(const uint8_t *)settings, strlen(settings)}};

    TRY(config_read((struct bytes){0}, &file, 1, a, &config, e));
    if (config.verify != VERIFY_DEFAULT)
        authority.policy = config.verify;
    TRY(plan_open(package, &authority, "", a, work, out, e));
    TRY(choose_what(out, &config, a, e));
    return plan_disks(out, GUEST_X86_64, a, work, e);
}

void build_guest(uint8_t *disk, size_t size, uint32_t sector_size, const char *loader)
{
    size_t first = 512 << 10, len = 1 << 20;
    struct build_partition parts[] = {
        {{0}, first / sector_size, (first + len) / sector_size - 1, "boot"}};
    struct fat_build fat;

    memset(disk, 0, size);
    memcpy(parts[0].type, build_type_esp, 16);
    fill_noise(disk + (2 << 20) + 4096, 200000, (uint32_t)size);
    fill_noise(disk + size - (512 << 10), 100000, (uint32_t)size + 1);
    build_gpt(disk, size / sector_size, sector_size, parts, 1);
    fat_build_begin(&fat, disk + first, len, 12);
    if (loader)
        fat_build_path(&fat, loader);
}

void build_image(struct vmdk_build *b, const uint8_t *disk, size_t size)
{
    static const uint8_t zeros[GRAIN];

    vmdk_build_begin(b, (struct vmdk_options){.capacity = size / 512, .stored = true});
    for (size_t at = 0; at < size; at += GRAIN) {
        size_t len = size - at < GRAIN ? size - at : GRAIN;
        if (memcmp(disk + at, zeros, len) != 0)
            vmdk_build_grain(b, at / 512, disk + at, len);
    }
    vmdk_build_end(b);
}
