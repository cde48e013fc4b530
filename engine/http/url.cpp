// SPDX-License-Identifier: Apache-2.0
// ws:// and wss:// URLs: RFC 6455 3 says which parts there are, RFC 3986 how each is written.
#include <wspc/url.hpp>

#include <cstddef>
#include <optional>

#include "authority.hpp"
#include "text.hpp"

namespace wspc {
inline namespace v0 {

result<url> parse_url(std::string_view text) noexcept {
    const auto invalid = [](error why) { return result<url>{{}, why}; };
    const std::size_t colon = text.find(':');
    const std::string_view scheme = front(text, colon);
    if (colon == std::string_view::npos || !is_scheme(scheme)) return invalid(error::url_invalid);
    url found;
    found.secure = equal_ignoring_case(scheme, "wss");
    if (!found.secure && !equal_ignoring_case(scheme, "ws")) return invalid(error::url_scheme_unknown);
    text.remove_prefix(colon + 1);
    if (!text.starts_with("//")) return invalid(error::url_invalid);
    text.remove_prefix(2);

    const std::string_view place = front(text, text.find_first_of("/?#"));
    const std::optional<authority> parts = parse_authority(place);
    // A port of 0 names no place that anyone could connect to.
    if (!parts || parts->port == 0) return invalid(error::url_invalid);
    found.host = parts->host;
    if (found.host.starts_with('[')) found.host = front(behind(found.host, 1), found.host.size() - 2);
    const std::uint16_t default_port = found.secure ? 443 : 80;
    found.port = parts->port.value_or(default_port);
    found.host_header = found.port == default_port ? parts->host : place;
    text.remove_prefix(place.size());

    const std::size_t hash = text.find('#');
    const std::string_view resource = front(text, hash);
    if (!all_or_encoded(resource, path_query)) return invalid(error::url_invalid);
    // RFC 6455 3: a fragment means nothing here and is an error, even an empty one.
    if (hash != std::string_view::npos) return invalid(error::url_fragment);
    const std::size_t question = resource.find('?');
    found.path = front(resource, question);
    // RFC 6455 3: "/" if the path is empty, and "?" only before a query that is not.
    if (found.path.empty()) found.path = "/";
    if (question != std::string_view::npos) found.query = behind(resource, question + 1);
    return {found, error::none};
}

}  // namespace v0
}  // namespace wspc
