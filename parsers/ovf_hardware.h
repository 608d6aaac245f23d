/* parsers/ovf_hardware.h - VirtualHardwareSection: the machine the package was made for. */
#ifndef PARSERS_OVF_HARDWARE_H
#define PARSERS_OVF_HARDWARE_H

#include "parsers/ovf_text.h"

/* CIM_ResourceAllocationSettingData.ResourceType, as far as it matters here. */
enum ovf_resource {
    OVF_PROCESSOR = 3,
    OVF_MEMORY = 4,
    OVF_IDE = 5,
    OVF_SCSI = 6,
    OVF_ETHERNET = 10,
    OVF_FLOPPY = 14,
    OVF_CD = 15,
    OVF_DVD = 16,
    OVF_DISK_DRIVE = 17,
    OVF_OTHER_STORAGE = 20, /* with a subtype: a SATA or NVMe controller */
    OVF_LOGICAL_DISK = 31,
    OVF_STORAGE_VOLUME = 32,
};

/* A range is given by more items of the same instance; such markers are no devices. */
enum ovf_bound {
    OVF_NORMAL,
    OVF_MIN,
    OVF_MAX,
};

enum ovf_item_kind {
    OVF_ITEM,
    OVF_STORAGE_ITEM,  /* 2.x */
    OVF_ETHERNET_ITEM, /* 2.x */
};

struct ovf_item {
    enum ovf_item_kind kind;
    enum ovf_bound bound;
    const char *instance;      /* InstanceID */
    uint32_t type;             /* ResourceType, see above; 0: not given */
    const char *other_type;    /* OtherResourceType */
    struct ovf_words subtypes; /* ResourceSubType: alternatives */
    const char *name;          /* ElementName, or Caption where that is missing */
    const char *description;
    const char *parent;                /* InstanceID of the controller */
    const char *address;               /* of a controller: its bus; of a port: its MAC */
    const char *address_on_parent;     /* usually a number */
    const char *const *host_resources; /* as written, trimmed */
    size_t host_resource_count;
    const char *const *connections; /* names of networks: alternatives */
    size_t connection_count;
    uint64_t quantity;    /* bytes of memory or of a disk, else a count; OVF_UNKNOWN: not given.
                           * Of a marker of memory without one, the reservation in bytes */
    uint64_t reservation; /* in the item's units, not converted; OVF_UNKNOWN: not given */
    uint64_t limit;       /* likewise */
    const char *units;    /* of the quantity, as written */
    bool connected;       /* AutomaticAllocation: is there when the machine starts */
    bool required;        /* the machine must have it */
    struct ovf_words configurations;
    uint32_t line;
};

/* vmw:Config or vmw:ExtraConfig: a setting of the hypervisor. */
struct ovf_hint {
    const char *key, *value;
    uint32_t line;
};

struct ovf_hardware {
    const char *id;
    struct ovf_words transports;   /* "iso", "com.vmware.guestInfo" */
    struct ovf_words system_types; /* VirtualSystemType: "vmx-19" */
    struct ovf_item *items;        /* in document order, of every option, markers too */
    size_t item_count;
    struct ovf_hint *hints;
    size_t hint_count;
    bool required;
    uint32_t line;
};

/* True for a disk: a drive, logical disk or storage volume; not CD, DVD or floppy. */
bool ovf_is_disk(const struct ovf_item *item);

/* "SCSI controller" and the like, for people; "device" for a type that is not known. */
const char *ovf_resource_name(uint32_t type);

/* True when the item is a device under the chosen deployment option (NULL: none): no marker, part
 * of that option, and not replaced by another item of its instance that names the option. */
bool ovf_item_counts(const struct ovf_hardware *hardware, const struct ovf_item *item,
                     const char *chosen);

struct ovf_range {
    uint64_t least;  /* OVF_UNKNOWN: open, any less will do */
    uint64_t normal; /* ovf_quantity() */
    uint64_t most;   /* OVF_UNKNOWN: open, any more will do */
};

/* The range of the items of that type that count: processors, bytes of memory.  An item without
 * markers has one of its quantity alone; a marker that names the chosen option wins over one that
 * names none; one that contradicts its item counts as not there.  All is open, and normal 0, where
 * no item of the type has a quantity.
 *
 * Spec: DSP0243 1.1.0, "VirtualHardwareSection": ranges on elements. */
void ovf_find_range(const struct ovf_hardware *hardware, uint32_t type, const char *chosen,
                    struct ovf_range *out);

/* Sum of the quantities of the items of that type that count: processors, bytes of memory. */
uint64_t ovf_quantity(const struct ovf_hardware *hardware, uint32_t type, const char *chosen);

#endif
