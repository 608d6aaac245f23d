#include "efi/workers.h"

#include "base/checked.h"
#include "efi/processor.h"
#include "efi/status.h"
#include "loader/port.h"

/* docs/limits.md.  What is told to the firmware is longer than any session, by more than any batch takes. */
#define SESSION_MS 5000u  /* no new batch after that */
#define IDLE_MS    1000u  /* so long without a batch */
#define LIMIT_MS   20000u /* then the firmware stops it, ... */
#define OVERDUE_MS 25000u /* ... and should have by now */
#define START_MS   500u   /* of the firmware, to start one */
#define SPINS      1000u  /* between two looks at events */
#define NAP_US     1000u  /* between two looks when all are to leave */

enum state {
    RESTS,   /* with the firmware */
    SESSION, /* with us, on its way to us, or on its way back */
    STOPPED, /* by the firmware: it is not used any more */
    OVERDUE, /* and the firmware does not stop it */
};

/* A processor besides the first. */
struct other {
    UINTN number;   /* the firmware's */
    size_t worker;  /* the pool's */
    EFI_EVENT over; /* the firmware signals it when a session is over, by itself or by force */
    enum state state;
    bool is_slow;   /* it took the firmware too long to start it: this was its last session */
    uint64_t since; /* ms: the session's beginning */
    atomic_bool leave, left; /* we tell it, it tells us */
};

static struct {
    struct workers pool;
    struct mp_services *services; /* NULL: there are no others */
    UINTN first;                  /* the firmware's number for the processor that runs all else */
    size_t most;                  /* the setting; 0: all */
    bool is_refused;
    atomic_size_t batch;              /* so many have begun */
    struct other others[WORKERS_MAX]; /* by the pool's number; the first is not used */
} all;

/* ---- On another processor: memory only ---- */

void EFIAPI workers_session(void *argument)
{
    struct other *me = argument;
    uint64_t begin = port_milliseconds(), now = begin, last = begin;
    size_t seen = 0;

    while (!atomic_load(&me->leave) && now - begin < SESSION_MS && now - last < IDLE_MS) {
        size_t batch = atomic_load(&all.batch);
        if (batch != seen) {
            seen = batch;
            workers_help(&all.pool, me->worker);
            last = port_milliseconds();
        }
        processor_pause();
        now = port_milliseconds();
    }
    atomic_store(&me->left, true);
}

bool workers_is_other(void)
{
    UINTN number;

    return all.services && !EFI_ERROR(all.services->who(all.services, &number)) &&
           number != all.first;
}

/* ---- On the first ---- */

/* Whoever comes late, after all, finds that it is to leave. */
static void give_up(struct other *o)
{
    o->state = STOPPED;
    atomic_store(&o->leave, true);
    port_say(
        "Warning    processor %u of this machine is not used any more: it does not do its work",
        (unsigned)o->number);
}

/* PI lets firmware refuse once a boot option was chosen: then it refuses all of them, and says so once. */
static void refuse(struct other *o, EFI_STATUS status)
{
    o->state = STOPPED;
    if (!all.is_refused)
        port_say(
            "Warning    the firmware does not start processor %u of this machine for ovfboot (%s)",
            (unsigned)o->number, status_name(status));
    all.is_refused = true;
}

static void start(struct other *o)
{
    struct mp_services *services = all.services;

    if (EFI_ERROR(firmware.boot->CreateEvent(0, 0, NULL, NULL, &o->over)))
        return;
    atomic_store(&o->leave, false);
    atomic_store(&o->left, false);
    o->since = port_milliseconds();
    o->state = SESSION;
    EFI_STATUS status = services->start_one(services, processor_begin, o->number, o->over,
                                            LIMIT_MS * 1000, o, NULL);
    o->is_slow = port_milliseconds() - o->since > START_MS;
    if (!EFI_ERROR(status))
        return;
    firmware.boot->CloseEvent(o->over);
    o->state = RESTS;
    if (status != EFI_NOT_READY)
        refuse(o, status);
}

