/* Quantities of hardware and the ranges around them.
 *
 * Spec: DSP0243 1.1.0, "VirtualHardwareSection": ranges on elements; "DeploymentOptionSection". */
#include <string.h>

#include "base/checked.h"
#include "parsers/ovf_read.h"

/* The largest sum: OVF_UNKNOWN means open. */
#define SUM_MAX (OVF_UNKNOWN - 1)

static bool same_item(const struct ovf_item *a, const struct ovf_item *b)
{
    return a->type == b->type && strcmp(a->instance, b->instance) == 0;
}

static bool contradicts(const struct ovf_item *marker, const struct ovf_item *item)
{
    if (marker->quantity == OVF_UNKNOWN || item->quantity == OVF_UNKNOWN)
        return false;
    return marker->bound == OVF_MIN ? marker->quantity > item->quantity
                                    : marker->quantity < item->quantity;
}

static const char *bound_name(enum ovf_bound bound)
{
    return bound == OVF_MIN ? "min" : "max";
}

/* One least and one most for each range, before options come into it.  Devices may share an
 * InstanceID: the standard forbids it, and exports of VMware's and oVirt's do it all the same. */
static enum err check_marker(const struct ovf_hardware *h, const struct ovf_item *marker,
                             struct error *e)
{
    const bool plain = marker->configurations.count == 0;
    bool found = false;

    for (size_t i = 0; i < h->item_count; i++) {
        const struct ovf_item *other = &h->items[i];
        if (!same_item(other, marker))
            continue;
        found = found || other->bound == OVF_NORMAL;
        if (other == marker || !plain || other->configurations.count)
            continue;
        if (other->bound == marker->bound && other < marker)
            return fail(e, ERR_DAMAGED, "line %u: Item %s: line %u has the same bound already",
                        marker->line, marker->instance, other->line);
        if (other->bound == OVF_NORMAL && contradicts(marker, other))
            return fail(e, ERR_DAMAGED, "line %u: Item %s: its %s is %s than what line %u asks for",
                        marker->line, marker->instance, bound_name(marker->bound),
                        marker->bound == OVF_MIN ? "more" : "less", other->line);
    }
    if (found)
        return OK;
    return fail(e, ERR_DAMAGED, "line %u: Item %s: a %s without the item that it bounds",
                marker->line, marker->instance, bound_name(marker->bound));
}

enum err check_ranges(const struct ovf_hardware *h, struct error *e)
{
    for (size_t i = 0; i < h->item_count; i++)
        if (h->items[i].bound != OVF_NORMAL)
            TRY(check_marker(h, &h->items[i], e));
    return OK;
}

/* The marker that holds for the item under the chosen option, or NULL. */
static const struct ovf_item *find_marker(const struct ovf_hardware *h, const struct ovf_item *item,
                                          enum ovf_bound bound, const char *chosen)
{
    const struct ovf_item *found = NULL;

    for (size_t i = 0; i < h->item_count; i++) {
        const struct ovf_item *marker = &h->items[i];
        if (marker->bound != bound || !same_item(marker, item) || marker->quantity == OVF_UNKNOWN ||
            !ovf_is_chosen(&marker->configurations, chosen))
            continue;
        if (!found || (marker->configurations.count && !found->configurations.count))
            found = marker;
    }
    return found && !contradicts(found, item) ? found : NULL;
}

/* Add what an item with these markers (NULL: none) puts on one end of the range. */
static void add_end(uint64_t *sum, const struct ovf_item *item, const struct ovf_item *end,
                    const struct ovf_item *other)
{
    if (*sum == OVF_UNKNOWN)
        return;
    if (!end && other)
        *sum = OVF_UNKNOWN;
    else if (!add_fits(*sum, end ? end->quantity : item->quantity, sum) || *sum > SUM_MAX)
        *sum = SUM_MAX;
}

void ovf_find_range(const struct ovf_hardware *hardware, uint32_t type, const char *chosen,
                    struct ovf_range *out)
{
    bool any = false;

    *out = (struct ovf_range){.normal = ovf_quantity(hardware, type, chosen)};
    for (size_t i = 0; i < hardware->item_count; i++) {
        const struct ovf_item *item = &hardware->items[i];
        if (item->type != type || item->quantity == OVF_UNKNOWN ||
            !ovf_item_counts(hardware, item, chosen))
            continue;
        const struct ovf_item *min = find_marker(hardware, item, OVF_MIN, chosen);
        const struct ovf_item *max = find_marker(hardware, item, OVF_MAX, chosen);
        add_end(&out->least, item, min, max);
        add_end(&out->most, item, max, min);
        any = true;
    }
    if (!any)
        out->least = out->most = OVF_UNKNOWN;
}

uint64_t ovf_quantity(const struct ovf_hardware *hardware, uint32_t type, const char *chosen)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < hardware->item_count; i++) {
        const struct ovf_item *item = &hardware->items[i];
        if (item->type == type && item->quantity != OVF_UNKNOWN &&
            ovf_item_counts(hardware, item, chosen) && !add_fits(sum, item->quantity, &sum))
            return UINT64_MAX;
    }
    return sum;
}
