#include "crypto/tls_peer.h"

#include <string.h>

#include "tests/test.h"

static bool is(const char *name, const char *host)
{
    return tls_peer_name_is((struct bytes){(const uint8_t *)name, strlen(name)}, host);
}

TEST(tls_peer_names_stand_for_themselves)
{
    CHECK(is("example.org", "example.org") && is("EXAMPLE.org", "example.ORG"));
    CHECK(is("localhost", "localhost"));
    CHECK(!is("example.org", "example.or") && !is("example.or", "example.org"));
    CHECK(!is("example.org", "a.example.org") && !is("", "example.org") && !is("", ""));
    CHECK(!is("example.org.", "example.org"));
    CHECK(!tls_peer_name_is((struct bytes){(const uint8_t *)"a.b\0.c", 6}, "a.b"));
}

TEST(tls_peer_stars_stand_for_one_whole_label)
{
    CHECK(is("*.example.org", "a.example.org") && is("*.EXAMPLE.org", "b.example.org"));
    CHECK(!is("*.example.org", "example.org") && !is("*.example.org", "a.b.example.org"));
    CHECK(!is("*.example.org", ".example.org"));
    CHECK(!is("*", "localhost") && !is("*.org", "example.org") && !is("*.", "a."));
    CHECK(!is("a*.example.org", "ab.example.org") && !is("*a.example.org", "ba.example.org"));
    CHECK(!is("a.*.org", "a.example.org") && !is("**.example.org", "a.example.org"));
}
