/** Opens one checkpoint in this process, as the engine does for the window; run in a process of its own per measurement. */
import { singleRank } from '../../electron/common/domain.ts';
import { Session } from '../../electron/engine/session/session.ts';

const eight = { ...singleRank, tensorParallelSize: 8, enableExpertParallel: true };

/** Each differs from the one before it in more than the rank. The first ones meet code that has not run yet. */
const newSetUps = [
  eight,
  { ...singleRank, tensorParallelSize: 4 },
  { ...singleRank, tensorParallelSize: 2, dataParallelSize: 8, enableExpertParallel: true },
  { ...singleRank, tensorParallelSize: 16 },
  { ...eight, tensorParallelSize: 16 },
  eight,
];

export interface OpenTimes {
  readonly tensors: number;
  readonly verdict: string;
  /** Milliseconds until verdict and findings are out: in a process that has just started, and once more. */
  readonly firstMillis: number;
  readonly againMillis: number;
  /** Highest resident memory after the first opening; and after the second, with the first checkpoint let go. Bytes. */
  readonly peakBytes: number;
  readonly peakAgainBytes: number;
  /** One new parallel set-up after the other planned, verdict and findings included. Milliseconds. */
  readonly setUpMillis: readonly number[];
  /** Another rank of the last set-up planned; all ranks placed. Milliseconds. */
  readonly planMillis: number;
  readonly ranks64Millis: number;
  readonly ranks320Millis: number;
  /** Rank 0 of 8 with expert parallelism. */
  readonly loadedOnRank: number;
  readonly skippedExperts: number;
}

/** @throws Error when the checkpoint does not open */
export async function openInThisProcess(folder: string): Promise<OpenTimes> {
  let verdict = '';
  const session = new Session({
    addonPath: '',
    version: '',
    emit: (event, payload) => {
      if (event === 'plan.ready') ({ sentence: verdict } = (payload as { verdict: { sentence: string } }).verdict);
    },
    emitStep: () => undefined,
  });
  const open = async () => {
    const begin = performance.now();
    const opened = await session.open(folder);
    if (!opened.ok) throw new Error(opened.failure.message);
    return performance.now() - begin;
  };
  const firstMillis = await open();
  const peak = () => process.resourceUsage().maxRSS * 1024;
  const peakBytes = peak();
  const againMillis = await open();
  const peakAgainBytes = peak();
  const time = <T>(work: () => T): { value: T; millis: number } => {
    const begin = performance.now();
    const value = work();
    return { value, millis: performance.now() - begin };
  };
  const setUps = newSetUps.map((setUp) => time(() => session.makePlan(setUp)).millis);
  const plan = time(() => session.makePlan({ ...eight, rank: 5 }));
  const ranks64 = time(() => session.placement({ ...eight, dataParallelSize: 8 }));
  const ranks320 = time(() => session.placement({ ...eight, dataParallelSize: 40 }));
  const ofEight = session.placement(eight);
  return {
    tensors: session.checkpoint?.tensors.length ?? 0,
    verdict,
    firstMillis,
    againMillis,
    peakBytes,
    peakAgainBytes,
    setUpMillis: setUps,
    planMillis: plan.millis,
    ranks64Millis: ranks64.millis,
    ranks320Millis: ranks320.millis,
    loadedOnRank: ofEight.tensors?.loaded[0] ?? 0,
    skippedExperts: ofEight.tensors?.elsewhere[0] ?? 0,
  };
}
