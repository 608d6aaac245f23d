#include "loader/after.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "loader/port.h"

#define COUNTER      "restarts"
#define COUNTER_SIZE 9          /* bytes: the count, and the second of the last one as LE64 */
#define IS_ACTIVE    0x00000001 /* LOAD_OPTION_ACTIVE */

struct restarts {
    uint8_t count;
    uint64_t seconds; /* of the last; 0: not known */
};

static struct restarts recall(void)
{
    uint8_t value[COUNTER_SIZE];
    struct error ignored;
    size_t len;

    if (port_recall(COUNTER, value, sizeof(value), &len, &ignored) != OK || len != sizeof(value))
        return (struct restarts){0};
    return (struct restarts){value[0], get_le64(value + 1)};
}

/* A firmware that keeps nothing does not count, either. */
static void remember(struct restarts r)
{
    uint8_t value[COUNTER_SIZE] = {r.count};
    struct error ignored;

    put_le64(value + 1, r.seconds);
    (void)!port_remember(COUNTER, value, r.count ? sizeof(value) : 0, &ignored);
}

/* Where there is no clock, each one counts. */
static bool is_another_round(struct restarts last, struct moment now)
{
    return last.count && (!now.known || !last.seconds || now.unix_seconds < last.seconds ||
                          now.unix_seconds - last.seconds <= AFTER_SPAN);
}

bool after_may_restart(void)
{
    struct restarts last = recall();
    struct moment now = port_now();
    struct restarts next = {1, now.known ? now.unix_seconds : 0};

    if (is_another_round(last, now))
        next.count = (uint8_t)(last.count + 1);
    bool may = next.count <= AFTER_RESTARTS;
    remember(may ? next : (struct restarts){0});
    return may;
}

static struct restarts before_guest;

void after_guest(void)
{
    before_guest = recall();
    if (before_guest.count)
        remember((struct restarts){0});
}

void after_guest_came_back(void)
{
    if (before_guest.count)
        remember(before_guest);
}

static enum err read_number(const char *name, struct arena *a, bool *known, uint16_t *out,
                            struct error *e)
{
    struct bytes value;

    TRY(port_read_variable(name, a, &value, e));
    *known = value.len == 2;
    if (*known)
        *out = get_le16(value.at);
    return OK;
}

static enum err is_active(uint16_t number, struct arena scratch, bool *out, struct error *e)
{
    struct bytes option;
    char name[9];

    text_format(name, sizeof(name), "Boot%04X", number);
    TRY(port_read_variable(name, &scratch, &option, e));
    *out = option.len >= 4 && (get_le32(option.at) & IS_ACTIVE);
    return OK;
}

enum err after_next_entry(struct arena scratch, struct error *e)
{
    uint16_t current = 0;
    struct bytes order;
    bool known, active;
    size_t at = 0;

    TRY(read_number("BootCurrent", &scratch, &known, &current, e));
    TRY(port_read_variable("BootOrder", &scratch, &order, e));
    /* One that is in no order, such as BootNext's, has all of it behind it. */
    for (size_t i = 0; known && i + 2 <= order.len; i += 2)
        if (get_le16(order.at + i) == current)
            at = i + 2;
    for (; at + 2 <= order.len; at += 2) {
        uint16_t number = get_le16(order.at + at);
        TRY(is_active(number, scratch, &active, e));
        if (active)
            return port_write_variable("BootNext", (struct bytes){order.at + at, 2}, e);
    }
    return fail(e, ERR_NOT_FOUND, "the firmware's boot order has no other entry behind this one");
}
