// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/config/mount_file_parser.hh"

#include <fmt/ranges.h>

// The distribution's shared library is used, which has exceptions on.
#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <set>

#include "gateway/base/text.hh"
#include "gateway/config/mount_keys.hh"
#include "gateway/config/mount_values.hh"

namespace vfsrun::mount_file {

namespace {

std::string where(const Source& source, toml::source_index line) {
  return line == 0 ? source.label : fmt::format("{}:{}", source.label, line);
}

std::string where(const Source& source, const toml::node& node) {
  return where(source, node.source().begin.line);
}

std::string joined(std::string_view section, std::string_view key) {
  return section.empty() ? std::string(key)
                         : fmt::format("{}.{}", section, key);
}

/// Is `name` a table of keys, or on the way to one?
bool is_section(std::string_view name) {
  return std::ranges::any_of(key_rules(), [&](const KeyRule& rule) {
    return rule.section == name ||
           rule.section.starts_with(fmt::format("{}.", name));
  });
}

const KeyRule* find_rule(std::string_view section, std::string_view key,
                         bool internal_too) {
  const auto rules = key_rules();
  const auto hit = std::ranges::find_if(rules, [&](const KeyRule& rule) {
    return rule.section == section && (rule.name == key || rule.name == "*") &&
           (internal_too || !rule.internal);
  });
  return hit == rules.end() ? nullptr : &*hit;
}

std::string keys_of(std::string_view section) {
  std::vector<std::string> keys;
  std::set<std::string> below;
  for (const KeyRule& rule : key_rules()) {
    if (rule.internal) continue;
    if (rule.section == section) {
      keys.emplace_back(rule.name);
    } else if (section.empty() ||
               rule.section.starts_with(fmt::format("{}.", section))) {
      std::string_view rest = rule.section;
      if (!section.empty()) rest.remove_prefix(section.size() + 1);
      below.emplace(rest.substr(0, rest.find('.')));
    }
  }
  keys.insert(keys.end(), below.begin(), below.end());
  return fmt::format("{}", fmt::join(keys, ", "));
}

struct Given {
  std::string text;
  std::vector<std::string> list;
};

/// What stands in the file, if it is of the form that the key wants.
Result<Given> value_of(const toml::node& node, const KeyRule& rule) {
  Given given;
  switch (rule.form) {
    case Form::text:
      if (const auto text = node.value_exact<std::string>())
        return Given{*text, {}};
      return fail(EINVAL, "is no text in quotes");
    case Form::boolean:
      if (const auto flag = node.value_exact<bool>())
        return Given{*flag ? "true" : "false", {}};
      return fail(EINVAL, "is neither true nor false");
    case Form::number:
      if (const auto count = node.value_exact<std::int64_t>())
        return Given{fmt::format("{}", *count), {}};
      return fail(EINVAL, "is no whole number");
    case Form::list:
      break;
  }
  const toml::array* list = node.as_array();
  if (list == nullptr) return fail(EINVAL, "is no list");
  for (const toml::node& each : *list) {
    auto text = each.value_exact<std::string>();
    if (!text) return fail(EINVAL, "is no list of texts");
    given.list.push_back(*std::move(text));
  }
  return given;
}

/// Walks one mount's table.
class TableReader {
 public:
  TableReader(const Source& source, bool handed_over, Problems& problems)
      : source_(source), handed_over_(handed_over), problems_(problems) {}

  std::optional<Found> read(const toml::table& table) {
    section(table, "");
    for (const KeyRule& rule : key_rules()) {
      if (rule.required && !seen_.contains(joined(rule.section, rule.name))) {
        problems_.add(where(source_, table), rule.name,
                      fmt::format("is missing; expected {}", rule.expected));
      }
    }
    if (found_.where.empty()) return std::nullopt;
    if (const auto whole = check_mount(found_.mount); !whole)
      problems_.add(where(source_, table), "mount", whole.error().detail);
    return found_;
  }

 private:
  void section(const toml::table& table, std::string_view name) {
    for (const auto& [key, node] : table) entry(name, key.str(), node);
  }

  void entry(std::string_view in, std::string_view key,
             const toml::node& node) {
    const std::string name = joined(in, key);
    const std::string at = where(source_, node);
    const KeyRule* rule = find_rule(in, key, handed_over_);
    if (rule == nullptr && is_section(name)) {
      if (const toml::table* table = node.as_table()) {
        section(*table, name);
      } else {
        problems_.add(
            at, name,
            fmt::format("is no table; expected one with {}", keys_of(name)));
      }
      return;
    }
    if (rule == nullptr) {
      problems_.add(
          at, name,
          fmt::format("is no key of vfsrun; expected {}", keys_of(in)));
      return;
    }
    seen_.insert(name);
    const auto given = value_of(node, *rule);
    if (!given) {
      problems_.add(
          at, name,
          fmt::format("{}; expected {}", given.error().detail, rule->expected));
      return;
    }
    Value value{key, given->text, given->list, source_.is_private};
    set(*rule, name, value, at);
  }

