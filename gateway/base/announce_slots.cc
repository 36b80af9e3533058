// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/announce_slots.hh"

#include <array>
#include <atomic>
#include <cstring>
#include <new>

namespace vfsrun {

namespace {
constexpr std::size_t word_size = sizeof(std::uint64_t);
constexpr std::size_t words_per_slot = AnnounceSlots::path_max / word_size;
}  // namespace

// Slots at or above `used` have never held a path: readers stop there.
struct AnnounceSlots::Header {
  std::atomic<std::uint32_t> used;
};

// The path is kept in atomic words: the reader may look while the writer
// writes, and finds out by the sequence number, which is odd meanwhile.
struct AnnounceSlots::Slot {
  std::atomic<std::uint64_t> sequence;
  std::atomic<std::uint64_t> length;  // 0: free
  std::array<std::atomic<std::uint64_t>, words_per_slot> words;
};

namespace {
constexpr std::size_t slots_offset = 4096;
constexpr std::size_t region_size = slots_offset + AnnounceSlots::count * 4096;
}  // namespace

AnnounceSlots::Header& AnnounceSlots::header() const noexcept {
  return *std::launder(reinterpret_cast<Header*>(region_.data()));
}

AnnounceSlots::Slot& AnnounceSlots::slot_at(std::size_t index) const noexcept {
  static_assert(sizeof(Slot) == 4096);
  return *std::launder(reinterpret_cast<Slot*>(region_.data() + slots_offset +
                                               index * sizeof(Slot)));
}

Result<AnnounceSlots> AnnounceSlots::create() {
  // Zero bytes are a valid empty set. Pages cost memory once touched only.
  return attach(TRY(make_memfd("vfsrun-announce", region_size)));
}

Result<AnnounceSlots> AnnounceSlots::attach(Fd memfd) {
  MappedRegion region = TRY(MappedRegion::map(memfd.get(), region_size, true));
  return AnnounceSlots(std::move(memfd), std::move(region));
}

void AnnounceSlots::announce(std::size_t index,
                             std::string_view directory) noexcept {
  if (index >= count || directory.size() > path_max) return;
  Slot& slot = slot_at(index);
  const std::uint64_t sequence = slot.sequence.load(std::memory_order_relaxed);
  slot.sequence.store(sequence + 1, std::memory_order_relaxed);
  // Release on each word keeps the odd sequence number before it.
  slot.length.store(directory.size(), std::memory_order_release);
  for (std::size_t at = 0; at < directory.size(); at += word_size) {
    std::uint64_t word = 0;
    const std::size_t bytes = std::min(word_size, directory.size() - at);
    std::memcpy(&word, directory.data() + at, bytes);
    slot.words[at / word_size].store(word, std::memory_order_release);
  }
  slot.sequence.store(sequence + 2, std::memory_order_release);
  auto& used = header().used;
  if (used.load(std::memory_order_relaxed) <= index) {
    used.store(static_cast<std::uint32_t>(index + 1),
               std::memory_order_release);
  }
}

void AnnounceSlots::clear(std::size_t index) noexcept { announce(index, {}); }

bool AnnounceSlots::is_announced(std::string_view path) const noexcept {
  if (path.size() > path_max) return false;
  const std::size_t used = std::min<std::size_t>(
      header().used.load(std::memory_order_acquire), count);
  std::array<char, path_max> text;
  for (std::size_t index = 0; index < used; ++index) {
    const Slot& slot = slot_at(index);
    // Bounded: a writer that was killed in mid-write leaves an odd number.
    for (int tries = 0; tries < 1000; ++tries) {
      const std::uint64_t before =
          slot.sequence.load(std::memory_order_acquire);
      const std::uint64_t length = slot.length.load(std::memory_order_acquire);
      if ((before & 1) == 0 && (length < path.size() || length > path_max))
        break;
      // One byte past the path decides "itself or below it".
      const std::size_t wanted =
          std::min<std::size_t>(path.size() + 1, path_max);
      for (std::size_t at = 0; at < wanted; at += word_size) {
        const std::uint64_t word =
            slot.words[at / word_size].load(std::memory_order_acquire);
        std::memcpy(text.data() + at, &word,
                    std::min(word_size, path_max - at));
      }
      if ((before & 1) != 0 ||
          slot.sequence.load(std::memory_order_relaxed) != before)
        continue;  // changed meanwhile: look again
      if (std::memcmp(text.data(), path.data(), path.size()) == 0 &&
          (length == path.size() || text[path.size()] == '/'))
        return true;
      break;
    }
  }
  return false;
}

}  // namespace vfsrun
