#include "loader/descriptor_write.h"

#include <string.h>

#include "base/writing.h"

/* InstanceIDs; the disks follow. */
enum {
    PROCESSOR = 1,
    MEMORY,
    CONTROLLER,
    FIRST_DISK
};

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

enum err descriptor_href(const char *file, struct arena *a, const char **out, struct error *e)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t n = 0;
    char *href;

    TRY(arena_take(a, 3 * strlen(file) + 1, 1, 1, (void **)&href, e));
    for (const char *p = file; *p; p++) {
        if (is_unreserved(*p)) {
            href[n++] = *p;
            continue;
        }
        href[n++] = '%';
        href[n++] = digits[(uint8_t)*p >> 4];
        href[n++] = digits[(uint8_t)*p & 15];
    }
    *out = href;
    return OK;
}

static enum err put_files(struct writing *w, const struct descriptor *d, struct arena *work,
                          struct error *e)
{
    const char *href;

    writing_add(w, "  <References>\n");
    for (size_t i = 0; i < d->count; i++) {
        TRY(descriptor_href(d->disks[i].file, work, &href, e));
        writing_format(w, "    <File ovf:id=\"file%zu\" ovf:href=\"", i + 1);
        writing_xml(w, href);
        writing_format(w, "\" ovf:size=\"%llu\"%s/>\n", (unsigned long long)d->disks[i].size,
                       d->disks[i].is_gzip ? " ovf:compression=\"gzip\"" : "");
    }
    writing_add(w, "  </References>\n");
    return OK;
}

static void put_disks(struct writing *w, const struct descriptor *d)
{
    writing_add(w, "  <DiskSection>\n    <Info>Its disks</Info>\n");
    for (size_t i = 0; i < d->count; i++) {
        const struct descriptor_disk *disk = &d->disks[i];
        writing_format(w, "    <Disk ovf:diskId=\"disk%zu\" ovf:fileRef=\"file%zu\"", i + 1, i + 1);
        if (disk->capacity != OVF_UNKNOWN)
            writing_format(w, " ovf:capacity=\"%llu\"", (unsigned long long)disk->capacity);
        if (disk->format) {
            writing_add(w, "\n        ovf:format=\"");
            writing_xml(w, disk->format);
            writing_add(w, "\"");
        }
        writing_add(w, "/>\n");
    }
    writing_add(w, "  </DiskSection>\n");
}

static void put_system(struct writing *w, const struct descriptor *d)
{
    if (!d->compatible)
        return;
    writing_add(w, "      <System>\n"
                   "        <vssd:ElementName>Virtual hardware</vssd:ElementName>\n"
                   "        <vssd:InstanceID>0</vssd:InstanceID>\n"
                   "        <vssd:VirtualSystemIdentifier>");
    writing_xml(w, d->name);
    writing_add(w, "</vssd:VirtualSystemIdentifier>\n");
    writing_format(w, "        <vssd:VirtualSystemType>vmx-%u</vssd:VirtualSystemType>\n",
                   d->compatible);
    writing_add(w, "      </System>\n");
}

static void put_quantity(struct writing *w, const char *name, const char *units, int id, int type,
                         uint64_t quantity)
{
    if (!quantity)
        return;
    writing_format(w,
                   "      <Item>\n"
                   "        <rasd:AllocationUnits>%s</rasd:AllocationUnits>\n",
                   units);
    writing_format(w, "        <rasd:ElementName>%s</rasd:ElementName>\n", name);
    writing_format(w,
                   "        <rasd:InstanceID>%d</rasd:InstanceID>\n"
                   "        <rasd:ResourceType>%d</rasd:ResourceType>\n",
                   id, type);
    writing_format(w, "        <rasd:VirtualQuantity>%llu</rasd:VirtualQuantity>\n      </Item>\n",
                   (unsigned long long)quantity);
}

/* SATA, since any guest has a driver for it and it takes as many disks as an appliance may have. */
static void put_drives(struct writing *w, const struct descriptor *d)
{
    writing_add(w, "      <Item>\n"
                   "        <rasd:Address>0</rasd:Address>\n"
                   "        <rasd:ElementName>SATA controller</rasd:ElementName>\n");
    writing_format(w, "        <rasd:InstanceID>%d</rasd:InstanceID>\n", CONTROLLER);
    writing_add(w, "        <rasd:ResourceSubType>vmware.sata.ahci</rasd:ResourceSubType>\n"
                   "        <rasd:ResourceType>20</rasd:ResourceType>\n"
                   "      </Item>\n");
    for (size_t i = 0; i < d->count; i++) {
        writing_format(w,
                       "      <Item>\n"
                       "        <rasd:AddressOnParent>%zu</rasd:AddressOnParent>\n",
                       i);
        writing_format(w, "        <rasd:ElementName>Hard disk %zu</rasd:ElementName>\n", i + 1);
        writing_format(w, "        <rasd:HostResource>ovf:/disk/disk%zu</rasd:HostResource>\n",
                       i + 1);
        writing_format(w,
                       "        <rasd:InstanceID>%zu</rasd:InstanceID>\n"
                       "        <rasd:Parent>%d</rasd:Parent>\n",
                       FIRST_DISK + i, CONTROLLER);
        writing_add(w, "        <rasd:ResourceType>17</rasd:ResourceType>\n      </Item>\n");
    }
}

static void put_machine(struct writing *w, const struct descriptor *d)
{
    writing_add(w, "  <VirtualSystem ovf:id=\"");
    writing_xml(w, d->name);
    writing_add(w, "\">\n    <Info>A virtual machine</Info>\n    <Name>");
    writing_xml(w, d->name);
    writing_add(w, "</Name>\n    <VirtualHardwareSection>\n      <Info>What it needs</Info>\n");
    put_system(w, d);
    put_quantity(w, "Processors", "hertz * 10^6", PROCESSOR, 3, d->processors);
    put_quantity(w, "Memory", "byte * 2^20", MEMORY, 4, d->memory);
    put_drives(w, d);
    writing_add(
        w, "      <vmw:Config ovf:required=\"false\" vmw:key=\"firmware\" vmw:value=\"efi\"/>\n"
           "    </VirtualHardwareSection>\n  </VirtualSystem>\n");
}

enum err descriptor_write(const struct descriptor *d, struct arena *a, struct arena work,
                          struct bytes *out, struct error *e)
{
    struct arena text = work;
    struct writing w;

    /* The first half of what there is: hrefs are made in the rest. */
    text.end = text.next + arena_room(&work) / 2;
    work.next = text.end;
    TRY(writing_start(&w, &text, e));
    writing_add(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"
                    "    xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"
                    "    xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
                    "CIM_ResourceAllocationSettingData\"\n"
                    "    xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
                    "CIM_VirtualSystemSettingData\"\n"
                    "    xmlns:vmw=\"http://www.vmware.com/schema/ovf\">\n");
    TRY(put_files(&w, d, &work, e));
    put_disks(&w, d);
    put_machine(&w, d);
    writing_add(&w, "</Envelope>\n");
    return writing_end(&w, a, "the descriptor", out, e);
}
