/* loader/port.h - what a platform must be able to do: each function is defined once in efi/, in
 * host/ and in tests/fake_port.c, and chosen by the linker.
 *
 * The host tool links only those that its commands need.
 */
#ifndef LOADER_PORT_H
#define LOADER_PORT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/source.h"
#include "base/target.h"
#include "base/wire.h"
#include "base/workers.h"
#include "crypto/moment.h"
#include "crypto/secure_boot.h"
#include "disks/guest.h"
#include "loader/folder.h"
#include "loader/machine.h"
#include "loader/network.h"

/* One line for the person, without its newline. */
void port_say(const char *format, ...) PRINTF_LIKE(1, 2);

/* Replace the progress line; NULL takes it away.  False: the person wants to stop. */
bool port_progress(const char *line);

/* Milliseconds since some moment before the first call; never goes back. */
uint64_t port_milliseconds(void);

/* Let that time pass.  False: the person wants to stop. */
bool port_wait(uint32_t ms);

/* A TCP connection that is closed, in the arena (base/wire.h).  ERR_NETWORK where there is none. */
enum err port_wire(struct arena *a, struct wire **out, struct error *e) MUST_CHECK;

/* Bytes that nobody can guess.  ERR_NETWORK, in a whole sentence, where the machine has none: TLS is
 * refused then. */
enum err port_random(void *to, size_t len, struct error *e) MUST_CHECK;

/* Memory besides the arenas, for what can only be had whole; it stays until the loader ends or the
 * guest starts.  ERR_NO_MEMORY, in a whole sentence that names what there is. */
enum err port_take_memory(uint64_t size, uint8_t **out, struct error *e) MUST_CHECK;

/* The processors of this machine that do jobs for ovfboot: the same pool each time. */
struct workers *port_workers(void);

/* Use at most so many of them, from 1 on; 0: all.  Before port_workers() is called for the first time. */
void port_set_workers(size_t most);

/* Ask for a line of text, UTF-8.  ERR_CANCELLED on Escape, ERR_SETTING where nobody can answer. */
enum port_echo {
    PORT_SHOWN,
    PORT_HIDDEN, /* a password: nothing of what is typed appears anywhere */
};
enum err port_ask(const char *question, enum port_echo echo, char *answer, size_t size,
                  struct error *e) MUST_CHECK;

/* How much text the person sees at once, without a line for a prompt. */
#define PAGE_LINES_MIN   10
#define PAGE_COLUMNS_MIN 40
struct port_page {
    uint32_t lines, columns;
};
struct port_page port_page(void);

/* The language that the person wants to read ("de-DE"; RFC 4646), or "". */
const char *port_language(void);

/* Everything below is for loader/loader.c only. */

enum package_kind {
    PACKAGE_ARCHIVE,    /* an .ova file, or one raw in a partition */
    PACKAGE_DESCRIPTOR, /* an .ovf file with its files beside it */
};

/* A package seen on some medium, not yet opened. */
struct found_package {
    enum package_kind kind;
    const char *file;      /* path on the medium, '/' between parts; "" for a raw partition */
    const char *medium;    /* where, for people: "usb disk QEMU HARDDISK, partition 1" */
    const char *path;      /* UEFI device path of the disk it is on, as text; "" when unknown */
    struct source *source; /* the archive */
    struct folder *folder; /* the descriptor's folder */
};

/* A disk that may become a target. */
struct found_disk {
    const char *bus;    /* "nvme", "sata", "usb", "virtio", "scsi", "sd" or "disk" */
    const char *model;  /* "" when the firmware does not tell */
    const char *serial; /* likewise */
    const char *wwn;    /* world wide names in lower case hexadecimal, blanks between; NULL: none */
    const char *path;   /* UEFI device path as text */
    struct bytes nodes; /* the same as it is, without its end; none on the host */
    bool start_medium;  /* ovfboot, its settings or the package came from it: never a target */
    bool read_only;
    struct target *target;
    struct source *source; /* the same disk for reading */

    /* Found out by the loader: */
    bool starts;              /* the firmware's boot order leads to it first (loader/boot_disk.h) */
    const char *protected_by; /* the setting that forbids to write it; NULL: none */
    const char *taken_by;     /* the disk of the appliance that goes there; NULL: none */
};

/* What this machine is, by its firmware.  Whatever the firmware does not tell is left unknown. */
enum err port_machine(struct arena *a, struct machine *out, struct error *e) MUST_CHECK;

/* The kind of guest that this machine's firmware can start. */
enum guest_arch port_arch(void);

/* Packages on every medium; disks that are there now.  The lists live in the arena. */
enum err port_find_packages(struct arena *a, struct found_package **out, size_t *count,
                            struct error *e) MUST_CHECK;
enum err port_find_disks(struct arena *a, struct found_disk **out, size_t *count,
                         struct error *e) MUST_CHECK;

/* A whole file from \EFI\ovfboot\ beside the loader ('/' between the parts of name); ERR_TOO_BIG
 * over limit bytes. */
enum err port_read_beside(const char *name, size_t limit, struct arena *a, struct bytes *out,
                          bool *found, struct error *e) MUST_CHECK;

