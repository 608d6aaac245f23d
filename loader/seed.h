/* loader/seed.h - what cloud-init reads on real hardware: a NoCloud seed made from the properties.
 *
 * On metal cloud-init looks at no OVF environment, but at a volume labelled cidata.  The seed says
 * what its DataSourceOVF would have read from the environment, and so is read from the same
 * properties (names without class and instance): instance-id, hostname or local-hostname (the later
 * one counts), public-keys, seedfrom, user-data (base64 as loose as Python's, else as it is),
 * password, network-config (base64 of YAML with a key network).  What is empty is left out.
 *
 * Where those say nothing, what DataSourceVMware and Ignition read from a hypervisor is taken:
 * guestinfo.userdata, .vendordata, .metadata and guestinfo.ignition.config.data, each with an
 * ".encoding" of base64 or gzip+base64.  An Ignition config is user data as it is.
 *
 * password is vendor data, "#cloud-config": of lower rank than user data, as it was.
 *
 * Source: cloud-init 22.4.2, DataSourceOVF.py, DataSourceVMware.py, DataSourceNoCloud.py.
 */
#ifndef LOADER_SEED_H
#define LOADER_SEED_H

#include "crypto/digest.h"
#include "loader/properties.h"

#define SEED_NOTES_MAX    8
#define SEED_INSTANCE_MAX 41         /* bytes of seed_instance() with the NUL */
#define SEED_UNPACKED_MAX (1u << 20) /* bytes of one value, out of gzip; docs/limits.md */

struct seed {
    struct bytes meta_data, user_data;        /* always to be there, be they empty */
    struct bytes vendor_data, network_config; /* len 0: no such file */
    const char *instance_id;
    const char *notes[SEED_NOTES_MAX]; /* what a person should know: sentences */
    size_t note_count;
};

/* "ovfboot-" and 32 digits: the same whenever this package is deployed to this machine, and else
 * another.  machine: its UUID or serial number. */
const char *seed_instance(const char *machine, const uint8_t descriptor_digest[DIGEST_MAX],
                          char out[SEED_INSTANCE_MAX]);

/* The seed, once properties have their values.  instance_id holds where no property says one.
 * ERR_SETTING for a guestinfo value that is not what its encoding says. */
enum err seed_make(const struct properties *p, const char *instance_id, struct arena *a,
                   struct arena work, struct seed *out, struct error *e) MUST_CHECK;

#endif
