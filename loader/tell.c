/* Reports of a run: when they are written, where they go, and what it means when they do not get there.
 */
#include "base/text.h"
#include "loader/course.h"
#include "loader/facts.h"

static const char *task_name(enum task task)
{
    switch (task) {
    case TASK_DEPLOY:
        return "deploy";
    case TASK_CONFIGURE:
        return "configure";
    case TASK_START:
        break;
    }
    return "start";
}

void look_back(struct course *c, const char *targets[CONFIG_TARGETS_MAX])
{
    struct report *r = &c->report;

    r->start = c->online.start;
    r->is_sealed = c->authority.is_sealed;
    r->retries = c->online.retries + http_retries(c->online.client);
    r->found = c->disks;
    r->found_count = c->disk_count;
    r->plan = c->plan.package ? &c->plan : NULL;
    r->task = c->is_decided ? task_name(c->task) : NULL;
    r->proved = c->is_performed && c->task == TASK_DEPLOY ? c->proved : NULL;
    r->told = c->provides ? &c->provision : NULL;
    r->targets = c->is_decided ? targets : NULL;
    for (size_t i = 0; c->is_decided && i < c->plan.count; i++)
        targets[i] = c->chosen[i].target->name;
}

static enum err post(struct course *c, struct bytes document, struct error *e)
{
    struct arena scratch = c->loader->memory.work;
    const char *url;

    TRY(facts_fill_url(&c->machine, c->loader->config.report, 0, &scratch, &url, e));
    return http_post(c->online.client, url, "application/json", document, e);
}

/* The network is brought up first: the document lies where it would take memory.  A medium that cannot
 * be written is an ordinary one, unless the report goes nowhere else. */
static enum err send_report(struct course *c, enum outcome outcome, const struct error *why,
                            struct error *e)
{
    bool is_sent = !text_same(c->loader->config.report, CONFIG_REPORT_MEDIUM);
    const char *targets[CONFIG_TARGETS_MAX];
    struct error offline, unsaved;
    struct bytes document;

    enum err online = is_sent ? online_start(&c->online, &offline) : OK;
    struct arena scratch = c->loader->memory.package;
    look_back(c, targets);
    TRY(report_write(&c->report, outcome, why, &scratch, c->loader->memory.work, &document, e));
    enum err saved =
        outcome == OUTCOME_RUNNING ? OK : port_write_beside("report.json", document, &unsaved);
    if (online == OK && is_sent)
        return post(c, document, e);
    if (online != OK)
        *e = offline;
    else if (saved != OK)
        *e = unsaved;
    return is_sent ? online : saved;
}

enum err tell(struct course *c, enum outcome outcome, const struct error *why, struct error *e)
{
    struct error trouble;

    if (!c->loader->config.report)
        return OK;
    if (send_report(c, outcome, why, &trouble) == OK) {
        if (outcome != OUTCOME_RUNNING)
            port_say("Report     %s", outcome == OUTCOME_FAILED ? "of the failure" : "of success");
        return OK;
    }
    within(&trouble, "report");
    if (c->loader->config.report_policy == REPORT_REQUIRED && outcome != OUTCOME_FAILED) {
        *e = trouble;
        return trouble.code;
    }
    report_warn(&c->report, &c->loader->memory.package, "%s", trouble.text);
    c->report_is_lost = true;
    return OK;
}
