#include "efi/clock.h"

#include "base/checked.h"
#include "efi/firmware.h"
#include "loader/port.h"

#define CALIBRATE_US    2000 /* long enough for 1 % where Stall() is good to 20 us */
#define CALIBRATE_TIMES 5

static uint64_t per_ms; /* counts in a millisecond */

/* Stall() may take longer than it is told, and never less: the shortest of some is right.  On a busy
 * hypervisor a single one was seen to take four times as long. */
static uint64_t stalled(void)
{
    uint64_t least = UINT64_MAX;

    for (int i = 0; i < CALIBRATE_TIMES; i++) {
        uint64_t start = clock_counter();
        firmware.boot->Stall(CALIBRATE_US);
        least = min_u64(least, clock_counter() - start);
    }
    return least;
}

void clock_init(void)
{
    uint64_t hz = clock_counter_hz();

    if (!hz)
        hz = stalled() * (1000000 / CALIBRATE_US);
    per_ms = hz / 1000 ? hz / 1000 : 1;
}

uint64_t port_milliseconds(void)
{
    return clock_counter() / per_ms;
}
