/* tests/fake_port.h - the platform of loader/port.h, scripted: what is plugged in, what the person
 * types, and what was said.
 *
 * A test begins with fake_port_reset() and then fills in the one struct below.
 */
#ifndef TESTS_FAKE_PORT_H
#define TESTS_FAKE_PORT_H

#include "loader/port.h"
#include "tests/fake_source.h"
#include "tests/fake_target.h"
#include "tests/fake_variables.h"

#define FAKE_ANSWERS_MAX 24
#define FAKE_MEMORY_MAX  (8u << 20) /* bytes */

struct fake_port {
    struct found_package packages[4];
    size_t package_count;
    struct found_disk disks[20];
    size_t disk_count;
    struct bytes settings, options, fw_cfg;
    struct named_file beside[4]; /* more files beside the loader: "machines/1.conf" */
    size_t beside_count;
    char written[65536]; /* the last file of port_write_beside() */
    struct fake_log {
        char name[96], text[32768];
    } logs[24];                 /* files of port_write_beside() below logs/; a name of "" is free */
    char note[2048];            /* what port_leave_note() left */
    bool writes_nothing;        /* the medium is read-only */
    struct named_file trust[4]; /* files with anchors */
    size_t trust_count;
    struct named_file https[4]; /* files with anchors for web servers */
    size_t https_count;
    struct moment now; /* the time of day */
    bool has_tpm;
    char measured[1024]; /* events, each with a newline */
    enum guest_arch arch;
    struct machine machine; /* its arch is the one above; nothing known after a reset */
    const char *language;   /* NULL: none */
    struct port_page page;  /* zeros: 25 lines of 80 columns */
    bool has_screen;        /* that of tests/fake_screen.h */
    size_t ram_dropped;     /* how often RAM disks were given back */

    const char *answers[FAKE_ANSWERS_MAX]; /* what the person types; NULL: Escape, and ever after */
    size_t asked;                          /* questions so far */
    size_t hidden;                         /* of them, those whose answer is not shown */
    size_t progress_lines;                 /* so far */
    size_t cancel_at;                      /* which line of progress meets a "stop"; 0: none */
    bool progress_left;                    /* a line of progress is on the screen */
    uint64_t now_ms, step_ms;              /* the clock, and how far each look at it moves it */
    size_t workers;                        /* of which at most so many may be used */

    struct fake_memory {
        char name[40];
        uint8_t bytes[64];
        size_t len;         /* 0: free */
    } remembered[4];        /* by the firmware */
    bool remembers_nothing; /* its store is full */

    struct found_disk ram; /* what port_ram_disk() gives; without a target: ERR_NO_MEMORY */
    uint64_t ram_size;     /* bytes asked for */

    struct secure_boot secure_boot;
    struct bytes sealed_anchors, sealed_policy;
    enum err would_start_code; /* what port_would_start() returns */
    char would_start[64];      /* the first bytes of what it was asked about, as text */
    size_t would_start_count;  /* how often it was asked */

    struct network_settings network; /* what port_network() was last called with, ... */
    size_t network_count;            /* how often, ... */
    enum err network_code;           /* and what it returns */
    const char *start_url;           /* where ovfboot came from; NULL: a medium */
    struct named_file tftp[4];       /* files that a TFTP server has: "192.0.2.1 boot/x.conf" */
    size_t tftp_count;
    char tftp_asked[512]; /* for what it was asked, a newline behind each */

    uint64_t memory_room; /* bytes that port_take_memory() still gives, FAKE_MEMORY_MAX at most */

    enum err start_code;                /* what port_start() returns */
    const struct found_disk *started;   /* NULL: nothing was */
    struct guest_loader started_loader; /* with this */

    char said[16384]; /* all lines and questions, each with a newline */
    size_t said_len;
};

extern struct fake_port fake_port;

void fake_port_reset(void);

/* A disk on that bus as the machine shows it, with its reads behind source. */
struct found_disk fake_disk(struct fake_target *target, struct fake_source *source, const char *bus,
                            const char *serial);

/* Files in memory as a folder. */
struct fake_file {
    const char *name;
    struct bytes bytes;
};
struct fake_folder {
    struct folder folder;
    const struct fake_file *files;
    size_t count;
};
void fake_folder_init(struct fake_folder *f, const char *name, const struct fake_file *files,
                      size_t count);

#endif
