// SPDX-License-Identifier: GPL-2.0-or-later
// Row 57: some thousand system calls with paths, made by a generator with a
// fixed seed, all on a local directory. The log of results and effects must be
// the same natively and under the tracer; registers and the memory around the
// stack are checked on the spot.
// Arguments: EMPTY_DIR SEED COUNT; the log goes to stdout.
#include <dirent.h>
#include <grp.h>
#include <sys/mman.h>

#include "call_generator.h"
#include "registers.h"

enum { STACK = 32768 };

static size_t top;  // length of the directory that was given
static unsigned char* stack_block;
static unsigned char* stack_image;

static uint64_t hash(const void* bytes, size_t size) {
  uint64_t sum = 14695981039346656037ULL;
  for (size_t i = 0; i < size; ++i)
    sum = (sum ^ ((const unsigned char*)bytes)[i]) * 1099511628211ULL;
  return sum;
}

static void show_results(const struct op* op, long result) {
  printf(" = %ld %s", result, result < 0 ? error_text(result) : "");
  for (int i = 0; op->arguments[i] != '\0'; ++i) {
    const struct slot* slot = &slots[i];
    if (op->arguments[i] == 'b')
      printf(" bytes %lx", (unsigned long)hash(slot->buffer, BUFFER));
    if (result < 0) continue;
    const struct stat* status = &slot->status;
    if (op->arguments[i] == 's')
      printf(" mode %o size %ld links %lu", status->st_mode,
             S_ISDIR(status->st_mode) ? 0 : (long)status->st_size,
             (unsigned long)status->st_nlink);
    if (op->arguments[i] == 'x') printf(" mode %o", slot->extended.stx_mode);
    if (op->arguments[i] == 'f') printf(" type %lx", (long)slot->fs.f_type);
  }
  putchar('\n');
}

/// Half of the calls check registers, half the memory around the stack.
static long make_call(const struct op* op, const long arguments[6]) {
  if (any(2) == 0) {
    struct registers in = known_registers(op->number, arguments);
    struct registers out;
    memset(&out, 0, sizeof out);
    recorded_call(&in, &out);
    check_registers(op->name, &in, &out);
    return out.rax;
  }
  long result = call_on_stack(stack_block + STACK / 2, op->number, arguments);
  if (!CHECK(memcmp(stack_block, stack_image, STACK) == 0,
             "%s wrote to memory near the stack", op->name))
    memcpy(stack_image, stack_block, STACK);
  return result;
}

static bool below_base(const char* link) {
  char target[4096];
  ssize_t length = readlink(link, target, sizeof target - 1);
  return length > 0 && (size_t)length >= strlen(base) &&
         memcmp(target, base, strlen(base)) == 0;
}

/// What a call opened becomes one of the directories, or is closed.
static void keep(const struct op* op, long result) {
  char link[64];
  if (result >= 0 && (op->number == SYS_open || op->number == SYS_openat ||
                      op->number == NR_openat2 || op->number == SYS_creat)) {
    struct stat status;
    snprintf(link, sizeof link, "/proc/self/fd/%ld", result);
    uint32_t which = any(DIRS);
    if (fstat((int)result, &status) == 0 && S_ISDIR(status.st_mode) &&
        below_base(link)) {
      close(dirs[which]);
      dirs[which] = (int)result;
    } else {
      close((int)result);
    }
  }
  if (!below_base("/proc/self/cwd") && chdir(base) != 0)
    give_up("chdir %s: %m", base);
}

