// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/interpreter_exec.hh"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer/local_links.hh"
#include "tracer/remote_memory.hh"

namespace vfsrun::tracer {

namespace {

constexpr int levels_max = 4;  // as fs/exec.c: an interpreter's interpreter…
constexpr std::size_t argv_max = 1U << 20U;
/// Strings of one level: path, name, argument, program.
constexpr std::size_t strings_size = std::size_t{5} * 4096;

/// Index of argv among the arguments; envp follows it.
std::size_t argv_index(const SyscallEntry& entry) {
  return entry.number == SYS_execveat ? 2 : 1;
}

Result<std::vector<std::uint64_t>> read_pointers(pid_t tid, std::uint64_t at) {
  std::vector<std::uint64_t> pointers;
  while (at != 0 && pointers.size() < argv_max) {
    std::uint64_t pointer = 0;
    TRY(read_memory(tid, RemoteAddress{at},
                    std::as_writable_bytes(std::span(&pointer, 1))));
    if (pointer == 0) return pointers;
    pointers.push_back(pointer);
    at += sizeof pointer;
  }
  if (at == 0) return pointers;
  return fail(E2BIG);
}

}  // namespace

Result<bool> InterpreterExec::begin(const Stopped& stopped,
                                    std::uint64_t first_argument) {
  first_argument_ = first_argument;
  if (attempt_.used.abi != &arch::native) return false;
  if (!attempt_.local_path.empty() && !is_cached_file(attempt_.local_path))
    return false;
  saved_ = TRY(stopped.registers());
  argv_ = TRY(read_pointers(
      stopped.tid(), attempt_.used.arguments.at(argv_index(attempt_.used))));
  block_size_ = strings_size + (argv_.size() + 16) * sizeof(std::uint64_t);
  constexpr std::uint64_t nowhere = ~std::uint64_t{0};
  return inject(
      stopped, Step::map, SYS_mmap,
      {0, program_head_size + levels_max * block_size_, PROT_READ | PROT_WRITE,
       MAP_PRIVATE | MAP_ANONYMOUS, nowhere, 0});
}

/// The thread makes this call next: two stops, at its entry and its exit.
Result<bool> InterpreterExec::inject(const Stopped& stopped, Step step,
                                     long number, const Arguments& arguments) {
  step_ = step;
  at_entry_ = true;
  TRY(stopped.set_registers(arch::before_call(
      arch::with_call(saved_, arch::native, number, arguments))));
  return true;
}

Result<bool> InterpreterExec::advance(const Stopped& stopped,
                                      const PathMap& map) {
  if (std::exchange(at_entry_, false)) return true;
  const long result = TRY(stopped.call_result());
  switch (step_) {
    case Step::map:
      if (result < 0 && result > -4096) break;
      area_ = static_cast<std::uint64_t>(result);
      return open(stopped);
    case Step::open:
      fd_ = result;
      if (fd_ < 0) return unmap(stopped);
      return inject(
          stopped, Step::read, SYS_pread64,
          {static_cast<std::uint64_t>(fd_), area_, program_head_size, 0});
    case Step::read:
      head_size_ = result;
      return inject(stopped, Step::close, SYS_close,
                    {static_cast<std::uint64_t>(fd_)});
    case Step::close:
      return look_at_head(stopped, map);
    case Step::execute:
      // It came back, so it failed; an interpreter may itself be a script.
      if (result == -ENOENT) return open(stopped);
      saved_ = arch::with_result(saved_, result);
      return unmap(stopped);
    default:
      break;
  }
  TRY(stopped.set_registers(wants_gateway_
                                ? arch::before_call(arch::with_first_argument(
                                      saved_, first_argument_))
                                : saved_));
  return false;
}

Result<bool> InterpreterExec::open(const Stopped& stopped) {
  const auto& used = attempt_.used.arguments;
  const bool at = attempt_.used.number == SYS_execveat;
  constexpr auto here = static_cast<std::uint64_t>(std::int64_t{AT_FDCWD});
  return inject(stopped, Step::open, SYS_openat,
                {at ? used[0] : here, at ? used[1] : used[0],
                 O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0});
}

Result<bool> InterpreterExec::look_at_head(const Stopped& stopped,
                                           const PathMap& map) {
  if (head_size_ <= 0) return unmap(stopped);
  std::string head(static_cast<std::size_t>(head_size_), '\0');
  TRY(read_memory(stopped.tid(), RemoteAddress{area_},
                  std::as_writable_bytes(std::span(head))));
  const auto interpreter = find_interpreter(head);
  if (!interpreter) return unmap(stopped);
  const Mapping mapping = map.map(
      interpreter->path, []() -> std::optional<std::string> { return {}; });
  if (mapping.kind != Mapping::Kind::in_tree) {
    // A local script as interpreter: its own interpreter may be the missing
    // one. A local loader is not: the kernel would have found it.
    if (interpreter->is_loader) return unmap(stopped);
    if (!TRY(descend(stopped, *interpreter, interpreter->path)))
      return unmap(stopped);
    return open(stopped);
  }
  if (map.hidden().empty()) {
    wants_gateway_ = true;
    return unmap(stopped);
  }
  if (!TRY(descend(stopped, *interpreter, map.to_hidden(interpreter->path))))
    return unmap(stopped);
  return inject(stopped, Step::execute, SYS_execve, attempt_.used.arguments);
}

std::uint64_t InterpreterExec::block() const {
  return area_ + program_head_size +
         static_cast<std::uint64_t>(level_) * block_size_;
}

/// Turns the call into one of the interpreter, found at `kernel_path`. False
/// when that does not fit.
Result<bool> InterpreterExec::descend(const Stopped& stopped,
                                      const Interpreter& interpreter,
                                      const std::string& kernel_path) {
  const pid_t tid = stopped.tid();
  std::string argv0 = attempt_.program;
  if (!argv_.empty())
    argv0 = TRY(read_string(tid, RemoteAddress{argv_.front()}, Absent::read));
  // The path first: it becomes the path argument; then argv's new
  // beginning; behind them the pointers.
  std::string strings = kernel_path + '\0';
  std::vector<std::uint64_t> argv;
  for (const std::string& text :
       interpreter_prefix(interpreter, attempt_.program, argv0)) {
    argv.push_back(block() + strings.size());
    strings += text + '\0';
  }
  if (strings.size() > strings_size || level_ >= levels_max) return false;
  if (!argv_.empty()) argv.insert(argv.end(), argv_.begin() + 1, argv_.end());
  const std::uint64_t path = block();
  const std::uint64_t pointers = path + strings_size;
  argv_ = argv;
  argv.push_back(0);
  TRY(write_memory(tid, RemoteAddress{block()},
                   std::as_bytes(std::span(strings))));
  TRY(write_memory(tid, RemoteAddress{pointers},
                   std::as_bytes(std::span(argv))));
  const std::uint64_t envp =
      attempt_.used.arguments.at(argv_index(attempt_.used) + 1);
  ++level_;
  attempt_.program = interpreter.path;
  attempt_.used.number = SYS_execve;
  attempt_.used.arguments = {path, pointers, envp};
  return true;
}

Result<bool> InterpreterExec::unmap(const Stopped& stopped) {
  return inject(stopped, Step::unmap, SYS_munmap,
                {area_, program_head_size + levels_max * block_size_});
}

}  // namespace vfsrun::tracer
