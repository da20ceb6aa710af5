import type { Checkpoint, Story } from '../../../electron/common/contract.ts';
import { formatBytes, formatCount, formatShape } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import type { Selection } from '../../stores/selectionStore.ts';
import { dtypeOf, shapeOf } from '../../stores/tensorFacts.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { OutcomeMark } from '../../widgets/OutcomeMark.tsx';
import { type Area, Rectangles } from '../../widgets/Rectangles.tsx';
import { RuleStory } from '../../widgets/RuleStory.tsx';
import { CountedValues } from './CountedValues.tsx';
import { RankSlices } from './RankSlices.tsx';
import { TensorBytes } from './TensorBytes.tsx';

/** What happens to one tensor, step by step, and which part of it goes where. */
export function StoryPane(props: {
  stores: Stores;
  selection: Extract<Selection, { kind: 'tensor' }>;
  checkpoint: Checkpoint;
  /** Space for the drawings, in CSS pixels. */
  width: number;
}) {
  const { stores, selection, checkpoint, width } = props;
  const { story, failure } = selection;
  if (failure) return <FailureBox failure={failure} />;
  if (!story) return <p className="paneHint">Asking the rule table …</p>;
  return (
    <div className="story" data-testid="story">
      <p className="storyName mono">{story.name}</p>
      <div className="storyOutcome">
        <OutcomeMark outcome={story.outcome} />
      </div>
      <p className="storyWhere mono">{whereWords(checkpoint, story.tensor)}</p>
      <p className="storySummary">{story.summary}</p>
      <RankSlices stores={stores} story={story} shape={shapeOf(checkpoint.tensors, story.tensor)} />
      <h3>Rules it met</h3>
      <RuleStory steps={story.steps} />
      {story.rewritten !== null && story.rewritten !== story.name && (
        <>
          <h3>Rewritten to</h3>
          <p className="storyName mono">{story.rewritten}</p>
        </>
      )}
      {story.parameter && <Destination story={story} shape={shapeOf(checkpoint.tensors, story.tensor)} width={width} />}
      <Reported story={story} />
      <CountedValues stores={stores} tensor={story.tensor} />
      <TensorBytes stores={stores} tensor={story.tensor} width={width} />
    </div>
  );
}

/** "model-00163-of-000163.safetensors, F8_E4M3 2048 × 7168, 14.68 MB" */
function whereWords({ tensors, files }: Checkpoint, tensor: number): string {
  const file = files[tensors.file[tensor] ?? -1]?.name;
  if (file === undefined) return 'named by the index, in no file';
  const shape = formatShape(shapeOf(tensors, tensor));
  return `${file}, ${dtypeOf(tensors, tensor)} ${shape}, ${formatBytes(tensors.bytes[tensor] ?? 0)}`;
}

function Destination({ story, shape, width }: { story: Story; shape: readonly number[]; width: number }) {
  const { parameter, slot, expert, copies } = story;
  if (!parameter) return null;
  const sources = copies.flatMap((copy) => (copy.src ? [copy.src] : []));
  const source: Area = { title: 'from the tensor', shape, boxes: sources };
  const target: Area = {
    title: 'into the parameter',
    shape: parameter.shape,
    boxes: copies.map((copy) => copy.dst),
  };
  const fills = copies.filter((copy) => copy.fill !== undefined).length;
  return (
    <>
      <h3>Goes into</h3>
      <dl className="facts">
        <div>
          <dt>parameter</dt>
          <dd className="mono breakAll">{parameter.name}</dd>
        </div>
        <div>
          <dt>shape on this rank</dt>
          <dd className="mono">{`${formatShape(parameter.shape)} ${parameter.dtype}`}</dd>
        </div>
        <div>
          <dt>slot</dt>
          <dd className="mono">{slot ?? 'whole parameter'}</dd>
        </div>
        {expert !== null && (
          <div>
            <dt>expert</dt>
            <dd className="mono">{expert}</dd>
          </div>
        )}
      </dl>
      {copies.length > 0 && (
        <Rectangles areas={sources.length > 0 ? [source, target] : [target]} width={width} fill="fill-loaded" />
      )}
      {fills > 0 && (
        <p className="muted">{`${formatCount(fills)} of the rectangles is filled with a constant, not copied.`}</p>
      )}
    </>
  );
}

function Reported({ story }: { story: Story }) {
  const { reported, parameter, outcome } = story;
  const truly = outcome === 'loaded' && parameter ? parameter.name : null;
  const odd = reported.filter((name) => name !== truly);
  return (
    <>
      <h3>What the reference reports</h3>
      {reported.length === 0 && <p className="muted">It adds nothing to its set of loaded names.</p>}
      <ul className="reported">
        {reported.map((name) => (
          <li key={String(name)} className="mono breakAll">
            {name ?? 'None'}
          </li>
        ))}
      </ul>
      {odd.length > 0 && (
        <p className="reportedOdd">
          {truly === null
            ? 'Reported as loaded, although nothing was copied.'
            : 'Reported under a name that is not the parameter it went into.'}
        </p>
      )}
    </>
  );
}
