/* loader/verify.h - who signed the manifest, what it says of each file, and whether it is so.
 *
 * Order of trust: the certificate chain and the signature over the manifest; the descriptor against
 * the manifest, before it is parsed; each disk while it is read, before the target is sealed.  Where
 * a signature is asked for, every other file of an archive must be listed too: what nobody signed
 * has no place in a signed package.  A manifest that is there must cover the
 * descriptor and every file that is used, whatever the policy: a partial one proves nothing.
 * Lines for the manifest itself and for the certificate are passed over, since no file can hold
 * its own digest (open-ovf of 2008 and Home Assistant OS 7.0 wrote such lines).
 */
#ifndef LOADER_VERIFY_H
#define LOADER_VERIFY_H

#include "crypto/hash_stream.h"
#include "crypto/signature.h"
#include "loader/authority.h"
#include "loader/package.h"
#include "parsers/manifest.h"

struct proof {
    bool has_manifest;
    struct manifest manifest;
    uint8_t manifest_digest[DIGEST_MAX];   /* SHA-256; for the record */
    uint8_t descriptor_digest[DIGEST_MAX]; /* likewise */
    struct verdict verdict;                /* VERDICT_NONE where no signature was looked at */
};

/* The digests that the manifest gives for one file: none when there is no manifest. */
struct expected {
    const char *file;
    enum digest_kind kinds[HASH_STREAM_MAX];
    const struct manifest_entry *entries[HASH_STREAM_MAX];
    size_t count;
};

/* Read the manifest, prove it by its signature where there are anchors, and the descriptor by it.
 * ERR_UNTRUSTED when something does not hold, or is missing although the policy asks for it. */
enum err verify_descriptor(struct package *p, const struct authority *authority, struct arena *a,
                           struct bytes *descriptor, struct proof *out, struct error *e) MUST_CHECK;

/* Who vouches for the package, for people: the signer, or that nobody does. */
const char *verify_signer(const struct package *p, const struct proof *proof);

/* What to expect of a file that the package opened under that name. */
enum err verify_expect(const struct package *p, const struct proof *proof, const char *file,
                       struct expected *out, struct error *e) MUST_CHECK;

/* Prove a whole file of the package that is in memory. */
enum err verify_contents(const struct package *p, const struct proof *proof, const char *file,
                         struct bytes contents, struct arena scratch, struct error *e) MUST_CHECK;

/* Hash what passes, for verify_hashed(): by the digests that are expected, by SHA-256 where none is. */
void verify_hash(struct hash_stream *hashed, struct stream *inner, const struct expected *expected);

/* Compare one digest, the i-th of those that are expected. */
enum err verify_digest(const struct expected *expected, size_t i, const uint8_t digest[DIGEST_MAX],
                       struct error *e) MUST_CHECK;

/* Compare what was hashed, all of it, with what was expected. */
enum err verify_hashed(const struct expected *expected, struct hash_stream *hashed,
                       struct error *e) MUST_CHECK;

/* "SHA-256 matches the manifest", or what was not proved, for people. */
const char *verify_text(const struct expected *expected);

#endif
