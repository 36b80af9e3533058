// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fuse/pending_signals.hh"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <memory>
#include <string>

#include "gateway/base/fd.hh"
#include "gateway/base/text.hh"

namespace vfsrun::fuse {

namespace {

constexpr std::uint64_t bit(int signal) { return 1ULL << (signal - 1); }

std::uint64_t hex(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::optional<std::string> status_text(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  // A status file has about 1.5 KiB; the kernel makes it anew for each read
  // from offset 0, so one read is one state.
  std::array<char, 8192> buffer;
  const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
  if (n <= 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(n));
}

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

std::vector<pid_t> numbers_in(const std::string& folder) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, CloseDirectory> open(::opendir(folder.c_str()));
  if (!open) return numbers;
  while (const dirent* entry = ::readdir(open.get())) {
    const auto number = parse_number(entry->d_name);
    if (number) numbers.push_back(static_cast<pid_t>(*number));
  }
  return numbers;
}

bool waits_to_end(const std::string& path, pid_t tracer) {
  const auto text = status_text(path);
  if (!text) return false;
  const SignalState state = parse_status(*text);
  return state.tracer == tracer && state.run_state == 'D' &&
         wants_to_end(state);
}

}  // namespace

SignalState parse_status(std::string_view text) noexcept {
  SignalState state;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (key == "State" && !value.empty()) state.run_state = value.front();
    if (key == "TracerPid")
      state.tracer = static_cast<pid_t>(parse_number(value).value_or(0));
    if (key == "SigPnd" || key == "ShdPnd") state.pending |= hex(value);
    if (key == "SigBlk") state.blocked = hex(value);
    if (key == "SigIgn") state.ignored = hex(value);
    if (key == "SigCgt") state.caught = hex(value);
  }
  return state;
}

std::optional<SignalState> signals_of(pid_t thread) {
  const auto text = status_text(fmt::format("/proc/{}/status", thread));
  if (!text) return std::nullopt;
  return parse_status(*text);
}

bool wants_to_end(const SignalState& state) noexcept {
  constexpr std::uint64_t by_people =
      bit(SIGINT) | bit(SIGTERM) | bit(SIGHUP) | bit(SIGQUIT);
  // signal(7): the default action of these is not to end the process.
  constexpr std::uint64_t harmless =
      bit(SIGCHLD) | bit(SIGCONT) | bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) |
      bit(SIGTTOU) | bit(SIGURG) | bit(SIGWINCH);
  if ((state.pending & bit(SIGKILL)) != 0) return true;
  const std::uint64_t coming = state.pending & ~state.blocked & ~state.ignored;
  if ((coming & by_people) != 0) return true;
  return (coming & ~state.caught & ~harmless) != 0;
}

bool tracee_waits_to_end(pid_t tracer) {
  for (const pid_t process : numbers_in("/proc")) {
    const std::string folder = fmt::format("/proc/{}", process);
    const auto text = status_text(folder + "/status");
    if (!text || parse_status(*text).tracer != tracer) continue;
    for (const pid_t thread : numbers_in(folder + "/task"))
      if (waits_to_end(fmt::format("{}/task/{}/status", folder, thread),
                       tracer))
        return true;
  }
  return false;
}

}  // namespace vfsrun::fuse
