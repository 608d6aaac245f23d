/* Any bytes as a rule for a disk. */
#include <assert.h>
#include <string.h>

#include "parsers/target_rule.h"

static bool is_within(struct bytes text, const uint8_t *data, size_t size)
{
    return text.len && text.at >= data && text.len <= size &&
           (size_t)(text.at - data) <= size - text.len;
}

static void check(const struct target_rule *rule, const uint8_t *data, size_t size)
{
    assert(rule->count >= 1 && rule->count <= TARGET_PARTS_MAX);
    assert(!target_rule_has(rule, TARGET_SMALLEST) || !target_rule_has(rule, TARGET_LARGEST));
    assert(!target_rule_has(rule, TARGET_RAM) || rule->count == 1);
    for (size_t i = 0; i < rule->count; i++) {
        const struct target_part *part = &rule->parts[i];
        size_t len = strlen(part->wwn);
        assert(is_within(part->text, data, size));
        assert(part->kind == TARGET_WWN ? len == 16 || len == 32 : !len);
        assert(strspn(part->wwn, "0123456789abcdef") == len);
        assert((part->kind == TARGET_SIZE_MIN || part->kind == TARGET_SIZE_MAX) ==
               (part->size > 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct target_rule rule;
    struct error error;

    if (target_rule_parse((struct bytes){data, size}, &rule, &error) == OK)
        check(&rule, data, size);
    else
        assert(error.code == ERR_SETTING);
    return 0;
}
