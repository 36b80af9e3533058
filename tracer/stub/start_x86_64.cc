// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include <cstring>
#include <optional>

#include "gateway/base/text.hh"
#include "tracer/stub/code.hh"
#include "tracer/stub/start.hh"

namespace vfsrun::tracer::stub {

namespace {

constexpr std::uint64_t page_size = 4096;

/// Offset behind the vDSO's last byte, and the same for every program: the
/// kernel has one image. 0 where there is none.
std::uint64_t vdso_size() {
  const auto base = ::getauxval(AT_SYSINFO_EHDR);
  if (base == 0) return 0;
  Elf64_Ehdr header{};
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  std::memcpy(&header, reinterpret_cast<const void*>(base), sizeof header);
  // Section headers come last (arch/x86/entry/vdso).
  return header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize;
}

struct Auxiliary {
  std::uint64_t vdso = 0;
  std::uint64_t program_headers = 0;
};

Result<Auxiliary> auxiliary_of(pid_t tid) {
  constexpr std::size_t limit = 65536;
  const auto file = TRY(open_file(fmt::format("/proc/{}/auxv", tid), O_RDONLY));
  const std::string bytes = TRY(read_all(file.get(), limit));
  Auxiliary found;
  for (std::size_t at = 0; at + sizeof(Elf64_auxv_t) <= bytes.size();
       at += sizeof(Elf64_auxv_t)) {
    Elf64_auxv_t entry{};
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.a_type == AT_SYSINFO_EHDR) found.vdso = entry.a_un.a_val;
    if (entry.a_type == AT_PHDR) found.program_headers = entry.a_un.a_val;
  }
  return found;
}

/// A program that is linked to stand near the first base gets the second.
std::uint64_t choose_base(const Auxiliary& auxiliary) {
  constexpr std::uint64_t near = 0x10000000;
  const std::uint64_t at = auxiliary.program_headers;
  const bool taken = at + near > bases[0] && at < bases[0] + near;
  return taken ? bases[1] : bases[0];
}

}  // namespace

Result<RegionStart> RegionStart::prepare(const Stopped& stopped) {
  static const std::uint64_t vdso_end = vdso_size();
  RegionStart start(TRY(stopped.registers()));
  if (arch::pointer_size(start.registers_) != sizeof(std::uint64_t))
    return fail(ENOTSUP, "a 32-bit program");
  const Auxiliary auxiliary = TRY(auxiliary_of(stopped.tid()));
  const std::uint64_t room = page_size - vdso_end % page_size;
  if (auxiliary.vdso == 0 || vdso_end == 0 || room < make_start(0).size())
    return fail(ENOTSUP, "no room in the vDSO");
  start.room_end_ = auxiliary.vdso + vdso_end + room;
  start.base_ = choose_base(auxiliary);
  return start;
}

Result<void> RegionStart::run(const Stopped& stopped, const CodeMemory& memory,
                              const std::string& image) {
  // Nothing of a new program's own stands below its stack pointer yet, and
  // its first functions will overwrite this.
  constexpr std::uint64_t alignment = 64;
  const std::uint64_t source =
      (registers_.rsp - image.size()) / alignment * alignment - alignment;
  const std::string code = make_start(entry_);
  TRY(memory.write(source, image));
  TRY(memory.write(room_end_ - code.size(), code));
  arch::Registers registers = registers_;
  registers.rip = room_end_ - code.size();
  registers.rdi = base_;
  registers.rsi = region_size;
  registers.rdx = PROT_READ | PROT_WRITE;
  registers.r10 = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  registers.r8 = static_cast<unsigned long long>(-1);
  registers.r9 = 0;
  registers.rbx = source;
  registers.r12 = base_ + code_offset;
  registers.r13 = region_size - code_offset;
  registers.r14 = base_ + head_offset;
  registers.r15 = image.size();
  return stopped.set_registers(registers);
}

}  // namespace vfsrun::tracer::stub
