#include "loader/texts.h"

#include "base/utf.h"

/* The file's contents, or no bytes and a note when the package does not have it. */
static enum err read_file(struct plan *plan, size_t file, struct arena *a, struct bytes *out,
                          struct error *e)
{
    const char *href = plan->ovf.files[file].href;
    struct source *source;

    *out = (struct bytes){0};
    enum err err = package_open_href(plan->package, href, a, &source, e);
    if (err == ERR_NOT_FOUND || err == ERR_UNSUPPORTED) {
        plan_note(plan, a, "a text of the appliance is not shown: %s", e->text);
        return OK;
    }
    TRY(err);
    TRY(package_read(plan->package, source->name, TEXT_FILE_MAX, a, out, e));
    return verify_contents(plan->package, &plan->proof, source->name, *out, *a, e);
}

static enum err read_message(struct plan *plan, struct ovf_message *message, struct arena *a,
                             struct error *e)
{
    struct bytes text;

    if (message->file == OVF_NONE)
        return OK;
    TRY(read_file(plan, message->file, a, &text, e));
    if (!text.len)
        return OK;
    if (!utf8_valid((const char *)text.at, text.len))
        return fail(e, ERR_DAMAGED, "%s: %s: is not UTF-8", plan->package->name,
                    plan->ovf.files[message->file].href);
    return arena_text(a, (const char *)text.at, text.len, &message->text, e);
}

static enum err read_bundle(struct plan *plan, struct ovf_bundle *bundle, struct arena *a,
                            struct arena work, struct error *e)
{
    struct ovf_bundle read;
    struct bytes text;

    TRY(read_file(plan, bundle->file, a, &text, e));
    if (!text.len)
        return OK;
    if (ovf_parse_bundle(text, a, work, &read, e) != OK)
        return within(e, "%s: %s", plan->package->name, plan->ovf.files[bundle->file].href);
    bundle->messages = read.messages;
    bundle->message_count = read.message_count;
    if (!*bundle->language)
        bundle->language = read.language;
    return OK;
}

enum err texts_read(struct plan *plan, struct arena *a, struct arena work, struct error *e)
{
    struct ovf *o = &plan->ovf;

    for (size_t i = 0; i < o->bundle_count; i++) {
        if (o->bundles[i].file != OVF_NONE)
            TRY(read_bundle(plan, &o->bundles[i], a, work, e));
        for (size_t j = 0; j < o->bundles[i].message_count; j++)
            TRY(read_message(plan, &o->bundles[i].messages[j], a, e));
    }
    for (size_t i = 0; i < o->system_count; i++)
        for (size_t j = 0; j < o->systems[i].eula_count; j++)
            TRY(read_message(plan, &o->systems[i].eulas[j], a, e));
    return OK;
}
