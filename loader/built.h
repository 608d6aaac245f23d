/* loader/built.h - when this program was made: a clock that says less is wrong (crypto/moment.h). */
#ifndef LOADER_BUILT_H
#define LOADER_BUILT_H

#include <stdint.h>

extern const uint64_t loader_built; /* Unix seconds of the last commit */

#endif
