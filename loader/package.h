/* loader/package.h - an appliance's files under one roof, whether archive or loose.
 *
 * Finds the descriptor, its manifest and certificate, and opens what References names.  It knows
 * nothing of trust: loader/verify.c does.
 */
#ifndef LOADER_PACKAGE_H
#define LOADER_PACKAGE_H

#include <stdbool.h>

#include "loader/archive.h"
#include "loader/folder.h"

#define DESCRIPTOR_MAX  (8u << 20) /* bytes; docs/limits.md */
#define MANIFEST_MAX    (1u << 20) /* bytes; docs/limits.md */
#define CERTIFICATE_MAX (1u << 20) /* bytes; docs/limits.md */

struct package {
    const char *name; /* for messages: the archive's or the descriptor's file name */
    struct folder *folder;
    struct archive archive;  /* in use when folder is &archive.folder */
    const char *descriptor;  /* file name in the folder */
    const char *directory;   /* of the descriptor, "" or ending in '/': hrefs are relative to it */
    const char *manifest;    /* file name; NULL when there is none */
    const char *certificate; /* likewise */
    bool takes_urls; /* hrefs that are whole URLs are opened by the folder, or refused by it */
};

/* An .ova.  ERR_NOT_FOUND when it holds no descriptor. */
enum err package_open_archive(struct package *p, struct source *file, struct arena *a,
                              struct error *e) MUST_CHECK;

/* A descriptor with its files beside it. */
enum err package_open_folder(struct package *p, struct folder *folder, const char *descriptor,
                             struct arena *a, struct error *e) MUST_CHECK;

/* Open the file that an href of the descriptor names: literally, else percent-decoded.  Hrefs
 * that leave the package (absolute, "..", a URL unless takes_urls) are ERR_UNSUPPORTED. */
enum err package_open_href(struct package *p, const char *href, struct arena *a,
                           struct source **out, struct error *e) MUST_CHECK;

/* Read a whole file of the package, at most limit bytes. */
enum err package_read(struct package *p, const char *file, size_t limit, struct arena *a,
                      struct bytes *out, struct error *e) MUST_CHECK;

/* Put the package's name and the descriptor's in front of an error; a descriptor that is the package
 * is named once. */
enum err package_within(const struct package *p, struct error *e);

/* The last part of a path, behind '/' or '\'. */
const char *package_base_name(const char *path);

#endif
