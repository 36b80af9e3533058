// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/url.hh"

#include <fmt/core.h>

#include "backends/curl/handle.hh"
#include "gateway/base/text.hh"

namespace vfsrun::curl {

namespace {

constexpr unsigned url_flags =
    CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS | CURLU_URLENCODE;

/// The part, or "" where the URL has none.
std::string part(CURLU* url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, flags) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

Result<UrlHandle> make_handle(const std::string& text) {
  UrlHandle url(curl_url());
  if (!url) return fail(ENOMEM, "out of memory");
  const CURLUcode code =
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), url_flags);
  if (code != CURLUE_OK)
    return fail(EINVAL, fmt::format("not a URL: {}", curl_url_strerror(code)));
  return url;
}

bool is_http(std::string_view scheme) {
  return scheme == "http" || scheme == "https";
}

}  // namespace

Result<UrlParts> parse_url(std::string_view text) {
  const UrlHandle url = TRY(make_handle(std::string(text)));
  UrlParts out;
  out.scheme = to_lower(part(url.get(), CURLUPART_SCHEME));
  if (!is_http(out.scheme))
    return fail(EINVAL, "expected a URL with http:// or https://");
  out.username = part(url.get(), CURLUPART_USER);
  out.password = part(url.get(), CURLUPART_PASSWORD);
  out.host = to_lower(part(url.get(), CURLUPART_HOST));
  out.port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  out.path = part(url.get(), CURLUPART_PATH);
  out.query = part(url.get(), CURLUPART_QUERY);
  const std::string_view up_to_fragment = text.substr(0, text.find('#'));
  out.has_query = up_to_fragment.find('?') != std::string_view::npos;
  return out;
}

Result<std::string> resolve_redirect(const std::string& base,
                                     const std::string& reference) {
  const UrlHandle url = TRY(make_handle(base));
  const std::string from = to_lower(part(url.get(), CURLUPART_SCHEME));
  // Setting a URL on a handle that has one resolves it (RFC 3986 section 5).
  const CURLUcode code =
      curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), url_flags);
  if (code != CURLUE_OK) {
    return fail(EINVAL,
                fmt::format("a redirect to something that is no URL: {}",
                            curl_url_strerror(code)));
  }
  const std::string to = to_lower(part(url.get(), CURLUPART_SCHEME));
  if (!is_http(to)) {
    return fail(EACCES, fmt::format("a redirect to {}:, refused: only http and "
                                    "https are followed",
                                    to));
  }
  if (from == "https" && to == "http")
    return fail(EACCES, "a redirect from https to http, refused");
  for (const CURLUPart drop : {CURLUPART_USER, CURLUPART_PASSWORD,
                               CURLUPART_OPTIONS, CURLUPART_FRAGMENT}) {
    (void)curl_url_set(url.get(), drop, nullptr, 0);
  }
  return part(url.get(), CURLUPART_URL);
}

}  // namespace vfsrun::curl
