/* Memory that is really gone, or in pieces. */
#include "base/checked.h"
#include "loader/port.h"
#include "tests/firmware/hostile.h"

#define PIECES_MAX 4096
#define LEFT_PIECE 8 /* MiB: thousands of pieces would keep the firmware busy for long */
#define PAGES(mib) ((UINTN)(mib) << 8) /* of 4 KiB */

static EFI_PHYSICAL_ADDRESS eaten[PIECES_MAX]; /* 0: given back */
static size_t count;
static unsigned piece; /* MiB */

static void take_all(unsigned mib)
{
    piece = mib;
    for (count = 0; count < PIECES_MAX; count++)
        if (EFI_ERROR(real.AllocatePages(AllocateAnyPages, EfiBootServicesData, PAGES(piece),
                                         &eaten[count])))
            break;
}

static void give_back(size_t i)
{
    if (eaten[i])
        real.FreePages(eaten[i], PAGES(piece));
    eaten[i] = 0;
}

void memory_eat(void)
{
    unsigned pieces = fault_number(MEMORY_PIECES), left = fault_number(MEMORY_LEFT);

    if (pieces) {
        take_all(pieces);
        for (size_t i = 0; i < count; i++)
            if (!breaks_if(MEMORY_PIECES, i % 2 == 0))
                give_back(i);
    } else if (left) {
        take_all(LEFT_PIECE);
        for (size_t i = 0; i < count; i++)
            if (!breaks_if(MEMORY_LEFT, i >= left / LEFT_PIECE))
                give_back(i);
    }
}

void memory_give_back(void)
{
    for (size_t i = 0; i < count; i++)
        give_back(i);
    count = 0;
}
