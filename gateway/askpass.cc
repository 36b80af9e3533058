// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/askpass.hh"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "gateway/base/askpass_protocol.hh"
#include "gateway/base/fd.hh"
#include "gateway/base/secrets.hh"

namespace vfsrun {

namespace {

SecretSource source_of(std::string_view words) {
  SecretSource source;
  if (words.starts_with(askpass::variable_mark)) {
    source.variable = words.substr(1);
    return source;
  }
  while (!words.empty()) {
    const std::size_t end =
        std::min(words.find(askpass::separator), words.size());
    source.command.emplace_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return source;
}

}  // namespace

std::optional<int> answer_ssh(int argc, char** argv) {
  const char* words = std::getenv(askpass::source_variable);
  if (words == nullptr) return std::nullopt;
  const std::string_view question = argc > 1 ? argv[1] : "";
  if (question.find("assword:") == question.npos) {
    const char* other = std::getenv(askpass::other_variable);
    if (other != nullptr && *other != '\0')
      ::execlp(other, other, argv[1], nullptr);
    return 1;
  }
  const Result<std::string> secret = fetch_secret(source_of(words), {}, Call());
  if (!secret) {
    fmt::print(stderr, "{}\n", secret.error().detail);
    return 1;
  }
  return write_all(STDOUT_FILENO, *secret + "\n") ? 0 : 1;
}

}  // namespace vfsrun
