/* parsers/ovf.h - the descriptor of an OVF package, decoded.
 *
 * Reads the three dialects in the field (the 0.9 one of VMware and oVirt, 1.x, 2.x) into one set
 * of structs: names are matched by namespace, hrefs and ids are as written, units are resolved,
 * nothing is judged.  What the descriptor means for one machine is loader/plan.c's business; which
 * disk comes first is parsers/ovf_drives.h's.
 *
 * Strings are NUL-terminated UTF-8 and, like all lists, live in the arena that ovf_parse() was
 * given.  No string is NULL: what is absent is "", unless a comment says otherwise.  line is that
 * of the element's start tag, from 1.
 *
 * Spec: DSP0243 1.1.0 and 2.1.1; DSP8023 (the schemas); field notes in docs/formats.md.
 */
#ifndef PARSERS_OVF_H
#define PARSERS_OVF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "parsers/ovf_hardware.h"
#include "parsers/ovf_product.h"
#include "parsers/ovf_text.h"

/* What the reader takes before it says ERR_TOO_BIG; docs/limits.md has the reasons. */
#define OVF_SIZE_MAX       (8u << 20) /* bytes, as in the package */
#define OVF_DEPTH_MAX      64         /* elements inside each other */
#define OVF_ELEMENTS_MAX   65536      /* in the document */
#define OVF_ATTRIBUTES_MAX 32768      /* in the document */
#define OVF_PER_TAG_MAX    128        /* attributes of one element */
#define OVF_NAMESPACES_MAX 256        /* xmlns attributes in the document */
#define OVF_NAME_MAX       256        /* bytes of an element's or attribute's name */
#define OVF_VALUE_MAX      65536      /* bytes of an attribute's value */
#define OVF_PIECE_MAX      524288     /* bytes of text between two tags */

#define OVF_FILES_MAX   4096 /* in References */
#define OVF_DISKS_MAX   1024 /* in both disk sections */
#define OVF_SYSTEMS_MAX 1024 /* virtual systems and collections */
#define OVF_ITEMS_MAX   2048 /* of one VirtualHardwareSection */
#define OVF_OPTIONS_MAX 1024 /* in DeploymentOptionSection */
#define OVF_WORDS_MAX   64   /* in one list, as of configurations */

enum ovf_version {
    OVF_0_9, /* VMware's namespace, or the pre-1.0 one of the DMTF */
    OVF_1,   /* .../ovf/envelope/1, also with the trailing slash of oVirt, or no namespace */
    OVF_2,   /* .../ovf/envelope/2 */
};

enum ovf_compression {
    OVF_IDENTITY, /* stored as it is: "identity", "" or not given */
    OVF_GZIP,
    OVF_OTHER_COMPRESSION, /* its name is in compression_name */
};

/* References/File. */
struct ovf_file {
    const char *id;
    const char *href;             /* as written, not percent-decoded */
    uint64_t size;                /* bytes, as stored; OVF_UNKNOWN: not given */
    uint64_t chunk_size;          /* bytes of each piece "href.000000000"; 0: in one piece */
    const char *compression_name; /* as written */
    enum ovf_compression compression;
    uint32_t line;
};

/* DiskSection/Disk or SharedDiskSection/SharedDisk. */
struct ovf_disk {
    const char *id;
    size_t file;                   /* index in files; OVF_NONE: an empty disk */
    uint64_t capacity;             /* bytes; OVF_UNKNOWN: not given, or in a property */
    const char *capacity_property; /* key of the property with the capacity; NULL: none */
    uint64_t capacity_unit;        /* bytes that one unit of that property's value means */
    uint64_t populated_size;       /* bytes; OVF_UNKNOWN: not given */
    const char *format;            /* URI, and not to be trusted */
    const char *parent;            /* id of the disk that this is a difference to */
    bool shared;
    bool read_only;
    uint32_t line;
};

struct ovf_network {
    const char *name;
    struct ovf_message description;
    uint32_t line;
};

/* DeploymentOptionSection/Configuration. */
struct ovf_option {
    const char *id;
    struct ovf_message label, description;
    bool is_default; /* as written; ovf_default_option() knows the rule */
    uint32_t line;
};

/* OperatingSystemSection. */
struct ovf_os {
    bool given;
    uint16_t id; /* CIM_OperatingSystem.OSType; 0: none, or not a number */
    const char *version;
    struct ovf_message description;
    const char *vmware_type; /* vmw:osType: "ubuntu64Guest" */
    uint32_t line;
};

/* StartupSection/Item of a collection. */
struct ovf_startup {
    const char *id;       /* of a system directly inside the collection */
    uint32_t order;       /* ascending; equal ones may start together */
    uint32_t start_delay; /* seconds */
    bool waiting_for_guest;
    const char *start_action; /* "powerOn" or "none" */
    uint32_t line;
};

/* What to boot from, first choice first: BootDeviceSection, vmw:BootOrderSection. */
struct ovf_boot_source {
    const char *instance; /* InstanceID of the hardware item */
    const char *device;   /* "CIM:Hard-Disk:1", or vmw:type: "disk"; may be all that is given */
    uint32_t line;
};

/* EnvironmentFilesSection/File. */
struct ovf_environment_file {
    size_t file;      /* index in files; OVF_NONE: no such file */
    const char *path; /* below /ovffiles */
    uint32_t line;
};

