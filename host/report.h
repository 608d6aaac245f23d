/* host/report.h - what ovfboot verify found out, for people and as JSON.
 *
 * The JSON object has: package, result ("proved", "whole" or "refused"), message (when refused),
 * advice, policy, manifest (file, sha256), signature (state, algorithm, anchor, notes, chain of
 * subject, issuer, serial, key, not_before, not_after, fingerprint), descriptor (file, sha256),
 * disks (file, state, digest).  What was not come to is left out.
 */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include "loader/deploy.h"

struct report {
    const char *file;
    const struct authority *authority;
    const struct plan *plan; /* as far as it came */
    const struct proved *disks;
    enum err result;
    const struct error *error;
};

/* The members "notes" and "signature". */
void report_notes(const char *const *notes, size_t count);
void report_signature(const struct verdict *v);

/* To standard output. */
void report_json(const struct report *r);
void report_text(const struct report *r);

#endif
