// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/scratch.hh"

#include <sys/mman.h>

#include <array>
#include <climits>
#include <cstring>

namespace vfsrun::tracer::scratch {

namespace {

constexpr std::size_t room_size = PATH_MAX;
constexpr std::size_t header_size = 4096;
constexpr std::size_t region_size =
    header_size + CallSlots::count * paths_per_slot * room_size;

// Below 2 GiB and away from where the kernel, loaders and non-PIE programs
// put things by themselves; the second is for programs that use the first.
constexpr std::array<RemoteAddress, Injection::attempts> bases{
    RemoteAddress{0x6f000000}, RemoteAddress{0x5d000000}};

constexpr std::uint64_t magic = 0x76667372756e7363;  // "vfsrunsc"

bool carries_magic(pid_t tid, RemoteAddress base) {
  std::uint64_t found = 0;
  return read_memory(tid, base, std::as_writable_bytes(std::span(&found, 1))) &&
         found == magic;
}

}  // namespace

std::optional<RemoteAddress> find(pid_t tid) {
  for (const RemoteAddress base : bases) {
    if (carries_magic(tid, base)) return base;
  }
  return std::nullopt;
}

Result<Injection> Injection::begin(const Stopped& stopped, const arch::Abi& abi,
                                   int attempt) {
  const arch::Registers saved = TRY(stopped.registers());
  const auto base = bases.at(static_cast<std::size_t>(attempt));
  // Writable only so that the tracer can fill it in with one system call.
  const std::array<std::uint64_t, 6> arguments{
      static_cast<std::uint64_t>(base),
      region_size,
      PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE,
      static_cast<std::uint64_t>(-1),
      0};
  TRY(stopped.set_call(saved, abi, abi.mmap_number, arguments));
  return Injection(saved, attempt);
}

Result<bool> Injection::finish(const Stopped& stopped) const {
  const long result = TRY(stopped.call_result());
  TRY(stopped.set_registers(arch::before_call(saved_)));
  const auto base = bases.at(static_cast<std::size_t>(attempt_));
  if (result != static_cast<long>(base)) {
    // EEXIST is right when another thread's injection was faster.
    return carries_magic(stopped.tid(), base);
  }
  TRY(write_memory(stopped.tid(), base, std::as_bytes(std::span(&magic, 1))));
  return true;
}

RemoteAddress room_address(RemoteAddress region, const CallSlots::Lease& slot,
                           std::size_t index) {
  return region + header_size +
         (slot.number() * paths_per_slot + index) * room_size;
}

Result<RemoteAddress> write_room(pid_t tid, RemoteAddress region,
                                 const CallSlots::Lease& slot,
                                 std::size_t index, std::string_view bytes) {
  if (bytes.size() > room_size) return fail(ENAMETOOLONG);
  const RemoteAddress room = room_address(region, slot, index);
  TRY(write_memory(tid, room, std::as_bytes(std::span(bytes))));
  return room;
}

}  // namespace vfsrun::tracer::scratch
