/* loader/texts.h - texts of the descriptor that are files of their own: translations, licences. */
#ifndef LOADER_TEXTS_H
#define LOADER_TEXTS_H

#include "loader/plan.h"

#define TEXT_FILE_MAX (1u << 20) /* bytes; docs/limits.md */

/* Read them into the plan's descriptor, each proved by the manifest first.  One that is not there is
 * noted: the text in the descriptor then stands for it. */
enum err texts_read(struct plan *plan, struct arena *a, struct arena work,
                    struct error *e) MUST_CHECK;

#endif
