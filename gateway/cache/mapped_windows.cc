// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/mapped_windows.hh"

#include <sys/mman.h>

#include <algorithm>

namespace vfsrun {

struct MappedWindows::Window {
  Window(int fd, std::uint64_t number)
      : index(number),
        data(::mmap(nullptr, window_size, PROT_READ, MAP_SHARED, fd,
                    static_cast<off_t>(number * window_size))) {}

  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  ~Window() {
    if (data != MAP_FAILED) ::munmap(data, window_size);
  }

  std::uint64_t index;
  void* data;
};

std::optional<FileBytes> MappedWindows::view(int fd, ByteRange range) {
  const std::uint64_t index = range.offset / window_size;
  if (range.size < smallest_view || (range.end() - 1) / window_size != index)
    return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(
      windows_, [&](const auto& window) { return window->index == index; });
  std::shared_ptr<const Window> window;
  if (found != windows_.end()) {
    window = std::move(*found);
    windows_.erase(found);
  } else {
    window = std::make_shared<Window>(fd, index);
    if (window->data == MAP_FAILED) return std::nullopt;
  }
  windows_.push_front(window);
  if (windows_.size() > windows_max) windows_.pop_back();
  const auto* start = static_cast<const std::byte*>(window->data);
  return FileBytes{{start + range.offset % window_size, range.size},
                   std::move(window)};
}

}  // namespace vfsrun
