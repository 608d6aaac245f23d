/* Prints what parsers/ovf.h made of a descriptor, a fact per line with its fields apart by tabs, for
 * test_ovf_xpath.py to compare.  Several descriptors are each led in by "descriptor", the name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "parsers/ovf_drives.h"

#define ARENA (64u << 20) /* bytes, for results and likewise for scratch */

/* Tabs and line ends would part what belongs together. */
static void put(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n' || *text == '\t' || *text == '\r' || *text == '\\')
            printf("\\%02x", (unsigned)*text);
        else
            putchar(*text);
    }
}

static void line(const char *what, const char *const *fields, size_t count)
{
    printf("%s", what);
    for (size_t i = 0; i < count; i++) {
        putchar('\t');
        put(fields[i]);
    }
    putchar('\n');
}

static const char *number(char out[24], uint64_t value)
{
    if (value == OVF_UNKNOWN)
        return "-";
    snprintf(out, 24, "%" PRIu64, value);
    return out;
}

static void dump_files(const struct ovf *o)
{
    char size[24], chunk[24], capacity[24];

    for (size_t i = 0; i < o->file_count; i++) {
        const struct ovf_file *f = &o->files[i];
        const char *fields[] = {f->id, f->href, number(size, f->size), f->compression_name,
                                number(chunk, f->chunk_size)};
        line("file", fields, COUNT_OF(fields));
    }
    for (size_t i = 0; i < o->disk_count; i++) {
        const struct ovf_disk *d = &o->disks[i];
        const char *fields[] = {d->id, d->file == OVF_NONE ? "-" : o->files[d->file].id,
                                number(capacity, d->capacity),
                                d->capacity_property ? d->capacity_property : "-", d->parent};
        line("disk", fields, COUNT_OF(fields));
    }
    for (size_t i = 0; i < o->network_count; i++)
        line("network", &o->networks[i].name, 1);
    for (size_t i = 0; i < o->option_count; i++) {
        const struct ovf_option *option = &o->options[i];
        const char *fields[] = {option->id, option == ovf_default_option(o) ? "default" : ""};
        line("option", fields, COUNT_OF(fields));
    }
}

static void dump_products(const struct ovf_system *s)
{
    for (size_t i = 0; i < s->product_count; i++) {
        const struct ovf_product *p = &s->products[i];
        const char *fields[] = {p->class, p->instance, p->product.text, p->version};
        line("product", fields, COUNT_OF(fields));
        for (size_t j = 0; j < p->property_count; j++) {
            const struct ovf_property *property = &p->properties[j];
            const char *texts[] = {property->key, property->type, property->value,
                                   property->user_configurable ? "user" : ""};
            line("property", texts, COUNT_OF(texts));
        }
    }
}

/* Processors and memory under an option, or where there is none. */
static void dump_needs(const struct ovf_hardware *h, const char *chosen)
{
    const uint32_t types[] = {OVF_PROCESSOR, OVF_MEMORY};

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        char least[24], normal[24], most[24], type[24];
        struct ovf_range range;
        ovf_find_range(h, types[i], chosen, &range);
        const char *fields[] = {chosen ? chosen : "", number(type, types[i]),
                                number(least, range.least), number(normal, range.normal),
                                number(most, range.most)};
        line("needs", fields, COUNT_OF(fields));
    }
}

static void dump_hardware(const struct ovf *o, const struct ovf_system *s)
{
    char type[24], quantity[24];

    for (size_t i = 0; i < s->hardware_count; i++) {
        printf("hardware\t%zu\n", s->hardware[i].item_count);
        for (size_t j = 0; j < o->option_count; j++)
            dump_needs(&s->hardware[i], o->options[j].id);
        if (o->option_count == 0)
            dump_needs(&s->hardware[i], NULL);
        for (size_t j = 0; j < s->hardware[i].item_count; j++) {
            const struct ovf_item *item = &s->hardware[i].items[j];
            const char *fields[] = {item->instance, number(type, item->type),
                                    number(quantity, item->quantity), item->parent,
                                    item->host_resource_count ? item->host_resources[0] : ""};
            line("item", fields, COUNT_OF(fields));
        }
    }
}

static void dump_drives(const struct ovf *o, size_t system, struct arena scratch)
{
    const struct ovf_option *option = ovf_default_option(o);
    struct ovf_drives drives;
    struct error e;

    if (ovf_list_drives(o, system, option ? option->id : NULL, &scratch, &drives, &e) != OK) {
        line("no-drives", (const char *[]){e.text}, 1);
        return;
    }
    for (size_t i = 0; i < drives.count; i++) {
        const struct ovf_drive *d = &drives.at[i];
        const char *fields[] = {d->disk == OVF_NONE ? "-" : o->disks[d->disk].id,
                                d->file == OVF_NONE ? "-" : o->files[d->file].href,
                                i == drives.boot ? "boot" : ""};
        line("drive", fields, COUNT_OF(fields));
    }
}

static void dump_systems(const struct ovf *o, struct arena scratch)
{
    static const char *const firmware[] = {"-", "bios", "efi"};

    for (size_t i = 0; i < o->system_count; i++) {
        const struct ovf_system *s = &o->systems[i];
        char os[24];
        const char *fields[] = {s->is_collection ? "collection" : "system",
                                s->id,
                                s->name.text,
                                s->parent == OVF_NONE ? "-" : o->systems[s->parent].id,
                                number(os, s->os.id),
                                firmware[s->firmware]};
        line("system", fields, COUNT_OF(fields));
        printf("texts\t%zu\t%zu\n", s->eula_count, s->annotation_count);
        dump_products(s);
        dump_hardware(o, s);
        if (!s->is_collection)
            dump_drives(o, i, scratch);
    }
    for (size_t i = 0; i < o->skipped_count; i++)
        line("skipped", &o->skipped[i].name, 1);
}

static bool read_file(const char *name, void *to, size_t room, size_t *len)
{
    FILE *file = fopen(name, "rb");

    if (!file)
        return false;
    *len = fread(to, 1, room, file);
    return fclose(file) == 0;
}

int main(int argc, char **argv)
{
    uint8_t *memory = malloc(3 * (size_t)ARENA);

    if (!memory)
        return 2;
    for (int i = 1; i < argc; i++) {
        struct arena a, scratch;
        struct error e = {.code = OK};
        struct ovf o;
        size_t len;

        arena_init(&a, memory, ARENA, "the descriptor");
        arena_init(&scratch, memory + ARENA, ARENA, "reading the descriptor");
        line("descriptor", (const char *[]){argv[i]}, 1);
        if (!read_file(argv[i], memory + 2 * (size_t)ARENA, ARENA, &len)) {
            perror(argv[i]);
            free(memory);
            return 2;
        }
        if (ovf_parse((struct bytes){memory + 2 * (size_t)ARENA, len}, &a, scratch, &o, &e) != OK) {
            printf("refused\t%d\t", (int)e.code);
            put(e.text);
            putchar('\n');
            continue;
        }
        printf("version\t%s\n", (const char *[]){"0.9", "1", "2"}[o.version]);
        dump_files(&o);
        dump_systems(&o, scratch);
    }
    free(memory);
    return 0;
}
