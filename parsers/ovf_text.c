#include "parsers/ovf_text.h"

#include <string.h>

#include "base/text.h"
#include "parsers/ovf_read.h"

bool ovf_has_word(const struct ovf_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->at[i], word) == 0)
            return true;
    return false;
}

bool ovf_is_chosen(const struct ovf_words *configurations, const char *chosen)
{
    return configurations->count == 0 || (chosen && ovf_has_word(configurations, chosen));
}

/* How well a bundle serves the wanted language: 2 as asked, 1 without the region, 0 not. */
static int fits(const char *language, const char *wanted)
{
    size_t len = strcspn(wanted, "-_");

    if (text_same(language, wanted))
        return 2;
    return strlen(language) == len && text_starts(wanted, language);
}

static const char *translation(const struct ovf_bundle *bundle, const char *id)
{
    for (size_t i = 0; i < bundle->message_count; i++)
        if (strcmp(bundle->messages[i].id, id) == 0 && *bundle->messages[i].text)
            return bundle->messages[i].text;
    return NULL;
}

const char *ovf_say(const struct ovf *o, const struct ovf_message *message, const char *language)
{
    const char *best = message->text;
    int best_fit = text_same(o->language, language) ? 2 : 0;

    if (!*message->id)
        return best;
    /* The descriptor's own text counts as one in its language, but may be missing. */
    if (!*best)
        best_fit = -1;
    for (size_t i = 0; i < o->bundle_count; i++) {
        int fit = fits(o->bundles[i].language, language);
        const char *text = fit >= best_fit ? translation(&o->bundles[i], message->id) : NULL;
        if (!text || (fit == 0 && *best))
            continue;
        best = text;
        best_fit = fit;
    }
    return best;
}

/* Strings of the descriptor: its messages are its own, or in a file. */
static enum err read_bundle(struct reader *r, const struct xml_node *node, struct ovf_bundle *out,
                            struct error *e)
{
    *out = (struct ovf_bundle){.file = OVF_NONE, .line = node->line};
    TRY(read_text(r, xml_attribute(node, XML_XML, "lang"), &out->language, e));
    TRY(TAKE(r->arena, xml_count(node, "Msg"), &out->messages, e));
    for (const struct xml_node *n = xml_child(node, "Msg"); n; n = xml_sibling(n, "Msg")) {
        if (!r->ovf && xml_attribute(n, XML_OVF, "fileRef"))
            continue;
        TRY(read_message(r, n, &out->messages[out->message_count++], e));
    }
    return OK;
}

enum err read_bundles(struct reader *r, const struct xml_node *root, struct error *e)
{
    struct ovf *o = r->ovf;

    TRY(TAKE(r->arena, xml_count(root, "Strings"), &o->bundles, e));
    for (const struct xml_node *n = xml_child(root, "Strings"); n; n = xml_sibling(n, "Strings")) {
        struct ovf_bundle *bundle = &o->bundles[o->bundle_count++];
        const char *file = xml_attribute(n, XML_OVF, "fileRef");
        TRY(read_bundle(r, n, bundle, e));
        if (file && *file)
            bundle->file = find_file(o, file);
    }
    return OK;
}

enum err ovf_parse_bundle(struct bytes text, struct arena *a, struct arena scratch,
                          struct ovf_bundle *out, struct error *e)
{
    struct reader r = {.arena = a};
    struct xml_node *root;

    TRY(xml_load(text, &scratch, &root, e));
    if (!xml_is(root, "Strings"))
        return fail(e, ERR_DAMAGED, "line %u: %s is no bundle of translations: Strings is wanted",
                    root->line, root->written);
    return read_bundle(&r, root, out, e);
}
