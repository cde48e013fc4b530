// SPDX-License-Identifier: Apache-2.0
#include "page.hpp"

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

}  // namespace

bool wants_upgrade(const wspc::request& request) noexcept {
    return !wspc::token_list{request.headers, "Upgrade"}.empty();
}

wspc::http_written write_page(std::span<std::byte> out, const wspc::request& request) noexcept {
    if (request.method != "GET") return wspc::write_refusal(out, wspc::error::method_not_get);
    if (request.target == "/favicon.ico") {
        const std::array<wspc::header, 2> headers{{{"Connection", "close"}, {"Content-Type", "text/plain"}}};
        return wspc::write_response(out, {404, headers}, "there is no icon\n");
    }
    // RFC 9110 15.5.22: whoever wants this resource has to upgrade.
    if (request.target != "/") return wspc::write_refusal(out, wspc::error::upgrade_missing);
    const std::array<wspc::header, 5> headers{{{"Connection", "close"},
                                               {"Content-Type", "text/html; charset=utf-8"},
                                               {"Cache-Control", "no-store"},
                                               {"X-Content-Type-Options", "nosniff"},
                                               {"Content-Security-Policy", policy}}};
    return wspc::write_response(out, {200, headers}, page);
}

wspc::http_written write_overload(std::span<std::byte> out) noexcept {
    const std::array<wspc::header, 3> headers{
        {{"Connection", "close"}, {"Content-Type", "text/plain"}, {"Retry-After", "1"}}};
    return wspc::write_response(out, {503, headers}, "this server has as many connections as it may\n");
}

}  // namespace tool
