// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "tracer/arch.hh"
#include "tracer/stub/patcher.hh"
#include "tracer/stub/start.hh"

namespace vfsrun::tracer::stub {

namespace {

constexpr std::uint8_t breakpoint = 0xcc;

iovec remote(std::uint64_t at, std::size_t size) {
  // The kernel reads these in the other process.
  return {reinterpret_cast<void*>(at),  // NOLINT(performance-no-int-to-ptr)
          size};
}

/// A site's bytes and the region's head, if there is one, in one call.
struct SiteAndHead {
  SiteBytes bytes{};
  std::optional<std::uint64_t> base;
  StubHead head{};
};

std::optional<StubHead> head_at(pid_t tid, std::uint64_t base) {
  const auto head = get<StubHead>(tid, base + head_offset);
  if (!head || head->magic != magic) return std::nullopt;
  return *head;
}

std::optional<std::pair<std::uint64_t, StubHead>> find_region(pid_t tid) {
  for (const std::uint64_t base : bases) {
    if (const auto head = head_at(tid, base)) return std::pair(base, *head);
  }
  return std::nullopt;
}

void set_flag(pid_t tid, std::size_t flag) {
  const auto region = find_region(tid);
  if (!region) return;
  constexpr std::uint8_t yes = 1;
  (void)write_memory(tid, RemoteAddress{region->first + head_offset + flag},
                     std::as_bytes(std::span(&yes, 1)));
}

std::optional<SiteAndHead> read_site(pid_t tid, std::uint64_t site) {
  SiteAndHead out;
  std::array<iovec, 2> ours{iovec{out.bytes.data(), out.bytes.size()},
                            iovec{&out.head, sizeof out.head}};
  std::array<iovec, 2> theirs{remote(site - site_before, out.bytes.size()),
                              remote(bases[0] + head_offset, sizeof out.head)};
  const ssize_t n = ::process_vm_readv(tid, ours.data(), ours.size(),
                                       theirs.data(), theirs.size(), 0);
  if (n < static_cast<ssize_t>(out.bytes.size())) return std::nullopt;
  if (n == static_cast<ssize_t>(out.bytes.size() + sizeof out.head) &&
      out.head.magic == magic) {
    out.base = bases[0];
  } else if (const auto head = head_at(tid, bases[1])) {
    out.base = bases[1];
    out.head = *head;
  }
  return out;
}

/// Bytes of all known sites of a library that can be read: a short answer
/// ends where the program's mapping does.
std::vector<SiteBytes> read_sites(pid_t tid, std::uint64_t start,
                                  std::span<const KnownSite> sites) {
  std::vector<SiteBytes> bytes(sites.size());
  std::vector<iovec> ours;
  std::vector<iovec> theirs;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    ours.push_back({bytes[i].data(), site_bytes});
    theirs.push_back(remote(start + sites[i].offset - site_before, site_bytes));
  }
  const ssize_t n = ::process_vm_readv(tid, ours.data(), ours.size(),
                                       theirs.data(), theirs.size(), 0);
  bytes.resize(n < 0 ? 0 : static_cast<std::size_t>(n) / site_bytes);
  return bytes;
}

/// Puts the jump at a site. Where other threads may be about to execute it,
/// they meet a breakpoint until it is whole (on_signal() sends them back).
Result<void> write_jump(const CodeMemory& memory, std::uint64_t site,
                        std::uint64_t slot, bool alone) {
  const auto jump = make_jump(slot);
  const std::string_view bytes(reinterpret_cast<const char*>(jump.data()),
                               jump.size());
  if (alone) return memory.write(site, bytes);
  TRY(memory.put(site, breakpoint));
  TRY(memory.write(site + 1, bytes.substr(1)));
  return memory.put(site, jump[0]);
}

}  // namespace

StubPatcher::StubPatcher(const ImageOptions& options, Programs programs,
                         TracerStats& stats)
    : image_(make_image(options)),
      programs_(std::move(programs)),
      stats_(stats) {}

void StubPatcher::on_exec(const Stopped& stopped, ProgramNotes& notes) {
  notes.refused.clear();
  notes.applied.clear();
  const auto begin = [&]() -> Result<void> {
    if (notes.own_filter) return fail(EPERM);
    const auto memory = TRY(CodeMemory::open(stopped.tid()));
    auto start = TRY(RegionStart::prepare(stopped));
    // The dynamic loader is mapped already, and so its sites are known.
    const std::uint64_t entry = start.entry();
    const auto bytes = TRY(get<SiteBytes>(stopped.tid(), entry - site_before));
    const auto hit = book_.find(entry, bytes);
    if (!hit) book_.learn(stopped.tid(), entry, KnownSite::no_call, bytes);
    const auto sites =
        hit ? known_sites(stopped.tid(), notes, *hit) : std::vector<NewSite>();
    std::string image = image_;
    const std::uint64_t next_stub = head_offset + image.size();
    const Batch batch = TRY(make_batch(start.base(), next_stub, sites));
    image += batch.code;
    const auto next = static_cast<std::uint32_t>(head_offset + image.size());
    std::memcpy(image.data() + offsetof(StubHead, next_stub), &next,
                sizeof next);
    TRY(start.run(stopped, memory, image));
    write_jumps(memory, sites, batch, true);
    ++stats_.regions;
    return {};
  };
  if (!begin()) ++stats_.regions_refused;
}