/* ScaleOutSection/InstanceCount: how many copies of the system are to run. */
struct ovf_scale {
    uint32_t least, usual;
    uint32_t most; /* UINT32_MAX: not given */
    struct ovf_words configurations;
    uint32_t line;
};

/* PlacementGroupSection of the Envelope: systems to be on one host, or on several. */
struct ovf_placement_group {
    const char *id;
    const char *policy; /* "affinity", "availability" */
    struct ovf_message description;
    uint32_t line;
};

/* A section that was stepped over: foreign, and either optional or known to be harmless here. */
struct ovf_skipped {
    const char *name; /* as written, with its prefix; or the name of its xsi:type */
    bool required;    /* said, or left to the default, that it must be understood */
    uint32_t line;
};

enum ovf_firmware {
    OVF_FIRMWARE_UNSAID,
    OVF_FIRMWARE_BIOS,
    OVF_FIRMWARE_EFI,
};

/* VirtualSystem or VirtualSystemCollection. */
struct ovf_system {
    size_t parent; /* index in systems of the collection it is in; OVF_NONE: outermost */
    const char *id;
    struct ovf_message name; /* its text is the id when there is no Name */
    struct ovf_message info;
    bool is_collection;
    uint32_t line;

    struct ovf_product *products;
    size_t product_count;
    struct ovf_hardware *hardware; /* alternatives, one for each VirtualHardwareSection */
    size_t hardware_count;
    struct ovf_os os;
    struct ovf_message *eulas;
    size_t eula_count;
    struct ovf_message *annotations;
    size_t annotation_count;
    struct ovf_startup *startup; /* of a collection */
    size_t startup_count;
    struct ovf_boot_source *boot;
    size_t boot_count;
    struct ovf_item *allocation; /* ResourceAllocationSection of a collection */
    size_t allocation_count;
    struct ovf_environment_file *environment_files;
    size_t environment_file_count;
    struct ovf_scale *scales; /* by deployment option */
    size_t scale_count;

    bool has_install;            /* InstallSection: boot once to finish installing */
    uint32_t install_stop_delay; /* seconds; 0: it switches itself off */
    const char *placement_group; /* PlacementSection: id of one of placement_groups; "": none */

    enum ovf_firmware firmware; /* a hint of vmw:Config or vbox:Firmware; real packages err */
    bool secure_boot;           /* likewise */
};

struct ovf {
    enum ovf_version version;
    const char *language; /* of the texts: xml:lang of the Envelope, "en-US" when not given */

    struct ovf_file *files;
    size_t file_count;
    struct ovf_disk *disks; /* both sections', in document order */
    size_t disk_count;
    struct ovf_network *networks;
    size_t network_count;
    struct ovf_option *options;
    size_t option_count;
    struct ovf_placement_group *placement_groups;
    size_t placement_group_count;
    struct ovf_system *systems; /* in document order: a collection, then what is in it */
    size_t system_count;
    struct ovf_bundle *bundles; /* Strings: translations */
    size_t bundle_count;
    struct ovf_skipped *skipped;
    size_t skipped_count;
};

/* Decode a descriptor.  What *out points at is taken from the arena; scratch holds the text and
 * its tree, at most 4 * text.len bytes and 8 MiB.  Fails with
 *
 *     ERR_DAMAGED      it is not XML, or contradicts itself, or lacks what must be there
 *     ERR_UNSUPPORTED  a section that must be understood is not; an encrypted descriptor
 *     ERR_TOO_BIG      a limit above
 */
enum err ovf_parse(struct bytes text, struct arena *a, struct arena scratch, struct ovf *out,
                   struct error *e) MUST_CHECK;

/* Decode a bundle of translations that is a file of its own, with the limits and codes of
 * ovf_parse().  out->file is OVF_NONE, and its language "" when the file does not say it.  A message
 * that is a file once more is left out: only the descriptor knows the files. */
enum err ovf_parse_bundle(struct bytes text, struct arena *a, struct arena scratch,
                          struct ovf_bundle *out, struct error *e) MUST_CHECK;

/* Index of the disk of that id, or OVF_NONE. */
size_t ovf_find_disk(const struct ovf *o, const char *id);

/* Index of the system whose id is given, or whose path of ids is ("MyService/DBTier/DB1");
 * OVF_NONE when there is none, or more than one. */
size_t ovf_find_system(const struct ovf *o, const char *id);

/* Index of the first system that is no collection and comes after the given one; OVF_NONE: no
 * more.  Begin with OVF_NONE. */
size_t ovf_next_machine(const struct ovf *o, size_t after);

/* The deployment option that holds when nobody chooses: the one marked so, else the first; NULL
 * when the package has none. */
const struct ovf_option *ovf_default_option(const struct ovf *o);

/* The option of that id, or NULL. */
const struct ovf_option *ovf_find_option(const struct ovf *o, const char *id);

/* How many copies of the system the chosen option (NULL: none) wants: what names the option, else
 * what names none; NULL when nothing is said. */
const struct ovf_scale *ovf_find_scale(const struct ovf_system *s, const char *chosen);

/* The placement group of that id, or NULL. */
const struct ovf_placement_group *ovf_find_placement_group(const struct ovf *o, const char *id);

#endif
