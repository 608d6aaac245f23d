/* tests/build/shared.h - files that tests read: the corpus outside of the repository, and seeds. */
#ifndef TESTS_BUILD_SHARED_H
#define TESTS_BUILD_SHARED_H

#include <stdbool.h>

#include "base/bytes.h"

/* The whole file "<OVFBOOT_SHARED>/<path>", without the variable "../shared/<path>".  The bytes
 * are valid until the next call.  False, with test_skip(), when it cannot be read. */
bool shared_read(const char *path, struct bytes *out);

/* Likewise a file of the repository, with its path from the top: tests run there. */
bool seed_read(const char *path, struct bytes *out);

#endif
