#include "loader/report.h"

#include <string.h>

#include "base/text.h"
#include "base/writing.h"
#include "crypto/digest.h"
#include "loader/facts.h"
#include "loader/port.h"
#include "loader/targets.h"
#include "parsers/url.h"

void report_stage(struct report *r, const char *name)
{
    uint64_t now = port_milliseconds();

    if (r->stage_count)
        r->stages[r->stage_count - 1].ended = now;
    if (name && r->stage_count < REPORT_STAGES_MAX)
        r->stages[r->stage_count++] = (struct report_stage){.name = name, .began = now};
}

void report_warn(struct report *r, struct arena *a, const char *format, ...)
{
    char text[400];
    struct error ignored;
    va_list args;

    va_start(args, format);
    text_format_va(text, sizeof(text), format, args);
    va_end(args);
    port_say("Warning    %s", text);
    if (r->warning_count < REPORT_WARNINGS_MAX &&
        arena_text(a, text, strlen(text), &r->warnings[r->warning_count], &ignored) == OK)
        r->warning_count++;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* What is in front of a value: a comma unless it is the first, and its name in an object. */
static void name(struct writing *w, const char *key)
{
    uint8_t last = w->len ? w->at[w->len - 1] : '[';

    if (last != '{' && last != '[')
        writing_add(w, ",\n");
    if (!key)
        return;
    writing_quoted(w, key);
    writing_add(w, ": ");
}

static void begin(struct writing *w, const char *key, const char *bracket)
{
    name(w, key);
    writing_add(w, bracket);
}

static void text(struct writing *w, const char *key, const char *value)
{
    name(w, key);
    writing_quoted(w, value);
}

static void text_if(struct writing *w, const char *key, const char *value)
{
    if (value && *value)
        text(w, key, value);
}

static void number(struct writing *w, const char *key, uint64_t value)
{
    name(w, key);
    writing_format(w, "%llu", (unsigned long long)value);
}

static void flag(struct writing *w, const char *key, bool value)
{
    name(w, key);
    writing_add(w, value ? "true" : "false");
}

static void digest(struct writing *w, enum digest_kind kind, const uint8_t *value)
{
    char hex[2 * DIGEST_MAX + 1];

    text(w, digest_name(kind), digest_hex(kind, value, hex));
}

static void texts(struct writing *w, const char *key, const char *const *list, size_t count)
{
    begin(w, key, "[");
    for (size_t i = 0; i < count; i++)
        text(w, NULL, list[i]);
    writing_add(w, "]");
}

/* ---- The document ---------------------------------------------------------------------------- */

static void outcome(struct writing *w, const struct report *r, enum outcome is,
                    const struct error *why)
{
    static const char *const words[] = {[OUTCOME_RUNNING] = "running",
                                        [OUTCOME_STARTING] = "starting",
                                        [OUTCOME_DONE] = "done",
                                        [OUTCOME_FAILED] = "failed"};

    text(w, "outcome", words[is]);
    if (r->stage_count)
        text(w, "stage", r->stages[r->stage_count - 1].name);
    if (is != OUTCOME_FAILED)
        return;
    begin(w, "error", "{");
    text(w, "code", err_name(why->code));
    text(w, "message", why->text);
    text(w, "advice", err_advice(why->code));
    writing_add(w, "}");
}

static void machine(struct writing *w, const struct machine *m)
{
    begin(w, "machine", "{");
    text(w, "arch", facts_arch(m->arch));
    text_if(w, "name", m->name);
    text_if(w, "product", m->product);
    text_if(w, "uuid", m->uuid);
    text_if(w, "serial", m->serial);
    text_if(w, "asset", m->asset);
    text_if(w, "firmware", m->firmware);
    texts(w, "macs", m->macs, m->mac_count);
    writing_add(w, "}");
}

static void devices(struct writing *w, const struct report *r)
{
    char line[TARGET_TEXT_MAX];

    begin(w, "devices", "[");
    for (size_t i = 0; i < r->found_count; i++)
        text(w, NULL, target_text(&r->found[i], line));
    writing_add(w, "]");
}

static void loader(struct writing *w, const struct report *r)
{
    begin(w, "loader", "{");
    text_if(w, "came-from", r->start);
    flag(w, "sealed", r->is_sealed);
    writing_add(w, "}");
}

static void proof(struct writing *w, const struct plan *plan)
{
    const struct proof *p = &plan->proof;

    text(w, "name", plan->package->name);
    text_if(w, "title", plan->title);
    if (plan->system)
        text(w, "system", plan->system->id);
    text_if(w, "option", plan->option);
    text(w, "signer", verify_signer(plan->package, p));
    flag(w, "trusted", p->verdict.state == VERDICT_TRUSTED);
    begin(w, "descriptor", "{");
    text(w, "file", plan->package->descriptor);
    digest(w, DIGEST_SHA256, p->descriptor_digest);
    writing_add(w, "}");
    if (!p->has_manifest)
        return;
    begin(w, "manifest", "{");
    digest(w, DIGEST_SHA256, p->manifest_digest);
    writing_add(w, "}");
}

static void package(struct writing *w, const struct report *r)
{
    begin(w, "package", "{");
    text(w, "place", r->place);
    if (r->size)
        number(w, "size", r->size);
    if (r->plan)
        proof(w, r->plan);
    writing_add(w, "}");
}

static void disks(struct writing *w, const struct report *r)
{
    begin(w, "disks", "[");
    for (size_t i = 0; i < r->plan->count; i++) {
        const struct plan_disk *disk = &r->plan->disks[i];
        begin(w, NULL, "{");
        text(w, "name", disk->name);
        number(w, "capacity", disk->capacity);
        if (r->targets)
            text_if(w, "target", r->targets[i]);
        if (r->proved && !disk->is_blank && !r->plan->as_it_is)
            digest(w, r->proved[i].kind, r->proved[i].digest);
        writing_add(w, "}");
    }
    writing_add(w, "]");
}

/* A URL is told without what may be secret in it: nothing up to the last '@', no query.  It need not be
 * a right one, since facts are still to be put in. */
static const char *without_secrets(const char *value, char shown[URL_MAX])
{
    const char *scheme = strstr(value, "://"), *at = scheme ? scheme + 3 : NULL;

    if (!url_is(value))
        return value;
    size_t scheme_len = (size_t)(at - value), end = strcspn(at, "?#"), start = end;
    while (start && at[start - 1] != '@')
        start--;
    text_format(shown, URL_MAX, "%.*s%.*s%s", (int)scheme_len, value, (int)(end - start),
                at + start, at[end] ? "?..." : "");
    return shown;
}

static void settings(struct writing *w, const struct config *config)
{
    char place[CONFIG_PLACE_MAX], shown[URL_MAX];
    struct config_said said;
    size_t n = 0;

    begin(w, "settings", "[");
    while (config_next(config, &n, &said)) {
        begin(w, NULL, "{");
        text(w, "key", said.key);
        text(w, "value", without_secrets(said.value, shown));
        text(w, "origin", config_place_text(&said.place, place));
        writing_add(w, "}");
    }
    writing_add(w, "]");
}

static void properties(struct writing *w, const struct plan *plan)
{
    begin(w, "properties", "[");
    for (size_t i = 0; i < plan->properties.count; i++) {
        const struct property *p = &plan->properties.at[i];
        if (!p->told)
            continue;
        begin(w, NULL, "{");
        text(w, "name", p->name);
        text(w, "origin", p->origin);
        flag(w, "secret", p->secret);
        flag(w, "set", *p->value);
        writing_add(w, "}");
    }
    writing_add(w, "]");
}

static void stages(struct writing *w, const struct report *r)
{
    uint64_t now = port_milliseconds();

    begin(w, "stages", "[");
    for (size_t i = 0; i < r->stage_count; i++) {
        const struct report_stage *stage = &r->stages[i];
        begin(w, NULL, "{");
        text(w, "name", stage->name);
        number(w, "milliseconds", (stage->ended ? stage->ended : now) - stage->began);
        writing_add(w, "}");
    }
    writing_add(w, "]");
}

static void notes(struct writing *w, const struct report *r)
{
    const struct plan *plan = r->plan;

    texts(w, "warnings", r->warnings, r->warning_count);
    begin(w, "notes", "[");
    for (size_t i = 0; plan && i < plan->proof.verdict.note_count; i++)
        text(w, NULL, plan->proof.verdict.notes[i]);
    for (size_t i = 0; plan && i < plan->note_count; i++)
        text(w, NULL, plan->notes[i]);
    for (size_t i = 0; r->told && i < r->told->note_count; i++)
        text(w, NULL, r->told->notes[i]);
    writing_add(w, "]");
}

enum err report_write(const struct report *r, enum outcome is, const struct error *why,
                      struct arena *a, struct arena work, struct bytes *out, struct error *e)
{
    struct writing w;

    TRY(writing_start(&w, &work, e));
    writing_add(&w, "{");
    number(&w, "format", REPORT_FORMAT);
    text(&w, "writer", "ovfboot " OVFBOOT_VERSION);
    outcome(&w, r, is, why);
    text_if(&w, "task", r->task);
    machine(&w, r->machine);
    if (r->found)
        devices(&w, r);
    loader(&w, r);
    if (r->place)
        package(&w, r);
    if (r->plan && r->plan->system)
        disks(&w, r);
    settings(&w, r->config);
    if (r->plan && r->plan->system)
        properties(&w, r->plan);
    stages(&w, r);
    number(&w, "retries", r->retries);
    notes(&w, r);
    writing_add(&w, "}\n");
    return writing_end(&w, a, "the report", out, e);
}