  void set(const KeyRule& rule, const std::string& name, const Value& value,
           const std::string& at) {
    const bool printable = is_printable(value.text) &&
                           is_printable(value.key) &&
                           std::ranges::all_of(value.list, is_printable);
    const auto done = printable ? rule.set(value, found_.mount)
                                : fail(EINVAL, "has a control character in it");
    if (!done) {
      problems_.add(
          at, name,
          fmt::format("{}; expected {}", done.error().detail, rule.expected));
    } else if (name == "path") {
      found_.where = at;
    }
  }

  const Source& source_;
  bool handed_over_;
  Problems& problems_;
  Found found_;
  std::set<std::string> seen_;
};

std::optional<toml::table> parse(const Source& source, Problems& problems) {
  try {
    return toml::parse(source.text, source.label);
  } catch (const toml::parse_error& error) {
    problems.add(where(source, error.source().begin.line), "syntax",
                 fmt::format("{}; expected TOML", error.description()));
    return std::nullopt;
  }
}

/// A TOML basic string. What is no valid UTF-8 or a control character, which
/// only the name of a source can have, becomes '?'.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  const bool utf8 = is_valid_utf8(text);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8)) {
      out += '?';
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// What stands behind the '='; empty: the key is not written.
std::string written(const KeyRule& rule, const Mount& mount) {
  if (rule.get_list != nullptr) {
    std::vector<std::string> all;
    for (const std::string& each : rule.get_list(mount))
      all.push_back(quoted(each));
    return all.empty() ? "" : fmt::format("[{}]", fmt::join(all, ", "));
  }
  const std::string text = rule.get(mount);
  return text.empty() || rule.form != Form::text ? text : quoted(text);
}

std::string write_mount(const Mount& mount) {
  std::string out = "[[mount]]\n";
  std::string_view section;
  for (const KeyRule& rule : key_rules()) {
    std::string lines;
    if (rule.get_all != nullptr) {
      for (const auto& [name, value] : rule.get_all(mount))
        lines += fmt::format("{} = {}\n", quoted(name), quoted(value));
    } else if (const std::string text = written(rule, mount); !text.empty()) {
      lines = fmt::format("{} = {}\n", rule.name, text);
    }
    if (!lines.empty() && rule.section != section) {
      section = rule.section;
      out += fmt::format("[mount.{}]\n", section);
    }
    out += lines;
  }
  return out;
}

}  // namespace

void Problems::add(std::string_view where, std::string_view key,
                   std::string_view what) {
  const std::string line = fmt::format("{}: {}: {}", where, key, what);
  // A value that is quoted back may hold anything; one problem is one line.
  std::string& safe = lines_.emplace_back();
  for (const char c : line) safe += is_printable({&c, 1}) ? c : '?';
}

std::string Problems::text() const {
  return fmt::format("{}", fmt::join(lines_, "\n"));
}

std::vector<Found> parse_one(const Source& source, Problems& problems) {
  const auto table = parse(source, problems);
  if (!table || table->empty()) return {};
  auto found = TableReader(source, false, problems).read(*table);
  if (!found) return {};
  found->mount.source = source.label;
  return {*std::move(found)};
}

std::vector<Found> parse_all(const Source& source, Problems& problems) {
  const auto table = parse(source, problems);
  if (!table) return {};
  std::vector<Found> all;
  for (const auto& [key, node] : *table) {
    const toml::array* mounts = node.as_array();
    if (key.str() != "mount" || mounts == nullptr) {
      problems.add(where(source, node), key.str(),
                   "is unknown; expected [[mount]]");
      continue;
    }
    for (const toml::node& element : *mounts) {
      const toml::table* mount = element.as_table();
      if (mount == nullptr) {
        problems.add(where(source, element), "mount",
                     "is no table; expected [[mount]]");
        continue;
      }
      auto found = TableReader(source, true, problems).read(*mount);
      if (found) all.push_back(*std::move(found));
    }
  }
  return all;
}

std::vector<Found> parse_spec(std::string_view spec, std::string_view option,
                              Problems& problems) {
  const std::size_t equals = spec.find('=');
  const std::string path(spec.substr(0, equals));
  // Never the url: it may hold a password.
  const std::string label = fmt::format("{} {}", option, path);
  if (equals == spec.npos) {
    problems.add(label, "url", "is missing; expected PATH=URL");
    return {};
  }
  if (!is_valid_utf8(spec)) {
    problems.add(label, "path", "is no UTF-8; expected PATH=URL");
    return {};
  }
  Found found;
  found.mount.source = label;
  for (const KeyRule& rule : key_rules()) {
    if (!rule.required) continue;
    const std::string_view text =
        rule.name == "path" ? path : spec.substr(equals + 1);
    const auto done = is_printable(text)
                          ? rule.set({rule.name, text, {}, false}, found.mount)
                          : fail(EINVAL, "has a control character in it");
    if (!done) {
      problems.add(
          label, rule.name,
          fmt::format("{}; expected {}", done.error().detail, rule.expected));
    } else if (rule.name == "path") {
      found.where = label;
    }
  }
  if (found.where.empty()) return {};
  return {std::move(found)};
}

std::string write_all(const std::vector<Mount>& mounts) {
  std::string out;
  for (const Mount& mount : mounts) out += write_mount(mount);
  return out;
}

}  // namespace vfsrun::mount_file
