import type { KeyboardEvent } from 'react';
import type { Checkpoint } from '../../../electron/common/contract.ts';
import { formatCount, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { readTokenIds } from '../../stores/tokenIds.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';

/** The prompt as text; as token ids where the checkpoint has no tokenizer. Ctrl+Enter runs. */
export function PromptField(props: { stores: Stores; checkpoint: Checkpoint; onRun: () => void }) {
  const { stores, checkpoint } = props;
  const prompt = useStoreValue(stores.view, (state) => state.draftForm.prompt);
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    props.onRun();
  }
  if (!checkpoint.hasTokenizer) return <IdsField stores={stores} checkpoint={checkpoint} onKeyDown={onKeyDown} />;
  return (
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
  );
}

function IdsField(props: { stores: Stores; checkpoint: Checkpoint; onKeyDown: (event: KeyboardEvent) => void }) {
  const { stores, checkpoint } = props;
  const text = useStoreValue(stores.view, (state) => state.draftForm.idsText);
  const { vocabSize } = checkpoint;
  const typed = readTokenIds(text, vocabSize);
  return (
    <div className="idsField">
      <textarea
        aria-label="Token ids of the prompt"
        aria-describedby="ids-note"
        aria-invalid={typed.kind === 'problem'}
        data-testid="prompt-ids"
        rows={2}
        value={text}
        spellCheck={false}
        inputMode="numeric"
        placeholder={`Token ids, 0 to ${formatCount(vocabSize - 1)}: 0, 17, 291`}
        onChange={(event) => stores.view.editDraft({ idsText: event.target.value })}
        onKeyDown={props.onKeyDown}
      />
      <p id="ids-note" className={typed.kind === 'problem' ? 'idsProblem' : 'muted'} aria-live="polite">
        {typed.kind === 'problem'
          ? typed.sentence
          : typed.kind === 'ids'
            ? `${formatCountOf(typed.ids.length, 'id')}. There is no tokenizer, so tokens are shown by id.`
            : 'There is no usable tokenizer.json: give the prompt as token ids.'}
      </p>
    </div>
  );
}
