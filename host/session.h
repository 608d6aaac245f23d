/* host/session.h - one run of the host tool: what was asked, its memory, the package it is about. */
#ifndef HOST_SESSION_H
#define HOST_SESSION_H

#include "host/arguments.h"
#include "host/file.h"
#include "host/machine.h"
#include "host/remote.h"
#include "host/unwrap.h"
#include "loader/bare.h"
#include "loader/memory.h"
#include "loader/plan.h"

struct session {
    struct arguments arguments;
    const char *name; /* of the package, for people; NULL for seal */
    struct memory memory;
    struct described machine; /* --machine, else this one */
    struct config config;     /* each --conf, then --policy and --set */
    struct authority authority;
    struct file_source file;
    struct unwrap unwrap; /* of it */
    struct file_folder folder;
    struct bare bare; /* a disk image is the package */
    struct remote remote;
    struct package package;
    struct plan plan;
};

/* Memory and settings. */
enum err session_begin(struct session *s, struct error *e) MUST_CHECK;

/* Close what is open; one that never began, too. */
void session_end(struct session *s);

/* A whole file of at most limit bytes, into the package arena. */
enum err session_read(struct session *s, const char *path, size_t limit, struct bytes *out,
                      struct error *e) MUST_CHECK;

/* Whom to believe, the package, and its descriptor: s->plan is open, and nothing is chosen. */
enum err session_open(struct session *s, struct error *e) MUST_CHECK;

#endif
