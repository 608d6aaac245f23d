#include "host/seal.h"

#include <stdio.h>
#include <string.h>

#include "crypto/trust.h"
#include "host/file.h"
#include "host/system.h"
#include "loader/config.h"
#include "parsers/anchor_list.h"
#include "parsers/pe.h"
#include "parsers/settings.h"

#define LOADER_MAX (64u << 20)       /* bytes */
#define POLICY_MAX (64u << 10)       /* bytes */
#define PADDING    ((size_t)3 << 20) /* bytes; three times the largest alignment of a section */

struct piece {
    const char *name; /* of the section */
    struct bytes data;
};

/* The whole file, with more bytes of room behind it. */
static enum err slurp(const char *path, size_t most, size_t more, struct arena *a, uint8_t **at,
                      size_t *len, struct error *e)
{
    struct file_source file;
    enum err err = file_source_open(&file, path, e);

    if (err == OK && file.source.size > most)
        err = fail(e, ERR_TOO_BIG, "%s: has %llu bytes; the limit is %zu", path,
                   (unsigned long long)file.source.size, most);
    if (err == OK)
        err = arena_take(a, (size_t)file.source.size + more, 1, 16, (void **)at, e);
    if (err == OK)
        err = source_read(&file.source, 0, *at, (size_t)file.source.size, e);
    *len = (size_t)file.source.size;
    file_source_close(&file);
    return err;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* All anchor files as one list; each is tried as the loader will take it. */
static enum err gather_trust(const struct seal_request *r, struct arena *a, struct bytes *out,
                             struct error *e)
{
    struct bytes files[SEAL_TRUST_MAX];
    struct trust trust = {0};
    size_t total = 0;
    uint8_t *list, *at;

    *out = (struct bytes){0};
    for (size_t i = 0; i < r->trust_count; i++) {
        const char *name = base_name(r->trust[i]);
        TRY(slurp(r->trust[i], TRUST_FILE_MAX, 0, a, &at, &files[i].len, e));
        files[i].at = at;
        if (strlen(name) > ANCHOR_NAME_MAX)
            return fail(e, ERR_SETTING, "%s: its name has more than %d bytes", name,
                        ANCHOR_NAME_MAX);
        TRY(trust_add(&trust, name, files[i], a, e));
        total += anchor_list_size(name, files[i].len);
    }
    if (!total)
        return OK;
    TRY(arena_take(a, total, 1, 1, (void **)&list, e));
    at = list;
    for (size_t i = 0; i < r->trust_count; i++)
        at = anchor_list_put(at, base_name(r->trust[i]), files[i]);
    *out = (struct bytes){list, total};
    return OK;
}

static bool has_verify(const struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        if (strcmp(settings->at[i].key, "verify") == 0)
            return true;
    return false;
}

/* The policy as the loader will read it.  Anchors without one would be no good: any settings file
 * could say that they do not count. */
static enum err gather_policy(const struct seal_request *r, struct arena *a, struct bytes *out,
                              struct error *e)
{
    static const char strict[] = "verify = signature\n";
    struct settings settings;
    struct config *config;
    uint8_t *at = NULL;
    size_t len;

    *out = (struct bytes){(const uint8_t *)strict, r->trust_count ? sizeof(strict) - 1 : 0};
    if (!r->policy)
        return OK;
    TRY(slurp(r->policy, POLICY_MAX, 0, a, &at, &len, e));
    *out = (struct bytes){at, len};
    TRY(TAKE(a, 1, &config, e));
    if (config_read(*out, NULL, 0, a, config, e) != OK)
        return within(e, "%s", r->policy);
    TRY(settings_parse(*out, a, &settings, e));
    if (r->trust_count && !has_verify(&settings))
        return fail(e, ERR_SETTING,
                    "%s: says nothing about verify, so that any settings file could; seal anchors "
                    "with verify = signature",
                    r->policy);
    return OK;
}

static enum err write_file(const char *path, const uint8_t *at, size_t len, struct error *e)
{
    FILE *file = fopen(path, "wb");

    if (!file)
        return system_fail(e, ERR_IO, "%s: cannot be written", path);
    bool written = fwrite(at, 1, len, file) == len;
    if (fclose(file) != 0 || !written) {
        enum err err = system_fail(e, ERR_IO, "%s: cannot be written", path);
        remove(path);
        return err;
    }
    return OK;
}

/* The loader with these sections behind it. */
static enum err extend(const struct seal_request *r, const struct piece pieces[2], struct arena *a,
                       uint8_t **loader, size_t *len, struct error *e)
{
    size_t more = pieces[0].data.len + pieces[1].data.len + PADDING;
    struct pe pe;

    TRY(slurp(r->loader, LOADER_MAX, more, a, loader, len, e));
    size_t room = *len + more;
    if (pe_parse((struct bytes){*loader, *len}, &pe, e) != OK)
        return within(e, "%s", r->loader);
    for (int i = 0; i < 2; i++)
        if (pieces[i].data.len &&
            pe_append(*loader, len, room, pieces[i].name, pieces[i].data, &pe, e) != OK)
            return within(e, "%s", r->loader);
    return OK;
}

enum err seal(const struct seal_request *r, struct arena scratch, struct error *e)
{
    struct piece pieces[2] = {{.name = PE_TRUST}, {.name = PE_POLICY}};
    uint8_t *loader;
    size_t len;

    if (!r->trust_count && !r->policy)
        return fail(e, ERR_SETTING, "there is nothing to seal: neither --trust nor --policy");
    TRY(gather_trust(r, &scratch, &pieces[0].data, e));
    TRY(gather_policy(r, &scratch, &pieces[1].data, e));
    TRY(extend(r, pieces, &scratch, &loader, &len, e));
    return write_file(r->out, loader, len, e);
}
