/* inttypes.h - conversions for the types of fixed width; both processors have 64-bit longs. */
#ifndef EFI_LIBC_INTTYPES_H
#define EFI_LIBC_INTTYPES_H

#include <stdint.h>

#define PRIu8  "u"
#define PRIu16 "u"
#define PRIu32 "u"
#define PRId64 "ld"
#define PRIu64 "lu"
#define PRIx64 "lx"
#define PRIX64 "lX"

#endif
