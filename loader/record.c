#include "loader/record.h"

#include <string.h>

#include "base/writing.h"
#include "crypto/digest.h"

/* Each piece with its length, so that no two lists of pieces are the same bytes. */
static void add(struct digest *d, const void *at, size_t len)
{
    uint8_t size[8];

    put_le64(size, len);
    digest_add(d, (struct bytes){size, sizeof(size)});
    digest_add(d, (struct bytes){at, len});
}

static void add_text(struct digest *d, const char *text)
{
    add(d, text, strlen(text));
}

static void add_number(struct digest *d, uint64_t number)
{
    uint8_t bytes[8];

    put_le64(bytes, number);
    add(d, bytes, sizeof(bytes));
}

static void add_part(struct digest *d, const struct disk_file *part)
{
    const struct expected *expected = &part->expected;

    add_text(d, part->name);
    add_number(d, part->size);
    for (size_t i = 0; i < expected->count; i++) {
        add_number(d, expected->kinds[i]);
        add(d, expected->entries[i]->digest, digest_size(expected->kinds[i]));
    }
}

static void add_disk(struct digest *d, const struct plan_disk *disk)
{
    if (disk->is_blank) {
        add_text(d, disk->name);
        add_number(d, disk->capacity);
    }
    for (size_t i = 0; i < disk->parts.count; i++)
        add_part(d, &disk->parts.at[i]);
}

void record_identify(const struct plan *plan, struct record_identity *out)
{
    const struct proof *proof = &plan->proof;
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    add_text(&d, "ovfboot package 1");
    add(&d, proof->descriptor_digest, digest_size(DIGEST_SHA256));
    add(&d, proof->manifest_digest, proof->has_manifest ? digest_size(DIGEST_SHA256) : 0);
    for (size_t i = 0; i < plan->count; i++)
        add_disk(&d, &plan->disks[i]);
    for (size_t i = 0; i < plan->file_count; i++) {
        add_text(&d, plan->files[i].path);
        add(&d, plan->files[i].digest, digest_size(DIGEST_SHA256));
    }
    digest_finish(&d, out->package);

    digest_start(&d, DIGEST_SHA256);
    add_text(&d, "ovfboot configuration 1");
    add_text(&d, plan->system->id);
    add_text(&d, plan->option ? plan->option : "");
    for (size_t i = 0; i < plan->properties.count; i++) {
        const struct property *p = &plan->properties.at[i];
        if (!p->told)
            continue;
        add_text(&d, p->name);
        add_number(&d, p->secret);
        add_text(&d, !p->secret ? p->value : *p->value ? "set" : "");
    }
    digest_finish(&d, out->configuration);
}

/* A member of the outermost object: the first stands behind its brace. */
static void name(struct writing *w, const char *key)
{
    writing_add(w, w->len == 1 ? "\n  " : ",\n  ");
    writing_quoted(w, key);
    writing_add(w, ": ");
}

static void text(struct writing *w, const char *key, const char *value)
{
    name(w, key);
    writing_quoted(w, value);
}

static void flag(struct writing *w, const char *key, bool value)
{
    name(w, key);
    writing_add(w, value ? "true" : "false");
}

static void digest(struct writing *w, const char *key, const uint8_t *value)
{
    char hex[2 * DIGEST_MAX + 1];

    text(w, key, digest_hex(DIGEST_SHA256, value, hex));
}

/* One file of a disk, or a blank disk. */
static void put_file(struct writing *w, const char *called, uint64_t size,
                     const struct expected *expected)
{
    char hex[2 * DIGEST_MAX + 1];

    writing_add(w, "\n    {\"name\": ");
    writing_quoted(w, called);
    writing_format(w, ", \"size\": %llu", (unsigned long long)size);
    for (size_t i = 0; expected && i < expected->count; i++) {
        enum digest_kind kind = expected->kinds[i];
        writing_format(w, ", \"%s\": ", digest_name(kind));
        writing_quoted(w, digest_hex(kind, expected->entries[i]->digest, hex));
    }
    writing_add(w, "}");
}

static void disks(struct writing *w, const struct plan *plan)
{
    const char *front = "[";

    name(w, "disks");
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_disk *disk = &plan->disks[i];
        for (size_t j = 0; j < disk->parts.count || (disk->is_blank && !j); j++, front = ",") {
            const struct disk_file *part = disk->is_blank ? NULL : &disk->parts.at[j];
            writing_add(w, front);
            put_file(w, part ? part->name : disk->name, part ? part->size : disk->capacity,
                     part ? &part->expected : NULL);
        }
    }
    writing_add(w, plan->count ? "\n  ]" : "[]");
}

