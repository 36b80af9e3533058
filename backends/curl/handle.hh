// SPDX-License-Identifier: GPL-2.0-or-later
// Owners for libcurl's handles. Each handle is one thread's at a time.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace vfsrun::curl {

namespace detail {
struct EasyCleanup {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};

struct MultiCleanup {
  void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};

struct ShareCleanup {
  void operator()(CURLSH* handle) const noexcept { curl_share_cleanup(handle); }
};

struct ListCleanup {
  void operator()(curl_slist* list) const noexcept {
    curl_slist_free_all(list);
  }
};

struct UrlCleanup {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
}  // namespace detail

using EasyHandle = std::unique_ptr<CURL, detail::EasyCleanup>;
using MultiHandle = std::unique_ptr<CURLM, detail::MultiCleanup>;
using ShareHandle = std::unique_ptr<CURLSH, detail::ShareCleanup>;
using UrlHandle = std::unique_ptr<CURLU, detail::UrlCleanup>;

/// A list of header lines for CURLOPT_HTTPHEADER.
class HeaderList {
 public:
  /// False when memory is short.
  [[nodiscard]] bool append(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) return false;
    // The head of the list is `longer` itself only for the first line.
    (void)list_.release();
    list_.reset(longer);
    return true;
  }

  [[nodiscard]] curl_slist* get() const noexcept { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, detail::ListCleanup> list_;
};

}  // namespace vfsrun::curl
