/* loader/online.h - the network of one run: brought up when something needs it, once, with one client
 * for all that is fetched and sent.
 *
 * Whom https believes: where anchors are sealed into the loader, these and nobody else; else the
 * files in \EFI\ovfboot\https\ beside it; else, when that folder is empty, those who may sign
 * packages.  docs/security.md says what that proves.
 */
#ifndef LOADER_ONLINE_H
#define LOADER_ONLINE_H

#include "loader/authority.h"
#include "loader/http.h"

struct online {
    const struct config *config; /* set by the owner, as ... */
    const struct authority *authority;
    struct arena *arena;   /* ... these are */
    const char *start;     /* the directory that ovfboot itself was fetched from; NULL: a medium */
    bool is_up, is_broken; /* the network; it is not tried twice */
    bool has_trust;
    struct trust trust;  /* the files for https */
    struct http *client; /* NULL: nothing has needed one, or online_end() */
    uint32_t retries;    /* of clients before it */
    uint8_t *memory_end; /* behind what the arena gave for it last; NULL: nothing */
};

/* Bring the network up and make the client, as the settings say, unless that was done. */
enum err online_start(struct online *o, struct error *e) MUST_CHECK;

/* A whole document of at most limit bytes from a URL, by http, https or tftp.  ERR_NOT_FOUND when the
 * server does not have it; every error names the URL. */
enum err online_fetch(struct online *o, const char *url, size_t limit, struct bytes *out,
                      struct error *e) MUST_CHECK;

/* A URL for people: without user, password and query. */
enum err online_name(const char *url, struct arena *a, const char **out,
                     struct error *e) MUST_CHECK;

/* Close what is open; one that never began, too.  The next start makes a client with the settings that
 * there are then. */
void online_end(struct online *o);

#endif
