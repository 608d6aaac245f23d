/* crypto/authenticode.h - what was signed of a PE image: its digest, and who signed it.
 *
 * The digest leaves out what signing changes: the checksum, the directory entry of the certificate
 * table, and that table.  Sections are taken in the order of their place in the file, as firmware
 * takes them; for a file with gaps between its sections some signing tools take the gaps too.
 *
 * Spec: Microsoft, "Windows Authenticode Portable Executable Signature Format", "Calculating the PE
 * Image Hash" and "SignedData"; RFC 2315, "Signed-data content type".
 */
#ifndef CRYPTO_AUTHENTICODE_H
#define CRYPTO_AUTHENTICODE_H

#include "base/arena.h"
#include "crypto/digest.h"
#include "parsers/pe.h"

#define AUTHENTICODE_TABLE_MAX (1u << 20) /* bytes of all signatures; docs/limits.md */

/* Read and parse the headers of an image; what pe points at is taken from the arena. */
enum err authenticode_open(struct source *file, struct arena *a, struct pe *pe,
                           struct error *e) MUST_CHECK;

/* The digest of the whole image.  ERR_DAMAGED when its parts do not lie in the file. */
enum err authenticode_digest(struct source *file, const struct pe *pe, enum digest_kind kind,
                             struct arena scratch, uint8_t out[DIGEST_MAX],
                             struct error *e) MUST_CHECK;

/* The certificate table, taken from the arena; no bytes when the image is not signed. */
enum err authenticode_table(struct source *file, const struct pe *pe, struct arena *a,
                            struct bytes *out, struct error *e) MUST_CHECK;

/* A signature as it is written; nothing is proved by parsing it.  All views are into it. */
struct authenticode {
    enum digest_kind image_kind; /* of the digest that was signed */
    struct bytes image_digest;
    struct bytes content;        /* what holds it: the contents of SpcIndirectDataContent */
    struct bytes certificates;   /* X.509, DER, one behind the other; may be empty */
    struct bytes issuer, serial; /* name the signer's certificate: a whole DER Name, and the
                                  * contents of an INTEGER */
    enum digest_kind kind;       /* of the signature */
    struct bytes attributes;     /* signed ones, with their tag and length; empty: none */
    struct bytes message_digest; /* of content, out of the attributes */
    bool is_pss;                 /* RSASSA-PSS */
    struct bytes signature;
};

/* pkcs7 is the data of one PE_SIGNATURE_PKCS7; padding behind it is passed over.  ERR_DAMAGED when
 * it is not a signature of an image, ERR_UNSUPPORTED for an algorithm that is not done. */
enum err authenticode_parse(struct bytes pkcs7, struct authenticode *out,
                            struct error *e) MUST_CHECK;

/* Take the next certificate off the front of certificates, whole; false at the end. */
bool authenticode_next_certificate(struct bytes *certificates, struct bytes *out);

#endif