void StubPatcher::refuse(ProgramNotes& notes, std::uint64_t site,
                         std::uint64_t& why) {
  ++stats_.sites_seen;
  ++why;
  notes.refused.push_back(site);
}

void StubPatcher::on_call(const Stopped& stopped, ProgramNotes& notes,
                          const SyscallEntry& entry, const SyscallRule& rule) {
  if (entry.abi != &arch::native || !has_stub(rule)) return;
  const std::uint64_t site = entry.instruction_pointer - syscall_size;
  if (region_of(site)) {
    if (site % stub_size == stub_untrusted)
      extend_chain(stopped, entry, rule, site - stub_untrusted);
    return;
  }
  if (std::ranges::find(notes.refused, site) == notes.refused.end())
    patch_site(stopped, notes, entry, rule);
}

void StubPatcher::patch_site(const Stopped& stopped, ProgramNotes& notes,
                             const SyscallEntry& entry,
                             const SyscallRule& rule) {
  const std::uint64_t site = entry.instruction_pointer - syscall_size;
  const auto found = read_site(stopped.tid(), site);
  if (!found) return;
  // Another thread's stop came first.
  auto stub = patched_stub(found->bytes);
  if (!stub) {
    const auto form = match_site(found->bytes);
    if (!form) return refuse(notes, site, stats_.refused_form);
    if (!found->base) return refuse(notes, site, stats_.refused_no_region);
    const auto memory = CodeMemory::open(stopped.tid());
    if (!memory) return refuse(notes, site, stats_.refused_no_region);
    auto hit = book_.find(site, found->bytes);
    if (!hit)
      hit = book_.learn(stopped.tid(), site, entry.number, found->bytes);
    std::vector<NewSite> sites{{site, &rule, *form}};
    if (hit) {
      for (const NewSite& known : known_sites(stopped.tid(), notes, *hit)) {
        if (known.address != site) sites.push_back(known);
      }
    }
    if (!patch(*memory, *found->base, found->head.next_stub, sites))
      return refuse(notes, site, stats_.refused_full);
    stub = *found->base + found->head.next_stub;
  }
  // This very call ends where it would have, had it come from the stub.
  (void)stopped.set_instruction_pointer(*stub + stub_untrusted + syscall_size);
}

Result<StubPatcher::Batch> StubPatcher::make_batch(
    std::uint64_t base, std::uint64_t next_stub,
    const std::vector<NewSite>& sites) {
  Batch batch;
  for (const NewSite& site : sites) {
    const std::uint64_t offset = next_stub + batch.code.size();
    if (offset + stub_size > region_size) return fail(ENOSPC);
    const auto stub =
        make_stub(*site.rule, {base, offset, site.address, site.form});
    if (!stub) return fail(ENOTSUP);
    batch.slots.push_back(base + offset + slot_offset(site.form));
    batch.code += *stub;
  }
  return batch;
}

void StubPatcher::write_jumps(const CodeMemory& memory,
                              const std::vector<NewSite>& sites,
                              const Batch& batch, bool alone) {
  for (std::size_t i = 0; i < sites.size(); ++i) {
    ++stats_.sites_seen;
    if (write_jump(memory, sites[i].address, batch.slots[i], alone))
      ++stats_.sites_patched;
  }
}

/// ENOSPC where the region is full.
Result<void> StubPatcher::patch(const CodeMemory& memory, std::uint64_t base,
                                std::uint64_t next_stub,
                                const std::vector<NewSite>& sites) {
  const Batch batch = TRY(make_batch(base, next_stub, sites));
  TRY(memory.write(base + next_stub, batch.code));
  TRY(memory.put(base + head_offset + offsetof(StubHead, next_stub),
                 static_cast<std::uint32_t>(next_stub + batch.code.size())));
  write_jumps(memory, sites, batch, false);
  return {};
}

