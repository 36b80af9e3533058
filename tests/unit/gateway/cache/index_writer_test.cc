// SPDX-License-Identifier: GPL-2.0-or-later
// Changes of the cache's index that wait for others.
#include "gateway/cache/index_writer.hh"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <string>
#include <thread>
#include <vector>

namespace vfsrun {
namespace {

using Change = IndexWriter::Change;

TEST_SUITE_BEGIN("gateway/cache/index_writer");

/// Keeps what was written: names of files, urls of notes, one string a batch.
struct Written {
  std::mutex mutex;
  std::condition_variable more;
  std::vector<std::string> batches;

  IndexWriter::Write sink() {
    return [this](std::span<const Change> changes) {
      std::string names;
      for (const Change& change : changes) {
        if (const auto* note = std::get_if<CacheIndex::Note>(&change))
          names += note->url;
        else
          names += std::get<CacheIndex::Growing>(change).name;
      }
      const std::lock_guard lock(mutex);
      batches.push_back(names);
      more.notify_all();
    };
  }

  std::string all() {
    const std::lock_guard lock(mutex);
    std::string joined;
    for (const std::string& batch : batches) joined += batch;
    return joined;
  }
};

Change file(const char* name) { return CacheIndex::Growing{name, 1}; }

Change note(const char* url) { return CacheIndex::Note{url, "1", 1, {}}; }

TEST_CASE("changes are written a moment later, in their order") {
  Written written;
  IndexWriter writer(written.sink());
  writer.add(file("a"));
  writer.add(note("b"));
  writer.add(file("c"));
  std::unique_lock lock(written.mutex);
  CHECK(written.more.wait_for(lock, std::chrono::seconds(20), [&] {
    std::string joined;
    for (const std::string& batch : written.batches) joined += batch;
    return joined == "abc";
  }));
}

TEST_CASE("flush writes what waits, at once and as one") {
  Written written;
  IndexWriter writer(written.sink());
  writer.flush();
  CHECK(written.all().empty());
  for (int i = 0; i < 100; ++i) writer.add(file("x"));
  writer.flush();
  CHECK(written.all() == std::string(100, 'x'));
  // A slow machine's 20 ms may have passed in between, but hardly often.
  CHECK(written.batches.size() < 50);
}

TEST_CASE("whoever asks for a url finds what was noted of it") {
  Written written;
  IndexWriter writer(written.sink());
  writer.add(note("u"));
  writer.flush_for("u");
  CHECK(written.all() == "u");
}

TEST_CASE("the end writes what is left") {
  Written written;
  {
    IndexWriter writer(written.sink());
    writer.add(file("a"));
  }
  CHECK(written.all() == "a");
}

TEST_CASE("changes of many threads all arrive, batch by batch") {
  std::atomic<int> at_once{0};
  std::atomic<int> count{0};
  std::atomic<bool> overlapped{false};
  {
    IndexWriter writer([&](std::span<const Change> changes) {
      if (at_once.fetch_add(1) != 0) overlapped = true;
      count += static_cast<int>(changes.size());
      at_once.fetch_sub(1);
    });
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) {
          writer.add(i % 2 == 0 ? file("f") : note("u"));
          if (i % 100 == 0) writer.flush_for("u");
        }
      });
  }
  CHECK(count == 8000);
  CHECK_FALSE(overlapped);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
