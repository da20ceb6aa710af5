/** The reads of one load, kept whole for a page that comes late. Their number is bounded by the native loader. */
import type { LoadReads } from '../../common/contract.ts';
import type { NativeReads, NativeWeightStore } from '../kernels/kernels.ts';

export class ReadLog {
  readonly #run: number;
  readonly #batches: NativeReads[] = [];
  #parameterBytes = new Float64Array();

  constructor(run: number) {
    this.#run = run;
  }

  /** What is new since the last call. */
  take(store: NativeWeightStore): LoadReads {
    const reads = store.takeReads();
    if (reads.file.length > 0) this.#batches.push(reads);
    this.#parameterBytes = Float64Array.from(store.parameterBytes());
    return { run: this.#run, ...reads, parameterBytes: this.#parameterBytes };
  }

  /** Everything so far. */
  all(): LoadReads {
    const column = (name: 'beginMicros' | 'endMicros' | 'bytes') =>
      Float64Array.from(this.#batches.flatMap((batch) => [...batch[name]]));
    const index = (name: 'file' | 'thread') => Int32Array.from(this.#batches.flatMap((batch) => [...batch[name]]));
    return {
      run: this.#run,
      file: index('file'),
      thread: index('thread'),
      beginMicros: column('beginMicros'),
      endMicros: column('endMicros'),
      bytes: column('bytes'),
      parameterBytes: this.#parameterBytes,
    };
  }
}
