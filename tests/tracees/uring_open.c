// SPDX-License-Identifier: GPL-2.0-or-later
// Row 46: io_uring would open files past every tracer. Prints what opening FILE
// that way gives: "ENOSYS" where the ring is refused, else the text or an
// error. Arguments: FILE
#include <linux/io_uring.h>
#include <sys/mman.h>

#include "check.h"

struct ring {
  int fd;
  struct io_uring_params parameters;
  char* submit;
  char* complete;
  struct io_uring_sqe* entries;
};

static void* map(const struct ring* ring, size_t size, off_t what) {
  void* at =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, what);
  if (at == MAP_FAILED) give_up("mmap of the ring: %m");
  return at;
}

static void set_up(struct ring* ring) {
  const struct io_uring_params* p = &ring->parameters;
  ring->submit =
      map(ring, p->sq_off.array + p->sq_entries * 4, IORING_OFF_SQ_RING);
  ring->complete =
      map(ring, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
          IORING_OFF_CQ_RING);
  ring->entries =
      map(ring, p->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

static long open_by_ring(struct ring* ring, const char* path) {
  const struct io_uring_params* p = &ring->parameters;
  memset(&ring->entries[0], 0, sizeof ring->entries[0]);
  ring->entries[0].opcode = IORING_OP_OPENAT;
  ring->entries[0].fd = AT_FDCWD;
  ring->entries[0].addr = (uint64_t)path;
  ring->entries[0].open_flags = O_RDONLY;
  *(uint32_t*)(ring->submit + p->sq_off.array) = 0;
  __atomic_store_n((uint32_t*)(ring->submit + p->sq_off.tail), 1,
                   __ATOMIC_RELEASE);
  long got =
      raw(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0);
  if (got != 1) return got < 0 ? got : -EIO;
  const struct io_uring_cqe* done =
      (const struct io_uring_cqe*)(ring->complete + p->cq_off.cqes);
  return done->res;
}

int main(int argc, char** argv) {
  const char* path = argument(argc, argv, 1, "file");
  struct ring ring;
  memset(&ring, 0, sizeof ring);
  long fd = raw(SYS_io_uring_setup, 4, &ring.parameters);
  if (fd < 0) {
    puts(error_text(fd));
    return 0;
  }
  ring.fd = (int)fd;
  set_up(&ring);
  long file = open_by_ring(&ring, path);
  if (file < 0) {
    printf("ring: %s\n", error_text(file));
    return 0;
  }
  char text[256];
  long length = raw(SYS_read, file, text, sizeof text);
  printf("ring: %.*s", length > 0 ? (int)length : 0, text);
  return 0;
}
