/* ovfboot, the host tool: the same core as in firmware, on files and block devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/beside.h"
#include "host/console.h"
#include "host/deploy_report.h"
#include "host/inspect.h"
#include "host/logs.h"
#include "host/media.h"
#include "host/pack.h"
#include "host/seal.h"
#include "host/session.h"
#include "host/settings.h"
#include "host/sign.h"
#include "host/verify.h"
#include "host/workers.h"
#include "loader/choices.h"
#include "loader/deploy.h"
#include "loader/files.h"
#include "loader/media.h"

enum {
    EXIT_DONE,
    EXIT_REFUSED,
    EXIT_USAGE
};

struct deployment {
    struct file_target targets[CONFIG_TARGETS_MAX];
    struct proved proved[CONFIG_TARGETS_MAX];
    struct provision provision;
    struct report report;
};
static struct deployment deployment;

static enum err choose_disks(struct session *r, struct error *e)
{
    struct arena *a = &r->memory.package;

    TRY(choose_what(&r->plan, &r->config, a, e));
    TRY(media_check(&r->plan, &r->config, a, e));
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

/* On the host a deployed disk is the package's alone unless something else is asked for. */
static bool provides(const struct session *r)
{
    return r->config.environment == ENVIRONMENT_PARTITION && r->plan.disks[0].is_boot;
}

static enum err make_provision(struct session *r, uint32_t sector_size, struct error *e)
{
    struct provision_facts facts = {.machine = &r->machine.machine,
                                    .others = "",
                                    .sector_size = sector_size,
                                    .seconds = (uint64_t)time(NULL)};

    return provision_make(&r->plan, &facts, &r->memory.package, r->memory.work,
                          &deployment.provision, e);
}

static uint64_t size_of_target(const struct session *r, size_t index)
{
    return index == 0 && provides(r) ? provision_target_size(&deployment.provision, &r->plan, 512)
                                     : r->plan.disks[index].capacity;
}

static enum err check_provision(struct session *r, const struct target *target, struct error *e)
{
    if (target->sector_size != 512)
        TRY(make_provision(r, target->sector_size, e));
    return provision_check(&deployment.provision, &r->plan, target, r->memory.work, e);
}

static enum err write_targets(struct session *r, struct error *e)
{
    const struct provision *provision = provides(r) ? &deployment.provision : NULL;
    struct target *targets[CONFIG_TARGETS_MAX];

    if (provision)
        TRY(make_provision(r, 512, e));
    r->plan.as_it_is = r->bare.file != NULL;
    for (size_t i = 0; i < r->plan.count; i++) {
        TRY(file_target_open(&deployment.targets[i], r->arguments.to.at[i], size_of_target(r, i),
                             e));
        targets[i] = &deployment.targets[i].target;
        deploy_say_sectors(&r->plan.disks[i], targets[i]);
    }
    if (provision)
        TRY(check_provision(r, &deployment.targets[0].target, e));
    return deploy(&r->plan, targets, provision, memory_rest(&r->memory), deployment.proved, e);
}

static enum err run_deploy(struct session *r, struct error *e)
{
    if (r->plan.count != r->arguments.to.count)
        return fail(e, ERR_SETTING,
                    "%s: has %zu disk%s, but --to is there %zu times; --disk picks one",
                    r->plan.package->name, r->plan.count, r->plan.count == 1 ? "" : "s",
                    r->arguments.to.count);
    for (size_t i = 0; i < r->plan.count; i++)
        deployment.targets[i].fd = -1;

    enum err err = write_targets(r, e);
    for (size_t i = 0; i < r->plan.count; i++) {
        struct error closing;
        bool keep = err == OK;
        if (file_target_close(&deployment.targets[i], keep, &closing) != OK) {
            *e = closing;
            err = closing.code;
        }
    }
    return err;
}

