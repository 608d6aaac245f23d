/* host/tar_write.h - a tar archive being written: POSIX ustar, as an OVA has to be.
 *
 *     TRY(tar_write_open(&w, "out.ova", mtime, a, e));
 *     for each member:
 *         tar_write_header(&w, name, size, e), then tar_write_bytes() with size bytes in all
 *     tar_write_close(&w, err == OK, e);
 *
 * It grows as out.ova.tmp and gets its name when it is whole and on the disk.  The same members
 * give the same bytes: owner 0, mode 0644, one time for all.
 *
 * Spec: DSP0243 1.1.0, "Distribution as a single file"; IEEE Std 1003.1, pax, "ustar Interchange
 * Format"; GNU tar manual, "Basic Tar Format", for sizes of 8 GiB and more.
 */
#ifndef HOST_TAR_WRITE_H
#define HOST_TAR_WRITE_H

#include "base/arena.h"
#include "parsers/tar.h"

#define TAR_MTIME_MAX 077777777777ull /* seconds since 1970; eleven octal digits */

struct tar_write {
    const char *path;      /* borrowed */
    const char *temporary; /* path and ".tmp", in the arena */
    int fd;                /* -1: not open */
    uint64_t mtime;        /* seconds since 1970, at most TAR_MTIME_MAX */
    uint64_t offset;       /* bytes written so far */
    uint64_t due;          /* bytes at which the contents of the current member end */
};

/* What is at path may be replaced: nothing, or an ordinary file that is none of the inputs, whatever
 * path leads to them.  NULL among them is passed over. */
enum err tar_write_check(const char *path, const char *const inputs[], size_t count,
                         struct error *e) MUST_CHECK;

/* SOURCE_DATE_EPOCH, else 0. */
enum err tar_write_mtime(uint64_t *out, struct error *e) MUST_CHECK;

/* One header, without I/O.  ERR_UNSUPPORTED, by name, for a name that ustar cannot hold: over 100
 * bytes, and without a '/' that leaves at most 155 before it and 100 behind it. */
enum err tar_write_block(uint8_t block[TAR_BLOCK], const char *name, uint64_t size, uint64_t mtime,
                         struct error *e) MUST_CHECK;

/* Fails when path.tmp is there already: another run may be at it. */
enum err tar_write_open(struct tar_write *w, const char *path, uint64_t mtime, struct arena *a,
                        struct error *e) MUST_CHECK;

/* Begin a member of size bytes, which must follow; padding is done here. */
enum err tar_write_header(struct tar_write *w, const char *name, uint64_t size,
                          struct error *e) MUST_CHECK;
enum err tar_write_bytes(struct tar_write *w, struct bytes bytes, struct error *e) MUST_CHECK;

/* Other bytes in place of some that were written. */
enum err tar_write_again(struct tar_write *w, uint64_t offset, struct bytes bytes,
                         struct error *e) MUST_CHECK;

/* End the archive, sync it and give it its name, over a file that has it; unless keep, or when that
 * fails, nothing is left.  One that never opened is accepted. */
enum err tar_write_close(struct tar_write *w, bool keep, struct error *e) MUST_CHECK;

#endif
