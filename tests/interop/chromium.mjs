// SPDX-License-Identifier: Apache-2.0
// Headless Chromium as the client of `wspc serve`: loads the server's page, waits until the page has
// a verdict on what its WebSocket echoed, and prints it. Usage: node chromium.mjs BROWSER URL.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

const [browser, url] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "wspc-chromium-"));
const chromium = spawn(browser, [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--disable-dev-shm-usage", `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank",
], { stdio: ["ignore", "ignore", "pipe"] });

// The address of the page's debugger; Chromium says on stderr where its own is.
const findPage = async () => {
  for await (const line of createInterface({ input: chromium.stderr })) {
    const found = line.match(/^DevTools listening on ws:\/\/([^/]+)\//);
    if (!found) continue;
    for (;;) {
      const targets = await (await fetch(`http://${found[1]}/json/list`)).json();
      const page = targets.find(target => target.type === "page");
      if (page) return page.webSocketDebuggerUrl;
    }
  }
  throw new Error("Chromium did not start");
};

const debuggerOf = async address => {
  const socket = new WebSocket(address);
  await once(socket, "open");
  const answers = new Map();
  const waiting = new Map();
  let last = 0;
  socket.on("message", text => {
    const { id, method, result, error } = JSON.parse(text);
    if (id !== undefined) answers.get(id)(error ? Promise.reject(new Error(error.message)) : result);
    else waiting.get(method)?.();
  });
  return {
    call: (method, params = {}) => {
      socket.send(JSON.stringify({ id: ++last, method, params }));
      return new Promise(resolve => answers.set(last, resolve));
    },
    event: method => new Promise(resolve => waiting.set(method, resolve)),
    close: () => socket.close(),
  };
};

// Chromium's other processes end a little later than the first one, and may write until then; rmSync()
// repeats only its last step, not the files that have come since. What cannot be removed is said, and is
// no fault of the page.
const removeProfile = async () => {
  for (let tries = 0;; ++tries) {
    try {
      return rmSync(profile, { recursive: true, force: true });
    } catch (error) {
      if (tries === 100) return console.error(`left behind: ${error.message}`);
      await sleep(100);
    }
  }
};

const verdict = `new Promise(resolve => {
  const result = document.getElementById("result");
  const look = () => /^(passed|failed)/m.test(result.textContent) ? resolve(result.textContent)
                                                                   : setTimeout(look, 10);
  look();
})`;

try {
  const page = await debuggerOf(await findPage());
  await page.call("Page.enable");
  const loaded = page.event("Page.loadEventFired");
  await page.call("Page.navigate", { url });
  await loaded;
  const { result } = await page.call("Runtime.evaluate", { expression: verdict, awaitPromise: true });
  console.log(result.value);
  page.close();
} finally {
  chromium.kill();
  if (chromium.exitCode === null) await once(chromium, "exit");
  await removeProfile();
}
