// SPDX-License-Identifier: Apache-2.0
// npm ws as the client of `wspc serve`. Usage: node ws_client.mjs URL; exits 0 if the whole
// conversation went as it must.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { once } from "node:events";
import { WebSocket } from "ws";

const require = createRequire(import.meta.url);
console.log("ws " + require("ws/package.json").version + ", node " + process.version);

const url = process.argv[2];
const open = async options => {
  const socket = new WebSocket(url, options?.protocols, { perMessageDeflate: false, ...options });
  await once(socket, "open");
  return socket;
};
const echo = async (socket, data) => {
  socket.send(data);
  const [back, isBinary] = await once(socket, "message");
  assert.equal(isBinary, typeof data !== "string");
  assert.ok(Buffer.from(data).equals(back), `${data.length} came back changed`);
};

// Texts and binaries of every form of length.
const socket = await open();
for (const size of [0, 1, 125, 126, 127, 4096, 65535, 65536, 1 << 20]) {
  await echo(socket, "x".repeat(size));
  await echo(socket, Buffer.alloc(size, size & 0xff));
}
await echo(socket, "Grüße, 世界 👋");

// A message in fragments, with a ping between them: the pong first, then the message whole.
const order = [];
socket.on("pong", data => order.push("pong " + data));
socket.on("message", data => order.push("message " + data));
socket.send("one ", { fin: false });
socket.ping("?");
socket.send("two ", { fin: false });
socket.send("three", { fin: true });
await once(socket, "message");
assert.deepEqual(order, ["pong ?", "message one two three"]);
socket.removeAllListeners("message");

// Ten pings, ten pongs in order.
order.length = 0;
for (let i = 0; i < 10; ++i) socket.ping(String(i));
while (order.length < 10) await once(socket, "pong");
assert.deepEqual(order, Array.from({ length: 10 }, (_, i) => "pong " + i));

// Close with a code; the answer carries the same one.
socket.close(4000, "goodbye");
const [code] = await once(socket, "close");
assert.equal(code, 4000);

// A thousand messages in flight come back in order.
const many = await open();
let next = 0;
const all = new Promise((resolve, reject) => {
  many.on("message", data => {
    if (String(data) !== "message " + next) reject(new Error(`${data} instead of message ${next}`));
    if (++next === 1000) resolve();
  });
});
for (let i = 0; i < 1000; ++i) many.send("message " + i);
await all;
many.terminate();

// What breaks the protocol is answered with its code: a text that is not UTF-8.
const broken = await open();
broken._sender.send(Buffer.from([0xff]), { binary: false, fin: true, mask: true, compress: false });
assert.equal((await once(broken, "close"))[0], 1007);

// A page of another origin is refused.
const foreign = new WebSocket(url, { origin: "https://elsewhere.example" });
const [error] = await once(foreign, "error");
assert.match(error.message, /403/);
console.log("ok");
