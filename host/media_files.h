/* host/media_files.h - what lies on the file system of a medium: loaders, settings, trust.
 *
 * All of it is read and checked by the code that will read it in firmware, in this order: the loaders, which may have a
 * policy and anchors sealed into them; the settings, alone and with those of each machine; the files with trust.
 */
#ifndef HOST_MEDIA_FILES_H
#define HOST_MEDIA_FILES_H

#include "disks/fat_make.h"
#include "host/session.h"

/* For each architecture that there is firmware of; all settings and files with trust. */
#define MEDIA_FILES_MAX (2 + 1 + 3 * ARGUMENT_FILES_MAX)

struct media_files {
    struct fat_make_file at[MEDIA_FILES_MAX];
    size_t count;
    struct bytes policy, anchors; /* sealed into the loaders; none: no bytes */
};

/* Everything in the session's package arena; its config becomes that of ovfboot.conf. */
enum err media_files_read(struct session *s, struct media_files *out, struct error *e) MUST_CHECK;

#endif
