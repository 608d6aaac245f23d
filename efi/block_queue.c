#include "efi/block_queue.h"

#include "loader/port.h"

#define IDLE_US                                                                                    \
    50 /* between two looks; EDK2's driver looks itself by a timer, every 1 ms or 10 ms */

static struct block_queue *queues;

static void destroy(struct block_queue *q)
{
    for (size_t i = 0; i < QUEUE_DEPTH && q->requests[i].token.Event; i++)
        firmware.boot->CloseEvent(q->requests[i].token.Event);
    firmware.boot->FreePool(q);
}

struct block_queue *queue_find(EFI_HANDLE handle)
{
    struct block_queue *q = queues;

    while (q && q->handle != handle)
        q = q->next;
    return q;
}

void queue_open(EFI_HANDLE handle, UINT32 media_id, UINT32 alignment)
{
    static const EFI_GUID guid = EFI_BLOCK_IO2_PROTOCOL_GUID;
    EFI_BLOCK_IO2_PROTOCOL *io = firmware_protocol(handle, &guid);
    struct block_queue *q;

    /* It should be the same medium, told of twice. */
    if (queue_find(handle) || !io || !io->Media || io->Media->MediaId != media_id ||
        io->Media->IoAlign > alignment ||
        EFI_ERROR(firmware.boot->AllocatePool(EfiLoaderData, sizeof(*q), (void **)&q)))
        return;
    *q = (struct block_queue){.handle = handle, .io = io};
    for (size_t i = 0; i < QUEUE_DEPTH; i++) {
        EFI_EVENT *event = &q->requests[i].token.Event;
        if (EFI_ERROR(firmware.boot->CreateEvent(0, 0, NULL, NULL, event))) {
            *event = NULL;
            destroy(q);
            return;
        }
    }
    q->next = queues;
    queues = q;
}

/* Checking an event takes its signal away. */
static bool has_ended(struct block_request *r)
{
    r->ended = r->ended || !EFI_ERROR(firmware.boot->CheckEvent(r->token.Event));
    return r->ended;
}

bool queue_put(struct block_queue *q, UINT32 media_id, uint64_t lba, size_t count, const void *from,
               size_t size)
{
    struct block_request *r = &q->requests[(q->first + q->count) % QUEUE_DEPTH];

    if (q->refused)
        return false;
    r->token.TransactionStatus = EFI_NOT_READY;
    r->ended = false;
    r->lba = lba;
    r->count = count;
    /* WriteBlocksEx() takes what it only reads from without const. */
    EFI_STATUS status =
        q->io->WriteBlocksEx(q->io, media_id, lba, &r->token, size, (void *)(uintptr_t)from);
    /* Out of resources may pass; what else it says will not. */
    q->refused = EFI_ERROR(status) && status != EFI_OUT_OF_RESOURCES;
    if (EFI_ERROR(status))
        (void)firmware.boot->CheckEvent(r->token.Event); /* were it signalled all the same */
    q->count += !EFI_ERROR(status);
    return !EFI_ERROR(status);
}

bool queue_take(struct block_queue *q, const struct block_request **ended)
{
    struct block_request *r = &q->requests[q->first];
    uint64_t deadline = port_milliseconds() + QUEUE_PATIENCE_MS;

    *ended = r;
    while (!q->stuck && !has_ended(r)) {
        q->stuck = port_milliseconds() >= deadline;
        firmware.boot->Stall(IDLE_US);
    }
    if (q->stuck)
        return false;
    q->first = (q->first + 1) % QUEUE_DEPTH;
    q->count--;
    return true;
}

bool queue_is_busy(struct block_queue *q)
{
    for (size_t i = 0; i < q->count; i++)
        if (!has_ended(&q->requests[(q->first + i) % QUEUE_DEPTH]))
            return true;
    return false;
}

bool queues_close(void)
{
    struct block_queue *stuck = NULL;
    const struct block_request *ended;

    while (queues) {
        struct block_queue *q = queues;
        queues = q->next;
        while (q->count && queue_take(q, &ended))
            continue;
        if (q->stuck) {
            q->next = stuck;
            stuck = q;
        } else {
            destroy(q);
        }
    }
    queues = stuck;
    return !stuck;
}
