// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/cli.hh"

#include <doctest/doctest.h>

#include <algorithm>

using vfsrun::tracer::help_text;
using vfsrun::tracer::parse_options;

namespace {

vfsrun::Result<vfsrun::tracer::Options> parse(
    std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "vfsrun");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

using Words = std::vector<std::string>;

}  // namespace

TEST_SUITE("tracer/cli") {
  TEST_CASE("everything from the program's name on is the program's") {
    const auto options = parse({"--stats", "ls", "-l", "--stats", "--", "-v"});
    REQUIRE(options);
    CHECK(options->stats);
    CHECK_FALSE(options->verbose);
    CHECK(options->command == Words{"ls", "-l", "--stats", "--", "-v"});
  }

  TEST_CASE("a double dash ends the options") {
    const auto options = parse({"-v", "--", "ls", "--", "x"});
    REQUIRE(options);
    CHECK(options->verbose);
    CHECK(options->command == Words{"ls", "--", "x"});
  }

  TEST_CASE("options that take a value take one each time") {
    const auto options =
        parse({"--mount", "/a=http://x/", "--mount", "/b=http://y/", "--mounts",
               "d", "--log", "f", "cat", "z"});
    REQUIRE(options);
    CHECK(options->mounts == Words{"/a=http://x/", "/b=http://y/"});
    CHECK(options->mounts_dirs == Words{"d"});
    CHECK(options->log_file == "f");
    CHECK(options->command == Words{"cat", "z"});
  }

  TEST_CASE("a wrong command line is said in one line") {
    for (const auto& words : {std::vector<const char*>{},
                              std::vector<const char*>{"--nonsense", "ls"},
                              std::vector<const char*>{"--mount"}}) {
      const auto options = parse(words);
      REQUIRE_FALSE(options);
      CHECK(options.error().detail.find('\n') == std::string::npos);
      CHECK_FALSE(options.error().detail.empty());
    }
  }

  TEST_CASE("help fits a screen of 24 lines and 80 columns") {
    const std::string text = help_text();
    CHECK(std::ranges::count(text, '\n') <= 24);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      CHECK(end - at <= 80);
      at = end + 1;
    }
  }
}
