// SPDX-License-Identifier: GPL-2.0-or-later
// Hosts, paths, known hosts, and what ssh says: all that is pure.
#include <doctest/doctest.h>

#include "backends/sftp/host_name.hh"
#include "backends/sftp/known_hosts.hh"
#include "backends/sftp/paths.hh"
#include "backends/sftp/ssh_child.hh"
#include "backends/sftp/ssh_config.hh"

TEST_SUITE_BEGIN("backends/sftp/names");

using namespace vfsrun;
using namespace vfsrun::sftp;

namespace {

Paths paths_of(const std::string& url) {
  Mount mount;
  mount.path = VPath::parse("/m").value();
  mount.url = url;
  return Paths::parse(mount).value();
}

VPath at(const char* path) { return VPath::parse(path).value(); }

}  // namespace

TEST_CASE("hosts with users and ports, and what can be none") {
  const HostName full = HostName::parse("me@box.example:2222").value();
  CHECK(full.user == "me");
  CHECK(full.host == "box.example");
  CHECK(full.port == 2222);
  CHECK(full.str() == "me@box.example:2222");
  CHECK(HostName::parse("[::1]:22")->host == "::1");
  CHECK(HostName::parse("[::1]")->str() == "[::1]");
  for (const std::string_view bad : {"",      "-x",     "-oProxyCommand=x",
                                     "a@-x",  "-l@h",   "a b",
                                     "a\nb",  "a;b",    "$(x)",
                                     "h:",    "h:0",    "h:65536",
                                     "h:2:2", "u@v@h",  "@h",
                                     "u@",    "::1",    "[::1",
                                     "[-x]",  "[::1]x", "..",
                                     ".git",  "h%x",    "`x`"}) {
    CAPTURE(bad);
    CHECK(HostName::parse(bad).error().code == ENOENT);
  }
}

TEST_CASE("paths below a mount become the server's") {
  const Paths any = paths_of("sftp://{host}/");
  CHECK_FALSE(any.target(VPath())->host);
  CHECK(any.target(at("/h"))->path.str() == "/");
  CHECK(any.target(at("/h/a/b"))->path.str() == "/a/b");
  CHECK(any.target(at("/h/~"))->path.str() == ".");
  CHECK(any.target(at("/h/~/a"))->path.str() == "a");
  CHECK(any.target(at("/h/~x"))->path.str() == "/~x");
  CHECK(any.target(at("/h/~/a"))->path.absolute("/home/u") == "/home/u/a");
  const Paths one = paths_of("sftp://u@h:22/a%20b/");
  CHECK(one.target(VPath())->path.str() == "/a b");
  CHECK(one.target(at("/c"))->path.str() == "/a b/c");
  CHECK(one.target(at("/c"))->host->str() == "u@h:22");
  CHECK(paths_of("sftp://h/~/x/").target(at("/c"))->path.str() == "x/c");
}

TEST_CASE("links: unchanged inside, by way of the top, never outside") {
  struct Case {
    const char* url;
    const char* link;
    const char* target;
    const char* shown;  ///< null: EPERM
  };

  const std::string any = "sftp://{host}/";
  for (const Case& each : {
           Case{"sftp://{host}/", "/h/a/l", "b/c", "b/c"},
           Case{"sftp://{host}/", "/h/a/l", "../b", "../b"},
           Case{"sftp://{host}/", "/h/a/l", "/x/y", "../x/y"},
           Case{"sftp://{host}/", "/h/a/l", "/", "../."},
           // Above the root of a server lies its root.
           Case{"sftp://{host}/", "/h/a/l", "../../../x", "../x"},
           Case{"sftp://{host}/", "/h/~/l", "../v/x", "../home/v/x"},
           Case{"sftp://{host}/", "/h/~/l", "/x", "../x"},
           Case{"sftp://h/srv/", "/a/l", "/srv/x", "../x"},
           Case{"sftp://h/srv/", "/a/l", "/etc/passwd", nullptr},
           Case{"sftp://h/srv/", "/a/l", "../../etc", nullptr},
           Case{"sftp://h/srv/", "/a/l", "../x", "../x"},
           Case{"sftp://h/srv/", "/a/l", "/srvx/y", nullptr},
       }) {
    CAPTURE(each.link);
    CAPTURE(each.target);
    const auto shown =
        paths_of(each.url).shown_link(at(each.link), each.target, "/home/u");
    if (each.shown != nullptr) {
      CHECK(shown == each.shown);
    } else {
      CHECK(shown.error().code == EPERM);
    }
  }
  const Paths one = paths_of("sftp://h/srv/");
  CHECK(one.shown_link(at("/l"), "a/../../etc", "/").error().code == EAGAIN);
  CHECK(one.shown_link(at("/l"), "/data/srv/x", "/", {"/data/srv"}) == "x");
  CHECK(one.shown_link(at("/l"), std::string(5000, 'x'), "/").error().code ==
        ENAMETOOLONG);
}

