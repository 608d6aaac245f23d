/* loader/online.h - the network of one run: brought up when something needs it, once, with one client
 * for all that is fetched and sent.
 *
 * Whom https believes: where anchors are sealed into the loader, these and nobody else; else the
 * files in \EFI\ovfboot\https\ beside it; else, when that folder is empty, those who may sign
 * packages.  docs/threat-model.md says what that proves.
 */
#ifndef LOADER_ONLINE_H
#define LOADER_ONLINE_H

#include "loader/authority.h"
#include "loader/http.h"

struct online {
    struct http *client; /* NULL: nothing has needed the network */
    struct trust trust;  /* the files for https, when they count */
};

/* Bring the network up and make the client, as the settings say, unless that was done. */
enum err online_start(struct online *o, const struct config *config,
                      const struct authority *authority, struct arena *a,
                      struct error *e) MUST_CHECK;

/* Close what is open; one that never began, too. */
void online_end(struct online *o);

#endif
