/** Expert tensors by name: what the reference finds by trying every row of its expert table. */

export interface ExpertMatch {
  /** Number in the name. */
  readonly expert: number;
  readonly shard: 'w1' | 'w2' | 'w3';
  /** The part of the name that is replaced, everywhere. */
  readonly fragment: string;
  readonly replacement: 'experts.w13_' | 'experts.w2_';
}

const shardOf = { gate_proj: 'w1', down_proj: 'w2', up_proj: 'w3' } as const;
/** Numbers are written without leading zeros in the table's fragments. */
const pattern = /experts\.(0|[1-9]\d*)\.(gate_proj|down_proj|up_proj)\./g;
const shardOrder = { w1: 0, w2: 1, w3: 2 } as const;

/** Every table fragment in the name, once each, in the order of the table: by expert, then gate, down, up. */
export function expertMatches(name: string): readonly ExpertMatch[] {
  if (!name.includes('experts.')) return [];
  pattern.lastIndex = 0;
  const first = pattern.exec(name);
  if (first === null) return [];
  const match = matchOf(first);
  if (name.indexOf('experts.', pattern.lastIndex) < 0) return [match];
  const found = new Map([[match.fragment, match]]);
  for (let next = pattern.exec(name); next !== null; next = pattern.exec(name)) {
    const another = matchOf(next);
    found.set(another.fragment, another);
  }
  return [...found.values()].sort((a, b) => a.expert - b.expert || shardOrder[a.shard] - shardOrder[b.shard]);
}

function matchOf([fragment, digits, projection]: RegExpExecArray): ExpertMatch {
  const shard = shardOf[projection as keyof typeof shardOf];
  return { expert: Number(digits), shard, fragment, replacement: shard === 'w2' ? 'experts.w2_' : 'experts.w13_' };
}
