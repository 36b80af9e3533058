// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/fs/node_table.hh"

#include <ranges>
#include <vector>

namespace vfsrun {

namespace {
constexpr std::uint64_t value_of(Ino ino) {
  return static_cast<std::uint64_t>(ino);
}
}  // namespace

NodeTable::NodeTable() {
  auto tables = tables_.lock();
  Attr attr;
  attr.kind = Kind::directory;
  // The kernel holds the root for as long as the mount stands.
  tables->by_number.emplace(
      value_of(Ino::root),
      Slot{std::make_shared<const Node>(Ino::root, Kind::directory, Version{}),
           attr, 1});
}

std::string NodeTable::key_of(Ino parent, std::string_view name, Kind kind,
                              const Version& version) {
  // Names hold no '/', so the parts cannot run into each other.
  std::string key = std::to_string(value_of(parent));
  key.append("/").append(name).append("/");
  key.push_back(static_cast<char>('0' + static_cast<int>(kind)));
  if (kind == Kind::file) key.append(version.tag);
  return key;
}

std::string NodeTable::key_of(const Node& node) {
  return key_of(node.parent_->ino, node.name_, node.kind, node.version);
}

void NodeTable::drop_key(Tables& tables, const Node& node) {
  const auto at = tables.by_key.find(key_of(node));
  // Another node may have the name by now.
  if (at != tables.by_key.end() && at->second == value_of(node.ino))
    tables.by_key.erase(at);
}

void NodeTable::number(Tables& tables, const Node& node) {
  // All versions of a path have its number.
  if (node.version.known()) return;
  std::uint64_t number = stable_number(path(node));
  // Taken by a node that had this path before: it keeps the number.
  while (number < 2 || !tables.numbers.try_emplace(number, &node).second)
    ++number;
  node.number_ = number;
}

NodePtr NodeTable::remember(const NodePtr& parent, std::string_view name,
                            const Attr& attr) {
  auto tables = tables_.lock();
  const auto [at, made] = tables->by_key.try_emplace(
      key_of(parent->ino, name, attr.kind, attr.version), tables->next);
  if (made) {
    const auto ino = static_cast<Ino>(tables->next++);
    auto node = std::make_shared<const Node>(
        ino, attr.kind, attr.kind == Kind::file ? attr.version : Version{});
    node->parent_ = parent;
    node->name_ = name;
    number(*tables, *node);
    tables->by_number[value_of(ino)].node = std::move(node);
  }
  Slot& slot = tables->by_number.at(at->second);
  slot.attr = attr;
  ++slot.lookups;
  return slot.node;
}

Result<NodePtr> NodeTable::at(Ino ino) {
  auto tables = tables_.lock();
  const auto found = tables->by_number.find(value_of(ino));
  if (found == tables->by_number.end()) return fail(ESTALE);
  return found->second.node;
}

Result<Attr> NodeTable::attr(Ino ino) {
  auto tables = tables_.lock();
  const auto found = tables->by_number.find(value_of(ino));
  if (found == tables->by_number.end()) return fail(ESTALE);
  return found->second.attr;
}

void NodeTable::update(Ino ino, const Attr& attr) {
  auto tables = tables_.lock();
  const auto found = tables->by_number.find(value_of(ino));
  if (found != tables->by_number.end()) found->second.attr = attr;
}

void NodeTable::forget(Ino ino, std::uint64_t lookups) noexcept {
  if (ino == Ino::root) return;
  NodePtr last;  // freed after the lock: it may be the last child of a chain
  auto tables = tables_.lock();
  const auto found = tables->by_number.find(value_of(ino));
  if (found == tables->by_number.end()) return;
  Slot& slot = found->second;
  slot.lookups -= std::min(slot.lookups, lookups);
  if (slot.lookups > 0) return;
  last = slot.node;
  drop_key(*tables, *last);
  if (last->number_ != 0) tables->numbers.erase(last->number_);
  tables->by_number.erase(found);
}

NodePtr NodeTable::child(const NodePtr& parent, std::string_view name,
                         Kind kind) {
  auto tables = tables_.lock();
  const auto at = tables->by_key.find(key_of(parent->ino, name, kind, {}));
  if (at == tables->by_key.end()) return nullptr;
  return tables->by_number.at(at->second).node;
}

void NodeTable::move(const NodePtr& node, const NodePtr& parent,
                     std::string_view name) {
  NodePtr old_parent;  // freed after the lock
  auto tables = tables_.lock();
  for (const Kind kind : {Kind::file, Kind::directory, Kind::symlink}) {
    const auto at = tables->by_key.find(key_of(parent->ino, name, kind, {}));
    if (at == tables->by_key.end()) continue;
    if (at->second == value_of(node->ino)) return;  // onto itself
    tables->by_number.at(at->second).node->gone_ = true;
    tables->by_key.erase(at);
  }
  drop_key(*tables, *node);
  old_parent = std::exchange(node->parent_, parent);
  node->name_ = name;
  node->gone_ = false;
  if (tables->by_number.contains(value_of(node->ino)))
    tables->by_key.insert_or_assign(key_of(*node), value_of(node->ino));
}

void NodeTable::remove(const NodePtr& node) {
  auto tables = tables_.lock();
  drop_key(*tables, *node);
  node->gone_ = true;
}

bool NodeTable::gone(const Node& node) {
  auto tables = tables_.lock();
  return node.gone_;
}

VPath NodeTable::path(const Node& node) {
  std::vector<const Node*> chain;
  for (const Node* at = &node; at->parent_; at = at->parent_.get())
    chain.push_back(at);
  VPath path;
  for (const Node* each : chain | std::views::reverse)
    path = path.child(each->name_);
  return path;
}

VPath NodeTable::path_of(const Node& node) {
  auto tables = tables_.lock();
  return path(node);
}

std::uint64_t NodeTable::number_of(const Node& node) {
  auto tables = tables_.lock();
  return node.number_ != 0 ? node.number_ : stable_number(path(node));
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
