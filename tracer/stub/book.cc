// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/stub/book.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "gateway/base/fd.hh"

namespace vfsrun::tracer::stub {

namespace {

// Beyond these a program is looked at site by site.
constexpr std::size_t libraries_max = 256;
constexpr std::size_t sites_max = 64;

struct Mapping {
  std::uint64_t start = 0;
  SiteBook::Library file;
};

/// The line of /proc/PID/maps that holds `address`.
std::optional<Mapping> mapping_at(pid_t tid, std::uint64_t address) {
  constexpr std::size_t limit = 1 << 20;
  const auto file = open_file(fmt::format("/proc/{}/maps", tid), O_RDONLY);
  if (!file) return std::nullopt;
  const auto text = read_all(file->get(), limit);
  if (!text) return std::nullopt;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    const std::string line = text->substr(at, end - at);
    at = end + 1;
    unsigned long start = 0;
    unsigned long stop = 0;
    unsigned long offset = 0;
    unsigned long inode = 0;
    unsigned major = 0;
    unsigned minor = 0;
    // NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers
    if (std::sscanf(line.c_str(), "%lx-%lx %*s %lx %x:%x %lu", &start, &stop,
                    &offset, &major, &minor, &inode) != 6)
      continue;
    if (address < start || address >= stop) continue;
    if (inode == 0) return std::nullopt;
    return Mapping{start, {makedev(major, minor), inode, offset, {}}};
  }
  return std::nullopt;
}

}  // namespace

std::optional<SiteBook::Hit> SiteBook::find(std::uint64_t address,
                                            const SiteBytes& bytes) const {
  constexpr std::uint64_t page_mask = 4096 - 1;
  for (std::size_t i = 0; i < libraries_.size(); ++i) {
    for (const KnownSite& site : libraries_[i].sites) {
      const std::uint64_t start = address - site.offset;
      if ((start & page_mask) == 0 && site.bytes == bytes) return Hit{i, start};
    }
  }
  return std::nullopt;
}

std::optional<SiteBook::Hit> SiteBook::learn(pid_t tid, std::uint64_t address,
                                             long number,
                                             const SiteBytes& bytes) {
  const auto mapping = mapping_at(tid, address);
  if (!mapping) return std::nullopt;
  const Library& file = mapping->file;
  auto library = std::ranges::find_if(libraries_, [&](const Library& known) {
    return known.device == file.device && known.inode == file.inode &&
           known.file_offset == file.file_offset;
  });
  if (library == libraries_.end()) {
    if (libraries_.size() == libraries_max) return std::nullopt;
    libraries_.push_back(file);
    library = libraries_.end() - 1;
  }
  if (library->sites.size() < sites_max)
    library->sites.push_back({address - mapping->start, number, bytes});
  return Hit{static_cast<std::size_t>(library - libraries_.begin()),
             mapping->start};
}

}  // namespace vfsrun::tracer::stub
