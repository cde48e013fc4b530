# SPDX-License-Identifier: Apache-2.0
"""Conversations between wspc and real peers over TCP.

    interop.py CASE PATH_OF_WSPC

Every case prints the peer's version and exits 0 if the conversation went as it must.
"""

import asyncio
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 120  # seconds; a bound for hanging processes, not a measurement


def check(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")


def equal(got, expected, what):
    check(got == expected, f"{what}: got {got!r}, expected {expected!r}")


def tool(name):
    found = shutil.which(name)
    check(found, f"{name} is not installed; tools/setup installs it")
    return found


@contextmanager
def serving(wspc, *options):
    """`wspc serve` on a free port; it must stop by itself when it is asked to."""
    server = subprocess.Popen([wspc, "serve", "--port", "0", *options], stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        match = re.search(r"ws://127\.0\.0\.1:(\d+)/", line)
        check(match, f"wspc serve printed {line!r} instead of its URL")
        yield match.group(0), int(match.group(1))
        check(server.poll() is None, "wspc serve ended during the conversation")
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            raise
    equal(server.returncode, 0, "exit code of wspc serve after SIGTERM")


def connect(wspc, url, *options, stdin=""):
    """What `wspc connect` prints for a conversation that ends well."""
    ended = subprocess.run([wspc, "connect", url, *options], input=stdin, capture_output=True, text=True,
                           timeout=PATIENCE)
    check(ended.returncode == 0, f"wspc connect exited with {ended.returncode}: {ended.stderr}")
    return ended.stdout


@contextmanager
def group(*arguments, **options):
    """A process whose whole group is gone in the end: a browser is many, and outlives who started it."""
    process = subprocess.Popen(arguments, text=True, start_new_session=True, **options)
    try:
        yield process
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def ws_client(wspc):
    with serving(wspc) as (url, _), group(tool("node"), HERE / "ws_client.mjs", url) as client:
        equal(client.wait(timeout=PATIENCE), 0, "exit code of the ws client")


def ws_server(wspc):
    with group(tool("node"), HERE / "ws_server.mjs", stdout=subprocess.PIPE) as server:
        url = server.stdout.readline().strip()
        check(url.startswith("ws://"), "the ws server did not start")
        texts = ["one", "Grüße, 世界 👋", "fragments", "x" * 70_000]
        options = [part for text in texts for part in ("--text", text)]
        printed = connect(wspc, url + "chat?room=1", "--protocol", "other", "--protocol", "echo",
                          "--origin", "https://example.com", *options, "--expect", str(len(texts)))
        equal(printed.splitlines(), texts, "what wspc connect printed")
        out, _ = server.communicate(timeout=PATIENCE)
    seen = json.loads(out)
    print(seen)
    equal(server.returncode, 0, "exit code of the ws server")
    equal(seen["path"], "/chat?room=1", "path")
    equal(seen["origin"], "https://example.com", "origin")
    equal(seen["protocol"], "echo", "sub-protocol")
    equal((seen["pings"], seen["pongs"]), (len(texts), len(texts)), "pings and pongs")
    equal(seen["code"], 1000, "close code")


async def converse_with_serve(url):
    import websockets

    async with websockets.connect(url, max_size=None, compression=None) as peer:
        for size in (0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20):
            for data in ("é" * (size // 2), bytes(range(256)) * (size // 256) + bytes(size % 256)):
                await peer.send(data)
                equal(await peer.recv(), data, f"echo of {size} bytes")
        await peer.send(["frag", "men", "ts"])
        equal(await peer.recv(), "fragments", "echo of a fragmented text")
        await asyncio.wait_for(await peer.ping(b"?"), PATIENCE)
        for i in range(1000):
            await peer.send(f"message {i}")
        for i in range(1000):
            equal(await peer.recv(), f"message {i}", "order of the echoes")
        await peer.close(3000, "done")
        equal(peer.close_code, 3000, "close code")

    try:
        async with websockets.connect(url, origin="https://elsewhere.example"):
            check(False, "a foreign origin was accepted")
    except websockets.InvalidStatusCode as refused:
        equal(refused.status_code, 403, "status for a foreign origin")


def websockets_client(wspc):
    import websockets

    print("websockets", websockets.__version__)
    with serving(wspc) as (url, _):
        asyncio.run(converse_with_serve(url))


async def converse_with_connect(wspc):
    import websockets

    received = []
    closed = asyncio.get_running_loop().create_future()

    async def handler(peer):
        pong = await peer.ping(b"before all")
        async for message in peer:
            received.append(message)
            if message == "fragments":
                await peer.send(["fr", "agm", "ents"])
            else:
                await peer.send(message)
        await asyncio.wait_for(pong, PATIENCE)
        closed.set_result((peer.subprotocol, peer.close_code))

    async with websockets.serve(handler, "127.0.0.1", 0, compression=None, subprotocols=["echo"]) as server:
        port = server.sockets[0].getsockname()[1]
        lines = ["one", "Grüße, 世界 👋", "fragments", "x" * 70_000]
        printed = await asyncio.to_thread(connect, wspc, f"ws://127.0.0.1:{port}/", "--protocol", "echo",
                                          "--expect", str(len(lines)), stdin="\n".join(lines) + "\n")
        equal(printed.splitlines(), lines, "what wspc connect printed")
        equal(received, lines, "what the server received")
        equal(await asyncio.wait_for(closed, PATIENCE), ("echo", 1000), "sub-protocol and close code")


def websockets_server(wspc):
    import websockets

    print("websockets", websockets.__version__)
    asyncio.run(converse_with_connect(wspc))


def chromium(wspc):
    browser = tool("chromium")
    print(subprocess.run([browser, "--version"], capture_output=True, text=True).stdout.strip())
    with serving(wspc) as (_, port):
        with group(tool("node"), HERE / "chromium.mjs", browser, f"http://127.0.0.1:{port}/",
                   stdout=subprocess.PIPE) as driver:
            out, _ = driver.communicate(timeout=PATIENCE)
        equal(driver.returncode, 0, "exit code of the browser's driver")
        print(out)
        lines = out.splitlines()
        check("text: Grüße, 世界 👋" in lines, "the text did not come back")
        check("binary: 256 bytes" in lines, "the binary did not come back")
        check("passed" in lines, "the page is not content")


CASES = {
    "ws_client": ws_client,
    "ws_server": ws_server,
    "websockets_client": websockets_client,
    "websockets_server": websockets_server,
    "chromium": chromium,
}

if __name__ == "__main__":
    check(len(sys.argv) == 3 and sys.argv[1] in CASES, f"usage: interop.py {{{','.join(CASES)}}} PATH_OF_WSPC")
    CASES[sys.argv[1]](sys.argv[2])
    print("ok")
