#include "loader/summary.h"

#include <stdarg.h>

#include "base/text.h"
#include "loader/occupied.h"
#include "loader/targets.h"
#include "loader/words.h"

#define SUMMARY_MAX (16u << 10) /* bytes; what is longer is cut */

struct lines {
    char *text;
    size_t len;
};

static PRINTF_LIKE(2, 3) void add(struct lines *l, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    l->len += text_format_va(l->text + l->len, SUMMARY_MAX - 1 - l->len, format, args);
    va_end(args);
    if (l->len < SUMMARY_MAX - 2)
        l->text[l->len++] = '\n';
    l->text[l->len] = '\0';
}

static void add_title(struct lines *l, const struct plan *plan)
{
    const struct ovf_system *system = plan->system;
    const char *version = system->product_count ? system->products[0].version : "";

    if (*version)
        add(l, WORDS_PLAN_VERSION, plan->title, version);
    else
        add(l, WORDS_PLAN_TITLE, plan->title);
}

static void add_values(struct lines *l, const struct properties *all)
{
    size_t set = 0;

    for (size_t i = 0; i < all->count; i++)
        set += all->at[i].by_person;
    if (all->count)
        add(l, WORDS_PLAN_VALUES, set, all->count);
}

static void add_told(struct lines *l, const struct course *c)
{
    char size[TEXT_SIZE_MAX];

    if (!c->provides) {
        add(l, WORDS_PLAN_TELLS_NOT);
        return;
    }
    add(l, WORDS_PLAN_TELLS, text_size(size, c->provision.volume.len));
    if (c->plan.file_count)
        add(l, WORDS_PLAN_FILES, c->plan.file_count);
}

static void add_disk(struct lines *l, const struct course *c, size_t i, struct arena scratch)
{
    const struct found_disk *target = &c->chosen[i];
    char text[TARGET_TEXT_MAX], size[TEXT_SIZE_MAX];

    add(l, WORDS_PLAN_DISK, c->plan.disks[i].name, text_size(size, c->plan.disks[i].capacity));
    if (target_is_ram(target->bus)) {
        add(l, WORDS_PLAN_RAM);
        return;
    }
    add(l, WORDS_PLAN_TARGET, target_text(target, text));
    add(l, WORDS_PLAN_ERASES, target_contents(target, scratch, text));
}

enum err summary_make(const struct course *c, struct arena *a, const char **out, struct error *e)
{
    struct lines l = {.len = 0};

    TRY(TAKE(a, SUMMARY_MAX, &l.text, e));
    for (size_t i = FACT_MACHINE; i <= FACT_SIGNER; i++)
        if (*c->head.facts[i])
            add(&l, "%s", c->head.facts[i]);
    add_title(&l, &c->plan);
    for (size_t i = FACT_SYSTEM; i < SCREEN_FACTS; i++)
        if (*c->head.facts[i])
            add(&l, "%s", c->head.facts[i]);
    add_values(&l, &c->plan.properties);
    add_told(&l, c);
    for (size_t i = 0; i < c->plan.count; i++)
        add_disk(&l, c, i, *a);
    *out = l.text;
    return OK;
}
