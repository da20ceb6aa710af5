/** Reads the values of a checkpoint, few files at a time and in bounded pieces. */
import { stat } from 'node:fs/promises';
import { dtypeBytes, type Tensor } from '../../../../common/domain.ts';
import { toFailure } from '../../../../common/failure.ts';
import type { Checkpoint } from '../../../checkpoint/openCheckpoint.ts';
import { type ByteRange, readTensorRanges } from '../../../checkpoint/tensorBytes.ts';
import { ValueSurvey } from '../../../values/survey.ts';
import {
  commonStretches,
  firstDifference,
  haveOneForm,
  type KeptBytes,
  type Stretch,
  wholeStretches,
} from './pairComparison.ts';
import { planReading, type ReadBudget, type TensorReading } from './readingPlan.ts';
import { type SharedPair, sharedPairs } from './sharedPairs.ts';
import { roleOf } from './tensorRole.ts';
import type { PairFacts, TensorFacts, ValuePicture, ZeroFile } from './valuePicture.ts';

/** Of what the budget lets be read, not of the whole checkpoint. */
export interface ReadProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly filesRead: number;
  readonly files: number;
}

export interface ReadOptions {
  /** null: everything. */
  readonly budget: ReadBudget | null;
  readonly signal?: AbortSignal;
  /** Called after each read, and after each file. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** In place of the files, for tests. */
  readonly readRanges?: (tensor: Tensor, ranges: readonly ByteRange[]) => Promise<Uint8Array[]>;
  /** Bytes that the file system keeps for a file; null = unknown. */
  readonly allocatedBytes?: (path: string) => Promise<number | null>;
}

/** Few: network disks serve these well, and a local one is not kept from others. */
const parallelFiles = 4;
/** Decoded values take up to eight times this. */
const pieceBytes = 2 ** 20;
const piecesAtOnce = 4;
/** A file is hollow when less than this part of it lies on disk. */
const hollowShare = 1 / 20;
/** Zeros in so many tensors of a file are said of the file. */
const leastZeroTensors = 8;

export async function readValues(checkpoint: Checkpoint, options: ReadOptions): Promise<ValuePicture> {
  const { config, files } = checkpoint;
  const tensors = checkpoint.tensors.filter(({ file, begin, end }) => end > begin && end <= (files[file]?.bytes ?? 0));
  const pairs = sharedPairs(tensors, config);
  const run = new ReadRun(checkpoint, options, planReading(tensors, config, pairs, options.budget));
  const facts = await run.readAll();
  const zeroFiles = await zeroFilesOf(checkpoint, facts, options.allocatedBytes ?? allocatedBytes);
  const leftOut = new Set(zeroFiles.map(({ file }) => file));
  const compared: PairFacts[] = [];
  for (const pair of pairs) {
    if (leftOut.has(pair.copy.file) || leftOut.has(pair.original.file)) continue;
    const found = await run.compare(pair);
    if (found !== null) compared.push(found);
  }
  return {
    tensors: facts.filter(({ tensor }) => !leftOut.has(tensor.file)),
    pairs: compared,
    zeroFiles,
    numFiles: files.length,
    numTensors: tensors.length,
    tensorsRead: facts.length,
    bytesRead: facts.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    bytesTotal: tensors.reduce((sum, { begin, end }) => sum + end - begin, 0),
    failures: [...run.failures],
  };
}

class ReadRun {
  readonly failures = new Set<string>();
  readonly #options: ReadOptions;
  readonly #plan: readonly TensorReading[];
  readonly #kept = new Map<Tensor, KeptBytes>();
  readonly #read: (tensor: Tensor, ranges: readonly ByteRange[]) => Promise<Uint8Array[]>;
  readonly #total: number;
  #done = 0;
  #files = 0;
  #filesDone = 0;

  constructor(checkpoint: Checkpoint, options: ReadOptions, plan: readonly TensorReading[]) {
    this.#options = options;
    this.#plan = plan;
    this.#read = options.readRanges ?? ((tensor, ranges) => readTensorRanges(checkpoint, tensor, ranges));
    this.#total = plan.reduce((sum, { ranges }) => sum + bytesOf(ranges), 0);
  }

