// SPDX-License-Identifier: Apache-2.0
#include "page.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tool {
namespace {

// Self-contained: it loads nothing from anywhere. #result holds one line for each thing that came
// back and at last `passed` or `failed: why`, for programs that drive a browser.
constexpr std::string_view page = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>wspc echo</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
pre { background: #f4f4f4; color: #222; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
form { display: flex; gap: .5rem; }
input { flex: 1; font: inherit; padding: .3rem; }
button { font: inherit; }
</style>
</head>
<body>
<h1>wspc echo</h1>
<p>This page opened a WebSocket to the server that it came from, sent a text and some binary, and
compared what came back. Send more if you like.</p>
<form id="form"><input id="text" aria-label="Text to send" value="Good morning">
<button>Send</button><button type="button" id="close">Close</button></form>
<pre id="result" aria-live="polite"></pre>
<script>
"use strict";
const result = document.getElementById("result");
const text = "Gr\u00fc\u00dfe, \u4e16\u754c \ud83d\udc4b";
const binary = Uint8Array.from({ length: 256 }, (_, i) => i);
const scheme = location.protocol === "https:" ? "wss://" : "ws://";
const socket = new WebSocket(scheme + location.host + "/");
let step = 0, verdict = "";
const say = line => { result.textContent += line + "\n"; };
const conclude = what => { if (!verdict) { verdict = what; say(what); } };
socket.binaryType = "arraybuffer";
socket.onopen = () => { say("open"); socket.send(text); socket.send(binary); };
socket.onmessage = ({ data }) => {
  step += 1;
  if (typeof data === "string") {
    say("text: " + data);
    if (step === 1 && data !== text) conclude("failed: the text came back changed");
    if (step === 2) conclude("failed: text came back instead of binary");
    return;
  }
  const bytes = new Uint8Array(data);
  say("binary: " + bytes.length + " bytes");
  if (step === 1) conclude("failed: binary came back instead of text");
  if (step === 2) {
    const same = bytes.length === binary.length && bytes.every((byte, i) => byte === binary[i]);
    conclude(same ? "passed" : "failed: the binary came back changed");
  }
};
socket.onerror = () => conclude("failed: the connection broke");
socket.onclose = e => {
  say("closed: " + e.code + (e.reason ? " " + e.reason : ""));
  conclude("failed: closed too early");
};
document.getElementById("form").onsubmit = e => {
  e.preventDefault();
  socket.send(document.getElementById("text").value);
};
document.getElementById("close").onclick = () => socket.close(1000, "done");
</script>
</body>
</html>
)";

constexpr std::string_view policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src ws: wss:; "
    "frame-ancestors 'none'";

// What the handshake has against a request before it comes to the upgrade, which a page does not ask for.
wspc::error check(const wspc::request& request) noexcept {
    wspc::request get = request;
    if (get.method == "HEAD") get.method = "GET";
    get.version = 0;  // HTTP/1.0 will do
    const wspc::error why = wspc::read_request(get).code;
    // RFC 9112 3.2: HTTP/1.1 without Host, with several, or with a malformed one, is a bad request.
    if (why == wspc::error::host_missing) return request.version < 11 ? wspc::error::none : why;
    for (const wspc::error each : {wspc::error::method_not_get, wspc::error::target_invalid,
                                   wspc::error::host_repeated, wspc::error::header_value_invalid})
        if (why == each) return why;
    return wspc::error::none;
}

// The path of a target that check() has passed: of "/path?query", or of the absolute form (RFC 9112 3.2.2).
std::string_view path_of(std::string_view target) noexcept {
    constexpr std::string_view mark = "://";
    if (!target.starts_with('/')) {
        target.remove_prefix(target.find(mark) + mark.size());
        target.remove_prefix(std::min(target.size(), target.find_first_of("/?")));
    }
    const std::string_view path = target.substr(0, target.find('?'));
    return path.empty() ? "/" : path;
}

wspc::http_written write_whole_page(std::span<std::byte> out, const wspc::request& request) noexcept {
    if (const wspc::error why = check(request); why != wspc::error::none)
        return wspc::write_refusal(out, why);
    const std::string_view path = path_of(request.target);
    if (path == "/favicon.ico") {
        const std::array<wspc::header, 2> headers{{{"Connection", "close"}, {"Content-Type", "text/plain"}}};
        return wspc::write_response(out, {404, headers}, "there is no icon\n");
    }
    // RFC 9110 15.5.22: whoever wants this resource has to upgrade.
    if (path != "/") return wspc::write_refusal(out, wspc::error::upgrade_missing);
    const std::array<wspc::header, 5> headers{{{"Connection", "close"},
                                               {"Content-Type", "text/html; charset=utf-8"},
                                               {"Cache-Control", "no-store"},
                                               {"X-Content-Type-Options", "nosniff"},
                                               {"Content-Security-Policy", policy}}};
    return wspc::write_response(out, {200, headers}, page);
}

}  // namespace

bool wants_upgrade(const wspc::request& request) noexcept {
    // RFC 6455 4.1: the handshake is a GET. HEAD asks about the resource, and may ignore Upgrade.
    return request.method != "HEAD" && !wspc::token_list{request.headers, "Upgrade"}.empty();
}

wspc::http_written write_page(std::span<std::byte> out, const wspc::request& request) noexcept {
    wspc::http_written written = write_whole_page(out, request);
    // RFC 9110 9.3.2: the answer to HEAD is that to GET up to the blank line.
    if (request.method == "HEAD" && written.code == wspc::error::none) {
        const std::string_view text{reinterpret_cast<const char*>(out.data()), written.size};
        written.size = text.find("\r\n\r\n") + 4;
    }
    return written;
}

wspc::http_written write_overload(std::span<std::byte> out) noexcept {
    const std::array<wspc::header, 3> headers{
        {{"Connection", "close"}, {"Content-Type", "text/plain"}, {"Retry-After", "1"}}};
    return wspc::write_response(out, {503, headers}, "this server has as many connections as it may\n");
}

}  // namespace tool
