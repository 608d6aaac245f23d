/* loader/properties.h - what the appliance can be told: each property with its value in force and
 * where that comes from.
 *
 * A virtual system has its own properties and those of the collection directly around it, its own
 * winning where both have one of a name.  In rising rank a value comes from the descriptor
 * (ovf:value, then Property/Value of the deployment option), from settings "property.NAME", and from
 * the console.  NAME is the full name, class.key.instance, or the key alone where only one property
 * has it.  ${key} in a value stands for the value of a property of a collection around, the nearest
 * one's; collections further out than the next are there for that only: their properties can be
 * set, and the guest does not get them.
 *
 * Spec: DSP0243 1.1.0, "ProductSection": Property elements; "OVF environment".
 */
#ifndef LOADER_PROPERTIES_H
#define LOADER_PROPERTIES_H

#include "loader/config.h"
#include "parsers/ovf.h"

#define PROPERTY_VALUE_MAX 65536 /* bytes of a value with what ${} put into it */

struct property {
    const struct ovf_product *product;
    const struct ovf_property *ovf;
    size_t system;      /* whose it is: the chosen system's, or a collection's around it */
    const char *name;   /* class.key.instance */
    const char *value;  /* never to be shown when ovf->password is set */
    const char *origin; /* "the descriptor", "option small", "ovfboot.conf line 3", "the console" */
    bool by_person;     /* set by settings or at the console */
    bool outer;  /* not for the guest: of a collection further out than the next, or hidden */
    bool secret; /* a password, by its maker or by its name, or a value that one was put into */
    bool sealed; /* by the sealed policy: nobody else may change it */
};

struct properties {
    struct property *at; /* the system's, then from the next collection outwards */
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

/* The property of that name, or with that key where only one has it; NULL: none, or several. */
struct property *properties_find(const struct properties *p, const char *name);

/* True when the property needs a value, may have one, and has none that will do. */
bool property_is_missing(const struct property *p);

/* A value that a person typed.  ERR_SETTING when it is not one for this property. */
enum err property_set(struct property *p, const char *value, const char *origin, struct arena *a,
                      struct error *e) MUST_CHECK;

/* Put values of collections into those that refer to them, once all are settled; ERR_TOO_BIG when one
 * becomes longer than PROPERTY_VALUE_MAX. */
enum err properties_expand(struct properties *p, struct arena *a, struct error *e) MUST_CHECK;

#endif