/* Write a whole file there, in place of what it held; folders in its name are made.  ERR_IO, or ERR_NOT_FOUND when ovfboot did not
 * come from a medium. */
enum err port_write_beside(const char *name, struct bytes contents, struct error *e) MUST_CHECK;

/* The files in a folder there ("logs/"), without folders in it, at most PORT_LIST_MAX; none where there is no such
 * folder. */
#define PORT_LIST_MAX 4096 /* docs/limits.md */
enum err port_list_beside(const char *folder, struct arena *a, const char ***names, size_t *count,
                          struct error *e) MUST_CHECK;

/* Remove a file there.  ERR_NOT_FOUND, ERR_IO. */
enum err port_remove_beside(const char *name, struct error *e) MUST_CHECK;

/* Leave a text for whoever looks at the machine later, in a variable that operating systems can read. */
enum err port_leave_note(struct bytes text, struct error *e) MUST_CHECK;

/* A file of QEMU's firmware configuration device, and the loader's load options: no bytes when there
 * is none. */
enum err port_fw_cfg(const char *name, size_t limit, struct arena *a, struct bytes *out,
                     struct error *e) MUST_CHECK;
enum err port_load_options(struct arena *a, struct bytes *out, struct error *e) MUST_CHECK;

/* The files with trust anchors in a folder of \EFI\ovfboot\ beside the loader, "trust" or "https",
 * and the time of day. */
struct named_file {
    const char *name;
    struct bytes contents;
};
enum err port_trust_files(const char *folder, struct arena *a, struct named_file **out,
                          size_t *count, struct error *e) MUST_CHECK;
struct moment port_now(void);

/* The TPM: whether there is one, and a measurement of data into MEASURE_PCR with that text in the
 * firmware's event log. */
bool port_has_tpm(void);
enum err port_measure(const char *text, struct bytes data, struct error *e) MUST_CHECK;

/* A variable of the firmware's own, such as BootOrder, that outlasts the machine's power: its value,
 * in the arena, no bytes when it is not there; and a new value.  ERR_NO_ROOM: the firmware has no
 * room left for it. */
enum err port_read_variable(const char *name, struct arena *a, struct bytes *out,
                            struct error *e) MUST_CHECK;
enum err port_write_variable(const char *name, struct bytes value, struct error *e) MUST_CHECK;

/* A zeroed RAM disk of size bytes as a target.  ERR_NO_MEMORY when it cannot be had. */
enum err port_ram_disk(uint64_t size, struct arena *a, struct found_disk *out,
                       struct error *e) MUST_CHECK;

/* Give back every RAM disk: none of them is used any more. */
void port_drop_ram_disks(void);

/* A few bytes that the firmware keeps for ovfboot, out of reach of every operating system.  *len is 0
 * when there are none of that name, and at most size.  To remember nothing (len 0) is to forget.
 * ERR_NO_ROOM when the firmware's store is full. */
enum err port_recall(const char *name, uint8_t *out, size_t size, size_t *len,
                     struct error *e) MUST_CHECK;
enum err port_remember(const char *name, const uint8_t *at, size_t len, struct error *e) MUST_CHECK;

/* Bring the network up as the settings say, and say on the console what came of it: once, before the
 * first port_wire() and port_tftp().  The settings and their texts live as long as the loader.
 * ERR_NETWORK when no port has a link or an address, ERR_SETTING when a setting does not fit. */
enum err port_network(const struct network_settings *settings, struct arena *a,
                      struct error *e) MUST_CHECK;

/* Where ovfboot itself came from when the firmware fetched it: the URL of the directory, ending in
 * '/', as "http://192.0.2.1/boot/" (UEFI HTTP Boot) or "tftp://192.0.2.1/boot/" (PXE), in the arena.
 * NULL: from a medium. */
enum err port_start_url(struct arena *a, const char **out, struct error *e) MUST_CHECK;

/* A whole small file from a TFTP server (RFC 1350), path as it stands in the URL without the first
 * '/', percent-encoding undone.  ERR_TOO_BIG over limit bytes; *found is false when the server does
 * not have it. */
enum err port_tftp(const char *host, const char *path, size_t limit, struct arena *a,
                   struct bytes *out, bool *found, struct error *e) MUST_CHECK;

/* What was sealed into the loader (host/seal.h): anchors as parsers/anchor_list.h has them, and the
 * policy, lines as in the settings file.  Borrowed; no bytes for what is not there. */
enum err port_sealed(struct bytes *anchors, struct bytes *policy, struct error *e) MUST_CHECK;

/* Whether the firmware enforces Secure Boot, and if so by what; the databases are in the arena. */
struct secure_boot {
    bool enforced;
    struct boot_databases databases;
};
enum err port_secure_boot(struct arena *a, struct secure_boot *out, struct error *e) MUST_CHECK;

/* Have the firmware load an image, not start it, and take it away again.  ERR_SECURE_BOOT: Secure
 * Boot does not allow it; everything else tells nothing about that. */
enum err port_would_start(struct source *file, struct error *e) MUST_CHECK;

/* Start the loader on that disk.  Returns only when it could not be started or came back. */
enum err port_start(struct found_disk *disk, const struct guest_loader *loader,
                    struct error *e) MUST_CHECK;

#endif
