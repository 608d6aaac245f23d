/* host/file.h - POSIX files and block devices as sources, targets and folders. */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include "base/source.h"
#include "base/target.h"
#include "host/write_behind.h"
#include "loader/folder.h"

struct file_source {
    struct source source;
    int fd;
};
enum err file_source_open(struct file_source *s, const char *path, struct error *e) MUST_CHECK;
/* Takes over a descriptor, which may be -1 with errno set. */
enum err file_source_of(struct file_source *s, int fd, const char *name,
                        struct error *e) MUST_CHECK;
void file_source_close(struct file_source *s); /* one that never opened, too */

/* The first byte from offset on that is not in a hole, as far as the file system tells; the size where
 * there is none. */
uint64_t file_source_data(const struct file_source *s, uint64_t offset);

/* The directory that a path's file lies in.  Files it opens stay open until the process ends. */
struct file_folder {
    struct folder folder;
    int fd;
};
/* What it opens is a struct file_source. */
enum err file_folder_open(struct file_folder *f, const char *path, struct error *e) MUST_CHECK;
void file_folder_close(struct file_folder *f);

/* A path's last part, its name in that directory. */
const char *file_base_name(const char *path);

struct file_target {
    struct target target;
    const char *path;
    int fd;
    bool created;               /* the file was not there before */
    bool is_device;             /* a block device */
    struct write_behind behind; /* unless no thread could be had */
};

/* Open a block device or a file; a file that is not there is made, size bytes long and sparse.
 * A device that is mounted or in use is refused.  It stays where it is until it is closed. */
enum err file_target_open(struct file_target *t, const char *path, uint64_t size,
                          struct error *e) MUST_CHECK;

/* Close; a file that was made is removed again unless keep. */
enum err file_target_close(struct file_target *t, bool keep, struct error *e) MUST_CHECK;

#endif
