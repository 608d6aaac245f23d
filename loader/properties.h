/* loader/properties.h - what the appliance can be told: each property with its value in force and
 * where that comes from.
 *
 * A virtual system has its own properties and those of the collections around it, the nearer one
 * winning where several have one of a name; its guest is told of its own and those of the collection
 * directly around it.  In rising rank a value comes from the descriptor
 * (ovf:value, then Property/Value of the deployment option), from settings "property.NAME", and from
 * the console.  NAME is the full name, class.key.instance, or the key alone where only one property
 * has it.  ${key} in a value stands for the value of the property of the collection directly around.
 *
 * Spec: DSP0243 1.1.0, "ProductSection": Property elements; "OVF environment".
 */
#ifndef LOADER_PROPERTIES_H
#define LOADER_PROPERTIES_H

#include "loader/config.h"
#include "parsers/ovf.h"

#define PROPERTY_CONSOLE   "the console" /* the origin of what a person typed */
#define PROPERTY_VALUE_MAX 65536         /* bytes of a value with what ${} put into it */

struct property {
    const struct ovf_product *product;
    const struct ovf_property *ovf;
    size_t system;      /* whose it is: the chosen system's, or one's around it */
    const char *name;   /* class.key.instance */
    const char *value;  /* never to be shown when ovf->password is set */
    const char *origin; /* "the descriptor", "option small", "ovfboot.conf line 3", "the console" */
    bool told;          /* the guest gets it */
    bool secret;        /* a password, by its maker or by its name, or one was put into it */
    bool by_person;     /* set by settings or at the console */
    bool sealed;        /* by the sealed policy: nobody else may change it */
};

struct properties {
    struct property *at;
    size_t count;
    const struct property *doubled; /* one that the system describes twice, the first counting, as
                                     * open-ovf wrote them; NULL: none */
};

/* The properties of a system under that deployment option (NULL: none), with settings (NULL: none)
 * applied.  Values are checked where a person set them; ERR_SETTING names the setting's place, also
 * of one that fits no property, or one that may not be changed. */
enum err properties_resolve(const struct ovf *o, size_t system, const char *option,
                            const struct config *config, struct arena *a, struct properties *out,
                            struct error *e) MUST_CHECK;

/* Properties of its own: what pointed to those before finds them as they are now. */
enum err properties_copy(struct properties *p, struct arena *a, struct error *e) MUST_CHECK;

/* The property of that name, or with that key where only one has it; NULL: none, or several. */
struct property *properties_find(const struct properties *p, const char *name);

/* True when the property needs a value, may have one, and has none that will do. */
bool property_is_missing(const struct property *p);

/* A value that a person typed.  ERR_SETTING when it is not one for this property. */
enum err property_set(struct property *p, const char *value, const char *origin, struct arena *a,
                      struct error *e) MUST_CHECK;

/* Put values of collections into those of what is inside, once all are settled; ERR_TOO_BIG when one
 * becomes longer than PROPERTY_VALUE_MAX. */
enum err properties_expand(struct properties *p, const struct ovf *o, struct arena *a,
                           struct error *e) MUST_CHECK;

#endif
