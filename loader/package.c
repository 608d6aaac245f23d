#include "loader/package.h"

#include <string.h>

#include "base/stream.h"
#include "base/text.h"
#include "parsers/url.h"

#define HREF_MAX 1024 /* bytes of an href; docs/limits.md */

const char *package_base_name(const char *path)
{
    const char *base = path;

    for (const char *p = path; *p; p++)
        if (*p == '/' || *p == '\\')
            base = p + 1;
    return base;
}

static enum err set_directory(struct package *p, struct arena *a, struct error *e)
{
    size_t len = (size_t)(package_base_name(p->descriptor) - p->descriptor);

    return arena_text(a, p->descriptor, len, &p->directory, e);
}

/* "appliance.ovf" and ".mf": "appliance.mf". */
static enum err sibling(const struct package *p, const char *ending, struct arena *a,
                        const char **out, struct error *e)
{
    size_t stem = strlen(p->descriptor) - strlen(".ovf");
    char *name;

    TRY(arena_take(a, stem + strlen(ending) + 1, 1, 1, (void **)&name, e));
    memcpy(name, p->descriptor, stem);
    memcpy(name + stem, ending, strlen(ending));
    *out = name;
    return OK;
}

/* The archive's member with the descriptor's stem and that ending, without regard to case. */
static const char *member_sibling(const struct package *p, const char *ending)
{
    size_t stem = strlen(p->descriptor) - strlen(".ovf");

    for (size_t i = 0; i < p->archive.count; i++) {
        const char *name = p->archive.members[i].name;
        if (strlen(name) == stem + strlen(ending) && text_ends(name, ending) &&
            memcmp(name, p->descriptor, stem) == 0)
            return name;
    }
    return NULL;
}

/* Tar on macOS stores "._name" beside "name"; its bytes are Finder's, not the package's. */
static bool is_descriptor(const char *name)
{
    const char *base = package_base_name(name);

    return text_ends(base, ".ovf") && strncmp(base, "._", 2) != 0;
}

enum err package_open_archive(struct package *p, struct source *file, struct arena *a,
                              struct error *e)
{
    *p = (struct package){.name = file->name};
    if (archive_open(&p->archive, file, a, e) != OK)
        return within(e, "%s", p->name);
    p->folder = &p->archive.folder;
    for (size_t i = 0; i < p->archive.count; i++) {
        const char *name = p->archive.members[i].name;
        if (!is_descriptor(name))
            continue;
        if (p->descriptor)
            return fail(e, ERR_DAMAGED, "%s: holds two descriptors, %s and %s", p->name,
                        p->descriptor, name);
        p->descriptor = name;
    }
    if (!p->descriptor)
        return fail(e, ERR_NOT_FOUND, "%s: holds no .ovf descriptor among its %zu files", p->name,
                    p->archive.count);
    p->manifest = member_sibling(p, ".mf");
    p->certificate = member_sibling(p, ".cert");
    return set_directory(p, a, e);
}

static enum err folder_sibling(struct package *p, const char *ending, struct arena *a,
                               const char **out, struct error *e)
{
    struct source *found;
    const char *name;

    TRY(sibling(p, ending, a, &name, e));
    enum err err = p->folder->ops->open(p->folder, name, a, &found, e);
    if (err != OK && err != ERR_NOT_FOUND)
        return within(e, "%s", p->name);
    *out = err == OK ? name : NULL;
    return OK;
}

enum err package_open_folder(struct package *p, struct folder *folder, const char *descriptor,
                             struct arena *a, struct error *e)
{
    *p = (struct package){.name = descriptor, .folder = folder, .descriptor = descriptor};
    TRY(set_directory(p, a, e));
    TRY(folder_sibling(p, ".mf", a, &p->manifest, e));
    return folder_sibling(p, ".cert", a, &p->certificate, e);
}

/* What is wrong with an href, in words; NULL when it stays inside the package. */
static const char *href_fault(const char *href)
{
    if (!*href)
        return "is empty";
    if (strstr(href, "://"))
        return "is a URL; only files inside the package can be used";
    if (href[0] == '/' || strchr(href, '\\') || (href[0] && href[1] == ':'))
        return "is an absolute path; only files inside the package can be used";
    for (const char *part = href; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2]))
            return "leaves the package";
    }
    return NULL;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* False when there is nothing to decode, or an escape is not one (RFC 3986, 2.1). */
static bool percent_decode(const char *href, char out[HREF_MAX])
{
    size_t n = 0;
    bool changed = false;

    for (const char *p = href; *p; p++) {
        char c = *p;
        if (c == '%') {
            int high = hex_value(p[1]);
            int low = high < 0 ? -1 : hex_value(p[2]);
            if (low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high << 4 | low);
            p += 2;
            changed = true;
        }
        if (n + 1 >= HREF_MAX)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return changed;
}

static enum err open_in_directory(struct package *p, const char *href, struct arena *a,
                                  struct source **out, struct error *e)
{
    char path[HREF_MAX];
    size_t directory = strlen(p->directory);
    size_t len = strlen(href);

    if (len >= sizeof(path) || directory >= sizeof(path) - len)
        return fail(e, ERR_TOO_BIG, "a file name has %zu bytes; the limit is %zu", directory + len,
                    sizeof(path) - 1);
    memcpy(path, p->directory, directory);
    memcpy(path + directory, href, len + 1);
    return p->folder->ops->open(p->folder, path, a, out, e);
}

enum err package_open_href(struct package *p, const char *href, struct arena *a,
                           struct source **out, struct error *e)
{
    char decoded[HREF_MAX];

    while (text_starts(href, "./"))
        href += 2;
    bool is_url = p->takes_urls && url_is(href);
    const char *fault = is_url ? NULL : href_fault(href);
    if (fault)
        return fail(e, ERR_UNSUPPORTED, "%s: the file reference %s %s", p->name, href, fault);
    enum err err = is_url ? p->folder->ops->open(p->folder, href, a, out, e)
                          : open_in_directory(p, href, a, out, e);
    if (err == ERR_NOT_FOUND && !is_url && percent_decode(href, decoded) && !href_fault(decoded))
        err = open_in_directory(p, decoded, a, out, e);
    if (err == ERR_NOT_FOUND)
        return fail(e, ERR_NOT_FOUND, "%s: the descriptor names %s, which is not in the package",
                    p->name, href);
    return err == OK ? OK : within(e, "%s", p->name);
}

enum err package_read(struct package *p, const char *file, size_t limit, struct arena *a,
                      struct bytes *out, struct error *e)
{
    struct source *source;
    uint8_t *bytes;

    if (p->folder->ops->open(p->folder, file, a, &source, e) != OK)
        return within(e, "%s", p->name);
    if (source->size > limit)
        return fail(e, ERR_TOO_BIG, "%s: %s: has %llu bytes; the limit is %zu", p->name, file,
                    (unsigned long long)source->size, limit);
    size_t size = (size_t)source->size;
    TRY(arena_take(a, size, 1, 8, (void **)&bytes, e));
    for (size_t at = 0; at < size; at += READ_MAX) {
        size_t piece = size - at < READ_MAX ? size - at : READ_MAX;
        if (source_read(source, at, bytes + at, piece, e) != OK)
            return within(e, "%s", p->name);
    }
    *out = (struct bytes){bytes, size};
    return OK;
}

enum err package_within(const struct package *p, struct error *e)
{
    if (strcmp(p->name, p->descriptor) != 0)
        within(e, "%s", p->descriptor);
    return within(e, "%s", p->name);
}