/// The sites of a library that are unpatched in this program and were not
/// given before.
std::vector<StubPatcher::NewSite> StubPatcher::known_sites(
    pid_t tid, ProgramNotes& notes, SiteBook::Hit hit) const {
  const auto& known = book_.library(hit.library).sites;
  auto applied = std::ranges::find_if(
      notes.applied, [&](const ProgramNotes::Applied& one) {
        return one.library == hit.library && one.start == hit.start;
      });
  if (applied == notes.applied.end()) {
    notes.applied.push_back({hit.library, hit.start, 0});
    applied = notes.applied.end() - 1;
  }
  const auto wanted = std::span(known).subspan(applied->sites);
  applied->sites = known.size();
  const auto bytes = read_sites(tid, hit.start, wanted);
  std::vector<NewSite> sites;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto* const rule =
        find_rule(arch::native.audit_arch, wanted[i].number);
    const auto form = match_site(bytes[i]);
    if (bytes[i] == wanted[i].bytes && form && rule != nullptr)
      sites.push_back({hit.start + wanted[i].offset, rule, *form});
  }
  return sites;
}

void StubPatcher::on_fork(const Stopped& stopped, ProgramNotes& notes) {
  std::vector<NewSite> sites;
  for (const auto& [library, start, count] : std::vector(notes.applied)) {
    if (count == book_.library(library).sites.size()) continue;
    const auto more = known_sites(stopped.tid(), notes, {library, start});
    sites.insert(sites.end(), more.begin(), more.end());
  }
  if (sites.empty()) return;
  const auto region = find_region(stopped.tid());
  const auto memory = CodeMemory::open(stopped.tid());
  if (region && memory)
    (void)patch(*memory, region->first, region->second.next_stub, sites);
}

void StubPatcher::extend_chain(const Stopped& stopped,
                               const SyscallEntry& entry,
                               const SyscallRule& rule, std::uint64_t last) {
  const std::uint64_t base = *region_of(last);
  const auto code = get<StubBytes>(stopped.tid(), last);
  const auto head = head_at(stopped.tid(), base);
  if (!code || !head) return;
  const StubFacts facts = facts_of(*code);
  // The usual case: the stub knows the call and was in doubt.
  if (facts.number == static_cast<std::uint32_t>(entry.number) ||
      facts.next != last + stub_untrusted)
    return;
  const auto memory = CodeMemory::open(stopped.tid());
  const std::uint64_t offset = head->next_stub;
  if (!memory || offset + stub_size > region_size) return;
  const auto stub = make_stub(rule, {base, offset, facts.site, facts.form});
  if (!stub || !memory->write(base + offset, *stub) ||
      !memory->put(base + head_offset + offsetof(StubHead, next_stub),
                   static_cast<std::uint32_t>(offset + stub_size)))
    return;
  (void)memory->put(last + stub_next, base + offset + stub_code);
}

void StubPatcher::on_fixed_mapping(const Stopped& stopped,
                                   std::uint64_t address,
                                   std::uint64_t size) const {
  const auto region = find_region(stopped.tid());
  if (!region) return;
  const auto& [base, head] = *region;
  const auto memory = CodeMemory::open(stopped.tid());
  if (!memory || address >= base + region_size || address + size <= base)
    return;
  const std::uint64_t end =
      std::min<std::uint64_t>(head.next_stub, region_size);
  for (std::uint64_t offset = head_offset + image_.size(); offset < end;
       offset += stub_size) {
    const auto code = get<StubBytes>(stopped.tid(), base + offset);
    if (!code) return;
    const std::uint64_t site = facts_of(*code).site;
    const auto bytes = get<SiteBytes>(stopped.tid(), site - site_before);
    // Further numbers of a site have stubs that it does not jump to itself.
    if (bytes && patched_stub(*bytes) == base + offset)
      (void)memory->put(site, original_bytes(*bytes));
  }
}

bool StubPatcher::count_saved(pid_t tid) const {
  const auto region = find_region(tid);
  if (!region) return false;
  stats_.stops_saved += region->second.saved;
  forget_saved(tid);
  return true;
}

void StubPatcher::forget_saved(pid_t tid) {
  const auto region = find_region(tid);
  if (!region) return;
  constexpr std::uint64_t none = 0;
  (void)write_memory(
      tid,
      RemoteAddress{region->first + head_offset + offsetof(StubHead, saved)},
      std::as_bytes(std::span(&none, 1)));
}

void StubPatcher::on_own_filter(const Stopped& stopped, ProgramNotes& notes) {
  notes.own_filter = true;
  set_flag(stopped.tid(), offsetof(StubHead, quiet));
}

/// Sets a flag of the head in every program, running or to come.
void StubPatcher::tell_all(std::size_t flag) {
  if (image_.at(flag) != 0) return;
  image_.at(flag) = 1;
  for (const pid_t tid : programs_()) set_flag(tid, flag);
}

}  // namespace vfsrun::tracer::stub
