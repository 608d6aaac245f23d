/* tests/firmware/hostile.h - what the parts of hostile.c share: the faults that its script asks for, whose call it
 * is, and functions of the firmware's interfaces in whose place others stand.
 *
 * A part has one function that takes a line of the script, and hooks that ask breaks() whether to go wrong.
 */
#ifndef TESTS_FIRMWARE_HOSTILE_H
#define TESTS_FIRMWARE_HOSTILE_H

#include <stdbool.h>

#include "efi/firmware.h"

/* In the order of the table in hostile_faults.c, which says what the number behind each means. */
enum fault {
    QUEUE_REFUSES,
    QUEUE_FAILS,
    QUEUE_HANGS,
    ZEROS_LIE,
    ZEROS_FAIL,
    FILE_SHORT,
    FILE_FALTERS,
    FILE_FAILS,
    FILE_GONE,
    FILE_ENDS,
    FILE_LIES,
    FILE_CAPPED,
    FILE_POISONED,
    READ_FALTERS,
    READ_FAILS,
    WRITE_FAILS,
    WRITE_LOCKED,
    WRITE_DROPPED,
    DISK_CHANGES,
    DISK_GONE,
    FLUSH_FAILS,
    ALIGN_CLAIMED,
    ALIGN_WANTED,
    SIZE_CLAIMED,
    READ_ONLY_CLAIMED,
    PAGES_REFUSED,
    POOL_REFUSED,
    MEMORY_PIECES,
    MEMORY_LEFT,
    HANDLES_REFUSED,
    VOLUMES_HIDDEN,
    VARIABLES_FULL,
    VARIABLES_UNREADABLE,
    VARIABLES_GARBAGE,
    CLOCK_BROKEN,
    LOAD_FAILS,
    START_RETURNS,
    FAULT_COUNT,
};

/* ---- hostile_faults.c ---- */

/* "zeros lie 2"; false when there is no such fault. */
bool fault_set(const char *text);

/* The number in the script; 0: that fault was not asked for. */
unsigned fault_number(enum fault fault);

/* A call comes by that this fault is about; true when it is to go wrong. */
bool breaks(enum fault fault);

/* The same for faults whose number is a bound: this call goes wrong when is_over. */
bool breaks_if(enum fault fault, bool is_over);

void faults_clear(void);
void faults_report(const char *name); /* a line for each that was asked for */

/* ---- hostile.c ---- */

extern EFI_BOOT_SERVICES real; /* as the firmware made them */

/* Is it called from ovfboot's own code? */
bool is_ovfboot(const void *caller);
#define FROM_OVFBOOT is_ovfboot(__builtin_return_address(0))

/* ---- hostile_patch.c ---- */

/* Put function there; what was there comes back with unpatch_all(). */
void patch(void **place, void *function);
void *patched(void *place); /* what was there */
void unpatch_all(void);

/* ---- hostile_services.c: what boot and runtime services answer ---- */

bool service_hide(const char *name); /* false when there is no such protocol */
void service_press_enter(void);      /* whenever ovfboot waits for a key */
void services_hook(void);
void services_unhook(void);
void services_report(const char *name); /* of what was hidden, and from then on is not */

/* ---- hostile_memory.c ---- */

void memory_eat(void); /* as the faults say, from real on */
void memory_give_back(void);

/* ---- hostile_disks.c, hostile_files.c, hostile_processors.c ---- */

/* ovfboot asked for that protocol on a handle, and got it. */
void disk_seen(const EFI_GUID *guid, EFI_HANDLE handle, void *interface);
void disks_restore(void);
void volume_seen(const EFI_GUID *guid, void *interface);

bool processor_set(const char *text);                         /* "never 1" */
void processors_seen(const EFI_GUID *guid, void **interface); /* puts its own there */
void processors_clear(void);

/* ---- hostile_ip6.c ---- */

bool ip6_watch(
    const char *text); /* "watched": say when ovfboot changes the policy, and whether too early */
void ip6_seen(const EFI_GUID *guid, void *interface);

/* ---- hostile_screen.c ---- */

bool screen_set(
    const char *text); /* "40 12": columns and lines of the console, or of the next one */
void screen_hook(void);

#endif
