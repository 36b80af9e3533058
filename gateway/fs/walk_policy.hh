// SPDX-License-Identifier: GPL-2.0-or-later
// Which files of a directory to fetch ahead while a program opens one after
// the other. Pure; whoever owns one guards it. Knows files by their place in
// the listing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace vfsrun {

/// Fetches ahead no more than was used so far, in files and in bytes: so
/// whatever a program does, at most twice of what it uses is fetched. In a
/// walk that doubles the files on their way with each one opened.
class WalkPolicy {
 public:
  static constexpr std::size_t most_ahead = 32;
  /// Several programs may walk together, each with files of its own.
  static constexpr std::size_t slack = 8;

  using Indexes = std::vector<std::size_t>;

  /// For `count` files, walked as they are listed or in one of `orders`, each
  /// of which names every file once.
  explicit WalkPolicy(std::size_t count,
                      const std::vector<Indexes>& orders = {});

  /// File `index` is opened, which cost `bytes` unless it had been fetched
  /// ahead. Those to fetch now, in order.
  Indexes on_open(std::size_t index, std::uint64_t bytes);

  /// What on_open() asked for has not been opened meanwhile.
  [[nodiscard]] bool wants(std::size_t index) const {
    return unused_.contains(index);
  }

  /// What on_open() asked for has come; so many bytes were sent for it. It
  /// may have been opened meanwhile.
  void on_fetched(std::size_t index, std::uint64_t bytes);

 private:
  struct File {
    bool opened = false;
    bool seen = false;  ///< opened or asked for before
  };

  /// One order to walk in; ranks are places in it.
  struct Order {
    Indexes files;
    Indexes ranks;
    std::optional<std::size_t> position{};  ///< the last one opened in a row
    std::size_t next = 0;                   ///< the first not asked for

    bool step(std::size_t index, bool hit);
  };

  bool use(std::size_t index, std::uint64_t bytes);
  [[nodiscard]] bool may_fetch() const noexcept;
  Indexes ahead_in(Order& order);

  std::vector<File> files_;
  std::vector<Order> orders_;
  std::size_t along_ = 0;                        ///< the order of this walk
  std::map<std::size_t, std::uint64_t> unused_;  ///< fetched ahead: bytes
  std::size_t used_ = 0;
  std::uint64_t unused_bytes_ = 0;
  std::uint64_t used_bytes_ = 0;
};

}  // namespace vfsrun
