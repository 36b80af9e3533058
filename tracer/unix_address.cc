// SPDX-License-Identifier: GPL-2.0-or-later
#include "tracer/unix_address.hh"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace vfsrun::tracer {

namespace {
constexpr std::size_t path_offset = offsetof(sockaddr_un, sun_path);
constexpr std::size_t path_max = sizeof(sockaddr_un::sun_path);
}  // namespace

bool can_be_unix_address(std::uint64_t size) {
  return size > path_offset && size <= path_offset + path_max;
}

std::optional<std::string> unix_address_path(std::string_view address) {
  sa_family_t family = AF_UNSPEC;
  if (!can_be_unix_address(address.size())) return std::nullopt;
  std::memcpy(&family, address.data(), sizeof family);
  if (family != AF_UNIX || address[path_offset] == '\0') return std::nullopt;
  const std::string_view path = address.substr(path_offset);
  return std::string(path.substr(0, path.find('\0')));
}

Result<std::string> make_unix_address(std::string_view path) {
  if (path.size() >= path_max) return fail(ENAMETOOLONG);
  const sa_family_t family = AF_UNIX;
  std::string address(path_offset, '\0');
  std::memcpy(address.data(), &family, sizeof family);
  address.append(path).push_back('\0');
  return address;
}

}  // namespace vfsrun::tracer
