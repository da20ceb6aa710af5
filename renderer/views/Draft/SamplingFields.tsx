import type { Stores } from '../../stores/createStores.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { NumberField } from './NumberField.tsx';

/** Temperature and what goes with it. The rest has no effect at temperature 0, and says so by being disabled. */
export function SamplingFields({ stores }: { stores: Stores }) {
  const { temperature, topK, topP, seed } = useStoreValue(stores.view, (state) => state.draftForm);
  const edit = stores.view.editDraft;
  return (
    <fieldset className="samplingFields">
      <legend className="visuallyHidden">Sampling</legend>
      <NumberField
        label="temperature"
        title="0 = greedy: always the best token"
        value={temperature}
        min={0}
        max={10}
        step={0.1}
        onChange={(value) => edit({ temperature: value ?? 0 })}
      />
      {temperature > 0 ? (
        <>
          <NumberField
            label="top-k"
            title="Only the k best tokens; 0 = all"
            value={topK}
            min={0}
            max={1_000_000}
            onChange={(value) => edit({ topK: value ?? 0 })}
          />
          <NumberField
            label="top-p"
            title="Only the most probable tokens that make up this share; 1 = all"
            value={topP}
            min={0.01}
            max={1}
            step={0.01}
            onChange={(value) => edit({ topP: value ?? 1 })}
          />
          <NumberField
            label="seed"
            title="Same seed, same run; empty = a new one for each run"
            value={seed}
            placeholder="new"
            min={0}
            max={Number.MAX_SAFE_INTEGER}
            mayBeEmpty
            onChange={(value) => edit({ seed: value })}
          />
        </>
      ) : (
        <span className="muted">greedy: always the target’s best token</span>
      )}
    </fieldset>
  );
}
