/* Processors that do not come, stop, or are refused, by EFI_MP_SERVICES_PROTOCOL. */
#include <string.h>

#include "base/compiler.h"
#include "base/text.h"
#include "efi/processor.h"
#include "loader/port.h"
#include "tests/firmware/hostile.h"

#define PROCESSORS 16    /* of which something can be said */
#define LATE_MS    3000u /* below the limit that ovfboot tells the firmware */
#define FREEZE_MS  300u

/* What becomes of a processor. */
enum fate {
    SOUND,
    NEVER,
    LATE,
    STUCK,
    DEAD,
    REFUSED,
};
static const char *const fates[] = {
    [NEVER] = "never", [LATE] = "late", [STUCK] = "stuck", [DEAD] = "dead", [REFUSED] = "refused"};

static struct mp_services *processors, hooked; /* the firmware's own, and ours */
static struct processor {
    enum fate fate;
    UINT64 id;
    mp_procedure procedure; /* of ovfboot */
    void *argument;
} at[PROCESSORS];

static EFI_STATUS EFIAPI mp_count(struct mp_services *self, UINTN *all, UINTN *enabled)
{
    (void)self;
    return processors->count(processors, all, enabled);
}

static EFI_STATUS EFIAPI mp_info(struct mp_services *self, UINTN number, struct mp_processor *out)
{
    EFI_STATUS status = processors->info(processors, number, out);

    (void)self;
    if (number < PROCESSORS && !EFI_ERROR(status))
        at[number].id = out->id;
    return status;
}

static EFI_STATUS EFIAPI mp_who(struct mp_services *self, UINTN *number)
{
    (void)self;
    return processors->who(processors, number);
}

static void EFIAPI begin_never(void *argument)
{
    (void)argument;
    for (;;)
        processor_pause();
}

static void EFIAPI begin_late(void *argument)
{
    const struct processor *p = argument;

    for (uint64_t begin = port_milliseconds(); port_milliseconds() - begin < LATE_MS;)
        processor_pause();
    p->procedure(p->argument);
}

/* INIT: from now on it waits for the firmware to start it (Intel SDM volume 3A, "Interrupt Command Register
 * (ICR)").  Only for x86, and where the APIC is in its old mode, as OVMF has it. */
static VOID EFIAPI freeze(EFI_EVENT event, VOID *context)
{
    const struct processor *p = context;
    volatile uint32_t *apic = (volatile uint32_t *)(uintptr_t)0xfee00000;

    (void)event;
    apic[0x310 / 4] = (uint32_t)p->id << 24;
    apic[0x300 / 4] = 0x4500;
}

static void freeze_soon(struct processor *p)
{
    EFI_EVENT timer;

    if (!EFI_ERROR(
            real.CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_CALLBACK, freeze, p, &timer)))
        real.SetTimer(timer, TimerRelative, FREEZE_MS * 10000);
}

/* Each of them is frozen once. */
static EFI_STATUS EFIAPI mp_start(struct mp_services *self, mp_procedure procedure, UINTN number,
                                  EFI_EVENT over, UINTN limit_us, void *argument, BOOLEAN *finished)
{
    struct processor *p = &at[number < PROCESSORS ? number : 0];

    (void)self;
    p->procedure = procedure;
    p->argument = argument;
    switch (p->fate) {
    case SOUND:
        break;
    case NEVER:
        procedure = begin_never;
        break;
    case LATE:
        procedure = begin_late;
        argument = p;
        break;
    case DEAD:
        if (EFI_ERROR(real.CreateEvent(0, 0, NULL, NULL, &over)))
            return EFI_OUT_OF_RESOURCES;
        limit_us = 0;
        freeze_soon(p);
        break;
    case STUCK:
        freeze_soon(p);
        break;
    case REFUSED:
        return EFI_UNSUPPORTED;
    }
    return processors->start_one(processors, procedure, number, over, limit_us, argument, finished);
}

bool processor_set(const char *text)
{
    for (size_t i = NEVER; i < COUNT_OF(fates); i++) {
        size_t len = strlen(fates[i]);
        uint64_t number;
        if (text_starts(text, fates[i]) && text[len] == ' ' &&
            text_to_u64(text + len + 1, strlen(text + len + 1), &number) && number < PROCESSORS) {
            at[number].fate = (enum fate)i;
            return true;
        }
    }
    return false;
}

void processors_clear(void)
{
    memset(at, 0, sizeof(at));
}

void processors_seen(const EFI_GUID *guid, void **interface)
{
    static const EFI_GUID mp = MP_SERVICES_GUID;

    if (memcmp(guid, &mp, sizeof(mp)) != 0)
        return;
    hooked = (struct mp_services){
        .count = mp_count, .info = mp_info, .start_one = mp_start, .who = mp_who};
    processors = *interface;
    *interface = &hooked;
}
