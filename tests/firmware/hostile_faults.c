/* What can be broken, when it breaks, and how often it did. */
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "loader/port.h"
#include "tests/firmware/hostile.h"

/* What the number behind a fault's name means. */
enum when {
    FROM,  /* from that call on */
    ONCE,  /* that call */
    EVERY, /* each call whose number is a multiple of it */
    BOUND, /* a bound, or a value, of which the hook knows the meaning */
};

static const struct {
    const char *name;
    enum when when;
} faults[FAULT_COUNT] = {
    [QUEUE_REFUSES] = {"blockio2 refuses", FROM}, /* no memory to queue a write */
    [QUEUE_FAILS] = {"blockio2 fails", ONCE},
    [QUEUE_HANGS] = {"blockio2 hangs", ONCE},
    [ZEROS_LIE] = {"zeros lie", FROM}, /* Write Zeroes is said to be done */
    [ZEROS_FAIL] = {"zeros fail", FROM},
    [FILE_SHORT] = {"file short", FROM}, /* reads give half of what was asked for */
    [FILE_FALTERS] = {"file falters", EVERY},
    [FILE_FAILS] = {"file fails", FROM},
    [FILE_GONE] = {"file gone", FROM},      /* No Media */
    [FILE_ENDS] = {"file ends", FROM},      /* 0 bytes */
    [FILE_LIES] = {"file lies", ONCE},      /* one bit is another */
    [FILE_CAPPED] = {"file capped", BOUND}, /* reads of more KiB fail */
    [FILE_POISONED] = {"file poisoned",
                       BOUND}, /* by a read of more KiB: it and all later ones fail */
    [READ_FALTERS] = {"read falters", EVERY},
    [READ_FAILS] = {"read fails", FROM},
    [WRITE_FAILS] = {"write fails", FROM},
    [WRITE_LOCKED] = {"write locked", FROM},
    [WRITE_DROPPED] = {"write dropped", FROM}, /* and said to be done */
    [DISK_CHANGES] = {"disk changes", ONCE},   /* at that write, for good */
    [DISK_GONE] = {"disk gone", FROM},
    [FLUSH_FAILS] = {"flush fails", FROM},
    [ALIGN_CLAIMED] = {"align claimed", BOUND}, /* bytes, in IoAlign */
    [ALIGN_WANTED] = {"align wanted", BOUND},   /* bytes, and not told */
    [SIZE_CLAIMED] = {"size claimed", BOUND},   /* MiB more than there are */
    [READ_ONLY_CLAIMED] = {"read-only claimed", BOUND},
    [PAGES_REFUSED] = {"pages refused", BOUND}, /* for more MiB than that */
    [POOL_REFUSED] = {"pool refused", FROM},
    [MEMORY_PIECES] = {"memory pieces", BOUND},    /* MiB of the largest free piece */
    [MEMORY_LEFT] = {"memory left", BOUND},        /* MiB, in pieces of 8 */
    [HANDLES_REFUSED] = {"handles refused", FROM}, /* the list of disks */
    [VOLUMES_HIDDEN] = {"volumes hidden", FROM},
    [VARIABLES_FULL] = {"variables full", FROM},
    [VARIABLES_UNREADABLE] = {"variables unreadable", FROM},
    [VARIABLES_GARBAGE] = {"variables garbage", FROM},
    [CLOCK_BROKEN] = {"clock broken", FROM},
    [LOAD_FAILS] = {"load fails", FROM},
    [START_RETURNS] = {"start returns", FROM},
};

static struct {
    unsigned number;       /* 0: is not broken */
    unsigned seen, broken; /* calls */
} at[FAULT_COUNT];

bool fault_set(const char *text)
{
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        size_t len = strlen(faults[i].name);
        uint64_t number;
        if (!text_starts(text, faults[i].name) || text[len] != ' ' ||
            !text_to_u64(text + len + 1, strlen(text + len + 1), &number) || !number)
            continue;
        at[i].number = (unsigned)number;
        return true;
    }
    return false;
}

unsigned fault_number(enum fault fault)
{
    return at[fault].number;
}

bool breaks_if(enum fault fault, bool is_over)
{
    if (!at[fault].number)
        return false;
    at[fault].seen++;
    at[fault].broken += is_over;
    return is_over;
}

bool breaks(enum fault fault)
{
    unsigned number = at[fault].number, call = at[fault].seen + 1;

    switch (faults[fault].when) {
    case FROM:
        return breaks_if(fault, call >= number);
    case ONCE:
        return breaks_if(fault, call == number);
    case EVERY:
        return breaks_if(fault, number && call % number == 0);
    case BOUND:
        break;
    }
    return false;
}

void faults_clear(void)
{
    memset(at, 0, sizeof(at));
}

void faults_report(const char *name)
{
    for (size_t i = 0; i < FAULT_COUNT; i++)
        if (at[i].number)
            port_say("hostile: %s: %s %u: %u of %u", name, faults[i].name, at[i].number,
                     at[i].broken, at[i].seen);
}
