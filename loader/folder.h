/* loader/folder.h - a place that opens files by name: a directory on a medium, or an archive.
 *
 * Names use '/' and are relative to the folder; a concrete folder starts with a struct folder.
 * Sources it opened live in the arena given and stay usable until the folder is closed by
 * whoever made it.
 */
#ifndef LOADER_FOLDER_H
#define LOADER_FOLDER_H

#include "base/arena.h"
#include "base/source.h"

struct folder;

struct folder_ops {
    /* ERR_NOT_FOUND when there is no such file. */
    enum err (*open)(struct folder *f, const char *name, struct arena *a, struct source **out,
                     struct error *e);
};

struct folder {
    const struct folder_ops *ops;
    const char *name; /* for messages */
};

#endif
