/** Other readers of the same files, run beside ours where the machine has them. */
import { askPython } from './peers/askPeer.ts';
import type { BenchContext } from './section.ts';

export interface PeerTimes {
  readonly name: string;
  /** null = it was not run; `note` says why. */
  readonly millis: readonly number[] | null;
  readonly note: string;
}

/** Opens every file and asks for name, dtype and shape of every tensor: what a plan needs, and no more. */
const script = `
import json, sys, time, os
import safetensors
from safetensors import safe_open
folder, runs = sys.argv[1], int(sys.argv[2])
files = sorted(f for f in os.listdir(folder) if f.endswith(".safetensors"))
times = []
for _ in range(runs):
    begin = time.perf_counter()
    count = 0
    for name in files:
        with safe_open(os.path.join(folder, name), framework="np") as f:
            for key in f.keys():
                piece = f.get_slice(key)
                piece.get_dtype(), piece.get_shape()
                count += 1
    times.append((time.perf_counter() - begin) * 1000)
print(json.dumps({"times": times, "tensors": count, "version": safetensors.__version__, "python": sys.version.split()[0]}))
`;

interface Times {
  readonly times: readonly number[];
  readonly version: string;
  readonly python: string;
}

/** Python's safetensors, when BENCH_PYTHON names an interpreter that has it (with numpy). */
export function pythonTimes({ runs, say }: BenchContext, folder: string): PeerTimes {
  const name = 'Python safetensors';
  say(`${name}: ${folder}`);
  const answer = askPython<Times>(name, ['-c', script, folder, String(runs)]);
  if (answer.found === null) return { name, millis: null, note: answer.note };
  const { times, version, python } = answer.found;
  return { name, millis: times, note: `${version}, Python ${python}: names, dtypes and shapes; no plan` };
}

/** Reads a file into memory and looks at every byte once: a mapped file is not read before it is looked at. */
const loadScript = `
import json, sys, time
import numpy, safetensors
from safetensors.numpy import load_file
path, runs = sys.argv[1], int(sys.argv[2])
times = []
for _ in range(runs):
    begin = time.perf_counter()
    tensors = load_file(path)
    seen = sum(int(t.view(numpy.uint64).sum()) for t in tensors.values())
    times.append((time.perf_counter() - begin) * 1000)
    del tensors
print(json.dumps({"times": times, "version": safetensors.__version__, "python": sys.version.split()[0]}))
`;

/** Python's safetensors.numpy.load_file with every byte touched. */
export function loadFileTimes({ runs, say }: Pick<BenchContext, 'runs' | 'say'>, path: string): PeerTimes {
  const name = 'Python load_file';
  say(name);
  const answer = askPython<Times>(name, ['-c', loadScript, path, String(runs)]);
  if (answer.found === null) return { name, millis: null, note: answer.note };
  const { times, version, python } = answer.found;
  return { name, millis: times, note: `safetensors ${version}, Python ${python}, bytes touched` };
}
