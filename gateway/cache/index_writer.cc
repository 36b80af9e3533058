// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/index_writer.hh"

#include <algorithm>
#include <system_error>

namespace vfsrun {

namespace {

constexpr std::size_t most_at_once = 256;

bool has_note_of(std::string_view url,
                 const std::vector<IndexWriter::Change>& changes) {
  return std::ranges::any_of(changes, [&](const IndexWriter::Change& change) {
    const auto* note = std::get_if<CacheIndex::Note>(&change);
    return note != nullptr && note->url == url;
  });
}

}  // namespace

IndexWriter::~IndexWriter() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  flush();
}

void IndexWriter::add(Change change) {
  std::unique_lock lock(mutex_);
  waiting_.push_back(std::move(change));
  if (!thread_.joinable()) {
    try {
      thread_ =
          std::jthread([this](const std::stop_token& stop) { run(stop); });
    } catch (const std::system_error&) {
      lock.unlock();
      return flush();
    }
  }
  // Not for each one: the thread sleeps on until there are many.
  if (waiting_.size() == 1 || waiting_.size() == most_at_once)
    added_.notify_one();
}

void IndexWriter::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (added_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    added_.wait_for(lock, stop, delay,
                    [this] { return waiting_.size() >= most_at_once; });
    lock.unlock();
    flush();
    lock.lock();
  }
}

void IndexWriter::flush() {
  const std::lock_guard writing(writing_);
  {
    const std::lock_guard lock(mutex_);
    leaving_.swap(waiting_);
  }
  if (!leaving_.empty()) write_(leaving_);
  const std::lock_guard lock(mutex_);
  leaving_.clear();
}

void IndexWriter::flush_for(std::string_view url) {
  {
    const std::lock_guard lock(mutex_);
    if (!has_note_of(url, waiting_) && !has_note_of(url, leaving_)) return;
  }
  flush();
}

}  // namespace vfsrun
