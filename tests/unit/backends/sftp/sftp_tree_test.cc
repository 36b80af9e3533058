// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "tests/support/sftp_rig.hh"

TEST_SUITE_BEGIN("backends/sftp/sftp_tree.cc");

using namespace vfsrun;
using namespace vfsrun::test;
using Over = LiveTree::Over;

namespace {

struct stat local_stat(const std::string& path) {
  struct stat info {};

  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info;
}

}  // namespace

TEST_CASE("stat and list tell what the server's own stat tells") {
  SftpRig rig;
  rig.folder.write("file", "twelve bytes");
  rig.folder.write("dir/inner", "x");
  REQUIRE(::symlink("file", rig.local("link").c_str()) == 0);
  REQUIRE(::chmod(rig.local("file").c_str(), 04751) == 0);
  REQUIRE(::mkfifo(rig.local("pipe").c_str(), 0600) == 0);

  const Attr file = rig.backend->stat(rig.at("file"), nullptr, rig.call)->attr;
  CHECK(file.kind == Kind::file);
  CHECK(file.size == 12);
  CHECK(file.mode == 0751);
  CHECK(file.modified == local_stat(rig.local("file")).st_mtime);
  CHECK_FALSE(file.uid);
  CHECK_FALSE(file.gid);
  CHECK(file.version.known());

  auto entries = rig.backend->list(rig.at(""), rig.call)->entries;
  std::ranges::sort(entries, {}, &DirEntry::name);
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].name == "dir");
  CHECK(entries[0].kind == Kind::directory);
  CHECK(entries[1].attr == file);
  CHECK(entries[2].kind == Kind::symlink);
  // Shown as an empty file, which nobody can open: that could take for ever.
  CHECK(entries[3].kind == Kind::file);
  CHECK(entries[3].size == 0);
  CHECK(code_of(rig.tree->open(rig.at("pipe"), {.read = true}, 0, rig.call)) ==
        ENXIO);

  CHECK(code_of(rig.backend->stat(rig.at("none"), nullptr, rig.call)) ==
        ENOENT);
  CHECK(code_of(rig.backend->list(rig.at("none"), rig.call)) == ENOENT);
  CHECK(code_of(rig.backend->list(rig.at("file"), rig.call)) == ENOTDIR);
}

TEST_CASE("hosts are listed once they have answered; what is none is ENOENT") {
  SftpRig rig;
  CHECK(rig.backend->list(VPath(), rig.call)->entries.empty());
  CHECK(rig.backend->stat(rig.at(""), nullptr, rig.call));
  const auto hosts = rig.backend->list(VPath(), rig.call)->entries;
  REQUIRE(hosts.size() == 1);
  CHECK(hosts[0].name == "box");
  for (const char* name : {"/-oProxyCommand=x", "/.git", "/a@b@c", "/h:0"}) {
    CAPTURE(name);
    CHECK(code_of(rig.backend->stat(VPath::parse(name).value(), nullptr,
                                    rig.call)) == ENOENT);
  }
  CHECK(rig.servers.started() == 1);
}

TEST_CASE("a large directory is listed whole") {
  SftpRig rig;
  for (int i = 0; i < 1500; ++i)
    rig.folder.write("many/" + std::to_string(i), "");
  const auto listing = rig.backend->list(rig.at("many"), rig.call).value();
  CHECK(listing.entries.size() == 1500);
  CHECK(listing.complete);
}

TEST_CASE("each change has the errno of the same call on a local folder") {
  SftpRig rig;
  rig.folder.write("file", "x");
  rig.folder.write("other", "y");
  rig.folder.write("full/x", "");
  LiveTree& tree = *rig.tree;
  Call& call = rig.call;
  const std::string long_name(256, 'n');

  CHECK(code_of(tree.make_directory(rig.at("new"), 0755, call)) == 0);
  CHECK(local_stat(rig.local("new")).st_mode == (S_IFDIR | 0755));
  CHECK(code_of(tree.make_directory(rig.at("new"), 0755, call)) == EEXIST);
  CHECK(code_of(tree.make_directory(rig.at("file"), 0755, call)) == EEXIST);
  CHECK(code_of(tree.make_directory(rig.at("none/x"), 0755, call)) == ENOENT);

  CHECK(code_of(tree.remove(rig.at("new"), Kind::file, call)) == EISDIR);
  CHECK(code_of(tree.remove(rig.at("file"), Kind::directory, call)) == ENOTDIR);
  CHECK(code_of(tree.remove(rig.at("full"), Kind::directory, call)) ==
        ENOTEMPTY);
  CHECK(code_of(tree.remove(rig.at("none"), Kind::file, call)) == ENOENT);
  CHECK(code_of(tree.remove(rig.at("new"), Kind::directory, call)) == 0);

  CHECK(code_of(tree.rename(rig.at("file"), rig.at("other"), Over::refuse,
                            call)) == EEXIST);
  CHECK(code_of(tree.rename(rig.at("file"), rig.at("full"), Over::replace,
                            call)) == EISDIR);
  CHECK(code_of(tree.rename(rig.at("full"), rig.at("file"), Over::replace,
                            call)) == ENOTDIR);
  CHECK(code_of(tree.rename(rig.at("none"), rig.at("other"), Over::replace,
                            call)) == ENOENT);
  CHECK(code_of(tree.rename(rig.at("file"), rig.at("other"), Over::replace,
                            call)) == 0);
  CHECK(rig.local_text("other") == "x");
  CHECK(code_of(tree.rename(rig.at("other"), rig.at("third"), Over::refuse,
                            call)) == 0);

  CHECK(code_of(tree.make_hard_link(rig.at("third"), rig.at("fourth"), call)) ==
        0);
  CHECK(local_stat(rig.local("fourth")).st_nlink == 2);
  CHECK(code_of(tree.make_hard_link(rig.at("third"), rig.at("fourth"), call)) ==
        EEXIST);
  const VPath elsewhere = VPath::parse("/elsewhere/x").value();
  CHECK(code_of(tree.rename(rig.at("third"), elsewhere, Over::replace, call)) ==
        EXDEV);

  const OpenMode make{.write = true, .create = true, .exclusive = true};
  CHECK(code_of(tree.open(rig.at("third"), make, 0600, call)) == EEXIST);
  CHECK(code_of(tree.open(rig.at("full"), {.write = true}, 0, call)) == EISDIR);
  CHECK(code_of(tree.open(rig.at("full"), {.read = true}, 0, call)) == EISDIR);
  CHECK(code_of(tree.open(rig.at("none"), {.read = true}, 0, call)) == ENOENT);
  CHECK(code_of(tree.make_directory(
            VPath::parse("/box" + rig.folder.path().string())
                .value()
                .child(long_name.substr(1)),
            0755, call)) == 0);
}

