// SPDX-License-Identifier: GPL-2.0-or-later
// A gateway's parts over fake backends: one mount at /h as http has it, and
// one at /d/store whose directories are the store's own. On demand two that
// are changed in place: /live, and /seen, which is read-only. Header only: for
// the tests of gateway/, which link it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/fs/filesystem.hh"
#include "tests/support/fake_backend.hh"
#include "tests/support/fake_clock.hh"
#include "tests/support/fake_live_backend.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun::test {

inline VPath path_of(std::string_view text) {
  return VPath::parse(text).value();
}

class GatewayRig {
 public:
  enum class Live : std::uint8_t { no, yes };

  explicit GatewayRig(RootDir::Unknown unknown = RootDir::Unknown::absent,
                      Live live = Live::no)
      : slots_(AnnounceSlots::create().value()),
        counters_(SharedCounters::create().value()),
        root_(mounts(live), unknown),
        contents_(ContentCache::create(cache_options())),
        meta_(clock_),
        metadata_(meta_, *contents_, &slots_),
        filesystem_({root_, metadata_, *contents_, read_ahead_, walks_,
                     counters_, meta_, clock_,
                     Spool(folder_.path() / "spool")}) {}

  [[nodiscard]] FakeClock& clock() { return clock_; }

  [[nodiscard]] AnnounceSlots& slots() { return slots_; }

  [[nodiscard]] SharedCounters& counters() { return counters_; }

  [[nodiscard]] FakeBackend& http() { return *http_; }

  [[nodiscard]] FakeBackend& store() { return *store_; }

  /// Where bytes are kept that never reached a server.
  [[nodiscard]] boost::filesystem::path spool() const {
    return folder_.path() / "spool";
  }

  [[nodiscard]] FakeLiveBackend& live() { return *live_; }

  [[nodiscard]] FakeLiveBackend& seen() { return *seen_; }

  [[nodiscard]] Metadata& metadata() { return metadata_; }

  [[nodiscard]] MetaCache& meta() { return meta_; }

  [[nodiscard]] Filesystem& filesystem() { return filesystem_; }

  [[nodiscard]] Place place(std::string_view path) const {
    return root_.place(path_of(path));
  }

  Result<EntryReply> lookup(std::string_view path) {
    Call call;
    EntryReply entry;
    entry.ino = Ino::root;
    const VPath whole = path_of(path);
    for (const std::string_view name : whole.components())
      entry = TRY(filesystem_.lookup(entry.ino, name, call));
    return entry;
  }

  Result<Opened> open(Ino ino, int flags = 0) {
    Call call;
    return filesystem_.open(ino, flags, call);
  }

  Result<std::string> read(std::uint64_t handle, std::uint64_t offset,
                           std::size_t size) {
    Call call;
    std::string out(size, '\0');
    const FileBytes got = TRY(filesystem_.read(
        handle, offset, std::as_writable_bytes(std::span(out)), call));
    return std::string(reinterpret_cast<const char*>(got.bytes.data()),
                       got.bytes.size());
  }

 private:
  static Mounted mounted(std::string_view path, std::string url,
                         std::unique_ptr<Backend> backend) {
    Mount mount;
    mount.path = path_of(path);
    mount.url = std::move(url);
    return Mounted{mount, std::move(backend)};
  }

  std::vector<Mounted> mounts(Live with_live) {
    auto http = std::make_unique<FakeBackend>(true);
    auto store = std::make_unique<FakeBackend>(false);
    http_ = http.get();
    store_ = store.get();
    std::vector<Mounted> made;
    made.push_back(mounted("/h", "http://fake/", std::move(http)));
    made.push_back(mounted("/d/store", "store://fake/", std::move(store)));
    if (with_live == Live::no) return made;
    auto live = std::make_unique<FakeLiveBackend>();
    auto seen = std::make_unique<FakeLiveBackend>();
    live_ = live.get();
    seen_ = seen.get();
    made.push_back(mounted("/live", "live://fake/", std::move(live)));
    made.back().mount.access = Access::read_write;
    made.push_back(mounted("/seen", "live://seen/", std::move(seen)));
    return made;
  }

  [[nodiscard]] ContentCacheOptions cache_options() const {
    ContentCacheOptions options;
    options.directory = folder_.path();
    return options;
  }

  TempDir folder_;
  FakeClock clock_;
  AnnounceSlots slots_;
  SharedCounters counters_;
  FakeBackend* http_ = nullptr;
  FakeBackend* store_ = nullptr;
  FakeLiveBackend* live_ = nullptr;
  FakeLiveBackend* seen_ = nullptr;
  RootDir root_;
  std::unique_ptr<ContentCache> contents_;
  MetaCache meta_;
  Metadata metadata_;
  ReadAheadBudget read_ahead_;
  Prefetcher prefetcher_;
  Walks walks_{metadata_.for_walks(), prefetcher_, read_ahead_};
  Filesystem filesystem_;
};

}  // namespace vfsrun::test
