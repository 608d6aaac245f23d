/* loader/plan.h - what will be done: which files of the package become which disks.
 *
 * Making the plan reads and proves everything that can be read beforehand and writes nothing.
 */
#ifndef LOADER_PLAN_H
#define LOADER_PLAN_H

#include "base/target.h"
#include "disks/guest.h"
#include "loader/answers.h"
#include "loader/config.h"
#include "loader/envelope.h"
#include "loader/package.h"
#include "loader/parts.h"
#include "loader/properties.h"
#include "loader/verify.h"
#include "parsers/ovf.h"

struct plan_disk {
    const char *name;              /* the file in the package; of a blank disk its id */
    const char *id;                /* of the Disk in the descriptor */
    struct parts parts;            /* the files of the image; a blank disk has none */
    struct gunzip *gunzip;         /* they are gzip; NULL: they are not */
    struct source *image;          /* the image: parts.source, or what gunzip makes of it */
    const char *format;            /* "streamOptimized VMDK" */
    uint64_t capacity;             /* bytes of the guest disk, by the image */
    bool is_blank;                 /* no file: zeros, as many as the descriptor says */
    const char *capacity_property; /* key of the property that says a blank disk's capacity, ... */
    uint64_t capacity_unit;        /* ... in units of so many bytes; capacity is 0 until then */
    bool is_boot;
    bool looked_inside;   /* the image can be read at random, so what follows is known */
    uint32_t sector_size; /* bytes that the guest's partition table counts in; 0: not known */
    struct guest_loader loader;
    struct error no_loader; /* code OK: there is a loader; else why not */
    struct error fault;     /* of plan_disks_that_are_there(): why it is not known */
};

/* A file that the guest gets beside its properties: loader/files.h. */
struct plan_file {
    const char *path; /* on the volume: "ovffiles/etc/app.conf" */
    struct bytes bytes;
    uint8_t digest[DIGEST_MAX]; /* their SHA-256 */
};

#define PLAN_NOTES_MAX 32 /* sentences; what comes after them is dropped */

/* A licence (EULA), and which text of it was accepted. */
struct licence {
    const char *text; /* in plan->language */
    uint8_t digest[DIGEST_MAX];
    const char *accepted_by; /* "ovfboot.conf line 3"; NULL: nobody yet */
};

struct plan {
    struct package *package;
    struct proof proof;
    struct expected descriptor;
    struct ovf ovf;
    const char *language; /* for texts of the descriptor */

    /* What was chosen, by plan_choose(). */
    size_t system_index;
    const struct ovf_system *system;
    const char *option; /* id of the deployment option; NULL: the package has none */
    const struct ovf_hardware *hardware; /* NULL: the system has no hardware section */
    struct properties properties;
    const char *title; /* of the appliance, for people */
    struct licence *licences;
    size_t licence_count;
    bool
        as_it_is; /* nothing proves its disks, and nobody wants their digests: they are not hashed */
    struct answers *answers; /* of this run so far; NULL: nobody keeps them */
    bool settled_before;     /* this package was deployed here: only what is missing is asked */

    struct plan_disk *disks; /* the boot disk first */
    size_t count;            /* at most CONFIG_TARGETS_MAX */

    struct plan_file *files; /* those of files_read() */
    size_t file_count;

    const char *notes[PLAN_NOTES_MAX]; /* what a person should know, and nothing fails for */
    size_t note_count;
};

/* Prove the descriptor and decode it.  What the plan points at lives in the package arena; work is
 * scratch. */
enum err plan_open(struct package *p, const struct authority *authority, const char *language,
                   struct arena *a, struct arena work, struct plan *out,
                   struct error *e) MUST_CHECK;

/* Plan for that system of ovf and that deployment option (NULL: none), with settings applied to its
 * properties. */
enum err plan_choose(struct plan *plan, size_t system, const char *option,
                     const struct config *config, struct arena *a, struct error *e) MUST_CHECK;

/* Look at each disk of the chosen system; the one to boot from comes first: the one that the package
 * says, else the first that holds a loader. */
enum err plan_disks(struct plan *plan, enum guest_arch arch, struct arena *a, struct arena work,
                    struct error *e) MUST_CHECK;

/* The same for a package that may lack files: what is wrong with a disk is in its fault. */
enum err plan_disks_that_are_there(struct plan *plan, enum guest_arch arch, struct arena *a,
                                   struct arena work, struct error *e) MUST_CHECK;

/* A file of the package has size bytes; ERR_DAMAGED, or a note where the manifest decides, when the
 * descriptor says something else. */
enum err plan_check_size(struct plan *plan, const struct ovf_file *file, uint64_t size,
                         struct arena *a, struct error *e) MUST_CHECK;

/* Once properties have their values: the capacities of blank disks that are such values. */
enum err plan_size_blanks(struct plan *plan, struct error *e) MUST_CHECK;

/* Add a note, its text taken from the arena; one beyond the last is dropped. */
void plan_note(struct plan *plan, struct arena *a, const char *format, ...) PRINTF_LIKE(3, 4);

/* ERR_NO_LOADER when it is known that the firmware cannot start the boot disk. */
enum err plan_check_loader(const struct plan *plan, struct error *e) MUST_CHECK;

/* The disk is made for sectors of another size: what goes to the target is a view of it. */
bool plan_resectors(const struct plan_disk *disk, uint32_t sector_size);

/* The guest disk as it will be on sectors of that size, from image, its image; unproved unless that is. */
enum err plan_open_guest(const struct plan_disk *disk, struct source *image, uint32_t sector_size,
                         struct arena *a, struct source **out, struct error *e) MUST_CHECK;

/* ERR_NO_ROOM, or what resector_open() says of sectors of another size, when the disk cannot go there;
 * ERR_SETTING when its capacity is still to be said. */
enum err plan_check_target(const struct plan_disk *disk, const struct target *target,
                           struct arena work, struct error *e) MUST_CHECK;

#endif
