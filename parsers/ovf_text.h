/* parsers/ovf_text.h - texts of a descriptor that may be translated, and lists of words. */
#ifndef PARSERS_OVF_TEXT_H
#define PARSERS_OVF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OVF_NONE    SIZE_MAX   /* an index that points at nothing */
#define OVF_UNKNOWN UINT64_MAX /* a number that the descriptor does not give */

/* An element of type Msg: a text in the language of the descriptor, and under which name the
 * bundles have translations of it.  In 2.x the text may be a file of plain UTF-8 beside the
 * descriptor: whoever reads it puts it into text. */
struct ovf_message {
    const char *text; /* trimmed; "" when absent */
    const char *id;   /* ovf:msgid; "" when absent */
    size_t file;      /* index in files of the one that holds the text; OVF_NONE: none */
};

/* Where there is no element. */
#define OVF_NO_MESSAGE ((struct ovf_message){.text = "", .id = "", .file = OVF_NONE})

/* Strings: translations into one language.  One that is a file of its own has no messages until
 * whoever reads the file puts what ovf_parse_bundle() found in its place. */
struct ovf_bundle {
    const char *language; /* xml:lang; "" when not given */
    size_t file;          /* index in files, when it is one of its own; OVF_NONE: not,
                           * or one that the package does not have */
    struct ovf_message *messages;
    size_t message_count;
    uint32_t line;
};

/* Words apart by blanks or commas. */
struct ovf_words {
    const char *const *at;
    size_t count;
};

/* True when word is among them, by every byte. */
bool ovf_has_word(const struct ovf_words *words, const char *word);

/* True when what carries this list of configurations takes part under the chosen one: an empty
 * list always does; chosen may be NULL for a package without options.
 *
 * Spec: DSP0243 1.1.0, "DeploymentOptionSection". */
bool ovf_is_chosen(const struct ovf_words *configurations, const char *chosen);

struct ovf;

/* The text in the wanted language ("de-DE"), else in that language without its region, else the
 * descriptor's own.  A translation of nothing counts as none, and so does one whose file was not
 * read. */
const char *ovf_say(const struct ovf *o, const struct ovf_message *message, const char *language);

#endif
