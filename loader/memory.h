/* loader/memory.h - how much memory a run takes, all of it at the start; docs/limits.md. */
#ifndef LOADER_MEMORY_H
#define LOADER_MEMORY_H

#include "base/arena.h"

#define MEMORY_PACKAGE                                                                             \
    (32u << 20) /* bytes; index, manifest, descriptor, plan, what the guest is told */
#define MEMORY_WORK    (48u << 20) /* bytes; buffers and maps of a deployment */
#define MEMORY_LIBRARY (12u << 20) /* bytes; the heap of the libraries, in firmware */

struct memory {
    struct arena package;
    struct arena work;
};

#endif
