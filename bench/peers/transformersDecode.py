"""transformersDecode.py CHECKPOINT THREADS RUNS NEW_TOKENS IDS: greedy decoding with a KV cache in transformers on the CPU.

One call of the model per token and an argmax: none of what generate() does around it. The token that comes out of the
prompt is not timed. Prints {"version", "decodes": [{"name", "note", "ids", "rates"}]} as its last line, rates in tokens/s.
"""
import json
import sys
import time

import torch
import transformers

folder, threads, runs, new_tokens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
prompt = torch.tensor([json.loads(sys.argv[5])])
torch.set_num_threads(threads)
transformers.logging.set_verbosity_error()


def decode(model):
    ids, begin = [], 0.0
    cache = transformers.DynamicCache(config=model.config)
    tokens = prompt
    while len(ids) < new_tokens:
        logits = model(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1).logits
        tokens = logits[:, -1].argmax(-1, keepdim=True)
        ids.append(int(tokens))
        if len(ids) == 1:
            begin = time.perf_counter()
    return ids, (new_tokens - 1) / (time.perf_counter() - begin)


decodes = []
for dtype, note in ((torch.float32, "weights widened to float32"), (torch.bfloat16, "weights as stored, arithmetic in bf16")):
    model = transformers.DeepseekV3ForCausalLM.from_pretrained(folder, dtype=dtype).eval()
    with torch.inference_mode():
        decode(model)
        all_runs = [decode(model) for _ in range(runs)]
    rates = [rate for _, rate in all_runs]
    name = str(dtype).removeprefix("torch.")
    decodes.append({"name": name, "note": note, "ids": all_runs[0][0], "rates": rates})
print(json.dumps({"version": f"transformers {transformers.__version__}, torch {torch.__version__}", "decodes": decodes}))