TEST_CASE("modes, sizes and dates are set, one date alone too") {
  SftpRig rig;
  rig.folder.write("file", "twelve bytes");
  LiveTree& tree = *rig.tree;
  REQUIRE(tree.change(rig.at("file"), new_mode(0640), rig.call));
  REQUIRE(tree.change(rig.at("file"), new_size(6), rig.call));
  REQUIRE(tree.change(rig.at("file"), new_dates(1'000'000'000, 1'100'000'000),
                      rig.call));
  REQUIRE(tree.change(rig.at("file"), new_dates({}, 1'200'000'000), rig.call));
  const auto info = local_stat(rig.local("file"));
  CHECK(info.st_mode == (S_IFREG | 0640));
  CHECK(info.st_size == 6);
  CHECK(info.st_atime == 1'000'000'000);
  CHECK(info.st_mtime == 1'200'000'000);
  CHECK(code_of(tree.change(rig.at("file"), new_dates(0, -1), rig.call)) ==
        EINVAL);
  CHECK(code_of(tree.change(rig.at("none"), new_mode(0640), rig.call)) ==
        ENOENT);
}

TEST_CASE("a link's dates are its own, and never its target's") {
  SftpRig rig;
  rig.folder.write("file", "x");
  REQUIRE(::symlink("file", rig.local("link").c_str()) == 0);
  const std::time_t before = local_stat(rig.local("file")).st_mtime;
  const AttrChange dates = new_dates(1'000'000'000, 1'100'000'000);
  SUBCASE("by the extension") {
    REQUIRE(rig.tree->change(rig.at("link"), dates, rig.call));
    CHECK(local_stat(rig.local("link")).st_mtime == 1'100'000'000);
  }
  SUBCASE("not at all where the server has none") {
    rig.servers.refuse("lsetstat");
    CHECK(code_of(rig.tree->change(rig.at("link"), dates, rig.call)) ==
          EOPNOTSUPP);
    CHECK(local_stat(rig.local("link")).st_mtime != 1'100'000'000);
  }
  CHECK(local_stat(rig.local("file")).st_mtime == before);
  REQUIRE(rig.tree->change(rig.at("file"), dates, rig.call));
  CHECK(local_stat(rig.local("file")).st_mtime == 1'100'000'000);
}

TEST_CASE("links are made and read; none leads out of the mount") {
  SftpRig rig;
  LiveTree& tree = *rig.tree;
  rig.folder.write("d/e/f", "");
  const std::string top = rig.folder.path().string();
  const auto shown = [&](const std::string& name) {
    return tree.link_target(rig.at(name), rig.call);
  };
  REQUIRE(tree.make_link(rig.at("d/near"), "e/f", rig.call));
  CHECK(shown("d/near") == "e/f");
  CHECK(code_of(tree.make_link(rig.at("d/near"), "x", rig.call)) == EEXIST);
  REQUIRE(tree.make_link(rig.at("d/up"), "../d/e", rig.call));
  CHECK(shown("d/up") == "../d/e");
  // Absolute ones are the server's: by way of its root.
  REQUIRE(tree.make_link(rig.at("abs"), "/etc/hosts", rig.call));
  const std::size_t depth = rig.at("abs").depth() - 2;
  std::string ups;
  for (std::size_t i = 0; i < depth; ++i) ups += "../";
  CHECK(shown("abs") == ups + "etc/hosts");
  // A path of this very mount is the server's own path there.
  REQUIRE(tree.make_link(rig.at("own"), "/sftp/box" + top + "/d", rig.call));
  std::array<char, 4096> target{};
  REQUIRE(::readlink(rig.local("own").c_str(), target.data(),
                     target.size() - 1) > 0);
  CHECK(std::string(target.data()) == top + "/d");
  // ".." behind a name is asked for.
  REQUIRE(::symlink("d/e/../../d/e/f", rig.local("odd").c_str()) == 0);
  CHECK(shown("odd") == ups + (top + "/d/e/f").substr(1));
  CHECK(code_of(tree.link_target(rig.at("none"), rig.call)) == ENOENT);
}

TEST_CASE("space is that of the server's file system") {
  SftpRig rig;
  const StoreSpace space = rig.tree->space(rig.at(""), rig.call).value();
  CHECK(space.total > 0);
  CHECK(space.free >= space.available);
}

TEST_SUITE_END();
