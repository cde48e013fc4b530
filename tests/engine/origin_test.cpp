// SPDX-License-Identifier: Apache-2.0
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/handshake.hpp>

namespace {

using wspc::origin_verdict;

struct judged_origin {
    std::string_view origin;
    std::string_view host;
    bool secure;
    origin_verdict verdict;
};

TEST(origin, is_the_same_only_with_scheme_host_and_port) {
    constexpr auto yes = origin_verdict::allowed, no = origin_verdict::refused;
    const judged_origin rows[]{
        {"http://example.com", "example.com", false, yes},
        {"http://example.com", "example.com:80", false, yes},
        {"http://example.com:80", "example.com", false, yes},
        {"http://example.com:", "example.com:", false, yes},
        {"HTTP://Example.COM", "example.com", false, yes},
        {"http://ABCDEFGHIJKLM.NOPQRSTUVWXYZ", "abcdefghijklm.nopqrstuvwxyz", false, yes},
        {"http://a[b", "a{b", false, no},
        {"https://example.com", "example.com", true, yes},
        {"https://example.com:443", "example.com", true, yes},
        {"http://example.com:8080", "example.com:8080", false, yes},
        {"http://[::1]:8080", "[::1]:8080", false, yes},
        {"http://example.com", "example.com", true, no},
        {"https://example.com", "example.com", false, no},
        {"http://example.com", "example.com:8080", false, no},
        {"http://example.com:8080", "example.com", false, no},
        {"http://evil.example", "example.com", false, no},
        {"http://example.com.evil.example", "example.com", false, no},
        {"http://sub.example.com", "example.com", false, no},
        {"http://example.co", "example.com", false, no},
        {"null", "example.com", false, no},
        {"null", "null", false, no},
        {"http://", "", false, no},
        {"nonsense", "nonsense", false, no},
        {"http://example.com", "bad host", false, no},
        {"ftp://example.com", "example.com", false, no},
        {"ftp://example.com:80", "example.com", false, no},
        {"", "example.com", false, origin_verdict::absent},
    };
    for (const judged_origin& r : rows) {
        wspc::offer offer;
        offer.origin = r.origin;
        offer.host = r.host;
        EXPECT_EQ(wspc::origin_allowed(offer, {.secure = r.secure}), r.verdict) << r.origin << ' ' << r.host;
        EXPECT_NE(wspc::origin_allowed(offer, {.same_origin = false}), origin_verdict::allowed) << r.origin;
    }
}

TEST(origin, is_allowed_by_name) {
    const std::string_view allowed[]{"https://example.com", "null", "*", "app://x", "http://a.example:8080"};
    const auto verdict = [&](std::string_view origin) {
        wspc::offer offer;
        offer.origin = origin;
        offer.host = "elsewhere.example";
        return wspc::origin_allowed(offer, {.allowed = allowed});
    };
    EXPECT_EQ(verdict("https://example.com"), origin_verdict::allowed);
    EXPECT_EQ(verdict("https://EXAMPLE.com:443"), origin_verdict::allowed);
    EXPECT_EQ(verdict("http://a.example:8080"), origin_verdict::allowed);
    EXPECT_EQ(verdict("app://x"), origin_verdict::allowed);
    for (const std::string_view other :
         {"http://example.com", "https://example.com:8443", "http://a.example", "app://y", "null", "*",
          "https://example.com/", "https://example.org"}) {
        EXPECT_EQ(verdict(other), origin_verdict::refused) << other;
    }
    EXPECT_EQ(verdict(""), origin_verdict::absent);
}

}  // namespace
