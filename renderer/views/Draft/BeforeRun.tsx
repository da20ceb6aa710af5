import type { ReactNode } from 'react';
import type { Checkpoint, MemoryNeed, Plan } from '../../../electron/common/contract.ts';
import { formatByteRate, formatBytes, formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { isLoading, shownLoad } from '../../stores/loadStore.ts';
import { fitOf } from '../../stores/memoryStore.ts';
import { Icon, type IconName } from '../../widgets/Icon.tsx';
import { ProgressBar } from '../../widgets/ProgressBar.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { useMemoryNeed } from '../useMemoryNeed.ts';
import { FindingLinks } from './FindingLinks.tsx';

type Level = 'good' | 'note' | 'warning' | 'blocker';
const icons: Readonly<Record<Level, IconName>> = {
  good: 'loaded',
  note: 'note',
  warning: 'silent',
  blocker: 'blocker',
};

/** What a run needs, point by point, before there was one: what is there, what is missing, and what to do about it. */
export function BeforeRun({ stores, checkpoint, plan }: { stores: Stores; checkpoint: Checkpoint; plan: Plan }) {
  const { hasTokenizer, numMtpLayers, prompts } = checkpoint;
  const hasPrompt = useStoreValue(stores.view, ({ draftForm }) => hasTokenizer && draftForm.prompt !== '');
  const { need } = useMemoryNeed(stores, plan);
  const device = useStoreValue(stores.engine, (state) => state.device.active);
  const free = fitOf(need, device)?.free ?? 0;
  const isTooLarge = free > 0 && (need?.run?.total ?? 0) > free;
  const blockers = findingsOf(plan, 'blocker');
  const silent = findingsOf(plan, 'silent');
  return (
    <section className="beforeRun" aria-label="Before the first run" data-testid="before-run">
      <h2>
        {blockers.length > 0
          ? 'This checkpoint can’t run as it is'
          : isTooLarge
            ? 'This checkpoint is too large to run on this machine'
            : invitation(checkpoint, hasPrompt)}
      </h2>
      <ul>
        <Point level={hasTokenizer ? 'good' : 'note'} name="prompt">
          {hasTokenizer
            ? `tokenizer.json turns text into tokens${prompts.length > 0 ? `; ${formatCountOf(prompts.length, 'prompt')} to choose from` : ''}.`
            : 'No tokenizer.json that can be used. Type token ids above; tokens are shown by their ids.'}
        </Point>
        <Point level={numMtpLayers > 0 ? 'good' : 'note'} name="drafts">
          {numMtpLayers > 0
            ? `${formatCountOf(numMtpLayers, 'MTP layer')} to draft with. k = 0 decodes plainly.`
            : 'No drafts: config.json counts no MTP layers (num_nextn_predict_layers). Run decodes plainly, k = 0.'}
        </Point>
        {need?.notRunnable && (
          <Point level="blocker" name="model">
            {need.notRunnable}
          </Point>
        )}
        <MemoryPoint need={need} free={free} />
        <WeightsPoint stores={stores} checkpoint={checkpoint} plan={plan} blocked={blockers.length > 0 || isTooLarge} />
        {blockers.length > 0 && (
          <Point level="blocker" name="findings">
            {'The load would stop, so Run is refused:'}
            <FindingLinks stores={stores} plan={plan} findings={blockers} />
          </Point>
        )}
        {silent.length > 0 && (
          <Point level="warning" name="findings">
            {'It loads, and drafts may be spoilt without a word:'}
            <FindingLinks stores={stores} plan={plan} findings={silent} />
          </Point>
        )}
        {blockers.length + silent.length === 0 && (
          <Point level="good" name="findings">
            Nothing was found that stops the load or spoils drafts.
          </Point>
        )}
      </ul>
    </section>
  );
}

function invitation({ hasTokenizer, numMtpLayers }: Checkpoint, hasPrompt: boolean): string {
  const how = numMtpLayers > 0 ? 'with drafts' : 'plainly';
  if (hasPrompt) return `Press Run to decode the prompt ${how}`;
  return hasTokenizer
    ? `Write a prompt and press Run to decode it ${how}`
    : `Type token ids and press Run to decode them ${how}`;
}

function findingsOf(plan: Plan, wanted: Plan['findings'][number]['severity']): number[] {
  return plan.findings.flatMap(({ severity }, at) => (severity === wanted ? [at] : []));
}

function Point({ level, name, children }: { level: Level; name: string; children: ReactNode }) {
  return (
    <li data-level={level} data-point={name}>
      <Icon name={icons[level]} />
      <span className="pointName">{name}</span>
      <div className="pointText">{children}</div>
    </li>
  );
}

/** What running takes of the chosen device, counted by the engine: weights, caches and activations on one rank. */
function MemoryPoint({ need, free }: { need: MemoryNeed | null; free: number }) {
  if (need === null || need.run === null) return null;
  const { total, weights } = need.run;
  const fits = free === 0 || total <= free;
  const parts = `${formatBytes(total)} to run, ${formatBytes(weights)} of it weights`;
  return (
    <Point level={fits ? 'good' : 'blocker'} name="memory">
      {fits
        ? `${parts}${free > 0 ? `; ${formatBytes(free)} free` : ''}.`
        : `${parts}, all on one rank; ${formatBytes(free)} are free, so Run is refused. Overview, Mapping and Placement need no weights.`}
    </Point>
  );
}

function WeightsPoint(props: { stores: Stores; checkpoint: Checkpoint; plan: Plan; blocked: boolean }) {
  const { stores, checkpoint, plan } = props;
  const load = useStoreValue(stores.load, shownLoad);
  const loading = useStoreValue(stores.load, isLoading);
  const threads = useStoreValue(stores.view, (state) => state.threads);
  const { tensorParallelSize, dataParallelSize } = plan.parallel;
  const isSingle = tensorParallelSize * dataParallelSize === 1;
  if (loading) {
    return (
      <Point level="note" name="weights">
        <LoadLine stores={stores} />
      </Point>
    );
  }
  const loaded = load?.status === 'done' ? load : null;
  const ranks = loaded === null ? 0 : loaded.parallel.tensorParallelSize * loaded.parallel.dataParallelSize;
  if (loaded !== null && ranks === 1) {
    return (
      <Point level="good" name="weights">{`In memory: ${formatBytes(loaded.parameterBytes)} on a single rank.`}</Point>
    );
  }
  return (
    <Point level="note" name="weights">
      {isSingle
        ? `Not in memory yet: ${formatBytes(checkpoint.totals.bytes)} to read. Run reads them first. `
        : 'Run reads the whole model on a single rank first, whatever set-up is looked at. '}
      {isSingle && (
        <button
          type="button"
          className="button"
          disabled={props.blocked}
          onClick={() => void stores.load.start(threads)}
        >
          <Icon name="load" />
          Load weights
        </button>
      )}
    </Point>
  );
}

/** How far a load is, with the way to end it. */
export function LoadLine({ stores }: { stores: Stores }) {
  const load = useStoreValue(stores.load, shownLoad);
  const { bytesRead, bytesTotal, micros } = load ?? { bytesRead: 0, bytesTotal: 1, micros: 0 };
  return (
    <span className="loadLine" data-testid="draft-load">
      <ProgressBar done={bytesRead} total={bytesTotal} fill="fill-loaded" label="Bytes read" />
      <span className="mono">{`${formatBytes(bytesRead)} of ${formatBytes(bytesTotal)} · ${formatByteRate(bytesRead, micros)}`}</span>
      <button type="button" className="linkButton" onClick={() => void stores.load.cancel()}>
        cancel
      </button>
    </span>
  );
}
