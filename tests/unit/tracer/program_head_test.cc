// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/program_head.hh"

#include <doctest/doctest.h>
#include <elf.h>

#include <cstring>
#include <vector>

using vfsrun::tracer::find_interpreter;
using vfsrun::tracer::interpreter_prefix;

namespace {

/// An ELF head whose one segment claims to hold `interpreter` at `offset`.
std::string make_elf(const std::string& interpreter, std::uint64_t offset) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_INTERP;
  segment.p_offset = offset;
  segment.p_filesz = interpreter.size() + 1;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  return bytes + interpreter + '\0';
}

constexpr std::uint64_t behind_headers =
    sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);

}  // namespace

TEST_SUITE("tracer/program_head") {
  TEST_CASE("a script's line gives its interpreter and one argument") {
    struct {
      const char* head;
      const char* path;
      std::vector<std::string> arguments;
    } rows[] = {
        {"#!/http/h/sh\necho", "/http/h/sh", {}},
        {"#! \t/http/h/sh  \n", "/http/h/sh", {}},
        {"#!/usr/bin/env python3 -u \n", "/usr/bin/env", {"python3 -u"}},
        {"#!/bin/sh", "/bin/sh", {}},
    };

    for (const auto& row : rows) {
      CAPTURE(row.head);
      const auto found = find_interpreter(row.head);
      REQUIRE(found);
      CHECK(found->path == row.path);
      CHECK(found->arguments == row.arguments);
      CHECK_FALSE(found->is_loader);
    }
  }

  TEST_CASE("an ELF file gives its loader") {
    const auto found =
        find_interpreter(make_elf("/http/h/ld.so", behind_headers));
    REQUIRE(found);
    CHECK(found->path == "/http/h/ld.so");
    CHECK(found->is_loader);
  }

  TEST_CASE("what is neither, cut off or lying gives nothing") {
    CHECK_FALSE(find_interpreter(""));
    CHECK_FALSE(find_interpreter("#!"));
    CHECK_FALSE(find_interpreter("#!  \n/bin/sh"));
    CHECK_FALSE(find_interpreter("plain text"));
    CHECK_FALSE(
        find_interpreter("\x7f"
                         "ELF"));
    CHECK_FALSE(find_interpreter(make_elf("/http/h/ld.so", UINT64_MAX - 2)));
    CHECK_FALSE(find_interpreter(make_elf("/http/h/ld.so", 1U << 20U)));
    const std::string whole = make_elf("/http/h/ld.so", behind_headers);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(find_interpreter(whole.substr(0, size)));
    }
  }

  TEST_CASE("the program's name stands behind the interpreter's arguments") {
    using Words = std::vector<std::string>;
    CHECK(interpreter_prefix({"/i", {"-x"}, false}, "/s", "a0") ==
          Words{"/i", "-x", "/s"});
    CHECK(interpreter_prefix({"/ld", {}, true}, "/p", "a0") ==
          Words{"/ld", "--argv0", "a0", "/p"});
  }
}
