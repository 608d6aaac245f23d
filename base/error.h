/* base/error.h - what went wrong: a code for the program, a sentence for the person.
 *
 * A function that can fail returns enum err and takes a struct error last.  The place that
 * notices the failure calls fail() once, with the facts it has: names, and numbers with their
 * unit.  A caller that knows what was being done puts that in front with within().  Nothing
 * here prints; only efi/ and host/ do.
 *
 *     photon.ova: disk1.vmdk: grain for sector 8192, at byte 199168: bad compressed data
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/compiler.h"

/* Told apart by what the person should do about it; a new code needs a new answer. */
enum err {
    OK = 0,
    ERR_IO,          /* a device or file would not read or write: look at the hardware */
    ERR_DAMAGED,     /* bytes contradict their own format: fetch the package again */
    ERR_UNTRUSTED,   /* a digest or signature does not match: do not use the package */
    ERR_UNSUPPORTED, /* valid, but not done by this loader: convert the package */
    ERR_TOO_BIG,     /* over a limit in docs/limits.md */
    ERR_NO_ROOM,     /* the target is too small for the disk */
    ERR_NO_MEMORY,   /* the machine has too little memory for this package */
    ERR_NOT_FOUND,   /* a file or device named by the package or the person is not there */
    ERR_NO_LOADER,   /* the guest disk has nothing that UEFI firmware can start */
    ERR_SETTING,     /* a setting is wrong or missing: the settings file wants editing */
    ERR_CANCELLED,   /* the person said no */
    ERR_SECURE_BOOT, /* the firmware does not allow it: its owner can change that */
    ERR_HARDWARE,    /* the machine lacks what the appliance must have */
    ERR_NETWORK,     /* no connection, or the other end does not say what it should */
    ERR_PEER,        /* the server's certificate is not one that is believed */
    ERR_PROCESSOR,   /* a processor of the machine does not answer any more */
    ERR_COUNT        /* not a code: how many there are */
};

struct error {
    enum err code;
    char text[400]; /* one line of UTF-8, NUL-terminated, cut at the end when too long */
};

/* Record the failure and return code, so that a caller can write "return fail(...)".  The format is
 * base/text.h's.  A macro, so that compilers and checkers see which code comes back: after a call
 * that failed they then know that its results are not used. */
#define fail(e, code, ...) (fail_record((e), (code), __VA_ARGS__), err_same(code))
static inline enum err err_same(enum err code)
{
    return code;
}
void fail_record(struct error *e, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Put "<format>: " in front of the recorded text, unless it begins so: a package that is one file is
 * named once.  What does not fit is cut from both, and the old text keeps at least half of the room.
 * Returns the recorded code. */
enum err within(struct error *e, const char *format, ...) PRINTF_LIKE(2, 3);

/* The code in one word, for programs: "untrusted". */
const char *err_name(enum err code);

/* One sentence of advice for a code, in plain words.  Never NULL. */
const char *err_advice(enum err code);

/* Return from the calling function when call fails.  The only macro here that returns. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum err try_err = (call);                                                                 \
        if (try_err != OK)                                                                         \
            return try_err;                                                                        \
    } while (0)

#endif
