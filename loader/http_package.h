/* loader/http_package.h - packages on web servers, and a client for them as the settings say. */
#ifndef LOADER_HTTP_PACKAGE_H
#define LOADER_HTTP_PACKAGE_H

#include "loader/config.h"
#include "loader/http_folder.h"
#include "loader/package.h"

/* A client with the settings' proxy and patience.  trust lives as long as it. */
enum err http_make_set(const struct config *config, const struct trust *trust, struct clock clock,
                       struct arena *a, struct http **out, struct error *e) MUST_CHECK;

/* Let files of the package come from these hosts, too: "a.example, b.example". */
enum err http_allow(struct http_folder *f, const char *hosts, struct arena *a,
                    struct error *e) MUST_CHECK;

/* The package at the folder's URL: an .ovf with its files beside it, or else an archive.  f, filled in
 * as for http_folder_init(), lives as long as the package. */
enum err http_package_open(struct http_folder *f, struct arena *a, struct package *out,
                           struct error *e) MUST_CHECK;

#endif
