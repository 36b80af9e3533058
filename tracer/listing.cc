// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/listing.hh"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "gateway/base/fd.hh"
#include "gateway/base/text.hh"

namespace vfsrun::tracer {

namespace {

bool exists(const std::string& path) {
  struct stat status {};

  return ::lstat(path.c_str(), &status) == 0;
}

std::string child_path(const std::string& directory, const std::string& name) {
  return (directory == "/" ? "" : directory) + "/" + name;
}

// linux_dirent64 of getdents(2): 8 bytes d_ino, 8 d_off, 2 d_reclen, 1 d_type,
// then the name and its NUL; records begin at multiples of 8.
constexpr std::size_t header_size = 19;
constexpr std::size_t alignment = 8;

template <class T>
void put(std::string& record, std::size_t offset, T value) {
  std::memcpy(record.data() + offset, &value, sizeof value);
}

std::string make_record(const std::string& name, std::int64_t next) {
  const std::size_t size =
      (header_size + name.size() + 1 + alignment - 1) / alignment * alignment;
  std::string record(size, '\0');
  put<std::uint64_t>(record, 0, std::hash<std::string>{}(name) | 1U);
  put<std::int64_t>(record, 8, next);
  put<std::uint16_t>(record, 16, static_cast<std::uint16_t>(size));
  put<std::uint8_t>(record, 18, DT_DIR);
  std::memcpy(record.data() + header_size, name.data(), name.size());
  return record;
}

std::array<std::uint64_t, 6> seek_arguments(const ListingCall& call,
                                            std::int64_t position) {
  return {arch::argument_of(call.saved, *call.abi, 0),
          static_cast<std::uint64_t>(position), SEEK_SET};
}

}  // namespace

ListingNames::ListingNames(const MountTable& mounts) {
  for (const Mount& mount : mounts.mounts()) {
    VPath directory = mount.path;
    while (!directory.is_root()) {
      directory = directory.parent();
      if (exists(directory.str()))
        names_[directory.str()] = mounts.names_below(directory);
    }
  }
}

std::optional<std::vector<std::string>> ListingNames::missing_in(
    const std::string& directory) const {
  const auto hit = names_.find(directory);
  if (hit == names_.end()) return std::nullopt;
  std::vector<std::string> missing;
  for (const std::string& name : hit->second) {
    if (!exists(child_path(directory, name))) missing.push_back(name);
  }
  return missing;
}

std::vector<stub::StubHead::Directory> ListingNames::directories() const {
  std::vector<stub::StubHead::Directory> found;
  for (const auto& [directory, names] : names_) {
    struct stat status {};

    if (::stat(directory.c_str(), &status) == 0)
      found.push_back({status.st_dev, status.st_ino});
  }
  return found;
}

ListingPart make_listing(const std::vector<std::string>& names,
                         std::size_t from, std::uint64_t size) {
  ListingPart part;
  part.next_position = first_position + static_cast<std::int64_t>(from);
  for (std::size_t i = from; i < names.size(); ++i) {
    const std::string record = make_record(names[i], part.next_position + 1);
    if (part.bytes.size() + record.size() > size) break;
    part.bytes += record;
    ++part.next_position;
  }
  return part;
}

std::optional<std::int64_t> file_position(pid_t tid, int fd) {
  constexpr std::size_t limit = 65536;
  const auto file =
      open_file(fmt::format("/proc/{}/fdinfo/{}", tid, fd), O_RDONLY);
  if (!file) return std::nullopt;
  const auto text = read_all(file->get(), limit);
  constexpr std::string_view key = "pos:";
  if (!text || !text->starts_with(key)) return std::nullopt;
  const auto number = parse_number(trim(std::string_view(*text).substr(
      key.size(), text->find('\n') - key.size())));
  if (!number) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

Result<void> seek_instead(const Stopped& stopped, const ListingCall& call,
                          std::int64_t position) {
  return stopped.set_call(call.saved, *call.abi, arch::lseek_number,
                          seek_arguments(call, position));
}

Result<std::optional<ListingCall>> continue_listing(const Stopped& stopped,
                                                    ListingCall call) {
  using Step = ListingCall::Step;
  switch (call.step) {
    case Step::read: {
      if (TRY(stopped.call_result()) != 0) return std::nullopt;
      // The end. The call cannot be turned into another one any more, but
      // its instruction can run again as one.
      arch::Registers again = arch::before_call(
          arch::with_call(call.saved, *call.abi, arch::lseek_number,
                          seek_arguments(call, first_position)));
      TRY(stopped.set_registers(again));
      call.step = Step::seek_entry;
      return call;
    }
    case Step::seek_entry:
      call.step = Step::seek_exit;
      return call;
    case Step::seek_exit: {
      arch::Registers registers = call.saved;
      if (TRY(stopped.call_result()) >= 0) {
        TRY(stopped.set_registers(arch::before_call(registers)));
        return std::nullopt;
      }
      // A file system that has no such positions lists its own entries only.
      break;
    }
    default:
      break;
  }
  TRY(stopped.set_registers(call.saved));
  TRY(stopped.skip_call(call.result));
  return std::nullopt;
}

}  // namespace vfsrun::tracer
