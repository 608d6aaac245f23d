#include "host/verify.h"

#include <string.h>

#include "base/checked.h"
#include "base/stream.h"
#include "host/console.h"
#include "host/report.h"
#include "loader/choices.h"
#include "loader/deploy.h"
#include "loader/files.h"
#include "loader/port.h"

/* Every disk that will be read, and the other files that were. */
struct all {
    struct plan_disk *at;
    struct proved *proved;
    size_t count, room;
    struct report_file *files;
    size_t file_count;
};

static bool is_disk(const struct all *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->at[i].name, name) == 0)
            return true;
    return false;
}

/* Those of the chosen system that are not there yet.  How large a blank disk is may depend on what
 * somebody sets; there is nothing to read in it. */
static void add_disks(struct all *all, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count && all->count < all->room; i++)
        if (!plan->disks[i].capacity_property && !is_disk(all, plan->disks[i].name))
            all->at[all->count++] = plan->disks[i];
}

/* What the guest would get beside its disks can be had: nothing is kept. */
static enum err try_files(struct session *s, struct error *e)
{
    struct arena scratch = s->memory.package;
    struct plan plan = s->plan;

    return files_read(&plan, true, &scratch, s->memory.work, e);
}

static enum err add_system(struct session *s, struct all *all, size_t system, struct error *e)
{
    static const struct config nothing_set;
    const struct ovf_option *option = ovf_default_option(&s->plan.ovf);
    struct arena *a = &s->memory.package;

    TRY(plan_choose(&s->plan, system, option ? option->id : NULL, &nothing_set, a, e));
    TRY(plan_disks(&s->plan, GUEST_X86_64, a, s->memory.work, e));
    add_disks(all, &s->plan);
    return try_files(s, e);
}

static enum err gather(struct session *s, struct all *all, struct error *e)
{
    const struct ovf *ovf = &s->plan.ovf;
    struct arena *a = &s->memory.package;

    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        all->room += CONFIG_TARGETS_MAX;
    TRY(TAKE(a, all->room, &all->at, e));
    TRY(TAKE(a, all->room, &all->proved, e));
    if (s->config.system || s->config.option || all->room <= CONFIG_TARGETS_MAX) {
        TRY(choose_what(&s->plan, &s->config, a, e));
        TRY(plan_disks(&s->plan, GUEST_X86_64, a, s->memory.work, e));
        add_disks(all, &s->plan);
        return try_files(s, e);
    }
    for (size_t i = ovf_next_machine(ovf, OVF_NONE); i != OVF_NONE; i = ovf_next_machine(ovf, i))
        TRY(add_system(s, all, i, e));
    return OK;
}

/* As many disks as an appliance may have, to targets that take everything and keep nothing. */
static enum err run_some(struct session *s, struct all *all, size_t first, struct error *e)
{
    struct target null[CONFIG_TARGETS_MAX];
    struct target *targets[CONFIG_TARGETS_MAX];
    struct plan some = s->plan;

    some.disks = all->at + first;
    some.count = (size_t)min_u64(all->count - first, CONFIG_TARGETS_MAX);
    for (size_t i = 0; i < some.count; i++) {
        uint32_t sector = some.disks[i].sector_size ? some.disks[i].sector_size : 512;
        null_target_init(&null[i], (some.disks[i].capacity + sector - 1) / sector, sector);
        null[i].zeroed = true;
        targets[i] = &null[i];
    }
    return deploy(&some, targets, NULL, memory_rest(&s->memory), all->proved + first, e);
}

/* Read a file to its end and prove it; without a manifest its SHA-256 is told. */
static enum err read_file(struct session *s, struct source *source, struct report_file *out,
                          struct error *e)
{
    struct arena scratch = s->memory.work;
    struct source_stream stream;
    struct hash_stream hashed;
    struct expected expected;

    TRY(verify_expect(&s->package, &s->plan.proof, source->name, &expected, e));
    out->name = source->name;
    out->listed = expected.count > 0;
    out->proved.kind = out->listed ? expected.kinds[0] : DIGEST_SHA256;
    TRY(source_stream_init(&stream, source, DEPLOY_READ_AHEAD, &scratch, e));
    verify_hash(&hashed, &stream.stream, &expected);
    if (stream_drain(&hashed.stream, e) != OK || verify_hashed(&expected, &hashed, e) != OK)
        return within(e, "%s", s->package.name);
    if (out->listed)
        memcpy(out->proved.digest, expected.entries[0]->digest, DIGEST_MAX);
    else
        digest_finish(&hashed.digest[0], out->proved.digest);
    port_say("%s     %s: %s", out->listed ? "Proved" : "Read  ", source->name,
             verify_text(&expected));
    return OK;
}

/* What the descriptor lists besides, for any system: images, texts, files for the guest.  What of it
 * has no use here may be missing, which is noted. */
static enum err read_files(struct session *s, struct all *all, struct error *e)
{
    const struct ovf *ovf = &s->plan.ovf;
    struct arena *a = &s->memory.package;
    struct source *source;

    if (s->config.system || s->config.option)
        return OK;
    TRY(TAKE(a, ovf->file_count, &all->files, e));
    for (size_t i = 0; i < ovf->file_count; i++) {
        enum err err = package_open_href(&s->package, ovf->files[i].href, a, &source, e);
        if (err == ERR_NOT_FOUND || err == ERR_UNSUPPORTED)
            plan_note(&s->plan, a, "%s is listed and was not read: %s", ovf->files[i].id, e->text);
        else if (err != OK)
            return err;
        else if (!is_disk(all, source->name))
            TRY(read_file(s, source, &all->files[all->file_count++], e));
    }
    return OK;
}

static enum err run(struct session *s, struct all *all, struct error *e)
{
    TRY(session_open(s, e));
    TRY(gather(s, all, e));
    for (size_t first = 0; first < all->count; first += CONFIG_TARGETS_MAX)
        TRY(run_some(s, all, first, e));
    return read_files(s, all, e);
}

enum err verify(struct session *s, struct error *e)
{
    struct all all = {0};

    if (s->arguments.json)
        console_be_quiet();
    enum err err = run(s, &all, e);
    s->plan.disks = all.at;
    s->plan.count = all.count;
    struct report report = {s->name,   &s->authority,  &s->plan, all.proved,
                            all.files, all.file_count, err,      e};
    if (s->arguments.json)
        report_json(&report);
    else
        report_text(&report);
    return err;
}
