#include "tests/build/guest_build.h"

#include <stdio.h>
#include <string.h>

#define OVF "http://schemas.dmtf.org/ovf/envelope/1"

static uint8_t memory[2][1 << 20];
static struct config config;
static struct package package;
static struct plan plan;

void guest_build_set(const char *name, const char *value)
{
    config.properties[config.property_count++] =
        (struct config_property){name, value, {"ovfboot.conf", "line", 3}, false};
}

static enum err choose(const char *inside, const char *system, struct error *e)
{
    static char text[1 << 16];
    struct arena a, scratch;

    snprintf(text, sizeof(text),
             "<Envelope xmlns='" OVF "' xmlns:ovf='" OVF "'><References/>%s</Envelope>", inside);
    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "a test's scratch");
    package = (struct package){.name = "test.ovf", .descriptor = "test.ovf"};
    plan = (struct plan){.package = &package, .language = "en-US"};
    TRY(ovf_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &a, scratch, &plan.ovf, e));
    size_t index =
        system ? ovf_find_system(&plan.ovf, system) : ovf_next_machine(&plan.ovf, OVF_NONE);
    TRY(plan_choose(&plan, index, NULL, &config, &a, e));
    return properties_expand(&plan.properties, &plan.ovf, &a, e);
}

enum err guest_build(const char *inside, const char *system, struct plan **out, struct error *e)
{
    enum err result = choose(inside, system, e);

    config.property_count = 0;
    *out = &plan;
    return result;
}
