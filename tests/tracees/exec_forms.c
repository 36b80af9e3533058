// SPDX-License-Identifier: GPL-2.0-or-later
// Rows 29, 32: every way to execute a file of the tree, and executions that
// fail and leave the program as it was. Arguments: VIRTUAL_DIR LOCAL_DIR; both
// hold this program as bin/exec_forms and a text file f. Itself: --exit N.
#include <sys/wait.h>

#include "registers.h"

static char* environment[] = {"VFSRUN_TEST=1", NULL};
static char* command[] = {"name", "--exit", "7", NULL};

enum how { EXECVE, AT_PATH, AT_DIR, AT_EMPTY, AT_EMPTY_OPATH, FEXECVE, SEARCH };

static long execute(enum how how, const char* tree) {
  char* path = join(tree, "bin/exec_forms");
  char* dir = join(tree, "bin");
  switch (how) {
    case EXECVE:
      return raw(SYS_execve, path, command, environment);
    case AT_PATH:
      return raw(SYS_execveat, AT_FDCWD, path, command, environment, 0);
    case AT_DIR: {
      int fd = open(dir, O_PATH | O_CLOEXEC);
      return raw(SYS_execveat, fd, "exec_forms", command, environment, 0);
    }
    case AT_EMPTY: {
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      return raw(SYS_execveat, fd, "", command, environment, AT_EMPTY_PATH);
    }
    case AT_EMPTY_OPATH: {
      int fd = open(path, O_PATH | O_CLOEXEC);
      return raw(SYS_execveat, fd, "", command, environment, AT_EMPTY_PATH);
    }
    case FEXECVE: {
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      return fexecve(fd, command, environment);
    }
    case SEARCH: {
      char* search = NULL;
      if (asprintf(&search, "/nowhere:%s:/usr/bin", dir) < 0) return -ENOMEM;
      setenv("PATH", search, 1);
      execvp("exec_forms", command);
      return -errno;
    }
  }
  return -EINVAL;
}

static void run(enum how how, const char* tree) {
  pid_t child = fork();
  if (child == 0) {
    long got = execute(how, tree);
    fprintf(stderr, "exec returned %ld (%s)\n", got, error_text(got));
    _exit(99);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child, "waitpid: %m");
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7,
        "form %d in %s: status %#x", how, tree, (unsigned)status);
}

static void failing(const char* tree, const char* local) {
  char* gone = join(tree, "gone");
  char* text = join(tree, "f");
  char* beyond = join(text, "x");
  char* no_list[] = {NULL};
  const char* file = join(local, "f");
  // A page with no rights in the middle of the argument list.
  char** bad = (char**)8;

  const struct {
    const char* name;
    long arguments[3], want;
  } calls[] = {
      {"not there", {(long)gone, (long)command, (long)environment}, -ENOENT},
      {"below a file",
       {(long)beyond, (long)command, (long)environment},
       -ENOTDIR},
      {"a directory", {(long)tree, (long)command, (long)environment}, -EACCES},
      {"no program",
       {(long)text, (long)command, (long)environment},
       access(text, X_OK) == 0 ? -ENOEXEC : -EACCES},
      {"bad list", {(long)join(tree, "bin/exec_forms"), (long)bad, 0}, -EFAULT},
      {"bad environment",
       {(long)join(tree, "bin/exec_forms"), (long)no_list, (long)bad},
       -EFAULT},
  };

  for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i) {
    const long all[6] = {calls[i].arguments[0], calls[i].arguments[1],
                         calls[i].arguments[2]};
    struct registers in = known_registers(SYS_execve, all);
    struct registers out;
    memset(&out, 0, sizeof out);
    recorded_call_twice(&in, &out);
    check_registers(calls[i].name, &in, &out);
    CHECK(out.first_result == calls[i].want && out.rax == calls[i].want,
          "%s in %s: %s, then %s, not %s", calls[i].name, tree,
          error_text(out.first_result), error_text(out.rax),
          error_text(calls[i].want));
    // The program goes on as before, with both kinds of paths.
    CHECK(holds_name(AT_FDCWD, text, "f"), "%s afterwards", text);
    CHECK(holds_name(AT_FDCWD, file, "f"), "%s afterwards", file);
  }
}

/// Fails in a child first, then executes: the failure must leave no trace.
static void failing_then_fine(const char* tree) {
  pid_t child = fork();
  if (child == 0) {
    char* gone = join(tree, "gone");
    for (int i = 0; i < 20; ++i) raw(SYS_execve, gone, command, environment);
    execute(EXECVE, tree);
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status %#x",
        (unsigned)status);
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "--exit") == 0) {
    const char* mark = getenv("VFSRUN_TEST");
    bool searched = mark == NULL && getenv("PATH") != NULL;
    return searched || (mark != NULL && *mark == '1') ? atoi(argv[2]) : 98;
  }
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  for (int how = EXECVE; how <= SEARCH; ++how) {
    run((enum how)how, local_dir);
    run((enum how)how, virtual_dir);
  }
  failing(local_dir, local_dir);
  failing(virtual_dir, local_dir);
  failing_then_fine(local_dir);
  failing_then_fine(virtual_dir);
  return check_end();
}
