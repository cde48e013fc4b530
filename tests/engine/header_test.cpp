// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include <wspc/header.hpp>

namespace {

using testing::ElementsAre;
using wspc::error;
using wspc::header;
using wspc::token_list;

std::vector<std::string> elements(const token_list& list) {
    std::vector<std::string> all;
    for (const std::string_view element : list) all.emplace_back(element);
    return all;
}

TEST(header, tells_tokens_from_other_text) {
    for (int c = 0; c < 256; ++c) {
        const char character = static_cast<char>(c);
        const bool is_tchar =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            (c != 0 && std::string_view{"!#$%&'*+-.^_`|~"}.find(character) != std::string_view::npos);
        EXPECT_EQ(wspc::is_token({&character, 1}), is_tchar) << c;
        const std::string inside{'a', character, 'b'};
        EXPECT_EQ(wspc::is_token(inside), is_tchar) << c;
    }
    EXPECT_FALSE(wspc::is_token(""));
    EXPECT_FALSE(wspc::is_token({}));
}

TEST(header, lets_nothing_pass_that_could_begin_another_field) {
    EXPECT_EQ(wspc::check_header({"X-Name", "any value, \"quoted\"; \xC3\xA9"}), error::none);
    EXPECT_EQ(wspc::check_header({"X-Name", ""}), error::none);
    for (int c = 0; c < 256; ++c) {
        const std::string value{'a', static_cast<char>(c), 'b'};
        EXPECT_EQ(wspc::check_header({"X-Name", value}),
                  c < 0x20 || c == 0x7F ? error::header_value_invalid : error::none)
            << c;
    }
    for (const std::string_view name : {"", "a b", "a:", "a\r\nb", " a", "a "}) {
        EXPECT_EQ(wspc::check_header({name, "b"}), error::header_name_invalid) << name;
    }
    EXPECT_EQ(wspc::check_header({"X-Name", " a"}), error::header_value_invalid);
    EXPECT_EQ(wspc::check_header({"X-Name", "a "}), error::header_value_invalid);
}

TEST(header, takes_fields_of_one_name_as_one_list) {
    const header headers[]{{"List", "a, b"}, {"Other", "x"},  {"LIST", "\t c\t,d ,"}, {"", "y"},
                           {"Lis", "z"},     {"list", "  "},  {"List2", "z"},         {"list", ",,,e"},
                           {"lisT", {}},     {"List\0", "z"}, {{"List\0", 5}, "z"}};
    EXPECT_THAT(elements(token_list(std::span{headers}.first(9), "List")),
                ElementsAre("a", "b", "c", "d", "e"));
    EXPECT_THAT(elements(token_list(std::span{headers}.last(1), "List")), ElementsAre());
}

TEST(header, separates_nothing_by_a_comma_inside_quotes) {
    EXPECT_THAT(elements(token_list{R"(a="b,c", d="\",", e)"}), ElementsAre(R"(a="b,c")", R"(d="\",")", "e"));
    EXPECT_THAT(elements(token_list{R"("a,b)"}), ElementsAre(R"("a,b)"));
    EXPECT_THAT(elements(token_list{R"(a,"b\)"}), ElementsAre("a", R"("b\)"));
}

TEST(header, finds_tokens_with_and_without_regard_to_case) {
    const token_list list{"keep-alive, Upgrade"};
    EXPECT_TRUE(list.contains("Upgrade"));
    EXPECT_FALSE(list.contains("upgrade"));
    EXPECT_TRUE(list.contains_ignoring_case("upgrade"));
    EXPECT_FALSE(list.contains_ignoring_case("upgrad"));
    EXPECT_FALSE(list.contains_ignoring_case("alive"));
}

TEST(header, has_empty_lists) {
    EXPECT_TRUE(token_list{}.empty());
    EXPECT_TRUE(token_list{" , ,\t"}.empty());
    EXPECT_FALSE(token_list{",a"}.empty());
}

}  // namespace
