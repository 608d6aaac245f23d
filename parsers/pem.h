/* parsers/pem.h - the PEM blocks of a text file, one after the other, decoded.
 *
 *     struct pem pem = pem_of(text);
 *     for (;;) {
 *         TRY(pem_next(&pem, a, &block, e));
 *         if (!block.der.at)
 *             break;
 *
 * Text outside of the blocks ("Bag Attributes", the output of "openssl x509 -text") is passed over.
 * Inside of a block everything must be base64: headers, as encrypted keys have, are an error.
 *
 * Spec: RFC 7468, "Textual Encodings of PKIX, PKCS, and CMS Structures".
 */
#ifndef PARSERS_PEM_H
#define PARSERS_PEM_H

#include "base/arena.h"
#include "parsers/lines.h"

struct pem {
    struct lines lines; /* of the text; lines.number is where the last block ended */
};

struct pem_block {
    struct bytes label; /* "CERTIFICATE", borrowed from the text */
    struct bytes der; /* in the arena, at least one byte; at is NULL when there is no block left */
    uint32_t line;    /* of its BEGIN, from 1 */
};

struct pem pem_of(struct bytes text);

/* Go to the next block.  ERR_DAMAGED, with the line, when it does not end, ends with another
 * label, is empty or is not base64. */
enum err pem_next(struct pem *p, struct arena *a, struct pem_block *out,
                  struct error *e) MUST_CHECK;

/* The same where the caller walks over the lines himself: p stands on the BEGIN line, and label and
 * line of the block are set.  Afterwards p stands on its END. */
enum err pem_read(struct pem *p, struct arena *a, struct pem_block *block,
                  struct error *e) MUST_CHECK;

/* The label of the block that begins or ends in that line; false when none does. */
bool pem_begins(struct bytes line, struct bytes *label);
bool pem_ends(struct bytes line, struct bytes *label);

bool pem_label_is(struct bytes label, const char *name);

/* The block as text, lines of 64 characters ending with LF, in the arena. */
enum err pem_write(const char *label, struct bytes der, struct arena *a, struct bytes *out,
                   struct error *e) MUST_CHECK;

#endif
