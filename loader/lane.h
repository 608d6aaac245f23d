/* loader/lane.h - one disk of a plan on its way to its target: the reading end and the writing end.
 *
 *     lane_init     what lives until the seal
 *     lane_open     the rest, which may be given back after lane_copy(); may be called again
 *     lane_prove    an image that is read out of order is read twice: first to its end, and proved, before
 *                   anything is erased; then what it has is checked against what was proved
 *     lane_copy     the disk's data, proved on its way unless that is done
 *
 * For loader/deploy.c alone.
 */
#ifndef LOADER_LANE_H
#define LOADER_LANE_H

#include "crypto/checked_source.h"
#include "disks/pipeline.h"
#include "loader/plan.h"

#define LANE_BUFFER (3u << 20) /* bytes of one buffer of the ring */

/* What all lanes use, one after the other. */
struct lane_tools {
    struct ring ring;
    struct pipeline_tools pipeline;
};

struct lane {
    const struct plan_disk *disk;
    struct lane_tools *tools;
    struct source_stream file;
    struct proving proving;
    struct image *image;
    struct writer writer;
    struct pipeline pipeline;

    bool by_map;    /* it is read by its tables */
    bool resectors; /* what is written is a view of it, on the target's sectors */
    bool is_twice;  /* it is read out of order, and so twice */
    bool is_hashed; /* it is, or has been, proved on its way */
    bool is_proved; /* it was, beforehand */
    struct checked_source checked;
};

/* alignment: that of all targets. */
enum err lane_tools_init(struct lane_tools *t, struct workers *workers, size_t alignment,
                         struct arena *a, struct error *e) MUST_CHECK;

/* Not hashed, it is taken as it is: read once, and no digest is known afterwards. */
enum err lane_init(struct lane *lane, struct lane_tools *tools, const struct plan_disk *disk,
                   struct target *target, bool is_hashed, struct arena *work,
                   struct error *e) MUST_CHECK;
enum err lane_open(struct lane *lane, struct arena *work, struct error *e) MUST_CHECK;
enum err lane_prove(struct lane *lane, struct arena work, struct error *e) MUST_CHECK;
enum err lane_copy(struct lane *lane, struct error *e) MUST_CHECK;

#endif