TEST_CASE("known hosts: plain, patterns, hashed, ports, markers") {
  const KnownHosts hosts = KnownHosts::from_text(
      "# a comment\n"
      "box,alias ssh-ed25519 AAAA comment\n"
      "*.example,!bad.example ssh-rsa BBBB\n"
      "[box]:2222 ssh-ed25519 CCCC\n"
      "@revoked * ssh-ed25519 EVIL\n"
      "@cert-authority *.corp ssh-ed25519 CACA\n"
      // ssh-keygen -H of "hashed"
      "|1|jxZfFae1e1ToeZJSpzfCsXtISTs=|RbRTiCwPJCYM/ePhGvdL838INFQ= "
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAADDDD\n"
      "broken\n");
  using Verdict = KnownHosts::Verdict::Kind;
  const auto verdict = [&](const char* name, const char* type,
                           const char* key) {
    return hosts.check(name, type, key).kind;
  };
  CHECK(verdict("box", "ssh-ed25519", "AAAA") == Verdict::known);
  CHECK(verdict("alias", "ssh-ed25519", "XXXX") == Verdict::changed);
  CHECK(verdict("box", "ssh-rsa", "AAAA") == Verdict::unknown);
  CHECK(verdict("other", "ssh-ed25519", "AAAA") == Verdict::unknown);
  CHECK(verdict("a.example", "ssh-rsa", "BBBB") == Verdict::known);
  CHECK(verdict("bad.example", "ssh-rsa", "BBBB") == Verdict::unknown);
  CHECK(verdict("[box]:2222", "ssh-ed25519", "CCCC") == Verdict::known);
  CHECK(verdict("[box]:2222", "ssh-ed25519", "AAAA") == Verdict::changed);
  CHECK(verdict("[box]:22", "ssh-ed25519", "AAAA") == Verdict::known);
  CHECK(verdict("hashed", "ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAADDDD") ==
        Verdict::known);
  CHECK(verdict("hashed", "ssh-ed25519", "AAAA") == Verdict::changed);
  CHECK(verdict("box", "ssh-ed25519", "EVIL") == Verdict::revoked);
  CHECK(hosts.has_authority("x.corp"));
  CHECK_FALSE(hosts.has_authority("box"));
  CHECK(hosts.types_of("box") == std::vector<std::string>{"ssh-ed25519"});
  CHECK(hosts.check("box", "ssh-ed25519", "XXXX").where == "text:2");
}

TEST_CASE("base64 has its padding") {
  const auto coded = [](std::string_view text) {
    return base64(std::as_bytes(std::span(text)));
  };
  CHECK(coded("") == "");
  CHECK(coded("f") == "Zg==");
  CHECK(coded("fo") == "Zm8=");
  CHECK(coded("foo") == "Zm9v");
}

TEST_CASE("what ssh says has an errno, and keys their own sentences") {
  const LoginContext context{HostName::parse("u@h:2222").value(), {}};

  struct Case {
    const char* said;
    int code;
    const char* part;
  };

  for (const Case& each : {
           Case{"u@h: Permission denied (publickey).\r\n", EACCES,
                "Permission denied"},
           Case{"ssh: connect to host h port 2222: Connection refused\r\n",
                ECONNREFUSED, "refused"},
           Case{"ssh: Could not resolve hostname h: Name or service not "
                "known\r\n",
                EHOSTUNREACH, "resolve"},
           Case{"No ED25519 host key is known for [h]:2222 and you have "
                "requested strict checking.\r\nHost key verification "
                "failed.\r\n",
                EACCES, "ssh -p 2222 -l u h exit"},
           Case{"@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\n"
                "Offending ED25519 key in /k/known_hosts:3\r\n"
                "Host key verification failed.\r\n",
                EACCES, "/k/known_hosts:3"},
           Case{"", ECONNRESET, "ssh has ended"},
       }) {
    CAPTURE(each.said);
    const Error error = explain_ssh(context, each.said);
    CHECK(error.code == each.code);
    CHECK(error.detail.find(each.part) != std::string::npos);
  }
}

TEST_CASE("ssh -G is read as it is printed") {
  const SshConfig config =
      parse_ssh_config(
          "user u\nhostname h.example\nport 2222\n"
          "identityfile /k/%r@%h:%p\nidentityfile /k/%%\n"
          "identitiesonly yes\nuserknownhostsfile /a /b\n"
          "globalknownhostsfile none\nproxyjump none\naddressfamily inet\n")
          .value();
  CHECK(config.identity_files ==
        std::vector<std::string>{"/k/u@h.example:2222", "/k/%"});
  CHECK(config.identities_only);
  CHECK(config.known_hosts == std::vector<std::string>{"/a", "/b"});
  CHECK(config.known_as() == "[h.example]:2222");
  CHECK(config.needs_ssh.empty());
  CHECK_FALSE(config.ipv6);
  CHECK(parse_ssh_config("user u\nhostname h\nproxyjump j\n")->needs_ssh ==
        "proxyjump is set");
  CHECK(parse_ssh_config("hostname h\n").error().code == EINVAL);
}

TEST_SUITE_END();
