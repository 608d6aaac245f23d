/* Functions of the firmware's interfaces in whose place others stand. */
#include <assert.h>

#include "tests/firmware/hostile.h"

#define PATCH_MAX 256

static struct {
    void **place, *was;
} patches[PATCH_MAX];
static size_t count;

void *patched(void *place)
{
    for (size_t i = 0; i < count; i++)
        if (patches[i].place == place)
            return patches[i].was;
    return NULL;
}

void patch(void **place, void *function)
{
    if (patched(place))
        return;
    assert(count < PATCH_MAX);
    patches[count].place = place;
    patches[count++].was = *place;
    *place = function;
}

void unpatch_all(void)
{
    while (count) {
        count--;
        *patches[count].place = patches[count].was;
    }
}
