/* loader/provision.h - what the guest is told: a FAT volume with the OVF environment, a NoCloud seed
 * and a record of the deployment, for a partition at the end of the boot disk.
 *
 *     meta-data, user-data, vendor-data, network-config    loader/seed.h
 *     ovf-env.xml                                          loader/environment.h
 *     deployment.json                                      loader/record.h
 *     ovfboot.log, ovfboot.json                            loader/logs_disk.c: room for the run's log
 *     ovffiles/                                            loader/files.h
 *
 * The same package, settings and machine make the same volume, but for its time stamps.
 */
#ifndef LOADER_PROVISION_H
#define LOADER_PROVISION_H

#include "base/target.h"
#include "disks/fat_make.h"
#include "loader/machine.h"
#include "loader/plan.h"

#define PROVISION_LABEL     "cidata" /* what cloud-init, and in lower case Ignition, look for */
#define PROVISION_NOTES_MAX 8
#define PROVISION_FILES_MAX 8 /* besides those of the appliance */

#define PROVISION_LOG_TEXT "ovfboot.log"  /* as loader/log.h has it, */
#define PROVISION_LOG_JSON "ovfboot.json" /* and as loader/report.h */
#define PROVISION_LOG_SIZE (72u << 10)    /* bytes of each, whole sectors; docs/limits.md */

struct provision {
    struct bytes volume;
    uint8_t guid[16];                /* of the partition, as on disk */
    uint8_t environment[DIGEST_MAX]; /* SHA-256 of ovf-env.xml, for the record in the TPM */
    const char *instance_id;
    struct fat_make_file *files; /* what is in it */
    size_t file_count;
    const char *notes[PROVISION_NOTES_MAX];
    size_t note_count;
};

/* For whom it is made. */
struct provision_facts {
    const struct machine *machine;
    const char *others;   /* for record_write() */
    uint32_t sector_size; /* bytes, of the disk that it goes to */
    uint64_t seconds;     /* since 1970: the time stamp of the files */
    bool keeps_log;       /* there is to be room for it */
};

/* Make it, once properties have their values.  The volume is in the arena. */
enum err provision_make(const struct plan *plan, const struct provision_facts *facts,
                        struct arena *a, struct arena work, struct provision *out,
                        struct error *e) MUST_CHECK;

/* The GUID of the partition of that instance. */
void provision_guid(const char *instance_id, uint8_t out[16]);

/* Before anything is written: is there room for it in the table of the boot disk, on that target?
 * ERR_NO_ROOM, ERR_UNSUPPORTED or ERR_DAMAGED say why not.  A disk that cannot be looked into is
 * judged when it is sealed. */
enum err provision_check(const struct provision *p, const struct plan *plan,
                         const struct target *target, struct arena work,
                         struct error *e) MUST_CHECK;

/* Bytes of a target that is made to measure for the boot disk with it. */
uint64_t provision_target_size(const struct provision *p, const struct plan *plan,
                               uint32_t sector_size);

#endif
