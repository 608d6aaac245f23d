/* What was sealed into our own image: read-only sections that firmware loaded with the rest, and
 * that its signature covers. */
#include "efi/firmware.h"
#include "loader/port.h"
#include "parsers/pe.h"

static enum err find(const struct pe *pe, struct bytes image, const char *name, struct bytes *out,
                     struct error *e)
{
    struct pe_section section;

    *out = (struct bytes){(const uint8_t *)"", 0};
    if (!pe_find(pe, name, &section))
        return OK;
    if ((section.characteristics & PE_WRITE) || !pe_loaded_bytes(image, &section, out))
        return fail(e, ERR_DAMAGED, "the section %s of the loader is not as ovfboot seal makes it",
                    name);
    return OK;
}

enum err port_sealed(struct bytes *anchors, struct bytes *policy, struct error *e)
{
    struct bytes image = {firmware.self->ImageBase, (size_t)firmware.self->ImageSize};
    struct pe pe;

    TRY(pe_parse(image, &pe, e));
    TRY(find(&pe, image, PE_TRUST, anchors, e));
    return find(&pe, image, PE_POLICY, policy, e);
}
