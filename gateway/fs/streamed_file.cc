// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/streamed_file.hh"

#include <algorithm>
#include <array>

#include "gateway/base/log.hh"

namespace vfsrun {

namespace {
/// All bytes are there: nothing is ever missing that one could fetch.
Result<void> no_fetch(ByteRange, const ByteSink&, Call&) { return fail(EIO); }
}  // namespace

StreamedFile::StreamedFile(const Place& place,
                           std::shared_ptr<CachedFile> content,
                           std::uint64_t limit)
    : path_(place.path),
      inner_(place.inner),
      backend_(place.mounted->backend.get()),
      content_(std::move(content)),
      thread_([this, limit](const std::stop_token& stop) {
        transfer(stop, limit);
      }) {}

StreamedFile::~StreamedFile() = default;

void StreamedFile::transfer(const std::stop_token& stop, std::uint64_t limit) {
  Call call;
  call.stop = stop;
  const auto sink = [&](std::span<const std::byte> bytes) -> Result<void> {
    {
      const std::lock_guard lock(mutex_);
      if (bytes.size() > limit - std::min(limit, size_))
        return fail(EFBIG, "body of unknown length is too large");
    }
    TRY(content_->append(bytes));
    {
      const std::lock_guard lock(mutex_);
      size_ += bytes.size();
    }
    grown_.notify_all();
    return {};
  };
  Result<Attr> end = fail(EIO);
  try {
    end = backend_->read_whole(inner_, sink, call);
  } catch (const std::exception& error) {
    end = fail(EIO, error.what());
  }
  if (!end && end.error().code != EINTR)
    LOG(debug, "{}: {}", path_.str(), end.error().detail);
  {
    const std::lock_guard lock(mutex_);
    if (end) end->size = size_;
    end_ = std::move(end);
  }
  grown_.notify_all();
}

Result<void> StreamedFile::wait(std::uint64_t size, Call& call) {
  std::unique_lock lock(mutex_);
  const auto there = [&] { return end_.has_value() || size_ >= size; };
  const bool done =
      call.deadline == std::chrono::steady_clock::time_point::max()
          ? grown_.wait(lock, call.stop, there)
          : grown_.wait_until(lock, call.stop, call.deadline, there);
  if (!done) return fail(call.stop.stop_requested() ? EINTR : ETIMEDOUT);
  // What came before the transfer broke is good to read.
  if (size_ < size && end_ && !*end_) return tl::unexpected(end_->error());
  return {};
}

Result<std::optional<Attr>> StreamedFile::wait_for(std::uint64_t enough,
                                                   Call& call) {
  TRY(wait(enough, call));
  const std::lock_guard lock(mutex_);
  if (!end_) return std::optional<Attr>();
  if (!*end_) return tl::unexpected(end_->error());
  return std::optional<Attr>(**end_);
}

Result<FileBytes> StreamedFile::read(std::uint64_t offset,
                                     std::span<std::byte> room, Call& call) {
  TRY(wait(offset + room.size(), call));
  std::uint64_t size = 0;
  {
    const std::lock_guard lock(mutex_);
    size = size_;
  }
  if (offset >= size) return FileBytes{};
  room = room.first(std::min<std::size_t>(room.size(), size - offset));
  return content_->read_in_place(offset, room, no_fetch, call);
}

void StreamedFile::copy_to(CachedFile& into) {
  // A multiple of the cache's blocks: it takes whole ones only.
  std::vector<std::byte> buffer(1024UL * 1024);
  Call call;
  for (std::uint64_t at = 0;;) {
    const Result<std::size_t> n = content_->read(at, buffer, no_fetch, call);
    if (!n || *n == 0) return;
    into.store(at, std::span(buffer).first(*n));
    at += *n;
  }
}

}  // namespace vfsrun
