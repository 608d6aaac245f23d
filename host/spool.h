/* host/spool.h - bytes that are put down until it is known what belongs in front of them.
 *
 * They lie in a file beside another one, that has no name: whatever happens, nothing is left of it.
 */
#ifndef HOST_SPOOL_H
#define HOST_SPOOL_H

#include "base/arena.h"
#include "base/source.h"

struct spool {
    struct source source; /* all of it so far */
    int fd;               /* -1: not open */
};

/* Beside path, which messages name. */
enum err spool_open(struct spool *s, const char *path, struct arena scratch,
                    struct error *e) MUST_CHECK;
enum err spool_add(struct spool *s, struct bytes bytes, struct error *e) MUST_CHECK;
void spool_close(struct spool *s); /* one that never opened, too */

#endif
