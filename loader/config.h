/* loader/config.h - the settings that exist, checked, from the sealed policy and from the places of
 * loader/gather.h.
 *
 * A later place wins over an earlier one.  What is sealed into the loader wins over all: to set such
 * a key elsewhere is an error, even to the same value, so that nobody believes to have changed it.
 * Every setting has its row in the table in loader/config.c; docs/guide.md explains them.
 */
#ifndef LOADER_CONFIG_H
#define LOADER_CONFIG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "loader/machine.h"
#include "loader/network.h"

enum verify_policy {
    VERIFY_DEFAULT,   /* signature where there are trust anchors, else manifest */
    VERIFY_SIGNATURE, /* and the manifest must be signed by one of the anchors */
    VERIFY_MANIFEST,  /* the manifest must cover and match every file that is used */
    VERIFY_NONE,      /* no manifest is asked for; one that is there must match all the same */
};

enum measure_policy {
    MEASURE_AUTO,     /* into the TPM, where there is one */
    MEASURE_REQUIRED, /* no TPM, no start */
    MEASURE_NONE,
};

enum after {
    AFTER_BOOT, /* start the guest; after a success only */
    AFTER_WAIT, /* for a key, then leave to the firmware */
    AFTER_EXIT, /* to whoever started ovfboot, with a status */
    AFTER_REBOOT,
    AFTER_POWEROFF,
    AFTER_NEXT, /* the next boot entry, by a restart; after a failure only */
};

enum hardware_policy {
    HARDWARE_ENFORCE, /* a machine that lacks what the appliance must have is refused */
    HARDWARE_WARN,
};

enum environment_policy {
    ENVIRONMENT_AUTO,      /* a partition, where the guest's table has room for one */
    ENVIRONMENT_PARTITION, /* no room, no deployment */
    ENVIRONMENT_NONE,
};

enum cd_images_policy {
    CD_IMAGES_REFUSE, /* an appliance with an image in a CD, DVD or floppy drive is refused */
    CD_IMAGES_OMIT,   /* the guest goes without it */
};

/* What happens to a disk that ovfboot has deployed to before. */
enum redeploy_policy {
    REDEPLOY_IF_CHANGED,
    REDEPLOY_ALWAYS,
    REDEPLOY_NEVER, /* what is installed is started, whatever it is */
};

/* When it holds another package, or something that cannot be told. */
enum change_policy {
    CHANGE_ASK, /* refused where nobody is there */
    CHANGE_REFUSE,
    CHANGE_REPLACE,
};

/* What holds partitions or a file system that ovfboot has not put there. */
enum erase_policy {
    ERASE_ASK, /* refused where nobody is there */
    ERASE_NO,
    ERASE_YES,
};

enum boot_entry_policy {
    BOOT_ENTRY_ADD,   /* the guest's loader is in the boot order */
    BOOT_ENTRY_FIRST, /* and in front of everything else */
    BOOT_ENTRY_NONE,
};

enum report_policy {
    REPORT_BEST_EFFORT, /* a report that is not taken stops nothing */
    REPORT_REQUIRED,    /* nothing is erased or started that was not reported */
};

enum answer {
    ANSWER_NO,
    ANSWER_YES,
};

enum mode {
    MODE_INTERACTIVE = ANSWER_NO, /* "unattended = yes" is the same as "mode = unattended" */
    MODE_UNATTENDED = ANSWER_YES,
};

#define CONFIG_TARGETS_MAX    16  /* disks of one appliance; docs/limits.md */
#define CONFIG_PROPERTIES_MAX 256 /* property.NAME settings; docs/limits.md */
#define CONFIG_ROWS_MAX       40  /* settings that there are, without target and property */
#define CONFIG_RETRIES        5
#define CONFIG_RETRIES_MAX    100
#define CONFIG_STALL_MAX      3600    /* seconds */
#define CONFIG_TIMEOUT_MAX    2592000 /* seconds: 30 days */
#define CONFIG_MENU_MAX       3600    /* seconds */

/* Where a setting stands, for messages: "ovfboot.conf line 3". */
struct config_place {
    const char *where; /* NULL: nowhere, the default holds */
    const char *unit;  /* "line", "word", or "" when there is no number */
    uint32_t number;
};

/* A value for a property of the appliance. */
struct config_property {
    const char *name, *value;
    struct config_place place;
    bool sealed; /* nothing else may set it */
};

