/* parsers/signature_list.h - Secure Boot's databases db and dbx: lists of certificates and digests.
 *
 *     struct signature_list_cursor cursor = signature_list_begin(db);
 *     struct signature_entry entry;
 *     while (signature_list_next(&cursor, &entry)) ...
 *     if (cursor.is_damaged) ...
 *
 * Spec: UEFI 2.10, "Signature Database", EFI_SIGNATURE_LIST.
 */
#ifndef PARSERS_SIGNATURE_LIST_H
#define PARSERS_SIGNATURE_LIST_H

#include <stdbool.h>

#include "base/bytes.h"
#include "parsers/manifest.h"

enum signature_entry_kind {
    SIGNATURE_CERTIFICATE,      /* data is an X.509 certificate, DER */
    SIGNATURE_IMAGE_DIGEST,     /* data is the Authenticode digest of an image */
    SIGNATURE_CERTIFICATE_HASH, /* data is the digest of a certificate's TBSCertificate */
    SIGNATURE_OTHER,            /* what firmware does not use for images, or is not known here */
};

struct signature_entry {
    enum signature_entry_kind kind;
    enum digest_kind digest;  /* of the two kinds that are digests */
    bool revoked_from_a_time; /* SIGNATURE_CERTIFICATE_HASH: only what was signed after it */
    struct bytes data;
};

struct signature_list_cursor {
    struct bytes lists;   /* those not yet begun */
    struct bytes entries; /* of the list being read */
    uint32_t entry_size;  /* bytes */
    enum signature_entry_kind kind;
    enum digest_kind digest;
    bool is_damaged; /* a list contradicted itself; what came before was given */
};

/* lists are a variable's contents: any number of lists, one behind the other; borrowed. */
struct signature_list_cursor signature_list_begin(struct bytes lists);

/* False behind the last entry, or where a list is damaged. */
bool signature_list_next(struct signature_list_cursor *cursor, struct signature_entry *out);

#endif
