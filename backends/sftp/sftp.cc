// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/sftp/sftp.hh"

#include <fmt/core.h>
#include <sys/stat.h>

#include "backends/sftp/file.hh"
#include "backends/sftp/questions.hh"
#include "backends/sftp/sftp_ask.hh"
#include "backends/sftp/transfer.hh"
#include "backends/sftp/transport.hh"
#include "gateway/base/log.hh"

namespace vfsrun {

namespace {

using sftp::ConnectionPtr;
using sftp::Repeat;

constexpr std::size_t most_hosts = 10'000;
constexpr std::size_t most_special = 100'000;

Attr directory_attr() {
  Attr attr;
  attr.kind = Kind::directory;
  return attr;
}

std::string below(const std::string& folder, const std::string& name) {
  if (folder == ".") return name;
  return folder == "/" ? folder + name : folder + "/" + name;
}

}  // namespace

Result<std::unique_ptr<Backend>> SftpBackend::create(const Mount& mount,
                                                     SharedCounters& counters) {
  return create(mount, counters, &sftp::make_transport, {});
}

Result<std::unique_ptr<Backend>> SftpBackend::create(
    const Mount& mount, SharedCounters& counters, Transport transport,
    sftp::Pool::Settings pool) {
  sftp::Paths paths = TRY(sftp::Paths::parse(mount));
  return std::unique_ptr<Backend>(
      new SftpBackend(std::move(paths), mount, counters, std::move(transport),
                      std::move(pool)));
}

std::shared_ptr<sftp::Remote> SftpBackend::remote_of(
    const sftp::HostName& host) {
  auto remotes = remotes_.lock();
  if (const auto found = remotes->find(host); found != remotes->end())
    return found->second;
  // Each is small until something is asked of it.
  if (remotes->size() >= most_hosts) remotes->erase(remotes->begin());
  sftp::Pool::Settings settings = pool_;
  settings.label = "sftp://" + host.str();
  settings.open = transport_({host, mount_.sftp});
  settings.timeouts.connect = mount_.sftp.connect_timeout;
  settings.timeouts.stall = mount_.sftp.stall_timeout;
  settings.most = mount_.sftp.connections;
  return remotes
      ->emplace(host, std::make_shared<sftp::Remote>(std::move(settings)))
      .first->second;
}

Result<SftpBackend::Spot> SftpBackend::spot(const VPath& path) {
  Result<sftp::Target> target = paths_.target(path);
  if (!target) {
    // What shells and programs look for everywhere is not worth a word.
    if (path.str().starts_with("/.")) {
      LOG(debug, "{}", target.error().detail);
    } else {
      LOG(warn, "{}", target.error().detail);
    }
    return fail(target.error().code);
  }
  if (!target->host) return fail(EISDIR);
  return Spot{remote_of(*target->host), target->host->str(),
              target->path.str()};
}

Result<std::pair<SftpBackend::Spot, SftpBackend::Spot>> SftpBackend::two_spots(
    const VPath& from, const VPath& to) {
  Spot first = TRY(spot(from));
  Spot second = TRY(spot(to));
  if (first.remote != second.remote) return fail(EXDEV);
  return std::pair{std::move(first), std::move(second)};
}

void SftpBackend::remember_special(const Spot& spot, const std::string& path,
                                   const sftp::FileAttributes& attributes) {
  const std::string key = spot.name + "\n" + path;
  auto special = special_.lock();
  if (!sftp::is_special(attributes)) {
    if (!special->empty()) special->erase(key);
  } else if (special->size() < most_special) {
    special->insert(key);
  }
}

Result<Probe> SftpBackend::stat(const VPath& path, const Attr* /*known*/,
                                Call& call) {
  const Result<Spot> found = spot(path);
  if (!found && found.error().code == EISDIR)
    return Probe{directory_attr(), {}};
  const Spot spot = TRY(found);
  return ask(
      spot, Repeat::harmless, call,
      [&](const ConnectionPtr& connection) -> Result<Probe> {
        const sftp::FileAttributes attributes =
            TRY(sftp::look_at(connection, spot.path, call));
        remember_special(spot, spot.path, attributes);
        return Probe{sftp::shown(attributes, connection->features().user), {}};
      });
}

Result<DirListing> SftpBackend::list(const VPath& path, Call& call) {
  const Result<Spot> found = spot(path);
  if (!found && found.error().code == EISDIR) {
    std::vector<DirEntry> hosts;
    auto answered = answered_hosts_.lock();
    for (const std::string& host : *answered)
      hosts.push_back({host, Kind::directory, {}, {}, {}});
    return DirListing(std::move(hosts));
  }
  const Spot spot = TRY(found);
  return ask(
      spot, Repeat::harmless, call,
      [&](const ConnectionPtr& connection) -> Result<DirListing> {
        auto names = sftp::list_directory(connection, spot.path, call);
        if (!names &&
            (names.error().code == EIO || names.error().code == ENOENT)) {
          const auto there = sftp::look_at(connection, spot.path, call);
          if (there && !S_ISDIR(there->permissions.value_or(S_IFDIR)))
            return fail(ENOTDIR);
        }
        if (!names) return tl::unexpected(std::move(names).error());
        DirListing all(entries_of(spot, *names, connection->features().user));
        all.complete = true;
        return all;
      });
}

std::vector<DirEntry> SftpBackend::entries_of(
    const Spot& spot, const std::vector<sftp::Name>& names,
    const sftp::RemoteUser& own) {
  std::vector<DirEntry> entries;
  entries.reserve(names.size());
  std::uint64_t dropped = 0;
  for (const sftp::Name& each : names) {
    if (each.name == "." || each.name == "..") continue;
    if (!VPath::valid_name(each.name)) {
      ++dropped;
      continue;
    }
    remember_special(spot, below(spot.path, each.name), each.attributes);
    DirEntry& entry = entries.emplace_back();
    entry.name = each.name;
    // Without a type there is nothing to show: a stat tells more.
    if (!each.attributes.permissions) continue;
    entry.attr = sftp::shown(each.attributes, own);
    entry.kind = entry.attr->kind;
    entry.size = entry.attr->size;
    entry.modified = entry.attr->modified;
  }
  if (dropped > 0) {
    counters_->add(Counter::names_dropped, dropped);
    LOG(debug, "{}: {} names of {} cannot be names, dropped",
        spot.remote->label(), dropped, spot.path);
  }
  return entries;
}

Result<void> SftpBackend::read(const VPath& path, ByteRange range,
                               const Version& expected, const ByteSink& sink,
                               Call& call) {
  const std::unique_ptr<LiveFile> file =
      TRY(open(path, {.read = true}, 0, call));
  const Attr now = TRY(file->attributes(call));
  if (now.version != expected)
    return fail(ESTALE, fmt::format("{}: the file has changed", path.str()));
  return file->read(range, sink, call);
}

Result<Attr> SftpBackend::read_whole(const VPath& path, const ByteSink& sink,
                                     Call& call) {
  const std::unique_ptr<LiveFile> file =
      TRY(open(path, {.read = true}, 0, call));
  Attr attr = TRY(file->attributes(call));
  std::uint64_t size = 0;
  TRY(file->read(
      {0, UINT64_MAX},
      [&](std::span<const std::byte> bytes) {
        size += bytes.size();
        return sink(bytes);
      },
      call));
  if (attr.size != size) attr.version = {};
  attr.size = size;
  return attr;
}

}  // namespace vfsrun
