/* parsers/ovf_product.h - ProductSection: what the software is, and what one may set about it. */
#ifndef PARSERS_OVF_PRODUCT_H
#define PARSERS_OVF_PRODUCT_H

#include "parsers/ovf_text.h"

/* Property/Value: a default for some deployment options. */
struct ovf_value {
    const char *value;
    struct ovf_words configurations;
};

struct ovf_property {
    const char *key;               /* without class and instance */
    const char *type;              /* CIM type as written: "string", "uint16", "boolean" */
    const char *qualifiers;        /* as written: MinLen(1) ValueMap{"a","b"} */
    const char *vendor_qualifiers; /* vmw:qualifiers: Ip("net") */
    const char *value;             /* the default; "" when not given */
    bool has_value;                /* ovf:value is there, be it "" */
    bool user_configurable;
    bool password; /* never to be shown: ovf:password, or VMware's type of that name */
    struct ovf_message category, label, description;
    struct ovf_value *values; /* by deployment option */
    size_t value_count;
    struct ovf_words configurations; /* 2.x: takes part in these only */
    uint32_t line;
};

struct ovf_product {
    const char *class, *instance; /* "" when not given */
    struct ovf_message info, product, vendor;
    const char *version, *full_version;
    const char *product_url, *vendor_url, *app_url;
    struct ovf_property *properties;
    size_t property_count;
    uint32_t line;
};

/* Write the full name, [class.]key[.instance], and a NUL into size bytes; false when it does not
 * fit.
 *
 * Spec: DSP0243 1.1.0, "ProductSection": Property elements. */
bool ovf_property_name(const struct ovf_product *product, const struct ovf_property *property,
                       char *out, size_t size);

/* The default under the chosen deployment option (NULL: none). */
const char *ovf_property_default(const struct ovf_property *property, const char *chosen);

#endif
