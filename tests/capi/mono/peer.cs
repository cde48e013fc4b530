// SPDX-License-Identifier: Apache-2.0
// One side of a WebSocket whose network is a queue of bytes, driven as .NET drives it: memory of its own
// for the library's buffers, and every pointer that comes back is looked at.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

class Different : Exception {
    public Different(string what) : base(what) {}

    public static void Unless(bool same, string what) {
        if (!same) throw new Different(what);
    }
    public static void UnlessOk(int result, string what) {
        Unless(result == 0, what + " answered 0x" + result.ToString("x8"));
    }
}

sealed class Pinned : IDisposable {
    GCHandle handle;
    public readonly IntPtr Address;
    public Pinned(object what) {
        handle = GCHandle.Alloc(what, GCHandleType.Pinned);
        Address = handle.AddrOfPinnedObject();
    }
    public void Dispose() { handle.Free(); }
}

// What one receive ended with.
class Received {
    public BufferType Type;
    public byte[] Bytes;
    public ushort Status;
}

sealed class Peer : IDisposable {
    const int ReceiveSize = 1024, SendSize = 512, Overhead = 144;

    readonly byte[] memory = new byte[ReceiveSize + SendSize + Overhead];
    readonly Pinned pinnedMemory;
    readonly string name;
    public readonly IntPtr Handle;
    public readonly Queue<byte[]> Wire = new Queue<byte[]>();  // to this side
    int taken;                                                 // of the first of them
    public readonly List<Received> Pieces = new List<Received>();
    public int Sent;  // sends that were indicated

    // The pinned payload of the send that is under way.
    Pinned payload;
    byte[] sending;

    public Peer(bool client) {
        name = client ? "client" : "server";
        pinnedMemory = new Pinned(memory);
        var sizes = new uint[] { ReceiveSize, SendSize };
        var pointer = new IntPtr[] { pinnedMemory.Address };
        using (var pinnedSizes = new Pinned(sizes))
        using (var pinnedPointer = new Pinned(pointer)) {
            var properties = new Property[] {
                new Property { Type = PropertyType.ReceiveBufferSize, Value = pinnedSizes.Address, ValueSize = 4 },
                new Property { Type = PropertyType.SendBufferSize, Value = pinnedSizes.Address + 4, ValueSize = 4 },
                // The address of a pointer, and the size of what that points to.
                new Property { Type = PropertyType.AllocatedBuffer, Value = pinnedPointer.Address,
                               ValueSize = (uint)memory.Length },
            };
            Different.UnlessOk(client ? Native.CreateClientHandle(properties, 3, out Handle)
                                      : Native.CreateServerHandle(properties, 3, out Handle), name + ": Create");
        }
    }

    public void Dispose() {
        Native.AbortHandle(Handle);
        Native.DeleteHandle(Handle);
        if (payload != null) payload.Dispose();
        pinnedMemory.Dispose();
    }

    bool IsOurs(IntPtr at, uint length, IntPtr begin, int size) {
        long offset = at.ToInt64() - begin.ToInt64();
        return offset >= 0 && offset + length <= size;
    }
    void ExpectInside(DataBuffer buffer, bool mayBePayload) {
        bool inside = IsOurs(buffer.Data, buffer.Length, pinnedMemory.Address, memory.Length) ||
            (mayBePayload && payload != null && IsOurs(buffer.Data, buffer.Length, payload.Address, sending.Length));
        Different.Unless(inside, name + ": a pointer outside the memory that was lent");
    }

