// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include <wspc/extension.hpp>

namespace {

using testing::ElementsAre;
using wspc::error;
using wspc::extension_list;

// `name|parameter=value|...` for each extension, values unescaped.
std::vector<std::string> read(const extension_list& list) {
    std::vector<std::string> all;
    for (const wspc::extension& e : list) {
        std::string text{e.name()};
        for (const wspc::extension_parameter& p : e.parameters()) {
            std::array<char, 64> value{};
            const std::size_t size = p.unescape(value);
            text.append("|").append(p.name).append(p.has_value ? "=" : "").append(value.data(), size);
        }
        all.push_back(text);
    }
    return all;
}

TEST(extension, reads_names_and_parameters) {
    const extension_list list{R"(foo, bar; baz=2 ;qux, x;a="b";c = "\d\e"	; a)"};
    EXPECT_EQ(list.check(), error::none);
    EXPECT_THAT(read(list), ElementsAre("foo", "bar|baz=2|qux", "x|a=b|c=de|a"));
    EXPECT_EQ(list.begin()->text(), "foo");
    EXPECT_THAT(read(extension_list{}), ElementsAre());
}

TEST(extension, reads_several_fields_as_one_list) {
    const wspc::header headers[]{{"Sec-WebSocket-Extensions", "foo"},
                                 {"sec-websocket-extensions", "bar; baz=2"}};
    EXPECT_THAT(read(extension_list{headers, "Sec-WebSocket-Extensions"}), ElementsAre("foo", "bar|baz=2"));
}

TEST(extension, shows_repeated_parameters) {
    EXPECT_THAT(read(extension_list{"a; b=1; b=2; b"}), ElementsAre("a|b=1|b=2|b"));
}

TEST(extension, refuses_text_outside_the_grammar) {
    for (const std::string_view text :
         {"a b",          "a;",           "a;;b",       "a;=",
          "a;b=",         "a;b=\"",       "a;b=\"\"",   "a;b=\"c",
          "a;b=\"c\\\"",  "a;b=\"c d\"",  "a;b=\"c\"d", "a;b=\"\\ \"",
          "a;b=\"c,d\"",  "a;b=\"\\\"\"", "a;b==c",     "a;b=c d",
          "a=b",          ";a",           "\"a\"",      "a;\"b\"",
          "a/b",          "a;b=c/d",      "a\r\n",      "x; y=\",permessage-deflate,\"",
          "a;b='c, 'd e", "a;b=\\c"}) {
        EXPECT_EQ(extension_list{text}.check(), error::extension_invalid) << text;
    }
    EXPECT_EQ(extension_list(std::string_view{"a\0", 2}).check(), error::extension_invalid);
}

TEST(extension, hides_no_extension_in_a_quoted_string) {
    const extension_list list{R"(x; y=",permessage-deflate,")"};
    EXPECT_FALSE(list.contains("permessage-deflate"));
    EXPECT_EQ(list.check(), error::extension_invalid);
}

TEST(extension, compares_whole_names_and_their_case) {
    const extension_list list{"permessage-deflate; a"};
    EXPECT_TRUE(list.contains("permessage-deflate"));
    for (const std::string_view other :
         {"permessage-deflat", "permessage-deflates", "Permessage-deflate", "a", "", "permessage-delfate",
          "deflate-permessage", "permessage-deflate; a"}) {
        EXPECT_FALSE(list.contains(other)) << other;
    }
}

TEST(extension, compares_values_unescaped) {
    const wspc::extension e{R"(x; a="\1\5"; b=15; c)"};
    std::vector<bool> same;
    for (const wspc::extension_parameter& p : e.parameters()) {
        EXPECT_FALSE(p.is("1"));
        EXPECT_FALSE(p.is("155"));
        EXPECT_FALSE(p.is("51"));
        EXPECT_FALSE(p.is("14"));
        EXPECT_FALSE(p.is(""));
        same.push_back(p.is("15"));
    }
    EXPECT_THAT(same, ElementsAre(true, true, false));
}

TEST(extension, unescapes_no_further_than_there_is_room) {
    const wspc::extension e{R"(x; a="\1234")"};
    std::array<char, 4> to{'-', '-', '-', '-'};
    EXPECT_EQ((*e.parameters().begin()).unescape(std::span{to}.first(2)), 4u);
    EXPECT_THAT(to, ElementsAre('1', '2', '-', '-'));
}

TEST(extension, takes_one_extension_and_no_list_where_one_is_wanted) {
    EXPECT_EQ(wspc::check_extension("a; b=\"c\""), error::none);
    for (const std::string_view text : {"", " a", "a ", "a; b ", "a,b", "a,", ",a"}) {
        EXPECT_EQ(wspc::check_extension(text), error::extension_invalid) << '[' << text << ']';
    }
}

// The grammar once more, as a regular expression: empty elements, blanks and all.
bool matches_grammar(const std::string& text) {
    static const std::regex grammar = [] {
        const std::string token = R"([a-c]+)";
        const std::string value = "(" + token + R"(|"(\\?[a-c])+"))";
        const std::string one = token + "( *; *" + token + "( *= *" + value + ")?)*";
        return std::regex{"( *(" + one + ")? *)(,( *(" + one + ")? *))*", std::regex::optimize};
    }();
    return std::regex_match(text, grammar);
}

TEST(extension, agrees_with_the_grammar_on_all_short_texts) {
    constexpr std::string_view alphabet = "a;=\",\\ ";
    std::size_t accepted = 0, texts = 0;
    std::string text;
    const auto visit = [&](const auto& self, std::size_t left) -> void {
        const bool valid = matches_grammar(text);
        EXPECT_EQ(extension_list{text}.check() == error::none, valid) << '[' << text << ']';
        accepted += valid;
        ++texts;
        if (left == 0) return;
        for (const char c : alphabet) {
            text.push_back(c);
            self(self, left - 1);
            text.pop_back();
        }
    };
    visit(visit, 5);
    text = "a;b=";
    visit(visit, 4);
    EXPECT_EQ(texts, 19608u + 2801u);
    EXPECT_GT(accepted, 200u);
}

TEST(extension, agrees_with_the_grammar_on_every_front_of_a_list) {
    const std::string text = R"(a; b=c, b; c="\a\b" ; a = "c" ,, c;a;b)";
    ASSERT_TRUE(matches_grammar(text));
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const std::string front = text.substr(0, size);
        EXPECT_EQ(extension_list{front}.check() == error::none, matches_grammar(front)) << front;
    }
}

}  // namespace
