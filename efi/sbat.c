/* The section .sbat: which generation of ovfboot this is, so that shim can be told to refuse those
 * with a known hole.  The second field is the generation: it is raised with every such hole.
 *
 * Spec: the shim project, "SBAT.md". */
#define SBAT                                                                                       \
    "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"                \
    "ovfboot,1,ovfboot,ovfboot," OVFBOOT_VERSION ",README.md\n"

/* Without the NUL, which is not part of the text. */
__attribute__((section(".sbat"), used)) static const char sbat[sizeof(SBAT) - 1] = SBAT;
