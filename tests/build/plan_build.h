/* tests/build/plan_build.h - packages of a descriptor and small files, and plans of them up to their
 * disks.
 *
 *     plan_build_begin(&b, "<VirtualSystem ovf:id='vm'>...</VirtualSystem>");
 *     NEED(plan_build_choose(&b, "system = vm\n") == OK);
 *     ... b.plan ...
 */
#ifndef TESTS_BUILD_PLAN_BUILD_H
#define TESTS_BUILD_PLAN_BUILD_H

#include "loader/plan.h"
#include "tests/fake_port.h"

/* Pieces of a descriptor. */
#define SYSTEM(id, sections) "<VirtualSystem ovf:id='" id "'><Info/>" sections "</VirtualSystem>"
#define COLLECTION(id, sections)                                                                   \
    "<VirtualSystemCollection ovf:id='" id "'><Info/>" sections "</VirtualSystemCollection>"
#define OPTIONS(options) "<DeploymentOptionSection><Info/>" options "</DeploymentOptionSection>"
#define OPTION(id, more, label)                                                                    \
    "<Configuration ovf:id='" id "' " more "><Label>" label "</Label><Description/></"             \
    "Configuration>"
#define PRODUCT(more, properties) "<ProductSection " more "><Info/>" properties "</ProductSection>"
#define PROPERTY(key, more)       "<Property ovf:key='" key "' ovf:type='string' " more "/>"
#define OPEN                      "ovf:userConfigurable='true'"
#define HARDWARE(items)           "<VirtualHardwareSection><Info/>" items "</VirtualHardwareSection>"
#define ITEM(attributes, id, type, more)                                                           \
    "<Item " attributes "><rasd:InstanceID>" id "</rasd:InstanceID>"                               \
    "<rasd:ResourceType>" type "</rasd:ResourceType>" more "</Item>"

#define PLAN_BUILD_FILES_MAX 6

struct plan_build {
    char descriptor[32768];
    char manifest[2048];
    struct fake_file files[PLAN_BUILD_FILES_MAX]; /* box.ovf first */
    struct fake_folder folder;
    const char *sealed; /* policy in the loader; NULL: none */
    struct package package;
    struct config config;
    struct plan plan;
    struct arena arena, work; /* one memory for all */
    struct error error;
};

/* Begin a package of box.ovf, an Envelope with that in it; its prefixes are ovf, rasd, vmw, vbox.  It
 * refers to the files "text" (text.txt), "strings" (strings.xml) and "outside" (../outside.txt), there
 * or not, and to "packed" (text.gz), "zipped" (text.zip), "cut" (text.txt in chunks of a byte) and
 * "sized" (text.txt with 4 bytes). */
void plan_build_begin(struct plan_build *b, const char *content);

/* Put one more file beside it; the text is borrowed. */
void plan_build_file(struct plan_build *b, const char *name, const char *text);

/* And a manifest of all so far, last, in which the file called wrong has another's digest. */
void plan_build_manifest(struct plan_build *b, const char *wrong);

/* Read the settings and open the plan.  A package without a manifest is taken as it is. */
enum err plan_build_open(struct plan_build *b, const char *settings) MUST_CHECK;

/* And choose system and option. */
enum err plan_build_choose(struct plan_build *b, const char *settings) MUST_CHECK;

#endif
