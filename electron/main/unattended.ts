/**
 * The two runs without a person. `--self-test OUT.json` proves that an installed app works: open the demo, load,
 * decode, compare with the recorded run. `--headless-report OUT.json --screenshot OUT.png` does the main job where there
 * is no display and hands what it saw to the launcher.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { BrowserWindow } from 'electron';
import { z } from 'zod';
import type { Checkpoint, DecodeState, DecodeStep, LoadState, Plan } from '../common/contract.ts';
import { greedy } from '../common/domain.ts';
import { FailureError, toFailure } from '../common/failure.ts';
import { optionValue, type ValuedOption } from './commandLine.ts';
import type { EngineCaller } from './engineCaller.ts';

export interface UnattendedOptions {
  readonly selfTest: string | null;
  readonly headlessReport: string | null;
  readonly screenshot: string | null;
}

/** @returns null when a person is expected */
export function parseUnattended(argv: readonly string[], cwd: string): UnattendedOptions | null {
  const valueAfter = (option: ValuedOption) => {
    const value = optionValue(argv, option);
    return value === null ? null : resolve(cwd, value);
  };
  const options = {
    selfTest: valueAfter('--self-test'),
    headlessReport: valueAfter('--headless-report'),
    screenshot: valueAfter('--screenshot'),
  };
  return options.selfTest === null && options.headlessReport === null ? null : options;
}

const samplePredictor = 'modules';

interface Run {
  readonly checkpoint: Checkpoint;
  readonly plan: Plan;
  readonly load: LoadState;
  readonly decode: DecodeState;
  readonly steps: readonly DecodeStep[];
}

const goldenSchema = z.object({
  num_new_tokens: z.number(),
  items: z.array(z.object({ prompt: z.string(), greedy_ids: z.array(z.number()) })),
});

/** Opens (through `open`), loads and decodes; every failure is thrown. */
async function runOnce(engine: EngineCaller, open: () => void, prompt: string | null, maxTokens: number): Promise<Run> {
  const opened = new Promise<Checkpoint>((resolveOpened, reject) => {
    engine.on('checkpoint.opened', resolveOpened);
    engine.on('checkpoint.failed', (failure) => reject(new FailureError(failure.code, failure.message, failure)));
  });
  const planned = new Promise<Plan>((resolvePlanned) => engine.on('plan.ready', resolvePlanned));
  open();
  const checkpoint = await opened;
  const plan = await planned;
  const load = await engine.call('load.start', { threads: 0 });
  if (load.failure !== null) throw new FailureError(load.failure.code, load.failure.message, load.failure);
  const steps: DecodeStep[] = [];
  engine.on('decode.steps', (batch) => steps.push(...batch));
  const decode = await engine.call('decode.start', {
    prompt: prompt ?? checkpoint.prompts[0]?.text ?? 'And',
    maxTokens,
    numSpeculativeTokens: Math.max(1, checkpoint.numMtpLayers),
    predictor: samplePredictor,
    sampling: greedy,
    paceMillis: 0,
  });
  if (decode.failure !== null) throw new FailureError(decode.failure.code, decode.failure.message, decode.failure);
  return { checkpoint, plan, load, decode, steps };
}

/**
 * @param stopped rejects when the engine dies
 * @returns the exit code
 */
export async function runSelfTest(
  out: string,
  engine: EngineCaller,
  stopped: Promise<never>,
  openDemo: () => void,
  demoFolder: string,
  facts: Readonly<Record<string, unknown>>,
): Promise<number> {
  let report: Record<string, unknown>;
  try {
    const golden = goldenSchema.parse(JSON.parse(await readFile(join(demoFolder, 'golden.json'), 'utf8')));
    const item = golden.items[0];
    if (item === undefined) throw new FailureError('internal', 'golden.json holds no recorded run.');
    const { checkpoint, plan, load, decode } = await Promise.race([
      runOnce(engine, openDemo, item.prompt, golden.num_new_tokens),
      stopped,
    ]);
    const matchesGolden = JSON.stringify(decode.outputIds) === JSON.stringify(item.greedy_ids);
    report = {
      ok: matchesGolden,
      ...facts,
      tensors: checkpoint.totals.tensors,
      verdict: plan.verdict.sentence,
      loadedBytes: load.bytesRead,
      outputIds: decode.outputIds,
      text: decode.text,
      matchesGolden,
    };
  } catch (error) {
    report = { ok: false, ...facts, failure: toFailure(error) };
  }
  await writeJson(out, report);
  return report.ok === true ? 0 : 1;
}

/**
 * @param stopped rejects when the engine dies
 * @returns the exit code
 */
export async function runHeadlessReport(
  options: UnattendedOptions,
  engine: EngineCaller,
  stopped: Promise<never>,
  open: () => void,
  window: BrowserWindow,
): Promise<number> {
  const out = options.headlessReport as string;
  try {
    const run = await Promise.race([runOnce(engine, open, null, 64), stopped]);
    if (options.screenshot !== null) await takeScreenshot(window, options.screenshot);
    await writeJson(out, { ok: true, lines: reportLines(run), screenshot: options.screenshot });
    return 0;
  } catch (error) {
    await writeJson(out, { ok: false, failure: toFailure(error) });
    return 1;
  }
}

function reportLines({ checkpoint, plan, load, decode, steps }: Run): string[] {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const last = steps.at(-1)?.counters;
  const lines = [
    `${checkpoint.name}: ${checkpoint.totals.tensors} tensors, ${megabytes(checkpoint.totals.bytes)} in ${checkpoint.files.length} files`,
    `${plan.reference}: ${plan.verdict.sentence}`,
    ...plan.rules
      .filter((rule) => rule.tensors > 0)
      .map(
        (rule) =>
          `  ${rule.outcome.padEnd(8)} ${rule.id.padEnd(36)} ${String(rule.tensors).padStart(6)} tensors  ${megabytes(rule.bytes).padStart(12)}`,
      ),
    `loaded ${megabytes(load.bytesRead)} into ${load.parametersTotal} parameters in ${(load.micros / 1e3).toFixed(1)} ms (${(load.bytesRead / 1e3 / Math.max(load.micros, 1)).toFixed(2)} GB/s, ${load.threads} threads)`,
    '',
    `prompt: ${decode.prompt}`,
    `output: ${decode.text}`,
  ];
  if (last !== undefined && last.numSteps > 0) {
    const rate = ((100 * last.accepted) / Math.max(1, last.drafted)).toFixed(1);
    const length = (1 + last.accepted / last.numSteps).toFixed(2);
    lines.push(
      `drafts: ${last.accepted} of ${last.drafted} accepted (${rate} %), mean acceptance length ${length} over ${last.numSteps} steps`,
    );
  }
  return lines;
}

/** The Draft view with the run in it. The key is the page's own shortcut. */
async function takeScreenshot(window: BrowserWindow, path: string): Promise<void> {
  for (const type of ['keyDown', 'char', 'keyUp'] as const) window.webContents.sendInputEvent({ type, keyCode: '5' });
  await window.webContents.executeJavaScript(`new Promise((resolve) => {
    const look = () => document.documentElement.dataset.idle === 'true' ? requestAnimationFrame(() => requestAnimationFrame(resolve)) : setTimeout(look, 50);
    setTimeout(look, 300);
    setTimeout(resolve, 20000);
  })`);
  const image = await window.webContents.capturePage();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, image.toPNG());
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
