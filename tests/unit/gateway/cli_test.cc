// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cli.hh"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace vfsrun {
namespace {

Result<std::variant<Options, Show>> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "vfsrun-gateway");
  return parse_arguments(static_cast<int>(arguments.size()), arguments.data());
}

Options options(const std::vector<const char*>& arguments) {
  const auto parsed = parse(arguments);
  REQUIRE(parsed.has_value());
  REQUIRE(std::holds_alternative<Options>(*parsed));
  return std::get<Options>(*parsed);
}

TEST_SUITE_BEGIN("gateway/cli");

TEST_CASE("mount takes a directory and options in any order") {
  const Options got =
      options({"mount", "-f", "dir", "--mount", "/a=http://h/", "--mounts",
               "conf", "--mount", "/b=http://h/", "--log", "file", "-v"});
  CHECK(got.command == Options::Command::mount);
  CHECK(got.directory == "dir");
  CHECK(got.foreground);
  CHECK_FALSE(got.debug);
  CHECK(got.verbose);
  CHECK(got.specs == std::vector<std::string>{"/a=http://h/", "/b=http://h/"});
  CHECK(got.mounts_dirs == std::vector<std::string>{"conf"});
  CHECK(got.log_file == "file");
}

TEST_CASE("-d implies -f") { CHECK(options({"mount", "-d", "m"}).foreground); }

TEST_CASE("an option's value does not swallow the directory") {
  CHECK(options({"mount", "--mount", "/a=http://h/", "dir"}).directory ==
        "dir");
}

TEST_CASE("serve is understood as the tracer calls it") {
  const Options got = options({"serve", "dir", "--tracer-pid", "4711", "-v"});
  CHECK(got.command == Options::Command::serve);
  CHECK(got.directory == "dir");
  CHECK(got.tracer == 4711);
}

TEST_CASE("check needs nothing") {
  CHECK(options({"check"}).command == Options::Command::check);
}

TEST_CASE("help fits a screen and is found from everywhere") {
  for (const std::vector<const char*>& arguments :
       {std::vector<const char*>{"--help"}, {"-h"}, {"mount", "--help"}}) {
    const auto parsed = parse(arguments);
    REQUIRE(parsed.has_value());
    const std::string text = std::get<Show>(*parsed).text;
    CHECK(std::ranges::count(text, '\n') <= 24);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      CHECK(end - at <= 80);
      at = end + 1;
    }
    CHECK(text.find("gateway serve") == text.npos);
  }
  CHECK(std::get<Show>(*parse({"--version"})).text ==
        "vfsrun-gateway " VFSRUN_VERSION "\n");
}

TEST_CASE("mistakes are told in one line") {
  for (const std::vector<const char*>& arguments :
       {std::vector<const char*>{},
        {"mount"},
        {"nonsense"},
        {"mount", "m", "--nonsense"},
        {"mount", "a", "b"}}) {
    const auto parsed = parse(arguments);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().detail.find('\n') == std::string::npos);
    CHECK(parsed.error().detail.find("--help") != std::string::npos);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace vfsrun
