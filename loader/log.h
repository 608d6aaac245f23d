/* loader/log.h - the lines that were shown in this run, for whoever asks later what went wrong.
 *
 * The platform's port_say() hands each line over.  The first and the last lines are kept; between them may be
 * some that are not.
 */
#ifndef LOADER_LOG_H
#define LOADER_LOG_H

#include "base/arena.h"
#include "base/bytes.h"

#define LOG_FRONT 49152u /* bytes kept of the beginning, ... */
#define LOG_REST  16384u /* ... and of the end; docs/limits.md */

/* Forget everything. */
void log_begin(void);

/* A line without its end. */
void log_line(const char *line);

/* All of it, in the arena: each line with the seconds since the first in front and a newline behind. */
enum err log_text(struct arena *a, struct bytes *out, struct error *e) MUST_CHECK;

#endif
