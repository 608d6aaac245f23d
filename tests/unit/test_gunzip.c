/* disks/gunzip.c, beside libdeflate, which packs; the other half is tests/tools/test_forms.py. */
#include "disks/gunzip.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake_source.h"
#include "tests/test.h"

#define SIZE (9u << 20)

static uint8_t memory[16 << 20], plain[SIZE], packed[2 * SIZE], to[SIZE];
static size_t packed_len;
static struct fake_source file;
static struct gunzip *g;
static struct error error;
static struct arena arena;

static void pack(size_t from, size_t len)
{
    struct libdeflate_compressor *c;

    libdeflate_set_memory_allocator(malloc, free); /* what is tested has another */
    c = libdeflate_alloc_compressor(1);

    packed_len += libdeflate_gzip_compress(c, plain + from, len, packed + packed_len,
                                           sizeof(packed) - packed_len);
    libdeflate_free_compressor(c);
}

/* Noise between repetitions, so that blocks are many. */
static void fill(void)
{
    uint32_t x = 1;

    for (size_t i = 0; i < SIZE; i++)
        plain[i] =
            (i >> 12) % 3 ? (uint8_t)((x = x * 1664525 + 1013904223) >> 24) : (uint8_t)(i >> 9);
    packed_len = 0;
}

static enum err index_it(uint64_t apart)
{
    bool done = false;

    arena_init(&arena, memory, sizeof(memory), "a test");
    fake_source_init(&file, "disk.gz", (struct bytes){packed, packed_len});
    TRY(gunzip_open(&file.source, &arena, &g, &error));
    g->apart = apart;
    while (!done)
        TRY(gunzip_index(g, &done, &error));
    return OK;
}

static bool reads(uint64_t offset, size_t len)
{
    memset(to, 0, len);
    return source_read(&g->source, offset, to, len, &error) == OK &&
           !memcmp(to, plain + offset, len);
}

static void read_everywhere(void)
{
    uint32_t x = 7;

    CHECK(g->source.size == SIZE);
    CHECK(reads(0, SIZE));
    for (size_t i = 0; i < 300; i++) {
        uint64_t offset = (x = x * 1664525 + 1013904223) % SIZE;
        size_t len = (size_t)(x >> 8) % 100000;
        CHECK(reads(offset, offset + len > SIZE ? (size_t)(SIZE - offset) : len));
    }
    CHECK(reads(SIZE - 1, 1) && reads(0, 1));
}

TEST(gunzip_reads_at_any_offset)
{
    fill();
    pack(0, SIZE);
    NEED(index_it(GUNZIP_APART) == OK);
    CHECK(g->point_count == 3);
    read_everywhere();
}

TEST(gunzip_keeps_a_bounded_number_of_points_however_many_there_could_be)
{
    fill();
    pack(0, SIZE);
    NEED(index_it(40000) == OK);
    CHECK(g->point_count > GUNZIP_POINTS / 2 - 1 && g->point_count <= GUNZIP_POINTS);
    CHECK(g->apart >= 160000);
    for (size_t i = 1; i < g->point_count; i++)
        CHECK(g->points[i].out > g->points[i - 1].out);
    read_everywhere();
}

TEST(gunzip_reads_members_as_one_and_zeros_behind_them)
{
    fill();
    pack(0, 5);
    pack(5, 3000000);
    pack(3000005, SIZE - 3000005);
    memset(packed + packed_len, 0, 70000);
    packed_len += 70000;
    NEED(index_it(100000) == OK);
    read_everywhere();
}

TEST(gunzip_does_not_unpack_all_for_a_look_at_the_end)
{
    fill();
    pack(0, SIZE);
    NEED(index_it(100000) == OK);
    size_t before = file.reads;
    CHECK(reads(SIZE - 1000, 1000));
    CHECK(file.reads - before < 12);
}

TEST(gunzip_can_change_where_it_reads)
{
    struct fake_source other;

    fill();
    pack(0, SIZE);
    NEED(index_it(100000) == OK);
    CHECK(reads(5000000, 1000));
    fake_source_init(&other, "proved.gz", (struct bytes){packed, packed_len});
    gunzip_read_from(g, &other.source);
    size_t before = file.reads;
    CHECK(reads(5000000, 1000) && reads(0, 1000));
    CHECK(file.reads == before && other.reads > 0);
}

static void refuses(const char *words)
{
    CHECK(index_it(GUNZIP_APART) == ERR_DAMAGED);
    CHECK_HOLDS(error.text, words);
    CHECK_HOLDS(error.text, "disk.gz: ");
}

TEST(gunzip_refuses_what_is_damaged)
{
    fill();
    pack(0, 1000000);
    size_t whole = packed_len;
    for (size_t cut = 1; cut < whole; cut = cut * 3 + 1) {
        packed_len = cut;
        refuses("ends at byte");
    }
    packed_len = whole;
    packed[whole - 6] ^= 1; /* the CRC */
    refuses("bad compressed data");
    packed[whole - 6] ^= 1;
    packed[whole - 1] ^= 1; /* the length */
    refuses("bad compressed data");
    packed[whole - 1] ^= 1;
    packed[whole] = 'x';
    packed_len = whole + 1;
    refuses("follow what is compressed");
    memcpy(packed + whole, "\x1f\x8b\x08", 3);
    packed_len = whole + 3;
    refuses("ends at byte");
}

TEST(gunzip_knows_its_own)
{
    bool yes;

    for (size_t len = 0; len <= 2; len++) {
        fake_source_init(&file, "x", (struct bytes){(const uint8_t *)"\x1f\x8b", len});
        CHECK(gunzip_knows(&file.source, &yes, &error) == OK && yes == (len == 2));
    }
}
