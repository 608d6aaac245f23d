#include "loader/config_list.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "parsers/target_rule.h"

#define AT(member) offsetof(struct config, member)

static const struct config_list {
    const char *key;
    size_t at, places; /* offsets in struct config of CONFIG_TARGETS_MAX texts, and places */
    bool is_rule;      /* for disks */
} lists[] = {
    {"target", AT(target), AT(target_places), true},
    {"protect", AT(protect), AT(protect_places), true},
    {"keep", AT(keep), AT(keep_places), false},
};
_Static_assert(COUNT_OF(lists) * CONFIG_TARGETS_MAX == CONFIG_LISTED, "the header says so");

const char *config_list_key(size_t i)
{
    return i < COUNT_OF(lists) ? lists[i].key : NULL;
}

const struct config_list *config_list_of(const char *key, size_t *index)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        size_t len = strlen(lists[i].key);
        uint64_t number = 1;
        if (!text_starts(key, lists[i].key) ||
            (key[len] &&
             (key[len] != '.' || !text_to_u64(key + len + 1, strlen(key + len + 1), &number))) ||
            number < 1 || number > CONFIG_TARGETS_MAX)
            continue;
        *index = (size_t)number - 1;
        return &lists[i];
    }
    return NULL;
}

/* Those that choose a disk among others say nothing of one alone. */
static enum err check_protect(const struct target_rule *rule, struct error *e)
{
    static const enum target_part_kind choosing[] = {TARGET_SMALLEST, TARGET_LARGEST, TARGET_ONLY,
                                                     TARGET_RAM};

    for (size_t i = 0; i < COUNT_OF(choosing); i++)
        if (target_rule_has(rule, choosing[i]))
            return fail(
                e, ERR_SETTING,
                "smallest, largest, only and ram can choose a disk, and cannot protect one");
    return OK;
}

enum err config_list_set(struct config *c, const struct config_list *list, size_t index,
                         const char *value, struct config_place place, struct error *e)
{
    struct target_rule rule;

    if (list->is_rule) {
        struct bytes text = {(const uint8_t *)value, strlen(value)};
        enum err err = target_rule_parse(text, &rule, e);
        if (err == OK && strcmp(list->key, "protect") == 0)
            err = check_protect(&rule, e);
        if (err != OK && index)
            return within(e, "%s.%zu = %s", list->key, index + 1, value);
        if (err != OK)
            return within(e, "%s = %s", list->key, value);
    }
    memcpy((uint8_t *)c + list->at + index * sizeof(value), &value, sizeof(value));
    memcpy((uint8_t *)c + list->places + index * sizeof(place), &place, sizeof(place));
    return OK;
}

void config_list_said(const struct config *c, size_t n, struct config_said *out)
{
    const struct config_list *list = &lists[n / CONFIG_TARGETS_MAX];
    size_t i = n % CONFIG_TARGETS_MAX;

    memcpy(&out->place, (const uint8_t *)c + list->places + i * sizeof(out->place),
           sizeof(out->place));
    memcpy(&out->value, (const uint8_t *)c + list->at + i * sizeof(out->value), sizeof(out->value));
    size_t len = text_format(out->key, sizeof(out->key), "%s", list->key);
    if (i)
        text_format(out->key + len, sizeof(out->key) - len, ".%zu", i + 1);
}
