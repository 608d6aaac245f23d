/* host/machine.h - machines for plans made on the host: this one, or one that a file describes. */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include "loader/config.h"
#include "loader/machine.h"

/* This Linux machine.  What the kernel does not tell, or not to everybody, is left unknown. */
enum err machine_of_host(struct arena *a, struct machine *out, struct error *e) MUST_CHECK;

/* The same with that directory in place of /, which holds sys and proc. */
enum err machine_of_tree(const char *root, struct arena *a, struct machine *out,
                         struct error *e) MUST_CHECK;

struct described_disk {
    const char *bus;    /* as struct found_disk has it */
    const char *serial; /* "" when the file does not tell, as the next two */
    const char *model, *wwn;
    uint64_t size;        /* bytes, whole sectors */
    uint32_t sector_size; /* bytes */
};

struct described {
    struct machine machine;
    struct described_disk disks[CONFIG_TARGETS_MAX];
    size_t count;
};

/* A machine and its disks, as parsers/machine_file.h has them.  ERR_SETTING names the line. */
enum err machine_parse(struct bytes text, struct arena *a, struct described *out,
                       struct error *e) MUST_CHECK;

#endif
