// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/base/log.hh"

#include <fcntl.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>

#include "gateway/base/fd.hh"
#include "gateway/base/text.hh"

namespace vfsrun::log {

namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  return static_cast<spdlog::level::level_enum>(level);
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>(
        "vfsrun", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("vfsrun: %v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return instance;
}

/// C0 controls and DEL; and above ASCII the C1 controls, which terminals obey
/// too: as UTF-8 they are 0xc2 and a byte below 0xa0.
bool printable(std::string_view line, std::size_t at, bool utf8) {
  const auto byte = [&](std::size_t index) {
    return index < line.size() ? static_cast<unsigned char>(line[index]) : 0U;
  };
  if (byte(at) < 0x80) return byte(at) >= 0x20 && byte(at) != 0x7f;
  if (!utf8) return false;
  const bool second_of_two = at > 0 && byte(at - 1) == 0xc2;
  return !(byte(at) == 0xc2 && byte(at + 1) < 0xa0) &&
         !(second_of_two && byte(at) < 0xa0);
}

}  // namespace

Result<void> configure(const Options& options) {
  std::shared_ptr<spdlog::logger> made;
  if (options.file.empty()) {
    made = std::make_shared<spdlog::logger>(
        "vfsrun", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(options.program + ": %v");
  } else {
    // spdlog would make missing directories, which nobody asked for.
    TRY(open_file(options.file, O_WRONLY | O_APPEND | O_CREAT, 0600));
    try {
      made = std::make_shared<spdlog::logger>(
          "vfsrun",
          std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file));
    } catch (const spdlog::spdlog_ex& error) {
      return fail(EIO, fmt::format("log file: {}", error.what()));
    }
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e " + options.program +
                      "[%P] %l: %v");
    made->flush_on(spdlog::level::trace);
  }
  made->set_level(spdlog_level(options.level));
  logger() = std::move(made);
  return {};
}

bool enabled(Level level) noexcept {
  return logger()->should_log(spdlog_level(level));
}

void write(Level level, std::string_view line) {
  std::string safe;
  safe.reserve(line.size());
  const bool utf8 = is_valid_utf8(line);
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (printable(line, at, utf8)) {
      safe += line[at];
    } else {
      safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(line[at]));
    }
  }
  logger()->log(spdlog_level(level), safe);
}

void leave_stderr() {
  const auto& sinks = logger()->sinks();
  const bool to_stderr =
      !sinks.empty() && dynamic_cast<spdlog::sinks::stderr_sink_mt*>(
                            sinks.front().get()) != nullptr;
  if (to_stderr) logger()->set_level(spdlog::level::off);
  // The descriptor goes too: whoever waits for the end of a pipe that the
  // main program wrote to must not wait for us.
  const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nothing) ::dup2(nothing.get(), STDERR_FILENO);
}

}  // namespace vfsrun::log
