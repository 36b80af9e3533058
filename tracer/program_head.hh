// SPDX-License-Identifier: GPL-2.0-or-later
// The first bytes of a program: which interpreter it asks for. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vfsrun::tracer {

/// How much of a file is looked at; PT_INTERP stands within it in programs
/// that linkers make.
constexpr std::size_t program_head_size = 4096;

struct Interpreter {
  std::string path;
  /// What execve(2) puts before the program's own name, after the
  /// interpreter's: a script's optional argument, or nothing.
  std::vector<std::string> arguments;
  /// An ELF interpreter is a program that gets argv[0] told apart.
  bool is_loader = false;
};

/// A script's "#!" line or an ELF file's PT_INTERP; nothing for neither.
/// `head` may come from anywhere: every offset is checked.
std::optional<Interpreter> find_interpreter(std::string_view head);

/// The arguments with which the interpreter runs a program called by
/// `arguments` (its argv) and named `program`.
std::vector<std::string> interpreter_prefix(const Interpreter& interpreter,
                                            std::string_view program,
                                            std::string_view argv0);

}  // namespace vfsrun::tracer
