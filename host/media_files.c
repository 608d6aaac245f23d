#include "host/media_files.h"

#include <string.h>

#include "base/text.h"
#include "crypto/trust.h"
#include "host/beside.h"
#include "loader/facts.h"
#include "loader/gather.h"
#include "parsers/pe.h"

#define FOLDER         "EFI/ovfboot/"
#define LOADER_MAX     (64u << 20) /* bytes */
#define PE_APPLICATION 10
#define ID_MAX         (GATHER_NAME_MAX - sizeof("machines/.conf"))

static enum err add(struct session *s, struct media_files *f, const char *folder, const char *name,
                    const char *ending, struct bytes bytes, struct error *e)
{
    char text[300];
    const char *path;
    size_t len = text_format(text, sizeof(text), "%s%s%s", folder, name, ending);

    if (len + 1 == sizeof(text))
        return fail(e, ERR_TOO_BIG, "%s: the name is too long", name);
    for (size_t i = 0; i < f->count; i++)
        if (text_same(f->at[i].path, text))
            return fail(e, ERR_SETTING, "%s: two files would have that name on the medium", text);
    TRY(arena_text(&s->memory.package, text, len, &path, e));
    f->at[f->count++] = (struct fat_make_file){.path = path, .bytes = bytes};
    return OK;
}

/* ---- Loaders --------------------------------------------------------------------------------- */

static struct bytes section(struct bytes file, const struct pe *pe, const char *name)
{
    struct pe_section at;

    if (!pe_find(pe, name, &at) || at.raw > file.len || at.raw_size > file.len - at.raw)
        return (struct bytes){(const uint8_t *)"", 0};
    return (struct bytes){file.at + at.raw,
                          at.virtual_size < at.raw_size ? at.virtual_size : at.raw_size};
}

static bool are_same(struct bytes a, struct bytes b)
{
    return a.len == b.len && (!a.len || memcmp(a.at, b.at, a.len) == 0);
}

/* What is sealed into one loader must be sealed into all, or the medium means two things. */
static enum err take_seal(struct media_files *f, const char *path, struct bytes file,
                          const struct pe *pe, struct error *e)
{
    struct bytes policy = section(file, pe, PE_POLICY), anchors = section(file, pe, PE_TRUST);

    if (f->count && (!are_same(policy, f->policy) || !are_same(anchors, f->anchors)))
        return fail(e, ERR_SETTING, "%s: has other things sealed into it than the first loader",
                    path);
    f->policy = policy;
    f->anchors = anchors;
    return OK;
}

/* UEFI 2.10, "Removable Media Boot Behavior": the name that firmware looks for. */
static const char *name_of(const struct pe *pe)
{
    return pe->machine == 0x8664 ? "BOOTX64.EFI" : pe->machine == 0xaa64 ? "BOOTAA64.EFI" : NULL;
}

static enum err add_loader(struct session *s, struct media_files *f, const char *path,
                           struct error *e)
{
    struct bytes file;
    struct pe pe;

    TRY(session_read(s, path, LOADER_MAX, &file, e));
    if (pe_parse(file, &pe, e) != OK)
        return within(e, "%s", path);
    if (!name_of(&pe) || pe.subsystem != PE_APPLICATION)
        return fail(e, ERR_UNSUPPORTED, "%s: is no EFI application for x86-64 or AArch64", path);
    TRY(take_seal(f, path, file, &pe, e));
    if (add(s, f, "EFI/BOOT/", name_of(&pe), "", file, e) != OK)
        return within(e, "%s", path);
    return OK;
}

static enum err add_loaders(struct session *s, struct media_files *f, struct error *e)
{
    const struct argument_list *efi = &s->arguments.efi;

    if (!efi->count) {
        char own[BESIDE_MAX];

        TRY(beside_loader(own, e));
        return add_loader(s, f, own, e);
    }
    for (size_t i = 0; i < efi->count; i++)
        TRY(add_loader(s, f, efi->at[i], e));
    return OK;
}

/* ---- Settings -------------------------------------------------------------------------------- */

static enum err read_settings(struct session *s, const char *path, struct config_source *out,
                              struct error *e)
{
    *out = (struct config_source){.where = path, .unit = "line"};
    return session_read(s, path, GATHER_FILE_MAX, &out->text, e);
}

/* ID=FILE.  Under another name than firmware makes of what it knows the file would never be found. */
static enum err split_machine(struct session *s, const char *option, const char **id,
                              const char **path, struct error *e)
{
    const char *equals = strchr(option, '=');

    if (!equals || equals == option || !equals[1])
        return fail(e, ERR_SETTING, "--machine %s: it must be ID=FILE", option);
    TRY(arena_text(&s->memory.package, option, (size_t)(equals - option), id, e));
    *path = equals + 1;
    if (strlen(*id) > ID_MAX)
        return fail(e, ERR_TOO_BIG, "--machine %s: the ID has more than %zu bytes", option, ID_MAX);
    for (const char *c = *id; *c; c++)
        if (facts_letter(*c, false) != *c)
            return fail(e, ERR_SETTING,
                        "--machine %s: in an ID write - between the bytes of an address, and _ for "
                        "whatever else is neither letter, digit, ., - nor _",
                        option);
    return OK;
}

/* As the machine will read them: its own behind those for all. */
static enum err add_machine(struct session *s, struct media_files *f, struct config_source *sources,
                            size_t count, const char *option, struct error *e)
{
    static struct config config;
    const char *id, *path;

    TRY(split_machine(s, option, &id, &path, e));
    TRY(read_settings(s, path, &sources[count], e));
    struct arena scratch = s->memory.package;
    TRY(config_read(f->policy, sources, count + 1, &scratch, &config, e));
    return add(s, f, FOLDER "machines/", id, ".conf", sources[count].text, e);
}

static enum err add_settings(struct session *s, struct media_files *f, struct error *e)
{
    const struct arguments *a = &s->arguments;
    struct config_source sources[2];
    size_t count = 0;

    if (a->conf.count) {
        TRY(read_settings(s, a->conf.at[0], &sources[count++], e));
        TRY(add(s, f, FOLDER, "ovfboot.conf", "", sources[0].text, e));
    }
    TRY(config_read(f->policy, sources, count, &s->memory.package, &s->config, e));
    for (size_t i = 0; i < a->machines.count; i++)
        TRY(add_machine(s, f, sources, count, a->machines.at[i], e));
    return OK;
}

/* ---- Trust ----------------------------------------------------------------------------------- */

static enum err add_trust(struct session *s, struct media_files *f,
                          const struct argument_list *files, const char *folder, struct error *e)
{
    struct arena scratch = s->memory.work;
    struct trust trust = {0};
    struct bytes file;

    for (size_t i = 0; i < files->count; i++) {
        const char *name = file_base_name(files->at[i]);
        TRY(session_read(s, files->at[i], TRUST_FILE_MAX, &file, e));
        TRY(trust_add(&trust, files->at[i], file, &scratch, e));
        if (name[0] == '.')
            return fail(e, ERR_SETTING, "%s: a file whose name begins with . is not looked at",
                        files->at[i]);
        TRY(add(s, f, folder, name, "", file, e));
    }
    return OK;
}

/* ---------------------------------------------------------------------------------------------- */

enum err media_files_read(struct session *s, struct media_files *out, struct error *e)
{
    *out = (struct media_files){0};
    TRY(add_loaders(s, out, e));
    TRY(add_settings(s, out, e));
    TRY(add_trust(s, out, &s->arguments.trust, FOLDER "trust/", e));
    return add_trust(s, out, &s->arguments.https_trust, FOLDER "https/", e);
}
