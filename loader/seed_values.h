/* loader/seed_values.h - inside of loader/seed.h: values of properties as cloud-init decodes them. */
#ifndef LOADER_SEED_VALUES_H
#define LOADER_SEED_VALUES_H

#include "loader/seed.h"

/* The property that the guest gets under that full name, when it is not empty; else NULL. */
const struct property *seed_property(const struct properties *p, const char *name);

/* What DataSourceVMware reads for a key: nothing for blanks and "---", else the value decoded as
 * KEY.encoding says.  len 0: nothing. */
enum err seed_guestinfo(const struct properties *p, const char *key, struct arena *a,
                        struct arena work, struct bytes *out, struct error *e) MUST_CHECK;

/* By the name of an encoding, in the arena. */
enum err seed_decode(struct bytes value, const char *encoding, struct arena *a, struct arena work,
                     struct bytes *out, struct error *e) MUST_CHECK;

/* DataSourceOVF's user-data.  loose: characters that are not base64 were passed over. */
enum err seed_user_data(const char *value, struct arena *a, struct bytes *out, bool *loose,
                        struct error *e) MUST_CHECK;

/* DataSourceOVF's network-config: what is below the key network; len 0: nothing that would do. */
enum err seed_network(const char *value, struct arena *a, struct arena work, struct bytes *out,
                      struct error *e) MUST_CHECK;

/* guestinfo.metadata's network, which may be encoded once more. */
enum err seed_metadata_network(struct bytes metadata, struct arena *a, struct arena work,
                               struct bytes *out, struct error *e) MUST_CHECK;

#endif
