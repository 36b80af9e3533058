// SPDX-License-Identifier: GPL-2.0-or-later
// A remote tree in memory that counts what it is asked, fails as told, and
// answers when told. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backends/backend.hh"
#include "tests/support/fake_fetch.hh"

namespace vfsrun::test {

class FakeBackend final : public Backend {
 public:
  /// `implied`: as an http store, which has no directories of its own.
  explicit FakeBackend(bool implied = true) : implied_(implied) {}

  // What the server has.
  void put(const std::string& path, std::string content,
           const std::string& version);
  /// Without a Content-Length; an empty version is an unknown one.
  void put_unsized(const std::string& path, std::string content,
                   const std::string& version);
  void put_directory(const std::string& path);
  void remove(const std::string& path);
  void put_listing(const std::string& path, DirListing listing);
  /// stat() brings so many bytes along.
  void bring_head(std::size_t bytes);

  // How it answers.
  void fail_with(const std::string& path, Error error);
  /// As a mistake in the code: an exception instead of an error.
  void throw_from(const std::string& path);
  void work_again(const std::string& path);
  /// Every call for `path` waits at the gate, or for its stop or deadline.
  Gate& hold(const std::string& path);

  // What it was asked.
  [[nodiscard]] int stats(const std::string& path);
  [[nodiscard]] int stats();
  [[nodiscard]] int reads();
  [[nodiscard]] int lists();
  /// Of the stats, those that brought a known version.
  [[nodiscard]] int conditional();

  Result<Probe> stat(const VPath& path, const Attr* known, Call& call) override;
  Result<DirListing> list(const VPath& path, Call& call) override;
  Result<void> read(const VPath& path, ByteRange range, const Version& expected,
                    const ByteSink& sink, Call& call) override;
  Result<Attr> read_whole(const VPath& path, const ByteSink& sink,
                          Call& call) override;

  [[nodiscard]] bool directories_are_implied() const noexcept override {
    return implied_;
  }

 private:
  struct File {
    Kind kind = Kind::file;
    std::string content;
    Version version;
    bool sized = true;
  };

  /// Waits at the gate of `path`, if it has one, and fails as told.
  Result<void> arrive(const VPath& path, Call& call);
  std::optional<File> at(const VPath& path);
  static Attr attr_of(const File& file);

  const bool implied_;
  std::mutex mutex_;
  std::map<std::string, File> files_;
  std::map<std::string, DirListing> listings_;
  std::map<std::string, Error> errors_;
  std::set<std::string> throwing_;
  std::map<std::string, std::unique_ptr<Gate>> gates_;
  std::map<std::string, int> stats_;
  std::size_t head_ = 0;
  int reads_ = 0;
  int lists_ = 0;
  int conditional_ = 0;
};

}  // namespace vfsrun::test