  async readAll(): Promise<TensorFacts[]> {
    const ofFile = new Map<number, TensorReading[]>();
    for (const reading of this.#plan) {
      const list = ofFile.get(reading.tensor.file);
      if (list === undefined) ofFile.set(reading.tensor.file, [reading]);
      else list.push(reading);
    }
    const waiting = [...ofFile.values()];
    this.#files = waiting.length;
    const facts: TensorFacts[] = [];
    const worker = async () => {
      for (let readings = waiting.shift(); readings !== undefined; readings = waiting.shift()) {
        for (const reading of readings.sort((a, b) => a.tensor.begin - b.tensor.begin)) {
          const found = await this.#orFailure(() => this.#survey(reading));
          if (found !== null) facts.push(found);
        }
        this.#filesDone++;
        this.#tell();
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallelFiles, waiting.length) }, worker));
    return facts.sort((a, b) => a.tensor.file - b.tensor.file || a.tensor.begin - b.tensor.begin);
  }

  #tell(): void {
    const { onProgress } = this.#options;
    onProgress?.({
      bytesRead: this.#done,
      bytesTotal: this.#total,
      filesRead: this.#filesDone,
      files: this.#files,
    });
  }

  async #survey({ tensor, role, ranges, isKept }: TensorReading): Promise<TensorFacts> {
    const survey = new ValueSurvey(tensor.dtype);
    for (const some of batches(piecesOf(ranges))) {
      this.#options.signal?.throwIfAborted();
      const parts = await this.#read(tensor, some);
      for (const [at, part] of parts.entries())
        survey.add(part, (some[at] as ByteRange).begin / dtypeBytes[tensor.dtype]);
      if (isKept) {
        const before = this.#kept.get(tensor);
        this.#kept.set(tensor, {
          ranges: [...(before?.ranges ?? []), ...some],
          parts: [...(before?.parts ?? []), ...parts],
        });
      }
      this.#done += bytesOf(some);
      this.#tell();
    }
    const bytesRead = bytesOf(ranges);
    return { tensor, role, survey, bytesRead, isWhole: bytesRead === tensor.end - tensor.begin };
  }

  /** null = nothing of them could be compared. */
  async compare(pair: SharedPair): Promise<PairFacts | null> {
    if (!haveOneForm(pair)) return { ...pair, difference: { kind: 'form' }, bytesCompared: 0, isWhole: false };
    return this.#orFailure(() => this.#compareStretches(pair));
  }

  async #compareStretches(pair: SharedPair): Promise<PairFacts | null> {
    let bytesCompared = 0;
    for await (const stretch of this.#stretches(pair)) {
      this.#options.signal?.throwIfAborted();
      bytesCompared += stretch.copy.byteLength;
      const difference = firstDifference(pair, stretch);
      if (difference !== null) return { ...pair, difference, bytesCompared, isWhole: false };
    }
    if (bytesCompared === 0) return null;
    const isWhole = bytesCompared === pair.copy.end - pair.copy.begin;
    return { ...pair, difference: null, bytesCompared, isWhole };
  }

  #stretches(pair: SharedPair): Iterable<Stretch> | AsyncIterable<Stretch> {
    if (this.#options.budget === null) return wholeStretches(pair, piecesAtOnce * pieceBytes, this.#read);
    const copy = this.#kept.get(pair.copy);
    const original = this.#kept.get(pair.original);
    return copy === undefined || original === undefined ? [] : commonStretches(pair, copy, original);
  }

  /** A file that can't be read is said, and the others are read all the same. */
  async #orFailure<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      this.failures.add(toFailure(error).message);
      return null;
    }
  }
}

function* piecesOf(ranges: readonly ByteRange[]): Generator<ByteRange> {
  for (const { begin, end } of ranges)
    for (let at = begin; at < end; at += pieceBytes) yield { begin: at, end: Math.min(end, at + pieceBytes) };
}

function* batches(pieces: Iterable<ByteRange>): Generator<ByteRange[]> {
  let batch: ByteRange[] = [];
  for (const piece of pieces) {
    batch.push(piece);
    if (bytesOf(batch) < piecesAtOnce * pieceBytes) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function bytesOf(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

async function allocatedBytes(path: string): Promise<number | null> {
  const info = await stat(path).catch(() => null);
  return info?.blocks === undefined ? null : info.blocks * 512;
}

async function zeroFilesOf(
  { files, tensors, config }: Checkpoint,
  facts: readonly TensorFacts[],
  allocated: (path: string) => Promise<number | null>,
): Promise<(ZeroFile & { readonly file: number })[]> {
  const seen = files.map(() => ({ read: 0, zero: 0 }));
  for (const { tensor, survey } of facts) {
    const count = seen[tensor.file];
    if (count === undefined) continue;
    count.read++;
    if (survey.isAllZero) count.zero++;
  }
  const drafting = new Set<number>();
  for (const tensor of tensors) if (roleOf(tensor, config).use === 'drafting') drafting.add(tensor.file);
  const found: (ZeroFile & { readonly file: number })[] = [];
  for (const [file, { read, zero }] of seen.entries()) {
    const { name, path, bytes } = files[file] as (typeof files)[number];
    if (zero < read) continue;
    const onDisk = await allocated(path);
    const isHollow = onDisk !== null && onDisk < bytes * hollowShare;
    if (isHollow || zero >= leastZeroTensors) found.push({ file, name, holdsDrafting: drafting.has(file), isHollow });
  }
  return found;
}
