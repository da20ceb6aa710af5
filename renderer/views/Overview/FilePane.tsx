import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact, formatCount } from '../../format.ts';

const outcomeWords = ['loaded', 'skipped', 'would fail'] as const;

/** One shard file: what the drafter of the looked-at rank does with its tensors. */
export function FilePane({ checkpoint, plan, index }: { checkpoint: Checkpoint; plan: Plan; index: number }) {
  const file = checkpoint.files[index];
  if (!file) return null;
  const sums = outcomeWords.map((word) => ({ word, tensors: 0, bytes: 0 }));
  checkpoint.tensors.file.forEach((of, tensor) => {
    const sum = of === index ? sums[plan.tensors.outcome[tensor] ?? 2] : undefined;
    if (!sum) return;
    sum.tensors += 1;
    sum.bytes += checkpoint.tensors.bytes[tensor] ?? 0;
  });
  return (
    <div className="story" data-testid="file-story">
      <p className="storyName mono">{file.name}</p>
      <dl className="facts">
        <div>
          <dt>size</dt>
          <dd className="mono" title={formatBytesExact(file.bytes)}>
            {formatBytes(file.bytes)}
          </dd>
        </div>
        <div>
          <dt>tensors</dt>
          <dd className="mono">{formatCount(file.tensors)}</dd>
        </div>
      </dl>
      <h3>{`What the drafter on rank ${plan.parallel.rank} does with them`}</h3>
      <dl className="facts">
        {sums.map(({ word, tensors, bytes }) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd className="mono">{`${formatCount(tensors)} · ${formatBytes(bytes)}`}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
