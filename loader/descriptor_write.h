/* loader/descriptor_write.h - the descriptor of one virtual machine with UEFI firmware and its disks.
 *
 * Spec: DSP0243 1.1.0; DSP8023 1.1.0 (the schema); CIM_ResourceAllocationSettingData, whose elements the
 * schema wants in the order of the alphabet.  VMware's "firmware" has no standard's counterpart.
 */
#ifndef LOADER_DESCRIPTOR_WRITE_H
#define LOADER_DESCRIPTOR_WRITE_H

#include "base/arena.h"
#include "parsers/ovf.h"

struct descriptor_disk {
    const char *file;   /* its name, as it is: the href is made of it */
    uint64_t size;      /* bytes of the file */
    uint64_t capacity;  /* bytes of the disk; OVF_UNKNOWN leaves it out, which the schema forbids */
    const char *format; /* URI; NULL: not said */
    bool is_gzip;
};

struct descriptor {
    const char *name;                    /* of the virtual system */
    uint32_t processors;                 /* 0: not said */
    uint64_t memory;                     /* MiB; 0: not said */
    uint32_t compatible;                 /* version of VMware's virtual hardware; 0: not said */
    const struct descriptor_disk *disks; /* the first is started from */
    size_t count;
};

#define DESCRIPTOR_STREAM_OPTIMIZED                                                                \
    "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"

/* out lives in a. */
enum err descriptor_write(const struct descriptor *d, struct arena *a, struct arena work,
                          struct bytes *out, struct error *e) MUST_CHECK;

/* A file's name as a reference of which no reader can take a part for something else: all but letters,
 * digits and "-._~" in percent (RFC 3986, "Percent-Encoding"). */
enum err descriptor_href(const char *file, struct arena *a, const char **out,
                         struct error *e) MUST_CHECK;

#endif
