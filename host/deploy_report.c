#include "host/deploy_report.h"

#include "base/text.h"
#include "loader/facts.h"

static enum err send_it(struct session *s, struct report *r, enum outcome outcome,
                        const struct error *why, struct error *e)
{
    struct arena *a = &s->memory.package;
    struct bytes document;
    const char *url;

    r->machine = &s->machine.machine;
    r->config = &s->config;
    r->place = s->name;
    r->size = s->plan.package && s->plan.package->folder == &s->plan.package->archive.folder
                  ? s->plan.package->archive.file->size
                  : 0;
    r->plan = s->plan.package ? &s->plan : NULL;
    r->task = "deploy";
    r->targets = s->plan.count == s->arguments.to.count ? s->arguments.to.at : NULL;
    TRY(facts_fill_url(r->machine, s->config.report, 0, a, &url, e));
    TRY(remote_client(&s->remote, &s->arguments, &s->config, s->authority.clock, a, e));
    r->retries = http_retries(s->remote.folder.client);
    TRY(report_write(r, outcome, why, a, s->memory.work, &document, e));
    return http_post(s->remote.folder.client, url, "application/json", document, e);
}

enum err deploy_tell(struct session *s, struct report *r, enum outcome outcome,
                     const struct error *why, struct error *e)
{
    const struct config *config = &s->config;
    struct error trouble;

    if (!config->report || text_same(config->report, CONFIG_REPORT_MEDIUM) ||
        send_it(s, r, outcome, why, &trouble) == OK)
        return OK;
    within(&trouble, "report");
    if (config->report_policy != REPORT_REQUIRED || outcome == OUTCOME_FAILED) {
        report_warn(r, &s->memory.package, "%s", trouble.text);
        return OK;
    }
    *e = trouble;
    return trouble.code;
}
