/* loader/installed.h - what ovfboot finds of its own on a disk: the partition with what the guest is
 * told, and the record in it.
 */
#ifndef LOADER_INSTALLED_H
#define LOADER_INSTALLED_H

#include "disks/config_volume.h"
#include "loader/provision.h"
#include "loader/record.h"

enum installed_state {
    INSTALLED_NOTHING, /* nothing of ovfboot's, or a deployment that was interrupted */
    INSTALLED_RECORD,  /* record says what */
    INSTALLED_TORN,    /* while its partition was rewritten the power was cut: at.mark says whose */
    INSTALLED_UNCLEAR, /* something of ovfboot's, but why says why it cannot be read */
};

struct installed {
    enum installed_state state;
    struct config_volume at;
    struct record record;
    struct bytes environment; /* ovf-env.xml, where there is a record */
    struct error why;
};

/* Look at a disk.  Only a disk that cannot be read is an error. */
enum err installed_read(struct source *disk, uint32_t sector_size, struct arena *a,
                        struct arena scratch, struct installed *out, struct error *e) MUST_CHECK;

/* Is what the guest is told there just what p would tell it?  The record itself may differ. */
enum err installed_tells(const struct installed *installed, struct source *disk,
                         const struct provision *p, struct arena scratch, bool *same,
                         struct error *e) MUST_CHECK;

/* The value of a property of the guest in the environment there, in the arena; NULL: none. */
enum err installed_value(const struct installed *installed, const char *name, struct arena *a,
                         struct arena scratch, const char **out, struct error *e) MUST_CHECK;

#endif
