/* parsers/size.h - the units of sizes in what people write: "512 GB", "8GiB".
 *
 * Spec: docs/guide.md; ours.
 */
#ifndef PARSERS_SIZE_H
#define PARSERS_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define SIZE_UNITS "KiB, MiB, GiB, TiB, kB, MB, GB or TB"

/* The bytes that a unit stands for; false when the word is none. */
bool size_unit(struct bytes word, uint64_t *out);

#endif
