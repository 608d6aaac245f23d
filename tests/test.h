/* tests/test.h - the framework: a test is a claim, a CHECK that fails is said once and counted.
 *
 *     TEST(a_full_arena_is_an_error)
 *     {
 *         CHECK(arena_take(...) == ERR_NO_MEMORY);
 *     }
 *
 * Tests register themselves; tests/main.c runs them all, or those whose name holds an argument.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <stdbool.h>
#include <stddef.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *t);
void test_failed(const char *file, int line, const char *what);

/* Say that this test cannot run here, and why; the test then returns. */
void test_skip(const char *why);

/* Says so, with the texts, when they differ. */
void test_text(const char *file, int line, const char *is, const char *wanted);

/* Says so when text does not hold part: for messages. */
void test_holds(const char *file, int line, const char *text, const char *part);

#define TEST(claim)                                                                                \
    static void claim(void);                                                                       \
    __attribute__((constructor)) static void claim##_register(void)                                \
    {                                                                                              \
        static struct test t = {#claim, claim, NULL};                                              \
        test_register(&t);                                                                         \
    }                                                                                              \
    static void claim(void)

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            test_failed(__FILE__, __LINE__, #condition);                                           \
    } while (0)

/* Like CHECK, and gives up on the test: what follows would only crash. */
#define NEED(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            test_failed(__FILE__, __LINE__, #condition);                                           \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#define CHECK_TEXT(is, wanted)  test_text(__FILE__, __LINE__, (is), (wanted))
#define CHECK_HOLDS(text, part) test_holds(__FILE__, __LINE__, (text), (part))

#endif
