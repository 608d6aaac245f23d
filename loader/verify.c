#include "loader/verify.h"

#include <string.h>

#include "base/text.h"

static const char *without_dot(const char *name)
{
    return text_starts(name, "./") ? name + 2 : name;
}

/* Manifest names are relative to the manifest, which lies beside the descriptor. */
static bool names_file(const struct package *p, const struct manifest_entry *entry,
                       const char *file)
{
    const char *name = without_dot(entry->name);
    size_t directory = strlen(p->directory);

    return strcmp(name, file) == 0 ||
           (strncmp(p->directory, file, directory) == 0 && strcmp(name, file + directory) == 0);
}

static enum err expect_entry(struct expected *out, const struct manifest_entry *entry,
                             struct error *e)
{
    for (size_t i = 0; i < out->count; i++) {
        const struct manifest_entry *other = out->entries[i];
        if (other->kind != entry->kind)
            continue;
        if (memcmp(other->digest, entry->digest, digest_size(entry->kind)) == 0)
            return OK;
        return fail(e, ERR_UNTRUSTED, "%s is listed twice, in lines %u and %u, with different %s",
                    out->file, other->line, entry->line, digest_name(entry->kind));
    }
    out->kinds[out->count] = entry->kind;
    out->entries[out->count++] = entry;
    return OK;
}

enum err verify_expect(const struct package *p, const struct proof *proof, const char *file,
                       struct expected *out, struct error *e)
{
    *out = (struct expected){.file = file};
    if (!proof->has_manifest)
        return OK;
    for (size_t i = 0; i < proof->manifest.count; i++)
        if (names_file(p, &proof->manifest.entries[i], file))
            if (expect_entry(out, &proof->manifest.entries[i], e) != OK)
                return within(e, "%s: %s", p->name, p->manifest);
    if (!out->count)
        return fail(e, ERR_UNTRUSTED, "%s: %s: has no line for %s, so nothing proves that file",
                    p->name, p->manifest, file);
    return OK;
}

/* Both digests, cut to where they differ, so that the line stays readable. */
static enum err fail_digest(const char *file, const struct manifest_entry *entry,
                            const uint8_t digest[DIGEST_MAX], struct error *e)
{
    char is[2 * DIGEST_MAX + 1], listed[2 * DIGEST_MAX + 1];
    size_t at = 0, shown = 8; /* bytes */

    while (digest[at] == entry->digest[at])
        at++;
    at = at < shown                              ? 0
         : at > digest_size(entry->kind) - shown ? digest_size(entry->kind) - shown
                                                 : at;
    return fail(e, ERR_UNTRUSTED,
                "%s: its %s is %s%.16s..., but line %u of the manifest says %s%.16s...", file,
                digest_name(entry->kind), at ? "..." : "",
                digest_hex(entry->kind, digest, is) + 2 * at, entry->line, at ? "..." : "",
                digest_hex(entry->kind, entry->digest, listed) + 2 * at);
}

void verify_hash(struct hash_stream *hashed, struct stream *inner, const struct expected *expected)
{
    static const enum digest_kind sha256 = DIGEST_SHA256;

    if (expected->count)
        hash_stream_init(hashed, inner, expected->kinds, expected->count);
    else
        hash_stream_init(hashed, inner, &sha256, 1);
}

enum err verify_digest(const struct expected *expected, size_t i, const uint8_t digest[DIGEST_MAX],
                       struct error *e)
{
    const struct manifest_entry *entry = expected->entries[i];

    return memcmp(digest, entry->digest, digest_size(entry->kind)) == 0
               ? OK
               : fail_digest(expected->file, entry, digest, e);
}

enum err verify_hashed(const struct expected *expected, struct hash_stream *hashed, struct error *e)
{
    uint8_t digest[DIGEST_MAX];

    for (size_t i = 0; i < expected->count; i++) {
        digest_finish(&hashed->digest[i], digest);
        TRY(verify_digest(expected, i, digest, e));
    }
    return OK;
}

static enum err check_bytes(const struct expected *expected, struct bytes bytes,
                            struct arena scratch, struct error *e)
{
    struct memory_source source;
    struct source_stream stream;
    struct hash_stream hashed;

    memory_source_init(&source, expected->file, bytes);
    TRY(source_stream_init(&stream, &source.source, READ_MAX, &scratch, e));
    hash_stream_init(&hashed, &stream.stream, expected->kinds, expected->count);
    TRY(stream_drain(&hashed.stream, e));
    return verify_hashed(expected, &hashed, e);
}

