#include "loader/built.h"

const uint64_t loader_built = OVFBOOT_BUILT;
