import type { FormEvent } from 'react';
import type { Checkpoint } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { readTokenIds } from '../../stores/tokenIds.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { NumberField } from './NumberField.tsx';
import { PredictorFields, predictorNames, predictorWords } from './PredictorFields.tsx';
import { PromptField } from './PromptField.tsx';
import { RunButtons } from './RunButtons.tsx';
import { SamplingFields } from './SamplingFields.tsx';

/** Small models finish before anyone can look, so the first choice is one that the eye can follow. */
const paces = [
  { millis: 100, label: 'readable' },
  { millis: 250, label: 'slow' },
  { millis: 0, label: 'full speed' },
];
/** New tokens of each run of a comparison. */
const comparedTokens = 64;
const draftCounts = [0, 1, 2, 3, 4, 5, 6, 7, 8];

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
  const { prompt, numSpeculativeTokens, maxTokens, predictor, alternatives, temperature, topK, topP, paceMillis } =
    form;
  const { hasTokenizer, prompts, numMtpLayers } = checkpoint;
  const chosen = prompts.findIndex((entry) => entry.text === prompt);
  const typed = hasTokenizer ? null : readTokenIds(form.idsText, checkpoint.vocabSize);
  const hasPrompt = typed === null ? prompt.length > 0 : typed.kind === 'ids';
  const canRun = !running && !engineGone && hasPrompt;

  function request() {
    const sampling = { temperature, topK, topP, seed: form.seed ?? randomSeed() };
    const given = typed?.kind === 'ids' ? { prompt: '', promptIds: [...typed.ids] } : { prompt };
    return { ...given, numSpeculativeTokens, predictor, alternatives: [...alternatives], sampling };
  }
  function start(paused = false) {
    if (canRun) void stores.decode.start({ ...request(), maxTokens, paceMillis, ...(paused ? { paused } : {}) });
  }
  /** k and pace also change the run that is under way. */
  function editLive(patch: { numSpeculativeTokens?: number; paceMillis?: number }) {
    stores.view.editDraft(patch);
    if (running) void stores.decode.control(patch);
  }
  function compare() {
    if (canRun) void stores.decode.compare({ ...request(), maxTokens: Math.min(maxTokens, comparedTokens) });
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    start();
  }

  return (
    <form className="draftForm" onSubmit={submit}>
      <PromptField stores={stores} checkpoint={checkpoint} onRun={() => start()} />
      <div className="draftControls">
        {hasTokenizer && prompts.length > 0 && (
          <label className="field">
            <span className="fieldLabel">prompt</span>
            <select
              aria-label="Demo prompt"
              value={chosen < 0 ? '' : String(chosen)}
              onChange={(event) =>
                stores.view.editDraft({ prompt: prompts[Number(event.target.value)]?.text ?? prompt })
              }
            >
              {chosen < 0 && <option value="">own text</option>}
              {prompts.map((entry, index) => (
                <option key={entry.text} value={index}>
                  {entry.label}
                </option>
              ))}
            </select>
          </label>
        )}
        <label
          className="field"
          title={numMtpLayers > 0 ? 'Drafts per step; 0 = plain decoding' : 'There are no MTP layers to draft with'}
        >
          <span className="fieldLabel">k</span>
          <select
            aria-label="Drafts per step (k)"
            value={numSpeculativeTokens}
            onChange={(event) => editLive({ numSpeculativeTokens: Number(event.target.value) })}
          >
            {(numMtpLayers > 0 ? draftCounts : [0]).map((count) => (
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
        {numSpeculativeTokens > 0 && <PredictorFields stores={stores} />}
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
          onStep={() => start(true)}
          onCompare={compare}
          canCompare={canRun && numSpeculativeTokens > 0}
        />
      </div>
      <p className="predictorNote">
        {numSpeculativeTokens === 0 ? (
          'Plain decoding: nothing is drafted, the target gives one token a step.'
        ) : (
          <>
            <span className="mono">{predictorNames[predictor]}</span>
            {`: ${predictorWords[predictor]}`}
          </>
        )}
      </p>
    </form>
  );
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
