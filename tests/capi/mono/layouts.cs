// SPDX-License-Identifier: Apache-2.0
// websocket.h as a C# program declares it: the library by the name of Windows' DLL, structures by
// the rules of .NET's marshaller (Microsoft's pages of websocket.h; the header's order of members).
using System;
using System.Runtime.InteropServices;

enum PropertyType : uint { ReceiveBufferSize = 0, SendBufferSize = 1, DisableMasking = 2, AllocatedBuffer = 3,
                           DisableUtf8Verification = 4, KeepaliveInterval = 5, SupportedVersions = 6 }
enum ActionQueue : uint { Send = 1, Receive = 2, All = 3 }
enum ActionType : uint { None = 0, SendToNetwork = 1, IndicateSendComplete = 2, ReceiveFromNetwork = 3,
                         IndicateReceiveComplete = 4 }
enum BufferType : uint { None = 0, Utf8Message = 0x80000000, Utf8Fragment = 0x80000001,
                         BinaryMessage = 0x80000002, BinaryFragment = 0x80000003, Close = 0x80000004,
                         PingPong = 0x80000005, UnsolicitedPong = 0x80000006 }

[StructLayout(LayoutKind.Sequential)]
struct Property {
    public PropertyType Type;
    public IntPtr Value;
    public uint ValueSize;
}

// Strings are copied to native memory for the length of a call, as ANSI text.
[StructLayout(LayoutKind.Sequential)]
struct HttpHeader {
    [MarshalAs(UnmanagedType.LPStr)] public string Name;
    public uint NameLength;
    [MarshalAs(UnmanagedType.LPStr)] public string Value;
    public uint ValueLength;
}

// The same memory, for arrays that the library made: their strings are read by pointer and length.
[StructLayout(LayoutKind.Sequential)]
struct NativeHttpHeader {
    public IntPtr Name;
    public uint NameLength;
    public IntPtr Value;
    public uint ValueLength;
}

[StructLayout(LayoutKind.Sequential)]
struct DataBuffer {
    public IntPtr Data;
    public uint Length;
}

[StructLayout(LayoutKind.Sequential)]
struct CloseBuffer {
    public IntPtr Reason;
    public uint ReasonLength;
    public ushort Status;
}

// A union: either arm.
[StructLayout(LayoutKind.Explicit)]
struct NetworkBuffer {
    [FieldOffset(0)] public DataBuffer Data;
    [FieldOffset(0)] public CloseBuffer Close;
}

static class Native {
    const string Library = "websocket.dll";

    [DllImport(Library, EntryPoint = "WebSocketCreateClientHandle")]
    public static extern int CreateClientHandle([In] Property[] properties, uint count, out IntPtr handle);
    [DllImport(Library, EntryPoint = "WebSocketCreateServerHandle")]
    public static extern int CreateServerHandle([In] Property[] properties, uint count, out IntPtr handle);
    [DllImport(Library, EntryPoint = "WebSocketBeginClientHandshake")]
    public static extern int BeginClientHandshake(
        IntPtr handle, [In, MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string[] subprotocols,
        uint subprotocolCount, IntPtr extensions, uint extensionCount, [In] HttpHeader[] initial,
        uint initialCount, out IntPtr additional, out uint additionalCount);
    [DllImport(Library, EntryPoint = "WebSocketEndClientHandshake")]
    public static extern int EndClientHandshake(IntPtr handle, [In] HttpHeader[] response, uint responseCount,
                                                IntPtr selectedExtensions, ref uint selectedExtensionCount,
                                                out uint selectedSubprotocol);
    [DllImport(Library, EntryPoint = "WebSocketBeginServerHandshake", CharSet = CharSet.Ansi)]
    public static extern int BeginServerHandshake(IntPtr handle, string subprotocol, IntPtr extensions,
                                                  uint extensionCount, [In] HttpHeader[] request,
                                                  uint requestCount, out IntPtr response,
                                                  out uint responseCount);
    [DllImport(Library, EntryPoint = "WebSocketEndServerHandshake")]
    public static extern int EndServerHandshake(IntPtr handle);
    [DllImport(Library, EntryPoint = "WebSocketSend")]
    public static extern int Send(IntPtr handle, BufferType type, ref NetworkBuffer buffer, IntPtr context);
    [DllImport(Library, EntryPoint = "WebSocketReceive")]
    public static extern int Receive(IntPtr handle, IntPtr buffer, IntPtr context);
    [DllImport(Library, EntryPoint = "WebSocketGetAction")]
    public static extern int GetAction(IntPtr handle, ActionQueue queue, [In, Out] NetworkBuffer[] buffers,
                                       ref uint count, out ActionType action, out BufferType type,
                                       out IntPtr context, out IntPtr actionContext);
    [DllImport(Library, EntryPoint = "WebSocketCompleteAction")]
    public static extern void CompleteAction(IntPtr handle, IntPtr actionContext, uint transferred);
    [DllImport(Library, EntryPoint = "WebSocketAbortHandle")]
    public static extern void AbortHandle(IntPtr handle);
    [DllImport(Library, EntryPoint = "WebSocketDeleteHandle")]
    public static extern void DeleteHandle(IntPtr handle);
    [DllImport(Library, EntryPoint = "WebSocketGetGlobalProperty")]
    public static extern int GetGlobalProperty(PropertyType type, [In, Out] uint[] value, ref uint size);
}
