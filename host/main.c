/* ovfboot, the host tool: the same core as in firmware, on files and block devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "host/arguments.h"
#include "host/console.h"
#include "host/file.h"
#include "host/report.h"
#include "host/seal.h"
#include "host/sign.h"
#include "loader/built.h"
#include "loader/choices.h"
#include "loader/deploy.h"
#include "loader/inspect.h"
#include "loader/memory.h"
#include "loader/port.h"

#define LOADER_DEFAULT "build/ovfboot.efi"

enum {
    EXIT_DONE,
    EXIT_REFUSED,
    EXIT_USAGE
};

struct session {
    struct arguments arguments;
    struct memory memory;
    struct authority authority;
    struct file_source file;
    struct file_folder folder;
    struct package package;
    struct plan plan;
    struct file_target targets[CONFIG_TARGETS_MAX];
    struct proved proved[CONFIG_TARGETS_MAX];
};

static enum err take_memory(struct memory *m, struct error *e)
{
    void *package = aligned_alloc(4096, MEMORY_PACKAGE);
    void *work = aligned_alloc(4096, MEMORY_WORK);

    if (!package || !work)
        return fail(e, ERR_NO_MEMORY, "cannot take %u bytes of memory",
                    MEMORY_PACKAGE + MEMORY_WORK);
    arena_init(&m->package, package, MEMORY_PACKAGE, "the package");
    arena_init(&m->work, work, MEMORY_WORK, "unpacking");
    return OK;
}

static enum err add_trust(struct session *r, const char *path, struct error *e)
{
    struct arena *a = &r->memory.package;
    struct file_source file;
    uint8_t *bytes = NULL;

    enum err err = file_source_open(&file, path, e);
    if (err == OK && file.source.size > TRUST_FILE_MAX)
        err = fail(e, ERR_TOO_BIG, "%s: has %llu bytes; the limit is %u", path,
                   (unsigned long long)file.source.size, TRUST_FILE_MAX);
    if (err == OK)
        err = arena_take(a, (size_t)file.source.size, 1, 1, (void **)&bytes, e);
    if (err == OK)
        err = source_read(&file.source, 0, bytes, (size_t)file.source.size, e);
    if (err == OK)
        err = trust_add(&r->authority.trust, path, (struct bytes){bytes, (size_t)file.source.size},
                        a, e);
    file_source_close(&file);
    return err;
}

static enum err read_authority(struct session *r, struct error *e)
{
    r->authority.clock = (struct clock){.now = {true, (uint64_t)time(NULL)}, .built = loader_built};
    for (size_t i = 0; i < r->arguments.trust.count; i++)
        TRY(add_trust(r, r->arguments.trust.at[i], e));
    if (r->arguments.config.verify == VERIFY_SIGNATURE && !r->authority.trust.anchor_count)
        return fail(e, ERR_SETTING,
                    "--policy signature wants --trust FILE with somebody to believe");
    return authority_settle(&r->authority, r->arguments.config.verify, e);
}

static enum err open_plan(struct session *r, struct error *e)
{
    struct arena *a = &r->memory.package;

    TRY(read_authority(r, e));
    if (text_ends(r->arguments.file, ".ovf")) {
        TRY(file_folder_open(&r->folder, r->arguments.file, e));
        TRY(package_open_folder(&r->package, &r->folder.folder,
                                package_base_name(r->arguments.file), a, e));
    } else {
        TRY(file_source_open(&r->file, r->arguments.file, e));
        TRY(package_open_archive(&r->package, &r->file.source, a, e));
    }
    TRY(plan_open(&r->package, &r->authority, port_language(), a, r->memory.work, &r->plan, e));
    TRY(choose_what(&r->plan, &r->arguments.config, a, e));
    return plan_disks(&r->plan, GUEST_X86_64, a, r->memory.work, e);
}

/* Keep only the disk that --disk names. */
static enum err choose_disk(struct session *r, struct error *e)
{
    struct plan *plan = &r->plan;
    const char *wanted = r->arguments.disk;

    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->disks[i].name, wanted) != 0 && strcmp(plan->disks[i].id, wanted) != 0)
            continue;
        plan->disks[0] = plan->disks[i];
        plan->count = 1;
        return OK;
    }
    return fail(e, ERR_NOT_FOUND, "%s: has no disk %s", plan->package->name, wanted);
}

static enum err run_verify(struct session *r, struct error *e)
{
    struct target null[CONFIG_TARGETS_MAX];
    struct target *targets[CONFIG_TARGETS_MAX];