/* Is its session over?  Should it be?  By our clock: one that came late has less of it. */
static void look_after(struct other *o)
{
    uint64_t age = port_milliseconds() - o->since;

    if (o->state != SESSION)
        return;
    if (age > SESSION_MS)
        atomic_store(&o->leave, true);
    if (!EFI_ERROR(firmware.boot->CheckEvent(o->over))) {
        firmware.boot->CloseEvent(o->over);
        o->state = RESTS;
        workers_stopped(&all.pool, o->worker);
        if (!atomic_load(&o->left))
            give_up(o);
    } else if (age > OVERDUE_MS) {
        o->state = atomic_load(&o->left) ? STOPPED : OVERDUE;
    }
}

static void begin(struct workers *w)
{
    atomic_fetch_add(&all.batch, 1);
    for (size_t i = 1; i < w->count; i++) {
        struct other *o = &all.others[i];
        look_after(o);
        if (o->state == RESTS && !o->is_slow)
            start(o);
    }
}

static bool done_soon(const struct workers *w)
{
    for (unsigned i = 0; i < SPINS && !workers_done(w); i++)
        processor_pause();
    return workers_done(w);
}

static enum err fail_overdue(const struct other *o, struct error *e)
{
    return fail(
        e, ERR_PROCESSOR,
        "processor %u of this machine does not come back from its work, and the firmware does "
        "not stop it",
        (unsigned)o->number);
}

/* Ends for each in time: it leaves, or it is stopped, or it is overdue. */
static enum err wait(struct workers *w, struct error *e)
{
    while (!done_soon(w)) {
        for (size_t i = 1; i < w->count; i++) {
            look_after(&all.others[i]);
            if (all.others[i].state == OVERDUE && atomic_load(&w->inside[i]))
                return fail_overdue(&all.others[i], e);
        }
        if (workers_abandoned(w))
            workers_redo(w);
    }
    return OK;
}

enum err workers_release(struct error *e)
{
    enum err err = OK;

    for (size_t i = 1; i < all.pool.count; i++)
        atomic_store(&all.others[i].leave, true);
    for (size_t i = 1; i < all.pool.count; i++) {
        struct other *o = &all.others[i];
        for (look_after(o); o->state == SESSION; look_after(o))
            firmware.boot->Stall(NAP_US);
        if (o->state == OVERDUE)
            err = fail_overdue(o, e);
    }
    return err;
}

/* ---- The pool ---- */

static bool is_useful(UINTN number, struct mp_processor *info)
{
    *info = (struct mp_processor){.id = 0};
    return number != all.first && !EFI_ERROR(all.services->info(all.services, number, info)) &&
           (info->status & (MP_FIRST | MP_ENABLED | MP_HEALTHY)) == (MP_ENABLED | MP_HEALTHY);
}

/* Add those that are the first of their core, or those that are not; the count of all. */
static size_t add_others(UINTN processors, bool are_first, size_t count)
{
    size_t most = all.most ? all.most : WORKERS_MAX;
    struct mp_processor info;

    for (UINTN number = 0; number < processors && count < most; number++) {
        if (!is_useful(number, &info) || (info.thread == 0) != are_first)
            continue;
        all.others[count].number = number;
        all.others[count].worker = count;
        count++;
    }
    return count;
}

void port_set_workers(size_t most)
{
    all.most = min_u64(most, WORKERS_MAX);
}

struct workers *port_workers(void)
{
    static const EFI_GUID guid = MP_SERVICES_GUID;
    static const struct workers_ops ops = {begin, wait};
    UINTN processors, enabled;
    size_t count;

    if (all.pool.count)
        return &all.pool;
    workers_init(&all.pool, NULL, 1);
    all.services = firmware_service(&guid);
    if (!all.services || EFI_ERROR(all.services->who(all.services, &all.first)) ||
        EFI_ERROR(all.services->count(all.services, &processors, &enabled)))
        return &all.pool;
    processor_note();
    count = add_others(processors, true, 1);
    count = add_others(processors, false, count);
    if (count > 1)
        workers_init(&all.pool, &ops, count);
    return &all.pool;
}
