/* host/arguments.h - the command line of the host tool. */
#ifndef HOST_ARGUMENTS_H
#define HOST_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/config.h"

#define ARGUMENT_FILES_MAX 64            /* of one option */
#define MEDIA_LOGS         (32u << 20)   /* bytes, unless --logs says something else */
#define MEDIA_LOGS_MAX     (1024u << 20) /* bytes; docs/limits.md */

enum command {
    COMMAND_INSPECT = 1 << 0,
    COMMAND_VERIFY = 1 << 1,
    COMMAND_DEPLOY = 1 << 2,
    COMMAND_SIGN = 1 << 3,
    COMMAND_SEAL = 1 << 4,
    COMMAND_PACK = 1 << 5,
    COMMAND_MEDIA = 1 << 6,
    COMMAND_SETTINGS = 1 << 7,
    COMMAND_LOG = 1 << 8,
};
#define COMMAND_FILELESS (COMMAND_SEAL | COMMAND_MEDIA | COMMAND_SETTINGS)
#define COMMAND_LONG     (COMMAND_VERIFY | COMMAND_DEPLOY | COMMAND_SIGN | COMMAND_PACK | COMMAND_MEDIA)
#define COMMAND_JSON     (COMMAND_VERIFY | COMMAND_INSPECT | COMMAND_LOG)
#define COMMAND_READERS  (COMMAND_INSPECT | COMMAND_VERIFY | COMMAND_DEPLOY) /* of packages */

struct argument_list {
    const char *at[ARGUMENT_FILES_MAX];
    size_t count;
};

struct arguments {
    enum command command;
    const char *file;           /* the package; NULL for seal, pack and media */
    struct argument_list disks; /* of pack */
    const char *disk;           /* --disk; NULL where not given, as all that follow */
    const char *key, *cert, *chain, *out;
    const char *policy; /* a word, or for seal a file */
    const char *loader;
    const char *name, *ovf;              /* of pack */
    const char *workers;                 /* a number, ... */
    size_t worker_count;                 /* ... which is that; 0: not said */
    const char *machine;                 /* a file that describes one; of log: the ID of one */
    const char *number;                  /* of a log, ... */
    uint64_t log_number;                 /* ... which is that */
    const char *progress;                /* a word that host/console.h knows */
    const char *proxy, *retries, *stall; /* settings */
    struct argument_list to, trust, https_trust;
    struct argument_list allow_host;         /* other hosts that a descriptor may name */
    struct argument_list conf;               /* files of settings */
    struct argument_list set;                /* KEY=VALUE */
    struct argument_list ova, efi, machines; /* of media; the last as ID=FILE */
    const char *logs;                        /* a size, ... */
    uint64_t logs_size;                      /* ... which is that, in bytes */
    unsigned force;                          /* how often it is there */
    struct argument_list *open; /* of media: where a bare word belongs; NULL: nowhere */
    bool json, plan;
};

extern const char arguments_usage[];

/* argv from the command's name on.  ERR_SETTING, in words that need nothing in front. */
enum err arguments_parse(char **argv, struct arguments *out, struct error *e) MUST_CHECK;

/* Put --policy, --proxy, --retries, --stall and --set over other settings.  ERR_SETTING as above. */
enum err arguments_apply(const struct arguments *a, struct config *c, struct error *e) MUST_CHECK;

#endif
