/* disks/vmdk.h - streamOptimized VMDK, read in order and read at any offset.
 *
 * In order: by the markers alone, so that a download or a gzip member needs no seeking.  Files
 * with a footer and files with the grain directory in front both occur; the first end with an
 * end-of-stream marker behind the footer, the second (qemu-img) sometimes just end, and are then
 * whole when every grain that the tables list was there.
 * At any offset: through the grain directory and the grain tables.
 *
 * All other kinds of VMDK are refused by name.
 */
#ifndef DISKS_VMDK_H
#define DISKS_VMDK_H

#include "disks/image.h"
#include "parsers/vmdk.h"

/* The stream stands at the header. */
enum err vmdk_open(struct stream *stream, struct arena *a, struct image **out,
                   struct error *e) MUST_CHECK;

enum err vmdk_source_open(struct source *file, struct arena *a, struct source **out,
                          struct error *e) MUST_CHECK;

/* Shared by the two: refuse what is not a streamOptimized VMDK, or is a delta of another disk.
 * text is the descriptor, empty when there is none. */
enum err vmdk_check(const char *name, const struct vmdk_header *h, struct bytes text,
                    struct vmdk_descriptor *descriptor, struct error *e) MUST_CHECK;

/* Bytes of the embedded descriptor, 0 when there is none; the rest of a longer one is not read. */
#define VMDK_DESCRIPTOR_MAX (64u << 10) /* docs/limits.md */
size_t vmdk_descriptor_size(const struct vmdk_header *h);

/* Fail unless the marker is of a grain that the disk can have; at is its byte in the file. */
enum err vmdk_check_grain(const char *name, const struct vmdk_header *h,
                          const struct vmdk_marker *marker, uint64_t at,
                          struct error *e) MUST_CHECK;

/* The most bytes that a grain may be compressed to: what cannot be compressed grows a little. */
uint32_t vmdk_packed_max(const struct vmdk_header *h);

#endif
