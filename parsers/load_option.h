/* parsers/load_option.h - an entry of the firmware's boot menu, as a variable Boot#### holds it.
 *
 * Pure: bytes in, struct out, and back.  What is parsed comes out of load_option_store() byte for
 * byte.  The path is a device path, or several; parsers/hd_path.h reads the kind that we write.
 *
 * Spec: UEFI 2.10, "Load Options".
 */
#ifndef PARSERS_LOAD_OPTION_H
#define PARSERS_LOAD_OPTION_H

#include "base/bytes.h"

#define LOAD_OPTION_IS_ACTIVE 1u /* attribute: the boot manager tries it by itself */

struct load_option {
    uint32_t attributes;
    struct bytes description; /* UTF-16, little-endian, without the 0 that ends it */
    struct bytes path;        /* at most 65535 bytes */
    struct bytes data;        /* arguments for what is started; no bytes: none */
};

/* The views are into in.  False when in ends too early. */
bool load_option_parse(struct bytes in, struct load_option *out);

/* Bytes of the entry, and the entry itself. */
size_t load_option_size(const struct load_option *o);
void load_option_store(const struct load_option *o, uint8_t *out);

#endif
