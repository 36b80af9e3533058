// SPDX-License-Identifier: GPL-2.0-or-later
// Places for system calls in flight: a numbered room in every program's
// scratch region and in the announce slots. For the tracer's one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace vfsrun::tracer {

/// Numbers are handed out once for all programs together, so that threads
/// and vfork children that share memory never share a room.
class CallSlots {
 public:
  static constexpr std::size_t count = 512;

  CallSlots();

  /// Gives the number back when dropped.
  class Lease {
   public:
    Lease(Lease&& other) noexcept
        : slots_(std::exchange(other.slots_, nullptr)),
          number_(other.number_) {}

    Lease& operator=(Lease&& other) noexcept {
      std::swap(slots_, other.slots_);
      std::swap(number_, other.number_);
      return *this;
    }

    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    ~Lease() {
      if (slots_ != nullptr) slots_->free_.push_back(number_);
    }

    [[nodiscard]] std::size_t number() const noexcept { return number_; }

   private:
    friend CallSlots;

    Lease(CallSlots* slots, std::size_t number) noexcept
        : slots_(slots), number_(number) {}

    CallSlots* slots_;
    std::size_t number_;
  };

  /// Nothing when all are taken: the call waits until one is given back.
  std::optional<Lease> take();

 private:
  std::vector<std::size_t> free_;  // the last one used is used next
};

}  // namespace vfsrun::tracer
