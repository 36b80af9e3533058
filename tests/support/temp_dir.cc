// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/temp_dir.hh"

#include <fcntl.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cstdlib>
#include <stdexcept>

#include "gateway/base/fd.hh"

namespace vfsrun::test {

namespace fs = boost::filesystem;

TempDir::TempDir() {
  const char* base = std::getenv("TMPDIR");
  std::string name =
      std::string(base != nullptr ? base : "/tmp") + "/vfsrun-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error("mkdtemp " + name);
  path_ = name;
}

TempDir::~TempDir() {
  boost::system::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TempDir::write(std::string_view name, std::string_view text) const {
  const fs::path path = path_ / std::string(name);
  fs::create_directories(path.parent_path());
  auto fd = open_file(path.string(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (!fd || !write_all(fd->get(), text))
    throw std::runtime_error("write " + path.string());
  return path;
}

ScopedEnv::ScopedEnv(const char* name, const char* value)
    : name_(name), was_set_(std::getenv(name) != nullptr) {
  if (was_set_) before_ = std::getenv(name);
  if (value != nullptr) {
    ::setenv(name, value, 1);
  } else {
    ::unsetenv(name);
  }
}

ScopedEnv::~ScopedEnv() {
  if (was_set_) {
    ::setenv(name_, before_.c_str(), 1);
  } else {
    ::unsetenv(name_);
  }
}

}  // namespace vfsrun::test
