// SPDX-License-Identifier: GPL-2.0-or-later
// Row 52: files of the tree mapped into memory, as data, as a string that is a
// path, as a library. Arguments: VIRTUAL_DIR LOCAL_DIR; both hold
// bin/liborigin_library.so, large (1 MiB or so), and name, whose text is the
// path of f in LOCAL_DIR with a NUL at its end.
#include <dlfcn.h>
#include <sys/mman.h>

#include "check.h"

static void* map(const char* path, int flags, size_t* size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) give_up("open %s: %m", path);
  *size = (size_t)status.st_size;
  void* at = mmap(NULL, *size, PROT_READ, flags, fd, 0);
  close(fd);
  if (at == MAP_FAILED) give_up("mmap %s: %m", path);
  return at;
}

static void bytes(const char* tree, const char* local) {
  const int kinds[] = {MAP_PRIVATE, MAP_SHARED, MAP_PRIVATE | MAP_POPULATE};
  size_t size = 0;
  size_t wanted = 0;
  void* want = map(join(local, "large"), MAP_PRIVATE, &wanted);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
    void* got = map(join(tree, "large"), kinds[i], &size);
    CHECK(size == wanted && memcmp(got, want, size) == 0,
          "%s/large: %zu bytes, not the %zu", tree, size, wanted);
    munmap(got, size);
  }
  munmap(want, wanted);
}

/// The tracer has to read a path that lies in a page which only the file
/// system can fill.
static void path_in_mapping(const char* tree) {
  size_t size = 0;
  char* name = map(join(tree, "name"), MAP_PRIVATE, &size);
  CHECK(holds_name(AT_FDCWD, name, "f"), "path in %s/name: %.*s", tree,
        (int)size, name);
  munmap(name, size);
  name = map(join(tree, "name"), MAP_SHARED, &size);
  struct stat status;
  WANT(raw(SYS_stat, name, &status), 0);
  munmap(name, size);
}

static void library(const char* tree) {
  char* path = join(tree, "bin/liborigin_library.so");
  void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!CHECK(handle != NULL, "%s", dlerror())) return;
  int (*answer)(void) = NULL;
  *(void**)&answer = dlsym(handle, "origin_answer");
  CHECK(answer != NULL && answer() == 42, "%s gives no 42", path);
  Dl_info info;
  CHECK(answer != NULL && dladdr(*(void**)&answer, &info) != 0 &&
            strcmp(info.dli_fname, path) == 0,
        "its name is not %s", path);
  dlclose(handle);
}

int main(int argc, char** argv) {
  const char* trees[2] = {argument(argc, argv, 1, "virtual directory"),
                          argument(argc, argv, 2, "local directory")};
  for (int i = 0; i < 2; ++i) {
    path_in_mapping(trees[i]);
    bytes(trees[i], trees[1]);
    library(trees[i]);
  }
  return check_end();
}
