"""A second forward pass for DeepSeek-V2/V3-family checkpoints, in plain numpy and float32.

Stateless: no cache, no batching, keys and values expanded, every row of a text in one go, each expert on its own. It shares
nothing with the native code but the formulas, which tests/golden/numerics/README.md states. T = rows, H = hidden size.
"""
import json
import math
import struct
from pathlib import Path

import numpy as np

STORED = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "F8_E4M3": "u1", "I32": "<i4"}


def e4m3_values():
    """The 256 values of float8 e4m3 without infinities; 0x7f and 0xff are NaN."""
    bits = np.arange(256)
    exponent, mantissa = bits >> 3 & 15, bits & 7
    magnitude = np.where(exponent == 0, mantissa * 2.0**-9, (8 + mantissa) * 2.0 ** (exponent - 10.0))
    magnitude[(bits & 0x7F) == 0x7F] = np.nan
    return np.where(bits & 128, -magnitude, magnitude).astype(np.float32)


E4M3 = e4m3_values()


def widen(dtype, data):
    if dtype == "BF16":
        return (data.astype(np.uint32) << 16).view(np.float32)
    return E4M3[data] if dtype == "F8_E4M3" else data.astype(np.float32)


def narrow(dtype, values):
    """Rounds float32 to nearest even, as stored."""
    if dtype == "BF16":
        bits = values.view(np.uint32).astype(np.uint64)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)
    if dtype == "F8_E4M3":
        order = np.argsort(np.where(np.isnan(E4M3), np.inf, E4M3), kind="stable")[:254]
        at = np.clip(np.searchsorted(E4M3[order], values), 1, 253)
        below, above = E4M3[order[at - 1]], E4M3[order[at]]
        return np.where(values - below < above - values, order[at - 1], order[at]).astype(np.uint8)
    return values.astype(STORED[dtype])


