// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>

#include <array>
#include <vector>

#include "tracer/call_exit.hh"

namespace vfsrun::tracer {

namespace {

// A script puts its name into argv[1], behind an argument of its "#!" line
// into argv[2]; each interpreter that is a script itself moves it on.
constexpr std::uint64_t arguments_to_check = 8;

/// The words on a new program's stack: argc, argv, 0, envp, 0, auxv
/// (System V ABI, AMD64, "Process initialization").
class InitialStack {
 public:
  InitialStack(pid_t tid, RemoteAddress at, std::size_t word_size)
      : tid_(tid), at_(at), word_size_(word_size) {}

  [[nodiscard]] Result<std::uint64_t> word(std::uint64_t index) const {
    std::uint64_t value = 0;
    // A 32-bit program's words are the lower half of a little-endian value.
    TRY(read_memory(
        tid_, at_ + index * word_size_,
        std::as_writable_bytes(std::span(&value, 1)).first(word_size_)));
    return value;
  }

  /// Index of the first word behind the next zero word.
  [[nodiscard]] Result<std::uint64_t> behind_zero(std::uint64_t index) const {
    while (TRY(word(index)) != 0) ++index;
    return index + 1;
  }

  /// If the word points at a hidden name, it points at its virtual part
  /// afterwards.
  Result<void> skip_hidden(std::uint64_t index, const PathMap& map) const {
    const RemoteAddress string{TRY(word(index))};
    std::string text(map.hidden().size() + 1, '\0');
    if (!read_memory(tid_, string, std::as_writable_bytes(std::span(text))))
      return {};
    if (!map.to_virtual(text) || text.back() != '/') return {};
    const std::uint64_t value =
        static_cast<std::uint64_t>(string) + map.hidden().size();
    return write_memory(tid_, at_ + index * word_size_,
                        std::as_bytes(std::span(&value, 1)).first(word_size_));
  }

 private:
  pid_t tid_;
  RemoteAddress at_;
  std::size_t word_size_;
};

}  // namespace

Result<void> show_virtual_names(const Stopped& stopped, const PathMap& map) {
  const auto registers = TRY(stopped.registers());
  const InitialStack stack(stopped.tid(),
                           RemoteAddress{arch::stack_pointer(registers)},
                           arch::pointer_size(registers));
  const std::uint64_t argc = TRY(stack.word(0));
  for (std::uint64_t i = 0; i < std::min(argc, arguments_to_check); ++i)
    TRY(stack.skip_hidden(1 + i, map));
  // Past argv (argc words and its zero), then past envp.
  std::uint64_t entry = TRY(stack.behind_zero(argc + 2));
  for (; TRY(stack.word(entry)) != AT_NULL; entry += 2) {
    if (TRY(stack.word(entry)) == AT_EXECFN)
      TRY(stack.skip_hidden(entry + 1, map));
  }
  return {};
}

}  // namespace vfsrun::tracer
