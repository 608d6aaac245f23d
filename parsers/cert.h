/* parsers/cert.h - the certificate file of an OVF package: who signed the manifest.
 *
 *     SHA256(photon.mf)= 5a0cd0f4...        the signature, in hexadecimal, on one line or several
 *     -----BEGIN CERTIFICATE-----           the signer's certificate, then those of the CAs above,
 *     ...                                   in any order
 *     -----BEGIN CMS-----                   instead of the signature, or beside it: VirtualBox
 *
 * Only taken apart here: crypto/signature.h says whether it holds.  Text around all that is passed
 * over.  The name in the parentheses is kept but means nothing: tools write paths there, and other
 * spellings (corpus: "ourOvf.mf" for ourOVF.mf); what was signed is the manifest's bytes.
 *
 * Spec: DSP0243 1.1.0 and 2.1.1, "OVF package", the certificate's ABNF; RFC 5652 for CMS.
 */
#ifndef PARSERS_CERT_H
#define PARSERS_CERT_H

#include "base/arena.h"
#include "parsers/manifest.h"

#define CERT_FILE_MAX         (256u << 10) /* bytes, docs/limits.md */
#define CERT_SIGNATURES_MAX   4            /* one for each digest_kind */
#define CERT_SIGNATURE_MAX    1024         /* bytes: RSA with 8192 bits */
#define CERT_CERTIFICATES_MAX 16           /* a chain has 3 or 4 */

struct cert_signature {
    enum digest_kind kind;
    const char *name;   /* as written, NUL-terminated, in the arena */
    struct bytes value; /* in the arena, at least one byte */
    uint32_t line;      /* from 1 */
};

struct cert {
    struct cert_signature signatures[CERT_SIGNATURES_MAX];
    size_t signature_count;
    struct bytes certificates[CERT_CERTIFICATES_MAX]; /* DER, in the file's order */
    size_t certificate_count;
    struct bytes cms; /* DER of a ContentInfo; at is NULL when there is none */
};

/* Takes the certificates from the arena.  ERR_DAMAGED, with the line, for what contradicts its
 * form; ERR_UNTRUSTED when the file is empty, has no signature, or nothing that could hold a
 * certificate; ERR_UNSUPPORTED for an algorithm that is not done; ERR_TOO_BIG over a limit. */
enum err cert_parse(struct bytes text, struct arena *a, struct cert *out,
                    struct error *e) MUST_CHECK;

#endif
