/** From a folder to verdict and findings: the demo, DeepSeek-V3 in its true size, and half a million tensors. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSparseCheckpoint } from '../checkpoints/sparseCheckpoint.ts';
import { configOf, deepseekV3, halfMillion, tensorsOf } from '../checkpoints/tensorList.ts';
import { spreadOf, timed } from '../measure.ts';
import { pythonTimes } from '../peers.ts';
import type { BenchContext, BenchRow, BenchSection, SectionResult } from '../section.ts';
import type { OpenTimes } from './openOnce.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const opening: BenchSection = {
  id: 'opening',
  title: 'Open, plan, verdict and findings (headers cached by the system)',
  async run(context) {
    const folder = (name: string) => join(context.cacheFolder, name);
    context.say('writing the stand-ins: headers are real, data are holes');
    const v3 = writeSparseCheckpoint(folder('deepseek-v3'), configOf(deepseekV3), tensorsOf(deepseekV3), 163);
    const half = writeSparseCheckpoint(folder('half-million'), configOf(halfMillion), tensorsOf(halfMillion), 96);
    const parts = [
      await measure(context, 'demo', resolve(root, 'assets/demo-model')),
      await measure(context, 'DeepSeek-V3', v3.folder),
      await measure(context, 'half a million', half.folder),
    ];
    return { rows: parts.flatMap(({ rows }) => rows), facts: parts.flatMap(({ facts }) => facts) };
  },
};

async function measure(context: BenchContext, name: string, folder: string): Promise<SectionResult> {
  context.say(`${name}: ${context.runs} processes`);
  const texts = jsonTextsOf(folder);
  const times = Array.from({ length: context.runs }, () => openInChild(folder));
  const of = (pick: (time: OpenTimes) => number) => spreadOf(times.map(pick));
  const parse = `${name}: JSON.parse of the same bytes`;
  const rows: BenchRow[] = [
    {
      name: parse,
      unit: 'ms',
      value: spreadOf(await timed(context.runs, () => texts.forEach((text) => void JSON.parse(text)))),
      note: 'index and headers, one thread, nothing else',
    },
    { name: `${name}: first opening`, unit: 'ms', value: of((time) => time.firstMillis), against: parse },
    { name: `${name}: opened again`, unit: 'ms', value: of((time) => time.againMillis), against: parse },
    { name: `${name}: first new set-up planned`, unit: 'ms', value: of((time) => time.setUpMillis[0] ?? Number.NaN) },
    { name: `${name}: second`, unit: 'ms', value: of((time) => time.setUpMillis[1] ?? Number.NaN) },
    {
      name: `${name}: slowest of ${(times[0]?.setUpMillis.length ?? 0) - 2} further ones`,
      unit: 'ms',
      value: of((time) => Math.max(...time.setUpMillis.slice(2))),
    },
    { name: `${name}: another rank planned`, unit: 'ms', value: of((time) => time.planMillis) },
    { name: `${name}: 64 ranks placed`, unit: 'ms', value: of((time) => time.ranks64Millis) },
    { name: `${name}: 320 ranks placed`, unit: 'ms', value: of((time) => time.ranks320Millis) },
    { name: `${name}: highest memory`, unit: 'MB', value: of((time) => time.peakBytes / 1e6), note: 'of the process' },
    {
      name: `${name}: highest memory, opened again`,
      unit: 'MB',
      value: of((time) => time.peakAgainBytes / 1e6),
      against: `${name}: highest memory`,
    },
  ];
  const peers = [pythonTimes(context, folder)];
  for (const peer of peers) {
    if (peer.millis === null) continue;
    rows.push({
      name: `${name}: ${peer.name}`,
      unit: 'ms',
      value: spreadOf(peer.millis),
      against: `${name}: opened again`,
      note: peer.note,
    });
  }
  const [one] = times;
  const megabytes = texts.reduce((sum, text) => sum + text.length, 0) / 1e6;
  return {
    rows,
    facts: [
      `${name}: ${one?.tensors.toLocaleString('en-US')} tensors, ${megabytes.toFixed(1)} MB of JSON. ${one?.verdict}`,
      // The demo is too small to be cut into 8.
      ...(one !== undefined && one.loadedOnRank > 0
        ? [
            `${name}: with expert parallelism over 8 ranks, rank 0 loads ${one.loadedOnRank} tensors and skips ${one.skippedExperts} as another rank's.`,
          ]
        : []),
      ...peers.flatMap(({ millis, note }) => (millis === null ? [`${name}: ${note}`] : [])),
    ],
  };
}

function openInChild(folder: string): OpenTimes {
  const script = process.argv[1] as string;
  const output = execFileSync(process.execPath, [script, '--open-once', folder], { encoding: 'utf8' });
  return JSON.parse(output) as OpenTimes;
}

/** The text of the index and of every header. */
function jsonTextsOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    if (name === 'model.safetensors.index.json') return [readFileSync(join(folder, name), 'utf8')];
    return name.endsWith('.safetensors') ? [headerText(join(folder, name))] : [];
  });
}

function headerText(path: string): string {
  const file = openSync(path, 'r');
  try {
    const prefix = Buffer.alloc(8);
    readSync(file, prefix, 0, 8, 0);
    const header = Buffer.alloc(Number(prefix.readBigUInt64LE()));
    readSync(file, header, 0, header.length, 8);
    return header.toString('utf8');
  } finally {
    closeSync(file);
  }
}
