#include "loader/measure.h"

#include "base/text.h"
#include "loader/port.h"
#include "loader/record.h"

enum err measure_check(enum measure_policy policy, struct error *e)
{
    if (policy == MEASURE_NONE || port_has_tpm())
        return OK;
    if (policy == MEASURE_REQUIRED)
        return fail(e, ERR_UNSUPPORTED,
                    "measure = required, but this machine has no TPM 2.0 that its firmware shows");
    port_say("Measured   nothing: this machine has no TPM 2.0");
    return OK;
}

static enum err record(const char *what, const char *name, const uint8_t *digest, size_t len,
                       struct error *e)
{
    char text[MEASURE_TEXT_MAX];

    text_format(text, sizeof(text), "ovfboot: %s%s%s", what, *name ? " " : "", name);
    return port_measure(text, (struct bytes){digest, len}, e);
}

static enum err record_disks(const struct plan *plan, const struct proved *disks, struct error *e)
{
    for (size_t i = 0; i < plan->count; i++)
        if (!plan->disks[i].is_blank)
            TRY(record("disk", plan->disks[i].name, disks[i].digest, digest_size(disks[i].kind),
                       e));
    return OK;
}

static enum err record_installed(const struct plan *plan, struct error *e)
{
    struct record_identity identity;

    record_identify(plan, &identity);
    return record("installed", "", identity.package, digest_size(DIGEST_SHA256), e);
}

enum err measure_record(const struct plan *plan, const struct proved *disks,
                        const struct provision *provision, enum measure_policy policy,
                        struct error *e)
{
    const struct proof *proof = &plan->proof;
    const size_t sha256 = digest_size(DIGEST_SHA256);

    if (policy == MEASURE_NONE || !port_has_tpm())
        return OK;
    if (proof->has_manifest)
        TRY(record("manifest", "", proof->manifest_digest, sha256, e));
    if (proof->verdict.state == VERDICT_TRUSTED)
        TRY(record("signer", "", proof->verdict.chain[0].fingerprint, sha256, e));
    TRY(record("descriptor", plan->package->descriptor, proof->descriptor_digest, sha256, e));
    TRY(disks ? record_disks(plan, disks, e) : record_installed(plan, e));
    for (size_t i = 0; provision && i < plan->file_count; i++)
        TRY(record("file", plan->files[i].path, plan->files[i].digest, sha256, e));
    if (provision)
        TRY(record("environment", "", provision->environment, sha256, e));
    port_say("Measured   manifest, descriptor and %s into PCR %d",
             disks ? "disks" : "what is installed", MEASURE_PCR);
    return OK;
}
