// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/html_listing.hh"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>
#include <optional>
#include <unordered_set>

#include "backends/curl/url.hh"
#include "backends/http_url.hh"
#include "backends/index_link.hh"
#include "gateway/base/text.hh"

namespace vfsrun {

namespace {

/// Runs gumbo with a budget. Its allocator leaves the parser by longjmp(3)
/// when the budget is used up (gumbo cannot take a null pointer, and its C
/// frames own nothing else), and frees by list afterwards, because
/// gumbo_destroy_output() recurses as deep as the page nests.
class BoundedParser {
 public:
  explicit BoundedParser(const ListingLimits& limits) : limits_(&limits) {
    first_.next = first_.previous = &first_;
  }

  BoundedParser(const BoundedParser&) = delete;
  BoundedParser& operator=(const BoundedParser&) = delete;

  ~BoundedParser() {
    for (Block* block = first_.next; block != &first_;) {
      Block* const next = block->next;
      std::free(block);
      block = next;
    }
  }

  /// Null when the budget did not do; the tree lives as long as this.
  const GumboNode* parse(std::string_view html) {
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = &BoundedParser::allocate;
    options.deallocator = &BoundedParser::deallocate;
    options.userdata = this;
    options.max_errors = 0;
    return run(options, html);
  }

  [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

 private:
  struct alignas(std::max_align_t) Block {
    Block* next;
    Block* previous;
    std::size_t size;
  };

  const GumboNode* run(const GumboOptions& options, std::string_view html) {
    if (setjmp(out_) != 0) return nullptr;
    return gumbo_parse_with_options(&options, html.data(), html.size())
        ->document;
  }

  static void* allocate(void* self, std::size_t size) {
    return static_cast<BoundedParser*>(self)->allocate(size);
  }

  static void deallocate(void* self, void* memory) {
    if (memory != nullptr)
      static_cast<BoundedParser*>(self)->release(static_cast<Block*>(memory) -
                                                 1);
  }

  void* allocate(std::size_t size) {
    constexpr unsigned steps_between_questions = 16;
    if (++steps_ % steps_between_questions == 0 && limits_->give_up)
      gave_up_ = limits_->give_up();
    if (gave_up_ || size > limits_->memory - used_) std::longjmp(out_, 1);
    auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
    if (block == nullptr) std::longjmp(out_, 1);
    used_ += size;
    block->size = size;
    block->next = first_.next;
    block->previous = &first_;
    first_.next->previous = block;
    first_.next = block;
    return block + 1;
  }

  void release(Block* block) noexcept {
    used_ -= block->size;
    block->next->previous = block->previous;
    block->previous->next = block->next;
    std::free(block);
  }

  const ListingLimits* limits_;
  std::jmp_buf out_{};
  Block first_{};
  std::size_t used_ = 0;
  unsigned steps_ = 0;
  bool gave_up_ = false;
};

/// A link and the text between it and the next one.
struct Row {
  std::string href;
  std::string text;
};

struct Page {
  std::string title;
  std::string heading;
  std::vector<Row> rows;
  bool has_base = false;
  bool asks_for_password = false;
};

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? std::string_view() : found->value;
}

/// Walks the tree without recursion: its depth is the server's choice.
class PageReader {
 public:
  explicit PageReader(std::size_t max_rows) : max_rows_(max_rows) {}

  /// False past the limit of rows.
  bool read(const GumboNode* root, Page& page) {
    std::vector<Visit> stack{{root, Where::nowhere}};
    while (!stack.empty()) {
      const Visit visit = stack.back();
      stack.pop_back();
      const GumboNode& node = *visit.node;
      Where inside = visit.inside;
      const GumboVector* children = nullptr;
      if (node.type == GUMBO_NODE_DOCUMENT) {
        children = &node.v.document.children;
      } else if (node.type == GUMBO_NODE_ELEMENT) {
        inside = enter(node.v.element, inside, page);
        if (page.rows.size() > max_rows_) return false;
        children = &node.v.element.children;
      } else if (node.type == GUMBO_NODE_TEXT ||
                 node.type == GUMBO_NODE_WHITESPACE) {
        add_text(node.v.text.text, inside, page);
      }
      for (unsigned i = children == nullptr ? 0 : children->length; i > 0; --i)
        stack.push_back(
            {static_cast<const GumboNode*>(children->data[i - 1]), inside});
    }
    return true;
  }

