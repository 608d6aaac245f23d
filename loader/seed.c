#include "loader/seed.h"

#include <string.h>

#include "base/text.h"
#include "base/writing.h"
#include "loader/seed_values.h"
#include "parsers/yaml.h"

/* What is being made, and from what. */
struct making {
    const struct properties *p;
    struct arena *a;
    struct arena work;
    struct seed *seed;
};

const char *seed_instance(const char *machine, const uint8_t descriptor_digest[DIGEST_MAX],
                          char out[SEED_INSTANCE_MAX])
{
    uint8_t digest[DIGEST_MAX];
    char hex[2 * DIGEST_MAX + 1];
    struct digest d;

    digest_start(&d, DIGEST_SHA256);
    digest_add(&d, (struct bytes){descriptor_digest, digest_size(DIGEST_SHA256)});
    digest_add(&d, (struct bytes){(const uint8_t *)machine, strlen(machine)});
    digest_finish(&d, digest);
    text_format(out, SEED_INSTANCE_MAX, "ovfboot-%.32s", digest_hex(DIGEST_SHA256, digest, hex));
    return out;
}

static void note(struct seed *seed, const char *sentence)
{
    if (seed->note_count < SEED_NOTES_MAX)
        seed->notes[seed->note_count++] = sentence;
}

/* Of two names for one thing the later property counts: cloud-init goes through them in order. */
static const struct property *hostname(const struct properties *p)
{
    const struct property *one = seed_property(p, "hostname");
    const struct property *other = seed_property(p, "local-hostname");

    return !one || (other && other > one) ? other : one;
}

/* One member of meta-data: a line of its own, or behind a brace. */
static void member(struct writing *w, bool braces, size_t indent, const char *key,
                   const char *before, const char *value, const char *after)
{
    for (size_t i = 0; i < indent; i++)
        writing_add(w, " ");
    if (braces)
        writing_quoted(w, key);
    else
        writing_add(w, key);
    writing_add(w, ": ");
    writing_add(w, before);
    writing_quoted(w, value);
    writing_add(w, after);
    writing_add(w, braces ? ", " : "\n");
}

/* public-keys is a list of one: NoCloud would else part it into lines, which DataSourceOVF does not. */
static void members(struct making *m, struct writing *w, bool braces, size_t indent)
{
    const struct property *host = hostname(m->p);
    const struct property *keys = seed_property(m->p, "public-keys");
    const struct property *from = seed_property(m->p, "seedfrom");

    member(w, braces, indent, "instance-id", "", m->seed->instance_id, "");
    if (host)
        member(w, braces, indent, "local-hostname", "", host->value, "");
    if (keys)
        member(w, braces, indent, "public-keys", "[", keys->value, "]");
    if (from)
        member(w, braces, indent, "seedfrom", "", from->value, "");
}

/* guestinfo.metadata comes behind ours: PyYAML lets the last of two keys win. */
static enum err meta_data(struct making *m, struct error *e)
{
    struct arena work = m->work;
    struct bytes theirs;
    struct writing w;
    bool braces;
    size_t indent;

    TRY(seed_guestinfo(m->p, "guestinfo.metadata", m->a, work, &theirs, e));
    if (theirs.len && !m->seed->network_config.len)
        TRY(seed_metadata_network(theirs, m->a, work, &m->seed->network_config, e));
    theirs = yaml_mapping(theirs, &braces, &indent);
    TRY(writing_start(&w, &work, e));
    if (braces) {
        (void)take(&theirs, indent + 1);
        writing_add(&w, "{");
        indent = 0;
    }
    members(m, &w, braces, indent);
    writing_bytes(&w, theirs);
    return writing_end(&w, m->a, "meta-data", &m->seed->meta_data, e);
}

static enum err user_data(struct making *m, struct error *e)
{
    static const char *const elsewhere[] = {"guestinfo.userdata", "guestinfo.ignition.config.data",
                                            "guestinfo.coreos.config.data"};
    const struct property *own = seed_property(m->p, "user-data");
    struct bytes *out = &m->seed->user_data;
    bool loose = false;

    if (own) {
        TRY(seed_user_data(own->value, m->a, out, &loose, e));
        if (loose)
            note(m->seed, "user-data: holds characters that are not base64, and cloud-init decodes "
                          "it all the same; give it in base64");
        return OK;
    }
    for (size_t i = 0; i < COUNT_OF(elsewhere) && !out->len; i++)
        TRY(seed_guestinfo(m->p, elsewhere[i], m->a, m->work, out, e));
    return OK;
}

static enum err vendor_data(struct making *m, struct error *e)
{
    const struct property *password = seed_property(m->p, "password");
    struct arena work = m->work;
    struct writing w;

    TRY(seed_guestinfo(m->p, "guestinfo.vendordata", m->a, work, &m->seed->vendor_data, e));
    if (!password)
        return OK;
    if (m->seed->vendor_data.len) {
        note(m->seed, "password: is not given to cloud-init, since guestinfo.vendordata is in its "
                      "place");
        return OK;
    }
    if (seed_property(m->p, "seedfrom"))
        note(m->seed, "password: cloud-init reads vendor data from seedfrom, and so does not see "
                      "it");
    TRY(writing_start(&w, &work, e));
    writing_add(&w, "#cloud-config\npassword: ");
    writing_quoted(&w, password->value);
    writing_add(&w, "\n");
    return writing_end(&w, m->a, "vendor-data", &m->seed->vendor_data, e);
}

static enum err network_config(struct making *m, struct error *e)
{
    const struct property *own = seed_property(m->p, "network-config");

    if (!own)
        return OK;
    TRY(seed_network(own->value, m->a, m->work, &m->seed->network_config, e));
    if (!m->seed->network_config.len)
        note(m->seed, "network-config: is not base64 of YAML with a key \"network\", and is left "
                      "out, as cloud-init does");
    return OK;
}

enum err seed_make(const struct properties *p, const char *instance_id, struct arena *a,
                   struct arena work, struct seed *out, struct error *e)
{
    const struct property *own = seed_property(p, "instance-id");
    struct making m = {p, a, work, out};

    *out = (struct seed){.instance_id = own ? own->value : instance_id};
    TRY(network_config(&m, e));
    TRY(meta_data(&m, e));
    TRY(user_data(&m, e));
    return vendor_data(&m, e);
}
