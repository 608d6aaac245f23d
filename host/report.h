/* host/report.h - what ovfboot verify found out, for people and as JSON.
 *
 * The JSON object has: package, result ("proved", "whole" or "refused"), message (when refused),
 * advice, policy, manifest (file, sha256), signature (state, algorithm, anchor, notes, chain of
 * subject, issuer, serial, key, not_before, not_after, fingerprint), descriptor (file, sha256),
 * disks (file, state, digest), files (file, state, digest), notes.  What was not come to is left out.
 */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include "loader/deploy.h"

/* A file of References that is no disk, as it was read. */
struct report_file {
    const char *name;
    bool listed; /* by the manifest, which it matches */
    struct proved proved;
};

struct report {
    const char *file;
    const struct authority *authority;
    const struct plan *plan; /* as far as it came */
    const struct proved *disks;
    const struct report_file *files;
    size_t file_count;
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
