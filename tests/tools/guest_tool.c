/* Writes what the guest is told into a folder: guest_tool OUT DESCRIPTOR [WORD=VALUE]...
 *
 *     option=ID           the deployment option
 *     facts=KIND          of the platform, which has a version, a vendor and a time zone then too
 *     mac=MAC,NETWORK     a network port
 *     NAME=VALUE          any other: a property
 *
 * Each virtual system has OUT/INDEX: ovf-env.xml, deployment.json, and the seed's files.  A line for
 * each says index, id and the number of its properties apart by tabs, then come its notes.  Exit
 * code 3: the descriptor is refused, 1: something else is, unless properties are set and there are
 * several systems. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/environment.h"
#include "loader/record.h"
#include "loader/seed.h"

#define ARENA     (64u << 20) /* bytes, for results and likewise for scratch */
#define PORTS_MAX 8

static struct config config;
static struct environment_facts facts;
static struct environment_adapter adapters[PORTS_MAX];
static const char *option;

static int fail_with(int code, const char *name, const struct error *e)
{
    fprintf(stderr, "%s: %s\n", name, e->text);
    return code;
}

static void take_word(char *word)
{
    char *value = strchr(word, '=');

    if (!value)
        return;
    *value++ = '\0';
    if (strcmp(word, "option") == 0) {
        option = value;
    } else if (strcmp(word, "facts") == 0) {
        facts.kind = value;
        facts.version = "1 & 2";
        facts.vendor = "<us>";
        facts.locale = "en-US";
        facts.has_timezone = true;
        facts.timezone = -480;
    } else if (strcmp(word, "mac") == 0 && facts.adapter_count < PORTS_MAX) {
        char *network = strchr(value, ',');
        if (network)
            *network++ = '\0';
        adapters[facts.adapter_count++] =
            (struct environment_adapter){value, network ? network : ""};
        facts.adapters = adapters;
    } else if (config.property_count < CONFIG_PROPERTIES_MAX) {
        config.properties[config.property_count++] =
            (struct config_property){word, value, {"the command line", "", 0}, false};
    }
}

static bool read_file(const char *path, uint8_t *to, size_t room, size_t *len)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        return false;
    *len = fread(to, 1, room, file);
    fclose(file);
    return true;
}

static bool write_file(const char *folder, const char *name, struct bytes bytes)
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool written = fwrite(bytes.at, 1, bytes.len, file) == bytes.len;
    return fclose(file) == 0 && written;
}

/* Everything for the plan's system. */
static enum err write_all(struct plan *plan, const char *folder, struct arena *a, struct arena work,
                          struct error *e)
{
    struct bytes environment, record;
    struct seed seed;

    TRY(environment_write(plan, &facts, a, work, &environment, e));
    TRY(seed_make(&plan->properties, "ovfboot-1", a, work, &seed, e));
    TRY(record_write(plan, seed.instance_id, "", a, work, &record, e));
    if (!write_file(folder, ENVIRONMENT_FILE, environment) ||
        !write_file(folder, RECORD_FILE, record) ||
        !write_file(folder, "meta-data", seed.meta_data) ||
        !write_file(folder, "user-data", seed.user_data) ||
        (seed.vendor_data.len && !write_file(folder, "vendor-data", seed.vendor_data)) ||
        (seed.network_config.len && !write_file(folder, "network-config", seed.network_config)))
        return fail(e, ERR_IO, "cannot write into %s", folder);
    for (size_t i = 0; i < seed.note_count; i++)
        printf("note\t%s\n", seed.notes[i]);
    return OK;
}

static enum err do_system(struct plan *plan, size_t system, const char *out, struct arena a,
                          struct arena work, struct error *e)
{
    char folder[1024];

    snprintf(folder, sizeof(folder), "%s/%zu", out, system);
    mkdir(folder, 0777);
    TRY(plan_choose(plan, system, option, &config, &a, e));
    TRY(properties_expand(&plan->properties, &plan->ovf, &a, e));
    printf("%zu\t%s\t%zu\n", system, plan->system->id, plan->properties.count);
    return write_all(plan, folder, &a, work, e);
}

int main(int argc, char **argv)
{
    uint8_t *memory = calloc(3, ARENA);
    struct package package = {0};
    struct error e = {.code = OK};
    struct arena a, work;
    int refused = 0, done = 0;
    size_t len;

    if (argc < 3 || !memory || !read_file(argv[2], memory + 2 * (size_t)ARENA, ARENA, &len))
        return 2;
    for (int i = 3; i < argc; i++)
        take_word(argv[i]);
    arena_init(&a, memory, ARENA, "the guest");
    arena_init(&work, memory + ARENA, ARENA, "writing");
    package = (struct package){.name = argv[2], .descriptor = argv[2]};
    struct plan plan = {.package = &package, .language = "en-US"};
    if (ovf_parse((struct bytes){memory + 2 * (size_t)ARENA, len}, &a, work, &plan.ovf, &e) != OK)
        return fail_with(3, argv[2], &e);
    if (!option && ovf_default_option(&plan.ovf))
        option = ovf_default_option(&plan.ovf)->id;
    for (size_t i = OVF_NONE; (i = ovf_next_machine(&plan.ovf, i)) != OVF_NONE; done++)
        if (do_system(&plan, i, argv[1], a, work, &e) != OK)
            refused = fail_with(1, plan.ovf.systems[i].id, &e);
    free(memory);
    /* A setting that one system has is wrong for another. */
    return config.property_count && done > 1 ? 0 : refused;
}
