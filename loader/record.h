/* loader/record.h - deployment.json: what was deployed, beside it, for people and for the next start.
 *
 * It holds digests, who signed, what was chosen and where each value came from; of values it holds
 * none.  Two digests say whether there is anything to do:
 *
 *     package          descriptor, manifest, and the name, size and digests of each disk; the path
 *                      and digest of each file for the guest
 *     configuration    system, option, and the properties that the guest gets, with their values
 *
 * A secret (a password, or what one was put into) counts in configuration as set or not set only: a
 * digest of a short one could be guessed.  That one changed shows in ovf-env.xml, which holds them
 * all.  The record proves nothing: whoever can write to the disk can write it.
 *
 * Spec: RFC 8259; the members are in loader/record.c.
 */
#ifndef LOADER_RECORD_H
#define LOADER_RECORD_H

#include "loader/plan.h"

#define RECORD_FILE   "deployment.json"
#define RECORD_FORMAT 1          /* another number is another program's */
#define RECORD_MAX    (1u << 20) /* bytes that are read; docs/limits.md */

struct record_identity {
    uint8_t package[DIGEST_MAX]; /* SHA-256, both */
    uint8_t configuration[DIGEST_MAX];
};

/* What the plan, its properties settled, comes to. */
void record_identify(const struct plan *plan, struct record_identity *out);

/* others: where the disks behind the first went, as text; the next start compares it. */
enum err record_write(const struct plan *plan, const char *instance_id, const char *others,
                      struct arena *a, struct arena work, struct bytes *out,
                      struct error *e) MUST_CHECK;

/* What a record says that is there.  "" where it does not say. */
struct record {
    bool listed; /* there was a manifest, so that package covers what is on the disks */
    struct record_identity identity;
    uint8_t descriptor[DIGEST_MAX]; /* SHA-256 */
    const char *title, *system, *option, *instance_id, *signer, *others;
    const char *answered; /* names of properties that a person answered, a newline behind each */
};

/* ERR_DAMAGED for anything that record_write() does not write, ERR_UNSUPPORTED for another format,
 * ERR_TOO_BIG over RECORD_MAX. */
enum err record_parse(struct bytes text, struct arena *a, struct record *out,
                      struct error *e) MUST_CHECK;

bool record_answered(const struct record *r, const char *name);
bool record_same_package(const struct record *r, const struct record_identity *now);
bool record_same_configuration(const struct record *r, const struct record_identity *now);

#endif
