/* host/beside.h - files that came with the program, wherever the two were put. */
#ifndef HOST_BESIDE_H
#define HOST_BESIDE_H

#include "base/error.h"

#define BESIDE_MAX 1024 /* bytes of a path with the NUL */

/* The loader in the program's own folder, where the build leaves both, or else in ../lib/ovfboot/,
 * where "make install" puts it.  ERR_NOT_FOUND names both places. */
enum err beside_loader(char out[BESIDE_MAX], struct error *e) MUST_CHECK;

#endif
