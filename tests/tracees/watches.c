// SPDX-License-Identifier: GPL-2.0-or-later
// Row 54: inotify and fanotify on files of the tree: what this process does to
// them is reported, as on any file system of this kind.
// Arguments: VIRTUAL_DIR LOCAL_DIR
#include <sys/fanotify.h>
#include <sys/inotify.h>

#include "check.h"

static bool reported(int fd, uint32_t mask, const char* name) {
  char buffer[4096];
  ssize_t got = read(fd, buffer, sizeof buffer);
  for (ssize_t at = 0; at < got;) {
    const struct inotify_event* event =
        (const struct inotify_event*)(buffer + at);
    if ((event->mask & mask) != 0 &&
        (event->len == 0 ? *name == '\0' : strcmp(event->name, name) == 0))
      return true;
    at += (ssize_t)(sizeof *event + event->len);
  }
  return false;
}

static void on(const char* tree) {
  int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  WANT_OK(raw(SYS_inotify_add_watch, fd, join(tree, "dir"), IN_OPEN));
  CHECK(holds_name(AT_FDCWD, join(tree, "dir/g"), "dir/g"), "%s/dir/g", tree);
  CHECK(reported(fd, IN_OPEN, "g"), "no IN_OPEN of g in %s", tree);
  WANT_OK(raw(SYS_inotify_add_watch, fd, join(tree, "f"), IN_ACCESS));
  CHECK(holds_name(AT_FDCWD, join(tree, "f"), "f"), "%s/f", tree);
  CHECK(reported(fd, IN_ACCESS, ""), "no IN_ACCESS of f in %s", tree);
  WANT(raw(SYS_inotify_add_watch, fd, join(tree, "gone"), IN_OPEN), -ENOENT);
  WANT(raw(SYS_inotify_add_watch, fd, join(tree, "f"), IN_OPEN | IN_ONLYDIR),
       -ENOTDIR);
  WANT(raw(SYS_inotify_add_watch, fd, 8, IN_OPEN), -EFAULT);
  close(fd);
  fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY);
  if (fd < 0) {
    fprintf(stderr, "no fanotify for this user or kernel: %m\n");
    return;
  }
  WANT(raw(SYS_fanotify_mark, fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD,
           join(tree, "f")),
       0);
  WANT(raw(SYS_fanotify_mark, fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD,
           join(tree, "gone")),
       -ENOENT);
  CHECK(holds_name(AT_FDCWD, join(tree, "f"), "f"), "%s/f", tree);
  struct fanotify_event_metadata event;
  ssize_t got = read(fd, &event, sizeof event);
  CHECK(got == (ssize_t)sizeof event && (event.mask & FAN_OPEN) != 0,
        "no FAN_OPEN of f in %s", tree);
  if (got > 0 && event.fd >= 0) close(event.fd);
  close(fd);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  on(argument(argc, argv, 2, "local directory"));
  on(virtual_dir);
  return check_end();
}
