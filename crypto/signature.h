/* crypto/signature.h - whether a package's manifest was signed by someone we believe.
 *
 *     struct verdict verdict;
 *     err = signature_verify(&question, a, &verdict, e);
 *
 * Three things in this order.  The signature: it is the signer's, over all bytes of the manifest, as
 * a line of the .cert file, a CMS block in it, or both.  Its strength: no MD5, no SHA-1, no RSA key
 * below 2048 bits, in the signature or in a certificate.  The signer: pinned, or a chain of
 * certificates to a CA among the anchors, in which every certificate may do what it does, is valid
 * now and is not revoked.
 *
 * The first certificate of the file is the signer's (for CMS, the one that it names).  Either is
 * refused by a sentence of its own, with ERR_UNTRUSTED; ERR_DAMAGED and ERR_UNSUPPORTED are as
 * final.  Only OK means that the package is trusted.
 *
 * Dates, when the clock is not right (crypto/moment.h): what had expired when the loader was built
 * is refused; of everything else a note says that its dates were not checked.  A pinned certificate
 * or key is trusted whatever its dates and purposes; a note tells when it is out of date.
 *
 * Spec: DSP0243 2.1.1, "OVF package"; RFC 5280, "Certification Path Validation"; RFC 8017 for RSA;
 * RFC 5652 for CMS.
 */
#ifndef CRYPTO_SIGNATURE_H
#define CRYPTO_SIGNATURE_H

#include "crypto/moment.h"
#include "crypto/trust.h"

#define SIGNATURE_CHAIN_MAX 8 /* certificates from the signer to the anchor, docs/limits.md */
#define SIGNATURE_NOTES_MAX 16

/* What there is to say about a certificate; texts are in the arena. */
struct certificate_facts {
    const char *subject;     /* "C=US, O=VMware, Inc., CN=..." */
    const char *issuer;      /* likewise */
    const char *serial;      /* "0a:1b:2c" */
    const char *key;         /* "RSA 2048", "ECDSA P-256" */
    uint64_t not_before;     /* Unix seconds, the first valid one */
    uint64_t not_after;      /* Unix seconds, the last valid one */
    uint8_t fingerprint[32]; /* SHA-256 of the certificate's DER */
    uint8_t spki[32];        /* SHA-256 of its SubjectPublicKeyInfo: what a pin names */
};

/* How far it came; each includes those before. */
enum verdict_state {
    VERDICT_NONE,    /* the file could not be read: nothing else in the verdict is set */
    VERDICT_READ,    /* chain[0] is the certificate named as the signer's, proved by nothing */
    VERDICT_HOLDS,   /* the signature over the manifest is by the key in chain[0] */
    VERDICT_TRUSTED, /* and everything else holds: signature_verify() gave OK */
};

struct verdict {
    enum verdict_state state;
    bool by_line, by_cms;  /* the forms that the file has; both hold from VERDICT_HOLDS on */
    const char *algorithm; /* from VERDICT_HOLDS on: "RSA 2048 with SHA-256" */
    struct certificate_facts *chain; /* the signer first, the anchor last unless it is a key */
    size_t chain_count;
    enum anchor_kind anchor; /* these two only with VERDICT_TRUSTED */
    const char *anchor_file;
    const char *notes[SIGNATURE_NOTES_MAX]; /* sentences for people: dates not checked, ... */
    size_t note_count;
};

struct signature_question {
    struct bytes manifest; /* the .mf file, all of it */
    struct bytes cert;     /* the .cert file, all of it */
    const struct trust *trust;
    struct clock clock;
};

/* Messages do not name the files.  out is set on failure too, as far as its state says, for
 * reports.  Heap that mbedTLS takes is given back on return. */
enum err signature_verify(const struct signature_question *q, struct arena *a, struct verdict *out,
                          struct error *e) MUST_CHECK;

#endif
