// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/node_table.hh"

#include <ranges>
#include <vector>

namespace vfsrun {

namespace {
constexpr std::uint64_t number_of(Ino ino) {
  return static_cast<std::uint64_t>(ino);
}
}  // namespace

NodeTable::NodeTable() {
  auto tables = tables_.lock();
  Attr attr;
  attr.kind = Kind::directory;
  // The kernel holds the root for as long as the mount stands.
  tables->by_number.emplace(
      number_of(Ino::root),
      Slot{std::make_shared<const Node>(
               Node{Ino::root, nullptr, {}, Kind::directory, {}}),
           attr, 1});
}

std::string NodeTable::key_of(Ino parent, std::string_view name, Kind kind,
                              const Version& version) {
  // Names hold no '/', so the parts cannot run into each other.
  std::string key = std::to_string(number_of(parent));
  key.append("/").append(name).append("/");
  key.push_back(static_cast<char>('0' + static_cast<int>(kind)));
  if (kind == Kind::file) key.append(version.tag);
  return key;
}

NodePtr NodeTable::remember(const NodePtr& parent, std::string_view name,
                            const Attr& attr) {
  auto tables = tables_.lock();
  const auto [at, made] = tables->by_key.try_emplace(
      key_of(parent->ino, name, attr.kind, attr.version), tables->next);
  if (made) {
    const auto ino = static_cast<Ino>(tables->next++);
    Version version;
    if (attr.kind == Kind::file) version = attr.version;
    tables->by_number[number_of(ino)].node = std::make_shared<const Node>(
        Node{ino, parent, std::string(name), attr.kind, std::move(version)});
  }
  Slot& slot = tables->by_number.at(at->second);
  slot.attr = attr;
  ++slot.lookups;
  return slot.node;
}

Result<NodePtr> NodeTable::at(Ino ino) {
  auto tables = tables_.lock();
  const auto found = tables->by_number.find(number_of(ino));
  if (found == tables->by_number.end()) return fail(ESTALE);
  return found->second.node;
}

Result<Attr> NodeTable::attr(Ino ino) {
  auto tables = tables_.lock();
  const auto found = tables->by_number.find(number_of(ino));
  if (found == tables->by_number.end()) return fail(ESTALE);
  return found->second.attr;
}

void NodeTable::update(Ino ino, const Attr& attr) {
  auto tables = tables_.lock();
  const auto found = tables->by_number.find(number_of(ino));
  if (found != tables->by_number.end()) found->second.attr = attr;
}

void NodeTable::forget(Ino ino, std::uint64_t lookups) noexcept {
  if (ino == Ino::root) return;
  NodePtr last;  // freed after the lock: it may be the last child of a chain
  auto tables = tables_.lock();
  const auto found = tables->by_number.find(number_of(ino));
  if (found == tables->by_number.end()) return;
  Slot& slot = found->second;
  slot.lookups -= std::min(slot.lookups, lookups);
  if (slot.lookups > 0) return;
  last = slot.node;
  tables->by_key.erase(
      key_of(last->parent->ino, last->name, last->kind, last->version));
  tables->by_number.erase(found);
}

VPath NodeTable::path_of(const Node& node) {
  std::vector<const Node*> chain;
  for (const Node* at = &node; at->parent; at = at->parent.get())
    chain.push_back(at);
  VPath path;
  for (const Node* each : chain | std::views::reverse)
    path = path.child(each->name);
  return path;
}

std::size_t NodeTable::size() { return tables_.lock()->by_number.size(); }

std::uint64_t stable_number(const VPath& path) noexcept {
  if (path.is_root()) return 1;
  // FNV-1a: short, and the same in every build, which std::hash is not.
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : path.str()) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash < 2 ? 2 : hash;
}

}  // namespace vfsrun
