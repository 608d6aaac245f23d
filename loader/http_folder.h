/* loader/http_folder.h - the files beside a URL, as a folder, and others that its descriptor names by
 * URLs of their own.
 *
 * A file's name is put in place of the URL's last part, percent-encoded.  Whole URLs are opened when
 * they lead to the folder's own host, or to one of those that are allowed; the URL's user and
 * password go to its own scheme, host and port only.
 */
#ifndef LOADER_HTTP_FOLDER_H
#define LOADER_HTTP_FOLDER_H

#include "loader/folder.h"
#include "loader/http.h"

struct http_folder {
    struct folder folder;
    struct http *client;
    const char *url;            /* of the descriptor or the archive */
    const char *const *allowed; /* hosts; borrowed */
    size_t allowed_count;
    uint64_t hold_max; /* bytes kept of files from servers without ranges, all together */
    uint64_t held;
};

/* What is tried for a file whose size the server does not tell either. */
#define HTTP_FRONT_MIN     (16u << 20) /* bytes that are kept of a file that is larger */
#define HTTP_FOLDER_UNTOLD (1u << 30)  /* bytes; docs/limits.md */

/* Client, URL and what comes behind them are set by the caller.  *file, in the arena: the file name in
 * the URL, decoded. */
enum err http_folder_init(struct http_folder *f, struct arena *a, const char **file,
                          struct error *e) MUST_CHECK;

/* Open a URL, with all of it in memory (port_take_memory()) where the server sends no ranges. */
enum err http_folder_fetch(struct http_folder *f, const char *url, struct arena *a,
                           struct source **out, struct error *e) MUST_CHECK;

#endif