enum err verify_contents(const struct package *p, const struct proof *proof, const char *file,
                         struct bytes contents, struct arena scratch, struct error *e)
{
    struct expected expected;

    TRY(verify_expect(p, proof, file, &expected, e));
    if (check_bytes(&expected, contents, scratch, e) != OK)
        return within(e, "%s", p->name);
    return OK;
}

/* The signature over the manifest.  One that is there and can be judged must hold, whatever the
 * policy; the policy says whether there must be one. */
static enum err check_signature(struct package *p, const struct authority *authority,
                                struct bytes manifest, struct arena *a, struct proof *out,
                                struct error *e)
{
    struct signature_question question = {
        .manifest = manifest, .trust = &authority->trust, .clock = authority->clock};

    if (!p->certificate && authority->policy == VERIFY_SIGNATURE)
        return fail(e, ERR_UNTRUSTED, "%s: is not signed: it has no certificate file (.cert)",
                    p->name);
    if (!p->certificate || !authority->trust.anchor_count)
        return OK;
    TRY(package_read(p, p->certificate, CERTIFICATE_MAX, a, &question.cert, e));
    if (signature_verify(&question, a, &out->verdict, e) != OK)
        return within(e, "%s: %s", p->name, p->certificate);
    return OK;
}

/* Every member but the manifest and the certificate has a line. */
static enum err check_coverage(const struct package *p, const struct proof *proof, struct error *e)
{
    struct expected ignored;

    if (p->folder != &p->archive.folder)
        return OK;
    for (size_t i = 0; i < p->archive.count; i++) {
        const char *name = p->archive.members[i].name;
        if (name != p->manifest && name != p->certificate)
            TRY(verify_expect(p, proof, name, &ignored, e));
    }
    return OK;
}

static enum err check_manifest(struct package *p, const struct authority *authority,
                               struct arena *a, struct proof *out, struct error *e)
{
    struct memory_source source;
    struct bytes text;

    TRY(package_read(p, p->manifest, MANIFEST_MAX, a, &text, e));
    TRY(check_signature(p, authority, text, a, out, e));
    if (manifest_parse(text, a, &out->manifest, e) != OK)
        return within(e, "%s: %s", p->name, p->manifest);
    if (authority->policy == VERIFY_SIGNATURE)
        TRY(check_coverage(p, out, e));
    memory_source_init(&source, p->manifest, text);
    return digest_source(&source.source, DIGEST_SHA256, *a, out->manifest_digest, e);
}

enum err verify_descriptor(struct package *p, const struct authority *authority, struct arena *a,
                           struct bytes *descriptor, struct proof *out, struct error *e)
{
    struct memory_source source;

    *out = (struct proof){.has_manifest = p->manifest != NULL};
    if (p->manifest)
        TRY(check_manifest(p, authority, a, out, e));
    else if (authority->policy != VERIFY_NONE || p->certificate)
        return fail(e, ERR_UNTRUSTED,
                    "%s: has no manifest (.mf), so nothing proves that it is whole%s", p->name,
                    authority->policy == VERIFY_MANIFEST ? "; verify = none would accept that"
                                                         : "");
    TRY(package_read(p, p->descriptor, DESCRIPTOR_MAX, a, descriptor, e));
    TRY(verify_contents(p, out, p->descriptor, *descriptor, *a, e));
    memory_source_init(&source, p->descriptor, *descriptor);
    return digest_source(&source.source, DIGEST_SHA256, *a, out->descriptor_digest, e);
}

const char *verify_signer(const struct package *p, const struct proof *proof)
{
    if (proof->verdict.state == VERDICT_TRUSTED)
        return proof->verdict.chain[0].subject;
    return p->certificate ? "not judged: there is no trust anchor here, so nobody vouches for it"
                          : "nobody: the package is not signed";
}

const char *verify_text(const struct expected *expected)
{
    bool sha1_only = true;

    for (size_t i = 0; i < expected->count; i++)
        sha1_only = sha1_only && expected->kinds[i] == DIGEST_SHA1;
    return !expected->count ? "not proved: the package has no manifest"
           : sha1_only      ? "matches the manifest, by SHA-1, which is weak"
                            : "matches the manifest";
}
