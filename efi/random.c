/* Bytes that nobody can guess: the firmware's generator, the processor's, and how long things take.
 *
 * Spec: UEFI 2.10, "Random Number Generator Protocol".
 */
#include "efi/random.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/entropy.h"
#include "efi/clock.h"
#include "efi/firmware.h"
#include "loader/port.h"

#define RNG_PROTOCOL_GUID                                                                          \
    {                                                                                              \
        0x3152bca5, 0xeade, 0x433d,                                                                \
        {                                                                                          \
            0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44                                         \
        }                                                                                          \
    }
#define WORK_SIZE 4096 /* bytes; touched between two looks at the counter */

struct rng_protocol {
    void *get_info;
    EFI_STATUS(EFIAPI *get_rng)
    (struct rng_protocol *self, EFI_GUID *algorithm, UINTN size, UINT8 *out);
};

static bool read_firmware(uint8_t to[ENTROPY_READ])
{
    static const EFI_GUID guid = RNG_PROTOCOL_GUID;
    struct rng_protocol *rng = firmware_service(&guid);

    return rng && !EFI_ERROR(rng->get_rng(rng, NULL, ENTROPY_READ, to));
}

static bool read_processor(uint8_t to[ENTROPY_READ])
{
    uint64_t word;

    for (size_t i = 0; i < ENTROPY_READ; i += sizeof(word)) {
        if (!random_word(&word))
            return false;
        put_le32(to + i, (uint32_t)word);
        put_le32(to + i + 4, (uint32_t)(word >> 32));
    }
    return true;
}

/* The counter, and how many counts it takes to touch memory and to wait for a microsecond. */
static bool read_time(uint8_t to[ENTROPY_READ])
{
    static volatile uint8_t work[WORK_SIZE];

    memset(to, 0, ENTROPY_READ);
    for (size_t i = 0; i < ENTROPY_READ; i++) {
        uint64_t before = clock_counter();
        for (size_t j = i; j < sizeof(work); j += 61)
            work[j] = (uint8_t)(work[j] + j);
        firmware.boot->Stall(1);
        uint64_t took = clock_counter() - before;
        to[i] = (uint8_t)(took ^ took >> 8 ^ before);
    }
    return true;
}

/* The time of day and the counter: not even guessing them would repeat another machine's numbers. */
static bool read_clock(uint8_t to[ENTROPY_READ])
{
    EFI_TIME now = {0};
    uint64_t counter = clock_counter();

    memset(to, 0, ENTROPY_READ);
    (void)firmware.runtime->GetTime(&now, NULL);
    memcpy(to, &counter, sizeof(counter));
    memcpy(to + sizeof(counter), &now, sizeof(now));
    return true;
}

enum err port_random(void *to, size_t len, struct error *e)
{
    static const struct entropy_source sources[] = {
        {"EFI_RNG_PROTOCOL", true, read_firmware},
        {random_instruction, true, read_processor},
        {"time", false, read_time},
        {"the clock", false, read_clock},
    };
    static struct entropy entropy = {.sources = sources, .count = COUNT_OF(sources)};

    return entropy_random(&entropy, to, len, e);
}
