# SPDX-License-Identifier: Apache-2.0
"""Which sources are changed, and which test programs judge each, the likeliest to notice first."""
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

READER = ("codec_message_reader", "codec_properties")
HTTP = ("http_reader", "http_writer", "http_url")
CAPI = ("capi_functions", "capi_queues", "capi_memory", "capi_allocation")
HANDSHAKE = ("engine_handshake", "http_url", "http_reader", "engine_memory")

PROGRAMS = {
    "codec/close_rules.hpp": ("codec_message_reader", "engine_connection"),
    "codec/error.cpp": ("codec_frame",),
    "codec/frame.cpp": ("codec_frame", "codec_frame_reader", "codec_message_reader"),
    "codec/frame_reader.cpp": ("codec_frame_reader", *READER),
    "codec/mask.cpp": ("kernels",),
    "codec/message_assembler.cpp": ("codec_message_assembler",),
    "codec/message_reader.cpp": (*READER, "engine_connection", "engine_session"),
    "codec/message_reader_output.hpp": READER,
    "codec/message_reader_restore.cpp": READER,
    "codec/utf8.cpp": ("kernels", "codec_message_reader"),
    "codec/utf8_dfa.hpp": ("kernels", "codec_message_reader"),
    "codec/kernels/run.inl": ("kernels", "codec_message_reader", "engine_connection"),
    "codec/kernels/scalar.cpp": ("kernels", "codec_message_reader"),
    "codec/include/wspc/frame.hpp": ("codec_frame", "codec_frame_reader", "codec_message_reader"),
    "codec/include/wspc/frame_reader.hpp": ("codec_frame_reader", *READER),
    "codec/include/wspc/message_assembler.hpp": ("codec_message_assembler",),
    "codec/include/wspc/message_reader.hpp": (*READER, "engine_connection"),
    "codec/include/wspc/utf8.hpp": ("kernels", "codec_message_reader"),
    "engine/authority.cpp": HANDSHAKE,
    "engine/capi/actions.cpp": CAPI,
    "engine/capi/handle.cpp": CAPI,
    "engine/capi/handle.hpp": CAPI,
    "engine/capi/handshake.cpp": CAPI,
    "engine/capi/hresult.cpp": CAPI,
    "engine/capi/lists.cpp": CAPI,
    "engine/capi/node_pool.hpp": CAPI,
    "engine/capi/properties.cpp": CAPI,
    "engine/connection.cpp": ("engine_connection", "engine_session"),
    "engine/extension.cpp": HANDSHAKE,
    "engine/fields.cpp": HANDSHAKE,
    "engine/fields.hpp": HANDSHAKE,
    "engine/handshake_client.cpp": HANDSHAKE,
    "engine/handshake_server.cpp": HANDSHAKE,
    "engine/header.cpp": HANDSHAKE,
    "engine/http/http_reader.cpp": HTTP,
    "engine/http/http_writer.cpp": ("http_writer", "http_reader"),
    "engine/http/url.cpp": ("http_url",),
    "engine/include/wspc/connection.hpp": ("engine_connection", "engine_session"),
    "engine/include/wspc/masking_keys.hpp": ("engine_masking_keys", "engine_connection"),
    "engine/include/wspc/session.hpp": ("engine_session", "engine_memory"),
    "engine/masking_keys.cpp": ("engine_masking_keys",),
    "engine/origin.cpp": HANDSHAKE,
    "engine/process_mark.cpp": ("engine_masking_keys", "engine_masking_keys_by_forks",
                                "engine_masking_keys_by_process_id"),
    "engine/session.cpp": ("engine_session", "engine_memory"),
    "engine/session_frames.cpp": ("engine_session", "engine_memory"),
    "engine/text.hpp": HANDSHAKE,
}


def all_programs():
    return sorted({program for programs in PROGRAMS.values() for program in programs})