static void files(struct writing *w, const struct plan *plan)
{
    char hex[2 * DIGEST_MAX + 1];

    name(w, "files");
    for (size_t i = 0; i < plan->file_count; i++) {
        writing_add(w, i ? ",\n    {\"name\": " : "[\n    {\"name\": ");
        writing_quoted(w, plan->files[i].path);
        writing_format(w, ", \"size\": %zu, \"SHA-256\": ", plan->files[i].bytes.len);
        writing_quoted(w, digest_hex(DIGEST_SHA256, plan->files[i].digest, hex));
        writing_add(w, "}");
    }
    writing_add(w, plan->file_count ? "\n  ]" : "[]");
}

static void licences(struct writing *w, const struct plan *plan)
{
    char hex[2 * DIGEST_MAX + 1];

    name(w, "licences");
    for (size_t i = 0; i < plan->licence_count; i++) {
        writing_add(w, i ? ",\n    {\"SHA-256\": " : "[\n    {\"SHA-256\": ");
        writing_quoted(w, digest_hex(DIGEST_SHA256, plan->licences[i].digest, hex));
        writing_add(w, ", \"accepted-by\": ");
        writing_quoted(w, plan->licences[i].accepted_by ? plan->licences[i].accepted_by : "");
        writing_add(w, "}");
    }
    writing_add(w, plan->licence_count ? "\n  ]" : "[]");
}

/* What a person answered, so that the next start need not ask again. */
static void answered(struct writing *w, const struct plan *plan)
{
    name(w, "answered");
    writing_add(w, "\"");
    for (size_t i = 0; i < plan->properties.count; i++) {
        const struct property *p = &plan->properties.at[i];
        if (!p->told || strcmp(p->origin, PROPERTY_CONSOLE) != 0)
            continue;
        writing_inside_quotes(w, p->name);
        writing_inside_quotes(w, "\n");
    }
    writing_add(w, "\"");
}

static void properties(struct writing *w, const struct plan *plan)
{
    bool any = false;

    name(w, "properties");
    for (size_t i = 0; i < plan->properties.count; i++) {
        const struct property *p = &plan->properties.at[i];
        if (!p->told)
            continue;
        writing_add(w, any ? ",\n    {\"name\": " : "[\n    {\"name\": ");
        writing_quoted(w, p->name);
        writing_add(w, ", \"origin\": ");
        writing_quoted(w, p->origin);
        writing_format(w, ", \"secret\": %s, \"set\": %s}", p->secret ? "true" : "false",
                       *p->value ? "true" : "false");
        any = true;
    }
    writing_add(w, any ? "\n  ]" : "[]");
}

static void proof(struct writing *w, const struct plan *plan)
{
    digest(w, "descriptor", plan->proof.descriptor_digest);
    flag(w, "listed", plan->proof.has_manifest);
    if (plan->proof.has_manifest)
        digest(w, "manifest", plan->proof.manifest_digest);
    flag(w, "trusted", plan->proof.verdict.state == VERDICT_TRUSTED);
    text(w, "signer", verify_signer(plan->package, &plan->proof));
}

enum err record_write(const struct plan *plan, const char *instance_id, const char *others,
                      struct arena *a, struct arena work, struct bytes *out, struct error *e)
{
    struct record_identity identity;
    struct writing w;

    record_identify(plan, &identity);
    TRY(writing_start(&w, &work, e));
    writing_add(&w, "{");
    name(&w, "format");
    writing_format(&w, "%d", RECORD_FORMAT);
    text(&w, "writer", "ovfboot " OVFBOOT_VERSION);
    digest(&w, "package", identity.package);
    digest(&w, "configuration", identity.configuration);
    text(&w, "name", plan->package->name);
    text(&w, "title", plan->title);
    text(&w, "system", plan->system->id);
    text(&w, "option", plan->option ? plan->option : "");
    text(&w, "instance-id", instance_id);
    text(&w, "others", others);
    proof(&w, plan);
    disks(&w, plan);
    files(&w, plan);
    licences(&w, plan);
    properties(&w, plan);
    answered(&w, plan);
    writing_add(&w, "\n}\n");
    return writing_end(&w, a, RECORD_FILE, out, e);
}
