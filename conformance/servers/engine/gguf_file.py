"""Writes the model file: weights, tokenizer and chat template as GGUF, the format of llama.cpp."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

from conformance.servers.engine.digest import DIGEST_KEY
from conformance.servers.engine.llama import SHAPE
from conformance.servers.engine.paths import TEMPLATE
from conformance.servers.engine.rendering import CONTROL, END, MARKUP
from conformance.servers.engine.tokenizer import Tokenizer

Weights = Mapping[str, NDArray[np.float32]]
"""The weights by their GGUF names."""

CONTEXT = 8192


def write(path: Path, weights: Weights, tokenizer: Tokenizer, digest: str) -> None:
    """Write ``weights`` in half precision, with everything that the server needs."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string(DIGEST_KEY, digest)
    describe_model(writer, len(tokenizer.tokens))
    describe_tokenizer(writer, tokenizer)
    for name, weight in weights.items():
        # llama.cpp reads the vectors of the norms in single precision only.
        writer.add_tensor(name, weight.astype(np.float32 if weight.ndim == 1 else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def describe_model(writer: gguf.GGUFWriter, vocabulary: int) -> None:
    """Write the size of the model."""
    writer.add_name("tiny")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_vocab_size(vocabulary)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(SHAPE.width)
    writer.add_block_count(SHAPE.layers)
    writer.add_feed_forward_length(SHAPE.hidden)
    writer.add_head_count(SHAPE.heads)
    writer.add_head_count_kv(SHAPE.heads)
    writer.add_rope_dimension_count(SHAPE.head_width)
    writer.add_rope_freq_base(SHAPE.rope_base)
    writer.add_layer_norm_rms_eps(SHAPE.epsilon)


def describe_tokenizer(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    """Write the tokenizer and the chat template."""
    kinds = dict.fromkeys(CONTROL, gguf.TokenType.CONTROL) | dict.fromkeys(
        MARKUP, gguf.TokenType.USER_DEFINED
    )
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(list(tokenizer.tokens))
    writer.add_token_types([kinds.get(token, gguf.TokenType.NORMAL) for token in tokenizer.tokens])
    writer.add_token_merges(list(tokenizer.merges))
    # It is never added to a prompt, but the server reports one and would otherwise choose any token.
    writer.add_bos_token_id(tokenizer.number(END))
    writer.add_eos_token_id(tokenizer.number(END))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE.read_text(encoding="utf-8"))
