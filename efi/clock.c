#include "efi/clock.h"

#include "efi/firmware.h"
#include "loader/port.h"

#define CALIBRATE_US 2000 /* long enough for 1 % where Stall() is good to 20 us */

static uint64_t per_ms; /* counts in a millisecond */

void clock_init(void)
{
    uint64_t hz = clock_counter_hz();

    if (!hz) {
        uint64_t start = clock_counter();
        firmware.boot->Stall(CALIBRATE_US);
        hz = (clock_counter() - start) * (1000000 / CALIBRATE_US);
    }
    per_ms = hz / 1000 ? hz / 1000 : 1;
}

uint64_t port_milliseconds(void)
{
    return clock_counter() / per_ms;
}
