// SPDX-License-Identifier: GPL-2.0-or-later
// Row 8: many threads open virtual and local files at once, each by a name in
// its own memory; every one gets the file it asked for.
// Arguments: VIRTUAL_DIR LOCAL_DIR WORK_DIR [THREADS [ROUNDS]]
#include <pthread.h>

#include "check.h"

static const char* names[] = {"f", "dir/g", "dir/sub/h"};
static const char* trees[2];
static int rounds = 100;
static pthread_barrier_t start;

static void* worker(void* argument) {
  const unsigned id = (unsigned)(uintptr_t)argument;
  char path[512];
  struct stat status;
  pthread_barrier_wait(&start);
  for (int i = 0; i < rounds; ++i) {
    const char* tree = trees[(id + (unsigned)i) % 2];
    const char* name = names[(id / 2 + (unsigned)i) % 3];
    snprintf(path, sizeof path, "%s/%s", tree, name);
    CHECK(holds_name(AT_FDCWD, path, name), "thread %u: %s", id, path);
    WANT(raw(SYS_stat, path, &status), 0);
    snprintf(path, sizeof path, "%s/gone-%u", tree, id % 4);
    WANT(raw(SYS_faccessat, AT_FDCWD, path, F_OK), -ENOENT);
  }
  return NULL;
}

int main(int argc, char** argv) {
  trees[0] = argument(argc, argv, 1, "virtual directory");
  trees[1] = argument(argc, argv, 2, "local directory");
  argument(argc, argv, 3, "work directory");
  int count = argc > 4 ? atoi(argv[4]) : 64;
  if (argc > 5) rounds = atoi(argv[5]);
  if (count < 1 || count > 1024) give_up("%d threads", count);
  pthread_t threads[1024];
  pthread_barrier_init(&start, NULL, (unsigned)count);
  for (int i = 0; i < count; ++i)
    if (pthread_create(&threads[i], NULL, worker, (void*)(uintptr_t)i) != 0)
      give_up("thread %d of %d", i, count);
  for (int i = 0; i < count; ++i) pthread_join(threads[i], NULL);
  return check_end();
}
