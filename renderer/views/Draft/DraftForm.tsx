import { type FormEvent, type KeyboardEvent, useState } from 'react';
import type { Checkpoint } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

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

  function start() {
    if (!canRun) return;
    const seed = form.seed ?? randomSeed();
    const sampling = { temperature, topK, topP, seed };
    void stores.decode.start({ prompt, numSpeculativeTokens, maxTokens, predictor, sampling, paceMillis });
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
            onChange={(event) => stores.view.editDraft({ numSpeculativeTokens: Number(event.target.value) })}
          >
            {draftCounts.map((count) => (
              <option key={count} value={count}>
                {count}
              </option>
            ))}
          </select>
        </label>
        <MaxTokens value={maxTokens} onChange={(wanted) => stores.view.editDraft({ maxTokens: wanted })} />
        <label className="field" title={predictors[predictor]}>
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
          <select
            value={paceMillis}
            onChange={(event) => stores.view.editDraft({ paceMillis: Number(event.target.value) })}
          >
            {paces.map(({ millis, label }) => (
              <option key={millis} value={millis}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {running ? (
          <button type="button" className="button" onClick={() => void stores.decode.stop()}>
            <Icon name="stop" />
            Stop
          </button>
        ) : (
          <button type="submit" className="button primary" disabled={!canRun} title="Ctrl+Enter in the prompt">
            <Icon name="play" />
            Run
          </button>
        )}
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

/** The field may be empty while it is typed in; the last valid number counts, and is shown again afterwards. */
function MaxTokens({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <label className="field">
      <span className="fieldLabel">max tokens</span>
      <input
        type="number"
        min={1}
        max={100000}
        value={typed ?? value}
        onChange={(event) => {
          setTyped(event.target.value);
          const wanted = Math.trunc(event.target.valueAsNumber);
          if (wanted >= 1 && wanted <= 100_000) onChange(wanted);
        }}
        onBlur={() => setTyped(null)}
      />
    </label>
  );
}
