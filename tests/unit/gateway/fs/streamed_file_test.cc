// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/streamed_file.hh"

#include <doctest/doctest.h>

#include "tests/support/gateway_rig.hh"

namespace vfsrun {
namespace {

TEST_SUITE_BEGIN("gateway/fs/streamed_file");

struct Stream {
  test::TempDir folder;
  std::unique_ptr<ContentCache> contents;
  Mounted mounted;
  test::FakeBackend* backend;
  Place place;

  Stream() {
    ContentCacheOptions options;
    options.directory = folder.path();
    contents = ContentCache::create(options);
    auto made = std::make_unique<test::FakeBackend>();
    backend = made.get();
    mounted.backend = std::move(made);
    mounted.mount.path = test::path_of("/h");
    place.path = test::path_of("/h/f");
    place.inner = test::path_of("/f");
    place.mounted = &mounted;
  }
};

TEST_CASE("what has come is read while the rest is on its way") {
  Stream stream;
  stream.backend->put_unsized("/f", "firstsecond!", "");
  test::Gate& gate = stream.backend->hold("/f");
  StreamedFile file(stream.place, stream.contents->open_growing().value(),
                    1000);
  gate.await_arrivals(1);
  Call call;
  std::array<std::byte, 5> room{};
  CHECK(file.read(0, room, call).value().bytes.size() == 5);
  CHECK_FALSE(file.wait_for(5, call).value().has_value());
  gate.open();
  CHECK(file.wait_for(1000, call).value()->size == 12);
  CHECK(file.read(10, room, call).value().bytes.size() == 2);
}

TEST_CASE("a reader leaves when asked to stop, the transfer goes on") {
  Stream stream;
  stream.backend->put_unsized("/f", "firstsecond!", "");
  test::Gate& gate = stream.backend->hold("/f");
  StreamedFile file(stream.place, stream.contents->open_growing().value(),
                    1000);
  gate.await_arrivals(1);
  std::stop_source stop;
  stop.request_stop();
  Call call;
  call.stop = stop.get_token();
  std::array<std::byte, 12> room{};
  CHECK(file.read(0, room, call).error().code == EINTR);
  gate.open();
  Call patient;
  CHECK(file.read(0, room, patient).value().bytes.size() == 12);
}

TEST_CASE("closing ends a transfer under way") {
  Stream stream;
  stream.backend->put_unsized("/f", "firstsecond!", "");
  test::Gate& gate = stream.backend->hold("/f");
  {
    StreamedFile file(stream.place, stream.contents->open_growing().value(),
                      1000);
    gate.await_arrivals(1);
  }
  // It came back without the gate having been opened.
}

TEST_CASE("a body past the limit is an error, not a full disk") {
  Stream stream;
  stream.backend->put_unsized("/f", std::string(5000, 'x'), "");
  StreamedFile file(stream.place, stream.contents->open_growing().value(),
                    1000);
  Call call;
  CHECK(file.wait_for(100'000, call).error().code == EFBIG);
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
