import { useEffect, useState } from 'react';
import type { Story, TensorSlices } from '../../../electron/common/contract.ts';
import { formatBox, formatCount, listRanges } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { flatten } from '../../widgets/Rectangles.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

type Group = TensorSlices['groups'][number];

/** The part of the tensor that each rank takes: one small rectangle for ranks that do the same. */
export function RankSlices(props: { stores: Stores; story: Story; shape: readonly number[] }) {
  const { stores, story, shape } = props;
  const { answer: slices, failure } = useStoreValue(stores.slices, (state) => state);
  const { rank } = useStoreValue(stores.plan, shownParallel);
  const [pointed, setPointed] = useState<number | null>(null);
  // A story is made anew for every tensor and every plan.
  useEffect(() => void stores.slices.ask({ tensor: story.tensor }), [stores, story]);
  if (failure) return <FailureBox failure={failure} />;
  if (slices === null || slices.tensor !== story.tensor || slices.numRanks === 1) return null;
  const own = slices.groups.findIndex(({ ranks }) => ranks.includes(rank));
  const shown = slices.groups[pointed ?? own] ?? slices.groups[own];
  return (
    <>
      <h3>On every rank</h3>
      <p data-testid="slices-sentence">{holdersSentence(slices)}</p>
      <div className="rankSlices" data-testid="rank-slices">
        {slices.groups.map((group, index) => (
          <button
            key={group.ranks[0]}
            type="button"
            className={index === own ? 'rankSlice isOwn' : 'rankSlice'}
            aria-label={describeSlice(group, shape)}
            title={rank === group.ranks[0] ? undefined : `Look at rank ${group.ranks[0]}`}
            onPointerEnter={() => setPointed(index)}
            onPointerLeave={() => setPointed(null)}
            onFocus={() => setPointed(index)}
            onBlur={() => setPointed(null)}
            onClick={() => void stores.plan.change({ rank: group.ranks[0] ?? 0 })}
          >
            <Slice group={group} shape={shape} />
            <span className="mono">{rankLabel(group.ranks)}</span>
          </button>
        ))}
      </div>
      {shown && (
        <p className="muted rankSliceTold" data-testid="slice-told">
          {describeSlice(shown, shape)}
        </p>
      )}
    </>
  );
}

const drawn = { width: 36, height: 28 };

function Slice({ group, shape }: { group: Group; shape: readonly number[] }) {
  const { rows, columns } = flatten(shape);
  return (
    <svg width={drawn.width + 1} height={drawn.height + 1} aria-hidden="true">
      <rect
        x={0.5}
        y={0.5}
        width={drawn.width}
        height={drawn.height}
        className={group.outcome === 'error' ? 'fill-error' : 'rectangleWhole'}
      />
      {group.copies.map(({ src }) => {
        // A fill reads nothing that could be drawn as a part; it stands for all of the tensor.
        const across: readonly [number, number] = src?.at(-1) ?? [0, columns];
        const down: readonly [number, number] =
          src !== undefined && src.length >= 2 ? (src.at(-2) ?? [0, rows]) : [0, rows];
        return (
          <rect
            key={src ? formatBox(src) : 'fill'}
            className="fill-loaded"
            x={0.5 + (across[0] / Math.max(1, columns)) * drawn.width}
            y={0.5 + (down[0] / Math.max(1, rows)) * drawn.height}
            width={Math.max(1.5, ((across[1] - across[0]) / Math.max(1, columns)) * drawn.width)}
            height={Math.max(1.5, ((down[1] - down[0]) / Math.max(1, rows)) * drawn.height)}
          />
        );
      })}
    </svg>
  );
}

/** "0", "0–3", "7 ranks" where the list would be long */
function rankLabel(ranks: readonly number[]): string {
  const list = listRanges(ranks);
  return list.length <= 7 ? list : `${formatCount(ranks.length)} ranks`;
}

/** "Rank 3 of 8 holds it.", "All 8 ranks hold it, each a part of its own." */
export function holdersSentence({ groups, numRanks }: TensorSlices): string {
  const holding = groups.filter(({ outcome }) => outcome === 'loaded');
  const ranks = holding.flatMap((group) => group.ranks).sort((a, b) => a - b);
  const failing = groups.filter(({ outcome }) => outcome === 'error').flatMap((group) => group.ranks);
  if (failing.length > 0)
    return `It fails on ${failing.length === numRanks ? 'all' : `${formatCount(failing.length)} of`} ${formatCount(numRanks)} ranks.`;
  if (ranks.length === 0) return `The drafter loads it on none of the ${formatCount(numRanks)} ranks.`;
  const parts = new Set(holding.map(({ copies }) => JSON.stringify(copies.map(({ src }) => src))));
  const how = parts.size === 1 ? '' : `, in ${formatCount(parts.size)} different parts`;
  if (ranks.length === numRanks) return `All ${formatCount(numRanks)} ranks load it${how}.`;
  if (ranks.length === 1) return `Rank ${ranks[0]} of ${formatCount(numRanks)} loads it.`;
  return `Ranks ${listRanges(ranks)} of ${formatCount(numRanks)} load it${how}.`;
}

/** "Rank 3: rows 256 to 511 of 2048 into model.layers...w13_weight [3:4, 0:256, 0:7168], w1." */
export function describeSlice(group: Group, shape: readonly number[]): string {
  const { ranks, outcome, copies, parameter, slot, summary } = group;
  const who = ranks.length === 1 ? `Rank ${ranks[0]}` : `Ranks ${listRanges(ranks)}`;
  // The ranks that do hold it are in the list; naming all that don't would fill the pane.
  if (outcome === 'skipped' && group.expert !== null && ranks.length > 1)
    return `${who}: skipped, expert ${group.expert} is on another rank.`;
  if (outcome !== 'loaded' || parameter === null) return `${who}: ${summary}`;
  const boxes = copies.map(({ src, dst }) => `${src ? partText(src, shape) : 'a constant'} into ${formatBox(dst)}`);
  return `${who}: ${boxes.join('; ')} of ${parameter.name}${slot === null ? '' : `, slot ${slot}`}.`;
}

function partText(box: readonly (readonly [number, number])[], shape: readonly number[]): string {
  const cut = box.flatMap(([start, end], dim) => {
    const size = shape[dim] ?? end;
    if (start === 0 && end === size) return [];
    const name =
      box.length === 1
        ? 'entries'
        : dim === box.length - 2
          ? 'rows'
          : dim === box.length - 1
            ? 'columns'
            : `dimension ${dim}`;
    return [`${name} ${start} to ${end - 1} of ${size}`];
  });
  return cut.length === 0 ? 'all of it' : cut.join(', ');
}
