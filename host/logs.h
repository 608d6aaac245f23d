/* host/logs.h - "ovfboot log": what runs of the loader left, for people.
 *
 * Logs lie on a stick or its image, as loader/logs.c leaves them (\EFI\ovfboot\logs\MACHINE-N.json and .txt), or
 * are such a file alone.
 */
#ifndef HOST_LOGS_H
#define HOST_LOGS_H

#include "disks/fat.h"
#include "host/session.h"

#define LOG_FILE_MAX (4u << 20) /* bytes; docs/limits.md */

/* One FAT volume of a medium. */
struct logs_volume {
    struct slice_source slice;
    struct fat fat;
};

/* What one run left there. */
struct kept_log {
    struct logs_volume *volume;
    const char *name;    /* "SN1-3", or "cidata" of the configuration's partition; in the arena */
    const char *machine; /* as in the file's name, or "cidata"; likewise */
    uint64_t number;
    uint32_t written;            /* as in struct fat_entry */
    struct fat_entry text, json; /* FAT_EMPTY: that one is not there */
};

struct kept_logs {
    struct kept_log *at; /* oldest first; in the arena */
    size_t count, volumes;
};

/* All that are on a disk, partitioned or not.  None is no error, and neither are volumes of other kinds. */
enum err logs_find(struct source *disk, struct arena *a, struct kept_logs *out,
                   struct error *e) MUST_CHECK;

/* One of its files whole, in the arena; name is for messages. */
enum err logs_read(const struct kept_log *log, const struct fat_entry *entry, const char *name,
                   struct arena *a, struct bytes *out, struct error *e) MUST_CHECK;

/* Is it a report of this format, to its end?  ERR_DAMAGED, ERR_UNSUPPORTED; name is for messages. */
enum err logs_check(struct bytes document, const char *name, struct error *e) MUST_CHECK;

/* "failed at disks: ...", of a document that was checked; in the arena. */
enum err logs_outcome(struct bytes document, struct arena *a, const char **out,
                      struct error *e) MUST_CHECK;

/* All of a document that was checked, on the standard output. */
enum err logs_print(struct bytes document, struct arena scratch, struct error *e) MUST_CHECK;

/* The command. */
enum err logs(struct session *s, struct error *e) MUST_CHECK;

#endif
