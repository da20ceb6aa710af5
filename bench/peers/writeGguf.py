"""writeGguf.py CHECKPOINT OUT: a DeepSeek-V3 checkpoint of bf16 tensors as a GGUF file for llama.cpp ("deepseek2").

The matrices keep their bits; norms, router and its bias are widened to float32, which llama.cpp asks for. MTP layers are
left out. For the benchmark alone: no quantisation, no rope scaling. Prints {"version"} as its last line.
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy as np

folder, out = Path(sys.argv[1]), sys.argv[2]
config = json.loads((folder / "config.json").read_text())
layers, heads, experts = config["num_hidden_layers"], config["num_attention_heads"], config["n_routed_experts"]
nope, rope, value, latent = (config[key] for key in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "kv_lora_rank"))

tensors = {}
for path in sorted(folder.glob("*.safetensors")):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        kind = {"BF16": np.uint16, "F32": np.float32}[entry["dtype"]]
        tensors[name] = np.frombuffer(data[8 + length + begin : 8 + length + end], kind).reshape(entry["shape"])


def widened(name):
    tensor = tensors[name]
    return tensor if tensor.dtype == np.float32 else (tensor.astype(np.uint32) << 16).view(np.float32)


writer = gguf.GGUFWriter(out, "deepseek2")


def add_matrix(name, tensor):
    raw = np.ascontiguousarray(tensor).view(np.uint8)
    writer.add_tensor(name, raw, raw_dtype=gguf.GGMLQuantizationType.BF16)


def add_widened(name, source):
    writer.add_tensor(name, np.ascontiguousarray(widened(source)))


writer.add_context_length(config["max_position_embeddings"])
writer.add_embedding_length(config["hidden_size"])
writer.add_block_count(layers)
writer.add_feed_forward_length(config["intermediate_size"])
writer.add_head_count(heads)
writer.add_head_count_kv(1)  # the latent is one key head that all query heads share
writer.add_rope_freq_base(config["rope_theta"])
writer.add_rope_dimension_count(rope)
writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
writer.add_leading_dense_block_count(config["first_k_dense_replace"])
writer.add_vocab_size(config["vocab_size"])
writer.add_q_lora_rank(config["q_lora_rank"])
writer.add_kv_lora_rank(latent)
writer.add_key_length(latent + rope)
writer.add_value_length(latent)
writer.add_key_length_mla(nope + rope)
writer.add_value_length_mla(value)
writer.add_expert_count(experts)
writer.add_expert_used_count(config["num_experts_per_tok"])
writer.add_expert_shared_count(config["n_shared_experts"])
writer.add_expert_feed_forward_length(config["moe_intermediate_size"])
writer.add_expert_weights_scale(config["routed_scaling_factor"])
writer.add_expert_weights_norm(config["norm_topk_prob"])
writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
writer.add_expert_group_count(config["n_group"])
writer.add_expert_group_used_count(config["topk_group"])

tokenizer = json.loads((folder / "tokenizer.json").read_text())
texts = {id: text for text, id in tokenizer["model"]["vocab"].items()}
special = {entry["id"]: entry["content"] for entry in tokenizer["added_tokens"]}
texts.update(special)
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("deepseek-v3")
writer.add_token_list([texts[id] for id in range(config["vocab_size"])])
control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
writer.add_token_types([control if id in special else normal for id in range(config["vocab_size"])])
writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]])
writer.add_bos_token_id(config["bos_token_id"])
writer.add_eos_token_id(config["eos_token_id"])

add_matrix("token_embd.weight", tensors["model.embed_tokens.weight"])
add_widened("output_norm.weight", "model.norm.weight")
add_matrix("output.weight", tensors["lm_head.weight"])
for layer in range(layers):
    source, block = f"model.layers.{layer}.", f"blk.{layer}."
    for name, norm in (
        ("attn_norm", "input_layernorm"),
        ("attn_q_a_norm", "self_attn.q_a_layernorm"),
        ("attn_kv_a_norm", "self_attn.kv_a_layernorm"),
        ("ffn_norm", "post_attention_layernorm"),
    ):
        add_widened(f"{block}{name}.weight", f"{source}{norm}.weight")
    for name, matrix in (
        ("attn_q_a", "q_a_proj"),
        ("attn_q_b", "q_b_proj"),
        ("attn_kv_a_mqa", "kv_a_proj_with_mqa"),
        ("attn_output", "o_proj"),
    ):
        add_matrix(f"{block}{name}.weight", tensors[f"{source}self_attn.{matrix}.weight"])
    # The halves of kv_b by head: keys transposed, as the absorbed form multiplies them.
    kv_b = tensors[f"{source}self_attn.kv_b_proj.weight"].reshape(heads, nope + value, latent)
    add_matrix(f"{block}attn_k_b.weight", kv_b[:, :nope].transpose(0, 2, 1))
    add_matrix(f"{block}attn_v_b.weight", kv_b[:, nope:])
    dense = layer < config["first_k_dense_replace"]
    for part in ("gate", "up", "down"):
        if dense:
            add_matrix(f"{block}ffn_{part}.weight", tensors[f"{source}mlp.{part}_proj.weight"])
            continue
        stacked = [tensors[f"{source}mlp.experts.{expert}.{part}_proj.weight"] for expert in range(experts)]
        add_matrix(f"{block}ffn_{part}_exps.weight", np.stack(stacked))
        add_matrix(f"{block}ffn_{part}_shexp.weight", tensors[f"{source}mlp.shared_experts.{part}_proj.weight"])
    if not dense:
        add_widened(f"{block}ffn_gate_inp.weight", f"{source}mlp.gate.weight")
        add_widened(f"{block}exp_probs_b.bias", f"{source}mlp.gate.e_score_correction_bias")

writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
print(json.dumps({"version": version("gguf")}))
