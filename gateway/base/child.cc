// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/child.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <csignal>
#include <cstdlib>

extern char** environ;

namespace vfsrun {

namespace {

/// As execve(2) takes them: pointers into the strings, and a null.
std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& each : strings)
    out.push_back(const_cast<char*>(each.c_str()));
  out.push_back(nullptr);
  return out;
}

/// Ours without what is given anew, and then that.
std::vector<char*> merged_environment(const std::vector<std::string>& added) {
  std::vector<char*> out = pointers_to(added);
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text(*each);
    const std::string_view name = text.substr(0, text.find('=') + 1);
    if (std::ranges::none_of(added, [&](const std::string& other) {
          return other.starts_with(name);
        }))
      out.insert(out.begin(), *each);
  }
  return out;
}

/// posix_spawn's two argument blocks, freed together.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }

  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  Result<void> set_descriptors(const std::vector<Inherit>& inherit) {
    for (const int standard : {0, 1, 2}) {
      const bool named = std::ranges::any_of(
          inherit, [&](const Inherit& pair) { return pair.to == standard; });
      if (!named) {
        ::posix_spawn_file_actions_addopen(&actions_, standard, "/dev/null",
                                           O_RDWR, 0);
      }
    }
    // Copies above all targets first: one pair's target may be another's
    // source. dup2 clears close-on-exec on the target.
    int above = 3;
    for (const Inherit& pair : inherit) above = std::max(above, pair.to + 1);
    for (const Inherit& pair : inherit) {
      Fd copy(::fcntl(pair.from, F_DUPFD_CLOEXEC, above));
      if (!copy) return fail_errno("dup");
      ::posix_spawn_file_actions_adddup2(&actions_, copy.get(), pair.to);
      copies_.push_back(std::move(copy));
    }
    // What our own parent left open is not all close-on-exec.
    for (int fd = 3; fd < above; ++fd) {
      const bool named = std::ranges::any_of(
          inherit, [&](const Inherit& pair) { return pair.to == fd; });
      if (!named) ::posix_spawn_file_actions_addclose(&actions_, fd);
    }
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, above);
    return {};
  }

  posix_spawn_file_actions_t* actions() { return &actions_; }

  posix_spawnattr_t* attributes() { return &attributes_; }

 private:
  std::vector<Fd> copies_;
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

Result<std::optional<int>> wait_for(pid_t pid, int flags) {
  // waitpid(2) of -1 would take any child.
  if (pid <= 0) return fail_errno("waitpid", ECHILD);
  for (;;) {
    int status = 0;
    const pid_t got = ::waitpid(pid, &status, flags);
    if (got == pid) return status;
    if (got == 0) return std::nullopt;
    if (errno != EINTR) return fail_errno("waitpid");
  }
}

}  // namespace

Result<Child> Child::spawn(const std::vector<std::string>& arguments,
                           const std::vector<Inherit>& inherit,
                           const std::vector<std::string>& environment) {
  CHECK(!arguments.empty());
  SpawnSettings settings;
  TRY(settings.set_descriptors(inherit));
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = merged_environment(environment);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, argv.front(), settings.actions(),
                     settings.attributes(), argv.data(), envp.data());
  if (error != 0)
    return fail_errno(fmt::format("start {}", arguments.front()), error);
  return Child(pid);
}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

Child::~Child() {
  if (pid_ <= 0) return;
  kill(SIGKILL);
  (void)wait_for(pid_, 0);
}

Result<int> Child::wait() {
  const auto status = TRY(wait_for(pid_, 0));
  pid_ = -1;
  return status.value_or(0);
}

Result<std::optional<int>> Child::poll() {
  const auto status = TRY(wait_for(pid_, WNOHANG));
  if (status) pid_ = -1;
  return status;
}

void Child::kill(int signal) noexcept {
  if (pid_ > 0) ::kill(pid_, signal);
}

std::optional<std::string> find_in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const std::string folder(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    if (folder.empty()) continue;
    const std::string candidate =
        (boost::filesystem::path(folder) / program).string();
    boost::system::error_code error;
    if (::access(candidate.c_str(), X_OK) == 0 &&
        boost::filesystem::is_regular_file(candidate, error))
      return candidate;
  }
  return std::nullopt;
}

}  // namespace vfsrun
