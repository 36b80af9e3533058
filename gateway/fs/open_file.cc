// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/open_file.hh"

#include <atomic>
#include <mutex>
#include <set>
#include <system_error>

#include "gateway/base/log.hh"

namespace vfsrun {

namespace {

class VersionedFile final : public OpenFile {
 public:
  VersionedFile(const Place& place, const Attr& attr,
                std::shared_ptr<CachedFile> content,
                std::function<void()> changed, const OpenContext& context)
      : shared_(std::make_shared<Shared>()),
        changed_(std::move(changed)),
        context_(context) {
    shared_->path = place.path;
    shared_->inner = place.inner;
    shared_->backend = place.mounted->backend.get();
    shared_->version = attr.version;
    shared_->content = std::move(content);
  }

  // Reading ahead stops at once; the last job drops what is shared.
  ~VersionedFile() override { shared_->closed.request_stop(); }

  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out,
                           Call& call) override {
    const std::shared_ptr<Shared>& shared = shared_;
    const auto fetched = std::make_shared<std::atomic<bool>>(false);
    read_ahead({offset, out.size()});
    // The fetch may outlive this call and this open: it owns what it uses.
    Result<std::size_t> size = shared->content->read(
        offset, out,
        [shared, fetched](ByteRange range, const ByteSink& sink, Call& own) {
          fetched->store(true, std::memory_order_relaxed);
          return shared->fetch(range, sink, own);
        },
        call);
    if (!size) {
      tell(size.error());
    } else if (!fetched->load(std::memory_order_relaxed)) {
      context_.counters.add(Counter::bytes_from_cache, *size);
    }
    return size;
  }

  [[nodiscard]] bool shares_pages() const noexcept override { return true; }

 private:
  // What reading ahead uses too.
  struct Shared {
    VPath path;
    VPath inner;
    Backend* backend = nullptr;
    Version version;
    std::shared_ptr<CachedFile> content;
    std::stop_source closed;

    Result<void> fetch(ByteRange range, const ByteSink& sink,
                       Call& call) const {
      return backend->read(inner, range, version, sink, call);
    }
  };

  void read_ahead(ByteRange read) {
    std::optional<ByteRange> wanted;
    {
      const std::lock_guard lock(policy_mutex_);
      wanted = policy_.on_read(read, shared_->content->size());
    }
    if (!wanted) return;
    context_.prefetcher.submit(
        [shared = shared_, range = *wanted](const std::stop_token& ending) {
          load(shared, range, ending);
        });
  }

  static void load(const std::shared_ptr<Shared>& shared, ByteRange range,
                   const std::stop_token& ending) {
    const std::stop_callback end(ending,
                                 [&] { shared->closed.request_stop(); });
    Call call;
    call.priority = Priority::prefetch;
    call.stop = shared->closed.get_token();
    const Result<void> done = shared->content->load(
        range,
        [shared](ByteRange part, const ByteSink& sink, Call& own) {
          return shared->fetch(part, sink, own);
        },
        call);
    if (!done && done.error().code != EINTR)
      LOG(debug, "read-ahead of {}: {}", shared->path.str(),
          done.error().detail);
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
      LOG(warn, "{}: {}", shared_->path.str(),
          std::generic_category().message(error.code));
    } else {
      LOG(warn, "{}", error.detail);
    }
    if (error.code == ESTALE) changed_();
  }

  std::shared_ptr<Shared> shared_;
  std::function<void()> changed_;
  OpenContext context_;
  std::mutex policy_mutex_;
  ReadAheadPolicy policy_;
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
