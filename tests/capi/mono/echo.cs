// SPDX-License-Identifier: Apache-2.0
// A program in C# that finds the library as "websocket.dll": a client and a server shake hands, echo
// 1,000 messages in either direction, and close. Exits with 1 and a line that says what is different.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

static class Echo {
    const int Messages = 1000;

    static void ExpectOffset(Type type, string field, int offset) {
        int found = Marshal.OffsetOf(type, field).ToInt32();
        Different.Unless(found == offset, type.Name + "." + field + " lies at " + found + ", not at " + offset);
    }
    static void ExpectSize(Type type, int size) {
        int found = Marshal.SizeOf(type);
        Different.Unless(found == size, type.Name + " has " + found + " bytes, not " + size);
    }

    // The layouts of 64-bit Windows. That the library's are the same shows below: it reads and writes
    // arrays of each of these.
    static void CheckLayouts() {
        Different.Unless(IntPtr.Size == 8, "this runtime has no 64-bit pointers");
        ExpectOffset(typeof(Property), "Type", 0);
        ExpectOffset(typeof(Property), "Value", 8);
        ExpectOffset(typeof(Property), "ValueSize", 16);
        ExpectSize(typeof(Property), 24);
        foreach (Type header in new[] { typeof(HttpHeader), typeof(NativeHttpHeader) }) {
            ExpectOffset(header, "Name", 0);
            ExpectOffset(header, "NameLength", 8);
            ExpectOffset(header, "Value", 16);
            ExpectOffset(header, "ValueLength", 24);
            ExpectSize(header, 32);
        }
        ExpectOffset(typeof(DataBuffer), "Data", 0);
        ExpectOffset(typeof(DataBuffer), "Length", 8);
        ExpectOffset(typeof(CloseBuffer), "Reason", 0);
        ExpectOffset(typeof(CloseBuffer), "ReasonLength", 8);
        ExpectOffset(typeof(CloseBuffer), "Status", 12);
        ExpectOffset(typeof(NetworkBuffer), "Data", 0);
        ExpectOffset(typeof(NetworkBuffer), "Close", 0);
        ExpectSize(typeof(NetworkBuffer), 16);
    }

    static void CheckGlobalProperties() {
        var value = new uint[1];
        uint size = 4;
        Different.UnlessOk(Native.GetGlobalProperty(PropertyType.KeepaliveInterval, value, ref size), "keep-alive");
        Different.Unless(size == 4 && value[0] == 30000, "the keep-alive interval is " + value[0]);
        Different.UnlessOk(Native.GetGlobalProperty(PropertyType.SupportedVersions, value, ref size), "versions");
        Different.Unless(size == 4 && value[0] == 13, "the version is " + value[0]);
    }

    static string Text(IntPtr at, uint length) { return Marshal.PtrToStringAnsi(at, (int)length); }

    static HttpHeader Header(string name, string value) {
        return new HttpHeader { Name = name, NameLength = (uint)name.Length, Value = value, ValueLength = (uint)value.Length };
    }

    // Headers in managed memory, of an array that a handle owns.
    static List<HttpHeader> Copy(IntPtr array, uint count) {
        var made = new List<HttpHeader>();
        int stride = Marshal.SizeOf(typeof(NativeHttpHeader));
        for (int i = 0; i < count; ++i) {
            var h = (NativeHttpHeader)Marshal.PtrToStructure(array + i * stride, typeof(NativeHttpHeader));
            made.Add(Header(Text(h.Name, h.NameLength), Text(h.Value, h.ValueLength)));
        }
        return made;
    }

    static string Find(List<HttpHeader> headers, string name) {
        foreach (HttpHeader h in headers)
            if (string.Equals(h.Name, name, StringComparison.OrdinalIgnoreCase)) return h.Value;
        throw new Different("there is no " + name);
    }

