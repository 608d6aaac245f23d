#include "loader/witness.h"

#include <string.h>

#include "tests/fake_port.h"
#include "tests/test.h"

static const uint8_t package[WITNESS_PACKAGE] = {1, 2, 3}, other[WITNESS_PACKAGE] = {1, 2, 4};
static struct error error;

static bool agrees(const uint8_t of[WITNESS_PACKAGE], const char *serial, const char *path)
{
    struct found_disk disk = {.serial = serial, .path = path};
    bool out = true;

    CHECK(witness_agrees(of, &disk, &out, &error) == OK);
    return out;
}

TEST(the_firmware_remembers_package_and_disk)
{
    struct found_disk disk = {.serial = "S1", .path = "P1"};

    fake_port_reset();
    CHECK(!agrees(package, "S1", "P1"));
    NEED(witness_leave(package, &disk, &error) == OK);
    CHECK(agrees(package, "S1", "P1") && agrees(package, "S1", "moved"));
    CHECK(!agrees(other, "S1", "P1") && !agrees(package, "S2", "P1"));
    NEED(witness_leave(package, &disk, &error) == OK);
    fake_port.remembered[0].bytes[31] ^= 1;
    CHECK(!agrees(package, "S1", "P1"));
    fake_port.remembered[0].bytes[31] ^= 1;
    witness_forget(package, &disk);
    CHECK(!agrees(package, "S1", "P1"));
    witness_forget(package, &disk);
}

TEST(a_disk_without_a_serial_number_is_known_by_its_place)
{
    struct found_disk disk = {.serial = "", .path = "P1"};

    fake_port_reset();
    NEED(witness_leave(package, &disk, &error) == OK);
    CHECK(agrees(package, "", "P1") && !agrees(package, "", "P2"));
}

TEST(a_firmware_that_has_no_room_says_so)
{
    struct found_disk disk = {.serial = "S1", .path = "P1"};

    fake_port_reset();
    fake_port.remembers_nothing = true;
    CHECK(witness_leave(package, &disk, &error) == ERR_NO_ROOM);
}
