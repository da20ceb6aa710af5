import type { Alternative } from '../../../electron/common/domain.ts';
import type { Stores } from '../../stores/createStores.ts';
import { markPopover } from '../../widgets/markPopover.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

export const predictorWords = {
  modules: 'MTP layer j drafts position j, with its own embedding and head where it has them.',
  referenceEngine: 'As the reference engine runs it: only the first MTP layer, fed its own un-normed output.',
} as const;
export const predictorNames = { modules: 'modules', referenceEngine: 'reference-engine' } as const;

const alternativeWords: Readonly<Record<Alternative, string>> = {
  mask_pos0: 'The embedding is zeroed at position 0, as vLLM does.',
  chain_postnorm:
    'An MTP layer is fed the output of the one before it after shared_head.norm, as transformers 5.18 and SGLang do. vLLM feeds it un-normed.',
  main_prenorm:
    'The first MTP layer is fed the target’s hidden state from before model.norm: a slip of ports that only acceptance shows.',
};

const alternatives = Object.keys(alternativeWords) as readonly Alternative[];
const popoverId = 'predictor-variants';

/** Which MTP layers draft, and the departures in which engines differ. */
export function PredictorFields({ stores }: { stores: Stores }) {
  const { predictor, alternatives: chosen } = useStoreValue(stores.view, (state) => state.draftForm);
  const toggle = (name: Alternative, on: boolean) =>
    stores.view.editDraft({
      alternatives: alternatives.filter((other) => (other === name ? on : chosen.includes(other))),
    });
  return (
    <span className="predictorField">
      <label className="field" title={predictorWords[predictor]}>
        <span className="fieldLabel">predictor</span>
        <select
          value={predictor}
          onChange={(event) =>
            stores.view.editDraft({ predictor: event.target.value === 'modules' ? 'modules' : 'referenceEngine' })
          }
        >
          <option value="modules">{predictorNames.modules}</option>
          <option value="referenceEngine">{predictorNames.referenceEngine}</option>
        </select>
      </label>
      <button
        type="button"
        className={`chip variantsChip ${chosen.length > 0 ? 'isOn' : ''}`}
        popoverTarget={popoverId}
        data-testid="variants"
        title="Feed the MTP layers as other engines do"
      >
        <span className="chipLabel">variants</span>
        {chosen.length > 0 && <span className="chipValue mono">{chosen.join(', ')}</span>}
      </button>
      <div id={popoverId} popover="auto" className="popover variantsPopover" onToggle={markPopover}>
        <h2>Fed as other engines do</h2>
        <p className="muted">
          The target still decides: at temperature 0 the text stays the same, and only acceptance changes.
        </p>
        {alternatives.map((name) => {
          const isImplied = name === 'mask_pos0' && predictor === 'referenceEngine';
          return (
            <label key={name} className="variant">
              <input
                type="checkbox"
                checked={isImplied || chosen.includes(name)}
                disabled={isImplied}
                onChange={(event) => toggle(name, event.target.checked)}
              />
              <span>
                <b className="mono">{name}</b>
                {isImplied && <span className="muted"> part of reference-engine</span>}
                <span className="variantWords">{alternativeWords[name]}</span>
              </span>
            </label>
          );
        })}
      </div>
    </span>
  );
}
