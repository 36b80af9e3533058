// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_file_parser.hh"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "gateway/config/mount_keys.hh"
#include "tests/support/temp_dir.hh"

namespace vfsrun::mount_file {

namespace {

using test::ScopedEnv;

/// Parses a text that begins with a good path and url.
std::string problems_of(std::string text, bool is_private = false) {
  Problems problems;
  text = "path = \"/p\"\nurl = \"http://h/\"\n" + text;
  parse_one({"f.toml", text, is_private}, problems);
  return problems.text();
}

Mount good(std::string text) {
  Problems problems;
  text = "path = \"/p\"\nurl = \"http://h/\"\n" + text;
  auto found = parse_one({"f.toml", text, false}, problems);
  CAPTURE(problems.text());
  REQUIRE(problems.empty());
  REQUIRE(found.size() == 1);
  return found.front().mount;
}

TEST_SUITE("gateway/config/mount_file_parser") {
  TEST_CASE("path and url are enough, the rest has its default") {
    const Mount mount = good("");
    CHECK(mount.path.str() == "/p");
    CHECK(mount.url == "http://h/");
    CHECK(mount.access == Access::read_only);
    CHECK(mount.cache == CacheOptions{});
    CHECK(mount.http == HttpOptions{});
    CHECK(mount.source == "f.toml");
  }

  TEST_CASE("every key reaches its field") {
    const Mount mount = good(R"(mode = "rw"
[cache]
max_age = "250ms"
[http]
mode = "0444"
connect_timeout = "1s"
stall_timeout = "2m"
headers = { "X-Team" = "blue", Accept = "text/plain" }
)");
    CHECK(mount.access == Access::read_write);
    CHECK(mount.cache.max_age == std::chrono::milliseconds(250));
    CHECK(mount.http.file_mode == 0444);
    CHECK(mount.http.connect_timeout == std::chrono::seconds(1));
    CHECK(mount.http.stall_timeout == std::chrono::minutes(2));
    CHECK(mount.http.headers ==
          std::map<std::string, std::string>{{"X-Team", "blue"},
                                             {"Accept", "text/plain"}});
  }

  TEST_CASE("every key of logins, certificates and policies too") {
    const ScopedEnv home("HOME", "/home/me");
    const Mount mount = good(R"toml(
[cache]
immutable = true
disk = false
[http]
user = "me"
password_command = ["secret-tool", "lookup", "a b", "$(x)"]
netrc = false
client_cert = "/etc/c.pem"
client_key = "~/k.pem"
ca_file = "~/ca.pem"
proxy = "http://proxy:3128"
connections = 4
)toml");
    CHECK(mount.cache.immutable);
    CHECK_FALSE(mount.cache.disk);
    CHECK_FALSE(mount.cache.max_age_given);
    CHECK(mount.http.user == "me");
    CHECK(mount.http.password.command ==
          std::vector<std::string>{"secret-tool", "lookup", "a b", "$(x)"});
    CHECK(mount.http.netrc == false);
    CHECK(mount.http.client_cert == "/etc/c.pem");
    CHECK(mount.http.client_key == "/home/me/k.pem");
    CHECK(mount.http.ca_file == "/home/me/ca.pem");
    CHECK(mount.http.proxy == "http://proxy:3128");
    CHECK(mount.http.connections == 4);
    CHECK(good("[http]\ntoken_env = \"T\"").http.token.variable == "T");
    CHECK(good("[http]\nproxy = \"none\"").http.proxy == "none");
  }

  TEST_CASE("keys that are right alone may be wrong together") {
    for (const std::string_view text :
         {"[http]\nclient_key = \"/k\"", "[http]\npassword_env = \"P\"",
          "[http]\nuser = \"u\"\ntoken_env = \"T\"",
          "[http]\ntoken_env = \"T\"\ntoken_command = [\"x\"]"}) {
      CAPTURE(text);
      CHECK(problems_of(std::string(text)).starts_with("f.toml:1: mount: "));
    }
    // No secret for whatever host a program names.
    for (const std::string_view text :
         {"user = \"u\"", "token_env = \"T\"", "client_cert = \"/c\"",
          "headers = { Cookie = \"x\" }"}) {
      CAPTURE(text);
      Problems problems;
      parse_one({"f.toml",
                 "path = \"/p\"\nurl = \"https://{host}/\"\n[http]\n" +
                     std::string(text),
                 true},
                problems);
      CHECK(problems.text().find("{host}") != std::string::npos);
    }
  }

  TEST_CASE("each mistake is told with file, line, key and expectation") {
    struct Case {
      std::string_view text;
      std::string_view problem;  // begins the only line
      std::string_view expected;
    };

    for (const auto& [text, problem, expected] : {
             Case{"modus = \"ro\"", "f.toml:3: modus: is no key",
                  "expected path, url, mode, cache, http"},
             Case{"\n\nmode = \"r\"", "f.toml:5: mode: is \"r\"", "\"ro\""},
             Case{"mode = 5", "f.toml:3: mode: is no text", "\"ro\""},
             Case{"source = \"x\"", "f.toml:3: source: is no key", "path"},
             Case{"cache = 5", "f.toml:3: cache: is no table", "max_age"},
             Case{"http = \"x\"", "f.toml:3: http: is no table", "headers"},
             Case{"[http.headers]\nx = 5", "f.toml:4: http.headers.x: is no",
                  "X-Team"},
             Case{"[http]\nheaders = \"x\"", "f.toml:4: http.headers: is no",
                  "expected one with"},
             Case{"[cache]\nmax_age = 5", "f.toml:4: cache.max_age: is no text",
                  "5s"},
             Case{"[cache]\nmax_age = \"5\"",
                  "f.toml:4: cache.max_age: is \"5\"", "5s"},
             Case{"[cache]\nmax_age = \"9999d\"",
                  "f.toml:4: cache.max_age: is longer", "7d"},
             Case{"[cache]\nage = \"5s\"", "f.toml:4: cache.age: is no key",
                  "expected max_age"},
             Case{"[http]\nmode = \"555x\"", "f.toml:4: http.mode: is", "0555"},
             Case{"[http]\nmode = \"0999\"", "f.toml:4: http.mode: is", "0555"},
             Case{"[http]\nmode = \"4755\"", "f.toml:4: http.mode: is", "0555"},
             Case{"[http]\nconnections = 0", "f.toml:4: http.connections: is 0",
                  "1 to 256"},
             Case{"[http]\nconnections = -1",
                  "f.toml:4: http.connections: is -1", "1 to 256"},
             Case{"[http]\nconnections = \"4\"",
                  "f.toml:4: http.connections: is no whole", "1 to 256"},
             Case{"[cache]\nimmutable = \"yes\"",
                  "f.toml:4: cache.immutable: is neither", "true or false"},
             Case{"[http]\nproxy = \"gopher://h\"",
                  "f.toml:4: http.proxy: has a scheme", "none"},
             Case{"[http]\nca_file = \"x.pem\"",
                  "f.toml:4: http.ca_file: is \"x.pem\"", "~/x.pem"},
             Case{"[http]\ntoken_command = \"x\"",
                  "f.toml:4: http.token_command: is no list", "secret-tool"},
             Case{"[http]\ntoken_command = [1]",
                  "f.toml:4: http.token_command: is no list", "secret-tool"},
             Case{"[http]\ntoken_command = []",
                  "f.toml:4: http.token_command: names no", "secret-tool"},
             Case{"[http]\nuser = \"a:b\"", "f.toml:4: http.user: has a ':'",
                  "name"},
             Case{"[http]\nmode = 0o555", "f.toml:4: http.mode: is no text",
                  "0555"},
             Case{"[http]\nconnect_timeout = \"0\"",
                  "f.toml:4: http.connect_timeout: is 0", "5s"},
             Case{"[http.headers]\n\"a b\" = \"x\"",
                  "f.toml:4: http.headers.a b: is no name", "X-Team"},
             Case{"[http.headers]\nRange = \"x\"",
                  "f.toml:4: http.headers.Range: is a header that", "X-Team"},
             Case{"[http.headers]\nX = \"a\\nb\"",
                  "f.toml:4: http.headers.X: has a control", "X-Team"},
             Case{"[http.headers]\nX = \"a\"\nx = \"b\"",
                  "f.toml:5: http.headers.x: is given twice", "X-Team"},
             Case{"mode = ", "f.toml:3: syntax:", "expected TOML"},
             Case{"path = \"/q\"", "f.toml:3: syntax:", "expected TOML"},
         }) {
      CAPTURE(text);
      const std::string got = problems_of(std::string(text));
      CAPTURE(got);
      CHECK(got.starts_with(problem));
      CHECK(got.find(expected) != std::string::npos);
      CHECK(got.find('\n') == std::string::npos);
    }
  }

  TEST_CASE("bad paths are refused") {
    struct Case {
      std::string_view path;
      std::string_view part;
    };

    for (const auto& [path, part] : {
             Case{"/", "root"},
             Case{"//", "root"},
             Case{"", "absolute"},
             Case{"rel", "absolute"},
             Case{"/a/../b", "'..'"},
             Case{"/a\\u0000b", "control"},
             Case{"/a\\tb", "control"},
             Case{"/proc/x", "reserved"},
             Case{"/dev", "reserved"},
             Case{"/.vfsrun", "reserved"},
         }) {
      CAPTURE(path);
      Problems problems;
      parse_one(
          {"f.toml",
           "path = \"" + std::string(path) + "\"\nurl = \"http://h/\"", false},
          problems);
      CHECK(problems.text().starts_with("f.toml:1: path: "));
      CHECK(problems.text().find(part) != std::string::npos);
    }
  }

  TEST_CASE("all mistakes of a file are told at once") {
    Problems problems;
    parse_one(
        {"f.toml", "path = \"x\"\nmode = 1\nmodus = 2\n[cache]\nmax_age = \"\"",
         false},
        problems);
    const std::string text = problems.text();
    for (const char* part :
         {"f.toml:1: path:", "f.toml:2: mode:", "f.toml:3: modus:",
          "f.toml:5: cache.max_age:", "url: is missing"})
      CHECK(text.find(part) != std::string::npos);
    CHECK(std::ranges::count(text, '\n') == 4);
  }

  TEST_CASE("a file with nothing but comments has no mount") {
    Problems problems;
    CHECK(parse_one({"f", "# off\n\n", false}, problems).empty());
    CHECK(parse_one({"f", "", false}, problems).empty());
    CHECK(problems.empty());
  }

  TEST_CASE("a secret is taken only from a private file") {
    const std::string text = "[http.headers]\nAuthorization = \"Bearer x\"\n";
    CHECK(problems_of(text).find("chmod 600") != std::string::npos);
    CHECK(problems_of(text).find("Bearer") == std::string::npos);
    CHECK(problems_of(text, true).empty());
    for (const char* key : {"token", "password"}) {
      const std::string line =
          std::string("[http]\nuser = \"u\"\n") + key + " = \"hunter2\"\n";
      CHECK(problems_of(line).find("chmod 600") != std::string::npos);
      CHECK(problems_of(line).find("hunter2") == std::string::npos);
    }
  }

  TEST_CASE("a spec gives a mount, and its mistakes name the option") {
    Problems problems;
    const auto found = parse_spec("/a/b=https://h/x?y", "--mount", problems);
    CHECK(problems.text().starts_with("--mount /a/b: url: has a query"));
    Problems none;
    const auto good_one = parse_spec("/a/b=https://h/x=y", "--mount", none);
    REQUIRE(none.empty());
    REQUIRE(good_one.size() == 1);
    CHECK(good_one.front().mount.url == "https://h/x=y/");
    for (const char* spec : {"/a", "", "a=http://h/", "=http://h/",
                             "/=http://h", "/\xff=http://h/"}) {
      CAPTURE(spec);
      Problems some;
      parse_spec(spec, "--mount", some);
      CHECK(some.text().starts_with("--mount "));
      CHECK(some.text().find('\n') == std::string::npos);
    }
  }

  TEST_CASE("every key survives being written and read again") {
    std::set<std::string> fields;
    for (const KeyRule& rule : key_rules()) {
      fields.insert(std::string(rule.section) + "." + std::string(rule.name));
      CHECK((rule.set != nullptr));
      CHECK_FALSE(rule.expected.empty());
    }
    CHECK(fields.size() == key_rules().size());
    const ScopedEnv home("HOME", "/home/me");
    Problems none;
    Mount mount = parse_one({"f.toml", R"(path = "/p"
url = "http://h/"
mode = "rw"
[cache]
max_age = "3d"
immutable = true
disk = false
[http]
mode = "0700"
connect_timeout = "1ms"
stall_timeout = "77s"
connections = 3
proxy = "none"
ca_file = "~/ca"
client_cert = "/c"
client_key = "/k"
netrc = true
user = "u"
password = "p \"\\ x"
headers = { "X-Quote" = "a \"b\" \\ c", "X-Umlaut" = "ä" }
)",
                             true},
                            none)
                      .at(0)
                      .mount;
    CAPTURE(none.text());
    REQUIRE(none.empty());
    mount.source = "dir/with \"quotes\"/x.toml";
    Problems problems;
    const std::string text = write_all({mount});
    CAPTURE(text);
    const auto found = parse_all({"table", text, true}, problems);
    CAPTURE(problems.text());
    REQUIRE(found.size() == 1);
    CHECK(found.front().mount == mount);
    mount.http.user.clear();
    mount.http.password = {};
    mount.http.netrc.reset();
    for (const SecretSource& token :
         {SecretSource{"t", {}, {}}, SecretSource{{}, "T", {}},
          SecretSource{{}, {}, {"a", "b \"c\"", ""}}}) {
      mount.http.token = token;
      const auto back =
          parse_all({"table", write_all({mount}), true}, problems);
      REQUIRE(back.size() == 1);
      CHECK(back.front().mount == mount);
    }
  }

  TEST_CASE("a source of odd bytes does not spoil the table") {
    Mount mount = good("");
    mount.source = "a\xff\n\"b";
    Problems problems;
    const auto found = parse_all({"table", write_all({mount}), true}, problems);
    REQUIRE(found.size() == 1);
    CHECK(found.front().mount.source == "a??\"b");
  }
}

}  // namespace

}  // namespace vfsrun::mount_file
