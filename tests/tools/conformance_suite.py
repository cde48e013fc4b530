# SPDX-License-Identifier: Apache-2.0
"""A small conformance suite in the manner of those that drive a client over TCP: it listens, the tool
runs its cases as the client under test, and every echo is compared.

    conformance_suite.py PATH_OF_WSPC
"""

import asyncio
import subprocess
import sys
import urllib.parse

import websockets

PATIENCE = 120  # seconds; a bound against hanging, not a measurement
AGENT = "wspc & friends/1"


async def echoed(peer, message, sent=None):
    """Whether a message comes back as it is; `sent` are its fragments."""
    await peer.send(message if sent is None else sent)
    return await asyncio.wait_for(peer.recv(), PATIENCE) == message


async def texts(peer):
    return all([await echoed(peer, text) for text in ("", "a", "Grüße, 世界 👋", "é" * 40_000)])


async def binaries(peer):
    return all([await echoed(peer, bytes(i % 256 for i in range(size))) for size in (0, 125, 126, 65_535, 1_000_000)])


async def fragments(peer):
    return (await echoed(peer, "fragments", ["frag", "", "ment", "s"])
            and await echoed(peer, b"\0\1\2\3", [b"\0", b"\1\2", b"\3"]))


async def pings(peer):
    pongs = [await peer.ping(bytes([i]) * i) for i in range(20)]
    await asyncio.wait_for(asyncio.gather(*pongs), PATIENCE)
    return await echoed(peer, "after the pings")


async def many(peer):
    messages = [f"message {i}" for i in range(2_000)]
    for message in messages:
        await peer.send(message)
    return [await asyncio.wait_for(peer.recv(), PATIENCE) for _ in messages] == messages


async def not_utf8(peer):
    """Octets that no character has, in the middle of a text: the client must say 1007."""
    await peer.write_frame(True, websockets.frames.OP_TEXT, b"good\xc3\x28")
    try:
        await asyncio.wait_for(peer.recv(), PATIENCE)
        return False
    except websockets.ConnectionClosed:
        return peer.close_code == 1007


CASES = [texts, binaries, fragments, pings, many, not_utf8]


async def run(wspc):
    results = {}
    agents = []

    async def handler(peer):
        url = urllib.parse.urlsplit(peer.path)
        query = urllib.parse.parse_qs(url.query)
        if url.path == "/getCaseCount":
            await peer.send(str(len(CASES)))
        elif url.path == "/runCase":
            case = CASES[int(query["case"][0]) - 1]
            agents.append(query["agent"][0])
            results[case.__name__] = "broke off"
            results[case.__name__] = "passed" if await case(peer) else "failed"
        elif url.path == "/updateReports":
            agents.append(query["agent"][0])
            results["reports"] = "passed"
        await peer.close()

    async with websockets.serve(handler, "127.0.0.1", 0, compression=None, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        tool = await asyncio.create_subprocess_exec(wspc, "connect", "--conformance", f"ws://127.0.0.1:{port}/",
                                                    "--agent", AGENT, stdout=subprocess.PIPE)
        out, _ = await asyncio.wait_for(tool.communicate(), PATIENCE)
    print(out.decode(), results)
    expected = {case.__name__: "passed" for case in CASES} | {"reports": "passed"}
    if tool.returncode != 0 or results != expected or agents != [AGENT] * (len(CASES) + 1):
        sys.exit(f"failed: exit code {tool.returncode}, agents {agents}")


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
