import { useId, useState } from 'react';
import type { ParallelConfig } from '../../../electron/common/domain.ts';
import { formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { type ReadCommand, readServingCommand } from '../../stores/readServingCommand.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** Everything about the set-up, the bar above holds the most used; and a serving command line as a whole. */
export function SetUpPanel({ stores }: { stores: Stores }) {
  const parallel = useStoreValue(stores.plan, shownParallel);
  const status = useStoreValue(stores.plan, (state) => state.status);
  const change = (patch: Partial<ParallelConfig>) => void stores.plan.change(patch);
  return (
    <Panel title="Set-up" aside="as the serving engine names it">
      <div className="setUp">
        <NumberField
          label="redundant experts"
          value={parallel.numRedundantExperts}
          onChange={(numRedundantExperts = 0) => change({ numRedundantExperts })}
        />
        <NumberField
          label="drafts per step (k)"
          least={1}
          whenEmpty="as MTP layers"
          value={parallel.numSpeculativeTokens}
          onChange={(numSpeculativeTokens) => change({ numSpeculativeTokens })}
        />
        <label className="field">
          <span className="fieldLabel">all2all backend</span>
          <select value={parallel.all2allBackend} onChange={(event) => change({ all2allBackend: event.target.value })}>
            {backendsWith(parallel.all2allBackend).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <CheckField label="EPLB" on={parallel.enableEplb} onChange={(enableEplb) => change({ enableEplb })} />
        <CheckField
          label="AITER fused experts"
          on={parallel.aiterFusedMoe}
          onChange={(aiterFusedMoe) => change({ aiterFusedMoe, aiterFusedSharedExperts: false })}
        />
        <CheckField
          label="fused shared experts"
          on={parallel.aiterFusedSharedExperts}
          onChange={(on) => change({ aiterFusedSharedExperts: on, ...(on ? { aiterFusedMoe: true } : {}) })}
        />
        <CheckField label="latent attention (MLA)" on={parallel.useMla} onChange={(useMla) => change({ useMla })} />
      </div>
      {status.kind === 'failed' && <FailureBox failure={status.failure} testId="set-up-failure" />}
      <CommandField stores={stores} />
    </Panel>
  );
}

const backends = [
  'allgather_reducescatter',
  'naive',
  'pplx',
  'deepep_high_throughput',
  'deepep_low_latency',
  'flashinfer_all2allv',
];

function backendsWith(present: string): readonly string[] {
  return backends.includes(present) ? backends : [...backends, present];
}

interface NumberFieldProps {
  readonly label: string;
  readonly least?: number;
  /** What an empty field means; absent = it may not be empty. */
  readonly whenEmpty?: string;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
}

function NumberField({ label, least = 0, whenEmpty, value, onChange }: NumberFieldProps) {
  return (
    <label className="field">
      <span className="fieldLabel">{label}</span>
      <input
        type="number"
        min={least}
        max={16384}
        placeholder={whenEmpty}
        value={value ?? ''}
        onChange={({ target: { value: text, valueAsNumber, validity } }) => {
          if (text === '' && !validity.badInput && whenEmpty !== undefined) onChange(undefined);
          else if (Number.isInteger(valueAsNumber) && valueAsNumber >= least && valueAsNumber <= 16384)
            onChange(valueAsNumber);
        }}
      />
    </label>
  );
}

function CheckField(props: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <label className="field">
      <input type="checkbox" checked={props.on} onChange={(event) => props.onChange(event.target.checked)} />
      {props.label}
    </label>
  );
}

function CommandField({ stores }: { stores: Stores }) {
  const [text, setText] = useState('');
  const [read, setRead] = useState<ReadCommand | null>(null);
  const id = useId();
  return (
    <form
      className="commandForm"
      onSubmit={(event) => {
        event.preventDefault();
        const next = readServingCommand(text);
        setRead(next);
        if (!next.ok) return;
        const { parallel, speculative } = next.command;
        // A command that asks for no number leaves it to the MTP layers.
        void stores.plan.change({ ...parallel, numSpeculativeTokens: speculative?.numSpeculativeTokens ?? undefined });
      }}
    >
      <label className="fieldLabel" htmlFor={id}>
        or paste a serving command line
      </label>
      <div className="commandRow">
        <textarea
          id={id}
          className="mono"
          rows={2}
          spellCheck={false}
          placeholder="vllm serve deepseek-ai/DeepSeek-V3 -tp 8 -ep"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button" disabled={text.trim() === ''}>
          Set up
        </button>
      </div>
      {read && <CommandAnswer read={read} />}
    </form>
  );
}

function CommandAnswer({ read }: { read: ReadCommand }) {
  if (!read.ok) return <FailureBox failure={read.failure} testId="command-failure" />;
  const { unmodelled, withoutEffect, speculative } = read.command;
  return (
    <div className="commandAnswer" data-testid="command-answer">
      <p>
        {unmodelled.length === 0
          ? 'The set-up is taken over; nothing in the command was left out.'
          : `The set-up is taken over, without ${formatCountOf(unmodelled.length, 'option')}:`}
      </p>
      <ul>
        {unmodelled.map(({ option, value, why }) => (
          <li key={`${option} ${value}`}>
            <span className="mono">{value === null ? option : `${option} ${value}`}</span>
            <span className="muted">{` ${why}`}</span>
          </li>
        ))}
      </ul>
      {speculative?.numSpeculativeTokens != null && (
        <p className="muted">{`It asks for ${formatCountOf(speculative.numSpeculativeTokens, 'draft')} per step, which is part of the set-up; the Draft view has its own k.`}</p>
      )}
      {withoutEffect.length > 0 && <p className="muted">{`No say in where weights go: ${withoutEffect.join(', ')}`}</p>}
    </div>
  );
}
