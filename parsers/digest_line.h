/* parsers/digest_line.h - one line "SHA256(name)= hex", in every spelling that is in the field.
 *
 * Manifests have a digest behind the '=', certificate files a signature.
 *
 * Spec: DSP0243 2.1.1, "OVF package", the ABNF of the manifest and of the certificate.
 */
#ifndef PARSERS_DIGEST_LINE_H
#define PARSERS_DIGEST_LINE_H

#include "base/error.h"
#include "parsers/manifest.h"

/* A line, taken apart but not understood; borrowed from it, without blanks around. */
struct digest_line {
    struct bytes algorithm, name, hex;
};

/* The name reaches to the last ')' that is followed by '='.  False when this is no such line. */
bool digest_line_split(struct bytes line, struct digest_line *out);

/* "SHA256", "sha-256", "SHA2-256".  ERR_UNSUPPORTED for what is not done. */
enum err digest_line_kind(struct bytes word, enum digest_kind *out, struct error *e) MUST_CHECK;

/* The value of a hexadecimal digit, or -1. */
int digest_line_digit(uint8_t c);

#endif
