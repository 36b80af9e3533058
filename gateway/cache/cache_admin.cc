// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/cache_admin.hh"

#include <algorithm>

#include "gateway/cache/cached_file_store.hh"
#include "gateway/cache/content_cache_budget.hh"

namespace vfsrun {

Result<CacheAdmin> CacheAdmin::open() {
  const auto path = default_cache_directory();
  if (!path) return fail(ENOENT, "neither XDG_CACHE_HOME nor HOME is set");
  CacheDirectory directory = TRY(CacheDirectory::open(*path));
  auto index = TRY(CacheIndex::open(index_path(directory)));
  return CacheAdmin(std::move(directory), std::move(index));
}

std::vector<CachedObject> CacheAdmin::objects() {
  const std::vector<std::string> pinned = pins();
  std::vector<CachedObject> found;
  directory_.for_each_object([&](const std::string& name) {
    const auto fd = directory_.open_object(name);
    if (!fd) return;
    const auto described = BlockStore::describe(fd->get());
    if (!described) return;
    const auto& [key, size] = *described;
    CachedObject object;
    object.name = name;
    object.url = key.substr(0, key.find('\0'));
    if (object.url.size() < key.size())
      object.version = key.substr(object.url.size() + 1);
    object.size = size;
    object.bytes = directory_.bytes_of_object(name);
    object.pinned = std::ranges::any_of(pinned, [&](const std::string& each) {
      return covers(each, object.url);
    });
    found.push_back(std::move(object));
  });
  std::ranges::sort(found, {}, &CachedObject::url);
  return found;
}

Result<CacheAdmin::Verdict> CacheAdmin::verify(const CachedObject& object) {
  const std::string key = object.url + '\0' + object.version;
  Fd fd = TRY(directory_.open_object(object.name));
  auto store = BlockStore::open(std::move(fd), key, object.size);
  Verdict verdict;
  const BlockRange all = blocks_touched({0, object.size});
  if (store) {
    const auto count = [](const std::vector<BlockRange>& runs) {
      std::uint64_t blocks = 0;
      for (const BlockRange& run : runs) blocks += run.count();
      return blocks;
    };
    verdict.good = count(TRY(store->verify(all, object.size)));
    const std::uint64_t absent = count(TRY(store->unwritten(all)));
    verdict.damaged =
        all.count() - std::min(all.count(), verdict.good + absent);
  } else {
    verdict.damaged = all.count();
  }
  if (verdict.damaged > 0) drop(object);
  return verdict;
}

Result<void> CacheAdmin::pin(const std::string& url) {
  return index_->pin(url);
}

Result<void> CacheAdmin::unpin(const std::string& url) {
  return index_->unpin(url);
}

std::vector<std::string> CacheAdmin::pins() {
  return index_->pins().value_or(std::vector<std::string>());
}

void CacheAdmin::drop(const CachedObject& object) {
  directory_.remove_object(object.name);
  (void)index_->remove(object.name);
  (void)index_->forget(object.url, object.version);
}

}  // namespace vfsrun
