#include <stdio.h>
#include <string.h>

#include "parsers/ovf.h"
#include "tests/test.h"

#define OVF_1 "http://schemas.dmtf.org/ovf/envelope/1"
#define OVF_2 "http://schemas.dmtf.org/ovf/envelope/2"

static uint8_t memory[2][1 << 20];
static struct error error;
static struct ovf ovf;

/* A 1.x envelope that holds sections of 2.x, as VMware's do. */
static enum err parse(const char *sections, const char *inside)
{
    static char text[4096];
    struct arena a, scratch;

    snprintf(text, sizeof(text),
             "<Envelope xmlns='" OVF_1 "' xmlns:ovf='" OVF_1 "' xmlns:ovf2='" OVF_2 "'>"
             "<References/>%s<VirtualSystem ovf:id='vm'>%s</VirtualSystem></Envelope>",
             sections, inside);
    arena_init(&a, memory[0], sizeof(memory[0]), "a test");
    arena_init(&scratch, memory[1], sizeof(memory[1]), "a test's scratch");
    return ovf_parse((struct bytes){(const uint8_t *)text, strlen(text)}, &a, scratch, &ovf,
                     &error);
}

TEST(how_many_copies_of_a_system_run_depends_on_the_option)
{
    NEED(parse("", "<ovf2:ScaleOutSection ovf2:id='vm'><Info/>"
                   "<ovf2:InstanceCount ovf2:default='4' ovf2:minimum='2'/>"
                   "<ovf2:InstanceCount ovf2:default='1' ovf2:maximum='3'"
                   " ovf2:configuration='small tiny'/></ovf2:ScaleOutSection>") == OK);
    const struct ovf_system *s = &ovf.systems[0];
    NEED(s->scale_count == 2);
    CHECK(ovf_find_scale(s, NULL) == &s->scales[0] && ovf_find_scale(s, "big") == &s->scales[0]);
    CHECK(ovf_find_scale(s, "tiny") == &s->scales[1]);
    CHECK(s->scales[0].least == 2 && s->scales[0].usual == 4 && s->scales[0].most == UINT32_MAX);
    CHECK(s->scales[1].least == 1 && s->scales[1].usual == 1 && s->scales[1].most == 3);
    NEED(parse("", "<ScaleOutSection/>") == OK);
    CHECK(!ovf_find_scale(&ovf.systems[0], NULL));
    CHECK(parse("", "<ScaleOutSection><InstanceCount minimum='few'/></ScaleOutSection>") ==
          ERR_DAMAGED);
    CHECK_HOLDS(error.text, "minimum few is not a number");
}

TEST(a_system_is_in_a_placement_group_of_the_envelope)
{
    const char *const group =
        "<ovf2:PlacementGroupSection ovf2:id='g' ovf2:policy='availability'><Info/>"
        "<Description>apart</Description></ovf2:PlacementGroupSection>";

    NEED(parse(group, "<ovf2:PlacementSection ovf2:group='g'/>") == OK);
    NEED(ovf.placement_group_count == 1 && ovf.skipped_count == 0);
    const struct ovf_placement_group *found =
        ovf_find_placement_group(&ovf, ovf.systems[0].placement_group);
    NEED(found == &ovf.placement_groups[0]);
    CHECK_TEXT(found->policy, "availability");
    CHECK_TEXT(found->description.text, "apart");
    CHECK(!ovf_find_placement_group(&ovf, "h") && !ovf_find_placement_group(&ovf, ""));
    CHECK(parse("", group) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, "PlacementGroupSection does not belong in VirtualSystem");
}
