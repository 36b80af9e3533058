// SPDX-License-Identifier: GPL-2.0-or-later
// Row 53: sockets with names: local ones of every length, abstract ones, and
// names in the tree, which the file system or the length of a name refuses.
// Arguments: VIRTUAL_DIR LOCAL_DIR WORK_DIR
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "check.h"

static socklen_t name(struct sockaddr_un* address, const char* path) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  size_t length = strlen(path);
  if (length > sizeof address->sun_path) length = sizeof address->sun_path;
  memcpy(address->sun_path, path, length);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
                     (length < sizeof address->sun_path));
}

static void meet(const char* path) {
  struct sockaddr_un address;
  struct sockaddr_un again;
  socklen_t size = name(&address, path);
  again = address;
  unlink(path);
  long server = raw(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
  long client = raw(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
  WANT(raw(SYS_bind, server, &address, size), 0);
  WANT(raw(SYS_bind, server, &address, size), -EADDRINUSE);
  WANT(raw(SYS_listen, server, 4), 0);
  WANT(raw(SYS_connect, client, &address, size), 0);
  CHECK(memcmp(&address, &again, sizeof address) == 0, "address was changed");
  struct sockaddr_un peer;
  socklen_t peer_size = sizeof peer;
  memset(&peer, 0, sizeof peer);
  WANT(raw(SYS_getpeername, client, &peer, &peer_size), 0);
  CHECK(memcmp(peer.sun_path, address.sun_path, strlen(path)) == 0,
        "peer is %.108s, not %s", peer.sun_path, path);
  raw(SYS_close, server);
  raw(SYS_close, client);
  unlink(path);
}

static void datagram(const char* path) {
  struct sockaddr_un address;
  socklen_t size = name(&address, path);
  unlink(path);
  long server = raw(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
  long client = raw(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
  WANT(raw(SYS_bind, server, &address, size), 0);
  WANT(raw(SYS_sendto, client, "hello", 5, 0, &address, size), 5);
  struct iovec part = {"again", 5};
  struct msghdr message = {.msg_name = &address,
                           .msg_namelen = size,
                           .msg_iov = &part,
                           .msg_iovlen = 1};
  WANT(raw(SYS_sendmsg, client, &message, 0), 5);
  char text[16];
  WANT(raw(SYS_recvfrom, server, text, sizeof text, 0, 0, 0), 5);
  WANT(raw(SYS_recvfrom, server, text, sizeof text, 0, 0, 0), 5);
  raw(SYS_close, server);
  raw(SYS_close, client);
  unlink(path);
}

/// The way into the tree and out again: only a rewritten name gets there.
static const char* roundabout(const char* tree, const char* path) {
  if (!is_virtual(tree)) return path;
  return join("/http/..", path);
}

static void expect_bytes(long server, int bytes) {
  char text[16];
  for (int got = 0; got < bytes; got += 5)
    WANT(raw(SYS_recvfrom, server, text, sizeof text, MSG_DONTWAIT, 0, 0), 5);
  WANT(raw(SYS_recvfrom, server, text, sizeof text, MSG_DONTWAIT, 0, 0),
       -EAGAIN);
}

/// Destinations in sendto, sendmsg, and each place of a sendmmsg.
static void destinations(const char* tree, const char* work) {
  chdir("/");
  const char* real = join(work, "d");
  struct sockaddr_un plain;
  struct sockaddr_un round;
  struct sockaddr_un gone;
  socklen_t plain_size = name(&plain, real);
  socklen_t round_size = name(&round, roundabout(tree, real));
  socklen_t gone_size = name(&gone, join(tree, "gone"));
  unlink(real);
  long server = raw(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
  long client = raw(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
  WANT(raw(SYS_bind, server, &plain, plain_size), 0);
  WANT(raw(SYS_sendto, client, "hello", 5, 0, &round, round_size), 5);
  WANT(raw(SYS_sendto, client, "hello", 5, 0, &gone, gone_size), -ENOENT);
  WANT(raw(SYS_sendto, client, "hello", 5, 0, 0, 0), -ENOTCONN);
  expect_bytes(server, 5);

  struct iovec part = {"again", 5};
  struct msghdr one = {.msg_name = &round,
                       .msg_namelen = round_size,
                       .msg_iov = &part,
                       .msg_iovlen = 1};
  struct msghdr before = one;
  WANT(raw(SYS_sendmsg, client, &one, 0), 5);
  CHECK(memcmp(&one, &before, sizeof one) == 0, "the message was changed");
  one.msg_name = &gone;
  one.msg_namelen = gone_size;
  WANT(raw(SYS_sendmsg, client, &one, 0), -ENOENT);
  WANT(raw(SYS_sendmsg, client, 8, 0), -EFAULT);
  one.msg_name = (void*)8;
  WANT(raw(SYS_sendmsg, client, &one, 0), -EFAULT);
  expect_bytes(server, 5);

  // As programs do it: until all are gone.
  struct mmsghdr many[4];
  memset(many, 0, sizeof many);
  for (int i = 0; i < 4; ++i) {
    many[i].msg_hdr = before;
    many[i].msg_len = 99;
  }
  many[1].msg_hdr.msg_name = many[2].msg_hdr.msg_name = &plain;
  many[1].msg_hdr.msg_namelen = many[2].msg_hdr.msg_namelen = plain_size;
  struct mmsghdr untouched[4];
  memcpy(untouched, many, sizeof many);
  for (int sent = 0; sent < 4;) {
    long got = raw(SYS_sendmmsg, client, many + sent, 4 - sent, 0);
    CHECK(got > 0, "sendmmsg from %d: %s", sent, error_text(got));
    if (got <= 0) break;
    sent += (int)got;
  }
  for (int i = 0; i < 4; ++i) {
    CHECK(many[i].msg_len == 5, "message %d: length %u", i, many[i].msg_len);
    many[i].msg_len = 99;
  }
  CHECK(memcmp(many, untouched, sizeof many) == 0, "messages were changed");
  expect_bytes(server, 20);
  many[0].msg_hdr.msg_name = &gone;
  many[0].msg_hdr.msg_namelen = gone_size;
  WANT(raw(SYS_sendmmsg, client, many, 4, 0), -ENOENT);
  CHECK(many[0].msg_len == 99, "a length without a message");
  WANT(raw(SYS_sendmmsg, client, 8, 2, 0), -EFAULT);
  WANT(raw(SYS_sendmmsg, client, many, 0, 0), 0);
  raw(SYS_close, server);
  raw(SYS_close, client);
  unlink(real);
}

static void in_tree(const char* tree) {
  struct sockaddr_un address;
  long fd = raw(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
  socklen_t size = name(&address, join(tree, "f"));
  long got = raw(SYS_connect, fd, &address, size);
  CHECK(got == -ECONNREFUSED || got == -ENAMETOOLONG || got == -EACCES,
        "connect to a file: %s", error_text(got));
  size = name(&address, join(tree, "gone"));
  got = raw(SYS_connect, fd, &address, size);
  CHECK(got == -ENOENT || got == -ENAMETOOLONG, "connect to nothing: %s",
        error_text(got));
  if (is_virtual(tree)) {
    got = raw(SYS_bind, fd, &address, size);
    CHECK(got == -EROFS || got == -EPERM || got == -ENAMETOOLONG, "bind: %s",
          error_text(got));
  }
  char* longest = malloc(200);
  memset(longest, 'x', 199);
  longest[199] = '\0';
  memcpy(longest, tree, strlen(tree));
  longest[strlen(tree)] = '/';
  longest[100] = '\0';
  size = name(&address, longest);
  got = raw(SYS_connect, fd, &address, size);
  CHECK(got == (is_virtual(tree) ? -ENAMETOOLONG : -ENOENT),
        "connect with 100 bytes: %s", error_text(got));
  raw(SYS_close, fd);
}

int main(int argc, char** argv) {
  const char* virtual_dir = argument(argc, argv, 1, "virtual directory");
  const char* local_dir = argument(argc, argv, 2, "local directory");
  const char* work = argument(argc, argv, 3, "work directory");
  meet(join(work, "s"));
  char* longest = malloc(200);
  size_t at = (size_t)sprintf(longest, "%s/", work);
  while (at < 107) longest[at++] = 'y';
  longest[at] = '\0';
  meet(longest);
  longest[at++] = 'y';  // 108 bytes and no NUL
  longest[at] = '\0';
  meet(longest);
  if (chdir(work) != 0) give_up("chdir %s: %m", work);
  meet("relative");
  meet("http");
  datagram("datagrams");
  datagram(join(work, "datagrams"));
  destinations(virtual_dir, work);
  if (chdir(work) != 0) give_up("chdir %s: %m", work);
  in_tree(local_dir);
  in_tree(virtual_dir);
  // Abstract names are no paths, whatever they look like.
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path + 1, 100, "/http/host/%d", getpid());
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                               strlen(address.sun_path + 1));
  long server = raw(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
  long client = raw(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
  WANT(raw(SYS_bind, server, &address, size), 0);
  WANT(raw(SYS_listen, server, 1), 0);
  WANT(raw(SYS_connect, client, &address, size), 0);
  WANT(raw(SYS_connect, client, 8, size), -EFAULT);
  WANT(raw(SYS_connect, client, &address, 1000), -EINVAL);
  return check_end();
}
