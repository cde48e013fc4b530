// SPDX-License-Identifier: Apache-2.0
// npm ws as the server for `wspc connect`: echoes, pings before each answer, and sends the answer to
// the text "fragments" in three. Prints its URL; ends after one connection, with what it saw on
// stdout and exit code 0 if the client answered every ping and closed cleanly.
import { createRequire } from "node:module";
import { once } from "node:events";
import { WebSocketServer } from "ws";

const require = createRequire(import.meta.url);

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: false,
  handleProtocols: protocols => (protocols.has("echo") ? "echo" : false),
});
await once(server, "listening");
console.log(`ws://127.0.0.1:${server.address().port}/`);

const [socket, request] = await once(server, "connection");
let pings = 0;
let pongs = 0;
socket.on("pong", data => (pongs += String(data) === "ping " + pongs ? 1 : 0));
socket.on("message", (data, isBinary) => {
  socket.ping("ping " + pings++);
  if (String(data) === "fragments") {
    socket.send("fr", { fin: false });
    socket.send("agm", { fin: false });
    socket.send("ents", { fin: true });
  } else {
    socket.send(data, { binary: isBinary });
  }
});
const [code, reason] = await once(socket, "close");
console.log(JSON.stringify({
  version: "ws " + require("ws/package.json").version,
  path: request.url,
  origin: request.headers.origin ?? null,
  protocol: socket.protocol,
  pings,
  pongs,
  code,
  reason: String(reason),
}));
server.close();
process.exitCode = pings === pongs ? 0 : 1;