 private:
  enum class Where : std::uint8_t { nowhere, title, heading, link };

  struct Visit {
    const GumboNode* node;
    Where inside;
  };

  Where enter(const GumboElement& element, Where inside, Page& page) {
    switch (element.tag) {
      case GUMBO_TAG_TITLE:
        return page.title.empty() ? Where::title : inside;
      case GUMBO_TAG_H1:
        return page.heading.empty() ? Where::heading : inside;
      case GUMBO_TAG_BASE:
        page.has_base = true;
        return inside;
      case GUMBO_TAG_INPUT:
        if (to_lower(attribute(element, "type")) == "password")
          page.asks_for_password = true;
        return inside;
      case GUMBO_TAG_TR:
      case GUMBO_TAG_LI:
        row_is_open_ = false;
        return inside;
      case GUMBO_TAG_A:
        if (gumbo_get_attribute(&element.attributes, "href") == nullptr)
          return inside;
        page.rows.push_back(
            {std::string(trim(attribute(element, "href"))), {}});
        row_is_open_ = true;
        return Where::link;
      default:
        return inside;
    }
  }

  void add_text(std::string_view text, Where inside, Page& page) const {
    constexpr std::size_t enough = 256;
    std::string* into = nullptr;
    if (inside == Where::title) into = &page.title;
    if (inside == Where::heading) into = &page.heading;
    if (inside == Where::nowhere && row_is_open_) into = &page.rows.back().text;
    if (into == nullptr || into->size() >= enough) return;
    // A blank apart: cells of a table stand next to each other.
    into->append(" ").append(text.substr(0, enough));
  }

  std::size_t max_rows_;
  bool row_is_open_ = false;
};

bool is_index(const Page& page) {
  constexpr std::array<std::string_view, 3> beginnings{
      "index of ", "directory listing for ", "directory listing of "};
  if (page.has_base || page.asks_for_password) return false;
  return std::ranges::any_of(beginnings, [&](std::string_view beginning) {
    return to_lower(trim(page.title)).starts_with(beginning) ||
           to_lower(trim(page.heading)).starts_with(beginning);
  });
}

/// "23-Nov-2026 05:38 1234" and nothing more: an exact size. Rounded ones
/// carry a letter.
std::optional<std::uint64_t> exact_size(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool no_break_space = text.substr(i).starts_with("\xc2\xa0");
    if (no_break_space) ++i;
    if (!no_break_space && !trim(text.substr(i, 1)).empty()) {
      words.back() += text[i];
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  if (words.size() != 3 || words[0].find('-') == std::string::npos ||
      words[1].find(':') == std::string::npos)
    return std::nullopt;
  return parse_number(words[2]);
}

}  // namespace

Result<Listing> parse_index_page(std::string_view html, const std::string& base,
                                 const ListingLimits& limits) {
  Page page;
  {
    BoundedParser parser(limits);
    const GumboNode* root = parser.parse(html);
    if (parser.gave_up()) return fail(EINTR, "stopped");
    if (root == nullptr)
      return fail(EFBIG, "the index page is too large to be read");
    if (!PageReader(limits.entries).read(root, page))
      return fail(EFBIG, "the index page has too many entries");
  }
  if (!is_index(page)) return fail(ENOSYS);
  const IndexLinks links(TRY(curl::parse_url(base)));
  Listing out;
  std::unordered_set<std::string> seen;
  for (const Row& row : page.rows) {
    const IndexLink link = links.read(row.href);
    if (link.meaning == IndexLink::Meaning::furniture) continue;
    DirEntry entry;
    entry.name = name_from_segment(link.segment);
    if (link.meaning == IndexLink::Meaning::hostile ||
        !VPath::valid_name(link.segment) || !VPath::valid_name(entry.name)) {
      ++out.dropped;
      continue;
    }
    if (!seen.insert(entry.name).second) continue;
    entry.kind = link.directory ? Kind::directory : Kind::file;
    if (!link.directory) entry.size = exact_size(row.text);
    out.entries.push_back(std::move(entry));
  }
  return out;
}

}  // namespace vfsrun
