// SPDX-License-Identifier: GPL-2.0-or-later
// Every operation as the kernel sends it, over a socket pair.
#include "gateway/fuse/session.hh"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "tests/support/fake_kernel.hh"
#include "tests/support/gateway_rig.hh"

namespace vfsrun::fuse {
namespace {

using test::Answer;
using test::FakeKernel;
using test::GatewayRig;

/// A session over a gateway of fakes; the kernel closes first at the end.
class Rig {
 public:
  Rig() : Rig(RootDir::Unknown::absent) {}

  explicit Rig(RootDir::Unknown unknown,
               GatewayRig::Live live = GatewayRig::Live::no)
      : parts(unknown, live),
        in_flight_(0, source()),
        context_{
            parts.filesystem(), in_flight_, parts.counters(), {7, 8}, false},
        session_(Session::attach(kernel.take_other_end()).value()) {
    REQUIRE(session_->serve(context_).has_value());
    init = kernel.init(FUSE_PARALLEL_DIROPS | FUSE_ASYNC_READ | FUSE_INIT_EXT |
                           FUSE_DO_READDIRPLUS | FUSE_SPLICE_READ,
                       1U << 4);
  }

  ~Rig() {
    kernel.close();
    pollfd ended{session_->ended_fd(), POLLIN, 0};
    CHECK(::poll(&ended, 1, 10'000) == 1);
    CHECK(session_->end());
  }

  void signal_pending(pid_t thread) { ending_ = thread; }

  std::uint64_t node(std::string_view path) {
    return kernel.walk(path).as<fuse_entry_out>().nodeid;
  }

  std::uint64_t open(std::uint64_t node_number) {
    const Answer answer = kernel.open(node_number, O_RDONLY);
    REQUIRE(answer.error == 0);
    return answer.as<fuse_open_out>().fh;
  }

  GatewayRig parts;
  FakeKernel kernel;
  fuse_init_out init{};

 private:
  SignalSource source() {
    SignalSource made;
    made.of = [this](pid_t thread) -> std::optional<SignalState> {
      SignalState state;
      if (thread == ending_) state.pending = 1U << (SIGKILL - 1);
      return state;
    };
    made.tracee_waits = [](pid_t) { return false; };
    return made;
  }

  std::atomic<pid_t> ending_ = -1;
  InFlight in_flight_;
  Context context_;
  std::unique_ptr<Session> session_;
};

TEST_SUITE_BEGIN("gateway/fuse/session");

TEST_CASE("INIT asks for parallel lookups and a deep background queue") {
  Rig rig;
  CHECK((rig.init.flags & FUSE_PARALLEL_DIROPS) != 0);
  CHECK((rig.init.flags & FUSE_DO_READDIRPLUS) != 0);
  CHECK((rig.init.flags2 & (1U << 4)) != 0);
  CHECK(rig.init.max_background == 1000);
  CHECK(rig.init.congestion_threshold == 1000);
}

TEST_CASE("a file is looked up, opened, read and closed") {
  Rig rig;
  rig.parts.http().put("/f", "some text", "1");
  const auto entry = rig.kernel.walk("/h/f").as<fuse_entry_out>();
  CHECK(entry.attr.mode == (S_IFREG | 0555));
  CHECK(entry.attr.size == 9);
  CHECK(entry.attr.blocks == 1);
  CHECK(entry.attr.nlink == 1);
  CHECK(entry.attr.uid == 7);
  CHECK(entry.attr.gid == 8);
  CHECK(entry.attr.mtime == 946684800);
  CHECK(entry.entry_valid <= 5);
  const Answer opened = rig.kernel.open(entry.nodeid, O_RDONLY);
  const auto open = opened.as<fuse_open_out>();
  CHECK((open.open_flags & FOPEN_KEEP_CACHE) != 0);
  CHECK((open.open_flags & FOPEN_NOFLUSH) != 0);
  CHECK(rig.kernel.read(entry.nodeid, open.fh, 0, 4096).text() == "some text");
  CHECK(rig.kernel.read(entry.nodeid, open.fh, 9, 4096).text().empty());
  fuse_release_in release{};
  release.fh = open.fh;
  CHECK(rig.kernel.ask(FUSE_RELEASE, entry.nodeid, FakeKernel::body_of(release))
            .error == 0);
  CHECK(rig.kernel.read(entry.nodeid, open.fh, 0, 1).error == EBADF);
  CHECK(rig.parts.counters().value(Counter::fuse_operations) >= 7);
}

TEST_CASE("what is not there leaves nothing in the kernel's cache") {
  Rig rig;
  CHECK(rig.kernel.walk("/h/none").error == ENOENT);
}

TEST_CASE("a version has a number of its own, and ESTALE leads to the next") {
  Rig rig;
  rig.parts.http().put("/f", "old", "1");
  const std::uint64_t before = rig.node("/h/f");
  rig.parts.http().put("/f", "new", "2");
  rig.parts.clock().advance(std::chrono::seconds(6));
  CHECK(rig.kernel.open(before, O_RDONLY).error == ESTALE);
  const std::uint64_t after = rig.node("/h/f");
  CHECK(after != before);
  CHECK(rig.kernel.read(after, rig.open(after), 0, 10).text() == "new");
}

TEST_CASE("a forgotten number is gone, one that is still counted is not") {
  Rig rig;
  rig.parts.http().put("/f", "text", "1");
  const std::uint64_t node = rig.node("/h/f");
  CHECK(rig.node("/h/f") == node);
  rig.kernel.forget(node, 1);
  fuse_getattr_in in{};
  CHECK(rig.kernel.ask(FUSE_GETATTR, node, FakeKernel::body_of(in)).error == 0);
  rig.kernel.forget(node, 1);
  // FORGET has no answer and may be taken by another thread.
  int error = 0;
  for (int i = 0; i < 10'000 && error == 0; ++i)
    error = rig.kernel.ask(FUSE_GETATTR, node, FakeKernel::body_of(in)).error;
  CHECK(error == ESTALE);
}

TEST_CASE("the kernel is told which file's pages are old") {
  Rig rig(RootDir::Unknown::absent, GatewayRig::Live::yes);
  rig.parts.live().put("/f", "12345");
  const std::uint64_t node = rig.node("/live/f");
  const Answer opened = rig.kernel.open(node, O_WRONLY | O_APPEND);
  REQUIRE(opened.error == 0);
  // Somebody else writes there, which the kernel cannot know.
  rig.parts.live().put("/f", "12345678");
  rig.parts.clock().advance(std::chrono::minutes(1));
  fuse_write_in in{};
  in.fh = opened.as<fuse_open_out>().fh;
  in.offset = 5;
  in.size = 4;
  REQUIRE(rig.kernel.ask(FUSE_WRITE, node, FakeKernel::body_of(in, {"end"}))
              .error == 0);
  const Answer notice = rig.kernel.notice();
  CHECK(notice.error == FUSE_NOTIFY_INVAL_INODE);
  const auto pages = notice.as<fuse_notify_inval_inode_out>();
  CHECK(pages.ino == node);
  CHECK(pages.off == 0);
  CHECK(pages.len == 0);
}

TEST_CASE("every call that writes is refused") {
  Rig rig;
  rig.parts.http().put("/f", "text", "1");
  FakeKernel& kernel = rig.kernel;
  const std::uint64_t dir = rig.node("/h");
  const std::uint64_t file = rig.node("/h/f");
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC})
    CHECK(kernel.open(file, static_cast<std::uint32_t>(flags)).error == EROFS);
  const auto refused = [&](fuse_opcode opcode, std::uint64_t node,
                           const std::vector<std::byte>& body) {
    CAPTURE(opcode);
    CHECK(kernel.ask(opcode, node, body).error == EROFS);
  };
  refused(FUSE_SETATTR, file, FakeKernel::body_of(fuse_setattr_in{}));
  refused(FUSE_UNLINK, dir, FakeKernel::names({"f"}));
  refused(FUSE_RMDIR, dir, FakeKernel::names({"f"}));
  refused(FUSE_SYMLINK, dir, FakeKernel::names({"new", "target"}));
  refused(FUSE_MKNOD, dir, FakeKernel::body_of(fuse_mknod_in{}, {"new"}));
  refused(FUSE_CREATE, dir, FakeKernel::body_of(fuse_create_in{}, {"new"}));
  fuse_link_in link{};
  link.oldnodeid = file;
  refused(FUSE_LINK, dir, FakeKernel::body_of(link, {"new"}));
  fuse_rename_in rename{};
  rename.newdir = dir;
  refused(FUSE_RENAME, dir, FakeKernel::body_of(rename, {"f", "g"}));
  fuse_rename2_in rename2{};
  rename2.newdir = dir;
  refused(FUSE_RENAME2, dir, FakeKernel::body_of(rename2, {"f", "g"}));
  refused(FUSE_REMOVEXATTR, file, FakeKernel::names({"user.a"}));
  refused(FUSE_FALLOCATE, file, FakeKernel::body_of(fuse_fallocate_in{}));
  fuse_access_in access{};
  access.mask = W_OK;
  refused(FUSE_ACCESS, file, FakeKernel::body_of(access));
  // Also where no mount is.
  refused(FUSE_MKDIR, FakeKernel::root,
          FakeKernel::body_of(fuse_mkdir_in{}, {"new"}));
  CHECK(kernel.ask(FUSE_RMDIR, FakeKernel::root, FakeKernel::names({"h"}))
            .error == EBUSY);
}

TEST_CASE("mkdir in an http mount makes a directory that stays") {
  Rig rig;
  const std::uint64_t dir = rig.node("/h");
  const auto body = FakeKernel::body_of(fuse_mkdir_in{}, {"new"});
  const Answer made = rig.kernel.ask(FUSE_MKDIR, dir, body);
  REQUIRE(made.error == 0);
  CHECK(made.as<fuse_entry_out>().attr.mode == (S_IFDIR | 0555));
  CHECK(rig.kernel.ask(FUSE_MKDIR, dir, body).error == EEXIST);
  CHECK(rig.kernel.walk("/h/new").error == 0);
}

TEST_CASE("a directory is read to its end, whatever fits into one answer") {
  Rig rig;
  std::vector<DirEntry> entries;
  for (int i = 0; i < 100; ++i) {
    DirEntry entry;
    entry.name = "file" + std::to_string(i);
    entries.push_back(entry);
  }
  rig.parts.http().put_listing("/", entries);
  const std::uint64_t dir = rig.node("/h");
  const auto opened =
      rig.kernel.ask(FUSE_OPENDIR, dir, FakeKernel::body_of(fuse_open_in{}))
          .as<fuse_open_out>();
  std::set<std::string> names;
  fuse_read_in in{};
  in.fh = opened.fh;
  in.size = 512;
  for (;;) {
    const Answer part =
        rig.kernel.ask(FUSE_READDIR, dir, FakeKernel::body_of(in));
    REQUIRE(part.error == 0);
    if (part.body.empty()) break;
    for (std::size_t at = 0; at < part.body.size();) {
      fuse_dirent entry{};
      std::memcpy(&entry, part.body.data() + at, sizeof entry);
      names.emplace(reinterpret_cast<const char*>(part.body.data() + at +
                                                  FUSE_NAME_OFFSET),
                    entry.namelen);
      in.offset = entry.off;
      at += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);
    }
  }
  CHECK(names.size() == 102);
  CHECK(names.contains("file99"));
}

TEST_CASE("extended attributes are not there") {
  Rig rig;
  const std::uint64_t dir = rig.node("/h");
  const auto get = [&](const char* name) {
    return rig.kernel
        .ask(FUSE_GETXATTR, dir,
             FakeKernel::body_of(fuse_getxattr_in{}, {name}))
        .error;
  };
  CHECK(get("user.a") == EOPNOTSUPP);
  CHECK(get("system.posix_acl_access") == EOPNOTSUPP);
  // Asked by the kernel for each write(2), which ENOSYS ends.
  CHECK(get("security.capability") == ENOSYS);
  CHECK(rig.kernel
            .ask(FUSE_LISTXATTR, dir, FakeKernel::body_of(fuse_getxattr_in{}))
            .error == ENOSYS);
}

TEST_CASE("beside mounts a symlink leads to the host") {
  Rig rig(RootDir::Unknown::link_to_host);
  const auto link = rig.kernel.walk("/etc").as<fuse_entry_out>();
  CHECK((link.attr.mode & S_IFMT) == S_IFLNK);
  CHECK(rig.kernel.ask(FUSE_READLINK, link.nodeid, {}).text() == "/etc");
}

TEST_CASE("an interrupt ends a lookup whose program is being killed") {
  Rig rig;
  rig.parts.http().put("/f", "text", "1");
  test::Gate& gate = rig.parts.http().hold("/f");
  const std::uint64_t dir = rig.node("/h");
  rig.kernel.act_for(4711);
  const std::uint64_t request =
      rig.kernel.send(FUSE_LOOKUP, dir, FakeKernel::names({"f"}));
  gate.await_arrivals(1);
  // The signal is harmless as yet.
  rig.kernel.interrupt(request);
  CHECK(rig.kernel.unanswered(request));
  rig.signal_pending(4711);
  rig.kernel.interrupt(request);
  CHECK(rig.kernel.wait(request).error == EINTR);
  CHECK(rig.parts.http().stats("/f") == 1);
}

TEST_CASE("a read of a program that is being killed ends uninterrupted") {
  Rig rig;
  rig.parts.http().put("/f", std::string(100'000, 'x'), "1");
  const std::uint64_t node = rig.node("/h/f");
  const std::uint64_t handle = rig.open(node);
  test::Gate& gate = rig.parts.http().hold("/f");
  rig.kernel.act_for(4711);
  const std::uint64_t request =
      rig.kernel.send_read(node, handle, 0, 128 * 1024);
  gate.await_arrivals(1);
  CHECK(rig.kernel.unanswered(request));
  rig.signal_pending(4711);
  CHECK(rig.kernel.wait(request).error == EINTR);
}

TEST_CASE("256 reads that hang hold nobody else up") {
  Rig rig;
  rig.parts.http().put("/f", std::string(50'000'000, 'x'), "1");
  rig.parts.http().put("/quick", "text", "1");
  const std::uint64_t quick = rig.node("/h/quick");
  const std::uint64_t node = rig.node("/h/f");
  const std::uint64_t handle = rig.open(node);
  test::Gate& gate = rig.parts.http().hold("/f");
  std::vector<std::uint64_t> requests;
  for (std::uint64_t i = 0; i < 256; ++i)
    requests.push_back(
        rig.kernel.send_read(node, handle, i * 128 * 1024, 4096));
  gate.await_arrivals(1);
  CHECK(rig.kernel.read(quick, rig.open(quick), 0, 10).text() == "text");
  CHECK(rig.kernel.unanswered(requests.front()));
  gate.open();
  for (const std::uint64_t request : requests)
    CHECK(rig.kernel.wait(request).error == 0);
}

TEST_CASE("what an operation throws is its error, and the mount lives on") {
  Rig rig;
  rig.parts.http().put("/f", "text", "1");
  rig.parts.http().throw_from("/f");
  CHECK(rig.kernel.walk("/h/f").error == EIO);
  rig.parts.http().work_again("/f");
  CHECK(rig.kernel.walk("/h/f").error == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun::fuse
