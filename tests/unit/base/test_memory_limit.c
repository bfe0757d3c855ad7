/* The limits of control groups, in a folder that stands in for the system's. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory_limit.h"

static char root[] = "/tmp/memory-limit-XXXXXX";

static void set_up(void)
{
    cr_assert_not_null(mkdtemp(root));
}

static void tear_down(void)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", root);
    cr_assert_eq(system(command), 0);
}

TestSuite(memory_limit, .init = set_up, .fini = tear_down);

static void write_file(const char *path, const char *text)
{
    char whole[256];
    int size = snprintf(whole, sizeof whole, "%s%s", root, path);
    cr_assert_lt(size, (int)sizeof whole);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    cr_assert_not_null(file, "%s", whole);
    (void)fputs(text, file);
    (void)fclose(file);
}

Test(memory_limit, none_without_control_groups)
{
    cr_expect_eq(memory_limit_read(root), 0);
    write_file("/proc/self/cgroup", "nonsense\n0\n7:memory\n");
    cr_expect_eq(memory_limit_read(root), 0);
}

Test(memory_limit, of_version_2)
{
    write_file("/proc/self/cgroup", "0::/pod/box\n");
    write_file("/sys/fs/cgroup/pod/box/memory.max", "max\n");
    cr_expect_eq(memory_limit_read(root), 0);
    write_file("/sys/fs/cgroup/pod/memory.max", "37748736\n");
    cr_expect_eq(memory_limit_read(root), MIB(36), "of the group around it");
    write_file("/sys/fs/cgroup/pod/box/memory.max", "33554432\n");
    cr_expect_eq(memory_limit_read(root), MIB(32), "the least one");
}

Test(memory_limit, of_a_container_that_sees_its_own_group_alone)
{
    write_file("/proc/self/cgroup", "0::/\n");
    write_file("/sys/fs/cgroup/memory.max", "37748736\n");
    cr_expect_eq(memory_limit_read(root), MIB(36));
    write_file("/proc/self/cgroup", "0::/kubepods/of/the/host\n");
    cr_expect_eq(memory_limit_read(root), MIB(36));
}

Test(memory_limit, of_version_1)
{
    write_file("/proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/pod\n0::/\n");
    write_file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    cr_expect_eq(memory_limit_read(root), 0, "the kernel's word for none");
    write_file("/sys/fs/cgroup/memory/pod/memory.limit_in_bytes", "37748736\n");
    cr_expect_eq(memory_limit_read(root), MIB(36));
}

Test(memory_limit, what_is_no_number_is_none)
{
    write_file("/proc/self/cgroup", "0::/\n");
    const char *const texts[] = {"", "\n", "0\n", "-1\n", "12x\n", "99999999999999999999999\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file("/sys/fs/cgroup/memory.max", texts[i]);
        cr_expect_eq(memory_limit_read(root), 0, "%s", texts[i]);
    }
}