static int visible(const struct dirent* entry) {
  return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void dump(const char* path, int depth) {
  struct dirent** list = NULL;
  int count = scandir(path, &list, visible, alphasort);
  for (int i = 0; i < count; ++i) {
    char* name = join(path, list[i]->d_name);
    struct stat status;
    char target[4096] = "";
    if (lstat(name, &status) == 0) {
      printf("%*s%o links %lu size %ld ", depth, "", status.st_mode,
             (unsigned long)status.st_nlink,
             S_ISREG(status.st_mode) ? (long)status.st_size : 0);
      show(list[i]->d_name);
      if (S_ISLNK(status.st_mode) && readlink(name, target, 4095) > 0)
        show(target);
      putchar('\n');
      if (S_ISDIR(status.st_mode)) dump(name, depth + 1);
    }
    free(name);
    free(list[i]);
  }
  free(list);
}

/// The calls tear down as much as they build: some of it stands again.
static void build_up(void) {
  const char* const folders[] = {"a", "b", "a/c", "http", "http/a", "d", "d/e"};
  const char* const files[] = {"c", "a/a", "http/b", "d/e/a", "e"};
  for (size_t i = top + 1; base[i - 1] != '\0'; ++i) {
    if (base[i] != '/' && base[i] != '\0') continue;
    const char end = base[i];
    base[i] = '\0';
    chmod(base, 0755);
    base[i] = end;
  }
  for (size_t i = 0; i < sizeof folders / sizeof *folders; ++i) {
    char* path = join(base, folders[i]);
    mkdir(path, 0755);
    // An ordinary user would soon stand before closed doors.
    chmod(path, 0755);
    free(path);
  }
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
    char* path = join(base, files[i]);
    int fd = open(path, O_CREAT | O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0644);
    if (fd >= 0) close(fd);
    free(path);
  }
}

static void give_up_root(const char* dir) {
  const uid_t nobody = 65534;
  for (size_t i = strlen(dir); i <= strlen(base); ++i) {
    if (base[i] != '/' && base[i] != '\0') continue;
    const char end = base[i];
    base[i] = '\0';
    if (chown(base, nobody, nobody) != 0) give_up("chown %s: %m", base);
    base[i] = end;
  }
  if (setgroups(0, NULL) != 0 || setresgid(nobody, nobody, nobody) != 0 ||
      setresuid(nobody, nobody, nobody) != 0)
    give_up("setresuid: %m");
}

static void set_up(const char* dir) {
  // Deep enough that no chain of ".." leaves what belongs to this test.
  snprintf(base, sizeof base, "%s", dir);
  top = strlen(base);
  for (int i = 0; i < 9; ++i) {
    strcat(base, "/0");
    if (mkdir(base, 0755) != 0) give_up("mkdir %s: %m", base);
  }
  // Names with many ".." and links could lead anywhere, and root may change
  // anything: so nobody makes the calls.
  if (geteuid() == 0) give_up_root(dir);
  if (chdir(base) != 0) give_up("chdir %s: %m", base);
  for (int i = 0; i < DIRS; ++i)
    dirs[i] = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
  char* pages = mmap(NULL, 5 * 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) give_up("mmap failed");
  edge = pages + 4 * 4096;
  munmap(edge, 4096);
  stack_block = malloc(STACK);
  stack_image = malloc(STACK);
  if (stack_block == NULL || stack_image == NULL) give_up("out of memory");
  memset(stack_block, 0x3c, STACK);
  memset(stack_image, 0x3c, STACK);
}

int main(int argc, char** argv) {
  set_up(argument(argc, argv, 1, "empty directory"));
  state = strtoull(argument(argc, argv, 2, "seed"), NULL, 10) * 2 + 1;
  const long count = atol(argument(argc, argv, 3, "count"));
  umask(022);
  for (long i = 0; i < count; ++i) {
    if (i % 50 == 0) build_up();
    const struct op* op = &PICK(ops);
    long arguments[6] = {0};
    printf("%ld %s(", i, op->name);
    for (int j = 0; op->arguments[j] != '\0'; ++j) {
      if (j > 0) printf(", ");
      arguments[j] = make_argument(op->arguments[j], &slots[j]);
    }
    putchar(')');
    long result = make_call(op, arguments);
    show_results(op, result);
    keep(op, result);
    if (i % 500 == 499) dump(base, 0);
  }
  dump(argv[1], 0);
  return check_end();
}
