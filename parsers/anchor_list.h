/* parsers/anchor_list.h - several small files in one piece: the trust anchors that are sealed into
 * the loader.
 *
 * Each file is two little-endian 32-bit numbers, the bytes of its name and of its contents, and
 * then those.  The list ends with its last file.
 *
 *     while (rest.len) {
 *         TRY(anchor_list_next(&rest, &file, e));
 *         ...
 *     }
 *
 * Spec: ours.
 */
#ifndef PARSERS_ANCHOR_LIST_H
#define PARSERS_ANCHOR_LIST_H

#include "base/bytes.h"
#include "base/error.h"

#define ANCHOR_NAME_MAX 127 /* bytes */

struct anchor_file {
    char name[ANCHOR_NAME_MAX + 1]; /* for messages; any bytes but NUL */
    struct bytes contents;          /* in the list */
};

/* Take the next file off the front of rest, which is not empty. */
enum err anchor_list_next(struct bytes *rest, struct anchor_file *out, struct error *e) MUST_CHECK;

/* Bytes that a file takes in the list; its name must not be longer than ANCHOR_NAME_MAX. */
size_t anchor_list_size(const char *name, size_t contents_len);

/* Write one file to a place of that size.  Returns its end. */
uint8_t *anchor_list_put(uint8_t *to, const char *name, struct bytes contents);

#endif