def read_safetensors(path):
    """name -> (dtype, array as stored)"""
    raw = Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", raw)
    tensors = {}
    for name, entry in json.loads(raw[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + at for at in entry["data_offsets"])
            tensors[name] = entry["dtype"], np.frombuffer(raw[begin:end], STORED[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def safetensors_bytes(tensors):
    """tensors: as read_safetensors gives them."""
    header, parts, at = {}, [], 0
    for name, (dtype, array) in tensors.items():
        data = np.ascontiguousarray(array).astype(STORED[dtype]).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def mscale(factor, by):
    return 1.0 if factor <= 1 else 0.1 * by * math.log(factor) + 1.0


class Reference:
    def __init__(self, config, tensors):
        self.config, self.tensors = config, tensors
        rope = config.get("rope_scaling")
        self.yarn = rope if rope and rope.get("type", rope.get("rope_type")) == "yarn" else None

    def has(self, name):
        return name in self.tensors

    def weight(self, name):
        """A tensor as float32, block scales applied."""
        values = widen(*self.tensors[name])
        scale = name + "_scale_inv"
        if scale not in self.tensors:
            return values
        rows, cols = self.config["quantization_config"]["weight_block_size"]
        scales = np.repeat(np.repeat(widen(*self.tensors[scale]), rows, 0), cols, 1)
        return values * scales[: values.shape[0], : values.shape[1]]

    def linear(self, x, name):
        return x @ self.weight(name + ".weight").T

    def norm(self, x, name):
        mean = np.mean(x * x, axis=-1, keepdims=True, dtype=np.float32)
        return x / np.sqrt(mean + np.float32(self.config["rms_norm_eps"])) * self.weight(name + ".weight")

    def angles(self, positions):
        """cos and sin [T, R / 2], times the attention factor."""
        dims, theta = self.config["qk_rope_head_dim"], self.config["rope_theta"]
        index = np.arange(0, dims, 2, dtype=np.float32)
        # In double and rounded: numpy's own float32 power is off by some last places, which far positions multiply.
        waves = np.power(float(theta), (index / np.float32(dims)).astype(np.float64)).astype(np.float32)
        frequencies, factor = 1 / waves, 1.0
        if self.yarn:
            grow, original = self.yarn["factor"], self.yarn["original_max_position_embeddings"]

            def dim(turns):
                return dims * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(theta))

            low = max(math.floor(dim(self.yarn.get("beta_fast", 32))), 0)
            high = min(math.ceil(dim(self.yarn.get("beta_slow", 1))), dims - 1)
            high = high + 0.001 if low == high else high
            ramp = np.clip((np.arange(dims // 2, dtype=np.float32) - low) / np.float32(high - low), 0, 1)
            frequencies = frequencies * (1 - ramp) + frequencies / np.float32(grow) * ramp
            factor = mscale(grow, self.yarn.get("mscale", 1)) / mscale(grow, self.yarn.get("mscale_all_dim", 0))
        angle = np.asarray(positions, np.float32)[:, None] * frequencies.astype(np.float32)
        return np.cos(angle) * np.float32(factor), np.sin(angle) * np.float32(factor)

    def turn(self, x, cos, sin):
        """Interleaved pairs of the last axis of x [T, heads, R]."""
        a, b = x[..., 0::2], x[..., 1::2]
        out = np.empty_like(x)
        out[..., 0::2] = a * cos[:, None] - b * sin[:, None]
        out[..., 1::2] = b * cos[:, None] + a * sin[:, None]
        return out

    def attention(self, x, prefix, positions):
        c, rows = self.config, len(x)
        heads, nope, rope, value = c["num_attention_heads"], c["qk_nope_head_dim"], c["qk_rope_head_dim"], c["v_head_dim"]
        if c.get("q_lora_rank"):
            q = self.linear(self.norm(self.linear(x, prefix + "q_a_proj"), prefix + "q_a_layernorm"), prefix + "q_b_proj")
        else:
            q = self.linear(x, prefix + "q_proj")
        q = q.reshape(rows, heads, nope + rope)
        down = self.linear(x, prefix + "kv_a_proj_with_mqa")
        latent, shared_key = down[:, : c["kv_lora_rank"]], down[:, None, c["kv_lora_rank"] :]
        kv = self.linear(self.norm(latent, prefix + "kv_a_layernorm"), prefix + "kv_b_proj").reshape(rows, heads, nope + value)
        cos, sin = self.angles(positions)
        query = np.concatenate([q[..., :nope], self.turn(q[..., nope:], cos, sin)], -1)
        key = np.concatenate([kv[..., :nope], np.repeat(self.turn(shared_key, cos, sin), heads, 1)], -1)
        scale = (nope + rope) ** -0.5
        if self.yarn and self.yarn.get("mscale_all_dim", 0):
            scale *= mscale(self.yarn["factor"], self.yarn["mscale_all_dim"]) ** 2
        scores = np.einsum("qhd,khd->hqk", query, key) * np.float32(scale)
        scores[:, ~np.tri(rows, dtype=bool)] = -np.inf
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed = np.einsum("hqk,khd->qhd", scores, kv[..., nope:]).reshape(rows, heads * value)
        return self.linear(mixed, prefix + "o_proj")

    def feed_forward(self, x, prefix):
        gate = self.linear(x, prefix + "gate_proj")
        return self.linear(gate / (1 + np.exp(-gate)) * self.linear(x, prefix + "up_proj"), prefix + "down_proj")

    def route(self, x, prefix):
        """ids [T, K], weights [T, K], scores [T, E], and the smallest gap between chosen and not chosen."""
        c = self.config
        logits = self.linear(x, prefix + "gate")
        if c["scoring_func"] == "sigmoid":
            scores = 1 / (1 + np.exp(-logits))
        else:
            scores = np.exp(logits - logits.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
        biased, gap = c["topk_method"] == "noaux_tc", math.inf
        choice = scores + self.weight(prefix + "gate.e_score_correction_bias") if biased else scores.copy()
        groups, k = c.get("n_group") or 1, c["num_experts_per_tok"]
        if groups > 1 and c["topk_method"] != "greedy":
            grouped = choice.reshape(len(x), groups, -1)
            best = -np.sort(-grouped, -1)
            ranks = best[..., 0] + best[..., 1] if biased else best[..., 0]
            order = np.argsort(-ranks, -1, kind="stable")
            kept = np.zeros_like(ranks, bool)
            np.put_along_axis(kept, order[:, : c["topk_group"]], True, -1)
            if c["topk_group"] < groups:
                sorted_ranks = np.take_along_axis(ranks, order, -1)
                gap = min(gap, float((sorted_ranks[:, c["topk_group"] - 1] - sorted_ranks[:, c["topk_group"]]).min()))
            grouped[~kept] = -np.inf
            choice = grouped.reshape(len(x), -1)
        order = np.argsort(-choice, -1, kind="stable")
        ids = order[:, :k]
        # Neighbours in the list as well, for its order is compared too.
        listed = np.take_along_axis(choice, order[:, : k + 1], -1)
        gap = min(gap, float(np.min(listed[:, :-1] - listed[:, 1:], initial=math.inf)))
        weights = np.take_along_axis(scores, ids, -1)
        if c["norm_topk_prob"]:
            weights = weights / (weights.sum(-1, keepdims=True) + np.float32(1e-20))
        return ids, (weights * np.float32(c["routed_scaling_factor"])).astype(np.float32), scores, gap

    def is_moe(self, layer):
        c = self.config
        return bool(c.get("n_routed_experts")) and layer >= c["first_k_dense_replace"] and layer % c.get("moe_layer_freq", 1) == 0

    def layer(self, x, index, positions, out, name):
        """One decoder layer; routing goes to out[name.router.*]."""
        prefix = f"model.layers.{index}."
        x = x + self.attention(self.norm(x, prefix + "input_layernorm"), prefix + "self_attn.", positions)
        y = self.norm(x, prefix + "post_attention_layernorm")
        mlp = prefix + "mlp."
        if not self.is_moe(index):
            return x + self.feed_forward(y, mlp)
        ids, weights, scores, gap = self.route(y, mlp)
        out[name + ".router.topk_ids"] = ids.astype(np.int32)
        out[name + ".router.topk_weights"] = weights
        out[name + ".router.scores"] = scores
        self.gap = min(self.gap, gap)
        total = np.zeros_like(x)
        for expert in range(self.config["n_routed_experts"]):
            rows, slots = np.nonzero(ids == expert)
            if len(rows):
                total[rows] += weights[rows, slots, None] * self.feed_forward(y[rows], f"{mlp}experts.{expert}.")
        if self.config.get("n_shared_experts"):
            total = total + self.feed_forward(y, mlp + "shared_experts.")
        return x + total

    def head(self, x, name):
        own, tied = name + ".weight", "model.embed_tokens.weight"
        return x @ self.weight(own if self.has(own) else "lm_head.weight" if self.has("lm_head.weight") else tied).T

    def module(self, k, ids, positions, hidden, mask_position_zero=False):
        """MTP module k (from 1) on hidden [>= T - k, H]: (block_in, block_out, normed, logits, routing)."""
        index = self.config["num_hidden_layers"] + k - 1
        prefix, rows, out = f"model.layers.{index}.", len(ids) - k, {}
        table = prefix + "embed_tokens.weight"
        embedded = self.weight(table if self.has(table) else "model.embed_tokens.weight")[ids[k:]]
        if mask_position_zero:
            embedded = np.where(positions[:rows, None] == 0, np.float32(0), embedded)
        pair = [self.norm(embedded, prefix + "enorm"), self.norm(hidden[:rows], prefix + "hnorm")]
        block_in = self.linear(np.concatenate(pair, -1), prefix + "eh_proj")
        block_out = self.layer(block_in, index, positions[:rows], out, f"mtp.{k}")
        normed = self.norm(block_out, prefix + "shared_head.norm")
        return block_in, block_out, normed, self.head(normed, prefix + "shared_head.head"), out

    def run(self, ids, positions):
        """Every tensor that `draftscope forward` writes, by name; self.gap is the smallest margin of any choice."""
        self.gap = math.inf
        ids, positions = np.asarray(ids), np.asarray(positions)
        out = {"input_ids": ids.astype(np.int32), "position_ids": positions.astype(np.int32)}
        x = self.weight("model.embed_tokens.weight")[ids]
        for index in range(self.config["num_hidden_layers"]):
            x = self.layer(x, index, positions, out, f"main.layers.{index}")
            out[f"main.layers.{index}.out"] = x
        out["main.hidden_prenorm"] = x
        out["main.hidden"] = self.norm(x, "model.norm")
        out["main.logits"] = self.head(out["main.hidden"], "lm_head")
        count = min(self.config.get("num_nextn_predict_layers") or 0, len(ids) - 1)
        for variant in [None, "mask_pos0", "chain_postnorm", "main_prenorm"]:
            hidden = out["main.hidden_prenorm" if variant == "main_prenorm" else "main.hidden"]
            for k in range(1, count + 1):
                block_in, block_out, normed, logits, routing = self.module(k, ids, positions, hidden, variant == "mask_pos0")
                hidden = normed if variant == "chain_postnorm" else block_out
                if variant is None:
                    out |= {f"mtp.{k}.block_in": block_in, f"mtp.{k}.block_out": block_out, f"mtp.{k}.normed": normed}
                    out |= {f"mtp.{k}.logits": logits} | routing
                elif variant != "chain_postnorm" or k > 1:
                    out[f"alt.{variant}.mtp.{k}.logits"] = logits
        return out
