// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <cstring>

#include "gateway/base/result.hh"
#include "tracer/stub/code.hh"

// Labels of code_x86_64.S. Their addresses matter, not their type.
extern "C" {
// NOLINTBEGIN(readability-identifier-naming,modernize-avoid-c-arrays)
extern const char vfsrun_stub_start[], vfsrun_stub_start_entry[],
    vfsrun_stub_start_end[], vfsrun_stub_image[], vfsrun_stub_code[],
    vfsrun_stub_scan[], vfsrun_stub_relative_scan[], vfsrun_stub_component[],
    vfsrun_stub_odd_name[], vfsrun_stub_unless_in_use[], vfsrun_stub_list[],
    vfsrun_stub_count[], vfsrun_stub_slow[], vfsrun_stub_verify[],
    vfsrun_stub_verify_saved[], vfsrun_stub_verify_restored[],
    vfsrun_stub_checks[], vfsrun_stub_one_path[], vfsrun_stub_two_paths[],
    vfsrun_stub_readlink[], vfsrun_stub_listing[], vfsrun_stub_getcwd[];
// NOLINTEND(readability-identifier-naming,modernize-avoid-c-arrays)
}

namespace vfsrun::tracer::stub {

namespace {

/// Offset in the region of a label in the common code.
std::uint64_t offset_of(const char* label) {
  return code_offset + static_cast<std::uint64_t>(label - vfsrun_stub_code);
}

template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  CHECK(at + sizeof value <= bytes.size());
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

void append(std::string& code, std::initializer_list<int> bytes) {
  for (const int byte : bytes) code.push_back(static_cast<char>(byte));
}

/// The last four bytes of `code` become the distance to `target`; both are
/// offsets in the region, `code` begins at `begin`.
void append_distance(std::string& code, std::uint64_t begin,
                     std::uint64_t target) {
  const std::uint64_t next = begin + code.size() + sizeof(std::int32_t);
  const auto distance = static_cast<std::int32_t>(target - next);
  code.append(reinterpret_cast<const char*>(&distance), sizeof distance);
}

/// `cmpb $value, index(%rcx)`, then a conditional jump without its distance.
void append_compare(std::string& code, std::size_t index, char value,
                    std::initializer_list<int> jump) {
  if (index < 128) {
    append(code, {0x80, 0x79, static_cast<int>(index)});
  } else {
    append(code, {0x80, 0xb9});
    const auto wide = static_cast<std::uint32_t>(index);
    code.append(reinterpret_cast<const char*>(&wide), sizeof wide);
  }
  code.push_back(value);
  append(code, jump);
}

/// Jumps to `found` if the text at rcx begins with one of the names and ends
/// or goes on with "/" behind it; else to `other`.
std::string compare_names(const std::vector<std::string>& names,
                          std::uint64_t begin, std::uint64_t found,
                          std::uint64_t other) {
  std::string code;
  for (const std::string& name : names) {
    std::vector<std::size_t> misses;  // distances to be filled in
    for (std::size_t i = 0; i < name.size(); ++i) {
      append_compare(code, i, name[i], {0x0f, 0x85});  // jne
      misses.push_back(code.size());
      code.append(sizeof(std::int32_t), '\0');
    }
    for (const char end : {'\0', '/'}) {
      append_compare(code, name.size(), end, {0x0f, 0x84});  // je
      append_distance(code, begin, found);
    }
    for (const std::size_t miss : misses) {
      put(code, miss,
          static_cast<std::int32_t>(code.size() - miss - sizeof(std::int32_t)));
    }
  }
  append(code, {0xe9});
  append_distance(code, begin, other);
  return code;
}

/// Every name by which a relative path can begin to mean a root: the root
/// seen from each directory above it.
std::vector<std::string> tails_of(const std::vector<VPath>& roots) {
  std::vector<std::string> tails;
  for (const VPath& root : roots) {
    const std::string text = root.str();
    for (std::size_t at = text.find('/'); at != text.npos;
         at = text.find('/', at + 1))
      tails.push_back(text.substr(at + 1));
  }
  std::ranges::sort(tails);
  const auto twice = std::ranges::unique(tails);
  tails.erase(twice.begin(), twice.end());
  return tails;
}

std::string make_checks(const std::vector<VPath>& roots) {
  std::vector<std::string> names;
  for (const VPath& root : roots) names.push_back(root.str().substr(1));
  const std::vector<std::string> tails = tails_of(roots);
  const std::uint64_t begin = offset_of(vfsrun_stub_checks);
  const std::uint64_t slow = offset_of(vfsrun_stub_slow);

  struct Check {
    const std::vector<std::string>& names;
    const char* other;
  };

  const std::array checks{Check{names, vfsrun_stub_component},
                          Check{tails, vfsrun_stub_relative_scan},
                          Check{tails, vfsrun_stub_odd_name}};
  constexpr std::size_t jump = 5;
  std::string table;
  std::string body;
  for (const Check& check : checks) {
    const std::uint64_t at = begin + checks.size() * jump + body.size();
    append(table, {0xe9});
    append_distance(table, begin, at);
    body += compare_names(check.names, at, slow, offset_of(check.other));
  }
  return table + body;
}

/// mov %argument, %rcx
std::array<std::uint8_t, 3> load_argument(int index) {
  constexpr std::array<std::array<std::uint8_t, 3>, 6> moves{{
      {0x48, 0x89, 0xf9},  // rdi
      {0x48, 0x89, 0xf1},  // rsi
      {0x48, 0x89, 0xd1},  // rdx
      {0x4c, 0x89, 0xd1},  // r10
      {0x4c, 0x89, 0xc1},  // r8
      {0x4c, 0x89, 0xc9},  // r9
  }};
  return moves.at(static_cast<std::size_t>(index));
}

/// How the common code verifies a result: as in code_x86_64.S. `never`
/// is for forms that it does not know: they stop at once.
enum class Verify : std::uint8_t { path, dirfd_path, directory, never };

struct Form {
  const char* code;
  const char* scan;
  Verify verify;
};

std::optional<Form> form_of(const SyscallRule& rule) {
  // A third name, or one that is a name under some condition only.
  const auto plain = [](const PathArgument& path) {
    return path.path < 0 || path.only_if.argument < 0;
  };
  if (rule.paths[2].path >= 0 || !std::ranges::all_of(rule.paths, plain))
    return std::nullopt;
  switch (rule.special) {
    case Special::getcwd:
      return Form{vfsrun_stub_getcwd, vfsrun_stub_unless_in_use, Verify::never};
    case Special::listing:
      return Form{vfsrun_stub_listing, vfsrun_stub_list, Verify::directory};
    case Special::none:
    case Special::open_how:
    case Special::exec:
    case Special::readlink:
      break;
    default:
      return std::nullopt;
  }
  const PathArgument& first = rule.paths[0];
  const PathArgument& second = rule.paths[1];
  if (second.path >= 0)
    return Form{vfsrun_stub_two_paths, vfsrun_stub_scan, Verify::never};
  const Verify verify = first.path == 0 && first.dirfd < 0 ? Verify::path
                        : first.path == 1 && first.dirfd == 0
                            ? Verify::dirfd_path
                            : Verify::never;
  return Form{rule.special == Special::readlink ? vfsrun_stub_readlink
                                                : vfsrun_stub_one_path,
              vfsrun_stub_scan, verify};
}

}  // namespace

std::string make_image(const ImageOptions& options) {
  StubHead head{};
  head.magic = magic;
  CHECK(options.directories.size() <= StubHead::directories_max);
  std::ranges::copy(options.directories, head.directories.begin());
  head.directory_count = static_cast<std::uint32_t>(options.directories.size());
  std::string code(vfsrun_stub_code, vfsrun_stub_checks);
  if (!options.count_saved) {
    constexpr std::array<unsigned char, 7> no_operation{0x0f, 0x1f, 0x80, 0,
                                                        0,    0,    0};
    put(code, static_cast<std::size_t>(vfsrun_stub_count - vfsrun_stub_code),
        no_operation);
  }
  code += make_checks(options.roots);
  code.resize((code.size() + stub_size - 1) / stub_size * stub_size);
  CHECK(code_offset + code.size() < region_size);
  head.next_stub = static_cast<std::uint32_t>(code_offset + code.size());
  return std::string(reinterpret_cast<const char*>(&head), sizeof head) + code;
}

std::string make_start(std::uint64_t entry) {
  std::string code(vfsrun_stub_start, vfsrun_stub_start_end);
  put(code,
      static_cast<std::size_t>(vfsrun_stub_start_entry - vfsrun_stub_start),
      entry);
  return code;
}

bool has_stub(const SyscallRule& rule) { return form_of(rule).has_value(); }

std::optional<std::string> make_stub(const SyscallRule& rule,
                                     const StubRequest& request) {
  const auto form = form_of(rule);
  if (!form) return std::nullopt;
  std::string code(form->code, stub_size);
  const std::uint64_t address = request.base + request.offset;
  const auto distance = [&](std::uint64_t at, const char* label) {
    put(code, at,
        static_cast<std::int32_t>(
            offset_of(label) - (request.offset + at + sizeof(std::int32_t))));
  };
  const auto number = static_cast<std::uint32_t>(rule.number);
  put(code, stub_kind, form->verify);
  put(code, stub_number, number);
  put(code, stub_number_again, number);
  distance(stub_scan, form->scan);
  if (form->verify == Verify::never) {
    put(code, stub_verify,
        static_cast<std::int32_t>(stub_give_up - stub_verify -
                                  sizeof(std::int32_t)));
  } else {
    distance(stub_verify, vfsrun_stub_verify);
  }
  if (form->scan == vfsrun_stub_scan)
    put(code, stub_path, load_argument(rule.paths[0].path));
  if (rule.paths[1].path >= 0) {
    put(code, stub_second_path, load_argument(rule.paths[1].path));
    distance(stub_second_scan, vfsrun_stub_scan);
  }
  if (rule.special == Special::readlink) {
    put(code, stub_in_use,
        static_cast<std::uint32_t>(request.base + head_offset +
                                   offsetof(StubHead, in_use)));
    put(code, stub_buffer, load_argument(rule.paths[0].path + 1));
  }
  put(code, stub_epilogue, displaced_compare(request.form));
  put(code, stub_back, request.site + request.form.size);
  put(code, stub_next, address + stub_untrusted);
  // The slot's upper bytes are 0, as are the first ones of the next stub, into
  // which it may reach.
  put(code, slot_offset(request.form),
      static_cast<std::uint32_t>(address + stub_code));
  return code;
}

StubFacts facts_of(const StubBytes& stub) {
  const auto field = [&](std::uint64_t at, auto& value) {
    std::memcpy(&value, stub.data() + at, sizeof value);
  };
  StubFacts facts{};
  std::uint64_t back = 0;
  field(stub_number, facts.number);
  field(stub_next, facts.next);
  field(stub_back, back);
  facts.form = form_of_compare(stub.data() + stub_epilogue);
  facts.site = back - facts.form.size;
  return facts;
}

CodeOffsets code_offsets() {
  return {offset_of(vfsrun_stub_verify_saved),
          offset_of(vfsrun_stub_verify_restored), offset_of(vfsrun_stub_verify),
          offset_of(vfsrun_stub_checks)};
}

}  // namespace vfsrun::tracer::stub
