import { useMemo } from 'react';
import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatCount, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import {
  type FlowLink,
  type FlowMeasure,
  type FlowNode,
  mappingFlow,
  parameterGroup,
} from '../../stores/mappingFlow.ts';
import { FlowDiagram } from '../../widgets/FlowDiagram.tsx';
import type { FlowColumn, FlowEntry, FlowJoin } from '../../widgets/flowLayout.ts';
import { flowSvg } from '../../widgets/flowSvg.ts';
import { SaveButton } from '../../widgets/SaveButton.tsx';
import { Segments } from '../../widgets/Segments.tsx';
import { useColours } from '../../widgets/useColours.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { useOffer } from '../useOffer.ts';
import { outcomeNames } from './tensorColumns.tsx';

const measures = [
  { value: 'tensors', label: 'tensors' },
  { value: 'bytes', label: 'bytes' },
] as const;

/** Files -> rules -> parameters of the shown tensors, to scale. A press on a box shows what runs through it. */
export function FlowPanel(props: { stores: Stores; checkpoint: Checkpoint; plan: Plan; rows: Uint32Array }) {
  const { stores, checkpoint, plan, rows } = props;
  const colours = useColours();
  const filter = useStoreValue(stores.mapping, (state) => state.filter);
  const measure = useStoreValue(stores.mapping, (state) => state.flowMeasure);
  const flow = useMemo(() => mappingFlow(checkpoint, plan, rows, measure), [checkpoint, plan, rows, measure]);
  const idle = plan.rules.filter(({ tensors }) => tensors === 0);

  function pick(column: number, entry: number): void {
    if (column === 0) {
      const members = flow.files[entry]?.members ?? [];
      const run = { first: members[0] ?? -1, last: members.at(-1) ?? -1 };
      const alone = filter.files?.first === run.first && filter.files.last === run.last;
      stores.mapping.narrow({ files: alone ? null : run });
    } else if (column === 1) {
      const rule = flow.rules[entry]?.members[0] ?? null;
      stores.mapping.narrow({ rule: filter.rule === rule ? null : rule });
    } else {
      const name = plan.parameters[flow.parameters[entry]?.members[0] ?? -1]?.name;
      if (name !== undefined) stores.mapping.narrow({ search: `to:${searchFor(name)}` });
    }
  }

  const showAllFiles = () => stores.mapping.narrow({ files: null });
  const ruleFill = (node: FlowNode) => `fill-${plan.rules[node.members[0] ?? -1]?.outcome ?? 'skipped'}`;
  const columns: FlowColumn[] = [
    {
      title: 'files',
      ...(filter.files === null
        ? {}
        : { back: { label: `‹ all ${formatCount(checkpoint.files.length)}`, press: showAllFiles } }),
      width: 104,
      grow: 1,
      entries: flow.files.map((node) => fileEntry(node, measure, filter.files !== null)),
    },
    {
      title: 'rules, in the order in which they are tried',
      width: 232,
      grow: 1,
      entries: flow.rules.map((node) =>
        entryOf(node, measure, ruleFill(node), filter.rule === node.members[0], plan.rules[node.members[0] ?? -1]),
      ),
    },
    {
      title: 'drafter parameters',
      width: 168,
      grow: 1,
      entries: flow.parameters.map((node) => entryOf(node, measure, 'fill-loaded', false)),
    },
  ];
  const joins = [
    flow.fromFiles.map((link) => joinOf(link, flow.files, flow.rules)),
    flow.toParameters.map((link) => joinOf(link, flow.rules, flow.parameters)),
  ];
  const saveDrawing = () =>
    stores.exports.drawing(
      'flow',
      flowSvg(`${checkpoint.name}, rank ${plan.parallel.rank}: files, rules, parameters`, columns, joins, colours),
    );
  useOffer(stores, 'Save the flow of files, rules and parameters as a drawing (SVG)…', saveDrawing);
  return (
    <section className="flowPanel" aria-label="Files, rules and parameters">
      <FlowDiagram
        label="Flow of the shown tensors"
        testId="mapping-flow"
        height={124}
        columns={columns}
        joins={joins}
        onPick={pick}
      />
      <div className="flowFoot">
        <Segments
          label="Bands count"
          labelHidden
          options={measures}
          value={measure}
          onChange={(value) => stores.mapping.measureFlow(value)}
        />
        <SaveButton label="SVG…" title="The flow as a drawing" save={saveDrawing} />
        {idle.length > 0 && (
          <span className="muted cutEnd" title={idle.map(({ id, explain }) => `${id}: ${explain}`).join('\n')}>
            {`${formatCountOf(idle.length, 'rule')} took no tensor: ${idle.map(({ id }) => id).join(', ')}`}
          </span>
        )}
      </div>
    </section>
  );
}

/** What the search language needs to find the parameters of the same group. */
function searchFor(name: string): string {
  const group = parameterGroup(name);
  const family: Record<string, string> = {
    attention: 'self_attn.',
    'shared experts': 'shared_experts',
    'router gate': 'mlp.gate.',
    'dense mlp': 'mlp.',
    norms: 'norm',
    head: 'head',
  };
  return family[group] ?? group;
}

function entryOf(
  node: FlowNode,
  measure: FlowMeasure,
  fill: string,
  pressed: boolean,
  rule?: { readonly explain: string; readonly source: string },
): FlowEntry {
  const figure = measure === 'bytes' ? formatBytes(node.bytes) : formatCount(node.tensors);
  const told = `${node.label}\n${formatCountOf(node.tensors, 'tensor')}, ${formatBytes(node.bytes)}`;
  return {
    id: node.id,
    label: node.label,
    figure,
    value: node.value,
    title: rule ? `${rule.explain}\n${told}\n${rule.source}` : told,
    pressed,
    fill,
  };
}

/** A band of several files says so: a press on it shows them. */
function fileEntry(node: FlowNode, measure: FlowMeasure, chosen: boolean): FlowEntry {
  const count = node.members.length;
  const entry = entryOf(node, measure, 'fill-rest', chosen && count === 1);
  return count === 1
    ? entry
    : { ...entry, title: `${formatCountOf(count, 'file')}; press to see them\n${entry.title}` };
}

function joinOf(link: FlowLink, left: readonly FlowNode[], right: readonly FlowNode[]): FlowJoin {
  const { from, to, value, tensors, bytes, outcome } = link;
  return {
    from,
    to,
    value,
    title: `${left[from]?.label} → ${right[to]?.label}\n${formatCountOf(tensors, 'tensor')}, ${formatBytes(bytes)}`,
    fill: `fill-${outcomeNames[outcome] ?? 'error'}`,
  };
}
