// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/stub/code.hh"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <cstring>
#include <memory>

#include "gateway/base/result.hh"

using namespace vfsrun;
using namespace vfsrun::tracer::stub;

extern "C" const char vfsrun_stub_scan[];
extern "C" const char vfsrun_stub_code[];

// Runs the region's code on a path, from 16 bytes behind where it goes in
// doubt: 1 when the path cannot be virtual, 0 in doubt.
extern "C" int scan_here(const void* scan, const char* path);
asm(R"(
.text
.globl scan_here
scan_here:
  mov %rsi, %rcx
  lea 2f(%rip), %r11
  jmp *%rdi
  .balign 16
1: xor %eax, %eax
  ret
  .org 1b + 16
2: mov $1, %eax
  ret
)");

namespace {

VPath vpath(const char* text) {
  auto path = VPath::parse(text);
  REQUIRE(path);
  return *path;
}

/// The image as a program has it, in this process.
class Region {
 public:
  explicit Region(ImageOptions options, bool in_use = false) {
    std::string image = make_image(options);
    image[offsetof(StubHead, in_use)] = in_use ? 1 : 0;
    memory_ = static_cast<char*>(::mmap(nullptr, region_size,
                                        PROT_READ | PROT_WRITE | PROT_EXEC,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    REQUIRE(memory_ != MAP_FAILED);
    std::memcpy(memory_ + head_offset, image.data(), image.size());
  }

  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  ~Region() { ::munmap(memory_, region_size); }

  /// From a string that ends where readable memory does.
  bool is_local(std::string_view path) const {
    constexpr std::size_t page = 4096;
    auto* const two =
        static_cast<char*>(::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(two + page, page, PROT_NONE);
    char* const at = two + page - path.size() - 1;
    std::memcpy(at, path.data(), path.size());
    const bool local =
        scan_here(memory_ + code_offset + (vfsrun_stub_scan - vfsrun_stub_code),
                  at) == 1;
    ::munmap(two, 2 * page);
    return local;
  }

 private:
  char* memory_;
};

ImageOptions roots(std::initializer_list<const char*> texts) {
  ImageOptions options;
  for (const char* text : texts) options.roots.push_back(vpath(text));
  return options;
}

}  // namespace

TEST_SUITE("tracer/stub/code") {
  TEST_CASE("whatever may be virtual is in doubt") {
    const Region region(roots({"/http", "/https", "/data/genomes"}));
    for (const char* path : {"/http",
                             "/http/h/f",
                             "//http/h",
                             "///http",
                             "/./http/h",
                             "/../http/h",
                             "/usr/../http/h",
                             "/usr/./../http",
                             "/usr//../http/h",
                             "/https/h",
                             "/data/genomes",
                             "/data/genomes/x",
                             "/data/./genomes",
                             "/data//genomes/x",
                             "/data/x/../genomes/y",
                             "/usr/../data/genomes",
                             "/data/../data/genomes",
                             "http",
                             "http/h",
                             "./http/h",
                             "././http/h",
                             ".//http",
                             ".//usr",
                             "../http/h",
                             "usr/../http/h",
                             "genomes",
                             "genomes/x",
                             "data/genomes/x",
                             "x/../genomes",
                             "/x/../genomes/"}) {
      CAPTURE(path);
      CHECK_FALSE(region.is_local(path));
    }
  }

  TEST_CASE("what cannot be virtual is not") {
    const Region region(roots({"/http", "/https", "/data/genomes"}));
    for (const char* path : {"",
                             ".",
                             "/",
                             "/etc/passwd",
                             "/httpx",
                             "/htt",
                             "/httpsx/y",
                             "/HTTP",
                             "/usr/http",
                             "/usr/include/http/x",
                             "/data",
                             "/data/",
                             "/data/other",
                             "/data/genomesx",
                             "/genomes",
                             "passwd",
                             "./passwd",
                             "a/b/c",
                             "a/",
                             "/usr/",
                             "/home/.config/x",
                             ".git",
                             ".git/HEAD",
                             "..x",
                             "/usr/lib/gcc/../../include/stdio.h",
                             "/usr//lib",
                             "/usr/./lib",
                             "..",
                             "../x",
                             "x/http",
                             "data/other",
                             "/."}) {
      CAPTURE(path);
      CHECK(region.is_local(path));
    }
  }

  TEST_CASE("in a tree that is in use several components are in doubt") {
    const Region region(roots({"/http"}), true);
    for (const char* path : {"a/b", "a/b/c", "..", "../x", "a/", "./a/b"}) {
      CAPTURE(path);
      CHECK_FALSE(region.is_local(path));
    }
    for (const char* path : {"a", ".", "./a", "", "/a/b", "/usr/../x", ".x"}) {
      CAPTURE(path);
      CHECK(region.is_local(path));
    }
  }

  TEST_CASE("long names of roots are compared to their end") {
    const std::string root =
        "/" + std::string(200, 'r') + "/" + std::string(150, 's');
    const Region region(roots({root.c_str()}));
    CHECK_FALSE(region.is_local(root));
    CHECK_FALSE(region.is_local(root + "/x"));
    CHECK(region.is_local(root + "x"));
    CHECK(region.is_local(root.substr(0, root.size() - 1)));
    CHECK_FALSE(region.is_local(std::string(150, 's')));
  }

  TEST_CASE("without roots everything is local") {
    const Region region(roots({}));
    CHECK(region.is_local("/http/x"));
    CHECK(region.is_local("/../x"));
  }

  TEST_CASE("each call with one or two names has a stub, others have none") {
    for (const auto& rule : tracer::syscall_tables().front().rules) {
      CAPTURE(rule.name);
      const auto special = rule.special;
      const bool other = special == tracer::Special::socket_address ||
                         special == tracer::Special::message ||
                         special == tracer::Special::messages ||
                         rule.paths[0].only_if.argument >= 0 ||
                         rule.paths[1].only_if.argument >= 0;
      CHECK(has_stub(rule) == !other);
      const Site site{8, 0xfffff000};
      const auto code = make_stub(rule, {bases[0], 0x2000, 0x1234, site});
      REQUIRE(code.has_value() == !other);
      if (code) CHECK(code->size() == stub_size);
    }
  }

  TEST_CASE("the code that starts a program ends with its entry") {
    const std::string code = make_start(0x1122334455667788);
    std::uint64_t entry = 0;
    std::memcpy(&entry, code.data() + code.size() - sizeof entry, sizeof entry);
    CHECK(entry == 0x1122334455667788);
  }
}
