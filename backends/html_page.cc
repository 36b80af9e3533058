// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/html_page.hh"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>

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
  const GumboNode* parse(std::string_view html, GumboTag context) {
    GumboOptions options = kGumboDefaultOptions;
    options.fragment_context = context;
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

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? std::string_view() : found->value;
}

/// Walks trees without recursion: their depth is the server's choice. Goes on
/// with the row of one where the next begins.
class PageReader {
 public:
  explicit PageReader(std::size_t max_rows) : max_rows_(max_rows) {}

  [[nodiscard]] HtmlPage take() && { return std::move(page_); }

  /// False past the limit of rows.
  bool read(const GumboNode* root, GumboTag context) {
    std::vector<Visit> stack{{root, Where::nowhere, context == GUMBO_TAG_PRE}};
    while (!stack.empty()) {
      Visit visit = stack.back();
      stack.pop_back();
      const GumboNode& node = *visit.node;
      const GumboVector* children = nullptr;
      if (node.type == GUMBO_NODE_DOCUMENT) {
        children = &node.v.document.children;
      } else if (node.type == GUMBO_NODE_ELEMENT) {
        enter(node.v.element, visit);
        if (page_.rows.size() > max_rows_) return false;
        children = &node.v.element.children;
      } else if (node.type == GUMBO_NODE_TEXT ||
                 node.type == GUMBO_NODE_WHITESPACE) {
        add_text(node.v.text.text, visit);
      }
      for (unsigned i = children == nullptr ? 0 : children->length; i > 0;
           --i) {
        stack.push_back({static_cast<const GumboNode*>(children->data[i - 1]),
                         visit.inside, visit.preformatted});
      }
    }
    return true;
  }

 private:
  enum class Where : std::uint8_t { nowhere, title, heading, link };

  struct Visit {
    const GumboNode* node;
    Where inside;
    bool preformatted;
  };

  void enter(const GumboElement& element, Visit& visit) {
    switch (element.tag) {
      case GUMBO_TAG_TITLE:
        if (page_.title.empty()) visit.inside = Where::title;
        return;
      case GUMBO_TAG_H1:
        if (page_.heading.empty()) visit.inside = Where::heading;
        return;
      case GUMBO_TAG_BASE:
        page_.has_base = true;
        return;
      case GUMBO_TAG_INPUT:
        if (to_lower(attribute(element, "type")) == "password")
          page_.asks_for_password = true;
        return;
      case GUMBO_TAG_PRE:
        visit.preformatted = true;
        end_row();
        return;
      case GUMBO_TAG_TR:
      case GUMBO_TAG_LI:
      case GUMBO_TAG_BR:
        end_row();
        return;
      case GUMBO_TAG_TD:
      case GUMBO_TAG_TIME:
        read_cell(element);
        return;
      case GUMBO_TAG_A:
        if (gumbo_get_attribute(&element.attributes, "href") == nullptr) return;
        page_.rows.push_back({std::string(trim(attribute(element, "href"))),
                              std::move(before_),
                              {},
                              {},
                              {}});
        before_.clear();
        row_is_open_ = true;
        visit.inside = Where::link;
        return;
      default:
        return;
    }
  }

  void end_row() {
    row_is_open_ = false;
    before_.clear();
  }

  void read_cell(const GumboElement& element) {
    if (!row_is_open_) return;
    PageRow& row = page_.rows.back();
    for (const char* name : {"data-order", "data-size"}) {
      if (const std::string_view size = attribute(element, name); !size.empty())
        row.size = trim(size.substr(0, enough));
    }
    if (const std::string_view time = attribute(element, "datetime");
        !time.empty())
      row.time = trim(time.substr(0, enough));
  }

  static void append(std::string& into, std::string_view text) {
    if (into.size() >= enough) return;
    // A blank apart: cells of a table stand next to each other.
    into.append(" ").append(text.substr(0, enough));
  }

  void add_text(std::string_view text, const Visit& visit) {
    if (visit.inside == Where::title) append(page_.title, text);
    if (visit.inside == Where::heading) append(page_.heading, text);
    if (visit.inside != Where::nowhere) return;
    if (visit.preformatted) {
      // A line is a row.
      const std::size_t end = text.find('\n');
      if (end != text.npos) {
        if (row_is_open_) append(page_.rows.back().after, text.substr(0, end));
        end_row();
        text.remove_prefix(text.rfind('\n') + 1);
      }
    }
    append(row_is_open_ ? page_.rows.back().after : before_, text);
  }

  static constexpr std::size_t enough = 256;

  std::size_t max_rows_;
  HtmlPage page_;
  bool row_is_open_ = false;
  std::string before_;  // of a row whose link is still to come
};

/// Cuts a long page so that the tree of one part at a time is in memory.
class Parts {
 public:
  explicit Parts(std::string_view html) : rest_(html) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  /// What the next part stands in.
  [[nodiscard]] GumboTag context() const noexcept { return context_; }

  std::string_view next() {
    // Rows begin at a line, in pages of one line with a tag; what has no row
    // in a whole part is no listing, and is read at once.
    std::size_t end = std::min(rest_.size(), part_size);
    if (end < rest_.size()) {
      const std::string_view window = rest_.substr(0, end);
      end = window.rfind('\n');
      for (const std::string_view tag : {"<tr", "<li", "<a "}) {
        if (end == window.npos || end == 0) end = window.rfind(tag);
      }
      if (end == window.npos || end == 0) end = rest_.size();
    }
    const std::string_view part = rest_.substr(0, end);
    rest_.remove_prefix(end);
    enter(part);
    return part;
  }

 private:
  static constexpr std::size_t part_size = std::size_t{1024} * 1024;

  void enter(std::string_view part) {
    struct Context {
      std::string_view begin;
      std::string_view end;
      GumboTag tag;
    };

    if (context_ == GUMBO_TAG_LAST) context_ = GUMBO_TAG_BODY;
    for (const Context& each :
         {Context{"<pre", "</pre", GUMBO_TAG_PRE},
          Context{"<table", "</table", GUMBO_TAG_TBODY}}) {
      const std::size_t begin = part.rfind(each.begin);
      const std::size_t end = part.rfind(each.end);
      if (end != part.npos && (begin == part.npos || end > begin)) {
        if (context_ == each.tag) context_ = GUMBO_TAG_BODY;
      } else if (begin != part.npos) {
        context_ = each.tag;
      }
    }
  }

  std::string_view rest_;
  GumboTag context_ = GUMBO_TAG_LAST;  // gumbo: a whole document
};

}  // namespace

Result<HtmlPage> read_html_page(std::string_view html,
                                const ListingLimits& limits) {
  PageReader reader(limits.entries);
  for (Parts parts(html); !parts.at_end();) {
    const GumboTag context = parts.context();
    BoundedParser parser(limits);
    const GumboNode* root = parser.parse(parts.next(), context);
    if (parser.gave_up()) return fail(EINTR, "stopped");
    if (root == nullptr)
      return fail(EFBIG, "the index page is too large to be read");
    if (!reader.read(root, context))
      return fail(EFBIG, "the index page has too many entries");
  }
  return std::move(reader).take();
}

}  // namespace vfsrun
