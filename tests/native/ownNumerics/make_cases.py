"""Writes small random checkpoints and what numerics_reference.py computes from them: make_cases.py OUT [NAME]...

Each case is a folder as the recorded ones under tests/golden/numerics, gzipped. The same seed gives the same bytes of
weights; expected values may move in their last bits with numpy's version.
"""
import gzip
import json
import sys
import zlib
from pathlib import Path

import numpy as np

from numerics_reference import Reference, narrow, safetensors_bytes

BASE = {
    "architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3", "hidden_act": "silu", "torch_dtype": "bfloat16",
    "hidden_size": 28, "num_hidden_layers": 2, "num_nextn_predict_layers": 1, "num_attention_heads": 3, "num_key_value_heads": 3,
    "q_lora_rank": 14, "kv_lora_rank": 10, "qk_nope_head_dim": 7, "qk_rope_head_dim": 6, "v_head_dim": 5,
    "intermediate_size": 22, "moe_intermediate_size": 9, "n_routed_experts": 6, "n_shared_experts": 1, "num_experts_per_tok": 3,
    "n_group": 3, "topk_group": 2, "topk_method": "noaux_tc", "scoring_func": "sigmoid", "norm_topk_prob": True,
    "routed_scaling_factor": 2.5, "first_k_dense_replace": 1, "moe_layer_freq": 1, "rms_norm_eps": 1e-6, "rope_theta": 10000,
    "rope_scaling": None, "max_position_embeddings": 4096, "vocab_size": 37, "tie_word_embeddings": False, "attention_bias": False,
}
FP8 = {"quantization_config": {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}}


def yarn(factor, original, **more):
    return {"type": "yarn", "factor": factor, "original_max_position_embeddings": original, "beta_fast": 32, "beta_slow": 1} | more


class Case:
    """config: changes to BASE. stored: dtype of all float tensors, or a function of their name (F8_E4M3 is for projections; other
    tensors are BF16 then). embeds, heads: which MTP layers (from 1) have tables of their own; these differ from the target's, so that
    using the wrong one shows. positions: rotary positions, by default 0, 1, 2, ... files: how many the tensors are spread over."""

    def __init__(self, config=None, stored="BF16", rows=9, positions=None, embeds=(1, 2, 3), heads=(1, 2, 3), files=1):
        self.config = BASE | (config or {})
        self.stored = stored if callable(stored) else lambda name: stored
        self.positions = list(range(rows)) if positions is None else positions
        self.embeds, self.heads, self.files = embeds, heads, files

    def shapes(self):
        c = self.config
        hidden, heads, inner = c["hidden_size"], c["num_attention_heads"], c["moe_intermediate_size"]
        vocab, first = c["vocab_size"], c["num_hidden_layers"]
        query, key = heads * (c["qk_nope_head_dim"] + c["qk_rope_head_dim"]), c["kv_lora_rank"] + c["qk_rope_head_dim"]
        yield "model.embed_tokens.weight", (vocab, hidden)
        if not c["tie_word_embeddings"]:
            yield "lm_head.weight", (vocab, hidden)
        yield "model.norm.weight", (hidden,)
        for layer in range(first + (c["num_nextn_predict_layers"] or 0)):
            p, module = f"model.layers.{layer}.", layer - first + 1
            yield p + "input_layernorm.weight", (hidden,)
            yield p + "post_attention_layernorm.weight", (hidden,)
            a = p + "self_attn."
            if c["q_lora_rank"]:
                yield a + "q_a_proj.weight", (c["q_lora_rank"], hidden)
                yield a + "q_a_layernorm.weight", (c["q_lora_rank"],)
                yield a + "q_b_proj.weight", (query, c["q_lora_rank"])
            else:
                yield a + "q_proj.weight", (query, hidden)
            yield a + "kv_a_proj_with_mqa.weight", (key, hidden)
            yield a + "kv_a_layernorm.weight", (c["kv_lora_rank"],)
            yield a + "kv_b_proj.weight", (heads * (c["qk_nope_head_dim"] + c["v_head_dim"]), c["kv_lora_rank"])
            yield a + "o_proj.weight", (hidden, heads * c["v_head_dim"])
            if Reference(c, {}).is_moe(layer):
                yield p + "mlp.gate.weight", (c["n_routed_experts"], hidden)
                if c["topk_method"] == "noaux_tc":
                    yield p + "mlp.gate.e_score_correction_bias", (c["n_routed_experts"],)
                blocks = [(f"mlp.experts.{e}.", inner) for e in range(c["n_routed_experts"])]
                blocks += [("mlp.shared_experts.", inner * c["n_shared_experts"])] if c["n_shared_experts"] else []
            else:
                blocks = [("mlp.", c["intermediate_size"])]
            for name, size in blocks:
                yield p + name + "gate_proj.weight", (size, hidden)
                yield p + name + "up_proj.weight", (size, hidden)
                yield p + name + "down_proj.weight", (hidden, size)
            if module < 1:
                continue
            for norm in ["enorm", "hnorm", "shared_head.norm"]:
                yield p + norm + ".weight", (hidden,)
            yield p + "eh_proj.weight", (hidden, 2 * hidden)
            if module in self.embeds:
                yield p + "embed_tokens.weight", (vocab, hidden)
            if module in self.heads:
                yield p + "shared_head.head.weight", (vocab, hidden)

    def tensors(self, random):
        out = {}
        for name, shape in self.shapes():
            if len(shape) == 1:
                spread = (0, 0.1) if name.endswith("bias") else (1, 0.1)
                values = random.normal(*spread, shape)
            else:
                # What ends in the residual stream stays small, as trained weights do; queries, keys and gates spread.
                gain = 0.8 if any(part in name for part in ["o_proj", "mlp.", "q_a_proj"]) and "mlp.gate." not in name else 1.4
                values = random.normal(0, 0.5 if "embed" in name else gain * shape[1] ** -0.5, shape)
            values = values.astype(np.float32)
            dtype = self.stored(name)
            if dtype == "F8_E4M3" and projections(name):
                out |= quantised(name, values, random, self.config["quantization_config"]["weight_block_size"])
                continue
            dtype = "BF16" if dtype == "F8_E4M3" else dtype
            out[name] = dtype, narrow(dtype, values)
        return out

    def make(self, name):
        """(tensors, expected): the first seed at which no choice of experts hangs on rounding."""
        for attempt in range(200):
            random = np.random.default_rng([zlib.crc32(name.encode()), attempt])
            tensors = self.tensors(random)
            ids = random.integers(0, self.config["vocab_size"], len(self.positions))
            reference = Reference(self.config, tensors)
            expected = reference.run(ids, self.positions)
            if reference.gap > 2e-5:
                return tensors, expected
        raise SystemExit(f"{name}: no seed keeps the experts apart")


