/* loader/environment.h - the OVF environment document: what tells the guest who it is.
 *
 * The layout is that of VMware, character by character, since guests read it with sed: the prefix is
 * oe, key comes before value, each Property has a line of its own, and the guest's own come before
 * anybody else's.  All properties are in it, also those that nobody may set, and passwords: whoever
 * can read the document knows them.
 *
 * Each other system under the same collection is an Entity with what it would get.  Of its own
 * properties that is what the descriptor says; a setting is for the system that is chosen.  What it
 * has of the collection is as it is here.
 *
 * Spec: DSP8027 1.0.0; DSP0243 1.1.0, "OVF environment document".
 */
#ifndef LOADER_ENVIRONMENT_H
#define LOADER_ENVIRONMENT_H

#include "loader/plan.h"

#define ENVIRONMENT_FILE "ovf-env.xml"

/* A network port of the machine. */
struct environment_adapter {
    const char *mac;     /* "52:54:00:12:34:56", in lower case */
    const char *network; /* name of the descriptor's network that it is for; "": not known */
};

/* What the document says besides properties.  NULL or "": left out. */
struct environment_facts {
    const char *kind, *version, *vendor; /* of the platform; guests may ask for "VMware ESXi" */
    const char *locale;                  /* "en-US" */
    bool has_timezone;
    int timezone; /* minutes east of UTC */
    const struct environment_adapter *adapters;
    size_t adapter_count;
};

/* The document for the plan's system, once properties have their values (choose_properties()).
 * ERR_SETTING for a value with characters that XML does not know. */
enum err environment_write(const struct plan *plan, const struct environment_facts *facts,
                           struct arena *a, struct arena work, struct bytes *out,
                           struct error *e) MUST_CHECK;

/* The value of the guest's property of that name in a document that environment_write() made, in the
 * arena; NULL when it has none. */
enum err environment_value(struct bytes document, const char *name, struct arena *a,
                           struct arena work, const char **out, struct error *e) MUST_CHECK;

#endif