    static void ShakeHands(Peer client, Peer server) {
        IntPtr array;
        uint count;
        var initial = new[] { Header("Connection", "Upgrade"), Header("Upgrade", "websocket") };
        Different.UnlessOk(Native.BeginClientHandshake(client.Handle, new[] { "chat", "superchat" }, 2, IntPtr.Zero, 0,
                                                       initial, 2, out array, out count), "BeginClientHandshake");
        List<HttpHeader> request = Copy(array, count);
        Different.Unless(Find(request, "Sec-WebSocket-Version") == "13", "another version in the request");
        Different.Unless(Find(request, "Sec-WebSocket-Protocol") == "chat, superchat", "other protocols in the request");
        string key = Find(request, "Sec-WebSocket-Key");
        Different.Unless(Convert.FromBase64String(key).Length == 16, "the key is not 16 bytes");
        request.Add(Header("Host", ""));

        Different.UnlessOk(Native.BeginServerHandshake(server.Handle, "superchat", IntPtr.Zero, 0, request.ToArray(),
                                                       (uint)request.Count, out array, out count), "BeginServerHandshake");
        List<HttpHeader> response = Copy(array, count);
        // RFC 6455 4.2.2, by the runtime's own SHA-1.
        byte[] hashed = Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        string accept;
        using (var sha1 = System.Security.Cryptography.SHA1.Create()) accept = Convert.ToBase64String(sha1.ComputeHash(hashed));
        Different.Unless(Find(response, "Sec-WebSocket-Accept") == accept, "the accept of the response");

        uint extensions = 0, protocol;
        Different.UnlessOk(Native.EndClientHandshake(client.Handle, response.ToArray(), (uint)response.Count, IntPtr.Zero,
                                                     ref extensions, out protocol), "EndClientHandshake");
        Different.Unless(extensions == 0 && protocol == 1, "the selected protocol is " + protocol);
        Different.UnlessOk(Native.EndServerHandshake(server.Handle), "EndServerHandshake");
    }

    static void Run(Peer one, Peer other) {
        while (one.Step(other) | other.Step(one)) {}
    }

    // The whole message of `type` that has arrived at one side, in one piece or several; asks for the
    // next piece each time.
    static byte[] Arrived(Peer at, Peer from, BufferType type) {
        var whole = new List<byte>();
        BufferType fragment = type + 1;
        for (;;) {
            int before = at.Pieces.Count;
            Run(at, from);
            Different.Unless(at.Pieces.Count == before + (before == 0 ? 1 : 0), "a receive without end, or two at once");
            Received piece = at.Pieces[0];
            at.Pieces.Clear();
            Different.Unless(piece.Type == type || piece.Type == fragment, "a piece of type 0x" + ((uint)piece.Type).ToString("x8"));
            whole.AddRange(piece.Bytes);
            at.Receive();
            if (piece.Type == type) return whole.ToArray();
        }
    }

    // 0 to about 70,000 bytes: all three forms of the length (RFC 6455 5.2).
    static byte[] Payload(int number, BufferType type) {
        var bytes = new byte[number * number / 14];
        for (int i = 0; i < bytes.Length; ++i)
            bytes[i] = (byte)(type == BufferType.BinaryMessage ? i * 31 + number : ' ' + (i + number) % 94);
        return bytes;
    }

    static void ExpectSame(byte[] sent, byte[] got, string what) {
        Different.Unless(sent.Length == got.Length, what + ": " + got.Length + " bytes instead of " + sent.Length);
        // Not with Unless, which would make a string of each byte.
        for (int i = 0; i < sent.Length; ++i)
            if (sent[i] != got[i]) throw new Different(what + ": byte " + i);
    }

    // From one side to the other and back.
    static void EchoAll(Peer from, Peer to) {
        for (int number = 0; number < Messages; ++number) {
            BufferType type = number % 2 == 0 ? BufferType.BinaryMessage : BufferType.Utf8Message;
            byte[] payload = Payload(number, type);
            from.Send(type, payload);
            byte[] there = Arrived(to, from, type);
            ExpectSame(payload, there, "message " + number);
            to.Send(type, there);
            ExpectSame(payload, Arrived(from, to, type), "echo " + number);
            Run(from, to);
        }
    }

    static void Close(Peer from, Peer to, ushort status, string reason) {
        from.SendClose(status, reason);
        Run(from, to);
        Different.Unless(to.Pieces.Count == 1 && to.Pieces[0].Type == BufferType.Close, "no Close arrived");
        Different.Unless(to.Pieces[0].Status == status, "the status of the Close is " + to.Pieces[0].Status);
        string got = Encoding.UTF8.GetString(to.Pieces[0].Bytes);
        Different.Unless(got == reason, "the reason of the Close is " + got);
    }

    static int Main() {
        try {
            CheckLayouts();
            CheckGlobalProperties();
            using (var client = new Peer(true))
            using (var server = new Peer(false)) {
                ShakeHands(client, server);
                client.Receive();
                server.Receive();
                EchoAll(client, server);
                EchoAll(server, client);
                Close(client, server, 1000, "bye");
                Close(server, client, 3001, "");
                Different.Unless(client.Sent == 2 * Messages + 1 && server.Sent == 2 * Messages + 1,
                                 "not every send was indicated");
            }
        } catch (Different difference) {
            Console.WriteLine("different: " + difference.Message);
            return 1;
        }
        Console.WriteLine("2 x " + Messages + " messages echoed");
        return 0;
    }
}
