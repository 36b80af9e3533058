// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/secrets.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

#include "gateway/base/child.hh"
#include "gateway/base/fd.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t largest_secret = 64 * 1024;
constexpr std::size_t largest_netrc = 1024 * 1024;
/// How often a caller that has been stopped is looked for.
constexpr milliseconds step{50};

/// Nothing while there is time; the error once there is none.
std::optional<Error> out_of_time(const Call& call, steady_clock::time_point end,
                                 const std::string& program) {
  if (call.stop.stop_requested()) return Error{EINTR, "stopped"};
  if (steady_clock::now() < end) return std::nullopt;
  return Error{ETIMEDOUT,
               fmt::format("the command {} gave no answer in time", program)};
}

Result<std::string> read_answer(int fd, const Call& call,
                                steady_clock::time_point end,
                                const std::string& program) {
  std::string text;
  for (;;) {
    if (auto error = out_of_time(call, end, program))
      return tl::unexpected(*std::move(error));
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(step.count())) <= 0) continue;
    std::array<char, 4096> bytes;
    const ssize_t n = ::read(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read");
    if (n == 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(n));
    if (text.size() > largest_secret)
      return fail(EACCES, fmt::format("the command {} says too much", program));
  }
}

Result<std::string> run_command(const std::vector<std::string>& command,
                                const std::vector<std::string>& environment,
                                const Call& call) {
  const auto end =
      std::min(call.deadline, steady_clock::now() + secret_command_time);
  const std::string& program = command.front();
  Pipe pipe = TRY(Pipe::create());
  auto child = Child::spawn(command, {{pipe.write_end.get(), STDOUT_FILENO}},
                            environment);
  if (!child) {
    return fail(EACCES, fmt::format("the command for the secret: {}",
                                    child.error().detail));
  }
  pipe.write_end.reset();
  std::string text = TRY(read_answer(pipe.read_end.get(), call, end, program));
  std::optional<int> status;
  while (!(status = TRY(child->poll()))) {
    if (auto error = out_of_time(call, end, program))
      return tl::unexpected(*std::move(error));
    std::this_thread::sleep_for(milliseconds(1));
  }
  if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) {
    return fail(EACCES,
                fmt::format("the command {} for the secret failed ({} {})",
                            program, WIFEXITED(*status) ? "status" : "signal",
                            WIFEXITED(*status) ? WEXITSTATUS(*status)
                                               : WTERMSIG(*status)));
  }
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  if (text.empty()) {
    return fail(EACCES, fmt::format("the command {} for the secret said "
                                    "nothing",
                                    program));
  }
  return text;
}

/// One word after the other; "…" holds blanks, with \ before what is special.
class NetrcWords {
 public:
  explicit NetrcWords(std::string_view text) : rest_(text) {}

  std::optional<std::string> next() {
    for (;;) {
      rest_.remove_prefix(
          std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
      if (!rest_.starts_with('#')) break;
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    }
    if (rest_.empty()) return std::nullopt;
    return rest_.front() == '"' ? quoted() : plain();
  }

  /// A macro ends at an empty line.
  void skip_macro() {
    const std::size_t end = rest_.find("\n\n");
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 2);
  }

 private:
  std::string plain() {
    const std::size_t end =
        std::min(rest_.find_first_of(" \t\r\n"), rest_.size());
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return word;
  }

  std::string quoted() {
    std::string word;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      word += rest_.front();
      rest_.remove_prefix(1);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    return word;
  }

  std::string_view rest_;
};

struct NetrcEntry {
  std::string host;  ///< empty: the default
  Login login;
};

std::vector<NetrcEntry> parse_netrc(std::string_view text) {
  std::vector<NetrcEntry> entries;
  NetrcWords words(text);
  while (const auto word = words.next()) {
    if (*word == "machine") {
      entries.push_back({to_lower(words.next().value_or("")), {}});
    } else if (*word == "default") {
      entries.emplace_back();
    } else if (*word == "macdef") {
      words.skip_macro();
    } else if (*word == "login" && !entries.empty()) {
      entries.back().login.user = words.next().value_or("");
    } else if (*word == "password" && !entries.empty()) {
      entries.back().login.password = words.next().value_or("");
    } else if (*word == "account") {
      (void)words.next();
    }
  }
  return entries;
}

std::string netrc_path() {
  for (const auto& [variable, below] :
       {std::pair("NETRC", ""), std::pair("HOME", "/.netrc")}) {
    const char* value = std::getenv(variable);
    if (value != nullptr && *value != '\0') return std::string(value) + below;
  }
  return {};
}

}  // namespace

Result<std::string> fetch_secret(const SecretSource& source,
                                 const std::vector<std::string>& environment,
                                 const Call& call) {
  if (!source.text.empty()) return source.text;
  if (!source.variable.empty()) {
    const char* value = std::getenv(source.variable.c_str());
    if (value != nullptr && *value != '\0') return std::string(value);
    return fail(EACCES, fmt::format("the environment variable {} for the "
                                    "secret is not set",
                                    source.variable));
  }
  CHECK(!source.command.empty());
  return run_command(source.command, environment, call);
}

std::optional<Login> find_in_netrc(std::string_view text, std::string_view host,
                                   std::string_view user) {
  const std::string wanted = to_lower(host);
  for (NetrcEntry& entry : parse_netrc(text)) {
    if (!entry.host.empty() && entry.host != wanted) continue;
    if (!user.empty() && !entry.login.user.empty() && entry.login.user != user)
      continue;
    if (entry.login.user.empty()) entry.login.user = user;
    return std::move(entry.login);
  }
  return std::nullopt;
}

Result<std::optional<Login>> netrc_login(std::string_view host,
                                         std::string_view user) {
  const std::string path = netrc_path();
  if (path.empty()) return std::nullopt;
  // Non-blocking: a FIFO must not hang whoever asks.
  const auto fd = open_file(path, O_RDONLY | O_NONBLOCK);
  if (!fd && (fd.error().code == ENOENT || fd.error().code == ENOTDIR))
    return std::nullopt;
  if (!fd) return tl::unexpected(fd.error());

  struct stat info {};

  if (::fstat(fd->get(), &info) != 0) return fail_errno("stat");
  if (!S_ISREG(info.st_mode) && !S_ISCHR(info.st_mode))
    return fail(EACCES, path + " is no file");
  if (S_ISREG(info.st_mode) &&
      (info.st_uid != ::geteuid() || (info.st_mode & 077) != 0)) {
    return fail(EACCES, path +
                            " holds passwords, but is not yours alone "
                            "(chmod 600); it is not used");
  }
  return find_in_netrc(TRY(read_all(fd->get(), largest_netrc)), host, user);
}

}  // namespace vfsrun
