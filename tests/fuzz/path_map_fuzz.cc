// SPDX-License-Identifier: GPL-2.0-or-later
// sources: tracer/path_map.cc gateway/base/vpath.cc gateway/base/result.cc
//
// PathMap against a slow, obvious model. There are two small worlds: the one
// that a program shall see, with the roots where they are mounted; and the one
// that the kernel has, with everything virtual below a hidden directory. A name
// looked up in the first must lead to the same place as what PathMap makes of
// it does in the second.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tracer/path_map.hh"

using vfsrun::VPath;
using vfsrun::tracer::Mapping;
using vfsrun::tracer::PathMap;

namespace {

using Names = std::vector<std::string>;

// Links lead to nothing that a root lies in: that is LocalLinks' part.
const std::map<std::string, std::string> local{{"/", "dir"},
                                               {"/usr", "dir"},
                                               {"/usr/lib", "dir"},
                                               {"/usr/http", "dir"},
                                               {"/tmp", "dir"},
                                               {"/tmp/deep", "dir"},
                                               {"/data", "dir"},
                                               {"/data/x", "dir"},
                                               {"/data/genomes", "dir"},
                                               {"/httpx", "dir"},
                                               {"/usr/file", "file"},
                                               {"/file", "file"},
                                               {"/tmp/l", "/usr/lib"},
                                               {"/tmp/m", "deep"},
                                               {"/usr/x", "lib/../file"},
                                               {"/tmp/genomes", "../usr/http"}};

const Names roots{"/http", "/https", "/data/genomes", "/unreal"};
const std::string hidden = "/run/h";

/// One of the two worlds: what stands at a canonical path.
struct World {
  bool has_roots;  ///< else the hidden directory

  /// "" where nothing is.
  [[nodiscard]] std::string at(const std::string& path) const {
    for (const std::string& root : roots) {
      const std::string top = has_roots ? root : hidden + root;
      if (path == top || path.starts_with(top + "/")) return "dir";
    }
    if (!has_roots) {
      for (const char* way : {"/run", "/run/h", "/run/h/data"})
        if (path == way) return "dir";
    }
    const auto hit = local.find(path);
    return hit == local.end() ? "" : hit->second;
  }

  /// path_resolution(7); links as last components are not followed. Gives the
  /// canonical path, or an error's name.
  [[nodiscard]] std::string resolve(const std::string& base,
                                    const std::string& text) const {
    if (text.empty()) return "ENOENT";
    std::string here = text.front() == '/' ? "/" : base;
    Names todo = split(text);
    const bool slash = text.back() == '/';
    for (std::size_t i = 0; i < todo.size(); ++i) {
      const std::string what = at(here);
      if (what.empty()) return "ENOENT";
      if (what != "dir") return "ENOTDIR";
      if (todo[i] == ".") continue;
      if (todo[i] == "..") {
        here = parent(here);
        continue;
      }
      const std::string next = (here == "/" ? "" : here) + "/" + todo[i];
      const std::string found = at(next);
      const bool last = i + 1 == todo.size() && !slash;
      if (found.empty() || found == "dir" || found == "file" || last) {
        here = next;
        continue;
      }
      Names target = split(found);
      if (found.front() == '/') here = "/";
      target.insert(target.end(), todo.begin() + static_cast<long>(i) + 1,
                    todo.end());
      todo = std::move(target);
      i = static_cast<std::size_t>(-1);
    }
    if (slash && at(here) == "file") return "ENOTDIR";
    return here;
  }

  static std::string parent(const std::string& path) {
    const std::size_t end = path.rfind('/');
    return end == 0 ? "/" : path.substr(0, end);
  }

  static Names split(const std::string& text) {
    Names names;
    std::string name;
    for (const char c : text + "/") {
      if (c != '/') name += c;
      if (c == '/' && !name.empty()) names.push_back(std::exchange(name, ""));
    }
    return names;
  }
};

const World seen{true};
const World real{false};

/// As the tracer has it: a directory of the real file system, by any name.
std::optional<std::string> real_directory(const std::string& path) {
  const std::string found = real.resolve("/", path + "/");
  if (real.at(found) != "dir") return std::nullopt;
  return found;
}

[[noreturn]] void complain(const char* what, const std::string& base,
                           const std::string& text, const std::string& wanted,
                           const std::string& got) {
  std::fprintf(stderr, "%s: '%s' from %s: wanted %s, got %s\n", what,
               text.c_str(), base.c_str(), wanted.c_str(), got.c_str());
  std::abort();
}

void check(const std::string& base, const std::string& text) {
  static const PathMap map = [] {
    std::vector<VPath> parsed;
    for (const std::string& root : roots) parsed.push_back(*VPath::parse(root));
    PathMap made(std::move(parsed), real_directory);
    made.set_hidden(hidden);
    return made;
  }();
  // Where the program stands, as it sees that and as the kernel does.
  const bool inside = seen.at(base) == "dir" && real.at(base) != "dir";
  const bool shadowed = base.starts_with("/data/genomes");
  const std::string kernel_base = inside || shadowed ? hidden + base : base;
  const Mapping mapping =
      map.map(text, [&] { return std::optional<std::string>(kernel_base); });

  std::string kernel_text = text;
  if (mapping.kind == Mapping::Kind::local) kernel_text = mapping.path;
  if (mapping.kind == Mapping::Kind::in_tree)
    kernel_text = map.to_hidden(mapping.path);
  const std::string wanted = seen.resolve(base, text);
  std::string got = real.resolve(kernel_base, kernel_text);
  const bool in_tree = got.starts_with(hidden);
  if (const auto name = map.to_virtual(got)) got = *name;
  if (got != wanted) complain("place", base, text, wanted, got);
  if (mapping.kind == Mapping::Kind::in_tree && !in_tree)
    complain("kind", base, text, "in the tree", got);
  if (!mapping.directory.empty() && mapping.directory != World::parent(wanted))
    complain("directory", base, text, World::parent(wanted), mapping.directory);
  // One name below where the program stands needs no announcement.
  const bool plain = text.front() != '/' && World::split(text).size() == 1;
  if (in_tree && !plain && mapping.directory.empty())
    complain("directory", base, text, World::parent(wanted), "none");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const Names words{"/",       "/",      "/",     "..",    "..",
                           ".",       "http",   "https", "httpx", "data",
                           "genomes", "unreal", "usr",   "lib",   "tmp",
                           "l",       "m",      "deep",  "x",     "file",
                           "/http/",  "/../",   "//",    "\xff",  "h"};
  static const Names bases{
      "/",         "/usr/lib",  "/tmp",      "/data",         "/http",
      "/http/h",   "/http/h/d", "/usr/http", "/data/genomes", "/data/genomes/x",
      "/unreal/x", "/httpx"};
  if (size < 2 || size > 40) return 0;
  std::string text;
  for (std::size_t i = 1; i < size; ++i) text += words[data[i] % words.size()];
  check(bases[data[0] % bases.size()], text);
  return 0;
}
