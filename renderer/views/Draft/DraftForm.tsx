import type { FormEvent, KeyboardEvent } from 'react';
import type { Checkpoint } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { NumberField } from './NumberField.tsx';
import { RunButtons } from './RunButtons.tsx';
import { SamplingFields } from './SamplingFields.tsx';

const predictors = {
  modules: 'MTP layer j drafts position j, with its own embedding and head where it has them.',
  referenceEngine: 'As the reference engine runs it: only the first MTP layer, fed its own un-normed output.',
} as const;
/** Small models finish before anyone can look, so the first choice is one that the eye can follow. */
const paces = [
  { millis: 100, label: 'readable' },
  { millis: 250, label: 'slow' },
  { millis: 0, label: 'full speed' },
];
/** New tokens of each run of a comparison. */
const comparedTokens = 64;
const draftCounts = [1, 2, 3, 4, 5, 6, 7, 8];

export function DraftForm({
  stores,
  checkpoint,
  running,
}: {
  stores: Stores;
  checkpoint: Checkpoint;
  running: boolean;
}) {
  const form = useStoreValue(stores.view, (state) => state.draftForm);
  const engineGone = useStoreValue(stores.engine, (state) => state.engine.status === 'stopped');
  const { prompt, numSpeculativeTokens, maxTokens, predictor, temperature, topK, topP, paceMillis } = form;
  const chosen = checkpoint.prompts.findIndex((entry) => entry.text === prompt);
  const canRun = !running && !engineGone && prompt.length > 0;

  function request() {
    const sampling = { temperature, topK, topP, seed: form.seed ?? randomSeed() };
    return { prompt, numSpeculativeTokens, predictor, sampling };
  }
  function start() {
    if (!canRun) return;
    void stores.decode.start({ ...request(), maxTokens, paceMillis });
  }
  /** k and pace also change the run that is under way. */
  function editLive(patch: { numSpeculativeTokens?: number; paceMillis?: number }) {
    stores.view.editDraft(patch);
    if (running) void stores.decode.control(patch);
  }
  function step() {
    if (canRun) void stores.decode.start({ ...request(), maxTokens, paceMillis, paused: true });
  }
  function compare() {
    if (canRun) void stores.decode.compare({ ...request(), maxTokens: Math.min(maxTokens, comparedTokens) });
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    start();
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    start();
  }

  return (
    <form className="draftForm" onSubmit={submit}>
      <div className="promptColumn">
        <textarea
          aria-label="Prompt"
          data-testid="prompt"
          rows={2}
          value={prompt}
          spellCheck={false}
          placeholder={checkpoint.prompts.length > 0 ? 'Write a prompt, or choose one below.' : 'Write a prompt.'}
          onChange={(event) => stores.view.editDraft({ prompt: event.target.value })}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="draftControls">
        {checkpoint.prompts.length > 0 && (
          <label className="field">
            <span className="fieldLabel">prompt</span>
            <select
              aria-label="Demo prompt"
              value={chosen < 0 ? '' : String(chosen)}
              onChange={(event) =>
                stores.view.editDraft({ prompt: checkpoint.prompts[Number(event.target.value)]?.text ?? prompt })
              }
            >
              {chosen < 0 && <option value="">own text</option>}
              {checkpoint.prompts.map((entry, index) => (
                <option key={entry.text} value={index}>
                  {entry.label}
                </option>
              ))}
            </select>
          </label>
        )}
        <label className="field" title="Drafts per step">
          <span className="fieldLabel">k</span>
          <select
            aria-label="Drafts per step (k)"
            value={numSpeculativeTokens}
            onChange={(event) => editLive({ numSpeculativeTokens: Number(event.target.value) })}
          >
            {draftCounts.map((count) => (
              <option key={count} value={count}>
                {count}
              </option>
            ))}
          </select>
        </label>
        <NumberField
          label="max tokens"
          value={maxTokens}
          min={1}
          max={100_000}
          onChange={(wanted) => stores.view.editDraft({ maxTokens: wanted ?? maxTokens })}
        />
        <label className="field predictorField" title={predictors[predictor]}>
          <span className="fieldLabel">predictor</span>
          <select
            value={predictor}
            onChange={(event) =>
              stores.view.editDraft({ predictor: event.target.value === 'modules' ? 'modules' : 'referenceEngine' })
            }
          >
            <option value="modules">modules</option>
            <option value="referenceEngine">reference-engine</option>
          </select>
        </label>
        <label className="field" title="At most ten steps a second, four, or as fast as the model goes">
          <span className="fieldLabel">pace</span>
          <select value={paceMillis} onChange={(event) => editLive({ paceMillis: Number(event.target.value) })}>
            {paces.map(({ millis, label }) => (
              <option key={millis} value={millis}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <SamplingFields stores={stores} />
        <RunButtons
          stores={stores}
          running={running}
          canRun={canRun}
          onStep={step}
          onCompare={compare}
          canCompare={canRun && numSpeculativeTokens > 0}
        />
      </div>
      <p className="predictorNote">
        <span className="mono">{predictor === 'modules' ? 'modules' : 'reference-engine'}</span>
        {`: ${predictors[predictor]}`}
      </p>
    </form>
  );
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
