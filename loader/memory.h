/* loader/memory.h - how much memory a run takes, all of it at the start; docs/limits.md. */
#ifndef LOADER_MEMORY_H
#define LOADER_MEMORY_H

#include "base/arena.h"

/* Bytes; index, manifest, descriptor, plan, what the guest is told, the web client. */
#define MEMORY_PACKAGE (36u << 20)
#define MEMORY_WORK    (56u << 20) /* bytes; buffers and maps of a deployment */
#define MEMORY_LIBRARY (12u << 20) /* bytes; the heap of the libraries, in firmware */

struct memory {
    struct arena package;
    struct arena work;
};

#endif
