/* ovfboot, the host tool: the same core as in firmware, on files and block devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/file.h"
#include "loader/deploy.h"
#include "loader/inspect.h"
#include "loader/memory.h"

enum {
    EXIT_DONE,
    EXIT_REFUSED,
    EXIT_USAGE
};

static const char usage[] =
    "Usage: ovfboot inspect FILE [--verify POLICY]\n"
    "       ovfboot verify  FILE [--verify POLICY]\n"
    "       ovfboot deploy  FILE --to PATH... [--disk ID] [--verify POLICY]\n"
    "       ovfboot --help | --version\n"
    "\n"
    "  inspect   show what the package holds and what it would need\n"
    "  verify    read, prove and unpack everything, and write nothing\n"
    "  deploy    write the package's disks, one --to for each, the boot disk first\n"
    "\n"
    "  FILE      an .ova, or an .ovf with its files beside it\n"
    "  PATH      a block device, or a file: one that is there is used as a disk of its size,\n"
    "            one that is not is made as large as the disk in the package\n"
    "  --disk    only this disk; ID is its file name in the package or its diskId\n"
    "  --verify  manifest (the default): a manifest must prove every file that is used;\n"
    "            none: a package without a manifest will do\n"
    "\n"
    "Exit status: 0 done, 1 refused or failed, 2 wrong usage.\n";

struct arguments {
    const char *command;
    const char *file;
    const char *to[CONFIG_TARGETS_MAX];
    size_t to_count;
    const char *disk;
    struct config config;
};

struct session {
    struct arguments arguments;
    struct memory memory;
    struct file_source file;
    struct file_folder folder;
    struct package package;
    struct plan plan;
    struct file_target targets[CONFIG_TARGETS_MAX];
};

static enum err take_option(struct arguments *a, const char *name, const char *value,
                            struct error *e)
{
    if (!value)
        return fail(e, ERR_SETTING, "%s wants a value", name);
    if (strcmp(name, "--verify") == 0)
        return config_set(&a->config, "verify", value, e);
    if (strcmp(name, "--disk") == 0 && strcmp(a->command, "deploy") == 0) {
        a->disk = value;
        return OK;
    }
    if (strcmp(name, "--to") == 0 && strcmp(a->command, "deploy") == 0) {
        if (a->to_count == CONFIG_TARGETS_MAX)
            return fail(e, ERR_TOO_BIG, "more than %d --to", CONFIG_TARGETS_MAX);
        a->to[a->to_count++] = value;
        return OK;
    }
    return fail(e, ERR_SETTING, "%s has no option %s", a->command, name);
}

static enum err parse_arguments(struct arguments *a, char **argv, struct error *e)
{
    static const char *const commands[] = {"inspect", "verify", "deploy"};
    bool known = false;

    a->command = *argv++;
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        known = known || strcmp(a->command, commands[i]) == 0;
    if (!known)
        return fail(e, ERR_SETTING, "there is no command %s", a->command);
    for (; *argv; argv++) {
        if (text_starts(*argv, "--")) {
            TRY(take_option(a, argv[0], argv[1], e));
            argv++;
        } else if (a->file) {
            return fail(e, ERR_SETTING, "only one FILE, but %s is a second one", *argv);
        } else {
            a->file = *argv;
        }
    }
    if (!a->file)
        return fail(e, ERR_SETTING, "%s wants a FILE", a->command);
    if (strcmp(a->command, "deploy") == 0 && !a->to_count)
        return fail(e, ERR_SETTING, "deploy wants --to PATH");
    return OK;
}

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

static enum err open_plan(struct session *r, struct error *e)
{
    struct arena *a = &r->memory.package;

    if (text_ends(r->arguments.file, ".ovf")) {
        TRY(file_folder_open(&r->folder, r->arguments.file, e));
        TRY(package_open_folder(&r->package, &r->folder.folder,
                                package_base_name(r->arguments.file), a, e));
    } else {
        TRY(file_source_open(&r->file, r->arguments.file, e));
        TRY(package_open_archive(&r->package, &r->file.source, a, e));
    }
    return plan_make(&r->package, r->arguments.config.verify, GUEST_X86_64, a, r->memory.work,
                     &r->plan, e);
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
    return deploy(&r->plan, targets, r->memory.work, e);
}

static enum err write_targets(struct session *r, struct error *e)
{
    struct target *targets[CONFIG_TARGETS_MAX];

    for (size_t i = 0; i < r->plan.count; i++) {
        TRY(file_target_open(&r->targets[i], r->arguments.to[i], r->plan.disks[i].capacity, e));
        targets[i] = &r->targets[i].target;
    }
    return deploy(&r->plan, targets, r->memory.work, e);
}

static enum err run_deploy(struct session *r, struct error *e)
{
    if (r->arguments.disk)
        TRY(choose_disk(r, e));
    if (r->plan.count != r->arguments.to_count)
        return fail(e, ERR_SETTING,
                    "%s: has %zu disk%s, but --to is there %zu times; --disk picks one",
                    r->plan.package->name, r->plan.count, r->plan.count == 1 ? "" : "s",
                    r->arguments.to_count);
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

static enum err run_command(struct session *r, struct error *e)
{
    const char *command = r->arguments.command;

    TRY(take_memory(&r->memory, e));
    TRY(open_plan(r, e));
    if (strcmp(command, "inspect") == 0) {
        inspect_show(&r->plan);
        return OK;
    }
    if (strcmp(command, "verify") == 0)
        TRY(run_verify(r, e));
    else
        TRY(run_deploy(r, e));
    printf("%s: %s%s\n", r->package.name, *command == 'v' ? "whole" : "deployed",
           r->plan.proof.has_manifest ? " and proved" : ", but not proved: it has no manifest");
    return OK;
}

int main(int argc, char **argv)
{
    static struct session r = {.arguments.config.verify = VERIFY_MANIFEST};
    struct error e;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_DONE;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("ovfboot %s\n", OVFBOOT_VERSION);
        return EXIT_DONE;
    }
    if (argc < 2) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (parse_arguments(&r.arguments, argv + 1, &e) != OK) {
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
