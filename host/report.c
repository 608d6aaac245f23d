#include "host/report.h"

#include <stdio.h>

#include "base/text.h"
#include "host/json.h"

static const char *const policies[] = {"default", "signature", "manifest", "none"};

static void put_certificate(const struct certificate_facts *c)
{
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];

    json_object(NULL);
    json_text("subject", c->subject);
    json_text("issuer", c->issuer);
    json_text("serial", c->serial);
    json_text("key", c->key);
    json_text("not_before", moment_text(from, c->not_before));
    json_text("not_after", moment_text(to, c->not_after));
    json_digest("fingerprint", DIGEST_SHA256, c->fingerprint);
    json_end_object();
}

void report_notes(const char *const *notes, size_t count)
{
    json_array("notes");
    for (size_t i = 0; i < count; i++)
        json_text(NULL, notes[i]);
    json_end_array();
}

void report_signature(const struct verdict *v)
{
    static const char *const states[] = {"none", "read", "holds", "trusted"};

    json_object("signature");
    json_text("state", states[v->state]);
    if (v->state >= VERDICT_HOLDS)
        json_text("algorithm", v->algorithm);
    if (v->state == VERDICT_TRUSTED)
        json_text("anchor", v->anchor_file);
    json_array("chain");
    for (size_t i = 0; i < v->chain_count; i++)
        put_certificate(&v->chain[i]);
    json_end_array();
    report_notes(v->notes, v->note_count);
    json_end_object();
}

static void put_disks(const struct report *r)
{
    json_array("disks");
    for (size_t i = 0; i < r->plan->count; i++) {
        const struct plan_disk *disk = &r->plan->disks[i];
        json_object(NULL);
        json_text("file", disk->name);
        json_text("state", disk->is_blank                   ? "blank"
                           : r->result != OK                ? "not read"
                           : parts_are_listed(&disk->parts) ? "proved"
                                                            : "whole");
        if (r->result == OK && !disk->is_blank)
            json_digest("digest", r->disks[i].kind, r->disks[i].digest);
        json_end_object();
    }
    json_end_array();
}

static void put_files(const struct report *r)
{
    json_array("files");
    for (size_t i = 0; i < r->file_count; i++) {
        json_object(NULL);
        json_text("file", r->files[i].name);
        json_text("state", r->files[i].listed ? "proved" : "whole");
        json_digest("digest", r->files[i].proved.kind, r->files[i].proved.digest);
        json_end_object();
    }
    json_end_array();
}

static void put_file(const char *what, const char *file, const uint8_t *digest)
{
    json_object(what);
    json_text("file", file);
    json_digest("sha256", DIGEST_SHA256, digest);
    json_end_object();
}

void report_json(const struct report *r)
{
    const struct package *p = r->plan->package;
    const struct proof *proof = &r->plan->proof;

    json_object(NULL);
    json_text("package", r->file);
    json_text("result", r->result != OK ? "refused" : proof->has_manifest ? "proved" : "whole");
    if (r->result != OK) {
        json_text("message", r->error->text);
        json_text("advice", err_advice(r->result));
    }
    json_text("policy", policies[r->authority->policy]);
    if (p && proof->has_manifest)
        put_file("manifest", p->manifest, proof->manifest_digest);
    if (p)
        report_signature(&proof->verdict);
    if (r->plan->count) {
        put_file("descriptor", p->descriptor, proof->descriptor_digest);
        put_disks(r);
        put_files(r);
        report_notes(r->plan->notes, r->plan->note_count);
    }
    json_end_object();
}

static void print_signer(const struct report *r)
{
    const struct verdict *v = &r->plan->proof.verdict;
    char hex[2 * DIGEST_MAX + 1], from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];

    if (!r->plan->package)
        return;
    if (v->state < VERDICT_READ || !v->chain_count) {
        printf("Signed by  %s\n", verify_signer(r->plan->package, &r->plan->proof));
        return;
    }
    for (size_t i = 0; i < v->chain_count; i++) {
        const struct certificate_facts *c = &v->chain[i];
        printf("%s %s\n",
               i == 0 ? v->state == VERDICT_TRUSTED ? "Signed by " : "Claims    " : "  under   ",
               c->subject);
        printf("             %s, valid from %s to %s\n", c->key, moment_text(from, c->not_before),
               moment_text(to, c->not_after));
        printf("             SHA-256 %s\n", digest_hex(DIGEST_SHA256, c->fingerprint, hex));
    }
    if (v->state >= VERDICT_HOLDS)
        printf("Signature  %s holds\n", v->algorithm);
    for (size_t i = 0; i < v->note_count; i++)
        printf("Note       %s\n", v->notes[i]);
}

void report_text(const struct report *r)
{
    print_signer(r);
    for (size_t i = 0; i < r->plan->note_count; i++)
        printf("Note       %s\n", r->plan->notes[i]);
    if (r->result == OK)
        printf("%s: whole%s\n", r->plan->package->name,
               r->plan->proof.has_manifest ? " and proved"
                                           : ", but not proved: it has no manifest");
}