    public void Send(BufferType type, byte[] bytes) {
        Start(bytes);
        var buffer = new NetworkBuffer();
        buffer.Data.Data = payload.Address;
        buffer.Data.Length = (uint)bytes.Length;
        Different.UnlessOk(Native.Send(Handle, type, ref buffer, payload.Address), name + ": Send");
    }
    public void SendClose(ushort status, string reason) {
        Start(Encoding.UTF8.GetBytes(reason));
        var buffer = new NetworkBuffer();
        buffer.Close.Reason = payload.Address;
        buffer.Close.ReasonLength = (uint)sending.Length;
        buffer.Close.Status = status;
        Different.UnlessOk(Native.Send(Handle, BufferType.Close, ref buffer, payload.Address), name + ": Send of a Close");
    }
    void Start(byte[] bytes) {
        Different.Unless(payload == null, name + ": the send before was not indicated");
        sending = bytes;
        // An empty array has no address.
        payload = new Pinned(bytes.Length == 0 ? new byte[1] : bytes);
    }
    public void Receive() {
        Different.UnlessOk(Native.Receive(Handle, IntPtr.Zero, (IntPtr)7), name + ": Receive");
    }

    // A read that waits for the network, as a program's asynchronous read does; other actions go on.
    IntPtr parked;
    DataBuffer parkedBuffer;

    // Does what is to be done; false if there is nothing but to wait for the other side.
    public bool Step(Peer other) {
        if (parked != IntPtr.Zero && Wire.Count > 0) {
            Native.CompleteAction(Handle, parked, Read(parkedBuffer));
            parked = IntPtr.Zero;
            return true;
        }
        var buffers = new NetworkBuffer[2];
        uint count = 2;
        ActionType action;
        BufferType type;
        IntPtr context, actionContext;
        Different.UnlessOk(Native.GetAction(Handle, ActionQueue.All, buffers, ref count, out action, out type,
                                            out context, out actionContext), name + ": GetAction");
        uint moved = 0;
        bool more = true;
        switch (action) {
            case ActionType.None:
                Different.Unless(actionContext == IntPtr.Zero && type == BufferType.None, name + ": NO_ACTION is not neutral");
                more = false;
                break;
            case ActionType.SendToNetwork:
                Different.Unless(count >= 1 && count <= 2, name + ": the count of a send");
                for (int i = 0; i < count; ++i) {
                    ExpectInside(buffers[i].Data, true);
                    var bytes = new byte[buffers[i].Data.Length];
                    Marshal.Copy(buffers[i].Data.Data, bytes, 0, bytes.Length);
                    other.Wire.Enqueue(bytes);
                    moved += (uint)bytes.Length;
                }
                break;
            case ActionType.IndicateSendComplete:
                Different.Unless(context == payload.Address, name + ": the context of a send");
                payload.Dispose();
                payload = null;
                ++Sent;
                break;
            case ActionType.ReceiveFromNetwork:
                Different.Unless(count == 1 && buffers[0].Data.Length > 0, name + ": the count of a read");
                ExpectInside(buffers[0].Data, false);
                parked = actionContext;
                parkedBuffer = buffers[0].Data;
                return true;
            case ActionType.IndicateReceiveComplete:
                Different.Unless(count == 1 && context == (IntPtr)7, name + ": the count or context of a receive");
                Keep(buffers[0], type);
                break;
        }
        Native.CompleteAction(Handle, actionContext, moved);
        return more;
    }

    uint Read(DataBuffer into) {
        byte[] first = Wire.Peek();
        int size = Math.Min(first.Length - taken, (int)into.Length);
        Marshal.Copy(first, taken, into.Data, size);
        taken += size;
        if (taken == first.Length) {
            Wire.Dequeue();
            taken = 0;
        }
        return (uint)size;
    }

    void Keep(NetworkBuffer buffer, BufferType type) {
        var piece = new Received { Type = type, Bytes = new byte[buffer.Data.Length] };
        if (buffer.Data.Data != IntPtr.Zero) {
            ExpectInside(buffer.Data, false);
            Marshal.Copy(buffer.Data.Data, piece.Bytes, 0, piece.Bytes.Length);
        } else {
            Different.Unless(buffer.Data.Length == 0, name + ": a length without a pointer");
        }
        if (type == BufferType.Close) piece.Status = buffer.Close.Status;
        Pieces.Add(piece);
    }
}
