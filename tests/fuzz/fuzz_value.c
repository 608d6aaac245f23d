/* A property of any type and qualifiers, and a value for it: four lines. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/utf.h"
#include "parsers/ovf_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX 4096

/* Cut text at its first line end, and return what stands behind. */
static char *next_line(char *text)
{
    char *end = strchr(text, '\n');

    if (!end)
        return text + strlen(text);
    *end = '\0';
    return end + 1;
}

/* Whatever a descriptor says is one of the choices is a value, unless another rule forbids it. */
static void check_choices(const struct ovf_property *p, struct arena *a)
{
    const char *const *choices;
    struct error error;
    size_t count;

    if (ovf_value_choices(p, a, &choices, &count, &error) != OK)
        return;
    for (size_t i = 0; i < count; i++) {
        assert(utf8_valid(choices[i], strlen(choices[i])));
        if (ovf_check_value(p, choices[i], &error) != OK)
            assert(error.code == ERR_SETTING && error.text[0]);
    }
}

static void check_rules(const struct ovf_property *p)
{
    char rule[OVF_VALUE_RULE_MAX], small[20];

    ovf_value_rule(p, rule, sizeof(rule));
    assert(strlen(rule) < sizeof(rule) && utf8_valid(rule, strlen(rule)));
    ovf_value_rule(p, small, sizeof(small));
    assert(strlen(small) < sizeof(small) && utf8_valid(small, strlen(small)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 20];
    char text[INPUT_MAX + 1];
    struct ovf_property p = {.key = "k"};
    struct error error = {.code = OK};
    struct arena a;

    if (size > INPUT_MAX || !utf8_valid((const char *)data, size))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    char *qualifiers = next_line(text);
    char *vendor = next_line(qualifiers);
    char *value = next_line(vendor);
    p.type = text;
    p.qualifiers = qualifiers;
    p.vendor_qualifiers = vendor;

    enum err result = ovf_check_value(&p, value, &error);
    assert(result == OK || (result == ERR_SETTING && error.text[0]));
    assert(ovf_value_missing(&p, value) == (!*value && result != OK));
    check_rules(&p);
    if (result != OK) { /* what refuses something says what it wants, and shows no password */
        char rule[OVF_VALUE_RULE_MAX];
        assert(*ovf_value_rule(&p, rule, sizeof(rule)));
        p.password = true;
        assert(ovf_check_value(&p, value, &error) == ERR_SETTING);
        assert(strncmp(error.text, "the value ", 10) == 0);
    }
    arena_init(&a, memory, sizeof(memory), "fuzzing");
    check_choices(&p, &a);
    return 0;
}