static enum err announce(struct session *r, const char *stage, bool writes, struct error *e)
{
    report_stage(&deployment.report, stage);
    if (r->config.report_stages || (writes && r->config.report_policy == REPORT_REQUIRED))
        return deploy_tell(r, &deployment.report, OUTCOME_RUNNING, NULL, e);
    return OK;
}

static enum err deploy_disks(struct session *r, struct error *e)
{
    struct arena *a = &r->memory.package;

    TRY(announce(r, "package", false, e));
    TRY(session_open(r, e));
    TRY(announce(r, "choices", false, e));
    TRY(choose_disks(r, e));
    if (r->arguments.disk)
        TRY(choose_disk(r, e));
    TRY(files_read(&r->plan, provides(r), a, r->memory.work, e));
    for (size_t i = 0; i < r->plan.note_count; i++)
        printf("Note       %s\n", r->plan.notes[i]);
    TRY(choose_licences(&r->plan, &r->config, a, e));
    TRY(choose_properties(&r->plan, &r->config, a, e));
    TRY(plan_size_blanks(&r->plan, e));
    TRY(announce(r, "deployment", true, e));
    TRY(run_deploy(r, e));
    deployment.report.proved = deployment.proved;
    TRY(deploy_tell(r, &deployment.report, OUTCOME_DONE, NULL, e));
    printf("%s: deployed%s\n", r->package.name,
           r->plan.proof.has_manifest ? " and proved" : ", but not proved: it has no manifest");
    return OK;
}

static enum err deploy_command(struct session *r, struct error *e)
{
    struct error ignored;
    enum err err = deploy_disks(r, e);

    if (err != OK && deploy_tell(r, &deployment.report, OUTCOME_FAILED, e, &ignored) != OK)
        printf("Warning    %s\n", ignored.text);
    return err;
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

static enum err pack_disks(struct session *r, struct error *e)
{
    const struct arguments *a = &r->arguments;
    struct pack_command command = {.disks = a->disks.at,
                                   .count = a->disks.count,
                                   .name = a->name,
                                   .ovf = a->ovf,
                                   .out = a->out};

    TRY(pack(&command, &r->memory, e));
    printf("%s: packed\n", a->out);
    return OK;
}

static enum err seal_loader(struct session *r, struct error *e)
{
    const struct arguments *a = &r->arguments;
    char own[BESIDE_MAX];
    struct seal_request request = {
        .loader = a->loader, .trust_count = a->trust.count, .policy = a->policy, .out = a->out};

    if (!request.loader) {
        TRY(beside_loader(own, e));
        request.loader = own;
    }
    memcpy(request.trust, a->trust.at, sizeof(request.trust));
    TRY(seal(&request, r->memory.work, e));
    printf("%s: sealed; sign it now, so that nothing in it can be changed\n", a->out);
    return OK;
}

static enum err run_command(struct session *r, struct error *e)
{
    TRY(session_begin(r, e));
    switch (r->arguments.command) {
    case COMMAND_INSPECT:
        return inspect(r, e);
    case COMMAND_VERIFY:
        return verify(r, e);
    case COMMAND_DEPLOY:
        return deploy_command(r, e);
    case COMMAND_SIGN:
        return sign(r, e);
    case COMMAND_SEAL:
        return seal_loader(r, e);
    case COMMAND_PACK:
        return pack_disks(r, e);
    case COMMAND_MEDIA:
        return media(r, e);
    case COMMAND_LOG:
        return logs(r, e);
    case COMMAND_SETTINGS:
        return settings_print(r->memory.work, e);
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
    if (r.arguments.progress)
        (void)console_set_progress(r.arguments.progress);
    threads_start(r.arguments.worker_count);
    enum err err = run_command(&r, &e);
    threads_stop();
    session_end(&r);
    if (err == OK)
        return EXIT_DONE;
    fflush(stdout);
    fprintf(stderr, "ovfboot: FAILED: %s\n%s\n", e.text,
            err == ERR_SETTING ? "Try ovfboot --help." : err_advice(err));
    return EXIT_REFUSED;
}