def quantised(name, values, random, sizes):
    """Tensors of a weight in fp8 and of its scales per block of sizes [rows, cols]."""
    rows, cols = sizes
    scales = np.empty([-(-values.shape[0] // rows), -(-values.shape[1] // cols)], np.float32)
    for (row, col), _ in np.ndenumerate(scales):
        block = values[row * rows : (row + 1) * rows, col * cols : (col + 1) * cols]
        # Neighbouring blocks differ by more than their largest values do, so that a wrong block shows.
        block *= np.float32(2.0 ** random.integers(-1, 2))
        scales[row, col] = np.abs(block).max() / 448
        block /= scales[row, col]
    return {name: ("F8_E4M3", narrow("F8_E4M3", values)), name + "_scale_inv": ("F32", scales)}


def fp8(**config):
    """Few and small experts: what counts is that sides go over a block's end."""
    small = {"hidden_size": 133, "num_hidden_layers": 1, "n_routed_experts": 3, "n_group": 1, "topk_group": 1, "num_experts_per_tok": 2}
    return FP8 | small | {"q_lora_rank": 24, "tie_word_embeddings": True} | config


def blocks_of(rows, cols):
    return {"quantization_config": FP8["quantization_config"] | {"weight_block_size": [rows, cols]}}


def projections(name):
    return "_proj" in name and "eh_proj" not in name


CASES = {
    "f32-among-bf16": Case(
        {"n_shared_experts": 3, "rms_norm_eps": 3e-3}, lambda name: "F32" if "norm" in name or "gate.w" in name or "down" in name else "BF16",
        positions=[7, 8, 0, 0, 3, 4095, 70000, 5, 1],
    ),
    "f16-every-second-moe": Case({"moe_layer_freq": 2, "num_hidden_layers": 3, "first_k_dense_replace": 0, "num_nextn_predict_layers": 2}, "F16"),
    "yarn-mscales-differ": Case(
        {"qk_rope_head_dim": 16, "rope_scaling": yarn(8, 64, mscale=1.3, mscale_all_dim=0.6), "max_position_embeddings": 512},
        positions=[0, 1, 2, 62, 63, 64, 65, 200, 201, 511],
    ),
    "yarn-all-dim-0": Case(
        {"qk_rope_head_dim": 16, "rope_scaling": yarn(4, 32, mscale=0.8, mscale_all_dim=0), "max_position_embeddings": 128},
        positions=[3, 4, 5, 30, 31, 32, 33, 100],
    ),
    "yarn-no-mscales": Case({"qk_rope_head_dim": 16, "rope_scaling": yarn(4, 32), "first_k_dense_replace": 2}, positions=[0, 1, 31, 32, 127, 300]),
    "tied-some-heads": Case({"tie_word_embeddings": True, "num_nextn_predict_layers": 3}, embeds=(2,), heads=(1, 3)),
    "softmax-noaux-nonorm": Case({"scoring_func": "softmax", "norm_topk_prob": False, "routed_scaling_factor": 16.0}),
    "softmax-group-limited-norm": Case({"scoring_func": "softmax", "topk_method": "group_limited_greedy", "n_shared_experts": None}),
    "sigmoid-greedy-top1": Case({"topk_method": "greedy", "num_experts_per_tok": 1, "q_lora_rank": None, "rope_theta": 12345.5}),
    "no-experts-no-groups": Case({"n_routed_experts": None, "n_group": None, "topk_group": None}),
    "modules-without-rows": Case({"num_nextn_predict_layers": 3, "first_k_dense_replace": 0}, rows=3, embeds=(1, 3)),
    "single-token": Case({"num_attention_heads": 1, "n_shared_experts": 0}, rows=1, files=2),
    "fp8-noq-some-plain": Case(
        fp8(q_lora_rank=None, kv_lora_rank=19, moe_intermediate_size=20), lambda name: "BF16" if "layers.1.self_attn.o_proj" in name else "F8_E4M3", embeds=(), heads=(),
    ),
    "fp8-plain-kv-a": Case(
        fp8(q_lora_rank=128, kv_lora_rank=32, moe_intermediate_size=12), lambda name: "BF16" if "kv_a_proj" in name or not projections(name) else "F8_E4M3", embeds=(), heads=(),
    ),
    "fp8-dense-odd": Case(fp8(first_k_dense_replace=2, intermediate_size=139), lambda name: "F8_E4M3" if projections(name) else "BF16", embeds=(), heads=()),
    "fp8-all-sides-odd": Case(
        fp8(
            q_lora_rank=130, kv_lora_rank=131, num_attention_heads=3, qk_nope_head_dim=33, qk_rope_head_dim=10, v_head_dim=45, intermediate_size=132,
            moe_intermediate_size=129, n_routed_experts=2, n_shared_experts=None,
        ),
        lambda name: "F8_E4M3" if projections(name) else "F32" if "norm" in name else "F16", rows=6, embeds=(), heads=(),
    ),
    "fp8-blocks-20x48": Case(
        fp8(q_lora_rank=130, kv_lora_rank=50, intermediate_size=131, moe_intermediate_size=70) | blocks_of(20, 48),
        lambda name: "F8_E4M3" if projections(name) else "BF16", rows=6, embeds=(), heads=(),
    ),
    # Sides of 133 and 139 have two blocks, as they have in blocks of 128: here only the numbers show which these are.
    "fp8-blocks-96x80": Case(
        fp8(first_k_dense_replace=2, intermediate_size=139) | blocks_of(96, 80), lambda name: "F8_E4M3" if projections(name) else "BF16", embeds=(), heads=(),
    ),
}


def write_case(folder, case, tensors, expected):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(case.config, indent=2) + "\n")

    def write(name, data):
        with gzip.GzipFile(folder / (name + ".gz"), "wb", 9, mtime=0) as file:
            file.write(data)

    count = case.files
    files = [f"model-{at + 1:05}-of-{count:05}.safetensors" for at in range(count)] if count > 1 else ["model.safetensors"]
    placed = {name: files[at % count] for at, name in enumerate(tensors)}
    for file in files:
        write(file, safetensors_bytes({name: tensor for name, tensor in tensors.items() if placed[name] == file}))
    if count > 1:
        write("model.safetensors.index.json", json.dumps({"metadata": {}, "weight_map": placed}).encode())
    write("expected.safetensors", safetensors_bytes({name: ("I32" if a.dtype == np.int32 else "F32", a) for name, a in expected.items()}))


if __name__ == "__main__":
    target, *wanted = sys.argv[1:]
    for name in wanted or CASES:
        write_case(Path(target) / name, CASES[name], *CASES[name].make(name))
