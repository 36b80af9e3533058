// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/program_head.hh"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "gateway/base/text.hh"

namespace vfsrun::tracer {

namespace {

constexpr std::size_t script_line_max = 256;  // BINPRM_BUF_SIZE

std::optional<Interpreter> script_interpreter(std::string_view head) {
  const std::string_view line =
      head.substr(2, std::min(head.find('\n'), script_line_max) - 2);
  const std::string_view text = trim(line);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  if (end == 0) return std::nullopt;
  Interpreter found;
  found.path = std::string(text.substr(0, end));
  const std::string_view argument = trim(text.substr(end));
  if (!argument.empty()) found.arguments.emplace_back(argument);
  return found;
}

template <class T>
std::optional<T> take(std::string_view bytes, std::uint64_t offset) {
  T value;
  if (offset > bytes.size() || bytes.size() - offset < sizeof value)
    return std::nullopt;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <class Header, class Segment>
std::optional<Interpreter> elf_interpreter(std::string_view head) {
  const auto header = take<Header>(head, 0);
  if (!header || header->e_phentsize != sizeof(Segment)) return std::nullopt;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const auto segment =
        take<Segment>(head, header->e_phoff + i * sizeof(Segment));
    if (!segment) return std::nullopt;
    if (segment->p_type != PT_INTERP) continue;
    if (segment->p_offset > head.size() ||
        head.size() - segment->p_offset < segment->p_filesz)
      return std::nullopt;
    const std::string_view text =
        head.substr(segment->p_offset, segment->p_filesz);
    Interpreter found;
    found.path = std::string(text.substr(0, text.find('\0')));
    found.is_loader = true;
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Interpreter> find_interpreter(std::string_view head) {
  if (head.starts_with("#!")) return script_interpreter(head);
  if (!head.starts_with(ELFMAG) || head.size() <= EI_CLASS) return std::nullopt;
  if (head[EI_CLASS] == ELFCLASS64)
    return elf_interpreter<Elf64_Ehdr, Elf64_Phdr>(head);
  if (head[EI_CLASS] == ELFCLASS32)
    return elf_interpreter<Elf32_Ehdr, Elf32_Phdr>(head);
  return std::nullopt;
}

std::vector<std::string> interpreter_prefix(const Interpreter& interpreter,
                                            std::string_view program,
                                            std::string_view argv0) {
  std::vector<std::string> prefix{interpreter.path};
  if (interpreter.is_loader) {
    // ld.so(8): run a program with another argv[0] than its file's name.
    prefix.emplace_back("--argv0");
    prefix.emplace_back(argv0);
  }
  prefix.insert(prefix.end(), interpreter.arguments.begin(),
                interpreter.arguments.end());
  prefix.emplace_back(program);
  return prefix;
}

}  // namespace vfsrun::tracer
