#include "host/report.h"

#include <stdio.h>

#include "base/text.h"

static const char *const policies[] = {"default", "signature", "manifest", "none"};

static void put_string(const char *text)
{
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            printf("\\%c", *p);
        else if (*p < 0x20)
            printf("\\u%04x", *p);
        else
            putchar(*p);
    }
    putchar('"');
}

/* A member of an object, with the comma in front of it. */
static void put_member(const char *name, const char *value)
{
    printf(",\"%s\":", name);
    put_string(value);
}

static void put_digest(const char *name, enum digest_kind kind, const uint8_t *digest)
{
    char hex[2 * DIGEST_MAX + 1];

    put_member(name, digest_hex(kind, digest, hex));
}

static void put_certificate(const struct certificate_facts *c)
{
    char from[MOMENT_TEXT_MAX], to[MOMENT_TEXT_MAX];

    printf("{\"subject\":");
    put_string(c->subject);
    put_member("issuer", c->issuer);
    put_member("serial", c->serial);
    put_member("key", c->key);
    put_member("not_before", moment_text(from, c->not_before));
    put_member("not_after", moment_text(to, c->not_after));
    put_digest("fingerprint", DIGEST_SHA256, c->fingerprint);
    putchar('}');
}

static void put_notes(const char *const *notes, size_t count)
{
    printf(",\"notes\":[");
    for (size_t i = 0; i < count; i++) {
        printf("%s", i ? "," : "");
        put_string(notes[i]);
    }
    putchar(']');
}

static void put_signature(const struct verdict *v)
{
    static const char *const states[] = {"none", "read", "holds", "trusted"};

    printf(",\"signature\":{\"state\":\"%s\"", states[v->state]);
    if (v->state >= VERDICT_HOLDS)
        put_member("algorithm", v->algorithm);
    if (v->state == VERDICT_TRUSTED)
        put_member("anchor", v->anchor_file);
    printf(",\"chain\":[");
    for (size_t i = 0; i < v->chain_count; i++) {
        printf("%s", i ? "," : "");
        put_certificate(&v->chain[i]);
    }
    printf("]");
    put_notes(v->notes, v->note_count);
    putchar('}');
}

static void put_disks(const struct report *r)
{
    printf(",\"disks\":[");
    for (size_t i = 0; i < r->plan->count; i++) {
        const struct plan_disk *disk = &r->plan->disks[i];
        printf("%s{\"file\":", i ? "," : "");
        put_string(disk->name);
        put_member("state", disk->is_blank         ? "blank"
                            : r->result != OK      ? "not read"
                            : disk->expected.count ? "proved"
                                                   : "whole");
        if (r->result == OK && !disk->is_blank)
            put_digest("digest", r->disks[i].kind, r->disks[i].digest);
        putchar('}');
    }
    putchar(']');
}

void report_json(const struct report *r)
{
    const struct package *p = r->plan->package;
    const struct proof *proof = &r->plan->proof;

    printf("{\"package\":");
    put_string(r->file);
    put_member("result", r->result != OK ? "refused" : proof->has_manifest ? "proved" : "whole");
    if (r->result != OK) {
        put_member("message", r->error->text);
        put_member("advice", err_advice(r->result));
    }
    put_member("policy", policies[r->authority->policy]);
    if (p && proof->has_manifest) {
        printf(",\"manifest\":{\"file\":");
        put_string(p->manifest);
        put_digest("sha256", DIGEST_SHA256, proof->manifest_digest);
        putchar('}');
    }
    if (p)
        put_signature(&proof->verdict);
    if (r->plan->count) {
        printf(",\"descriptor\":{\"file\":");
        put_string(p->descriptor);
        put_digest("sha256", DIGEST_SHA256, proof->descriptor_digest);
        putchar('}');
        put_disks(r);
        put_notes(r->plan->notes, r->plan->note_count);
    }
    printf("}\n");
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
