// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/open_file.hh"

#include <mutex>
#include <set>
#include <system_error>

#include "gateway/base/log.hh"
#include "gateway/cache/read_window.hh"

namespace vfsrun {

namespace {

class VersionedFile final : public OpenFile {
 public:
  VersionedFile(const Place& place, const Attr& attr,
                std::shared_ptr<CachedFile> content,
                std::function<void()> changed, const OpenContext& context)
      : path_(place.path),
        changed_(std::move(changed)),
        counters_(context.counters),
        window_(std::move(content), fetch_of(place, attr),
                place.mounted->backend->useful_reads(), context.read_ahead) {}

  Result<FileBytes> read(std::uint64_t offset, std::span<std::byte> room,
                         Call& call) override {
    Result<ReadWindow::Served> served = window_.read(offset, room, call);
    if (!served) {
      tell(served.error());
      return tl::unexpected(std::move(served).error());
    }
    if (served->from_cache)
      counters_.add(Counter::bytes_from_cache, served->what.bytes.size());
    return std::move(served->what);
  }

  [[nodiscard]] bool shares_pages() const noexcept override { return true; }

 private:
  // A fetch may outlive the call and the open: it owns what it uses.
  static CachedFile::Fetch fetch_of(const Place& place, const Attr& attr) {
    return [backend = place.mounted->backend.get(), path = place.inner,
            version = attr.version](ByteRange range, const ByteSink& sink,
                                    Call& call) {
      return backend->read(path, range, version, sink, call);
    };
  }

  /// One line for each way in which this open file fails, however often: the
  /// kernel tries again page by page.
  void tell(const Error& error) {
    if (error.code == EINTR) return;
    {
      const std::lock_guard lock(told_mutex_);
      if (!told_.insert(error.code).second) return;
    }
    if (error.detail.empty()) {
      LOG(warn, "{}: {}", path_.str(),
          std::generic_category().message(error.code));
    } else {
      LOG(warn, "{}", error.detail);
    }
    if (error.code == ESTALE) changed_();
  }

  VPath path_;
  std::function<void()> changed_;
  SharedCounters& counters_;
  ReadWindow window_;
  std::mutex told_mutex_;
  std::set<int> told_;
};

}  // namespace

std::shared_ptr<OpenFile> open_version(const Place& place, const Attr& attr,
                                       std::shared_ptr<CachedFile> content,
                                       std::function<void()> changed,
                                       const OpenContext& context) {
  return std::make_shared<VersionedFile>(place, attr, std::move(content),
                                         std::move(changed), context);
}

}  // namespace vfsrun
