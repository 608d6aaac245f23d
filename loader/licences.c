/* Licences: shown, accepted, and which text it was. */
#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "loader/ask.h"
#include "loader/choices.h"
#include "loader/pages.h"
#include "loader/port.h"
#include "loader/port_screen.h"
#include "loader/screen.h"
#include "loader/words.h"

/* The system's own, and those of the collections around it. */
static size_t count_licences(const struct plan *plan)
{
    size_t count = 0;

    for (size_t s = plan->system_index; s != OVF_NONE; s = plan->ovf.systems[s].parent)
        count += plan->ovf.systems[s].eula_count;
    return count;
}

static void take_digest(struct licence *licence)
{
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, (struct bytes){(const uint8_t *)licence->text, strlen(licence->text)});
    digest_finish(&d, licence->digest);
}

static enum err take_licences(struct plan *plan, struct arena *a, struct error *e)
{
    TRY(TAKE(a, count_licences(plan), &plan->licences, e));
    for (size_t s = plan->system_index; s != OVF_NONE; s = plan->ovf.systems[s].parent) {
        const struct ovf_system *system = &plan->ovf.systems[s];
        for (size_t i = 0; i < system->eula_count; i++) {
            struct licence *licence = &plan->licences[plan->licence_count++];
            licence->text = ovf_say(&plan->ovf, &system->eulas[i], plan->language);
            take_digest(licence);
        }
    }
    return OK;
}

static enum err show(const struct plan *plan, size_t at, struct error *e)
{
    const char *text = plan->licences[at].text;
    struct pager pager = pager_start();
    char heading[80];

    text_format(heading, sizeof(heading), WORDS_LICENCE, at + 1, plan->licence_count);
    if (port_screen())
        return pages_ask_yes(heading, text, WORDS_ACCEPT, e);
    TRY(pager_say(&pager, 0, heading, e));
    TRY(pager_say(&pager, 0, "", e));
    TRY(pager_say(&pager, 0, text, e));
    return ask_yes("Do you accept it? Type yes, or press Escape:", e);
}

static void tell(const struct plan *plan, size_t at)
{
    const struct licence *licence = &plan->licences[at];
    char hex[2 * DIGEST_MAX + 1];

    port_say("Accepted   licence %zu of %zu, SHA-256 %s, by %s", at + 1, plan->licence_count,
             digest_hex(DIGEST_SHA256, licence->digest, hex), licence->accepted_by);
}

enum err choose_licences(struct plan *plan, const struct config *config, struct arena *a,
                         struct error *e)
{
    char place[CONFIG_PLACE_MAX];
    const char *by = "a person at the console";

    TRY(take_licences(plan, a, e));
    if (!plan->licence_count)
        return OK;
    if (config->accept_eula) {
        config_place_text(&config->eula_place, place);
        TRY(arena_text(a, place, strlen(place), &by, e));
    } else if (config->unattended) {
        return fail(e, ERR_SETTING,
                    "the appliance has a licence agreement (EULA), and nobody is asked: "
                    "accept-eula = yes says that it was read and is accepted");
    }
    for (size_t i = 0; i < plan->licence_count;) {
        enum err err = config->accept_eula ? OK : show(plan, i, e);
        if (err != OK && i && screen_left()) {
            i--;
            continue;
        }
        TRY(err);
        plan->licences[i].accepted_by = by;
        tell(plan, i++);
    }
    return OK;
}
