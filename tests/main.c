/* Runs the unit tests; ends with "N passed, N failed, N skipped".  With --names, "ok NAME" for those that passed. */
#include <stdio.h>
#include <string.h>

#include "tests/test.h"

static struct test *first;
static struct test **last = &first;
static int failures;     /* CHECKs that failed in the running test */
static const char *skip; /* why the running test cannot run here */

void test_register(struct test *t)
{
    *last = t;
    last = &t->next;
}

void test_failed(const char *file, int line, const char *what)
{
    printf("%s:%d: %s\n", file, line, what);
    failures++;
}

void test_skip(const char *why)
{
    skip = why;
}

void test_text(const char *file, int line, const char *is, const char *wanted)
{
    if (is && strcmp(is, wanted) == 0)
        return;
    printf("%s:%d: is \"%s\", wanted \"%s\"\n", file, line, is ? is : "(NULL)", wanted);
    failures++;
}

void test_holds(const char *file, int line, const char *text, const char *part)
{
    if (strstr(text, part))
        return;
    printf("%s:%d: \"%s\" does not hold \"%s\"\n", file, line, text, part);
    failures++;
}

static bool chosen(const struct test *t, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strstr(t->name, argv[i]))
            return true;
    return argc == 0;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0, skipped = 0;
    bool names = argc > 1 && strcmp(argv[1], "--names") == 0;

    argc -= 1 + names;
    argv += 1 + names;
    for (struct test *t = first; t; t = t->next) {
        if (!chosen(t, argc, argv))
            continue;
        failures = 0;
        skip = NULL;
        t->run();
        if (failures) {
            printf("not ok %s\n", t->name);
            failed++;
        } else if (skip) {
            printf("skipped %s: %s\n", t->name, skip);
            skipped++;
        } else {
            if (names)
                printf("ok %s\n", t->name);
            passed++;
        }
        fflush(stdout);
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed != 0;
}