    for (size_t i = 0; i < r->plan.count; i++) {
        const struct plan_disk *disk = &r->plan.disks[i];
        uint32_t sector = disk->sector_size ? disk->sector_size : 512;
        null_target_init(&null[i], (disk->capacity + sector - 1) / sector, sector);
        null[i].zeroed = true;
        targets[i] = &null[i];
    }
    return deploy(&r->plan, targets, r->memory.work, r->proved, e);
}

static enum err write_targets(struct session *r, struct error *e)
{
    struct target *targets[CONFIG_TARGETS_MAX];

    for (size_t i = 0; i < r->plan.count; i++) {
        TRY(file_target_open(&r->targets[i], r->arguments.to.at[i], r->plan.disks[i].capacity, e));
        targets[i] = &r->targets[i].target;
    }
    return deploy(&r->plan, targets, r->memory.work, r->proved, e);
}

static enum err run_deploy(struct session *r, struct error *e)
{
    if (r->arguments.disk)
        TRY(choose_disk(r, e));
    if (r->plan.count != r->arguments.to.count)
        return fail(e, ERR_SETTING,
                    "%s: has %zu disk%s, but --to is there %zu times; --disk picks one",
                    r->plan.package->name, r->plan.count, r->plan.count == 1 ? "" : "s",
                    r->arguments.to.count);
    for (size_t i = 0; i < r->plan.count; i++)
        r->targets[i].fd = -1;

    enum err err = write_targets(r, e);
    for (size_t i = 0; i < r->plan.count; i++) {
        struct error closing;
        bool keep = err == OK;
        if (file_target_close(&r->targets[i], keep, &closing) != OK) {
            *e = closing;
            err = closing.code;
        }
    }
    return err;
}

static enum err verify(struct session *r, struct error *e)
{
    if (r->arguments.json)
        console_be_quiet();
    enum err err = open_plan(r, e);
    if (err == OK)
        err = run_verify(r, e);
    struct report report = {r->arguments.file, &r->authority, &r->plan, r->proved, err, e};
    if (r->arguments.json)
        report_json(&report);
    else
        report_text(&report);
    return err;
}

static enum err deploy_disks(struct session *r, struct error *e)
{
    TRY(open_plan(r, e));
    TRY(run_deploy(r, e));
    printf("%s: deployed%s\n", r->package.name,
           r->plan.proof.has_manifest ? " and proved" : ", but not proved: it has no manifest");
    return OK;
}

static enum err sign(struct session *r, struct error *e)
{
    const struct arguments *a = &r->arguments;
    struct sign_command command = {
        .file = a->file, .key = a->key, .cert = a->cert, .chain = a->chain, .out = a->out};

    TRY(sign_package(&command, r->memory.work, e));
    printf("%s: signed\n", a->out);
    return OK;
}

static enum err seal_loader(struct session *r, struct error *e)
{
    const struct arguments *a = &r->arguments;
    struct seal_request request = {.loader = a->loader ? a->loader : LOADER_DEFAULT,
                                   .trust_count = a->trust.count,
                                   .policy = a->policy,
                                   .out = a->out};

    memcpy(request.trust, a->trust.at, sizeof(request.trust));
    TRY(seal(&request, r->memory.work, e));
    printf("%s: sealed; sign it now, so that nothing in it can be changed\n", a->out);
    return OK;
}

static enum err run_command(struct session *r, struct error *e)
{
    TRY(take_memory(&r->memory, e));
    switch (r->arguments.command) {
    case COMMAND_INSPECT:
        TRY(open_plan(r, e));
        inspect_show(&r->plan);
        return OK;
    case COMMAND_VERIFY:
        return verify(r, e);
    case COMMAND_DEPLOY:
        return deploy_disks(r, e);
    case COMMAND_SIGN:
        return sign(r, e);
    case COMMAND_SEAL:
        return seal_loader(r, e);
    }
    return OK;
}

int main(int argc, char **argv)
{
    static struct session r;
    struct error e;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(arguments_usage, stdout);
        return EXIT_DONE;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("ovfboot %s\n", OVFBOOT_VERSION);
        return EXIT_DONE;
    }
    if (argc < 2) {
        fputs(arguments_usage, stderr);
        return EXIT_USAGE;
    }
    if (arguments_parse(argv + 1, &r.arguments, &e) != OK) {
        fprintf(stderr, "ovfboot: %s\nTry ovfboot --help.\n", e.text);
        return EXIT_USAGE;
    }
    enum err err = run_command(&r, &e);
    file_source_close(&r.file);
    file_folder_close(&r.folder);
    if (err == OK)
        return EXIT_DONE;
    fflush(stdout);
    fprintf(stderr, "ovfboot: FAILED: %s\n%s\n", e.text,
            err == ERR_SETTING ? "Try ovfboot --help." : err_advice(err));
    return EXIT_REFUSED;
}
