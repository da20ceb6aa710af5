import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact, formatCount, formatCountOf, formatPercent, formatShape } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { ProgressBar } from '../../widgets/ProgressBar.tsx';
import { coverageFill } from './coverage.ts';
import { SlotGrid } from './SlotGrid.tsx';

/** More than these are better looked at as rows of the table. */
const listed = 8;

/** One parameter of the drafter: its slots, and the tensors that fill them. */
export function ParameterPane(props: {
  stores: Stores;
  checkpoint: Checkpoint;
  plan: Plan;
  index: number;
  /** Space for the grid, in CSS pixels. */
  width: number;
}) {
  const { stores, checkpoint, plan, index, width } = props;
  const parameter = plan.parameters[index];
  if (!parameter) return null;
  const { name, shape, dtype, bytes, numel, covered, slots } = parameter;
  const sources = tensorsOf(plan, index);
  return (
    <div className="story" data-testid="parameter-story">
      <p className="storyName mono">{name}</p>
      <dl className="facts">
        <div>
          <dt>shape on this rank</dt>
          <dd className="mono">{`${formatShape(shape)} ${dtype}`}</dd>
        </div>
        <div>
          <dt>size</dt>
          <dd className="mono" title={formatBytesExact(bytes)}>
            {formatBytes(bytes)}
          </dd>
        </div>
        <div>
          <dt>filled by the files</dt>
          <dd className="mono">{`${formatPercent(numel > 0 ? covered / numel : 1)} of ${formatCountOf(numel, 'element')}`}</dd>
        </div>
      </dl>
      <h3>Slots</h3>
      <table className="slotTable">
        <thead>
          <tr>
            <th scope="col">slot</th>
            <th scope="col" className="numeric">
              tensors
            </th>
            <th scope="col">filled</th>
            <th scope="col" className="numeric">
              share
            </th>
          </tr>
        </thead>
        <tbody>
          {slots.map((slot) => (
            <tr key={slot.slot}>
              <td className="mono">{slot.slot === '' ? 'whole' : slot.slot}</td>
              <td className="mono numeric">{formatCount(slot.tensors)}</td>
              <td className="slotBar">
                <ProgressBar
                  done={slot.covered}
                  total={slot.numel}
                  fill={coverageFill(slot.covered, slot.numel)}
                  label={`slot ${slot.slot}`}
                />
              </td>
              <td className="mono numeric">{formatPercent(slot.numel > 0 ? slot.covered / slot.numel : 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <SlotGrid stores={stores} checkpoint={checkpoint} plan={plan} index={index} width={width} />
      <h3>{`Filled from ${formatCountOf(sources.length, 'tensor')}`}</h3>
      {sources.length === 0 && (
        <p className="muted">No tensor of this checkpoint goes here: it keeps what the model class put in.</p>
      )}
      <ul className="linkList">
        {sources.slice(0, listed).map((tensor) => (
          <li key={tensor}>
            <button
              type="button"
              className="linkButton mono breakAll"
              onClick={() => stores.navigation.reveal({ kind: 'tensor', name: checkpoint.tensors.names[tensor] ?? '' })}
            >
              {checkpoint.tensors.names[tensor]}
            </button>
          </li>
        ))}
      </ul>
      {sources.length > listed && (
        <p>
          <button
            type="button"
            className="button"
            onClick={() => {
              stores.mapping.showTensorsOf(name);
              stores.view.show('mapping');
            }}
          >
            {`Show all ${formatCount(sources.length)} in the table`}
          </button>
        </p>
      )}
    </div>
  );
}

function tensorsOf(plan: Plan, parameter: number): number[] {
  const tensors: number[] = [];
  plan.tensors.parameter.forEach((target, tensor) => {
    if (target === parameter && plan.tensors.outcome[tensor] === 0) tensors.push(tensor);
  });
  return tensors;
}
