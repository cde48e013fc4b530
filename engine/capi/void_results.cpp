// SPDX-License-Identifier: Apache-2.0
// What websocket.dll exports for the three functions that are VOID in the header and return S_OK by
// their pages (WebSocketAbortHandle, WebSocketCompleteAction, WebSocketDeleteHandle): programs that were
// written by the pages, in Pascal for one, look at the result. websocket.def gives them their names.
#include <websocket.h>

extern "C" {
HRESULT WINAPI ResultWebSocketAbortHandle(WEB_SOCKET_HANDLE hWebSocket);
HRESULT WINAPI ResultWebSocketCompleteAction(WEB_SOCKET_HANDLE hWebSocket, PVOID pvActionContext,
                                             ULONG ulBytesTransferred);
HRESULT WINAPI ResultWebSocketDeleteHandle(WEB_SOCKET_HANDLE hWebSocket);
}

HRESULT WINAPI ResultWebSocketAbortHandle(WEB_SOCKET_HANDLE hWebSocket) {
    WebSocketAbortHandle(hWebSocket);
    return S_OK;
}

HRESULT WINAPI ResultWebSocketCompleteAction(WEB_SOCKET_HANDLE hWebSocket, PVOID pvActionContext,
                                             ULONG ulBytesTransferred) {
    WebSocketCompleteAction(hWebSocket, pvActionContext, ulBytesTransferred);
    return S_OK;
}

HRESULT WINAPI ResultWebSocketDeleteHandle(WEB_SOCKET_HANDLE hWebSocket) {
    WebSocketDeleteHandle(hWebSocket);
    return S_OK;
}