struct config {
    const char *source;                     /* package to use; NULL: the only one, or ask */
    const char *conf;                       /* URL of more settings; NULL: none */
    const char *target[CONFIG_TARGETS_MAX]; /* a rule for each disk; NULL: ask */
    const char
        *protect[CONFIG_TARGETS_MAX];     /* rules for disks that are never written; NULL: none */
    const char *keep[CONFIG_TARGETS_MAX]; /* labels of partitions that must not be lost; likewise */
    const char *system;                   /* id of a virtual system, or path; NULL: ask */
    const char *option;                   /* id of a deployment option; NULL: ask */
    const char *language;                 /* "de-DE"; NULL: the firmware's */
    enum verify_policy verify;
    bool verify_is_plain; /* it came without https */
    enum measure_policy measure;
    enum hardware_policy hardware;
    enum environment_policy environment;
    enum cd_images_policy cd_images;
    enum redeploy_policy redeploy;
    enum change_policy on_change;
    enum erase_policy erase;
    enum boot_entry_policy boot_entry;
    enum answer accept_eula;
    struct config_place eula_place; /* of accept-eula */
    enum answer unattended;         /* nobody is there: never ask */
    enum mode mode;                 /* another spelling: config_read() makes both the same */
    enum after on_success;
    enum after on_failure;
    struct network_settings network;
    const char *proxy;       /* http://[user:password@]host[:port]; NULL: none */
    const char *allow_host;  /* hosts, blanks or commas between; NULL: only the package's own */
    uint32_t retries;        /* of a server that does not answer, without progress between */
    uint32_t stall, timeout; /* seconds: of a server's silence, and for a whole file; 0: no limit */
    const char *report;      /* URL, or CONFIG_REPORT_MEDIUM; NULL: nothing is reported */
    enum report_policy report_policy;
    enum answer report_stages; /* at the beginning of each stage, too */
    enum answer log;           /* of each run, on the start medium */
    uint32_t menu_timeout;     /* seconds until the default of a menu is taken; 0: never */
    uint32_t workers;          /* processors to use; 0: all */
    struct config_property properties[CONFIG_PROPERTIES_MAX]; /* in rising rank */
    size_t property_count;
    struct config_place places[CONFIG_ROWS_MAX], target_places[CONFIG_TARGETS_MAX];
    struct config_place protect_places[CONFIG_TARGETS_MAX], keep_places[CONFIG_TARGETS_MAX];
};

#define CONFIG_NETWORK       "network-" /* how keys for the machine's network begin */
#define CONFIG_REPORT_MEDIUM "medium"   /* beside the loader, and nowhere else */

/* A place with settings. */
struct config_source {
    const char *where; /* "ovfboot.conf"; borrowed, and kept */
    const char *unit;  /* what its settings are counted in: "line" */
    struct bytes text; /* lines (parsers/settings.h), ... */
    bool is_words;     /* ... or the words of load options */
    enum config_from {
        CONFIG_HERE,  /* from the machine itself or its media */
        CONFIG_START, /* fetched from where ovfboot came from, ... */
        CONFIG_CONF,  /* ... or from the URL that conf names */
    } from;
    bool is_plain; /* fetched without https */
};

/* Defaults, then the sealed policy, then each source.  ERR_SETTING names key and line.  What is
 * fetched may not say how the network is to be set up, nor what conf names, name another. */
enum err config_read(struct bytes sealed, const struct config_source *sources, size_t count,
                     struct arena *a, struct config *out, struct error *e) MUST_CHECK;

/* Put facts of the machine into the values of properties (loader/facts.h). */
enum err config_fill_facts(struct config *c, const struct machine *m, struct arena *a,
                           struct error *e) MUST_CHECK;

/* Set one setting, as a line of the file would; key and value are borrowed. */
enum err config_set(struct config *c, const char *key, const char *value, struct config_place place,
                    struct error *e) MUST_CHECK;

/* Once all are set: mode and unattended are one.  ERR_SETTING when they say different things. */
enum err config_settle(struct config *c, struct error *e) MUST_CHECK;

/* A setting that stands somewhere, as a text; of an appliance's properties there are none here. */
struct config_said {
    char key[24];
    const char *value; /* may have a password in it where it is a URL */
    char number[12];
    struct config_place place;
};

/* The next one, from *n = 0; false behind the last. */
bool config_next(const struct config *c, size_t *n, struct config_said *out);

/* A setting that there is. */
#define CONFIG_VALUES_MAX 120 /* bytes with the NUL */
struct config_known {
    const char *key;
    char values[CONFIG_VALUES_MAX]; /* "enforce, warn", "0 to 100"; "": any text */
    char standard[16];              /* the value that holds without it; "": none, or it depends */
};

/* The n-th of all, from 0, with what it is in defaults; false behind the last. */
bool config_known(const struct config *defaults, size_t n, struct config_known *out);

/* "ovfboot.conf line 3". */
#define CONFIG_PLACE_MAX 160 /* bytes with the NUL */
const char *config_place_text(const struct config_place *place, char out[CONFIG_PLACE_MAX]);

#endif
