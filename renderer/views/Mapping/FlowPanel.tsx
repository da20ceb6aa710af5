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
import { FlowDiagram, type FlowEntry } from '../../widgets/FlowDiagram.tsx';
import { Segments } from '../../widgets/Segments.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { outcomeNames } from './tensorColumns.tsx';

const measures = [
  { value: 'tensors', label: 'tensors' },
  { value: 'bytes', label: 'bytes' },
] as const;

/** Files -> rules -> parameters of the shown tensors, to scale. A press on a box shows what runs through it. */
export function FlowPanel(props: { stores: Stores; checkpoint: Checkpoint; plan: Plan; rows: Uint32Array }) {
  const { stores, checkpoint, plan, rows } = props;
  const filter = useStoreValue(stores.mapping, (state) => state.filter);
  const measure = useStoreValue(stores.mapping, (state) => state.flowMeasure);
  const flow = useMemo(() => mappingFlow(checkpoint, plan, rows, measure), [checkpoint, plan, rows, measure]);
  const idle = plan.rules.filter(({ tensors }) => tensors === 0);

  function pick(column: number, entry: number): void {
    if (column === 0) {
      const [file, ...others] = flow.files[entry]?.members ?? [];
      if (file === undefined || others.length > 0) return;
      stores.mapping.narrow({ file: filter.file === file ? null : file });
    } else if (column === 1) {
      const rule = flow.rules[entry]?.members[0] ?? null;
      stores.mapping.narrow({ rule: filter.rule === rule ? null : rule });
    } else {
      const name = plan.parameters[flow.parameters[entry]?.members[0] ?? -1]?.name;
      if (name !== undefined) stores.mapping.narrow({ search: `to:${searchFor(name)}` });
    }
  }

  const ruleFill = (node: FlowNode) => `fill-${plan.rules[node.members[0] ?? -1]?.outcome ?? 'skipped'}`;
  return (
    <section className="flowPanel" aria-label="Files, rules and parameters">
      <FlowDiagram
        label="Flow of the shown tensors"
        testId="mapping-flow"
        height={124}
        columns={[
          {
            title: 'files',
            width: 104,
            grow: 1,
            entries: flow.files.map((node) => entryOf(node, measure, 'fill-rest', filter.file !== null)),
          },
          {
            title: 'rules, in the order in which they are tried',
            width: 232,
            grow: 1,
            entries: flow.rules.map((node) =>
              entryOf(
                node,
                measure,
                ruleFill(node),
                filter.rule === node.members[0],
                plan.rules[node.members[0] ?? -1],
              ),
            ),
          },
          {
            title: 'drafter parameters',
            width: 168,
            grow: 1,
            entries: flow.parameters.map((node) => entryOf(node, measure, 'fill-loaded', false)),
          },
        ]}
        joins={[flow.fromFiles.map(joinOf), flow.toParameters.map(joinOf)]}
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

function joinOf({ from, to, value, outcome }: FlowLink) {
  return { from, to, value, fill: `fill-${outcomeNames[outcome] ?? 'error'}` };
}
